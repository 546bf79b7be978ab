"""What a document gives, without a disk: the plan file's text, its keys, and its questions."""

from collections.abc import Callable

import pytest

from plan.draft.document.reading import read_document
from plan.draft.found import Files, FoundDatabase, FoundTable
from plan.draft.settle.drafting import Drafted, draft_of
from plan.draft.settle.places import places_of
from plan.draft.toml import toml_of
from plan.slots import slots_of


class Result:
    """A draft, as its file says it."""

    def __init__(self, drafted: Drafted) -> None:
        self.drafted = drafted
        self.text = toml_of(drafted.draft)
        self.asks = {slot.where: slot.asks for slot in slots_of(self.text)}
        """The questions, by the key that they ask about."""

    @property
    def unread(self) -> list[str]:
        return [it.said.words for it in self.drafted.unread]

    def line(self, part: str) -> str:
        """The one line of the file that has this in it, without its comment."""
        (found,) = (
            line
            for line in self.text.split("\n")
            if part in line and not line.lstrip().startswith("#")
        )
        return found.partition(" #")[0].strip()


def files_of(contents: dict[str, dict[str, tuple[list[str], int]]]) -> Files:
    """Files by path; in each, tables with their columns and rows."""
    return Files(
        tuple(
            FoundDatabase(
                path,
                tuple(
                    FoundTable(name, tuple(columns), rows)
                    for name, (columns, rows) in tables.items()
                ),
            )
            for path, tables in contents.items()
        )
    )


@pytest.fixture
def draft() -> Callable[..., Result]:
    """Draft a plan from a document, and from files if there are any."""

    def drafted(document: str, contents: dict | None = None) -> Result:
        statements = read_document(document)
        files = files_of(contents or {})
        places = places_of(statements, tuple(contents or ()))
        return Result(draft_of(statements, places, files, name="PLAN.md", origin="PLAN.md"))

    return drafted
