"""Reading a target's documentation, and its tables as they are now; nothing is changed."""

import json
from collections.abc import Iterator, Mapping
from typing import Any

from migrate.database.reading import reading
from migrate.database.sqlite import Database, Row
from migrate.database.sqlite_errors import is_of_sql
from migrate.documentation.facts import Documentation, Documented, Held, Index
from migrate.errors import DatabaseError, StateError
from migrate.journal import MOVED_ON, State, status
from migrate.phases import Phase
from migrate.steps import document
from migrate.steps.catalog import (
    CatalogColumn,
    ColumnReference,
    Entry,
    ForeignKey,
    Origin,
    Shape,
    shapes_of,
)
from plan.errors import Problem, ProblemsError, shown
from plan.model import Plan, folded
from plan.stored import quoted

_COLUMNS = tuple(name for name, _, _ in document.COLUMNS)


def read_documentation(plan: Plan, *, rows: bool = True) -> Documentation:
    """Read what the plan's target says of itself, and what it holds.

    Args:
        plan: which file it is, and which of its tables documents the others.
        rows: whether to count the rows of each table.

    Raises:
        UserError: there is no documentation yet, or it cannot be understood.
    """
    path = plan.root / plan.target
    if not path.is_file():
        raise StateError(plan.target, "is not there", _how_to_begin(plan))
    with reading(path, plan.target) as database:
        return documentation_in(database, plan, rows=rows)


def documentation_in(database: Database, plan: Plan, *, rows: bool = True) -> Documentation:
    """The same of a target that is open.

    Raises:
        UserError: there is no documentation yet, or it cannot be understood.
    """
    try:
        return _documentation_in(database, plan, rows=rows)
    except UnicodeDecodeError as error:
        found = error.object[:60].decode("utf-8", "replace")
        what = f"has a text that is not UTF-8, in its schema or in {plan.catalog}: {shown(found)}"
        mend = "mend it with the program that wrote it, or restore a backup"
        raise DatabaseError(plan.target, what, mend) from error


def _documentation_in(database: Database, plan: Plan, *, rows: bool) -> Documentation:
    shapes = shapes_of(database)
    metadata = next((it for it in shapes if folded(it.name) == folded(plan.catalog)), None)
    if metadata is None:
        raise _not_documented(plan)
    _refuse_another_shape(plan, metadata)
    return Documentation(
        target=plan.target,
        metadata=metadata.name,
        documented=_documented(database, plan, metadata.name),
        held=tuple(_held(database, shape, rows=rows) for shape in shapes),
    )


def _not_documented(plan: Plan) -> StateError:
    what = f"has no table {shown(plan.catalog)} that documents it"
    return StateError(plan.target, what, _how_to_begin(plan))


def _how_to_begin(plan: Plan) -> str:
    """What leads to a documented target from where its migration stands."""
    known = status(plan)
    if Phase.DOCUMENT in known.due:
        return "run `retable migrate --phase document`, which writes it"
    if known.state in MOVED_ON:
        return (
            "it was migrated, and the table is gone or has another name: see plan.metadata;"
            " `retable rollback` and `retable migrate` write it anew"
        )
    if known.state in (State.LOST, State.ROLLING_BACK):
        return f"{known.state}: see `retable status`"
    return "run `retable migrate`, which writes it"


def _refuse_another_shape(plan: Plan, metadata: Shape) -> None:
    held = {folded(column.name) for column in metadata.columns}
    missing = [name for name in _COLUMNS if name not in held]
    if missing:
        what = f"its table {shown(plan.catalog)} has no column {', '.join(missing)}"
        mend = (
            "another version of retable wrote it, or it is a table of yours:"
            " plan.metadata says which one documents the others"
        )
        raise StateError(plan.target, what, mend)


