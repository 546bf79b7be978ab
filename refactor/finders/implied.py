"""A class whose table a library names after it: no literal does, so there is nothing to change."""

import ast
from collections.abc import Iterator
from pathlib import PurePosixPath

from plan.model import folded
from refactor.apis.implied import Implied, implied_tables
from refactor.binding import Place
from refactor.finders.finder import Surroundings
from refactor.outline import Scope
from refactor.references import Evidence, Reason, Reference
from refactor.sql.names import quoted


def tables_implied(around: Surroundings) -> Iterator[Reference]:
    """A question for each class of a module that an old table is named after."""
    if around.outline is None:
        return
    for implied in implied_tables(around.source.path, around.outline, around.arguments.values):
        for table in implied.tables:
            if folded(table) in around.legacy.meanings:
                yield from _reference(implied, table, around)
                break


def may_imply(path: PurePosixPath) -> bool:
    """Whether a file is where Django looks for models, whose tables no word in it may name."""
    if "models" not in str(path):
        return False  # a parent and a name cost much, for 20,000 files
    return path.name == "models.py" or (path.suffix == ".py" and path.parent.name == "models")


def _reference(implied: Implied, table: str, around: Surroundings) -> Iterator[Reference]:
    place = Place(around.source.path, Scope())
    decision = around.binder.decide(table, f"SELECT 1 FROM {quoted(table, '')}", place)
    if decision.stays:
        return
    says = f"{implied.library} calls this class's table {table}, after the class"
    new = decision.meanings[0].new
    yield around.table_reference(
        _start(implied.node, around),
        implied.node.name,
        decision.meanings,
        clause="class",
        evidence=(Evidence(Reason.API, says), *decision.evidence),
        question=decision.question or f"{says}: should it say {new} now?",
        mend=decision.mend if decision.question else f"say so in the class: {_told(implied, new)}",
        blocking=True,
    )


def _told(implied: Implied, new: str) -> str:
    return implied.mend.format(new)


def _start(node: ast.ClassDef, around: Surroundings) -> int:
    """Where a class's name stands."""
    start = around.lines.offset(node.lineno, node.col_offset)
    return around.source.text.index(node.name, start + len("class"))
