"""One walk over a module's tree, which notes its strings and the names around them."""

import ast
import re
from collections.abc import Callable, Iterable
from functools import lru_cache
from typing import Any, ClassVar

from msgspec.structs import replace

from refactor.python.outline import Context, Load, Outline, Scope, Site, Usage, last_part
from refactor.python.syntax import (
    allowed_by,
    children,
    dotted,
    given_in,
    is_stringy,
    literals_in,
    name_of,
    span_of,
)
from refactor.text.lines import Lines
from refactor.text.source import Source, Unreadable

_EXECUTES = re.compile(
    r"execut|quer(?:y|ies)|(?:^|_)sql(?:$|_)|read_sql|read_database"
    r"|^(?:text|raw|rawsql|runsql|ddl|prepare|mogrify|scalar"
    r"|fetch(?:_?(?:one|all|many|row|rows|val|iter|column))?)$",
    re.IGNORECASE,
)
_DISPLAYS = re.compile(
    r"^(?:print|pprint|debug|info|warning|warn|error|critical|exception|fatal|log|logger|echo"
    r"|secho|write|writelines|fail|skip|subTest|xfail|input|confirm|prompt|notify|say|success"
    r"|markdown|caption|title|header|subheader|add_parser|ArgumentParser|.*(?:Error|Exception|Warning))$"
)
_DISPLAY_KEYWORDS = frozenset(
    {
        *("help", "description", "epilog", "message", "msg", "label", "title", "reason", "doc"),
        *("summary", "text_help"),
    }
)
_SAYS_CASES = {"parametrize": "ids", "fixture": "ids", "param": "id"}
"""By what argument pytest is told how tests are called in its output."""
_CALLEES_KEPT = 4_000
_MAY_BE_TEXT = (ast.Constant, ast.JoinedStr, ast.BinOp, ast.Call)


def outline(source: Source, tree: ast.Module) -> Outline | Unreadable:
    """Read a module's string expressions, in the order of the text."""
    reader = _Reader(source.text)
    try:
        reader.read_body(tree.body, Context())
    except RecursionError:
        return Unreadable(source.path, "its expressions are nested too deeply to read")
    return reader.outline(tree)


def executes(callee: str) -> bool:
    """Whether a call by this dotted name hands its first argument to something that runs SQL."""
    return _EXECUTES.search(last_part(callee)) is not None


def displays(callee: str) -> bool:
    """Whether a call by this dotted name shows its arguments to people."""
    return _DISPLAYS.search(last_part(callee)) is not None


@lru_cache(maxsize=_CALLEES_KEPT)
def _usage_by(name: str) -> Usage | None:
    """What a function does with its arguments, by its name."""
    if displays(name):
        return Usage.DISPLAYED
    return Usage.EXECUTED if executes(name) else None


_ASSERTS: dict[str, ast.cmpop] = {
    **dict.fromkeys(("assertEqual", "assertEquals", "assertListEqual", "assertSetEqual"), ast.Eq()),
    **dict.fromkeys(("assertCountEqual", "assertItemsEqual", "assertTupleEqual"), ast.Eq()),
    **dict.fromkeys(("assertSequenceEqual", "assertMultiLineEqual"), ast.Eq()),
    "assertNotEqual": ast.NotEq(),
    "assertIn": ast.In(),
    "assertNotIn": ast.NotIn(),
}
"""What a test case compares by, and as what."""


