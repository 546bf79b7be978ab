"""What `ast` says of a module: its tree, the strings on a line, how a text is put together.

It says so at a twentieth of LibCST's cost, so that LibCST reads only the few expressions that name
something of the plan (see `expressions`).
"""

import ast
import re
import warnings
from bisect import bisect_left
from collections.abc import Callable, Collection, Iterator
from contextlib import AbstractContextManager
from operator import attrgetter

from refactor.sql.names import HOLE
from refactor.text.source import Source, Unreadable

Span = tuple[int | None, ...]
"""The line and column where an expression starts and ends."""

_PERCENT = re.compile(rf"%(?:\((\w+)\))?s|{HOLE}")
_BRACES = re.compile(rf"(?<!\{{)\{{(\w*)\}}|{HOLE}")
_Spelled = tuple[str, tuple[ast.expr, ...]]
_WITHOUT_NODES = frozenset(
    {
        *("arg", "asname", "attr", "conversion", "id", "is_async", "kind", "kwd_attrs", "level"),
        *("lineno", "module", "rest", "simple", "tag", "type_comment", "type_ignores"),
        # What Python calls nodes here, are signs: nothing stands in them.
        *("ctx", "op", "ops"),
    }
)
_WITH_GAPS = frozenset({ast.Dict, ast.arguments})
"""In their lists, and in no others, None stands for what is not there."""
_GIVE_TEXT = frozenset({"dedent", "format", "join", "lstrip", "rstrip", "strip"})
_FIELDS: dict[type[ast.AST], Callable[[ast.AST], tuple[object, ...]] | None] = dict.fromkeys(
    (ast.Constant, ast.Global, ast.Name, ast.Nonlocal)
)
"""What gives the fields of each kind of node in which nodes may stand."""


def children(node: ast.AST) -> list[ast.AST]:
    """The nodes right inside of one, but for operators; four times as fast as `ast` says it."""
    kind = type(node)
    try:
        fields = _FIELDS[kind]
    except KeyError:
        fields = _FIELDS[kind] = _fields_of(kind)
    if fields is None:
        return []
    found: list[ast.AST] = []
    for value in fields(node):
        if type(value) is list:
            found += value if kind not in _WITH_GAPS else (it for it in value if it is not None)
        elif isinstance(value, ast.AST):
            found.append(value)
    return found


def _fields_of(kind: type[ast.AST]) -> Callable[[ast.AST], tuple[object, ...]] | None:
    names = [it for it in kind._fields if it not in _WITHOUT_NODES]
    if len(names) > 1:
        return attrgetter(*names)
    return (lambda node: (getattr(node, names[0]),)) if names else None


def walked(node: ast.AST) -> list[ast.AST]:
    """A node and all that stands in it, but for operators, the outermost first."""
    found = [node]
    for each in found:  # it grows meanwhile
        found += children(each)
    return found


def statements_in(node: ast.AST) -> list[ast.AST]:
    """A node and the statements in it, however deep, and what holds some of them: no expressions.

    The outermost first.
    """
    found = [node]
    for each in found:  # it grows meanwhile
        found += (it for it in children(each) if not isinstance(it, ast.expr))
    return found


def quiet() -> AbstractContextManager[object]:
    """Where Python reads the code of users: what it warns of is theirs to hear, but not from us."""
    return warnings.catch_warnings(action="ignore")


def parsed(source: Source) -> ast.Module | Unreadable:
    """Parse a module."""
    try:
        with quiet():
            tree = ast.parse(source.text)
        return _NamedLambdas().visit(tree) if "= lambda" in source.text else tree
    except SyntaxError as error:
        return Unreadable(source.path, f"line {error.lineno}: {error.msg}")
    except (ValueError, RecursionError, MemoryError) as error:
        return Unreadable(source.path, str(error) or type(error).__name__)


class _NamedLambdas(ast.NodeTransformer):
    """Makes a function of each lambda that is given a name, which is just what it is."""

    def visit_Assign(self, node: ast.Assign) -> ast.stmt:
        """Make a function of an assignment of a lambda to one name."""
        match node:
            case ast.Assign(targets=[ast.Name(id=name)], value=ast.Lambda(args=args, body=body)):
                given = ast.copy_location(ast.Return(body), body)
                made = ast.FunctionDef(name=name, args=args, body=[given], decorator_list=[])
                return ast.copy_location(made, node)
        return node


