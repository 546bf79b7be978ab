"""A name's meanings on the way to a decision: what speaks for which, and what is asked."""

from collections.abc import Iterable, Mapping, Sequence
from pathlib import PurePosixPath
from typing import Final

from msgspec import Struct, field
from msgspec.structs import replace

from plan.model import folded
from plan.toml_text import toml_text
from refactor.legacy import Meaning
from refactor.proof.oracle import Judgement
from refactor.python.outline import Context, Scope
from refactor.references import Evidence, Reason
from refactor.rules import OPEN_QUESTION, TABLE_NAME, Rule
from refactor.sql.names import HOLE
from refactor.text.globs import as_glob

# No name of the place's own: one answer is said once for all places that it answers.
_WITHIN = 'within = ["Class.method", "function"]'
_BOTH = "\n# where the file talks to both: "
OF_SEVERAL: Final = "is this "
"""How the question begins of which database's table a name is."""
ON_EACH: Final = (
    "change the code by hand, since no line of the plan says both: write the new name where this is"
    " for one of them alone, else give each a statement of its own, or hand the table's name along"
)
"""What answers the question on a statement that runs on several databases."""
BY_HAND: Final = (
    "change the code by hand, since a line of the plan would speak for what else is here too: write"
    " the new name; where the table keeps its name, a comment on the line,"
    f" retable: ignore[{OPEN_QUESTION.slug}]"
)
"""What answers it where another table of that name is talked to beside."""
_BEHIND = {
    ".yaml": " (of a block: behind its | or >)",
    ".yml": " (of a block: behind its | or >)",
    ".toml": " (of several lines: behind the last quotes)",
}
"""Where a comment stands that speaks for all of a value."""
_NO_COMMENTS = "name the file in code.exclude, or decide it: JSON has no comments"


class Attached(Struct, frozen=True):
    """What is attached where a statement stands."""

    schemas: Mapping[str, str] = field(default_factory=dict)
    """The databases behind the schema names that the statement uses."""
    here: frozenset[str] = frozenset()
    """All that its function attaches."""


NOTHING_ATTACHED = Attached()


class Decision(Struct, frozen=True):
    """What a name means; the question is None where the evidence suffices."""

    meanings: tuple[Meaning, ...]
    """The one that is meant, or all that still may be."""
    evidence: tuple[Evidence, ...]
    question: str | None = None
    mend: str = ""
    of_others: bool = False
    """Whether its module only talks to another system, whose SQL need not be SQLite's."""

    @property
    def stays(self) -> bool:
        """Whether the table that is meant keeps its name, so that nothing is to be done."""
        meant = self.meanings[0]
        return self.question is None and folded(meant.new) == folded(meant.old)


class Place(Struct, frozen=True):
    """Where a statement stands."""

    path: PurePosixPath
    scope: Scope
    context: Context | None = None
    """What surrounds it there, where that is known."""
    heir: tuple[PurePosixPath, str] | None = None
    """The class whose object runs it, by its module, where that is an heir of the class around."""
    beside: frozenset[str] = frozenset()
    """The tables for which what executes it is asked as well."""
    named: tuple[PurePosixPath, Context] | None = None
    """Where the name stands that is put into it, and what surrounds it there."""


