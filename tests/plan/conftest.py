"""A small plan that is right, and what is said of one that is not."""

from collections.abc import Callable
from pathlib import Path

import pytest

from plan.errors import PlanError
from plan.load import load_plan

Said = Callable[[str | bytes], list[str]]

GOOD = """\
[plan]
target = "data/main.db"

[[database]]
path = "data/main.db"
action = "target"

[[database]]
path = "data/side.db"
action = "merge"

[[database]]
path = "data/kept.db"
action = "keep"

[[database]]
path = "data/gone.db"
action = "delete"

"""


@pytest.fixture
def said(tmp_path: Path) -> Said:
    """What loading a plan says: one line per problem, none when the plan is right."""

    def lines(plan: str | bytes) -> list[str]:
        file = tmp_path / "retable.toml"
        file.write_bytes(plan if isinstance(plan, bytes) else plan.encode())
        try:
            load_plan(file)
        except PlanError as error:
            return str(error).splitlines()
        return []

    return lines


@pytest.fixture
def good() -> str:
    """A plan of four databases, to which a case adds what is wrong."""
    return GOOD


@pytest.fixture
def said_of_tables(said: Said, good: str) -> Said:
    """What is said of the good plan with these tables, written as inline ones, one per line."""

    def lines(tables: str | bytes) -> list[str]:
        return said(f'{good}[[domain]]\nname = "d"\ntable = [\n{tables!s}\n]\n')

    return lines
