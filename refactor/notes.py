"""What a human should know besides the references: nothing of it is edited, nothing withheld."""

from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import PurePosixPath

from refactor.livehistory import LiveHistory, live_history
from refactor.references import Reference
from refactor.search import Search, Searcher
from refactor.source import Unreadable


@dataclass(frozen=True, slots=True)
class Notes:
    """All of it for one code base."""

    live: tuple[LiveHistory, ...] = ()
    """Excluded files that live code uses."""


def notes_on(searcher: Searcher, search: Search) -> Notes:
    """Look for what no rename reaches."""

    def references_in(path: PurePosixPath) -> Sequence[Reference]:
        reading = searcher.codebase.reading(path)
        return () if isinstance(reading, Unreadable) else searcher.search_reading(reading).references

    return Notes(live=live_history(searcher.plan, searcher.codebase, references_in))
