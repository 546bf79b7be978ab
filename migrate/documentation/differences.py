"""Where a target and its documentation differ, and what it leaves out: what CI fails for."""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from enum import StrEnum

from migrate.documentation.facts import Documentation, Documented, Held
from migrate.steps.catalog import CatalogColumn, ForeignKey, Shape
from plan.errors import in_one_line, shown
from plan.model import Plan, Wanted, folded
from plan.own import OWN_TABLES, OWN_VIEWS
from plan.toml_text import toml_key

_RECORD = "`retable schema --record`"


class Rule(StrEnum):
    """What kind of finding it is."""

    UNDOCUMENTED = "undocumented"
    """It is there, and the documentation does not know it."""
    GONE = "gone"
    """It is documented, and not there."""
    CHANGED = "changed"
    """It is otherwise than documented."""
    NO_DESCRIPTION = "no-description"
    """It is documented, and nobody has said what it is."""


@dataclass(frozen=True, slots=True)
class Finding:
    """One thing that is not as it should be, and how to mend it."""

    rule: Rule
    table: str
    column: str
    """Empty where it is about the whole table or view."""
    what: str
    mend: str

    @property
    def name(self) -> str:
        """What it is about, as people write it."""
        return f"{self.table}.{self.column}" if self.column else self.table

    def __str__(self) -> str:
        """Say it in one line."""
        return in_one_line(f"{self.name}: {self.what} ({self.mend})")


def findings_in(said: Documentation, plan: Plan) -> tuple[Finding, ...]:
    """All of them: what is there in the order of the file, then what is gone.

    A view that keeps an old name alive need not be documented.
    """
    wants = plan.descriptions
    old_names = {folded(it.old) for it in plan.tables if it.keeps_old_name}
    found: list[Finding] = []
    for held in said.held:
        documented = said.of(held.shape.name)
        if documented is not None:
            found += _compared(documented, held, wants)
        elif held.shape.kind == "table" or folded(held.shape.name) not in old_names:
            found.append(_undocumented(held.shape, plan))
    for documented in said.documented:
        entry = documented.entry
        if said.now(entry.name) is None:
            what = f"{entry.kind} is documented, and there is none"
            mend = f"{_RECORD} takes it out, if it is meant to be gone"
            if folded(entry.name) in OWN_VIEWS:
                mend = f"{_RECORD} makes it again"
            found.append(Finding(Rule.GONE, entry.name, "", what, mend))
    return tuple(found)


def _undocumented(shape: Shape, plan: Plan) -> Finding:
    what = f"{shape.kind} is not documented"
    mend = f"{_describe(shape.name)}, then run {_RECORD}"
    if folded(shape.name) in (folded(plan.catalog), *OWN_TABLES, *OWN_VIEWS):
        mend = f"run {_RECORD}"
    return Finding(Rule.UNDOCUMENTED, shape.name, "", what, mend)


def _describe(name: str, column: str = "") -> str:
    said = f'columns = {{ {toml_key(column)} = "…" }}' if column else 'about = "…"'
    return f"say {said} under [describe.{toml_key(name)}] in the plan"


def _compared(documented: Documented, held: Held, wants: Wanted) -> Iterator[Finding]:
    entry, shape = documented.entry, held.shape
    if entry.kind != shape.kind:
        what = f"is a {shape.kind} now, and is documented as a {entry.kind}"
        yield _changed(shape.name, "", what)
    if not entry.about and shape.kind == "table" and wants is not Wanted.OPTIONAL:
        what, mend = "nobody has said what it is", f"{_describe(shape.name)}, then run {_RECORD}"
        yield Finding(Rule.NO_DESCRIPTION, shape.name, "", what, mend)
    yield from _columns(documented, shape, wants)
    if shape.kind == "table":
        yield from _keys(shape.name, entry.foreign_keys, shape.foreign_keys)


