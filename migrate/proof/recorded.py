"""The target held against the record of its proof: does each table have the digest that it had?"""

import json
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from migrate.database.schema import Table
from migrate.database.sqlite import Database
from migrate.errors import StateError
from migrate.files.manifest import PROOF
from migrate.proof.digests import digest_of_table, homes_of, query_of, statement_of
from migrate.steps.work import Work


@dataclass(frozen=True, slots=True)
class DigestCheck:
    """One table of the target: its digest in the record, and now."""

    table: str
    recorded: str | None
    now: str | None
    why_not: str = ""
    """Why they cannot be compared; else empty."""

    @property
    def differs(self) -> bool:
        """Whether the table is not what it was."""
        return not self.why_not and self.recorded != self.now


def digests_now(database: Database, work: Work, folder: Path) -> tuple[DigestCheck, ...]:
    """The digests of all tables, beside those that were recorded in the backup's folder.

    Raises:
        StateError: the record cannot be understood.
    """
    results = _results(folder)
    why_not = database.cannot_digest()
    return tuple(_checks(database, work, results, why_not))


def _checks(
    database: Database, work: Work, results: dict[str, Any] | None, why_not: str | None
) -> Iterator[DigestCheck]:
    for name, (table, _) in homes_of(work).items():
        result = (results or {}).get(name, {})
        recorded = result.get("digest")
        if why_not:
            yield DigestCheck(name, recorded, None, why_not)
            continue
        why = "" if recorded else result.get("no_digest") or f"it is not in {PROOF}"
        if results is None:
            why = f"there is no {PROOF}"
        elif recorded and result.get("sql") != _sql(table, name):
            why = f"{PROOF} has it of another query"
        yield DigestCheck(name, recorded, _now(database, table, name), why)


def _now(database: Database, table: Table, name: str) -> str | None:
    there = "SELECT name FROM pragma_table_xinfo(?, 'main')"
    if not {column.name for column in table.columns} <= {
        row[0] for row in database.each(there, name)
    }:
        return None
    return digest_of_table(database, table, name)


def _sql(table: Table, name: str) -> str:
    return statement_of(query_of(table, name))


def _results(folder: Path) -> dict[str, Any] | None:
    """What the record says of each table of the target; None if there is no record."""
    file = folder / PROOF
    if not file.exists():
        return None
    try:
        return {result["table"]: result for result in json.loads(file.read_bytes())["results"]}
    except (OSError, ValueError, KeyError, TypeError) as error:
        mend = "move it away: the next migrate makes it again"
        raise StateError(str(file), f"cannot be read: {error}", mend) from error
