"""Well-known libraries, and the shape of what is known of where they take a table's name.

What a call belongs to is told by a path such as `sqlite_utils.Database().table`: the name as it is
imported, then what is called (`()`), looked up (`[]`) or asked for. `values` finds these paths.
"""

import re

from msgspec import Struct

from refactor.apis.slots import Shape

Argument = str | int
"""A keyword, or a position from 0."""

KEY = "[]"
"""Stands for the method of what is looked up: `db["t"]`."""
LISTED = "in"
"""Stands for the method of what a name is compared with: `"t" in db.table_names()`."""

ANY_KEY = "*"
"""Stands for the key of each value in a dictionary: `extracts={"kind": "t"}`."""

EQUAL = "=="
"""Stands for the method of what a name is equal to: `fk.other_table == "t"`."""

ANY_KEY = "*"
"""Stands for each key of a dictionary: `extracts={"column": "t"}`."""

_BY_ITSELF = re.compile("")


class Library(Struct, frozen=True):
    """A library, and the packages by whose import a module is known to use it."""

    name: str
    packages: tuple[str, ...]
    needs_connection: bool = False
    """Whether it is at home in other databases than SQLite's."""


class Takes(Struct, frozen=True):
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
    sure: bool | None = False
    """Whether name and argument say enough where it is not known what it is called on: False is
    worth a question, None is not."""
    schema: tuple[Argument, ...] = ()
    """The arguments that say which attached database is meant."""
    key: str = ""
    """The key in the argument's dictionary; `ANY_KEY` for each."""
    evaluated: bool = False
    """Whether the argument is evaluated as Python."""
    remark: str = ""
    anywhere: bool = False
    """Whether it needs no import to be known: what it is called on has the library's own name."""


class Attribute(Struct, frozen=True):
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
PYPIKA = Library("PyPika", ("pypika",), needs_connection=True)
IBIS = Library("Ibis", ("ibis",), needs_connection=True)
SPARK = Library("Spark", ("pyspark",), needs_connection=True)

CATALOG = Library("SQLite's catalog", ("sqlite_master",))
"""No package: the names and rows that a statement gets from the catalog."""

LIBRARIES = (
    *(SQLITE_UTILS, DATASET, PANDAS, POLARS, SQLALCHEMY, SQLMODEL, ALEMBIC, DJANGO, PEEWEE),
    *(TORTOISE, PONY, SQLITE3, APSW, DUCKDB, PYPIKA, IBIS, SPARK),
)
PACKAGES = frozenset(package for library in LIBRARIES for package in library.packages)

OTHER_TABLES = frozenset(
    {
        *("rich", "textual", "prettytable", "reportlab", "docx", "pptx", "texttable", "openpyxl"),
        *("bokeh", "plotly", "dash", "astropy", "terminaltables", "tkinter", "wx", "bs4"),
    }
)
"""Packages whose tables are shown to people, and are no database's."""

OTHER_DATABASES = frozenset(
    {
        *("tinydb", "lancedb", "rethinkdb", "boto3", "aioboto3", "supabase", "postgrest"),
        *("happybase", "pyairtable", "streamlit"),
    }
)
"""Packages whose objects have a method `table`, or `from_`, for something else than SQLite's."""

WINDOWS = frozenset({"bokeh", "dash", "textual", "tkinter", "wx"})
"""Those of them that also say what somebody chose of what they showed."""

MIGRATION_WANTED = "makemigrations will want a migration for the new name, to be run with --fake"

ATTRIBUTES: tuple[Attribute, ...] = (
    Attribute(SQLALCHEMY, "__tablename__", anywhere=True),
    Attribute(DJANGO, "db_table", "Meta", anywhere=True, remark=MIGRATION_WANTED),
    Attribute(PEEWEE, "db_table", "Meta"),
    Attribute(PEEWEE, "table_name", "Meta"),
    Attribute(TORTOISE, "table", "Meta"),
    Attribute(PONY, "_table_"),
)
