"""Python around SQL, made at random: only the names of tables change, whatever the source is like.

The generator knows what each name is, since it has put it there: in its texts «old» is a table's
name, and every other `old` is a column, an alias, a CTE, a string, a comment or some Python. How a
text is then spelled, cut, joined, formatted and nested makes no difference to that.
"""

import ast
import itertools
import re
import sys
import textwrap

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

LINES = """
data/old.db: old (id, x, y, n, old) -> new_t
data/old.db: a (id, a, b) -> b
data/old.db: b (id, a, b) -> a
data/old.db: items (id, name) -> things
data/old.db: bugs (id, title) -> order
data/old.db: t (id, x, old)
data/old.db: tëst (id, x) -> übung
"""
COLUMNS = {
    "old": ["id", "x", "y", "old"],
    "a": ["id", "a", "b"],
    "b": ["id", "a", "b"],
    "items": ["id", "name"],
    "bugs": ["id", "title"],
    "t": ["id", "x", "old"],
}
NEW = {"old": "new_t", "a": "b", "b": "a", "items": "things", "bugs": "order"}
HOLE = "◊"
NEW_PYTHON = sys.version_info >= (3, 12)

pick = st.sampled_from


# SQL: «name» is a table that gets a new name, ◊ a value that may be known at run time only


@st.composite
def table_names(draw, name):
    """A table as a statement writes it: case and quotes are free."""
    if name not in NEW:
        return name
    cased = draw(pick([name, name, name, name.upper(), name.capitalize()]))
    return draw(pick(["«{}»"] * 6 + ['"«{}»"', "[«{}»]", "`«{}»`"])).format(cased)


@st.composite
def values(draw):
    return draw(
        pick(
            [HOLE, HOLE, HOLE, "?", ":old", "1", "'old'", "'FROM old'", "'it''s'", "NULL", "'{x}'"]
            + ["'\"'", "x'00'", "'\\'", "'é'", "'100 %'", "'a -- old'"]
        )
    )


@st.composite
def sources(draw, *, alias=True):
    """A table in FROM: its text, what its columns are qualified with, its columns."""
    name = draw(pick(sorted(COLUMNS)))
    written = draw(table_names(name))
    schema = draw(pick(["", "", "", "main."]))
    if alias and draw(st.integers(0, 2)) == 0:
        short = draw(pick(["o", "x", "old", "items", '"bugs"']))
        word = draw(pick([" AS ", " ", "\n  as "]))
        return f"{schema}{written}{word}{short}", short, COLUMNS[name]
    return f"{schema}{written}", draw(table_names(name)), COLUMNS[name]


@st.composite
def conditions(draw, qualifier, columns):
    column = draw(pick(columns))
    left = draw(pick([f"{qualifier}.{column}", column]))
    kind = draw(pick(["=", "=", "in", "sub", "exists", "like", "in table"]))
    inner, other, names = draw(sources(alias=False))
    match kind:
        case "in":
            return f"{left} IN ({draw(values())}, {draw(values())})"
        case "sub":
            return f"{left} IN (SELECT {draw(pick(names))} FROM {inner})"
        case "exists":
            return f"EXISTS (SELECT 1 FROM {inner} WHERE {other}.{names[0]} > {draw(values())})"
        case "like":
            return f"{left} LIKE 'old%' ESCAPE '\\'"
    return f"{left} = {draw(values())}"


@st.composite
def selects(draw):
    source, qualifier, columns = draw(sources())
    column = draw(pick(columns))
    listed = draw(pick(["*", f"{qualifier}.{column}", f"count(*) AS old, {qualifier}.*", "1"]))
    text = f"SELECT {listed} FROM {source}"
    if draw(st.integers(0, 3)) == 0:
        second, other, names = draw(sources(alias=False))
        if other.strip('«»"[]`').lower() != qualifier.strip('«»"[]`').lower():
            join = draw(pick(["JOIN", "LEFT JOIN", "CROSS JOIN"]))
            text += f" {join} {second} ON {other}.{names[0]} = {qualifier}.{columns[0]}"
            return text + draw(pick(["", f" LIMIT {HOLE}", f" WHERE {qualifier}.id = {HOLE}"]))
    if draw(st.booleans()):
        text += f"\nWHERE {draw(conditions(qualifier, columns))}"
    text += draw(pick(["", "", f" ORDER BY {column} DESC", f" LIMIT {HOLE} OFFSET 1"]))
    return text


