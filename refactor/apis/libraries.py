"""Where well-known libraries take a table's name: facts about their calls, as data.

What a call belongs to is told by a path such as `sqlite_utils.Database().table`: the name as it is
imported, then what is called (`()`), looked up (`[]`) or asked for. `values` finds these paths.
"""

import re
from dataclasses import dataclass

from refactor.apis.slots import Shape

Argument = str | int
"""A keyword, or a position from 0."""

KEY = "[]"
"""Stands for the method of what is looked up: `db["t"]`."""
LISTED = "in"
"""Stands for the method of what a name is compared with: `"t" in db.table_names()`."""

_ITEMS = re.compile(r"\(\d+, \d+\)")
_BY_ITSELF = re.compile("")
_IN_LIST = _ITEMS
# (column, other), (column, other, other's column), (table, column, other, other's column)
_IN_KEYS = re.compile(rf"{_ITEMS.pattern}\((?:1, [23]|[02], 4)\)")


@dataclass(frozen=True, slots=True)
class Library:
    """A library, and the packages by whose import a module is known to use it."""

    name: str
    packages: tuple[str, ...]
    needs_connection: bool = False
    """Whether it is at home in other databases than SQLite's."""


@dataclass(frozen=True, slots=True)
class Takes:
    """One method or function of a library that takes a table's name."""

    library: Library
    of: str
    """A pattern for what it is called on: all of the path before its last part."""
    method: str
    """The last part; empty where any will do."""
    arguments: tuple[Argument, ...]
    shape: Shape = Shape.NAME
    within: re.Pattern[str] = _BY_ITSELF
    """Where in the argument's lists and tuples it stands."""
    sure: bool = False
    """Whether name and argument say enough where it is not known what it is called on."""
    schema: tuple[Argument, ...] = ()
    """The arguments that say which attached database is meant."""
    key: str = ""
    """The key in the argument's dictionary."""
    evaluated: bool = False
    """Whether the argument is evaluated as Python."""
    remark: str = ""


@dataclass(frozen=True, slots=True)
class Attribute:
    """An attribute of a class that is a table's name."""

    library: Library
    name: str
    inner: str = ""
    """The class in the class that has it, such as `Meta`."""
    anywhere: bool = False
    """Whether it needs no import to be known."""
    remark: str = ""


SQLITE_UTILS = Library("sqlite-utils", ("sqlite_utils",))
DATASET = Library("dataset", ("dataset",))
PANDAS = Library("pandas", ("pandas", "geopandas"))
POLARS = Library("polars", ("polars",))
SQLALCHEMY = Library("SQLAlchemy", ("sqlalchemy", "flask_sqlalchemy", "sqlmodel"))
SQLMODEL = Library("SQLModel", ("sqlmodel",))
ALEMBIC = Library("Alembic", ("alembic",))
DJANGO = Library("Django", ("django",))
PEEWEE = Library("peewee", ("peewee", "playhouse"))
TORTOISE = Library("Tortoise", ("tortoise",))
PONY = Library("Pony", ("pony",))
SQLITE3 = Library("sqlite3", ("sqlite3",))
APSW = Library("apsw", ("apsw",))
DUCKDB = Library("DuckDB", ("duckdb",), needs_connection=True)

LIBRARIES = (
    *(SQLITE_UTILS, DATASET, PANDAS, POLARS, SQLALCHEMY, SQLMODEL, ALEMBIC, DJANGO, PEEWEE),
    *(TORTOISE, PONY, SQLITE3, APSW, DUCKDB),
)
PACKAGES = frozenset(package for library in LIBRARIES for package in library.packages)

OTHER_TABLES = frozenset(
    {
        *("rich", "textual", "prettytable", "reportlab", "docx", "pptx", "texttable", "openpyxl"),
        *("bokeh", "plotly", "dash", "astropy", "terminaltables", "tkinter", "wx", "bs4"),
    }
)
"""Packages whose tables are shown to people, and are no database's."""

MIGRATION_WANTED = "makemigrations will want a migration for the new name, to be run with --fake"

