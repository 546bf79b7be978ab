"""One file through its edits, and the proof that nothing else changed."""

from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass, replace
from pathlib import PurePosixPath

from plan.model import folded
from refactor.codebase import read_again
from refactor.edits import Edit, apply_edits
from refactor.outline import Outline
from refactor.proof import StatementProof, proofs_of
from refactor.references import Reference
from refactor.search import FileSearch, Searcher
from refactor.source import Source, Unreadable


@dataclass(frozen=True, slots=True)
class Rewritten:
    """A file whose references were changed, and proved to have changed in nothing else."""

    source: Source
    """As it was."""
    after: bytes
    references: tuple[Reference, ...]
    proofs: tuple[StatementProof, ...]

    @property
    def path(self) -> PurePosixPath:
        """The file, relative to the plan's folder."""
        return self.source.path


@dataclass(frozen=True, slots=True)
class Unproved:
    """A file that stays as it is, since its rewriting could not be proved."""

    path: PurePosixPath
    why: str
    references: tuple[Reference, ...]


_Job = tuple[FileSearch, tuple[Reference, ...]]


def rewrite_all(jobs: Sequence[_Job], searcher: Searcher) -> Iterator[Rewritten | Unproved]:
    """Change references of many files, and prove each result; in the order of the files."""
    bare = [(replace(file, codebase=None), references) for file, references in jobs]
    return searcher.map(_rewrite, bare, key=lambda job: job[0].path)


def _rewrite(searcher: Searcher, job: _Job) -> Rewritten | Unproved:
    file, references = job
    return rewrite(replace(file, codebase=searcher.codebase), references, searcher)


def rewrite(
    file: FileSearch, references: Iterable[Reference], searcher: Searcher
) -> Rewritten | Unproved:
    """Change these references of a file, and prove the result.

    The proof: each statement that SQLite compiles on today's schema compiles on the new one, the
    file parses to the same tree but for the contents of strings, and a second run would change
    nothing.
    """
    changed, source = tuple(references), file.source
    try:
        text, data = edited(source, changed)
    except UnicodeEncodeError as error:
        why = f"{source.encoding} cannot spell the new name: {error.reason}"
        return Unproved(file.path, why, changed)
    after = replace(source, data=data, text=text)
    proofs = tuple(proofs_of(file.texts, changed, file.references, searcher.oracle))
    why = _worse(proofs) or _fault(file, after, _edits(changed), searcher)
    if why:
        return Unproved(file.path, why, changed)
    return Rewritten(source, data, changed, proofs)


def _worse(proofs: Iterable[StatementProof]) -> str:
    """Which statement compiled today and would not any more; empty if none."""
    return next(
        (
            f"the statement on line {proof.line} compiles today, and would not any more:"
            f" {proof.says}"
            for proof in proofs
            if not proof.holds
        ),
        "",
    )


def edited(source: Source, references: Iterable[Reference]) -> tuple[str, bytes]:
    """A file's text and bytes with these references changed.

    Raises:
        UnicodeEncodeError: the file's encoding cannot spell a new name.
    """
    text = apply_edits(source.text, _edits(references))
    return text, source.encoded(text)


def _edits(references: Iterable[Reference]) -> list[Edit]:
    return [Edit(it.start, it.old, it.new) for it in references if it.new is not None]


def _fault(file: FileSearch, after: Source, edits: Sequence[Edit], searcher: Searcher) -> str:
    """What is wrong with a rewritten file; empty if nothing is."""
    reading = read_again(after)
    if isinstance(reading, Unreadable):
        return f"the result would not parse: {reading.why}"
    found, outlined = searcher.search_reading(reading), reading.outline
    before = searcher.codebase.outline_of(file.path)
    if outlined and before and _strings(outlined) != _moved(_strings(before), edits):
        return "the edit would change more than the contents of strings"
    swapped = searcher.legacy.new_names & searcher.legacy.meanings.keys()
    left = [it for it in found.references if it.certain and folded(it.old) not in swapped]
    expected = sum(1 for it in file.references if it.certain) - len(edits)
    if len(left) > expected:
        return f"a second run would change {left[0].old} on line {left[0].line} again"
    return ""


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
