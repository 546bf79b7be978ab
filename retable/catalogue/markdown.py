"""The catalogue as Markdown, to be read in a repository: domains with diagrams and tables."""

import re
from collections.abc import Iterator

from migrate.steps.catalog import CatalogColumn
from plan.errors import in_one_line
from plan.own import OWN_DOMAIN
from retable.catalogue.links import Links
from retable.catalogue.mermaid import diagram
from retable.catalogue.model import Catalogue, Domain, Table, Use
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

_SPECIAL = re.compile(r"([\\`*{}\[\]<>#|~&]|(?<!\w)_|_(?!\w))")
"""What could mean something; an underscore within a word does not."""


def render(catalogue: Catalogue, links: Links) -> str:
    """All of it."""
    return "\n".join(_lines(catalogue, links)) + "\n"


def _lines(catalogue: Catalogue, links: Links) -> Iterator[str]:
    yield f"# {_said(catalogue.target)}"
    yield ""
    yield "<!-- Written by `retable schema`: run it again instead of changing this. -->"
    yield ""
    version = f"Schema version {catalogue.schema_version}, documented {catalogue.migrated}."
    yield f"{version} {_said(_sentence(code_in_words(catalogue.code)))}"
    yield ""
    for what, part, whole in coverage_lines(catalogue.coverage):
        yield f"- {what}: {part} of {whole} ({percent(part, whole)})"
    yield from (f"- **differs:** {_said(it)}" for it in catalogue.findings)
    yield ""
    for domain in catalogue.domains:
        yield from _domain(domain, catalogue, links)
    yield from _old_names(catalogue)


def _domain(domain: Domain, catalogue: Catalogue, links: Links) -> Iterator[str]:
    yield f"## {_said(domain.title)}"
    yield ""
    if domain.about:
        yield _said(_sentence(domain.about))
        yield ""
    if domain.name != OWN_DOMAIN and any(it.kind == "table" for it in domain.tables):
        yield "```mermaid"
        yield from diagram([domain], catalogue.domains)
        yield "```"
        yield ""
    for table in domain.tables:
        yield from _table(table, links)


def _table(table: Table, links: Links) -> Iterator[str]:
    yield f"### {_said(table.name)}{' (view)' if table.kind == 'view' else ''}"
    yield ""
    if table.about:
        yield _said(_sentence(table.about))
        yield ""
    facts = [rows_of(table), f"was {before_of(table)}" if table.origins else ""]
    facts += [f"also as the view {name}" for name in table.old_names]
    facts += ["" if table.documented else "not documented"]
    if said := "; ".join(filter(None, facts)):
        yield _said(_sentence(said))
        yield ""
    yield "| column | type | | about |"
    yield "|---|---|---|---|"
    refers = {
        key.columns[0]: target_of(key, table) for key in table.refers if len(key.columns) == 1
    }
    for column in table.columns:
        yield _row(column, refers.get(column.name, ""))
    yield ""
    facts = [
        f"refers to {target_of(key, table)} by {', '.join(key.columns)} {actions_of(key)}".rstrip()
        for key in table.refers
    ]
    facts += [f"{it.table} refers to it by {', '.join(it.key.columns)}" for it in table.referred]
    facts += [index_in_words(index) for index in table.indexes]
    items = [_said(fact) for fact in facts] + [_use(use, links) for use in table.uses]
    if items:
        yield from (f"- {item}" for item in items)
        yield ""


def _row(column: CatalogColumn, refers: str) -> str:
    flags = [*flags_of(column), *([f"→ {refers}"] if refers else [])]
    cells = (column.name, column.type, ", ".join(flags), column.about)
    return f"| {' | '.join(map(_said, cells))} |"


def _use(use: Use, links: Links) -> str:
    place = f"{use.path}:{use.line}"
    address = links.to(use.path, use.line)
    said = f"[{_said(place)}]({address})" if address else _said(place)
    doubt = "" if use.certain else ", perhaps"
    return f"used in {said}" + (f" by its old name {_said(use.by)}" if use.old else "") + doubt


def _old_names(catalogue: Catalogue) -> Iterator[str]:
    if not catalogue.renamed:
        return
    yield "## Old names"
    yield ""
    yield "| before | in | now |"
    yield "|---|---|---|"
    for old, database, new in catalogue.renamed:
        yield f"| {_said(old)} | {_said(database)} | {_said(new)} |"


def _sentence(text: str) -> str:
    begun = text[:1].upper() + text[1:]
    return begun if begun.endswith((".", "!", "?")) else f"{begun}."


def _said(text: str) -> str:
    """Any text so that it says itself, in one line, in a cell too."""
    return _SPECIAL.sub(r"\\\1", in_one_line(" ".join(text.split())))
