"""Which database a connection was opened on, or what is made of one.

It is followed to where it was opened: over `with … as`, attributes, parameters and who gives them,
functions that open, and imports.

    openednames → openedobjects → openedcalls → openers
    names, attributes, what calls give, and all else
"""

import ast
from collections.abc import Iterable

from msgspec.structs import replace

from refactor.databases.aliases import (
    DEFAULT,
    asked_alias,
    asked_bind,
    binds_for,
    settings_for,
)
from refactor.databases.connections import Connections
from refactor.databases.definers import Definers
from refactor.databases.drivers import ADDRESS, FRAMES, opened_elsewhere
from refactor.databases.filepaths import FilePaths
from refactor.databases.openedcalls import OPENS, OpenedCalls
from refactor.databases.openings import (
    HIDDEN,
    NOTHING,
    TOO_DEEP,
    UNKNOWN,
    UNSAID,
    USUAL,
    At,
    Opened,
    union,
)
from refactor.databases.optiondefaults import ENVIRONMENT, has_default, spelled_by
from refactor.databases.receivers import SAME_CONNECTION
from refactor.databases.spelledout import Gap, gap_in, spelled_out
from refactor.databases.toldoutside import AT_ITS_PLACE, ToldOutside
from refactor.databases.unended import end_of, is_required, is_unsaid, opens_a_file
from refactor.python.assignments import FUNCTIONS, LOADS, is_self
from refactor.python.callsites import is_partial
from refactor.python.modules import Modules
from refactor.python.outline import last_part
from refactor.python.syntax import dotted, entry_of, given_in, walked

_GIVES_AN_ENTRY = ("get", "pop", "setdefault")


class Openers(OpenedCalls):
    """Answers which databases are behind the expressions of some code."""

    def __init__(
        self,
        modules: Modules,
        paths: FilePaths,
        connections: Connections,
        definers: Definers,
        told: ToldOutside,
    ) -> None:
        """Look through these modules."""
        super().__init__(modules, connections, definers, told)
        self._paths = paths

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
                found = self._either([body, orelse], at, use)
                asks = found.databases and any(map(_is_argv, (body, orelse)))
                return self._or_told(found, (AT_ITS_PLACE,), at) if asks else found
            case ast.BoolOp(values=values):
                # What the environment says is as good as its default.
                said = [it for it in values if not _of_environment(it)] or values
                found = self._either(said, at, use)
                unsaid = (it for it in values if it not in said and isinstance(it, ast.Call))
                names = (name for it in unsaid for name in spelled_by(it))
                if len(said) == len(values) or found == UNKNOWN:
                    return found  # as a folder is
                return self._or_told(found, names, at)
            case ast.Constant(value=None):
                return NOTHING
            case ast.Name(id=name):
                found = self.name(name, at, use)
                called = self._is_called and found == UNKNOWN
                return self._given_back(node, at, use) if called else found
            case ast.Attribute(value=ast.Name(id="self" | "cls"), attr=attr):
                return self._member(attr, at)
            case ast.Attribute(value=value):
                return (
                    self._imported(node, at)
                    or self._set_anew(node, at, use)
                    or self._held(node, at)
                    or self._optional(node, at)
                    or self._named(node, at)
                    or (self._given_back(node, at, use) if self._is_called else None)
                    or self._of_application(node, at)
                    or (UNSAID if is_required(value, node.attr, at, self._code) else None)
                    or self._whose(value, at, use)
                )
            case ast.Subscript(value=value, slice=key):
                entry = self._entry(value, key, at)
                if entry != UNKNOWN:
                    return entry
                return self.of_alias(node, at) or self._kept_here(node, at)
            case ast.Call(
                func=ast.Name(id="getattr"), args=[of, ast.Constant(value=str() as attr), *_]
            ):
                return self.value(ast.Attribute(of, attr), at, use)
            case ast.Call(
                func=ast.Attribute(attr="format" | "with_suffix" | "deserialize" as attr)
            ):
                if attr == LOADS:
                    return self._loaded(node, at, use)
                return self._named(node, at) or self._call(node, at, use)
            case ast.Call():
                return self._call(node, at, use)
            case ast.Starred(value=value):
                return self.one_of(value, (), at)
            case ast.Lambda(body=body):
                nothing = ast.Call(node, [], [])
                around, self._is_called = self._is_called, False
                given = self.value(body, self._called_lambda(node, nothing, at, at), body)
                self._is_called = around
                return given
            case ast.expr():
                return self._path(node, at)
        return UNKNOWN

    def _whose(self, value: ast.expr, at: At, use: ast.AST) -> Opened:
        """What an object was opened on whose attribute is not seen to be given anything."""
        return self.value(value, at, use) if self._gap is None else UNKNOWN

    def _loaded(self, node: ast.Call, at: At, use: ast.AST) -> Opened:
        """The database whose bytes a connection loads; another where nobody sees which."""
        found = union(self.value(it, at, use) for it in given_in(node))
        unseen = Opened(others=frozenset({ast.unparse(node)}), whole=True)
        return found if found.files else unseen

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

    def _kept_here(self, node: ast.Subscript, at: At) -> Opened:
        """What the function around keeps under that very key, as what opens each file once does."""
        function = next((it for it in at.around if isinstance(it, FUNCTIONS)), None)
        given = at.module.given(function, ast.unparse(node)) if function else []
        found = [self.value(it.value, at.deeper(), it.node) for it in given]
        return union(found) if found else UNKNOWN

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
        if entry not in (None, USUAL):
            return entry
        return self.of_alias(node, at) or self._of_context(node, at) or entry

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
            found = union(it for it in named if it != USUAL)  # as a timeout may be
            return self._or_told(found, spelled_by(node), at) if has_default(node) else found
        if arguments and last_part(dotted(func)) in OPENS:
            return self._unended(node, arguments[0], at)
        if isinstance(func, ast.Attribute):
            kept = self._by_hand(func, at, use) if is_self(func.value) else UNKNOWN
            if kept.files:
                return kept
            opened = self.value(func.value, at, use)
            if func.attr in SAME_CONNECTION:
                return opened
            # What another method gives may be anything, but of no other database.
            return self._by_given(arguments, at) or replace(opened, whole=False)
        return self._by_given(arguments, at) or self._by_maker(node, at, use)

    def _unended(self, node: ast.Call, path: ast.expr, at: At) -> Opened:
        """A file that is opened as a database, whatever it ends with; tests open what they like."""
        names = self._modules.names(at.module.path)
        # This deep, a name that gives the path is not followed to what it is given.
        if names is None or at.depth >= TOO_DEEP - 1 or not opens_a_file(node.func, names):
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

    def _opened_elsewhere(self, node: ast.Call, at: At) -> str | None:
        """What a call opens of another database system."""
        names = self._modules.names(at.module.path)
        return opened_elsewhere(node, names) if names else None


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


def _is_argv(node: ast.expr) -> bool:
    """Whether it is made of a word of the program's command line."""
    return any(
        isinstance(it, ast.Subscript) and last_part(dotted(it.value)) == "argv"
        for it in walked(node)
    )


def _of_environment(node: ast.expr) -> bool:
    """Whether it asks the environment, and gives nothing by default."""
    match node:
        case ast.Call(func=func, args=[_], keywords=[]):
            return dotted(func).endswith(ENVIRONMENT)
    return False
