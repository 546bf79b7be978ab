"""An edit is called the same from run to run, whatever happens around its line."""

import re
from pathlib import PurePosixPath

from refactor.patches.identity import identities
from refactor.references import Kind, Reference


def reference(text, start, old="bugs", path="a.py", kind=Kind.TABLE):
    line = text.count("\n", 0, start) + 1
    return Reference(
        path=PurePosixPath(path),
        line=line,
        column=start + 1 - (text.rfind("\n", 0, start) + 1),
        start=start,
        old=old,
        new="roadmap_bugs",
        kind=kind,
        group=old,
        databases=("a.db",),
        clause="FROM",
    )


def named(text, **how):
    """The identities of all `bugs` in a text, in its order."""
    found = [reference(text, match.start(), **how) for match in re.finditer("bugs", text)]
    names = identities(found, lambda _path: text)
    return [names[it] for it in found]


def test_ten_characters_that_stay_when_lines_move_and_are_indented():
    text = 'q = "SELECT 1 FROM bugs"\n'
    (name,) = named(text)
    assert re.fullmatch("[0-9a-f]{10}", name)
    assert named(f"import os\n\n\nif os:\n    {text}more = 1\n") == [name]
    assert named(text.replace("\n", "\r\n")) == [name]


def test_another_line_file_kind_or_name_is_another():
    text = 'q = "SELECT 1 FROM bugs"\n'
    others = [
        named(text.replace("1", "2")),
        named(text, path="b.py"),
        named(text, kind=Kind.PATH),
        named(text, old="notes"),
    ]
    assert len({*named(text), *(name for (name,) in others)}) == 5
    assert named(text, old="BUGS") == named(text)


def test_equal_ones_are_told_apart_by_their_order():
    line = 'q = "SELECT 1 FROM bugs, bugs AS b"\n'
    names = named(line + "x = 1\n" + line)
    assert len(set(names)) == 4
    assert named(line) == names[:2]
    assert named("y = 2\n" + line + line + line)[:4] == names


def test_the_order_in_which_they_are_given_does_not_matter():
    text = 'q = "bugs bugs"\n' * 3
    found = [reference(text, match.start()) for match in re.finditer("bugs", text)]
    assert identities(found, lambda _: text) == identities(found[::-1], lambda _: text)


def test_bytes_that_are_no_text():
    text = b"-- \xff\nDELETE FROM bugs -- \xfe\n".decode("utf-8", "surrogateescape")
    assert len(named(text, path=b"caf\xe9.sql".decode("utf-8", "surrogateescape"))) == 1
