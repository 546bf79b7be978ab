"""Statements made at random do the same on SQLite once their marked names have changed."""

import re
import sqlite3
from contextlib import closing

from hypothesis import given, settings

from plan.model import folded
from tests.refactor.any_sql import COLUMNS, HOLE, NEW, statements
from tests.refactor.test_any_source import PROFILE

SAYS_NAMES = re.compile(r"EXPLAIN|sqlite_master")


def before(marked):
    return re.sub("[«»]", "", marked)


def after(marked):
    """The statement under the new names, in the quotes that it has."""
    renamed = re.sub('(?<=["[`])«([^»]*)»', lambda it: NEW[folded(it[1])], marked)
    return re.sub("«([^»]*)»", lambda it: f'"{NEW[folded(it[1])]}"', renamed)


def executable(sql):
    return re.sub(r":old\b|\?", "1", sql.replace(HOLE, "1"))


def outcome(sql, names):
    """What a statement gives on some tables, and what is in them then."""
    with closing(sqlite3.connect(":memory:")) as db:
        for old, columns in COLUMNS.items():
            table = f'"{names.get(old, old)}"'
            db.execute(f"CREATE TABLE {table} ({', '.join(columns)})")
            rows = [[n if it == "id" else f"{old} {it} {n}" for it in columns] for n in range(3)]
            db.executemany(f"INSERT INTO {table} VALUES ({', '.join('?' * len(columns))})", rows)
        found = []
        for statement in split(executable(sql)):
            try:
                found.append(db.execute(statement).fetchall())
            except sqlite3.Error as error:
                found.append(type(error))
        left = []
        for old in COLUMNS:
            try:
                left.append(db.execute(f'SELECT * FROM "{names.get(old, old)}"').fetchall())
            except sqlite3.Error as error:
                left.append(type(error))
        return found, left


def split(script):
    """The statements of a script; the body of a trigger stays whole."""
    found, text = [], ""
    for part in re.split("(;)", script):
        text += part
        if sqlite3.complete_statement(text):
            found.append(text)
            text = ""
    return [*found, text]


@settings(max_examples=400, **PROFILE)
@given(statements())
def test_a_statement_does_the_same_under_the_new_names(marked):
    if not SAYS_NAMES.search(marked):
        assert outcome(before(marked), {}) == outcome(after(marked), NEW)
