"""A document's statements and the files that were found become a draft."""

from collections.abc import Sequence
from dataclasses import dataclass, replace

from plan.draft.document.claims import (
    Asked,
    OfCode,
    OfKey,
    OfSkip,
    OfTable,
    Said,
    Statement,
    Unread,
)
from plan.draft.document.wishes import HISTORY
from plan.draft.found import Files
from plan.draft.model import Draft, DraftBinding, DraftCode, Fact, asked
from plan.draft.settle.databases import standing_of
from plan.draft.settle.domains import domains_of
from plan.draft.settle.groups import groups_of
from plan.draft.settle.head import Head
from plan.draft.settle.meetings import with_meetings
from plan.draft.settle.placed import Placed, unnamed
from plan.draft.settle.places import Places
from plan.draft.settle.skips import Skips
from plan.draft.settle.speech import Speech
from plan.draft.settle.tables import Judge
from plan.model import folded


@dataclass(frozen=True, slots=True)
class Drafted:
    """A draft, and what of the document is not in it."""

    draft: Draft
    unread: tuple[Unread, ...]
    loose: tuple[Said, ...]
    """Open questions that are about nothing in a plan."""


def draft_of(
    statements: Sequence[Statement], places: Places, files: Files, *, name: str, origin: str
) -> Drafted:
    """Settle what can be settled; all the rest is asked."""
    speech = Speech(name)
    standing = standing_of(statements, places, files, speech)
    told = [it for it in statements if isinstance(it, OfTable)]
    firm, doubtful = _sifted(told, files)
    skips = [it for it in statements if isinstance(it, OfSkip)]
    judge = Judge(standing, files, speech)
    groups = groups_of(firm, skips, places, standing, files)
    placed = [item for group in groups for item in judge.tables(group)]
    placed += _unspoken(judge, placed, skips, places)
    placed = list(with_meetings(placed, standing.target_path, files, speech))
    placed, loose = _asked_about(statements, placed, speech)
    new_names = [str(it.table.new.value) for it in placed]
    planned = {(it.path or "", folded(str(it.table.old.value))) for it in placed}
    draft = Draft(
        origin=origin,
        head=Head(statements, speech).of(standing.target, new_names, _undescribed(placed, files)),
        databases=standing.databases,
        domains=domains_of(placed, speech),
        skips=tuple(Skips(standing, places, files, speech).of(skips, planned)),
        code=_code(statements, placed, places, files, speech),
        notes=tuple(
            f"{speech.at(said)} asks, about no key of a plan: {said.words}" for said in loose
        ),
    )
    unread = (*(it for it in statements if isinstance(it, Unread)), *doubtful)
    return Drafted(draft, tuple(sorted(unread, key=lambda it: it.said.line)), loose)


def _undescribed(placed: Sequence[Placed], files: Files) -> list[str]:
    """The new names of tables of which neither the document nor the file says what they hold."""
    told: dict[str, bool] = {}
    for it in placed:
        found = files.table(it.path, str(it.table.old.value)) if it.path else None
        if found is not None and it.table.new.known:
            new = str(it.table.new.value)
            described = it.table.about is not None or found.described
            told[new] = told.get(new, False) or described
    return [new for new, described in told.items() if not described]


def _sifted(told: Sequence[OfTable], files: Files) -> tuple[list[OfTable], list[Unread]]:
    """The lines that certainly speak of tables, and those that seem to speak of something else."""
    known = {folded(table.name) for file in files.databases for table in file.tables}
    known |= {folded(claim.old) for claim in told if claim.firm}
    renamed = {folded(claim.new): claim.old for claim in told if claim.firm and claim.new}
    firm: list[OfTable] = []
    left: list[Unread] = []
    for claim in told:
        if claim.firm or folded(claim.old) in known:
            firm.append(claim)
        elif folded(claim.old) not in renamed:
            left.append(Unread(claim.said, f"no table is called {claim.old}"))
    return firm, left


