"""The project as remarks see it: the files that may touch a merged database, and what they say."""

import ast
import re
from collections import defaultdict
from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from functools import cached_property
from pathlib import PurePosixPath

from msgspec import Struct

from plan.model import Action, Plan, folded
from plan.runners import records_migrations
from plan.schema import DatabaseSchema
from refactor.code.codebase import Codebase
from refactor.databases.attachments import Attachments
from refactor.databases.bindings import Bindings
from refactor.databases.connections import Connections
from refactor.databases.databasepaths import database_in
from refactor.databases.executors import Executors
from refactor.databases.filepaths import FilePaths
from refactor.databases.folders import Folders
from refactor.flow.functions import class_scope, function_scope
from refactor.legacy import Legacy
from refactor.python.outline import Scope, Usage, last_part
from refactor.python.strings import Text, UnfaithfulError, plain_text, texts_of
from refactor.python.syntax import children, covers
from refactor.references import Reference
from refactor.remarks.standins import called_near, imports_of, lines_naming, stand_ins
from refactor.sql.names import HOLE, Statement, statements
from refactor.sql.tokens import Token, significant_tokens, upper
from refactor.takers import Takers
from refactor.text.lines import Lines, met_at
from refactor.text.source import Source, Unreadable
from refactor.text.words import Words

_SILENT = frozenset({Usage.DOCUMENTATION, Usage.DISPLAYED})
_OF_SETTINGS = frozenset({".cfg", ".env", ".ini", ".json", ".toml", ".yaml", ".yml", ""})
_ROUNDS = 2
_SHOWN = 3


class Said(Struct, frozen=True):
    """One statement of a file."""

    path: PurePosixPath
    scope: Scope
    text: Text
    span: Statement
    tokens: tuple[Token, ...]
    lines: Lines

    @property
    def words(self) -> list[str]:
        """Its tokens as keywords are compared."""
        return [upper(token.text) for token in self.tokens]

    @property
    def sql(self) -> str:
        """Its text."""
        return self.text.text[self.span.start : self.span.end]

    def place(self, token: Token) -> tuple[int, int]:
        """Line and column of one of its tokens."""
        start, end = self.span.start + token.start, self.span.start + token.end
        return self.lines.place(self.text.near(start, end))


class Reach(Struct, frozen=True):
    """The databases that code reaches, as far as is known, and why that is believed."""

    databases: tuple[str, ...]
    says: str


class _AtHand(Struct):
    """The file whose text was asked for last."""

    path: PurePosixPath | None = None
    source: Source | None = None


