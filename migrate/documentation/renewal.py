"""What it takes to bring a target's documentation in line with its tables: decided, not done."""

from collections.abc import Iterator
from dataclasses import dataclass, replace

from migrate.documentation.facts import Documentation, Documented
from migrate.steps import queries
from migrate.steps.catalog import CatalogColumn, Entry, Origin, Shape
from migrate.steps.descriptions import Descriptions
from migrate.steps.entries import OWN_ABOUT, own_words
from plan.comments import Said, comments_in
from plan.errors import Problem, counted, shown
from plan.model import Plan, Wanted, folded
from plan.own import OWN_DOMAIN
from plan.stored import tables_read
from plan.toml_text import toml_key


@dataclass(frozen=True, slots=True)
class Renewal:
    """What is to be written down, and what nobody has said."""

    added: tuple[Entry, ...]
    changed: tuple[Entry, ...]
    gone: tuple[Entry, ...]
    views: tuple[queries.View, ...]
    """Retable's own over the documentation, which are gone or say something else."""
    said: tuple[str, ...]
    """All of it in words, a line each."""
    problems: tuple[Problem, ...]


def renewal_of(plan: Plan, said: Documentation) -> Renewal:
    """Decide it: SQLite says what the tables are, the plan and their comments what they mean."""
    return _Renewing(plan, said).renewal()


