"""References and changes as text for people and as JSON for machines."""

from collections import Counter
from collections.abc import Iterable, Sequence
from pathlib import PurePosixPath
from typing import Any

from msgspec.structs import asdict

from plan.errors import counted, in_one_line
from refactor.found import Search
from refactor.hits import Account
from refactor.ignores import Left
from refactor.leftovers import message_of
from refactor.patches.changes import Changes, InPart, changed_in_part
from refactor.patches.decisions import text_by_file
from refactor.patches.identity import identities
from refactor.proof.statements import StatementProof
from refactor.references import Kind, Reference
from retable.markup import escape
from retable.questions import place_of, question_lines
from retable.statements import statement_lines, statements_as_json

_NAMED = 3


def line_of(reference: Reference) -> str:
    """One reference in one line: where, what, what it becomes or what is asked."""
    return f"{place_of(reference)}: {message_of(reference)}"


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


def search_as_json(search: Search, proofs: Iterable[StatementProof]) -> dict[str, Any]:
    """A whole search: its references, its statements, and all that was not looked at or is none."""
    names = identities(search.references, text_by_file(search))
    return {
        "references": [{"id": names[it], **as_json(it)} for it in search.references],
        "statements": statements_as_json(proofs),
        "unreadable": [{"path": str(it.path), "why": it.why} for it in search.unreadable],
        "ignored": [
            {"path": str(file.path), "why": why, "hits": hits}
            for file in search.files
            for why, hits in file.ignored
        ],
        "accounts": [
            {
                "path": str(file.path),
                "tables": _account_as_json(file.accounts.tables),
                "paths": _account_as_json(file.accounts.paths),
            }
            for file in search.files
        ],
        "history": [{"path": str(path), "hits": hits} for path, hits in search.history],
        "migrations": [
            {"path": str(path), "hits": hits, "framework": framework}
            for path, hits, framework in search.migrations
        ],
        "other_files": [
            {"path": str(it.path), "hits": it.hits, "why": it.why} for it in search.others
        ],
        "skipped": [{"path": str(path), "why": why} for path, why in search.skipped],
        "looked_at": search.looked_at,
        "schemas_from_code": sorted(search.derived),
    }


def _account_as_json(found: Account) -> dict[str, int]:
    return {"all": found.all, **asdict(found)}


_GOES_ON = (
    "`retable check` goes on asking, until the line says # retable: ignore[open-question]"
    " or the plan answers"
)


def summary_lines(search: Search, changes: Changes) -> list[str]:
    """What was done about a code base, in a few lines: incomplete groups first."""
    lines = statement_lines(changes.proofs) + _withheld(changes) + _left(search, changes)
    if changes.review:
        perhaps = sum(1 for it in changes.review if not it.blocking)
        more = f", {perhaps} of them perhaps no name" if perhaps else ""
        lines.append(f"left to review: {len(changes.review)}{more}")
        lines += question_lines(changes.review)
    for fault in changes.unproved:
        lines.append(f"[red]not rewritten[/red] {escape(str(fault.path))}: {escape(fault.why)}")
    return lines + unseen_lines(search)


def _left(search: Search, changes: Changes) -> list[str]:
    """What is left as it is since a person said so: each place, for it is theirs from now on."""
    if not changes.left:
        return []
    count = counted(len(changes.left), "reference")
    left_at = {(it.path, it.start) for it in changes.left}
    asked = sum(it.blocking and (it.path, it.start) in left_at for it in search.references)
    return [
        f"left as they are, by decision: {count}",
        *(
            f"  {escape(f'{it.path}:{it.line}:{it.column}')}  {escape(it.old)}"
            for it in changes.left
        ),
        *([escape(f"  {counted(asked, 'question')} among them: {_GOES_ON}")] if asked else []),
        *in_part_lines(search, changes),
    ]


def in_part_lines(search: Search, changes: Changes) -> list[str]:
    """A warning for each table that is changed in some places and not in others."""
    return [
        f"[yellow]warning[/yellow]: {escape(_in_part(it))}"
        for it in changed_in_part(search, changes)
    ]


def _in_part(part: InPart) -> str:
    table = part.name != part.database
    what = f"{part.name} of {part.database}" if table else f"the code of {part.database}"
    of = counted(part.edited + len(part.missing), "place")
    places = _places(part.missing)
    return in_one_line(f"{what} is changed in part, {part.edited} of {of}; not: {places}")


def _places(references: Sequence[Reference]) -> str:
    """Where some references stand, the first few of them."""
    places = list(dict.fromkeys(f"{it.path}:{it.line}" for it in references))
    more = f" and {len(places) - _NAMED} more" if len(places) > _NAMED else ""
    return ", ".join(places[:_NAMED]) + more


