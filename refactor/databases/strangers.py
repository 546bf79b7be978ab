"""Whether a table that code talks of is the plan's at all, or another one of its name."""

import re
from collections.abc import Callable, Iterable, Iterator
from pathlib import PurePosixPath

from plan.model import folded
from refactor.databases.derived import Derived, created_in
from refactor.databases.versions import MayAdd, columns_of, contradict, in_words, is_partial
from refactor.databases.weighing import Weighing
from refactor.legacy import Meaning
from refactor.proof import replicas
from refactor.proof.oracle import Oracle, Verdict
from refactor.sql.names import HOLE, table_names

_MISSING = re.compile(r"(?:no such column:|has no column named) (\w+)\Z")
_SEVERAL = 2
"""So many columns a shortened table has at least that is certainly another one."""
_NO_TABLE = re.compile(r"no such table: (?:main\.)?(\w+)\Z")


class Strangers:
    """Compares what code says of a table with what is known of the plan's."""

    def __init__(
        self,
        oracle: Oracle,
        derived: Derived,
        may_add: MayAdd,
        may_create: Callable[[str], bool],
    ) -> None:
        """Ask this oracle.

        Args:
            oracle: what the databases hold.
            derived: the databases whose schema is known from code only.
            may_add: which columns code may have added to a table since it was created.
            may_create: whether some code may create a table.
        """
        self._may_create = may_create
        self._oracle = oracle
        self._derived = frozenset(it.path for it in derived.schemas)
        self._versions = derived.versions
        self._may_add = may_add

    def are_in(self, path: PurePosixPath, meant: Meaning) -> bool:
        """Whether a module creates another table of a name."""
        versions = self._versions.get((meant.database, folded(meant.old)))
        return versions is not None and path in versions.strangers

    def question(self, weighing: Weighing) -> str:
        """What to ask where a table of that name cannot be the plan's; or nothing."""
        if len(weighing.candidates) != 1:
            return ""
        (meant,) = weighing.candidates
        whose = f"{meant.old} of {meant.database}"
        path = weighing.place.path
        versions = self._versions.get((meant.database, folded(meant.old)))
        if versions is None:
            made = self._other(weighing, meant, shortened=is_partial(path))
            return made and f"its file creates {made}: is it {whose}?"
        if versions.rivals:
            return f"{versions.rivals}: which is {whose}?"
        if path in versions.strangers:
            made = self._other(weighing, meant)
            return f"its file creates {made or 'another table'}: is it {whose}?"
        column = self._unheard_of(weighing, meant)
        if column and versions.lacks(column) and not self._may_add(folded(meant.old), column):
            return f"no CREATE TABLE of {meant.old} has its {column}: is it {whose}?"
        return ""

    def is_of_later(self, weighing: Weighing) -> bool:
        """Whether a statement reads a column that today's table lacks, and that some code adds."""
        (meant, *others) = weighing.candidates
        column = "" if others else self._unheard_of(weighing, meant)
        return bool(column) and self._may_add(folded(meant.old), column)

    def company(self, weighing: Weighing) -> str:
        """What to ask where a statement also names a table that is in no database of the plan.

        If it reads a column that the plan's does not have, whatever that one has, and no code
        creates it, both are another program's.
        """
        if len(weighing.candidates) != 1 or weighing.sql is None:
            return ""
        (meant,) = weighing.candidates
        missing = _NO_TABLE.search(weighing.judgements[meant.database].says)
        if (
            missing is None
            or meant.database in self._derived
            or folded(missing[1]) == folded(meant.old)
        ):
            return ""
        judgement = self._oracle.with_table(missing[1], weighing.sql, meant.database)
        if judgement.verdict is not Verdict.NO_COLUMN or self._may_create(missing[1]):
            return ""
        whose = f"{meant.old} of {meant.database}"
        return f"{meant.database} has no {missing[1]}, and {judgement.says}: is it {whose}?"

    def unlike(self, declared: str, meant: Meaning) -> str:
        """How a table as a class declares it differs from the one that is known, in words.

        Classes follow their table: unlike what creates it, they say what it has by now.
        """
        if meant.database in self._derived:
            return ""
        found = self._contradictions((declared,), meant, lambda _table, _column: False)
        return next((says for _, says in found), "")

    def _other(self, weighing: Weighing, meant: Meaning, *, shortened: bool = False) -> str:
        """What the code around makes that is not this table.

        Nor is it another database's of today, where the code makes this one as well. What is
        shortened, as tests have it, must have nothing of this one.
        """
        found = [*self._contradictions(weighing.homemade, meant, apart=shortened)]
        every = (it for text in weighing.homemade for it in created_in(text))
        mine = found and any(
            self._is(sql, meant.database, meant)
            for name, sql in every
            if folded(name) == folded(meant.old)
        )
        return next((says for sql, says in found if not (mine and self._is_other(sql, meant))), "")

    def _is_other(self, sql: str, meant: Meaning) -> bool:
        """Whether a table that is created is one that another database has under this name."""
        others = (it for it in self._oracle.tables() if it != meant.database)
        return any(self._is(sql, it, meant) for it in others)

    def _is(self, sql: str, database: str, meant: Meaning) -> bool:
        """Whether a table that is created is the one of a database."""
        return self._oracle.creates(sql, database, meant.old).verdict is Verdict.COMPILES

    def _contradictions(
        self,
        homemade: Iterable[str],
        meant: Meaning,
        may_add: MayAdd | None = None,
        *,
        apart: bool = False,
    ) -> Iterator[tuple[str, str]]:
        """What the code around makes that differs from the table that is known, and in what.

        Where it must be `apart`, in all columns.
        """
        today = self._oracle.database(meant.database)
        if today is None or not self._oracle.knows(meant.database, meant.old):
            return
        known = replicas.columns(today, meant.old)
        table = folded(meant.old)
        for name, sql in (it for text in homemade for it in created_in(text)):
            made = columns_of(sql, name) if folded(name) == table else None
            if not made or (apart and (made & known or len(made) < _SEVERAL)):
                continue
            if contradict(made, known, table, may_add or self._may_add):
                yield sql, f"{name} with {in_words(made - known)}, without {in_words(known - made)}"

    def _unheard_of(self, weighing: Weighing, meant: Meaning) -> str:
        """The column that a statement of one table reads, and that the longest version lacks."""
        judgement = weighing.judgements[meant.database]
        if weighing.homemade or judgement.verdict is not Verdict.NO_COLUMN:
            return ""
        match = _MISSING.search(judgement.says)
        names = {folded(it.name) for it in table_names(weighing.whole)}
        if match is None or names != {folded(meant.old)}:
            return ""
        # What stands in for a hole is no word of the statement.
        column = re.compile(rf"(?<![\w{HOLE}]){re.escape(match[1])}(?![\w{HOLE}])", re.IGNORECASE)
        return folded(match[1]) if column.search(weighing.whole) else ""
