"""Views over the documentation of a target, and questions that a program may ask of it.

All is plain SQL that any SQLite with JSON runs. Of a file that is not trusted some, such as 3.40,
let no view call json_extract and its kin, but do let it read json_each: so the views use that.
"""

from collections.abc import Iterator
from dataclasses import dataclass

from migrate.database.sqlite import literal
from plan.own import OWN_VIEWS
from plan.stored import quoted

TABLES, COLUMNS, RELATIONS, QUERIES = OWN_VIEWS
_JOIN = ",\n       "


@dataclass(frozen=True, slots=True)
class View:
    """A view over the table that documents all tables."""

    name: str
    about: str
    columns: tuple[tuple[str, str], ...]
    """Each with what it is."""
    body: str

    @property
    def sql(self) -> str:
        """The statement that makes it."""
        names = ", ".join(quoted(name) for name, _ in self.columns)
        return f"CREATE VIEW main.{quoted(self.name)}({names}) AS\n{self.body}"


def views(catalog: str) -> tuple[View, ...]:
    """All of them, over the table of that name."""
    return (_tables(catalog), _columns(catalog), _relations(catalog), _queries(catalog))


def _tables(catalog: str) -> View:
    said = (
        ("name", "The table's or view's name"),
        ("kind", "table or view"),
        ("domain", "The group of tables that it belongs to"),
        ("domain_about", "What that group is"),
        ("about", "What it is"),
        ("old_name", "Its name before the migration; NULL for what is retable's own"),
        ("old_database", "The file that held it before the migration"),
        ("rows_at_migration", "How many rows it had when it was migrated"),
        ("column_count", "How many columns it has"),
        ("schema_version", "The version of the schema, as in PRAGMA user_version"),
        ("migrated_at", "When it was migrated, in UTC"),
    )
    body = (
        "SELECT name, kind, domain, domain_about, about, old_name, old_database,"
        " rows_at_migration, (SELECT count(*) FROM json_each(columns)), schema_version,"
        " migrated_at\n"
        f"  FROM {quoted(catalog)}"
    )
    return View(TABLES, "Each table and view: what it is and where it came from", said, body)


def _columns(catalog: str) -> View:
    said = (
        ("table_name", "The table or view that has the column"),
        ("position", "Its place in the table, from 1"),
        ("name", "The column's name"),
        ("type", "Its type, as declared"),
        ("about", "What it is"),
        ("not_null", "1 if it must have a value"),
        ("default_value", "Its default, as SQL"),
        ("primary_key", "Its place in the primary key, from 1; else 0"),
        ("hidden", "2 for a virtual generated column, 3 for a stored one, else 0"),
        ("references_table", "The table that it refers to"),
        ("references_column", "The column there that it refers to"),
    )
    parts = ["entry.name", "item.key + 1"]
    own = ("name", "type", "about", "not_null", "default", "primary_key", "hidden")
    parts += [_part("item.value", key) for key in own]
    refers = _part("item.value", "references")
    parts += [_part(refers, key) for key in ("table", "column")]
    body = (
        f"SELECT {_JOIN.join(parts)}\n"
        f"  FROM {quoted(catalog)} AS entry, json_each(entry.columns) AS item"
    )
    return View(COLUMNS, "Each column: its type and what it is", said, body)


def _relations(catalog: str) -> View:
    said = (
        ("from_table", "The table that refers"),
        ("columns", "Its columns that refer, in order"),
        ("to_table", "The table that is referred to"),
        ("to_columns", "The columns there, in the same order"),
        ("on_update", "What happens here when a key there changes"),
        ("on_delete", "What happens here when a row there is deleted"),
    )

    def names(key: str) -> str:
        each = f"SELECT value FROM json_each({_part('item.value', key)}) ORDER BY key"
        return f"(SELECT group_concat(value, ', ') FROM ({each}))"

    table, on_update, on_delete = (
        _part("item.value", key) for key in ("table", "on_update", "on_delete")
    )
    parts = ("entry.name", names("columns"), table, names("to"), on_update, on_delete)
    body = (
        f"SELECT {_JOIN.join(parts)}\n"
        f"  FROM {quoted(catalog)} AS entry, json_each(entry.foreign_keys) AS item"
    )
    return View(RELATIONS, "Each foreign key: which table refers to which", said, body)


