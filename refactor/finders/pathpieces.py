"""Questions for paths of databases that are put together of pieces, wherever these stand."""

import ast
import re
from collections.abc import Iterator, Sequence
from pathlib import PurePosixPath

from msgspec.structs import replace

from refactor.databases.databasepaths import database_in
from refactor.finders.finder import Surroundings
from refactor.python.syntax import literals_in
from refactor.references import Evidence, Reason, Reference
from refactor.sql.names import HOLE


def path_added(node: ast.expr, path: str, around: Surroundings) -> Iterator[Reference]:
    """A question for a path that is put together of literals, and is that of a database that moves.

    Where a literal holds all of its file's name, that is read by itself.
    """
    found = database_in(path, around.legacy)
    name = PurePosixPath(path).name
    whole = any(name in it for it in literals_in(node))
    if found is None or whole or found.database not in around.legacy.moved:
        return
    start, end = around.lines.span(node)
    stem = PurePosixPath(found.database).stem
    at = around.source.text.find(stem, start, end)
    target = around.legacy.moved[found.database]
    yield around.path_reference(
        max(at, start),
        stem if at >= 0 else around.source.text[start:end],
        (found.database,),
        evidence=(Evidence(Reason.GRAMMAR, "the path of a database, in pieces"),),
        question=f"its pieces are the path of {found.database}: what should they say?",
        mend=f"see that they give {target}" if target else "write the path that it should open",
        blocking=True,
    )


def path_made(span: tuple[int, int], text: str, around: Surroundings) -> Iterator[Reference]:
    """A question for a path that is made of pieces, and may be that of a database that moves."""
    found = may_be(text, around)
    if not found:
        return
    piece = max(re.split(r"[/\\]", text)[-1].split(HOLE), key=len)
    at = around.source.text.find(piece, *span)
    says = f"a path that is put together at run time, and may be {' or '.join(sorted(found))}"
    written = {
        it: where
        for it, each in found.items()
        if (where := next(where_written(each, around), None)) is not None
    }
    first, *others = dict.fromkeys((*written, *found))
    as_said = f", as {next(iter(written.values()))} says" if written else ""
    reference = around.path_reference(
        max(at, span[0]),
        piece if at >= 0 else around.source.text[slice(*span)],
        (first, *others),
        evidence=(Evidence(Reason.GRAMMAR, "ends like a database's path"),),
        question=f"{says}{as_said}: is it?",
        mend=f"see that the pieces give {around.legacy.moved[first]}",
        blocking=bool(written),
    )
    # What nobody says holds nothing up.
    yield replace(reference, also=tuple(it for it in others if it in written))


def may_be(text: str, around: Surroundings) -> dict[str, tuple[str, ...]]:
    """The databases that move and that a name with holes may be, and what fills the holes."""
    pieces = re.split(r"[/\\]", text)[-1].split(HOLE)
    stem, dot, _suffix = pieces[-1].rpartition(".")
    if len(pieces) == 1 or not dot or any(map(str.isspace, stem)):
        return {}
    # To make a pattern is dear, and far the most texts with a dot end like no database.
    like = [
        it for it, becomes in around.legacy.moved.items() if becomes and it.endswith(pieces[-1])
    ]
    if not like:
        return {}
    pattern = re.compile(r"(\w+)".join(map(re.escape, pieces)))
    return {
        it: match.groups() for it in like if (match := pattern.fullmatch(PurePosixPath(it).name))
    }


def where_written(pieces: Sequence[str], around: Surroundings) -> Iterator[PurePosixPath]:
    """The modules that say what gives a path: this one, or one that may use it."""
    path = around.source.path
    if around.outline and set(pieces) <= set(literals_in(around.outline.tree)):
        yield path
    naming = set(around.abroad.few_naming(path.stem)) - {path}
    for piece in pieces:
        naming &= set(around.abroad.few_naming(piece))
    for other in sorted(naming):
        source = around.abroad.source(other)
        if source and all(f"'{it}'" in source.text or f'"{it}"' in source.text for it in pieces):
            yield other
