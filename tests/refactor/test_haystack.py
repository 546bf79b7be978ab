"""A word is found in memory in the same files in which ripgrep meets it."""

import ast
from collections.abc import Iterable, Iterator
from pathlib import Path, PurePosixPath

import pytest

from refactor.code.haystack import Haystack
from refactor.code.sieve import files_with
from refactor.python.assignments import Module
from refactor.python.outline import last_part
from refactor.python.syntax import dotted

FILES = {
    "plain.py": b"def load(old):\n    return old\n",
    "upper.py": b"x = LOAD()\n",
    "longer.py": b"reload = loader = _load = load2 = 1\n",
    "escaped.py": b'x = "SELECT\\nload"\n',
    "escaped_twice.py": b'x = "\\x41load \\u00e9load"\n',
    "not_an_escape.py": b"x = eload\n",
    "ends_with.py": b"x = load",
    "begins_with.py": b"load = 1",
    "empty.py": b"",
    "accented.py": "x = 'éload'\n".encode(),
    "phrase.py": b"class A:\n    def load(self): ...\n",
}
PATHS = tuple(map(PurePosixPath, FILES))


@pytest.fixture
def root(tmp_path: Path) -> Path:
    for name, data in FILES.items():
        (tmp_path / name).write_bytes(data)
    return tmp_path


@pytest.mark.parametrize("word", ["load", "LOAD", "old", "x", "def load", "2", "éload", "nowhere"])
def test_it_finds_what_ripgrep_finds(root: Path, word: str) -> None:
    haystack = Haystack(root, PATHS, 10_000)
    assert haystack.holds
    assert haystack.files_with(word) == files_with(root, PATHS, (word,))


def test_a_word_does_not_reach_over_the_end_of_a_file(root: Path) -> None:
    paths = (PurePosixPath("ends_with.py"), PurePosixPath("begins_with.py"))
    assert Haystack(root, paths, 10_000).files_with("load") == paths
    assert not Haystack(root, paths, 10_000).files_with("loadload")


def test_it_holds_nothing_of_more_than_it_may(root: Path) -> None:
    assert not Haystack(root, PATHS, 100).holds


def test_what_is_gone_is_passed_over(root: Path) -> None:
    (root / "upper.py").unlink()
    assert PurePosixPath("upper.py") not in Haystack(root, PATHS, 10_000).files_with("load")


IMPORTS = {
    "a.py": b"from pkg.Paths import DB\n",
    "b.py": b"import os, paths\n",
    "c.py": b"def f():\n    from . import paths as p\n",
    "d.py": b"from pkg.paths \\\n    import DB\n",
    "e.py": b"# import of paths\nimportant = paths\n",
    "f.py": b"from pathspec import x\n",
    "g.py": b"import os\npaths = 1\n",
    "h.py": b"from . import paths",
}


def test_the_words_on_lines_that_import_are_told_by_file(tmp_path: Path) -> None:
    for name, data in IMPORTS.items():
        (tmp_path / name).write_bytes(data)
    found = Haystack(tmp_path, tuple(map(PurePosixPath, IMPORTS)), 10_000).imported_words()
    assert [str(path) for path, words in found if b"paths" in words] == [
        *("a.py", "b.py", "c.py", "d.py", "h.py")
    ]


def test_a_file_is_asked_whether_it_holds_a_text(root: Path) -> None:
    haystack = Haystack(root, PATHS, 10_000)
    assert haystack.has(PurePosixPath("upper.py"), "x = load")
    assert not haystack.has(PurePosixPath("plain.py"), "LOAD()")
    assert not haystack.has(PurePosixPath("nowhere.py"), "load")
    assert not haystack.has(PurePosixPath("ends_with.py"), "load\nload")


def test_the_search_for_an_everyday_word_ends_early(tmp_path):
    paths = [PurePosixPath(f"m{number}.py") for number in range(9)]
    for path in paths:
        (tmp_path / path).write_text("name = 1\n")
    haystack = Haystack(tmp_path, paths, 10_000)
    assert haystack.files_with("name") == tuple(paths)
    assert haystack.files_with("name", 3) == tuple(paths[:4])


