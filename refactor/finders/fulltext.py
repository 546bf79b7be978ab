"""The hidden column that a full-text table has under its own name: `WHERE notes_fts = ?`.

Where it stands before MATCH, or in a function of the table's, the grammar tells. Anywhere else only
the schema does: most tables have no such column, and some have a plain one of that name.
"""

from collections.abc import Iterator, Sequence
from itertools import pairwise

from msgspec.structs import replace

from plan.model import folded
from refactor.finders.finder import Surroundings
from refactor.python.strings import Text
from refactor.sql.names import Role, Statement, TableName
from refactor.sql.tokens import Kind, significant_tokens

_NAMES = frozenset({Kind.WORD, Kind.QUOTED})
_IS_NO_COLUMN = frozenset({".", "("})


def own_columns(
    text: Text, names: Sequence[TableName], spans: Sequence[Statement], around: Surroundings
) -> Iterator[TableName]:
    """Where statements name the column that a full-text table has under its name."""
    tables = {
        (it.statement, folded(it.name)): it
        for it in names
        if it.role is Role.TABLE and _has_own_column(it.name, around)
    }
    if not tables:
        return  # as nearly always
    said = {it.start for it in names}
    tokens = significant_tokens(text.text)
    aliases = {folded(name.name) for word, name in pairwise(tokens) if word.text.upper() == "AS"}
    for number, token in enumerate(tokens):
        if token.kind not in _NAMES or token.start in said:
            continue
        span = next((at for at, it in enumerate(spans) if it.start <= token.start < it.end), -1)
        table = tables.get((span, folded(token.name)))
        following = tokens[number + 1].text if number + 1 < len(tokens) else ""
        if table is None or following in _IS_NO_COLUMN:
            continue
        if folded(token.name) not in aliases:
            yield replace(
                table,
                start=token.start,
                end=token.end,
                quote=token.quote,
                role=Role.QUALIFIER,
                clause="full-text column",
            )


def _has_own_column(name: str, around: Surroundings) -> bool:
    meanings = around.legacy.meanings.get(folded(name), ())
    return any(around.oracle.has_own_column(it.database, name) for it in meanings)
