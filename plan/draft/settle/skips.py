"""The tables that a draft leaves behind, each with its claim, or a question."""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass

from plan.draft.document.claims import OfSkip
from plan.draft.found import Files
from plan.draft.model import DraftSkip, Fact, Source, asked
from plan.draft.settle.databases import Standing
from plan.draft.settle.places import Places
from plan.draft.settle.speech import Speech, rows_of
from plan.model import Action, Claim, folded


@dataclass(frozen=True, slots=True)
class Skips:
    """Judges what is skipped."""

    standing: Standing
    places: Places
    files: Files
    speech: Speech

    def of(self, skips: Sequence[OfSkip], planned: set[tuple[str, str]]) -> Iterator[DraftSkip]:
        """One entry for each; a table that is also planned is asked about there."""
        seen: set[tuple[str, str]] = set()
        for skip in skips:
            path = self.places.of(skip.database) or skip.database
            key = (path or "", folded(skip.table))
            unmerged = self.standing.action(path) in (Action.KEEP, Action.DELETE)
            if key in seen or key in planned or unmerged:
                continue
            seen.add(key)
            yield self._skip(skip, path)

    def _skip(self, skip: OfSkip, path: str | None) -> DraftSkip:
        sources = self.speech.source(skip.said)
        holders = [it for it in self.standing.carried if self.files.table(it, skip.table)]
        quoted = self.speech.quoted(skip.said)
        table = Fact(skip.table, sources)
        if path is None:
            place = self._place(skip, holders)
            known = str(place.value) if place.known else None
            return DraftSkip(table, place, self._claim(skip, known))
        place = Fact(path, sources)
        if self.files.readable(path) and path not in holders:
            table = asked(
                f"{quoted}, and {path} has no table {skip.table}. Which table is meant?"
                " (Delete this entry if none is.)",
                sources=sources,
            )
        elif path == self.standing.target_path:
            place = asked(
                f"{quoted}. All tables of the target stay: delete this entry, and list the table"
                " in its domain. Or is another database meant?",
                sources=sources,
            )
        return DraftSkip(table, place, self._claim(skip, path))

    def _place(self, skip: OfSkip, holders: Sequence[str]) -> Fact:
        merged = [path for path in holders if path != self.standing.target_path]
        if len(merged) == 1 == len(holders):
            return Fact(merged[0], (Source(f"found in {merged[0]} only"),))
        return asked(
            f"{self.speech.quoted(skip.said)}, and no database. Which is meant?",
            *(f'"{path}"' for path in merged or self.standing.carried),
            sources=self.speech.source(skip.said),
        )

    def _claim(self, skip: OfSkip, path: str | None) -> Fact:
        found = self.files.table(path, skip.table) if path else None
        sources = self.speech.source(skip.said)
        answers = (
            f'"{Claim.EMPTY}": refused if it has a row',
            f'"{Claim.UNWANTED}": its rows stay in backup and archive only',
        )
        if skip.claim is Claim.UNWANTED:
            return Fact(skip.claim.value, sources)
        if found is None or found.rows is None:
            if skip.claim is not None:
                return Fact(skip.claim.value, sources)
        elif found.rows == 0:
            return Fact(Claim.EMPTY.value, sources)
        rows = f", and it has {rows_of(found.rows)}" if found else ""
        return asked(
            f"{self.speech.quoted(skip.said)}{rows}. Why may it be left behind? (Or give it a new"
            " name in a domain instead of this entry.)",
            *answers,
            sources=sources,
        )
