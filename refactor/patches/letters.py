"""What a patch says of itself: what it renames, where from, and what it leaves to people."""

from collections import Counter
from collections.abc import Iterable, Iterator

from plan.errors import counted
from plan.model import Plan, folded
from refactor.patches.changes import Changes
from refactor.patches.mail import Letter
from refactor.patches.series import Part
from refactor.references import Kind, Reference

_DIGITS = 16
_SHOWN = 20
CRLF = b"\r\n"


def letter_of(part: Part, plan: Plan, changes: Changes) -> Letter:
    """The commit's message of a patch, and what its reader should know before applying it."""
    edits, files = len(part.references), len(part.patch.files)
    message = [
        f"Changes {counted(edits, 'reference')} in {counted(files, 'file')}; made by retable",
        f"from {plan.file.name} (SHA-256 {plan.digest[:_DIGITS]}).",
        "",
        # Never at the beginning of a line: it may be what git takes for a header or for a patch.
        *([f"About: {part.about}", ""] if part.about else []),
        *(f"  {line}" for line in _renames(part.references)),
    ]
    asked = [it for it in changes.review if _concerns(it, part)]
    if asked:
        message += ["", "Left for review, and not changed:", ""]
        message += _listed(f"{it.path}:{it.line}: {it.old}: {it.question}" for it in asked)
    left = [it for it in changes.left if _concerns(it, part)]
    if left:
        message += ["", "Left as they are, since somebody decided so:", ""]
        message += _listed(f"{it.path}:{it.line}: {it.old}" for it in left)
    return Letter(part.subject, message, list(_remarks(part)))


def needs_keep_cr(part: Part) -> bool:
    """Whether `git am` would take the CRs of CRLF away unless it is told not to."""
    return CRLF in part.patch.text


def _renames(references: Iterable[Reference]) -> Iterator[str]:
    counts = Counter(_rename(it) for it in references)
    for said, count in sorted(counts.items()):
        yield f"{said}  ({counted(count, 'reference')})"


def _rename(reference: Reference) -> str:
    if reference.kind is Kind.PATH:
        return f"{reference.group} -> {reference.new}"
    new = (reference.new or "").strip('\\"[]`')
    return f"{reference.group} of {reference.database} -> {new}"


def _concerns(reference: Reference, part: Part) -> bool:
    """Whether something else is about the names that a patch changes, or about its files."""
    names = {(it.kind, folded(it.group)) for it in part.references}
    return (reference.kind, folded(reference.group)) in names or reference.path in part.patch.files


def _listed(lines: Iterable[str]) -> Iterator[str]:
    every = list(lines)
    yield from (f"  {line}" for line in every[:_SHOWN])
    if len(every) > _SHOWN:
        yield f"  and {len(every) - _SHOWN} more: SUMMARY.md"


def _remarks(part: Part) -> Iterator[str]:
    counts = Counter(it.path for it in part.references)
    for path in part.patch.files:
        yield f"  {path} | {counts[path]}"
    edits, files = len(part.references), len(part.patch.files)
    yield f"  {counted(files, 'file')}, {counted(edits, 'reference')}"
    if needs_keep_cr(part):
        yield ""
        yield "  Lines in it end with CRLF: git am --keep-cr"
    for path in part.patch.untracked:
        yield f"  Not in git yet, so git apply takes it and git am does not: {path}"
    for path, why in part.patch.not_carried:
        yield f"  Not in this patch: {path}: {why}"
