"""Python around statements, made at random: how they are spelled, cut, joined and nested."""

import itertools
import re
import sys
import textwrap

from hypothesis import strategies as st

from tests.refactor.any_sql import HOLE, pick, statements

NEW_PYTHON = sys.version_info >= (3, 12)

# Literals


def bare(text):
    return text.replace("«", "").replace("»", "").replace(HOLE, "?")


ESCAPES = {
    "": {},
    "spaces": {" ": [" ", "\\x20", "\\u0020", "\\N{SPACE}", "\\040"], "é": ["\\xe9"]},
    "newlines": {"\n": ["\\n"]},
    "tabs": {" ": [" ", "\t", "\\t"]},
    "continued": {" ": [" ", " \\\n"]},
    "letters": {"S": ["S", "\\x53", "\\N{LATIN CAPITAL LETTER S}"], "F": ["F", "\\106", "\\u0046"]},
}


@st.composite
def spelled(draw, text, quote, *, percent=False, braces=False):
    """The contents of a literal that says this, and "r" if they are spelled raw."""
    text = text.replace("%", "%%") if percent else text
    text = text.replace("{", "{{").replace("}", "}}") if braces else text
    several = len(quote) == 3
    can_be_raw = quote[0] not in text and not text.endswith("\\") and (several or "\n" not in text)
    if can_be_raw and draw(pick([False, False, "\\" in text])):
        return text, "r"
    ways = {"\\": ["\\\\"], **({} if several else {"\n": ["\\n"]})}
    ways |= draw(pick([ESCAPES[""], *ESCAPES.values()]))
    written = []
    for at, char in enumerate(text):
        # Within three quotes one may stand plain, if no other one follows and the end does not.
        plain = several and quote[0] not in text[at + 1 : at + 3] and at < len(text) - 1
        if char == quote[0]:
            written.append(draw(pick([char, f"\\{char}"])) if plain else f"\\{char}")
        else:
            written.append(draw(pick(ways[char])) if char in ways else char)
    return "".join(written), ""


def holes_in(quote):
    """What may stand in a hole of an f-string in these quotes."""
    other = "'" if quote[0] == '"' else '"'
    found = ["x", "x!r", "x:>{width}", "x:{w}.{p}f", " x ", "f(1, 2)", "items[0].old", "x:%Y"]
    found += ["x if y else old", "(lambda: 1)()", " {1: 2}[1] "]
    found += [f"d[{other}old{other}]", f"f({other}items{other})", f"f{other}{{x}}{other}"]
    if len(quote) == 3:
        found += ["\n  x\n", f"{quote[0]}y{quote[0]}.z"]
    if NEW_PYTHON:
        found += [f"d[{quote}old{quote}]", f"{other}\\n{other}.join(x)", "x  # old\n"]
        found += [f"f{quote}{{f{quote}{{x}}{quote}}}{quote}"]
    return found


@st.composite
def pieces_of(draw, text, most=3):
    """The text cut at any place that is not within a name or a hole."""
    names = [range(it.start() + 1, it.end()) for it in re.finditer("«[^»]*»", text)]
    places = [at for at in range(1, len(text)) if not any(at in name for name in names)]
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
    body, raw = draw(spelled(text, quote, braces=True))
    while HOLE in body:
        body = body.replace(HOLE, "{" + draw(pick(holes_in(quote))) + "}", 1)
    prefix = draw(pick(["f", "F"])) + raw
    return (prefix[::-1] if draw(st.booleans()) else prefix) + f"{quote}{body}{quote}"


TAILS = [
    "",
    ' + " LIMIT 1"',
    ' + f" LIMIT {n}"',
    ' + " LIMIT " + str(old)',
    ' f" LIMIT {n}"',
    ' + " " + limit',
    ' + (" LIMIT 1" if old else "")',
    ' + f" {limit}"',
]


@st.composite
def tails(draw, text):
    """What may be added to a SELECT at run time."""
    if not text.lstrip().startswith("SELECT") or re.search(r"LIMIT|ORDER|--|;", text):
        return ""
    return draw(pick(TAILS))


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


@st.composite
def one(draw, text):
    return draw(literals(text))


