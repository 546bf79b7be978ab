"""What SQLite says of each statement that names an old table: before and after."""

from dataclasses import replace

import pytest
from msgspec import structs

from plan.schema import DatabaseSchema, SchemaObject
from refactor.patches.rewrite import proofs_of
from refactor.proof.statements import Broken, Fault, Idle, Mended, NotChecked, Proved, Why
from refactor.references import Kind

LINES = """
data/old.db: old (id, x, y) -> new_t
data/old.db: bugs (id, title) -> order
data/old.db: a (id, ax) -> b
data/old.db: b (id, bx) -> a
data/other.db: far (id, z) -> near
"""


def proofs(project, source, *, lines=LINES, schemas=True, more=(), edit=lambda it: it):
    made = project({"case.py": source}, lines, schemas=schemas)
    made = replace(made, schemas=(*made.schemas, *more))
    searcher = made.searcher()
    (file,) = searcher.search().files
    references = tuple(edit(it) if it.kind is Kind.TABLE else it for it in file.references)
    return proofs_of(file, searcher, references)


def outcome(proof):
    match proof:
        case Proved(filled=filled):
            return "proved, filled" if filled else "proved"
        case Mended(says=says) | Broken(says=says) | Idle(says=says):
            return f"{type(proof).__name__.lower()}: {says}"
        case NotChecked(why=why):
            return why
        case Fault(why=why):
            return f"fault: {why}"


@pytest.mark.parametrize(
    ("source", "expected"),
    [
        ('db.execute("SELECT x FROM old")', "proved"),
        ('db.execute(f"SELECT x FROM old WHERE id IN ({marks})")', "proved, filled"),
        ('db.execute("SELECT nope FROM old")', "broken: no such column: nope"),
        ('db.execute("SELECT old.nope FROM old")', "broken: no such column: old.nope"),
        ('db.execute("INSERT INTO old (q) VALUES (1)")', "broken: table old has no column named q"),
        ('db.execute("SELECT FROM WHERE old")', None),
        ('db.execute("SELECT id, FROM old")', 'broken: near "FROM": syntax error'),
        ('db.execute("UPDATE a SET ax = (SELECT bx FROM b) a")', 'broken: near "a": syntax error'),
        ('db.execute("SELECT 1 FROM old JOIN nope")', "broken: no such table: nope"),
        ('db.execute("SELECT x, z FROM old JOIN far")', "mended: no such table: far"),
        ('db.execute("SELECT german(x) FROM old")', "proved"),
        ('db.execute("SELECT x FROM old ORDER BY x COLLATE german")', "proved"),
        ('db.execute("EXPLAIN QUERY PLAN SELECT x FROM old")', "proved"),
        ('db.execute("PRAGMA table_info(old)")', "proved"),
        ("db.execute('SELECT x FROM old WHERE y = \"text\"')", "proved"),
        ("db.execute('SELECT nope FROM old WHERE y = \"text\"')", "broken: no such column: nope"),
        ('db.execute("DROP TABLE IF EXISTS old")', "proved"),
        ('db.execute("DELETE FROM bugs")', "proved"),
        ('db.execute("SELECT ax, bx FROM a, b")', "proved"),
        ('db.execute(f"SELECT x FROM old {a} WHERE WHERE {b}")', Why.RUN_TIME),
        ('inner = "SELECT title FROM bugs WHERE bugs.id = old.id"', Why.PIECE),
        ('db.execute("SELECT 1 FROM old JOIN other_db.old USING (id)")', Why.ATTACHED),
        # Definitions are made anew on an empty copy.
        ('db.execute("CREATE TABLE old (id, x)")', "proved"),
        ('db.execute("CREATE TABLE IF NOT EXISTS old (id, x)")', "proved"),
        ('db.execute("CREATE TABLE old (id,, x)")', 'broken: near ",": syntax error'),
        ('db.execute("CREATE INDEX i ON old (x)")', "proved"),
        ('db.execute("CREATE INDEX i ON old (nope)")', "broken: no such column: nope"),
        ('db.execute("CREATE VIEW v AS SELECT x FROM old")', "proved"),
        (
            'db.execute("CREATE VIEW v AS SELECT nope FROM old")',
            "broken: no such column: nope",
        ),
        (
            'db.execute("CREATE TRIGGER t AFTER INSERT ON old BEGIN DELETE FROM bugs; END")',
            "proved",
        ),
        (
            'db.execute("CREATE TRIGGER t AFTER INSERT ON old BEGIN DELETE FROM nope; END")',
            "broken: no such table: main.nope",
        ),
        ('db.execute("ALTER TABLE old ADD COLUMN more TEXT")', "proved"),
        ('db.execute("ALTER TABLE old ADD COLUMN x TEXT")', Why.THERE_ALREADY),
        ('db.execute("ALTER TABLE old RENAME COLUMN x TO xx")', "proved"),
    ],
)
def test_a_statement_has_one_verdict(project, source, expected):
    found = [outcome(it) for it in proofs(project, f"{source}\n")]
    assert found == ([expected] if expected else [])


