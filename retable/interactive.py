"""`retable apply -i`: one edit after the other, as `git add -p` asks.

Nothing is written before the end. All talk goes to stderr, the answers come from the terminal.
"""

import sys
from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path, PurePosixPath

import click
from rich.text import Text

from plan.errors import Problem, ProblemsError, UserError, counted, counted_that, in_one_line
from refactor.found import Search
from refactor.patches.changes import Changes, changes_for
from refactor.patches.decisions import (
    Answer,
    Decision,
    DecisionsError,
    Verdict,
    answers_to,
    carried_out,
    decision_on,
    decisions_as_json,
    load_decisions,
    settle,
    text_by_file,
    with_answers,
)
from refactor.patches.identity import identities
from refactor.patches.rewrite import edited
from refactor.patches.session import Item, Session
from refactor.patches.write import write_files
from refactor.references import Reference
from refactor.search import Searcher
from retable.console import Bars, err
from retable.hunks import hunk, meaning
from retable.markup import escape
from retable.render import in_part_lines

_Verdicts = Mapping[Reference, Answer | Verdict]
_HELP = {
    "y": "yes, make this edit",
    "n": "no: leave it as it is; of a question: it names no old table",
    "a": "make this edit and all later ones in this file; its questions are still asked",
    "d": "leave this one and all later ones in this file",
    "s": "skip this question: it stays open",
    "u": "undo the last answer",
    "q": "quit: what was accepted so far is applied, nothing else",
    "?": "explain",
}


class NoTerminalError(UserError):
    """Nobody is there to be asked."""

    def __str__(self) -> str:
        """Say what is missing, and what goes without it."""
        return (
            "apply -i asks, and this is no terminal"
            " (run it in one, or obey answers that a file holds: retable apply --decisions FILE)"
        )


def refuse_without_terminal() -> None:
    """Refuse to ask where nobody can answer.

    Raises:
        NoTerminalError: stdin or stderr leads elsewhere.
    """
    if not (sys.stdin.isatty() and sys.stderr.isatty()):
        raise NoTerminalError


@dataclass(slots=True)
class _Kept:
    """The decisions file, and what is to be in it."""

    file: Path | None

    def read(self) -> tuple[Decision, ...]:
        """What was decided before.

        Raises:
            DecisionsError: the file is there, and is none.
            ProblemsError: it could not be written at the end.
        """
        if self.file is None:
            return ()
        if not self.file.parent.is_dir():
            what = f"cannot be written: there is no folder {self.file.parent}"
            raise ProblemsError((Problem(str(self.file), what, "name another with --decisions"),))
        return load_decisions(self.file) if self.file.exists() else ()

    def write(
        self,
        verdicts: _Verdicts,
        among: Iterable[Reference],
        text_of: Callable[[PurePosixPath], str],
    ) -> None:
        """Keep verdicts on references that are among all that are found in these texts."""
        if self.file is None:
            return
        ids = identities(among, text_of)
        decisions = [_decision(it, ids[it], verdict) for it, verdict in verdicts.items()]
        try:
            self.file.write_text(decisions_as_json(decisions), encoding="utf-8")
        except OSError as error:
            what = f"cannot be written: {error.strerror}"
            mend = "name another with --decisions"
            raise ProblemsError((Problem(str(self.file), what, mend),)) from error
        err.print(escape(f"{counted(len(decisions), 'decision')} kept in {self.file}"))


def _decision(reference: Reference, identity: str, verdict: Answer | Verdict) -> Decision:
    if isinstance(verdict, Answer):
        return decision_on(reference, identity, Verdict.ACCEPT, verdict.new)
    return decision_on(reference, identity, verdict)


def apply_interactively(searcher: Searcher, search: Search, file: Path | None) -> int:
    """Ask about each edit and question, then make what was accepted.

    Returns 0 if everything was decided and done, 1 if something is left open.

    Raises:
        ProblemsError: decisions that were given before cannot be obeyed.
    """
    kept = _Kept(file)
    before = _decided_before(searcher, search, kept.read())
    text_of = text_by_file(search)
    session = Session(
        [
            Item(it, () if it.certain else _answers(it, text_of, searcher))
            for it in search.references
            if it not in before
        ]
    )
    try:
        _ask_all(session, text_of)
        verdicts = {**before, **session.verdicts()}
        changes = _changes(searcher, search, verdicts)
        for line in in_part_lines(search, changes):  # before anything is written
            err.print(line)
        write_files(searcher.plan.root, changes.rewritten)
    except BaseException as error:  # also Ctrl-C: the answers need not be given again
        kept.write({**before, **session.verdicts()}, search.references, text_of)
        if isinstance(error, KeyboardInterrupt):
            raise click.Abort from error
        raise
    _keep_rest(kept, search, verdicts, changes)
    return _summed_up(search, verdicts, changes)


def _answers(
    question: Reference, text_of: Callable[[PurePosixPath], str], searcher: Searcher
) -> tuple[Answer, ...]:
    return answers_to(question, text_of(question.path), searcher.legacy, searcher.plan.target)


