"""What is asked: each answer once, with all places and questions that it answers."""

OPEN = """def notes(db, kept):
    db.execute("SELECT text FROM notes")
    return db.execute("DELETE FROM notes").fetchall()
"""
KEPT = """def rows(db, table):
    return db.execute(f"SELECT 1 FROM {table}")


keep("users")
keep("orders")
"""
WHICH = "is this notes of data/shop.db (now shop_note) or notes of data/users.db (now user_note)?"


def test_one_answer_of_the_plan_is_said_once(open_shop):
    open_shop.write("shop/notes.py", OPEN)
    said = open_shop.retable("patch")
    assert (
        "left to review: 2\n"
        "  shop/notes.py:2:34  notes\n"
        "  shop/notes.py:3:36  notes\n"
        f"    {WHICH}\n"
        "    add to the plan:\n"
        "    [[code.binding]]\n"
        '    paths = "shop/notes.py"\n'
        '    database = "data/shop.db"  # or "data/users.db"\n'
    ) in said.err


def test_each_file_has_its_own_answer(open_shop):
    open_shop.write("shop/notes.py", OPEN)
    open_shop.write("shop/others.py", OPEN)
    said = open_shop.retable("patch").err
    assert said.count("[[code.binding]]") == said.count(WHICH) == 2


def test_a_question_that_only_the_code_answers_is_said_once(open_shop):
    open_shop.write("shop/users.py", KEPT)
    said = open_shop.retable("patch").err
    asked = "    is this literal put into SQL as a table's name?\n"
    assert "shop/users.py:5:7  users\n" in said
    assert "shop/users.py:6:7  orders\n" in said
    assert said.count(asked) == 1


def test_the_summary_has_them_together_too(open_shop):
    open_shop.write("shop/notes.py", OPEN)
    open_shop.retable("patch", "-o", "patches")
    assert (
        "- `shop/notes.py:2:34` `notes`\n"
        f"- `shop/notes.py:3:36` `notes`: {WHICH}\n\n"
        "  Add to the plan:\n\n"
        "      [[code.binding]]\n"
    ) in open_shop.read("patches/SUMMARY.md")
