"""Comments that say to leave something: heard by the check, by `patch` and by `apply` alike."""

import json

import pytest


def after_apply(place):
    assert place.retable("apply").status == 0
    return place


def lines_of(said):
    return [line.split(" ", 2)[:2] for line in said.out.splitlines()]


IGNORED = [
    pytest.param("late.py", 'db.execute("DELETE FROM orders")  # retable: ignore\n', id="bare"),
    pytest.param(
        "late.py", 'db.execute("DELETE FROM orders")  # retable: ignore[table-name]\n', id="by slug"
    ),
    pytest.param(
        "late.py", 'db.execute("DELETE FROM orders")  # retable: ignore[RT001] why\n', id="by code"
    ),
    pytest.param(
        "late.py",
        'db.execute("DELETE FROM orders")  # noqa: E501  # retable: ignore[table-name]\n',
        id="behind another comment",
    ),
    pytest.param(
        "late.py",
        'db.execute("""\n    DELETE\n    FROM orders\n""")  # retable: ignore[table-name]\n',
        id="at the end of a triple-quoted statement",
    ),
    pytest.param(
        "late.py",
        'w = ""\ndb.execute(f"""\n    DELETE\n    FROM orders {w}\n""")  # retable: ignore\n',
        id="at the end of a formatted one",
    ),
    pytest.param(
        "late.py",
        'db.execute("""\n    DELETE\n    FROM orders -- retable: ignore[table-name] why\n""")\n',
        id="SQL's comment in a string",
    ),
    pytest.param(
        "late.py",
        'PATH = "data/users.db"  # retable: ignore[database-path] the archive\n',
        id="a path",
    ),
    pytest.param(
        "late.sql", "DELETE FROM orders; -- retable: ignore[table-name]\n", id="SQL's comment"
    ),
    pytest.param(
        "late.sql", "DELETE FROM orders; /* retable: ignore[table-name] */\n", id="SQL's other one"
    ),
    pytest.param(
        "late.py", 'db.execute("DELETE FROM orders")  # retable: ignore', id="no newline at the end"
    ),
    pytest.param("late.yaml", "path: data/users.db  # retable: ignore\n", id="YAML"),
    pytest.param("late.toml", 'path = "data/users.db"  # retable: ignore\n', id="TOML"),
    pytest.param(
        "late.yaml",
        "- sql: |  # retable: ignore\n    DELETE\n    FROM orders\n  at: 3\n",
        id="a block of YAML",
    ),
    pytest.param(
        "late.toml",
        'sql = """\nDELETE\nFROM orders\n"""  # retable: ignore\nat = 3\n',
        id="a string of several lines in TOML",
    ),
    pytest.param(
        "late.toml",
        "sql = '''\nDELETE\nFROM orders -- retable: ignore\n'''\n",
        id="SQL's comment in TOML",
    ),
    pytest.param("late.ini", "[a]\npath = data/users.db ; retable: ignore\n", id="INI"),
    pytest.param(".env", "DB=data/users.db # retable: ignore\n", id="environment"),
]


@pytest.mark.parametrize(("name", "contents"), IGNORED)
def test_what_is_ignored_is_no_leftover_and_is_not_edited(shop, name, contents):
    after_apply(shop).write(name, contents)
    assert lines_of(shop.retable("check")) == []
    assert shop.retable("check").status == 0
    said = shop.retable("apply")
    assert said.status == 0
    assert "left as comments say: 1 reference" in said.err
    assert shop.read(name) == contents
    assert shop.retable("patch", "--stdout").out == ""


@pytest.mark.parametrize(
    "contents",
    [
        pytest.param('db.execute("DELETE FROM orders")\n', id="no comment"),
        pytest.param(
            'x = "# retable: ignore"; db.execute("DELETE FROM orders")\n', id="in a string"
        ),
        pytest.param(
            'db.execute("DELETE FROM orders")  # retable: ignore[database-path]\n', id="other rule"
        ),
        pytest.param(
            "db.execute(\"DELETE FROM orders WHERE total = '-- retable: ignore'\")\n",
            id="in a string of SQL",
        ),
        pytest.param(
            '# retable: ignore\ndb.execute("DELETE FROM orders")\n', id="on the line before"
        ),
        pytest.param(
            'db.execute("DELETE FROM orders")  # see retable: ignored\n', id="a longer word"
        ),
    ],
)
def test_what_is_not_ignored_stays_a_leftover(shop, contents):
    after_apply(shop).write("late.py", contents)
    said = shop.retable("check")
    assert said.status == 1
    assert "RT001" in [rule for _, rule in lines_of(said)]
    assert "FROM shop_order" in shop.retable("patch", "--stdout").out


