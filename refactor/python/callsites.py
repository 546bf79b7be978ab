"""The calls that get a text, and what a call gives to each parameter of a function."""

import ast
from collections.abc import Iterable, Iterator, Sequence
from itertools import chain

from refactor.python.assignments import FUNCTIONS, HOLDS_TEXT, Function, Module
from refactor.python.outline import Context, last_part
from refactor.python.outlining import displays
from refactor.python.syntax import dotted, name_of, span_of

_WRAPS = frozenset({"text", "dedent"})
_RUNS = frozenset(
    {"execute", "scalars", "scalar", "stream", "stream_scalars", "exec", "query", "get", "merge"}
)
"""Methods by which SQLAlchemy runs what is made of tables and mapped classes."""
_TEXT_OF = frozenset({"value", "format", "strip", "rstrip", "lstrip", "replace"})
"""What of a text, or of an enumeration's member that is one, gives it on."""


def executing(module: Module, context: Context) -> Iterator[ast.Call | ast.Subscript]:
    """What gets a text: the call or the subscript that it stands in, or calls with its name."""
    inside = context.inside
    named = wrapped_as(module, context)
    if named:
        yield from _taking(module, last_part(context.scope.function), named)
        return
    if isinstance(inside, (*HOLDS_TEXT, ast.Compare)):
        yield from _around(module, inside)
        return
    function = last_part(context.scope.function)
    if context.target and function:
        yield from _taking(module, function, context.target, context.key)
    if context.within:
        for loop in module.loops:
            over = loop.iter.id if isinstance(loop.iter, ast.Name) else ""
            known = over or isinstance(loop.iter, ast.List | ast.Tuple)
            if known and over == context.target and _is_in(module, loop, function):
                several = len(context.within) > 1
                alone = "" if several else name_of(loop.target)
                name = _each_of(loop.target, context.within) if several else alone
                first = [*_inside(module, loop, _taking(module, function, name))]
                beside = (it for it, _ in _taking_beside(module, function, name))
                yield from first or _inside(module, loop, beside)


def _around(module: Module, inside: ast.expr) -> Iterator[ast.Call | ast.Subscript]:
    """The call or the subscript that a text stands in, or those that it is compared with."""
    if isinstance(inside, ast.Compare):
        for side in (inside.left, *inside.comparators):
            yield from module.at(span_of(_listing(side)))
        return
    for node in module.at(span_of(inside)):
        if type(node) is type(inside):
            yield _unwrapped(module, node)


def _listing(node: ast.expr) -> ast.expr:
    """What lists the names of tables, where it is made into a collection of another kind."""
    while isinstance(node, ast.Call) and isinstance(node.func, ast.Name) and len(node.args) == 1:
        node = node.args[0]
    return node


def _is_in(module: Module, node: ast.AST, function: str) -> bool:
    """Whether a node stands in a function of this name, or at module level for none."""
    around = module.around(node)[:1]
    if not around:
        return not function
    return isinstance(around[0], FUNCTIONS) and around[0].name == function


def _each_of(target: ast.expr, within: Sequence[tuple[int, int]]) -> str:
    """The name that a loop gives each text which stands side by side with others: `for p, sql`."""
    names = target.elts if isinstance(target, ast.Tuple) else ()
    place, count = within[-1] if within else (0, 0)
    name = names[place] if names and len(names) == count else None
    return name.id if isinstance(name, ast.Name) else ""


def handed_beside(module: Module, within: Sequence[tuple[int, int]]) -> frozenset[int]:
    """The places side by side with a text that loops hand on together with it, to each call."""
    found: list[frozenset[int]] = []
    for loop in module.loops:
        text = _each_of(loop.target, within)
        names = (
            [name_of(it) for it in loop.target.elts] if isinstance(loop.target, ast.Tuple) else []
        )
        calls = chain.from_iterable(module.calls.values()) if text else ()
        for call in _inside(module, loop, calls):
            given = {it.id for it in call.args if isinstance(it, ast.Name)}
            if text in given and not displays(last_part(dotted(call.func))):
                beside = (n for n, name in enumerate(names) if name in given and name != text)
                found.append(frozenset(beside))
    return frozenset.intersection(*found) if found else frozenset()