@st.composite
def changes(draw):
    name = draw(pick(sorted(NEW)))
    table, columns = draw(table_names(name)), COLUMNS[name]
    condition = draw(conditions(draw(table_names(name)), columns))
    last = columns[-1]
    return draw(
        pick(
            [
                f"INSERT INTO {table} (id, {last}) VALUES ({HOLE}, {draw(values())})",
                f"INSERT OR REPLACE INTO {table} ({columns[0]}) SELECT {last} FROM {table}",
                f"REPLACE INTO {table}\n({last}) VALUES (?)",
                f"UPDATE {table} SET {last} = {draw(values())} WHERE {condition}",
                f"UPDATE OR IGNORE {table} SET id = {HOLE}, {last} = 'old'",
                f"DELETE FROM {table} WHERE {condition}",
            ]
        )
    )


@st.composite
def definitions(draw):
    name = draw(pick(sorted(NEW)))
    table, column = draw(table_names(name)), COLUMNS[name][-1]
    other = draw(table_names("items"))
    return draw(
        pick(
            [
                f"CREATE TABLE IF NOT EXISTS {table} (id INTEGER, {column} TEXT DEFAULT 'old')",
                f"CREATE TABLE extra (old INT REFERENCES {table} (id))",
                f"CREATE INDEX IF NOT EXISTS old_{column} ON {table} ({column}) -- old\n",
                f"DROP TABLE IF EXISTS {table}",
                f"ALTER TABLE {table} ADD COLUMN new_column TEXT",
                f"PRAGMA table_info({table})",
                f"CREATE VIEW old_view AS SELECT {column} FROM {table}",
                f"CREATE TRIGGER old_trigger AFTER INSERT ON {table} BEGIN"
                f" DELETE FROM {other} WHERE id = NEW.{column}; END",
            ]
        )
    )


@st.composite
def others(draw):
    table = draw(table_names("old"))
    return draw(
        pick(
            [
                f"WITH items AS (SELECT x FROM {table}) SELECT items.x FROM items",
                f"WITH RECURSIVE a(n) AS (SELECT 1 UNION SELECT n + 1 FROM a) SELECT n FROM a, {table}",
                "SELECT name FROM sqlite_master WHERE type = 'table' AND name = '«old»'",
                "SELECT sql FROM sqlite_master WHERE type = 'index' AND name = 'old'",
                f"SELECT x /* old */ FROM {table} -- items\n WHERE 1",
                f"SELECT x FROM {table} UNION ALL SELECT id FROM «items» ORDER BY 1",
                f"SELECT CASE WHEN x THEN 'old' ELSE old END FROM {table}",
                "SELECT t.old FROM t AS t",
                f"EXPLAIN QUERY PLAN SELECT x FROM {table}",
                "INSERT INTO t (old) VALUES ('old')",
            ]
        )
    )


@st.composite
def statements(draw):
    text = draw(st.one_of(selects(), selects(), changes(), definitions(), others()))
    if draw(st.integers(0, 7)) == 0:
        text += f";\n{draw(st.one_of(changes(), definitions()))};"
    return draw(pick(["", "", "", "\n    ", "-- old\n"])) + text


# Literals


def bare(text):
    return text.replace("«", "").replace("»", "").replace(HOLE, "?")


@st.composite
def spelled(draw, text, quote, *, formatted=False, percent=False, braces=False):
    """The contents of a literal that says this, raw if it can be; and whether it is raw."""
    if percent:
        text = text.replace("%", "%%")
    if formatted or braces:
        text = text.replace("{", "{{").replace("}", "}}")
    several = len(quote) == 3
    can_be_raw = quote[0] not in text and not text.endswith("\\") and (several or "\n" not in text)
    if can_be_raw and draw(pick([False, False, "\\" in text])):
        return text, "r"
    escapes = draw(pick(["", "", "", "spaces", "newlines", "tabs", "continued"]))
    written = []
    for at, char in enumerate(text):
        last = at == len(text) - 1
        if char == "\\":
            char = "\\\\"
        elif char == quote[0]:
            char = (
                "\\" + char
                if not several
                or last
                or draw(st.booleans())
                or '"' in text[at + 1 : at + 3]
                or "'" in text[at + 1 : at + 3]
                else char
            )
        elif char == "\n" and (not several or escapes == "newlines"):
            char = "\\n"
        elif char == " " and escapes == "spaces":
            char = draw(pick([" ", "\\x20", "\\u0020", "\\N{SPACE}", "\\040"]))
        elif char == " " and escapes == "tabs":
            char = draw(pick([" ", "\t", "\\t"]))
        elif char == " " and escapes == "continued":
            char = draw(pick([" ", " \\\n"]))
        elif char == "é" and escapes:
            char = "\\xe9"
        written.append(char)
    return "".join(written), ""


