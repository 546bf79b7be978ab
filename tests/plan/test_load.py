import hashlib

import pytest

from plan.errors import PlanError
from plan.load import load_plan
from plan.model import (
    Action,
    Api,
    Binding,
    Claim,
    Code,
    Compat,
    Database,
    Domain,
    MergeRule,
    Plan,
    PlannedTable,
    Skip,
)

FULL = """\
[plan]
target = "./data//main.db"
backup = "saved/{date}"
archive = "saved/old/"
metadata = "catalog"
schema_version = 7

[[database]]
path = "data/main.db"
action = "target"
about = "The one that stays"

[[database]]
path = "side.db"
action = "merge"

[[domain]]
name = "people"
about = "Who is who"
table = [
  { from = "users", in = "data/main.db", to = "people_user", about = "", compat = "view" },
  { from = "users", in = "./side.db", to = "people_user", merge = "keep-source" },
]

[[domain]]
name = "log"

[[domain.table]]
from = "log entries"
in = "side.db"
about = "What happened"

[[skip]]
table = "drafts"
in = "side.db"
claim = "unwanted"

[code]
paths = "src"
exclude = ["**/migrate_*.py"]
live = "src/migrate_now.py"
history = ["src/migrate_then.py"]

[[code.binding]]
paths = ["src/a.py", "src/b/**"]
within = "Store.save"
database = "side.db"

[[code.api]]
call = "db.rows"
argument = "table"

[[code.api]]
call = "count"
argument = ["name", 1]
"""


def test_a_full_plan_becomes_facts(tmp_path):
    file = tmp_path / "retable.toml"
    file.write_text(FULL)
    assert load_plan(file) == Plan(
        file=file,
        digest=hashlib.sha256(FULL.encode()).hexdigest(),
        target="data/main.db",
        backup="saved/{date}",
        archive="saved/old",
        metadata="catalog",
        schema_version=7,
        databases=(
            Database("data/main.db", Action.TARGET, "The one that stays", "database[1]"),
            Database("side.db", Action.MERGE, "", "database[2]"),
        ),
        domains=(
            Domain("people", "Who is who", "domain[1]"),
            Domain("log", "", "domain[2]"),
        ),
        tables=(
            PlannedTable(
                old="users",
                database="data/main.db",
                new="people_user",
                domain="people",
                compat=Compat.VIEW,
                key="domain[1].table[1]",
            ),
            PlannedTable(
                old="users",
                database="side.db",
                new="people_user",
                domain="people",
                merge=MergeRule.KEEP_SOURCE,
                key="domain[1].table[2]",
            ),
            PlannedTable(
                old="log entries",
                database="side.db",
                new="log entries",
                domain="log",
                about="What happened",
                key="domain[2].table[1]",
            ),
        ),
        skips=(Skip("drafts", "side.db", Claim.UNWANTED, "skip[1]"),),
        code=Code(
            paths=("src",),
            exclude=("**/migrate_*.py",),
            live=("src/migrate_now.py",),
            history=("src/migrate_then.py",),
            bindings=(
                Binding(("src/a.py", "src/b/**"), "side.db", ("Store.save",), "code.binding[1]"),
            ),
            apis=(
                Api("db.rows", ("table",), "code.api[1]"),
                Api("count", ("name", 1), "code.api[2]"),
            ),
        ),
    )


def test_what_a_plan_leaves_out_has_a_default(tmp_path, good):
    file = tmp_path / "retable.toml"
    file.write_text(good)
    plan = load_plan(file)
    assert (plan.backup, plan.archive) == ("backup-{date}", "archive")
    assert (plan.metadata, plan.schema_version) == ("retable_catalog", 1)
    assert (plan.domains, plan.tables, plan.skips) == ((), (), ())
    assert plan.code == Code(paths=(".",), exclude=(), bindings=())


NO_ARGUMENT = ' is no argument of a call (write a keyword such as "table", or a position from 0)'
TWICE = "is already listed at code.api[1] (list it once)"
NO_NAME = "'rows()' is no name of a function"
AS_CALLED = 'write it as callers do, without parentheses: "db.rows", or "rows"'


