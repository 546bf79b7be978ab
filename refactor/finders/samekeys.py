"""Keys of one dictionary that would be one path: what the first of them has would be lost."""

import ast

from refactor.databases.databasepaths import database_in
from refactor.finders.finder import Surroundings
from refactor.python.outline import Usage
from refactor.python.strings import Text
from refactor.python.syntax import walked


def second_key(database: str, text: Text, around: Surroundings) -> str | None:
    """What to ask where a database is a key beside another one that moves to the same path."""
    if text.context.usage is not Usage.KEY or around.outline is None:
        return None
    line, _ = around.lines.place(text.start)
    for node in walked(around.outline.tree):
        if isinstance(node, ast.Dict) and node.lineno <= line <= (node.end_lineno or 0):
            keys = [it for it in node.keys if isinstance(it, ast.Constant)]
            if not any(it.lineno == line and it.value == text.text for it in keys):
                continue
            moved = around.legacy.moved
            texts = (it.value for it in keys if isinstance(it.value, str))
            named = (database_in(it, around.legacy) for it in texts)
            others = {it.database for it in named if it} - {database}
            same = sorted(it for it in others if moved.get(it, it) == moved[database])
            if same:
                return (
                    f"{' and '.join(same)} is a key here as well, and both would be"
                    f" {moved[database]}: what should hold what each of them has?"
                )
    return None
