"""Which places in a code base are a table's name, by what libraries and the plan say."""

import ast
import re
from collections import defaultdict
from collections.abc import Mapping
from functools import cache
from pathlib import PurePosixPath

from msgspec import Struct
from msgspec.structs import replace

from refactor.apis.calls import CALLS
from refactor.apis.columns import columns_in_call, columns_in_class
from refactor.apis.constants import Constants
from refactor.apis.declared import DeclaredCalls
from refactor.apis.elsewhere import Elsewhere
from refactor.apis.keyed import KeyedTables, Likely
from refactor.apis.libraries import (
    ANY_KEY,
    ATTRIBUTES,
    EQUAL,
    KEY,
    LISTED,
    OTHER_TABLES,
    PACKAGES,
    WINDOWS,
    Argument,
    Attribute,
    Library,
    Takes,
)
from refactor.apis.listed import Seen, sides
from refactor.apis.schemas import schema_given, schema_said
from refactor.apis.slots import Slot
from refactor.apis.values import UNKNOWN, class_in
from refactor.python.modules import Modules
from refactor.python.outline import Context, Scope, Usage, last_part
from refactor.python.syntax import dotted

_CALLED_DATABASE = re.compile(r"(?:^|[._?])\w*(?:db|database|store)\w*$", re.IGNORECASE)
_LOST = "it meets the names of tables: is it one, wherever it goes from there?"
_A_DICTIONARY = frozenset({"builtins.dict()"})
_DJANGO_FIELDS = frozenset({"ForeignKey", "OneToOneField", "ManyToManyField"})
_CHOICES = frozenset({"choices", "options", "value", "values"})
_TAKE_CHOICES = frozenset({"insert", "OptionMenu", "set", "SetValue"})


class _Call(Struct, frozen=True):
    """What is called, looked up or compared, and what it is called on."""

    inside: ast.Call | ast.Subscript | ast.Compare | None
    method: str
    argument: Argument
    receivers: frozenset[str]


