"""SQL that a statement keeps as a value: `INSERT INTO saved (sql) VALUES ('SELECT * FROM old')`.

What is kept is read again one day, and rows of today may keep the like. Whether it shall say the
new name is for people to decide, so nobody is held up.
"""

import re
from collections.abc import Iterator

from plan.model import folded
from refactor.finders.finder import Surroundings
from refactor.finders.scanned import may_scan, scans_in
from refactor.python.outline import Usage
from refactor.python.strings import Text
from refactor.references import Evidence, Reason, Reference
from refactor.sql.names import HOLE, leads_with_verb, table_names
from refactor.sql.tokens import Kind, Token, significant_tokens

_MAY_KEEP = re.compile(
    r"'\s*(?:select|insert|update|delete|with|replace|create|drop)\s", re.IGNORECASE
)
_PIECE = re.compile(rf"{HOLE}[^']*\b(?:FROM|JOIN)\b")
"""What is only known at run time, and a word of SQL in capitals behind it."""
_SAYS = "SQL that a statement keeps as a value"


def tables_kept(text: Text, around: Surroundings) -> Iterator[Reference]:
    """A question for each old table that is named by SQL in a string of SQL."""
    sql = text.text
    if text.context.usage is Usage.DISPLAYED or not (_MAY_KEEP.search(sql) or _PIECE.search(sql)):
        return  # as in far the most
    if not around.executed(text) and not (leads_with_verb(sql) and around.oracle.is_sql(sql)):
        return
    for token in _strings(sql):
        # A doubled quote stays as it is: what is in the string keeps its places.
        kept = token.text[1:-1]
        is_sql = _PIECE.search(kept) or (leads_with_verb(kept) and around.oracle.is_sql(token.name))
        for name in table_names(kept) if is_sql else ():
            inner = 1 if name.quote else 0
            start, end = token.start + 1 + name.start + inner, token.start + 1 + name.end - inner
            meanings = around.legacy.meanings.get(folded(name.name), ())
            if any(folded(it.new) != folded(it.old) for it in meanings):
                yield around.table_reference(
                    text.near(start, end),
                    sql[start:end],
                    meanings,
                    clause=name.clause,
                    evidence=(Evidence(Reason.GRAMMAR, _SAYS),),
                    question=f"{_SAYS}: should it say the new name?",
                    mend="if it should, change it by hand, and in the rows of before as well",
                    blocking=False,
                )


def _strings(sql: str) -> Iterator[Token]:
    """The strings of a text, but for those that a function of DuckDB's takes for what they are."""
    taken = [it for _, given in scans_in(sql) for it in given] if may_scan(sql) else []
    for token in significant_tokens(sql):
        if token.kind is Kind.STRING and token not in taken:
            yield token
