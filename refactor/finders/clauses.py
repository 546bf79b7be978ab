"""A piece of SQL that SQLAlchemy takes as it is, beside what is mapped to its table.

`select(Order).where(text("orders.total > 5"))`: the class says which table that is.
"""

import re

from plan.model import folded
from refactor.apis.columns import declared_in
from refactor.apis.libraries import SQLALCHEMY
from refactor.finders.apis import table_qualifying
from refactor.finders.finder import Found, Ignored, Surroundings
from refactor.finders.shapes import PLACES
from refactor.python.outline import last_part
from refactor.python.strings import Text

_TAKES_CLAUSE = re.compile(r"(?:\w+\.)?(?:text|literal_column|CheckConstraint|Computed)")
_OF_FLASK = "db"
"""How the object is called by which Flask's extension gives all of SQLAlchemy."""
_CALLED_ANEW = frozenset({"alias", "aliased", "cte", "lateral", "subquery", "tablesample"})


def takes_clause(text: Text, around: Surroundings) -> bool:
    """Whether SQLAlchemy is given a text as a piece of SQL."""
    callee = text.context.callee
    if not _TAKES_CLAUSE.fullmatch(callee) or around.outline is None:
        return False
    root = callee.partition(".")[0]
    return root == _OF_FLASK or any(
        local == root and module.partition(".")[0] in SQLALCHEMY.packages
        for local, module, _ in around.outline.imports
    )


def tables_of_mapped(
    text: Text, names: list["re.Match[str]"], around: Surroundings
) -> Found | None:
    """The tables whose columns a piece names, if its module names what is mapped to each.

    None also where a table stands at another place of it, or something else may have its name.
    """
    tables = {folded(it[1]) for it in names}
    spans = {it.span(1) for it in names if it.re is PLACES[0]}
    words = re.finditer(rf"\b(?:{'|'.join(tables)})\b", text.text, re.IGNORECASE)
    if {it.span() for it in words} != spans or len(spans) < len(names):
        return None
    mapped = {it: _mapped_here(it, around) for it in tables}
    if any(len(each) != 1 or _is_called_anew(it, around) for it, each in mapped.items()):
        return None
    found = (
        reference
        for start, end in sorted(spans)
        for columns in mapped[folded(text.text[start:end])]
        for reference in table_qualifying(text, start, end, columns, around)
    )
    return tuple(found) or Ignored("a table that keeps its name")


def _mapped_here(table: str, around: Surroundings) -> list[tuple[str, ...]]:
    """The columns of each class and each `Table` of SQLAlchemy's for a table that a module names.

    Those that it makes itself, and those of others whose names it says.
    """
    mine = around.source.path
    return [
        columns
        for path in dict.fromkeys((mine, *around.abroad.few_naming(table)))
        if (tree := around.abroad.tree(path))
        for name, columns in declared_in(tree, table)
        if path == mine or re.search(rf"\b{re.escape(last_part(name))}\b", around.source.text)
    ]


def _is_called_anew(table: str, around: Surroundings) -> bool:
    """Whether the module gives a table's name to something else, as an alias does."""
    alias = re.compile(rf"\bAS\s+[\"`\[]?{table}\b", re.IGNORECASE)
    return any(
        alias.search(literal)
        or (folded(literal) == table and last_part(site.context.callee) in _CALLED_ANEW)
        for site in (around.outline.sites if around.outline else ())
        for literal in site.literals
    )
