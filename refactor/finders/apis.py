"""A table's name given to a library, or to a function that the plan names."""

import ast
import re
from collections.abc import Iterator
from keyword import iskeyword
from pathlib import PurePosixPath

from msgspec import Struct
from msgspec.structs import replace

from plan.model import folded
from refactor.apis import Shape, Slot
from refactor.apis.columns import declared_in
from refactor.apis.libraries import CATALOG, DJANGO, PYPIKA, SQLALCHEMY, SQLMODEL
from refactor.databases.databasepaths import database_in
from refactor.databases.weighing import Decision, Place, binding_for
from refactor.finders.ctes import may_be_cte
from refactor.finders.finder import Finder, Found, Ignored, Surroundings
from refactor.flow.consumers import What
from refactor.flow.reach import Use
from refactor.python.outline import Context, Usage
from refactor.python.strings import Text
from refactor.references import Evidence, Reason, Reference
from refactor.sql.names import HOLE, quoted

_BY_REFERENCE = frozenset({SQLALCHEMY.name, SQLMODEL.name})
"""Libraries in which a table is declared once, and named elsewhere."""
_OWN_SCHEMAS = frozenset({"", "main"})
_EVALUATED = re.compile(r"(?<![\w.])(\w+)(?=\.c(?:olumns)?\.\w)")
_WORD = re.compile(r"\w+")
_SPACE = re.compile(r"\s")
_PYTHON = (
    "SQLAlchemy evaluates this as Python, where the new name is a keyword: what should it say?"
)
_KEY = "it is a key, and compared with the names of tables: is it always one of these?"
_SOMETIMES = "it stands at several places of a list: is it the table?"
_OF_WITH = "a WITH of this module has that name: is it the table?"
_ESCAPED = "the name is spelled with escapes or over several literals"


def tables_given(text: Text, around: Surroundings) -> Found | None:
    """The old tables that a text names where a library or the plan's own word takes one."""
    if text.context.usage is Usage.DOCUMENTATION or around.outline is None:
        return None
    if not any(folded(it) in around.legacy.meanings for it in _WORD.findall(text.text)):
        return None
    slot = around.arguments.slot(around.source.path, text.context)
    if slot is None:
        if _SPACE.search(text.text) or database_in(text.text, around.legacy):
            return None  # a statement or a part of one; a database's file called as a table is
        why = around.arguments.no_table(around.source.path, text.context)
        return Ignored(why) if why else None
    names = tuple(_names(text.text, slot.shape, around))
    if not names:
        elsewhere = slot.shape is Shape.COLUMN and slot.question is None
        return Ignored("a column of another table") if elsewhere else None
    found = tuple(it for name in names for it in _reference(text, name, slot, around))
    return found or Ignored("a table that keeps its name")


class _Name(Struct, frozen=True):
    """Where a text names an old table, and what is to be asked about its spelling."""

    start: int
    end: int
    name: str
    question: str | None = None


def _names(text: str, shape: Shape, around: Surroundings) -> Iterator[_Name]:
    """The old tables that a text of this shape names."""
    for start, end in _spans(text, shape):
        name = text[start:end].replace(HOLE, "")
        if folded(name) in around.legacy.meanings:
            schema = text[: start - 1] if start and shape is Shape.COLUMN else ""
            question = None
            if HOLE in text[start:end]:
                question = "part of the name is only known at run time"
            elif schema not in _OWN_SCHEMAS:
                said = schema.replace(HOLE, "{…}")
                question = f"the schema {said} is another database: whose table is it?"
            yield _Name(start, end, name, question)


def _spans(text: str, shape: Shape) -> Iterator[tuple[int, int]]:
    """Where a text of this shape names tables, old ones or not."""
    match shape:
        case Shape.NAME:
            yield 0, len(text)
        case Shape.COLUMN:
            *before, table, _column = text.split(".") if "." in text else (text, "")
            start = sum(len(it) + 1 for it in before)
            yield start, start + len(table)
        case Shape.EXPRESSION:
            yield from (it.span(1) for it in _EVALUATED.finditer(text))


