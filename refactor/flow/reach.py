"""How far the values of one module go: which statements they become a part of, and what else."""

import ast
import re
from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from functools import cached_property

from msgspec import Struct
from msgspec.structs import replace

from refactor.flow.consumers import Consumer, What
from refactor.flow.joining import put_together
from refactor.flow.resolved import Resolver, texts_in
from refactor.flow.rows import Rows
from refactor.flow.values import (
    Atom,
    Gap,
    Map,
    Piece,
    Plain,
    Ref,
    Seq,
    Str,
    Value,
    is_mark,
    text_of,
)
from refactor.python.outline import Context, Scope, Usage
from refactor.sql.names import HOLE, leads_with_verb

_STATEMENTS = frozenset(
    {
        *(What.EXECUTED, What.WRITTEN, What.HANDED, What.RETURNED, What.STORED),
        What.PARAMETER,  # as in `fetch_one(connection, "SELECT …")`
    }
)
"""Where a text that leads with an SQL verb is a statement."""
_NO_USE = frozenset({What.WRITTEN, What.ASKED})
"""What tells nothing of where a name goes."""
_MAY_JOIN = frozenset({What.EXECUTED, What.HANDED, What.RETURNED, What.STORED})
"""Where a list may be the pieces of one."""
_WITH_PLACES = frozenset(
    {*(What.HANDED, What.EXECUTED, What.PARAMETER, What.SHARED, What.COMPARED, What.RETURNED)}
)
"""Where it matters at which place of a list something stands."""
# It is asked of every consumer.
_LOOKED_UP, _CHANGED, _ASKED, _PARTED = What.LOOKED_UP, What.CHANGED, What.ASKED, What.PARTED
_COMPARED = What.COMPARED
_COLUMNS = re.compile(r"[\w.*]+(?:\s*,\s*[\w.*]+)*")
"""A name alone, which `to_sql("old")` gets, or what `fetch_rows("old.id, old.x", "old")` does."""
_TAKES_PARTS = (ast.Subscript, ast.Tuple, ast.List)
"""What takes a part of a text, or of a list: by its place, or each to a name of its own."""
_CHANGE_ENTRIES = ("monkeypatch.setitem", "monkeypatch.delitem", "patch.dict")
Atoms = tuple[Atom, ...]
Place = tuple[tuple[int, int], ...]
AS_KEY = (0, 0)
"""In a place: as a key of a dictionary, rather than at a position among so many."""


class Use(Struct, frozen=True):
    """One thing that is done with a literal, as a whole or as a part of a longer text."""

    what: What
    node: ast.AST
    """What gets it: a call, a subscript, a comparison."""
    line: int
    callee: str
    argument: str
    scope: Scope
    text: str
    """What the consumer gets, holes included."""
    statement: tuple[str, ...] = ()
    """The statements that it may be a parameter of; what asks for it, in code."""
    position: int | str | None = None
    """Which parameter: a number from 0, a name, or None where that is not known."""
    parameters: tuple[str | None, ...] = ()
    """The values of all parameters in their order, as far as they are known."""
    origin: str = ""
    """What a method's object is imported as, or the imported class that it is of, if it is seen."""
    holder: Value = ()
    """A method's object, where it may be known once all has been read."""
    places: tuple[Place, ...] = ((),)
    """Where the literal may stand in the lists and tuples that are given: its positions,
    outermost first, each with how many stand there."""


