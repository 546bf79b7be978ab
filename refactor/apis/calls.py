"""The calls, keys and comparisons in which well-known libraries take a table's name."""

import re

from refactor.apis.libraries import (
    ALEMBIC,
    ANY_KEY,
    APSW,
    CATALOG,
    DATASET,
    DJANGO,
    DUCKDB,
    EQUAL,
    IBIS,
    KEY,
    LISTED,
    MIGRATION_WANTED,
    PANDAS,
    PEEWEE,
    POLARS,
    PONY,
    PYPIKA,
    SPARK,
    SQLALCHEMY,
    SQLITE3,
    SQLITE_UTILS,
    SQLMODEL,
    TORTOISE,
    Takes,
)
from refactor.apis.slots import Shape

_ITEMS = re.compile(r"\(\d+, \d+\)")
_IN_LIST = _ITEMS
# (column, other), (column, other, other's column), (table, column, other, other's column)
_IN_KEYS = re.compile(rf"{_ITEMS.pattern}\((?:1, [23]|[02], 4)\)")
# What a table has: (table, column, other, other's column).
_IN_FOREIGN_KEY = re.compile(r"\([02], 4\)")
# A row of nothing but the name, by itself or among others.
_OF_ROWS = re.compile(rf"(?:{_ITEMS.pattern})?\(0, 1\)")

_ANY = r".*"
_SUBMODULES = r"(?:\.\w+)*"
_DATABASE = rf"sqlite_utils{_SUBMODULES}\.Database\(\)"
_TABLE = (
    rf"(?:{_DATABASE}(?:\[\]|\.(?:create_table|table)\(\))|sqlite_utils{_SUBMODULES}\.Table\(\))"
    r"(?:\.\w+\(\))*"
)
_DATASET = rf"dataset{_SUBMODULES}\.(?:connect|Database)\(\)"
_SQLALCHEMY = (
    rf"sqlalchemy{_SUBMODULES}|sqlmodel{_SUBMODULES}"
    rf"|flask_sqlalchemy{_SUBMODULES}\.SQLAlchemy\(\)"
)
_METADATA_TABLES = r"(?:.*[.?])?metadata\.tables|sqlalchemy(?:\.\w+)*\.MetaData\(\)\.tables"
_OWN_NAME = r".*\.(?:__tablename__|__table__\.(?:full)?name)"
_NAMED_TABLE = (
    rf"(?:(?:{_SQLALCHEMY})\.Table\(\)|(?:{_METADATA_TABLES})\[\]|.*\.local_table)\.(?:full)?name"
)
_LISTED_TABLES = (
    rf"(?:{_METADATA_TABLES})\.(?:keys\(\)|items\(\)\[\]\.0|values\(\)\[\]\.(?:full)?name)"
    r"|(?:(?:.*[.?])?metadata|sqlalchemy(?:\.\w+)*\.MetaData\(\))\.sorted_tables\[\]\.(?:full)?name"
)
_PEEWEE_MIGRATOR = r"playhouse\.migrate\.\w*Migrator\w*(?:\.\w+)*\(\)|\?(?:.*\.)?migrator"
_INSPECTOR = (
    rf"sqlalchemy{_SUBMODULES}\.(?:inspect|Inspector(?:\.\w+)?|create_engine)\(\)(?:\.\w+\(\))*"
    r"|\?(?:.*\.)?insp(?:ector)?"
)
_PEEWEE_DATABASE = rf"(?:peewee|playhouse){_SUBMODULES}\.\w*Database\w*\(\)"
_ALEMBIC = rf"alembic\.op|alembic{_SUBMODULES}\.Operations\(\)"
_ALEMBIC_BATCH = rf"(?:{_ALEMBIC})\.batch_alter_table\(\)"
_PYPIKA = rf"pypika{_SUBMODULES}"
_IBIS = rf"ibis{_SUBMODULES}\.connect\(\)"
_MOST_TABLES = 9
"""As many as are looked at where a call takes any number of them."""
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
    Takes(SQLITE_UTILS, _ANY, "", ("extracts",), key=ANY_KEY, sure=True),
    Takes(SQLITE_UTILS, rf"sqlite_utils{_SUBMODULES}", "Table", (1, "name")),
    Takes(SQLITE_UTILS, rf"sqlite_utils{_SUBMODULES}", "View", (1, "name")),
    Takes(SQLITE_UTILS, rf"sqlite_utils{_SUBMODULES}", "ForeignKey", (0, "table")),
    Takes(SQLITE_UTILS, rf"sqlite_utils{_SUBMODULES}", "ForeignKey", (2, "other_table")),
    Takes(
        SQLITE_UTILS,
        rf"(?:{_DATABASE}|\?.*)\.(?:table|view)_names\(\)",
        LISTED,
        (LISTED,),
        sure=None,
    ),
    Takes(
        SQLITE_UTILS,
        rf"(?:{_DATABASE}|\?(?:.*\.)?(?:\w*_)?(?:db|database))\.(?:tables|views)\[\]\.name",
        LISTED,
        (LISTED,),
        sure=None,
    ),
    Takes(
        SQLITE_UTILS,
        rf"(?:{_TABLE}|\?.*)\.foreign_keys",
        LISTED,
        (LISTED,),
        within=_IN_FOREIGN_KEY,
        sure=None,
    ),
    Takes(SQLITE_UTILS, r".*\.other_table", EQUAL, (EQUAL,), sure=None),
    Takes(SQLITE_UTILS, rf"{_TABLE}\.name", EQUAL, (EQUAL,), sure=None),
    Takes(
        SQLITE_UTILS,
        rf"{_TABLE}\.foreign_keys(?:\[\])?",
        LISTED,
        (LISTED,),
        within=re.compile(rf"(?:{_ITEMS.pattern})?\([02], 4\)"),
        sure=None,
    ),
    Takes(DATASET, _DATASET, KEY, (KEY,)),
    *(
        Takes(DATASET, _DATASET, method, (0, "table_name"))
        for method in ("get_table", "create_table", "load_table", "has_table")
    ),
    Takes(DATASET, rf"{_DATASET}(?:\[\]|\.\w+_table\(\))\.name", EQUAL, (EQUAL,), sure=None),
    Takes(DATASET, rf"{_DATASET}\.tables", LISTED, (LISTED,), sure=None),
)