class Weighing(Struct, frozen=True):
    """A name's meanings on the way to a decision."""

    place: Place
    candidates: tuple[Meaning, ...]
    """Of those that go on living: moved or kept."""
    left: tuple[Meaning, ...]
    """Those that the plan leaves behind."""
    judgements: dict[str, Judgement] = field(default_factory=dict)
    evidence: tuple[Evidence, ...] = ()
    whole: str = ""
    """The statement, holes included."""
    script: str = ""
    """The text that it stands in."""
    homemade: tuple[str, ...] = ()
    """The SQL around it that creates a table of that name."""
    attached: frozenset[str] = frozenset()
    """The databases that its function attaches: a bare name means the main one's table first."""

    @property
    def sql(self) -> str | None:
        """The statement; None where a part of it is only known at run time."""
        return None if HOLE in self.whole else self.whole

    @property
    def is_open(self) -> bool:
        """Whether several tables may be meant, of different names from now on."""
        return len({folded(it.new) for it in self.candidates}) > 1

    def narrowed(self, databases: Iterable[str], reason: Reason, says: str) -> "Weighing":
        """With only the meanings of some databases, and what says so."""
        wanted = frozenset(databases)
        kept = tuple(item for item in self.candidates if item.database in wanted)
        return replace(self, candidates=kept, evidence=(*self.evidence, Evidence(reason, says)))

    def noting(self, reason: Reason, says: str) -> "Weighing":
        """With one more thing that was seen."""
        return replace(self, evidence=(*self.evidence, Evidence(reason, says)))

    def settled(self, *, on_each: bool = False) -> Decision:
        """Decide if all that is left comes to the same, else ask.

        Args:
            on_each: whether what executes it is seen to be opened on each database that is left.
        """
        if len({folded(item.new) for item in self.candidates}) == 1:
            return Decision(self.candidates[:1], self.evidence)
        options = " or ".join(
            f"{item.old} of {item.database} (now {item.new})" for item in self.candidates
        )
        if on_each:
            return self.asking(
                f"{OF_SEVERAL}{options}? What executes it is opened on each of them", ON_EACH
            )
        return self.asking(f"{OF_SEVERAL}{options}?")

    def asking(self, question: str, mend: str = "") -> Decision:
        """Leave it to whoever answers a question."""
        candidates = self.candidates or self.left
        return Decision(
            candidates, self.evidence, question, mend or binding_for(self.place, candidates)
        )


def binding_for(place: Place, candidates: Sequence[Meaning]) -> str:
    """What answers the question, to be pasted into the plan as it is."""
    first, *others = (toml_text(item.database) for item in candidates)
    if not others:
        choice = f"if it is not: {_comment('its line', OPEN_QUESTION, place)}"
    elif place.scope.dotted:
        choice = f"or {' or '.join(others)}{_BOTH}{_WITHIN}"
    else:
        choice = f"or {' or '.join(others)}{_BOTH}{_for_the_others(place, candidates)}"
    path = place.heir[0] if place.heir else place.path  # a base's statements run on several
    return f"[[code.binding]]\n{_paths(path)}\ndatabase = {first}  # {choice}"


def is_for_file(mend: str, path: PurePosixPath) -> bool:
    """Whether an answer is a line of the plan for a file, which chooses among databases."""
    return mend.startswith(f"[[code.binding]]\n{_paths(path)}\n") and _BOTH in mend


def only_within(mend: str, scope: Scope) -> str:
    """The same answer for one function, or class, of the file."""
    return f"{mend.partition(_BOTH)[0]}\nwithin = [{toml_text(scope.dotted)}]"


def _paths(path: PurePosixPath) -> str:
    return f"paths = {toml_text(as_glob(path))}"


def _for_the_others(place: Place, candidates: Sequence[Meaning]) -> str:
    """What is to be done about those that a word on the whole file does not answer.

    A comment leaves the old name, which is right for tables only that keep theirs.
    """
    stay = [it.database for it in candidates if folded(it.new) == folded(it.old)]
    several = len(candidates) - len(stay) > 1
    written = ["write the others' new names by hand"] if several else []
    on = f"those of {listed(stay)}: {_comment('their lines', TABLE_NAME, place)}"
    return "; ".join([*written, *([on] if stay else [])])


def _comment(on: str, rule: Rule, place: Place) -> str:
    """The comment that leaves something as it is, in words; or what does so where none can be."""
    if place.path.suffix == ".json":
        return _NO_COMMENTS
    behind = _BEHIND.get(place.path.suffix, "")
    return f"a comment on {on}{behind}, retable: ignore[{rule.slug}]"


def listed(items: Iterable[str]) -> str:
    """Names as a sentence has them, each once."""
    return " and ".join(dict.fromkeys(items))
