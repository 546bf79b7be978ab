"""Tables that an example in a docstring names: `>>> rows("old")`.

Such examples are often run as tests, and then they fail; whether they are, nobody sees here.
"""

import re
from collections.abc import Iterator

from plan.model import folded
from refactor.finders.finder import Finder, Found, Surroundings
from refactor.python.outline import Usage
from refactor.python.strings import Text
from refactor.references import Evidence, Reason
from refactor.sql.names import leads_with_verb, table_names

_PROMPT = ">>> "
_LINE = re.compile(r"^[ \t]*(?:>>>|\.\.\.) (?P<code>.+)$", re.MULTILINE)
_LITERAL = re.compile(r"(?P<quote>[\"'])(?P<says>[^\"'\\]+)(?P=quote)")
_SAYS = "an example in a docstring names it, which may be run as a test"


def has_example(text: str) -> bool:
    """Whether a text may hold an example that doctest runs."""
    return _PROMPT in text


def in_example(before: str) -> bool:
    """Whether a line that begins so may be one of an example, rather than what it prints."""
    return before.startswith((_PROMPT, "... "))


def tables_in_examples(text: Text, around: Surroundings) -> Found | None:
    """Each old table that the literals of a docstring's examples name."""
    if text.context.usage is not Usage.DOCUMENTATION or not has_example(text.text):
        return None
    return (
        tuple(
            around.table_reference(
                text.near(start, end),
                text.text[start:end],
                around.legacy.meanings[folded(text.text[start:end])],
                clause="doctest",
                evidence=(Evidence(Reason.GRAMMAR, _SAYS),),
                question=f"{_SAYS}: is it this table?",
                mend="change the example by hand if it is",
                blocking=False,
            )
            for start, end in _named(text.text)
            if folded(text.text[start:end]) in around.legacy.meanings
        )
        or None
    )


def _named(text: str) -> Iterator[tuple[int, int]]:
    """Where examples have a literal that may be a table's name, or SQL that names one."""
    for line in _LINE.finditer(text):
        for literal in _LITERAL.finditer(text, *line.span("code")):
            start, end = literal.span("says")
            if not leads_with_verb(literal["says"]):
                yield start, end
                continue
            for name in table_names(literal["says"]):
                inside = bool(name.quote)
                yield start + name.start + inside, start + name.end - inside


FINDER = Finder(
    name="doctest",
    find=tables_in_examples,
    finds=(
        'def rows(table):\n    """Give rows.\n\n    >>> rows("old")\n    """',
        "def rows():\n    '''Give rows.\n\n    >>> db.execute(\"SELECT 1 FROM old\")\n    '''",
    ),
    ignores=(
        'def rows(table):\n    """Give old rows: rows("old").\n\n    >>> rows("x")  # old\n    """',
    ),
)
