"""What an expression of a module may be, as far as its code tells.

A value is a few alternatives. Each is a text of atoms, a collection, or a reference to a variable
whose values are not known yet. What is only known at run time is a gap in a text.
"""

import ast
from collections.abc import Callable, Iterable, Sequence
from enum import Enum
from itertools import chain, islice, product

from msgspec import Struct

from refactor.python.outline import Scope

MOST = 64
"""Alternatives that are kept; what a literal does in those beyond them stays unknown."""
MOST_ATOMS = 400
"""Atoms of a text, beyond which it is not put together."""


class Any(Enum):
    """A step into a collection that may lead to any of its parts."""

    ELEMENT = "element"
    """Of a list, or a key of a dictionary: what a loop over it gives."""
    VALUE = "value"
    """Of a dictionary; of a list an element."""


class Joined(Struct, frozen=True):
    """A step from a collection to the text that `separator.join(…)` makes of it."""

    separator: "Value"


Step = str | int | Any | Joined
"""A key, an index, any, or all of them in one text."""


class Variable(Struct, frozen=True):
    """Something that holds values: by its kind, the scope that owns it, and its name."""

    kind: str
    """`name`, `parameter`, `attribute` or `return`."""
    scope: Scope
    name: str


class Piece(Struct, frozen=True):
    """A part of what one string node of the tree spells."""

    node: ast.expr
    start: int
    """Where the part begins in the node's text, where what is known at run time is one hole."""
    text: str


class Plain(Struct, frozen=True):
    """Characters that no literal of the module spells, or whose spelling does not matter."""

    text: str
    is_foreign: bool = False
    """Whether another module spells them."""


class Gap(Struct, frozen=True):
    """A part that is only known at run time, and the expression that makes it, if there is one."""

    node: ast.expr | None = None
    name: str = ""
    """What it is called, where only that is known."""

    @property
    def code(self) -> str:
        """The expression's source, or the name."""
        return ast.unparse(self.node) if self.node else self.name


class Ref(Struct, frozen=True):
    """What a variable holds, or a part of that: the steps lead from the variable into it."""

    variable: Variable
    path: tuple[Step, ...] = ()


Atom = Piece | Plain | Gap | Ref


class Str(Struct, frozen=True):
    """A text."""

    atoms: tuple[Atom, ...]


class Seq(Struct, frozen=True):
    """A list, tuple or set, element by element."""

    items: tuple["Value", ...]
    whole: bool = False
    """Whether it is seen to have no more: what a loop gives or fills has any number of them."""


class Map(Struct, frozen=True):
    """A dictionary."""

    entries: tuple[tuple["Value", "Value"], ...]


class Instance(Struct, frozen=True):
    """An object of a class of this module."""

    owner: str
    fields: tuple[str, ...] = ()
    """The attributes of a named tuple, in order."""


class Keys(Struct, frozen=True):
    """A dictionary of another module: what its keys say, in order, and nothing else of it."""

    names: tuple[str, ...]


Alternative = Str | Seq | Map | Instance | Keys | Ref
Value = tuple[Alternative, ...]


class KeywordName(ast.Constant):
    """The name of an argument, as a text that `**names` gets: no literal spells it."""


MARK = ast.Constant("")
"""Stands in one module for the literal of another."""

UNKNOWN: Value = (Str((Gap(),)),)


def gap(node: ast.AST) -> Value:
    """A value that is only known at run time."""
    return (Str((Gap(node if isinstance(node, ast.expr) else None),)),)


def is_gap(value: Value) -> bool:
    """Whether nothing of a value is known, as with most that are handed on."""
    match value:
        case [Str(atoms=[Gap()])]:
            return True
    return False


def plain(text: str) -> Value:
    """A text without a spelling."""
    return (Str((Plain(text),)),)


def union(*values: Value) -> Value:
    """All alternatives of some values, each once."""
    if len(values) == 1 and len(values[0]) <= 1:  # as most are
        return values[0]
    found: list[Alternative] = []
    for value in values:
        for alternative in value:
            if len(found) >= MOST:
                return tuple(found)
            if alternative not in found:
                found.append(alternative)
    return tuple(found)


def atoms_of(alternative: Alternative) -> tuple[Atom, ...]:
    """An alternative as a part of a text."""
    match alternative:
        case Str(atoms=atoms):
            return atoms
        case Ref():
            return (alternative,)
    return (Gap(),)


def concatenated(values: Iterable[Value]) -> Value:
    """The texts that come of putting one of each value behind one another."""
    sums: list[list[Atom]] = [[]]
    turns: list[int] = []
    """Which of several names stands in each: one that stands in none would seem to go nowhere."""
    for value in values:
        if len(value) == 1:  # as most values are
            part = atoms_of(value[0])
            for atoms in sums:
                atoms.extend(part)
        else:
            parts = [atoms_of(it) for it in value]
            pairs = _pairs(len(sums), len(parts), turns)
            sums = [[*sums[one], *parts[other]] for one, other in pairs]
            if turns:
                turns = [turns[one] for one, _ in pairs]
            elif all(map(_is_name, parts)):
                turns = [other for _, other in pairs]
        if max(map(len, sums), default=0) > MOST_ATOMS:
            return UNKNOWN
    return tuple(Str(tuple(atoms)) for atoms in sums)


def _pairs(left: int, right: int, turns: Sequence[int]) -> list[tuple[int, int]]:
    """Each with each, by number; of too many the first, but one for each name in its turn."""
    every = product(range(left), range(right))
    if left * right <= MOST or not turns:
        return list(islice(every, MOST))
    first = {turn: number for number, turn in reversed([*enumerate(turns)])}
    # What a function is given stands in the order of its calls: what belongs together.
    chosen = dict.fromkeys((number, turn % right) for turn, number in first.items())
    return list(islice(chain(chosen, (it for it in every if it not in chosen)), MOST))


