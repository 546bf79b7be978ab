"""Names that travel: what a module does with the table names that it keeps in literals."""

import ast
import re
from collections.abc import Collection, Iterable, Iterator, Mapping, Sequence
from functools import cached_property, lru_cache
from typing import TypeGuard

from plan.model import folded
from refactor.flow.functions import EVERYDAY
from refactor.python.outline import NOTHING, Context, Outline, Scope, Site, last_part
from refactor.python.strings import UnfaithfulError, texts_of
from refactor.python.syntax import expression_in, walked
from refactor.sql.names import (
    HOLE,
    Role,
    TableName,
    is_shouted,
    leads_with_verb,
    quoted,
    table_names,
)
from refactor.sql.scopes import is_temporary
from refactor.text.source import Source

_CATALOG = re.compile(r"sqlite_(?:temp_)?(?:master|schema)", re.IGNORECASE)
_LISTS_OTHERS = re.compile(r"\b(?:foreign_key_(?:list|check)|table_list)\b", re.IGNORECASE)
"""What gives the names of tables, be it asked about one or about all."""
LISTS_OF_METADATA = frozenset({"sorted_tables"})
_BEHIND_IN = re.compile(r"\bIN\s*\Z", re.IGNORECASE)
_PARAMETER = re.compile(r"\?\d*|[:@$]\w+")
BLANK = re.compile(r"\{\w*(?:![rsa])?(?::[^{}\s]*)?\}|%s|%\(\w+\)s|\$\{\w+\}|\$\w+")
_FILLS_BLANKS = frozenset({"format", "format_map", "substitute", "safe_substitute", "replace"})