class TableArguments:
    """Answers whether a place takes a table's name: pure, by the facts of `libraries`."""

    def __init__(
        self,
        modules: Modules,
        seen: Seen,
        farther: Seen,
        elsewhere: Elsewhere,
        keyed: KeyedTables,
        declared: DeclaredCalls,
    ) -> None:
        """Judge what stands in these modules.

        Args:
            modules: who imports whom.
            seen: what expressions stand for.
            farther: the same, followed to the callers of functions.
            elsewhere: what is no list of tables.
            keyed: what is known of tables that are given by a key.
            declared: the plan's own word.
        """
        self._modules = modules
        self.constants = Constants(modules)
        self.values = seen.values
        self._seen = seen
        self._farther = farther
        self._elsewhere = elsewhere
        self._keyed = keyed
        self._declared = declared

    def slot(self, path: PurePosixPath, context: Context) -> Slot | None:
        """The place that an expression takes, if a table's name belongs there.

        Args:
            path: the module that the expression stands in.
            context: what surrounds it.
        """
        if not context.callee and not isinstance(context.inside, ast.Subscript | ast.Compare):
            return self._attribute(path, context)
        return self._declared_slot(path, context) or self._library_slot(path, context)

    def slot_at(
        self,
        path: PurePosixPath,
        scope: Scope,
        node: ast.Call | ast.Subscript | ast.Compare,
        argument: str = "",
        within: tuple[tuple[int, int], ...] = (),
    ) -> Slot | None:
        """The place that a call's argument (keyword or position), a key or a side takes.

        It may be a place within lists and tuples there.
        """
        callee = dotted(node.func) if isinstance(node, ast.Call) else ""
        context = Context(scope, callee=callee, argument=argument, inside=node, within=within)
        return self.slot(path, context)

    @property
    def declares(self) -> bool:
        """Whether the plan has a word on any call."""
        return self._declared.any

    def is_declared(self, path: PurePosixPath, context: Context) -> bool:
        """Whether the plan says that an argument, or what is in a list there, names tables."""
        slot = self._declared_slot(path, replace(context, within=()))
        return slot is not None and slot.question is None

    def met(self, path: PurePosixPath, scope: Scope, node: ast.AST) -> Slot | None:
        """The place of what meets the names of tables, on whichever side of a comparison.

        Args:
            path: the module.
            scope: where in it.
            node: what compares them, or makes one set of two.
        """
        for side in _equals(node):
            one = ast.Compare(side, [ast.Eq()], [ast.Constant("")])
            slot = self.slot_at(path, scope, ast.copy_location(one, node))
            if slot is not None:
                return slot
        for side, lost in sides(node):
            inside = ast.Compare(side, [ast.In()], [side])
            slot = self.slot(path, Context(scope, inside=inside))
            if slot is not None:
                return replace(slot, question=slot.question or _LOST) if lost else slot
        return None

    def meets_none(self, path: PurePosixPath, scope: Scope, node: ast.AST | None) -> bool:
        """Whether what is compared there is no name of a table that its function lists."""
        return isinstance(node, ast.Compare) and self._elsewhere.is_from(path, scope, node)

    def no_table(self, path: PurePosixPath, context: Context) -> str | None:
        """Why an argument is known to be no table's name: whose call it is, in words."""
        if not isinstance(context.inside, ast.Call):
            return None
        found = self.values.of(path, context.scope, context.inside.func)
        roots = {it.partition(".")[0] for it in found}
        if found and roots <= OTHER_TABLES:
            offered = roots <= WINDOWS and _may_be_chosen(context)
            return None if offered else f"an argument of {min(roots)}, which shows tables to people"
        if roots == {"django"} and last_part(context.callee) in _DJANGO_FIELDS:
            return "an argument of Django's that names no table"
        call = self._call(path, context, self._seen)
        known = [
            fact
            for fact in _by_method().get(call.method, ())
            if self._certainty(path, fact, call) is Likely.CERTAINLY
        ]
        if context.usage is Usage.EXECUTED and call.method == "read_sql":
            return None  # a parameter of a statement may well be a name
        if known and not any(call.argument in fact.arguments for fact in known):
            return f"an argument of {known[0].library.name}'s {call.method} that names no table"
        return None

    def _declared_slot(self, path: PurePosixPath, context: Context) -> Slot | None:
        if not isinstance(context.inside, ast.Call) or _is_after_star(context):
            return None
        names = self._modules.names(path)
        root, dot, rest = context.callee.partition(".")
        module, name = names.imports.get(root, ("", "")) if names else ("", "")
        imported = ".".join(filter(None, (module.strip("."), name))) + dot + rest
        return self._declared.slot(context, (context.callee, imported))

    def _attribute(self, path: PurePosixPath, context: Context) -> Slot | None:
        """A class's attribute, or the result of a method that stands for one."""
        scope = context.scope
        name = context.target
        if name == "return" and last_part(scope.function) == "__tablename__":
            name = "__tablename__"
        elif context.usage is not Usage.OTHER:
            return None
        if not scope.owner or context.within != () or context.key:
            return None
        outer = scope.owner.rpartition(".")[0]
        for fact in ATTRIBUTES:
            wanted = fact.inner or last_part(scope.owner)
            if fact.name == name and last_part(scope.owner) == wanted:
                owner = outer if fact.inner else scope.owner
                if fact.anywhere or self._uses(path, fact.library, owner):
                    return self._in_schema(path, fact, scope)
        return None

    def _in_schema(self, path: PurePosixPath, fact: Attribute, scope: Scope) -> Slot:
        """A class's table, asked about where the class says that it is in an attached database."""
        names = self._modules.names(path)
        given = (
            value
            for name in ("__table_args__", "schema")
            for value in (names.assigned.get((Scope(scope.owner), name), ()) if names else ())
        )
        question = next(filter(None, map(schema_said, given)), None)
        owner = scope.owner.rpartition(".")[0] if fact.inner else scope.owner
        node = class_in(names.outline.tree, owner) if names else None
        return Slot(
            fact.library.name,
            question=question,
            remark=fact.remark,
            columns=columns_in_class(node) if node else (),
        )

    def _library_slot(self, path: PurePosixPath, context: Context) -> Slot | None:
        context = _beside(context)
        call = self._call(path, context, self._seen)
        facts = [it for it in _facts(call.method) if _fits(it, call.argument, context)]
        if not facts:
            return None
        keyed = any(self._keyed.is_used(it.library) for it in facts)
        if any(map(_is_unknown, call.receivers)) and (keyed or self._is_in_given(path, context)):
            call = self._call(path, context, self._farther)
        found = [
            (fact, certainty)
            for fact in facts
            if (certainty := self._certainty(path, fact, call)) is not Likely.NOT
        ]
        if not found:
            return None
        fact, certainty = max(found, key=lambda it: it[1])
        question = schema_given(fact.schema, context)
        likely = True
        if certainty is not Likely.CERTAINLY or _is_after_star(context):
            question = f"is this object {fact.library.name}'s, and this the name of a table?"
            likely = certainty > Likely.MAYBE
        return Slot(
            fact.library.name,
            fact.shape,
            question=question,
            blocking=likely,
            remark=fact.remark,
            evaluated=fact.evaluated,
            columns=columns_in_call(context.inside) if isinstance(context.inside, ast.Call) else (),
            needs_connection=fact.library.needs_connection,
        )

    def _is_in_given(self, path: PurePosixPath, context: Context) -> bool:
        """Whether it is looked for in what a function is given: `"old" in names`."""
        match context.inside:
            case ast.Compare(ops=[ast.In() | ast.NotIn()], comparators=[ast.Name(id=name)]):
                names = self._modules.names(path)
                return names is not None and (context.scope, name) in names.outline.parameters
        return False

    def _call(self, path: PurePosixPath, context: Context, seen: Seen) -> _Call:
        """What is called, and all that it is called on."""
        context = self._in_dictionary(path, context)
        inside, values, listed = context.inside, seen.values, seen.listed
        match inside:
            case ast.Call(func=func):
                found = values.of(path, context.scope, func)
                argument = context.argument
                return _Call(
                    inside,
                    last_part(context.callee) if len(found) != 1 else _method(min(found)),
                    int(argument) if argument.isdigit() else argument,
                    frozenset(it.rpartition(".")[0] or _root(it) for it in found),
                )
            case ast.Subscript(value=value):
                return _Call(inside, KEY, KEY, values.of(path, context.scope, value))
            case ast.Compare(ops=[ast.In() | ast.NotIn()], comparators=[other]):
                return _Call(inside, LISTED, LISTED, listed.of(path, context.scope, other))
            case ast.Compare(left=left, ops=[ast.Eq() | ast.NotEq()], comparators=[right]):
                method = LISTED if context.within else EQUAL
                other = left if _is_display(right) else right
                names = listed.in_loop(path, context.scope, other, inside)
                if names := names or listed.one_name(path, context.scope, other):
                    return _Call(inside, LISTED, LISTED, names)
                return _Call(inside, method, method, listed.of(path, context.scope, other))
        return _Call(None, "", "", frozenset())

    def _in_dictionary(self, path: PurePosixPath, context: Context) -> Context:
        """The search in a dictionary of what is looked up in it: it may have a key for a table."""
        match context.inside:
            case ast.Subscript(value=held):
                pass
            case ast.Call(func=ast.Attribute(value=held, attr="get")) if context.argument == "0":
                pass
            case _:
                return context
        if self.values.of(path, context.scope, held) != _A_DICTIONARY:
            return context
        return replace(context, callee="", inside=ast.Compare(held, [ast.In()], [held]))

    def _certainty(self, path: PurePosixPath, fact: Takes, call: _Call) -> Likely:
        """How far a fact is about what is called."""
        imports = self._uses(path, fact.library)
        keyed = self._keyed.is_used(fact.library)
        pattern = _compiled(fact.of)
        verdicts: set[Likely] = set()
        for receiver in call.receivers:
            rooted = receiver.partition(".")[0].removesuffix("()") in fact.library.packages
            matches = bool(pattern.fullmatch(receiver))
            if matches and (rooted or imports or fact.anywhere):
                verdicts.add(Likely.CERTAINLY)
            elif not _is_unknown(receiver):
                verdicts.add(Likely.NOT)
            elif keyed and not (imports and fact.sure):
                told = self._keyed.likely(path, fact, call.inside, call.argument, receiver)
                verdicts.add(max(told, _unless_known(fact, receiver) if imports else Likely.NOT))
            elif imports and fact.sure is not None:
                verdicts.add(_unless_known(fact, receiver))
        if len(verdicts) == 1:
            return min(verdicts)
        # One object, or nobody knows which: what may be another is never certain.
        return min(max(verdicts, default=Likely.NOT), Likely.PROBABLY)

    def _uses(self, path: PurePosixPath, library: Library, owner: str = "") -> bool:
        """Whether a module imports a library, or one of its classes is made from the library's."""
        names = self._modules.names(path)
        if names is None:
            return False
        imported = {module.partition(".")[0] for _, module, _ in names.outline.imports}
        if imported & frozenset(library.packages):
            return True
        bases = self.values.bases(path, owner) if owner else frozenset()
        return any(base.partition(".")[0] in library.packages for base in bases)


