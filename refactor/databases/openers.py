"""Which database a connection was opened on, or what is made of one.

It is followed to where it was opened: over `with … as`, attributes, parameters and who gives them,
functions that open, and imports.

    openednames → openedobjects → openers     names; attributes; calls and all else
"""

import ast
from collections.abc import Iterable, Iterator

from msgspec.structs import replace

from refactor.databases.aliases import (
    DEFAULT,
    asked_alias,
    asked_bind,
    binds_for,
    entry_of,
    settings_for,
)
from refactor.databases.connections import Connections
from refactor.databases.definers import Definers
from refactor.databases.drivers import ADDRESS, FRAMES, opened_elsewhere
from refactor.databases.filepaths import IN_MEMORY, FilePaths
from refactor.databases.openedobjects import OpenedObjects
from refactor.databases.openings import (
    HIDDEN,
    MOST_FILES,
    NOTHING,
    TOO_DEEP,
    UNKNOWN,
    UNSAID,
    USUAL,
    At,
    Opened,
    union,
)
from refactor.databases.spelledout import Gap, gap_in, spelled_out
from refactor.databases.spellings import Spellings
from refactor.databases.unended import end_of, is_required, is_unsaid, opens_a_file
from refactor.python.assignments import FUNCTIONS, is_self
from refactor.python.callsites import arguments_of, defaults_of, is_partial
from refactor.python.modules import Modules
from refactor.python.outline import last_part
from refactor.python.syntax import dotted, given_in

OPENS = (
    *("connect", "Connection", "create_engine", "create_async_engine", "Database"),
    "SqliteDatabase",
)
"""What opens a database, by the last part of its name."""
_GIVES_AN_ENTRY = ("get", "pop", "setdefault")
_SAME_CONNECTION = frozenset(
    {
        *("cursor", "execute", "executemany", "executescript", "begin", "connect", "acquire"),
        *("connection", "__enter__", "__aenter__", "session", "raw_connection"),
    }
)


