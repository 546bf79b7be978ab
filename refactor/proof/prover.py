"""Statements before and after: what SQLite compiled today, it compiles on the new schema too.

Each statement that names an old table has one verdict, whether it is edited, withheld or awaits
an answer.
"""

import re
from bisect import bisect_left
from collections import defaultdict
from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from functools import partial
from itertools import pairwise

import apsw
from msgspec import Struct

from plan.model import folded
from refactor.proof.accesses import Access, Ground, accesses_of, differing
from refactor.proof.bylines import apart_by_lines
from refactor.proof.oracle import TAKES_EFFECT, Judgement, Oracle, Verdict
from refactor.proof.statements import (
    Broken,
    Fault,
    Idle,
    Mended,
    NotChecked,
    Proved,
    Spot,
    StatementProof,
    Why,
    in_one,
)
from refactor.proof.trial import DEFINES, IF_NOT_EXISTS, made_by, owner_of, tried
from refactor.python.outline import Usage
from refactor.python.strings import ELSEWHERE, Literal, Text
from refactor.references import Kind, Reference
from refactor.sql.names import HOLE, Statement, quoted, statements

_NAMES_ONLY = frozenset({"DROP", "PRAGMA"})
"""Verbs of statements that SQLite takes whatever they name, or would carry out at once."""
_THERE_ALREADY = "duplicate column name"
_MOST_BEFORE = 20
"""So many definitions before a statement are run for it: a dump has thousands."""
_MOST_LISTED = 4
_OF_A_TABLE = frozenset({"index", "trigger"})
_MISFITS = frozenset({Verdict.NO_TABLE, Verdict.NO_COLUMN})
_NO_TABLE = re.compile(r"no such table: (?:main\.)?(?P<name>.+)")
_NO_COLUMN = re.compile(r"no such column: (?:\w+\.)*(?P<name>\w+)\Z")
_ADDS = re.compile(r"(?i)\bALTER\s+TABLE\s.*?\sADD\s+(?:COLUMN\s+)?[\"'`\[]?(?P<name>\w+)")
_COUNTS = re.compile(r"\d+ values for \d+ columns|has \d+ columns but \d+ values")
_BETWEEN = re.compile(r"[\s\\\"'rRbBuUfF]*")
"""What stands between the contents of literals that follow each other."""
_ATTACHED = re.compile(r"no such table: (?!main\.|temp\.)\w+\.")
_OF_OUTER_QUERY = re.compile(r"no such column: (?P<table>\w+)\.(?P<column>\w+)\Z")
_TEMPORARY = r"TEMP(?:ORARY)?\s+"
_TEMPLATE = re.compile(r"\{\w*(?:[.!:\[][^{}]*)?\}|%s|%\(\w+\)s")


class _Case(Struct, frozen=True):
    """One statement, before and after."""

    spot: Spot
    verb: str
    references: tuple[Reference, ...]
    before: str
    after: str
    defined_before: tuple[str, ...]
    """What its text defines before it comes to this statement: as it is, and as it will be."""
    defined_after: tuple[str, ...]
    attached: Mapping[str, str]
    """The databases that it names by a schema."""

    literals: tuple[Literal, ...]
    """All that its text is put together of."""
    apart: bool
    """Whether they stand in several places."""

    @property
    def old_name(self) -> str:
        """The first table that it names, folded."""
        return folded(self.references[0].group)

    @property
    def new_name(self) -> str:
        """What the first table that it names becomes, folded."""
        return folded(_new(self.references[0]).strip('"[]`'))

    @property
    def databases(self) -> tuple[str, ...]:
        return tuple(dict.fromkeys(name for it in self.references for name in it.databases))


