"""What is opened around a statement, as far as it tells what executes it where nobody sees that."""

from msgspec.structs import replace

from refactor.databases.connections import Connection, Connections
from refactor.databases.databasepaths import is_test
from refactor.databases.executors import Executors
from refactor.databases.openings import UNKNOWN, Opened
from refactor.databases.weighing import Place
from refactor.python.outline import Scope


class Surroundings:
    """Answers what of all that is opened around a statement it may be executed on."""

    def __init__(self, connections: Connections, executors: Executors) -> None:
        """Ask these.

        Args:
            connections: which databases reach a place.
            executors: on which of them a statement is executed.
        """
        self._connections = connections
        self._executors = executors

    def left(
        self, place: Place, opened: Opened, around: Connection | None, *, several: bool
    ) -> Connection | None:
        """What may execute a statement that is not seen to be executed on certain databases.

        Args:
            place: where it stands.
            opened: what is seen of it.
            around: what reaches the place.
            several: whether it matters which of several databases it is.
        """
        if around and (opened.lost or (opened.hidden and not opened.databases)):
            around = self._surrounding(place, around)
            around = self._but_inside(place, around) if several and around else around
        if opened.hidden and around:
            # It may be any: one that is opened by name too, or one that nobody else opens.
            beside = self._executors.beside(place.path, place.scope, around.level)
            left = around.databases - opened.databases
            around = None if left & beside else around
        if opened.foreign and around:
            around = self._around_given(place, around, several=several)
        if several and around and not opened.files:
            around = self._not_apart(place, around)
        if around is None or opened.databases <= around.databases:
            return around
        return replace(around, databases=around.databases | opened.databases)

    def _around_given(
        self, place: Place, around: Connection, *, several: bool
    ) -> Connection | None:
        """What may be given to a function that is given its connection by nobody in sight.

        It is not what the function opens itself; nor, where it matters which of several databases
        it is, what the object opens whose method gets another connection, or what others open for
        themselves.
        """
        wider: Connection | None = around
        if around.level == "function":
            wider = self._connections.of(place.path, Scope(place.scope.owner))
            if wider and wider.level == "module" and wider.databases <= around.databases:
                return None
        if not several or wider is None:
            return wider
        if wider.level == "class" and self._is_given(place):
            return None
        return self._but_inside(place, wider)

    def _but_inside(self, place: Place, around: Connection) -> Connection | None:
        """What is around a statement, but for what other functions open for themselves."""
        inside = self._executors.inside(place.path, place.scope, around.level)
        left = around.databases - inside
        return replace(around, databases=left) if left or not inside else None

    def _is_given(self, place: Place) -> bool:
        """Whether what executes a statement is a parameter by itself."""
        receiver = place.context and self._executors.receiver(place.path, place.context)
        return bool(receiver and receiver.is_parameter)

    def _not_apart(self, place: Place, around: Connection) -> Connection | None:
        """What is around a statement, but for what is kept there for something else."""
        receiver = place.context and self._executors.receiver(place.path, place.context)
        if not receiver:
            return around
        apart = self._executors.kept_apart(place.path, place.scope, receiver)
        left = around.databases - apart
        return replace(around, databases=left) if left or not around.databases & apart else None

    def opened_beside(self, place: Place, *, everywhere: bool) -> frozenset[str]:
        """The databases that are opened by name in the function of a place, its class or module."""
        levels = ("function", "class") if place.scope.owner else ("function",)
        levels = (*levels, "module") if everywhere else levels
        found = (self._executors.beside(place.path, place.scope, it) for it in levels)
        return frozenset().union(*found)

    def is_apart(self, place: Place, around: Connection) -> bool:
        """Whether a statement runs in memory, or in a test's own file.

        What the rest of its module opens does not tell then which of several tables is meant.
        """
        if place.context is None:
            return False
        opened = self._executors.of(place.path, place.context)
        unseen = opened.hidden and not opened.files and is_test(str(place.path))
        if not opened.memory and not unseen:
            return False
        # What it imports is what a test is about; what it opens beside is not.
        beside = self._executors.beside(place.path, place.scope, "module")
        return bool(beside & around.databases)

    def is_beside(self, place: Place, database: str) -> bool:
        """Whether what executes a statement is opened on what is not seen, beside a database."""
        opened = self._executors.of(place.path, place.context) if place.context else UNKNOWN
        if not opened.hidden or opened.files:
            return False
        return database in self.opened_beside(place, everywhere=opened.unsaid)

    def _surrounding(self, place: Place, around: Connection) -> Connection | None:
        """What is around a statement, where it may be executed on any that its module opens."""
        spoken = self._executors.beside(place.path, place.scope, "function")
        everything = self._connections.of(place.path, Scope())
        wider = everything.databases if everything else around.databases
        if around.level == "module":
            return None if around.databases & spoken else around
        return around if wider <= around.databases and not around.databases & spoken else None
