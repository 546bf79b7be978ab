"""Strings of a statement about the catalog that may name a table in a way of their own.

What is compared with a column that holds names is read by the grammar. Beside it a statement can
say names in many ways: `(type, name) = ('table', 'old')`, `'old' IN (SELECT name FROM …)`,
`CASE name WHEN 'old'`, `sql LIKE '%old%'`.
"""

import re
from collections.abc import Container, Iterator

from plan.model import folded
from refactor.finders.finder import Surroundings
from refactor.python.outline import Usage
from refactor.python.strings import Text
from refactor.references import Evidence, Reason, Reference
from refactor.sql.cursor import STRING, key_of
from refactor.sql.names import leads_with_verb, statements
from refactor.sql.tokens import Kind, Token, significant_tokens

CATALOG = re.compile(r"\b(?:sqlite_(?:temp_)?(?:master|schema)|pragma_\w+)\b", re.IGNORECASE)
_WORD = re.compile(r"\w+")
_WILD = "%*"
_JUDGED = frozenset({"=", "==", "<>", "!=", "IS", "NOT", "AS"})
"""What precedes a string that is compared by itself, or is only a label."""


def tables_catalogued(
    text: Text, named: Container[int], around: Surroundings
) -> Iterator[Reference]:
    """A question for each old table that such a string names.

    Args:
        text: what may be SQL.
        named: where the strings begin that the grammar knows as names.
        around: what is known of the file.
    """
    sql = text.text
    if not CATALOG.search(sql) or text.context.usage is Usage.DISPLAYED:
        return  # as in far the most
    if not around.executed(text) and not (leads_with_verb(sql) and around.oracle.is_sql(sql)):
        return
    for statement in statements(sql):
        if not CATALOG.search(sql, statement.start, statement.end):
            continue
        for token in _unjudged(sql[statement.start : statement.end]):
            if statement.start + token.start not in named:
                yield from _asked(text, token, statement.start + token.start, around)


def _unjudged(sql: str) -> Iterator[Token]:
    """The strings of a statement that the grammar does not compare with a column."""
    tokens = significant_tokens(sql)
    keys = ["", *map(key_of, tokens)]
    for at, token in enumerate(tokens):
        if token.kind is Kind.STRING and keys[at] not in _JUDGED and not _is_in_list(keys, at):
            yield token


def _is_in_list(keys: list[str], before: int) -> bool:
    """Whether the list that reads on behind this token is that of an IN."""
    while keys[before] in (",", STRING):
        before -= 1
    return keys[before] == "(" and keys[before - 1] == "IN"


def _asked(text: Text, token: Token, start: int, around: Surroundings) -> Iterator[Reference]:
    for word in _WORD.finditer(token.text):
        meanings = [
            it for it in around.legacy.meanings.get(folded(word[0]), ()) if it.new != it.old
        ]
        if meanings:
            yield around.table_reference(
                text.near(start + word.start(), start + word.end()),
                word[0],
                meanings,
                clause="catalog",
                evidence=(Evidence(Reason.GRAMMAR, "its statement reads the catalog"),),
                question="its statement reads the catalog: is it this table?",
                mend="decide by reading the statement",
                blocking=token.name.strip(_WILD) == word[0],
            )
            return