def table_taken(
    text: Text, path: PurePosixPath, use: Use, around: Surroundings
) -> Iterator[Reference]:
    """A literal that is nothing but a name, as what gets it in some module takes it."""
    slot = slot_of(path, use, around)
    if slot is None or _name_in(use.text, slot.shape) != text.text:
        return
    if use.what is What.COMPARED and text.context.usage is Usage.KEY:
        # Whatever else is looked up by it, from wherever, would have to change along.
        slot = replace(slot, question=slot.question or _KEY)
    named = _Name(0, len(text.text), text.text)
    inside = use.node if isinstance(use.node, ast.Call | ast.Subscript) else None
    context = replace(text.context, scope=use.scope, inside=inside, argument=use.argument)
    there = replace(text, context=context)
    yield from _reference(there, named, slot, replace(around, judged_in=path))


def table_qualifying(
    text: Text, start: int, end: int, columns: tuple[str, ...], around: Surroundings
) -> Iterator[Reference]:
    """The table that qualifies a column in a piece of SQL, by the columns that are declared."""
    slot = Slot(SQLALCHEMY.name, columns=columns)
    for it in _reference(text, _Name(start, end, text.text[start:end]), slot, around):
        is_quoted = text.text[start - 1 : start] in {'"', "`", "["}
        if it.new is None or is_quoted:
            yield it
        else:
            yield replace(it, new=text.spelled(it.new, it.start, it.start + len(it.old)))


def slot_of(path: PurePosixPath, use: Use, around: Surroundings) -> Slot | None:
    """The place of a library's, or of a call of the plan, that a value is given to."""
    if use.what is What.NAMED:
        return around.arguments.slot(path, Context(use.scope, target=use.argument))
    found = set[Slot | None]()
    if isinstance(use.node, ast.Call | ast.Subscript | ast.Compare):
        for place in use.places:
            found.add(around.arguments.slot_at(path, use.scope, use.node, use.argument, place))
    if found <= {None}:
        return around.arguments.met(path, use.scope, use.node)
    slot = next(filter(None, found))
    return slot if len(found) == 1 else replace(slot, question=_SOMETIMES)


def _name_in(text: str, shape: Shape) -> str:
    """The one table that a text of this shape names; empty if a word of it stands twice."""
    names = [text[start:end] for start, end in _spans(text, shape)]
    return names[0] if len(names) == 1 and _WORD.findall(text).count(names[0]) == 1 else ""


def _reference(text: Text, named: _Name, slot: Slot, around: Surroundings) -> Iterator[Reference]:
    place = around.place(text.context)
    decision = around.binder.decide(named.name, _statement(text, named, slot, around), place)
    if decision.stays:
        return
    at = text.place(named.start, named.end)
    new = decision.meanings[0].new
    elsewhere = _is_another(named, slot, decision, around) or _talks_elsewhere(
        slot, decision, place, around
    )
    question = decision.question or named.question or slot.question or elsewhere
    if slot.taker == PYPIKA.name and may_be_cte({folded(named.name)}, around):
        question = question or _OF_WITH
    if at is None and not named.question:
        question = _ESCAPED
    elif slot.evaluated and iskeyword(new):
        question = question or _PYTHON
    start = text.near(named.start, named.end) if at is None else at
    yield around.table_reference(
        start,
        named.name,
        decision.meanings,
        new=None if question else new,
        clause="argument",
        evidence=(Evidence(Reason.API, slot.says), *decision.evidence),
        question=question,
        mend=_mend(question, decision, place, elsewhere),
        blocking=question is not None and (slot.blocking or question != slot.question),
    )


