"""What the finders ask of a module: what statements a literal goes into, and who else gets it."""

import ast
from collections.abc import Callable, Container, Iterable, Iterator, Mapping, Sequence
from functools import cached_property

from msgspec.structs import replace

from refactor.flow.carriers import Carriers, may_hold
from refactor.flow.columns import with_values
from refactor.flow.comparisons import (
    Comparison,
    only_alike,
    parameters_of,
    said,
    spelled_whole,
)
from refactor.flow.consumers import Consumer, What
from refactor.flow.namesapart import is_reference, names_apart
from refactor.flow.reach import Reach, Use, shown, spans
from refactor.flow.reading import Reader
from refactor.flow.resolved import Resolver, texts_in
from refactor.flow.rows import Rows
from refactor.flow.spelledout import SpelledOut, variables_in
from refactor.flow.values import (
    MARK,
    UNKNOWN,
    Atom,
    Gap,
    Keys,
    KeywordName,
    Piece,
    Plain,
    Ref,
    Seq,
    Str,
    Value,
    Variable,
    is_mark,
    marked,
    plain,
    text_of,
    union,
)
from refactor.flow.wanted import Wanted, handed_on, tables_wanted
from refactor.python.callsites import arguments_of, defaults_of, gives_more, is_constant
from refactor.python.outline import Context, Outline, Scope, Site, Usage, last_part
from refactor.python.strings import ELSEWHERE, NOWHERE, Literal, Text, UnfaithfulError, texts_of
from refactor.sql.names import HOLE, table_names
from refactor.text.lines import Lines
from refactor.text.source import Source
from refactor.text.words import Words

_WRITTEN, _COMPARED, _KEY = What.WRITTEN, What.COMPARED, What.KEY
NOTHING_BESIDE: Mapping[Variable, Value] = {}


