"""Who may import what."""

import ast
import sys
from pathlib import Path

import pytest

HERE = Path(__file__).resolve().parents[2] / "migrate"
OURS = {"migrate", "plan"}
DOORS = {"sqlite.py": {"apsw"}, "sqlite_errors.py": {"apsw"}}


def imported(file):
    for node in ast.walk(ast.parse(file.read_bytes())):
        if isinstance(node, ast.Import):
            yield from (alias.name for alias in node.names)
        elif isinstance(node, ast.ImportFrom):
            yield node.module or ""


@pytest.mark.parametrize("file", sorted(HERE.rglob("*.py")), ids=lambda file: file.name)
def test_only_the_door_opens_to_sqlite(file):
    roots = {name.split(".")[0] for name in imported(file)}
    foreign = roots - OURS - set(sys.stdlib_module_names)
    assert foreign == DOORS.get(file.name, set())
    assert "sqlite3" not in roots


@pytest.mark.parametrize("file", sorted(HERE.rglob("*.py")), ids=lambda file: file.name)
def test_no_module_does_two_things(file):
    assert len(file.read_text().splitlines()) <= 300
