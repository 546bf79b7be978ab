"""SQL, and templates of it in the manner of Jinja: `{{ … }}` are holes, `{% … %}` are gaps.

Where a template chooses between branches, each choice is a text of its own: `old{% else %}new` is
one of two names and never both.
"""

import re
from collections.abc import Iterator, Mapping, Sequence
from pathlib import PurePosixPath

from plan.own import OWN_SCRIPT
from refactor.kinds.kind import Contents, Kind, value_text
from refactor.python.outline import Context, Usage
from refactor.python.strings import Text, plain_text, without_dot_commands
from refactor.sql.names import HOLE
from refactor.text.source import Source
from refactor.text.words import Words

_SUFFIXES = (".sql", ".sql.j2", ".sql.jinja", ".sql.jinja2")
_TAG = re.compile(
    r"""
      \{\{(?P<expression> (?>(?:'[^'\n]*'|"[^"\n]*"|[^'"}]|\}(?!\}))*) )\}\}
    | \{%(?P<left>[-+]?)\s*(?P<word>\w+) (?P<code>(?>(?:'[^'\n]*'|"[^"\n]*"|[^'"%]|%(?!\}))*)) %\}
    | \{\#(?P<comment>.*?)\#\}
    """,
    re.VERBOSE | re.DOTALL,
)
_LITERAL = re.compile(r"'(?P<one>\w+)'|\"(?P<two>\w+)\"")
_GIVEN = re.compile(r"\{%[-+]?\s*(?:for\s+(\w+)\s+in\b|set\s+(\w+)\s*=)")
"""Where a template gives what it says to a name."""
_BRANCHES = frozenset({"else", "elif"})
_OPENS = frozenset({"if", "for"})
_CLOSES = frozenset({"endif", "endfor"})
_LAST_WORD = re.compile(r"\w+\Z")
_FIRST_WORD = re.compile(r"\w+")
_IN_TEMPLATE = "a template's own code, or its comment"


def read(source: Source, words: Words) -> Contents:
    """The SQL of a file, and the names that its template keeps in literals."""
    text = source.text
    if text.startswith(OWN_SCRIPT):
        return Contents(otherwise="a script that retable has written")
    tags = [tag for tag in _TAG.finditer(text) if not _in_string_of_sql(tag)]
    if all(tag["comment"] is not None for tag in tags) and source.path.suffix == ".sql":
        return Contents((plain_text(source),))
    sql, size = without_dot_commands(text), len(text)
    return Contents(
        texts=(
            *(_text(sql, tags, choice, 0, size) for choice in _choices(tags)),
            *_literals(text, tags, words),
        ),
        doubtful=tuple(_names_that_go_on(text, tags, words)),
        accounts=tuple((*tag.span(), _IN_TEMPLATE) for tag in tags),
    )


def templated(text: str, start: int, end: int) -> Text:
    """A part of a file that is SQL, with holes for what a template fills in."""
    return _text(text, list(_TAG.finditer(text, start, end)), {}, start, end)


def _in_string_of_sql(tag: "re.Match[str]") -> bool:
    """Whether braces are no template, but the array of another system: '{{1,2},{3,4}}'."""
    says = tag["expression"]
    return says is not None and not re.search(r"[A-Za-z_'\"]", says)


def _choices(tags: "Sequence[re.Match[str]]") -> Iterator[Mapping[int, int]]:
    """Choices of branches, so that each branch is taken in one of them: the first, if not said.

    A choice says for the tag that opens it which branch is taken, from 0.
    """
    yield {}
    open_: list[tuple[int, int]] = []
    for index, tag in enumerate(tags):
        if tag["word"] in _OPENS:
            open_.append((index, 0))
        elif tag["word"] in _BRANCHES and open_:
            opened, branch = open_.pop()
            open_.append((opened, branch + 1))
            yield dict(open_)
        elif tag["word"] in _CLOSES and open_:
            open_.pop()


def _text(
    text: str, tags: "Sequence[re.Match[str]]", choice: Mapping[int, int], start: int, end: int
) -> Text:
    """The SQL with one choice of branches."""
    chars: list[str] = []
    starts: list[int] = []
    holes: list[str] = []
    open_: list[tuple[int, bool]] = []  # the branch that a choice is in, and whether it is taken
    wanted: list[int] = []
    at = start
    for index, tag in enumerate(tags):
        if all(taken for _, taken in open_):
            chars += text[at : tag.start()]
            starts += range(at, tag.start())
        if tag["word"] in _OPENS:
            wanted.append(choice.get(index, 0))
            open_.append((0, wanted[-1] == 0))
        elif tag["word"] in _BRANCHES and open_:
            branch = open_.pop()[0] + 1
            open_.append((branch, branch == wanted[-1]))
        elif tag["word"] in _CLOSES and open_:
            open_.pop()
            wanted.pop()
        at = tag.end()
        if all(taken for _, taken in open_):
            is_hole = tag["expression"] is not None or (
                bool(chars) and _in_name(chars[-1]) and _in_name(text[at : at + 1])
            )
            chars.append(HOLE if is_hole else " ")
            starts.append(tag.start())
            holes += [(tag["expression"] or "").strip(" -+")] if is_hole else []
    chars += text[at:end]
    starts += range(at, end)
    executed = Context(usage=Usage.EXECUTED)
    return Text("".join(chars), tuple(starts), tuple(holes), (), executed, start, end)


def _names_that_go_on(
    text: str, tags: "Sequence[re.Match[str]]", words: Words
) -> Iterator[tuple[int, int, str]]:
    """Old names beside a tag behind which a name may go on: `old{% if x %}_archive{% endif %}`."""
    for tag in tags:
        if tag["word"] is None or tag["word"] in _BRANCHES:
            continue
        before, after = tag.start(), tag.end()
        if text[before + 2] == "-":
            before = len(text[:before].rstrip())
        if text[after - 3] == "-":
            after += len(text[after:]) - len(text[after:].lstrip())
        left, right = _LAST_WORD.search(text[:before]), _FIRST_WORD.match(text, after)
        if left and right:
            for match in (left, right):
                if words.are_in(match[0]):
                    yield (*match.span(), "a template may go on with the name")


def _in_name(char: str) -> bool:
    return char.isalnum() or char in {"_", "$", HOLE}


def _literals(text: str, tags: "Sequence[re.Match[str]]", words: Words) -> Iterator[Text]:
    """Names in the template's own code: in a template of SQL they may well be tables."""
    for tag in tags:
        if tag["comment"] is not None:
            continue
        for match in _LITERAL.finditer(text, tag.start(), tag.end()):
            start, end = match.span(match.lastgroup or 0)
            if words.are_in(text[start:end]):
                given = _GIVEN.match(tag[0])
                keys = ("table", given[1] or given[2]) if given else ("table",)
                yield value_text(text[start:end], range(start, end), (start, end), keys=keys)


def _takes(path: PurePosixPath) -> bool:
    return path.name.endswith(_SUFFIXES)


KIND = Kind("SQL", _takes, read)