class Flow:
    """Answers where the literals of one module go, and those that it gets from others."""

    def __init__(
        self,
        source: Source,
        outline: Outline,
        words: Words,
        constant: Callable[[Variable], Value] = lambda _variable: (),
    ) -> None:
        """Look at a module.

        Args:
            source: its text.
            outline: what it says in strings.
            words: the old names.
            constant: the text that something is which another module defines, if it is one.
        """
        self._constant = constant
        self._source = source
        self.outline = outline
        self._words = words
        self._texts: dict[ast.expr, Text | None] = {}
        self._spans: dict[ast.expr, tuple[int, int]] = {}
        self._holds_name = _name_holder(words)
        self._constant_at = _constants_in(outline.sites)
        self._abroad: dict[tuple[tuple[Variable, Value], ...], Reach] = {}
        self._last_held: tuple[Text, dict[Variable, Value]] | None = None
        self._spelled_out: dict[ast.expr, bool] = {}
        self._rows = Rows(outline.tree)

    def statements(self, text: Text) -> tuple[Text, ...]:
        """The statements that some of a text goes into, put together: each longer than the text."""
        found = [composed for composed in self._statements if _holds_all(composed, text)]
        return tuple(it for it in found if not _is_itself(it, text))

    def executes_alone(self, text: Text) -> bool:
        """Whether a text is executed as it is, whatever longer statements it goes into."""
        return any(
            it.context.usage is Usage.EXECUTED and _is_itself(it, text) for it in self._statements
        )

    def uses(self, text: Text) -> tuple[Use, ...]:
        """What is done with a literal outside of statements."""
        return tuple(self._used(text, self._reach.others))

    def asked(self, text: Text) -> tuple[Use, ...]:
        """Where a literal is looked for by what is only known at run time."""
        return tuple(self._used(text, self._reach.asked))

    def _used(self, text: Text, found: Iterable[tuple[Sequence[Atom], Use]]) -> Iterator[Use]:
        for atoms, use in found:
            if any(isinstance(it, Piece) and self._is_in(it, text) for it in atoms):
                yield use

    def handed(
        self, arguments: Container[str], is_wanted: Callable[[str], bool]
    ) -> Iterator[tuple[str, Text, Use]]:
        """What calls get by these arguments, of all that is wanted: what it says, and who says it.

        Whether it is an old name does not matter here.
        """

        def is_it(piece: Piece) -> bool:
            return is_wanted(piece.text)

        consumers = [
            it
            for it in self._carriers.getting(is_it)
            if it.what is What.HANDED and (it.argument == "**" or it.argument in arguments)
        ]
        for atoms, use in Reach(consumers, self._resolver, is_it, self._rows).others:
            match atoms:
                case (Piece(node=node, text=text),) if use.argument in arguments:
                    spelled = self._spelled(node)
                    if spelled is not None:
                        yield text, spelled, use

    def comparison(
        self, node: ast.AST, text: Text, keys: Sequence[Value] = ()
    ) -> Comparison | None:
        """What a literal is compared with in one place; None if not all of that is spelled here.

        Args:
            node: the place.
            text: the literal.
            keys: the dictionary that it is looked up in there, if it is.
        """
        # All that is compared counts here, whether it may hold something wanted or not.
        sides = [
            (it.value, self._resolver.resolved(it.value))
            for it in self.meeting.get(node, ())
            if it.what is What.COMPARED or keys
        ]
        sides += [(it, self._resolver.resolved(it)) for it in keys if sides]
        if not sides:
            return None  # it stands in the file as it is, and this is the edited one
        compared = [resolved for _, resolved in sides]
        later = [(it, self._resolver.resolved(it)) for it in self._added_later(node)]
        if not any(it is None for _, resolved in later for it in said(resolved)):
            sides += later
        found = [it for _, resolved in sides for it in said(resolved)]
        functions = {it for given, _ in sides for it in parameters_of(given)}
        alike = only_alike(node, compared)
        if not alike or None in found or None in functions:
            return None
        same: dict[int, Text] = {}
        others = set()
        for each in found:
            words = text_of((each,)) if each else None
            if each is None or words is None:
                return None
            if words != text.text:
                others.add(words)
                continue
            literal = spelled_whole(each)
            known = self._spelled(literal) if literal else None
            if known is None:
                return None
            if not text.start <= known.start < text.end:
                same[known.start] = known
        owners = frozenset(it for it in functions if it is not None)
        return Comparison(tuple(same.values()), frozenset(others), owners)

    @cached_property
    def meeting(self) -> Mapping[ast.AST, Sequence[Consumer]]:
        """What is compared in each place, or is a key there."""
        found: dict[ast.AST, list[Consumer]] = {}
        for it in self.reader.consumers:
            if it.what is _COMPARED or it.what is _KEY:
                found.setdefault(it.node, []).append(it)
        return found

    @cached_property
    def keys(self) -> Sequence[Consumer]:
        """All that is a key of something."""
        return [it for it in self.reader.consumers if it.what is _KEY]

    def _added_later(self, node: ast.AST) -> Iterator[Value]:
        """What a list that something is looked for in may get in a later round of a loop."""
        match node:
            case ast.Compare(comparators=[ast.Name(id=name)]):
                scopes = {it.scope for it in self.reader.consumers if it.node is node}
                for scope in scopes:
                    yield from self.reader.added_to.get((scope, name), ())

    def holders(self, text: Text) -> dict[Variable, Value]:
        """What other modules can read a literal from, by itself or in a collection.

        That are names of the module, attributes and what functions return, each with its value: the
        literal is a mark in it. Several ask the same in turn: the last answer is remembered.
        """
        if self._last_held is None or self._last_held[0] is not text:
            self._last_held = text, self._holders(text)
        return self._last_held[1]

    def _holders(self, text: Text) -> dict[Variable, Value]:
        held = {
            variable: marked(value, lambda it: it.text == text.text and self._is_in(it, text))
            for variable, value, pieces in self._held
            if any(it.text == text.text and self._is_in(it, text) for it in pieces)
        }
        members = self.reader.functions.members
        for variable in tuple(held):
            owner = variable.scope.owner
            if variable.kind == "attribute" and variable.name in members.get(owner, ()):
                held[Variable("name", Scope(), owner)] = (Seq((held[variable],)),)
        return held

    @cached_property
    def _held(self) -> tuple[tuple[Variable, Value, tuple[Piece, ...]], ...]:
        """All that holds old names and can be read from outside, each with the names in it."""
        resolver = Resolver(self.reader)
        holding = self._carriers.holding(self._holds_name)
        found = []
        for variable, values in self.reader.bindings.items():
            if not _is_open(variable) or not may_hold(variable, holding):
                continue
            value = union(*map(resolver.resolved, values))
            apart = names_apart(value, self._holds_name)
            both = (value,) if apart is value else (value, apart)
            found += [(variable, it, pieces) for it in both if (pieces := self._names_in(it))]
        return tuple(found)

    def _names_in(self, value: Value) -> tuple[Piece, ...]:
        return tuple(
            atom
            for text in texts_in(value)
            for atom in (text.atoms if is_reference(text) else ())
            if isinstance(atom, Piece) and self._holds_name(atom)
        )

    @cached_property
    def _resolver(self) -> Resolver:
        return Resolver(self.reader)

    def given_to(self, text: Text) -> tuple[Variable, ...]:
        """The variables of this module that are given a literal by itself."""
        return tuple(
            variable
            for variable, values in self.reader.bindings.items()
            if any(self._holds(value, text) for value in values)
        )

    def given(
        self,
        held: Mapping[Variable, Value],
        literal: Text,
        beside: Mapping[Variable, Value] = NOTHING_BESIDE,
    ) -> tuple[tuple[Text, ...], tuple[Use, ...]]:
        """The statements and uses of another module's literal, by what holds its mark here.

        The statements are put together as seen from that module: only the literal has places.
        What some variables hold beside it, they hold instead of all that they are given else.
        """
        key = (*held.items(), *beside.items())
        if key not in self._abroad:
            resolver = Resolver(self.reader, held, beside, self._constant)
            consumers = self._carriers.getting(is_mark, held)
            self._abroad[key] = Reach(consumers, resolver, is_mark, self._rows, self._constant_at)
        reach = self._abroad[key]
        composed = (
            self._composed(atoms, context, {MARK: literal}) for atoms, context in reach.statements
        )
        uses = tuple(use for _, use in (*reach.others, *reach.asked))
        texts = [it for it in composed if it is not None]
        if any(isinstance(it, Keys) for value in beside.values() for it in value):
            texts = [*map(with_values, texts)]
        return tuple(texts), uses

    def beside(self, variable: Variable, call: ast.AST, *, is_piece: bool) -> dict[Variable, Value]:
        """What a call gives to a function's other parameters.

        Of a name's, those that get pieces of SQL: with the pieces that other calls give to them its
        own argument makes no statement. A piece makes one with nothing but what stands beside it.
        """
        function = self.reader.functions.by_scope.get(variable.scope)
        if function is None or not isinstance(call, ast.Call) or gives_more(call):
            return {}
        given = {**defaults_of(function.node), **arguments_of(function.node, call)}
        found: dict[Variable, Value] = {}
        for name in (*function.parameters, *function.keywords.difference(function.parameters)):
            other = function.parameter(name)
            match given.get(name):
                case ast.Dict(keys=keys) if other != variable and (said := _said(keys)):
                    found[other] = (Keys(said),)
                case _ if other == variable or not (is_piece or self._gets_pieces(other)):
                    pass
                case ast.Constant(value=str() as text) if is_piece:
                    found[other] = (Str((Plain(text, is_foreign=True),)),)
                case ast.Constant(value=str() as text) if not self._is_piece(text):
                    found[other] = plain(text)
                case _:
                    found[other] = UNKNOWN
        more = [it.arg for it in call.keywords if it.arg and it.arg not in function.keywords]
        if more and function.rest[1]:
            found[function.parameter(function.rest[1])] = (Keys(tuple(more)),)
        return found

    def _gets_pieces(self, parameter: Variable) -> bool:
        return any(map(self._has_piece, self.reader.bindings.get(parameter, ())))

    def _has_piece(self, value: Value) -> bool:
        return any(
            any(isinstance(it, Piece) and self._holds_name(it) for it in text.atoms)
            and self._is_piece(shown(text.atoms))
            for text in texts_in(self._resolver.resolved(value))
        )

    def _is_piece(self, text: str) -> bool:
        """Whether a text has an old name, and more than that."""
        return not text.isidentifier() and self._words.are_in(text)

    def calls(self, name: str) -> Iterator[Use]:
        """Each call of something of that name, as a look-up by what it gets."""
        for it in self.reader.consumers:
            if it.what is What.HANDED and last_part(it.callee) == name:
                yield Use(What.COMPARED, it.node, it.line, it.callee, it.argument, it.scope, "")

    def written(self, node: ast.expr) -> Iterator[tuple[str, tuple[range, ...]]]:
        """What an expression may say, with what its module puts into it: a hole for the rest.

        With where in it each literal stands.
        """
        for it in self.reader.consumers:
            if it.node is node and it.what is What.WRITTEN:
                for text in texts_in(self._resolver.resolved(it.value)):
                    yield shown(text.atoms), tuple(spans(text.atoms))

    def keeps(self, variables: set[Variable]) -> bool:
        """Whether names and attributes that others can read hold what some variables do."""
        return any(
            _is_open(it) and not variables.isdisjoint(variables_in(values))
            for it, values in self.reader.bindings.items()
            if it.kind != "return"  # which is noted where it is returned
        )

    def is_spelled_out(self, node: ast.expr) -> bool:
        """Whether each table that a text names is spelled in the module, or typed by people.

        What objects bring, others may bring as well.
        """
        if node not in self._spelled_out:
            given = [
                it.value for it in self.reader.consumers if it.node is node and it.what is _WRITTEN
            ]
            known = bool(given) and all(map(self._spells.names_all, given))
            self._spelled_out[node] = known
        return self._spelled_out[node]

    @cached_property
    def _spells(self) -> SpelledOut:
        return SpelledOut(self.reader.bindings, self._resolver)

    def keywords(self) -> Iterator[ast.expr]:
        """The names of arguments that name a table in the module's statements."""
        for atoms, _ in self._reach.statements:
            spelled = [it for it in atoms if isinstance(it, Piece)]
            keywords = [it for it in spelled if isinstance(it.node, KeywordName)]
            named = {it.name for it in table_names(shown(atoms))} if keywords else set()
            yield from (it.node for it in keywords if it.text in named)

    def unknown(self, name: str) -> Iterator[Use]:
        """What is done with the attribute of that name of objects that nobody can follow."""
        for it in self.reader.consumers:
            match it.value:
                case [Str(atoms=[Gap(node=ast.Attribute(attr=attribute))])] if attribute == name:
                    yield Use(it.what, it.node, it.line, it.callee, it.argument, it.scope, "")

    def wanted(self) -> Iterator[Wanted]:
        """By what the module names the tables in its SQL that it gets from elsewhere."""
        return tables_wanted(self.reader.consumers, Resolver(self.reader))

    def handed_on(self, functions: frozenset[str]) -> Iterator[Wanted]:
        """By what the module names what it gives to functions of these names."""
        return handed_on(self.reader.consumers, Resolver(self.reader), functions)

    @cached_property
    def reader(self) -> Reader:
        """The module, read."""
        return Reader(self.outline.tree)

    @cached_property
    def _reach(self) -> Reach:
        resolver = Resolver(self.reader, constant=self._constant)
        consumers = self._carriers.getting(self._holds_name)
        return Reach(consumers, resolver, self._holds_name, self._rows, self._constant_at)

    @cached_property
    def _carriers(self) -> Carriers:
        return Carriers(self.reader.bindings, self.reader.consumers)

    @cached_property
    def _statements(self) -> tuple[Text, ...]:
        composed = (self._composed(*found) for found in self._reach.statements)
        return tuple(it for it in composed if it is not None)

    def _holds(self, value: Value, text: Text) -> bool:
        """Whether a value may be a literal by itself."""
        return any(
            isinstance(alternative, Str)
            and text_of((alternative,)) == text.text
            and any(isinstance(it, Piece) and self._is_in(it, text) for it in alternative.atoms)
            for alternative in value
        )

    def _is_in(self, piece: Piece, text: Text) -> bool:
        start, end = self._span(piece.node)
        if text.start <= start and end <= text.end:
            return not self._is_beside(piece, text)
        inside = start <= text.start and text.end <= end
        return inside and len(piece.text) == len(text.text) and self._stands_in(piece, text)

    def _is_beside(self, piece: Piece, text: Text) -> bool:
        """Whether a part of a literal in a hole stands beside another in one of the same f-string.

        Both have the place of the f-string.
        """
        if text.holes or piece.node not in self.reader.within:
            return False
        spelled = self._spelled(piece.node)
        return spelled is not None and set(spelled.starts).isdisjoint(text.starts)

    def _stands_in(self, piece: Piece, text: Text) -> bool:
        """Whether a part of a literal is this part of it."""
        spelled = self._spelled(piece.node)
        return spelled is not None and spelled.starts[piece.start] in text.starts

    def _span(self, node: ast.expr) -> tuple[int, int]:
        node = self.reader.within.get(node, node)
        if node not in self._spans:
            start = self._lines.offset(node.lineno, node.col_offset)
            end = self._lines.offset(node.end_lineno or 0, node.end_col_offset or 0)
            self._spans[node] = start, end
        return self._spans[node]

    @cached_property
    def _lines(self) -> Lines:
        return Lines(self._source.text)

    # From atoms to a text

    def _composed(
        self,
        atoms: Iterable[Atom],
        context: Context,
        abroad: dict[ast.expr, Text] | None = None,
    ) -> Text | None:
        """One text of atoms; of one that has parts abroad, only those have places."""
        characters: list[str] = []
        starts: list[int] = []
        holes: list[str] = []
        literals: dict[Literal, None] = {}
        for atom in atoms:
            match atom:
                case Piece(node=node, text=text):
                    is_foreign = abroad is not None and node not in abroad
                    known = abroad.get(node) if abroad else self._spelled(node)
                    characters.append(text)
                    starts += [ELSEWHERE] * len(text) if is_foreign else _starts(known, atom)
                    literals.update(dict.fromkeys(known.literals if known else ()))
                case Plain(text=text, is_foreign=is_foreign):
                    characters.append(text)
                    starts += [ELSEWHERE if is_foreign else NOWHERE] * len(text)
                case Gap() | Ref():
                    characters.append(HOLE)
                    starts.append(NOWHERE)
                    holes.append(atom.code if isinstance(atom, Gap) else atom.variable.name)
        spelled_at = [at for at in starts if at >= 0]
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

    def _spelled(self, node: ast.expr) -> Text | None:
        """What a string node spells."""
        if node not in self._texts:
            self._texts[node] = next(self._spelled_in(node), None)
        return self._texts[node]

    def _spelled_in(self, node: ast.expr) -> Iterator[Text]:
        start, end = self._span(node)
        outermost = self.reader.within.get(node, node)
        if isinstance(node, KeywordName):
            return
        try:
            texts = texts_of(self._source, Site(start, end, (), Context(), outermost))
        except UnfaithfulError:
            return
        if outermost is node:
            yield from texts[:1]
            return
        written = _written(node)
        same = [each for it in texts[1:] for each in (it, *_parts(it)) if each.text == written]
        if len(same) == 1:
            yield same[0]
        elif same:  # Python 3.11 knows at least their order
            others = (it for it, around in self.reader.within.items() if around is outermost)
            twins = [it for it in others if _written(it) == written]
            twins.sort(key=lambda it: (it.lineno, it.col_offset))
            if len(twins) == len(same):
                yield sorted(same, key=lambda it: it.starts[0])[twins.index(node)]