class Project(Struct, frozen=True, dict=True):
    """What a remark may be founded on."""

    plan: Plan
    schemas: tuple[DatabaseSchema, ...]
    legacy: Legacy
    codebase: Codebase
    connections: Connections
    folders: Folders
    paths: FilePaths
    attachments: Attachments
    takers: Takers
    bindings: Bindings
    imported: Callable[[str, PurePosixPath], tuple[PurePosixPath, ...]]
    """The files that an import of a module may mean in a file."""
    executors: Executors
    references: Callable[[PurePosixPath], Sequence[Reference]]
    """What the search finds in a file: to be asked of a few only."""

    @cached_property
    def merging(self) -> frozenset[str]:
        """The databases that fold into the target."""
        return frozenset(item.path for item in self.plan.with_action(Action.MERGE))

    @cached_property
    def shared(self) -> frozenset[str]:
        """The databases that are one afterwards."""
        return self.merging | {self.plan.target}

    @cached_property
    def shared_names(self) -> frozenset[str]:
        """What their files are called."""
        return frozenset(PurePosixPath(it).name for it in self.shared)

    @cached_property
    def files(self) -> tuple[PurePosixPath, ...]:
        """The live files that hold an old name, or are near a file of the plan, or help these.

        Or that name records of migrations which become one.

        Nothing if no old name is left: then the code has been changed, and was looked at when it
        was.
        """
        found = {*self.codebase.code, *self.near, *self.helpers}
        if found:
            found.update(path for name in self.records for path in self.codebase.naming(name))
        return tuple(sorted(found))

    @cached_property
    def records(self) -> Mapping[str, tuple[str, ...]]:
        """The records of migrations, folded, that become one, and their databases."""
        groups: defaultdict[str, list[tuple[str, str]]] = defaultdict(list)
        for table in self.plan.tables:
            if records_migrations(table.old):
                groups[folded(table.new)].append((folded(table.old), table.database))
        return {
            old: tuple(database for _, database in group)
            for group in groups.values()
            if group[1:]
            for old, _ in group
        }

    @cached_property
    def near(self) -> frozenset[PurePosixPath]:
        """The live Python files that name a database of the plan, or import one that does.

        Or that read settings which name one.
        """
        if not self.codebase.code:
            return frozenset()
        found = {*self._naming}
        found |= {path for it in self._told_by for path in self.codebase.naming(it)}
        new = found
        for _ in range(_ROUNDS):
            new = {*self.codebase.importing({_stem(path) for path in new})} - found if new else new
            found |= new
        # What goes through all databases of a folder names none.
        ends = {PurePosixPath(it).suffix for it in self.merging} - {""}
        found |= {path for end in ends for path in self.codebase.naming(f"*{end}")}
        return frozenset(found)

    @cached_property
    def _naming(self) -> frozenset[PurePosixPath]:
        """The live Python files that name a database of the plan."""
        names = {PurePosixPath(item.path).name for item in self.plan.databases}
        moving = {PurePosixPath(it).name for it in self.legacy.moved}
        naming = {path for name in names - moving for path in self.codebase.naming(name)}
        if not moving.isdisjoint(names):
            naming.update(filter(self.codebase.is_python, self.codebase.code))
        return frozenset(path for path in naming if self._holds(path, names))

    @cached_property
    def stand_ins(self) -> Mapping[str, frozenset[str]]:
        """Names by which code may mean files that are one afterwards, and what these are called."""
        sources = (self.source(path) for path in self._naming)
        named = stand_ins([it.text for it in sources if it], self.shared_names)
        files = {
            key: frozenset(PurePosixPath(it).name for it in databases & self.shared)
            for key, databases in self.settings.items()
            if len(databases) == 1
        }
        return {**files, **named}

    def lines_naming(self, path: PurePosixPath) -> tuple[tuple[int, str], ...]:
        """The lines of a near file on which it may name files that are one afterwards."""
        if path not in self._naming_lines:
            source = self.source(path)
            text = source.text if source else ""
            self._naming_lines[path] = lines_naming(text, self.shared_names, self.stand_ins)
        return self._naming_lines[path]

    @cached_property
    def _naming_lines(self) -> dict[PurePosixPath, tuple[tuple[int, str], ...]]:
        return {}

    @property
    def given_files(self) -> frozenset[str]:
        """What is called near where a file is named, and so may be given it."""
        return self._given[0]

    @cached_property
    def helpers(self) -> frozenset[PurePosixPath]:
        """The modules that are not near, and have functions which near ones may give a file."""
        _, imported = self._given
        return (imported & self.given_to) - self.near

    @cached_property
    def given_to(self) -> frozenset[PurePosixPath]:
        """The modules that have functions, or classes, which near ones may give a file."""
        called, _ = self._given
        defining = self.codebase.naming
        return frozenset(
            path
            for name in called
            for path in (*defining(f"def {name}"), *defining(f"class {name}"))
        )

    @cached_property
    def keepers(self) -> dict[str, bool]:
        """Whether the classes of a name keep a connection, as far as that has been asked."""
        return {}

    @cached_property
    def _given(self) -> tuple[frozenset[str], frozenset[PurePosixPath]]:
        """What is called near where a file is named, and the modules that it may be of."""
        names, modules = set[str](), set[PurePosixPath]()
        for path in self.near:
            lines, source = self.lines_naming(path), self.source(path)
            called = called_near(source.text, {it for it, _ in lines}) if lines and source else ()
            names.update(map(last_part, called))
            known = {it.partition(".")[0] for it in called} | {
                it.rpartition(".")[0] for it in called
            }
            for module in imports_of(source.text, known) if source and called else ():
                modules.update(self.imported(module, path))
        return frozenset(names), frozenset(modules)

    @cached_property
    def settings(self) -> Mapping[str, frozenset[str]]:
        """The databases of the plan that settings outside of the code name, by their keys."""
        found: defaultdict[str, set[str]] = defaultdict(set)
        target = Words({PurePosixPath(self.plan.target).name})
        for path in self._settings:
            reading = self.codebase.reading(path)
            moving = () if isinstance(reading, Unreadable) else reading.contents.values
            for text in (*moving, *self.codebase.texts_with(path, target, bool)):
                named = database_in(text.text, self.legacy)
                if named:
                    found[last_part(text.context.key)].add(named.database)
        return {key: frozenset(databases) for key, databases in found.items()}

    @cached_property
    def _settings(self) -> tuple[PurePosixPath, ...]:
        """The files of settings that name a database of the plan."""
        names = {PurePosixPath(item.path).name for item in self.plan.databases}
        files = (it for it in self.codebase.code if it.suffix in _OF_SETTINGS)
        return tuple(it for it in files if self._holds(it, names))

    @property
    def _told_by(self) -> frozenset[str]:
        """What code names that reads such settings: their files, or variables of a system."""
        keys = self.settings if self._settings else ()
        return frozenset((*(it.name for it in self._settings), *filter(str.isupper, keys)))

    def _holds(self, path: PurePosixPath, words: Iterable[str]) -> bool:
        source = self.source(path)
        return source is not None and any(word in source.text for word in words)

    def imports(self, path: PurePosixPath) -> Iterator[PurePosixPath]:
        """The modules of the code that a file imports, or takes something from."""
        for module, name in self.codebase.imports_of(path):
            inside = f"{module}{name}" if module.endswith(".") else f"{module}.{name}"
            for it in (module, inside) if name else (module,):
                yield from self.imported(it, path)

    def source(self, path: PurePosixPath) -> Source | None:
        """A file's text; all kinds of remarks ask for that of the one at hand, one by one."""
        known = self._at_hand
        if known.path is not path:
            found = self.codebase.source(path)
            known.path, known.source = path, None if isinstance(found, Unreadable) else found
        return known.source

    @cached_property
    def _at_hand(self) -> "_AtHand":
        return _AtHand()

    def said(
        self, path: PurePosixPath, wanted: re.Pattern[str], words: Sequence[str]
    ) -> Iterator[Said]:
        """Each statement of a file in a text that holds what is wanted, prose excepted.

        What is wanted begins with one of `words`, in either case: to look for them costs less.
        """
        source = self.source(path)
        if source is None or not _has(source.text, wanted, words):
            return
        lines = Lines(source.text)
        for text in self._texts(source, wanted, words):
            for span in statements(text.text):
                if span.verb:
                    tokens = significant_tokens(text.text[span.start : span.end])
                    yield Said(path, text.context.scope, text, span, tokens, lines)

    def _texts(
        self, source: Source, wanted: re.Pattern[str], words: Sequence[str]
    ) -> Iterator[Text]:
        if not self.codebase.is_python(source.path):
            yield plain_text(source)
            return
        outlined = self.codebase.outline_of(source.path)
        for site in outlined.sites if outlined else ():
            spelled = HOLE.join(site.literals)
            lowered = spelled.lower()
            if site.context.usage in _SILENT or not any(word in lowered for word in words):
                continue
            if not wanted.search(spelled):
                continue
            try:
                yield from texts_of(source, site)
            except UnfaithfulError:
                continue  # the search asks about such an expression

    def reach(self, path: PurePosixPath, scope: Scope) -> Reach | None:
        """The databases that a place talks to and that are one afterwards."""
        binding = next(self.bindings.of(path, scope), None)
        if binding is not None:
            bound = (binding.database,) if binding.database in self.shared else ()
            return Reach(bound, f"the plan says that this code talks to {binding.database}")
        connection = self.connections.of(path, scope)
        found = sorted(connection.databases & self.shared) if connection else []
        if connection is None or not found:
            return None
        shown = " and ".join(found) if len(found) <= _SHOWN else f"{len(found)} databases"
        return Reach(tuple(found), f"its {connection.level} opens {shown}")

    def place(self, path: PurePosixPath, node: ast.expr) -> tuple[int, int]:
        """Line and column, from 1 and in characters, of an expression."""
        source = self.source(path)
        if source is None:
            return node.lineno, node.col_offset + 1
        start = Lines(source.text).starts[node.lineno - 1]
        before = source.text[start : start + node.col_offset].encode()[: node.col_offset]
        return node.lineno, len(before.decode(errors="ignore")) + 1

    def calls(
        self, path: PurePosixPath, wanted: Callable[[str], Iterable[int]]
    ) -> Iterator[tuple[Scope, ast.Call]]:
        """The calls of a module on lines where its text has what is wanted, with their scopes."""
        source = self.source(path)
        hits = list(wanted(source.text)) if source else []
        tree = self.codebase.tree_of(path) if source and hits else None
        if source is None or tree is None:
            return
        lines = Lines(source.text)
        wanted_lines = [lines.place(hit)[0] for hit in hits]
        stack: list[tuple[Scope, ast.AST]] = [(Scope(), tree)]
        while stack:
            scope, node = stack.pop()
            if not covers(node, wanted_lines):
                continue
            match node:
                case ast.Call():
                    yield scope, node
                case ast.FunctionDef(name=name) | ast.AsyncFunctionDef(name=name):
                    scope = function_scope(scope, name)
                case ast.ClassDef(name=name):
                    scope = class_scope(scope, name)
            stack += ((scope, child) for child in children(node))


def _has(text: str, wanted: re.Pattern[str], words: Sequence[str]) -> bool:
    """Whether a text has something wanted, which begins with one of some words."""
    return any(wanted.match(text, at) for at in met_at(text, words))


def _stem(path: PurePosixPath) -> str:
    return path.parent.name if path.name == "__init__.py" else path.stem
