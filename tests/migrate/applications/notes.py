"""sqlite-utils: FTS5 with stemming, counts kept by triggers, a foreign key, a view, JSON.

Its view has the name of a table of feeds.py, and so have two of its tables elsewhere.
"""

import sqlite_utils
from words import WORDS, words

DATABASE = "notes.db"


def fill(folder):
    database = sqlite_utils.Database(folder / DATABASE)
    database["tags"].insert_all(({"name": word} for word in WORDS), pk="name")
    entries = database["entries"]
    entries.insert_all(
        (
            {"id": n, "title": words(3), "body": words(30), "tag": WORDS[n % 14], "more": {"n": n}}
            for n in range(1, 301)
        ),
        pk="id",
        foreign_keys=[("tag", "tags", "name")],
    )
    entries.enable_fts(["title", "body"], create_triggers=True, tokenize="porter")
    entries.enable_counts()
    entries.create_index(["tag", "title"])
    entries.delete_where("id % 9 = 0")
    for number in range(1, 300, 10):
        entries.upsert({"id": number, "title": f"renamed {words(2)}", "tag": "view"}, pk="id")
    database["settings"].insert_all(({"key": w, "value": None} for w in WORDS), pk="key")
    joined = "SELECT entries.id, entries.title, name FROM entries JOIN tags ON name = entries.tag"
    database.create_view("entry_tags", joined)
    database.conn.close()


def read(database):
    notes = sqlite_utils.Database(database)
    says = {
        "entries": list(notes["entries"].rows),
        "view": list(notes["entry_tags"].rows),
        "settings": list(notes["settings"].rows_where("key > ?", ["m"])),
        "counts": notes.cached_counts(),
    }
    for query in ("größe", "renaming", "title : view", "naïve NOT café"):
        says[query] = list(notes["entries"].search(query))
        says[f"ids of {query}"] = list(notes["entries"].search(query, columns=["id"], limit=5))
    notes.conn.close()
    return says


WRITES = (
    "INSERT INTO entries(id, title, body) VALUES (9, 'größe', 'mergers'), (9999, 'ž', 'merging')",
    "UPDATE entries SET body = 'größe crab' WHERE id % 7 = 0",
    "DELETE FROM entries WHERE id % 5 = 0",
    "INSERT INTO entries_fts(entries_fts) VALUES ('integrity-check')",
)
SEARCHES = (
    "SELECT * FROM entry_tags",
    "SELECT * FROM _counts",
    (
        "SELECT rowid, rank, snippet(entries_fts, 1, '[', ']', '…', 6) FROM entries_fts"
        " WHERE entries_fts MATCH 'merge' ORDER BY rank, rowid"
    ),
)