class Openers(OpenedObjects):
    """Answers which databases are behind the expressions of some code."""

    def __init__(
        self, modules: Modules, paths: FilePaths, connections: Connections, definers: Definers
    ) -> None:
        """Look through these modules."""
        super().__init__(modules, connections, definers)
        self._paths = paths
        self._spelled = Spellings(definers)

    def value(  # noqa: C901, PLR0911, PLR0912 - one branch and one return for each shape
        self, node: ast.expr | None, at: At, use: ast.AST
    ) -> Opened:
        """The databases behind an expression: a connection, what is made of it, or a path."""
        self._steps += 1
        if self.is_lost or self._ends_at(at):
            return UNKNOWN
        match node:
            case ast.Await(value=value) | ast.NamedExpr(value=value):
                return self.value(value, at, use)
            case ast.IfExp(body=body, orelse=orelse):
                return self._either([body, orelse], at, use)
            case ast.BoolOp(values=values):
                # What the environment says is as good as its default.
                said = [it for it in values if not _of_environment(it)] or values
                return self._either(said, at, use)
            case ast.Constant(value=None):
                return NOTHING
            case ast.Name(id=name):
                return self.name(name, at, use)
            case ast.Attribute(value=ast.Name(id="self" | "cls"), attr=attr):
                return self._member(attr, at)
            case ast.Attribute(value=value):
                return (
                    self._imported(node, at)
                    or self._set_anew(node, at, use)
                    or self._held(node, at)
                    or self._optional(node, at)
                    or self._named(node, at)
                    or (UNSAID if is_required(value, node.attr, at, self._code) else None)
                    or (self.value(value, at, use) if self._gap is None else UNKNOWN)
                )
            case ast.Subscript(value=value, slice=key):
                entry = self._entry(value, key, at)
                return entry if entry != UNKNOWN else self.of_alias(node, at) or UNKNOWN
            case ast.Call(
                func=ast.Name(id="getattr"), args=[of, ast.Constant(value=str() as attr), *_]
            ):
                return self.value(ast.Attribute(of, attr), at, use)
            case ast.Call(func=ast.Attribute(attr="format" | "with_suffix")):
                return self._named(node, at) or self._call(node, at, use)
            case ast.Call():
                return self._call(node, at, use)
            case ast.Starred(value=value):
                return self.one_of(value, (), at)
            case ast.Lambda(body=body):
                nothing = ast.Call(node, [], [])
                return self.value(body, self._called_lambda(node, nothing, at, at), body)
            case ast.expr():
                return self._path(node, at)
        return UNKNOWN

    def _either(self, values: Iterable[ast.expr], at: At, use: ast.AST) -> Opened:
        """What one of some expressions gives; a setting that nobody sees may be anything."""
        found = [(it, self.value(it, at, use)) for it in values]
        unseen = any(opened == UNKNOWN and _is_setting(it) for it, opened in found)
        return union([*(opened for _, opened in found), *([USUAL] if unseen else [])])

    def _path(self, node: ast.expr, at: At) -> Opened:
        spelled = spelled_out(node, lambda it: self._spelled.text(it, at))
        if self._gap is not None:
            return self._completed(spelled, self._gap)
        named = self._paths.of(at.module.path, at.scope, spelled)
        piece = None if named else gap_in(spelled)
        if piece is not None:
            self._gap = Gap(spelled, piece, at)
            opened = self.value(piece, at, piece)
            self._gap = None
            return opened if opened.files else UNKNOWN
        return Opened(named.databases, named.others, bool(named))

    def _completed(self, piece: ast.expr, gap: Gap) -> Opened:
        """What a path names with a piece that was found for the gap in it."""
        if not isinstance(piece, ast.Constant) or not isinstance(piece.value, str):
            return UNKNOWN
        path = spelled_out(gap.path, lambda it: str(piece.value) if it is gap.piece else None)
        named = self._paths.of(gap.at.module.path, gap.at.scope, path)
        return Opened(named.databases, named.others, bool(named))

    def _named(self, node: ast.expr, at: At) -> Opened | None:
        """The path that an expression spells, as an enumeration's member; None if it is none."""
        found = self._path(node, at)
        return None if found == UNKNOWN else found

    def _entry(self, base: ast.expr, key: ast.expr, at: At) -> Opened:
        """What a dictionary has under a key; all that it has where the key is not known."""
        found = [
            self.value(it, where, it or key) for it, where in self._spelled.entries(base, key, at)
        ]
        found += (
            self.value(it.value, where.within(it.value), it.value)
            for it, where in (() if found else self._code.given_as(base, at))
            if isinstance(it, ast.DictComp)
        )
        return union(found) if found else UNKNOWN

    def of_alias(self, node: ast.expr, at: At) -> Opened | None:
        """What settings have under the alias that is asked for; None if none is."""
        alias, key = asked_alias(node), asked_bind(node)
        if key:
            bound = binds_for(self._spelled.text(key, at), self._code)
            opened = union(self._configured(it, where) for it, where in bound)
            return None if opened == UNKNOWN else opened
        if alias is None:
            return None
        known = self._spelled.text(alias, at)
        said = [*settings_for(known, self._code, self._spelled)]
        found = [self._configured(it, where) for it, where in said if it]
        if any(it == UNKNOWN for it in found) or not found:
            # What only the environment says may be any, but that of the project itself.
            unseen = bool(said and known) and known != DEFAULT
            return (
                Opened(others=frozenset({f'"{known}" of Django'}), whole=True) if unseen else None
            )
        return union(found)

    def _configured(self, settings: ast.expr, at: At) -> Opened:
        """The file of one database in settings, or what it is of another system."""
        if isinstance(settings, ast.Constant) and (match := ADDRESS.match(str(settings.value))):
            return Opened(others=frozenset({f"{match['url']}://…"}), whole=True)
        if not isinstance(settings, ast.Dict):
            return self.value(settings, at, settings)
        engine = entry_of(settings, "ENGINE")
        if isinstance(engine, ast.Constant) and "sqlite" not in str(engine.value):
            other = f"{last_part(str(engine.value))}://…"
            return Opened(others=frozenset({other}), whole=True)
        within = entry_of(settings, "credentials")
        name = entry_of(within, "file_path") if isinstance(within, ast.Dict) else None
        return self.value(name or entry_of(settings, "NAME"), at, settings)

    def _entry_or_else(self, node: ast.Call, at: At, use: ast.AST) -> Opened | None:
        """What `get` gives of a dictionary, or else its default; None if it is no such call."""
        func = node.func
        if not isinstance(func, ast.Attribute) or func.attr not in _GIVES_AN_ENTRY or not node.args:
            return None
        key, *otherwise = node.args
        entry = self._entry(func.value, key, at)
        if entry == UNKNOWN:
            if not _is_setting(node):
                return None
            return union([USUAL, *(self.value(it, at, use) for it in given_in(node)[1:])])
        missing = () if self._spelled.constant(key, at) else otherwise
        return union([entry, *(self.value(it, at, use) for it in missing)])

    def _entry_or_alias(self, node: ast.Call, at: At, use: ast.AST) -> Opened | None:
        """The same, or what settings have under an alias, which may be asked for likewise."""
        entry = self._entry_or_else(node, at, use)
        return self.of_alias(node, at) or entry if entry in (None, USUAL) else entry

    def _call(  # noqa: PLR0911 - one return for each way of opening
        self, node: ast.Call, at: At, use: ast.AST
    ) -> Opened:
        func = node.func
        defined = self._defined(node, at, use)
        if defined:
            return defined
        entry = self._entry_or_alias(node, at, use)
        if entry or self._gap is not None:
            return entry or UNKNOWN
        if is_partial(node):
            return self._call(ast.Call(node.args[0], node.args[1:], node.keywords), at, use)
        arguments = given_in(node)
        named = [it for it in (self.value(each, at, use) for each in arguments) if it != UNKNOWN]
        elsewhere = self._opened_elsewhere(node, at)
        # Frames are their own, whatever they were read from.
        if elsewhere and (elsewhere == FRAMES or not any(it.databases for it in named)):
            return Opened(others=frozenset({elsewhere}), whole=True)
        if any(it.databases or it.others or it.hidden for it in named):
            return union(named)
        if arguments and last_part(dotted(func)) in OPENS:
            return self._unended(node, arguments[0], at)
        if isinstance(func, ast.Attribute):
            kept = self._member(func.attr, at) if is_self(func.value) else UNKNOWN
            if kept.files:
                return kept
            opened = self.value(func.value, at, use)
            if func.attr in _SAME_CONNECTION:
                return opened
            # What another method gives may be anything, but of no other database.
            return self._by_given(arguments, at) or replace(opened, whole=False)
        return self._by_given(arguments, at) or self._by_maker(node, at, use)

    def _unended(self, node: ast.Call, path: ast.expr, at: At) -> Opened:
        """A file that is opened as a database, whatever it ends with; tests open what they like."""
        names = self._modules.names(at.module.path)
        if names is None or not opens_a_file(node.func, names):
            return HIDDEN
        if self._code.is_test(at.module.path):
            return HIDDEN
        if is_unsaid(path, at, self._code):
            return UNSAID
        text = end_of(path, at, self._code)
        named = self._paths.written(text)
        # What a name is put in for may be the plan's, unless its ending tells.
        other = named.others or not ("{}" in text or named.databases)
        return Opened(others=frozenset({text}), whole=True) if text and other else HIDDEN

    def _defined(self, node: ast.Call, at: At, use: ast.AST) -> Opened | None:
        """What functions and classes of this code give that are called; None if it is no such."""
        made: dict[object, Opened] = {}
        for found, where in self._code.definitions(node.func, at):
            if where.module.path in made:
                continue  # a namesake
            if isinstance(found, FUNCTIONS):
                inner = self.called(found, node, at, where)
                results = [self.value(it, inner, it) for it in where.module.results(found)]
                func, owner = node.func, at.owner
                if owner and isinstance(func, ast.Attribute) and is_self(func.value):
                    results = self.with_installed(results, where.around[0], *owner)
                    results += self._given_by_heirs(node, func.attr, *owner, at)
                opened = union(results) if results else UNKNOWN
            elif self._gap is not None:
                opened = UNKNOWN  # an object is no piece of a path
            else:
                kept = self._made(found, node, at, where, use)
                opened = kept or self._by_itself(found, where.module)
            made[where.module.path] = opened
        return union(made.values()) if made else None

    def _given_by_heirs(
        self, node: ast.Call, name: str, owner: ast.ClassDef, inside: At, at: At
    ) -> Iterator[Opened]:
        """What the methods of heirs give that stand for one which is called on `self`."""
        for heir, there in self._code.heirs(owner, inside) if at.self_class is None else ():
            for it in there.module.functions_in(heir):
                if it.name == name:
                    inner = self.called(it, node, at, replace(there, self_class=(heir, there)))
                    yield from (self.value(each, inner, each) for each in there.module.results(it))

    def _by_given(self, arguments: Iterable[ast.expr], at: At) -> Opened | None:
        """What functions give that are handed on, as in `Depends(connect)`; None if none does."""
        made = (
            self.value(it, replace(where, around=(function, *where.around)), it)
            for each in arguments
            for function, where in self._code.definitions(each, at)
            if isinstance(function, FUNCTIONS)
            for it in where.module.results(function)
        )
        found = [it for it in made if it.databases or it.others]
        return union(found) if found else None

    def _by_maker(self, node: ast.Call, at: At, use: ast.AST) -> Opened:
        """What is given by a lambda, or made by what is bound to a database, as sessions are."""
        if isinstance(node.func, ast.Subscript):
            return self._by_entry(node, node.func, at)
        makers = [*self._code.given_as(node.func, at)]
        if len(makers) == 1 and is_partial(makers[0][0]):
            return self._by_partial(*makers[0], node, at)
        lambdas = [(it, where) for it, where in makers if isinstance(it, ast.Lambda)]
        if not lambdas:
            made = self.value(node.func, at, use) if makers else UNKNOWN
            return made if made != UNKNOWN or not makers else self._bound_later(node.func, at)
        if len(lambdas) < len(makers):
            return UNKNOWN
        return union(
            self.value(made.body, self._called_lambda(made, node, at, where), made.body)
            for made, where in lambdas
        )

    def _by_partial(self, made: ast.expr, where: At, node: ast.Call, at: At) -> Opened:
        """What a function gives of which a part of the arguments was given before."""
        if not isinstance(made, ast.Call):
            return UNKNOWN
        function, *before = made.args
        first = ast.Call(function, before, made.keywords)
        whole = ast.Call(function, [*before, *node.args], [*made.keywords, *node.keywords])
        found: list[Opened] = []
        for it, there in self._code.definitions(function, where):
            if isinstance(it, FUNCTIONS):
                inside = self.called(it, first, where, there)
                given = {name: (each, at) for name, each in arguments_of(it, whole).items()}
                given |= {name: inside.given[name] for name in arguments_of(it, first)}
                inside = replace(inside, given={**inside.given, **given})
                found += (self.value(each, inside, each) for each in there.module.results(it))
        return union(found) if found else UNKNOWN

    def _bound_later(self, maker: ast.expr, at: At) -> Opened:
        """What a maker of sessions is bound to after it was made: `Session.configure(bind=…)`."""
        said = f"{last_part(dotted(maker))}.configure"
        found: list[Opened] = []
        for path in self._code.naming(said)[:MOST_FILES] if at.depth < TOO_DEEP else ():
            module = None if self._code.is_test(path) else self._code.module(path)
            for call in module.calls.get("configure", ()) if module else ():
                bound = next((it.value for it in call.keywords if it.arg == "bind"), None)
                if module and bound and f".{dotted(call.func)}".endswith(f".{said}"):
                    where = At(module, module.around(call), {}, at.depth + 1, at.level)
                    found.append(self.value(bound, where, call))
        return union(found) if found else UNKNOWN

    def _by_entry(self, node: ast.Call, func: ast.Subscript, at: At) -> Opened:
        """What the functions and lambdas give that a dictionary has under a key."""
        made: list[Opened] = []
        for entry, where in self._spelled.entries(func.value, func.slice, at):
            if isinstance(entry, ast.Lambda):
                inside = self._called_lambda(entry, node, at, where)
                made.append(self.value(entry.body, inside, entry.body))
                continue
            functions = [
                (it, self.called(it, node, at, there))
                for it, there in (self._code.definitions(entry, where) if entry else ())
                if isinstance(it, FUNCTIONS)
            ]
            results = (
                self.value(it, inside, it)
                for function, inside in functions
                for it in inside.module.results(function)
            )
            made.append(union(results) if functions else UNKNOWN)
        return union(made)

    def _opened_elsewhere(self, node: ast.Call, at: At) -> str | None:
        """What a call opens of another database system."""
        names = self._modules.names(at.module.path)
        return opened_elsewhere(node, names) if names else None

    def _made(
        self, cls: ast.AST, node: ast.Call, at: At, inside: At, use: ast.AST
    ) -> Opened | None:
        """What an object talks to that is made of a class: what it is given, or its defaults."""
        makes = next((it for it in inside.module.functions_in(cls) if it.name == "__init__"), None)
        given = arguments_of(makes, node) if makes else {}
        values = [*given.values(), *(() if makes else node.args)]
        usual = defaults_of(makes) if makes else {}
        each = [self.value(it, at, use) for it in values]
        each += (self.value(it, inside, it) for name, it in usual.items() if name not in given)
        found = [it for it in each if it.databases or it.others]
        if not found and makes:
            within = self.called(makes, node, at, inside)
            set_up = (
                it.value
                for it in inside.module.owned(makes)
                if isinstance(it, ast.Assign | ast.AnnAssign)
            )
            each = [self.value(it, within, it) for it in set_up if it]
            found = [it for it in each if it.databases or it.others]
        if not found:
            return None
        opened = union(found)
        uses = self._opened_within(cls, node, at, inside)
        if uses and uses.files - IN_MEMORY:
            # Of the paths that it is given it may open only one, or none.
            shared = opened.files & uses.files
            if not shared or uses.files < opened.files:
                return uses
        if opened.databases or opened.others - IN_MEMORY:
            return opened
        # In memory it stands in for the file that the class opens by itself.
        besides = (self.value(it, inside, it) for it in usual.values())
        return union([opened, *(it for it in besides if it.databases)])

    def _opened_within(self, cls: ast.AST, node: ast.Call, at: At, inside: At) -> Opened | None:
        """What the code of a class opens for the object of a call, if all of that is seen."""
        found: list[Opened] = []
        attributes: set[str] = set()
        for call in (it for name in OPENS for it in inside.module.calls.get(name, ())):
            around, given = inside.module.around(call), given_in(call)
            if cls not in around or not given or not isinstance(cls, ast.ClassDef):
                continue
            function, path = around[0], given[0]
            if isinstance(function, FUNCTIONS) and function.name == "__init__":
                found.append(self.value(call, self.called(function, node, at, inside), call))
            elif not isinstance(path, ast.Attribute) or not is_self(path.value):
                where = At(inside.module, around, {}, at.depth + 1, at.level)
                found.append(self.value(call, where, call))
            elif path.attr not in attributes:
                attributes.add(path.attr)
                found += self._set_up(cls, node, at, inside, path.attr)
            if not all(it.whole for it in found):
                return None
        return union(found) if found else None


def _is_setting(node: ast.expr) -> bool:
    """Whether it is an entry under a name, and not of the environment."""
    match node:
        case (
            ast.Subscript(value=base, slice=ast.Constant(value=str()))
            | ast.Call(
                func=ast.Attribute(value=base, attr="get" | "pop" | "setdefault"),
                args=[ast.Constant(value=str()), *_],
            )
        ):
            return "environ" not in dotted(base)
    return False


def _of_environment(node: ast.expr) -> bool:
    """Whether it asks the environment, and gives nothing by default."""
    match node:
        case ast.Call(func=func, args=[_], keywords=[]):
            return dotted(func).endswith(("environ.get", "getenv"))
    return False
