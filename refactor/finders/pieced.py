"""Tables of mapped classes whose names are put together: `table_name = PREFIX + "track"`.

No literal holds such a name, so there is nothing to change by itself. The same goes for names that
are made of another table's: `"starred_" + target._meta.table_name` says something else once that
table has a new name.
"""

import ast
import re
from collections.abc import Collection, Iterator
from pathlib import PurePosixPath

from msgspec import Struct

from plan.model import folded
from refactor.apis.constants import Parts
from refactor.apis.implied import snake_case
from refactor.apis.libraries import ATTRIBUTES
from refactor.finders.finder import Surroundings
from refactor.python.outline import Context, Scope, Usage, last_part
from refactor.python.syntax import dotted, walked
from refactor.references import Evidence, Reason, Reference
from refactor.sql.names import HOLE

_SHOWN = frozenset({Usage.DISPLAYED, Usage.DOCUMENTATION})
_SLOTS = frozenset(it.name for it in ATTRIBUTES)
_ASKS = ("_meta", "__tablename__", "__table__")
_LETTER = re.compile(r"[^\W\d_]")
_BEFORE = re.compile(r"\w*\Z")
_AFTER = re.compile(r"\w*")
_PUT_TOGETHER = "is put together, and no literal holds it"


class _Piece(Struct, frozen=True):
    """A name that is put together: what is around another table's, and how that is asked for."""

    before: str
    after: str
    model: ast.expr

    @property
    def is_glued(self) -> bool:
        """Whether it makes another name of it."""
        return bool(self.before or self.after)


def names_pieced(around: Surroundings, said: Collection[int]) -> Iterator[Reference]:
    """A question for each table's name that a class puts together, or makes of another one's.

    Args:
        around: the module.
        said: where there is a reference already.
    """
    if around.outline is None:
        return
    asked: set[int] = set()
    for scope, node in _slots(around):
        for reference in _of_slot(scope, node, around, said):
            asked.add(id(node))
            yield reference
    if not any(it in around.source.text for it in _ASKS):
        return
    for site in around.outline.sites:
        if isinstance(site.node, ast.Constant) or site.context.usage in _SHOWN:
            continue
        if id(site.node) in asked or not any(map(_model_in, walked(site.node))):
            continue
        parts = around.arguments.constants.parts(around.source.path, site.context.scope, site.node)
        for piece in _pieces(parts):
            yield from _made_of(piece, site.context.scope, site.node, around, in_slot=False)


def _slots(around: Surroundings) -> Iterator[tuple[Scope, ast.expr]]:
    """What each class of a module that is mapped to a table says of its name, but for literals."""
    outline = around.outline
    given = (
        *((scope, name, it) for scope, name, it in (outline.assigned if outline else ())),
        *((scope, "return", it) for scope, it in (outline.returned if outline else ())),
    )
    for scope, name, value in given:
        if name not in _SLOTS and last_part(scope.function) != "__tablename__":
            continue
        values = [value.body, value.orelse] if isinstance(value, ast.IfExp) else [value]
        for each in values:
            # A literal is seen by itself, and a name is followed to its own.
            if isinstance(each, ast.JoinedStr | ast.BinOp | ast.Call):
                context = Context(scope, target=name)
                if around.arguments.slot(around.source.path, context):
                    yield scope, each


def _of_slot(
    scope: Scope, node: ast.expr, around: Surroundings, said: Collection[int]
) -> Iterator[Reference]:
    parts = around.arguments.constants.parts(around.source.path, scope, node)
    known = tuple(_known(it, scope, around) for it in parts)
    name = "".join(known)
    meanings = around.legacy.meanings.get(folded(name))
    if meanings:
        start, end = around.lines.span(node)
        if any(start <= at < end for at in said):
            return  # several literals that follow one another are one text
        says = f"this table's name, {name}, {_PUT_TOGETHER}"
        question = f"{says}: should it be {meanings[0].new} now?"
        yield _question(node, [folded(name)], around, question, f'say "{meanings[0].new}"')
        return
    pieces = name.split(HOLE)
    if len(pieces) > 1 and _LETTER.search("".join(pieces)):
        pattern = re.compile(r"(\w*)".join(map(re.escape, pieces)), re.IGNORECASE | re.ASCII)
        may_be = sorted(filter(pattern.fullmatch, around.legacy.meanings))
        if may_be:
            shown = " or ".join(around.legacy.meanings[it][0].old for it in may_be)
            question = f"this table's name is put together at run time, and may be {shown}: is it?"
            yield _question(node, may_be, around, question, "see that the pieces give the new name")
            return
    for piece in _pieces(parts):
        yield from _made_of(piece, scope, node, around, in_slot=True)