def _withheld(changes: Changes) -> list[str]:
    """The groups that are left alone, and why: the questions, and what hangs on their answers."""
    if not changes.withheld:
        return []
    asked = {(group.kind, group.name): group for group in changes.groups if not group.complete}
    counts = Counter((item.kind, item.group) for item in changes.withheld)
    why = "a rename that is applied in part is worse than none; --partial overrides"
    paths_only = all(item.kind is Kind.PATH for item in changes.withheld)
    if paths_only:
        why = "a path tells its database's tables from others of their name"
        waiting = {name for _, name in counts}
        asked = {key: group for key, group in asked.items() if group.databases & waiting}
    count = counted(len(changes.withheld), "reference")
    lines = [f"[yellow]withheld[/yellow]: {count} ({why})"]
    for (kind, name), group in asked.items():
        held, open_ = counts.pop((kind, name), 0), len(group.questions)
        line = f"  {escape(name)}: {counted(open_, 'open question')}"
        # Where tables are changed all the same, this is all that the path waits for.
        line += escape(f" on {_places(group.questions)}") if paths_only else ""
        lines.append(f"{line}, {counted(held, 'reference')} withheld" if held else line)
    lines += [
        f"  {escape(name)}: {counted(held, 'reference')} withheld along with them"
        for (_, name), held in counts.items()
    ]
    return lines


def unseen_lines(search: Search) -> list[str]:
    """What was not looked at, or not as a whole: nobody shall believe that it was."""
    lines = [
        f"[red]NOT READ[/red] {escape(str(unreadable.path))}: {escape(unreadable.why)}"
        for unreadable in search.unreadable
    ]
    lines += map(escape, left_lines(search.left))
    if search.derived:
        lines.append(
            "schemas read from the code's CREATE TABLEs, since the files are not here: "
            + escape(", ".join(sorted(search.derived)))
        )
    lines += [
        f"{what}: {_account(found)}"
        for what, found in (
            ("old table names", search.accounts.tables),
            ("names of database files that move", search.accounts.paths),
        )
        if found.all
    ]
    if search.history:
        lines.append(f"history, excluded by the plan: {_files_and_hits(search.history)}")
    for framework in sorted({framework for _, _, framework in search.migrations}):
        ran = [(path, hits) for path, hits, whose in search.migrations if whose == framework]
        lines.append(
            f"history, {framework}'s migrations, which keep the old names: {_files_and_hits(ran)}"
        )
    odd = [it for it in search.others if it.misnamed]
    lines += [
        f"[yellow]not read[/yellow] {escape(f'{it.path} ({it.hits}): {it.why}')}"
        for it in odd[:_NAMED]
    ]
    if odd[_NAMED:]:
        lines.append(f"… and {counted(len(odd) - _NAMED, 'file')} like it, all in --format json")
    others = [it for it in search.others if not it.misnamed]
    if others:
        named = sorted(others, key=lambda it: (-it.hits, it.path))[:_NAMED]
        names = ", ".join(f"{it.path} ({it.hits})" for it in named)
        more = ", …" if len(others) > _NAMED else ""
        lines.append(
            "of kinds that are not read:"
            f" {_files_and_hits([(it.path, it.hits) for it in others])}: {escape(names)}{more}"
        )
    return lines


def left_lines(left: Sequence[Left]) -> list[str]:
    """What comments say to leave, so that no such comment is forgotten."""
    if not left:
        return []
    lines = [f"left as comments say: {counted(len(left), 'reference')}"]
    for it in left[:_NAMED]:
        where = f"{it.reference.path}:{it.reference.line}"
        why = f" ({it.ignore.reason})" if it.ignore.reason else ""
        lines.append(f"  {where}  {it.reference.old}{why}")
    if left[_NAMED:]:
        lines.append(f"  and {len(left) - _NAMED} more, all in `retable check --format json`")
    return lines


def _account(found: Account) -> str:
    """What the words of one kind came to, as a sum."""
    parts = [
        f"{count:,} {what}"
        for count, what in (
            (found.certain, "to change"),
            (found.review, "to review"),
            (found.perhaps, "perhaps"),
            (found.ignored, "no references"),
            (found.history, "history"),
        )
        if count
    ]
    return f"{counted(found.all, 'word')} = {' + '.join(parts)}"


def _files_and_hits(files: Sequence[tuple[PurePosixPath, int]]) -> str:
    hits = sum(count for _, count in files)
    return f"{counted(len(files), 'file')} with {counted(hits, 'hit')}"