def _documented(database: Database, plan: Plan, metadata: str) -> tuple[Documented, ...]:
    columns = ", ".join(map(quoted, _COLUMNS))
    said = database.rows(f"SELECT {columns} FROM main.{quoted(metadata)} ORDER BY name")
    found, problems = [], []
    for row in said:
        try:
            found.append(_row(dict(zip(_COLUMNS, row, strict=True))))
        except (ValueError, TypeError, KeyError, AttributeError) as error:
            where = f"{plan.target}: {metadata}: {shown(row[0])}"
            what = f"its documentation cannot be read: {error}"
            mend = "delete that row; `retable schema --record` writes it anew"
            problems.append(Problem(where, what, mend))
    if problems:
        raise ProblemsError(tuple(problems))
    return tuple(found)


def _row(said: Mapping[str, Any]) -> Documented:
    texts = ("name", "kind", "domain", "domain_about", "about")
    name, kind, domain, domain_about, about = (_text(said[key]) for key in texts)
    entry = Entry(
        name=name,
        kind=kind,
        domain=domain,
        domain_about=domain_about,
        about=about,
        sources=tuple(map(_origin, json.loads(said["sources"]))),
        columns=tuple(map(_column, json.loads(said["columns"]))),
        foreign_keys=tuple(map(_foreign_key, json.loads(said["foreign_keys"]))),
    )
    return Documented(
        entry,
        _count_or_none(said["rows_at_migration"]),
        int(said["schema_version"]),
        _text(said["migrated_at"]),
        _text(said["plan_digest"]),
    )


def _text(value: object) -> str:
    if not isinstance(value, str):
        raise TypeError(f"{shown(value)} is no text")
    return value


def _text_or_none(value: object) -> str | None:
    return None if value is None else _text(value)


def _count_or_none(value: object) -> int | None:
    if value is not None and not isinstance(value, int):
        raise TypeError(f"{shown(value)} is no number of rows")
    return value


def _origin(said: Mapping[str, Any]) -> Origin:
    return Origin(_text(said["name"]), _text(said["database"]), _count_or_none(said["rows"]))


def _column(said: Mapping[str, Any]) -> CatalogColumn:
    refers = said["references"]
    return CatalogColumn(
        name=_text(said["name"]),
        type=_text(said["type"]),
        about=_text(said["about"]),
        not_null=bool(said["not_null"]),
        default=_text_or_none(said["default"]),
        primary_key=int(said["primary_key"]),
        hidden=int(said["hidden"]),
        references=(
            ColumnReference(_text(refers["table"]), _text_or_none(refers["column"]))
            if refers
            else None
        ),
    )


def _foreign_key(said: Mapping[str, Any]) -> ForeignKey:
    return ForeignKey(
        columns=tuple(map(_text, said["columns"])),
        table=_text(said["table"]),
        to=tuple(map(_text, said["to"])),
        on_update=_text(said["on_update"]),
        on_delete=_text(said["on_delete"]),
    )


def _held(database: Database, shape: Shape, *, rows: bool) -> Held:
    if shape.kind != "table":
        return Held(shape)
    return Held(
        shape, tuple(_indexes(database, shape.name)), _count(database, shape) if rows else None
    )


def _count(database: Database, shape: Shape) -> int | None:
    """How many rows a table has now; None where only its own program can tell.

    Raises:
        DatabaseError: the file is damaged, or cannot be read.
    """
    try:
        return int(database.value(f"SELECT count(*) FROM main.{quoted(shape.name)}"))
    except DatabaseError as error:
        if is_of_sql(error):
            return None
        raise


def _indexes(database: Database, table: str) -> Iterator[Index]:
    """Those behind CREATE INDEX and UNIQUE: that of a primary key is told by the columns."""
    listed: list[Row] = database.rows(
        "SELECT name, \"unique\", partial, origin FROM pragma_index_list(?, 'main')"
        " WHERE origin <> 'pk' ORDER BY origin DESC, name",
        table,
    )
    for name, unique, partial, origin in listed:
        columns = database.rows(
            "SELECT coalesce(name, '…') FROM pragma_index_xinfo(?, 'main')"
            " WHERE key ORDER BY seqno",
            name,
        )
        named = name if origin == "c" else ""
        yield Index(named, tuple(it for (it,) in columns), bool(unique), bool(partial))
