"""What each table will be called: `<domain>_<entity>`, each name once, and none that is taken."""

import re
from collections import Counter
from collections.abc import Collection, Iterator, Mapping, Sequence
from dataclasses import dataclass

from plan.model import folded
from plan.own import OWN_TABLES
from plan.proposal.domains import Placed, stem_of
from plan.proposal.held import HeldTable
from plan.proposal.words import singular_words, words_of

_IDENTIFIER = re.compile(r"[^\W\d]\w*\Z")
_OURS = "retable_"
_TAILS = ("_data", "_idx", "_content", "_docsize", "_config", "_segments", "_segdir", "_stat",
          "_node", "_rowid", "_parent")  # fmt: skip
"""How the tables end that virtual tables make for themselves."""


@dataclass(frozen=True, slots=True)
class Named:
    """A placed table with its new name."""

    placed: Placed
    new: str
    why: str = ""
    """Why it is not simply called after domain and entity."""


def named(
    tables: Sequence[Placed], joins: Mapping[tuple[str, str], HeldTable], reserved: Collection[str]
) -> tuple[Named, ...]:
    """A name for each table.

    Args:
        tables: the tables, those first that shall have the better name.
        joins: tables that get the name of another.
        reserved: words that nobody can write without quotes, folded.
    """
    olds: dict[str, set[tuple[str, str]]] = {}
    for it in tables:
        olds.setdefault(folded(it.table.name), set()).add(it.table.key)
    plains = Counter(folded(plain_name(it)) for it in tables if it.table.key not in joins)
    shared = {plain for plain, number in plains.items() if number > 1}
    taken: set[str] = set()
    found: dict[tuple[str, str], Named] = {}
    # What keeps its name has the first right to it.
    for it in sorted(tables, key=lambda it: not (it.keeps or it.table.fixed)):
        first = joins.get(it.table.key)
        if first is not None:
            continue
        mine = {it.table.key} | _joining(it, joins)
        free = (
            (new, why)
            for new, why in _candidates(it, reserved, shared)
            if not any(
                # What another table is called today would be misread in the code, and be in the
                # way of what a virtual table makes for itself.
                name in taken or (name != folded(it.table.name) and olds.get(name, mine) - mine)
                for name in _takes(it, new)
            )
        )
        new, why = next(free, (_numbered(it, taken | {*olds}), "every better name is taken"))
        taken |= _takes(it, new)
        found[it.table.key] = Named(it, new, why)
    for it in tables:
        first = joins.get(it.table.key)
        if first is not None:
            found[it.table.key] = Named(it, found[first.key].new)
    return tuple(found[it.table.key] for it in tables)


def _takes(it: Placed, new: str) -> set[str]:
    """The names that are no longer free once a table has one."""
    return {folded(new), *(folded(new) + tail for tail in _TAILS if it.table.virtual)}


def _joining(it: Placed, joins: Mapping[tuple[str, str], HeldTable]) -> set[tuple[str, str]]:
    return {key for key, first in joins.items() if first.key == it.table.key}


def _candidates(
    it: Placed, reserved: Collection[str], shared: Collection[str]
) -> Iterator[tuple[str, str]]:
    old = it.table.name
    may_stay = not folded(old).startswith(_OURS)
    if may_stay and (it.keeps or it.table.fixed):
        yield old, ""
    plain = plain_name(it)
    if may_stay and folded(plain) in reserved and folded(old) not in reserved:
        yield old, f"{plain} is a word of SQL, so it keeps its name"
    fuller = _with_file(it)
    taken = f"{plain} would do for several, so its file is named"
    best = [(fuller, taken), (plain, "")] if folded(plain) in shared else [(plain, "")]
    for new, why in (*best, (fuller, f"{plain} is taken, so its file is named")):
        if folded(new) == folded(old) and may_stay:
            yield old, why if new != plain else ""
        elif is_free(new, reserved):
            yield new, why if new != plain else ""
    if may_stay and folded(old) not in reserved:
        yield old, f"{plain} is taken, so it keeps its name"


def plain_name(it: Placed) -> str:
    """Domain and entity, whether or not the name is free."""
    entity = _entity(tuple(it.domain.split("_")), singular_words(words_of(it.table.name)))
    return "_".join((it.domain, *entity))


def _with_file(it: Placed) -> str:
    domain, stem = tuple(it.domain.split("_")), stem_of(it.table.database)
    entity = _entity(domain, singular_words(words_of(it.table.name)))
    return "_".join((it.domain, *(stem if stem != domain else ()), *entity))


def is_free(name: str, reserved: Collection[str]) -> bool:
    """Whether a table may get this name at all, and nobody must quote it."""
    return (
        bool(_IDENTIFIER.match(name))
        and folded(name) not in reserved
        and folded(name) not in {*map(folded, OWN_TABLES)}
        and not folded(name).startswith(("sqlite_", _OURS))
    )


def _entity(domain: tuple[str, ...], words: tuple[str, ...]) -> tuple[str, ...]:
    """The words that the domain does not say already."""
    for number in range(min(len(domain), len(words)), 0, -1):
        if singular_words(words[:number]) == singular_words(domain[-number:]):
            return words[number:]
    if len(words) > 1 and words[-1:] == domain[-1:]:
        return words[:-1]
    return words


def _numbered(it: Placed, taken: set[str]) -> str:
    start = "_".join(word for word in (it.domain, *words_of(it.table.name)) if word)
    start = re.sub(r"\W", "_", start)
    if not _IDENTIFIER.match(start) or folded(start).startswith(("sqlite_", _OURS)):
        start = "table"
    number = 2
    while _takes(it, f"{start}_{number}") & taken:
        number += 1
    return f"{start}_{number}"
