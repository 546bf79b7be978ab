"""Whether code talks to another database system than SQLite, as far as addresses tell."""

import re
from collections.abc import Callable, Collection, Iterable, Iterator
from functools import cached_property
from pathlib import PurePosixPath

from refactor.databases.dialects import foreign_mark
from refactor.databases.drivers import ADDRESS, MAY_OPEN_OTHERS, SQLITE_DRIVERS, imported_by
from refactor.databases.givers import fixture_files
from refactor.python.modules import Modules
from refactor.python.outline import Context, Usage
from refactor.recent import Recent

_CLASSES = frozenset(
    {
        *("PostgresqlDatabase", "PooledPostgresqlDatabase", "PostgresqlExtDatabase"),
        *("MySQLDatabase", "PooledMySQLDatabase", "CockroachDatabase"),
    }
)
_TRANSLATES = r"(?:replace|sub)\(.*%s"
_KEPT = 5_000
_SAID = frozenset({Usage.DISPLAYED, Usage.DOCUMENTATION})
_SETTINGS = re.compile(r"(?:^|[/_])settings(?:[/_.]|$)")

_IN_PATH = re.compile(
    r"(?i)(?<![^\W_])(postgres(?:ql)?|pg|pgsql|psql|mysql|mariadb|mssql|sqlserver|tsql|oracle|redshift"
    r"|bigquery|snowflake|clickhouse|cockroach(?:db)?|duckdb)(?![^\W_])"
)
"""What a folder or a file is called, as a whole word, that has the SQL of another system."""


class OtherSystems:
    """Answers whether the code around a place names another database system."""

    def __init__(
        self,
        modules: Modules,
        files: Iterable[PurePosixPath],
        importing: Callable[[Collection[str]], Iterable[PurePosixPath]],
        matching: Callable[[str], Collection[PurePosixPath]],
    ) -> None:
        """Look through these files.

        Args:
            modules: what they import.
            files: all of them.
            importing: gives those that import one of some modules.
            matching: gives those with a line that a pattern of ripgrep's matches.
        """
        self._modules = modules
        self._matching = matching
        self._importing = importing
        self._settings = tuple(
            path for path in files if path.suffix == ".py" and _SETTINGS.search(path.as_posix())
        )
        self._named: Recent[PurePosixPath, str] = Recent(_KEPT)

    def beside(self, path: PurePosixPath) -> str | None:
        """What a module, or one that it imports, says of another system, in words."""
        said = self._of(path)
        if said:
            return f"its module speaks of {said}"
        for imported in self._imported(path):
            said = self._of(imported)
            if said:
                return f"{imported}, which its module imports, speaks of {said}"
        return None

    def opened_in(self, path: PurePosixPath) -> bool:
        """Whether a module itself may open a database of another system."""
        names = self._modules.names(path)
        return bool(names and imported_by(names) & MAY_OPEN_OTHERS) or bool(self._of(path))

    def reached_by(self, path: PurePosixPath) -> bool:
        """Whether a module may get what another one opens of another system, as by an import."""
        if not self._reaching:
            return False
        return path in self._reaching or not self._reaching.isdisjoint(fixture_files(path))

    @cached_property
    def _reaching(self) -> frozenset[PurePosixPath]:
        """The modules that import another system's driver, and those that import these.

        Compared by the last part of their names: it only says where it is worth to look closer.
        """
        opening = frozenset(self._importing(MAY_OPEN_OTHERS))
        if not opening:
            return frozenset()
        found = opening.union(self._importing({it.stem for it in opening}))
        packages = {it.parent.name for it in found if it.stem == "__init__"} - {""}
        return found.union(self._importing(packages)) if packages else found

    def sign_in(self, context: Context) -> str:
        """What of a statement no driver for SQLite knows, in words; or nothing."""
        mark = foreign_mark(context)
        if mark and not self._translates_marks:
            return f"{mark} marks a parameter of it, which SQLite does not know"
        if context.callee.endswith(".sql") and not self._defines_sql:
            return f"{context.callee} runs it, as Spark and DuckDB do, and no driver for SQLite"
        return ""

    def in_path(self, path: PurePosixPath) -> str:
        """The system that a file is for by its name or its folder's; empty where SQLite is named.

        Nor is that said of a module which imports a driver for SQLite.
        """
        said = _IN_PATH.search(path.as_posix())
        if said is None or "sqlite" in path.as_posix().lower():
            return ""
        names = self._modules.names(path)
        return "" if names and imported_by(names) & SQLITE_DRIVERS else said[1]

    @cached_property
    def _translates_marks(self) -> bool:
        """Whether something gives SQLite such statements with marks of its own: Django does."""
        return any(self._importing({"django"})) or bool(self._matching(_TRANSLATES))

    @cached_property
    def _defines_sql(self) -> bool:
        """Whether some code has a method `sql` of its own."""
        return bool(self._matching(r"def sql\("))

    def in_settings(self) -> str | None:
        """What the settings of a Django project say of another system, in words."""
        for path in self._settings:
            said = self._of(path)
            if said:
                return f"{path} speaks of {said}"
        return None

    def _imported(self, path: PurePosixPath) -> Iterator[PurePosixPath]:
        names = self._modules.names(path)
        for module, name in names.imports.values() if names else ():
            inside = f"{module}{'' if module.endswith('.') else '.'}{name}"
            for each in (module, *((inside,) if name else ())):
                yield from self._modules.imported(each, path)

    def _of(self, path: PurePosixPath) -> str:
        """How another system is spoken of in a module; empty if it is not."""
        known = self._named.get(path)
        return self._named.keep(path, next(self._spoken(path), "")) if known is None else known

    def _spoken(self, path: PurePosixPath) -> Iterator[str]:
        names = self._modules.names(path)
        if names is None:
            return
        for site in names.outline.sites:
            match = ADDRESS.match(site.literals[0]) if site.literals else None
            if match and site.context.usage not in _SAID:
                yield match["url"] or match["engine"]
        yield from sorted(_CLASSES & {load.name for _, load in names.outline.loads})
