"""The case files of fixtures/rewrites, through the line that the commands go through.

How a case is written stands in fixtures/rewrites/README.md.
"""

import re
import sys
from dataclasses import dataclass, field
from pathlib import Path

import pytest

from refactor.legacy import legacy_of

FOLDER = Path(__file__).parents[2] / "fixtures" / "rewrites"
MARK = {".py": "#", ".sql": "--", ".txt": "%"}


@dataclass
class Case:
    id: str
    plan: list[str] = field(default_factory=list)
    schemas: tuple[bool, ...] = (True, False)
    swaps: bool = False
    docs: bool = False
    python: tuple[int, ...] = (3, 11)
    before: dict[str, str] = field(default_factory=dict)
    after: dict[str, str] = field(default_factory=dict)
    questions: list[str] = field(default_factory=list)
    presses: dict[str, bool] = field(default_factory=dict)
    remarks: list[str] = field(default_factory=list)


class Reader:
    """Reads the cases of one file, line by line."""

    def __init__(self, file):
        self.file = file
        self.cases, self.plan = [], []

    def read(self):
        mark = f"{MARK[self.file.suffix]} "
        for line in self.file.read_text(encoding="utf-8").splitlines(keepends=True):
            key, _, value = line.removeprefix(mark).strip().partition(": ")
            said = getattr(self, f"say_{key}", None) if line.startswith(mark) else None
            if said:
                said(value)
            elif self.cases:
                self.part[self.name] = self.part.get(self.name, "") + line
        return self.cases

    def say_case(self, title):
        self.cases.append(Case(f"{self.file.stem}: {title}", plan=list(self.plan)))
        self.part, self.name = self.cases[-1].before, f"case{self.file.suffix}"

    def say_plan(self, line):
        (self.cases[-1].plan if self.cases else self.plan).append(line)

    def say_schemas(self, which):
        self.cases[-1].schemas = {"known": (True,), "unknown": (False,)}[which]

    def say_python(self, version):
        self.cases[-1].python = tuple(map(int, version.split(".")))

    def say_swaps(self, _yes):
        self.cases[-1].swaps = True

    def say_docs(self, _yes):
        self.cases[-1].docs = True

    def say_file(self, name):
        self.name = name

    def say_output(self, _nothing):
        before = [name for name, text in self.cases[-1].before.items() if text.strip()]
        self.name = before[0] if len(before) == 1 else f"case{self.file.suffix}"
        self.part = self.cases[-1].after

    def say_review(self, question):
        self.cases[-1].questions.append(question)

    def say_pressing(self, question):
        self.cases[-1].presses[question] = True
        self.say_review(question)

    def say_perhaps(self, question):
        self.cases[-1].presses[question] = False
        self.say_review(question)

    def say_remark(self, words):
        self.cases[-1].remarks.append(words)


CASES = [
    pytest.param(case, known, id=f"{case.id}{'' if known else ' (no schema)'}")
    for file in sorted(FOLDER.iterdir())
    if file.suffix in MARK
    for case in Reader(file).read()
    for known in case.schemas
    if sys.version_info >= case.python
]

OTHER_KINDS = {file.stem for file in FOLDER.iterdir() if file.suffix == ".txt"}


def trimmed(files):
    return {name: text.strip("\n") + "\n" for name, text in files.items() if text.strip()}


@pytest.mark.parametrize(("case", "known"), CASES)
def test_rewrite(case, known, project):
    before, after = trimmed(case.before), trimmed(case.after)
    made = project(
        before, **({"lines": case.plan} if case.plan else {}), schemas=known, docs=case.docs
    )
    found, changes = made.changes()
    if case.remarks:
        assert_all_are_made(case.remarks, made.remarks())
    assert not found.unreadable
    assert not changes.unproved
    made.apply(changes)
    texts = {name: made.read(name) for name in before}
    asked = [f"{it.path}:{it.line}: {it.old}: {it.question}" for it in changes.review]
    assert texts == {**before, **after}, asked
    assert_all_are_said(case.questions, asked)
    for words, presses in case.presses.items():
        said = [it for it, each in zip(changes.review, asked, strict=True) if words in each]
        assert {it.blocking for it in said} == {presses}, asked
    assert_every_hit_is_accounted_for(made, found, before)
    if not case.swaps:
        # Where nothing was changed the second run is the first one.
        again, more = made.changes() if changes.rewritten else (found, changes)
        assert not more.rewritten, "a second run must change nothing"
        assert case.questions or not [it for it in again.references if it.certain], "a leftover"


def assert_all_are_said(expected, asked):
    for question in expected:
        assert any(question in each for each in asked), (question, asked)
    for each in asked:
        assert any(question in each for question in expected), f"not expected: {each}"


def assert_all_are_made(expected, made):
    """`none` stands for itself; else each of them, and no other."""
    if expected == ["none"]:
        assert not made
        return
    assert_all_are_said(expected, made)


def assert_every_hit_is_accounted_for(made, found, files):
    """Each whole word of the plan is a reference, or is said to be none."""
    legacy = legacy_of(made.plan, made.schemas)
    either = "|".join(map(re.escape, sorted(legacy.words, key=len, reverse=True)))
    word = re.compile(rf"(?<!\w)(?:{either})(?!\w)", re.IGNORECASE | re.ASCII)
    for file in found.files:
        named = [(it.start, it.start + len(it.old)) for it in file.references]
        hits = [match.start() for match in word.finditer(files[str(file.path)])]
        free = [at for at in hits if not any(start <= at < end for start, end in named)]
        unread = file.unread.hits if file.unread else 0
        assert sum(count for _, count in file.ignored) + unread == len(free)