_DATA_FRAME_CALLS = (
    Takes(PANDAS, _ANY, "to_sql", (0, "name"), sure=True, schema=("schema",)),
    Takes(PANDAS, _ANY, "read_sql_table", (0, "table_name"), sure=True, schema=(2, "schema")),
    Takes(PANDAS, _ANY, "read_sql", (0, "sql"), sure=True),
    Takes(PANDAS, r"pandas\.io\.sql", "get_schema", (1, "name")),
    Takes(PANDAS, r"pandas\.io\.sql", "has_table", (0, "table_name")),
    Takes(POLARS, _ANY, "write_database", (0, "table_name"), sure=True),
    Takes(SPARK, _ANY, "jdbc", (1, "table"), sure=True),
    *(
        Takes(SPARK, _ANY, method, ("dbtable",), sure=True)
        for method in ("options", "load", "save")
    ),
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
    Takes(
        SQLALCHEMY, r".*\.dialect", "has_table", (1, "table_name"), schema=("schema",), sure=None
    ),
    Takes(SQLALCHEMY, _METADATA_TABLES, KEY, (KEY,), sure=None),
    Takes(SQLALCHEMY, _METADATA_TABLES, "get", (0,), sure=None),
    Takes(SQLALCHEMY, _METADATA_TABLES, LISTED, (LISTED,), sure=None),
    Takes(SQLALCHEMY, r".*\.(?:get_)?table_names\(\)", LISTED, (LISTED,), sure=None),
    Takes(SQLALCHEMY, _OWN_NAME, EQUAL, (EQUAL,), sure=None, anywhere=True),
    Takes(SQLALCHEMY, _NAMED_TABLE, EQUAL, (EQUAL,), sure=None),
    Takes(SQLALCHEMY, _LISTED_TABLES, LISTED, (LISTED,), sure=None),
    Takes(SQLALCHEMY, rf".*\[\]{_OWN_NAME}", LISTED, (LISTED,), sure=None, anywhere=True),
    Takes(
        SQLALCHEMY, r".*(?:metadata|MetaData\(\))", "reflect", ("only",), within=_IN_LIST, sure=None
    ),
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
        Takes(DJANGO, r".*introspection", method, (1, "table_name"))
        for method in (
            *("get_table_description", "get_constraints", "get_relations", "get_sequences"),
            "get_primary_key_column",
        )
    ),
    Takes(DJANGO, r".*introspection\.table_names\(\)", LISTED, (LISTED,), sure=None),
    Takes(DJANGO, r".*_meta\.db_table", EQUAL, (EQUAL,), sure=None, anywhere=True),
    Takes(PEEWEE, r".*_meta\.table_name", EQUAL, (EQUAL,), sure=None, anywhere=True),
    Takes(
        DJANGO, r".*\[\]\._meta\.db_table", LISTED, (LISTED,), sure=None, anywhere=True
    ),
    Takes(
        PEEWEE, r".*\[\]\._meta\.table_name", LISTED, (LISTED,), sure=None, anywhere=True
    ),
    Takes(DJANGO, _ANY, "alter_db_table", (1, 2, "old_db_table", "new_db_table"), sure=True),
    Takes(PEEWEE, rf"peewee{_SUBMODULES}", "Table", (0, "name"), schema=("schema",)),
    *(
        Takes(PEEWEE, _PEEWEE_DATABASE, method, (0, "table", "table_name"), schema=(1, "schema"))
        for method in (
            *("table_exists", "get_columns", "get_indexes", "get_primary_keys"),
            "get_foreign_keys",
        )
    ),
    Takes(PEEWEE, rf"(?:{_PEEWEE_DATABASE}|\?.*)\.get_tables\(\)", LISTED, (LISTED,), sure=None),
    *(
        Takes(PEEWEE, _PEEWEE_MIGRATOR, method, (0, "table"))
        for method in (
            *("add_column", "drop_column", "rename_column", "add_not_null", "drop_not_null"),
            *("add_column_default", "drop_column_default", "alter_column_type", "add_index"),
            *("drop_index", "add_constraint", "drop_constraint", "add_unique", "drop_table"),
        )
    ),
    Takes(PEEWEE, _PEEWEE_MIGRATOR, "rename_table", (0, 1, "old_name", "new_name")),
    Takes(PEEWEE, _PEEWEE_MIGRATOR, "add_foreign_key_constraint", (0, "table")),
    Takes(PEEWEE, r"playhouse\.dataset\.DataSet\(\)", KEY, (KEY,), sure=None),
    Takes(TORTOISE, rf"tortoise{_SUBMODULES}", "ManyToManyField", ("through",)),
    Takes(PONY, rf"pony{_SUBMODULES}", "Set", ("table",)),
    *(
        Takes(PONY, rf"pony{_SUBMODULES}\.Database\(\)", method, (0, "table_name"), sure=None)
        for method in ("insert", "drop_table")
    ),
)  # fmt: skip