def _name_holder(words: Words) -> Callable[[Piece], bool]:
    """Who knows which pieces hold old names; nothing of it leads back to a flow, lest that stay."""
    known: dict[str, bool] = {}

    def holds_name(piece: Piece) -> bool:
        if piece.text not in known:
            known[piece.text] = words.are_in(piece.text)
        return known[piece.text]

    return holds_name


def _constants_in(sites: Sequence[Site]) -> Callable[[ast.AST], Context | None]:
    """Who knows what surrounds the texts that a module or a class gives a name as they are."""
    known: dict[ast.AST, Context] = {}

    def constant_at(node: ast.AST) -> Context | None:
        if not known:
            known.update((it.node, it.context) for it in sites if is_constant(it.context))
        return known.get(node)

    return constant_at


def _said(keys: Sequence[ast.expr | None]) -> tuple[str, ...]:
    """What the keys of a dictionary say; nothing unless all of them are spelled."""
    said = [it.value for it in keys if isinstance(it, ast.Constant) and isinstance(it.value, str)]
    return tuple(said) if len(said) == len(keys) else ()


def _is_open(variable: Variable) -> bool:
    """Whether other modules can read what a variable holds."""
    if variable.kind == "name":
        return variable.scope == Scope()
    return variable.kind in {"attribute", "return"}