def _unspoken(
    judge: Judge, placed: Sequence[Placed], skips: Sequence[OfSkip], places: Places
) -> list[Placed]:
    """The tables of carried files that the document does not speak of."""
    spoken = {(it.path, folded(str(it.table.old.value))) for it in placed}
    # An entry whose old name is asked about still means a table of its own name.
    spoken |= {(it.path, folded(claim.old)) for it in placed for claim in it.claims}
    spoken |= {(places.of(it.database) or it.database, folded(it.table)) for it in skips}
    anywhere = {folded(it.table) for it in skips if it.database is None}
    asked_for = {folded(claim.old) for it in placed if it.path is None for claim in it.claims}
    return [
        unnamed(path, table, (), judge.standing.target_path, judge.speech)
        for path in judge.standing.carried
        if (found := judge.files.at(path))
        for table in found.tables
        if (path, folded(table.name)) not in spoken
        and folded(table.name) not in anywhere | asked_for
    ]


def _asked_about(
    statements: Sequence[Statement], placed: Sequence[Placed], speech: Speech
) -> tuple[list[Placed], tuple[Said, ...]]:
    """The tables, with the document's own questions about them; and the questions about nothing."""
    loose: list[Said] = []
    items = list(placed)
    for question in (it for it in statements if isinstance(it, Asked)):
        names = set(map(folded, question.names))
        about = [
            n
            for n, it in enumerate(items)
            if names & {folded(str(it.table.old.value)), folded(str(it.table.new.value))}
        ]
        if question.databases:
            continue
        if not about and not question.keys and question.listed:
            loose.append(question.said)
        for n in about if not question.keys else ():
            items[n] = _questioned(items[n], question, speech)
    return items, tuple(loose)


def _questioned(item: Placed, question: Asked, speech: Speech) -> Placed:
    table = item.table
    if not table.new.known:
        return item
    new = asked(
        f"{speech.at(question.said)} asks: “{question.said.words}” What is {table.old.value} called"
        " afterwards?",
        f'"{table.new.value}": as the document has it',
        sources=(*table.new.sources, *speech.source(question.said)),
    )
    return replace(item, table=replace(table, new=new))


def _code(
    statements: Sequence[Statement],
    placed: Sequence[Placed],
    places: Places,
    files: Files,
    speech: Speech,
) -> DraftCode:
    told = [it for it in statements if isinstance(it, OfKey) and it.key == HISTORY]
    patterns = tuple(dict.fromkeys(str(it.value) for it in told))
    exclude = Fact(patterns, speech.source(*(it.said for it in told))) if patterns else None
    if exclude is None and files.history:
        exclude = asked(
            "These files name tables, and look as if they told of the past. What of them is"
            " history, which is not changed? (A list of patterns; delete this line if nothing is.)",
            *(f'"{path}"' for path in files.history),
            listed=True,
        )
    bindings = tuple(_bindings(statements, placed, places, speech))
    return DraftCode(exclude=exclude, history=_in_use(files), bindings=bindings)


def _in_use(files: Files) -> Fact | None:
    """A question about history that is named by code which is none."""
    if not files.history_in_use:
        return None
    used = "; ".join(f"{path}, which {user} names" for path, user in files.history_in_use)
    return asked(
        f"Is this history all the same: {used}? (A list of those that are. What is not goes into a"
        " list live = […]; delete this line if none is history.)",
        *(f'"{path}"' for path, _ in files.history_in_use),
        listed=True,
    )


def _bindings(
    statements: Sequence[Statement], placed: Sequence[Placed], places: Places, speech: Speech
) -> list[DraftBinding]:
    """Files of the code that use a database, one of whose tables shares its name with another's."""
    homes: dict[str, set[str]] = {}
    for it in placed:
        if it.path:
            homes.setdefault(folded(str(it.table.old.value)), set()).add(it.path)
    shared = {path for paths in homes.values() if len(paths) > 1 for path in paths}
    found = []
    for claim in (it for it in statements if isinstance(it, OfCode)):
        path = places.of(claim.database)
        if path in shared:
            question = asked(
                f"{speech.quoted(claim.said)}. If all that this file says to a database of which"
                " several have a table of one name is said to that one, write its path; else delete"
                " this entry.",
                f'"{path}"',
                sources=speech.source(claim.said),
            )
            found.append(DraftBinding(Fact(claim.path, speech.source(claim.said)), question))
    return found
