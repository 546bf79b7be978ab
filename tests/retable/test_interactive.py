"""`apply -i` in a real pseudo-terminal: the tree holds just what was accepted."""

import json
import os
import re
import sys
from pathlib import Path

import pexpect
import pytest

COMMAND = str(Path(sys.executable).with_name("retable"))
EDIT = r"Apply this edit \[y,n,a,d,u,q,\?\]\? "
QUESTION = r"What is it \[([^]]*)\]\? "
FILE = "answers.json"


class Terminal:
    """A person at a terminal: keys go in, and what was shown can be looked at."""

    def __init__(self, place, *arguments, **environment):
        self.shown = ""
        self._child = pexpect.spawn(
            COMMAND,
            ["apply", "-i", *arguments],
            cwd=str(place.root),
            env={**os.environ, "TERM": "xterm", "NO_COLOR": "1", **environment},
            encoding="utf-8",
            dimensions=(50, 200),
            timeout=60,
        )

    def type(self, *keys):
        """Answer the next prompts; what was shown before the last one comes back."""
        for key in keys:
            self._child.expect(f"(?:{EDIT})|(?:{QUESTION})")
            self.shown = plain(self._child.before + self._child.after)
            self._child.sendline(key)
        return self.shown

    def prompted(self):
        """What is shown up to the next prompt."""
        self._child.expect(f"(?:{EDIT})|(?:{QUESTION})")
        return plain(self._child.before + self._child.after)

    def interrupt(self):
        """Press Ctrl-C, and again if Python began to wait for a key just as the first one came.

        A signal between its last look for signals and its wait is only heard at the next key.
        """
        self._child.sendintr()
        if self._child.expect([pexpect.EOF, pexpect.TIMEOUT], timeout=10):
            self._child.sendintr()
            self._child.expect(pexpect.EOF)
        self._child.close()
        return self._child.exitstatus, plain(self._child.before)

    def end_of_input(self):
        self._child.expect(EDIT)
        self._child.sendeof()
        return self.end()

    def end(self):
        """The exit status, and what was said at the end."""
        self._child.expect(pexpect.EOF)
        self._child.close()
        return self._child.exitstatus, plain(self._child.before)


def plain(text):
    return re.sub(r"\x1b\[[0-9;?]*[A-Za-z]", "", text).replace("\r", "")


def changed(place):
    return place.git("diff", "--name-only").split()


@pytest.fixture
def at(shop):
    """Type answers to all prompts in the shop: orders, report, the path, users."""

    def run(*keys, arguments=()):
        terminal = Terminal(shop, *arguments)
        terminal.type(*keys)
        return terminal.end()

    return run


def test_yes_to_all_is_what_apply_does(shop, at):
    status, said = at("y", "y", "y", "y")
    assert status == 0
    assert "changed 4 references in 3 files, left 0 by decision, 0 not decided" in said
    by_hand = shop.everything()
    shop.git("checkout", "-q", ".")
    shop.retable("apply")
    assert shop.everything() == by_hand


def test_no_leaves_it_and_a_table_in_part_is_named_before_anything_is_written(shop, at):
    status, said = at("y", "n", "y", "y")
    assert status == 0
    assert changed(shop) == ["shop/orders.py", "shop/users.py"]
    warning = "orders of data/shop.db is changed in part, 1 of 2 places; not: shop/report.sql:1"
    assert said.index(f"warning: {warning}") < said.index("changed 3 references")
    assert "left 1 by decision" in said


def test_a_path_without_its_tables_is_a_change_in_part(shop, at):
    _, said = at("y", "y", "y", "n")
    says = "the code of data/users.db is changed in part, 1 of 2 places; not: shop/users.py:9"
    assert f"warning: {says}" in said
    assert said.count("warning") == 1


def test_a_hunk_shows_the_names_the_lines_around_and_why(shop):
    terminal = Terminal(shop)
    shown = terminal.prompted()
    assert "shop/orders.py  1 of 1 in this file, 1 of 4\n@@ -4,4 +4,4 @@\n" in shown
    assert '\n     """All orders."""\n' in shown
    assert '\n-        return db.execute("SELECT id, total FROM orders").fetchall()\n' in shown
    assert '\n+        return db.execute("SELECT id, total FROM shop_order").fetchall()\n' in shown
    assert "\ntable orders of data/shop.db → shop_order\n  stands in FROM\n" in shown
    assert "compiles" in shown
    terminal._child.sendline("q")
    assert terminal.end()[0] == 1


def test_names_are_coloured_and_marked_and_not_without_colour(shop):
    for environment, marked in (({"NO_COLOR": ""}, True), ({}, False)):
        terminal = Terminal(shop, **environment)
        terminal._child.expect(EDIT)
        assert ("\x1b[31m" in terminal._child.before) is marked
        terminal._child.sendline("q")
        terminal.end()


def test_quit_keeps_what_was_accepted_and_nothing_else(shop, at):
    status, said = at("n", "y", "q")
    assert status == 1
    assert changed(shop) == ["shop/report.sql"]
    assert "changed 1 reference in 1 file, left 1 by decision, 2 not decided" in said


