"""Which database SQL in settings, or in a dictionary, is for, by what the entry around it says.

`{database: data/other.db, sql: …}`, or `{source: other, sql: …}` where another entry, or some code,
says what `other` is. SQL that compiles on the plan's database may be for another one all the same.
"""

import ast
import re
from collections import defaultdict
from collections.abc import Iterable, Iterator, Mapping
from contextlib import suppress
from functools import lru_cache
from pathlib import PurePosixPath

from msgspec import Struct
from msgspec.structs import replace

from plan.model import folded
from refactor.databases.databasepaths import SAYS_DATABASE, database_in, other_database
from refactor.databases.drivers import ADDRESS, SYSTEMS
from refactor.databases.weighing import Place, binding_for, listed
from refactor.finders.finder import Surroundings
from refactor.kinds import NotOfKindError, kind_of
from refactor.python.displays import displayed, said
from refactor.python.strings import Text
from refactor.python.syntax import span_of, walked
from refactor.references import Kind, Reason, Reference
from refactor.sql.names import HOLE
from refactor.text.source import Source

_Entry = Mapping[str, object]
# Texts: they are compiled where SQL stands in settings, which in few projects does.
_SAYS_SYSTEM = (
    r"(?i:(?:(?:database|db|data_?source|sql)[_-]?)?"
    r"(?:type|dialect|driver|adapter|kind|system|platform|engine|backend|provider|plugin))"
)
"""How a key is called that may say which system it is that runs it."""
_SYSTEM = rf"(?i:(?:[a-z]+[_-])*(?:{SYSTEMS}|sqlserver|cockroach|athena|mongodb)(?:[_+-]\w+)*)"
_WORD = r"[\w-]+"
_VARIABLE = r"\$\{[^{}]*\}|\$\w+|%\(\w+\)s|\{\{[^{}]*\}\}"
_BELOW = 2
"""How deep an entry may hold its path."""


def asked_of_entries(
    text: Text, found: tuple[Reference, ...], around: Surroundings
) -> tuple[Reference, ...]:
    """The same references, with a question if the entry around the text says another database."""
    if not any(it.certain and it.kind is Kind.TABLE for it in found):
        return found
    for opens in _said(text, around):  # the same SQL may stand in several
        found = asked_of_opened(found, "its entry", opens, text, around)
    return found


def asked_of_opened(
    found: tuple[Reference, ...], what: str, opens: Iterable[str], text: Text, around: Surroundings
) -> tuple[Reference, ...]:
    """The same references, with a question if what opens these for a text opens another one."""
    place = around.place(text.context)
    return tuple(_asked(it, what, opens, place, around) for it in found)


def is_said_alone(source: Source, name: str) -> bool:
    """Whether some value of a settings file is a name by itself."""
    return name in _tree(source.path, source.text).around


def _asked(
    reference: Reference, what: str, opens: Iterable[str], place: Place, around: Surroundings
) -> Reference:
    meanings = around.legacy.meanings.get(folded(reference.group), ())
    # A path that has been changed already is the target's, unless that has such a table itself.
    changed = {*around.legacy.moved.values()} - {it.database for it in meanings}
    own = {*reference.databases, *changed}
    named = [database_in(re.sub(_VARIABLE, HOLE, it), around.legacy) for it in opens]
    planned = any(it.reason is Reason.PLAN for it in reference.evidence)
    planned = planned or not reference.certain or reference.kind is not Kind.TABLE
    if planned or any(it and it.database in own for it in named):
        return reference
    unknown = "" if any(named) else ", which the plan does not name"
    mine = listed(reference.databases)
    mentioned = {*reference.databases, *(it.database for it in named if it)}
    meant = [it for it in meanings if it.database in mentioned]
    return replace(
        reference,
        new=None,
        # The path of each that is mentioned waits for the answer.
        databases=tuple(dict.fromkeys((*reference.databases, *(it.database for it in meant)))),
        question=f"{what} opens {listed(sorted(opens))}{unknown}:"
        f" is this its own table, or that of {mine}?",
        mend=binding_for(place, meant),
        blocking=True,
    )


def _said(text: Text, around: Surroundings) -> Iterator[set[str]]:
    """For each place of a text: what the nearest entry around it says which says a database."""
    tree = _tree_of(around)
    own = _own_entry(text, around)
    for entries in tree.around.get(text.text, ()):
        if own is not None and own != next(iter(entries), {}):
            continue  # it is the same text elsewhere
        # A module's own names say where its statements go as well, and are read by what opens them.
        for at, entry in enumerate(entries if around.outline is None else entries[:-1]):
            found = _of_entry(entry, text.text, tree, around, inner=at == 0)
            if found:
                yield found
                break


def _own_entry(text: Text, around: Surroundings) -> object:
    """What the very entry says that a text of a module stands in; None where that is not seen."""
    context, tree = text.context, around.outline.tree if around.outline else None
    if tree is None:
        return None
    if isinstance(context.inside, ast.Call):
        return said(context.inside)
    displays = (it for it in walked(tree) if isinstance(it, ast.Dict))
    return next((said(it) for it in displays if span_of(it) == context.display), None)


