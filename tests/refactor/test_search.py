"""The whole line over generated code: only names change, once, whatever the code looks like."""

import ast
import itertools

import pytest
from hypothesis import HealthCheck, example, given, settings
from hypothesis import strategies as st

# «old» is a table's name; every other `old` is none.
STATEMENTS = [
    "SELECT * FROM «old» WHERE old = 'old'",
    "SELECT «old».id, o.name FROM «old» JOIN «items» AS o ON o.id = «old».id",
    "INSERT INTO «old» (id, old) VALUES (1, ?)",
    "UPDATE «old» SET old = 1 WHERE id IN (SELECT id FROM «items»)",
    "DELETE FROM «old» WHERE «old».x > 0",
    "WITH items AS (SELECT 1 AS id) SELECT id FROM items",
    "CREATE TABLE IF NOT EXISTS «old» (id INTEGER, old TEXT)",
    "CREATE INDEX IF NOT EXISTS old_id ON «old» (id)",
    "SELECT name FROM sqlite_master WHERE type = 'table' AND name = '«old»'",
    "PRAGMA table_info(«old»)",
    "DROP TABLE «items»",
    "SELECT x /* old */ FROM «old» -- old\n WHERE 1",
    'SELECT "«old»".x FROM main."«old»"',
    "SELECT count(*) FROM [«old»], `«items»`",
]  # fmt: skip
NOISE = [
    "old = items['old'] if 'old' in items else old.items",
    "def old(items): 'Update old with items'",
    "class Items: old = 1",
    "print('Select items from the old list')",
    "import items as old  # FROM old",
    "x = 'old.py', 'items/old', b'old'",
    "if x:\n    '''SELECT * FROM old'''",
    "log.info('old %s', old)",
]
NEW = {"old": "new_t", "items": "things"}
LINES = """
data/old.db: old (id, x, y, n, old) -> new_t
data/old.db: items (id, name) -> things
"""


def renamed(marked):
    for old, new in NEW.items():
        marked = marked.replace(f"«{old}»", f"«{new}»")
    return marked


def written(text, quote, *, raw=False):
    """A marked text as the contents of a literal."""
    if raw:
        return text
    text = text.replace("\\", "\\\\")
    if len(quote) == 1:
        text = text.replace("\n", "\\n")
    return text.replace(quote[0], "\\" + quote[0])


@st.composite
def texts(draw):
    """A string expression around one statement, names marked."""
    sql = draw(st.sampled_from(STATEMENTS))
    quote = draw(st.sampled_from(["'", '"', '"""', "'''"]))
    spaces = [at for at, char in enumerate(sql) if char == " "]
    cuts = sorted(draw(st.sets(st.sampled_from(spaces), max_size=3)))
    pieces = [sql[a:b] for a, b in itertools.pairwise([0, *cuts, len(sql)])]
    joint = draw(st.sampled_from([" ", "\n    ", "  # old\n    ", " + ", " +\n    "]))
    literals = []
    for piece in pieces:
        prefix = draw(st.sampled_from(["", "f", "u"]))
        body = written(piece, quote)
        literals.append(f"{prefix}{quote}{body}{quote}")
    whole = joint.join(literals)
    tail = draw(st.sampled_from(["", "", ' + " LIMIT 1"', ' + f" LIMIT {n}"']))
    return f"({whole}{tail if sql.startswith('SELECT') and '--' not in sql else ''})"


@st.composite
def lines(draw):
    frame = draw(
        st.sampled_from(
            [
                "x = {}\n",
                "c.execute({})\n",
                "def f(q={}):\n    return q\n",
                "class A:\n    q = {}\n",
                "async def g():\n\tasync with db.execute({}) as c:\n\t\tpass\n",
                "Q = [{}, 'é😀', ({},)]\n",
                "x = {{'old': {}}}\n",
                "f(lambda: {})\n",
                "x = y if z else {}\n",
            ]
        )
    )
    count = frame.replace("{{", "").replace("}}", "").count("{}")
    return frame.format(*(draw(texts()) for _ in range(count)))


COUNTER = itertools.count()
SLOWLY = settings(
    max_examples=60,
    deadline=None,
    suppress_health_check=[HealthCheck.function_scoped_fixture, HealthCheck.too_slow],
)


@SLOWLY
@given(
    st.lists(st.one_of(lines(), st.sampled_from(NOISE).map("{}\n".format)), max_size=8),
    st.sampled_from(["\n", "\r\n"]),
    st.booleans(),
)
def test_only_the_names_of_tables_change(project, parts, newline, schemas):
    marked = "".join(parts).replace("\n", newline)
    before = marked.replace("«", "").replace("»", "")
    ast.parse(before)
    made = project({"case.py": before}, LINES, schemas=schemas, folder=str(next(COUNTER)))
    found, changes = made.changes()
    assert not found.unreadable
    assert not changes.unproved
    assert not changes.review
    made.apply(changes)
    after = made.read("case.py")
    assert after == renamed(marked).replace("«", "").replace("»", "")
    ast.parse(after)
    assert not made.changes()[1].rewritten