_ANY = r".*"
_SUBMODULES = r"(?:\.\w+)*"
_DATABASE = rf"sqlite_utils{_SUBMODULES}\.Database\(\)"
_TABLE = (
    rf"(?:{_DATABASE}(?:\[\]|\.(?:create_table|table)\(\))|sqlite_utils{_SUBMODULES}\.Table\(\))"
    r"(?:\.\w+\(\))*"
)
_DATASET = rf"dataset{_SUBMODULES}\.(?:connect|Database)\(\)"
_DATASET_TABLE = rf"{_DATASET}(?:\[\]|\.\w+\(\))"
_SQLALCHEMY = (
    rf"sqlalchemy{_SUBMODULES}|sqlmodel{_SUBMODULES}"
    rf"|flask_sqlalchemy{_SUBMODULES}\.SQLAlchemy\(\)"
)
_METADATA_TABLES = r"(?:.*[.?])?metadata\.tables|sqlalchemy(?:\.\w+)*\.MetaData\(\)\.tables"
_PEEWEE_MIGRATOR = r"playhouse\.migrate\.\w*Migrator\w*(?:\.\w+)*\(\)|\?(?:.*\.)?migrator"
_INSPECTOR = (
    rf"sqlalchemy{_SUBMODULES}\.(?:inspect|Inspector(?:\.\w+)?|create_engine)\(\)(?:\.\w+\(\))*"
    r"|\?(?:.*\.)?insp(?:ector)?"
)
_PEEWEE_DATABASE = rf"(?:peewee|playhouse){_SUBMODULES}\.\w*Database\w*\(\)"
_ALEMBIC = rf"alembic\.op|alembic{_SUBMODULES}\.Operations\(\)"
_ALEMBIC_BATCH = rf"(?:{_ALEMBIC})\.batch_alter_table\(\)"
_DUCKDB = r"duckdb(?:\.(?:connect|cursor)\(\))*"

_SQLITE_UTILS_CALLS = (
    Takes(SQLITE_UTILS, _DATABASE, KEY, (KEY,)),
    Takes(SQLITE_UTILS, _DATABASE, "table", (0, "table_name")),
    Takes(SQLITE_UTILS, _DATABASE, "view", (0, "view_name")),
    Takes(SQLITE_UTILS, _DATABASE, "create_view", (0, "name")),
    Takes(SQLITE_UTILS, _DATABASE, "create_table", (0, "name")),
    Takes(SQLITE_UTILS, _DATABASE, "create_table_sql", (0, "name")),
    Takes(SQLITE_UTILS, _DATABASE, "rename_table", (0, "name", 1, "new_name"), sure=True),
    Takes(SQLITE_UTILS, _DATABASE, "m2m_table_candidates", (0, 1, "table", "other_table")),
    Takes(SQLITE_UTILS, _DATABASE, "cached_counts", (0, "tables"), within=_IN_LIST),
    Takes(SQLITE_UTILS, _DATABASE, "add_foreign_keys", (0,), within=_IN_KEYS, sure=True),
    Takes(SQLITE_UTILS, _ANY, "", ("foreign_keys",), within=_IN_KEYS, sure=True),
    Takes(SQLITE_UTILS, _ANY, "", ("add_foreign_keys",), within=_IN_KEYS, sure=True),
    Takes(SQLITE_UTILS, _TABLE, "add_foreign_key", (1, "other_table"), sure=True),
    Takes(SQLITE_UTILS, _TABLE, "add_column", (2, "fk")),
    Takes(SQLITE_UTILS, _TABLE, "m2m", (0, "other_table", "m2m_table"), sure=True),
    Takes(SQLITE_UTILS, _TABLE, "extract", (1, "table")),
    Takes(SQLITE_UTILS, _TABLE, "guess_foreign_column", (0, "other_table"), sure=True),
    Takes(SQLITE_UTILS, rf"sqlite_utils{_SUBMODULES}", "ForeignKey", (0, "table")),
    Takes(SQLITE_UTILS, rf"sqlite_utils{_SUBMODULES}", "ForeignKey", (2, "other_table")),
    Takes(SQLITE_UTILS, rf"(?:{_DATABASE}|\?.*)\.(?:table|view)_names\(\)", LISTED, (LISTED,)),
    Takes(DATASET, _DATASET, KEY, (KEY,)),
    *(
        Takes(DATASET, _DATASET, method, (0, "table_name"))
        for method in ("get_table", "create_table", "load_table", "has_table")
    ),
    Takes(DATASET, rf"{_DATASET}\.tables", LISTED, (LISTED,)),
)