def _taking(module: Module, function: str, name: str, key: str = "") -> Iterator[ast.Call]:
    """The calls in a function, or at module level, that are given a name first, or its entry."""
    for call in chain.from_iterable(module.calls.values()):
        gets = any(_is_of(it, name, key) for it in call.args[:1])
        if gets and _is_in(module, call, function):
            found = _unwrapped(module, call)
            if isinstance(found, ast.Call):
                yield found


def _taking_beside(module: Module, function: str, name: str) -> Iterator[tuple[ast.Call, str]]:
    """The same of calls that get it behind something else, `rows(db, sql)`, and as which."""
    for call in chain.from_iterable(module.calls.values()):
        at = next((n for n, it in enumerate(call.args) if _is_of(it, name, "")), 0)
        if at and _is_in(module, call, function) and not displays(last_part(dotted(call.func))):
            yield call, str(at)


def _is_of(node: ast.expr, name: str, key: str) -> bool:
    """Whether an expression is a name, or a text that is made of what it names."""
    match node:
        case ast.Name(id=each):
            return each == name
        case ast.Call(func=ast.Attribute(value=value, attr=attr)) if attr in _TEXT_OF:
            return _is_of(value, name, key)
        case ast.Subscript(value=value, slice=each):
            known = each.value if isinstance(each, ast.Constant) else key
            return bool(key) and known == key and _is_of(value, name, "")
    return False


def is_partial(node: ast.expr) -> bool:
    """Whether it is a function with a part of its arguments: `partial(open_db, "shop")`."""
    return (
        isinstance(node, ast.Call) and last_part(dotted(node.func)) == "partial" and bool(node.args)
    )


def is_constant(context: Context) -> bool:
    """Whether a text is given to a name of its module or of a class, as it is."""
    return bool(context.target) and context.inside is None and not context.scope.function


def getting(  # noqa: C901, PLR0911, PLR0912 - one branch and one return for each shape
    module: Module, use: ast.expr, context: Context
) -> list[tuple[ast.Call, str]] | None:
    """The calls that get a text where its name is used, and as which argument; None if unseen.

    Args:
        module: where it is used.
        use: the name.
        context: where the text stands: its key, or its place, in what has the name.
    """
    key, items = context.key, False
    for above in module.above(use):
        match above:
            case ast.Subscript(value=value, slice=each) if value is use:
                if key and isinstance(each, ast.Constant) and each.value != key:
                    return []  # another text
                use = above
            case ast.Attribute(value=value, attr=attr) if value is use and attr in _TEXT_OF:
                use = above
            case ast.Attribute(value=value, attr="items") if value is use:
                use, items = above, True
            case ast.Call(func=func) if func is use:
                use = above
            case ast.FormattedValue() | ast.JoinedStr() | ast.BinOp() | ast.Dict() if isinstance(
                above, ast.expr
            ):
                use = above
            case ast.keyword(arg=str() as name):
                call = next(module.above(above), None)
                return [(call, name)] if isinstance(call, ast.Call) else None
            case ast.Call(args=args) if use in args:
                if last_part(dotted(above.func)) not in _WRAPS:
                    return [(above, str(args.index(use)))]
                use = above
            case (
                ast.Assign(targets=[ast.Name(id=name)], value=value)
                | ast.For(target=ast.Name(id=name), iter=value)
            ) if value is use:
                return _given_on(module, above, name)
            case ast.For(target=ast.Tuple() as target, iter=over) if over is use:
                within = ((1, 2),) if items else context.within or ()
                return _given_on(module, above, _each_of(target, within))
            case _:
                return None
    return None


def running(module: Module, use: ast.expr) -> Iterator[ast.expr]:
    """What runs that which is made of a table or a mapped class where its name is used."""
    for above in module.above(use):
        match above:
            case ast.Call(func=ast.Attribute(value=value, attr=attr)) if attr in _RUNS:
                yield value
                return
            case ast.Assign(targets=[ast.Name(id=name)]):
                around = module.around(above)[:1]
                function = around[0].name if around and isinstance(around[0], FUNCTIONS) else ""
                for call in _taking(module, function, name):
                    if isinstance(call.func, ast.Attribute) and call.func.attr in _RUNS:
                        yield call.func.value
                return
            case ast.stmt():
                return


