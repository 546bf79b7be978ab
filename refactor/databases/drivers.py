"""Drivers and addresses of database systems: which of them some code opens."""

import ast
import re

from refactor.python.modules import Names
from refactor.python.outline import last_part
from refactor.python.syntax import dotted

SQLITE_DRIVERS = frozenset(
    {"sqlite3", "apsw", "aiosqlite", "pysqlite3", "sqlcipher3", "sqlite_utils", "sqlalchemy"}
)
OTHER_DRIVERS = frozenset(
    {
        *("psycopg", "psycopg2", "asyncpg", "pg8000", "aiopg", "redshift_connector"),
        *("MySQLdb", "pymysql", "mysql", "aiomysql", "asyncmy", "mariadb"),
        *("oracledb", "cx_Oracle", "pyodbc", "pymssql", "ibm_db", "fdb", "firebird"),
        *("snowflake", "clickhouse_driver", "clickhouse_connect", "trino", "pyhive", "databricks"),
        *("duckdb", "pandasql", "pyspark", "pyathena", "awswrangler", "cassandra", "teradatasql"),
        *("vertica_python", "hdbcli", "aioodbc", "turbodbc", "simple_salesforce", "influxdb"),
        *("bigquery", "spanner", "datafusion", "impala", "prestodb", "jaydebeapi", "chdb"),
        *("psycopg_pool", "psycopg2cffi", "cymysql", "singlestoredb", "pyexasol", "pydruid"),
    }
)
_GOOGLE = "google"
MAY_OPEN = re.compile(r"\b(?:connect\w*|Connection|open_\w+|create_\w*engine|Database)(?=\(|\Z)")
"""What opens a file by the looks of it, or a function that does."""
_OVER_FRAMES = frozenset({"SQLContext", "sql"})
"""What of polars takes SQL whose tables are data frames in memory."""
SENDERS = frozenset(
    {"requests", "httpx", "aiohttp", "urllib", "urllib3", "boto3", "botocore", "aioboto3", "wmi"}
)
"""Packages that send what they are given to somebody else, who runs it."""
CLIENTS = ("psql", "mysql", "mariadb", "sqlcmd", "sqlplus", "clickhouse-client", "duckdb", "bq")
"""The command lines of other systems."""
MAY_OPEN_OTHERS = OTHER_DRIVERS | {"polars"}
"""Packages by whose import a module may run SQL on something else than SQLite."""
SYSTEMS = (
    "postgres(?:ql)?|mysql|mariadb|oracle|mssql|cockroachdb|snowflake|redshift|bigquery"
    "|clickhouse|databricks|trino|presto|hive|db2|firebird|duckdb"
)
"""How the names of other systems are spelled in addresses: a pattern."""
ADDRESS = re.compile(
    rf"(?P<url>(?:{SYSTEMS})(?:\+\w+)?)://"
    r"|django\.db\.backends\.(?P<engine>postgresql|mysql|oracle)"
)
FRAMES = "data frames of polars, by their names"
_OF_DRIVER = re.compile(r"a database of (?:{})'s".format("|".join(sorted(OTHER_DRIVERS))))
_ENGINES = frozenset({"create_engine", "create_async_engine", "Database", "connect"})


def imported_by(names: Names) -> frozenset[str]:
    """The packages that a module imports."""
    imports = names.outline.imports
    packages = frozenset(module.partition(".")[0] for _, module, _ in imports)
    if _GOOGLE not in packages:
        return packages
    return packages.union(_package(module, name) for _, module, name in imports)


def _package(module: str, name: str) -> str:
    """The package that something is imported from: of Google's, the one for its database."""
    package, _, rest = module.partition(".")
    return f"{rest}.{name}".split(".")[1] if package == _GOOGLE and rest else package


def is_elsewhere(opened: str) -> bool:
    """Whether what is opened, in words, is of another system, and no file's name."""
    return (
        opened == FRAMES or opened.endswith(("://…", " asks")) or bool(_OF_DRIVER.fullmatch(opened))
    )


def opened_elsewhere(call: ast.Call, names: Names) -> str | None:
    """What a call opens of another database system, in words; None where it is seen to be none."""
    name = dotted(call.func)
    package = _package(*names.imports.get(name.partition(".")[0], ("", "")))
    if package in OTHER_DRIVERS:
        return f"a database of {package}'s"
    if package == "polars" and last_part(name) in _OVER_FRAMES:
        return FRAMES
    match call.args:
        case [ast.Constant(value=str() as text), *_] if last_part(name) in _ENGINES:
            match = ADDRESS.match(text)
            return f"{match['url']}://…" if match and match["url"] else None
    return None


def runs_elsewhere(call: ast.Call, names: Names) -> str | None:
    """On what of another system a call runs the SQL that it gets, in words."""
    if isinstance(call.func, ast.Attribute) and call.func.attr == "sql":
        imported = imported_by(names)
        if "polars" in imported and "duckdb" not in imported:
            return FRAMES
    return opened_elsewhere(call, names)