class Prover:
    """Judges statements on the schemas of one plan."""

    def __init__(self, oracle: Oracle, derived: frozenset[str]) -> None:
        """Use these schemas.

        Args:
            oracle: who judges.
            derived: databases whose schema is known from code only.
        """
        self._oracle = oracle
        self._derived = derived

    def proofs_of(
        self,
        source: str,
        texts: Iterable[Text],
        references: Iterable[Reference],
        attached: Callable[[Text, str], Mapping[str, str]],
    ) -> tuple[StatementProof, ...]:
        """Judge each statement of a file that names an old table.

        Args:
            source: the file's text.
            texts: its texts that hold references.
            references: all of them, as they will be edited; those that are withheld get their
                names later, so a statement is judged as it will be once it has them all.
            attached: the databases that a statement of a text names by a schema.
        """
        named = {it.start: it for it in references if it.kind is Kind.TABLE}
        # A script is no statement: what it gives to SQLite's shell is asked about.
        read = (it for it in texts if it.context.usage is not Usage.COMMAND)
        parted = (apart_by_lines(text, self._oracle) for text in read)
        cases = [case for text in parted for case in _cases(text, named, attached, source)]
        own = [it for it in cases if made_by(it.before)[0] == "table" or _adds_column(it)]
        ways: dict[int, list[_Case]] = defaultdict(list)
        for case in cases:
            ways[case.spot.start].append(case)
        return tuple(self._proof_of_all(ways[start], own, source) for start in sorted(ways))

    def _proof_of_all(
        self, ways: Sequence[_Case], own: Sequence[_Case], source: str
    ) -> StatementProof:
        """The verdict on a statement that the code may put together in several ways."""
        found = in_one([self._proof(it, own, source) for it in ways])
        if not isinstance(found, Broken):
            return found
        # Of several values not all combinations occur, nor is it seen how many a list has.
        several = len({it.before for it in ways}) > 1 and _is_one_frame(ways)
        counted = ways[0].apart and _COUNTS.search(found.says)
        return NotChecked(found.spot, Why.RUN_TIME, found.says) if several or counted else found

    def _proof(self, case: _Case, own: Sequence[_Case], source: str) -> StatementProof:
        database, before = self._today(case)
        if before.verdict is Verdict.NO_COLUMN and '"' in case.before:
            with self._oracle.quotes_as_text():
                database, loosely = self._today(case)
                if loosely.verdict is Verdict.COMPILES:
                    return self._judged(case, (database, loosely), own, source)
        return self._judged(case, (database, before), own, source)

    def _judged(
        self, case: _Case, today: tuple[str, Judgement], own: Sequence[_Case], source: str
    ) -> StatementProof:
        """The verdict on a statement, by what SQLite says of it on one of today's databases."""
        database, before = today
        decided = all(it.certain for it in case.references)
        if _is_misfit(before) and own and decided and self._fits_own(case, own):
            return Proved(case.spot, HOLE in case.before, (), misfit=before.says)
        if before.verdict is not Verdict.COMPILES:
            reason = self._not_checked(case, before, source)
            return (
                NotChecked(case.spot, reason, before.says)
                if reason
                else self._broken(case, before, decided=decided)
            )
        if not decided:
            return NotChecked(case.spot, Why.QUESTION, "")
        return self._compared(case, database, before, source)

    def _compared(
        self, case: _Case, database: str, before: Judgement, source: str
    ) -> StatementProof:
        """The verdict on a statement that compiles today on this database."""
        after = self._tomorrow(case)
        if after.verdict is Verdict.NO_TABLE and _creates_itself(case, after, source, _TEMPORARY):
            # Today's table of that name let it compile, and it never was the one that is meant.
            return NotChecked(case.spot, Why.OWN_TABLE, after.says)
        if after.verdict is not Verdict.COMPILES:
            return Fault(case.spot, f"compiles today, and would not any more: {after.says}")
        changed = self._does_otherwise(case, database, before, after)
        if changed:
            return Fault(case.spot, changed)
        taken = self._taken(case)
        if taken:
            return Idle(case.spot, taken)
        return Proved(case.spot, HOLE in case.before, after.stand_ins)

    def _does_otherwise(
        self, case: _Case, database: str, before: Judgement, after: Judgement
    ) -> str:
        """What a statement would read or write otherwise, in words for both sides; or nothing."""
        grounds = self._oracle.grounds(database, case.attached)
        if case.verb in _NAMES_ONLY or grounds is None:
            return ""
        databases = {"main": database, **case.attached}
        places = {schema: self._oracle.place(it) for schema, it in databases.items()}
        today, tomorrow = grounds
        does, will_do = _accesses(today, before), _accesses(tomorrow, after)
        if (
            does is None
            or will_do is None
            or any(it.table in self._oracle.shared for it in will_do)
        ):
            return ""  # where tables meet, what one has got the other may not have
        new_names = {folded(it.group): folded(_new(it).strip('"[]`')) for it in case.references}

        def becomes(database: str, table: str) -> str:
            if self._oracle.knows(database, table):
                return self._oracle.becomes(database, table)
            return new_names.get(table, table)  # its own text makes it

        gone, come = differing(
            Ground(today, databases, does), Ground(tomorrow, places, will_do), becomes
        )
        return _both_sides(case, gone, come) if gone or come else ""

    def _taken(self, case: _Case) -> str:
        """Whose name it is that an index or a trigger would be made under, if another's."""
        kind, name = made_by(case.after)
        if kind not in _OF_A_TABLE or not IF_NOT_EXISTS.search(case.after):
            return ""
        before = [self._oracle.database(database) for database in case.databases]
        if any(it and owner_of(it, kind, name) not in {"", case.old_name} for it in before):
            return ""  # it does nothing today
        owner = owner_of(self._oracle.consolidated, kind, name)
        if owner in {"", case.new_name}:
            return ""
        new = self._oracle.new_name(kind, case.databases[0], name)
        mend = "give it another name" if folded(new) == folded(name) else f"call it {new}"
        return f"{kind} {name} will be one of {owner}: {mend}"

    def _fits_own(self, case: _Case, own: Sequence[_Case]) -> bool:
        """Whether a statement compiles on the tables that its file creates, before and after."""
        before, after = [it.before for it in own], [it.after for it in own]
        copies = [(self._oracle.database(it), case.before, before) for it in case.databases]
        copies.append((self._oracle.consolidated, case.after, after))
        return all(
            connection is not None
            and tried(connection, sql, case.verb, made, anew=True).verdict is Verdict.COMPILES
            for connection, sql, made in copies
        )

    def _broken(self, case: _Case, before: Judgement, *, decided: bool) -> StatementProof:
        after = self._tomorrow(case) if decided else before
        if after.verdict is Verdict.COMPILES:
            return Mended(case.spot, before.says)
        if _is_worse(case, before, after):
            why = f"fails today ({before.says}), and would fail otherwise ({after.says})"
            return Fault(case.spot, why)
        return Broken(case.spot, before.says)

    def _today(self, case: _Case) -> tuple[str, Judgement]:
        """The database on which a statement compiles, or the first that it may mean."""
        if case.verb in _NAMES_ONLY:
            return "", self._all_known(case)
        if case.attached:
            main = self._main(case)
            return main, self._oracle.today(case.before, main, case.attached)
        judged = [
            (
                it,
                _tried_or_compiled(
                    self._oracle.database(it),
                    partial(self._oracle.today, case.before, it),
                    case.before,
                    case.verb,
                    case.defined_before,
                ),
            )
            for it in case.databases
        ]
        return next((it for it in judged if it[1].verdict is Verdict.COMPILES), judged[0])

    def _tomorrow(self, case: _Case) -> Judgement:
        for reference in case.references:
            known = any(self._oracle.holds(it, reference.group) for it in reference.databases)
            there = self._oracle.tomorrow(f"SELECT 1 FROM {_token(_new(reference))}")
            if known and there.verdict is Verdict.NO_TABLE:
                return there
        if case.verb in _NAMES_ONLY:
            return Judgement(Verdict.COMPILES)
        if case.attached:
            return self._oracle.tomorrow(case.after, self._main(case), case.attached)
        return _tried_or_compiled(
            self._oracle.consolidated,
            partial(self._oracle.tomorrow, case.after),
            case.after,
            case.verb,
            case.defined_after,
        )

    def _main(self, case: _Case) -> str:
        """The database that others are attached to: the first with which it compiles."""
        attached = frozenset(case.attached.values())
        own = sorted(case.databases, key=lambda it: it in attached)
        every = dict.fromkeys((*own, *self._oracle.tables()))
        judged = ((it, self._oracle.today(case.before, it, case.attached)) for it in every)
        compiling = (it for it, found in judged if found.verdict is Verdict.COMPILES)
        return next(compiling, case.databases[0])

    def _all_known(self, case: _Case) -> Judgement:
        """Whether all that a statement names is there."""
        for it in case.references:
            if not any(self._oracle.holds(database, it.group) for database in it.databases):
                return Judgement(Verdict.NO_TABLE, f"no such table: {it.group}")
        return Judgement(Verdict.COMPILES)

    def _not_checked(self, case: _Case, before: Judgement, source: str) -> Why | None:
        """Why a refusal says nothing of a statement; None if it does."""
        misfit = _is_misfit(before)
        why = None
        if before.says == TAKES_EFFECT:
            why = Why.EFFECT
        elif before.says.startswith(_THERE_ALREADY):
            why = Why.THERE_ALREADY
        elif misfit and any(map(self._is_vague, case.databases)):
            why = Why.SCHEMA
        elif before.verdict is Verdict.NO_TABLE and self._needs_extension(case):
            why = Why.EXTENSION
        elif _ATTACHED.match(before.says):
            why = Why.ATTACHED
        elif self._needs_outer_query(case, before):
            why = Why.PIECE
        elif misfit and (own := _made_itself(case, before, source)):
            why = own
        elif HOLE in case.before or _TEMPLATE.search(case.before):
            why = Why.RUN_TIME
        elif not case.verb or "incomplete input" in before.says:
            why = Why.PIECE
        return why

    def _is_vague(self, database: str) -> bool:
        return database in self._derived or self._oracle.database(database) is None

    def _needs_outer_query(self, case: _Case, before: Judgement) -> bool:
        """Whether the missing column is one of a table that a query around this one may read."""
        match = _OF_OUTER_QUERY.match(before.says)
        if match is None:
            return False
        column = f"SELECT {quoted(match['column'], '')} FROM {quoted(match['table'], '')}"
        return any(
            self._oracle.today(column, database).verdict is Verdict.COMPILES
            for database in case.databases
        )

    def _needs_extension(self, case: _Case) -> bool:
        """Whether a table is in a schema, and SQLite could not make it."""
        return any(
            self._oracle.knows(database, it.group) and not self._oracle.holds(database, it.group)
            for it in case.references
            for database in it.databases
        )