@pytest.mark.parametrize(
    ("script", "expected"),
    [
        pytest.param(
            "CREATE TABLE old_2 (id, q); INSERT INTO old_2 SELECT id, x FROM old; DROP TABLE old;"
            " ALTER TABLE old_2 RENAME TO old;",
            ["proved"] * 3,
            id="a table is made anew",
        ),
        pytest.param(
            "CREATE TABLE old (id, q); SELECT q FROM old;",
            ["proved", "proved"],
            id="another table of that name",
        ),
        pytest.param(
            "CREATE TABLE IF NOT EXISTS bugs (id, q); SELECT id FROM bugs;",
            ["proved", "proved"],
            id="a table that is there",
        ),
    ],
)
def test_a_script_is_judged_in_its_order(project, script, expected):
    assert [outcome(it) for it in proofs(project, f'db.executescript("{script}")\n')] == expected


def test_a_statement_may_fit_the_table_of_its_own_file(project):
    source = 'db.execute("CREATE TABLE old (id, mine)")\ndb.execute("SELECT mine FROM old")\n'
    created, read = proofs(project, source)
    assert outcome(created) == "proved"
    assert (type(read), read.misfit) == (Proved, "no such column: mine")


def test_a_statement_may_read_a_column_that_its_own_file_adds(project):
    source = (
        'db.execute("ALTER TABLE old ADD COLUMN due TEXT")\ndb.execute("SELECT due FROM old")\n'
    )
    added, read = proofs(project, source)
    assert outcome(added) == "proved"
    assert (type(read), read.misfit) == (Proved, "no such column: due")
    renamed = proofs(project, source.replace("SELECT due", "SELECT never"))
    assert "proved" not in map(outcome, renamed[1:])


def test_a_column_that_its_file_adds_to_what_is_not_decided_is_not_called_missing(project):
    source = (
        'db.execute(f"ALTER TABLE {table} ADD COLUMN due TEXT")\n'
        'db.execute("SELECT due FROM old")\n'
    )
    assert [outcome(it) for it in proofs(project, source)] == [Why.OWN_COLUMN]


def test_values_of_what_may_be_a_table_of_its_own_are_not_called_broken(project):
    source = 'db.execute("CREATE TABLE old (k, v)")\ndb.execute("INSERT INTO old VALUES (1, 2)")\n'
    assert [outcome(it) for it in proofs(project, source)] == [Why.QUESTION, Why.OWN_TABLE]


def test_a_table_that_its_file_makes_under_another_name(project):
    source = (
        'db.execute("CREATE TABLE passing (id, x)")\n'
        'db.execute("INSERT INTO passing SELECT id, x FROM old")\n'
    )
    assert [outcome(it) for it in proofs(project, source)] == [Why.OWN_TABLE]


