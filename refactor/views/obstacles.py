"""The statements of the code that do not work once old names live on as views only."""

import ast
from collections.abc import Iterable, Iterator, Mapping, Sequence
from itertools import groupby

from msgspec import Struct

from plan.model import Compat, Plan, PlannedTable, folded
from refactor.found import FileSearch, Search
from refactor.python.outline import last_part
from refactor.python.strings import Text
from refactor.python.syntax import parsed
from refactor.references import Kind, Reference
from refactor.search import Searcher
from refactor.sql.names import HOLE, Role, Statement, statements, table_names
from refactor.text.lines import Lines
from refactor.views.aftermath import Aftermath, Reading, asked_in_sql
from refactor.views.hindrances import WHY, Hindrance
from refactor.views.throughviews import Use, hindrances, looks_up_table

Kept = Mapping[tuple[str, str], PlannedTable]
"""The tables whose old name lives on, by database and folded old name."""

_SHOWN = 60
_OPENS_BLOBS = frozenset({"blobopen", "blob_open"})
_BY_READING = {
    "lastrowid": Hindrance.LASTROWID,
    "rowcount": Hindrance.ROWCOUNT,
    "changes": Hindrance.CHANGES,
    "last_insert_rowid": Hindrance.LAST_INSERT_ROWID,
}
_OF_AN_INSERT = frozenset({Hindrance.LASTROWID, Hindrance.LAST_INSERT_ROWID})
_INSERTS = frozenset({"INSERT INTO", "REPLACE INTO"})


class Obstacle(Struct, frozen=True):
    """One statement of the code that does not work through a view, or not as it did."""

    reference: Reference
    planned: PlannedTable
    kind: Hindrance
    statement: str
    """How it begins."""
    why: str
    mend: str


def kept_names(plan: Plan) -> Kept:
    """The tables whose old name lives on."""
    return {(it.database, folded(it.old)): it for it in plan.tables if it.keeps_old_name}


def kept_table(reference: Reference, kept: Kept) -> PlannedTable | None:
    """The table that a reference names, or may name, if its old name lives on."""
    if reference.kind is not Kind.TABLE:
        return None
    keys = ((database, folded(reference.group)) for database in reference.databases)
    return next((kept[key] for key in keys if key in kept), None)


def obstacles(plan: Plan, searcher: Searcher, search: Search) -> tuple[Obstacle, ...]:
    """All statements that do not work through the plan's views, by file and place."""
    kept = kept_names(plan)
    return tuple(it for file in search.files for it in _File(file, kept, searcher).obstacles())


class _File:
    """Looks through one file."""

    def __init__(self, file: FileSearch, kept: Kept, searcher: Searcher) -> None:
        self._file = file
        self._searcher = searcher
        self._lines = Lines(file.source.text)
        self._found = {
            reference.start: (reference, planned)
            for reference in file.references
            if (planned := kept_table(reference, kept))
        }

    def obstacles(self) -> Iterator[Obstacle]:
        if not self._found:
            return
        aftermath = self._aftermath()
        for text in self._file.texts:
            if folded(text.text) in self._names():
                yield from self._bare(text)
            else:
                yield from self._in_text(text, aftermath)

    def _names(self) -> frozenset[str]:
        return frozenset(folded(planned.old) for _, planned in self._found.values())

    def _in_text(self, text: Text, aftermath: Aftermath | None) -> Iterator[Obstacle]:
        spans = statements(text.text)
        for index, uses in groupby(self._uses(text, spans), key=lambda use: use.name.statement):
            together = list(uses)
            for use, kind, why in hindrances(together, self._searcher.evidence.oracle):
                yield _obstacle(use.reference, use.planned, kind, why, use.sql)
            for use in together:
                if use.writes and use.planned.compat is Compat.WRITABLE:
                    later = self._asked(text, spans[index + 1 :])
                    for kind, why in _read(use, (*self._readings(text, aftermath), *later)):
                        yield _obstacle(use.reference, use.planned, kind, why, use.sql)

    def _uses(self, text: Text, spans: Sequence[Statement]) -> Iterator[Use]:
        """The names in a text that live on as views; a column's qualifier says nothing new."""
        for name in table_names(text.text):
            inner = 1 if name.quote else 0
            start = text.near(name.start + inner, name.end - inner)
            if start in self._found and name.role is not Role.QUALIFIER:
                span = spans[name.statement]
                reference, planned = self._found[start]
                yield Use(reference, name, text.text[span.start : span.end], planned)

    def _bare(self, text: Text) -> Iterator[Obstacle]:
        """A name by itself, which is looked up in the catalog or opened for its blobs."""
        reference, planned = self._found.get(text.near(0, len(text.text)), (None, None))
        if reference is None or planned is None:
            return
        if last_part(text.context.callee) in _OPENS_BLOBS:
            yield _obstacle(reference, planned, Hindrance.BLOB, WHY[Hindrance.BLOB], text.text)
        elif looks_up_table(text.parameter_of):
            why = WHY[Hindrance.CATALOG]
            yield _obstacle(reference, planned, Hindrance.CATALOG, why, text.parameter_of)

    def _aftermath(self) -> Aftermath | None:
        if not self._searcher.codebase.is_python(self._file.path):
            return None
        tree = parsed(self._file.source)
        return Aftermath(tree) if isinstance(tree, ast.Module) else None

    def _readings(self, text: Text, aftermath: Aftermath | None) -> tuple[Reading, ...]:
        outline = self._searcher.codebase.outline_of(self._file.path)
        if aftermath is None or outline is None:
            return ()
        nodes = (it.node for it in outline.sites if it.start <= text.start < it.end)
        return next((aftermath.of(node.lineno, node.col_offset) for node in nodes), ())

    def _asked(self, text: Text, rest: Iterable[Statement]) -> Iterator[Reading]:
        """What later statements of the same text ask of a write."""
        for span in rest:
            for what in asked_in_sql(text.text[span.start : span.end]):
                yield Reading(self._lines.place(text.near(span.start, span.end))[0], what)


def _read(use: Use, readings: Iterable[Reading]) -> Iterator[tuple[Hindrance, str]]:
    """What is wrong with what the code reads of a write after it."""
    said: set[Hindrance] = set()
    for reading in readings:
        kind = _BY_READING[reading.what]
        if kind not in said and (kind not in _OF_AN_INSERT or use.name.clause in _INSERTS):
            said.add(kind)
            yield kind, f"{reading.what}, read in line {reading.line}: {WHY[kind]}"


def _obstacle(
    reference: Reference, planned: PlannedTable, kind: Hindrance, why: str, sql: str
) -> Obstacle:
    mend = f"say {planned.new} here"
    if kind is Hindrance.READ_ONLY:
        mend += ', or compat = "writable" in the plan'
    words = " ".join(sql.replace(HOLE, "…").split())
    shown = words if len(words) <= _SHOWN else words[:_SHOWN].rsplit(" ", 1)[0] + " …"
    return Obstacle(reference, planned, kind, shown, why, mend)
