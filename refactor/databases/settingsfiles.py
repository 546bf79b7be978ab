"""What files of settings hold that code reads by their names: `json.load(open("app.json"))`.

Only their databases count here: what else a setting says stands for something that nobody knows.
"""

import ast
import json
import re
from collections.abc import Callable, Collection
from functools import cache
from pathlib import PurePosixPath

from refactor.databases.databasepaths import database_in, is_test
from refactor.databases.filepaths import AFTER_A_NAME, SAME_FILE, TAKES_PATH
from refactor.kinds import tomls, yamls
from refactor.kinds.kind import NotOfKindError
from refactor.legacy import Legacy
from refactor.python.outline import last_part
from refactor.python.syntax import dotted
from refactor.text.source import Source, Unreadable

LOADS = re.compile(r"(?:json|toml|tomli|tomllib|yaml)\.(?:full_|safe_)?loads?")
"""What gives all that a file of settings holds, or its text."""
_READS = frozenset({"open", "read", "read_bytes", "read_text"})
_NAMES_FILE = (TAKES_PATH | {"open"}) - {*AFTER_A_NAME}
_UNKNOWN = ast.Name("a setting of something else", ast.Load())


class SettingsFiles:
    """Answers what files of settings say of the plan's databases."""

    def __init__(
        self,
        files: Callable[[], Collection[PurePosixPath]],
        source: Callable[[PurePosixPath], Source | Unreadable],
        legacy: Legacy,
    ) -> None:
        """Look into some files.

        Args:
            files: all files of the code.
            source: what a file says.
            legacy: the databases of the plan.
        """
        self._files = files
        self._source = source
        self._legacy = legacy
        self.held = cache(self._held)
        """The dictionary that a file holds, by how code names it; None if it is not the one."""

    def _held(self, said: str) -> ast.Dict | None:
        parts = PurePosixPath(said).parts
        alike = [it for it in self._files() if it.parts[-len(parts) :] == parts]
        alone = len(alike) == 1 and not is_test(str(alike[0]))  # else the real one is elsewhere
        source = self._source(alike[0]) if alone else None
        if not isinstance(source, Source) or not any(
            PurePosixPath(it).name in source.text for it in self._legacy.moved
        ):
            return None
        held = self._written(_parsed(source))
        return held if isinstance(held, ast.Dict) else None

    def _written(self, held: object) -> ast.expr:
        """What a setting holds, as Python would write it."""
        if isinstance(held, dict):
            keys: list[ast.expr | None] = [ast.Constant(str(it)) for it in held]
            return ast.Dict(keys, [self._written(it) for it in held.values()])
        if isinstance(held, str) and database_in(held, self._legacy):
            return ast.Constant(held)
        return _UNKNOWN


def _parsed(source: Source) -> object:
    try:
        match source.path.suffix:
            case ".json":
                return json.loads(source.text)
            case ".toml":
                return tomls.parse(source.text)
            case ".yaml" | ".yml":
                documents = yamls.nested(source.text)
                return documents[0] if isinstance(documents, list) and documents else None
    except (NotOfKindError, ValueError, RecursionError):
        pass
    return None


def path_in(node: ast.expr) -> ast.expr:
    """The last part of the path of what is read by an expression, or a name for it."""
    match node:
        case ast.BinOp(op=ast.Div(), right=right):
            return path_in(right)
        case ast.Call(func=ast.Attribute(value=held, attr=attr), args=[]) if (
            attr in _READS | SAME_FILE
        ):
            return path_in(held)
        case ast.Call(func=ast.Attribute(value=held, attr="open")) if dotted(held) != "os":
            return path_in(held)
        case ast.Call(func=func, args=[first, *more]) if last_part(dotted(func)) in _NAMES_FILE:
            is_open = last_part(dotted(func)) == "open"
            return path_in(first if is_open or not more else more[-1])
    return node
