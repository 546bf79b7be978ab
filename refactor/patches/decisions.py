"""What people have decided about single edits and questions, kept in a file and obeyed.

A decision names its edit or question by identity (`refactor/patches/identity.py`); the rest of it
is for people. One that does nothing is an error: silence about it would look like obedience.
"""

import json
from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from enum import StrEnum
from pathlib import Path, PurePosixPath
from typing import Any

from msgspec import Struct
from msgspec.structs import replace

from plan.errors import Problem, ProblemsError, shown
from plan.model import folded
from refactor.databases.databasepaths import database_in, moved_path
from refactor.databases.weighing import ON_EACH
from refactor.found import Search
from refactor.legacy import Fate, Legacy
from refactor.patches.identity import identities
from refactor.references import SHARED_KEY, Evidence, Kind, Reason, Reference
from refactor.search import Searcher
from refactor.sql.names import quoted

DECISIONS_FILE = "retable-decisions.json"
_FORMAT, _VERSION = "decisions", 1
_KEYS = {"id": str, "verdict": str, "path": str, "line": int, "old": str, "new": str, "why": str}
_QUOTES = ("[", "`")


class DecisionsError(ProblemsError):
    """Decisions that cannot be obeyed as they are written; nothing was done."""


class Verdict(StrEnum):
    """What a person has decided."""

    ACCEPT = "accept"
    REJECT = "reject"


class Decision(Struct, frozen=True):
    """One verdict; `identity` decides what it is about, the place is for people."""

    identity: str
    verdict: Verdict
    path: str = ""
    line: int = 0
    old: str = ""
    new: str | None = None
    """The answer to a question."""
    why: str = ""

    @property
    def place(self) -> str:
        """Where it says to be about, for messages."""
        where = f"{self.path}:{self.line} {self.old}".strip(" :0")
        return f"{self.identity} ({where})" if where else self.identity


class Answer(Struct, frozen=True):
    """One way to answer a question: which database is meant, and what is written for it."""

    new: str
    """As a decision says it: the plan's new name, or the path of the target."""
    database: str
    written: str
    """As it is spelled at that place."""


class Settled(Struct, frozen=True):
    """What decisions say, before anything is done about it."""

    verdicts: Mapping[Reference, Answer | Verdict]
    stale: tuple[Decision, ...]
    """Those about nothing that was found."""
    problems: tuple[Problem, ...]


class Decided(Struct, frozen=True):
    """A search in which the decisions are carried out."""

    search: Search
    """Accepted questions are edits in it; rejected ones hold nothing up."""
    rejected: tuple[Reference, ...]
    """The edits and questions that are left as they are, by decision."""


# The file.


def load_decisions(file: Path) -> tuple[Decision, ...]:
    """Read decisions.

    Raises:
        DecisionsError: the file cannot be read, or not all of it is a decision.
    """
    mend = "have it written by `retable review` or `retable apply -i --decisions`"
    try:
        data = json.loads(file.read_text(encoding="utf-8"))
    except OSError as error:
        what = f"cannot be read: {error.strerror}"
        raise DecisionsError((Problem(str(file), what, "name another file"),)) from error
    except (ValueError, RecursionError) as error:
        what = f"is no JSON: {error}"
        raise DecisionsError((Problem(str(file), what, mend),)) from error
    if not isinstance(data, dict) or data.get("retable") != _FORMAT:
        what = f'is no decisions file: it does not say "retable": "{_FORMAT}"'
        raise DecisionsError((Problem(str(file), what, mend),))
    if data.get("version") != _VERSION:
        what = f"is of version {shown(data.get('version'))}, and this retable reads {_VERSION}"
        raise DecisionsError((Problem(str(file), what, "have it written anew"),))
    entries = data.get("decisions")
    if not isinstance(entries, list):
        what = "has no list of decisions"
        raise DecisionsError((Problem(str(file), what, mend),))
    decisions: list[Decision] = []
    problems: list[Problem] = []
    for number, entry in enumerate(entries, start=1):
        found = _decision(f"{file}: decisions[{number}]", entry)
        if isinstance(found, Problem):
            problems.append(found)
        else:
            decisions.append(found)
    problems += _meeting(file, decisions)
    if problems:
        raise DecisionsError(tuple(problems))
    return tuple(decisions)


