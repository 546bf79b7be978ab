"""One file through its edits, and the proof that nothing else changed."""

import ast
import warnings
from collections.abc import Iterable
from dataclasses import dataclass
from pathlib import PurePosixPath

from refactor.edits import Edit, apply_edits
from refactor.references import Reference
from refactor.search import FileSearch, Searcher
from refactor.source import Source


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


def rewrite(file: FileSearch, references: Iterable[Reference], searcher: Searcher) -> (
    Rewritten | Unproved
):
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
    why = _difference(source, after) if source.path.suffix != ".sql" else None
    why = why or _left_over(file, after, changed, searcher)
    if why:
        return Unproved(file.path, why, changed)
    return Rewritten(file.path, source.data, data, changed)


def _difference(before: Source, after: Source) -> str | None:
    try:
        if _shape(before.text) != _shape(after.text):
            return "the edit would change more than the contents of strings"
    except SyntaxError as error:
        return f"the result would not parse: {error.msg} on line {error.lineno}"
    return None


def _shape(text: str) -> str:
    """A module's tree with the contents of its strings left out."""
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")
        tree = ast.parse(text)
    for node in ast.walk(tree):
        if isinstance(node, ast.Constant) and isinstance(node.value, str):
            node.value = ""
    return ast.dump(tree)


def _left_over(
    file: FileSearch, after: Source, changed: tuple[Reference, ...], searcher: Searcher
) -> str | None:
    again = searcher.search_again(after)
    if again is None:
        return "the result cannot be read again"
    swapped = searcher.legacy.new_names & searcher.legacy.meanings.keys()
    left = [it for it in again.references if it.certain and it.old.lower() not in swapped]
    expected = len([it for it in file.references if it.certain]) - len(changed)
    if len(left) > expected:
        return f"a second run would change {left[0].old} on line {left[0].line} again"
    return None
