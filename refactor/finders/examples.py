"""Code in the running text of a document: a span that is a statement, a path or a table's name."""

import re

from plan.model import folded
from refactor.databases.databasepaths import database_in
from refactor.databases.weighing import Place
from refactor.finders.finder import Finder, Found, Ignored, Surroundings
from refactor.finders.paths import database_paths
from refactor.finders.settings import judged
from refactor.python.outline import Usage
from refactor.python.strings import Text
from refactor.references import Evidence, Reason
from refactor.sql.names import quoted

_TABLE_BEFORE = re.compile(r"\b(?:tables?|Tables?)[\s*_\"'(:]+`+\s*\Z")
_TABLE_BEHIND = re.compile(r"\s*`+[\s*_\"')]+(?:SQL |SQLite |database )?tables?\b")
_NEAR = 40
_ONE_NAME = re.compile(r"\w+")
_QUESTION = "a word that may be this table, or something else of that name: which is it?"


def in_documents(text: Text, around: Surroundings) -> Found | None:
    """What a span of code in a document names, if it is nothing but that."""
    if text.context.usage is not Usage.EXAMPLE:
        return None
    if database_in(text.text, around.legacy):
        return database_paths(text, around)
    if _ONE_NAME.fullmatch(text.text):
        return _name(text, around) or Ignored("documentation")
    return judged(text, around) or Ignored("documentation")


def _name(text: Text, around: Surroundings) -> Found | None:
    """A table's name, certain only where the text beside it says that it is a table."""
    if folded(text.text) not in around.legacy.meanings:
        return None
    sql = f"SELECT 1 FROM {quoted(text.text, '')}"
    decision = around.binder.decide(text.text, sql, Place(around.source.path, text.context.scope))
    if decision.stays:
        return Ignored("a table that keeps its name")
    whole = around.source.text
    is_table = _TABLE_BEFORE.search(whole, max(0, text.start - _NEAR), text.start)
    is_table = is_table or _TABLE_BEHIND.match(whole, text.end)
    question = decision.question or (None if is_table else _QUESTION)
    reference = around.table_reference(
        text.start,
        text.text,
        decision.meanings,
        new=None if question else decision.meanings[0].new,
        clause="document",
        evidence=(Evidence(Reason.GRAMMAR, "the text calls it a table"), *decision.evidence)
        if is_table
        else decision.evidence,
        question=question,
        mend=decision.mend if decision.question else "decide by reading the text",
        blocking=False,
    )
    return (reference,)


FINDER = Finder(
    name="example",
    find=in_documents,
    finds=("The table `old`.", "See `data/old.db`.", "Run `SELECT x FROM old`."),
    ignores=("The table old.", "See data/old.db.", "Call `old()` or `x.old`."),
    file="case.md",
)