def _is_itself(composed: Text, text: Text) -> bool:
    own = [at for at in text.starts if at >= 0]
    return composed.text == text.text and list(composed.starts) == own


def _holds_all(composed: Text, text: Text) -> bool:
    """Whether a text that is put together has something of each literal of another."""
    places = [at for at in composed.starts if text.start <= at < text.end]
    return bool(places) and all(
        any(it.start <= at < it.end for at in places) for it in text.literals if it.start < it.end
    )


def _starts(text: Text | None, piece: Piece) -> list[int]:
    """Where the characters of a piece stand in the source."""
    end = piece.start + len(piece.text)
    if text is None or text.text[piece.start : end] != piece.text:
        return [NOWHERE] * len(piece.text)
    return list(text.starts[piece.start : end])


def _parts(text: Text) -> Iterator[Text]:
    """The literals that a text is put together of, where that is more than one literal."""
    for literal in text.literals if len(text.literals) > 1 or text.holes else ():
        inside = [i for i, at in enumerate(text.starts) if literal.start <= at < literal.end]
        if inside:
            part = text.part(inside[0], inside[-1] + 1)
            yield replace(part, holes=(), literals=(literal,))


def _written(node: ast.expr) -> str:
    """What a string node says, holes included."""
    match node:
        case ast.Constant(value=str() as text):
            return text
        case ast.JoinedStr(values=parts):
            return "".join(map(_written, parts))
    return HOLE
