"""Every place where an old name stands as a word, and what each came to: the counts add up."""

from collections import Counter, deque
from collections.abc import Iterable, Mapping, Sequence

from msgspec import Struct

from refactor.references import Kind, Reference

_NO_STRING = "an identifier, a comment or documentation"


class Account(Struct, frozen=True):
    """How many words there are of one kind, and what they came to."""

    certain: int = 0
    """To be changed, without a question."""
    review: int = 0
    """To be changed, once a question is answered."""
    perhaps: int = 0
    ignored: int = 0
    """No reference, each for a reason."""
    history: int = 0
    """In files that the plan excludes."""

    @property
    def all(self) -> int:
        """How many there are."""
        return self.certain + self.review + self.perhaps + self.ignored + self.history

    def __add__(self, other: "Account") -> "Account":
        """Both together."""
        return Account(
            self.certain + other.certain,
            self.review + other.review,
            self.perhaps + other.perhaps,
            self.ignored + other.ignored,
            self.history + other.history,
        )


class Accounts(Struct, frozen=True):
    """What became of the words of one or many files: table names, and names of database files."""

    tables: Account = Account()
    paths: Account = Account()

    def __add__(self, other: "Accounts") -> "Accounts":
        """Both together."""
        return Accounts(self.tables + other.tables, self.paths + other.paths)


NOTHING_FOUND = Accounts()
"""What became of no word at all."""


def account(
    hits: Mapping[int, Kind],
    references: Iterable[Reference],
    reasons: Sequence[tuple[int, int, str]],
) -> tuple[Accounts, tuple[tuple[str, int], ...]]:
    """What each word of a file came to, and why some are no references.

    Args:
        hits: the kind of what each word names, by its offset.
        references: all of the file's.
        reasons: why there is no reference in a part of the file: its start, its end, the reason.
    """
    named = _named(references)
    counts: dict[Kind, Counter[str]] = {kind: Counter() for kind in Kind}
    ignored: Counter[str] = Counter()
    # Both are gone through once: a file of data may have a hundred thousand of each.
    waiting = deque(sorted(enumerate(reasons), key=lambda it: it[1][0]))
    around: list[tuple[int, tuple[int, int, str]]] = []
    for at, kind in sorted(hits.items()):
        reference = named.get(at)
        counts[kind][_fate(reference)] += 1
        while waiting and waiting[0][1][0] <= at:
            around.append(waiting.popleft())
        around = [it for it in around if at < it[1][1]]
        if reference is None:
            ignored[min(around)[1][2] if around else _NO_STRING] += 1
    accounts = Accounts(Account(**counts[Kind.TABLE]), Account(**counts[Kind.PATH]))
    return accounts, tuple(sorted(ignored.items()))


def named_by(references: Iterable[Reference], hits: Mapping[int, Kind]) -> dict[int, Kind]:
    """The words that stand in references."""
    named = _named(references)
    return {at: kind for at, kind in hits.items() if at in named}


def _named(references: Iterable[Reference]) -> dict[int, Reference]:
    return {at: it for it in references for at in range(it.start, it.start + len(it.old) + 1)}


def _fate(reference: Reference | None) -> str:
    if reference is None:
        return "ignored"
    if reference.certain:
        return "certain"
    return "review" if reference.blocking else "perhaps"
