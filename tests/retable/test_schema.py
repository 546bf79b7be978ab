"""`retable schema`: the catalogue in every format, the check, the record, and what is refused."""

import json
import re
import shutil
import sqlite3
from contextlib import closing
from html.parser import HTMLParser

import pytest

from retable.catalogue.links import links_for

ODD = {
    "retable.toml": """\
[plan]
target = "a.db"
descriptions = "optional"

[[database]]
path = "a.db"
action = "target"

[[domain]]
name = "one"
about = 'A "quoted" | <b>domain</b>'
table = [
  { from = 'odd "name" [x]', in = "a.db", to = "odd_é", compat = "view", about = '"odd" </b>' },
  { from = "title", in = "a.db", to = "title" },
  { from = "two", in = "a.db", to = "one_two" },
  { from = "refs", in = "a.db", to = "to" },
]
""",
    "x.py": 'import sqlite3\nsqlite3.connect("a.db").execute("SELECT * FROM one_two, title")\n',
}
ODD_TABLES = """
CREATE TABLE "odd ""name"" [x]"(
  pk INTEGER PRIMARY KEY, fk INT REFERENCES nowhere,
  "a b" "DECIMAL(10, 2)" DEFAULT (upper('x') || ','),
  "select" "DOUBLE PRECISION" NOT NULL DEFAULT -1,
  "né", uk TEXT UNIQUE, "%%{x" "123 abc", g AS ("select" * 2) STORED);
CREATE TABLE title(
  id INTEGER PRIMARY KEY,
  o INT REFERENCES "odd ""name"" [x]"(pk) ON DELETE CASCADE,
  "</script><img src=x onerror=window.harmed=1>" TEXT, "rl\u202eo" TEXT);
CREATE TABLE two(a INT, b INT, PRIMARY KEY (a, b)) WITHOUT ROWID;
CREATE TABLE refs(
  x INT, y INT, z INT UNIQUE REFERENCES title,
  FOREIGN KEY (x, y) REFERENCES two ON UPDATE SET NULL);
CREATE VIEW v AS SELECT id FROM title;
CREATE INDEX i ON refs(lower(x), y) WHERE x > 1;
"""


def done(place, status=0):
    assert place.retable("migrate", "--yes").status == status
    return place.root


@pytest.fixture(scope="session")
def odd_made(tmp_path_factory):
    root = tmp_path_factory.mktemp("made") / "odd"
    root.mkdir()
    for name, text in ODD.items():
        (root / name).write_text(text)
    with closing(sqlite3.connect(root / "a.db")) as database:
        database.executescript(ODD_TABLES)
    return root


@pytest.fixture
def odd(odd_made, nowhere):
    """Names, types and descriptions that could break a format, migrated."""
    shutil.copytree(odd_made, nowhere.root, dirs_exist_ok=True)
    done(nowhere)
    return nowhere


def catalogue(place, *more):
    said = place.retable("schema", "--format", "json", *more)
    assert said.status == 0, said.err
    return json.loads(said.out)


def tables(known):
    return {table["name"]: table for domain in known["domains"] for table in domain["tables"]}


def test_after_the_demos_migration_all_is_documented_until_a_table_is_added_by_hand(moved):
    whole = catalogue(moved, "--no-code")["coverage"]
    assert whole["tables_described"] == whole["tables_documented"] == whole["tables"] == 20
    assert whole["columns_described"] == whole["columns_documented"] == whole["columns"] == 127
    assert moved.retable("schema", "--check").status == 0
    with closing(sqlite3.connect(moved.root / "data/roadmap.db")) as database:
        database.execute("CREATE TABLE customer_note(id INTEGER PRIMARY KEY)")
    said = moved.retable("schema", "--check")
    assert said.status == 1
    assert said.out.startswith("data/roadmap.db: customer_note: table is not documented (")
    assert said.err == "data/roadmap.db: 24 tables, 12 views, 1 finding\n"
    asked = moved.retable("schema", "--record")
    assert asked.status == 2
    assert "describe.customer_note" in asked.err
    known = moved.root / "retable.toml"
    known.write_text(
        known.read_text()
        + '[describe.customer_note]\nabout = "What customers say"\ndomain = "system"\n'
        + 'columns = { id = "Its number" }\n'
    )
    assert moved.retable("schema", "--record").status == 0
    assert moved.retable("schema", "--check").status == 0