_DATA_FRAME_CALLS = (
    Takes(PANDAS, _ANY, "to_sql", (0, "name"), sure=True, schema=("schema",)),
    Takes(PANDAS, _ANY, "read_sql_table", (0, "table_name"), sure=True, schema=(2, "schema")),
    Takes(PANDAS, _ANY, "read_sql", (0, "sql"), sure=True),
    Takes(PANDAS, r"pandas\.io\.sql", "get_schema", (1, "name")),
    Takes(PANDAS, r"pandas\.io\.sql", "has_table", (0, "table_name")),
    Takes(POLARS, _ANY, "write_database", (0, "table_name"), sure=True),
)

_SQLALCHEMY_CALLS = (
    Takes(SQLALCHEMY, _SQLALCHEMY, "Table", (0, "name"), schema=("schema",)),
    Takes(SQLALCHEMY, _SQLALCHEMY, "TableClause", (0, "name"), schema=("schema",)),
    Takes(SQLALCHEMY, rf"sqlalchemy{_SUBMODULES}", "table", (0, "name"), schema=("schema",)),
    Takes(SQLALCHEMY, _SQLALCHEMY, "ForeignKey", (0, "column"), Shape.COLUMN),
    Takes(
        SQLALCHEMY,
        _SQLALCHEMY,
        "ForeignKeyConstraint",
        (1, "refcolumns"),
        Shape.COLUMN,
        within=_IN_LIST,
    ),
    *(
        Takes(SQLALCHEMY, _SQLALCHEMY, function, ("secondary",), sure=True, evaluated=True)
        for function in ("relationship", "backref", "dynamic_loader")
    ),
    Takes(SQLALCHEMY, _SQLALCHEMY, "relationship", (1,), evaluated=True),
    *(
        Takes(
            SQLALCHEMY,
            _SQLALCHEMY,
            function,
            ("primaryjoin", "secondaryjoin", "order_by", "foreign_keys", "remote_side"),
            Shape.EXPRESSION,
            sure=True,
            evaluated=True,
        )
        for function in ("relationship", "backref", "dynamic_loader")
    ),
    *(
        Takes(SQLALCHEMY, _INSPECTOR, method, (0, "table_name"), schema=("schema",))
        for method in ("has_table", "get_columns", "get_indexes", "has_index")
    ),
    *(
        Takes(SQLALCHEMY, _INSPECTOR, method, (0, "table_name"), sure=True, schema=("schema",))
        for method in (
            *("get_pk_constraint", "get_foreign_keys", "get_unique_constraints"),
            *("get_check_constraints", "get_table_comment", "get_table_options"),
        )
    ),
    Takes(SQLALCHEMY, r".*\.dialect", "has_table", (1, "table_name"), schema=("schema",)),
    Takes(SQLALCHEMY, _METADATA_TABLES, KEY, (KEY,), sure=True),
    Takes(SQLALCHEMY, _METADATA_TABLES, "get", (0,), sure=True),
    Takes(SQLALCHEMY, _METADATA_TABLES, LISTED, (LISTED,), sure=True),
    Takes(SQLALCHEMY, r".*\.(?:get_)?table_names\(\)", LISTED, (LISTED,), sure=True),
    Takes(SQLALCHEMY, r".*(?:metadata|MetaData\(\))", "reflect", ("only",), within=_IN_LIST),
    Takes(SQLMODEL, rf"sqlmodel{_SUBMODULES}", "Field", ("foreign_key",), Shape.COLUMN, sure=True),
    Takes(
        SQLMODEL,
        rf"sqlmodel{_SUBMODULES}",
        "Relationship",
        ("sa_relationship_kwargs",),
        sure=True,
        key="secondary",
        evaluated=True,
    ),
)

_ALEMBIC_CALLS = (
    *(
        Takes(ALEMBIC, _ALEMBIC, method, (0, "table_name"), schema=("schema",))
        for method in (
            *("add_column", "alter_column", "batch_alter_table", "create_table", "drop_table"),
            *("drop_column", "create_table_comment", "drop_table_comment"),
        )
    ),
    *(
        Takes(ALEMBIC, _ALEMBIC, method, (1, "table_name", "source"), schema=("schema",))
        for method in (
            *("create_index", "drop_index", "create_unique_constraint", "drop_constraint"),
            *("create_check_constraint", "create_primary_key", "create_exclude_constraint"),
        )
    ),
    Takes(
        ALEMBIC,
        _ALEMBIC,
        "create_foreign_key",
        (1, 2, "source_table", "referent_table", "source", "referent"),
        schema=("source_schema", "referent_schema"),
    ),
    Takes(
        ALEMBIC, _ALEMBIC, "rename_table", (0, 1, "old_table_name", "new_table_name"),
        schema=("schema",),
    ),
    Takes(
        ALEMBIC, _ALEMBIC_BATCH, "create_foreign_key", (1, "referent_table"),
        schema=("referent_schema",),
    ),
)  # fmt: skip