@pytest.mark.parametrize(
    ("written", "lines"),
    [
        pytest.param(
            'call = "rows()"\nargument = "table"',
            [f"code.api[1] (rows()).call: {NO_NAME} ({AS_CALLED})"],
            id="a call with parentheses",
        ),
        pytest.param(
            'call = "rows"\nargument = [-1, true, "a b", 1.5]',
            [
                f"code.api[1] (rows).argument[{n}]: {what}{NO_ARGUMENT}"
                for n, what in enumerate(("-1", "true", "'a b'", "1.5"), 1)
            ],
            id="what tells no argument",
        ),
        pytest.param(
            'call = "rows"\nargument = ""',
            [f"code.api[1] (rows).argument: ''{NO_ARGUMENT}"],
            id="an empty keyword",
        ),
        pytest.param(
            'call = "rows"\nargument = []',
            ["code.api[1] (rows).argument: is an empty list (name at least one)"],
            id="an empty list",
        ),
        pytest.param(
            'call = "rows"\nargument = 0\n[[code.api]]\ncall = "rows"\nargument = [1, 0]',
            [f"code.api[2] (rows).argument: 0 of 'rows' {TWICE}"],
            id="one argument twice",
        ),
        pytest.param(
            'call = "rows"\nargument = 0\nname = "x"',
            ["code.api[1] (rows).name: unknown key (known here: call, argument)"],
            id="an unknown key",
        ),
    ],
)
def test_what_the_plan_says_of_a_projects_own_functions(said, good, written, lines):
    assert said(f"{good}[[code.api]]\n{written}\n") == [f"retable.toml: {it}" for it in lines]


def test_the_root_is_the_plans_folder_from_wherever_it_was_named(tmp_path, good, monkeypatch):
    (tmp_path / "sub").mkdir()
    (tmp_path / "sub" / "retable.toml").write_text(good)
    monkeypatch.chdir(tmp_path / "sub")
    assert load_plan(type(tmp_path)("retable.toml")).root == tmp_path / "sub"


def test_a_byte_order_mark_at_the_beginning_is_no_matter(said, good):
    assert said(b"\xef\xbb\xbf" + good.encode()) == []


def test_windows_newlines_are_no_matter(said, good):
    assert said(good.replace("\n", "\r\n")) == []


@pytest.mark.parametrize(
    ("data", "line"),
    [
        pytest.param(
            b"",
            'retable.toml: the plan is empty (begin with [plan] and target = "path/of/the.db")',
            id="no byte at all",
        ),
        pytest.param(
            b"# later\n\n",
            'retable.toml: the plan is empty (begin with [plan] and target = "path/of/the.db")',
            id="only a comment",
        ),
        pytest.param(
            b'[plan]\ntarget = "caf\xe9.db"\n',
            "retable.toml: line 2: is not UTF-8: invalid continuation byte "
            "(save the file as UTF-8)",
            id="latin-1",
        ),
        pytest.param(
            "[plan]\n".encode("utf-16"),
            "retable.toml: line 1: is not UTF-8: invalid start byte (save the file as UTF-8)",
            id="utf-16",
        ),
        pytest.param(
            b"[plan]\ntarget =\n",
            "retable.toml: line 2, column 9: is not TOML: Invalid value "
            "(correct this first, then the rest is read)",
            id="no value",
        ),
        pytest.param(
            b"[plan]\ntarget",
            "retable.toml: end of the file: is not TOML: "
            "Expected '=' after a key in a key/value pair "
            "(correct this first, then the rest is read)",
            id="ends too early",
        ),
        pytest.param(
            b"[plan]\n[plan]\n",
            "retable.toml: line 2, column 6: is not TOML: Cannot declare ('plan',) twice "
            "(correct this first, then the rest is read)",
            id="a section twice",
        ),
        pytest.param(
            b"a = " + b"[" * 100_000,
            "retable.toml: its values are nested too deeply (a plan needs three levels)",
            id="nested beyond measure",
        ),
    ],
)
def test_a_file_that_cannot_be_read_says_one_thing(said, data, line):
    assert said(data) == [line]


def test_a_number_beyond_measure_is_refused(said):
    (line,) = said(b"a = " + b"9" * 5000)
    assert line.startswith("retable.toml: is not TOML: Exceeds the limit")


def test_a_missing_file_is_named_as_it_was_given(tmp_path):
    with pytest.raises(PlanError) as caught:
        load_plan(tmp_path / "no.toml")
    assert str(caught.value) == (
        f"{tmp_path}/no.toml: there is no such file "
        "(give the path of your plan, usually retable.toml)"
    )