def _is_name(atoms: tuple[Atom, ...]) -> bool:
    return len(atoms) == 1 and isinstance(atoms[0], Piece) and atoms[0].text.isidentifier()


def joined(separator: Value, value: Value) -> Value:
    """What `separator.join(value)` gives."""
    results: list[Value] = []
    for alternative in value:
        match alternative:
            case Seq(items=items):
                parts: list[Value] = []
                for item in items:
                    parts += [separator, item] if parts else [item]
                results.append(concatenated(parts))
            case Keys(names=names):
                parts = [it for name in names for it in (separator, plain(name))]
                results.append(concatenated(parts[1:]))
            case Ref(variable=variable, path=path) if is_known(separator):
                results.append((Ref(variable, (*path, Joined(separator))),))
            case _:
                results.append(UNKNOWN)
    return union(*results)


def step(value: Value, by: Step) -> Value:
    """A part of a collection, or the text that is made of it."""
    if isinstance(by, Joined):
        return joined(by.separator, value)
    return union(*(_stepped(it, by) for it in value)) or UNKNOWN


def _stepped(  # noqa: PLR0911 - one return for each kind of collection
    alternative: Alternative, by: Step
) -> Value:
    match alternative:
        case Ref(variable=variable, path=path):
            return (Ref(variable, (*path, by)),)
        case Str(atoms=(Gap(),)) if isinstance(by, str):
            return (Str((Gap(name=by),)),)
        case Str(atoms=(Gap(),)):
            return (alternative,)  # something in it, known by its name at least
        case Seq() if isinstance(by, int):
            return _at(by, alternative)
        case Instance(owner=owner, fields=fields) if isinstance(by, int) and 0 <= by < len(fields):
            return (Ref(Variable("attribute", Scope(owner), fields[by])),)
        case Seq(items=items) if isinstance(by, Any):
            return union(*items) or UNKNOWN
        case Map(entries=entries) if by is Any.ELEMENT:
            return union(*(key for key, _ in entries)) or UNKNOWN
        case Map(entries=entries) if by is Any.VALUE:
            return union(*(item for _, item in entries)) or UNKNOWN
        case Map(entries=entries):
            return union(*(item for key, item in entries if _may_be(key, by))) or UNKNOWN
    return UNKNOWN


def _at(number: int, listed: Seq) -> Value:
    """What stands at a place of a list, or any of it where more may stand in it than is seen."""
    if -len(listed.items) <= number < len(listed.items):
        return listed.items[number]
    return UNKNOWN if listed.whole else union(*listed.items) or UNKNOWN


def _may_be(value: Value, text: Step) -> bool:
    return any(text_of((it,)) == text for it in value)


def items_of(value: Value) -> Value:
    """The pairs of a dictionary."""
    found: list[Value] = []
    for alternative in value:
        match alternative:
            case Map(entries=entries):
                found.append((Seq(tuple((Seq((key, item)),) for key, item in entries)),))
            case Ref(variable=variable, path=path):
                key: Value = (Ref(variable, (*path, Any.ELEMENT)),)
                item: Value = (Ref(variable, (*path, Any.VALUE)),)
                found.append((Seq(((Seq((key, item)),),)),))
            case _:
                found.append(UNKNOWN)
    return union(*found)


def is_known(value: Value) -> bool:
    """Whether a value is made of texts without gaps."""
    return all(
        isinstance(it, Str) and all(isinstance(atom, Piece | Plain) for atom in it.atoms)
        for it in value
    )


def is_empty(value: Value) -> bool:
    """Whether a value is a collection that has nothing in it yet."""
    match value:
        case [Seq(items=()) | Map(entries=())]:
            return True
    return False


def text_of(value: Value) -> str | None:
    """The one text that a value is, if it is just one and known."""
    if len(value) != 1 or not isinstance(value[0], Str):
        return None
    parts = []
    for atom in value[0].atoms:
        if not isinstance(atom, Piece | Plain):
            return None
        parts.append(atom.text)
    return "".join(parts)


def is_mark(atom: Atom) -> bool:
    """Whether a part of a text stands for another module's literal."""
    return isinstance(atom, Piece) and atom.node is MARK


def marked(value: Value, is_it: Callable[[Piece], bool]) -> Value:
    """A value for another module, in which the mark stands for one literal, and nothing else."""
    return tuple(_marked(it, is_it) for it in value)


def _marked(alternative: Alternative, is_it: Callable[[Piece], bool]) -> Alternative:
    match alternative:
        case Str(atoms=(atom,)):  # as by far the most
            return Str((_marked_or_plain(atom, is_it),))
        case Str(atoms=atoms):
            return Str(tuple(_marked_or_plain(it, is_it) for it in atoms))
        case Seq(items=items, whole=whole):
            return Seq(tuple(marked(it, is_it) for it in items), whole)
        case Map(entries=entries):
            return Map(tuple((marked(key, is_it), marked(it, is_it)) for key, it in entries))
    return Str((Gap(),))


def _marked_or_plain(atom: Atom, is_it: Callable[[Piece], bool]) -> Atom:
    match atom:
        case Piece(text=text) if is_it(atom):
            return Piece(MARK, 0, text)
        case Piece(text=text) | Plain(text=text):
            return Plain(text)
    return Gap()


def cut(atom: Piece | Plain, start: int, end: int) -> Piece | Plain:
    """A part of an atom."""
    if isinstance(atom, Plain):
        return Plain(atom.text[start:end], atom.is_foreign)
    return Piece(atom.node, atom.start + start, atom.text[start:end])
