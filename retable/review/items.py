"""Every edit and every question as plain values: what, where, why, and what may be decided."""

import json
import re
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from pathlib import PurePosixPath
from typing import Any

from plan.model import folded
from plan.toml_text import toml_text
from refactor.found import FileSearch, Search
from refactor.legacy import Legacy
from refactor.patches.changes import Changes
from refactor.patches.decisions import answers_to, text_by_file
from refactor.patches.identity import identities
from refactor.patches.series import PATHS
from refactor.proof.statements import StatementProof
from refactor.references import Kind, Reference
from retable.review.excerpts import Excerpts, Mark
from retable.review.verdicts import verdict_of

_BINDING = "[[code.binding]]"

CERTAIN, WITHHELD, UNPROVED = "certain", "withheld", "left alone"
QUESTION, PERHAPS = "question", "perhaps"

_Place = tuple[PurePosixPath, int]


@dataclass(frozen=True, slots=True)
class Standing:
    """What is known of all references together."""

    legacy: Legacy
    target: str
    ids: Mapping[Reference, str]
    withheld: frozenset[_Place]
    unproved: Mapping[_Place, str]
    proofs: Mapping[_Place, StatementProof]

    def certainty(self, it: Reference) -> str:
        """What becomes of a reference."""
        if it.question is not None or it.new is None:
            return QUESTION if it.blocking else PERHAPS
        if (it.path, it.start) in self.unproved:
            return UNPROVED
        return WITHHELD if (it.path, it.start) in self.withheld else CERTAIN


def standing_of(search: Search, changes: Changes, legacy: Legacy, target: str) -> Standing:
    """Gather it."""
    return Standing(
        legacy=legacy,
        target=target,
        ids=identities(search.references, text_by_file(search)),
        withheld=frozenset((it.path, it.start) for it in changes.withheld),
        unproved={
            (it.path, it.start): fault.why for fault in changes.unproved for it in fault.references
        },
        proofs={
            (proof.spot.path, start): proof
            for proof in changes.proofs
            for start in proof.spot.names
        },
    )


def items_of(search: Search, standing: Standing) -> list[dict[str, Any]]:
    """All references, by file and place, with the lines around them."""
    return [item for file in search.files for item in _items_in(file, standing)]


def _items_in(file: FileSearch, standing: Standing) -> Iterator[dict[str, Any]]:
    if not file.references:
        return
    marks = {it: Mark(it.start, it.start + len(it.old), standing.ids[it]) for it in file.references}
    text = file.source.text
    excerpts = Excerpts(text, marks.values())
    for it, mark in marks.items():
        lines = [[line.number, *line.pieces] for line in excerpts.around(mark)]
        item = _item(it, standing)
        if not it.certain:
            item |= {"question": it.question, "mend": it.mend, "answers": answers_of(it)}
            item["choices"] = choices_for(it, text, standing)
        yield {**item, "lines": lines}


def _item(it: Reference, standing: Standing) -> dict[str, Any]:
    proof = standing.proofs.get((it.path, it.start))
    return {
        "id": standing.ids[it],
        "path": str(it.path),
        "line": it.line,
        "column": it.column,
        "kind": it.kind.value,
        "certainty": standing.certainty(it),
        "old": it.old,
        "new": it.new if it.certain else None,
        "table": it.group,
        "domains": domains_of(it, standing),
        "databases": list(it.databases),
        "clause": it.clause,
        "evidence": [[each.reason.value, each.says] for each in it.evidence],
        "verdict": verdict_of(proof) if proof else None,
        "why": standing.unproved.get((it.path, it.start)),
    }


def domains_of(it: Reference, standing: Standing) -> list[str]:
    """The domain that a reference belongs to; where that is open, all that it may belong to."""
    if it.kind is Kind.PATH:
        return [PATHS]
    name = folded(it.group)
    meanings = standing.legacy.meanings.get(name, ())
    databases = it.databases or tuple(meaning.database for meaning in meanings)
    found = (standing.legacy.domains.get((database, name)) for database in databases)
    return list(dict.fromkeys(filter(None, found)))


def choices_for(it: Reference, text: str, standing: Standing) -> list[dict[str, str]]:
    """The new names that a human may choose for a question: those that decisions can carry out."""
    return [
        {"new": answer.new, "database": answer.database, "written": answer.written}
        for answer in answers_to(it, text, standing.legacy, standing.target)
    ]


def answers_of(it: Reference) -> list[str]:
    """The lines for the plan that answer a question, one text for each possible answer."""
    lines = it.mend.splitlines()
    if len(lines) < 2:  # noqa: PLR2004 - a mend of one line tells a human what to do by hand
        return []
    if lines[0] != _BINDING:
        return [it.mend]
    # A kept database whose file is not here is an answer, though nobody knows its tables.
    named = (line for line in lines if line.startswith("database = "))
    databases = (*it.databases, *(each for line in named for each in _quoted(line)))
    head = [line for line in lines if not line.startswith(("database = ", "#"))]
    return [
        "\n".join((*head, f"database = {toml_text(database)}"))
        for database in dict.fromkeys(databases)
    ]


def _quoted(line: str) -> Sequence[str]:
    return [json.loads(text) for text in re.findall(r'"(?:[^"\\]|\\.)*"', line)]
