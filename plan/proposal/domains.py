"""Which tables belong together, and why: by what names begin with, by files, by foreign keys."""

from collections import defaultdict
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from pathlib import PurePosixPath

from plan.model import folded
from plan.proposal.held import HeldDatabase, HeldTable, tables_of
from plan.proposal.known import GENERIC, NO_DOMAIN, OWNERS, SYSTEM
from plan.proposal.words import singular, singular_words, words_of

Words = tuple[str, ...]
_SYSTEM = "system"
_SHARED = 2
"""So many tables make a domain of the word that their names begin with."""


@dataclass(frozen=True, slots=True)
class Placed:
    """One table and the domain that it seems to belong to."""

    table: HeldTable
    domain: str
    why: str
    """In words, without a stop."""
    keeps: bool = False
    """Whether the reason is too weak to give it another name, or its name is looked for."""


def placed(databases: Sequence[HeldDatabase], target: str) -> tuple[Placed, ...]:
    """A domain for each table of these databases, in their order."""
    return _Placing(databases, target).all()


def stem_of(path: str) -> Words:
    """What a file's name says that it holds; nothing where it is called `app.db`, `data.sqlite`."""
    words = [word for word in words_of(PurePosixPath(path).stem) if word not in GENERIC]
    while words and words[0].isdigit():
        del words[0]
    while words and words[-1].lstrip("v").isdigit():
        del words[-1]
    return singular_words(tuple(words))


class _Placing:
    """Asks one rule after the other; what is placed by one is what the next goes by."""

    def __init__(self, databases: Sequence[HeldDatabase], target: str) -> None:
        self.target = target
        self.tables = tables_of(databases)
        self.stems = {database.path: stem_of(database.path) for database in databases}
        self.words = {table.key: words_of(table.name) for table in self.tables}
        self.found: dict[tuple[str, str], Placed] = {}
        self.groups = _groups(self.tables, self.words)
        self.edges = {
            table.key: tuple(_parents(table, database.tables))
            for database in databases
            for table in database.tables
        }

    def all(self) -> tuple[Placed, ...]:
        """Place every table."""
        for table in self.tables:
            found = (
                self._by_owner(table)
                or self._by_prefix(table)
                or self._by_shared_word(table)
                or self._by_purpose(table)
                or self._by_file(table)
            )
            if found:
                self.found[table.key] = found
        self._by_references()
        self._by_connections()
        for table in self.tables:
            if table.key not in self.found:
                self.found[table.key] = self._at_last(table)
        return tuple(self.found[table.key] for table in self.tables)

    def _by_owner(self, table: HeldTable) -> Placed | None:
        owner = OWNERS.get(folded(table.name))
        words = self.words[table.key]
        if owner is None and len(words) > 1 and singular(words[-1]) == "migration":
            owner = "whatever keeps track of migrations"
        if owner is None:
            return None
        return Placed(table, _SYSTEM, f"is looked for by this name, by {owner}", keeps=True)

    def _by_prefix(self, table: HeldTable) -> Placed | None:
        word = _first(self.words[table.key])
        group = self.groups.get(word, ())
        stem = self.stems[table.database]
        files = {it.database for it in group}
        # Within a file that says what it is about, a prefix of its own is a smaller part of that.
        part = table.database != self.target and stem and len(files) < _SHARED
        if not group or (part and (word,) != stem):
            return None
        others = len({folded(it.name) for it in group}) - 1
        do = "1 other does" if others == 1 else f"{others} others do"
        return Placed(table, word, f"begins with {word!r}, as {do}")

    def _by_shared_word(self, table: HeldTable) -> Placed | None:
        """A file that is called as the table is, or as the last word of its name."""
        words = singular_words(self.words[table.key])
        for path, stem in self.stems.items():
            if stem and words and (words == stem or words[-1:] == stem):
                return Placed(table, "_".join(stem), f"shares a word with the file {path}")
        return None

    def _by_purpose(self, table: HeldTable) -> Placed | None:
        words = singular_words(self.words[table.key])
        own = self.stems[table.database] and table.database != self.target
        if words[:1] == (_SYSTEM,) or (words in SYSTEM and not own):
            return Placed(table, _SYSTEM, "is about the program as a whole, by its name")
        return None

    def _by_file(self, table: HeldTable) -> Placed | None:
        stem = self.stems[table.database]
        if not stem or table.database == self.target:
            return None
        return Placed(table, "_".join(stem), f"comes from {table.database}")

    def _by_references(self) -> None:
        """A table goes where the tables are that it refers to, if they are in one place."""
        changed = True
        while changed:
            changed = False
            for table in self.tables:
                if table.key in self.found:
                    continue
                parents = [self.found.get(parent.key) for parent, _ in self.edges[table.key]]
                domains = {it.domain for it in parents if it and not it.keeps}
                if parents and None not in parents and len(domains) == 1:
                    _, why = self.edges[table.key][0]
                    self.found[table.key] = Placed(table, domains.pop(), why)
                    changed = True

    def _by_connections(self) -> None:
        """What is left and connected is called after the table that most others are tied to."""
        ties: dict[tuple[str, str], set[tuple[str, str]]] = defaultdict(set)
        for table in self.tables:
            for parent, _ in self.edges[table.key]:
                if table.key not in self.found and parent.key not in self.found:
                    ties[table.key].add(parent.key)
                    ties[parent.key].add(table.key)
        by_key = {table.key: table for table in self.tables}
        seen: set[tuple[str, str]] = set()
        for table in self.tables:
            if table.key in seen or table.key not in ties:
                continue
            group = [*_reachable(table.key, ties)]
            seen |= {*group}
            hub = by_key[max(group, key=lambda key: len(ties[key]))]
            domain = "_".join(singular_words(self.words[hub.key])) or hub.name
            for key in group:
                why = "is tied to others" if key == hub.key else f"is tied to {hub.name}"
                self.found[key] = Placed(by_key[key], domain, why, keeps=True)

    def _at_last(self, table: HeldTable) -> Placed:
        stem = self.stems[table.database]
        domain = "_".join(stem) or PurePosixPath(table.database).stem.lower() or "main"
        return Placed(
            table, domain, "keeps its name, since nothing says where it belongs", keeps=True
        )


