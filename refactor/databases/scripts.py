"""On which database a file of SQL is executed, by the code that reads it by its name.

`con.executescript((SQL / "schema.sql").read_text())`: from the name to what is read, over names,
`with open(…) as f` and the functions that hand either on, to what executes it.
"""

import ast
from collections.abc import Callable, Collection, Iterator
from pathlib import PurePosixPath

from msgspec.structs import replace

from refactor.databases.definers import Definers
from refactor.databases.executors import Executors
from refactor.databases.filepaths import IN_MEMORY, SAME_FILE, TAKES_PATH
from refactor.databases.openings import MOST_FILES, TOO_DEEP, UNKNOWN, At, Opened, union
from refactor.python.assignments import FUNCTIONS, Module
from refactor.python.callsites import parameters_of
from refactor.python.outline import last_part
from refactor.python.syntax import dotted, walked

SUFFIX = ".sql"
_READS = frozenset({"get_data", "read", "read_bytes", "read_text"})
_OPENS = frozenset({"open", "open_resource"})
_SAME_TEXT = frozenset({"decode", "rstrip", "strip"})
_NO_FOLDERS = frozenset({"/", ".", ".."})
_SAYS_NOTHING = frozenset({"exists", "isfile", "len", "print"})
_LOGS = frozenset({"debug", "error", "info", "warning"})


class Scripts:
    """Answers on which database files of SQL are executed."""

    def __init__(
        self,
        files: Callable[[], Collection[PurePosixPath]],
        definers: Definers,
        executors: Executors,
    ) -> None:
        """Look through some modules.

        Args:
            files: all files of the code.
            definers: where what modules name is defined.
            executors: what executes a statement.
        """
        self._files = files
        self._code = definers
        self._executors = executors
        self._known: dict[PurePosixPath, Opened] = {}

    def opened(self, path: PurePosixPath) -> Opened:
        """On what a file is executed; UNKNOWN unless all is seen that is done with it."""
        if path not in self._known:
            found = [it for it in self._executed(path) if it.files - IN_MEMORY or not it.whole]
            opened = union(found)
            self._known[path] = opened if opened.whole else UNKNOWN
        return self._known[path]

    def _executed(self, path: PurePosixPath) -> Iterator[Opened]:
        if len(self._code.naming(path.name)) > MOST_FILES:
            yield UNKNOWN
            return
        modules = [*self._code.modules_naming(path.name)]
        code = [it for it in modules if not self._code.is_test(it.path)]
        for module in code or modules:
            for node in module.nodes:
                if (
                    isinstance(node, ast.Constant)
                    and isinstance(node.value, str)
                    and node.value.endswith(path.name)
                    and self._means(node.value, module.path, path)
                ):
                    yield from self._followed(node, At(module, module.around(node)), read=False)

    def _means(self, said: str, where: PurePosixPath, path: PurePosixPath) -> bool:
        """Whether a module may mean a file by what it says, rather than one nearer to itself."""
        parts = tuple(it for it in PurePosixPath(said).parts if it not in _NO_FOLDERS)
        alike = [it for it in self._files() if it.parts[-len(parts) :] == parts]
        near = [it for it in alike if it.parent == where.parent]
        return path in (near or alike)

    def _followed(
        self, node: ast.AST, at: At, *, read: bool, back: tuple[tuple[ast.Call, At], ...] = ()
    ) -> Iterator[Opened]:
        """What executes the file that an expression is the path of, or what is read from it."""
        node, read = _grown(node, at.module, read=read)
        above = next(at.module.above(node), None) if at.depth <= TOO_DEEP else None
        match above:
            case ast.Call(args=args) if isinstance(node, ast.expr) and node in args:
                yield from self._given(above, args.index(node), at, read=read, back=back)
            case (
                ast.withitem(optional_vars=ast.Name(id=name))
                | ast.Assign(targets=[ast.Name(id=name)])
                | ast.AnnAssign(target=ast.Name(id=name))
            ):
                yield from self._named(name, at, read=read, back=back)
            case ast.Return():
                yield from self._returned(at, read=read, back=back)
            case ast.Attribute() if not read:
                pass  # whether there is such a file, or when it was changed
            case _:
                yield UNKNOWN

    def _named(
        self, name: str, at: At, *, read: bool, back: tuple[tuple[ast.Call, At], ...]
    ) -> Iterator[Opened]:
        """The same for a name of a function, or of a module or a class, which others may have."""
        function = next(iter(at.around), None)
        if isinstance(function, FUNCTIONS):
            if len(at.module.given(function, name)) > 1:
                yield UNKNOWN
            yield from self._in_function(function, name, at, read=read, back=back)
            return
        for use, where in self._code.uses(at.module.path, name):
            if use is None:
                yield UNKNOWN
            else:
                yield from self._followed(use, _farther(where, at), read=read)

    def _in_function(
        self,
        function: ast.AST,
        name: str,
        at: At,
        *,
        read: bool,
        back: tuple[tuple[ast.Call, At], ...],
    ) -> Iterator[Opened]:
        for it in walked(function):
            if isinstance(it, ast.Name) and it.id == name and isinstance(it.ctx, ast.Load):
                if at.module.around(it)[:1] == (function,):
                    yield from self._followed(it, at.deeper(), read=read, back=back)
                else:
                    yield UNKNOWN  # a function inside it has it as well

    def _given(
        self,
        call: ast.Call,
        argument: int,
        at: At,
        *,
        read: bool,
        back: tuple[tuple[ast.Call, At], ...],
    ) -> Iterator[Opened]:
        """The same for what a call is given: it executes it, or hands it on."""
        method = last_part(dotted(call.func))
        if method.startswith("execute") and isinstance(call.func, ast.Attribute):
            yield self._executors.run_on(call, at) if read else UNKNOWN
            return
        meant = [*self._executors.meant(call, at)]
        for function, inside in meant:
            names = [it for it in parameters_of(function) if it not in ("self", "cls")]
            for name in names[argument : argument + 1]:
                on = (*back, (call, at))
                yield from self._in_function(function, name, inside, read=read, back=on)
        if not meant and method not in _SAYS_NOTHING | _LOGS:
            yield UNKNOWN

    def _returned(
        self, at: At, *, read: bool, back: tuple[tuple[ast.Call, At], ...]
    ) -> Iterator[Opened]:
        """The same for what a function gives back, to the call that led into it or to all."""
        function = next(iter(at.around), None)
        if back:
            call, where = back[-1]
            yield from self._followed(call, _farther(where, at), read=read, back=back[:-1])
        elif isinstance(function, FUNCTIONS):
            for made, where in self._code.callers(function, at):
                if made is None:
                    yield UNKNOWN
                else:
                    yield from self._followed(made, _farther(where, at), read=read)
        else:
            yield UNKNOWN


def _grown(node: ast.AST, module: Module, *, read: bool) -> tuple[ast.AST, bool]:
    """The longest expression that is the same file or what is read from it, and which of both."""
    for above in module.above(node):
        match above:
            case ast.BinOp(op=ast.Div(), right=right) if right is node:
                pass
            case ast.Attribute(attr=attr) if attr in _READS | _OPENS | SAME_FILE | _SAME_TEXT:
                read = read or attr in _READS
            case ast.Call(func=func) if func is node:
                pass
            case ast.Call(func=func) if last_part(dotted(func)) in TAKES_PATH | _OPENS | _READS:
                read = read or last_part(dotted(func)) in _READS
            case _:
                break
        node = above
    return node, read


def _farther(there: At, at: At) -> At:
    """A place that is one step farther on the way than another."""
    return replace(there, depth=at.depth + 1)