def _tried_or_compiled(
    connection: apsw.Connection | None,
    compiled: Callable[[], Judgement],
    sql: str,
    verb: str,
    defined: Sequence[str],
) -> Judgement:
    """What SQLite says of a statement by itself, or where what its text defines has run before."""
    if connection is None:
        return compiled()
    alone = tried(connection, sql, verb, ()) if verb in DEFINES else compiled()
    if alone.verdict is Verdict.COMPILES or not defined:
        return alone
    return tried(connection, sql, verb, defined)


def _cases(
    text: Text,
    named: Mapping[int, Reference],
    attached: Callable[[Text, str], Mapping[str, str]],
    source: str,
) -> Iterator[_Case]:
    mine = [(index, named[start]) for index, start in enumerate(text.starts) if start in named]
    places = [index for index, _ in mine]
    defined_before: list[str] = []
    defined_after: list[str] = []
    for span in statements(text.text):
        inside = mine[bisect_left(places, span.start) : bisect_left(places, span.end)]
        before = text.text[span.start : span.end]
        after = _edited(text.text, span, inside)
        if inside and len(inside[0][1].old) < len(before.strip()):  # more than a name by itself
            first = inside[0][1]
            yield _Case(
                spot=Spot(
                    first.path,
                    first.line,
                    first.start,
                    before,
                    names=tuple(it.start for _, it in inside),
                ),
                verb=span.verb,
                references=tuple(it for _, it in inside),
                before=before,
                after=after,
                defined_before=tuple(defined_before[-_MOST_BEFORE:]),
                defined_after=tuple(defined_after[-_MOST_BEFORE:]),
                attached=attached(text, before),
                literals=text.literals,
                apart=_is_apart(text, source),
            )
        if span.verb in {*DEFINES, "DROP"}:
            defined_before.append(before)
            defined_after.append(after)


