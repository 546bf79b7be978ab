"""The tables of a draft: each with its old name, its database, its new name, or a question."""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass, replace

from plan.draft.document.claims import OfTable, Said
from plan.draft.found import Files, FoundTable
from plan.draft.model import DraftTable, Fact, Source, asked
from plan.draft.settle.databases import Standing
from plan.draft.settle.groups import Group, resolve
from plan.draft.settle.placed import Placed, headings_of, names_in, unnamed, ways
from plan.draft.settle.speech import Speech, rows_of
from plan.errors import counted
from plan.model import Action, Compat, folded
from plan.rules import is_identifier

_SAMPLE = 8


@dataclass(frozen=True, slots=True)
class Judge:
    """Turns groups of lines into tables."""

    standing: Standing
    files: Files
    speech: Speech

    def tables(self, group: Group) -> Iterator[Placed]:
        """All tables of one old name."""
        left = list(resolve(group, self.standing, self.files))
        entries = dict(group.placed)
        doubts = self._elsewhere(group, entries)
        bare = [path for path in entries if not group.news(path)]
        free = [path for path in group.holders if path not in entries]
        if left:
            free += [path for path in group.undecided if path not in entries]
        for path, claims in entries.items():
            if self.standing.action(path) in (Action.KEEP, Action.DELETE) and all(
                claim.contents for claim in claims
            ):
                continue  # it only says what is in a file that nothing is taken from
            if left and path in bare:
                yield self._unnamed_of(group, path, [*claims, *left], several=[*bare, *free])
            else:
                yield self._entry(group, path, claims, doubts.get(path, ()))
        if left and (bare or free):
            for path in free:
                yield self._unnamed_of(group, path, left, several=[*bare, *free])
        else:
            yield from self._left(group, left, entries)
            for path in free if "" not in group.skipped else ():
                yield self._unnamed_of(group, path, group.lines)

    @property
    def _target(self) -> str | None:
        return self.standing.target_path

    def _unnamed_of(
        self, group: Group, path: str, lines: Sequence[OfTable], *, several: Sequence[str] = ()
    ) -> Placed:
        found = self.files.table(path, group.old) or FoundTable(group.old)
        return unnamed(path, found, lines, self._target, self.speech, several=several)

    def _elsewhere(
        self, group: Group, entries: dict[str, list[OfTable]]
    ) -> dict[str, tuple[OfTable, ...]]:
        """Lines that take a table out of one file, while the line with its name says another.

        Both are about one table, and contradict each other; unless each file has such a table.
        """
        doubts: dict[str, tuple[OfTable, ...]] = {}
        for path in list(entries):
            own = {folded(claim.new or "") for claim in group.news(path)}
            others = [it for it in entries if it != path and group.news(it)]
            if own:
                others = [it for it in others if own & _folded(group.news(it))]
            if len(others) != 1 or self.files.table(path, group.old):
                continue
            known = _folded(group.news(others[0]))
            joins = any(claim.joins for claim in entries[path])
            doubtful = self.files.readable(path) or all(it.inherited for it in entries[path])
            if (not own and not joins) or (own and own <= known and doubtful):
                doubts[others[0]] = (*doubts.get(others[0], ()), *entries.pop(path))
        return doubts

    def _entry(
        self, group: Group, path: str, claims: Sequence[OfTable], doubts: Sequence[OfTable]
    ) -> Placed:
        said = tuple(dict.fromkeys(claim.said for claim in claims))
        stated = [claim.said for claim in claims if claim.database is not None]
        where = self.speech.source(*stated)
        if not stated and self.files.checked:
            skipped = any(self.files.table(it, group.old) for it in group.skipped)
            only = group.holders == (path,) and not skipped
            where = (Source(f"found in {path}{' only' if only else ''}"),)
        table = DraftTable(
            old=Fact(group.old, self.speech.source(*said)),
            database=Fact(path, where),
            new=self._new(group, path, claims),
            about=self._about(group.by_weight(path)),
            compat=self._compat(claims),
        )
        table = self._against_files(table, group, path, claims, doubts)
        return Placed(
            table, path, headings_of(claims), said[0].line, tuple(claims), names_in(claims)
        )

    def _new(self, group: Group, path: str, claims: Sequence[OfTable]) -> Fact:
        names: dict[str, list[OfTable]] = {}
        for claim in claims:
            if claim.new is not None:
                names.setdefault(folded(claim.new), []).append(claim)
        unclear = [claim for claim in claims if claim.unclear_new]
        said = [claim.said for claim in claims]
        if len(names) == 1 and not unclear:
            (same,) = names.values()
            new = str(same[0].new)
            sources = self.speech.source(*(claim.said for claim in same))
            if new == group.old or is_identifier(new):
                return Fact(new, sources)
            what = f"{self.speech.quoted(same[0].said)}, and {new!r} cannot be a table's new name."
            return asked(f"{what} What is it?", sources=sources)
        if len(names) > 1:
            told = [same[0] for same in names.values()]
            answers = [f'"{claim.new}": {self.speech.at(claim.said)}' for claim in told]
            lines = self.speech.all_of(claim.said for claim in told)
            return asked(
                f"Two names for one table: {lines}. Which is it?",
                *answers,
                sources=self.speech.source(*(claim.said for claim in told)),
            )
        lines = self.speech.all_of(said)
        found = self.files.table(path, group.old)
        return asked(
            f"{lines}, and no new name{' that is clear' if unclear else ''} is given."
            f" What is {group.old} of {path} called afterwards?",
            *ways(found or FoundTable(group.old), path, self._target),
            sources=self.speech.source(*said),
        )

    def _about(self, claims: Sequence[OfTable]) -> Fact | None:
        told = next((claim for claim in claims if claim.about), None)
        return Fact(told.about, self.speech.source(told.said)) if told else None

    def _compat(self, claims: Sequence[OfTable]) -> Fact | None:
        told = [claim for claim in claims if claim.compat]
        renamed = any(claim.new is not None and claim.new != claim.old for claim in claims)
        hows = {str(claim.compat) for claim in told}
        if not told or not renamed:
            return None
        sources = self.speech.source(*(claim.said for claim in told))
        if (len(hows - {"?"}) == 1 and "?" not in hows) or hows == {"view", "?"}:
            return Fact((hows - {"?"}).pop(), sources)
        return asked(
            f"{self.speech.all_of(claim.said for claim in told)}: how does the old name live on?",
            f'"{Compat.VIEW}": it can be read',
            f'"{Compat.WRITABLE}": it can be read and written',
            f'"{Compat.NONE}": it does not',
            sources=sources,
        )

    def _against_files(
        self,
        table: DraftTable,
        group: Group,
        path: str,
        claims: Sequence[OfTable],
        doubts: Sequence[OfTable],
    ) -> DraftTable:
        """The table with a question at the key that the files, or other lines, contradict."""
        lines = [claim.said for claim in claims]
        sources = self.speech.source(*lines, *(claim.said for claim in doubts))
        action = self.standing.action(path)
        if action in (Action.KEEP, Action.DELETE):
            line = self.standing.line(path)
            other = f"; {self.speech.quoted(line)}" if line else ""
            what = f"{self.speech.all_of(lines)}{other}. From which database does it come?"
            return replace(table, database=asked(what, *self._places(group), sources=sources))
        if doubts:
            other = self.speech.all_of(claim.said for claim in doubts)
            what = f"{self.speech.all_of(lines)}; {other}. From which database does it come?"
            return replace(table, database=asked(what, f'"{path}"', sources=sources))
        if path in group.skipped:
            skip = group.skipped[path].said
            what = f"{self.speech.all_of(lines)}; {self.speech.quoted(skip)}. What is it called"
            answers = ways(
                self.files.table(path, group.old) or FoundTable(group.old), path, self._target
            )
            stated = (f'"{name}": it comes along, so called' for name in names_in(claims))
            question = asked(f"{what} afterwards?", *stated, *answers, sources=sources)
            return replace(table, new=question)
        if self.files.readable(path):
            return self._against_file(table, group, path, claims)
        return table

    def _against_file(
        self, table: DraftTable, group: Group, path: str, claims: Sequence[OfTable]
    ) -> DraftTable:
        lines = [claim.said for claim in claims]
        sources = self.speech.source(*lines)
        found = self.files.table(path, group.old)
        if found is None and group.holders:
            what = f"{self.speech.all_of(lines)}, and {path} has no table {group.old}."
            places = self._places(group)
            return replace(
                table, database=asked(f"{what} In which database is it?", *places, sources=sources)
            )
        if found is None:
            return replace(table, old=self._nowhere(group.old, path, lines))
        for claim in claims:
            if claim.rows and claim.rows.exact and found.rows not in (None, claim.rows.number):
                what = (
                    f"{self.speech.at(claim.said)} says {counted(claim.rows.number, 'row')}, and"
                    f" {group.old} of {path} has {rows_of(found.rows)}. In which database is it?"
                )
                return replace(table, database=asked(what, f'"{path}"', sources=sources))
        return table

    def _nowhere(self, old: str, path: str | None, lines: Sequence[Said]) -> Fact:
        known = (
            {it.name for it in found.tables}
            for at in ((path,) if path else self.standing.carried)
            if (found := self.files.at(at)) is not None
        )
        names = sorted(set().union(*known))
        near = [name for name in names if folded(name)[:4] == folded(old)[:4]] or names
        return asked(
            f"{self.speech.all_of(lines)}, and {path or 'no file'} has"
            f" {'no' if path else 'a'} table {old}. Which table is meant? (Delete this entry"
            " if there is none yet.)",
            *(f'"{name}"' for name in near[:_SAMPLE]),
            sources=self.speech.source(*lines),
        )

    def _left(
        self, group: Group, left: Sequence[OfTable], entries: dict[str, list[OfTable]]
    ) -> Iterator[Placed]:
        """Lines that name no database, where none is known to have such a table to spare."""
        lines = [claim.said for claim in left]
        for claims in _by_new(left):
            table = DraftTable(
                old=Fact(group.old, self.speech.source(*(claim.said for claim in claims))),
                database=self._ask_place(group, lines, entries),
                new=self._new(group, "", claims),
                about=self._about(claims),
                compat=self._compat(claims),
            )
            if self.files.checked and not entries:
                table = replace(table, old=self._nowhere(group.old, None, lines))
            line = claims[0].said.line
            yield Placed(table, None, headings_of(claims), line, tuple(claims), names_in(claims))

    def _ask_place(
        self, group: Group, lines: Sequence[Said], entries: dict[str, list[OfTable]]
    ) -> Fact:
        other = [claim.said for claims in entries.values() for claim in claims]
        said = self.speech.all_of((*lines, *other))
        return asked(
            f"{said}, and no database{' for this one' if other else ''}. Which has it?",
            *self._places(group),
            sources=self.speech.source(*lines),
        )

    def _places(self, group: Group) -> tuple[str, ...]:
        if group.holders:
            return tuple(
                f'"{path}": has one, with {rows_of(found.rows)}'
                for path in group.holders
                if (found := self.files.table(path, group.old))
            )
        return tuple(f'"{path}"' for path in self.standing.carried)


def _folded(claims: Sequence[OfTable]) -> set[str]:
    return {folded(claim.new or "") for claim in claims}


def _by_new(claims: Sequence[OfTable]) -> Iterator[list[OfTable]]:
    found: dict[str, list[OfTable]] = {}
    for claim in claims:
        found.setdefault(folded(claim.new or ""), []).append(claim)
    yield from found.values()