def _known(part: str | ast.expr, scope: Scope, around: Surroundings) -> str:
    if isinstance(part, str):
        return part
    model = _model_in(part)
    return (_table_of(model, scope, around) if model else "") or HOLE


def _pieces(parts: Parts) -> Iterator[_Piece]:
    """The names in a text that are made of a mapped class's."""
    for at, part in enumerate(parts):
        model = None if isinstance(part, str) else _model_in(part)
        if model is not None:
            texts = [it if isinstance(it, str) else " " for it in parts]
            before = _BEFORE.search("".join(texts[:at]))
            after = _AFTER.match("".join(texts[at + 1 :]))
            piece = _Piece(before[0] if before else "", after[0] if after else "", model)
            if piece.is_glued:
                yield piece


def _model_in(node: ast.AST) -> ast.expr | None:
    """The class whose table's name an expression asks for."""
    match node:
        case ast.Attribute(
            value=ast.Attribute(value=model, attr="_meta"), attr="table_name" | "db_table"
        ):
            return model
        case ast.Attribute(value=ast.Attribute(value=model, attr="__table__"), attr="name"):
            return model
        case ast.Attribute(value=model, attr="__tablename__"):
            return model
    return None


def _made_of(
    piece: _Piece, scope: Scope, node: ast.expr, around: Surroundings, *, in_slot: bool
) -> Iterator[Reference]:
    """A question for a name that changes along with the table that it is made of."""
    table = _table_of(piece.model, scope, around)
    for old in [folded(table)] if table else sorted(around.legacy.meanings):
        meanings = around.legacy.meanings.get(old, ())
        if not meanings or folded(meanings[0].new) == old:
            continue
        today = f"{piece.before}{meanings[0].old}{piece.after}"
        is_table = any(around.oracle.knows(it.database, today) for it in meanings)
        if not table and not is_table:
            continue
        becomes = f"{piece.before}{meanings[0].new}{piece.after}"
        question = (
            f"a name that is made of this table's, and becomes {becomes} where it was {today}:"
            " is that right?"
        )
        mend = f'see that it gives the right name: say "{today}" where that stays'
        blocking = is_table or (in_slot and bool(table))
        yield _question(node, [old], around, question, mend, blocking=blocking)
        return


def _table_of(model: ast.expr, scope: Scope, around: Surroundings) -> str:
    """What a class says that its table is called, or its own name; empty if nobody knows it."""
    name = dotted(model)
    if name in {"self", "cls"} and scope.owner:
        name = scope.owner
    found = tuple(around.abroad.kin.classes(around.source.path, name.split(".")))
    for path, owner in found:
        said = _said(path, owner, around)
        if said:
            return said
    for _, owner in found:
        for implied in (last_part(owner).lower(), snake_case(last_part(owner))):
            if implied in around.legacy.meanings:
                return implied
    return ""


def _said(path: PurePosixPath, owner: str, around: Surroundings) -> str:
    """The table's name that a class says itself, as far as it is constant."""
    for scope, name, value in around.abroad.assigned(path):
        for fact in ATTRIBUTES:
            inner = f"{owner}.{fact.inner}" if fact.inner else owner
            if (scope.owner, name) == (inner, fact.name):
                text = around.arguments.constants.text(path, scope, value)
                return "" if HOLE in text else text
    return ""


def _question(
    node: ast.expr,
    names: list[str],
    around: Surroundings,
    question: str,
    mend: str,
    *,
    blocking: bool = True,
) -> Reference:
    text = around.source.text
    start, end = around.lines.span(node)
    written = (it.value for it in walked(node) if isinstance(it, ast.Constant))
    piece = max((it for it in written if isinstance(it, str)), key=len, default="")
    at = text.find(piece, start, end) if piece else -1
    return around.table_reference(
        start if at < 0 else at,
        piece if at >= 0 else text[start:end].partition("\n")[0],
        [meaning for it in names for meaning in around.legacy.meanings[it]],
        clause="argument",
        evidence=(Evidence(Reason.API, "the name of a mapped class's table"),),
        question=question,
        mend=mend,
        blocking=blocking,
    )