@pytest.mark.parametrize(
    ("case", "known"), [it for it in CASES if it.values[0].id.split(":")[0] in OTHER_KINDS]
)
def test_rewrite_with_the_lines_of_windows(case, known, project):
    before = {name: windows(text) for name, text in trimmed(case.before).items()}
    after = {name: windows(text) for name, text in trimmed(case.after).items()}
    plan = {"lines": case.plan} if case.plan else {}
    made = project(before, **plan, schemas=known, docs=case.docs)
    found, changes = made.changes()
    made.apply(changes)
    asked = [f"{it.path}:{it.line}: {it.old}: {it.question}" for it in changes.review]
    assert {name: made.read(name) for name in before} == {**before, **after}, asked
    assert_all_are_said(case.questions, asked)
    assert_every_hit_is_accounted_for(made, found, before)


def windows(text):
    return text.replace("\n", "\r\n")


SQL = 'x = """SELECT *{n}FROM old  -- {c}{n}"""{n}'


@pytest.mark.parametrize(
    ("data", "replaced"),
    [
        pytest.param(SQL.format(n="\r\n", c="x").encode(), 1, id="CRLF"),
        pytest.param(SQL.format(n="\r", c="x").encode(), 1, id="CR alone"),
        pytest.param(SQL.format(n="\r\n", c="x").replace("\r\n", "\n", 1).encode(), 1, id="both"),
        pytest.param(
            b"# coding: latin-1\n" + SQL.format(n="\n", c="é").encode("latin-1"), 1, id="latin-1"
        ),
        pytest.param(
            b"#!/usr/bin/env python\n# -*- coding: cp1252 -*-\n"
            + SQL.format(n="\n", c="€").encode("cp1252"),
            1,
            id="cp1252 on the second line",
        ),
        pytest.param(
            b"# coding: shift_jis\n" + SQL.format(n="\n", c="表能").encode("shift_jis"),
            1,
            id="a double-byte encoding with backslashes in its characters",
        ),
        pytest.param(
            b"# coding: koi8-r\r\n" + SQL.format(n="\r\n", c="таблица").encode("koi8-r"),
            1,
            id="koi8-r and CRLF",
        ),
        pytest.param(b"\xef\xbb\xbf" + SQL.format(n="\n", c="é").encode(), 1, id="a BOM"),
        pytest.param(b'x = "SELECT * FROM old"', 1, id="no newline at the end"),
        pytest.param(
            b'\x0cx = "SELECT * FROM old"\n\x0c\ny = "DELETE FROM old"', 2, id="form feeds"
        ),
        pytest.param(
            b'x = "SELECT * FROM old " \\\n  "WHERE 1"  \t\n\n\n', 1, id="spaces, blank lines"
        ),
        pytest.param(b'if x:\n\ty = "SELECT * FROM old"\n', 1, id="tabs"),
        pytest.param('é = "ä" ; x = "SELECT * FROM old"\n'.encode(), 1, id="letters before it"),
        pytest.param(
            b'"""' + b"x\n" * 50_000 + b'"""\nx = "SELECT * FROM old"\n', 1, id="a long file"
        ),
        pytest.param(
            b'x = """' + b"-- x\n" * 5_000 + b'SELECT * FROM old"""\n', 1, id="a long text"
        ),
        pytest.param(
            b'x = """' + b"DELETE FROM old WHERE id = 1;\n" * 1_500 + b'"""\n',
            1_500,
            id="a script of many statements, in time that grows with it",
        ),
    ],
)
def test_every_other_byte_stays(data, replaced, project):
    made = project({"case.py": data})
    found, changes = made.changes()
    assert not found.unreadable
    assert not changes.unproved
    made.apply(changes)
    after = (made.root / "case.py").read_bytes()
    assert after == data.replace(b"FROM old", b"FROM new_t")
    assert data.count(b"FROM old") == after.count(b"FROM new_t")
    assert len(changes.edited) == replaced
    assert not made.changes()[1].rewritten


@pytest.mark.parametrize(
    ("data", "why"),
    [
        pytest.param(b'x = "SELECT * FROM old', "line 1: unterminated string literal", id="syntax"),
        pytest.param(b'x = "SELECT * FROM old"\n\xff\n', "line 2: the byte 0xff", id="not UTF-8"),
        pytest.param(b'# coding: klingon\nx = "SELECT * FROM old"', "klingon", id="a codec"),
        pytest.param(b'x = "SELECT * FROM old\0"', "NUL", id="a NUL byte"),
        pytest.param(b'print "SELECT * FROM old"', "line 1: Missing parentheses", id="Python 2"),
        pytest.param(
            b"x = " + b" + ".join([b'"SELECT * FROM old"'] * 3000), "", id="a sum without end"
        ),
    ],
)
def test_what_cannot_be_read_is_said(data, why, project):
    found, changes = project({"case.py": data}).changes()
    (unreadable,) = found.unreadable
    assert why in unreadable.why
    assert not changes.rewritten