def _decision(where: str, entry: Any) -> Decision | Problem:
    if not isinstance(entry, dict):
        return Problem(where, "is no object", "write id and verdict in braces")
    fault = _fault_in(where, entry)
    if fault:
        return fault
    return Decision(
        identity=entry["id"],
        verdict=Verdict(entry["verdict"]),
        path=entry.get("path") or "",
        line=entry.get("line") or 0,
        old=entry.get("old") or "",
        new=entry.get("new"),
        why=entry.get("why") or "",
    )


def _fault_in(where: str, entry: dict[str, Any]) -> Problem | None:
    unknown = sorted(entry.keys() - _KEYS.keys())
    if unknown:
        return Problem(where, f"has an unknown key {shown(unknown[0])}", "remove it")
    for key, value in entry.items():
        if value is not None and not isinstance(value, _KEYS[key]):
            kind = "number" if _KEYS[key] is int else "text"
            return Problem(where, f"{key} is {shown(value)}", f"write a {kind}")
    name, verdict = entry.get("id"), entry.get("verdict")
    if not name:
        return Problem(where, "has no id", "have it written by retable")
    if verdict is None:
        return Problem(where, f"{name}: has no verdict", "write accept or reject")
    if verdict not in set(Verdict):
        what = f"{name}: unknown verdict {shown(verdict)}"
        return Problem(where, what, "write accept or reject")
    return None


def _meeting(file: Path, decisions: Iterable[Decision]) -> Iterator[Problem]:
    """Two decisions about one thing."""
    first: dict[str, Decision] = {}
    for it in decisions:
        if it.identity in first:
            yield Problem(str(file), f"{it.place} is decided twice", "keep one of the two")
        first[it.identity] = it


def decisions_as_json(decisions: Iterable[Decision]) -> str:
    """The text of a decisions file; the same decisions give the same bytes."""
    entries = []
    for it in sorted(decisions, key=lambda it: (it.path, it.line, it.old, it.identity)):
        entry: dict[str, Any] = {"id": it.identity, "verdict": it.verdict.value}
        entry |= {"new": it.new} if it.new is not None else {}
        entry |= {"path": it.path, "line": it.line, "old": it.old}
        entry |= {"why": it.why} if it.why else {}
        entries.append(f"  {json.dumps(entry)}")
    listed = "[\n" + ",\n".join(entries) + "\n ]" if entries else "[]"
    return f'{{"retable": "{_FORMAT}", "version": {_VERSION},\n "decisions": {listed}}}\n'


def decision_on(
    reference: Reference, identity: str, verdict: Verdict, new: str | None = None, why: str = ""
) -> Decision:
    """A verdict on a reference, with its place for people."""
    path, line = str(reference.path), reference.line
    return Decision(identity, verdict, path, line, reference.old, new, why)


# What they come to.


def text_by_file(search: Search) -> Callable[[PurePosixPath], str]:
    """How to come by the text of a searched file."""
    files = {file.path: file for file in search.files}
    return lambda path: files[path].source.text


def answers_to(question: Reference, text: str, legacy: Legacy, target: str) -> tuple[Answer, ...]:
    """The answers that retable can carry out; none where a person must change the code.

    Args:
        question: what is asked about.
        text: the file's text.
        legacy: what old names may mean.
        target: the path of the database that receives all tables.
    """
    if not text.startswith(question.old, question.start):
        return ()  # it is spelled with escapes, or in pieces
    if question.clause == SHARED_KEY or question.mend == ON_EACH:
        return ()  # the new one would take another's place, or be wrong for others
    if question.kind is Kind.PATH:
        found = database_in(question.old, legacy)
        if found is None or found.database != question.group or found.path != question.old:
            return ()
        return (Answer(target, question.group, moved_path(found, target)),)
    if folded(question.old) != folded(question.group):
        return ()
    stands_in_quotes = text[question.start - 1 : question.start] in _QUOTES
    answers = (
        Answer(it.new, it.database, it.new)
        for it in legacy.meanings.get(folded(question.group), ())
        if it.database in question.databases
        and it.fate is Fate.MOVES
        and folded(it.new) != folded(it.old)
        # Whether it wants quotes there, and which, is more than an answer says.
        and (stands_in_quotes or quoted(it.new, "") == it.new)
    )
    # Two tables may become one: then it does not matter which is meant.
    return tuple({it.new: it for it in answers}.values())


