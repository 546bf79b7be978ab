"""`retable init --from-databases`: what is proposed, why, and that it can be carried out."""

import re
import sqlite3
import tomllib
from contextlib import closing, suppress
from pathlib import Path
from tempfile import TemporaryDirectory

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from migrate.execute import migrate
from migrate.progress import Silence
from migrate.survey import survey
from plan.draft.toml import toml_of
from plan.load import load_plan
from plan.model import folded
from plan.proposal.words import singular, words_of
from plan.slots import slots_of
from retable.proposing import proposal


def make(root, databases):
    for name, script in databases.items():
        (root / name).parent.mkdir(parents=True, exist_ok=True)
        with closing(sqlite3.connect(root / name)) as database, database:
            database.executescript(script)


def answered(text):
    """The plan with a sensible answer to each question: the first that is offered, or words."""
    lines = text.splitlines()
    for slot in reversed(slots_of(text)):
        offered = re.findall(r'- "([a-z-]+)":', "\n".join(_asked(lines, slot.line)))
        key = slot.where.rpartition(".")[2]
        answer = "What it holds" if key == "about" else offered[0]
        before, _, behind = lines[slot.line - 1].rpartition('"?"')
        lines[slot.line - 1] = f'{before}"{answer}"{behind}'
    return "\n".join(lines) + "\n"


def _asked(lines, number):
    start = number - 1
    while start and lines[start - 1].lstrip().startswith("#"):
        start -= 1
    return lines[start : number - 1]


def proposed(root, *names, target=None):
    found = proposal(root, [root / name for name in names], target)
    text = toml_of(found.draft)
    return text, tomllib.loads(text), found.left_out


def names_in(plan):
    return {
        (table["in"], table["from"]): table["to"]
        for domain in plan.get("domain", ())
        for table in domain["table"]
    }


def carried_out(root, text):
    """The plan with all questions answered: loaded, checked against the files, and run."""
    (root / "retable.toml").write_text(answered(text), encoding="utf-8")
    plan = load_plan(root / "retable.toml")
    found = survey(plan)
    assert found.problems == (), text
    return plan, found.counts


NAMES = st.sampled_from(
    "users user_roles user_sessions orders order_items OrderLines tblItems items item status news"
    " series group select index data metadata alembic_version schema_migrations settings x a1 2024"
    " Ünïcode 日本 retable_tables sqlitx _private __ tmp_items log logs user User"
    " a_data a a_content".split()
) | st.sampled_from(
    ['we"ird na]me', "with space", "semi;colon", "new", "old", "new\nline", "%", "'"]
)
FILES = st.sampled_from(
    "main.db users.db orders.db data/items.db data/user_items.sqlite3 app.db 2024_logs.db old.db"
    " tést.db sub/users.db test_x.db group.db".split()
)
COLUMNS = (
    "id INTEGER PRIMARY KEY, name TEXT",
    "id INTEGER PRIMARY KEY, name TEXT, note TEXT, at REAL",
    "name TEXT, value TEXT",
    "key TEXT PRIMARY KEY, value TEXT",
    "a TEXT, b TEXT, PRIMARY KEY (a, b)",
    "key TEXT PRIMARY KEY COLLATE NOCASE, user_id INTEGER, x, y, z",
    "id INTEGER PRIMARY KEY, item_id INTEGER, n INTEGER CHECK (n > 0)",
)
TABLES = st.lists(
    st.tuples(NAMES, st.integers(0, len(COLUMNS) - 1), st.integers(0, 2), st.sampled_from("-vtfr")),
    max_size=5,
    unique_by=lambda it: folded(it[0]),
)
PLACES = st.dictionaries(FILES, TABLES, min_size=1, max_size=4)


def build(root, places):
    """Make the files of an example; gives back the tables of each."""
    made = {}
    for name, tables in places.items():
        (root / name).parent.mkdir(parents=True, exist_ok=True)
        made[name] = []
        with closing(sqlite3.connect(root / name, isolation_level=None)) as database:
            for number, table in enumerate(tables):
                # Full-text tables take names that others may have.
                with suppress(sqlite3.OperationalError):
                    _make(database, number, made[name] or [table[0]], *table)
                    made[name].append(table[0])
    return made


def _make(database, number, there, table, columns, rows, more):
    quoted, other = ('"' + name.replace('"', '""') + '"' for name in (table, there[0]))
    if more == "f":
        database.execute(f"CREATE VIRTUAL TABLE {quoted} USING fts5(body)")
        return
    refers = f", up REFERENCES {other}" if more == "r" else ""
    tail = " WITHOUT ROWID" if "NOCASE" in COLUMNS[columns] else ""
    body = COLUMNS[columns].replace(", PRIMARY KEY", f"{refers}, PRIMARY KEY")
    body += "" if "PRIMARY KEY (" in body else refers
    database.execute(f"CREATE TABLE {quoted}({body}){tail}")
    names = [row[1] for row in database.execute(f"PRAGMA table_info({quoted})")]
    marks = ", ".join("?" * len(names))
    for row in range(rows):
        values = [row + 1, *(None if name == "up" else 7 for name in names[1:])]
        database.execute(f"INSERT INTO {quoted} VALUES ({marks})", values)
    if more == "v":
        database.execute(f"CREATE VIEW view_{number} AS SELECT * FROM {quoted}")
    if more == "t":
        body = f"DELETE FROM {other} WHERE 0"
        database.execute(
            f"CREATE TRIGGER trigger_{number} AFTER INSERT ON {quoted} BEGIN {body}; END"
        )


@settings(
    max_examples=500,
    deadline=None,
    derandomize=False,
    suppress_health_check=[HealthCheck.too_slow],
)
@given(places=PLACES)
def test_any_databases_give_a_plan_that_can_be_carried_out(places):
    with TemporaryDirectory() as folder:
        root = Path(folder)
        made = build(root, places)
        if not any(made.values()):
            return
        text, said, left_out = proposed(root, *places)
        assert left_out == ()
        actions = {it["path"]: it["action"] for it in said["database"]}
        assert [*actions.values()].count("target") == 1
        plan, found = carried_out(root, text)
        spoken = [(it.database, folded(it.old)) for it in plan.tables]
        spoken += [(it.database, folded(it.table)) for it in plan.skips]
        assert len(spoken) == len({*spoken})
        whole = {it.path for it in plan.databases if it.action in ("keep", "delete")}
        for name, tables in made.items():
            for table in tables:
                assert (name in whole) != ((name, folded(table)) in spoken), (name, table)
        new = [folded(it.new) for it in plan.tables if it.merge == "refuse"]
        assert len(new) == len({*new})
        assert not any(it.startswith(("sqlite_", "retable_")) for it in new)
        if len(spoken) % 5 == 0:
            report = migrate(plan, progress=Silence())
            assert report.rows_proved >= sum(n for path, _, n in found if path not in whole)