def test_the_end_of_input_is_quit(shop):
    terminal = Terminal(shop)
    terminal.type("y")
    status, _ = terminal.end_of_input()
    assert status == 1
    assert changed(shop) == ["shop/orders.py"]


def test_undo_takes_back_the_last_answer_and_so_on(shop, at):
    status, _ = at("u", "n", "n", "u", "u", "y", "n", "q")
    assert status == 1
    assert changed(shop) == ["shop/orders.py"]


def test_all_and_none_of_a_file_are_undone_as_they_were_given(shop):
    terminal = Terminal(shop)
    assert "3 of 4" in terminal.type("y", "y", "d")
    terminal.end()
    assert changed(shop) == ["shop/orders.py", "shop/report.sql"]
    shop.git("checkout", "-q", ".")
    for keys, files in (
        (("n", "n", "a"), ["shop/users.py"]),
        (("a", "a", "a"), ["shop/orders.py", "shop/report.sql", "shop/users.py"]),
        (("d", "u", "a", "d", "a"), ["shop/orders.py", "shop/users.py"]),
    ):
        terminal = Terminal(shop)
        terminal.type(*keys)
        terminal.end()
        assert changed(shop) == files, keys
        shop.git("checkout", "-q", ".")


def test_a_question_mark_explains_and_so_does_what_is_no_key(shop):
    terminal = Terminal(shop)
    terminal.type("?")
    help_ = terminal.type("x")
    assert "  y - yes, make this edit\n" in help_
    assert "  q - quit: what was accepted so far is applied, nothing else\n" in help_
    assert terminal.type("q").removeprefix("x") == help_.removeprefix("?")
    terminal.end()
    assert changed(shop) == []


def test_ctrl_c_leaves_the_tree_as_it_was(shop):
    before = shop.everything()
    terminal = Terminal(shop)
    terminal.type("y", "y")
    terminal.prompted()
    status, said = terminal.interrupt()
    assert status == 2
    assert "stopped: nothing was changed" in said
    assert shop.everything() == before


def test_a_question_is_answered_by_number(open_shop):
    terminal = Terminal(open_shop)
    shown = terminal.type("2", "y", "y", "y", "y")
    status, said = terminal.end()
    assert status == 0
    assert "0 questions open" in said
    assert "FROM user_note" in open_shop.read("shop/notes.py")
    assert "orders" not in shown
    assert open_shop.retable("check").status == 0


def test_a_question_shows_its_answers(open_shop):
    terminal = Terminal(open_shop)
    shown = terminal.prompted()
    assert '\n?    return db.execute("SELECT text FROM notes").fetchall()\n' in shown
    assert "\n  1  shop_note  (notes of data/shop.db)\n" in shown
    assert "\n  2  user_note  (notes of data/users.db)\n" in shown
    assert "\n  [[code.binding]]\n" in shown
    assert shown.endswith("What is it [1,2,n,s,d,u,q,?]? ")
    terminal._child.sendline("q")
    assert terminal.end()[0] == 1


def test_a_question_that_is_skipped_stays_open_and_holds_nothing_up(open_shop):
    open_shop.write(
        "shop/sure.py",
        'import sqlite3\n\nwith sqlite3.connect("data/shop.db") as db:\n'
        "    db.execute(\"INSERT INTO notes VALUES ('x')\")\n",
    )
    terminal = Terminal(open_shop)
    terminal.type("s", "y", "y", "y", "y", "y")
    status, said = terminal.end()
    assert status == 1
    assert "1 question open" in said
    assert "INSERT INTO shop_note" in open_shop.read("shop/sure.py")
    assert "notes of data/shop.db is changed in part, 1 of 2 places; not: shop/notes.py:2" in said


def test_a_question_that_is_no_reference(open_shop):
    terminal = Terminal(open_shop)
    terminal.type("n", "y", "y", "y", "y")
    status, said = terminal.end()
    assert status == 0
    assert "left 1 by decision" in said
    assert "FROM notes" in open_shop.read("shop/notes.py")


def test_where_no_answer_can_be_written_it_says_so(shop):
    shop.write("shop/cut.py", 'db.execute("SELECT orders.id FROM \\x6frders")\n')
    terminal = Terminal(shop)
    terminal.type("s")
    shown = terminal.prompted()
    assert "no answer can be written for you: change the code by hand" in shown
    assert shown.endswith("What is it [n,s,d,u,q,?]? ")
    terminal._child.sendline("q")
    terminal.end()


# Decisions.


def test_answers_are_resumed_from_where_they_were_stopped(shop):
    before = shop.everything()
    terminal = Terminal(shop, "--decisions", FILE)
    terminal.type("n", "y")
    terminal.prompted()
    status, said = terminal.interrupt()
    assert status == 2
    assert f"2 decisions kept in {FILE}" in said
    assert {**shop.everything(), FILE: None} == {**before, FILE: None}
    terminal = Terminal(shop, "--decisions", FILE)
    assert "2 references decided before" in terminal.type("y")
    terminal.type("y")
    assert terminal.end()[0] == 0
    assert changed(shop) == ["shop/report.sql", "shop/users.py"]