def _statement(text: Text, named: _Name, slot: Slot, around: Surroundings) -> str:
    """A statement that reads what is said of the table's columns, where that tells tables apart."""
    columns: tuple[str, ...] = ()
    if len(around.legacy.meanings[folded(named.name)]) > 1:
        columns = slot.columns
        if slot.taker in _BY_REFERENCE and slot.shape is not Shape.NAME:
            columns = _columns_declared(named.name, around)
            column = text.text[named.end + 1 :]
            if slot.shape is Shape.COLUMN and column.isidentifier():
                columns = (*columns, column)
    read = ", ".join(quoted(it, "") for it in columns) or "1"
    return f"SELECT {read} FROM {quoted(named.name, '')}"


def _is_another(named: _Name, slot: Slot, decision: Decision, around: Surroundings) -> str | None:
    """What to ask where the columns that are declared are hardly those of the table."""
    told = any(it.reason is Reason.PLAN for it in decision.evidence)
    if len(slot.columns) == 1 or not slot.columns or told:
        return None  # one column alone says too little
    meant = decision.meanings[0]
    columns = ", ".join(quoted(it, "") for it in dict.fromkeys(slot.columns))
    unlike = around.binder.strangers.unlike(
        f"CREATE TABLE {quoted(named.name, '')} ({columns})", meant
    )
    return f"it is declared as {unlike}: is it {meant.old} of {meant.database}?" if unlike else None


def _columns_declared(table: str, around: Surroundings) -> tuple[str, ...]:
    """What the one declaration of a table says of its columns, that of the module before others'.

    What a foreign key names is declared somewhere, or SQLAlchemy would not find it.
    """
    path = around.judged_in or around.source.path
    for files in ((path,), around.abroad.few_naming(table)):
        trees = filter(None, map(around.abroad.tree, files))
        found = [columns for tree in trees for _, columns in declared_in(tree, table)]
        if found:
            return found[0] if len(found) == 1 else ()
    return ()


def _talks_elsewhere(
    slot: Slot, decision: Decision, place: Place, around: Surroundings
) -> str | None:
    """What to ask where the code around it may talk to another database, or another system."""
    # Nothing executes a comparison: whose tables it is about, only what is opened can tell.
    compared = place.context is not None and isinstance(place.context.inside, ast.Compare)
    listed = compared or slot.taker == CATALOG.name
    others = around.binder.opened_besides(place) if listed else ()
    if others:
        return f"{' and '.join(others)} is opened here too: is this a table of the plan's?"
    reasons = {it.reason for it in decision.evidence}
    if reasons & {Reason.PLAN, Reason.CONNECTION}:
        return None
    if slot.needs_connection:
        return f"{slot.taker} opens databases of its own too: is this a table of SQLite's?"
    path = around.judged_in or around.source.path
    said = around.systems.beside(path) or (
        around.systems.in_settings() if slot.taker == DJANGO.name else None
    )
    return f"{said}: is this a table of that system?" if said else None


def _mend(question: str | None, decision: Decision, place: Place, elsewhere: str | None) -> str:
    if question is not None and question == decision.question:
        return decision.mend
    if question is not None and question == elsewhere:
        return binding_for(place, decision.meanings)
    return "follow it, and change the name by hand if it is"


FINDER = Finder(
    name="api",
    find=tables_given,
    # No statement; that blobs of a view cannot be opened is said by who looks for the obstacle.
    reads=lambda text, _around: (text,) if "blob" in text.context.callee else (),
    finds=(
        'import sqlite_utils\ndb = sqlite_utils.Database("x.db")\ndb["old"].insert({"x": 1})',
        'import pandas as pd\nframe = pd.read_sql_table("old", engine)',
        'class Old(Base):\n    __tablename__ = "old"',
        'from sqlalchemy import Column, ForeignKey\nparent = Column(ForeignKey("old.id"))',
    ),
    ignores=(
        'from rich.table import Table\ntable = Table("old")',
        'import sqlite_utils\ndb = {"old": 1}\ndb["old"]',
        'from django.db import models\nitem = models.ForeignKey("old.Item", models.CASCADE)',
    ),
)
