"""Comparisons of texts, all of which the module spells: they hold after a rename of all of them."""

import ast
from collections.abc import Iterator, Sequence

from msgspec import Struct

from refactor.flow.values import Gap, Map, Piece, Plain, Ref, Seq, Str, Value, text_of
from refactor.python.outline import Scope
from refactor.python.strings import Text


class Comparison(Struct, frozen=True):
    """What a literal is compared with, where nothing of it comes from elsewhere."""

    same: tuple[Text, ...]
    """The other literals that say the same."""
    others: frozenset[str]
    """All else that is said on either side."""
    functions: frozenset[Scope]
    """The functions whose parameters are compared: what calls them may be elsewhere."""


def only_alike(node: ast.AST, sides: Sequence[Value]) -> bool:
    """Whether a comparison asks for nothing but being the same, or one of some."""
    match node:
        case ast.Compare(ops=[ast.In() | ast.NotIn()]):
            # In a text, `in` looks for a part of it.
            return all(isinstance(it, Seq | Map) for it in sides[-1])
        case ast.Compare(ops=ops):
            return all(isinstance(it, ast.Eq | ast.NotEq) for it in ops)
        case ast.Subscript() | ast.Call():
            return all(isinstance(it, Map) for it in sides[-1])
        case ast.BinOp():
            return all(isinstance(it, Seq | Map) for side in sides for it in side)
    return isinstance(node, ast.Match)


def said(value: Value) -> Iterator[Str | None]:
    """The texts of what is compared, None for each that is not known."""
    for alternative in value:
        match alternative:
            case Str(atoms=(Gap(node=ast.Constant()),)):
                continue  # None, or a number
            case Str(atoms=atoms) if all(isinstance(it, Piece | Plain) for it in atoms):
                yield alternative
            case Seq(items=items):
                for item in items:
                    yield from said(item)
            case Map(entries=entries):
                for key, _ in entries:
                    yield from said(key)
            case _:
                yield None


def spelled_whole(found: Str) -> ast.expr | None:
    """The literal that spells a text by itself."""
    match found.atoms:
        case (Piece(node=node, text=text),) if text == text_of((found,)):
            return node
    return None


def parameters_of(value: Value) -> Iterator[Scope | None]:
    """The functions whose parameters a value takes, None for what no one place gives."""
    for alternative in value:
        match alternative:
            case Ref(variable=variable) if variable.kind == "parameter":
                yield variable.scope
            case Ref(variable=variable) if variable.kind != "name":
                yield None
            case Seq(items=items):
                yield from _parameters_of_all(items)


def _parameters_of_all(values: Sequence[Value]) -> Iterator[Scope | None]:
    for value in values:
        yield from parameters_of(value)
