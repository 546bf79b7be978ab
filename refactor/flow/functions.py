"""The functions and classes of a module: their parameters, their names, who is meant by a call."""

import ast
import re
from collections import Counter, defaultdict
from collections.abc import Iterator
from functools import cached_property

from msgspec import Struct, field
from msgspec.structs import replace

from refactor.flow.declared import ARGUMENTS, destination, row_fields
from refactor.flow.values import Value, Variable
from refactor.python.outline import Scope, last_part
from refactor.python.syntax import children, dotted, name_of, statements_in, walked

FunctionNode = ast.FunctionDef | ast.AsyncFunctionDef
# Named like methods of every dictionary, list, text and path: such a name alone says too little.
OF_COLLECTIONS = frozenset(
    ("add", "append", "count", "endswith", "extend", "find", "format", "get", "index", "insert",
     "items", "join", "joinpath", "pop", "remove", "replace", "set", "setdefault", "split",
     "startswith", "strip", "sub", "update", "values")
)  # fmt: skip
OF_SELF = ("self.", "cls.")
"""How a call begins of a method of the object, or of the class, that it stands in."""
OPERATORS = frozenset(("__call__", "__contains__", "__delitem__", "__getitem__", "__setitem__"))
"""Methods that are called by other means than their names."""
MEETS = frozenset(
    ("difference", "intersection", "isdisjoint", "issubset", "issuperset", "symmetric_difference")
)
"""Methods of sets that compare their items with those of others."""
EVERYDAY = (
    OF_COLLECTIONS
    | OPERATORS
    | {*("clear", "close", "copy", "keys", "open", "popitem", "read", "run", "sort", "write")}
)
OF_LIBRARIES = frozenset(
    ("agg", "apply", "assign", "bind", "bulk_create", "call", "can", "channel", "check",
     "collection", "configure", "consume", "create", "delete", "dispatch", "document", "drop",
     "drop_duplicates", "dropna", "emit", "enabled", "enqueue", "exclude", "exists", "explode",
     "export", "fetch", "field", "fill", "filter", "filter_by", "find_all", "find_one", "fire",
     "get_all", "goto", "group_by", "groupby", "handle", "has", "head", "incr", "increment",
     "insert", "invalidate", "invoke", "list", "load", "locator", "log", "lookup", "match",
     "melt", "merge", "notify", "observe", "on", "once", "options", "order_by", "patch", "pivot",
     "post", "produce", "publish", "push", "put", "query", "queue", "record", "register",
     "rename", "render", "request", "resolve", "resource", "save", "scan", "search", "select",
     "send", "set_index", "sort_values", "stream", "subscribe", "sum", "sync", "table", "tag",
     "topic", "touch", "track", "transform", "translate", "trigger", "type", "upload", "upsert",
     "validate", "where")
)  # fmt: skip
"""Named like methods of clients, frames, queues, caches and sessions, which take a text as well."""
SAYS_NO_OWNER = EVERYDAY | OF_LIBRARIES
"""Names of methods that do not tell by themselves whose they are."""
_DATABASES = "db|database|dao|repo|repository|storage"
CALLED_DATABASE = re.compile(rf"(?:{_DATABASES}|sql|sqlite)$")
"""How an object is called that has to do with a database."""
_HOLDS_TABLES = re.compile(rf"(?:{_DATABASES}|store)$")
"""The same without what a text may be called that is SQL."""
_COLLECTIONS_TOO = OF_COLLECTIONS - {"insert"}
"""What a collection that is called as a database may be asked: a list's `insert` takes no text."""
# With more than this it is another method, and its name says as much as any.
_MOST_ARGUMENTS = {
    "add": 1, "append": 1, "count": 3, "extend": 1, "find": 3, "get": 2, "index": 3, "insert": 2,
    "items": 0, "join": 1, "keys": 0, "pop": 2, "remove": 1, "setdefault": 2, "split": 2,
    "update": 1, "values": 0,
}  # fmt: skip
_TK_INDEX = re.compile(r"|(?:end|insert|active|anchor|current|sel\.\w+|[\d.]+|@.*)(?:[ +-].*)?")
_CONTEXTS = frozenset({"contextmanager", "asynccontextmanager"})
_KEEP_CALLS = _CONTEXTS | {"staticmethod", "classmethod", "cache", "lru_cache"}
"""Decorators of functions that are called as before."""
BARE = frozenset({"object", "ABC", "Protocol", "Generic", "NamedTuple"})
_OPENS_SCOPE = (ast.FunctionDef, ast.AsyncFunctionDef, ast.ClassDef, ast.Lambda)


