"""What SQLite says of the code's statements, before and after: in lines, in Markdown, as JSON."""

from collections import Counter
from collections.abc import Iterable, Sequence
from typing import Any, assert_never

from rich.markup import escape

from refactor.proof import Broken, Fault, NotChecked, Proved, Spot, StatementProof
from refactor.sql.names import HOLE

_SHOWN = 10
_BEGINNING = 60


def statement_lines(proofs: Sequence[StatementProof]) -> list[str]:
    """The verdicts in a few lines: how many of each, and what is broken already."""
    if not proofs:
        return []
    lines = [escape(headline(proofs))]
    broken = [it for it in proofs if isinstance(it, Broken)]
    if broken:
        lines.append("already broken, for the same reason before and after:")
    lines += [escape(f"  {place_of(it.spot)}: {it.says}") for it in broken[:_SHOWN]]
    if len(broken) > _SHOWN:
        lines.append(f"  and {len(broken) - _SHOWN} more: `retable check --format json`")
    return lines + [
        escape(f"not checked: {count}, {why}") for why, count in _reasons(proofs).items()
    ]


def headline(proofs: Sequence[StatementProof]) -> str:
    """How many statements there are, and how many have each verdict."""
    counts = Counter(type(it) for it in proofs)
    proved = [it for it in proofs if isinstance(it, Proved)]
    filled = sum(it.filled for it in proved)
    functions = sorted({name for it in proved for name in it.stand_ins})
    how = [f"{filled} with holes filled"] if filled else []
    if functions:
        how.append(f"taking for granted: {', '.join(f'{it}()' for it in functions)}")
    parts = [
        f"{len(proved)} compile today and when rewritten" + (f" ({'; '.join(how)})" if how else ""),
        f"{counts[Broken]} already broken",
        f"{counts[NotChecked]} not checked",
    ]
    if counts[Fault]:
        parts.append(f"{counts[Fault]} would break and are left alone")
    return f"statements that name an old table: {len(proofs)}: {', '.join(parts)}"


def statement_markdown(proofs: Sequence[StatementProof]) -> list[str]:
    """The verdicts for a reviewer: all that is not simply proved, with its place."""
    if not proofs:
        return []
    lines = ["## Statements", "", f"{headline(proofs)[0].upper()}{headline(proofs)[1:]}.", ""]
    groups: dict[str, list[StatementProof]] = {"Already broken": []}
    for it in proofs:
        if isinstance(it, Broken):
            groups["Already broken"].append(it)
        elif isinstance(it, NotChecked):
            groups.setdefault(f"Not checked: {it.why}", []).append(it)
    for title, found in groups.items():
        lines += [f"### {title}", "", *map(_item, found), ""] if found else []
    return lines


def _item(proof: StatementProof) -> str:
    said = proof.says if isinstance(proof, Broken | NotChecked) else ""
    place = f"- `{place_of(proof.spot)}` `{_beginning(proof.spot)}`"
    return f"{place}: {said}" if said else place


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
        case Proved(filled=filled, stand_ins=functions):
            return {"verdict": "proved", "filled": filled, "taken_for_granted": list(functions)}
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
