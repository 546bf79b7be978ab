"""What the page's search looks through: a line for each name, with what it means."""

from collections.abc import Iterator
from typing import Any

from plan.model import folded
from retable.catalogue.model import Catalogue, Domain, Table
from retable.catalogue.page.anchors import anchor_of, anchor_of_domain


def entries_of(catalogue: Catalogue) -> list[dict[str, Any]]:
    """All of them, in the order of the page."""
    return [entry for domain in catalogue.domains for entry in _domain(domain)]


def _domain(domain: Domain) -> Iterator[dict[str, Any]]:
    if domain.name:
        yield _entry("domain", domain.name, domain.about, anchor_of_domain(domain.name))
    for table in domain.tables:
        yield from _table(table)


def _table(table: Table) -> Iterator[dict[str, Any]]:
    anchor, key = anchor_of(table.name), folded(table.name)
    yield _entry(table.kind, table.name, table.about, anchor, table=key)
    for name in dict.fromkeys(origin.name for origin in table.origins):
        if name != table.name:
            where = ", ".join(it.database for it in table.origins if it.name == name)
            said = f"{table.name} now; was in {where}"
            yield _entry("old name", name, said, anchor, table=key)
    for column in table.columns:
        yield _entry("column", column.name, column.about, anchor, table=key, of=table.name)
    for index in table.indexes:
        if index.name:
            yield _entry("index", index.name, "", anchor, table=key, of=table.name)


def _entry(
    kind: str, name: str, about: str, anchor: str, table: str = "", of: str = ""
) -> dict[str, Any]:
    facts = {"kind": kind, "name": name, "about": about, "anchor": anchor, "table": table, "of": of}
    return {key: value for key, value in facts.items() if value}