class Function(Struct, frozen=True, dict=True):
    """One function or method, by the scope of its own lines."""

    node: FunctionNode
    scope: Scope
    bound: bool
    """Whether its first parameter is the object or the class."""

    @property
    def of_class(self) -> bool:
        """Whether that is the class, wherever the method is called."""
        decorators = {last_part(dotted(it)) for it in self.node.decorator_list}
        return "classmethod" in decorators or self.name in {"__new__", "__init_subclass__"}

    @property
    def name(self) -> str:
        """Its own name."""
        return self.node.name

    @property
    def parameters(self) -> tuple[str, ...]:
        """The parameters that take arguments by position, the object itself excepted."""
        arguments = self.node.args
        every = [it.arg for it in (*arguments.posonlyargs, *arguments.args)]
        return tuple(every[1:] if self.bound else every)

    @cached_property
    def gives_itself(self) -> bool:
        """Whether it returns its object, and nothing else, as methods do that are chained."""
        if not self.bound:
            return False
        found = [it.value for it in statements_in(self.node) if isinstance(it, ast.Return)]
        return bool(found) and all(map(_is_self, found))

    @cached_property
    def is_context(self) -> bool:
        """Whether what it yields is what `with` gives a name to."""
        decorators = {last_part(dotted(it)) for it in self.node.decorator_list}
        return not decorators.isdisjoint(_CONTEXTS)

    @cached_property
    def is_property(self) -> bool:
        """Whether what it gives is read like an attribute."""
        decorators = {last_part(dotted(it)) for it in self.node.decorator_list}
        return not decorators.isdisjoint({"property", "cached_property"})

    @cached_property
    def generates(self) -> bool:
        """Whether it yields what it gives."""
        return any(isinstance(it, ast.Yield | ast.YieldFrom) for it in walked(self.node))

    @property
    def rest(self) -> tuple[str, str]:
        """The parameters that take what is left, by position and by name; empty without."""
        places, names = self.node.args.vararg, self.node.args.kwarg
        return places.arg if places else "", names.arg if names else ""

    @property
    def keywords(self) -> frozenset[str]:
        """The parameters that take arguments by name."""
        arguments = self.node.args
        return frozenset(it.arg for it in (*arguments.args, *arguments.kwonlyargs))

    def takes(self, name: str) -> bool:
        """Whether it has a parameter of that name."""
        return any(isinstance(it, ast.arg) and it.arg == name for it in walked(self.node.args))

    def parameter(self, name: str) -> Variable:
        """What a parameter holds."""
        return Variable("parameter", self.scope, name)

    @property
    def result(self) -> Variable:
        """What it returns."""
        return Variable("return", self.scope, "")


class Frame(Struct):
    """What a scope's names are while it is read; only the reader sees it change."""

    scope: Scope
    locals: frozenset[str]
    function: Function | None = None
    parent: "Frame | None" = None
    names: dict[str, Value] = field(default_factory=dict)
    globals: frozenset[str] = frozenset()
    shared: frozenset[str] = frozenset()
    """The names that functions within give values to as well, at whatever time they are called."""
    continued: list[dict[str, Value]] = field(default_factory=list)
    """The names as they are where a loop goes on with its next round before its end."""

    def copy(self) -> "Frame":
        """The same scope, in which names may be bound that nobody sees from outside."""
        return replace(self, names=dict(self.names))


