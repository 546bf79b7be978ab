"""Which table of today a name means, when several databases of the plan have one of that name.

Evidence, strongest first: the plan's own word, the schemas on which SQLite compiles the
statement, the database that reaches the code. Evidence that contradicts is never outvoted: it
becomes a question that shows both sides.
"""

from collections.abc import Callable, Sequence
from functools import partial
from pathlib import PurePosixPath

from msgspec.structs import replace

from plan.model import Action, Plan, folded
from refactor.databases.bindings import Bindings
from refactor.databases.company import Company
from refactor.databases.connections import NEAR, Connection, Connections
from refactor.databases.databasepaths import is_test
from refactor.databases.derived import Derived
from refactor.databases.drivers import is_elsewhere
from refactor.databases.executors import Executors
from refactor.databases.openings import UNKNOWN, Opened
from refactor.databases.outsiders import Outsiders
from refactor.databases.plansword import CARRY_OVER, LEFT_BEHIND, PlansWord, as_seen
from refactor.databases.programs import Programs
from refactor.databases.scripts import SUFFIX, Scripts
from refactor.databases.strangers import Strangers
from refactor.databases.surroundings import Surroundings
from refactor.databases.systems import OtherSystems
from refactor.databases.weighing import (
    NOTHING_ATTACHED,
    Attached,
    Decision,
    Place,
    Weighing,
    binding_for,
    listed,
)
from refactor.legacy import Fate, Legacy, Meaning
from refactor.proof.oracle import Judgement, Oracle, Verdict
from refactor.python.outline import Context, Scope, last_part
from refactor.references import Evidence, Reason
from refactor.sql.names import table_names

_ALL_ELSEWHERE = (
    '# if none here is: a [[database]] of its own, action = "keep", bound to these paths'
)
_BY_COMPANY = {
    "text": "only {} has what the other statements of its text name",
    "connection": "only {} has what the other statements of its connection name",
    "list": "only {} has all tables that are named along with it",
    "class": "only {} has what the statements, or the fields, of its class name",
}
"""What is said of the database that has all that is named beside a table."""
_UNSEEN = "a file that is not said here"
NOT_TODAY = "it does not compile today against"
"""How a question begins about a statement that does not fit the one table of its name."""


