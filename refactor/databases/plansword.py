"""What a `[[code.binding]]` of the plan says of a statement, and what is seen to speak against it.

It is for what the code does not say itself. Where all that executes a statement is seen to be
opened on another database, or only another database's table has its columns, that counts more than
what is said of a whole file; and what is said of its very function is a question then, which shows
both sides.
"""

from collections.abc import Callable, Iterable, Iterator

from msgspec.structs import replace

from plan.model import Binding, folded
from refactor.databases.bindings import Bindings
from refactor.databases.connections import Connection
from refactor.databases.executors import Executors
from refactor.databases.openings import Opened
from refactor.databases.weighing import Decision, Place, Weighing, listed
from refactor.legacy import Fate, Meaning
from refactor.proof.oracle import Verdict
from refactor.python.outline import Scope
from refactor.references import Evidence, Reason
from refactor.rules import TABLE_NAME

LEFT_BEHIND = "the plan leaves that table behind: what should it use instead?"
"""How a question ends about a table that is skipped."""
CARRY_OVER = "change the statement by hand, or carry the table over in the plan"
"""What answers it."""
_SAY_WHERE = "let one of them hold only within the classes or functions that it is true of"
_OF_LESS = (
    "let the plan's word hold only within what it is true of, or change the statement by hand and"
    f" comment it: retable: ignore[{TABLE_NAME.slug}]"
)


class PlansWord:
    """Answers what the plan itself says of statements."""

    def __init__(
        self, bindings: Bindings, executors: Executors, unseen: frozenset[str], target: str
    ) -> None:
        """Hear these.

        Args:
            bindings: the plan's word.
            executors: on which database a statement is seen to be executed.
            unseen: databases that are kept, and may have any table.
            target: the database that receives all tables.
        """
        self._bindings = bindings
        self._executors = executors
        self._unseen = unseen
        self._target = target

    def on(self, weighing: Weighing, seen: Callable[[], Decision]) -> Decision | None:
        """Decide as the plan says; None if it says nothing.

        Args:
            weighing: what the name may mean.
            seen: what it means by all else.
        """
        said = [*self._said(weighing)]
        if not said:
            return None
        (binding, meaning), *_ = said
        says = f"the plan says so at {binding.key}: this code talks to {binding.database}"
        against = next((it for it, _ in said if it.database != binding.database), None)
        if against:
            says = f"{says}, and at {against.key}: to {against.database}"
            return weighing.asking(f"{says}: which is meant?", _SAY_WHERE)
        if meaning.fate is Fate.LEFT:
            return replace(weighing, candidates=()).asking(f"{says}, and {LEFT_BEHIND}", CARRY_OVER)
        bound = Decision((meaning,), (Evidence(Reason.PLAN, says),))
        if meaning.fate is not Fate.MOVES:
            return bound
        opened = self._seen_opened(weighing)
        if opened <= {meaning.database}:
            return _or_fitting(weighing, binding, bound, seen) if weighing.is_open else bound
        return _or_seen(weighing, binding, bound, seen(), opened)

    def says_of(self, place: Place) -> bool:
        """Whether the plan says anything of what the code at a place talks to."""
        return any(True for _ in self._of(place))

    def _said(self, weighing: Weighing) -> Iterator[tuple[Binding, Meaning]]:
        """The bindings that say something of a name, all for functions or all for files."""
        everything = (*weighing.candidates, *weighing.left)
        first: Binding | None = None
        for binding in self._of(weighing.place):
            meant = [item for item in everything if item.database == binding.database]
            if not meant and binding.database in self._unseen:
                old = everything[0].old
                meant = [Meaning(binding.database, old, old, Fate.STAYS)]
            first = first or (binding if len(meant) == 1 else None)
            if len(meant) == 1 and first and bool(binding.within) == bool(first.within):
                yield binding, meant[0]

    def _of(self, place: Place) -> Iterable[Binding]:
        """What is said of the class whose object runs a statement, else of where it stands."""
        path, owner = place.heir or (place.path, "")
        of_heir = [*self._bindings.of(path, Scope(owner))] if place.heir else []
        return of_heir or self._bindings.of(place.path, place.scope)

    def _seen_opened(self, weighing: Weighing) -> frozenset[str]:
        """The databases that a statement is seen to be executed on, if these are all; or none."""
        place = weighing.place
        if place.context is None or weighing.attached or not weighing.is_open:
            return frozenset()
        opened = self._executors.of(place.path, place.context, place.heir)
        if opened.others or self._target in opened.databases or not as_seen(opened).whole:
            return frozenset()  # what opens the target may have been changed already
        return opened.databases


def _or_seen(
    weighing: Weighing, binding: Binding, bound: Decision, seen: Decision, opened: frozenset[str]
) -> Decision:
    """Decide between the plan's word and a connection that is opened on another database too."""
    (meaning,) = bound.meanings
    others = [it for it in seen.meanings if folded(it.new) != folded(meaning.new)]
    # What runs on both, the plan may give to one of them: for that function, not for a file.
    in_doubt = seen.question is not None and meaning.database not in opened
    if not others or in_doubt or (seen.question is not None and binding.within):
        return bound
    if seen.question is None and not binding.within:
        return replace(seen, evidence=(*seen.evidence, *bound.evidence))
    where = listed(it.database for it in others)
    runs = f"its connection opens {where}"
    if meaning.database in opened:
        runs = f"it runs on {where} as well"
    both = replace(weighing, candidates=(meaning, *others))
    return both.asking(f"{bound.evidence[0]}, but {runs}: which is meant?", _OF_LESS)


def _or_fitting(
    weighing: Weighing, binding: Binding, bound: Decision, seen: Callable[[], Decision]
) -> Decision:
    """Decide between the plan's word and the only table that has what a statement asks for."""
    (meaning,) = bound.meanings
    judged = weighing.judgements[meaning.database]
    if judged.verdict is not Verdict.NO_COLUMN:
        return bound
    fitting = [
        it
        for it in weighing.candidates
        if weighing.judgements[it.database].verdict is Verdict.COMPILES
    ]
    if not fitting or folded(fitting[0].new) == folded(meaning.new):
        return bound
    if not binding.within:
        return seen()
    both = replace(weighing, candidates=(meaning, *fitting))
    fits = f"it fits {listed(it.database for it in fitting)} only"
    return both.asking(
        f"{bound.evidence[0]}, but {fits} ({meaning.database}: {judged.says}): which is meant?",
        _OF_LESS,
    )


def as_seen(opened: Opened) -> Connection:
    """What executes a statement, as seen from there."""
    whole = opened.whole and not (opened.usual or opened.unsaid or opened.default)
    return Connection(opened.databases, opened.others, "connection", whole=whole)
