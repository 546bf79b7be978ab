"""One file through its edits, and the proof that nothing else changed."""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from pathlib import PurePosixPath

from plan.model import folded
from refactor.edits import Edit, apply_edits
from refactor.outline import Outline
from refactor.references import Reference
from refactor.search import FileSearch, Searcher
from refactor.source import Source, Unreadable


@dataclass(frozen=True, slots=True)
class Rewritten:
    """A file whose references were changed, and proved to have changed in nothing else."""

    path: PurePosixPath
    before: bytes
    after: bytes
    references: tuple[Reference, ...]


@dataclass(frozen=True, slots=True)
class Unproved:
    """A file that stays as it is, since its rewriting could not be proved."""

    path: PurePosixPath
    why: str
    references: tuple[Reference, ...]


def rewrite(
    file: FileSearch, references: Iterable[Reference], searcher: Searcher
) -> Rewritten | Unproved:
    """Change these references of a file, and prove the result.

    The proof: it parses to the same tree but for the contents of strings, it encodes, and
    searching it again finds none of the changed references left.
    """
    changed = tuple(references)
    source = file.source
    edits = [Edit(it.start, it.old, it.new) for it in changed if it.new is not None]
    text = apply_edits(source.text, edits)
    try:
        data = source.encoded(text)
    except UnicodeEncodeError as error:
        return Unproved(file.path, f"{source.encoding} cannot spell the new name: {error}", changed)
    after = Source(source.path, data, text, source.encoding, source.bom)
    why = _fault(file, after, edits, searcher)
    if why:
        return Unproved(file.path, why, changed)
    return Rewritten(file.path, source.data, data, changed)


def _fault(
    file: FileSearch, after: Source, edits: Sequence[Edit], searcher: Searcher
) -> str | None:
    """What is wrong with a rewritten file; None if nothing is."""
    again = searcher.search_again(after)
    if isinstance(again, Unreadable):
        return f"the result would not parse: {again.why}"
    found, outlined = again
    before = searcher.outline_of(file.path)
    if outlined and before and _strings(outlined) != _moved(_strings(before), edits):
        return "the edit would change more than the contents of strings"
    swapped = searcher.legacy.new_names & searcher.legacy.meanings.keys()
    left = [it for it in found.references if it.certain and folded(it.old) not in swapped]
    expected = sum(1 for it in file.references if it.certain) - len(edits)
    if len(left) > expected:
        return f"a second run would change {left[0].old} on line {left[0].line} again"
    return None


def _strings(outlined: Outline) -> list[tuple[int, int]]:
    """Where the string expressions of a module start and end."""
    return [(site.start, site.end) for site in outlined.sites]


def _moved(spans: list[tuple[int, int]], edits: Sequence[Edit]) -> list[tuple[int, int]]:
    """Where spans come to lie once the text in them has been edited.

    All that is outside of strings is the same text, so if each string stands where it should,
    the module has the same tree but for the contents of strings.
    """
    growths = [(edit.start, len(edit.new) - len(edit.old)) for edit in edits]
    return [
        (
            start + sum(by for at, by in growths if at < start),
            end + sum(by for at, by in growths if at < end),
        )
        for start, end in spans
    ]
