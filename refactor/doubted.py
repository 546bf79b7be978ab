"""Statements that fit a table because they say nothing of it, beside one that does not fit it.

`SELECT count(*) FROM t` compiles on any table of that name. Where another statement of its file
reads a column that the plan's table never had, both may be about another program's table.
"""

import re
from collections.abc import Iterator

from msgspec.structs import replace

from plan.model import folded
from refactor.databases.binding import NOT_TODAY
from refactor.finders import Surroundings
from refactor.found import Told
from refactor.proof import replicas
from refactor.python.strings import Text
from refactor.references import Reason, Reference
from refactor.sql.names import leads_with_verb

_WORD = re.compile(r"\w+")
_TELLING = frozenset({Reason.CONNECTION, Reason.PLAN, Reason.DECISION})


def doubted(told: Told, around: Surroundings) -> Iterator[Reference]:
    """A question for each certain reference that nothing but its name speaks for in such a file."""
    refused = {
        (it.databases, folded(it.group)): it
        for it in told.references.values()
        if it.question and it.question.startswith(NOT_TODAY)
    }
    if not refused:
        return
    certain = [
        (it, refused[key])
        for it in told.references.values()
        if (key := (it.databases, folded(it.group))) in refused
        and it.certain
        and not any(each.reason in _TELLING for each in it.evidence)
    ]
    for text in told.texts:
        for it, against in certain:
            if text.start <= it.start < text.end and not _says_a_column(text, it, around):
                where = f"another statement of its file, on line {against.line},"
                question = f"{where} {str(against.question).removeprefix('it ')}"
                yield replace(it, new=None, question=question, mend=against.mend, blocking=True)


def _says_a_column(text: Text, reference: Reference, around: Surroundings) -> bool:
    """Whether a text has a column of the table, or is no statement that could."""
    database = around.oracle.database(reference.database or "")
    if database is None or not leads_with_verb(text.text):
        return True
    columns = replicas.columns(database, reference.group)
    return not columns.isdisjoint(map(folded, _WORD.findall(text.text)))
