"""What a database holds, read from SQLite itself and kept as facts."""

from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field

from migrate.database.sqlite import Database
from plan.model import folded
from plan.schema import DatabaseSchema, SchemaObject
from plan.stored import Words, quoted
from plan.virtual import ONE_FOR_EACH_ROW, module_of, shadow_names, shadows_of

_REAL = ("REAL", "FLOA", "DOUB")


@dataclass(frozen=True, slots=True)
class Column:
    """One column; `generated` ones are computed, so they are never written."""

    name: str
    type: str
    not_null: bool
    generated: bool
    virtual: bool
    """Of a generated one: whether it is computed when it is read, so no record holds it."""

    @property
    def is_real(self) -> bool:
        """Whether its affinity is REAL: https://sqlite.org/datatype3.html, section 3.1."""
        said = self.type.upper()
        other = ("INT", "CHAR", "CLOB", "TEXT", "BLOB")
        return not any(w in said for w in other) and any(w in said for w in _REAL)


@dataclass(frozen=True, slots=True)
class Key:
    """Columns that no two rows may share: each with the collation that compares it."""

    name: str
    columns: tuple[tuple[str, str], ...]
    plain: bool
    """False for a key on an expression or on a part of the rows."""
    origin: str
    """pk, u or c: where it is defined, in PRIMARY KEY, UNIQUE or CREATE INDEX."""
    descending: tuple[bool, ...]
    """For each column, whether it is sorted downwards."""


@dataclass(frozen=True, slots=True)
class Table:
    """One table and how its rows are told apart."""

    name: str
    kind: str
    """table, virtual or shadow."""
    columns: tuple[Column, ...]
    keys: tuple[Key, ...]
    indexes: tuple[str, ...]
    """Of every kind, those behind UNIQUE and PRIMARY KEY included."""
    primary_key: tuple[str, ...]
    without_rowid: bool
    strict: bool
    alias: str | None
    """The INTEGER PRIMARY KEY column, which is the rowid."""
    rowid: str | None
    """A name by which SQL can say the rowid; None where every such name is a column."""
    autoincrement: bool
    module: str | None
    """What runs a virtual table, such as fts5."""

    @property
    def stored(self) -> tuple[str, ...]:
        """The columns that can be written."""
        return tuple(column.name for column in self.columns if not column.generated)


@dataclass(frozen=True, slots=True)
class Breach:
    """Rows that break a rule of their own table."""

    table: str
    rule: str
    """In words."""
    column: str | None
    """The column whose rule it is; None for a CHECK."""
    rows: int


@dataclass(frozen=True, slots=True)
class Described:
    """What a database says of one of its own tables or columns."""

    name: str
    """The table or view that it speaks of."""
    column: str
    """The column of it that is meant; empty where it is the whole."""
    about: str


@dataclass(frozen=True, slots=True)
class Facts:
    """One database file, as far as a migration must know it."""

    schema: DatabaseSchema
    tables: tuple[Table, ...]
    rows: tuple[tuple[str, int], ...]
    """Row counts of its tables, but for virtual ones."""
    sequences: tuple[tuple[str, int], ...]
    violations: tuple[tuple[str, int], ...]
    """Rows that break a foreign key already, by table; -1 where the key itself is wrong."""
    rowids: tuple[tuple[str, int, int], ...]
    """Lowest and highest rowid of each table that has rows."""
    encoding: str
    journal_mode: str
    user_version: int
    application_id: int
    breaches: tuple[Breach, ...] = ()
    first_format: bool = False
    """Whether it is so old that its indexes know no DESC."""
    described: tuple[Described, ...] = ()
    earlier: tuple[SchemaObject, ...] = ()
    """What retable documented there in an earlier consolidation; not among its tables."""

    _tables: Mapping[str, Table] = field(init=False, repr=False, compare=False)
    _counts: Mapping[str, int] = field(init=False, repr=False, compare=False)
    _spans: Mapping[str, tuple[int, int]] = field(init=False, repr=False, compare=False)

    def __post_init__(self) -> None:
        """Look names up by their folded form: a file may hold thousands of tables."""
        spans = {folded(name): (low, high) for name, low, high in self.rowids}
        object.__setattr__(self, "_tables", {folded(t.name): t for t in self.tables})
        object.__setattr__(self, "_counts", {folded(name): rows for name, rows in self.rows})
        object.__setattr__(self, "_spans", spans)

    @property
    def path(self) -> str:
        """As in the plan."""
        return self.schema.path

    def table(self, name: str) -> Table | None:
        """The table of that name, as SQLite compares names."""
        return self._tables.get(folded(name))

    def count(self, name: str) -> int:
        """How many rows a table has; of a virtual one, what its shadow tables say."""
        table = self.table(name)
        if table is None or table.kind != "virtual":
            return self._counts.get(folded(name), 0)
        shadows = {folded(shadow.name) for shadow in self.shadows_of(name)}
        named = (folded(name) + tail for tail in ONE_FOR_EACH_ROW)
        return next((self._counts[shadow] for shadow in named if shadow in shadows), 0)

    def span(self, name: str) -> tuple[int, int]:
        """The lowest and the highest rowid of a table; zeros if it has no rows."""
        return self._spans.get(folded(name), (0, 0))

    def shadows_of(self, name: str) -> tuple[Table, ...]:
        """The tables in which a virtual table keeps its rows."""
        made = {
            shadow
            for item in self.schema.objects
            if item.kind == "table" and folded(item.name) == folded(name)
            for shadow in shadows_of(item)
        }
        return tuple(t for t in self.tables if t.kind == "shadow" and folded(t.name) in made)


