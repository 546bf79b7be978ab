"""What code asks of a name before it goes into SQL, with the same answer for the new one.

`if ";" in table`, `NAME.fullmatch(table)`, `table.lower()`: whatever the name is, it must be one.
"""

import ast
from collections.abc import Iterable
from pathlib import PurePosixPath

from refactor.finders.finder import Surroundings
from refactor.flow.consumers import What
from refactor.flow.methods import LOWERS
from refactor.flow.patterns import asks_of_pattern, fits_as_well
from refactor.flow.reach import Use
from refactor.python.outline import last_part
from refactor.python.syntax import children, span_of, walked
from refactor.sql.names import quoted


def answers_alike(
    where: PurePosixPath, use: Use, name: str, new: Iterable[str], around: Surroundings
) -> bool:
    """Whether what is asked of a name alone is the same for each of its new ones."""
    if use.text != name:
        return False
    # Where it has to stand in quotes, they may stand in the literal as well.
    new = {spelled for it in new for spelled in (it, quoted(it, ""))}
    match use.what, use.node:
        case What.COMPARED, ast.Compare(
            left=ast.Constant(value=str() as part), ops=[ast.In() | ast.NotIn()]
        ):
            # Of the name itself, or of one of these, others must say whether it is still there.
            names = {name, *new}
            return part not in names and len({part in it for it in names}) == 1
        case What.CHANGED, ast.Call(func=func):
            return _method(func) in LOWERS and all(it == it.lower() for it in (name, *new))
        case What.HANDED, ast.Call() as call if asks_of_pattern(call):
            holder = tuple(around.flow.reader.leads_to(use.holder))
            fits = all(fits_as_well(call, holder, name, it) for it in new)
            return fits and _is_only_truth(where, call, around)
    return False


def _method(func: ast.expr) -> str:
    return last_part(func.attr) if isinstance(func, ast.Attribute) else ""


def _is_only_truth(where: PurePosixPath, call: ast.Call, around: Surroundings) -> bool:
    """Whether it only matters if a call finds something, and not what."""
    tree = around.abroad.tree(where)
    for above in walked(tree) if tree else ():
        for it in children(above):
            if isinstance(it, ast.Call) and span_of(it) == span_of(call):
                return _asks_truth(above)
    return False


def _asks_truth(above: ast.AST) -> bool:
    match above:
        case ast.UnaryOp(op=ast.Not()) | ast.If() | ast.While() | ast.Assert():
            return True
        case ast.Compare(ops=[ast.Is() | ast.IsNot()], comparators=[ast.Constant(value=None)]):
            return True
    return False