def _facts(method: str) -> tuple[Takes, ...]:
    return (*_by_method().get(method, ()), *_by_method().get("", ()))


def _unless_known(fact: Takes, receiver: str) -> Likely:
    """How far a fact is about an object that nobody knows, in a module of its library."""
    if fact.sure is not False:
        return Likely.CERTAINLY if fact.sure else Likely.NOT
    likely = fact.method != KEY or _CALLED_DATABASE.search(receiver.removeprefix(UNKNOWN))
    return Likely.PROBABLY if likely else Likely.MAYBE


@cache
def _by_method() -> Mapping[str, tuple[Takes, ...]]:
    groups: dict[str, list[Takes]] = defaultdict(list)
    for fact in CALLS:
        groups[fact.method].append(fact)
    return {method: tuple(facts) for method, facts in groups.items()}


@cache
def _compiled(pattern: str) -> re.Pattern[str]:
    return re.compile(pattern)


def _fits(fact: Takes, argument: Argument, context: Context) -> bool:
    """Whether a fact is about this argument, and this place in it."""
    if argument not in fact.arguments or isinstance(argument, bool):
        return False
    if fact.key:
        return context.key == fact.key or (fact.key == ANY_KEY and bool(context.key))
    if context.within is None or context.key:
        return False
    if fact.method == LISTED and not fact.within.pattern:
        return len(context.within) <= 1
    return bool(fact.within.fullmatch("".join(map(str, context.within))))


