import pytest

from plan.rules import RULES

MERGE = 'say merge = "keep-target" if their rows belong together'


def table(old, *, of="main", **keys):
    """One table of the plan, as its line reads."""
    said = {"from": old, "in": f"data/{of}.db", **keys}
    return "  { " + ", ".join(f'{key} = "{value}"' for key, value in said.items()) + " },"


def test_every_rule_explains_itself():
    assert all(rule.__doc__ for rule in RULES)


@pytest.mark.parametrize(
    "tables",
    [
        pytest.param([table("a"), table("b", of="side")], id="tables that keep their names"),
        pytest.param([table("a", to="b"), table("b", to="a")], id="swap"),
        pytest.param([table("a", to="b"), table("b", to="c")], id="chain"),
        pytest.param(
            [table("a", to="b"), table("b", to="c"), table("c", to="a")], id="ring of three"
        ),
        pytest.param([table("a", to="b"), table("b", of="side", to="a")], id="swap of two files"),
        pytest.param(
            [table("n", to="n_one"), table("n", of="side", to="n_two")],
            id="one old name in two files, told apart",
        ),
        pytest.param(
            [table("n"), table("n", of="side", merge="keep-target")], id="tables that merge"
        ),
        pytest.param(
            [table("n", of="side", merge="append"), table("n")],
            id="tables that merge, the target's listed last",
        ),
        pytest.param([table("my table")], id="an odd name that stays"),
        pytest.param([table("ключ", to="clé_2")], id="letters beyond ASCII"),
        pytest.param([table("a", to="b", compat="view")], id="an old name that lives on"),
        pytest.param([table("a", to="b", compat="writable")], id="and that takes writes"),
        pytest.param(
            [
                table("a", to="b", compat="view"),
                table("a", of="side", to="b", merge="append", compat="view"),
            ],
            id="one old name of two tables that join",
        ),
    ],
)
def test_legal_tables(said_of_tables, tables):
    assert said_of_tables("\n".join(tables)) == []


