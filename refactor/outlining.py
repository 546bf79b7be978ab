"""One walk over a module's tree, which notes its strings and the names around them."""

import ast
import re
from collections.abc import Iterable

from refactor.lines import Lines
from refactor.outline import Context, Load, Outline, Scope, Site, Usage, last_part
from refactor.source import Source, Unreadable
from refactor.syntax import children, dotted, is_stringy, literals_in, name_of

_EXECUTES = re.compile(
    r"execut|quer(?:y|ies)|(?:^|_)sql(?:$|_)|read_sql|read_database"
    r"|^(?:text|raw|rawsql|runsql|ddl|prepare|mogrify|scalar"
    r"|fetch(?:_?(?:one|all|many|row|rows|val|iter|column))?)$",
    re.IGNORECASE,
)
_DISPLAYS = re.compile(
    r"^(?:print|pprint|debug|info|warning|warn|error|critical|exception|fatal|log|logger|echo"
    r"|secho|write|writelines|fail|skip|xfail|input|confirm|prompt|notify|say|success|markdown"
    r"|caption|title|header|subheader|add_parser|ArgumentParser|.*(?:Error|Exception|Warning))$"
)
_DISPLAY_KEYWORDS = frozenset(
    {
        *("help", "description", "epilog", "message", "msg", "label", "title", "reason", "doc"),
        *("summary", "text_help"),
    }
)
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