@st.composite
def nested(draw, text):
    """A statement in the hole of an f-string which is none itself; its quotes are other ones."""
    inner = text.replace(HOLE, "?").replace("\n", " ")
    if re.search("""['"\\\\{}]|--""", inner):
        return draw(literals(text))
    return f'f"""old: {{\' \'.join(c.execute(\'{inner}\'))}} old"""'


@st.composite
def dedented(draw, text):
    body = textwrap.indent(text.replace(HOLE, "?").strip("\n"), "    ").replace("\\", "\\\\")
    body = body.replace('"' * 3, "'") + " "
    call = draw(pick(["dedent", "textwrap.dedent", "inspect.cleandoc"]))
    return f'{call}("""\n{body}\n""")' + draw(pick(["", ".strip()"]))


@st.composite
def formatted(draw, text):
    percent = draw(st.booleans())
    how = {"percent": percent, "braces": not percent}
    parts = [draw(literals(part, may_format=False, **how)) for part in draw(pieces_of(text, 2))]
    filling = ["% (x, y)", "% {'old': x}", "% x"]
    if not percent:
        filling = [".format(x, y)", ".format(x=y, **old)", ".format_map({'x': y})"]
    return f"({draw(filled(' '.join(parts), '%' if percent else 'format'))}){draw(pick(filling))}"


@st.composite
def joined(draw, text):
    text = text.replace("-- old", "/* old */").replace("-- items", "")  # which end with a line
    parts = ", ".join([draw(literals(part)) for part in text.split(" ")])
    return draw(pick([f'" ".join([{parts}])', f"'\\n'.join(({parts},))"]))


IMPLICIT = [" ", "\n    ", "  # old\n    ", "\n\n  ", " \\\n "]
EXPLICIT = [" + ", " +\n    ", "  # FROM old\n    + ", " + \\\n "]


@st.composite
def summed(draw, text):
    """Literals side by side, or added."""
    joints = draw(pick([IMPLICIT, EXPLICIT, IMPLICIT + EXPLICIT]))
    first, *rest = [draw(literals(part)) for part in draw(pieces_of(text))]
    whole = first + "".join(draw(pick(joints)) + part for part in rest)
    return f"({whole}{draw(tails(text))})"


SHAPES = [one, one, nested, dedented, formatted, formatted, joined, summed, summed, summed]


