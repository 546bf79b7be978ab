"""What SQLite says of a statement, in a word for a badge and a sentence for a reader."""

from collections import Counter
from collections.abc import Iterable
from typing import Any, assert_never

from refactor.proof.statements import (
    Broken,
    Fault,
    Idle,
    Mended,
    NotChecked,
    Proved,
    StatementProof,
)

_FILLED = "what is only known at run time was filled in"


def verdict_of(proof: StatementProof) -> dict[str, str]:
    """One verdict: its word, and what is to be said of it."""
    match proof:
        case Proved():
            return {"word": "proved", "says": _proved(proof)}
        case Mended(says=says):
            return {
                "word": "mended",
                "says": f"does not compile today ({says}), and does once its tables are together",
            }
        case Idle(says=says):
            return {"word": "idle", "says": f"compiles, and would create nothing: {says}"}
        case Broken(says=says):
            return {"word": "broken", "says": f"does not compile, before as after: {says}"}
        case NotChecked(why=why, says=says):
            why_not = f"not checked, {why.value}"
            return {"word": "not checked", "says": f"{why_not}: {says}" if says else why_not}
        case Fault(why=why):
            return {"word": "fault", "says": why}
    assert_never(proof)


def _proved(proof: Proved) -> str:
    said = "compiles today and when rewritten, and does the same"
    if proof.misfit:
        said = "fits the table that its own file creates or alters, and not the database's:"
        said = f"{said} {proof.misfit}"
    if proof.filled:
        said += f"; {_FILLED}"
    if proof.stand_ins:
        said += f"; taking for granted: {', '.join(f'{it}()' for it in proof.stand_ins)}"
    if proof.otherwise:
        said += f"; not in every way in which the code may put it together: {proof.otherwise}"
    return said


def verdicts(proofs: Iterable[StatementProof]) -> dict[str, Any]:
    """How many statements have each verdict, and for those not checked, why."""
    counts: Counter[str] = Counter()
    reasons: Counter[str] = Counter()
    for proof in proofs:
        counts[verdict_of(proof)["word"]] += 1
        if isinstance(proof, NotChecked):
            reasons[proof.why.value] += 1
    return {
        "all": sum(counts.values()),
        "counts": dict(counts.most_common()),
        "reasons": [[why, count] for why, count in reasons.most_common()],
    }