def _changed(table: str, column: str, what: str) -> Finding:
    return Finding(Rule.CHANGED, table, column, what, f"run {_RECORD}, if it is meant to be so")


def _columns(documented: Documented, shape: Shape, wants: Wanted) -> Iterator[Finding]:
    said = {folded(it.name): it for it in documented.entry.columns}
    here = {folded(it.name): it for it in shape.columns}
    for key, column in here.items():
        if key not in said:
            mend = f"run {_RECORD}"
            if wants is Wanted.COLUMNS:
                mend = f"{_describe(shape.name, column.name)}, then {mend}"
            what = "column is not documented"
            yield Finding(Rule.UNDOCUMENTED, shape.name, column.name, what, mend)
            continue
        if shape.kind == "table":
            for what in _otherwise(said[key], column):
                yield _changed(shape.name, column.name, what)
        if wants is Wanted.COLUMNS and shape.kind == "table" and not said[key].about:
            what = "nobody has said what it is"
            mend = f"{_describe(shape.name, column.name)}, then run {_RECORD}"
            yield Finding(Rule.NO_DESCRIPTION, shape.name, column.name, what, mend)
    for key, column in said.items():
        if key not in here:
            what = "column is documented, and there is none"
            mend = f"{_RECORD} takes it out, if it is meant to be gone"
            yield Finding(Rule.GONE, shape.name, column.name, what, mend)
    if [key for key in said if key in here] != [key for key in here if key in said]:
        yield _changed(shape.name, "", "its columns stand in another order than documented")


def _otherwise(said: CatalogColumn, here: CatalogColumn) -> Iterator[str]:
    """What of a column is not as it is documented, in words."""
    if said.type != here.type:
        yield f"type is {here.type or 'not declared'}, documented as {said.type or 'not declared'}"
    if said.not_null != here.not_null:
        yield (
            "is NOT NULL, documented as not" if here.not_null else "is not NOT NULL, documented so"
        )
    if said.default != here.default:
        yield f"default is {_default(here)}, documented as {_default(said)}"
    if said.primary_key != here.primary_key:
        yield f"is {_in_key(here)}, documented as {_in_key(said)}"
    if said.hidden != here.hidden:
        yield f"is {_made(here)}, documented as {_made(said)}"


def _default(column: CatalogColumn) -> str:
    return "none" if column.default is None else shown(column.default)


def _in_key(column: CatalogColumn) -> str:
    place = column.primary_key
    return f"column {place} of the primary key" if place else "no part of the primary key"


def _made(column: CatalogColumn) -> str:
    return {2: "computed when read", 3: "computed and stored"}.get(column.hidden, "not computed")


def _keys(table: str, said: Sequence[ForeignKey], here: Sequence[ForeignKey]) -> Iterator[Finding]:
    known = [_comparable(it) for it in said]
    there = [_comparable(it) for it in here]
    for key in here:
        if _comparable(key) not in known:
            what = f"foreign key {in_words(key)} is not documented"
            yield _changed(table, ", ".join(key.columns) if len(key.columns) == 1 else "", what)
    for key in said:
        if _comparable(key) not in there:
            what = f"foreign key {in_words(key)} is documented, and there is none"
            yield _changed(table, ", ".join(key.columns) if len(key.columns) == 1 else "", what)


def _comparable(key: ForeignKey) -> tuple[object, ...]:
    columns, to = (tuple(map(folded, names)) for names in (key.columns, key.to))
    return columns, folded(key.table), to, key.on_update, key.on_delete


def in_words(key: ForeignKey) -> str:
    """A foreign key as its definition says it."""
    to = f"({', '.join(key.to)})" if key.to else ""
    said = f"({', '.join(key.columns)}) → {key.table}{to}"
    for event, action in (("UPDATE", key.on_update), ("DELETE", key.on_delete)):
        said += f" ON {event} {action}" if action != "NO ACTION" else ""
    return said