@st.composite
def expressions(draw):
    """An expression whose value is a statement."""
    return draw(draw(pick(SHAPES))(draw(statements())))


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
    "def outer():\n    def inner(old):\n        return old.execute({})\n    return inner\n",
    "x = {{old: c.execute({}) for old in items}}\n",
    "async def f():\n    return [old async for old in db.execute({})]\n",
    "class A:\n\tclass B:\n\t\told = db.execute({})\n",
    "\x0cdef f(): db.execute({})\n",
    "while (row := db.execute({}).fetchone()): pass\n",
    "print(*db.execute({}), sep='old')\n",
    "match old:\n    case {{'old': 1}} if db.execute({}): pass\n",
    "f(lambda old: db.execute({}))\n",
    "db.execute({}.strip())\n",
    "@old\nasync def f(self, /, old, *, items=None): await db.execute({}, (old,))\n",
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
TRAVELS = [
    "q = {}\ndb.execute(q)\n",
    "class A:\n    Q = {}\n\n    def m(self):\n        return self.c.execute(self.Q, (1,))\n",
    "def run(sql, *old):\n    return db.execute(sql, old)\n\n\nrun({})\n",
    "Q = {{'old': {}}}\ndb.execute(Q['old'])\n",
    "for q in [{}, {}]:\n    db.execute(q)\n",
    "def f(q={}):\n    db.execute(q)\n",
    "def f():\n    q = {}\n    if old:\n        q = {}\n    return db.execute(q).fetchall()\n",
    "q = [{}, {}]\ndb.executescript(';'.join(q))\n",
    "def f(*old, q={}):\n    db.execute(q, old)\n",
    "def run(*sql):\n    for each in sql:\n        db.execute(each)\n\n\nrun({}, {})\n",
    "class A:\n    def q(self): return {}\n\n    def m(self): self.c.execute(self.q())\n",
    "async def f(q={}):\n    async with db.execute(q) as old: pass\n",
    "if (q := {}):\n    db.execute(q)\n",
    "def outer():\n    q = {}\n\n    def inner():\n        db.execute(q)\n    return inner\n",
    "for name, q in {{'x': {}, 'y': {}}}.items():\n    db.execute(q)\n",
    "[db.execute(q) for q in ({}, {})]\n",
    "run = partial(db.execute, {})\n",
    "q, n = {}, 1\ndb.execute(q)\n",
    "match y:\n    case 1:\n        q = {}\n    case _:\n        q = {}\ndb.execute(q)\n",
    "def q():\n    yield {}\nfor each in q():\n    db.execute(each)\n",
]
# Names that travel into SQL; nothing else in a module has these variables.
NAMES = """
for table in ('«old»', 't', "«items»"):
    db.execute(f'SELECT id FROM {table}')

TABLE = '«bugs»'
db.execute('SELECT title FROM ' + TABLE + ' WHERE id = ?', (1,))

def rows(table='«items»', *_):
    return db.execute('SELECT * FROM %s' % table)

def clear(*tables):
    [db.execute(f'DELETE FROM {it}') for it in tables]
clear('«old»')

def see(**of):
    db.execute('SELECT 1 FROM {it}'.format(**of))
see(it=r'«old»')

PAIRS = {'«items»': 'name', '«old»': 'x'}
for one, column in PAIRS.items():
    db.execute('SELECT %(c)s FROM %(t)s' % {'t': one, 'c': column})

for table in ['«old»', '«items»']:
    if table != '«old»':
        db.execute(f'SELECT 1 FROM {table}')

class Kept:
    table: str = '«old»'
    def rows(self):
        return db.execute(f'SELECT x FROM {self.table}')

Row = namedtuple('Row', 'of by')
for of, by in [Row('«items»', 'name')]:
    db.execute(f'SELECT {by} FROM {of}')

def names():
    yield '«old»'
for of in names():
    db.execute(f'SELECT 1 FROM {of}')
"""
NAMES = [f"{it}\n" for it in NAMES.strip().split("\n\n")]
NOISE = [
    "old = items['old'] if 'old' in items else old.items\n",
    "def old(items): 'Update old with items'\n",
    "class Items: old = 1\n",
    "print('Select items from the old list')\n",
    "import items as old  # FROM old\n",
    "x = 'old.py', 'items/old', b'SELECT * FROM old'\n",
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


HEADS = [
    *[("", "utf-8")] * 6,
    ("\ufeff", "utf-8"),
    ("# coding: utf-8-unix\n", "utf-8"),
    ("# coding: latin-1\n", "latin-1"),
    ("#!/usr/bin/env python\n# -*- coding: cp1252 -*-\n", "cp1252"),
]


@st.composite
def framed(draw, frames):
    frame = draw(pick(frames))
    count = frame.replace("{{", "").replace("}}", "").count("{}")
    return frame.format(*(draw(expressions()) for _ in range(count)))


@st.composite
def built(draw):
    """A statement that is put together over several lines."""
    text = draw(statements())
    spaces = [it.end() for it in re.finditer(" (?=[A-Z])", text)]
    places = [at for at in spaces if text.count("'", 0, at) % 2 == 0]
    cuts = sorted(draw(st.sets(pick(places), max_size=2))) if places and "--" not in text else []
    pieces = [text[a:b] for a, b in itertools.pairwise([0, *cuts, len(text)])]
    first, *rest = [draw(literals(part)) for part in pieces]
    lines = [f"q = {first}", *(draw(pick(["q += {}", "q = q + {}"])).format(it) for it in rest)]
    lines = "".join(f"    {line}\n" for line in lines)
    return f"def f(old):\n{lines}    db.execute(q, old)\n"


@st.composite
def modules(draw):
    """A module's marked text, and its bytes without the marks."""
    parts = draw(
        st.lists(
            st.one_of(
                *(framed(EXECUTES), framed(HOLDS), framed(TRAVELS), built()),
                *(pick(NAMES), pick(NOISE)),
            ),
            min_size=1,
            max_size=6,
        )
    )
    text = "".join(parts)
    head, codec = draw(pick(HEADS))
    if codec != "utf-8":
        text = text.replace("😀", "")
    text = head + text.replace("\n", draw(pick(["\n", "\n", "\n", "\r\n", "\r"])))
    if draw(st.booleans()):
        text = text.rstrip("\r\n") if "\\" not in text[-4:] else text
    return text, bare(text).encode(codec), codec
