"""A table's name given to a library, or to a function that the plan names."""

import re
from collections.abc import Iterator
from keyword import iskeyword

from plan.model import folded
from refactor.apis import Shape, Slot
from refactor.apis.libraries import DJANGO
from refactor.binding import Decision, Place, binding_for
from refactor.finders.finder import Finder, Found, Ignored, Surroundings
from refactor.outline import Usage
from refactor.references import Evidence, Reason, Reference
from refactor.sql.names import quoted
from refactor.strings import Text

_MAIN = "main."
_EVALUATED = re.compile(r"(?<![\w.])(\w+)(?=\.c(?:olumns)?\.\w)")
_WORD = re.compile(r"\w+")
_PYTHON = (
    "SQLAlchemy evaluates this as Python, where the new name is a keyword: what should it say?"
)
_ESCAPED = "the name is spelled with escapes or over several literals"


def tables_given(text: Text, around: Surroundings) -> Found | None:
    """The old tables that a text names where a library or the plan's own word takes one."""
    if text.context.usage is Usage.DOCUMENTATION or around.outline is None:
        return None
    if not any(folded(it) in around.legacy.meanings for it in _WORD.findall(text.text)):
        return None
    slot = around.arguments.slot(around.source.path, text.context)
    if slot is None:
        why = around.arguments.no_table(around.source.path, text.context)
        return Ignored(why) if why else None
    spans = [
        span
        for span in _spans(text.text, slot.shape)
        if folded(text.text[slice(*span)]) in around.legacy.meanings
    ]
    if not spans:
        return None
    found = tuple(it for span in spans for it in _reference(text, span, slot, around))
    return found or Ignored("a table that keeps its name")


def _spans(text: str, shape: Shape) -> Iterator[tuple[int, int]]:
    """Where a text of this shape names tables."""
    if shape is Shape.EXPRESSION:
        yield from (match.span(1) for match in _EVALUATED.finditer(text))
        return
    start = len(_MAIN) if shape is Shape.COLUMN and text.count(".") > 1 else 0
    if text[:start] in {"", _MAIN}:
        end = text.find(".", start) if shape is Shape.COLUMN else -1
        yield start, len(text) if end < 0 else end


def _reference(
    text: Text, span: tuple[int, int], slot: Slot, around: Surroundings
) -> Iterator[Reference]:
    name = text.text[slice(*span)]
    place = Place(around.source.path, text.context.scope)
    decision = around.binder.decide(name, f"SELECT 1 FROM {quoted(name, '')}", place)
    if decision.stays:
        return
    at = text.place(*span)
    new = decision.meanings[0].new
    elsewhere = _other_system(slot, decision, around)
    question = decision.question or slot.question or elsewhere
    if at is None:
        question = _ESCAPED
    elif slot.evaluated and iskeyword(new):
        question = question or _PYTHON
    start = text.near(*span) if at is None else at
    yield around.table_reference(
        start,
        name,
        decision.meanings,
        new=None if question else new,
        clause="argument",
        evidence=(Evidence(Reason.API, slot.says), *decision.evidence),
        question=question,
        mend=_mend(question, decision, place, elsewhere),
        blocking=question is not None and (slot.blocking or question != slot.question),
    )


def _other_system(slot: Slot, decision: Decision, around: Surroundings) -> str | None:
    """What to ask where the code around it may talk to another database system."""
    reasons = {it.reason for it in decision.evidence}
    if reasons & {Reason.PLAN, Reason.CONNECTION}:
        return None
    if slot.needs_connection:
        return f"{slot.taker} opens databases of its own too: is this a table of SQLite's?"
    path = around.source.path
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
