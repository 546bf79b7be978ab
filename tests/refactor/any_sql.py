"""Statements made at random, in which every name is known for what it is.

«old» is a table that gets a new name, ◊ a value that may be known at run time only. Every other
`old` is a column, an alias, a CTE, a string or a comment.
"""

from hypothesis import strategies as st

LINES = """
data/old.db: old (id, x, y, n, old) -> new_t
data/old.db: a (id, a, b) -> b
data/old.db: b (id, a, b) -> a
data/old.db: items (id, name) -> things
data/old.db: bugs (id, title) -> order
data/old.db: t (id, x, old)
"""
COLUMNS = {
    "old": ["id", "x", "y", "old"],
    "a": ["id", "a", "b"],
    "b": ["id", "a", "b"],
    "items": ["id", "name"],
    "bugs": ["id", "title"],
    "t": ["id", "x", "old"],
}
NEW = {"old": "new_t", "a": "b", "b": "a", "items": "things", "bugs": "order"}
HOLE = "◊"

pick = st.sampled_from


@st.composite
def table_names(draw, name):
    """A table as a statement writes it: case and quotes are free."""
    if name not in NEW:
        return name
    cased = draw(pick([name, name, name, name.upper(), name.capitalize()]))
    return draw(pick(["«{}»"] * 6 + ['"«{}»"', "[«{}»]", "`«{}»`"])).format(cased)


VALUES = [HOLE, HOLE, HOLE, "?", ":old", "1", "'old'", "'FROM old'", "'it''s'", "NULL", "'{x}'"]
VALUES += ["'\"'", "x'00'", "'\\'", "'é'", "'100 %'", "'a -- old'"]


@st.composite
def values(draw):
    return draw(pick(VALUES))


@st.composite
def sources(draw, *, alias=True):
    """A table in FROM: its text, what its columns are qualified with, its columns."""
    name = draw(pick(sorted(COLUMNS)))
    written = draw(table_names(name))
    schema = draw(pick(["", "", "", "main."]))
    if alias and draw(st.integers(0, 2)) == 0:
        short = draw(pick(["o", "x", "old", "items", '"bugs"']))
        word = draw(pick([" AS ", " ", "\n  as "]))
        return f"{schema}{written}{word}{short}", short, COLUMNS[name]
    return f"{schema}{written}", draw(table_names(name)), COLUMNS[name]


@st.composite
def conditions(draw, qualifier, columns):
    column = draw(pick(columns))
    left = draw(pick([f"{qualifier}.{column}", column]))
    kind = draw(pick(["=", "=", "in", "sub", "exists", "like", "in table"]))
    inner, other, names = draw(sources(alias=False))
    match kind:
        case "in":
            return f"{left} IN ({draw(values())}, {draw(values())})"
        case "sub":
            return f"{left} IN (SELECT {draw(pick(names))} FROM {inner})"
        case "exists":
            return f"EXISTS (SELECT 1 FROM {inner} WHERE {other}.{names[0]} > {draw(values())})"
        case "like":
            return f"{left} LIKE 'old%' ESCAPE '\\'"
    return f"{left} = {draw(values())}"


@st.composite
def selects(draw):
    source, qualifier, columns = draw(sources())
    column = draw(pick(columns))
    listed = draw(pick(["*", f"{qualifier}.{column}", f"count(*) AS old, {qualifier}.*", "1"]))
    text = f"SELECT {listed} FROM {source}"
    if draw(st.integers(0, 3)) == 0:
        second, other, names = draw(sources(alias=False))
        if other.strip('«»"[]`').lower() != qualifier.strip('«»"[]`').lower():
            join = draw(pick(["JOIN", "LEFT JOIN", "CROSS JOIN"]))
            text += f" {join} {second} ON {other}.{names[0]} = {qualifier}.{columns[0]}"
            return text + draw(pick(["", f" LIMIT {HOLE}", f" WHERE {qualifier}.id = {HOLE}"]))
    if draw(st.booleans()):
        text += f"\nWHERE {draw(conditions(qualifier, columns))}"
    text += draw(pick(["", "", f" ORDER BY {column} DESC", f" LIMIT {HOLE} OFFSET 1"]))
    return text


@st.composite
def changes(draw):
    name = draw(pick(sorted(NEW)))
    table, columns = draw(table_names(name)), COLUMNS[name]
    condition = draw(conditions(draw(table_names(name)), columns))
    last = columns[-1]
    return draw(
        pick(
            [
                f"INSERT INTO {table} (id, {last}) VALUES ({HOLE}, {draw(values())})",
                f"INSERT OR REPLACE INTO {table} ({columns[0]}) SELECT {last} FROM {table}",
                f"REPLACE INTO {table}\n({last}) VALUES (?)",
                f"UPDATE {table} SET {last} = {draw(values())} WHERE {condition}",
                f"UPDATE OR IGNORE {table} SET id = {HOLE}, {last} = 'old'",
                f"DELETE FROM {table} WHERE {condition}",
            ]
        )
    )


@st.composite
def definitions(draw):
    name = draw(pick(sorted(NEW)))
    table, column = draw(table_names(name)), COLUMNS[name][-1]
    other = draw(table_names("items"))
    return draw(
        pick(
            [
                f"CREATE TABLE IF NOT EXISTS {table} (id INTEGER, {column} TEXT DEFAULT 'old')",
                f"CREATE TABLE extra (old INT REFERENCES {table} (id))",
                f"CREATE INDEX IF NOT EXISTS old_{column} ON {table} ({column}) -- old\n",
                f"DROP TABLE IF EXISTS {table}",
                f"ALTER TABLE {table} ADD COLUMN new_column TEXT",
                f"PRAGMA table_info({table})",
                f"CREATE VIEW old_view AS SELECT {column} FROM {table}",
                f"CREATE TRIGGER old_ins INSERT ON {table} BEGIN DELETE FROM {other}; END",
            ]
        )
    )


@st.composite
def others(draw):
    table = draw(table_names("old"))
    return draw(
        pick(
            [
                f"WITH items AS (SELECT x FROM {table}) SELECT items.x FROM items",
                f"WITH RECURSIVE a(n) AS (SELECT 1 UNION SELECT n FROM a) SELECT n FROM a, {table}",
                "SELECT name FROM sqlite_master WHERE type = 'table' AND name = '«old»'",
                "SELECT sql FROM sqlite_master WHERE type = 'index' AND name = 'old'",
                f"SELECT x /* old */ FROM {table} -- items\n WHERE 1",
                f"SELECT x FROM {table} UNION ALL SELECT id FROM «items» ORDER BY 1",
                f"SELECT CASE WHEN x THEN 'old' ELSE old END FROM {table}",
                "SELECT t.old FROM t AS t",
                f"EXPLAIN QUERY PLAN SELECT x FROM {table}",
                "INSERT INTO t (old) VALUES ('old')",
            ]
        )
    )


@st.composite
def statements(draw):
    text = draw(st.one_of(selects(), selects(), changes(), definitions(), others()))
    if draw(st.integers(0, 7)) == 0:
        text += f";\n{draw(st.one_of(changes(), definitions()))};"
    return draw(pick(["", "", "", "\n    ", "-- old\n"])) + text