class _Reader:
    """One walk over a module; notes what it sees."""

    def __init__(self, text: str) -> None:
        self._lines = Lines(text)
        self._sites: list[Site] = []
        self._executed: set[tuple[Scope, str]] = set()
        self._loads: set[tuple[Scope, Load]] = set()
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
        return Outline(
            sites=tuple(sorted(self._sites, key=lambda site: site.start)),
            executed=frozenset(self._executed),
            loads=tuple(sorted(self._loads)),
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

    # One branch for each kind of node that gives its strings a meaning.
    def _statement(self, node: ast.stmt, context: Context) -> None:  # noqa: C901, PLR0912
        match node:
            case ast.Expr(value=ast.Constant(value=str()) as value):
                self._site(value, context._replace(usage=Usage.DOCUMENTATION))
            case ast.Import(names=names):
                for alias in names:
                    local = alias.asname or alias.name.partition(".")[0]
                    self._imports.append((local, alias.name if alias.asname else local, ""))
            case ast.ImportFrom(module=module, names=names, level=level):
                for alias in names:
                    origin = "." * level + (module or "")
                    self._imports.append((alias.asname or alias.name, origin, alias.name))
            case ast.FunctionDef() | ast.AsyncFunctionDef():
                self._function(node, context)
            case ast.ClassDef():
                self._class(node, context)
            case ast.Assign(targets=targets, value=value):
                self._assign(targets, value, context)
            case ast.AnnAssign(target=target, annotation=annotation, value=value):
                self._annotated.append((context.scope, name_of(target), annotation))
                if value is not None:
                    self._assign([target], value, context)
            case ast.AugAssign(target=target, value=value):
                self._assign([target], value, context)
            case ast.For(target=target, iter=iterable) | ast.AsyncFor(target=target, iter=iterable):
                self._expression(iterable, context._replace(target=name_of(target)))
                self.read_body((*node.body, *node.orelse), context)
            case ast.With(items=items) | ast.AsyncWith(items=items):
                for item in items:
                    bound = [] if item.optional_vars is None else [item.optional_vars]
                    self._assign(bound, item.context_expr, context)
                self.read_body(node.body, context)
            case ast.Return(value=ast.expr() as value):
                self._returned.append((context.scope, value))
                self._expression(value, context._replace(target="return"))
            case ast.Expr(value=ast.Yield(value=ast.expr() as value)):
                self._returned.append((context.scope, value))
                self._expression(value, context)
            case ast.Raise() | ast.Assert():
                for child in children(node):
                    shown = child is not getattr(node, "test", None)
                    usage = Usage.DISPLAYED if shown else Usage.OTHER
                    if isinstance(node, ast.Raise) and isinstance(child, ast.Call):
                        self._call(child, context, otherwise=usage)
                    else:
                        self._any(child, context._replace(usage=usage))
            case _:
                for child in children(node):
                    self._any(child, context)

    def _any(self, node: ast.AST, context: Context) -> None:
        if isinstance(node, ast.stmt):
            self._statement(node, context)
        elif isinstance(node, ast.expr):
            self._expression(node, context)
        else:
            if isinstance(node, ast.pattern):
                context = context._replace(usage=Usage.COMPARED)
            for child in children(node):
                self._any(child, context)

    def _function(self, node: ast.FunctionDef | ast.AsyncFunctionDef, context: Context) -> None:
        for decorator in node.decorator_list:
            self._expression(decorator, context)
        outer = context.scope
        name = f"{outer.function}.{node.name}" if outer.function else node.name
        if outer == Scope():
            self._functions.add(node.name)
        inside = Context(scope=outer._replace(function=name))
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
        if node.returns is not None:
            self._annotated.append((inside.scope, "return", node.returns))
        self.read_body(node.body, inside)

    def _class(self, node: ast.ClassDef, context: Context) -> None:
        for child in (*node.decorator_list, *node.bases, *(k.value for k in node.keywords)):
            self._expression(child, context)
        owner = f"{context.scope.owner}.{node.name}" if context.scope.owner else node.name
        self._bases.extend((owner, last_part(dotted(base))) for base in node.bases)
        self.read_body(node.body, Context(scope=context.scope._replace(owner=owner)))

    def _assign(self, targets: list[ast.expr], value: ast.expr, context: Context) -> None:
        for target in targets:
            if not isinstance(target, ast.Name):
                self._expression(target, context)
        match targets, value:
            case [ast.Tuple(elts=names)], ast.Tuple(elts=values) if len(names) == len(values):
                for name, item in zip(names, values, strict=True):
                    self._assign_name(name_of(name), item, context)
            case _:
                self._assign_name(name_of(targets[0]) if targets else "", value, context)

    def _assign_name(self, name: str, value: ast.expr, context: Context) -> None:
        if name:
            self._assigned.append((context.scope, name, value))
        if not self._is_plain(value, context.scope):
            self._expression(value, context._replace(target=name, usage=Usage.OTHER))

    def _expression(  # noqa: C901, PLR0912 - one branch for each kind of expression
        self, node: ast.expr, context: Context
    ) -> None:
        kind = type(node)
        if self._is_plain(node, context.scope):
            return
        if kind in _MAY_BE_TEXT and is_stringy(node):
            self._text(node, context)
            return
        match node:
            case ast.Call(
                func=ast.Attribute(value=ast.Constant(value=bytes()) as data, attr="decode")
            ):
                self._site(data, context)
            case ast.Call():
                self._call(node, context)
            case ast.Compare():
                compared = context._replace(usage=Usage.COMPARED, inside=node, within=())
                self._expression(node.left, compared)
                equals = len(node.ops) == 1 and isinstance(node.ops[0], ast.Eq | ast.NotEq)
                for child in node.comparators:
                    self._expression(child, compared._replace(within=() if equals else None))
            case ast.Subscript():
                self._subscript(node, context)
            case ast.List(elts=items) | ast.Tuple(elts=items) | ast.Set(elts=items):
                for position, item in enumerate(items):
                    within = context.within
                    if within is not None:
                        within = (*within, (position, len(items)))
                    self._expression(item, context._replace(within=within))
            case ast.BoolOp() | ast.Starred() | ast.Await():
                for inner in children(node):
                    self._any(inner, context)
            case ast.Attribute(value=ast.Attribute() as value, attr=attr):
                self._loads.add((context.scope, Load(dotted(value), attribute=attr)))
                self._expression(value, context)
            case ast.Constant(value=bytes()):
                self._site(node, context._replace(binary=True))
            case ast.Dict(keys=keys, values=values):
                for key, item in zip(keys, values, strict=True):
                    self._entry(key, item, context)
            case ast.BinOp(left=left, op=ast.Div(), right=right):
                self._expression(left, context)
                self._expression(right, context._replace(joined_to=left))
            case ast.NamedExpr(target=target, value=value):
                self._assign_name(target.id, value, context)
            case ast.Lambda(args=arguments, body=body):
                for default in (*arguments.defaults, *arguments.kw_defaults):
                    if default is not None:
                        self._expression(default, context)
                self._expression(body, context._replace(within=None))
            case ast.IfExp(test=test, body=body, orelse=orelse):
                self._expression(test, context._replace(usage=Usage.OTHER, within=None))
                self._expression(body, context)
                self._expression(orelse, context)
            case _:
                other = context._replace(within=None)
                for inner in children(node):
                    self._any(inner, other)

    def _is_plain(self, node: ast.expr, scope: Scope) -> bool:
        """Note an expression to which its context means nothing, and say whether it is one.

        By far the most are: whoever would make a context for one asks this first.
        """
        kind = type(node)
        if kind is ast.Name:
            self._loads.add((scope, Load(node.id)))  # type: ignore[attr-defined]
        elif kind is ast.Attribute and type(node.value) is ast.Name:  # type: ignore[attr-defined]
            self._loads.add((scope, Load(node.value.id, attribute=node.attr)))  # type: ignore[attr-defined]
        else:
            return kind is ast.Constant and not isinstance(node.value, str | bytes)  # type: ignore[attr-defined]
        return True

    # One branch for each way in which a text is put together.
    def _inside(self, node: ast.expr, context: Context) -> None:  # noqa: C901
        """Visit what is not text in a string expression; strings in f-strings are LibCST's."""
        other = context._replace(usage=Usage.OTHER, target="", key="", within=None)
        match node:
            case ast.JoinedStr(values=parts):
                inside = Context(context.scope)
                for part in parts:
                    if isinstance(part, ast.FormattedValue):
                        self._holes += 1
                        self._expression(part.value, inside)
                        if part.format_spec is not None:
                            self._inside(part.format_spec, inside)
                        self._holes -= 1
            case ast.BinOp(left=left, op=ast.Add(), right=right):
                self._part(left, other)
                self._part(right, other)
            case ast.BinOp(left=left, right=right):
                self._inside(left, other)
                self._expression(right, other)
            case ast.Call(func=ast.Attribute(value=value, attr="format")):
                self._inside(value, other)
                for argument in (*node.args, *(keyword.value for keyword in node.keywords)):
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

    def _part(self, node: ast.expr, context: Context) -> None:
        """Visit an operand: a part of the same text, or an expression of its own."""
        (self._inside if is_stringy(node) else self._expression)(node, context)

    def _call(self, node: ast.Call, context: Context, *, otherwise: Usage = Usage.OTHER) -> None:
        callee = dotted(node.func)
        last = last_part(callee)
        if not self._is_plain(node.func, context.scope):
            self._expression(node.func, context._replace(usage=Usage.OTHER, within=None))
        usage = otherwise
        if displays(callee):
            usage = Usage.DISPLAYED
        elif executes(callee):
            usage = Usage.EXECUTED
            self._executed.update(
                (context.scope, name)
                for value in (*node.args[:2], *(keyword.value for keyword in node.keywords))
                if (name := name_of(value))
            )
        statement = node.args[0] if usage is Usage.EXECUTED and node.args else None
        inside = context._replace(
            usage=usage, callee=callee, statement=None, inside=node, within=()
        )
        for position, argument in enumerate(node.args):
            if self._is_plain(argument, context.scope):
                continue
            place = inside._replace(
                argument=str(position),
                joined_to=_joined_before(node, last, position),
                statement=statement if position else None,
            )
            self._expression(argument, place)
        for keyword in node.keywords:
            if self._is_plain(keyword.value, context.scope):
                continue
            shown = (keyword.arg or "") in _DISPLAY_KEYWORDS
            self._expression(
                keyword.value,
                inside._replace(
                    argument=keyword.arg or "**",
                    usage=Usage.DISPLAYED if shown else usage,
                    statement=statement,
                ),
            )

    def _subscript(self, node: ast.Subscript, context: Context) -> None:
        match node.value, node.slice:
            case ast.Name(id=name), ast.Constant(value=str() as key):
                self._loads.add((context.scope, Load(name, key=key)))
            case ast.Attribute(attr=attr), ast.Constant(value=str() as key):
                self._loads.add((context.scope, Load(attr, key=key)))
            case _:
                self._expression(node.value, context._replace(usage=Usage.OTHER, within=None))
        key_of = context._replace(usage=Usage.KEY, inside=node, within=())
        self._expression(node.slice, key_of)

    def _entry(self, key: ast.expr | None, value: ast.expr, context: Context) -> None:
        if key is not None:
            self._expression(key, context._replace(usage=Usage.KEY, within=None))
        name = key.value if isinstance(key, ast.Constant) and isinstance(key.value, str) else ""
        self._expression(value, context._replace(key=name, within=None))

    def _text(self, node: ast.expr, context: Context) -> None:
        """Note a string expression, or a literal in the hole of one."""
        if isinstance(node, ast.Constant) and not self._holes:
            self._site(node, context)  # as most texts are: nothing stands inside
            return
        around = self._inner
        self._inner = []
        self._inside(node, context._replace(joined_to=None))
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
                start=self._lines.offset(node.lineno, node.col_offset),
                end=self._lines.offset(node.end_lineno or 0, node.end_col_offset or 0),
                literals=tuple(literals_in(node)),
                context=context,
                node=node,
                inner=inner,
            )
        )


def _joined_before(node: ast.Call, name: str, position: int) -> ast.expr | None:
    """What an argument is joined to, if the call joins a path."""
    if name == "joinpath" and position == 0 and isinstance(node.func, ast.Attribute):
        return node.func.value
    if name not in {"join", "joinpath", "Path", "PurePath"} or position == 0:
        return None
    return ast.Call(func=node.func, args=node.args[:position], keywords=[])