def _given_on(module: Module, where: ast.AST, name: str) -> list[tuple[ast.Call, str]] | None:
    """The calls that get a name beside a statement that gives it, most of them first, or None."""
    around = module.around(where)[:1]
    function = around[0].name if around and isinstance(around[0], FUNCTIONS) else ""
    first = [(it, "0") for it in _taking(module, function, name)]
    calls = first or [*_taking_beside(module, function, name)]
    if isinstance(where, ast.For):
        inside = {*_inside(module, where, (it for it, _ in calls))}
        calls = [(it, argument) for it, argument in calls if it in inside]
    return calls or None


def _inside(module: Module, loop: ast.For, calls: Iterable[ast.Call]) -> Iterator[ast.Call]:
    """Those calls that a loop makes: the next one may have the same name for something else."""
    return (it for it in calls if any(above is loop for above in module.above(it)))


def _unwrapped(module: Module, node: ast.Call | ast.Subscript) -> ast.Call | ast.Subscript:
    """The call that gets what `text("…")` makes, or a method of that as `.bindparams(id=1)`."""
    if not _wraps(node):
        return node
    made = _made_last(module, node)
    parent = next(module.above(made), None)
    return parent if isinstance(parent, ast.Call) else node


def _wraps(node: ast.AST) -> bool:
    return isinstance(node, ast.Call) and last_part(dotted(node.func)) in _WRAPS


def _made_last(module: Module, node: ast.AST) -> ast.AST:
    """What the methods in a row make that are called on something."""
    for above in module.above(node):
        if isinstance(above, ast.Call) and isinstance(above.func, ast.Attribute):
            if above.func.value is not node:
                break
            node = above
        elif not isinstance(above, ast.Attribute):
            break
    return node


def wrapped_as(module: Module, context: Context) -> str:
    """The name that is given what `text("…")` makes of a text; empty if none is."""
    if not context.target or not isinstance(context.inside, ast.Call) or not _wraps(context.inside):
        return ""
    for node in module.at(span_of(context.inside)):
        given = next(module.above(_made_last(module, node)), None) if _wraps(node) else None
        if isinstance(given, ast.Assign) and isinstance(given.targets[0], ast.Name):
            return given.targets[0].id
    return ""


def parameters_named(function: ast.AST, name: str) -> list[ast.arg]:
    """The parameter of a function that has this name."""
    if not isinstance(function, FUNCTIONS):
        return []
    it = function.args
    return [each for each in (*it.posonlyargs, *it.args, *it.kwonlyargs) if each.arg == name]


def parameters_of(function: Function | ast.Lambda) -> list[str]:
    """The names of a function's parameters."""
    it = function.args
    return [each.arg for each in (*it.posonlyargs, *it.args, *it.kwonlyargs)]


def defaults_of(function: Function | ast.Lambda) -> dict[str, ast.expr]:
    """The defaults of a function's parameters."""
    it = function.args
    positional = [each.arg for each in (*it.posonlyargs, *it.args)]
    found = dict(zip(reversed(positional), reversed(it.defaults), strict=False))
    named = zip((each.arg for each in it.kwonlyargs), it.kw_defaults, strict=True)
    return {**found, **{name: value for name, value in named if value}}


def positional_of(function: Function | ast.Lambda) -> list[str]:
    """The names of the parameters that a call gives by position: not the object itself."""
    names = [it.arg for it in (*function.args.posonlyargs, *function.args.args)]
    return names[1:] if names[:1] in (["self"], ["cls"]) else names


def arguments_of(function: Function | ast.Lambda, call: ast.Call) -> dict[str, ast.expr]:
    """What a call gives to each parameter."""
    found = dict(zip(positional_of(function), call.args, strict=False))
    return {**found, **{each.arg: each.value for each in call.keywords if each.arg}}


def row_given(function: Function, name: str, call: ast.Call) -> tuple[ast.expr, int] | None:
    """What a call spreads, `count(*row)`, and at which place of it a parameter's argument stands.

    None where the argument is given by itself, or more is spread than one.
    """
    spread = [it for it in call.args if isinstance(it, ast.Starred)]
    if len(spread) != 1 or call.args[-1] is not spread[0]:
        return None
    names = positional_of(function)
    number = names.index(name) - len(call.args) + 1 if name in names else -1
    named = any(it.arg == name for it in call.keywords)
    return None if number < 0 or named else (spread[0].value, number)


def gives_more(call: ast.Call) -> bool:
    """Whether it gives arguments that are not written one by one."""
    starred = any(isinstance(it, ast.Starred) for it in call.args)
    return starred or any(it.arg is None for it in call.keywords)