PIECES = st.lists(
    st.sampled_from(
        ["SELECT", "FROM", "old", "items", "JOIN", "ON", "WHERE", ".", ",", "(", ")", ";", "'", '"',
         "[", "]", "`", "--", "/*", "*/", "\n", "=", "*", "?", "{x}", "{", "}", "%s", "\\", "AS",
         "INSERT INTO", "VALUES", "UPDATE", "SET", "DELETE", "CREATE TABLE", "DROP TABLE", "IN",
         "WITH", "UNION", "ALTER TABLE", "RENAME TO", "REFERENCES", "PRAGMA", "é", "\x00", "1",
         "CREATE TRIGGER", "BEGIN", "END", "sqlite_master", "name", "old.x", "main.old",
         "data/old.db"]
    ),
    max_size=12,
).map(" ".join)  # fmt: skip


@SLOWLY
@given(st.lists(st.tuples(PIECES, st.sampled_from("ftx")), min_size=1, max_size=5), st.booleans())
@example([("SELECT * FROM old ; DROP TABLE old", "x"), ("SELECT x FROM old", "x")], True)
def test_no_text_is_too_odd(project, found, schemas):
    """Whatever stands in a string: no traceback, every hit accounted for, a result that parses."""
    code = "".join(
        f"c.execute({'f' if kind == 'f' and is_f_string(text) else ''}{text!r})\n"
        if kind != "t"
        else f"x = {text!r}\n"
        for text, kind in found
    )
    made = project({"case.py": code}, LINES, schemas=schemas, folder=str(next(COUNTER)))
    search, changes = made.changes()
    assert not search.unreadable
    made.apply(changes)
    after = made.read("case.py")
    ast.parse(after)
    kept = after
    for old, new in NEW.items():
        kept = kept.replace(new, old)
    assert kept.replace("data/target.db", "data/old.db") == code
    assert not made.changes()[1].rewritten


def is_f_string(text):
    try:
        ast.parse(f"f{text!r}")
    except SyntaxError:
        return False
    return True


# What is not Python, not readable or not live --------------------------------------------------


def test_every_kind_of_file_is_accounted_for(project):
    made = project(
        {
            "live.py": 'x = "SELECT * FROM old"\n',
            "schema.sql": "DROP TABLE old;\n",
            "stub.pyi": 'X = "SELECT * FROM old"\n',
            "README.md": "The table old, and old.\n",
            "broken.py": 'x = "SELECT * FROM old\n',
            "other.py": 'x = "SELECT * FROM t"\n',
            ".hidden/tool.py": 'x = "SELECT * FROM old"\n',
        }
    )
    found = made.search()
    assert {str(it.path) for it in found.references} == {
        "live.py",
        "schema.sql",
        "stub.pyi",
        ".hidden/tool.py",
    }
    assert [str(it.path) for it in found.unreadable] == ["broken.py"]
    assert [(str(it.path), it.hits) for it in found.others if it.path.suffix == ".md"] == [
        ("README.md", 2)
    ]


def test_databases_backups_and_the_archive_are_data_and_not_read(project):
    named = 'CREATE TABLE old; x = "SELECT * FROM old"\n'
    data = ("data/old.db", "data/old.db-wal", "backup-2026-01-02T030405/files/data/old.db")
    archive = ("archive/old.db", "archive/manifest-1.json", "backup-1.partial/proof.txt")
    near = ("data/older.db", "backup/notes.txt", "archived.txt", "archive/tool.py")
    found = project(dict.fromkeys((*data, *archive, *near), named)).search()
    seen = {str(it.path) for it in found.others} | {str(it.path) for it in found.unreadable}
    assert seen & {*data, *archive, *near} == set(near)


def test_progress_is_told_file_by_file(project):
    told = []
    files = {f"m{n}.py": 'x = "SELECT * FROM old"\n' for n in range(3)}
    project(files).searcher().search(lambda done, total: told.append((done, total)))
    assert told[0] == (0, told[0][1])
    assert told[-1][0] == told[-1][1]
    assert sorted(told) == told


def test_a_reference_says_where_and_why(project):
    (found,) = project({"case.py": 'é = 1\nx = "é", "SELECT * FROM old"\n'}).search().references
    assert (found.line, found.column, found.old, found.new) == (2, 25, "old", "new_t")
    assert (found.group, found.database, found.clause) == ("old", "data/old.db", "FROM")
    assert [str(it) for it in found.evidence] == ["stands in FROM", "compiles against data/old.db"]
    assert found.certain


@pytest.mark.parametrize("schemas", [True, False])
def test_schemas_that_the_code_itself_creates(project, schemas):
    made = project(
        {
            "a.py": 'A = "CREATE TABLE old (id, x)"\n',
            "b.py": 'x = "SELECT x FROM old"\ny = "Select y from old"\n',
        },
        schemas=schemas,
    )
    found = made.search()
    assert ("data/old.db" in found.derived) is not schemas
    assert [it.line for it in found.references if it.path.name == "b.py" and it.certain][:1] == [1]
