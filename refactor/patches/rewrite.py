"""One file through its edits, and the proof that nothing else changed."""

from bisect import bisect_left
from collections.abc import Iterable, Iterator, Mapping, Sequence
from itertools import accumulate
from pathlib import PurePosixPath

from msgspec import Struct
from msgspec.structs import replace

from plan.model import folded
from refactor.code.codebase import read_again
from refactor.databases.attachments import schemas_of
from refactor.found import FileSearch, strings_of
from refactor.ignores import beside
from refactor.kinds import NOTHING, Embedded
from refactor.kinds.sameness import changed_too_much
from refactor.patches.instrings import edited_strings
from refactor.proof.statements import Fault, StatementProof
from refactor.python.strings import Text
from refactor.references import Reference
from refactor.search import Searcher
from refactor.sql.names import table_names
from refactor.text.edits import Edit, apply_edits
from refactor.text.source import Source, Unreadable


class Rewritten(Struct, frozen=True):
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


class Unproved(Struct, frozen=True):
    """A file that stays as it is, since its rewriting could not be proved."""

    path: PurePosixPath
    why: str
    references: tuple[Reference, ...]


_Job = tuple[FileSearch, tuple[Reference, ...]]


def rewrite_all(jobs: Sequence[_Job], searcher: Searcher) -> Iterator[Rewritten | Unproved]:
    """Change references of many files, and prove each result; in the order of the files."""
    bare = [(file.bare, references) for file, references in jobs]
    return searcher.map(_rewrite, bare, key=lambda job: job[0].path)


def _rewrite(searcher: Searcher, job: _Job) -> Rewritten | Unproved:
    file, references = job
    return rewrite(replace(file, codebase=searcher.codebase), references, searcher)


def rewrite(
    file: FileSearch, references: Iterable[Reference], searcher: Searcher
) -> Rewritten | Unproved:
    """Change these references of a file, and prove the result.

    The proof: each statement that SQLite compiles on today's schema compiles on the new one, and
    one that fails today fails for the same reason; the file parses to the same tree but for the
    contents of strings (settings: to the same values but for those that were edited), and a second
    run would change nothing.
    """
    changed, source = tuple(references), file.source
    try:
        text, data = edited(source, changed)
    except UnicodeEncodeError as error:
        why = f"{source.encoding} cannot spell the new name: {error.reason}"
        return Unproved(file.path, why, changed)
    after = replace(source, data=data, text=text)
    proofs = proofs_of(file, searcher, changed)
    edits = _edits(changed)
    why = _worse(proofs)
    if not why and not _is_proved_in_place(file, edits, searcher):
        why = _fault(file, after, edits, searcher)
    if why:
        return Unproved(file.path, why, changed)
    return Rewritten(source, data, changed, proofs)


def proofs_of(
    file: FileSearch, searcher: Searcher, changed: Iterable[Reference] = ()
) -> tuple[StatementProof, ...]:
    """What SQLite says of each statement of a file that names an old table.

    Args:
        file: what was found in it.
        searcher: who found it.
        changed: the references that are edited, as they are edited.
    """
    edits = {it.start: it for it in changed}
    beyond = beside(file.texts, file.left)
    references = tuple(edits.get(it.start, it) for it in file.references if it.start not in beyond)

    def attached(text: Text, sql: str) -> Mapping[str, str]:
        schemas = frozenset(name.schema for name in table_names(sql))
        return schemas_of(searcher.evidence.attachments, file.path, text.context.scope, schemas)

    return searcher.evidence.prover.proofs_of(file.source.text, file.texts, references, attached)


def _worse(proofs: Iterable[StatementProof]) -> str:
    """Which statement would be worse off than it is today; empty if none."""
    faults = (it for it in proofs if isinstance(it, Fault))
    return next((f"the statement on line {it.spot.line} {it.why}" for it in faults), "")


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
    codebase, docs = searcher.codebase, searcher.plan.code.docs
    reading = read_again(after, codebase.words, docs=docs)
    if isinstance(reading, Unreadable):
        return f"the result would not parse: {reading.why}"
    contents = NOTHING
    if not codebase.is_python(file.path):
        before = codebase.reading(file.path)
        if isinstance(before, Unreadable):
            return f"it cannot be read any more: {before.why}"
        contents = before.contents
    if file.strings and reading.outline:
        within = _in_module(edits, contents.python)
        if strings_of(reading.outline).tolist() != _moved(file.strings, within):
            return "the edit would change more than the contents of strings"
    why = changed_too_much(contents, file.source, after, edits, docs=docs)
    if why:
        return why
    swapped = searcher.legacy.new_names & searcher.legacy.meanings.keys()
    starts = {it.start for it in edits}
    left = {(it.line, it.old) for it in file.references if it.certain and it.start not in starts}
    for it in searcher.inspector.certain_in(reading):
        if folded(it.old) not in swapped and (it.line, it.old) not in left:
            return f"a second run would change {it.old} on line {it.line}"
    return ""


def _is_proved_in_place(file: FileSearch, edits: Sequence[Edit], searcher: Searcher) -> bool:
    """Whether a module is right without another look at all of it.

    Its tree is the same, no old name is left where it was edited, and nothing in it was asked: all
    else is what it was, and was found to name nothing.
    """
    codebase = searcher.codebase
    if not codebase.is_python(file.path) or len(edits) != len(file.references):
        return False
    changed = edited_strings(file.source.text, file.strings, edits)
    return changed is not None and not any(map(codebase.words.are_in, changed))


def _in_module(edits: Sequence[Edit], python: Embedded | None) -> Sequence[Edit]:
    """The edits of a file as edits of the Python in it."""
    if python is None:
        return edits
    places = python.inverse()
    return [replace(it, start=places[it.start]) for it in edits if it.start in places]


def _moved(offsets: Iterable[int], edits: Sequence[Edit]) -> list[int]:
    """Where offsets come to lie once a text has been edited.

    All that is outside of strings is the same text, so if each string stands where it should,
    the module has the same tree but for the contents of strings.
    """
    ordered = sorted(edits, key=lambda it: it.start)
    starts = [it.start for it in ordered]
    grown = (0, *accumulate(len(it.new) - len(it.old) for it in ordered))
    return [offset + grown[bisect_left(starts, offset)] for offset in offsets]