def _edited(text: str, span: Statement, edits: Sequence[tuple[int, Reference]]) -> str:
    pieces = []
    start = span.start
    for index, reference in edits:
        pieces += [text[start:index], _new(reference)]
        start = index + len(reference.old)
    return "".join([*pieces, text[start : span.end]])


def _is_apart(text: Text, source: str) -> bool:
    """Whether literals are put together to a text that do not just follow each other."""
    return ELSEWHERE in text.starts or any(
        not _BETWEEN.fullmatch(source, it.end, next_one.start)
        for it, next_one in pairwise(text.literals)
    )


def _is_one_frame(ways: Sequence[_Case]) -> bool:
    """Whether several statements are one that gets different values: more than a name is theirs."""
    shared = set(ways[0].literals).intersection(*(it.literals for it in ways[1:]))
    if any(not it.start <= ways[0].spot.start < it.end for it in shared):
        return True
    return all(it.apart and len(it.literals) == 1 for it in ways)  # the frame stands elsewhere


def _is_misfit(judgement: Judgement) -> bool:
    """Whether a statement lacks something of a table, or gives it too few values or too many."""
    return judgement.verdict in _MISFITS or bool(_COUNTS.search(judgement.says))


def _new(reference: Reference) -> str:
    """The new name as SQLite sees it: a quote that the literal has to escape is a plain one."""
    return (reference.new or reference.old).replace('\\"', '"')


