"""Names of indexes, triggers, views and tables that are another one's in the target.

The files' names meet in one name space. What the plan renames to make room is not followed by the
code that says `CREATE INDEX IF NOT EXISTS idx`: SQLite finds another's, and does nothing.
"""

import re
from collections import defaultdict
from collections.abc import Iterable, Iterator, Sequence
from pathlib import PurePosixPath

from msgspec import Struct

from plan.model import PlannedTable, folded
from plan.names import Names, names_for
from plan.own import OWN_TABLES, OWN_VIEWS
from plan.schema import SchemaObject
from refactor.databases.weighing import listed
from refactor.remarks.project import Project, Said
from refactor.remarks.remark import About, Remark, Remarker, in_short
from refactor.sql.names import HOLE
from refactor.sql.tokens import Token

_WANTED = re.compile(
    r"\b(?:CREATE\s+(?:UNIQUE\s+|VIRTUAL\s+)?(?:INDEX|TABLE|TRIGGER|VIEW)\b|DROP\s+(?:INDEX|TRIGGER)\b|INDEXED\s+BY\b|REINDEX\b)",
    re.IGNORECASE,
)
_NOUNS = frozenset({"INDEX", "TRIGGER", "VIEW", "TABLE"})
_BEFORE_NOUN = frozenset({"TEMP", "TEMPORARY", "UNIQUE", "VIRTUAL"})
_LISTED = 3


class _Naming(Struct, frozen=True):
    """A place that creates, drops or uses something by its name."""

    said: Said
    verb: str
    kind: str
    """index, trigger, view or table."""
    token: Token
    on: str
    """The folded table of an index or a trigger that is created."""
    lenient: bool
    """Whether it says IF NOT EXISTS, or IF EXISTS."""

    @property
    def name(self) -> str:
        """Folded."""
        return folded(self.token.name)


class _Holder(Struct, frozen=True):
    """What has a name in the target."""

    kind: str
    database: str
    """Its database of today; empty for a table that retable writes."""
    on: str
    """The new name of the table that it belongs to, or of itself."""

    def __str__(self) -> str:
        """Say it."""
        if not self.database:
            return "a table of retable's own"
        of = "" if self.kind in ("table", "view") else f" of {self.on},"
        return f"{_an(self.kind)}{of} from {self.database}"


def _look(project: Project, path: PurePosixPath) -> Iterator[_Naming]:
    for said in project.said(path, _WANTED, ("create", "drop", "indexed", "reindex")):
        yield from _namings(said)


def names_that_meet(project: Project, namings: Sequence[_Naming]) -> Iterator[Remark]:
    """A remark for each name in the code that is another thing's in the target."""
    found = _Meeting(project)
    remarked = set()
    for naming in namings:
        for remark in found.remarks(naming):
            remarked.add(id(naming))
            yield remark
    yield from found.doubles(it for it in namings if id(it) not in remarked)


