"""What a module imports, as its text tells."""

import ast
import sysconfig
from pathlib import Path

import pytest

from refactor.python.imports import origins

STANDARD_LIBRARY = Path(sysconfig.get_path("stdlib"))


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        pytest.param("import a.b", {("a.b", "")}, id="a module"),
        pytest.param("import a, b as c", {("a", ""), ("b", "")}, id="two"),
        pytest.param("from a import b as c, d", {("a", "b"), ("a", "d")}, id="names"),
        pytest.param("from .. import a", {("..", "a")}, id="a relative one"),
        pytest.param("from .a import *", {(".a", "")}, id="all names"),
        pytest.param("from a import (  # (b)\n  c,\n  d)", {("a", "c"), ("a", "d")}, id="brackets"),
        pytest.param("from a \\\n  import b, \\\n  c", {("a", "b"), ("a", "c")}, id="backslashes"),
        pytest.param("x = 1; import a; y = 2", {("a", "")}, id="between other statements"),
        pytest.param("try: import a\nexcept ImportError: pass", {("a", "")}, id="behind a colon"),
        pytest.param(
            "import a\r\nfrom b import (c,\r\nd)\r\n", {("a", ""), ("b", "c"), ("b", "d")}
        ),
        pytest.param("import a\rimport b", {("a", ""), ("b", "")}, id="old newlines"),
        pytest.param("'''Things\nimport from a place.\n'''\nimport b", {("b", "")}, id="prose"),
        pytest.param("important = 1\nreimport = 2", set(), id="longer words"),
    ],
)
def test_origins(text, expected):
    assert set(origins(text)) == expected


def test_no_import_of_the_standard_library_is_missed():
    missed = {}
    for path in STANDARD_LIBRARY.glob("*.py"):
        text = path.read_text(encoding="utf-8", errors="replace")
        if lost := _imported(ast.parse(text)) - set(origins(text)):
            missed[path.name] = lost
    assert missed == {}


def _imported(tree):
    found = set()
    for node in ast.walk(tree):
        if isinstance(node, ast.ImportFrom):
            module = "." * node.level + (node.module or "")
            found |= {(module, "" if it.name == "*" else it.name) for it in node.names}
        elif isinstance(node, ast.Import):
            found |= {(it.name, "") for it in node.names}
    return found