class Binder:
    """Decides names by the evidence of one plan, its schemas and its code."""

    def __init__(
        self,
        plan: Plan,
        legacy: Legacy,
        oracle: Oracle,
        connections: Connections,
        executors: Executors,
        derived: Derived,
        bindings: Bindings,
        strangers: Strangers,
        unnamed: Callable[[], frozenset[str]],
        former: Callable[[], frozenset[str]],
        systems: OtherSystems,
        company: Company,
        outsiders: Outsiders,
        scripts: Scripts,
        programs: Programs,
    ) -> None:
        """Use these sources of evidence.

        Args:
            plan: for its own word, the bindings.
            legacy: what each name may mean.
            oracle: which schema a statement compiles on.
            connections: which database reaches a place.
            executors: on which database a statement is executed.
            derived: the databases whose schema is known from code only.
            bindings: what the plan says of code.
            strangers: whether a table is the plan's at all.
            unnamed: databases that move and whose path the code does not name (any more).
            former: those of them that some code has been changed for already.
            systems: which modules may open databases of other systems.
            company: what else is executed where a statement is.
            outsiders: which modules may be handed a file that is none of the plan's.
            scripts: on which database a file of SQL is executed.
            programs: which files are for programs that are none of the code's.
        """
        self._scripts = scripts
        self._programs = programs
        self._company = company
        self._outsiders = outsiders
        self._systems = systems
        self._target = plan.target
        self._unnamed, self._former = unnamed, former
        self._legacy = legacy
        self._oracle = oracle
        self._connections = connections
        self._executors = executors
        self._surroundings = Surroundings(connections, executors)
        self._derived = frozenset(it.path for it in derived.schemas)
        self.strangers = strangers
        """Who knows whether a table is the plan's at all."""
        # What is in them nobody can tell: it may be any table.
        self._unseen = frozenset(
            it.path for it in plan.with_action(Action.KEEP) if it.path not in oracle.tables()
        )
        self._word = PlansWord(bindings, executors, self._unseen, plan.target)

    def is_on_file(self, database: str) -> bool:
        """Whether all that a database holds is known: code tells only of a part."""
        return database in self._oracle.tables() and database not in self._derived

    def decide(
        self,
        name: str,
        sql: str,
        place: Place,
        *,
        declares: bool = False,
        homemade: tuple[str, ...] = (),
        attached: Attached = NOTHING_ATTACHED,
        script: str = "",
    ) -> Decision:
        """Say which table a name in a statement means.

        Args:
            name: an old name of the plan, as decoded.
            sql: the statement that it stands in, holes included.
            place: where the statement stands.
            declares: whether the statement creates a table of that name.
            homemade: the SQL around it that does, maybe with other columns, as tests do.
            attached: what is attached where it stands.
            script: the text that the statement stands in.
        """
        meanings = self._legacy.meanings[folded(name)]
        weighing = Weighing(
            place,
            tuple(item for item in meanings if item.fate is not Fate.LEFT),
            tuple(item for item in meanings if item.fate is Fate.LEFT),
            self._judgements(name, sql, meanings, attached, declares=declares),
            whole=sql,
            script=script,
            homemade=(*homemade, sql) if declares else homemade,
            attached=attached.here,
        )
        seen = partial(self._unbound, weighing, name)
        return self._word.on(weighing, seen) or seen()

    def _unbound(self, weighing: Weighing, name: str) -> Decision:
        """Decide by what is seen, whatever the plan says of the code."""
        weighing = self._by_schema(weighing, name)
        if weighing.candidates:
            return self._by_connection(weighing)
        where = listed(item.database for item in weighing.left)
        return weighing.asking(
            f"only {name} of {where} fits this statement, and {LEFT_BEHIND}", CARRY_OVER
        )

    def _judgements(
        self,
        name: str,
        sql: str,
        meanings: Sequence[Meaning],
        attached: Attached,
        *,
        declares: bool,
    ) -> dict[str, Judgement]:
        """What SQLite says of a statement on the databases that a name in it may be of."""
        databases = [item.database for item in meanings]
        if declares:
            return {it: self._oracle.creates(sql, it, name) for it in databases}
        judged = self._oracle.judged(sql, databases, attached.schemas)
        if not any(it.is_there for it in judged.values()):
            return judged
        # What makes something that a database has already, has made it there.
        return {
            path: Judgement(Verdict.COMPILES, filled=sql)
            if it.is_there
            else Judgement(Verdict.NO_TABLE, "it does not have what the statement makes")
            for path, it in judged.items()
        }

    def in_database(
        self, name: str, schema: str, database: str, sql: str, attached: Attached
    ) -> Decision | None:
        """Say which table a name means that is qualified by an attached database's name.

        None where that database is kept and its table with it.
        """
        meanings = self._legacy.meanings[folded(name)]
        meant = tuple(item for item in meanings if item.database == database)
        says = (Evidence(Reason.CONNECTION, f"{schema} is {database}, attached under that name"),)
        fitting = self._fitting_better(meanings, schema, database, sql, attached)
        if fitting:
            where = listed(item.database for item in fitting)
            question = f"{says[0]}, but the statement fits {where}: which is meant?"
            return Decision((*meant, *fitting), says, question, "decide by reading the code")
        moving = tuple(item for item in meanings if item.fate is Fate.MOVES)
        if not meant and database == self._target and len(moving) == 1:
            return Decision(moving, says)  # the path has been changed already
        if meant and meant[0].fate is not Fate.LEFT:
            return Decision(meant, says)
        becomes = self._legacy.moved.get(database, database)
        if not meant and database not in self._legacy.moved and database != self._target:
            return None
        unplanned = (Meaning(database, meanings[0].old, meanings[0].old, Fate.LEFT),)
        if meant or not becomes:
            question = f"{says[0]}, and {LEFT_BEHIND}"
            return Decision(meant or unplanned, says, question, CARRY_OVER)
        # Its own database is among those in question, so that its path waits for the answer.
        question = f"{says[0]}, which has no {name} in the plan: whose table is it?"
        return Decision((*meanings, *unplanned), says, question, CARRY_OVER)

    def _fitting_better(
        self,
        meanings: Sequence[Meaning],
        schema: str,
        database: str,
        sql: str,
        attached: Attached,
    ) -> tuple[Meaning, ...]:
        """The tables that a statement fits, if it does not fit that of the attached database."""

        def verdict(behind: str) -> Verdict:
            schemas = {**attached.schemas, folded(schema): behind}
            return self._oracle.today(sql, behind, schemas).verdict

        if len(meanings) == 1 or verdict(database) is not Verdict.NO_COLUMN:
            return ()
        others = (item for item in meanings if item.database != database)
        return tuple(item for item in others if verdict(item.database) is Verdict.COMPILES)

    def is_bound(self, place: Place) -> bool:
        """Whether the plan itself says what the code at a place talks to."""
        return self._word.says_of(place)

    def runs_on_one(self, place: Place) -> bool:
        """Whether a statement runs on what its module has opened, one database of the plan."""
        if place.context is None:
            return False
        opened = self._executors.of(place.path, place.context)
        if not as_seen(opened).whole or not opened.databases or len(opened.files) > 1:
            return False
        runs = self._executors.receiver(place.path, place.context)
        return runs is not None and not runs.is_parameter and "." not in runs.name

    def runs_elsewhere(self, place: Place, *, wholly: bool) -> bool:
        """Whether a statement is seen to be executed on no database of the plan, or not only."""
        opened = self._executors.of(place.path, place.context) if place.context else UNKNOWN
        return opened.whole and bool(opened.others) and not (wholly and opened.databases)

    def is_told_by_entry(self, place: Place) -> bool:
        """Whether the entry that has a name says on which of several databases it runs."""
        if place.context is None or place.named is None:
            return False
        opened = self._executors.of(place.path, place.context)
        return self._executors.in_entry(opened, place.path, place.context, place.named) != opened

    def is_run_by(self, owner: tuple[PurePosixPath, str], place: Place) -> bool:
        """Whether a class, or a base of it, calls the function of no class around a statement."""
        context = place.context
        return context is not None and bool(self._executors.handed_by(owner, place.path, context))

    def _opened_elsewhere(self, place: Place) -> Opened | None:
        """What executes a statement, where that may be of another system and is no candidate's."""
        near = self._systems.opened_in(place.path)
        if place.context is None or not (near or self._systems.reached_by(place.path)):
            return None
        opened = self._executors.of(place.path, place.context)
        # From further away only what is seen to be no file of SQLite's is heard.
        strange = any(near or is_elsewhere(it) for it in opened.others)
        return opened if strange else None

    def asked_for(
        self, path: PurePosixPath, context: Context, where: PurePosixPath, running: Context
    ) -> frozenset[str]:
        """The tables for which a helper of another module is asked where it gets a name."""
        return self._company.asked_for(path, context, where, running)

    def is_one(self, path: PurePosixPath, running: Context) -> bool:
        """Whether a statement runs on one connection, whichever table it is about.

        What runs on several databases in turn may be done with whatever of a list is there.
        """
        one = self._company.is_one(path, running)
        return one and len(self._executors.of(path, running).databases) <= 1

    def is_said_by(self, owner: tuple[PurePosixPath, str]) -> bool:
        """Whether a class itself says a database, or a base that comes with it."""
        path, name = owner
        connection = self._connections.of(path, Scope(name))
        return connection is not None and connection.level == "class"

    def opened_besides(self, place: Place) -> tuple[str, ...]:
        """What the code around a place opens that is no database of the plan."""
        connection = self._connections.of(place.path, place.scope)
        return tuple(sorted(connection.others)) if connection else ()

    def _by_schema(self, weighing: Weighing, name: str) -> Weighing:
        verdicts = {path: it.verdict for path, it in weighing.judgements.items()}
        fits = {path for path, verdict in verdicts.items() if verdict is Verdict.COMPILES}
        candidates = {item.database for item in weighing.candidates}
        unknown = {path for path in candidates if not self._oracle.knows(path, name)}
        if fits & candidates:
            possible = fits & candidates | unknown
            what = "only against" if len(possible) == 1 < len(weighing.judgements) else "against"
            says = f"compiles {what} {listed(sorted(fits & candidates))}"
            ruled_out = [
                f"not against {path}: {weighing.judgements[path].says}"
                for path in sorted(candidates - possible)
            ]
            return weighing.narrowed(possible, Reason.COMPILES, "; ".join([says, *ruled_out]))
        refused = {path for path, verdict in verdicts.items() if verdict is Verdict.NO_COLUMN}
        if weighing.sql is None:
            return weighing
        if fits and refused >= candidates:
            left = listed(item.database for item in weighing.left if item.database in fits)
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

    def _by_connection(  # noqa: C901, PLR0911 - one return for each way to tell
        self, weighing: Weighing
    ) -> Decision:
        place = weighing.place
        connection = self._mapped(place) or self._read_by_name(weighing)
        if connection is None and not self._in_memory(weighing):
            connection = self._connection(weighing)
        asked = self._of_another_system(place, connection)
        if asked:
            return replace(weighing.asking(asked), of_others=True)
        if connection is not None and connection.level not in NEAR and weighing.is_open:
            told = self._by_company(weighing)
            if told:
                return told
            connection = None if self._surroundings.is_apart(place, connection) else connection
        if connection is None or self._is_strangers(weighing, connection):
            return self._refused(weighing) or self._settled(weighing)
        candidates = {item.database for item in weighing.candidates}
        reached = connection.databases
        if len(candidates) > 1 and reached & weighing.attached:
            reached -= weighing.attached
            if not reached and not connection.others:
                return self._settled(weighing)
        if self._target in reached and len(candidates) > 1 and not self._keeps(weighing):
            # Code that has been changed already opens the target for what was elsewhere.
            reached |= self._former() if connection.whole else self._unnamed()
        if reached & candidates:
            opened = connection.databases & reached & candidates or connection.databases
            says = f"its {connection.level} opens {listed(sorted(opened))}"
            unnamed = reached & candidates - opened
            says += f", and no code names {listed(sorted(unnamed))}" if unnamed else ""
            weighing = weighing.narrowed(reached, Reason.CONNECTION, says)
            both = connection.others and connection.tells_all
            shared = both and len(weighing.candidates) == 1
            if shared:
                return self._shared(weighing, connection)
            seen = connection.level == "connection" and connection.whole and not unnamed
            return self._settled(weighing, on_each=seen)
        if connection.level in NEAR or not _compiles_somewhere(weighing):
            return self._contradicted(weighing, connection)
        return self._refused(weighing) or self._settled(weighing)

    def _keeps(self, weighing: Weighing) -> bool:
        """Whether the target's own table keeps its name: who names it there may go on to."""
        mine = (it for it in weighing.candidates if it.database == self._target)
        return any(folded(it.new) == folded(it.old) for it in mine)

    def _of_another_system(self, place: Place, connection: Connection | None) -> str:
        """What to ask where a statement is none of SQLite's by all that is seen; or nothing."""
        driver = self._connections.other_driver(place.path)
        if driver and not (connection and connection.databases):
            return (
                f"its module imports {driver} and no driver for SQLite: is this a table of another"
                " system? (if it is, add the file to code.exclude)"
            )
        if connection and connection.level == "connection":
            return ""
        said = "" if connection and connection.databases else self._systems.in_path(place.path)
        if said:
            return (
                f"its path says {said}: is this a table of another system? (if it is, add the file"
                " to code.exclude)"
            )
        if place.context is None:
            return ""
        says = self._systems.sign_in(place.context)
        return f"{says}: is this a table of another system?" if says else ""

    def _mapped(self, place: Place) -> Connection | None:
        """What a class is bound to, for what its own body says."""
        if not place.scope.owner or place.scope.function:
            return None
        mapped = self._executors.mapped(place.path, place.scope.owner)
        if not mapped.whole:
            return None
        return Connection(mapped.databases, mapped.others, "class", mapped=True)

    def _read_by_name(self, weighing: Weighing) -> Connection | None:
        """What executes a file of SQL, where that matters and its readers say it."""
        path = weighing.place.path
        wanted = weighing.is_open and path.suffix == SUFFIX
        opened = self._scripts.opened(path) if wanted else UNKNOWN
        return as_seen(opened) if len(opened.databases) == 1 else None

    def _connection(self, weighing: Weighing) -> Connection | None:
        """What executes a statement, where that matters and is known; else what is around it."""
        place = weighing.place
        around = self._connections.of(place.path, place.scope)
        alone = len(self._legacy_meanings(weighing)) == 1
        owner = place.scope.owner
        beyond = around is not None and (
            around.others
            or self._connections.opens_besides(place.path, owner)
            or self._connections.has_installed_base(place.path, owner)
        )
        refused = self._refuses_all(weighing)
        mine = frozenset(item.database for item in weighing.candidates)
        planned = bool(around and around.databases & mine)
        more = planned and self._outsiders.opens_several(place.path, place.scope)
        made = self._outsiders.are_made_for(place.path)
        near = beyond or refused or more or made or self._systems.opened_in(place.path)
        near = near or self._says_itself(place, around, mine)
        ours = alone and self._writes_ours(place) & mine
        near = near or bool(ours)
        if not near and place.context is not None:
            near = self._executors.may_be_of_package(place.path, place.context)
        if place.context is None or (alone and not near and not self._opened_elsewhere(place)):
            return self._for_programs(place) or self._handed(place, around) or around
        opened = self._executors.of(place.path, place.context, place.heir)
        if place.named:
            opened = self._executors.in_entry(opened, place.path, place.context, place.named)
        if opened.whole and (opened.databases or opened.others):
            return as_seen(opened)
        several = len(weighing.candidates) > 1
        seen = not (opened.usual or (opened.hidden and (opened.databases or opened.unsaid)))
        if not seen and (several or (opened.usual and refused)):
            return None  # which file it is says somebody else
        if alone:
            unseen = (more or opened.unsaid or ours) and opened.hidden and not opened.files
            everywhere = opened.unsaid
            if unseen and (
                ours or self._surroundings.opened_beside(place, everywhere=everywhere) & mine
            ):
                return Connection(frozenset(), frozenset({_UNSEEN}), "connection")
            strange = opened.others and not (opened.databases & mine or opened.foreign)
            return as_seen(opened) if strange else around
        return self._surroundings.left(place, opened, around, several=several)

    def _writes_ours(self, place: Place) -> frozenset[str]:
        """What a function executes something on beside the file that it is given a path of."""
        if place.context is None or is_test(str(place.path)):
            return frozenset()
        return self._executors.beside_given(place.path, place.context)

    def _in_memory(self, weighing: Weighing) -> bool:
        """Whether a statement on a table that its file makes, unlike today's, runs in memory."""
        place, judged = weighing.place, weighing.judgements
        fits = any(judged[it.database].verdict is Verdict.COMPILES for it in weighing.candidates)
        if fits or not weighing.homemade or place.context is None:
            return False
        return self._executors.of(place.path, place.context).memory

    def _says_itself(self, place: Place, around: Connection | None, mine: frozenset[str]) -> bool:
        """Whether the module of a statement, what it imports or its test may say what it is for."""
        if place.context is None or self._outsiders.may_choose(place.path):
            return place.context is not None
        named = around is not None and around.level in NEAR and around.databases & mine
        offers = self._outsiders.spell_near if named else self._outsiders.offer
        if offers(place.path):
            return True
        method = last_part(place.context.callee)
        executes = named and method.startswith("execute")
        if self._outsiders.may_send(place.path, by=method if executes else ""):
            return True
        may_be = self._outsiders.may_be_set(place.path)
        return may_be and self._executors.is_patched(place.path, place.context)

    def _for_programs(self, place: Place) -> Connection | None:
        """What executes a statement, if a test does so for a program that is none of ours."""
        starts = is_test(str(place.path)) and self._outsiders.start_programs(place.path)
        if place.context is None or not starts:
            return None
        opened = self._executors.of(place.path, place.context)
        function = self._executors.function(place.path, place.context)
        if function is None or not opened.whole or opened.databases:
            return None
        return as_seen(opened) if self._programs.get_only(function, opened.others) else None

    def _handed(self, place: Place, around: Connection | None) -> Connection | None:
        """What executes a statement, if its callers hand to it what is none of the plan's."""
        # Where nothing near it says what it talks to, it may come from anywhere.
        bare = (around is None or around.level not in NEAR) and not is_test(str(place.path))
        if place.context is None or not self._outsiders.reach(place.path, from_afar=bare):
            return None
        opened = self._executors.of(place.path, place.context)
        return as_seen(opened) if opened.whole and opened.others else None

    def _refuses_all(self, weighing: Weighing) -> bool:
        """Whether SQLite finds a column missing in all that a name may mean, and is to be heard."""
        reasons = [weighing.judgements[item.database] for item in weighing.candidates]
        trusted = not any(item.database in self._derived for item in weighing.candidates)
        against = all(it.verdict is Verdict.NO_COLUMN for it in reasons)
        return trusted and against and not (weighing.homemade or weighing.sql is None)

    def _refused(self, weighing: Weighing) -> Decision | None:
        """A question, where nothing speaks for any candidate and SQLite speaks against all."""
        strange = self.strangers.question(weighing) or self.strangers.company(weighing)
        if strange:
            kept = tuple(Meaning(it, "", "", Fate.STAYS) for it in sorted(self._unseen))
            mend = binding_for(weighing.place, (*weighing.candidates, *kept))
            return weighing.asking(strange, mend)
        if not self._refuses_all(weighing) or self.strangers.is_of_later(weighing):
            return None
        if len({folded(it.name) for it in table_names(weighing.whole)}) > 1:
            return None  # the column may be missing from another table
        where = listed(item.database for item in weighing.candidates)
        says = weighing.judgements[weighing.candidates[0].database].says
        return weighing.asking(f"{NOT_TODAY} {where} ({says}): is it that table?")

    def _is_strangers(self, weighing: Weighing, connection: Connection) -> bool:
        """Whether no more than its module is near, which creates another table of that name."""
        if connection.level in NEAR or len(weighing.candidates) != 1:
            return False
        return self.strangers.are_in(weighing.place.path, weighing.candidates[0])

    def _contradicted(self, weighing: Weighing, connection: Connection) -> Decision:
        """The code reaches a database, and it is none of those whose table would fit."""
        candidates = listed(item.database for item in weighing.candidates)
        reached = connection.databases
        elsewhere = reached & {item.database for item in self._legacy_meanings(weighing)}
        if elsewhere and connection.level in NEAR:
            # Both sides stay open, so that the paths of neither are changed before the answer.
            sides = {*elsewhere, *(item.database for item in weighing.candidates)}
            every = tuple(it for it in self._legacy_meanings(weighing) if it.database in sides)
            return replace(weighing, candidates=every).asking(
                f"its {connection.level} opens {listed(sorted(elsewhere))}, but the statement"
                f" fits {candidates}: which is meant?"
            )
        planned = reached and not (connection.others and connection.tells_all)
        if planned or not connection.others or connection.level not in NEAR:
            # A path to a database without such a table cannot be where this statement runs.
            return self._refused(weighing) or self._settled(weighing)
        others = listed(sorted(connection.others))
        known = f"beside {candidates}" if _UNSEEN in others else "which the plan does not name"
        return weighing.asking(
            f"its {connection.level} opens {others}, {known}: is this its own table, or that of"
            f" {candidates}?",
            f"{binding_for(weighing.place, weighing.candidates)}\n{_ALL_ELSEWHERE}",
        )

    def _shared(self, weighing: Weighing, connection: Connection) -> Decision:
        """It is executed on a database of the plan, and on what keeps its tables as they are."""
        others = listed(sorted(connection.others))
        meant = listed(item.database for item in weighing.candidates)
        return weighing.asking(
            f"its {connection.level} opens {meant}, but also {others}, which the plan does not"
            " name: is it that table everywhere?",
            f"{binding_for(weighing.place, weighing.candidates)}\n{_ALL_ELSEWHERE}",
        )

    def _settled(self, weighing: Weighing, *, on_each: bool = False) -> Decision:
        """Decide by what else is executed there where nothing else has told."""
        told = weighing.is_open and self._by_company(weighing)
        return told or weighing.settled(on_each=on_each)

    def _by_company(self, weighing: Weighing) -> Decision | None:
        """Decide by the other statements of a text, or of a connection."""
        place = weighing.place
        if weighing.attached:
            return None
        found, what = self._company.of_script(weighing.script), "text"
        if found is None and place.context is not None:
            found = self._company.of_connection(place.path, place.context)
            what = "connection"
            found = None if found and self._surroundings.is_beside(place, found) else found
        if found is None and place.beside:
            found, what = self._company.of_names(place.beside), "list"
        if found is None and place.scope.owner and not place.scope.function:
            old, callee = weighing.candidates[0].old, place.context.callee if place.context else ""
            found = self._company.of_class(place.path, place.scope.owner, old, callee)
            what = "class"
        if found is None and place.heir and place.context is not None:
            handed = self._executors.handed_by(place.heir, place.path, place.context)
            if len(handed) == 1:
                callee = f"{next(iter(handed))}.execute"
                found = self._company.of_class(*place.heir, weighing.candidates[0].old, callee)
                what = "class"
        if not any(it.database == found for it in weighing.candidates):
            return None
        says = _BY_COMPANY[what].format(found)
        return weighing.narrowed([str(found)], Reason.CONNECTION, says).settled()

    def _legacy_meanings(self, weighing: Weighing) -> tuple[Meaning, ...]:
        names = {folded(item.old) for item in (*weighing.candidates, *weighing.left)}
        return tuple(item for name in names for item in self._legacy.meanings.get(name, ()))


def _compiles_somewhere(weighing: Weighing) -> bool:
    return any(item.verdict is Verdict.COMPILES for item in weighing.judgements.values())
