"""What SQLite says of the code's statements, before and after: in lines, in Markdown, as JSON."""

from collections import Counter
from collections.abc import Iterable, Sequence
from typing import Any, assert_never

from refactor.proof.statements import (
    Broken,
    Fault,
    Idle,
    Mended,
    NotChecked,
    Proved,
    Spot,
    StatementProof,
)
from refactor.sql.names import HOLE
from retable.markup import escape

_SHOWN = 10
_BEGINNING = 60
_BROKEN = "Already broken"


def statement_lines(proofs: Sequence[StatementProof]) -> list[str]:
    """The verdicts in a few lines: how many of each, and what is broken already."""
    if not proofs:
        return []
    lines = [escape(headline(proofs))]
    for title, kind in (
        ("already broken, for the same reason before and after:", Broken),
        ("would create nothing, since the name will be another table's:", Idle),
    ):
        found = [it for it in proofs if isinstance(it, kind)]
        lines += [title] if found else []
        lines += [escape(f"  {place_of(it.spot)}: {it.says}") for it in found[:_SHOWN]]
        if len(found) > _SHOWN:
            lines.append(f"  and {len(found) - _SHOWN} more: `retable check --format json`")
    return lines + [
        escape(f"not checked: {count}, {why}") for why, count in _reasons(proofs).items()
    ]


def headline(proofs: Sequence[StatementProof]) -> str:
    """How many statements there are, and how many have each verdict."""
    counts = Counter(type(it) for it in proofs)
    proved = [it for it in proofs if isinstance(it, Proved)]
    filled = sum(it.filled for it in proved)
    functions = sorted({name for it in proved for name in it.stand_ins})
    own = sum(bool(it.misfit) for it in proved)
    how = [f"{filled} with holes filled"] if filled else []
    if own:
        how.append(f"{own} on tables that their own files create or alter")
    if functions:
        how.append(f"taking for granted: {', '.join(f'{it}()' for it in functions)}")
    parts = [
        f"{len(proved)} compile today and when rewritten, and do the same"
        + (f" ({'; '.join(how)})" if how else "")
    ]
    if counts[Idle]:
        parts.append(f"{counts[Idle]} would create nothing")
    if counts[Mended]:
        parts.append(f"{counts[Mended]} compile only when rewritten")
    parts += [f"{counts[Broken]} already broken", f"{counts[NotChecked]} not checked"]
    if counts[Fault]:
        parts.append(f"{counts[Fault]} would break or do something else, and are left alone")
    return f"statements that name an old table: {len(proofs)}: {', '.join(parts)}"


def statement_markdown(proofs: Sequence[StatementProof]) -> list[str]:
    """The verdicts for a reviewer: all that is not simply proved, with its place."""
    if not proofs:
        return []
    lines = ["## Statements", "", f"{headline(proofs)[0].upper()}{headline(proofs)[1:]}.", ""]
    groups: dict[str, list[str]] = {_BROKEN: []}
    for it in proofs:
        heading, says = _heading(it)
        if heading:
            place = f"- `{place_of(it.spot)}` `{_beginning(it.spot)}`"
            groups.setdefault(heading, []).append(f"{place}: {says}" if says else place)
    for heading, items in groups.items():
        lines += [f"### {heading}", "", *items, ""] if items else []
    return lines


def _heading(proof: StatementProof) -> tuple[str, str]:
    """Under which heading a verdict is told, and SQLite's words; none for what is simply proved."""
    heading, says = "", ""
    match proof:
        case Broken(says=says):
            heading = _BROKEN
        case Mended(says=says):
            heading = "Compiles once its tables are in one database"
        case Idle(says=says):
            heading = "Would create nothing"
        case NotChecked(why=why, says=says):
            heading = f"Not checked: {why}"
        case Proved(misfit=says) if says:
            heading = "Fits the table that its own file creates or alters, and not the database's"
        case Proved(otherwise=says) if says:
            heading = "Compiles, but not in every way in which the code may put it together"
        case Fault(why=says):
            heading = "Left alone"
    return heading, says


def statements_as_json(proofs: Iterable[StatementProof]) -> list[dict[str, Any]]:
    """Each statement's verdict as plain values."""
    return [
        {
            "path": str(it.spot.path),
            "line": it.spot.line,
            "sql": it.spot.sql.replace(HOLE, "…"),
            **_verdict(it),
        }
        for it in proofs
    ]


def place_of(spot: Spot) -> str:
    """Where a statement stands."""
    return f"{spot.path}:{spot.line}"


def _verdict(proof: StatementProof) -> dict[str, Any]:
    match proof:
        case Proved(filled=filled, stand_ins=functions, otherwise=otherwise, misfit=misfit):
            facts = {"filled": filled, "taken_for_granted": list(functions)}
            return {"verdict": "proved", **facts, "sqlite": misfit or otherwise or None}
        case Mended(says=says):
            return {"verdict": "compiles only when rewritten", "sqlite": says}
        case Idle(says=says):
            return {"verdict": "would create nothing", "why": says}
        case Broken(says=says):
            return {"verdict": "already broken", "sqlite": says}
        case NotChecked(why=why, says=says):
            return {"verdict": "not checked", "why": why.value, "sqlite": says or None}
        case Fault(why=why):
            return {"verdict": "would break", "why": why}
    assert_never(proof)


def _beginning(spot: Spot) -> str:
    """How a statement begins, on one line, its holes as a reader would write them."""
    words = " ".join(spot.sql.replace(HOLE, "…").split()).replace("`", "'")
    return words if len(words) <= _BEGINNING else f"{words[: _BEGINNING - 1]}…"


def _reasons(proofs: Iterable[StatementProof]) -> dict[str, int]:
    """How many statements are not checked for each reason, the most frequent first."""
    reasons = Counter(it.why.value for it in proofs if isinstance(it, NotChecked))
    return dict(reasons.most_common())