@pytest.mark.parametrize(
    ("tables", "place", "line"),
    [
        pytest.param(
            [table("a", to="x"), table("b", of="side", to="x")],
            "table[2] (b in data/side.db).to",
            f"'x' is the new name of 'a' of 'data/main.db' (domain[1].table[1]) too "
            f"(choose another, or {MERGE})",
            id="one new name for two tables",
        ),
        pytest.param(
            [table("a", to="x"), table("b", of="side", to="X")],
            "table[2] (b in data/side.db).to",
            f"'X' is the new name of 'a' of 'data/main.db' (domain[1].table[1]) too "
            f"(choose another, or {MERGE})",
            id="one new name, but for the case",
        ),
        pytest.param(
            [table("a"), table("b", of="side", to="a")],
            "table[2] (b in data/side.db).to",
            f"'a' is the name of a table that stays: 'a' of 'data/main.db' (domain[1].table[1]) "
            f"(rename that one too, choose another, or {MERGE})",
            id="a new name that is an old one which stays",
        ),
        pytest.param(
            [table("n"), table("n", of="side")],
            "table[2] (n in data/side.db)",
            f"keeps its name, which 'n' of 'data/main.db' (domain[1].table[1]) has in the "
            f"target too (give it another with to = …, or {MERGE})",
            id="one old name in two files, not told apart",
        ),
        pytest.param(
            [table("a", to="1st")],
            "table[1] (a in data/main.db).to",
            "'1st' is not an identifier (use letters, digits and _, and no digit first)",
            id="a digit first",
        ),
        pytest.param(
            [table("a", to="new\\nname")],
            "table[1] (a in data/main.db).to",
            r"'new\nname' is not an identifier (use letters, digits and _, and no digit first)",
            id="a newline in a name",
        ),
        pytest.param(
            [table("a", to="trailing\\n")],
            "table[1] (a in data/main.db).to",
            r"'trailing\n' is not an identifier (use letters, digits and _, and no digit first)",
            id="a newline after a name",
        ),
        pytest.param(
            [table("a", to="SQLite_a")],
            "table[1] (a in data/main.db).to",
            "'SQLite_a' is reserved by SQLite (begin it with something else than sqlite_)",
            id="a reserved name",
        ),
        pytest.param(
            [table("sqlite_sequence")],
            "table[1] (sqlite_sequence in data/main.db).from",
            "'sqlite_sequence' is SQLite's own, which sees to it itself (leave this entry out)",
            id="a table of SQLite's",
        ),
        pytest.param(
            [table("a", to="A", compat="view")],
            "table[1] (a in data/main.db).compat",
            "the names differ in case only, and SQLite ignores case: it needs no view"
            ' (say compat = "none" here)',
            id="a view of a name that changes its case alone",
        ),
        pytest.param(
            [table("a"), table("A", to="b")],
            "table[2] (A in data/main.db)",
            "is already planned at domain[1].table[1] (keep one of the two)",
            id="a table with two entries",
        ),
        pytest.param(
            [table("a", to="Retable_Catalog")],
            "table[1] (a in data/main.db).to",
            "'Retable_Catalog' is a name that retable itself writes under (choose another name)",
            id="the metadata's name",
        ),
        pytest.param(
            [table("retable_journal")],
            "table[1] (retable_journal in data/main.db)",
            "'retable_journal' is a name that retable itself writes under (choose another name)",
            id="the journal's name, kept",
        ),
        pytest.param(
            [table("a", to="retable_rejects")],
            "table[1] (a in data/main.db).to",
            "'retable_rejects' is a name that retable itself writes under (choose another name)",
            id="the rejects' name, chosen",
        ),
        pytest.param(
            [table("a", of="nowhere"), table("b", of="nowhere")],
            "table[1] (a in data/nowhere.db).in",
            "'data/nowhere.db' is not in the database list (2 entries say so) "
            "(add [[database]] path = 'data/nowhere.db')",
            id="a database that is not listed, said once",
        ),
        pytest.param(
            [table("a", of="sid")],
            "table[1] (a in data/sid.db).in",
            "'data/sid.db' is not in the database list (did you mean 'data/side.db'?)",
            id="a database that is misspelt",
        ),
        pytest.param(
            [table("a", of="kept")],
            "table[1] (a in data/kept.db).in",
            "'data/kept.db' is kept as it is, so its tables are not planned one by one "
            '(leave this out, or give the database action = "merge")',
            id="a table of a kept database",
        ),
        pytest.param(
            [table("a", of="gone")],
            "table[1] (a in data/gone.db).in",
            "'data/gone.db' is deleted as a whole, so its tables are not planned one by one "
            '(leave this out, or give the database action = "merge")',
            id="a table of a deleted database",
        ),
        pytest.param(
            [table("a", merge="append")],
            "table[1] (a in data/main.db).merge",
            "no other table is called 'a' before this one arrives (leave merge out)",
            id="a merge rule without a meeting",
        ),
        pytest.param(
            [table("a", merge="append"), table("a", of="side", merge="append")],
            "table[1] (a in data/main.db).merge",
            "no other table is called 'a' before this one arrives "
            "(move merge to domain[1].table[2], which joins it)",
            id="a merge rule on the first of two",
        ),
        pytest.param(
            [table("a", compat="view")],
            "table[1] (a in data/main.db).compat",
            "the table keeps its name, so it needs no view (leave compat out)",
            id="a view of a name that stays",
        ),
        pytest.param(
            [table("a", to="b", compat="view"), table("b", to="a")],
            "table[1] (a in data/main.db).compat",
            "'a' is the name of another table, domain[1].table[2] (say compat = \"none\" here)",
            id="a view whose name another table takes",
        ),
        pytest.param(
            [
                table("n", to="n_one", compat="view"),
                table("n", of="side", to="n_two", compat="view"),
            ],
            "table[2] (n in data/side.db).compat",
            "'n' is already a view for domain[1].table[1] (say compat = \"none\" here)",
            id="two views of one name",
        ),
        pytest.param(
            [
                table("n", to="m", compat="view"),
                table("n", of="side", to="m", merge="append", compat="writable"),
            ],
            "table[2] (n in data/side.db).compat",
            "is 'writable', and not so for domain[1].table[1], whose view it is "
            "(say the same in both places)",
            id="one view, readable and writable",
        ),
        pytest.param(
            [table("n", to="New", compat="writable")],
            "table[1] (n in data/main.db).compat",
            "in a trigger 'New' means the row that is written, not the table "
            '(choose another name, or say compat = "view")',
            id="a table that a trigger cannot name",
        ),
    ],
)
def test_tables_that_break_a_rule(said_of_tables, tables, place, line):
    assert said_of_tables("\n".join(tables)) == [f"retable.toml: domain[1].{place}: {line}"]


