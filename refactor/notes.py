"""What a human should know besides the references: nothing of it is edited, nothing withheld."""

from collections.abc import Sequence
from pathlib import PurePosixPath

from msgspec import Struct

from refactor.livehistory import LiveHistory, live_history
from refactor.references import Reference
from refactor.remarks import Looks, Project, Remark
from refactor.search import Searcher
from refactor.text.source import Unreadable


class Notes(Struct, frozen=True):
    """All of it for one code base."""

    live: tuple[LiveHistory, ...] = ()
    """Excluded files that live code uses."""
    remarks: tuple[Remark, ...] = ()


class Notebook:
    """Looks for what no rename reaches, at each file while it is at hand."""

    def __init__(self, searcher: Searcher) -> None:
        self._searcher = searcher
        self._looks = Looks(
            Project(
                plan=searcher.plan,
                schemas=searcher.schemas,
                legacy=searcher.legacy,
                codebase=searcher.codebase,
                connections=searcher.evidence.connections,
                folders=searcher.evidence.folders,
                paths=searcher.evidence.paths,
                attachments=searcher.evidence.attachments,
                takers=searcher.evidence.takers,
                bindings=searcher.evidence.bindings,
                imported=searcher.evidence.modules.imported,
                executors=searcher.evidence.executors,
                references=self._references_in,
            )
        )

    def look(self, path: PurePosixPath) -> None:
        """Look at a file that has just been searched."""
        self._looks.at(path)

    def notes(self) -> Notes:
        """All that was found, and what is found in the files that nobody has searched."""
        plan, codebase = self._searcher.plan, self._searcher.codebase
        return Notes(
            live=live_history(plan, codebase, self._references_in), remarks=self._looks.remarks()
        )

    def _references_in(self, path: PurePosixPath) -> Sequence[Reference]:
        reading = self._searcher.codebase.reading(path)
        if isinstance(reading, Unreadable):
            return ()
        return self._searcher.inspector.search_reading(reading).references


def notes_on(searcher: Searcher) -> Notes:
    """Look for what no rename reaches."""
    return Notebook(searcher).notes()