HARD = {
    "bases.py": (
        b"class A (Base): pass\nclass B(\n    pkg.Other,  # note:\n    Last,\n):\n"
        b"    x = 1\nclass C(make({'a': 1}), Tail, metaclass=Meta):  # done\n    pass\n"
    ),
    "calls.py": (
        b"run (1)\nobj.load  (2)\nsubmit(work, 1)\nThread(target=task)\n"
        b"late = partial(later  # now\n    , 3)\nback\\\n  (4)\n"
    ),
    "sets.py": (
        b"it.one = 1\nit.two: int = 2\nit.three, b.four = pair\n(it.five) = 5\nit.six += 6\n"
        b"for it.seven in (): pass\nwith a as it.eight, b as (it.nine): pass\n[it.ten] = ls\n"
        b"setattr(it, 'eleven', 11)\nit.conn.deserialize(b'')\nit . twelve = 12\n"
        b"it.thirteen \\\n  = 13\nit.own.self.fourteen = 14\nmyself.fifteen = 15\n"
        b"def f(self):\n    self.sixteen = 16\n    self.it.seventeen //= 17\n"
    ),
}
OURS = Path(__file__).parents[2] / "refactor" / "databases"


def trees(tmp_path: Path) -> tuple[Haystack, list[Module]]:
    """Modules that are hard to read by their text, and some of our own."""
    files = {**HARD, **{it.name: it.read_bytes() for it in sorted(OURS.glob("*.py"))}}
    for name, data in files.items():
        (tmp_path / name).write_bytes(data)
    modules = [Module(PurePosixPath(name), ast.parse(data)) for name, data in files.items()]
    return Haystack(tmp_path, [it.path for it in modules], 10_000_000), modules


def set_in(nodes: Iterable[ast.AST]) -> Iterator[str]:
    """All that could be given something among some nodes: attributes, and names in quotes."""
    for node in nodes:
        match node:
            case ast.Attribute(attr=str() as name) | ast.Constant(value=str() as name):
                yield name


def test_a_text_that_tells_of_no_base_no_call_or_no_setting_has_none(tmp_path: Path) -> None:
    haystack, modules = trees(tmp_path)
    bases = [
        (it.path, last_part(dotted(base)))
        for it in modules
        for cls in it.classes
        for base in cls.bases
        if not isinstance(base, ast.Call)
    ]
    calls = [(it.path, name) for it in modules for name in (*it.calls, *it.handed_on)]
    words = [(it, {*set_in(it.nodes)}) for it in modules]
    settings = [(it.path, name) for it, met in words for name in met if it.given_from_outside(name)]
    assert [it for it in bases if it[0] not in haystack.with_base(it[1])] == []
    assert [it for it in calls if not haystack.may_call(*it)] == []
    assert [it for it in settings if not haystack.may_set(*it)] == []
    assert {it for path, it in settings if path.name == "sets.py"} >= {"one", "conn", "seventeen"}


@pytest.mark.parametrize(
    ("path", "name", "calls", "sets"),
    [
        pytest.param("sets.py", "one", False, True, id="set, not called"),
        pytest.param("sets.py", "sixteen", False, False, id="set by an object itself"),
        pytest.param("calls.py", "run", True, False, id="called"),
        pytest.param("bases.py", "Meta", True, False, id="in brackets, which may hand it on"),
        pytest.param("bases.py", "x", False, True, id="given a value"),
        pytest.param("elsewhere.ipynb", "run", True, True, id="of a file that is not here"),
    ],
)
def test_a_text_tells_what_it_does_not_do(
    tmp_path: Path, path: str, name: str, *, calls: bool, sets: bool
) -> None:
    haystack, _ = trees(tmp_path)
    where = PurePosixPath(path)
    assert (haystack.may_call(where, name), haystack.may_set(where, name)) == (calls, sets)