def _groups(
    tables: Iterable[HeldTable], words: Mapping[tuple[str, str], Words]
) -> Mapping[str, tuple[HeldTable, ...]]:
    """The tables whose names begin with one word, where they are several of several names."""
    groups: dict[str, list[HeldTable]] = defaultdict(list)
    for table in tables:
        word = _first(words[table.key])
        if len(word) > 1 and not word.isdigit() and word not in NO_DOMAIN:
            groups[word].append(table)
    return {
        word: tuple(group)
        for word, group in groups.items()
        if len({folded(it.name) for it in group}) >= _SHARED
        and any(len(words[it.key]) > 1 for it in group)
    }


def _first(words: Words) -> str:
    return singular(words[0]) if words else ""


def _parents(table: HeldTable, near: Sequence[HeldTable]) -> Iterator[tuple[HeldTable, str]]:
    """The tables of its file that one refers to, and how: by keys, or else by a column's name."""
    named = {folded(name) for name in table.refers}
    declared = [it for it in near if folded(it.name) in named and it is not table]
    yield from ((it, f"refers to {it.name}") for it in declared)
    if declared:
        return
    for column in table.columns:
        if folded(column).endswith("_id") and len(column) > len("_id"):
            wanted = words_of(column[: -len("_id")])
            alike = [it for it in near if it is not table and _is_called(it, wanted)]
            if len(alike) == 1:
                yield alike[0], f"has a column {column}, for {alike[0].name}"


def _is_called(table: HeldTable, words: Words) -> bool:
    name = singular_words(words_of(table.name))
    return bool(words) and (name == words or name[-len(words) :] == words)


def _reachable(
    start: tuple[str, str], ties: Mapping[tuple[str, str], set[tuple[str, str]]]
) -> Iterator[tuple[str, str]]:
    seen, due = {start}, [start]
    while due:
        key = due.pop(0)
        yield key
        for other in sorted(ties[key] - seen):
            seen.add(other)
            due.append(other)