@pytest.mark.parametrize(
    ("name", "contents"),
    [
        pytest.param(
            "late.yaml",
            "- sql: |\n    DELETE\n    FROM orders  # retable: ignore\n  at: 3\n",
            id="YAML",
        ),
        pytest.param(
            "late.yaml",
            "- sql: >-\n    DELETE\n    FROM orders\n  at: 3  # retable: ignore\n",
            id="behind a block of YAML",
        ),
        pytest.param(
            "late.toml", 'sql = """\nDELETE\nFROM orders  # retable: ignore\n"""\n', id="TOML"
        ),
    ],
)
def test_what_is_a_part_of_the_sql_is_no_comment(shop, name, contents):
    after_apply(shop).write(name, contents)
    assert shop.retable("check").status == 1
    assert "left as comments say" not in shop.retable("patch", "--stdout").err


def test_a_comment_of_the_shell_in_a_block_of_yaml_is_one(shop):
    after_apply(shop).write(
        ".github/workflows/late.yaml",
        "- run: |\n    sqlite3 data/users.db .dump  # retable: ignore\n",
    )
    assert shop.retable("check").status == 0
    assert "left as comments say: 1 reference" in shop.retable("apply").err


def test_an_ignored_question_holds_nothing_up(open_shop):
    assert open_shop.retable("patch", "--stdout").status == 1
    question = '    return db.execute("SELECT text FROM notes").fetchall()'
    text = open_shop.read("shop/notes.py").replace(question, f"{question}  # retable: ignore")
    open_shop.write("shop/notes.py", text)
    said = open_shop.retable("apply")
    assert said.status == 0
    assert "shop/notes.py:2  notes" in said.err
    assert open_shop.read("shop/notes.py") == text
    assert open_shop.retable("check").status == 0


def test_the_rest_of_a_statement_is_changed_by_whoever_took_it_on(shop):
    shop.write(
        "late.py",
        'db.execute("""\n  SELECT * FROM users\n  JOIN orders -- retable: ignore a view\n""")\n',
    )
    said = shop.retable("apply")
    assert said.status == 0, said.err
    assert "late.py:3  orders (a view)" in said.err
    assert "FROM user_account\n  JOIN orders --" in shop.read("late.py")
    assert shop.retable("check").status == 0


def test_words_still_add_up(shop):
    shop.write("late.py", 'db.execute("DELETE FROM orders")  # retable: ignore\n')
    found = json.loads(shop.retable("check", "--format", "json").out)
    (late,) = [it for it in found["ignored"] if it["path"] == "late.py"]
    assert late == {"path": "late.py", "why": "ignored by a comment", "hits": 1}
    (finding,) = [it for it in found["findings"] if it["path"] == "late.py"]
    assert (finding["rule"], finding["silenced"]) == ("RT001", "ignored")


@pytest.mark.parametrize(
    ("contents", "said"),
    [
        pytest.param(
            "x = 1  # retable: ignore\n", "RT006 nothing here is a finding: remove it", id="bare"
        ),
        pytest.param(
            'db.execute("DELETE FROM orders")  # retable: ignore[table-name, perhaps]\n',
            "RT006 no finding of perhaps is here: remove it",
            id="one of two",
        ),
        pytest.param(
            'x = """\n  SELECT 1 -- retable: ignore[table-name]\n"""\n',
            "RT006 no finding of table-name is here: remove it",
            id="in a statement",
        ),
        pytest.param(
            'db.execute("DELETE FROM orders")  # retable: ignore[tablename]\n',
            "RT007 tablename is no rule (did you mean RT001 table-name?)",
            id="unknown",
        ),
        pytest.param(
            'db.execute("DELETE FROM orders")  # retable: ignore[unused-ignore]\n',
            "RT007 unused-ignore cannot be ignored by a comment",
            id="cannot be ignored",
        ),
        pytest.param("x = 1  # retable: ignore[]\n", "RT007 no rule is in the brackets", id="none"),
    ],
)
def test_a_comment_that_does_nothing_is_a_finding(shop, contents, said):
    after_apply(shop).write("late.py", contents)
    found = shop.retable("check")
    assert found.status == 1
    assert said in found.out


