"""What a human should know besides the references: nothing of it is edited, nothing withheld."""

from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import PurePosixPath

from refactor.livehistory import LiveHistory, live_history
from refactor.references import Reference
from refactor.remarks import Project, Remark, remarks_on
from refactor.search import Searcher
from refactor.source import Unreadable


@dataclass(frozen=True, slots=True)
class Notes:
    """All of it for one code base."""

    live: tuple[LiveHistory, ...] = ()
    """Excluded files that live code uses."""
    remarks: tuple[Remark, ...] = ()


def notes_on(searcher: Searcher) -> Notes:
    """Look for what no rename reaches."""

    def references_in(path: PurePosixPath) -> Sequence[Reference]:
        reading = searcher.codebase.reading(path)
        return (
            () if isinstance(reading, Unreadable) else searcher.search_reading(reading).references
        )

    return Notes(
        live=live_history(searcher.plan, searcher.codebase, references_in),
        remarks=remarks_on(
            Project(
                plan=searcher.plan,
                schemas=searcher.schemas,
                legacy=searcher.legacy,
                codebase=searcher.codebase,
                connections=searcher.connections,
                folders=searcher.folders,
                paths=searcher.paths,
                attachments=searcher.attachments,
            )
        ),
    )