class Travels:
    """Answers, for one module, whether a bare name in it may end up in SQL."""

    def __init__(self, source: Source, outline: Outline | None) -> None:
        """Look at a module; a file that is no Python keeps no names in literals."""
        self._source = source
        self._outline = outline or NOTHING

    @property
    def builds_names(self) -> bool:
        """Whether some SQL of the module takes a table's name from elsewhere."""
        return bool(self.building)

    @cached_property
    def building(self) -> tuple[ast.expr, ...]:
        """The texts of SQL that take a table's name from elsewhere."""
        return tuple(
            site.node
            for site in self._outline.sites
            if any(not _is_list(it) for it in self._blanks(site))
        )

    @cached_property
    def fills_lists(self) -> bool:
        """Whether some SQL of the module takes from elsewhere what `x IN …` looks through."""
        return any(_is_list(it) for site in self._outline.sites for it in self._blanks(site))

    @cached_property
    def takers(self) -> frozenset[str]:
        """Functions that put a name which they are given into SQL, or look it up."""
        builders = (
            last_part(site.context.scope.function)
            for site in self._outline.sites
            if site.context.scope.function and self._takes_name(site)
        )
        return self._lookups.union(builders)

    @cached_property
    def statements(self) -> tuple[str, ...]:
        """The module's texts in which a literal leads with an SQL verb, roughly."""
        return tuple(
            HOLE.join(site.literals)
            for site in self._outline.sites
            if any(map(leads_with_verb, site.literals))
        )

    def speaks_of(self, name: str) -> bool:
        """Whether some SQL of the module holds a word."""
        word = re.compile(rf"\b{re.escape(name)}\b", re.IGNORECASE)
        return any(map(word.search, self.statements))

    def creating(self, name: str) -> tuple[str, ...]:
        """The SQL of the module that creates a table of that name in a database."""
        return tuple(self._created[False].get(folded(name), ()))

    @property
    def temporary(self) -> Mapping[str, Sequence[str]]:
        """The SQL of the module that makes a temporary table, by its folded name."""
        return self._created[True]

    def drops(self, name: str) -> bool:
        """Whether some SQL of the module drops a table of that name."""
        return any(
            it.clause == "DROP TABLE" and folded(it.name) == folded(name)
            for sql in self.statements
            if "drop" in sql.lower()
            for it in table_names(sql)
        )

    @cached_property
    def _created(self) -> tuple[dict[str, list[str]], dict[str, list[str]]]:
        """What creates each table in a database, and what makes temporary ones."""
        found: tuple[dict[str, list[str]], dict[str, list[str]]] = {}, {}
        for sql in self.statements:
            for name, temporary in _created(sql):
                found[temporary].setdefault(name, []).append(sql)
        return found

    def has_blank_under(self, key: str) -> bool:
        """Whether SQL without a table's name stands under a key: `{"old": "CREATE TABLE {} …"}`."""
        return any(
            last_part(site.context.key) == key and self._takes_name(site)
            for site in self._outline.sites
            if site.context.key
        )

    def fills_blank(self, context: Context) -> bool:
        """Whether a value is filled into a text, in a module that has SQL."""
        return last_part(context.callee) in _FILLS_BLANKS and bool(self.statements)

    def reads_catalog(self, scope: Scope, listers: Collection[str] = ()) -> bool:
        """Whether a scope asks SQLite for the names of tables that it does not know.

        Args:
            scope: whose lines are meant.
            listers: functions of other modules that list tables.
        """
        if scope in self._catalog_readers:
            return True
        names = {*listers, *self.listers}
        return any(
            at == scope and (load.attribute or load.name) in names
            for at, load in (self._outline.loads if names else ())
        )

    @cached_property
    def listers(self) -> frozenset[str]:
        """The functions that ask SQLite for the names of tables that they do not know."""
        return _telling(self._catalog_readers)

    @property
    def listers_of_metadata(self) -> frozenset[str]:
        """The functions that ask metadata for the tables of all classes.

        In their own module it is seen what is compared with what these give.
        """
        return _telling(
            {at for at, load in self._outline.loads if load.attribute in LISTS_OF_METADATA}
        )

    def is_listed(self, context: Context) -> bool:
        """Whether a value goes by a name that is used where the tables are listed."""
        return context.target in self._names_where_listed

    def is_looked_up(self, context: Context) -> bool:
        """Whether a value is handed to a function of this module that looks names up."""
        return last_part(context.callee) in self._lookups

    def asked(self, context: Context) -> tuple[bool, ...]:
        """For each parameter of the statement that a value is given to: is it a table's name?"""
        return tuple(
            is_name
            for sql in self.statements_beside(context)
            if _CATALOG.search(sql)
            for _, is_name in named_parameters(sql)
        )

    def starts_apart(self, hole: str, scope: Scope) -> bool:
        """Whether what fills a hole is known, and never begins with a letter of a name."""
        node = expression_in(hole)
        return node is not None and self._is_apart(node, scope, frozenset())

    @cached_property
    def _catalog_readers(self) -> frozenset[Scope]:
        return frozenset(
            site.context.scope
            for site in self._outline.sites
            if any(map(_LISTS_OTHERS.search, site.literals))
            or (
                any(map(_CATALOG.search, site.literals))
                and any(map(_lists_tables, self._texts(site)))
            )
        )

    @cached_property
    def _names_where_listed(self) -> frozenset[str]:
        return frozenset(
            load.attribute or load.name
            for scope, load in self._outline.loads
            if scope in self._catalog_readers
        )

    @cached_property
    def _lookups(self) -> frozenset[str]:
        """Functions whose own lines ask the catalog for a name that they are given."""
        return frozenset(
            last_part(site.context.scope.function)
            for site in self._outline.sites
            if site.context.scope.function
            and any(
                _CATALOG.search(text)
                and (
                    isinstance(site.node, ast.JoinedStr)
                    or any(is_name for _, is_name in named_parameters(text))
                )
                for text in site.literals
            )
        )

    def _takes_name(self, site: Site) -> bool:
        return any(True for _ in self._blanks(site))

    def _blanks(self, site: Site) -> Iterator[TableName]:
        """The names of tables in a text of SQL that it takes from elsewhere."""
        if not any(map(leads_with_verb, site.literals)) or _is_filled_with_literals(site.node):
            return
        if isinstance(site.node, ast.Constant):
            texts = [BLANK.sub(HOLE, site.literals[0])] if BLANK.search(site.literals[0]) else []
        else:
            texts = self._texts(site)
        for text in texts:
            if self._outline.is_executed(site.context) or is_shouted(text):
                yield from (name for name in table_names(text) if HOLE in name.name)

    def _texts(self, site: Site) -> list[str]:
        try:
            return [text.text for text in texts_of(self._source, site)]
        except UnfaithfulError:
            return []

    def statements_beside(self, context: Context) -> Iterator[str]:
        """The statements to which a value is given as a parameter."""
        match context.statement:
            case ast.Constant(value=str() as sql):
                yield sql
            case ast.Name(id=name) | ast.Attribute(attr=name):
                for scope, given, value in self._outline.assigned:
                    near = scope == context.scope or not scope.function
                    if near and given == name and isinstance(value, ast.Constant):
                        yield str(value.value)
            case ast.BinOp() | ast.Call() | ast.JoinedStr():
                parts = [it.value for it in walked(context.statement) if _is_text(it)]
                yield BLANK.sub("?", "?".join(map(str, parts)))

    def _is_apart(  # noqa: PLR0911 - one return for each shape
        self, node: ast.expr, scope: Scope, seen: frozenset[str]
    ) -> bool:
        match node:
            case ast.Constant(value=str() as text):
                return not _continues_name(text)
            case ast.IfExp(body=body, orelse=orelse):
                return all(self._is_apart(it, scope, seen) for it in (body, orelse))
            case ast.JoinedStr(values=[first, *_]):
                return isinstance(first, ast.Constant) and not _continues_name(first.value)
            case ast.BinOp(left=ast.Constant(value=str() as text), op=ast.Add()) if text:
                return not _continues_name(text)
            case ast.Name(id=name) if name in seen:
                return True  # its other values decide
            case ast.Name(id=name) if (scope, name) not in self._outline.parameters:
                given = self._given(name, scope) or self._given(name, Scope())
                return bool(given) and all(
                    self._is_apart(value, scope, seen | {name}) for value in given
                )
        return False

    def _given(self, name: str, scope: Scope) -> list[ast.expr]:
        return [it for at, target, it in self._outline.assigned if (at, target) == (scope, name)]