def _is_unknown(receiver: str) -> bool:
    """Whether nobody knows what an object is: what other packages' functions give may be any."""
    root = receiver.partition(".")[0]
    made = "(" in receiver or "[" in receiver
    return receiver.startswith(UNKNOWN) or (made and root not in PACKAGES | {"builtins"})


def _equals(node: ast.AST) -> tuple[ast.expr, ...]:
    """What some text must be the same as, where something is compared with it."""
    match node:
        case ast.Compare(left=left, ops=[ast.In() | ast.NotIn()]):
            return (left,)
        case ast.Compare(left=left, ops=[ast.Eq() | ast.NotEq()], comparators=[right]):
            return (left, right)
        case ast.Match(subject=subject):
            return (subject,)
    return ()


def _beside(context: Context) -> Context:
    """The comparison of one item of a row with what stands in its place: `(t.name, n) == (…)`."""
    match context.inside, context.within:
        case (
            ast.Compare(
                left=ast.Tuple(elts=left) | ast.List(elts=left),
                ops=ops,
                comparators=[ast.Tuple(elts=right) | ast.List(elts=right)],
            ),
            ((place, size),),
        ) if size == len(left) == len(right) and not any(
            isinstance(it, ast.Starred) for it in (*left, *right)
        ):
            one = ast.Compare(left[place], ops, [right[place]])
            return replace(context, inside=ast.copy_location(one, context.inside), within=())
    return context


def _is_display(node: ast.expr) -> bool:
    return isinstance(node, ast.Constant | ast.List | ast.Tuple | ast.Set | ast.JoinedStr)


def _method(callee: str) -> str:
    return last_part(callee).removeprefix(UNKNOWN)


def _root(callee: str) -> str:
    """What a bare name is called on: nothing, but it may be unknown."""
    return UNKNOWN if callee.startswith(UNKNOWN) else ""


def _may_be_chosen(context: Context) -> bool:
    """Whether a window offers what it gets here, and so may give it back: `values=["old"]`."""
    takes = last_part(context.callee) in _TAKE_CHOICES and context.argument.isdecimal()
    return takes or context.argument in _CHOICES


def _is_after_star(context: Context) -> bool:
    """Whether an argument's position is only known at run time."""
    if not isinstance(context.inside, ast.Call) or not context.argument.isdigit():
        return False
    before = context.inside.args[: int(context.argument) + 1]
    return any(isinstance(it, ast.Starred) for it in before)
