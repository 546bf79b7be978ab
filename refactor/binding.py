"""Which table of today a name means, when several databases of the plan have one of that name.

Evidence, strongest first: the plan's own word, the schemas on which SQLite compiles the
statement, the database that reaches the code. Evidence that contradicts is never outvoted: it
becomes a question that shows both sides.
"""

import json
import re
from collections.abc import Callable, Iterable, Sequence
from dataclasses import dataclass, field, replace
from pathlib import PurePosixPath

from plan.model import Plan, folded
from refactor.connections import Connection, Connections
from refactor.files import glob_regex
from refactor.legacy import Fate, Legacy, Meaning
from refactor.oracle import Judgement, Oracle, Verdict
from refactor.outline import Scope
from refactor.references import Evidence, Reason
from refactor.sql.names import HOLE, table_names

_LEFT_BEHIND = "the plan leaves that table behind: what should it use instead?"
_CARRY_OVER = "change the statement by hand, or carry the table over in the plan"
_IN_QUOTES = "should this be a string literal"
"""SQLite's hint at a text in double quotes, which Python's SQLite takes for a text."""
_NEAR = frozenset({"function", "class"})


@dataclass(frozen=True, slots=True)
class Decision:
    """What a name means; the question is None where the evidence suffices."""

    meanings: tuple[Meaning, ...]
    """The one that is meant, or all that still may be."""
    evidence: tuple[Evidence, ...]
    question: str | None = None
    mend: str = ""

    @property
    def stays(self) -> bool:
        """Whether the table that is meant keeps its name, so that nothing is to be done."""
        meant = self.meanings[0]
        return self.question is None and folded(meant.new) == folded(meant.old)


@dataclass(frozen=True, slots=True)
class Place:
    """Where a statement stands."""

    path: PurePosixPath
    scope: Scope


@dataclass(frozen=True, slots=True)
class _Weighing:
    """A name's meanings on the way to a decision."""

    place: Place
    candidates: tuple[Meaning, ...]
    """Of those that go on living: moved or kept."""
    left: tuple[Meaning, ...]
    """Those that the plan leaves behind."""
    judgements: dict[str, Judgement] = field(default_factory=dict)
    evidence: tuple[Evidence, ...] = ()
    sql: str | None = None
    """The statement; None where a part of it is only known at run time."""
    homemade: bool = False
    """Whether the code around it creates a table of that name by itself."""

    def narrowed(self, databases: Iterable[str], reason: Reason, says: str) -> "_Weighing":
        wanted = frozenset(databases)
        kept = tuple(item for item in self.candidates if item.database in wanted)
        return replace(self, candidates=kept, evidence=(*self.evidence, Evidence(reason, says)))

    def noting(self, reason: Reason, says: str) -> "_Weighing":
        return replace(self, evidence=(*self.evidence, Evidence(reason, says)))

    def asking(self, question: str, mend: str = "") -> Decision:
        candidates = self.candidates or self.left
        return Decision(
            candidates, self.evidence, question, mend or binding_for(self.place, candidates)
        )