def test_values_may_be_those_of_the_table_of_its_own_file(project):
    source = (
        'db.execute("CREATE TABLE old (id, mine)")\ndb.execute("INSERT INTO old VALUES (1, 2)")\n'
    )
    created, written = proofs(project, source)
    assert outcome(created) == "proved"
    assert (type(written), written.misfit) == (
        Proved,
        "table old has 3 columns but 2 values were supplied",
    )


COLUMNS = 'COLUMNS = {"old": ["id", "x"], "bugs": ["id", "title"]}\n'
INSERT = "INSERT INTO {table} ({', '.join(COLUMNS[table])}) VALUES"
MARKS = "({', '.join('?' for _ in COLUMNS[table])})"


@pytest.mark.parametrize(
    ("source", "expected"),
    [
        pytest.param(
            f'{COLUMNS}for table in COLUMNS:\n    db.execute(f"{INSERT} {MARKS}")\n',
            [Why.RUN_TIME] * 2,
            id="the columns of each, and so many values",
        ),
        pytest.param(
            f'{COLUMNS}for table in COLUMNS:\n    db.execute(f"{INSERT} (?, ?)")\n',
            ["proved"] * 2,
            id="one of several ways compiles",
        ),
        pytest.param(
            f'{COLUMNS}def add(table):\n    db.execute(f"{INSERT} {MARKS}")\nadd("old")\n',
            [Why.RUN_TIME] * 3,
            id="the same of what a function is given",
        ),
        pytest.param(
            'db.execute("INSERT INTO old (id, x) VALUES (" + ", ".join("?" for _ in row) + ")")\n',
            [Why.RUN_TIME],
            id="so many values",
        ),
        pytest.param(
            'db.execute("INSERT INTO old (id, x)"\n    " VALUES (?)")\n',
            ["broken: 1 values for 2 columns"],
            id="literals that follow each other",
        ),
        pytest.param(
            'columns = "id, nope"\ndb.execute(f"SELECT {columns} FROM old")\n',
            ["broken: no such column: nope"],
            id="the only way",
        ),
        pytest.param(
            'for table in ["old"]:\n    db.execute(f"SELECT nope FROM {table}")\n'
            '    db.execute(f"SELECT no FROM {table}")\n',
            ["broken: no such column: nope"],
            id="two statements",
        ),
    ],
)
def test_what_only_some_combinations_lack_is_not_called_broken(project, source, expected):
    assert [outcome(it) for it in proofs(project, source)] == expected


def test_functions_are_taken_for_granted_by_name(project):
    (proof,) = proofs(project, 'db.execute("SELECT german(x), max(x) FROM old")\n')
    assert proof.stand_ins == ("german",)


def test_what_fits_another_database_than_the_plan_says_is_not_called_broken(project):
    lines = "data/old.db: old (id, x) -> new_t\ndata/far.db: old (id, z) -> near\n"
    fits, nowhere = 'db.execute("SELECT z FROM old")\n', 'db.execute("SELECT q FROM old")\n'
    bound = f"{lines}bind case.py to data/old.db\n"
    found = proofs(project, fits + nowhere, lines=bound)
    assert [*map(outcome, found)] == ["proved", "broken: no such column: q"]


def test_a_script_is_no_statement(project):
    searcher = project({"run.sh": 'sqlite3 data/old.db "SELECT nope FROM old"\n'}, LINES).searcher()
    (file,) = searcher.search().files
    assert [it.old for it in file.references if it.kind is Kind.TABLE] == ["old"]
    assert proofs_of(file, searcher) == ()


def test_without_the_database_nothing_is_called_broken(project):
    (proof,) = proofs(project, 'db.execute("SELECT nope FROM old")\n', schemas=False)
    assert outcome(proof) == Why.SCHEMA


def test_a_table_of_an_extension_that_is_not_here(project):
    sql = "CREATE VIRTUAL TABLE vec USING nonsense(x)"
    more = (DatabaseSchema("data/v.db", (SchemaObject("table", "vec", "vec", sql),)),)
    lines = f"{LINES}data/v.db: vec -> vectors\n"
    (proof,) = proofs(project, 'db.execute("SELECT x FROM vec")\n', lines=lines, more=more)
    assert outcome(proof) == Why.EXTENSION


