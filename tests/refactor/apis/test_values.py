"""How far what an expression stands for is followed, through files as the commands read them."""

from refactor.apis.values import FARTHEST

HEAD = """
import sqlite_utils
from rows import step_0

def run(path):
    step_0(sqlite_utils.Database(path))
"""


def test_what_is_too_far_away_takes_nothing_from_what_is_nearer(project):
    last, near = FARTHEST + 10, FARTHEST - 4
    steps = [f"def step_{it}(db):\n    step_{it + 1}(db)\n" for it in range(last)]
    steps[near] += '    db["items"].insert({})\n'
    # The farthest stands first: what is cut short on its long way must not be the answer to all.
    rows = [f'def step_{last}(db):\n    db["old"].insert({{}})\n', *reversed(steps)]
    made = project({"cli.py": HEAD, "rows.py": "".join(rows)})
    _, changes = made.changes()
    assert [(it.old, it.new) for it in changes.edited] == [("items", "things")]
    assert [it.old for it in changes.review] == ["old"]
    assert "is this object sqlite-utils's" in changes.review[0].question