def test_a_folder_is_not_a_plan(tmp_path):
    with pytest.raises(PlanError) as caught:
        load_plan(tmp_path)
    assert str(caught.value) == (
        f"{tmp_path}: is a folder, not a plan "
        "(give the path of your plan, usually retable.toml in it)"
    )


def test_a_file_below_a_file_cannot_be_read(tmp_path):
    (tmp_path / "file").touch()
    with pytest.raises(PlanError) as caught:
        load_plan(tmp_path / "file" / "retable.toml")
    assert str(caught.value) == (
        f"{tmp_path}/file/retable.toml: cannot be read: Not a directory (make it readable for you)"
    )


@pytest.mark.parametrize(
    ("added", "lines"),
    [
        pytest.param(
            '[[domain]]\nabout = "x"\n',
            ['domain[1].name: is missing (add name = "…")'],
            id="a domain without a name",
        ),
        pytest.param(
            '[[database]]\naction = "merge"\n',
            ['database[5].path: is missing (add path = "…")'],
            id="a database without a path",
        ),
        pytest.param(
            '[[database]]\npath = "x.db"\n',
            ['database[5] (x.db).action: is missing (add action = "…")'],
            id="a database without an action",
        ),
        pytest.param(
            '[[domain]]\nname = "d"\ntable = [{ in = "data/main.db" }]\n',
            ['domain[1].table[1] (data/main.db).from: is missing (add from = "…")'],
            id="a table without from",
        ),
        pytest.param(
            '[[domain]]\nname = "d"\ntable = [{ from = "a" }, { from = "a", to = "b" }]\n',
            [
                'domain[1].table[1] (a).in: is missing (add in = "…")',
                'domain[1].table[2] (a).in: is missing (add in = "…")',
            ],
            id="tables without in",
        ),
        pytest.param(
            "[[skip]]\n",
            [
                'skip[1].table: is missing (add table = "…")',
                'skip[1].in: is missing (add in = "…")',
            ],
            id="a skip of nothing",
        ),
        pytest.param(
            "[[code.binding]]\n",
            [
                'code.binding[1].paths: is missing (add paths = "…")',
                'code.binding[1].database: is missing (add database = "…")',
            ],
            id="a binding of nothing",
        ),
        pytest.param(
            "[[code.api]]\n",
            [
                'code.api[1].call: is missing (add call = "…")',
                'code.api[1].argument: is missing (add argument = "…", or a position)',
            ],
            id="an API of nothing",
        ),
        pytest.param(
            '[[domain]]\nname = " "\n',
            ["domain[1].name: is empty (say what it is)"],
            id="an empty name",
        ),
    ],
)
def test_missing_keys(said, good, added, lines):
    assert said(good + added) == [f"retable.toml: {line}" for line in lines]


@pytest.mark.parametrize(
    ("plan", "lines"),
    [
        pytest.param(
            '[[database]]\npath = "a.db"\naction = "target"\n'
            '[[domain]]\nname = "d"\ntable = [{ from = "a", in = "a.db" }]\n',
            ["plan: is missing (add a section [plan])"],
            id="no plan section",
        ),
        pytest.param(
            '[pln]\ntarget = "a.db"\n[[database]]\npath = "a.db"\naction = "target"\n',
            ["pln: unknown key (did you mean plan?)"],
            id="a misspelt plan section",
        ),
        pytest.param(
            '[plan]\n[[database]]\npath = "a.db"\naction = "target"\n',
            ['plan.target: is missing (add target = "…")'],
            id="no target",
        ),
        pytest.param(
            '[plan]\ntarget = "a.db"\n'
            '[[domain]]\nname = "d"\ntable = [{ from = "a", in = "a.db" }]\n',
            ["database: the plan lists none (add a [[database]] for each file)"],
            id="no database",
        ),
    ],
)
def test_what_is_missing_is_said_once_and_not_what_follows_from_it(said, plan, lines):
    assert said(plan) == [f"retable.toml: {line}" for line in lines]