class _Tree(Struct, frozen=True):
    """What a file's entries say, by what is looked for in it: each of its statements asks."""

    around: dict[str, list[tuple[_Entry, ...]]]
    """For each value the entries that it stands in, the innermost first; each time it is said."""
    under: dict[str, list[object]]
    """What each key has."""


def _tree_of(around: Surroundings) -> _Tree:
    if around.outline is None:
        return _tree(around.source.path, around.source.text)
    return _tree_of_module(around.outline.tree)


@lru_cache(maxsize=2)
def _tree_of_module(module: ast.Module) -> _Tree:
    tree = _Tree(defaultdict(list), defaultdict(list))
    _fill(tree, displayed(module), (), set())
    return tree


@lru_cache(maxsize=2)
def _tree(path: PurePosixPath, text: str) -> _Tree:
    kind = kind_of(path)
    tree = _Tree(defaultdict(list), defaultdict(list))
    if kind and kind.nested:
        with suppress(NotOfKindError):
            _fill(tree, kind.nested(text), (), set())
    return tree


def _fill(tree: _Tree, node: object, above: tuple[_Entry, ...], seen: set[int]) -> None:
    if isinstance(node, str):
        tree.around[node].append(above)
    elif id(node) in seen:
        return  # an alias may repeat what it stands in
    elif isinstance(node, list):
        seen.add(id(node))
        for each in node:
            _fill(tree, each, above, seen)
    elif isinstance(node, dict):
        seen.add(id(node))
        for key, each in node.items():
            tree.under[key].append(each)
            _fill(tree, each, (node, *above), seen)


def _of_entry(
    entry: _Entry, value: str, tree: _Tree, around: Surroundings, *, inner: bool
) -> set[str]:
    """The databases that an entry says by keys that are called so.

    In settings the innermost one may also name another entry, by whatever key.
    """
    sure, maybe = set[str](), set[str]()
    for key, says in entry.items():
        if isinstance(says, dict) and re.fullmatch(SAYS_DATABASE, key):
            sure.update(_databases(says))
        if not isinstance(says, str) or says == value:
            continue
        if _is_system(key, says):
            sure.add(says)
        elif re.fullmatch(SAYS_DATABASE, key):
            named = {says} if _is_database(says) else {*_named(says, entry, tree, around)}
            strange = not named and _is_stranger(says, key, entry, tree, around)
            sure.update({says} if strange else named)
        elif inner and around.outline is None and re.fullmatch(_WORD, says):
            maybe.update(_called(says, entry, tree))
    return sure or maybe


def _named(says: str, entry: _Entry, tree: _Tree, around: Surroundings) -> Iterable[str]:
    """The databases of what is called so, in the file or else in the code."""
    if not re.fullmatch(_WORD, says):
        return ()
    return {*_called(says, entry, tree)} or _in_code(says, around)


def _is_stranger(says: str, key: str, entry: _Entry, tree: _Tree, around: Surroundings) -> bool:
    """Whether nothing in settings says what a name is, and by the same key others are the plan's.

    Those are called as the plan's files, or are said to be one of them.
    """
    if around.outline is not None or not re.fullmatch(_WORD, says):
        return False
    files = {folded(PurePosixPath(it).stem) for it in around.legacy.databases}
    others = {it for it in tree.under.get(key, ()) if isinstance(it, str) and it != says}
    return folded(says) not in files and any(
        folded(it) in files
        or any(database_in(each, around.legacy) for each in _called(it, entry, tree))
        for it in others
    )


def _is_database(says: str) -> bool:
    return other_database(re.sub(_VARIABLE, HOLE, says)) or ADDRESS.match(says) is not None


def _is_system(key: str, says: str) -> bool:
    """Whether an entry says that it is for another system than SQLite, as `type: postgres` does."""
    said = re.fullmatch(_SYSTEM, says) and re.fullmatch(rf"{_SAYS_SYSTEM}|{SAYS_DATABASE}", key)
    return said is not None


def _called(name: str, by: _Entry, tree: _Tree) -> Iterator[str]:
    """The databases of the other entries that are called so, by their key or by what they say."""
    for node in tree.under.get(name, ()):
        yield from _databases(node)
    for entries in tree.around.get(name, ()):
        if entries and entries[0] is not by and name in entries[0].values():
            says = (it for it in entries[0].values() if isinstance(it, str))
            yield from filter(_is_database, says)


def _databases(node: object, depth: int = 0) -> Iterator[str]:
    if isinstance(node, str) and _is_database(node):
        yield node
    elif isinstance(node, dict) and depth < _BELOW:
        for key, each in node.items():
            if isinstance(each, str) and _is_system(key, each):
                yield each
            yield from _databases(each, depth + 1)


def _in_code(name: str, around: Surroundings) -> Iterator[str]:
    """The databases that modules give a name: `{"other": "data/other.db"}`."""
    given = rf"\b{re.escape(name)}[\"']?\s*[:=]\s*(?:[\w.]+\()*[\"']([^\"'\n]+)[\"']"
    for path in around.abroad.few_naming(name):
        source = around.abroad.source(path)
        said = re.findall(given, source.text) if source else ()
        yield from filter(_is_database, said)