def nothing_in(path: str) -> Facts:
    """The facts of a file that is empty or is yet to be made."""
    return Facts(DatabaseSchema(path, ()), (), (), (), (), (), "UTF-8", "delete", 0, 0)


def objects_of(database: Database, path: str) -> DatabaseSchema:
    """Every row of `sqlite_schema`, in its order."""
    return DatabaseSchema(
        path,
        tuple(
            SchemaObject(kind, name, table, sql)
            for kind, name, table, sql in database.each(
                "SELECT type, name, tbl_name, sql FROM main.sqlite_schema ORDER BY rowid"
            )
        ),
    )


def own(name: str) -> bool:
    """Whether SQLite itself keeps this object."""
    return folded(name).startswith("sqlite_")


def tables_of(database: Database, schema: DatabaseSchema) -> tuple[Table, ...]:
    """Every table but SQLite's own, in the order of the schema."""
    listed = {
        name: (kind, bool(without_rowid), bool(strict))
        for name, kind, without_rowid, strict in database.rows(
            "SELECT name, type, wr, strict FROM pragma_table_list WHERE schema = 'main'"
        )
    }
    sql_of = {item.name: item.sql or "" for item in schema.objects if item.kind == "table"}
    shadows = shadow_names(schema)
    for name, (kind, without_rowid, strict) in listed.items():
        # SQLite goes by the name alone, also where the module has made no such table.
        if kind == "shadow" and folded(name) not in shadows:
            listed[name] = ("table", without_rowid, strict)
    return tuple(
        _table(database, name, listed[name], sql_of[name])
        for name in sql_of
        if name in listed and not own(name)
    )


def _table(database: Database, name: str, listed: tuple[str, bool, bool], sql: str) -> Table:
    kind, without_rowid, strict = listed
    columns, primary_key = _columns(database, name)
    indexes = database.rows(
        "SELECT name, \"unique\", origin, partial FROM pragma_index_list(?, 'main')", name
    )
    alias = _alias(columns, primary_key, without_rowid, [origin for _, _, origin, _ in indexes])
    taken = {folded(column.name) for column in columns}
    free = next((word for word in ("rowid", "_rowid_", "oid") if word not in taken), alias)
    return Table(
        name=name,
        kind=kind,
        columns=columns,
        keys=tuple(
            _key(database, index, origin, bool(partial))
            for index, unique, origin, partial in indexes
            if unique
        ),
        indexes=tuple(index for index, *_ in indexes),
        primary_key=primary_key,
        without_rowid=without_rowid,
        strict=strict,
        alias=alias,
        rowid=None if without_rowid or kind == "virtual" else free,
        autoincrement=alias is not None and _says_autoincrement(sql),
        module=module_of(sql) if kind == "virtual" else None,
    )


_VIRTUAL = 2
"""What pragma_table_xinfo says of a virtual generated column; of a stored one it says 3."""


def _columns(database: Database, name: str) -> tuple[tuple[Column, ...], tuple[str, ...]]:
    read = database.rows(
        "SELECT name, type, \"notnull\", hidden, pk FROM pragma_table_xinfo(?, 'main')", name
    )
    columns = tuple(
        Column(column, kind, bool(not_null), hidden > 1, hidden == _VIRTUAL)
        for column, kind, not_null, hidden, _ in read
        if hidden != 1
    )
    keyed = sorted((pk, column) for column, _, _, _, pk in read if pk)
    return columns, tuple(column for _, column in keyed)


def _key(database: Database, index: str, origin: str, partial: bool) -> Key:  # noqa: FBT001 (a row of pragma_index_list)
    columns = database.rows(
        "SELECT name, coll, \"desc\" FROM pragma_index_xinfo(?, 'main') WHERE key ORDER BY seqno",
        index,
    )
    expression = any(name is None for name, _, _ in columns)
    return Key(
        name=index,
        columns=tuple((name or "", coll) for name, coll, _ in columns),
        plain=not partial | expression,
        origin=origin,
        descending=tuple(bool(desc) for _, _, desc in columns),
    )


def _alias(
    columns: tuple[Column, ...],
    primary_key: tuple[str, ...],
    without_rowid: bool,  # noqa: FBT001 (a row of pragma_table_list)
    origins: list[str],
) -> str | None:
    """The rowid's own column: a single INTEGER key for which SQLite made no index."""
    if without_rowid or len(primary_key) != 1 or "pk" in origins:
        return None
    return next(
        (c.name for c in columns if c.name == primary_key[0] and folded(c.type) == "integer"), None
    )


def _says_autoincrement(sql: str) -> bool:
    if "autoincrement" not in folded(sql):
        return False
    words = Words(sql)
    return any(words.key(place) == "autoincrement" for place in range(len(words)))


def names(items: Iterable[str]) -> str:
    """Several names for a message."""
    return ", ".join(repr(item) for item in items)


def column_list(columns: Iterable[str], prefix: str = "") -> str:
    """Columns as SQL writes them."""
    return ", ".join(prefix + quoted(column) for column in columns)