def expression_in(text: str) -> ast.expr | None:
    """The expression that a text is; None if it is none."""
    try:
        with quiet():
            return ast.parse(text.strip(), mode="eval").body
    except (SyntaxError, ValueError, RecursionError, MemoryError):
        return None


def strings_on(tree: ast.Module, lines: Collection[int]) -> Iterator[str]:
    """The texts, docstrings excepted, that reach one of these lines (from 1).

    Roughly as the program would see them: all literals of an expression with a hole between them,
    and without; a hole before what is added to a variable. Looks only into nodes that cover one of
    the lines, so it costs next to nothing.
    """
    wanted = sorted(lines)
    stack: list[ast.AST] = list(tree.body)
    while stack:
        node = stack.pop()
        if not covers(node, wanted):
            continue
        match node:
            case ast.Expr(value=ast.Constant()):
                continue
            case (
                ast.AugAssign(op=ast.Add(), value=added)
                | ast.Assign(value=ast.BinOp(left=ast.Name(), op=ast.Add(), right=added))
            ):
                # What it is added to may say what it is: q = "UPDATE "; q += "old SET …"
                yield HOLE + "".join(literals_in(added))
                stack.extend(children(node))
            case ast.Constant(value=str() | bytes()):
                yield from literals_in(node)
            case ast.JoinedStr() | ast.BinOp() | ast.Call() if is_stringy(node):
                literals = tuple(literals_in(node))
                yield HOLE.join(literals)
                if len(literals) > 1:
                    yield "".join(literals)  # a word may be cut in two: "UPD" + "ATE old SET …"
            case _:
                stack.extend(children(node))


def covers(node: ast.AST, lines: list[int]) -> bool:
    """Whether a node, its decorators included, reaches one of the lines."""
    first, last = getattr(node, "lineno", None), getattr(node, "end_lineno", None)
    if first is None or last is None:
        return True
    for decorator in getattr(node, "decorator_list", ()):
        first = min(first, decorator.lineno)
    at = bisect_left(lines, first)
    return at < len(lines) and lines[at] <= last


def is_stringy(node: ast.expr) -> bool:
    """Whether an expression builds a text out of literals (f-strings, +, %, format, join)."""
    # A sum of many parts leans to the left, further than Python can recurse.
    while isinstance(node, ast.BinOp) and isinstance(node.op, ast.Add):
        if is_stringy(node.right):
            return True
        node = node.left
    if isinstance(node, ast.Constant):
        return isinstance(node.value, str)
    if isinstance(node, ast.BinOp):
        return isinstance(node.op, ast.Mod) and is_stringy(node.left)
    if isinstance(node, ast.Call):
        return name_of(node.func) in _GIVE_TEXT and _gives_text(node)
    return isinstance(node, ast.JoinedStr)


def _gives_text(node: ast.Call) -> bool:
    """Whether a call of one of these names makes a text out of literals."""
    match node:
        case ast.Call(func=ast.Attribute(value=value, attr="format")):
            return is_stringy(value)
        case ast.Call(func=ast.Attribute(value=value, attr="strip" | "lstrip" | "rstrip"), args=[]):
            return is_stringy(value)
        case ast.Call(
            func=ast.Attribute(value=ast.Constant(value=str()), attr="join"),
            args=[ast.List(elts=items) | ast.Tuple(elts=items)],
        ):
            return any(map(is_stringy, items))
        case ast.Call(
            func=ast.Name(id="dedent") | ast.Attribute(attr="dedent"), args=[value], keywords=[]
        ):
            return is_stringy(value)
    return False


def spelled(  # noqa: PLR0911 - one return for each shape
    node: ast.expr,
) -> _Spelled:
    """A text as an expression spells it, a hole for each part that is not, and those parts.

    There are as many: what is not seen, such as an item of `"%s %s" % pair`, is the whole.
    """
    match node:
        case ast.Constant(value=str() as text):
            return text, ()
        case ast.JoinedStr(values=values):
            return _chained([spelled(value) for value in values])
        case ast.FormattedValue(value=value):
            return HOLE, (value,)
        case ast.BinOp(left=left, op=ast.Add(), right=right):
            return _chained([spelled(left), spelled(right)])
        case ast.BinOp(left=left, op=ast.Mod(), right=right):
            return _filled(_PERCENT, spelled(left), *_operands(right), node)
        case ast.Call(func=ast.Attribute(value=value, attr="format"), args=given, keywords=named):
            return _filled(_BRACES, spelled(value), given, {it.arg: it.value for it in named}, node)
        case ast.Call(func=ast.Attribute(value=value, attr="strip" | "lstrip" | "rstrip"), args=[]):
            return spelled(value)
        case ast.Call(func=ast.Name(id="dedent") | ast.Attribute(attr="dedent"), args=[value]):
            return spelled(value)
    return HOLE, (node,)