class Binder:
    """Decides names by the evidence of one plan, its schemas and its code."""

    def __init__(
        self,
        plan: Plan,
        legacy: Legacy,
        oracle: Oracle,
        connections: Connections,
        derived: frozenset[str],
        unnamed: Callable[[], frozenset[str]],
    ) -> None:
        """Use these sources of evidence.

        Args:
            plan: for its own word, the bindings.
            legacy: what each name may mean.
            oracle: which schema a statement compiles on.
            connections: which database reaches a place.
            derived: databases whose schema is known from code only.
            unnamed: databases that move and whose path the code does not name (any more).
        """
        self._target = plan.target
        self._unnamed = unnamed
        self._legacy = legacy
        self._oracle = oracle
        self._connections = connections
        self._derived = derived
        self._bindings = tuple(
            (tuple(map(glob_regex, binding.paths)), binding) for binding in plan.code.bindings
        )

    def decide(
        self, name: str, sql: str, place: Place, *, declares: bool = False, homemade: bool = False
    ) -> Decision:
        """Say which table a name in a statement means.

        Args:
            name: an old name of the plan, as decoded.
            sql: the statement that it stands in, holes included.
            place: where the statement stands.
            declares: whether the statement creates a table of that name.
            homemade: whether the code around it does, maybe with other columns, as tests do.
        """
        meanings = self._legacy.meanings[folded(name)]
        weighing = _Weighing(
            place,
            tuple(item for item in meanings if item.fate is not Fate.LEFT),
            tuple(item for item in meanings if item.fate is Fate.LEFT),
            {
                item.database: self._oracle.creates(sql, item.database, name)
                if declares
                else self._oracle.today(sql, item.database)
                for item in meanings
            },
            sql=None if HOLE in sql else sql,
            homemade=declares or homemade,
        )
        bound = self._bound(weighing)
        if bound is not None:
            return bound
        weighing = self._by_schema(weighing, name)
        if weighing.candidates:
            return self._by_connection(weighing)
        where = _listed(item.database for item in weighing.left)
        return weighing.asking(
            f"only {name} of {where} fits this statement, and {_LEFT_BEHIND}", _CARRY_OVER
        )

    def _bound(self, weighing: _Weighing) -> Decision | None:
        for globs, binding in self._bindings:
            if any(glob.fullmatch(str(weighing.place.path)) for glob in globs):
                everything = (*weighing.candidates, *weighing.left)
                meant = tuple(item for item in everything if item.database == binding.database)
                says = f"the plan says so at {binding.key}: this code talks to {binding.database}"
                if len(meant) == 1 and meant[0].fate is Fate.LEFT:
                    return replace(weighing, candidates=()).asking(
                        f"{says}, and {_LEFT_BEHIND}", _CARRY_OVER
                    )
                if len(meant) == 1:
                    return Decision(meant, (Evidence(Reason.PLAN, says),))
        return None

    def _by_schema(self, weighing: _Weighing, name: str) -> _Weighing:
        verdicts = {path: it.verdict for path, it in weighing.judgements.items()}
        fits = {path for path, verdict in verdicts.items() if verdict is Verdict.COMPILES}
        candidates = {item.database for item in weighing.candidates}
        unknown = {path for path in candidates if not self._oracle.knows(path, name)}
        if fits & candidates:
            possible = fits & candidates | unknown
            what = "only against" if len(possible) == 1 < len(weighing.judgements) else "against"
            says = f"compiles {what} {_listed(sorted(fits & candidates))}"
            ruled_out = [
                f"not against {path}: {weighing.judgements[path].says}"
                for path in sorted(candidates - possible)
            ]
            return weighing.narrowed(possible, Reason.COMPILES, "; ".join([says, *ruled_out]))
        refused = {path for path, verdict in verdicts.items() if verdict is Verdict.NO_COLUMN}
        if weighing.sql is None:
            return weighing
        if fits and refused >= candidates:
            left = _listed(item.database for item in weighing.left if item.database in fits)
            return weighing.narrowed((), Reason.COMPILES, f"compiles only against {left}")
        if refused & candidates and candidates - refused:
            reasons = (
                f"does not compile against {path}: {weighing.judgements[path].says}"
                for path in sorted(refused & candidates)
            )
            return weighing.narrowed(candidates - refused, Reason.COMPILES, "; ".join(reasons))
        for path in sorted(refused & candidates - self._derived):
            weighing = weighing.noting(
                Reason.COMPILES,
                f"does not compile today against {path}: {weighing.judgements[path].says}",
            )
        return weighing

    def _by_connection(self, weighing: _Weighing) -> Decision:
        place = weighing.place
        connection = self._connections.of(place.path, place.scope)
        driver = self._connections.other_driver(place.path)
        if driver and not (connection and connection.databases):
            return weighing.asking(
                f"its module imports {driver} and no driver for SQLite: is this a table of another"
                " system? (if it is, add the file to code.exclude)"
            )
        if connection is None:
            return self._refused(weighing) or _settled(weighing)
        candidates = {item.database for item in weighing.candidates}
        reached = connection.databases
        if self._target in reached and len(candidates) > 1:
            # Code that has been changed already opens the target for what was elsewhere.
            reached |= self._unnamed()
        if reached & candidates:
            says = f"its {connection.level} opens {_listed(sorted(reached & candidates))}"
            return _settled(weighing.narrowed(reached, Reason.CONNECTION, says))
        if connection.level in _NEAR or not _compiles_somewhere(weighing):
            return self._contradicted(weighing, connection)
        return self._refused(weighing) or _settled(weighing)

    def _refused(self, weighing: _Weighing) -> Decision | None:
        """A question, where nothing speaks for any candidate and SQLite speaks against all."""
        reasons = [weighing.judgements[item.database] for item in weighing.candidates]
        trusted = not any(item.database in self._derived for item in weighing.candidates)
        against = all(it.verdict is Verdict.NO_COLUMN for it in reasons)
        quoted = any(_IN_QUOTES in it.says for it in reasons)
        if weighing.homemade or weighing.sql is None or not trusted or not against or quoted:
            return None
        if len({folded(it.name) for it in table_names(weighing.sql)}) > 1:
            return None  # the column may be missing from another table
        where = _listed(item.database for item in weighing.candidates)
        return weighing.asking(
            f"it does not compile today against {where} ({reasons[0].says}): is it that table?"
        )

    def _contradicted(self, weighing: _Weighing, connection: Connection) -> Decision:
        """The code reaches a database, and it is none of those whose table would fit."""
        candidates = _listed(item.database for item in weighing.candidates)
        reached = connection.databases
        elsewhere = reached & {item.database for item in self._legacy_meanings(weighing)}
        if elsewhere and connection.level in _NEAR:
            # Both sides stay open, so that the paths of neither are changed before the answer.
            sides = {*elsewhere, *(item.database for item in weighing.candidates)}
            every = tuple(it for it in self._legacy_meanings(weighing) if it.database in sides)
            return replace(weighing, candidates=every).asking(
                f"its {connection.level} opens {_listed(sorted(elsewhere))}, but the statement"
                f" fits {candidates}: which is meant?"
            )
        if reached or not connection.others or connection.level not in _NEAR:
            # A path to a database without such a table cannot be where this statement runs.
            return self._refused(weighing) or _settled(weighing)
        others = _listed(sorted(connection.others))
        return weighing.asking(
            f"its {connection.level} opens {others}, which the plan does not name: is this its"
            f" own table, or that of {candidates}?"
        )

    def _legacy_meanings(self, weighing: _Weighing) -> tuple[Meaning, ...]:
        names = {folded(item.old) for item in (*weighing.candidates, *weighing.left)}
        return tuple(item for name in names for item in self._legacy.meanings.get(name, ()))