def settle(searcher: Searcher, search: Search, decisions: Sequence[Decision]) -> Settled:
    """What decisions say of the references that were found, and what is wrong with them."""
    text_of = text_by_file(search)
    ids = identities(search.references, text_of) if decisions else {}
    by_identity = {identity: reference for reference, identity in ids.items()}
    problems: list[Problem] = []
    stale: list[Decision] = []
    verdicts: dict[Reference, Answer | Verdict] = {}
    for it in decisions:
        reference = by_identity.get(it.identity)
        if reference is None:
            stale.append(it)
        elif it.verdict is Verdict.REJECT or reference.certain:
            verdicts[reference] = it.verdict
            problems += _contradicts(it, reference)
        else:
            text = text_of(reference.path)
            answers = answers_to(reference, text, searcher.legacy, searcher.plan.target)
            chosen = next((answer for answer in answers if answer.new == it.new), None)
            if chosen:
                verdicts[reference] = chosen
            else:
                problems.append(_unanswered(it, answers))
    return Settled(verdicts, tuple(stale), tuple(problems))


def decide(searcher: Searcher, search: Search, decisions: Sequence[Decision]) -> Decided:
    """Carry out decisions on what was found.

    Raises:
        DecisionsError: a decision is about nothing that was found, or answers what is not asked.
    """
    settled = settle(searcher, search, decisions)
    problems = (*map(_stale, settled.stale), *settled.problems)
    if problems:
        raise DecisionsError(problems)
    return carried_out(search, settled.verdicts)


def carried_out(search: Search, verdicts: Mapping[Reference, Answer | Verdict]) -> Decided:
    """A search with verdicts on its references."""
    rejected = tuple(it for it in search.references if verdicts.get(it) is Verdict.REJECT)
    answered = {
        reference: accepted(reference, answer)
        for reference, answer in verdicts.items()
        if isinstance(answer, Answer)
    }
    return Decided(with_answers(search, answered, frozenset(rejected)), rejected)


def accepted(question: Reference, answer: Answer) -> Reference:
    """A question with its answer: an edit."""
    says = Evidence(Reason.DECISION, f"a decision says that it becomes {answer.written}")
    return replace(
        question,
        new=answer.written,
        databases=(answer.database,),
        evidence=(*question.evidence, says),
        question=None,
        mend="",
        blocking=False,
    )


def with_answers(
    search: Search, answered: Mapping[Reference, Reference], settled: frozenset[Reference]
) -> Search:
    """A search with some questions answered, and others that hold nothing up any more."""

    def now(reference: Reference) -> Reference:
        if reference in settled and not reference.certain:
            return replace(reference, blocking=False)
        return answered.get(reference, reference)

    if not answered and not settled:
        return search
    files = (
        replace(file, references=tuple(now(it) for it in file.references)) for file in search.files
    )
    return replace(search, files=tuple(files))


def _stale(decision: Decision) -> Problem:
    what = "is about no edit and no question that is open now"
    mend = "remove it if that is done; decide anew if the line was changed"
    return Problem(decision.place, what, mend)


def _contradicts(decision: Decision, edit: Reference) -> Iterator[Problem]:
    """An edit is made as it is, or not at all."""
    if decision.verdict is Verdict.REJECT:
        return
    if decision.new is not None and decision.new != edit.new:
        what = f"says that it becomes {shown(decision.new)}, and the edit writes {shown(edit.new)}"
        yield Problem(decision.place, what, "reject it, and change the code by hand")


def _unanswered(decision: Decision, answers: Sequence[Answer]) -> Problem:
    if not answers:
        what = "accepts a question that only a change of the code answers"
        return Problem(decision.place, what, "reject it, and change the code by hand")
    what = f"answers with {shown(decision.new)}" if decision.new is not None else "has no new name"
    listed = ", ".join(answer.new for answer in answers)
    return Problem(decision.place, what, f"write as new one of: {listed}")