def test_code_is_found_by_the_names_of_now_and_by_old_ones_alike(shop):
    done(shop)
    before = tables(catalogue(shop))
    assert shop.retable("apply").status == 0
    after = tables(catalogue(shop))

    def places(table):
        return [(use["path"], use["line"], use["certain"]) for use in table["used_in"]]

    assert places(after["shop_order"]) == [
        ("shop/orders.py", 7, True),
        ("shop/report.sql", 1, True),
    ]
    assert [(use["name"], use["old"]) for use in before["shop_order"]["used_in"]] == [
        ("orders", True)
    ] * 2
    assert [(use["name"], use["old"]) for use in after["shop_order"]["used_in"]] == [
        ("shop_order", False)
    ] * 2
    assert {name: places(table) for name, table in before.items()} == {
        name: places(table) for name, table in after.items()
    }


def test_what_the_json_says_of_a_table(moved):
    known = tables(catalogue(moved))
    audit = known["system_audit"]
    assert audit["sources"] == [
        {"name": "audit_trail", "database": "data/roadmap.db", "rows": audit["rows"]}
    ]
    assert (audit["kept_as"], audit["documented"]) == (["audit_trail"], True)
    assert audit["rows"] == audit["rows_at_migration"]
    task = known["specs_task"]
    assert [it["table"] for it in task["foreign_keys"]] == ["specs_specification", "specs_task"]
    assert [it["from"] for it in task["referred_by"]] == ["review_commit", "specs_task"]
    assert task["indexes"][0]["partial"] is True
    assert "audit_trail" not in known, "an old name is told with its table"


def test_rows_that_came_since_are_counted(shop):
    done(shop)
    with closing(sqlite3.connect(shop.root / "data/shop.db")) as database:
        database.execute("INSERT INTO shop_order VALUES (3, 1.0)")
        database.commit()
    assert "3 rows, 2 at the migration; was orders in data/shop.db" in shop.retable("schema").out


def test_code_that_cannot_be_read_is_said_and_breaks_nothing(shop):
    done(shop)
    plan = shop.root / "retable.toml"
    plan.write_text(plan.read_text().replace("[code]", '[code]\npaths = ["nowhere"]'))
    said = shop.retable("schema")
    assert said.status == 0
    assert "code was not read: " in said.out
    assert "code was not read: " in said.err
    assert "not looked for" in shop.retable("schema", "--no-code").out


def test_a_file_that_cannot_be_read_is_named(shop):
    done(shop)
    shop.write("shop/bad.py", 'x = "orders"\ndef broken(:\n')
    said = shop.retable("schema", "--format", "html", "-o", "page.html")
    assert said.status == 0
    assert "not read: shop/bad.py" in said.err
    assert "Code that could not be read" in shop.read("page.html")


# The check, for machines.


def test_the_check_for_programs_and_for_github(shop):
    done(shop)
    with closing(sqlite3.connect(shop.root / "data/shop.db")) as database:
        database.execute("ALTER TABLE shop_order ADD COLUMN paid INT")
    said = shop.retable("schema", "--check", "--format", "json")
    assert said.status == 1
    known = json.loads(said.out)
    assert known["findings"] == [
        {
            "rule": "undocumented",
            "table": "shop_order",
            "column": "paid",
            "what": "column is not documented",
            "mend": "run `retable schema --record`",
        }
    ]
    said = shop.retable("schema", "--check", "--format", "github", "-o", "out/found.txt")
    assert (said.status, said.out) == (1, "")
    assert shop.read("out/found.txt") == (
        "::error file=retable.toml,title=retable schema undocumented::data/shop.db:"
        " shop_order.paid: column is not documented (run `retable schema --record`)\n"
    )


def test_reading_changes_no_file(shop):
    done(shop)
    before = shop.everything()
    for arguments in ([], ["--check"], ["--record", "--dry-run"], ["--format", "html"]):
        assert shop.retable("schema", *arguments).status == 0
    assert shop.everything() == before


# What is refused.


@pytest.mark.parametrize(
    ("arguments", "words"),
    [
        (["--check", "--record"], "say one of them"),
        (["--dry-run"], "--dry-run is for --record"),
        (["--check", "--format", "html"], "--check knows --format text, json, github"),
        (["--format", "github"], "--format github is for --check"),
        (["--record", "-o", "x"], "leave out --format and -o"),
        (["--check", "--no-code"], "are for the catalogue"),
    ],
)
def test_options_that_do_not_go_together(shop, arguments, words):
    said = shop.retable("schema", *arguments)
    assert said.status == 2
    assert words in said.err


def test_before_the_migration_it_says_how_to_begin(shop):
    for arguments in ([], ["--check"], ["--record"]):
        said = shop.retable("schema", *arguments)
        assert said.status == 2
        assert "run `retable migrate`, which writes it" in said.err


