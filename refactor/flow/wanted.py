"""The names by which a module gets the tables that it puts into SQL and does not know itself."""

import ast
from collections.abc import Iterable, Iterator

from msgspec import Struct

from refactor.flow.consumers import Consumer, What
from refactor.flow.reach import shown
from refactor.flow.reading import Reader
from refactor.flow.resolved import Resolver, texts_in
from refactor.flow.values import Atom, Gap, Piece, Plain, Str, Variable
from refactor.python.outline import Scope, last_part
from refactor.sql.names import HOLE, TableName, leads_with_verb, table_names

_STATEMENTS = frozenset({What.EXECUTED, What.WRITTEN})
_BY_KEY = frozenset({"get", "getenv", "pop"})
_OF_MEMBERS = frozenset({"value", "name"})


class Wanted(Struct, frozen=True):
    """A table that a statement names by what is only known at run time."""

    name: str
    """The last name in the expression: `source` of `model.source`."""
    code: str
    line: int
    is_attribute: bool
    function: str
    """The function whose parameter it may be."""
    owner: str = ""
    """What it is imported as a part of: `Kind` of `kinds.Kind.OLD`."""
    read: "Read | None" = None
    """How a statement reads it that is executed, where it says no schema."""


class Read(Struct, frozen=True):
    """An expression that stands for a table in a statement, and what executes that."""

    node: ast.expr
    call: ast.Call
    scope: Scope
    before: str
    after: str
    """The statement before the name, and behind it."""


def tables_wanted(consumers: Iterable[Consumer], resolver: Resolver) -> Iterator[Wanted]:
    """What a module's statements name tables by."""
    for consumer in consumers:
        if consumer.what not in _STATEMENTS:
            continue
        for text in texts_in(resolver.resolved(consumer.value)):
            for gap, name in _unknown_tables(text.atoms):
                yield from _wanted(gap, consumer, _read(gap, name, text, consumer))


def handed_on(
    consumers: Iterable[Consumer], resolver: Resolver, functions: frozenset[str]
) -> Iterator[Wanted]:
    """What a module gives to functions of these names, and does not know itself."""
    for consumer in consumers:
        if consumer.what is What.HANDED and last_part(consumer.callee) in functions:
            for text in texts_in(resolver.resolved(consumer.value)):
                if len(text.atoms) == 1 and isinstance(text.atoms[0], Gap):
                    yield from _wanted(text.atoms[0], consumer)


def puts_into_sql(reader: Reader, parameter: Variable) -> bool:
    """Whether a function names a table in its SQL by a parameter, just as that is given."""
    mark = ast.Name(parameter.name)
    resolver = Resolver(reader, instead={parameter: (Str((Gap(mark),)),)})
    return any(
        gap.node is mark
        for it in reader.consumers
        if it.what in _STATEMENTS and it.scope == parameter.scope
        for text in texts_in(resolver.resolved(it.value))
        for gap, _ in _unknown_tables(text.atoms)
    )


def _unknown_tables(atoms: tuple[Atom, ...]) -> Iterator[tuple[Gap, TableName]]:
    text = shown(atoms)
    if HOLE not in text or not leads_with_verb(text):
        return
    starts: dict[int, Atom] = {}
    at = 0
    for atom in atoms:
        starts[at] = atom
        at += len(atom.text) if isinstance(atom, Piece | Plain) else len(HOLE)
    for name in table_names(text):
        if name.name == HOLE:
            found = starts.get(name.start + bool(name.quote))
            if isinstance(found, Gap):
                yield found, name


def _read(gap: Gap, name: TableName, text: Str, consumer: Consumer) -> Read | None:
    call, executed = consumer.node, consumer.what is What.EXECUTED
    if gap.node is None or not executed or not isinstance(call, ast.Call) or name.schema:
        return None
    sql = shown(text.atoms)
    at = name.start + bool(name.quote)
    return Read(gap.node, call, consumer.scope, sql[:at], sql[at + len(HOLE) :])


def _wanted(gap: Gap, consumer: Consumer, read: Read | None = None) -> Iterator[Wanted]:
    name, is_attribute = _last_name(gap.node) if gap.node else (gap.name, False)
    before, _, name = name.rpartition(":")
    if name:
        code = gap.code.rpartition(":")[2]
        function = last_part(consumer.scope.function)
        owner = before.partition(":")[2].rpartition(":")[2]
        yield Wanted(name, code, consumer.line, is_attribute, function, owner, read)


def _last_name(node: ast.expr) -> tuple[str, bool]:
    """The name that says most of an expression, and whether it is an attribute's."""
    found = ""
    match node:
        case ast.Attribute(value=inner, attr=name):
            found = (_last_name(inner)[0] if name in _OF_MEMBERS else "") or name
        case ast.Call(args=[ast.Constant(value=str() as key), *_], func=func) if (
            _called(func) in _BY_KEY
        ):
            found = key
        case ast.Call(args=[_, ast.Constant(value=str() as key), *_], func=func) if (
            _called(func) == "getattr"
        ):
            found = key
        case ast.Call(func=func):
            found = _called(func)
        case ast.Subscript(slice=ast.Constant(value=str() as key)):
            found = key
        case ast.Subscript(value=container):
            return _last_name(container)
        case ast.Name(id=name):
            return name, False
    return found, True


def _called(func: ast.expr) -> str:
    return func.attr if isinstance(func, ast.Attribute) else getattr(func, "id", "")
