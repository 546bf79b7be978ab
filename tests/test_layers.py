"""What each command imports: nobody waits for what they do not use."""

import re
import subprocess
import sys
from pathlib import Path

import pytest

HEAVY = ("libcst", "apsw", "python_ripgrep", "rich", "sqlite3", "asyncio")
PROGRAM = """
import sys
from pathlib import Path
from retable.cli import main
try:
    main(sys.argv[1:])
except SystemExit as end:
    status = end.code
print(status, *sorted(set(sys.modules) & set({heavy!r})), file=sys.stderr)
"""


def imported(*arguments, folder=None):
    """How a command ended, and which of the heavy packages it imported."""
    done = subprocess.run(
        [sys.executable, "-c", PROGRAM.format(heavy=HEAVY), *arguments],
        cwd=folder,
        capture_output=True,
        text=True,
        check=True,
    )
    status, *names = done.stderr.splitlines()[-1].split()
    return int(status), names


@pytest.mark.parametrize(
    "arguments",
    [["--version"], ["--help"], ["check", "--help"], ["migrate", "--help"], ["demo", "--help"]],
    ids=" ".join,
)
def test_help_and_version_import_nothing_heavy(arguments):
    assert imported(*arguments) == (0, [])


@pytest.fixture(scope="module")
def clean(tmp_path_factory):
    """A project whose code has moved on, with old names in comments, identifiers and prose."""
    folder = tmp_path_factory.mktemp("clean")
    (folder / "retable.toml").write_text(
        '[plan]\ntarget = "main.db"\n'
        '[[database]]\npath = "main.db"\naction = "target"\n'
        '[[domain]]\nname = "shop"\n'
        'table = [{ from = "orders", in = "main.db", to = "shop_order" }]\n'
    )
    (folder / "shop.py").write_text(
        '"""All orders."""\n\n\ndef orders(db):\n'
        '    print("no orders today")\n'
        '    return db.execute("SELECT id FROM shop_order").fetchall()  # the orders\n'
    )
    return folder


def test_checking_a_clean_tree_reads_it_without_libcst(clean):
    status, names = imported("check", folder=clean)
    assert status == 0
    assert "libcst" not in names


def test_no_group_is_repeated_possessively():
    """Before Python 3.11.5 such a group may take half of a round that fails; atomic groups do not.

    https://github.com/python/cpython/issues/106052
    """
    code = Path(__file__).resolve().parents[1]
    lines = (
        f"{path.relative_to(code)}:{number}: {line.strip()}"
        for half in ("plan", "migrate", "refactor", "retable")
        for path in sorted((code / half).rglob("*.py"))
        for number, line in enumerate(path.read_text().splitlines(), 1)
        if re.search(r"(?<!\\)\)(?:[*+?]|\{\d[\d,]*\})\+", line)
    )
    assert [*lines] == []