class _Reader:
    """One walk over a module; notes what it sees."""

    def __init__(self, text: str) -> None:
        self._lines = Lines(text)
        self._sites: list[Site] = []
        self._executed: set[tuple[Scope, str]] = set()
        self._loads: dict[tuple[Scope, Load], None] = {}
        self._names: dict[tuple[Scope, str, str], None] = {}
        """Loads as well, each with its attribute: far the most, most of them over and over."""
        self._imports: list[tuple[str, str, str]] = []
        self._bases: list[tuple[str, str]] = []
        self._functions: set[str] = set()
        self._assigned: list[tuple[Scope, str, ast.expr]] = []
        self._parameters: set[tuple[Scope, str]] = set()
        self._annotated: list[tuple[Scope, str, ast.expr]] = []
        self._positional: list[tuple[Scope, tuple[str, ...]]] = []
        self._holes = 0
        """How many holes of f-strings we are in."""
        self._inner: list[tuple[str, Context]] = []
        self._returned: list[tuple[Scope, ast.expr]] = []

    def outline(self, tree: ast.Module) -> Outline:
        loads = {(scope, Load(name, attr)): None for scope, name, attr in self._names}
        return Outline(
            sites=tuple(sorted(self._sites, key=lambda site: site.start)),
            executed=frozenset(self._executed),
            loads=(*loads, *(it for it in self._loads if it not in loads)),
            imports=tuple(self._imports),
            bases=tuple(self._bases),
            functions=frozenset(self._functions),
            assigned=tuple(self._assigned),
            parameters=frozenset(self._parameters),
            tree=tree,
            annotated=tuple(self._annotated),
            positional=tuple(self._positional),
            returned=tuple(self._returned),
        )

    def read_body(self, body: Iterable[ast.stmt], context: Context) -> None:
        for statement in body:
            self._statement(statement, context)

    def _statement(self, node: ast.stmt, context: Context) -> None:
        read = self._STATEMENTS.get(type(node))
        if read is None:
            self._children(node, context)
        else:
            read(self, node, context)

    def _children(self, node: ast.AST, context: Context) -> None:
        for child in children(node):
            self._any(child, context)

    def _alone(self, node: ast.Expr, context: Context) -> None:
        match node.value:
            case ast.Constant(value=str()):
                self._site(node.value, Context(context.scope, Usage.DOCUMENTATION))
            case ast.Yield(value=ast.expr() as value):
                self._returned.append((context.scope, value))
                self._expression(value, context)
            case value:
                self._expression(value, context)

    def _import(self, node: ast.Import, _context: Context) -> None:
        for alias in node.names:
            local = alias.asname or alias.name.partition(".")[0]
            self._imports.append((local, alias.name if alias.asname else local, ""))

    def _import_from(self, node: ast.ImportFrom, _context: Context) -> None:
        origin = "." * node.level + (node.module or "")
        for alias in node.names:
            self._imports.append((alias.asname or alias.name, origin, alias.name))

    def _annotate(self, node: ast.AnnAssign, context: Context) -> None:
        self._annotated.append((context.scope, name_of(node.target), node.annotation))
        self._allowed(name_of(node.target), node.annotation, context)
        if node.value is not None:
            self._assign([node.target], node.value, context)

    def _allowed(self, name: str, annotation: ast.expr, context: Context) -> None:
        """Take the texts that an annotation allows: what has it may be each of them."""
        for value in allowed_by(annotation):
            self._expression(value, replace(context, target=name))

    def _loop(self, node: ast.For | ast.AsyncFor, context: Context) -> None:
        self._expression(node.iter, replace(context, target=name_of(node.target)))
        self.read_body((*node.body, *node.orelse), context)

    def _with(self, node: ast.With | ast.AsyncWith, context: Context) -> None:
        for item in node.items:
            bound = [] if item.optional_vars is None else [item.optional_vars]
            self._assign(bound, item.context_expr, context)
        self.read_body(node.body, context)

    def _return(self, node: ast.Return, context: Context) -> None:
        if node.value is not None:
            self._returned.append((context.scope, node.value))
            if not self._is_plain(node.value, context.scope):
                self._expression(node.value, replace(context, target="return"))

    def _raise(self, node: ast.Raise, context: Context) -> None:
        for child in (node.exc, node.cause):
            if isinstance(child, ast.Call):
                self._call(child, context, otherwise=Usage.DISPLAYED)
            elif child is not None:
                self._expression(child, replace(context, usage=Usage.DISPLAYED))

    def _assert(self, node: ast.Assert, context: Context) -> None:
        self._expression(node.test, context)
        if node.msg is not None:
            self._expression(node.msg, replace(context, usage=Usage.DISPLAYED))

    def _any(self, node: ast.AST, context: Context) -> None:
        if isinstance(node, ast.stmt):
            self._statement(node, context)
        elif isinstance(node, ast.expr):
            self._expression(node, context)
        else:
            if isinstance(node, ast.pattern):
                context = replace(context, usage=Usage.COMPARED)
            self._children(node, context)

    def _function(self, node: ast.FunctionDef | ast.AsyncFunctionDef, context: Context) -> None:
        for decorator in node.decorator_list:
            self._expression(decorator, context)
        outer = context.scope
        name = f"{outer.function}.{node.name}" if outer.function else node.name
        if outer == Scope():
            self._functions.add(node.name)
        inside = Context(scope=replace(outer, function=name))
        arguments = node.args
        positional = (*arguments.posonlyargs, *arguments.args)
        with_default = positional[len(positional) - len(arguments.defaults) :]
        for argument, default in zip(with_default, arguments.defaults, strict=True):
            self._assign_name(argument.arg, default, inside)
        for argument, maybe in zip(arguments.kwonlyargs, arguments.kw_defaults, strict=True):
            if maybe is not None:
                self._assign_name(argument.arg, maybe, inside)
        self._positional.append((inside.scope, tuple(it.arg for it in positional)))
        every = (*positional, *arguments.kwonlyargs, arguments.vararg, arguments.kwarg)
        self._parameters.update((inside.scope, it.arg) for it in every if it is not None)
        self._annotated.extend(
            (inside.scope, it.arg, it.annotation) for it in every if it and it.annotation
        )
        for it in every:
            if it is not None and it.annotation:
                self._allowed(it.arg, it.annotation, inside)
        if node.returns is not None:
            self._annotated.append((inside.scope, "return", node.returns))
        self.read_body(node.body, inside)

    def _class(self, node: ast.ClassDef, context: Context) -> None:
        for child in (*node.decorator_list, *node.bases, *(k.value for k in node.keywords)):
            self._expression(child, context)
        owner = f"{context.scope.owner}.{node.name}" if context.scope.owner else node.name
        self._bases.extend((owner, last_part(dotted(base))) for base in node.bases)
        self.read_body(node.body, Context(scope=replace(context.scope, owner=owner)))

    def _assign(self, targets: list[ast.expr], value: ast.expr, context: Context) -> None:
        for target in targets:
            if not isinstance(target, ast.Name):
                self._expression(target, context)
        match targets, value:
            case [ast.Tuple(elts=names)], ast.Tuple(elts=values) if len(names) == len(values):
                for name, item in zip(names, values, strict=True):
                    self._assign_name(name_of(name), item, context)
            case [ast.Subscript(slice=ast.Constant(value=str() as key))], _:
                self._assign_name(name_of(targets[0]), value, replace(context, key=key))
            case _:
                self._assign_name(name_of(targets[0]) if targets else "", value, context)

    def _augment(self, node: ast.AugAssign, context: Context) -> None:
        if isinstance(node.op, ast.Sub):
            # What is taken away from a set is nothing that the set gets.
            self._expression(node.value, replace(context, target=name_of(node.target)))
            if not isinstance(node.target, ast.Name):
                self._expression(node.target, context)
        else:
            self._assign([node.target], node.value, context)

    def _assign_name(self, name: str, value: ast.expr, context: Context) -> None:
        if name:
            self._assigned.append((context.scope, name, value))
        if not self._is_plain(value, context.scope):
            self._expression(value, replace(context, usage=Usage.OTHER, target=name))

    def _expression(self, node: ast.expr, context: Context) -> None:
        if self._is_plain(node, context.scope):
            return
        kind = type(node)
        if kind in _MAY_BE_TEXT and is_stringy(node):
            self._text(node, context)
            return
        read = self._EXPRESSIONS.get(kind)
        if read is None:
            self._others(node, context)
        else:
            read(self, node, context)

    def _others(self, node: ast.expr, context: Context) -> None:
        """Visit what stands in an expression that gives it no meaning."""
        inside = context if context.within is None else replace(context, within=None)
        for child in children(node):
            self._any(child, inside)

    def _compare(self, node: ast.Compare, context: Context) -> None:
        equals = len(node.ops) == 1 and isinstance(node.ops[0], ast.Eq | ast.NotEq)
        for child in (node.left, *node.comparators):
            if not self._is_plain(child, context.scope):
                within = () if equals or child is node.left else None
                compared = replace(context, usage=Usage.COMPARED, inside=node, within=within)
                self._expression(child, compared)

    def _asserted(self, node: ast.Call, context: Context, operator: ast.cmpop) -> None:
        """A comparison that a test case makes: `self.assertIn("old", names)`."""
        self._expression(node.func, replace(context, usage=Usage.OTHER, within=None))
        left, right, *others = node.args
        compared = ast.copy_location(ast.Compare(left, [operator], [right]), node)
        self._compare(compared, context)
        for other in (*others, *(it.value for it in node.keywords)):
            if not self._is_plain(other, context.scope):
                self._expression(other, replace(context, usage=Usage.DISPLAYED, within=None))

    def _items(self, node: ast.List | ast.Tuple | ast.Set, context: Context) -> None:
        within, size = context.within, len(node.elts)
        if type(node) is ast.Tuple and context.inside is None:
            context = replace(context, display=span_of(node))
        for position, item in enumerate(node.elts):
            if not self._is_plain(item, context.scope):
                inside = None if within is None else (*within, (position, size))
                self._expression(item, replace(context, within=inside))

    def _attribute(self, node: ast.Attribute, context: Context) -> None:
        if isinstance(node.value, ast.Attribute):
            self._loads[context.scope, Load(dotted(node.value), attribute=node.attr)] = None
            self._expression(node.value, context)
        else:
            self._expression(node.value, replace(context, within=None))

    def _constant(self, node: ast.Constant, context: Context) -> None:
        self._site(node, replace(context, binary=True))  # a text has been seen to before

    def _dictionary(self, node: ast.Dict, context: Context) -> None:
        key_of = replace(context, usage=Usage.KEY, within=None)
        display = span_of(node)
        for key, value in zip(node.keys, node.values, strict=True):
            if key is not None:
                self._expression(key, key_of)
            if not self._is_plain(value, context.scope):
                name = key.value if isinstance(key, ast.Constant) else ""
                name = name if isinstance(name, str) else ""
                self._expression(value, replace(context, key=name, display=display, within=None))

    def _operation(self, node: ast.BinOp, context: Context) -> None:
        if isinstance(node.op, ast.Div):
            self._expression(node.left, context)
            self._expression(node.right, replace(context, joined_to=node.left))
        else:
            self._others(node, context)

    def _named(self, node: ast.NamedExpr, context: Context) -> None:
        self._assign_name(node.target.id, node.value, context)

    def _lambda(self, node: ast.Lambda, context: Context) -> None:
        for default in (*node.args.defaults, *node.args.kw_defaults):
            if default is not None:
                self._expression(default, context)
        self._expression(node.body, replace(context, within=None))

    def _condition(self, node: ast.IfExp, context: Context) -> None:
        self._expression(node.test, replace(context, usage=Usage.OTHER, within=None))
        self._expression(node.body, context)
        self._expression(node.orelse, context)

    def _is_plain(self, node: ast.expr, scope: Scope) -> bool:
        """Note an expression to which its context means nothing, and say whether it is one.

        By far the most are: whoever would make a context for one asks this first.
        """
        kind = type(node)
        if kind is ast.Name:
            self._names[scope, node.id, ""] = None  # type: ignore[attr-defined]
        elif kind is ast.Attribute and type(node.value) is ast.Name:  # type: ignore[attr-defined]
            self._names[scope, node.value.id, node.attr] = None  # type: ignore[attr-defined]
        else:
            return kind is ast.Constant and not isinstance(node.value, str | bytes)  # type: ignore[attr-defined]
        return True

    # One branch for each way in which a text is put together.
    def _inside(self, node: ast.expr, context: Context) -> None:
        """Visit what is not text in a string expression; strings in f-strings are LibCST's."""
        if isinstance(node, ast.JoinedStr):
            self._in_holes(node, Context(context.scope))
            return
        other = replace(context, usage=Usage.OTHER, target="", key="", joined_to=None, within=None)
        match node:
            case ast.BinOp(left=left, op=ast.Add(), right=right):
                self._part(left, other)
                self._part(right, other)
            case ast.BinOp(left=left, right=right):
                self._inside(left, other)
                self._expression(right, other)
            case ast.Call(func=ast.Attribute(value=value, attr="format")):
                self._inside(value, other)
                for argument in given_in(node):
                    self._expression(argument, other)
            case ast.Call(args=[ast.List(elts=items) | ast.Tuple(elts=items)]):
                for item in items:
                    self._part(item, other)
            case ast.Call(func=func, args=arguments):
                for part in (
                    *arguments,
                    *([func.value] if isinstance(func, ast.Attribute) else ()),
                ):
                    self._part(part, other)

    def _in_holes(self, node: ast.JoinedStr, context: Context) -> None:
        self._holes += 1
        for part in node.values:
            if isinstance(part, ast.FormattedValue):
                self._expression(part.value, context)
                if part.format_spec is not None:
                    self._inside(part.format_spec, context)
        self._holes -= 1

    def _part(self, node: ast.expr, context: Context) -> None:
        """Visit an operand: a part of the same text, or an expression of its own."""
        (self._inside if is_stringy(node) else self._expression)(node, context)

    def _called(self, node: ast.Call, context: Context) -> None:
        match node.func:
            case ast.Attribute(value=ast.Constant(value=bytes()) as data, attr="decode"):
                self._site(data, context)
            case _:
                self._call(node, context)

    def _call(self, node: ast.Call, context: Context, *, otherwise: Usage = Usage.OTHER) -> None:
        callee, scope = dotted(node.func), context.scope
        last = last_part(callee)
        if last in _ASSERTS and len(node.args) > 1 and not _is_starred(node.args[:2]):
            self._asserted(node, context, _ASSERTS[last])
            return
        if not self._is_plain(node.func, scope):
            self._expression(node.func, replace(context, usage=Usage.OTHER, within=None))
        usage = _usage_by(last) or otherwise
        if usage is Usage.EXECUTED:
            self._executed.update(
                (scope, name)
                for value in (*node.args[:2], *(keyword.value for keyword in node.keywords))
                if (name := name_of(value))
            )
        positional = [it for it in enumerate(node.args) if not self._is_plain(it[1], scope)]
        named = [it for it in node.keywords if not self._is_plain(it.value, scope)]
        if not positional and not named:
            return
        statement = node.args[0] if usage is Usage.EXECUTED and node.args else None
        argued = replace(context, usage=usage, callee=callee, inside=node, within=())
        for position, argument in positional:
            joined = joined_before(node, last, position)
            given = statement if position else None
            place = str(position)
            inside = replace(argued, argument=place, joined_to=joined, statement=given)
            self._expression(argument, inside)
        cases = _SAYS_CASES.get(last) if named else None
        for keyword in named:
            name = keyword.arg or "**"
            shown = Usage.DISPLAYED if name in _DISPLAY_KEYWORDS or name == cases else usage
            inside = replace(argued, usage=shown, argument=name, statement=statement)
            self._expression(keyword.value, inside)

    def _subscript(self, node: ast.Subscript, context: Context) -> None:
        match node.value, node.slice:
            case ast.Name(id=name), ast.Constant(value=str() as key):
                self._loads[context.scope, Load(name, key=key)] = None
            case ast.Attribute(attr=attr), ast.Constant(value=str() as key):
                self._loads[context.scope, Load(attr, key=key)] = None
            case value, _ if not self._is_plain(value, context.scope):
                self._expression(value, replace(context, usage=Usage.OTHER, within=None))
        if not self._is_plain(node.slice, context.scope):
            key_of = replace(context, usage=Usage.KEY, inside=node, within=())
            self._expression(node.slice, key_of)

    def _text(self, node: ast.expr, context: Context) -> None:
        """Note a string expression, or a literal in the hole of one."""
        if isinstance(node, ast.Constant) and not self._holes:
            self._site(node, context)  # as most texts are: nothing stands inside
            return
        around = self._inner
        self._inner = []
        self._inside(node, context)
        inner, self._inner = tuple(self._inner), around
        if not self._holes:
            self._site(node, context, inner)
        elif isinstance(node, ast.Constant) and isinstance(node.value, str):
            self._inner.append((node.value, context))
        else:
            self._inner.extend(inner)

    def _site(
        self, node: ast.expr, context: Context, inner: tuple[tuple[str, Context], ...] = ()
    ) -> None:
        self._sites.append(
            Site(
                *self._lines.span(node),
                (node.value,)
                if isinstance(node, ast.Constant) and isinstance(node.value, str)
                else tuple(literals_in(node)),
                context,
                node,
                inner,
            )
        )

    # One entry for each kind of node that gives its strings a meaning: `match` tries one by one.
    _STATEMENTS: ClassVar[dict[type[ast.stmt], Callable[["_Reader", Any, Context], None]]] = {
        ast.Expr: _alone,
        ast.Import: _import,
        ast.ImportFrom: _import_from,
        ast.FunctionDef: _function,
        ast.AsyncFunctionDef: _function,
        ast.ClassDef: _class,
        ast.Assign: lambda self, node, context: self._assign(node.targets, node.value, context),
        ast.AnnAssign: _annotate,
        ast.AugAssign: _augment,
        ast.For: _loop,
        ast.AsyncFor: _loop,
        ast.With: _with,
        ast.AsyncWith: _with,
        ast.Return: _return,
        ast.Raise: _raise,
        ast.Assert: _assert,
    }
    _EXPRESSIONS: ClassVar[dict[type[ast.expr], Callable[["_Reader", Any, Context], None]]] = {
        ast.Call: _called,
        ast.Compare: _compare,
        ast.Subscript: _subscript,
        ast.List: _items,
        ast.Tuple: _items,
        ast.Set: _items,
        ast.BoolOp: _children,
        ast.Starred: _children,
        ast.Await: _children,
        ast.Attribute: _attribute,
        ast.Constant: _constant,
        ast.Dict: _dictionary,
        ast.BinOp: _operation,
        ast.NamedExpr: _named,
        ast.Lambda: _lambda,
        ast.IfExp: _condition,
    }


_PYTEST_FOLDERS = frozenset({"tmpdir", "testdir"})
"""What joins a path by its own `join`; everything else of that name joins texts, or arguments."""


def joined_before(node: ast.Call, name: str, position: int) -> ast.expr | None:
    """What an argument is joined to, if the call joins a path."""
    if position == 0 and isinstance(node.func, ast.Attribute):
        before = node.func.value
        if name == "joinpath" or (name == "join" and name_of(before) in _PYTEST_FOLDERS):
            return before
        if name == "with_name":
            return ast.Attribute(value=before, attr="parent")
    if name not in {"join", "joinpath", "Path", "PurePath"} or position == 0:
        return None
    return ast.Call(func=node.func, args=node.args[:position], keywords=[])


def _is_starred(nodes: Iterable[ast.expr]) -> bool:
    return any(isinstance(it, ast.Starred) for it in nodes)