def holes_in(quote):
    """What may stand in the hole of an f-string, without its quotes."""
    other = "'" if quote[0] == '"' else '"'
    plain = [
        "x",
        "x!r",
        "x:>{width}",
        "x:{w}.{p}f",
        " x ",
        "f(1, 2)",
        "items[0].old",
        "x if y else z",
    ]
    plain += ["old.id", "(lambda: 1)()", "x:%Y", "{1: 2}[1]".join("  ")]
    plain += [f"d[{other}old{other}]", f"f({other}items{other})", f"f{other}{{x}}{other}"]
    if len(quote) == 3:
        plain += ["\n  x\n", f"{quote[0]}y{quote[0]}.z"]
    if NEW_PYTHON:
        plain += [f"d[{quote}old{quote}]", f"{other}\\n{other}.join(x)", "x  # old\n"]
        plain += [f"f{quote}{{f{quote}{{x}}{quote}}}{quote}"]
    return plain


@st.composite
def pieces_of(draw, text, most=3):
    """The text cut at any place that is not within a name or a hole."""
    inside = {
        at for match in re.finditer("«[^»]*»", text) for at in range(match.start() + 1, match.end())
    }
    places = [at for at in range(1, len(text)) if at not in inside]
    cuts = sorted(draw(st.sets(pick(places), max_size=most))) if places else []
    return [text[a:b] for a, b in itertools.pairwise([0, *cuts, len(text)])]


@st.composite
def literals(draw, text, *, may_format=True, percent=False, braces=False):
    """One literal that says this; holes are filled by an f-string, or stay parameters."""
    quote = draw(pick(["'", '"', '"""', "'''"]))
    formatted = may_format and draw(st.booleans())
    if not formatted:
        mark = "?" if may_format else HOLE
        body, raw = draw(spelled(text.replace(HOLE, mark), quote, percent=percent, braces=braces))
        prefix = draw(pick(["r", "R"])) if raw else draw(pick(["", "", "", "u", "U"]))
        return f"{prefix}{quote}{body}{quote}"
    # A hole is put in where the contents are already spelled.
    body, raw = draw(spelled(text, quote, formatted=True))
    while HOLE in body:
        body = body.replace(HOLE, "{" + draw(pick(holes_in(quote))) + "}", 1)
    prefix = draw(pick(["f", "F"])) + raw
    return (prefix[::-1] if draw(st.booleans()) else prefix) + f"{quote}{body}{quote}"


@st.composite
def tails(draw, text):
    """What may be added to a SELECT at run time."""
    if not text.lstrip().startswith("SELECT") or re.search(r"LIMIT|ORDER|--|;", text):
        return ""
    return draw(
        pick(
            ["", ' + " LIMIT 1"', ' + f" LIMIT {n}"', ' + " LIMIT " + str(old)', ' f" LIMIT {n}"']
            + [' + " " + limit', ' + (" LIMIT 1" if old else "")', ' + f" {limit}"']
        )
    )


@st.composite
def filled(draw, text, way):
    """The holes of `%` and `format`."""
    kinds = {
        "%": ["%s", "%d", "%(old)s", "%-5s", "%.2f"],
        "format": ["{}", "{0}", "{x}", "{x!r:>5}", "{x.y}", "{x[old]}"],
    }[way]
    while HOLE in text:
        text = text.replace(HOLE, draw(pick(kinds)), 1)
    return text


SHAPES = [
    "one",
    "one",
    "implicit",
    "implicit",
    "+",
    "join",
    "dedent",
    "%",
    "format",
    "mixed",
    "nested",
]