@pytest.mark.parametrize(
    ("added", "line"),
    [
        pytest.param(
            '[[domain]]\nname = "d"\n[[domain]]\nname = "D"\n',
            "domain[2] (D).name: 'D' is already the name of domain[1] "
            "(join the two, or rename one)",
            id="a domain twice",
        ),
        pytest.param(
            '[[domain]]\nname = "Retable"\n',
            "domain[1] (Retable).name: 'Retable' is the domain of retable's own tables "
            "(choose another name)",
            id="retable's own domain",
        ),
        pytest.param(
            '[[database]]\npath = "./data//side.db"\naction = "merge"\n',
            "database[5] (data/side.db).path: is already listed at database[2] (list it once)",
            id="a database twice, by two spellings",
        ),
        pytest.param(
            '[[database]]\npath = "other.db"\naction = "target"\n',
            "database[5] (other.db).action: is 'target', but plan.target names 'data/main.db' "
            '(write action = "merge", or change plan.target)',
            id="two targets",
        ),
        pytest.param(
            '[[skip]]\ntable = "a"\nin = "data/main.db"\n',
            "skip[1] (a in data/main.db).in: 'data/main.db' is the target, all of whose tables "
            "stay (list the table under its domain instead)",
            id="a table of the target skipped",
        ),
        pytest.param(
            '[[skip]]\ntable = "a"\nin = "x.db"\n',
            "skip[1] (a in x.db).in: 'x.db' is not in the database list "
            "(add [[database]] path = 'x.db')",
            id="a skip in an unknown database",
        ),
        pytest.param(
            '[[skip]]\ntable = "a"\nin = "data/side.db"\n'
            '[[domain]]\nname = "d"\ntable = [{ from = "a", in = "data/side.db" }]\n',
            "skip[1] (a in data/side.db): is already planned at domain[1].table[1] "
            "(keep one of the two)",
            id="a table carried and skipped",
        ),
        pytest.param(
            '[[code.binding]]\npaths = "a.py"\ndatabase = "x.db"\n',
            "code.binding[1].database: 'x.db' is not in the database list "
            "(add [[database]] path = 'x.db')",
            id="a binding to an unknown database",
        ),
        pytest.param(
            '[[code.binding]]\npaths = "a.py"\nwithin = ["main", "Store.save()"]\n'
            'database = "data/side.db"\n',
            "code.binding[1].within[2]: 'Store.save()' is no name of a class or function "
            '(write "Store", "Store.save", or "save" for a function of the module)',
            id="a binding within what has no such name",
        ),
    ],
)
def test_plans_that_break_a_rule(said, good, added, line):
    assert said(good + added) == [f"retable.toml: {line}"]


@pytest.mark.parametrize(
    ("old", "new", "line"),
    [
        pytest.param(
            'target = "data/main.db"',
            'target = "data/other.db"',
            "database: plan.target names 'data/other.db', which is not in the database list "
            "(database[1] is the one with the action 'target') (use one path in both places)",
            id="a target that no database is",
        ),
        pytest.param(
            'path = "data/main.db"\naction = "target"',
            'path = "data/other.db"\naction = "merge"',
            "database: plan.target names 'data/main.db', which is not in the database list "
            "(add [[database]] path = 'data/main.db', action = \"target\")",
            id="no target in the list",
        ),
        pytest.param(
            'action = "target"',
            'action = "keep"',
            "database[1] (data/main.db).action: is 'keep', but plan.target names this database "
            '(write action = "target", or change plan.target)',
            id="a target with another action",
        ),
        pytest.param(
            "[plan]",
            '[plan]\nmetadata = "my tables"',
            "plan.metadata: 'my tables' is not an identifier "
            "(use letters, digits and _, and no digit first)",
            id="a metadata table with a blank",
        ),
        pytest.param(
            "[plan]",
            '[plan]\nmetadata = "retable_journal"',
            "plan.metadata: 'retable_journal' is a name that retable itself writes under "
            "(choose another name)",
            id="a metadata table that is the journal",
        ),
    ],
)
def test_heads_that_break_a_rule(said, good, old, new, line):
    assert said(good.replace(old, new, 1)) == [f"retable.toml: {line}"]


def test_the_missing_target_is_said_once_however_many_tables_name_it(said_of_tables, said, good):
    tables = "".join(table(name) for name in "abc")
    plan = good.replace(
        'path = "data/main.db"\naction = "target"', 'path = "m.db"\naction = "keep"'
    )
    assert len(said(f'{plan}[[domain]]\nname = "d"\ntable = [{tables}]\n')) == 1