@pytest.mark.parametrize(
    ("template", "words"),
    [
        ("https://host/{file}", "has {file}, and only {path} and {line} are known"),
        ("https://host/", "has no {path}"),
        ("https://host/{path", "is no template"),
        ("javascript:{path}", "is no address of a page"),
        ("{path.x}", "has {path.x}"),
        ("{path!r}", "has {path}"),
    ],
)
def test_a_template_that_is_none(shop, template, words):
    said = shop.retable("schema", "--format", "html", "--link", template)
    assert said.status == 2
    assert f"--link: {template!r} {words}" in said.err


def test_where_it_cannot_be_written(shop):
    done(shop)
    shop.write("file", "")
    said = shop.retable("schema", "-o", "file/x.md")
    assert said.status == 2
    assert "choose another with -o" in said.err


@pytest.mark.parametrize(
    ("template", "output", "expected"),
    [
        pytest.param(None, None, "a%20b/c.py#L7", id="on stdout: as if beside the plan"),
        pytest.param(None, "x.html", "a%20b/c.py#L7", id="beside the plan"),
        pytest.param(None, "docs/deep/x.html", "../../a%20b/c.py#L7", id="in a folder"),
        pytest.param(None, "../x.html", "", id="elsewhere: it is taken away"),
        pytest.param(
            "https://h/{path}?l={line}", "../x.html", "https://h/a%20b/c.py?l=7", id="own"
        ),
    ],
)
def test_where_a_place_in_the_code_leads(tmp_path, template, output, expected):
    root = tmp_path / "repository"
    root.mkdir()
    links = links_for(template, root, output and root / output)
    assert links.to("a b/c.py", 7) == expected


# The formats, of names that could break them.


def test_text_says_all_of_it_in_lines(odd):
    said = odd.retable("schema").out
    assert '  odd_é  "odd" </b>\n' in said
    assert '    0 rows; was odd "name" [x] in a.db; also as the view odd "name" [x]\n' in said
    assert "→ nowhere, which is not there\n" in said
    assert "    rl\\u202eo " in said
    assert "    (x, y) → one_two.a, b  on update set null\n    unique (z)\n" in said
    assert "    index i (…, y), of some rows\n" in said
    assert "    ← to.x, y\n    used in x.py:2\n" in said


_ENTITY = re.compile(r'"[^"%\\]*"')
_ATTRIBUTE = re.compile(
    r"[A-Za-z_][A-Za-z0-9_()\-\[\]]* [A-Za-z_][A-Za-z0-9_]*(?: (?:PK|FK)(?:,FK)?)?(?: \"[^\"]*\")?"
)
_RELATION = re.compile(r'"[^"]*" (?:\|\||\|o)--(?:o\{|o\|) "[^"]*" : "[^"]*"')


def test_mermaid_keeps_to_the_grammar(odd):
    """As checked by hand with Mermaid's own parser."""
    first, *lines = odd.retable("schema", "--format", "mermaid").out.splitlines()
    assert first == "erDiagram"
    for line in map(str.strip, lines):
        assert (
            line.startswith("%% ")
            or line == "}"
            or (line.endswith(" {") and _ENTITY.fullmatch(line[:-2]))
            or _ATTRIBUTE.fullmatch(line)
            or _RELATION.fullmatch(line)
        ), line
        assert "%%{" not in line
    assert '        INT fk_ FK "fk"' in lines
    assert '        DECIMAL(10_2) a_b "a b"' in lines
    assert '        untyped n_ "né"' in lines
    assert '    "one_two" |o--o{ "to" : "x, y"' in lines
    assert '    "title" |o--o| "to" : "z"' in lines
    assert "    %% odd_é.fk refers to what is not there" in lines


def test_markdown_says_names_and_no_markup(odd):
    said = odd.retable("schema", "--format", "markdown", "-o", "docs/schema.md")
    assert said.status == 0
    text = odd.read("docs/schema.md")
    assert '\nA "quoted" \\| \\<b\\>domain\\</b\\>.\n' in text
    assert "\n| \\</script\\>\\<img src=x onerror=window.harmed=1\\> | TEXT |  |  |\n" in text
    assert "\n- used in [x.py:2](../x.py#L2)\n" in text
    assert '\n| odd "name" \\[x\\] | a.db | odd_é |\n' in text
    assert text.count("```mermaid\nerDiagram\n") == 1