def _telling(scopes: Iterable[Scope]) -> frozenset[str]:
    """The names of functions that say whose they are."""
    functions = (last_part(scope.function) for scope in scopes)
    return frozenset(name for name in functions if name and name not in EVERYDAY)


def _is_list(name: TableName) -> bool:
    """Whether what stands for a table may as well be a list: all that `x IN …` looks through."""
    return name.clause == "IN" and not name.name.strip(HOLE)


def creates(sql: str, name: str) -> bool:
    """Whether an SQL text creates a table of that name in a database."""
    return (folded(name), False) in _created(sql)


def makes_temporary(sql: str, name: str) -> bool:
    """Whether an SQL text makes a temporary table of that name."""
    return (folded(name), True) in _created(sql)


def temporaries_in(sql: str) -> Iterator[str]:
    """The folded names of the temporary tables that an SQL text makes."""
    return (name for name, temporary in _created(sql) if temporary)


@lru_cache(maxsize=4)  # each name of a long script asks it of the whole script
def _created(sql: str) -> frozenset[tuple[str, bool]]:
    """The folded names of the tables that an SQL text creates, and which are temporary."""
    names = table_names(sql) if "create" in sql.lower() else ()
    return frozenset(
        (folded(it.name), is_temporary(it.schema)) for it in names if it.role is Role.DECLARES
    )


def _lists_tables(sql: str) -> bool:
    """Whether a statement asks the catalog, and not only for a table that it names."""
    return bool(_CATALOG.search(sql)) and not any(
        name.role is Role.CATALOG for name in table_names(sql)
    )


def named_parameters(sql: str, known: Sequence[str | None] = ()) -> tuple[tuple[str, bool], ...]:
    """Each parameter of a statement: how it is written, and if it is compared with tables' names.

    Args:
        sql: the statement.
        known: the values of its parameters in order, as far as they are known.
    """
    matches = tuple(_PARAMETER.finditer(sql))
    found = []
    for number, match in enumerate(matches):
        filled, at = "", 0
        for other, each in enumerate(matches):
            filled += sql[len("") if not other else matches[other - 1].end() : each.start()]
            value = known[other] if other < len(known) else None
            if other == number and _BEHIND_IN.search(filled):
                # `IN :ids` is a list that a library makes, where SQLite would read a table's name.
                at, filled = len(filled) + 1, f"{filled}('x')"
            elif other == number:
                at, filled = len(filled), f"{filled}'x'"
            else:
                filled += each[0] if value is None else quoted(value, "'")
        filled += sql[matches[-1].end() :]
        is_name = any(name.start == at for name in table_names(filled))
        found.append((match[0], is_name))
    return tuple(found)


def _is_filled_with_literals(node: ast.expr) -> bool:
    """Whether a template is filled right where it stands, and nothing else comes into it."""
    match node:
        case ast.BinOp(left=ast.Constant(), op=ast.Mod(), right=right):
            return _is_spelled(right)
    return False


def _is_spelled(node: ast.expr) -> bool:
    """Whether a value is one of some literals, whatever decides which."""
    match node:
        case ast.Constant():
            return True
        case ast.IfExp(body=body, orelse=orelse):
            return _is_spelled(body) and _is_spelled(orelse)
        case ast.Tuple(elts=items):
            return all(map(_is_spelled, items))
    return False


def _is_text(node: ast.AST) -> TypeGuard[ast.Constant]:
    return isinstance(node, ast.Constant) and isinstance(node.value, str)


def _continues_name(text: object) -> bool:
    """Whether a text would make the name before it longer."""
    return isinstance(text, str) and (text[:1].isalnum() or text[:1] in {"_", "$"})
