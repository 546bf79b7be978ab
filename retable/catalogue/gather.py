"""From a target's documentation, its plan and its code to the catalogue."""

from collections.abc import Iterator, Mapping
from dataclasses import replace

from migrate.documentation.differences import findings_in
from migrate.documentation.facts import Documentation, Held
from migrate.steps.catalog import CatalogColumn
from plan.model import Plan, folded
from plan.own import OWN_DOMAIN
from retable.catalogue.model import Catalogue, Code, Coverage, Domain, Referrer, Table


def catalogue_of(plan: Plan, said: Documentation, code: Code) -> Catalogue:
    """Put together what is known of each table."""
    gathering = _Gathering(plan, said, code)
    tables = tuple(gathering.tables())
    last = max(said.documented, key=lambda it: it.written, default=None)
    return Catalogue(
        target=said.target,
        metadata=said.metadata,
        schema_version=last.schema_version if last else plan.schema_version,
        migrated=last.written if last else "",
        plan_digest=last.plan_digest if last else "",
        domains=tuple(gathering.domains(tables)),
        coverage=_coverage(said, tables),
        findings=tuple(str(it) for it in findings_in(said, plan)),
        code=code,
    )


def old_names_in(plan: Plan, said: Documentation) -> Mapping[str, str]:
    """The folded old names that are alive as views, and whose they are."""
    kept = {folded(it.old): folded(it.new) for it in plan.tables if it.keeps_old_name}
    views = {folded(it.shape.name) for it in said.held if it.shape.kind == "view"}
    return {old: new for old, new in kept.items() if old in views}


class _Gathering:
    def __init__(self, plan: Plan, said: Documentation, code: Code) -> None:
        self._plan = plan
        self._said = said
        self._code = code
        self._kept = old_names_in(plan, said)
        self._old_names: dict[str, list[str]] = {}
        for held in said.held:
            if (whose := self._kept.get(folded(held.shape.name))) is not None:
                self._old_names.setdefault(whose, []).append(held.shape.name)
        self._referred: dict[str, list[Referrer]] = {}
        for held in said.held:
            for key in held.shape.foreign_keys:
                referrer = Referrer(held.shape.name, key)
                self._referred.setdefault(folded(key.table), []).append(referrer)

    def tables(self) -> Iterator[Table]:
        """All of them, but for views that only keep an old name."""
        for held in self._said.held:
            if folded(held.shape.name) not in self._kept:
                yield self._table(held)

    def _table(self, held: Held) -> Table:
        shape, key = held.shape, folded(held.shape.name)
        documented = self._said.of(shape.name)
        entry = documented.entry if documented else None
        return Table(
            name=shape.name,
            kind=shape.kind,
            domain=entry.domain if entry else "",
            about=entry.about if entry else "",
            documented=entry is not None,
            origins=entry.sources if entry else (),
            columns=_described(shape.columns, entry.columns if entry else ()),
            refers=shape.foreign_keys,
            adrift=tuple(it.table for it in shape.foreign_keys if not self._said.now(it.table)),
            referred=tuple(
                sorted(
                    self._referred.get(key, ()), key=lambda it: (folded(it.table), it.key.columns)
                )
            ),
            indexes=held.indexes,
            rows_before=documented.rows if documented else None,
            rows=held.rows,
            old_names=tuple(self._old_names.get(key, ())),
            uses=self._code.of(shape.name),
        )

    def domains(self, tables: tuple[Table, ...]) -> Iterator[Domain]:
        """In the plan's order; then others, then what is not documented, then retable's own."""
        held: dict[str, list[Table]] = {}
        for table in tables:
            held.setdefault(table.domain, []).append(table)
        abouts = {it.entry.domain: it.entry.domain_about for it in self._said.documented}
        planned = [domain.name for domain in self._plan.domains]
        others = sorted(held.keys() - {*planned, "", OWN_DOMAIN})
        for name in dict.fromkeys((*planned, *others, "", OWN_DOMAIN)):
            if name in held:
                ordered = sorted(held[name], key=lambda it: (it.kind, folded(it.name)))
                yield Domain(name, abouts.get(name, ""), tuple(ordered))


def _described(
    columns: tuple[CatalogColumn, ...], said: tuple[CatalogColumn, ...]
) -> tuple[CatalogColumn, ...]:
    """The columns that are there, with what the documentation says of them."""
    abouts = {folded(column.name): column.about for column in said}
    return tuple(replace(it, about=abouts.get(folded(it.name), "")) for it in columns)


def _coverage(said: Documentation, tables: tuple[Table, ...]) -> Coverage:
    counted = [it for it in tables if it.kind == "table" and it.domain != OWN_DOMAIN]
    known = {
        (folded(it.entry.name), folded(column.name))
        for it in said.documented
        for column in it.entry.columns
    }
    columns = [(folded(it.name), folded(c.name), c.about) for it in counted for c in it.columns]
    return Coverage(
        tables=len(counted),
        tables_documented=sum(it.documented for it in counted),
        tables_described=sum(bool(it.about) for it in counted),
        columns=len(columns),
        columns_documented=sum((table, column) in known for table, column, _ in columns),
        columns_described=sum(bool(about) for _, _, about in columns),
    )
