"""The catalogue for a terminal: plain lines, table by table."""

from collections.abc import Iterator

from plan.errors import in_one_line
from retable.catalogue.links import Links
from retable.catalogue.model import Catalogue, Domain, Table
from retable.catalogue.words import (
    actions_of,
    before_of,
    code_in_words,
    coverage_lines,
    flags_of,
    index_in_words,
    percent,
    rows_of,
    target_of,
)


def render(catalogue: Catalogue, _links: Links) -> str:
    """All of it."""
    return "".join(f"{line}\n" for line in _lines(catalogue))


def _lines(catalogue: Catalogue) -> Iterator[str]:
    version = f"schema version {catalogue.schema_version}"
    yield in_one_line(f"{catalogue.target}  ({version}, documented {catalogue.migrated})")
    for what, part, whole in coverage_lines(catalogue.coverage):
        yield f"  {what}: {part} of {whole} ({percent(part, whole)})"
    yield in_one_line(f"  {code_in_words(catalogue.code)}")
    for finding in catalogue.findings:
        yield f"  differs: {finding}"
    for domain in catalogue.domains:
        yield from _domain(domain)


def _domain(domain: Domain) -> Iterator[str]:
    yield ""
    about = f": {domain.about}" if domain.about else ""
    yield in_one_line(f"{domain.title}{about}")
    for table in domain.tables:
        yield ""
        yield from map(in_one_line, _table(table))


def _table(table: Table) -> Iterator[str]:
    kind = " (view)" if table.kind == "view" else ""
    about = f"  {table.about}" if table.about else ""
    yield f"  {table.name}{kind}{about}"
    facts = [rows_of(table)]
    facts += [f"was {before_of(table)}" if table.origins else ""]
    facts += [f"also as the view {name}" for name in table.old_names]
    if said := "; ".join(filter(None, facts)):
        yield f"    {said}"
    yield from _columns(table)
    for index in table.indexes:
        yield f"    {index_in_words(index)}"
    for it in table.referred:
        yield f"    ← {it.table}.{', '.join(it.key.columns)}"
    for path, places in _by_file(table):
        yield f"    used in {path}:{places}"


def _columns(table: Table) -> Iterator[str]:
    names = max((len(it.name) for it in table.columns), default=0)
    types = max((len(it.type) for it in table.columns), default=0)
    refers = {key.columns[0]: key for key in table.refers if len(key.columns) == 1}
    for it in table.columns:
        flags = list(flags_of(it))
        if it.name in refers:
            key = refers[it.name]
            flags.append(" ".join(filter(None, (f"→ {target_of(key, table)}", actions_of(key)))))
        said = ", ".join(flags)
        parts = [f"    {it.name:{names}}  {it.type:{types}}", said]
        parts += [f"-- {it.about}"] if it.about else []
        yield "  ".join(filter(None, parts)).rstrip()
    for key in table.refers:
        if len(key.columns) > 1:
            said = f"({', '.join(key.columns)}) → {target_of(key, table)}"
            yield f"    {said}  {actions_of(key)}".rstrip()


def _by_file(table: Table) -> Iterator[tuple[str, str]]:
    lines: dict[str, list[str]] = {}
    for use in table.uses:
        mark = "?" if not use.certain else ""
        lines.setdefault(use.path, []).append(f"{use.line}{mark}")
    yield from ((path, ",".join(dict.fromkeys(places))) for path, places in lines.items())
