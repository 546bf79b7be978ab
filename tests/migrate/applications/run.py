"""Runs in the applications' own Python: fills a database, reads it, or answers statements.

    run.py fill APPLICATION FOLDER
    run.py read APPLICATION FOLDER RESULT [DATABASE]
    run.py answer APPLICATION FOLDER RESULT DATABASE [NAME=ATTACHED]

`read` writes what the application says, each SELECT that it sent to SQLite, with its values, and
statements of our own: to write through its triggers, and to search in its ways. `answer` writes
the rows of all of them, from files in FOLDER, before and after the writes.
"""

import importlib
import json
import re
import sqlite3
import sys
from pathlib import Path

MARK = "-- statement\n"
_CONNECT = sqlite3.connect
_READS = re.compile(r"\s*(SELECT|WITH)\b", re.IGNORECASE)
# What SQLite asks itself: its catalogue, and the tables inside a search index.
_INTERNAL = re.compile(r"sqlite_(master|schema)|FROM '\w+'\.'\w+'", re.IGNORECASE)


def fill(application, folder):
    folder.mkdir(parents=True)
    application.fill(folder)


def read(application, folder, result, database=None):
    statements = []

    def recording(*args, **kwargs):
        connection = _CONNECT(*args, **kwargs)
        connection.set_trace_callback(statements.append)
        return connection

    sqlite3.connect = sqlite3.dbapi2.connect = recording
    says = application.read(database or folder / application.DATABASE)
    sent = dict.fromkeys(statements)
    reads = [sql for sql in sent if _READS.match(sql) and not _INTERNAL.search(sql)]
    facts = {"says": says, "reads": reads}
    write(result, {**facts, "writes": application.WRITES, "searches": application.SEARCHES})


def answer(application, folder, result, database, *attached):
    connection = sqlite3.connect(database, isolation_level=None)
    for pair in attached:
        name, _, path = pair.partition("=")
        connection.execute(f"ATTACH ? AS {name}", (path,))
    for name, count, function in getattr(application, "FUNCTIONS", ()):
        connection.create_function(name, count, function)
    rows = []
    for part in ("reads", "searches", "writes", "reads", "searches"):
        texts = (folder / f"{application.__name__}-{part}.sql").read_text("utf-8").split(MARK)[1:]
        rows += [[sql, repr(connection.execute(sql).fetchall())] for sql in texts]
    write(result, rows)


def write(path, facts):
    path.write_text(json.dumps(facts, ensure_ascii=False, default=repr), "utf-8")


if __name__ == "__main__":
    verb, name, *arguments = sys.argv[1:]
    paths = [argument if "=" in argument else Path(argument) for argument in arguments]
    {"fill": fill, "read": read, "answer": answer}[verb](importlib.import_module(name), *paths)
