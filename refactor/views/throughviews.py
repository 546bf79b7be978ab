"""What becomes of one statement once a name in it is a view: the grammar tells, and SQLite."""

import re
from collections.abc import Iterator, Sequence

from msgspec import Struct

from plan.model import Compat, PlannedTable
from refactor.proof.oracle import Oracle, Verdict
from refactor.references import Reference
from refactor.sql.names import Role, TableName
from refactor.sql.tokens import Kind, significant_tokens, upper
from refactor.views.hindrances import WHY, Hindrance

WRITES = frozenset({"INSERT INTO", "REPLACE INTO", "UPDATE", "DELETE FROM"})
_ROWIDS = frozenset({"ROWID", "_ROWID_", "OID"})
_FIGURES = frozenset({"sqlite_sequence", "sqlite_stat1", "sqlite_stat3", "sqlite_stat4"})
_WANTS_TABLE = re.compile(r"\btype\b\s*(?:=|==|IS|IN\s*\()\s*'table'", re.IGNORECASE)
_BY_CLAUSE = {
    "INDEX ON": Hindrance.CREATE_INDEX,
    "TRIGGER ON": Hindrance.CREATE_TRIGGER,
    "ALTER TABLE": Hindrance.ALTER_TABLE,
    "DROP TABLE": Hindrance.DROP_TABLE,
    "REFERENCES": Hindrance.REFERENCES,
    "ANALYZE": Hindrance.UPKEEP,
    "REINDEX": Hindrance.UPKEEP,
    "PRAGMA": Hindrance.PRAGMA,
}
_COMPILED_ALL_THE_SAME = frozenset(
    {
        *(Hindrance.READ_ONLY, Hindrance.RETURNING, Hindrance.ROWS_THAT_MEET),
        *(Hindrance.REFERENCES, Hindrance.UPKEEP, Hindrance.PRAGMA),
        *(Hindrance.CATALOG, Hindrance.FIGURES),
    }
)
"""What SQLite compiles, and what then does not do what it did."""


class Use(Struct, frozen=True):
    """One name in a statement that lives on as a view."""

    reference: Reference
    name: TableName
    sql: str
    """The whole statement."""
    planned: PlannedTable

    @property
    def writes(self) -> bool:
        """Whether the statement changes the table's rows."""
        return self.name.clause in WRITES


def hindrances(uses: Sequence[Use], oracle: Oracle) -> tuple[tuple[Use, Hindrance, str], ...]:
    """Why one statement does not work through views, or not as it did: each kind in words.

    Where SQLite compiles a statement on the tables, its word on the views counts: it also refuses
    what no rule here foresees, and takes what only looks like a rowid.
    """
    if any(use.name.role is Role.DECLARES and use.name.verb == "CREATE" for use in uses):
        # Before and after, IF NOT EXISTS does nothing, and without it SQLite refuses.
        return ()
    kinds: dict[Hindrance, Use] = {}
    for use in uses:
        for kind in _by_grammar(use):
            kinds.setdefault(kind, use)
    found = tuple((use, kind, WHY[kind]) for kind, use in kinds.items())
    first = uses[0]
    database = first.planned.database
    today = oracle.today(first.sql, database).verdict
    if Hindrance.READ_ONLY in kinds or today is not Verdict.COMPILES:
        return found
    judged = oracle.through_views(first.sql, database)
    if judged.verdict is Verdict.COMPILES:
        return tuple(it for it in found if it[1] in _COMPILED_ALL_THE_SAME)
    if kinds.keys() <= _COMPILED_ALL_THE_SAME:
        why = f"{WHY[Hindrance.REFUSED]}: {judged.says}"
        return (*found, (first, Hindrance.REFUSED, why))
    return found


def looks_up_table(sql: str) -> bool:
    """Whether a statement asks the catalog for tables only."""
    return _WANTS_TABLE.search(sql) is not None


def _by_grammar(use: Use) -> Iterator[Hindrance]:
    name = use.name
    tokens = significant_tokens(use.sql)
    keys = [upper(token.name) for token in tokens if token.kind is not Kind.STRING]
    if use.writes and use.planned.compat is Compat.VIEW:
        yield Hindrance.READ_ONLY
        return
    if use.writes:
        yield from _by_write(keys, name.clause)
    elif name.clause in _BY_CLAUSE:
        yield _BY_CLAUSE[name.clause]
    elif name.role is Role.CATALOG and name.clause in _FIGURES:
        yield Hindrance.FIGURES
    elif name.role is Role.CATALOG and looks_up_table(use.sql):
        yield Hindrance.CATALOG
    if name.role is Role.TABLE and _follow(keys, "INDEXED", "BY"):
        yield Hindrance.INDEXED_BY
    if name.role is Role.TABLE and any(key in _ROWIDS for key in keys):
        yield Hindrance.ROWID


def _by_write(keys: list[str], clause: str) -> Iterator[Hindrance]:
    if clause == "UPDATE":
        if _follow(keys, "UPDATE", "OR", "REPLACE") or _follow(keys, "UPDATE", "OR", "FAIL"):
            yield Hindrance.ROWS_THAT_MEET
    elif _follow(keys, "ON", "CONFLICT"):
        yield Hindrance.UPSERT
    elif clause != "DELETE FROM" and "RETURNING" in keys:
        yield Hindrance.RETURNING


def _follow(keys: list[str], *wanted: str) -> bool:
    size = len(wanted)
    return any(tuple(keys[at : at + size]) == wanted for at in range(len(keys) - size + 1))