class _Renewing:
    def __init__(self, plan: Plan, said: Documentation) -> None:
        self._plan = plan
        self._said = said
        self._words = Descriptions(plan, ())
        self._kept = {folded(it.old) for it in plan.tables if it.keeps_old_name}
        self._abouts = {it.entry.domain: it.entry.domain_about for it in said.documented}
        self._abouts |= {it.name: it.about for it in plan.domains if it.about}
        self._own = own_words(plan)
        self._problems: list[Problem] = []

    def renewal(self) -> Renewal:
        """Look at each table and view that is there, then at what is documented and gone."""
        added, changed, lines = [], [], []
        views = tuple(self._lost_views())
        lost = {folded(view.name) for view in views}
        lines += [f"{view.name}: retable's own view, made again" for view in views]
        for held in self._said.held:
            if folded(held.shape.name) in lost:
                continue
            documented = self._said.of(held.shape.name)
            if documented is None:
                if held.shape.kind == "view" and folded(held.shape.name) in self._kept:
                    continue
                entry = self._new(held.shape)
                added.append(entry)
                count = counted(len(entry.columns), "column")
                lines.append(f"{entry.name}: new {entry.kind}, {count}, domain {entry.domain}")
            else:
                entry = self._renewed(documented, held.shape)
                if entry != documented.entry:
                    changed.append(entry)
                    lines.append(f"{entry.name}: {', '.join(_told(documented.entry, entry))}")
            self._problems += self._lacking(entry)
        gone = [
            it.entry
            for it in self._said.documented
            if self._said.now(it.entry.name) is None and folded(it.entry.name) not in lost
        ]
        lines += [f"{entry.name}: the {entry.kind} is gone, and so is its row" for entry in gone]
        return Renewal(
            tuple(added), tuple(changed), tuple(gone), views, tuple(lines), tuple(self._problems)
        )

    def _lost_views(self) -> Iterator[queries.View]:
        for view in queries.views(self._plan.catalog):
            held = self._said.now(view.name)
            columns = [name for name, _ in view.columns]
            if held is None or (
                held.shape.kind == "view" and [it.name for it in held.shape.columns] != columns
            ):
                yield view

    def _new(self, shape: Shape) -> Entry:
        if (own := self._own.get(folded(shape.name))) is not None:
            about, said = own
            columns = tuple(replace(it, about=said.get(it.name, "")) for it in shape.columns)
            return Entry(
                shape.name,
                shape.kind,
                OWN_DOMAIN,
                OWN_ABOUT,
                about,
                (),
                columns,
                shape.foreign_keys,
            )
        domain = self._domain(shape)
        return Entry(
            name=shape.name,
            kind=shape.kind,
            domain=domain,
            domain_about=self._abouts.get(domain, ""),
            about=self._about(shape, "", comments_in(shape.sql)),
            sources=self._origins(shape),
            columns=self._columns(shape, ()),
            foreign_keys=shape.foreign_keys,
        )

    def _renewed(self, documented: Documented, shape: Shape) -> Entry:
        entry = documented.entry
        columns = self._columns(shape, entry.columns)
        if shape.kind == entry.kind == "view" and _named_alike(columns, entry.columns):
            # What SQLite says of a view's types depends on its version.
            columns = tuple(
                replace(before, about=now.about)
                for before, now in zip(entry.columns, columns, strict=True)
            )
        return replace(
            entry,
            name=shape.name,
            kind=shape.kind,
            about=self._about(shape, entry.about, comments_in(shape.sql)),
            columns=columns,
            foreign_keys=shape.foreign_keys,
        )

    def _about(self, shape: Shape, before: str, comments: Said) -> str:
        name = shape.name
        planned = folded(name) in self._words.sources
        said = self._words.table(name) if planned else self._words.view(name, ())
        return said or before or comments.about

    def _columns(
        self, shape: Shape, before: tuple[CatalogColumn, ...]
    ) -> tuple[CatalogColumn, ...]:
        known = {folded(it.name): it.about for it in before}
        comments = comments_in(shape.sql).columns

        def about(column: str) -> str:
            key = folded(column)
            said = self._words.view(shape.name, (), column)
            return said or known.get(key, "") or comments.get(key, "")

        return tuple(replace(it, about=about(it.name)) for it in shape.columns)

    def _origins(self, shape: Shape) -> tuple[Origin, ...]:
        """What the plan lets become a table whose row was lost; how many rows is not known."""
        planned = self._words.sources.get(folded(shape.name), ()) if shape.kind == "table" else ()
        return tuple(Origin(it.old, it.database, None) for it in planned)

    def _domain(self, shape: Shape) -> str:
        """By the plan's word, else of the table that a view reads, else by how its name begins."""
        planned = self._words.sources.get(folded(shape.name))
        if planned and shape.kind == "table":
            return planned[0].domain
        described = self._words.of(shape.name)
        if described and described.domain:
            return described.domain
        for table in tables_read(shape.sql) if shape.kind == "view" else ():
            documented = self._said.of(table)
            if documented:
                return documented.entry.domain
        begins = [
            it for it in self._abouts if it and folded(shape.name).startswith(f"{folded(it)}_")
        ]
        if begins:
            return max(begins, key=len)
        what = f"{shape.kind} {shown(shape.name)} belongs to no domain that can be told"
        mend = f'say domain = "…" under [describe.{toml_key(shape.name)}]'
        key = f"describe.{toml_key(shape.name)}.domain"
        self._problems.append(Problem(self._plan.place_of(key), what, mend))
        return ""

    def _lacking(self, entry: Entry) -> Iterator[Problem]:
        """What must be described and is not."""
        if self._plan.descriptions is Wanted.OPTIONAL or entry.kind != "table":
            return
        key = f"describe.{toml_key(entry.name)}"
        if not entry.about:
            what = f"table {shown(entry.name)} is not described"
            mend = 'add about = "…", or a comment behind the ( of its CREATE TABLE'
            yield Problem(self._plan.place_of(f"{key}.about"), what, mend)
        bare = [it.name for it in entry.columns if not it.about]
        if bare and self._plan.descriptions is Wanted.COLUMNS:
            those = "1 column is" if len(bare) == 1 else f"{counted(len(bare), 'column')} are"
            what = f"{those} not described: {', '.join(bare)}"
            texts = ", ".join(f'{toml_key(name)} = "…"' for name in bare)
            mend = f"add [{key}] columns = {{ {texts} }}, or comments"
            yield Problem(self._plan.place_of(f"{key}.columns"), what, mend)


def _named_alike(one: tuple[CatalogColumn, ...], other: tuple[CatalogColumn, ...]) -> bool:
    return [it.name for it in one] == [it.name for it in other]


def _told(before: Entry, now: Entry) -> Iterator[str]:
    """What of an entry is another, in a few words each."""
    was = {folded(it.name): it for it in before.columns}
    here = {folded(it.name): it for it in now.columns}
    if before.name != now.name:
        yield f"was spelt {before.name}"
    if before.kind != now.kind:
        yield f"is a {now.kind}"
    if before.about != now.about:
        yield "its description"
    yield from (f"column {here[key].name} is new" for key in here if key not in was)
    yield from (f"column {was[key].name} is gone" for key in was if key not in here)
    for key, column in here.items():
        if key in was and column != was[key]:
            only = replace(column, about="") == replace(was[key], about="")
            yield f"{'the description of ' if only else ''}column {column.name}"
    if [it for it in was if it in here] != [it for it in here if it in was]:
        yield "the order of its columns"
    if before.foreign_keys != now.foreign_keys:
        yield "its foreign keys"