_OTHER_MAPPER_CALLS = (
    Takes(
        DJANGO, _ANY, "ManyToManyField", ("db_table",), sure=True, remark=MIGRATION_WANTED
    ),
    Takes(DJANGO, _ANY, "extra", ("tables",), within=_IN_LIST, sure=True),
    *(
        Takes(DJANGO, _ANY, method, (1, "table_name"), sure=True)
        for method in (
            *("get_table_description", "get_constraints", "get_relations", "get_sequences"),
            "get_primary_key_column",
        )
    ),
    Takes(DJANGO, r".*introspection\.table_names\(\)", LISTED, (LISTED,), sure=True),
    Takes(DJANGO, _ANY, "alter_db_table", (1, 2, "old_db_table", "new_db_table"), sure=True),
    Takes(PEEWEE, rf"peewee{_SUBMODULES}", "Table", (0, "name"), schema=("schema",)),
    *(
        Takes(PEEWEE, _PEEWEE_DATABASE, method, (0, "table", "table_name"), schema=(1, "schema"))
        for method in (
            *("table_exists", "get_columns", "get_indexes", "get_primary_keys"),
            "get_foreign_keys",
        )
    ),
    Takes(PEEWEE, rf"(?:{_PEEWEE_DATABASE}|\?.*)\.get_tables\(\)", LISTED, (LISTED,), sure=True),
    *(
        Takes(PEEWEE, _PEEWEE_MIGRATOR, method, (0, "table"))
        for method in (
            *("add_column", "drop_column", "rename_column", "add_not_null", "drop_not_null"),
            *("add_column_default", "drop_column_default", "alter_column_type", "add_index"),
            *("drop_index", "add_constraint", "drop_constraint", "add_unique", "drop_table"),
        )
    ),
    Takes(PEEWEE, _PEEWEE_MIGRATOR, "rename_table", (0, 1, "old_name", "new_name")),
    Takes(PEEWEE, _PEEWEE_MIGRATOR, "add_foreign_key_constraint", (0, 2, "table", "rel")),
    Takes(PEEWEE, r"playhouse\.dataset\.DataSet\(\)", KEY, (KEY,)),
    Takes(TORTOISE, rf"tortoise{_SUBMODULES}", "ManyToManyField", ("through",)),
    Takes(PONY, rf"pony{_SUBMODULES}", "Set", ("table",)),
)  # fmt: skip

_DRIVER_CALLS = (
    Takes(SQLITE3, r"sqlite3\.(?:connect|Connection)\(\)", "blobopen", (0,), sure=True,
          schema=("name",)),
    *(
        Takes(APSW, r"apsw\.Connection\(\)", method, (1, "table"), sure=True,
              schema=(0, "database"))
        for method in ("blob_open", "blobopen")
    ),
    *(
        Takes(APSW, r"apsw\.Connection\(\)", method, (1, "table_name"), sure=True,
              schema=(0, "dbname"))
        for method in ("column_metadata", "table_exists")
    ),
    *(
        Takes(DUCKDB, _DUCKDB, method, (0, "table_name", "view_name"))
        for method in ("table", "view", "append")
    ),
    *(
        Takes(DUCKDB, rf"{_DUCKDB}\..*", method, (0, "table_name"))
        for method in ("create", "insert_into", "to_table")
    ),
)  # fmt: skip

CALLS: tuple[Takes, ...] = (
    *_SQLITE_UTILS_CALLS,
    *_DATA_FRAME_CALLS,
    *_SQLALCHEMY_CALLS,
    *_ALEMBIC_CALLS,
    *_OTHER_MAPPER_CALLS,
    *_DRIVER_CALLS,
)

ATTRIBUTES: tuple[Attribute, ...] = (
    Attribute(SQLALCHEMY, "__tablename__", anywhere=True),
    Attribute(DJANGO, "db_table", "Meta", anywhere=True, remark=MIGRATION_WANTED),
    Attribute(PEEWEE, "db_table", "Meta"),
    Attribute(PEEWEE, "table_name", "Meta"),
    Attribute(TORTOISE, "table", "Meta"),
    Attribute(PONY, "_table_"),
)