def test_what_was_rejected_is_kept_under_the_name_that_its_line_has_afterwards(shop):
    shop.write(
        "shop/two.py",
        'import sqlite3\n\nwith sqlite3.connect("data/shop.db") as db:\n'
        '    db.execute("SELECT orders.id FROM orders")\n',
    )
    terminal = Terminal(shop, "--decisions", FILE)
    terminal.type("y", "y", "n", "y", "y", "y")
    assert terminal.end()[0] == 0
    assert "SELECT orders.id FROM shop_order" in shop.read("shop/two.py")
    (kept,) = json.loads(shop.read(FILE))["decisions"]
    assert {**kept, "id": ""} == {
        "id": "",
        "verdict": "reject",
        "path": "shop/two.py",
        "line": 4,
        "old": "orders",
    }
    said = shop.retable("apply", "--decisions", FILE)
    assert (said.status, said.out) == (0, "")
    assert "left as they are, by decision: 1 reference" in said.err
    terminal = Terminal(shop, "--decisions", FILE)
    status, said = terminal.end()
    assert status == 0
    assert "1 reference decided before" in said


def test_answers_that_were_stopped_are_obeyed_by_apply_alone(open_shop):
    terminal = Terminal(open_shop, "--decisions", FILE)
    terminal.type("1", "y", "n")
    terminal.prompted()
    terminal.interrupt()
    said = open_shop.retable("apply", "--decisions", FILE)
    assert said.status == 0
    assert "FROM shop_note" in open_shop.read("shop/notes.py")
    assert "FROM orders" in open_shop.read("shop/report.sql")


def test_what_is_about_nothing_any_more_is_dropped_aloud(shop):
    terminal = Terminal(shop, "--decisions", FILE)
    terminal.type("n")
    terminal.prompted()
    terminal.interrupt()
    shop.write("shop/orders.py", "")
    terminal = Terminal(shop, "--decisions", FILE)
    shown = terminal.type("q")
    assert "dropped: 1 earlier decision is about nothing that is open now\n" in shown
    assert "(shop/orders.py:7 orders)" in shown
    terminal.end()
    assert json.loads(shop.read(FILE))["decisions"] == []


# What goes wrong.


def test_without_a_terminal_nothing_is_asked(shop):
    before = shop.everything()
    said = shop.retable("apply", "-i", stdin="y\ny\ny\ny\n")
    assert said.status == 2
    assert said.err.startswith("error: apply -i asks, and this is no terminal (run it in one, or")
    assert shop.everything() == before


@pytest.mark.parametrize("option", ["--dry-run", "--partial"])
def test_options_that_say_nothing_about_single_edits_are_refused(shop, option):
    said = shop.retable("apply", "-i", option)
    assert said.status == 2
    assert "-i asks about each edit: leave out --dry-run and --partial" in said.err


@pytest.mark.parametrize(("text", "says"), [("{", "is no JSON"), (None, "there is no folder")])
def test_a_decisions_file_that_cannot_be_used_is_said_before_anything_is_asked(shop, text, says):
    file = "nowhere/answers.json" if text is None else FILE
    if text is not None:
        shop.write(file, text)
    status, said = Terminal(shop, "--decisions", file).end()
    assert status == 2
    assert says in said


def test_a_file_that_changed_while_it_was_asked_about_is_not_written(shop):
    terminal = Terminal(shop)
    terminal.type("y", "y", "y")
    terminal.prompted()
    shop.write("shop/users.py", "x = 1\n")
    terminal._child.sendline("y")
    status, said = terminal.end()
    assert status == 2
    assert "shop/users.py: " in said
    assert changed(shop) == ["shop/users.py"]


def test_a_name_that_would_move_the_cursor_is_shown_and_not_obeyed(shop):
    shop.write("shop/\x1b[31mred.py", 'import sqlite3\nq = "SELECT id FROM orders -- \x1b[2J"\n')
    terminal = Terminal(shop)
    terminal._child.expect(EDIT)
    assert "\x1b[31mred" not in terminal._child.before
    assert "\x1b[2J" not in terminal._child.before
    terminal._child.sendline("q")
    terminal.end()


def test_hard_files_stay_what_they_are(shop):
    """The bytes around an accepted edit, its file's mode and its encoding."""
    body = b'\xef\xbb\xbfimport sqlite3\r\ndb = sqlite3.connect("data/shop.db")\r\n'
    shop.write("a odd.py", body + b'db.execute("DELETE FROM orders")\r\ny = 2').chmod(0o755)
    shop.write("b.sql", b"\xff\xfe" + "SELECT 1 FROM orders; -- é\r\n".encode("utf-16-le"))
    terminal = Terminal(shop)
    terminal.type("y", "y", "q")
    terminal.end()
    odd = shop.root / "a odd.py"
    assert odd.read_bytes() == body + b'db.execute("DELETE FROM shop_order")\r\ny = 2'
    assert odd.stat().st_mode & 0o777 == 0o755
    text = (shop.root / "b.sql").read_bytes().decode("utf-16")
    assert text == "SELECT 1 FROM shop_order; -- é\r\n"
