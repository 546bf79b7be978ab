"""References and changes as text for people and as JSON for machines."""

from collections.abc import Iterable
from typing import Any

from rich.markup import escape

from refactor.changes import Changes
from refactor.oracle import Verdict
from refactor.references import Reference
from refactor.search import Search


def line_of(reference: Reference) -> str:
    """One reference in one line: where, what, what it becomes or what is asked."""
    where = f"{reference.path}:{reference.line}:{reference.column}"
    meant = reference.database or "database not decided"
    if reference.certain:
        return f"{where}: {reference.old} → {reference.new} [{reference.clause}, {meant}]"
    return f"{where}: {reference.old} → ? review: {reference.question} ({reference.mend})"


def as_json(reference: Reference) -> dict[str, Any]:
    """One reference as plain values."""
    return {
        "path": str(reference.path),
        "line": reference.line,
        "column": reference.column,
        "kind": reference.kind.value,
        "old": reference.old,
        "new": reference.new if reference.certain else None,
        "database": reference.database,
        "clause": reference.clause,
        "evidence": [
            {"reason": evidence.reason.value, "says": evidence.says}
            for evidence in reference.evidence
        ],
        "question": reference.question,
        "mend": reference.mend if reference.question else None,
        "blocking": reference.blocking,
    }


def search_as_json(search: Search) -> dict[str, Any]:
    """A whole search: its references, and all that was not looked at or is none."""
    return {
        "references": [as_json(reference) for reference in search.references],
        "unreadable": [{"path": str(it.path), "why": it.why} for it in search.unreadable],
        "history": [{"path": str(path), "hits": hits} for path, hits in search.history],
        "other_files": [{"path": str(path), "hits": hits} for path, hits in search.others],
        "skipped": [{"path": str(path), "why": why} for path, why in search.skipped],
        "looked_at": search.looked_at,
        "schemas_from_code": sorted(search.derived),
    }


def questions(references: Iterable[Reference]) -> list[str]:
    """What a human must decide, a question and its answer's place in two lines each."""
    lines = []
    for item in references:
        lines.append(f"  {escape(f'{item.path}:{item.line}:{item.column}')}  {escape(item.old)}")
        lines.append(f"    {escape(item.question or '')}")
        lines.append(f"    [dim]{escape(item.mend)}[/dim]")
    return lines


def proof_line(changes: Changes) -> str:
    """What SQLite said of the rewritten statements, before and after."""
    proofs = [proof for file in changes.rewritten for proof in file.proofs]
    before = [proof for proof in proofs if proof.before is Verdict.COMPILES]
    filled = sum(1 for proof in before if proof.filled)
    return (
        f"statements rewritten: {len(proofs)}; {len(before)} compile on today's schema"
        f" ({filled} with holes filled), and all of those on the new one;"
        f" {len(proofs) - len(before)} cannot be compiled, before or after"
    )


def summary_lines(search: Search, changes: Changes) -> list[str]:
    """What was done about a code base, in a few lines: incomplete groups first."""
    lines = [proof_line(changes)] if changes.rewritten else []
    for group in changes.groups:
        if not group.complete:
            held = [item for item in changes.withheld if item.group == group.name]
            lines.append(
                f"[yellow]{escape(group.name)}[/yellow]: {len(group.questions)} open questions;"
                f" {len(held)} references withheld (a rename that is applied in part is worse"
                " than none; --partial overrides)"
            )
    if changes.review:
        lines.append(f"left to review: {len(changes.review)}")
        lines += questions(changes.review)
    for fault in changes.unproved:
        lines.append(f"[red]not rewritten[/red] {escape(str(fault.path))}: {escape(fault.why)}")
    if search.derived:
        lines.append(
            "schemas read from the code's CREATE TABLEs, since the files are not here: "
            + ", ".join(sorted(search.derived))
        )
    if search.history:
        hits = sum(count for _, count in search.history)
        lines.append(f"history, excluded by the plan: {len(search.history)} files, {hits} hits")
    if search.others:
        hits = sum(count for _, count in search.others)
        lines.append(
            f"neither Python nor SQL, not read: {len(search.others)} files hold {hits} hits"
        )
    return lines