@st.composite
def expressions(draw):
    """An expression whose value is a statement."""
    text = draw(statements())
    shape = draw(pick(SHAPES))
    if shape == "one":
        return draw(literals(text))
    if shape == "nested":
        # A statement in the hole of an f-string that is none: its quotes are the other ones.
        inner = text.replace(HOLE, "?").replace("\n", " ")
        if re.search("""['"\\\\{}]|--""", inner):
            return draw(literals(text))
        return f'f"""old: {{\' \'.join(c.execute(\'{inner}\'))}} old"""'
    if shape == "dedent":
        body = (
            textwrap.indent(text.replace(HOLE, "?").strip("\n"), "    ")
            .replace("\\", "\\\\")
            .replace('"""', "'")
        )
        body = body + " " if body.endswith('"') else body
        call = draw(pick(["dedent", "textwrap.dedent", "inspect.cleandoc"]))
        return f'{call}("""\n{body}\n""")' + draw(pick(["", ".strip()"]))
    if shape in ("%", "format"):
        parts = draw(pieces_of(text, 2))
        how = {"percent": shape == "%", "braces": shape == "format"}
        inner = " ".join([draw(literals(part, may_format=False, **how)) for part in parts])
        inner = draw(filled(inner, shape))
        tail = " % (x, y)" if shape == "%" else draw(pick([".format(x, y)", ".format(x=y, **old)"]))
        return f"({inner}){tail}"
    if shape == "join":
        separator = draw(pick([" ", "\n"]))
        text = text.replace("-- old", "/* old */").replace("-- items", "")  # which end with a line
        parts = [draw(literals(part)) for part in text.split(" ")]
        open_, close = draw(pick([("[", "]"), ("(", ",)")]))
        mark = repr(separator)
        return f"{mark}.join({open_}{', '.join(parts)}{close})"
    joints = {
        "implicit": [" ", "\n    ", "  # old\n    ", "\n\n  ", " \\\n "],
        "+": [" + ", " +\n    ", "  # FROM old\n    + ", " + \\\n "],
    }
    joints["mixed"] = joints["implicit"] + joints["+"]
    parts = [draw(literals(part)) for part in draw(pieces_of(text))]
    whole = parts[0] + "".join(draw(pick(joints[shape])) + part for part in parts[1:])
    return f"({whole}{draw(tails(text))})"


# Frames: what stands around an expression

EXECUTES = [
    "db.execute({})\n",
    "self.conn.cursor().executemany({}, rows)\n",
    "async def f():\n    async with db.execute({}, (1,)) as c:\n        await c\n",
    "for row in c.execute({}):\n\tpass\n",
    "old = [r['old'] for r in db.execute({})]\n",
    "if (row := db.execute({}).fetchone()) is None: pass\n",
    "db.executescript({}); x = 'old'\n",
    "@hook(db.execute({}))\ndef f(): pass\n",
    "class Old:\n\tdef m(self, q=lambda: db.execute({})):\n\t\treturn q\n",
    "match db.execute({}):\n    case [old]: pass\n    case 'old': pass\n",
    "try:\n  db.execute({})\nexcept* E: pass\n",
    "def f(*, old): return db.execute({}, [old])\n",
    "x[db.execute({})] = {{'old': 1}}\n",
    "f(*db.execute({}), **{{'old': db.execute({})}})\n",
    "class items(Base, metaclass=db.execute({})): pass\n",
    "assert db.execute({}), 'old'\n",
    "if 1:\n\tif 2:\n\t\twith db.execute({}) as old, db.execute({}): pass\n",
    "pd.read_sql_query({}, con)\n",
]
HOLDS = [
    "x = {}\n",
    "X: 'old' = {}\n",
    "x, y = {}, {}\n",
    "def f(q={}):\n    return q\n",
    "Q = [{}, 'é😀', ({},)]\n",
    "x = {{'old': {}, **y}}\n",
    "def f():\n    return {}\n",
    "def f():\n    yield {}\n",
    "x = y if z else {}\n",
    "match x:\n    case 1:\n        y = {}\n",
    "if (q := {}): pass\n",
    "f(lambda q={}: q)\n",
    "class A:\n    old = {}\n",
    "x = y or {}\n",
    "x += {}\n",
    "@old.items(sql={})\nclass A: pass\n",
    "tëst = {}\n",
]
NOISE = [
    "old = items['old'] if 'old' in items else old.items\n",
    "def old(items): 'Update old with items'\n",
    "class Items: old = 1\n",
    "print('Select items from the old list')\n",
    "import items as old  # FROM old\n",
    "x = 'old.py', 'items/old', b'old'\n",
    "if x:\n    '''SELECT * FROM old'''\n",
    "log.info('old %s', old)\n",
    "\x0c\n",
    "def f():\n    r'''SELECT * FROM old'''\n    return 1\n",
    "x = b'DELETE FROM ' b'old'\n",
    "ünï = 'é' ; old = ünï\n",
    "x = '''\n  old items\n'''\n",
    "\n\n   \n\t\n",
    "x = f'{old}{items!r}'\n",
    "if x:  # SELECT * FROM old\n\told  # bugs\n",
    "print(f'{old}: items of {bugs}')\n",
    "x = old . items [ 'old' : ]\n",
    "x = rb'''FROM old'''\n",
]


