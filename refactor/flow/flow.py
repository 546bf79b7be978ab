"""What the finders ask of a module: what statements a literal goes into, and who else gets it."""

import ast
from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from functools import cached_property

from refactor.flow.consumers import Consumer, What
from refactor.flow.reading import Reader
from refactor.flow.resolved import Resolver, texts_in
from refactor.flow.values import Atom, Gap, Map, Piece, Plain, Ref, Seq, Str, Value, text_of
from refactor.lines import Lines
from refactor.outline import Context, Outline, Scope, Site, Usage
from refactor.source import Source
from refactor.sql.names import HOLE, leads_with_verb
from refactor.strings import NOWHERE, Literal, Text, UnfaithfulError, texts_of
from refactor.words import Words

_STATEMENTS = frozenset({What.EXECUTED, What.WRITTEN, What.HANDED, What.RETURNED, What.STORED})
"""Where a text that leads with an SQL verb is a statement."""


@dataclass(frozen=True, slots=True)
class Use:
    """One thing that is done with a literal, as a whole or as a part of a longer text."""

    what: What
    line: int
    callee: str
    argument: str
    scope: Scope
    text: str
    """What the consumer gets, holes included."""
    statement: tuple[str, ...] = ()
    """The statements that it may be a parameter of."""
    position: int | str | None = None
    """Which parameter: a number from 0, a name, or None where that is not known."""
    parameters: tuple[str | None, ...] = ()
    """The values of all parameters in their order, as far as they are known."""


