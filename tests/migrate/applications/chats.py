"""llm: a log with FTS5 indexes over its tables, kept by triggers, and a recursive view."""

import llm
import sqlite_utils
from click.testing import CliRunner
from llm.cli import cli
from llm.migrations import migrate
from words import words

DATABASE = "logs.db"


class Echo(llm.Model):
    model_id = "echo"

    def execute(self, prompt, stream, response, conversation):
        yield f"re: {prompt.prompt}"


def fill(folder):
    database = sqlite_utils.Database(folder / DATABASE)
    migrate(database)
    for _ in range(10):
        chat = llm.Conversation(model=Echo(), name=words(3))
        for _ in range(10):
            response = chat.prompt(words(12), system=words(2))
            response.text()
            response.log_to_db(database)
    database["turn_search"].delete_where("id % 9 = 0")
    database.conn.close()


def read(database):
    def logs(*arguments):
        command = ["logs", "list", "-d", str(database), *arguments]
        return CliRunner().invoke(cli, command, catch_exceptions=False).output

    says = {"all": logs("-n", "0", "--json"), "newest": logs("-m", "echo")}
    for query in ("größe", "naïve café", "merge NOT view"):
        says[query] = logs("-n", "0", "-q", query, "--json")
    return says


WRITES = (
    "INSERT INTO turn_search(id, prompt, response) VALUES (9, 'größe', 'new'), (9999, 'ž', 'crab')",
    "UPDATE turn_search SET response = 'größe crab' WHERE id % 7 = 0",
    "DELETE FROM turn_search WHERE id % 5 = 0",
    "INSERT INTO turn_search_fts(turn_search_fts) VALUES ('integrity-check')",
    "INSERT INTO turn_search_fts(turn_search_fts) VALUES ('rebuild')",
    "INSERT INTO responses(id, prompt) VALUES ('a', 'größe')",
)
SEARCHES = (
    "SELECT * FROM message_tree",
    (
        "SELECT rowid, rank, bm25(turn_search_fts, 1, 5), highlight(turn_search_fts, 0, '[', ']'),"
        " snippet(turn_search_fts, 1, '[', ']', '…', 6)"
        " FROM turn_search_fts WHERE turn_search_fts MATCH 'größe NOT data' ORDER BY rank, rowid"
    ),
    "SELECT rowid, prompt FROM responses_fts('größe')",
    (
        "SELECT turns.id FROM turns JOIN turn_search ON turn_search.turn_id = turns.id"
        " JOIN turn_search_fts ON turn_search_fts.rowid = turn_search.id"
        " WHERE turn_search_fts MATCH 'café' ORDER BY bm25(turn_search_fts), turns.id"
    ),
)