def test_a_name_in_question_is_not_checked(project):
    lines = f"{LINES}data/more.db: far (id, z) -> elsewhere\n"
    (proof,) = proofs(project, 'db.execute("SELECT z FROM far")\n', lines=lines)
    assert outcome(proof) == Why.QUESTION


@pytest.mark.parametrize(
    ("sql", "expected"),
    [
        (
            "CREATE INDEX IF NOT EXISTS by_status ON far (z)",
            "idle: index by_status will be one of new_t: call it all_by_status",
        ),
        ("CREATE INDEX by_status ON far (z)", "proved"),
        ("CREATE INDEX IF NOT EXISTS by_z ON far (z)", "proved"),
        ("CREATE INDEX IF NOT EXISTS by_status ON old (x)", "proved"),
        (
            "CREATE TRIGGER IF NOT EXISTS by_status AFTER INSERT ON far BEGIN SELECT 1; END",
            "proved",
        ),
    ],
)
def test_an_index_whose_name_is_another_tables_tomorrow(project, sql, expected):
    more = []
    for path, table, column in (("data/old.db", "old", "x"), ("data/other.db", "far", "z")):
        columns = "id, x, y" if table == "old" else "id, z"
        more.append(
            DatabaseSchema(
                path,
                (
                    SchemaObject("table", table, table, f"CREATE TABLE {table} ({columns})"),
                    SchemaObject(
                        "index", "by_status", table, f"CREATE INDEX by_status ON {table}({column})"
                    ),
                ),
            )
        )
    (proof,) = proofs(project, f'db.execute("{sql}")\n', schemas=False, more=tuple(more))
    assert outcome(proof) == expected


def test_ways_to_put_a_statement_together_have_one_verdict(project):
    source = (
        "def f(db, x, y):\n"
        "    clauses = []\n"
        "    if x:\n"
        '        clauses.append("x = 1")\n'
        "    if y:\n"
        '        clauses.append("y = 1")\n'
        '    where = " AND ".join(clauses)\n'
        '    return db.execute(f"SELECT x FROM old WHERE {where}")\n'
    )
    (proof,) = proofs(project, source)
    assert isinstance(proof, Proved)


@pytest.mark.parametrize(
    ("sql", "new", "why"),
    [
        ("SELECT x FROM old", "nope", "compiles today, and would not any more: no such table"),
        ("SELECT x FROM old", "order", "compiles today, and would not any more: near"),
        ("PRAGMA table_info(old)", "nope", "compiles today, and would not any more: no such"),
        ("CREATE TABLE u (id REFERENCES old(id))", "nope", "compiles today, and would not"),
        ("SELECT id, FROM old", "no pe", "would fail otherwise"),
        ("SELECT nope FROM old", "zzz", "fails today (no such column: nope), and would fail"),
    ],
)
def test_a_wrong_name_is_a_fault(project, sql, new, why):
    (proof,) = proofs(
        project,
        f'db.execute("{sql}")\n',
        edit=lambda it: structs.replace(it, new=new, question=None),
    )
    assert why in outcome(proof)


TWO = """
data/old.db: a (id, x) -> c
data/old.db: items (id, name) -> things
data/other.db: a (id, x) -> other_a
data/old.db: trigger tr on a
"""


def _object(kind, name, sql):
    return SchemaObject(kind, name, name, sql)