class Functions:
    """All functions and classes of one module."""

    def __init__(self, tree: ast.Module) -> None:
        self._tree = tree
        self.of_node: dict[ast.AST, Function] = {}
        self.by_scope: dict[Scope, Function] = {}
        self.by_name: dict[str, list[Function]] = defaultdict(list)
        self.bases: dict[str, list[str]] = defaultdict(list)
        self.fields: dict[str, list[str]] = defaultdict(list)
        """The annotated names of each class, in order, as a dataclass takes them."""
        self.owners: dict[str, list[str]] = defaultdict(list)
        """The classes that have an attribute or a method of some name."""
        self.options: list[str] = []
        """What code reads the options of the command line by."""
        self.commands: list[str] = []
        """What it reads the command by, of those that the command line has."""
        self.set_by_default: dict[str, list[ast.expr]] = defaultdict(list)
        """What commands set an option to, as the function that is called: `set_defaults(fn=f)`."""
        self.rows: set[str] = set()
        """The classes of named tuples."""
        self.members: dict[str, tuple[str, ...]] = {}
        """The members of each enumeration, in order."""
        self.records: set[str] = set()
        """Classes that are made by a call: `Point = namedtuple("Point", "x y")`."""
        self.nonlocals: dict[Scope, frozenset[str]] = {}
        """The names that a function declares to be those of a function around it."""
        self.newtypes: set[str] = set()
        """Types that give back what they are called with."""
        self._note(tree, Scope(), in_class=False)
        for node in tree.body:
            self._note_made(node)

    def _note_made(self, node: ast.stmt) -> None:
        match node:
            case ast.Assign(targets=[ast.Name(id=name)], value=ast.Call(func=func, args=[_, made])):
                kind = last_part(dotted(func))
            case _:
                return
        match kind, made:
            case "NewType", _:
                self.newtypes.add(name)
            case "namedtuple", ast.Constant(value=str() as fields):
                self.records.add(name)
                self.fields[name] = fields.replace(",", " ").split()
            case "namedtuple", ast.List(elts=items) | ast.Tuple(elts=items):
                self.records.add(name)
                self.fields[name] = [str(it.value) for it in items if isinstance(it, ast.Constant)]

    def _note(self, node: ast.AST, scope: Scope, *, in_class: bool) -> None:
        for child in children(node):
            if isinstance(child, FunctionNode):
                inside = function_scope(scope, child.name)
                decorators = {last_part(dotted(it)) for it in child.decorator_list}
                found = Function(child, inside, in_class and "staticmethod" not in decorators)
                self.of_node[child] = found
                self.by_scope.setdefault(inside, found)
                self.by_name[child.name].append(found)
                self._note(child, inside, in_class=False)
            elif isinstance(child, ast.ClassDef):
                inside = class_scope(scope, child.name)
                self.bases[inside.owner] += [
                    last_part(dotted(base.value if isinstance(base, ast.Subscript) else base))
                    for base in child.bases
                ]
                self.fields[inside.owner] += [
                    it.target.id
                    for it in child.body
                    if isinstance(it, ast.AnnAssign) and isinstance(it.target, ast.Name)
                ]
                self._note_attributes(child, inside.owner)
                if "NamedTuple" in self.bases[inside.owner]:
                    self.rows.add(inside.owner)
                if any(base.endswith(("Enum", "Flag")) for base in self.bases[inside.owner]):
                    self.members[inside.owner] = tuple(
                        it.targets[0].id
                        for it in child.body
                        if isinstance(it, ast.Assign) and isinstance(it.targets[0], ast.Name)
                    )
                self._note(child, inside, in_class=True)
            elif not isinstance(child, ast.expr):  # no definition stands in an expression
                self._note_declared(child, scope)
                self._note(child, scope, in_class=in_class)

    def _note_declared(self, node: ast.AST, scope: Scope) -> None:
        """Note what a call makes that is read like an object's attributes."""
        match node:
            case ast.Nonlocal(names=names):
                self.nonlocals[scope] = self.nonlocals.get(scope, frozenset()).union(names)
            case ast.Assign(value=ast.Call(func=ast.Attribute(attr="add_subparsers")) as call) if (
                name := destination(call)
            ):
                self._note_option(name)
                self.commands.append(name)
            case ast.Assign(targets=[ast.Name(id=name)], value=value) if scope == Scope():
                fields = row_fields(value)
                if fields:
                    self.rows.add(name)
                    self.bases[name] = []
                    self.fields[name] = [*fields]
                    for field in fields:
                        self.owners[field].append(name)
            case ast.Expr(value=ast.Call(func=ast.Attribute(attr="add_argument")) as call):
                self._note_option(destination(call) or "")
            case ast.Expr(value=ast.Call(func=ast.Attribute(attr="set_defaults")) as call):
                for it in call.keywords:
                    self.set_by_default[it.arg or "**"].append(it.value)

    def _note_option(self, name: str) -> None:
        if ARGUMENTS not in self.owners[name]:
            self.owners[name].append(ARGUMENTS)
            self.options.append(name)

    def shared_in(self, scope: Scope) -> frozenset[str]:
        """The names that functions within a function declare to be those of one around them."""
        inside = f"{scope.function}."
        return frozenset(
            name
            for at, names in self.nonlocals.items()
            if at.owner == scope.owner and at.function.startswith(inside)
            for name in names
        )

    @cached_property
    def _nodes(self) -> list[ast.AST]:
        return walked(self._tree)

    @cached_property
    def parses_arguments(self) -> bool:
        """Whether the module parses a command line whose options it declares."""
        return bool(self.options) and any(
            isinstance(node, ast.Attribute) and node.attr in {"parse_args", "parse_known_args"}
            for node in self._nodes
        )

    def _note_attributes(self, node: ast.ClassDef, owner: str) -> None:
        for child in _statements_and_targets(node):
            match child:
                case ast.Attribute(value=ast.Name(id="self" | "cls"), attr=name, ctx=ast.Store()):
                    names = [name]
                case ast.Assign(targets=targets) if child in node.body:
                    names = [it.id for it in targets if isinstance(it, ast.Name)]
                case ast.AnnAssign(target=ast.Name(id=name)) if child in node.body:
                    names = [name]
                case _:
                    continue
            for name in names:
                if owner not in self.owners[name]:
                    self.owners[name].append(owner)

    def is_class(self, name: str) -> bool:
        """Whether a class of the module has this name."""
        return name in self.bases

    def method(self, owner: str, name: str) -> Function | None:
        """A class's method of that name, its own, or that of a base or an heir in the module."""
        for each in (*self.ancestry(owner), *self._heirs(owner)):
            found = self.by_scope.get(Scope(each, name))
            if found is not None:
                return found
        return None

    def overrides(self, function: Function, caller: str = "") -> Iterator[Function]:
        """The methods of heirs that stand for a method on their objects.

        Args:
            function: the method.
            caller: the class that calls it, which may leave it to its heirs.
        """
        named = self.by_name[function.name]
        left = len(named) > 1 and caller in self.bases
        left = left and function.scope.owner not in self.ancestry(caller)
        base = caller if left else function.scope.owner
        for each in named if len(named) > 1 else ():
            if each is not function and base in self.ancestry(each.scope.owner):
                yield each

    def ancestry(self, owner: str) -> tuple[str, ...]:
        """A class and the classes of the module that it inherits from."""
        found = [owner]
        for each in found:
            found += [it for it in self.bases.get(each, ()) if it in self.bases and it not in found]
        return tuple(found)

    @cached_property
    def called_on(self) -> dict[str, list[ast.Call]]:
        """The calls of methods, by what they are called on."""
        found: dict[str, list[ast.Call]] = defaultdict(list)
        for node in self._nodes:
            if isinstance(node, ast.Call) and isinstance(node.func, ast.Attribute):
                found[dotted(node.func.value)].append(node)
        return found

    def is_no_collection(self, holder: str) -> bool:
        """Whether more is called on an object than collections and files have."""
        return any(
            isinstance(it.func, ast.Attribute) and not says_little(it.func.attr, it)
            for it in self.called_on.get(holder, ())
        )

    def is_only_called(self, function: Function) -> bool:
        """Whether a function is never handed on, decorated, or that of a base class elsewhere."""
        called = self.times_called(function.name) > 0
        return called and self.is_plain(function) and self.is_said_in_calls(function.name)

    def is_plain(self, function: Function) -> bool:
        """Whether nothing calls a function for what decorates it, or for a base class elsewhere."""
        decorators = {last_part(dotted(it)) for it in function.node.decorator_list}
        return not (decorators - _KEEP_CALLS or self.may_inherit(function.scope.owner))

    def is_own_fixture(self, function: Function, file: str) -> bool:
        """Whether only the tests of the module get what a function gives, by their parameters."""
        decorators = {
            last_part(dotted(getattr(it, "func", it))) for it in function.node.decorator_list
        }
        by_name = any(it in self._mentions[0] for it in ("getfixturevalue", "usefixtures"))
        return decorators == {"fixture"} and file != "conftest.py" and not by_name

    def is_said_in_calls(self, name: str) -> bool:
        """Whether a name is never said but where it is called, or imported."""
        said, called = self._mentions
        return called[name] == said[name]

    def times_called(self, name: str) -> int:
        """How often something of that name is called."""
        return self._mentions[1][name]

    @cached_property
    def _mentions(self) -> tuple[Counter[str], Counter[str]]:
        """How often each name is said, and how often it is called."""
        said: Counter[str] = Counter()
        called: Counter[str] = Counter()
        for node in self._nodes:
            match node:
                case ast.Name(id=name) | ast.Attribute(attr=name):
                    said[name] += 1
                case ast.Call(func=ast.Name(id=name) | ast.Attribute(attr=name)):
                    called[name] += 1
        return said, called

    def _heirs(self, owner: str) -> Iterator[str]:
        for each in self.bases:
            if each != owner and owner in self.ancestry(each):
                yield each

    def family(self, owner: str) -> tuple[str, ...]:
        """All classes of the module that may share an attribute with this one."""
        return (*self.ancestry(owner), *self._heirs(owner))

    def by_method_name(self, node: ast.Call) -> Function | None:
        """The only function of the module that a method's call can mean, where its name tells."""
        name = last_part(dotted(node.func))
        found = self.by_name.get(name, [])
        return found[0] if len(found) == 1 and not says_little(name, node) else None

    def may_inherit(self, owner: str) -> bool:
        """Whether a class may have methods that no class of the module has."""
        bases = {it for each in self.ancestry(owner) for it in self.bases.get(each, ())}
        return not bases <= self.bases.keys() | BARE

    def is_told(self, function: Function, node: ast.Call) -> bool:
        """Whether a method's name tells which one is called, or what else its object does."""
        name, owner = function.name, function.scope.owner
        if not isinstance(node.func, ast.Attribute):
            return True
        if not owner:
            return False  # no method of an object's
        if name not in SAYS_NO_OWNER:
            return True
        if is_named_after(node.func.value, owner):
            return True
        if is_databases_own(node):
            return True
        called = self.called_on.get(dotted(node.func.value), ())
        others = (last_part(dotted(it.func)) for it in called)
        return any(it not in SAYS_NO_OWNER and self.method(owner, it) for it in others)

    def visible(self, name: str, frame: Frame) -> Function | None:
        """The function that a bare name means in a frame."""
        scope = frame.scope
        while True:
            found = self.by_scope.get(function_scope(scope, name))
            if found is not None and not (found.bound and scope.function == ""):
                return found
            if not scope.function:
                break
            scope = Scope(scope.owner, scope.function.rpartition(".")[0])
        return self.by_scope.get(Scope("", name))


