"""The whole line over generated code: only names change, once, whatever the code looks like."""

import ast
import itertools

import pytest
from hypothesis import HealthCheck, example, given, settings
from hypothesis import strategies as st

NEW = {"old": "new_t", "items": "things"}
LINES = """
data/old.db: old (id, x, y, n, old) -> new_t
data/old.db: items (id, name) -> things
"""


COUNTER = itertools.count()
SLOWLY = settings(
    max_examples=60,
    deadline=None,
    suppress_health_check=[HealthCheck.function_scoped_fixture, HealthCheck.too_slow],
)


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


def test_packages_of_the_project_are_its_own_be_they_read_or_not(project):
    files = {"app/use.py": 'x = "old"\n', "app/db.py": "", "past/store.py": "", "fast/b.pyx": ""}
    made = project(files).with_code('[code]\npaths = ["app"]\nexclude = ["app/db.py"]\n')
    has_own = made.searcher().codebase.has_own
    assert [*map(has_own, ("app", "use", "db", "past"))] == [True] * 4
    assert not has_own("osquery")


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