@pytest.mark.parametrize(
    "contents",
    [
        pytest.param('"""Write `-- retable: ignore` at the end."""\n', id="prose"),
        pytest.param('x = "# retable: ignore"\n', id="a string"),
        pytest.param("# All orders.  # retable: ignore\n", id="prose, which --strict looks at"),
        pytest.param("def f(:  # retable: ignore\n", id="a file that does not parse"),
    ],
)
def test_what_is_no_such_comment_is_not_reported(shop, contents):
    after_apply(shop).write("late.py", contents)
    said = shop.retable("check")
    assert (said.status, said.out) == (0, "")


def test_a_cell_of_a_notebook_has_comments_of_its_own(shop):
    source = [
        'db.execute("DELETE FROM orders")  # retable: ignore[table-name]\\n',
        'db.execute("DELETE FROM users")',
    ]
    cell = (
        '{"cells": [{"cell_type": "code", "metadata": {}, "outputs": [], "execution_count": null,'
        ' "source": ['
        + ", ".join(f'"{it.replace(chr(34), chr(92) + chr(34))}"' for it in source)
        + ']}], "metadata": {}, "nbformat": 4, "nbformat_minor": 5}'
    )
    shop.write("late.ipynb", cell)
    after_apply(shop)
    assert "DELETE FROM orders" in shop.read("late.ipynb")
    assert "DELETE FROM user_account" in shop.read("late.ipynb")
    assert (shop.retable("check").status, shop.retable("check").out) == (0, "")


def test_ignores_are_heard_in_any_encoding_and_newlines(shop):
    contents = (
        "# coding: latin-1\r\n# é\r\ndb.execute('DELETE FROM orders')  # retable: ignore é\r\n"
    ).encode("latin-1")
    after_apply(shop).write("late.py", contents)
    assert shop.retable("check").status == 0
    unused = b"# coding: latin-1\r\nx = '\xe9'  # retable: ignore \xe9\r\n"
    shop.write("late.py", unused)
    assert "late.py:2:12: RT006" in shop.retable("check").out


def test_documentation_is_ignored_behind_its_own_sign_and_is_never_idle(shop):
    after_apply(shop).write(
        "docs/guide.md",
        "The table `orders`. <!-- retable: ignore -->\n\n"
        "Write `# retable: ignore` or `<!-- retable: ignore -->`.\n\n"
        "```python\ndb.execute('DELETE FROM orders')  # retable: ignore[table-name]\n```\n",
    )
    said = shop.retable("check", "--docs")
    assert (said.status, said.out) == (0, "")
    assert "left as comments say: 2 references" in said.err


def test_a_script_in_python_has_comments_of_python(shop):
    after_apply(shop).write(
        "bin/late",
        "#!/usr/bin/env python3\n"
        "import sqlite3\n"
        "db = sqlite3.connect('data/shop.db')\n"
        "db.execute('DELETE FROM orders')  # retable: ignore\n",
    )
    said = shop.retable("check")
    assert (said.status, said.out) == (0, "")
    assert "bin/late:4  orders" in said.err


def test_many_files_in_several_processes_are_heard_alike(shop, monkeypatch):
    monkeypatch.setattr("refactor.search._WORTHWHILE", 0)
    monkeypatch.setenv("RETABLE_WORKERS", "2")
    after_apply(shop).write("late.py", 'db.execute("DELETE FROM orders")  # retable: ignore\n')
    shop.write("idle.py", "x = 'users'  # retable: ignore\n")
    said = shop.retable("check")
    assert "left as comments say: " in said.err
    assert shop.retable("apply").status == 0
    assert "orders" in shop.read("late.py")


def test_finish_says_what_was_left(shop):
    after_apply(shop).write("late.py", 'db.execute("DELETE FROM orders")  # retable: ignore ours\n')
    assert shop.retable("migrate", "--yes").status == 0
    said = shop.retable("finish", "--yes")
    assert said.status == 0
    assert "late.py:1  orders (ours)" in said.err