def is_named_after(node: ast.expr, owner: str) -> bool:
    """Whether an object is called as its class is: `self.user_store` of a class `Store`."""
    name, kind = _said(node), last_part(owner).replace("_", "").lower()
    return len(name) > 1 and bool(kind) and (name.endswith(kind) or kind.endswith(name))


def is_called_database(node: ast.expr) -> bool:
    """Whether an object is called as a database: `self.db`, `user_repo`, `get_db()`."""
    return CALLED_DATABASE.search(_said(node)) is not None


def is_databases_own(call: ast.AST) -> bool:
    """Whether a method is called on what is called a database, and is no collection's."""
    match call:
        case ast.Call(func=ast.Attribute(value=holder, attr=name)) if is_called_database(holder):
            return name not in _COLLECTIONS_TOO or len(call.args) > _most_arguments(name, call)
    return False


def _said(node: ast.expr) -> str:
    """What an object is called, or what makes it, without underscores and capitals."""
    name = name_of(node.func if isinstance(node, ast.Call) else node)
    return name.replace("_", "").lower()


def says_little(name: str, call: ast.AST) -> bool:
    """Whether a method is called as that of a collection or a file may be."""
    if name not in EVERYDAY or not isinstance(call, ast.Call):
        return name in EVERYDAY
    if isinstance(call.func, ast.Attribute) and _HOLDS_TABLES.search(_said(call.func.value)):
        return False
    if name == "insert" and call.args and not _may_be_index(call.args[0]):
        return False
    return len(call.args) <= _most_arguments(name, call)