@pytest.mark.parametrize(
    ("sql", "edits", "says"),
    [
        # An alias, a CTE that takes the new name.
        (
            "SELECT 1 FROM items c WHERE EXISTS (SELECT 1 FROM a WHERE a.id = c.id)",
            {"a": "c"},
            "only today it reads items.id",
        ),
        ("WITH c AS (SELECT 1 AS x) SELECT x FROM a", {"a": "c"}, "only today it reads a.x"),
        # Another table with these columns.
        (
            "SELECT id FROM items",
            {"items": "c"},
            "only today it reads items.id, only then it reads c.id",
        ),
        (
            "DELETE FROM a",
            {"a": "other_a"},
            "only today it deletes from a, only then it deletes from other_a",
        ),
        ("INSERT INTO a (id) VALUES (1)", {"a": "other_a"}, "only then it inserts into other_a"),
        (
            "UPDATE a SET x = ? WHERE id = ?",
            {"a": "other_a"},
            "only then it reads other_a.id and updates other_a.x",
        ),
        (
            "SELECT count(*) FROM a",
            {"a": "other_a"},
            "only today it reads a, only then it reads other_a",
        ),
        ("CREATE INDEX i ON a (x)", {"a": "other_a"}, "only then it makes an index on other_a"),
        ("CREATE VIEW v AS SELECT id FROM a", {"a": "other_a"}, "only then it reads other_a.id"),
        ("ALTER TABLE a ADD COLUMN z", {"a": "other_a"}, "only then it alters other_a"),
        (
            "CREATE TRIGGER u AFTER INSERT ON items BEGIN DELETE FROM a; END",
            {"a": "other_a"},
            "only then it deletes from other_a",
        ),
    ],
)
def test_a_statement_that_would_mean_something_else_is_a_fault(project, sql, edits, says):
    def edit(it):
        new = edits.get(it.old, it.new or {"a": "c", "items": "things"}[it.old])
        return structs.replace(it, new=new, databases=("data/old.db",), question=None)

    (proof,) = proofs(project, f'db.execute("{sql}")\n', lines=TWO, edit=edit)
    assert isinstance(proof, Fault), proof
    assert says in proof.why


@pytest.mark.parametrize(
    "sql",
    [
        "SELECT count(*) FROM items",
        "SELECT * FROM items JOIN a USING (id)",
        "WITH items AS (SELECT * FROM main.items) SELECT count(*) FROM items",
        "WITH items AS (SELECT name FROM main.items) SELECT name FROM items",
        "SELECT 1 FROM sqlite_master WHERE name = 'items'",
        "SELECT name FROM pragma_table_info('items')",
        "SELECT items.name, german(name) FROM items, json_each(items.name) AS j",
        "SELECT * FROM notes WHERE notes MATCH ?",
        "SELECT name FROM named",
        "INSERT INTO items (name) VALUES (?) ON CONFLICT DO NOTHING RETURNING name",
        "CREATE TRIGGER v AFTER DELETE ON a BEGIN INSERT INTO notes(notes) VALUES ('rebuild'); END",
    ],
)
def test_a_statement_that_means_the_same_is_proved(project, sql):
    more = [
        DatabaseSchema(
            "data/old.db",
            (
                _object("table", "items", "CREATE TABLE items (id, name UNIQUE)"),
                _object("table", "a", "CREATE TABLE a (id, x)"),
                _object("table", "notes", "CREATE VIRTUAL TABLE notes USING fts5(body)"),
                _object("view", "named", "CREATE VIEW named AS SELECT name FROM items"),
            ),
        )
    ]
    lines = "data/old.db: items -> things\ndata/old.db: a -> c\ndata/old.db: notes -> texts\n"
    (proof,) = proofs(project, f'db.execute("{sql}; DELETE FROM items")\n', lines=lines, more=more)[
        :1
    ]
    assert isinstance(proof, Proved), proof


def test_no_statement_of_the_code_takes_effect(project):
    source = (
        "db.execute(\"CREATE TABLE old (id); ATTACH 'evil.db' AS evil\")\n"
        'db.execute("DROP TABLE old")\ndb.execute("SELECT x FROM old")\n'
    )
    made = project({"case.py": source}, LINES)
    searcher = made.searcher()
    (file,) = searcher.search().files
    for _ in range(2):
        found = proofs_of(file, searcher)
        assert [outcome(it) for it in found] == ["proved"] * 3
    assert not [*made.root.rglob("evil.db")]
