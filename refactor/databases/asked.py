"""Which other tables a helper is asked for on the same object: `db.count("old"), db.count("t")`.

All of them are in the database of that object, whichever file it opens.
"""

import ast
from collections.abc import Iterator

from refactor.databases.handles import Handle, handle_of
from refactor.python.assignments import FUNCTIONS, Function, Module, is_self
from refactor.python.callsites import arguments_of, gives_more, parameters_of
from refactor.python.outline import Context, last_part
from refactor.python.syntax import dotted, span_of, walked

_CHOICES = (ast.If, ast.IfExp, ast.match_case, ast.Try, ast.ExceptHandler)
_OWN = frozenset({"self", "cls"})
_LISTS = ast.List | ast.Tuple | ast.Set
_FARTHEST = 3
"""So many names one after another are followed to what a connection is made of."""


def names_asked_for(
    module: Module, context: Context, theirs: Module, running: Context
) -> frozenset[str]:
    """The names that calls of one helper get on one object, where one of them gets a table's.

    Args:
        module: where that call stands.
        context: what surrounds the name in it.
        theirs: the module of the helper.
        running: what surrounds its statement.
    """
    call, runs = _call_at(module, context), _call_at(theirs, running)
    around = theirs.around(runs) if runs else ()
    runner = next((it for it in around if isinstance(it, FUNCTIONS)), None)
    if call is None or runs is None or runner is None:
        return frozenset()
    decides = _decides(handle_of(runs, theirs), runner, theirs)
    helper = _called(call, runner, theirs) if decides else None
    place = _place(helper, context) if helper else None
    if decides is None or helper is None or place is None or decides == place:
        return frozenset()
    if helper is not runner and decides not in _OWN:
        return frozenset()
    found = {*_names(call, helper, place)}
    told_by = _told_by(call, helper, decides)
    for other in module.calls.get(last_part(dotted(call.func)), ()) if told_by else ():
        alike = _told_by(other, helper, decides)
        if alike and told_by and _is_same(told_by, call, alike, other, module):
            found.update(_names(other, helper, place))
    return frozenset(found)


def is_one(module: Module, running: Context) -> bool:
    """Whether a statement runs on one connection, whichever table it is about."""
    runs = _call_at(module, running)
    handle = handle_of(runs, module) if runs else None
    if runs is None or handle is None:
        return False
    function = next((it for it in module.around(runs) if isinstance(it, FUNCTIONS)), None)
    if function is None or handle.owner is not function:
        return True  # what the class or the module has
    told_by = _parameters_in(handle, function, module)
    return told_by is not None and told_by <= {handle.name, *_OWN}


def _call_at(module: Module, context: Context) -> ast.Call | None:
    if not isinstance(context.inside, ast.Call):
        return None
    calls = (it for it in module.at(span_of(context.inside)) if isinstance(it, ast.Call))
    return next(calls, None)


def _called(call: ast.Call, runner: Function, theirs: Module) -> Function | None:
    """The function that a call means: what runs a statement, or a method that its object asks to.

    None if it may be several, or asks another object.
    """
    name = last_part(dotted(call.func))
    if runner.name == name:
        return runner
    found = [it for it in theirs.definitions.get(name, ()) if isinstance(it, FUNCTIONS)]
    if len(found) != 1:
        return None
    asking = {runner.name}
    for _ in range(_FARTHEST):
        calls = [it for asked in asking for it in theirs.calls.get(asked, ())]
        mine = [it for it in calls if theirs.around(it)[:1] == (found[0],)]
        if mine:
            return found[0] if all(map(_is_of_itself, mine)) else None
        within = (theirs.around(it)[:1] for it in calls if _is_of_itself(it))
        asking.update(it.name for each in within for it in each if isinstance(it, FUNCTIONS))
    return None


def _is_of_itself(call: ast.Call) -> bool:
    return isinstance(call.func, ast.Attribute) and is_self(call.func.value)


def _place(helper: Function, context: Context) -> str | None:
    """The parameter of a helper that gets a name."""
    names = parameters_of(helper)
    names = names[1:] if names[:1] in (["self"], ["cls"]) else names
    if not context.argument.isdecimal():
        return context.argument if context.argument in names else None
    at = int(context.argument)
    placed = names[: len(names) - len(helper.args.kwonlyargs)]
    if at < len(placed):
        return placed[at]
    return helper.args.vararg.arg if helper.args.vararg else None


def _decides(handle: Handle | None, helper: Function, module: Module) -> str | None:
    """The one parameter of a helper that decides what it executes on: `self`, or a connection."""
    if handle is None:
        return None
    if isinstance(handle.owner, ast.ClassDef):
        return parameters_of(helper)[0] if parameters_of(helper) else None
    found = _parameters_in(handle, helper, module) if handle.owner is helper else None
    return next(iter(found)) if found and len(found) == 1 else None


def _parameters_in(handle: Handle, function: Function, module: Module) -> frozenset[str] | None:
    """The parameters of a function of which its connection is made; None if a loop gives it."""
    wanted, left = {handle.name}, [handle.name]
    for _ in range(_FARTHEST):
        given = [it.value for name in left for it in module.given(function, name)]
        if None in given:
            return None
        names = (node for value in given if value for node in walked(value))
        left = [it.id for it in names if isinstance(it, ast.Name) and it.id not in wanted]
        wanted.update(left)
    return frozenset(wanted.intersection(parameters_of(function)))


def _names(call: ast.Call, helper: Function, place: str) -> Iterator[str]:
    """What a call gives by one parameter, each by itself or in a list."""
    if gives_more(call):
        return
    given = [arguments_of(helper, call).get(place)]
    if helper.args.vararg and helper.args.vararg.arg == place:
        names = parameters_of(helper)
        before = len(names) - len(helper.args.kwonlyargs) - (names[:1] in (["self"], ["cls"]))
        given = [*call.args[before:]]
    for it in given:
        for each in it.elts if isinstance(it, _LISTS) else [it]:
            if isinstance(each, ast.Constant) and isinstance(each.value, str):
                yield each.value


def _told_by(call: ast.Call, helper: Function, decides: str) -> ast.expr | None:
    """What tells in a call on which database its helper executes: an object, or an argument."""
    if decides in _OWN:
        return call.func.value if isinstance(call.func, ast.Attribute) else None
    return arguments_of(helper, call).get(decides)


def _is_same(
    told_by: ast.expr, call: ast.Call, alike: ast.expr, other: ast.Call, module: Module
) -> bool:
    """Whether what tells it in two calls is one object of one function."""
    if dotted(told_by) != dotted(alike):
        return False
    root = told_by
    while isinstance(root, ast.Attribute):
        root = root.value
    around = module.around(call)[:1]
    if not isinstance(root, ast.Name) or module.around(other)[:1] != around:
        return False
    chosen = [it for it in module.above(other) if isinstance(it, _CHOICES)]
    if not {*chosen} <= {*module.above(call)}:
        return False
    function = around[0] if around else module.tree
    given = module.given(function, root.id)
    is_given = isinstance(function, FUNCTIONS) and root.id in parameters_of(function)
    if is_self(root) or len(given) + is_given <= 1:
        return True
    # Each `with` may give the name to another one.
    blocks = {next(module.above(it.node)) for it in given if isinstance(it.node, ast.withitem)}
    mine, others = (blocks.intersection(module.above(each)) for each in (call, other))
    return bool(mine) and mine == others and len(blocks) == len(given) + is_given