def _most_arguments(name: str, call: ast.Call) -> int:
    return _MOST_ARGUMENTS.get(name, len(call.args))


def _may_be_index(node: ast.expr) -> bool:
    """Whether an argument may say where a list, or a widget of tkinter's, gets something more."""
    says = node.value if isinstance(node, ast.Constant) else None
    return not isinstance(says, str) or _TK_INDEX.fullmatch(says) is not None


def _is_self(node: ast.expr | None) -> bool:
    return isinstance(node, ast.Name) and node.id == "self"


def _statements_and_targets(node: ast.AST) -> Iterator[ast.AST]:
    """What stands in a class and binds something, or may hold what does."""
    stack = [node]
    while stack:
        child = stack.pop()
        yield child
        stack += (
            it
            for it in children(child)
            if not isinstance(it, ast.expr) or isinstance(getattr(it, "ctx", None), ast.Store)
        )


def function_scope(scope: Scope, name: str) -> Scope:
    """The scope of a function that is defined in a scope."""
    return replace(scope, function=f"{scope.function}.{name}" if scope.function else name)


def class_scope(scope: Scope, name: str) -> Scope:
    """The scope of a class that is defined in a scope."""
    return replace(scope, owner=f"{scope.owner}.{name}" if scope.owner else name)


_BIND = frozenset({ast.Global, ast.alias, ast.arg, *_OPENS_SCOPE})


def own_names(node: ast.AST) -> tuple[frozenset[str], frozenset[str]]:
    """The names that a scope's own lines bind, and those that they declare global."""
    bound: set[str] = set()
    declared: set[str] = set()
    takes = not isinstance(node, ast.Module | ast.ClassDef)
    stack = children(node)
    while stack:
        child = stack.pop()
        kind = type(child)  # it is asked of every node, by far the most of which bind nothing
        if kind is ast.Name:
            if type(child.ctx) is ast.Store:  # type: ignore[attr-defined]
                bound.add(child.id)  # type: ignore[attr-defined]
        elif kind not in _BIND:
            stack += children(child)
        elif isinstance(child, ast.Global):
            declared.update(child.names)
        elif isinstance(child, ast.alias):
            bound.add(child.asname or child.name.partition(".")[0])
        elif isinstance(child, ast.arg):
            if takes:
                bound.add(child.arg)
            stack += children(child)
    return frozenset(bound - declared), frozenset(declared)