def _token(name: str) -> str:
    """A name as it may stand alone in a statement."""
    return name if name[:1] in ('"', "[", "`") else quoted(name, '"')


def _is_worse(case: _Case, before: Judgement, after: Judgement) -> bool:
    """Whether a statement that fails today would fail in another way, the new names aside."""
    old_names = {folded(_new(it).strip('"[]`')): it.group for it in case.references}
    missing = _NO_TABLE.search(after.says)
    if before.verdict is Verdict.NO_TABLE and missing is None:
        return False  # it gets further: what another database has is in the same one now
    either = "|".join(sorted(map(re.escape, old_names), key=len, reverse=True))
    words = re.compile(rf"(?<!\w)(?:{either})(?!\w)", re.IGNORECASE)
    says = words.sub(lambda it: old_names[folded(it[0])], after.says)
    if folded(says) == folded(before.says):
        return False
    if missing is None and folded(after.says) == folded(before.says):
        return False  # the word that SQLite stops at is no table's name
    return missing is None or bool(words.search(missing["name"]))


def _accesses(connection: apsw.Connection, judgement: Judgement) -> frozenset[Access] | None:
    if judgement.accesses is not None:
        return judgement.accesses
    return accesses_of(connection, judgement.filled) if judgement.filled else None


def _both_sides(case: _Case, gone: Sequence[str], come: Sequence[str]) -> str:
    """What a statement does on one side only, in words."""
    sides = [
        f"only {when} it {_listed(it)}" for when, it in (("today", gone), ("then", come)) if it
    ]
    sql = " ".join(case.after.split()).replace(HOLE, "…")
    return f"would mean something else: {', '.join(sides)}: {sql}"


def _listed(items: Sequence[str]) -> str:
    more = len(items) - _MOST_LISTED
    return " and ".join([*items[:_MOST_LISTED], *([f"{more} more"] if more > 0 else [])])


def _adds_column(case: _Case) -> bool:
    return case.verb == "ALTER" and _ADDS.search(case.before) is not None


def _made_itself(case: _Case, judged: Judgement, source: str) -> Why | None:
    """Whether what is missing is made by the file itself: the table, or the column."""
    if _creates_itself(case, judged, source):
        return Why.OWN_TABLE
    return Why.OWN_COLUMN if _adds_itself(judged, source) else None


def _adds_itself(judged: Judgement, source: str) -> bool:
    """Whether a file adds the column that is missing."""
    missing = _NO_COLUMN.match(judged.says)
    return missing is not None and any(
        folded(it["name"]) == folded(missing["name"]) for it in _ADDS.finditer(source)
    )


def _creates_itself(
    case: _Case, judged: Judgement, source: str, kind: str = r"(?:\w+\s+)?"
) -> bool:
    """Whether a file creates the table that is missing, or one that a missing column is of."""
    missing = _NO_TABLE.search(judged.says)
    names = [missing["name"]] if missing else [it.group for it in case.references]
    return any(
        re.search(
            rf"\bCREATE\s+{kind}TABLE\s+(?:IF\s+NOT\s+EXISTS\s+)?[\"'`\[]?{re.escape(name)}\b",
            source,
            re.IGNORECASE,
        )
        for name in names
    )
