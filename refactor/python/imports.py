"""What a module imports, read off its text: a tenth of the cost of its outline."""

import ast
import re
from collections.abc import Iterable, Iterator
from itertools import chain

from refactor.python.syntax import quiet
from refactor.text.lines import places

_CARRIAGE_RETURN = re.compile(r"\r\n?")
_IMPORT = re.compile(r"import\b")
_TAKEN = re.compile(r"(?:(?:\\\n|[ \t])*\((?:#[^\n]*|[^)#])*\)|(?:\\\n|[^\n;])*)")
_BEFORE = re.compile(r"(?:^|[:;])\s*((?:from\b[^;:#]*)?)\Z")


def origins(text: str) -> tuple[tuple[str, str], ...]:
    """The modules that a text imports, each with the name that it takes from there, or nothing.

    Dots stand before a relative one. An import that a docstring shows is given as well.
    """
    return tuple(dict.fromkeys(_origins(_CARRIAGE_RETURN.sub("\n", text))))


def importing(stems: Iterable[str]) -> "re.Pattern[str]":
    """What a line looks like that imports one of some modules."""
    either = "|".join(map(re.escape, sorted(stems)))
    return re.compile(rf"[ \t]*(?:from|import)\b[^\n]*(?<!\w)(?:{either})(?!\w)")


def import_lines(text: str) -> Iterator[str]:
    """The lines that may import something, each with the one that it goes on from."""
    for at in places(text, "import"):
        start = text.rfind("\n", 0, at) + 1
        if text.endswith("\\\n", 0, start):
            before = text.rfind("\n", 0, start - 1) + 1
            yield text[before:start]
        yield text[start : text.find("\n", at) + 1 or len(text)]


def _origins(text: str) -> Iterator[tuple[str, str]]:
    found = list(_statements(text))
    for node in _parsed("\n".join(found)) or chain.from_iterable(map(_parsed, found)):
        if isinstance(node, ast.ImportFrom):
            module = "." * node.level + (node.module or "")
            yield from ((module, "" if it.name == "*" else it.name) for it in node.names)
        elif isinstance(node, ast.Import):
            yield from ((it.name, "") for it in node.names)


def _statements(text: str) -> Iterator[str]:
    for match in _IMPORT.finditer(text):
        start = text.rfind("\n", 0, match.start()) + 1
        while text.endswith("\\\n", 0, start):
            start = text.rfind("\n", 0, start - 1) + 1
        before = _BEFORE.search(text[start : match.start()])
        taken = _TAKEN.match(text, match.end())
        if before and taken:
            yield before[1] + match[0] + taken[0]


def _parsed(statements: str) -> list[ast.stmt]:
    """The statements, or nothing if there is prose among them."""
    try:
        with quiet():
            return ast.parse(statements).body
    except (SyntaxError, ValueError):
        return []
