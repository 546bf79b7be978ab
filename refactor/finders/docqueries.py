"""SQL in a docstring, which code elsewhere reads as `__doc__` and executes.

As in `def sql(f): return lambda *a: con.execute(f.__doc__, a)`. That somebody reads docstrings does
not tell what becomes of this one, so it is asked.
"""

import ast
import re

from msgspec.structs import replace

from plan.model import folded
from refactor.finders.finder import Finder, Found, Surroundings
from refactor.finders.sql import tables_in_sql
from refactor.python.assignments import FUNCTIONS
from refactor.python.outline import Usage
from refactor.python.strings import Text
from refactor.python.syntax import statements_in
from refactor.sql.names import leads_with_verb, table_names

_READS = (("__doc__", ".__doc__"), ("getdoc", "getdoc("))
"""The words of what reads them, and how they are written: a bare `__doc__` is the module's."""
_QUOTE = re.compile(r"\"{3}|'{3}|[\"']")
_QUOTES = re.compile(r"\"{3}|'{3}")
_FARTHEST = 2_000
"""How far before a name its string may begin."""
_BEFORE_TABLE = ("FROM", "INTO", "JOIN", "UPDATE", "* from")
_SAYS = "the SQL of a docstring, and code here reads docstrings"


def begins_query(text: str, at: int) -> bool:
    """Whether the string in which a name seems to stand begins as SQL does, and names a table."""
    before = text[max(0, at - _FARTHEST) : at]
    if not before.rstrip(' \t\n"`[').endswith(_BEFORE_TABLE):
        return False  # as with far the most
    line = before[before.rfind("\n") + 1 :]
    quotes = _QUOTE if _QUOTE.search(line) else _QUOTES
    begins = [it.end() for it in quotes.finditer(before)]
    return bool(begins) and leads_with_verb(before[begins[-1] :])


def tables_in_docstrings(text: Text, around: Surroundings) -> Found | None:
    """The old tables that the SQL of a docstring names, where code reads docstrings."""
    if text.context.usage is not Usage.DOCUMENTATION or not leads_with_verb(text.text):
        return None
    if not any(folded(it.name) in around.legacy.meanings for it in table_names(text.text)):
        return None  # as with by far the most, which are prose
    owner = _owner(text, around)
    if owner is None or not _is_read(owner, around):
        return None
    found = tables_in_sql(replace(text, context=replace(text.context, usage=Usage.OTHER)), around)
    if not isinstance(found, tuple):
        return found
    return tuple(
        replace(
            it,
            new=None,
            question=it.question or f"{_SAYS}: should it say {it.new}?",
            mend="change it by hand if it is executed",
            blocking=True,
        )
        for it in found
    )


def _owner(text: Text, around: Surroundings) -> ast.AST | None:
    """The function or the class that a text is the docstring of."""
    for node in statements_in(around.outline.tree) if around.outline else ():
        if isinstance(node, (*FUNCTIONS, ast.ClassDef)):
            match node.body[0]:
                case ast.Expr(value=ast.Constant() as said):
                    if around.lines.span(said) == (text.start, text.end):
                        return node
    return None


def _is_read(owner: ast.AST, around: Surroundings) -> bool:
    """Whether code may read a docstring: in its module, or wherever it is handed on to.

    What has a decorator, or nothing but its docstring, is there for others to look at.
    """
    if any(it in around.source.text for _, it in _READS):
        return True
    handed = getattr(owner, "decorator_list", []) or len(getattr(owner, "body", [])) == 1
    return bool(handed) and any(around.abroad.is_written(*it) for it in _READS)


FINDER = Finder(
    name="docquery",
    find=tables_in_docstrings,
    finds=('def sql(f): db.execute(f.__doc__)\n\n@sql\ndef rows():\n    """SELECT x FROM old"""',),
    ignores=(
        'def rows():\n    """SELECT x FROM old"""\n    return old()',
        'def rows():\n    """Select old rows from old."""\nprint(rows.__doc__)',
    ),
)
