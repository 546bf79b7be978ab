"""The CREATE TABLEs that code has of one name: versions of one table, or several tables?

A later version has more columns, and tests have fewer. What is neither is the table of another
database which happens to have the same name.
"""

import re
from collections.abc import Callable, Iterable, Iterator, Sequence
from functools import lru_cache
from itertools import combinations
from pathlib import PurePosixPath

import apsw
from msgspec import Struct

from refactor.proof import replicas
from refactor.proof.standins import with_stand_ins
from refactor.sql.names import HOLE

MayAdd = Callable[[str, str], bool]
"""Whether code may give a table, folded, a column; or may have taken it away."""

_SHORTENED = re.compile(r"(?<![a-z])(?:tests?|testing|conftest|fixtures?)(?![a-z])", re.IGNORECASE)
_VERSIONED = re.compile(r"migrat|alembic|upgrad|version|(?:^|/)v?\d", re.IGNORECASE)
_MOST_LISTED = 4


class Creation(Struct, frozen=True):
    """A table that a text of the code creates."""

    table: str
    sql: str
    path: PurePosixPath
    databases: frozenset[str]
    """What the code around it opens, of the plan's databases."""
    near: bool = False
    """Whether it is its function, its class or its connection that opens them."""
    elsewhere: bool = False
    """Whether that opens files that are no databases of the plan, and none that is one."""
    renamed: bool = False
    """Whether it has its new name already."""

    @property
    def columns(self) -> frozenset[str] | None:
        """Those it has, folded; None where not all are known."""
        return columns_of(self.sql, self.table)


class Versions(Struct, frozen=True):
    """What the code's CREATE TABLEs of one name are to a database."""

    own: tuple[Creation, ...]
    """Those of its table, as far as is known."""
    strangers: frozenset[PurePosixPath] = frozenset()
    """The modules that create another database's table of that name."""
    rivals: str = ""
    """Two of them in words that cannot be of one table, where nothing says which is its."""

    def lacks(self, column: str) -> bool:
        """Whether no CREATE TABLE has a column, and they are such as to have all."""
        every = [it.columns for it in self.own]
        whole = any(not is_partial(it.path) for it in self.own)
        return whole and all(known is not None and column not in known for known in every)


def is_partial(path: PurePosixPath) -> bool:
    """Whether a file may have a version of a table that is shorter or older than the real one."""
    return bool(_SHORTENED.search(str(path)) or _VERSIONED.search(str(path)))


def versions_of(
    creations: Sequence[Creation],
    database: str,
    bound: Callable[[PurePosixPath], str | None],
    may_add: MayAdd,
) -> Versions:
    """Tell apart what the code creates under one name of a database.

    Args:
        creations: all of that name.
        database: whose table is meant.
        bound: the database that the plan says a module talks to.
        may_add: which columns may have come or gone since a table was created.
    """
    unbound = [it for it in creations if bound(it.path) in {None, database}]
    elsewhere = [
        it for it in unbound if it.elsewhere and bound(it.path) is None and not is_partial(it.path)
    ]
    strangers = frozenset(it.path for it in elsewhere)
    here = [it for it in unbound if it not in elsewhere]
    told = [it for it in here if not is_partial(it.path)]
    sure = [it for it in here if bound(it.path) == database or database in it.databases]
    # What the rest of a module opens says less than what stands beside the statement.
    sure = [it for it in sure if it.near and it in told] or sure
    if not any(it in told for it in sure):
        rivals = next(_rivals(told, may_add), "")
        return Versions(tuple(here), strangers, rivals)
    others = [
        it
        for it in told
        if it not in sure and any(_differ(it, other, may_add) for other in sure if other in told)
    ]
    own = tuple(it for it in here if it not in others)
    return Versions(own, strangers | frozenset(it.path for it in others))


def _rivals(creations: Iterable[Creation], may_add: MayAdd) -> Iterator[str]:
    unlike = {(it.path, it.columns): it for it in creations}
    for one, other in combinations(unlike.values(), 2):
        if one.path != other.path and _differ(one, other, may_add):
            yield (
                f"{one.path} creates {one.table} with {_without(one, other)},"
                f" and {other.path} with {_without(other, one)}"
            )


def _without(one: Creation, other: Creation) -> str:
    return in_words((one.columns or frozenset()) - (other.columns or frozenset()))


def _differ(one: Creation, other: Creation, may_add: MayAdd) -> bool:
    if one.columns is None or other.columns is None:
        return False
    return contradict(one.columns, other.columns, one.table, may_add)


def contradict(one: frozenset[str], other: frozenset[str], table: str, may_add: MayAdd) -> bool:
    """Whether tables with these columns cannot be versions of one table."""
    if one <= other or other <= one:
        return False
    sides = [
        [it for it in sorted(side) if not may_add(table, it)] for side in (one - other, other - one)
    ]
    fewest = min(map(len, sides))
    # One column more on either side may be another name of the same.
    few_shared = 2 * len(one & other) < min(len(one), len(other))
    return fewest > 1 or (fewest == 1 and few_shared)


def in_words(columns: Iterable[str]) -> str:
    """Columns in words, the first few of them."""
    names = sorted(columns)
    more = len(names) - _MOST_LISTED
    return ", ".join([*names[:_MOST_LISTED], *([f"{more} more"] if more > 0 else [])])


@lru_cache(maxsize=256)
def columns_of(sql: str, table: str) -> frozenset[str] | None:
    """The folded columns of a table that a statement makes; None where not all are known."""
    if HOLE in sql:
        return None
    scratch = replicas.empty()
    try:
        with_stand_ins(scratch, lambda: scratch.execute(sql))
    except (apsw.Error, ValueError, TypeError):
        return None
    return replicas.columns(scratch, table) or None
