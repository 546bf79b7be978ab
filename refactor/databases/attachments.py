"""Which database stands behind a schema's name: `ATTACH 'data/specs.db' AS specs`."""

from __future__ import annotations

import ast
import re
from functools import cached_property
from typing import TYPE_CHECKING

from msgspec import Struct

from plan.model import folded
from refactor.databases.filepaths import FilePaths, NamedFiles
from refactor.databases.openings import UNKNOWN
from refactor.python.outline import Scope, Site, Usage
from refactor.python.strings import without_dot_commands
from refactor.python.syntax import dotted, spelled, walked
from refactor.recent import Recent
from refactor.sql.names import HOLE, statements
from refactor.sql.tokens import Kind, significant_tokens, upper
from refactor.text.source import Unreadable

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator, Mapping
    from pathlib import PurePosixPath

    from refactor.code.codebase import Codebase
    from refactor.databases.openings import Opened
    from refactor.sql.tokens import Token

_ATTACH = re.compile(r"\battach(?![\w-])", re.IGNORECASE)

_KEPT = 2_000
_SAME = frozenset({"str", "fspath", "os.fspath", "Path"})


class Attachment(Struct, frozen=True):
    """One ATTACH of the code."""

    path: PurePosixPath
    scope: Scope
    start: int
    """Where its text starts in the source."""
    name: str
    """Folded; empty where it is only known at run time."""
    files: NamedFiles
    """What is attached, as far as code tells."""


class Attachments:
    """Answers what is attached under a name, in the function, class or module around a place."""

    def __init__(
        self,
        codebase: Codebase,
        paths: FilePaths,
        opened: Callable[[PurePosixPath, ast.expr], Opened],
    ) -> None:
        """Look through a code base.

        Args:
            codebase: its files.
            paths: which files their expressions spell.
            opened: which databases an expression names that is a setting, or comes from elsewhere.
        """
        self._codebase = codebase
        self._paths = paths
        self._opened = opened
        self._known: Recent[PurePosixPath, tuple[Attachment, ...]] = Recent(_KEPT)

    @cached_property
    def anywhere(self) -> bool:
        """Whether any code attaches a database, old names or not."""
        return bool(self.names)

    @cached_property
    def names(self) -> frozenset[str]:
        """Under which names code attaches something, folded; an empty one that nobody can read."""
        files = self._codebase.naming_any(self._codebase.listed.files, {"attach"})
        return frozenset(it.name for path in sorted(files) for it in self.of(path))

    def of(self, path: PurePosixPath) -> tuple[Attachment, ...]:
        """Every ATTACH of a file."""
        known = self._known.get(path)
        return self._known.keep(path, tuple(self._found(path))) if known is None else known

    def within(self, path: PurePosixPath, scope: Scope) -> frozenset[str]:
        """The databases that a function attaches itself."""
        mine = (it for it in self.of(path) if it.scope == scope)
        return frozenset(database for it in mine for database in it.files.databases)

    def named(self, path: PurePosixPath, scope: Scope, name: str) -> NamedFiles:
        """What a schema's name means at a place; nothing where that is not decided."""
        wanted = [it for it in self.of(path) if it.name == folded(name)]
        levels = (
            [it for it in wanted if it.scope == scope],
            [it for it in wanted if it.scope.owner and it.scope.owner == scope.owner],
            wanted,
        )
        nearest = {it.files for it in next(filter(None, levels), [])}
        return nearest.pop() if len(nearest) == 1 else NamedFiles()

    def _found(self, path: PurePosixPath) -> Iterator[Attachment]:
        if path.suffix == ".sql":
            reading = self._codebase.reading(path)
            if not isinstance(reading, Unreadable) and _speaks_of_it(reading.source.text):
                sql = without_dot_commands(reading.source.text)
                yield from self._in_sql(path, Scope(), 0, sql, (), None)
            return
        source = self._codebase.source(path)
        if isinstance(source, Unreadable) or not _speaks_of_it(source.text):
            return
        module, tree = self._codebase.module(path), self._codebase.tree_of(path)
        if module is None or tree is None:
            return
        for site in module[1].sites:
            if site.context.usage is not Usage.DOCUMENTATION and any(
                map(_speaks_of_it, site.literals)
            ):
                text, holes = spelled(site.node)
                given = _given(tree, site)
                yield from self._in_sql(path, site.context.scope, site.start, text, holes, given)

    def _in_sql(
        self,
        path: PurePosixPath,
        scope: Scope,
        start: int,
        sql: str,
        holes: tuple[ast.expr, ...],
        given: ast.expr | None,
    ) -> Iterator[Attachment]:
        for what, name in attached_in(sql):
            token, at = what
            files = NamedFiles()
            if token.kind is Kind.PARAMETER:
                value = _value_for(token.text, sql[: at + token.start].count("?"), given)
                files = self._named(path, scope, value) if value else files
            elif HOLE in (token.name, token.text):
                number = sql[: at + token.start].count(HOLE)
                files = self._named(path, scope, holes[number]) if holes[number:] else files
            elif token.quote:
                files = self._paths.written(token.name)
            # A script is one text, and its statements stand where they are in it.
            place = at if path.suffix == ".sql" else start
            yield Attachment(path, scope, place, "" if HOLE in name else folded(name), files)

    def _named(self, path: PurePosixPath, scope: Scope, node: ast.expr) -> NamedFiles:
        """What an expression names: as it is spelled, or else by what says it elsewhere."""
        found = self._paths.of(path, scope, node)
        while not found and isinstance(node, ast.Call) and dotted(node.func) in _SAME:
            node = node.args[0] if node.args else ast.Constant(None)
        opened = UNKNOWN if found else self._opened(path, node)
        if not opened.databases:
            return found
        told = opened.whole and not (opened.unsaid or opened.usual or opened.default)
        return NamedFiles(opened.databases, opened.others, sure=told)


def attached_in(sql: str) -> Iterator[tuple[tuple[Token, int], str]]:
    """What each ATTACH of a text attaches (a token, and where its statement starts) as what."""
    for span in statements(sql):
        if span.verb != "ATTACH":
            continue
        tokens = significant_tokens(sql[span.start : span.end])
        words = [upper(token.text) for token in tokens]
        at = 2 if words[1:2] == ["DATABASE"] else 1
        if words[at + 1 : at + 2] == ["AS"] and tokens[at + 2 :]:
            yield (tokens[at], span.start), tokens[at + 2].name


def _speaks_of_it(text: str) -> bool:
    return "attach" in text.lower() and _ATTACH.search(text) is not None


def _given(tree: ast.Module, site: Site) -> ast.expr | None:
    """The parameters that a statement is executed with."""
    for node in walked(tree):
        match node:
            case ast.Call(args=[first, second, *_]) if first is site.node or (
                isinstance(first, ast.Name) and first.id == site.context.target
            ):
                return second
    return None


def _value_for(parameter: str, number: int, given: ast.expr | None) -> ast.expr | None:
    match given:
        case ast.Tuple(elts=items) | ast.List(elts=items):
            return items[number] if number < len(items) else None
        case ast.Dict(keys=keys, values=values):
            for key, value in zip(keys, values, strict=True):
                if isinstance(key, ast.Constant) and key.value == parameter[1:]:
                    return value
    return None


def schemas_of(
    attachments: Attachments, path: PurePosixPath, scope: Scope, names: frozenset[str | None]
) -> Mapping[str, str]:
    """The databases of the plan that these schemas are, as far as that is certain."""
    found = {it: attachments.named(path, scope, it).database for it in names if it}
    return {folded(name): database for name, database in found.items() if database}
