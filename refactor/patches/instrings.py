"""Edits in a module's string expressions, each proved where it stands.

All around such an expression is the same text before and after. So if the expression, read alone,
is the same tree but for the contents of its strings, then so is the module; to read that again
would cost as much as to have read it.
"""

import ast
from bisect import bisect_right
from collections import defaultdict
from collections.abc import Sequence

from msgspec.structs import replace

from refactor.python.syntax import expression_in, walked
from refactor.text.edits import Edit, apply_edits


def edited_strings(
    text: str, strings: Sequence[int], edits: Sequence[Edit]
) -> tuple[str, ...] | None:
    """The expressions of a module that edits change, as they are afterwards.

    Args:
        text: the module before the edits.
        strings: where its string expressions start and end, one after the other, in the order of
            their starts.
        edits: what is changed.

    Returns:
        The text of each; None where an edit is in no string, or where one of the expressions
        becomes another tree, or none at all.
    """
    spans = _outermost(strings)
    starts = [start for start, _ in spans]
    within: dict[tuple[int, int], list[Edit]] = defaultdict(list)
    for edit in edits:
        at = bisect_right(starts, edit.start) - 1
        if at < 0 or edit.end > spans[at][1]:
            return None
        within[spans[at]].append(replace(edit, start=edit.start - starts[at]))
    changed: list[str] = []
    for (start, end), inside in within.items():
        before = text[start:end]
        after = apply_edits(before, inside)
        shape = _shape(before)
        if shape is None or shape != _shape(after):
            return None
        changed.append(after)
    return tuple(changed)


def _outermost(strings: Sequence[int]) -> list[tuple[int, int]]:
    """The expressions that stand in no other of them."""
    found: list[tuple[int, int]] = []
    for start, end in zip(strings[::2], strings[1::2], strict=True):
        if found and start < found[-1][1]:
            found[-1] = found[-1][0], max(end, found[-1][1])
        else:
            found.append((start, end))
    return found


def _shape(expression: str) -> str | None:
    """The tree of an expression without the contents of its strings; None if it has none."""
    tree = expression_in(f"({expression})")  # it may go over several lines
    if tree is None:
        return None
    for node in walked(tree):
        if isinstance(node, ast.Constant) and isinstance(node.value, str | bytes):
            node.value = type(node.value)()
    return ast.dump(tree)