class Reach:
    """The consumers of one module that get something wanted, by what they do with it."""

    def __init__(
        self,
        consumers: Sequence[Consumer],
        resolver: Resolver,
        wanted: Callable[[Piece], bool],
        rows: Rows,
        written_at: Callable[[ast.AST], Context | None] = lambda _node: None,
    ) -> None:
        """Look at these consumers: all that may get something wanted.

        Args:
            consumers: those of one module.
            resolver: what they get.
            wanted: whether a piece of a text is what is looked for.
            rows: what goes together in the module.
            written_at: what surrounds a text that is written there, if it stays as it is.
        """
        self._written_at = written_at
        self._consumers = consumers
        self._resolver = resolver
        self._wanted = wanted
        self._rows = rows
        self._last: tuple[Consumer, Value] | None = None

    @cached_property
    def statements(self) -> tuple[tuple[Atoms, Context], ...]:
        """The statements that hold something wanted, each as long as it gets, where each runs.

        What only begins one does not stand alone, nor does a part that is just put together: in the
        whole, a name may be that of a CTE.
        """
        contexts: dict[Atoms, dict[ast.AST | None, Context]] = {}
        handed = set()
        for consumer, found in self._gotten:
            if not _is_statement(consumer, found.atoms):
                continue
            executed = consumer.what is What.EXECUTED
            usage = Usage.EXECUTED if executed else Usage.OTHER
            inside = consumer.node if isinstance(consumer.node, ast.Call) else None
            context = Context(
                consumer.scope, usage, consumer.callee, consumer.argument, inside=inside
            )
            known = contexts.setdefault(found.atoms, {})
            if executed:
                known.pop(None, None)
                known[consumer.node] = context
            elif not known or (inside and _is_only_written(known)):
                known[None] = self._held(consumer, context)
            if consumer.what is not What.WRITTEN:
                handed.add(found.atoms)
        return tuple(
            (atoms, context)
            for atoms, each in contexts.items()
            for context in each.values()
            if context.usage is Usage.EXECUTED
            or not any(_goes_on(it, atoms, anywhere=atoms not in handed) for it in contexts)
        )

    def _held(self, consumer: Consumer, context: Context) -> Context:
        """What surrounds a statement that nothing here runs, with the constant that it is."""
        if consumer.what is not What.WRITTEN or consumer.scope.function:
            return context
        given = self._written_at(consumer.node)
        if given is None:
            return context
        return replace(context, target=given.target, key=given.key, within=given.within)

    @cached_property
    def others(self) -> tuple[tuple[Atoms, Use], ...]:
        """What else is done with something wanted."""
        return tuple(
            (text.atoms, self._use(consumer, text))
            for consumer, text in self._gotten
            if not _is_statement(consumer, text.atoms) and consumer.what not in _NO_USE
        )

    @cached_property
    def asked(self) -> tuple[tuple[Atoms, Use], ...]:
        """Where something wanted is looked for by what is only known at run time."""
        return tuple(
            (text.atoms, self._use(consumer, text))
            for consumer, text in self._gotten
            if consumer.what is _ASKED
        )

    @cached_property
    def _gotten(self) -> tuple[tuple[Consumer, Str], ...]:
        found = []
        for consumer, given in self._given:
            value = put_together(given) if consumer.what in _MAY_JOIN else given
            texts = texts_in(value)
            what = consumer.what
            if what is _LOOKED_UP:
                texts = _keys(value, consumer.argument)
            elif what is _ASKED:
                texts = _asked_for(value)
            elif what is _COMPARED and _is_looked_for(consumer.node):
                texts = texts_in(_without_entries(value))
            elif what is _PARTED and isinstance(consumer.node, _TAKES_PARTS):
                texts = (
                    it for it in value if isinstance(it, Str)
                )  # the first of a list is no part
            elif what is _CHANGED and isinstance(consumer.node, ast.Attribute):
                # Who reads an attribute of a named tuple changes none of its items; of another
                # module's, nobody knows which item it is.
                texts = (it for it in texts if it in value or any(map(is_mark, it.atoms)))
            wanted = [(consumer, it) for it in self._together(consumer, [*texts])]
            if wanted and what is _ASKED and not self._unknown(consumer):
                continue
            if wanted and not _is_to_be_changed(consumer, given):
                found += wanted
        return tuple(found)

    def _together(self, consumer: Consumer, texts: Sequence[Str]) -> Iterator[Str]:
        """Those of some texts with something wanted, as statements with what goes together."""
        statements = [it for it in texts if _is_statement(consumer, it.atoms)]
        if len(statements) > 1 and any(self._is_wanted(it.atoms) for it in statements):
            others = (it for it in texts if not _is_statement(consumer, it.atoms))
            apart = dict.fromkeys(self._rows.kept_apart(statements, self._wanted))
            texts = [*apart, *others]
        return (it for it in texts if self._is_wanted(it.atoms))

    @property
    def _given(self) -> Iterator[tuple[Consumer, Value]]:
        """The consumers, each with what it gets; `**options` one by one, and their names."""
        for consumer in self._consumers:
            value = self._resolver.resolved(consumer.value)
            named = [it for it in value if isinstance(it, Map)] if consumer.argument == "**" else []
            for key, item in (entry for it in named for entry in it.entries):
                name = text_of(key)
                yield consumer, key
                yield replace(consumer, argument=name or "**", value=item), item
            rest = tuple(it for it in value if it not in named)
            if rest:
                yield consumer, rest

    def _unknown(self, consumer: Consumer) -> tuple[str, ...]:
        """What a collection is asked for that nobody spells, by the code that gives it."""
        asked = texts_in(self._resolver.resolved(consumer.statement))
        found = {it.code for text in asked for it in text.atoms if isinstance(it, Gap)}
        # To a parameter another module may give anything.
        given = (it.variable for it in consumer.statement if isinstance(it, Ref))
        found |= {it.name for it in given if it.kind == "parameter"}
        return tuple(sorted(filter(None, found)))

    def _is_wanted(self, atoms: Atoms) -> bool:
        return any(isinstance(it, Piece) and self._wanted(it) for it in atoms)

    def _use(self, consumer: Consumer, found: Str) -> Use:
        statements: tuple[str, ...] = ()
        position: int | str | None = None
        parameters: tuple[str | None, ...] = ()
        if consumer.what is What.PARAMETER:
            resolved = self._resolver.resolved(consumer.statement)
            statements = tuple(shown(it.atoms) for it in texts_in(resolved))
            position, parameters = _position(self._resolver.resolved(consumer.value), found)
        elif consumer.what is _ASKED:
            statements = self._unknown(consumer)
        return Use(
            consumer.what,
            consumer.node,
            consumer.line,
            consumer.callee,
            consumer.argument,
            consumer.scope,
            shown(found.atoms),
            statements,
            position,
            parameters,
            consumer.origin,
            consumer.holder,
            self._places(consumer, found),
        )

    def _places(self, consumer: Consumer, found: Str) -> tuple[Place, ...]:
        """Where in what is handed on a text stands."""
        if consumer.what not in _WITH_PLACES or consumer.value == (found,):
            return ((),)
        if self._last is None or self._last[0] is not consumer:  # its texts come one by one
            self._last = consumer, self._resolver.resolved(consumer.value)
        return tuple(dict.fromkeys(_places_in(self._last[1], found, ()))) or ((),)