def _part(whole: str, key: str) -> str:
    """What a JSON object has under a key, as SQL."""
    return f"(SELECT value FROM json_each({whole}) WHERE key = {literal(key)})"


def _queries(catalog: str) -> View:
    said = (("question", "A question about this database"), ("sql", "The SQL that answers it"))
    values = (f"  ({literal(question)}, {literal(sql)})" for question, sql in query_set(catalog))
    body = "VALUES\n" + ",\n".join(values)
    return View(QUERIES, "Questions about this database, and the SQL that answers each", said, body)


def query_set(catalog: str) -> Iterator[tuple[str, str]]:
    """Questions with the SQL that answers each; what begins with a colon is for the asker to say.

    Names are compared as SQLite compares those of tables.
    """
    entries = quoted(catalog)
    yield (
        "Which domains are there?",
        (
            f"SELECT domain, domain_about, count(*) AS tables FROM {TABLES} WHERE kind = 'table'"
            " GROUP BY domain, domain_about ORDER BY domain"
        ),
    )
    yield (
        "Which tables has the domain :domain?",
        (
            f"SELECT name, about FROM {TABLES}"
            " WHERE kind = 'table' AND domain = :domain COLLATE NOCASE ORDER BY name"
        ),
    )
    yield (
        "What is the table :name?",
        f"SELECT * FROM {TABLES} WHERE name = :name COLLATE NOCASE",
    )
    yield (
        "Which columns has the table :name?",
        (
            "SELECT name, type, about, not_null, default_value, primary_key, references_table,"
            f" references_column FROM {COLUMNS} WHERE table_name = :name COLLATE NOCASE"
            " ORDER BY position"
        ),
    )
    yield (
        "What was the table :name called before, and where?",
        (
            "SELECT json_extract(source.value, '$.name') AS old_name,"
            " json_extract(source.value, '$.database') AS old_database,"
            " json_extract(source.value, '$.rows') AS rows"
            f" FROM {entries} AS entry, json_each(entry.sources) AS source"
            " WHERE entry.name = :name COLLATE NOCASE ORDER BY source.key"
        ),
    )
    yield (
        "What has become of the table that was called :old_name?",
        (
            "SELECT entry.name, json_extract(source.value, '$.database') AS old_database,"
            " entry.about"
            f" FROM {entries} AS entry, json_each(entry.sources) AS source"
            " WHERE json_extract(source.value, '$.name') = :old_name COLLATE NOCASE"
            " ORDER BY entry.name, source.key"
        ),
    )
    yield (
        "What does the table :name refer to?",
        (
            f"SELECT columns, to_table, to_columns FROM {RELATIONS}"
            " WHERE from_table = :name COLLATE NOCASE ORDER BY columns"
        ),
    )
    yield (
        "What refers to the table :name?",
        (
            f"SELECT from_table, columns, to_columns, on_delete FROM {RELATIONS}"
            " WHERE to_table = :name COLLATE NOCASE ORDER BY from_table, columns"
        ),
    )
    yield (
        "Which tables or columns speak of :word, in their names or descriptions?",
        (
            f"SELECT name AS table_name, NULL AS column_name, about FROM {TABLES}"
            " WHERE instr(lower(name || ' ' || about), lower(:word))"
            f" UNION ALL SELECT table_name, name, about FROM {COLUMNS}"
            " WHERE instr(lower(name || ' ' || about), lower(:word)) ORDER BY 1, 2"
        ),
    )
    yield (
        "Which tables were empty when they were migrated?",
        f"SELECT name, about FROM {TABLES} WHERE rows_at_migration = 0 ORDER BY name",
    )
    yield (
        "What is not described?",
        (
            f"SELECT name AS table_name, NULL AS column_name FROM {TABLES} WHERE about = ''"
            f" UNION ALL SELECT table_name, name FROM {COLUMNS} WHERE about = '' ORDER BY 1, 2"
        ),
    )
    yield (
        "When was this database made, and by which plan?",
        f"SELECT DISTINCT migrated_at, schema_version, plan_digest FROM {entries}",
    )