def _operands(right: ast.expr) -> tuple[list[ast.expr], dict[str | None, ast.expr]]:
    """What `%` gets: in order, and by name."""
    match right:
        case ast.Tuple(elts=items):
            return items, {}
        case ast.Dict(keys=keys, values=values):
            pairs = zip(keys, values, strict=True)
            return [], {str(it.value): value for it, value in pairs if isinstance(it, ast.Constant)}
    return [right], {}


def _filled(
    blank: re.Pattern[str],
    template: _Spelled,
    given: list[ast.expr],
    named: dict[str | None, ast.expr],
    whole: ast.expr,
) -> _Spelled:
    """A template with what is given to its blanks, and what was in it before."""
    text, own = template
    before, parts, number = iter(own), list[ast.expr](), 0
    # From an item that is a list of them on, nobody sees which is which.
    seen = next((at for at, it in enumerate(given) if isinstance(it, ast.Starred)), len(given))
    for match in blank.finditer(text):
        if match[0] == HOLE:
            parts.append(next(before, whole))
            continue
        name = match[1] or str(number)
        number += not match[1]
        at = int(name) if name.isdecimal() else seen
        parts.append(given[at] if at < seen else named.get(name, whole))
    return blank.sub(HOLE, text), tuple(parts)


def _chained(parts: list[_Spelled]) -> _Spelled:
    return "".join(text for text, _ in parts), tuple(hole for _, holes in parts for hole in holes)


def dotted(node: ast.expr) -> str:
    """A call's name as written: `conn.execute`, `self.db.execute`; calls in it stand as `()`."""
    match node:
        case ast.Name(id=name):
            return name
        case ast.Attribute(value=value, attr=attr):
            return f"{dotted(value)}.{attr}"
        case ast.Call(func=func):
            return f"{dotted(func)}()"
        case ast.Subscript(value=value):
            return f"{dotted(value)}[]"
    return ""


def span_of(node: ast.expr) -> Span:
    """Where an expression stands: who reads a file again has other nodes."""
    return node.lineno, node.col_offset, node.end_lineno, node.end_col_offset


def literals_in(node: ast.AST) -> Iterator[str]:
    """The literals in an expression or a module, in the order of the source."""
    if isinstance(node, ast.Constant) and isinstance(node.value, str):
        yield node.value  # as most expressions are that anybody asks about
        return
    stack: list[ast.AST] = [node]
    while stack:
        child = stack.pop()
        if isinstance(child, ast.Constant):
            if isinstance(child.value, str):
                yield child.value
            elif isinstance(child.value, bytes):
                yield child.value.decode("latin-1")
        else:
            stack.extend(reversed(children(child)))


def given_in(call: ast.Call) -> tuple[ast.expr, ...]:
    """All that a call is given, by place or by name."""
    return (*call.args, *(keyword.value for keyword in call.keywords))


def name_of(node: ast.expr) -> str:
    """The name, attribute or container that an expression stands for; empty if none."""
    match node:
        case ast.Name(id=name) | ast.Attribute(attr=name):
            return name
        case ast.Subscript(value=value) | ast.Starred(value=value):
            return name_of(value)
    return ""


def allowed_by(annotation: ast.expr) -> Iterator[ast.expr]:
    """What an annotation allows by itself: the texts of `Literal["a", "b"]`."""
    if isinstance(annotation, ast.Name | ast.Attribute | ast.Constant):
        return  # as far the most are
    for node in walked(annotation):
        match node:
            case ast.Subscript(value=kind, slice=allowed) if (
                dotted(kind).rpartition(".")[2] == "Literal"
            ):
                items = allowed.elts if isinstance(allowed, ast.Tuple) else [allowed]
                yield from (it for it in items if isinstance(it, ast.Constant))


def entry_of(display: ast.Dict, name: str) -> ast.expr | None:
    """What a dictionary has under a name, as it is written."""
    for key, value in zip(display.keys, display.values, strict=True):
        if isinstance(key, ast.Constant) and key.value == name:
            return value
    return None
