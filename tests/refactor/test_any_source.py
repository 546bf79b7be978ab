"""Python around SQL, made at random: only the names of tables change, whatever the source is like.

The generator knows what each name is, since it has put it there: in its texts «old» is a table's
name, and every other `old` is a column, an alias, a CTE, a string, a comment or some Python. How a
text is then spelled, cut, joined, formatted and nested makes no difference to that.
"""

import ast
import itertools
import re

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from tests.refactor.any_python import bare, modules
from tests.refactor.any_sql import HOLE, LINES, NEW
from tests.refactor.test_rewrites import assert_every_hit_is_accounted_for

SPELLINGS = {
    old: [new] if new != "order" else ['"order"', '\\"order\\"', "[order]"]
    for old, new in NEW.items()
}


def expected(marked, asked, *, read):
    """A pattern for the module afterwards: all names but those asked about have changed.

    A name that is spelled with escapes must be asked about, if the module was read at all: that
    takes one name, or a file's, as it is.
    """
    pieces = re.split("«([^»]*)»", marked)
    pattern, at = "", 0
    for text, name in itertools.zip_longest(pieces[::2], pieces[1::2], fillvalue=""):
        pattern, at = pattern + re.escape(text), at + len(text)
        if name:
            stays = at in asked or ("\\" in name and not read)
            assert stays or "\\" not in name, f"nobody is asked about {name}"
            may_be = [name] if stays else [*SPELLINGS[name.lower()], NEW[name.lower()]]
            pattern, at = f"{pattern}(?:{'|'.join(map(re.escape, may_be))})", at + len(name)
    return re.compile(pattern, re.DOTALL)


def texts_in_sql(tree):
    """The variables and functions that give some text, and are put into a longer one.

    Of `x = "old"` and `f"… LIMIT {x}"` no statement comes that SQLite compiles; the program that is
    made at random makes no sense there, and a question about its names is no fault.
    """
    given, used = set(), set()
    for node in ast.walk(tree):
        match node:
            case ast.Assign() | ast.AnnAssign() | ast.AugAssign() | ast.NamedExpr() | ast.For():
                value = node.iter if isinstance(node, ast.For) else node.value
                targets = node.targets if isinstance(node, ast.Assign) else [node.target]
                if value and any(isinstance(it, ast.Constant) for it in ast.walk(value)):
                    given |= {it.id for each in targets for it in names_in(each)}
            case ast.FunctionDef(name=name) if any(
                isinstance(it, ast.Return) and it.value for it in ast.walk(node)
            ):
                given.add(name)
            case ast.arguments():
                given |= {it.arg for it in (*node.args, *node.kwonlyargs)}
            case ast.JoinedStr():
                used |= {it.id for it in names_in(node)}
            case ast.BinOp(right=value):
                used |= {it.id for it in names_in(value)}
            case ast.Call(func=ast.Attribute(attr="format")):
                used |= {it.id for each in (*node.args, *node.keywords) for it in names_in(each)}
    return given & used


def names_in(tree):
    return [it for it in ast.walk(tree) if isinstance(it, ast.Name)]


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

FOUND = {
    "a literal that goes on behind what is put into it": """\
x = y if z else "" "'old" % ()
run(" ".join(["\\n", f"UPDATE{x!r}" "''", "old');"]))
""",
    "one table with its schema and without, inside and outside": """\
x = y if z else '\\n    SELECT * FROM «a» AS o JOIN main.«bugs» ON «bugs».id = o.id'
db.execute(('SELECT * FROM «bugs»\\nWHERE «bugs».id IN ({}, {})').format(x, y))
""",
    "a statement in the quotes of two others in a script": """\
x = 'SELECT * FROM «a» AS o JOIN «a» ON «a».id = o.id'
def f(old):
    q = f'SELECT * FROM «a» AS o\\nWHERE o.id IN ({x!r}, {x!r});\\nCREATE TABLE «a» (id INTEGER);'
    db.execute(q, old)
""",
    "brackets and one parameter, which a pattern could have": """\
x = 'REPLACE INTO [«a»]\\n(b) VALUES (?)'
""",
}


def check(project, module, *, schemas):
    marked, data, codec = module
    tree = ast.parse(data)
    made = project({"case.py": data}, LINES, schemas=schemas, folder=str(next(COUNTER)))
    found, changed = made.changes(partial=True)
    assert not found.unreadable
    assert not changed.unproved, [it.why for it in changed.unproved]
    made.apply(changed)
    after = (made.root / "case.py").read_bytes().decode(codec)
    ast.parse(after.encode(codec))
    # A bare name elsewhere may look like one that code puts into SQL. A statement leaves no doubt,
    # unless only its columns could tell which of two tables is meant.
    asked = [
        it for it in changed.review if it.clause != "literal" and "bytes" not in (it.question or "")
    ]
    strange = [it for it in asked if "escapes" not in it.question]
    assert not (strange and schemas) or texts_in_sql(tree), asked
    hidden = len(bare(marked)) - len(found.files[0].source.text) if found.files else 0
    starts = {it.start + hidden for it in asked}
    pattern = expected(marked.replace(HOLE, "?"), starts, read=bool(found.files))
    assert pattern.fullmatch(after), f"{marked!r}\n{after!r}"
    texts = {str(it.path): it.source.text for it in found.files}
    assert_every_hit_is_accounted_for(made, found, texts)
    if not {it.old.lower() for it in changed.edited} & {"a", "b"}:  # which change places
        again, more = made.changes(partial=True)
        assert not more.rewritten, "a second run must change nothing"
        assert not [it for it in again.references if it.certain], "a leftover"


@settings(max_examples=60, **PROFILE)
@given(modules(), st.booleans())
def test_only_the_names_of_tables_change(project, module, schemas):
    check(project, module, schemas=schemas)


@pytest.mark.parametrize("marked", FOUND.values(), ids=FOUND)
def test_what_was_found_before(project, marked):
    check(project, (marked, bare(marked).encode(), "utf-8"), schemas=False)


@pytest.mark.slow
@settings(max_examples=5_000, **PROFILE)
@given(modules(), st.booleans())
def test_only_the_names_of_tables_change_in_many_modules(project, module, schemas):
    check(project, module, schemas=schemas)