@st.composite
def framed(draw, frames):
    frame = draw(pick(frames))
    count = frame.replace("{{", "").replace("}}", "").count("{}")
    return frame.format(*(draw(expressions()) for _ in range(count)))


@st.composite
def modules(draw):
    """A module's marked text, and its bytes without the marks."""
    parts = draw(
        st.lists(
            st.one_of(framed(EXECUTES), framed(EXECUTES), framed(HOLDS), pick(NOISE)),
            min_size=1,
            max_size=6,
        )
    )
    text = "".join(parts)
    head, codec = draw(
        pick(
            [("", "utf-8")] * 6
            + [
                ("# coding: latin-1\n", "latin-1"),
                ("#!/usr/bin/env python\n# -*- coding: cp1252 -*-\n", "cp1252"),
                ("\ufeff", "utf-8"),
                ("# coding: utf-8-unix\n", "utf-8"),
            ]
        )
    )
    if codec != "utf-8":
        text = text.replace("😀", "")
    text = head + text.replace("\n", draw(pick(["\n", "\n", "\n", "\r\n", "\r"])))
    if draw(st.booleans()):
        text = text.rstrip("\r\n") if "\\" not in text[-4:] else text
    return text, bare(text).encode(codec), codec


SPELLINGS = {
    old: [new] if new != "order" else ['"order"', '\\"order\\"', "[order]"]
    for old, new in NEW.items()
}


def expected(marked):
    """A pattern for the module afterwards: the names of tables have changed, and nothing else."""
    pieces = re.split("«([^»]*)»", marked)
    pattern = ""
    for text, name in itertools.zip_longest(pieces[::2], pieces[1::2], fillvalue=""):
        pattern += re.escape(text)
        if name:
            both = [re.escape(new) for new in (*SPELLINGS[name.lower()], NEW[name.lower()])]
            pattern += f"(?:{'|'.join(both)})"
    return re.compile(pattern, re.DOTALL)


COUNTER = itertools.count()
PROFILE = {
    "deadline": None,
    "suppress_health_check": [
        HealthCheck.function_scoped_fixture,
        HealthCheck.too_slow,
        HealthCheck.data_too_large,
        HealthCheck.large_base_example,
    ],
}


def check(project, module, *, schemas):
    marked, data, codec = module
    sure = schemas
    ast.parse(data)
    made = project({"case.py": data}, LINES, schemas=schemas, folder=str(next(COUNTER)))
    found, changed = made.changes(partial=True)
    assert not found.unreadable
    assert not changed.unproved, [it.why for it in changed.unproved]
    asked = [f"{it.line}: {it.old}: {it.question}" for it in changed.review]
    made.apply(changed)
    after = (made.root / "case.py").read_bytes()
    ast.parse(after)
    result = after.decode(codec)
    assert expected(marked.replace(HOLE, "?")).fullmatch(result), f"{marked!r}\n{result!r}\n{asked}"
    # A bare name elsewhere may look like one that code puts into SQL; statements leave no doubt.
    doubts = [it for it in changed.review if it.clause != "literal"]
    assert sure == (not doubts) or not sure, f"{marked!r}\n{asked}"
    swaps = {it.old.lower() for it in changed.edited} & {"a", "b"}
    again, more = made.changes(partial=True)
    assert swaps or not more.rewritten, "a second run must change nothing"
    assert swaps or not [it for it in again.references if it.certain], "a leftover"


@settings(max_examples=60, **PROFILE)
@given(modules())
def test_only_the_names_of_tables_change(project, module):
    check(project, module, schemas=True)


@pytest.mark.slow
@settings(max_examples=5_000, **PROFILE)
@given(modules())
def test_only_the_names_of_tables_change_in_many_modules(project, module):
    check(project, module, schemas=True)