class Page(HTMLParser):
    """What a page links to, and what could be linked to."""

    def __init__(self, text):
        super().__init__()
        self.anchors, self.links, self.tags = [], [], []
        self.feed(text)

    def handle_starttag(self, tag, attributes):
        known = dict(attributes)
        self.tags.append(tag)
        self.anchors += [known["id"]] if "id" in known else []
        self.links += [known["href"]] if "href" in known else []


def test_the_page_is_whole_the_same_each_time_and_links_to_what_is_there(odd):
    for name in ("one.html", "two.html"):
        assert odd.retable("schema", "--format", "html", "-o", name).status == 0
    assert odd.read("one.html") == odd.read("two.html")
    page = Page(odd.read("one.html"))
    assert len(page.anchors) == len(set(page.anchors))
    assert {it[1:] for it in page.links if it.startswith("#")} <= set(page.anchors)
    assert "x.py#L2" in page.links
    assert "img" not in page.tags
    assert page.tags.count("script") == 2
    assert "U+202E" in odd.read("one.html")


def test_the_page_is_known_again_among_the_code(shop):
    done(shop)
    shop.retable("apply")
    assert shop.retable("schema", "--format", "html", "-o", "retable-schema.html").status == 0
    assert "retable-schema.html" not in shop.retable("check").err
    assert "orders" in shop.read("retable-schema.html")


def change(place, script):
    with closing(sqlite3.connect(place.root / "a.db")) as database:
        database.executescript(script)


def known_of(place):
    with closing(sqlite3.connect(place.root / "a.db")) as database:
        return database.execute(
            "SELECT name, kind, domain, domain_about, about, old_name, old_database, columns,"
            " foreign_keys FROM retable_catalog ORDER BY name"
        ).fetchall()


def test_rows_and_views_of_retables_own_that_were_lost_come_back(odd):
    before = known_of(odd)
    views = "DROP VIEW retable_tables; DROP VIEW retable_columns;"
    change(odd, f"{views} CREATE VIEW retable_columns AS SELECT 1 AS x;")
    said = odd.retable("schema", "--check")
    assert said.status == 1
    assert "retable_tables: view is documented, and there is none (`retable schema" in said.out
    assert odd.retable("schema", "--record").status == 0
    assert known_of(odd) == before
    where = "kind = 'table' OR domain = 'retable'"
    change(odd, f"SELECT * FROM retable_columns; DELETE FROM retable_catalog WHERE {where}")
    assert "under [describe.retable_" not in odd.retable("schema", "--check").out
    assert odd.retable("schema", "--record").status == 0
    assert known_of(odd) == before
    assert odd.retable("schema", "--check").status == 0


@pytest.mark.parametrize(
    ("script", "says"),
    [
        (
            "UPDATE retable_catalog SET rows_at_migration = 'many' WHERE name = 'to'",
            "retable_catalog: 'to': its documentation cannot be read: 'many' is no number of rows",
        ),
        (
            "UPDATE retable_catalog SET about = CAST(x'ff41' AS TEXT) WHERE name = 'to'",
            "a.db: has a text that is not UTF-8, in its schema or in retable_catalog",
        ),
    ],
)
def test_a_documentation_that_is_not_what_it_should_be_is_refused(odd, script, says):
    change(odd, script)
    for how in ([], ["--check"], ["--record"]):
        said = odd.retable("schema", *how)
        assert said.status == 2
        assert says in said.err


def test_a_damaged_table_is_said_and_not_shown_without_its_rows(odd):
    with closing(sqlite3.connect(odd.root / "a.db")) as database:
        find = "SELECT rootpage FROM sqlite_schema WHERE name = 'title'"
        ((page,), (size,)) = (database.execute(it).fetchone() for it in (find, "PRAGMA page_size"))
    with (odd.root / "a.db").open("r+b") as file:
        file.seek((page - 1) * size)
        file.write(b"\xaa" * size)
    said = odd.retable("schema")
    assert said.status == 2
    assert "a.db: is damaged" in said.err


def test_a_view_that_reads_no_table_is_documented_and_in_no_domain(odd):
    change(odd, "CREATE VIEW constant AS SELECT 1 AS x")
    text = odd.read("retable.toml")
    (odd.root / "retable.toml").write_text(f'{text}\n[describe.constant]\ndomain = "one"\n')
    assert odd.retable("schema", "--record").status == 0
    change(odd, "UPDATE retable_catalog SET domain = '', domain_about = '' WHERE name = 'constant'")
    said = odd.retable("schema").out
    assert "\nin no domain\n" in said
    assert "not documented" not in said