def _compiles_somewhere(weighing: _Weighing) -> bool:
    return any(item.verdict is Verdict.COMPILES for item in weighing.judgements.values())


def _settled(weighing: _Weighing) -> Decision:
    """Decide if all that is left comes to the same, else ask."""
    if len({folded(item.new) for item in weighing.candidates}) == 1:
        return Decision(weighing.candidates[:1], weighing.evidence)
    options = " or ".join(
        f"{item.old} of {item.database} (now {item.new})" for item in weighing.candidates
    )
    return weighing.asking(f"is this {options}?")


def binding_for(place: Place, candidates: Sequence[Meaning]) -> str:
    """What answers the question, to be pasted into the plan as it is."""
    first, *others = (_toml(item.database) for item in candidates)
    choice = f"  # or {' or '.join(others)}" if others else ""
    return f"[[code.binding]]\npaths = {_toml(_as_glob(place.path))}\ndatabase = {first}{choice}"


def _as_glob(path: PurePosixPath) -> str:
    """A glob for one file: what means something in globs stands for itself in brackets."""
    return re.sub(r"[\[*?]", r"[\g<0>]", str(path))


def _toml(text: str) -> str:
    """A text as TOML writes it, on one line; its escapes are JSON's, and one character more."""
    return json.dumps(text, ensure_ascii=False).replace("\x7f", "\\u007f")


def _listed(items: Iterable[str]) -> str:
    return " and ".join(dict.fromkeys(items))
