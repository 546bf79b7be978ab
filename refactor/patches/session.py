"""Which edits a person wants: one item after the other, with a way back (pure)."""

from collections.abc import Iterator, Mapping, Sequence
from pathlib import PurePosixPath

from msgspec import Struct, field

from refactor.patches.decisions import Answer, Verdict
from refactor.references import Reference


class Item(Struct, frozen=True):
    """An edit that can be made, or a question with its answers."""

    reference: Reference
    answers: tuple[Answer, ...] = ()

    @property
    def is_edit(self) -> bool:
        """Whether it can be made as it is."""
        return self.reference.certain


class Session(Struct):
    """The answers so far; those that were given at once are taken back at once."""

    items: Sequence[Item]
    _verdicts: dict[int, Answer | Verdict | None] = field(default_factory=dict)
    """By the item's number; None for what was skipped."""
    _given: list[tuple[int, ...]] = field(default_factory=list)
    _over: bool = False

    @property
    def at(self) -> int | None:
        """The number of the item to be asked about; None when it is over."""
        if self._over:
            return None
        return next((it for it in range(len(self.items)) if it not in self._verdicts), None)

    def give(self, verdict: Answer | Verdict | None) -> None:
        """Answer the item that is asked about; None skips it."""
        if self.at is not None:
            self._give({self.at: verdict})

    def give_rest_of_file(self, verdict: Verdict) -> None:
        """Answer this item and every later edit in its file; nobody guesses at questions."""
        if self.at is None:
            return
        here = self.items[self.at].reference.path
        rest = (it for it in self._open(here) if self.items[it].is_edit)
        self._give(dict.fromkeys(rest, verdict))

    def leave_rest_of_file(self) -> None:
        """Leave this item and all later ones in its file: edits are rejected, questions skipped."""
        if self.at is None:
            return
        here = self.items[self.at].reference.path
        self._give(
            {it: Verdict.REJECT if self.items[it].is_edit else None for it in self._open(here)}
        )

    def undo(self) -> bool:
        """Take the last answer back; False if there is none."""
        if not self._given:
            return False
        for number in self._given.pop():
            del self._verdicts[number]
        return True

    def quit(self) -> None:
        """Ask no more: the answers so far stand."""
        self._over = True

    def verdicts(self) -> Mapping[Reference, Answer | Verdict]:
        """What was decided; what was skipped, or not asked about, is not in it."""
        return {
            self.items[number].reference: verdict
            for number, verdict in sorted(self._verdicts.items())
            if verdict is not None
        }

    def place_in_file(self, number: int) -> tuple[int, int]:
        """Which of how many items of its file one is, from 1."""
        path = self.items[number].reference.path
        of_file = [at for at, it in enumerate(self.items) if it.reference.path == path]
        return of_file.index(number) + 1, len(of_file)

    def _open(self, path: PurePosixPath) -> Iterator[int]:
        for number, item in enumerate(self.items):
            if item.reference.path == path and number not in self._verdicts:
                yield number

    def _give(self, verdicts: Mapping[int, Answer | Verdict | None]) -> None:
        self._verdicts |= verdicts
        self._given.append(tuple(verdicts))
