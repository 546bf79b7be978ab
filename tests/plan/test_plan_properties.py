"""Whatever a plan file holds, it loads, or says what is wrong in one line per problem."""

import copy
import tempfile
import tomllib
from pathlib import Path

from hypothesis import given, settings
from hypothesis import strategies as st

from plan.errors import PlanError
from plan.load import load_plan
from plan.model import Plan

YARDSTICK = Path(__file__).parents[2] / "fixtures" / "plans" / "yardstick.toml"

KEYS = (
    *("plan", "database", "domain", "skip", "code", "target", "backup", "archive", "metadata"),
    *("schema_version", "path", "action", "about", "name", "table", "from", "in", "to", "merge"),
    *("compat", "claim", "paths", "exclude", "live", "history", "binding", "form", "tabel"),
)
WORDS = [
    "target",
    "merge",
    "keep-target",
    "view",
    "empty",
    ".",
    "..",
    "/",
    "a\nb",
    "a.db",
    "\\",
    "",
]

texts = st.one_of(
    st.sampled_from(WORDS), st.text(st.characters(exclude_categories=["Cs"]), max_size=8)
)
leaves = st.one_of(
    texts,
    st.integers(),
    st.sampled_from([10**30, -(2**70)]),
    st.booleans(),
    st.floats(),
    st.datetimes(),
    st.dates(),
    st.times(),
)
keys = st.one_of(st.sampled_from(KEYS), texts)
values = st.recursive(
    leaves,
    lambda inner: st.one_of(st.lists(inner, max_size=4), st.dictionaries(keys, inner, max_size=5)),
    max_leaves=25,
)


def toml(value):
    """Write a value as TOML, in line, with every character of a text escaped."""
    match value:
        case dict():
            return "{" + ", ".join(f"{toml(k)} = {toml(v)}" for k, v in value.items()) + "}"
        case list():
            return "[" + ", ".join(map(toml, value)) + "]"
        case str():
            return '"' + "".join(f"\\U{ord(c):08x}" for c in value) + '"'
        case bool():
            return str(value).lower()
        case int() | float():  # inf and nan read the same in both
            return repr(value)
        case _:
            return value.isoformat()


def document(value):
    return "\n".join(f"{toml(key)} = {toml(item)}" for key, item in value.items())


def load(data):
    """Load a plan of these bytes; give the plan, or what is said of it."""
    with tempfile.TemporaryDirectory() as folder:
        file = Path(folder) / "retable.toml"
        file.write_bytes(data)
        try:
            return load_plan(file)
        except PlanError as error:
            return error


def loads_or_says_why(data):
    result = load(data)
    if isinstance(result, Plan):
        return
    assert result.problems
    assert len(str(result).splitlines()) == len(result.problems)
    assert len(set(result.problems)) == len(result.problems), "each problem is said once"
    for problem in result.problems:
        assert problem.where.startswith("retable.toml")
        assert problem.what
        assert problem.mend


# A busy machine is no reason to fail.
@settings(deadline=None)
@given(st.binary(max_size=200))
def test_any_bytes(data):
    loads_or_says_why(data)


@settings(deadline=None)
@given(st.text(alphabet="[]{}=\"'#.,\n ab1-:T\\", max_size=60))
def test_anything_that_looks_like_toml(text):
    loads_or_says_why(text.encode())


@settings(deadline=None)
@given(st.dictionaries(keys, values, max_size=5))
def test_any_values(value):
    loads_or_says_why(document(value).encode())


@settings(deadline=None)
@given(st.data())
def test_a_good_plan_with_any_values_replaced(data):
    plan = copy.deepcopy(tomllib.loads(YARDSTICK.read_text()))
    for _ in range(data.draw(st.integers(1, 4), label="replacements")):
        places = [place for place in _places(plan) if place]
        at, key = data.draw(st.sampled_from(places))
        at[key] = data.draw(values)
    loads_or_says_why(document(plan).encode())


def _places(value):
    """Every (container, key) in a nested value."""
    items = value.items() if isinstance(value, dict) else enumerate(value)
    for key, item in list(items):
        yield value, key
        if isinstance(item, dict | list):
            yield from _places(item)


@settings(deadline=None)
@given(st.permutations(["a", "b", "c", "d"]))
def test_any_simultaneous_permutation_of_names_is_legal(new):
    tables = [
        {"from": old, "in": "x.db"} | ({"to": to} if to != old else {})
        for old, to in zip("abcd", new, strict=True)
    ]
    plan = {
        "plan": {"target": "x.db"},
        "database": [{"path": "x.db", "action": "target"}],
        "domain": [{"name": "d", "table": tables}],
    }
    assert isinstance(load(document(plan).encode()), Plan)
