"""The catalogue as a Mermaid entity relationship diagram, its tables in the order of domains.

Mermaid's grammar takes words of ASCII letters for types and columns, and knows no way to group
entities: https://mermaid.js.org/syntax/entityRelationshipDiagram.html. So what is spelt otherwise
is said in a column's comment, and a comment of the diagram begins each domain.
"""

import re
from collections.abc import Container, Iterable, Iterator

from migrate.steps.catalog import CatalogColumn, ForeignKey
from plan.errors import in_one_line
from plan.model import folded
from plan.own import OWN_DOMAIN
from retable.catalogue.links import Links
from retable.catalogue.model import Catalogue, Domain, Table

_WORD = re.compile(r"[A-Za-z_][A-Za-z0-9_]*\Z")
_KEYS = frozenset({"pk", "fk", "uk"})
"""What a column cannot be called: the grammar takes it for a mark."""


def render(catalogue: Catalogue, _links: Links) -> str:
    """One diagram of all tables; views have no keys, and are left out."""
    domains = [it for it in catalogue.domains if it.name != OWN_DOMAIN]
    return "\n".join(diagram(domains, domains)) + "\n"


def diagram(shown: Iterable[Domain], known: Iterable[Domain]) -> Iterator[str]:
    """The lines of a diagram.

    Args:
        shown: whose tables are drawn, with their columns.
        known: those whose tables may stand at the other end of a relation.
    """
    there = {folded(it.name): it for domain in known for it in domain.tables if _is_drawn(it)}
    yield "erDiagram"
    relations: list[str] = []
    for domain in shown:
        tables = [it for it in domain.tables if _is_drawn(it)]
        if not tables:
            continue
        about = f": {domain.about}" if domain.about else ""
        yield f"    %% {_comment(domain.title + about)}"
        for table in tables:
            yield from _entity(table)
            relations += _relations(table, there)
    yield from relations


def _is_drawn(table: Table) -> bool:
    return table.kind == "table"


def _entity(table: Table) -> Iterator[str]:
    refers = {column for key in table.refers for column in key.columns}
    if not table.columns:
        yield f"    {_name(table.name)}"
        return
    yield f"    {_name(table.name)} {{"
    for column in table.columns:
        yield f"        {_attribute(column, refers)}"
    yield "    }"


def _attribute(column: CatalogColumn, refers: Container[str]) -> str:
    name = _as_word(column.name)
    if folded(name) in _KEYS:
        name += "_"
    marks = ["PK"] if column.primary_key else []
    marks += ["FK"] if column.name in refers else []
    spelt = [column.name] if name != column.name else []
    comment = _comment(": ".join(filter(None, (*spelt, column.about)))).replace('"', "'")
    parts = [_type(column.type), name, ",".join(marks), f'"{comment}"' if comment else ""]
    return " ".join(filter(None, parts))


def _type(said: str) -> str:
    """A type as one word: `DECIMAL(10, 2)` becomes `DECIMAL(10_2)`."""
    word = re.sub(r"[^A-Za-z0-9_()]+", "_", said.strip())
    if not word:
        return "untyped"
    return word if re.match(r"[A-Za-z_]", word) else f"_{word}"


def _as_word(name: str) -> str:
    word = re.sub(r"[^A-Za-z0-9_]", "_", name) or "_"
    return word if _WORD.match(word) else f"_{word}"


def _name(name: str) -> str:
    """An entity's name; always in quotes, since some bare words mean something else."""
    return f'"{_comment(name).replace(chr(34), chr(39)).replace("%", "_").replace(chr(92), "_")}"'


def _comment(text: str) -> str:
    # `%%{` would begin a directive wherever it stands.
    return in_one_line(" ".join(text.split())).replace("%%", "% %")


def _relations(table: Table, there: dict[str, Table]) -> Iterator[str]:
    for key in table.refers:
        parent = there.get(folded(key.table))
        label = _comment(", ".join(key.columns)).replace('"', "'")
        if parent is None:
            yield f"    %% {_comment(table.name)}.{label} refers to what is not there"
        else:
            ends = _ends(table, key)
            yield f'    {_name(parent.name)} {ends} {_name(table.name)} : "{label}"'


def _ends(table: Table, key: ForeignKey) -> str:
    """How many rows there are at each end."""
    held = {column.name: column for column in table.columns}
    # https://sqlite.org/foreignkeys.html: with a NULL in it, a key refers to nothing.
    required = all(held[name].not_null for name in key.columns if name in held)
    return f"{'||' if required else '|o'}--{'o|' if table.is_unique(key.columns) else 'o{'}"