def _decided_before(searcher: Searcher, search: Search, decisions: Sequence[Decision]) -> _Verdicts:
    """What a file decides already; what it says of what is no more is dropped, aloud."""
    settled = settle(searcher, search, decisions)
    if settled.problems:
        raise DecisionsError(settled.problems)
    if settled.stale:
        what = counted_that(len(settled.stale), "earlier decision", "is", "are")
        err.print(f"[yellow]dropped[/yellow]: {what} about nothing that is open now")
        for it in settled.stale:
            err.print(f"  {escape(in_one_line(it.place))}")
    if settled.verdicts:
        err.print(f"{counted(len(settled.verdicts), 'reference')} decided before")
    return settled.verdicts


# Asking.


def _ask_all(session: Session, text_of: Callable[[PurePosixPath], str]) -> None:
    while (at := session.at) is not None:
        item = session.items[at]
        _show(session, at, text_of(item.reference.path))
        while not _answered(session, item, _typed(item)):
            pass


def _show(session: Session, at: int, text: str) -> None:
    reference = session.items[at].reference
    number, of_file = session.place_in_file(at)
    err.print()
    heading = Text(in_one_line(str(reference.path)), style="bold")
    place = f"  {number} of {of_file} in this file, {at + 1} of {len(session.items)}"
    err.print(heading.append(place, style="not bold dim"))
    for line in (*hunk(reference, text), *meaning(session.items[at])):
        err.print(line)


def _keys(item: Item) -> list[str]:
    if item.is_edit:
        return ["y", "n", "a", "d", "u", "q", "?"]
    numbers = [str(number) for number in range(1, len(item.answers) + 1)]
    return [*numbers, "n", "s", "d", "u", "q", "?"]


def _typed(item: Item) -> str:
    """One of the keys that the item knows."""
    keys = _keys(item)
    asks = "Apply this edit" if item.is_edit else "What is it"
    while True:
        err.print(Text(f"{asks} [{','.join(keys)}]? ", style="bold blue"), end="")
        line = sys.stdin.readline()
        if not line:
            err.print()
            return "q"  # the end of input, as git takes it
        key = line.strip().lower()
        if key in keys and key != "?":
            return key
        for it in keys:
            says = f"it is {item.answers[int(it) - 1].new}" if it.isdigit() else _HELP[it]
            err.print(f"  {it} - {escape(says)}")


def _answered(session: Session, item: Item, key: str) -> bool:
    """Do what a key says; False if there was nothing to do."""
    match key:
        case "y":
            session.give(Verdict.ACCEPT)
        case "n":
            session.give(Verdict.REJECT)
        case "a":
            session.give_rest_of_file(Verdict.ACCEPT)
        case "d":
            session.leave_rest_of_file()
        case "s":
            session.give(None)
        case "q":
            session.quit()
        case "u" if not session.undo():
            err.print("there is no answer to undo")
            return False
        case "u":
            pass
        case number:
            session.give(item.answers[int(number) - 1])
    return True


# What comes of it.


def _changes(searcher: Searcher, search: Search, verdicts: _Verdicts) -> Changes:
    """The accepted edits, and nothing held back: whoever accepts one has seen it."""
    decided = carried_out(search, verdicts).search
    open_ = frozenset(it for it in decided.references if not it.certain)
    left = [it for it in search.references if it not in verdicts and it.certain]
    left += [it for it, verdict in verdicts.items() if verdict is Verdict.REJECT]
    with Bars() as bars:
        return changes_for(
            with_answers(decided, {}, open_),
            searcher,
            partial=True,
            left=left,
            tick=lambda done, total: bars.tick("Rewriting", done, total),
        )


def _keep_rest(kept: _Kept, search: Search, verdicts: _Verdicts, changes: Changes) -> None:
    """Keep the decisions that are not carried out, by what their lines are called from now on."""
    done = {(it.path, it.start) for it in changes.edited}
    rest = [it for it in search.references if (it.path, it.start) not in done]
    rewritten = {it.path: it for it in changes.rewritten}
    before = text_by_file(search)

    def text_of(path: PurePosixPath) -> str:
        file = rewritten.get(path)
        return edited(file.source, file.references)[0] if file else before(path)

    kept.write({it: verdicts[it] for it in rest if it in verdicts}, rest, text_of)


def _summed_up(search: Search, verdicts: _Verdicts, changes: Changes) -> int:
    """Say what was done and what was not, and the exit status that goes with it."""
    for file in changes.rewritten:
        click.echo(f"{in_one_line(str(file.path))}: {counted(len(file.references), 'reference')}")
    for fault in changes.unproved:
        err.print(f"[red]not rewritten[/red] {escape(f'{fault.path}: {fault.why}')}")
    rejected = sum(1 for it in verdicts.values() if it is Verdict.REJECT)
    open_edits = sum(1 for it in search.references if it.certain and it not in verdicts)
    questions = [it for it in search.references if not it.certain and it not in verdicts]
    err.print(
        f"changed {counted(len(changes.edited), 'reference')}"
        f" in {counted(len(changes.rewritten), 'file')},"
        f" left {rejected} by decision, {open_edits} not decided,"
        f" {counted(len(questions), 'question')} open"
    )
    asked = any(it.blocking for it in questions)
    return 1 if open_edits or asked or changes.unproved else 0