@pytest.mark.parametrize(
    ("added", "line"),
    [
        pytest.param(
            '[[domain]]\nname = "d"\ntable = [{ form = "a", in = "data/main.db" }]\n',
            "domain[1].table[1] (a in data/main.db).form: unknown key (did you mean from?)",
            id="a key near a missing one is read as that one",
        ),
        pytest.param(
            '[[domain]]\nname = "d"\ncolour = "red"\n',
            "domain[1] (d).colour: unknown key (known here: name, about, table)",
            id="a key near none",
        ),
        pytest.param(
            '[[domain]]\nname = "d"\n"a b\\nc" = 1\n',
            r"domain[1] (d).'a b\nc': unknown key (known here: name, about, table)",
            id="a key that must be quoted",
        ),
        pytest.param(
            '[[databases]]\npath = "x"\n',
            "databases: unknown key (known here: plan, database, domain, skip, object, describe,"
            " names, code)",
            id="a key near one that is there already",
        ),
        pytest.param(
            "[code]\nexcludes = []\n",
            "code.excludes: unknown key (did you mean exclude?)",
            id="an optional key",
        ),
    ],
)
def test_unknown_keys(said, good, added, line):
    assert said(good + added) == [f"retable.toml: {line}"]


@pytest.mark.parametrize(
    ("plan", "line"),
    [
        pytest.param(
            "schema_version = true",
            "plan.schema_version: is true, not a whole number (write it in digits, without quotes)",
            id="truth is no number",
        ),
        pytest.param(
            'schema_version = "1"',
            "plan.schema_version: is '1', not a whole number (write it in digits, without quotes)",
            id="text is no number",
        ),
        pytest.param(
            "schema_version = 1.0",
            "plan.schema_version: is 1.0, not a whole number (write it in digits, without quotes)",
            id="a fraction is no whole number",
        ),
        pytest.param(
            "schema_version = -1",
            "plan.schema_version: -1 is out of range (use 0 to 2147483647)",
            id="below zero",
        ),
        pytest.param(
            "schema_version = 2147483648",
            "plan.schema_version: 2147483648 is out of range (use 0 to 2147483647)",
            id="more than user_version holds",
        ),
        pytest.param(
            f"schema_version = 0x{'f' * 5000}",
            "plan.schema_version: a number of more than 20 digits is out of range "
            "(use 0 to 2147483647)",
            id="more than Python prints",
        ),
        pytest.param(
            "backup = 2026-01-31",
            "plan.backup: is 2026-01-31, not text (write it in quotes)",
            id="a date is no text",
        ),
        pytest.param(
            'metadata = ["a"]',
            "plan.metadata: is a list, not text (write it in quotes)",
            id="a list is no text",
        ),
    ],
)
def test_wrong_types_in_the_head(said, good, plan, line):
    assert said(good.replace("[plan]", f"[plan]\n{plan}")) == [f"retable.toml: {line}"]


@pytest.mark.parametrize(
    ("added", "line"),
    [
        pytest.param(
            "skip = 5\n",
            "skip: is 5, not a list of sections "
            "(write [[skip]], in double brackets, or skip = [{ … }, …])",
            id="a number for a list of sections",
        ),
        pytest.param(
            'domain = ["d"]\n',
            "domain[1]: is 'd', not a section of keys (write { key = value, … })",
            id="text for a section",
        ),
        pytest.param(
            'domain = { name = "d" }\n',
            "domain: is a section of keys, not a list of sections "
            "(write [[domain]], in double brackets, or domain = [{ … }, …])",
            id="single brackets for double ones",
        ),
        pytest.param(
            'domain = [{ name = "d", table = { from = "a", in = "data/main.db" } }]\n',
            "domain[1] (d).table: is a section of keys, not a list of sections "
            "(write [[domain.table]], in double brackets, or table = [{ … }, …])",
            id="one table for a list of them",
        ),
        pytest.param(
            "code = [{}]\n",
            "code: is a list of sections, not one (write [code], in single brackets)",
            id="double brackets for single ones",
        ),
        pytest.param(
            'code = "src"\n',
            "code: is 'src', not a section of keys (write [code])",
            id="text for the code section",
        ),
        pytest.param(
            "code = { paths = 1 }\n",
            'code.paths: is 1, not a list (write ["…", "…"])',
            id="a number for paths",
        ),
        pytest.param(
            "code = { paths = [] }\n",
            "code.paths: is an empty list (name at least one)",
            id="no paths",
        ),
        pytest.param(
            'code = { paths = ["a", 2] }\n',
            "code.paths[2]: is 2, not text (write it in quotes)",
            id="a number among paths",
        ),
        pytest.param(
            'code = { exclude = [""] }\n',
            "code.exclude[1]: is empty (leave it out)",
            id="an empty pattern",
        ),
        pytest.param(
            'domain = [{ name = "d", table = [{ from = "a", in = "data/main.db", to = 5 }] }]\n',
            "domain[1].table[1] (a in data/main.db).to: is 5, not text (write it in quotes)",
            id="a number for a name",
        ),
        pytest.param(
            'domain = [{ name = "d", table = [{ from = "a", in = "data/main.db", to = "" }] }]\n',
            "domain[1].table[1] (a in data/main.db).to: is empty "
            "(say what it is, or leave the key out)",
            id="nothing for a name",
        ),
        pytest.param(
            'skip = [{ table = "a", in = "data/side.db", claim = "emtpy" }]\n',
            'skip[1] (a in data/side.db).claim: \'emtpy\' is not known (use "empty" or "unwanted")',
            id="a claim that is none",
        ),
        pytest.param(
            'domain = [{ name = "d", table = [{ from = "a", in = "data/main.db",'
            ' merge = "join" }] }]\n',
            "domain[1].table[1] (a in data/main.db).merge: 'join' is not known "
            '(use "refuse", "keep-target", "keep-source" or "append")',
            id="a merge rule that is none",
        ),
    ],
)
def test_wrong_types_below(said, good, added, line):
    assert said(added + good) == [f"retable.toml: {line}"]


