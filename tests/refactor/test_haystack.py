"""A word is found in memory in the same files in which ripgrep meets it."""

from pathlib import Path, PurePosixPath

import pytest

from refactor.code.haystack import Haystack
from refactor.code.sieve import files_with

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