class _Meeting:
    """Who has which name in the target, by the plan and today's schemas."""

    def __init__(self, project: Project) -> None:
        self._project = project
        self._names: Names = names_for(project.plan, project.schemas)
        self._tables: dict[str, list[PlannedTable]] = defaultdict(list)
        for table in project.plan.tables:
            self._tables[folded(table.old)].append(table)
        self._objects: dict[tuple[str, str], list[tuple[str, SchemaObject]]] = defaultdict(list)
        self._holders: dict[tuple[bool, str], _Holder] = {}
        for own in (project.plan.catalog, *OWN_TABLES):
            self._holders[False, folded(own)] = _Holder("table", "", own)
        for own in OWN_VIEWS:
            self._holders[False, folded(own)] = _Holder("view", "", own)
        for table in project.plan.tables:
            holder = _Holder("table", table.database, table.new)
            self._holders.setdefault((False, folded(table.new)), holder)
        for schema in project.schemas:
            for item in schema.objects if schema.path in project.shared else ():
                if item.kind != "table" and item.sql:
                    self._note(schema.path, item)

    def _note(self, database: str, item: SchemaObject) -> None:
        self._objects[item.kind, folded(item.name)].append((database, item))
        new = self._names.of(item.kind, database, item.name)
        planned = (it for it in self._tables[folded(item.table)] if it.database == database)
        on = new if item.kind == "view" else next((it.new for it in planned), item.table)
        key = item.kind == "trigger", folded(new)
        self._holders.setdefault(key, _Holder(item.kind, database, on))

    def remarks(self, naming: _Naming) -> Iterator[Remark]:
        """What is to be said of one place."""
        known = self._objects.get((naming.kind, naming.name), ())
        mine = [(path, item) for path, item in known if self._may_be(naming, path, item)]
        for database, item in mine:
            new = self._names.of(item.kind, database, item.name)
            if folded(new) != naming.name:
                yield self._renamed(naming, database, new)
                return
        if not mine and naming.verb == "CREATE":
            yield from self._taken(naming)

    def _may_be(self, naming: _Naming, database: str, item: SchemaObject) -> bool:
        """Whether a place may mean an object of a database, by its table or its connection."""
        if naming.on:
            tables = self._tables.get(naming.on, ())
            news = {folded(it.new) for it in self._tables.get(folded(item.table), ())}
            if folded(item.table) != naming.on and naming.on not in news:
                return False
            if len({it.database for it in tables}) < 2:  # noqa: PLR2004 - one can be no question
                return True
        reach = self._project.reach(naming.said.path, naming.said.scope)
        return reach is None or database in reach.databases

    def _renamed(self, naming: _Naming, database: str, new: str) -> Remark:
        holder = self._holders.get((naming.kind == "trigger", naming.name))
        becomes = (
            f"the {naming.kind} {naming.token.name} of {database} is called {new} in the target"
        )
        if holder is None:
            why = {
                "CREATE": f"{becomes}: this makes a second one beside it",
                "DROP": f"{becomes}: this {_not_found(naming)}",
            }.get(naming.verb, f"{becomes}: this fails, for there is none of that name")
        else:
            why = f"{becomes}, where {naming.token.name} is {holder}: this {_meets(naming)}"
        return self._remark(naming, (database,), why, f"say {new} here")

    def _taken(self, naming: _Naming) -> Iterator[Remark]:
        """A name that another database's thing has, where the code makes one as yet unheard of."""
        holder = self._holders.get((naming.kind == "trigger", naming.name))
        if holder is None:
            return
        databases = self._databases(naming)
        plans_it = naming.kind in ("table", "view") and any(
            it.database in databases for it in self._tables.get(naming.name, ())
        )
        # Code that opens the target may have been changed, and makes the table by its new name.
        changed = naming.kind == holder.kind == "table" and self._project.plan.target in databases
        if (
            not databases
            or holder.database in databases
            or plans_it
            or (changed and holder.database)
        ):
            return
        why = f"{naming.token.name} is {holder} in the target: this {_meets(naming)}"
        yield self._remark(naming, databases, why, "give it a name of its own")

    def _databases(self, naming: _Naming) -> tuple[str, ...]:
        """The databases in which the code makes it, as far as is known."""
        shared = self._project.shared
        if naming.on:
            owners = {it.database for it in self._tables.get(naming.on, ())} & shared
            if len(owners) == 1:
                return tuple(owners)
        reach = self._project.reach(naming.said.path, naming.said.scope)
        return reach.databases if reach else ()

    def doubles(self, namings: Iterable[_Naming]) -> Iterator[Remark]:
        """Two things of one name that the code makes in two databases, whatever schemas say."""
        made: dict[tuple[bool, str], list[tuple[_Naming, str, str]]] = defaultdict(list)
        for naming in (it for it in namings if it.verb == "CREATE"):
            databases = self._databases(naming)
            if len(databases) > 1 and HOLE in naming.on:
                yield self._on_each(naming, databases)
            elif len(databases) == 1 and (table := self._made_for(naming, *databases)) is not None:
                key = naming.kind == "trigger", naming.name
                made[key].append((naming, databases[0], table))
        for group in made.values():
            for naming, database, table in group:
                others = [it for it in group if it[1] != database and (it[2] != table or not table)]
                if others:
                    yield self._double(naming, database, others)

    def _made_for(self, naming: _Naming, database: str) -> str | None:
        """The new name of the table that something is made for; empty for a table or a view.

        None where it gets a name of its own by the plan, or is one thing by its word.
        """
        if not naming.on:
            return None if naming.name in self._tables else ""
        if naming.on not in self._tables:
            return naming.on  # no plan names it, so it keeps its name
        tables = [it.new for it in self._tables[naming.on] if it.database == database]
        return tables[0] if tables else None

    def _double(
        self, naming: _Naming, database: str, others: list[tuple[_Naming, str, str]]
    ) -> Remark:
        places = dict.fromkeys(
            f"{it.said.path}:{it.said.place(it.token)[0]} makes one{f' for {table}' * bool(table)}"
            for it, _, table in others
        )
        silent = "is left out in silence" if naming.on else "is taken for it"
        why = (
            f"{'; '.join(list(places)[:_LISTED])}, in {others[0][1]}: in one file only the first"
            f" is made, and the other {silent if naming.lenient else 'fails'}"
        )
        return self._remark(naming, (database,), why, "give each a name of its own")

    def _on_each(self, naming: _Naming, databases: tuple[str, ...]) -> Remark:
        silent = "is left out in silence" if naming.lenient else "fails"
        why = (
            f"it may make one in each of {listed(databases)}, for whatever table: in one file only"
            f" the first is made, and the next {silent}"
        )
        return self._remark(naming, databases, why, "give each a name of its own")

    def _remark(self, naming: _Naming, databases: tuple[str, ...], why: str, look: str) -> Remark:
        said = naming.said
        what = in_short(said.sql)
        return Remark(said.path, *said.place(naming.token), About.NAME, what, databases, why, look)