@pytest.mark.parametrize(
    ("word", "place"),
    [
        pytest.param("target", "database[1] (data/main.db)", id="of the target"),
        pytest.param("merge", "database[2] (data/side.db)", id="of another"),
    ],
)
def test_an_unknown_action_raises_no_second_problem(said, good, word, place):
    table = '[[domain]]\nname = "d"\ntable = [{ from = "a", in = "data/side.db" }]\n'
    assert said(good.replace(f'"{word}"', '"x"') + table) == [
        (
            f"retable.toml: {place}.action: 'x' is not known "
            '(use "target", "merge", "keep" or "delete")'
        )
    ]


TWELVE = """\
[plan]
target = "data\\\\main.db"
schema_version = "1"
archve = "old"

[[database]]
path = "data\\\\main.db"
action = "target"

[[database]]
path = "../side.db"
action = "mrege"

[[domain]]
about = "no name"
table = [
  { from = "a", in = "../side.db", to = "1st" },
  { from = "b", in = "../side.db", to = "same" },
  { from = "c", in = "../side.db", to = "same" },
  { from = "two\\nlines", in = "data/sid.db" },
  { from = "d", in = "../side.db", to = "e", compat = 1 },
]

[[skip]]
table = "f"
in = "../side.db"
claim = "none"
"""


def test_a_plan_with_twelve_errors_says_all_twelve_in_the_files_order(said):
    assert said(TWELVE) == [
        "retable.toml: plan.archve: unknown key (did you mean archive?)",
        (
            "retable.toml: plan.schema_version: is '1', not a whole number "
            "(write it in digits, without quotes)"
        ),
        (
            r"retable.toml: plan.target: 'data\\main.db' is written with a backslash "
            "(write 'data/main.db', on Windows too)"
        ),
        (
            r"retable.toml: database[1] (data\main.db).path: 'data\\main.db' is written with a "
            "backslash (write 'data/main.db', on Windows too)"
        ),
        (
            "retable.toml: database[2] (../side.db).action: 'mrege' is not known "
            '(use "target", "merge", "keep" or "delete")'
        ),
        (
            "retable.toml: database[2] (../side.db).path: '../side.db' leaves the plan's folder "
            "(write a path relative to the plan's folder, and below it)"
        ),
        'retable.toml: domain[1].name: is missing (add name = "…")',
        (
            "retable.toml: domain[1].table[1] (a in ../side.db).to: '1st' is not an identifier "
            "(use letters, digits and _, and no digit first)"
        ),
        (
            "retable.toml: domain[1].table[3] (c in ../side.db).to: 'same' is the new name of "
            "'b' of '../side.db' (domain[1].table[2]) too "
            '(choose another, or say merge = "keep-target" if their rows belong together)'
        ),
        (
            r"retable.toml: domain[1].table[4] (two\nlines in data/sid.db).in: 'data/sid.db' "
            "is not in the database list (add [[database]] path = 'data/sid.db')"
        ),
        (
            "retable.toml: domain[1].table[5] (d in ../side.db).compat: is 1, not text "
            "(write it in quotes)"
        ),
        (
            "retable.toml: skip[1] (f in ../side.db).claim: 'none' is not known "
            '(use "empty" or "unwanted")'
        ),
    ]