_BUILDER_CALLS = (
    Takes(PYPIKA, _PYPIKA, "Table", (0, "name"), schema=(1, "schema")),
    Takes(PYPIKA, _PYPIKA, "Tables", tuple(range(_MOST_TABLES))),
    *(
        Takes(PYPIKA, rf"{_PYPIKA}(?:\(\)|\.\w+\(\))*", method, (0, argument), sure=None)
        for method, argument in (
            *(("from_", "selectable"), ("into", "table"), ("update", "table")),
            *(("create_table", "table"), ("drop_table", "table")),
        )
    ),
    *(
        Takes(IBIS, _IBIS, method, (0, "name"), sure=None)
        for method in ("table", "create_table", "create_view", "drop_table", "insert")
    ),
    Takes(IBIS, rf"{_IBIS}\.(?:list_tables\(\)|tables)", LISTED, (LISTED,), sure=None),
)

_DRIVER_CALLS = (
    Takes(SQLITE3, r"sqlite3\.(?:connect|Connection)\(\)", "blobopen", (0,), sure=True,
          schema=("name",)),
    *(
        # What sqlite3 calls `blobopen` has the name of a column in that place.
        Takes(APSW, r"apsw\.Connection\(\)", method, (1, "table"), sure=method == "blob_open",
              schema=(0, "database"))
        for method in ("blob_open", "blobopen")
    ),
    *(
        Takes(APSW, r"apsw\.Connection\(\)", method, (1, "table_name"), sure=True,
              schema=(0, "dbname"))
        for method in ("column_metadata", "table_exists")
    ),
    *(
        Takes(DUCKDB, _DUCKDB, method, (0, "table_name", "view_name"), sure=sure)
        for method, sure in (("table", False), ("view", None), ("append", None))
    ),
    *(
        Takes(DUCKDB, rf"{_DUCKDB}\..*", method, (0, "table_name"), sure=None)
        for method in ("create", "insert_into", "to_table")
    ),
)  # fmt: skip

_CATALOG_COMPARISONS = (
    Takes(CATALOG, r"sqlite_master\.names", LISTED, (LISTED,), sure=None),
    Takes(
        CATALOG, r"sqlite_master\.rows\.1\.0\.\w+", LISTED, (LISTED,), within=_OF_ROWS, sure=None
    ),
)

CALLS: tuple[Takes, ...] = (
    *_SQLITE_UTILS_CALLS,
    *_DATA_FRAME_CALLS,
    *_SQLALCHEMY_CALLS,
    *_ALEMBIC_CALLS,
    *_OTHER_MAPPER_CALLS,
    *_BUILDER_CALLS,
    *_DRIVER_CALLS,
    *_CATALOG_COMPARISONS,
)