class Flow:
    """Answers where the literals of one module go."""

    def __init__(self, source: Source, outline: Outline, words: Words) -> None:
        self._source = source
        self._outline = outline
        self._words = words
        self._texts: dict[ast.expr, Text | None] = {}
        self._spans: dict[ast.expr, tuple[int, int]] = {}
        self._hits: dict[str, bool] = {}

    def statements(self, text: Text) -> tuple[Text, ...]:
        """The statements that some of a text goes into, put together: each longer than the text."""
        found = [
            composed
            for composed in self._statements
            if any(text.start <= at < text.end for at in composed.starts)
        ]
        own = [at for at in text.starts if at != NOWHERE]
        return tuple(it for it in found if it.text != text.text or list(it.starts) != own)

    def uses(self, text: Text) -> tuple[Use, ...]:
        """What is done with a literal outside of statements."""
        return tuple(
            use
            for atoms, use in self._others
            if any(isinstance(it, Piece) and self._is_in(it, text) for it in atoms)
        )

    @cached_property
    def _reader(self) -> Reader:
        return Reader(self._outline.tree)

    @cached_property
    def _resolver(self) -> Resolver:
        return Resolver(self._reader)

    @cached_property
    def _gotten(self) -> tuple[tuple[Consumer, Str], ...]:
        """Each text that holds an old name, by who gets it."""
        found = []
        for consumer in self._reader.consumers:
            value = self._resolver.resolved(consumer.value)
            texts = texts_in(value)
            if consumer.what is What.LOOKED_UP:
                texts = _keys(value, consumer.argument)
            found += [(consumer, it) for it in texts if self._is_hit(it.atoms)]
        return tuple(found)

    @cached_property
    def _statements(self) -> tuple[Text, ...]:
        contexts: dict[tuple[Atom, ...], Context] = {}
        for consumer, found in self._gotten:
            if not _is_statement(consumer, found.atoms):
                continue
            executed = consumer.what is What.EXECUTED
            usage = Usage.EXECUTED if executed else Usage.OTHER
            context = Context(consumer.scope, usage, consumer.callee, consumer.argument)
            if executed or found.atoms not in contexts:
                contexts[found.atoms] = context
        whole = {
            atoms: context
            for atoms, context in contexts.items()
            if not any(_begins(other, atoms) for other in contexts)
        }
        composed = (self._composed(atoms, context) for atoms, context in whole.items())
        return tuple(it for it in composed if it is not None)

    @cached_property
    def _others(self) -> tuple[tuple[tuple[Atom, ...], Use], ...]:
        found = []
        for consumer, text in self._gotten:
            if not _is_statement(consumer, text.atoms) and consumer.what is not What.WRITTEN:
                found.append((text.atoms, self._use(consumer, text)))
        return tuple(found)

    def _use(self, consumer: Consumer, found: Str) -> Use:
        statements: tuple[str, ...] = ()
        position: int | str | None = None
        parameters: tuple[str | None, ...] = ()
        if consumer.what is What.PARAMETER:
            resolved = self._resolver.resolved(consumer.statement)
            statements = tuple(_shown(it.atoms) for it in texts_in(resolved))
            position, parameters = _position(self._resolver.resolved(consumer.value), found)
        return Use(
            consumer.what,
            consumer.line,
            consumer.callee,
            consumer.argument,
            consumer.scope,
            _shown(found.atoms),
            statements,
            position,
            parameters,
        )

    def _is_hit(self, atoms: Iterable[Atom]) -> bool:
        return any(isinstance(it, Piece) and self._holds_name(it.text) for it in atoms)

    def _holds_name(self, text: str) -> bool:
        if text not in self._hits:
            self._hits[text] = self._words.are_in(text)
        return self._hits[text]

    def _is_in(self, piece: Piece, text: Text) -> bool:
        start, end = self._span(piece.node)
        return text.start <= start and end <= text.end

    def _span(self, node: ast.expr) -> tuple[int, int]:
        node = self._reader.within.get(node, node)
        if node not in self._spans:
            start = self._lines.offset(node.lineno, node.col_offset)
            end = self._lines.offset(node.end_lineno or 0, node.end_col_offset or 0)
            self._spans[node] = start, end
        return self._spans[node]

    @cached_property
    def _lines(self) -> Lines:
        return Lines(self._source.text)

    # From atoms to a text

    def _composed(self, atoms: Iterable[Atom], context: Context) -> Text | None:
        characters: list[str] = []
        starts: list[int] = []
        holes: list[str] = []
        literals: dict[Literal, None] = {}
        for atom in atoms:
            match atom:
                case Piece(text=text):
                    spelled = self._spelled(atom)
                    characters.append(text)
                    starts += spelled or [NOWHERE] * len(text)
                    known = self._texts.get(atom.node)
                    literals.update(dict.fromkeys(known.literals if known else ()))
                case Plain(text=text):
                    characters.append(text)
                    starts += [NOWHERE] * len(text)
                case Gap(code=code):
                    characters.append(HOLE)
                    starts.append(NOWHERE)
                    holes.append(code)
                case Ref(variable=variable):
                    characters.append(HOLE)
                    starts.append(NOWHERE)
                    holes.append(variable.name)
        spelled_at = [at for at in starts if at != NOWHERE]
        if not spelled_at:
            return None
        return Text(
            text="".join(characters),
            starts=tuple(starts),
            holes=tuple(holes),
            literals=tuple(literals),
            context=context,
            start=min(spelled_at),
            end=max(spelled_at) + 1,
        )

    def _spelled(self, piece: Piece) -> list[int] | None:
        """Where the characters of a piece stand in the source."""
        if piece.node not in self._texts:
            self._texts[piece.node] = self._text_of(piece.node)
        text = self._texts[piece.node]
        end = piece.start + len(piece.text)
        if text is None or text.text[piece.start : end] != piece.text:
            return None
        return list(text.starts[piece.start : end])

    def _text_of(self, node: ast.expr) -> Text | None:
        """What a string node spells; of a string in a hole, if no other there says the same."""
        start, end = self._span(node)
        outermost = self._reader.within.get(node, node)
        try:
            texts = texts_of(self._source, Site(start, end, (), Context(), outermost))
        except UnfaithfulError:
            return None
        if outermost is node:
            return texts[0] if texts else None
        same = [it for it in texts[1:] if it.text == _written(node)]
        return same[0] if len(same) == 1 else None


def _written(node: ast.expr) -> str:
    """What a string node says, holes included."""
    match node:
        case ast.Constant(value=str() as text):
            return text
        case ast.JoinedStr(values=parts):
            return "".join(map(_written, parts))
    return HOLE


def _keys(value: Value, key: str) -> Iterator[Str]:
    """The keys of dictionaries that say this."""
    for alternative in value:
        if isinstance(alternative, Map):
            for known, _ in alternative.entries:
                if text_of(known) == key and isinstance(known[0], Str):
                    yield known[0]


def _is_statement(consumer: Consumer, atoms: tuple[Atom, ...]) -> bool:
    if consumer.what is What.EXECUTED:
        return True
    return consumer.what in _STATEMENTS and leads_with_verb(_shown(atoms))


def _begins(longer: tuple[Atom, ...], shorter: tuple[Atom, ...]) -> bool:
    return len(longer) > len(shorter) and longer[: len(shorter)] == shorter


def _shown(atoms: Iterable[Atom]) -> str:
    """A text with its holes."""
    return "".join(it.text if isinstance(it, Piece | Plain) else HOLE for it in atoms)


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
                        return _shown(key[0].atoms), ()
            case Str() if alternative == found:
                return 0, ()
    return None, ()