def _is_to_be_changed(consumer: Consumer, value: Value) -> bool:
    """Whether a dictionary is only given to what changes an entry of it while a test runs."""
    return (
        consumer.argument == "0"
        and consumer.what is What.HANDED
        and consumer.callee.endswith(_CHANGE_ENTRIES)
        and any(isinstance(it, Map) for it in value)
    )


def _is_only_written(known: Mapping[ast.AST | None, Context]) -> bool:
    """Whether no more is known of where a statement goes than where it is put together."""
    held = known.get(None)
    return held is not None and held.inside is None and not held.target


def shown(atoms: Iterable[Atom]) -> str:
    """A text with its holes."""
    return "".join(it.text if isinstance(it, Piece | Plain) else HOLE for it in atoms)


def spans(atoms: Iterable[Atom]) -> Iterator[range]:
    """Where in a text with its holes each literal of the module stands."""
    start = 0
    for it in atoms:
        end = start + len(shown((it,)))
        if isinstance(it, Piece):
            yield range(start, end)
        start = end


def _keys(value: Value, key: str) -> Iterator[Str]:
    """The keys of dictionaries that say this."""
    for alternative in value:
        if isinstance(alternative, Map):
            for known, _ in alternative.entries:
                yield from (it for it in known if isinstance(it, Str) and text_of((it,)) == key)


def _is_looked_for(node: ast.AST) -> bool:
    """Whether it is asked whether something is in a collection."""
    match node:
        case ast.Compare(ops=[ast.In() | ast.NotIn()]):
            return True
    return False


def _without_entries(value: Value) -> Value:
    """The same, and of a dictionary its keys: something may be one of those."""
    return tuple(
        Seq(tuple(key for key, _ in it.entries)) if isinstance(it, Map) else it for it in value
    )


def _asked_for(value: Value) -> Iterator[Str]:
    """What a dictionary may be asked for, and texts that stand for themselves."""
    for alternative in value:
        if isinstance(alternative, Map):
            yield from (it for key, _ in alternative.entries for it in key if isinstance(it, Str))
        elif isinstance(alternative, Str):
            yield alternative


def _is_statement(consumer: Consumer, atoms: Atoms) -> bool:
    if consumer.what is What.EXECUTED:
        return not _COLUMNS.fullmatch(shown(atoms))
    return consumer.what in _STATEMENTS and leads_with_verb(shown(atoms))


def _goes_on(longer: Atoms, shorter: Atoms, *, anywhere: bool) -> bool:
    """Whether a text begins with a shorter one, or has it anywhere in it."""
    more = len(longer) - len(shorter)
    starts = range(more + 1) if anywhere else range(1)
    return more > 0 and any(longer[at : at + len(shorter)] == shorter for at in starts)


def _places_in(value: Value, found: Str, around: Place) -> Iterator[Place]:
    for alternative in value:
        match alternative:
            case Str() if alternative == found:
                yield around
            case Seq(items=items):
                for number, item in enumerate(items):
                    yield from _places_in(item, found, (*around, (number, len(items))))
            case Map(entries=entries):
                for key, _ in entries:
                    yield from _places_in(key, found, (*around, AS_KEY))


def _position(value: Value, found: Str) -> tuple[int | str | None, tuple[str | None, ...]]:
    """Which of a statement's parameters a text is, and what the others are."""
    for alternative in value:
        match alternative:
            case Seq(items=items):
                for number, item in enumerate(items):
                    if found in item:
                        return number, tuple(text_of(it) for it in items)
            case Map(entries=entries):
                for key, item in entries:
                    if found in item and isinstance(key[0], Str):
                        return shown(key[0].atoms), ()
            case Str() if alternative == found:
                return 0, ()
    return None, ()