def _namings(said: Said) -> Iterator[_Naming]:
    """The things that a statement creates, drops or uses by a name; tables only if created."""
    words, tokens = said.words, said.tokens
    if words[0] in ("CREATE", "DROP"):
        yield from _defined(said, words, tokens)
    elif words[0] == "REINDEX" and len(tokens) > 1 and HOLE not in tokens[-1].text:
        yield _Naming(said, "REINDEX", "index", tokens[-1], "", lenient=False)
    for at, word in enumerate(words[:-2]):
        if (word, words[at + 1]) == ("INDEXED", "BY") and HOLE not in tokens[at + 2].text:
            yield _Naming(said, "INDEXED BY", "index", tokens[at + 2], "", lenient=False)


def _defined(said: Said, words: list[str], tokens: tuple[Token, ...]) -> Iterator[_Naming]:
    at = 1
    while words[at : at + 1] and words[at] in _BEFORE_NOUN:
        if words[at] in ("TEMP", "TEMPORARY"):
            return  # of this connection alone
        at += 1
    if not words[at : at + 1] or words[at] not in _NOUNS:
        return
    noun = words[at]
    at += 1
    lenient = words[at : at + 1] == ["IF"]
    if lenient:
        at += 3 if words[at + 1 : at + 2] == ["NOT"] else 2
    if words[at + 1 : at + 2] == ["."]:
        at += 2
    if not tokens[at:] or HOLE in tokens[at].text or (words[0] == "DROP" and noun in _DECIDED):
        return
    on = ""
    if noun in ("INDEX", "TRIGGER") and "ON" in words[at + 1 : -1]:
        on = folded(tokens[words.index("ON", at + 1) + 1].name)
        if noun == "TRIGGER" or words[at + 1] == "ON":
            yield _Naming(said, words[0], noun.lower(), tokens[at], on, lenient=lenient)
        return
    if noun not in ("INDEX", "TRIGGER") or words[0] == "DROP":
        yield _Naming(said, words[0], noun.lower(), tokens[at], on, lenient=lenient)


_DECIDED = frozenset({"TABLE", "VIEW"})
"""What the search itself renames, or asks about."""


def _meets(naming: _Naming) -> str:
    """What a statement does where another thing has the name."""
    if naming.verb == "CREATE":
        return "finds that one, and makes nothing" if naming.lenient else "fails"
    if naming.verb == "DROP":
        return "drops that one"
    return "fails, or uses that one"


def _not_found(naming: _Naming) -> str:
    return "finds none, and drops nothing" if naming.lenient else "fails"


def _an(what: str) -> str:
    return f"an {what}" if what[:1] in "aeiou" else f"a {what}"


REMARKER = Remarker(
    name="names",
    look=_look,
    remarks=names_that_meet,
    makes=(
        'a = sqlite3.connect("data/old.db")\na.execute("CREATE TABLE IF NOT EXISTS catalog (x)")',
        'a = sqlite3.connect("data/old.db")\na.execute("CREATE VIEW retable_journal AS SELECT 1")',
    ),
    leaves=(
        'x = "CREATE INDEX IF NOT EXISTS idx ON old (x)"',
        'x = "CREATE TABLE IF NOT EXISTS old (x)"',
        'log.info("Create index idx on old")',
        'a = sqlite3.connect("data/old.db")\na.execute("CREATE TEMP TABLE catalog (x)")',
    ),
)
