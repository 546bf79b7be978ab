"""`retable init --from-databases`: files become what is known of them, and a draft of a plan."""

from collections import Counter
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import replace
from os import path as paths
from pathlib import Path, PurePosixPath

from migrate.contents import Contents, contents_of, digest_of_rows
from migrate.database.references import foreign_keys
from migrate.database.schema import Table
from migrate.database.sqlite import KEYWORDS
from migrate.steps.fulltext import is_renamed_in_part
from plan.draft.model import Draft
from plan.errors import Problem, ProblemsError, shown
from plan.model import folded
from plan.proposal.held import HeldDatabase, HeldTable
from plan.proposal.propose import propose
from plan.schema import SchemaObject
from plan.stored import Words, plain

_SIDES = ("-wal", "-shm", "-journal")
_COMPARED = 5_000
"""Tables of more rows are not looked into to see whether they are the same."""


def proposal(root: Path, files: Sequence[Path], target: Path | None) -> tuple[Draft, list[str]]:
    """A draft made from databases alone, and what is to be said of files that are left out.

    Raises:
        ProblemsError: a file lies outside of the plan's folder, or none can be read.
    """
    named, twice = _named(root, files)
    wanted = _relative(root, target) if target else None
    if target and wanted not in named:
        what = "is not among the databases that were given"
        raise ProblemsError((Problem(f"--target {target}", what, "add it to them"),))
    found = [contents_of(root, path) for path in named]
    unread = [*twice, *((it.path, it.why_not) for it in found if it.schema is None)]
    if wanted in {path for path, _ in unread}:
        why = dict(unread)[wanted]
        raise ProblemsError((Problem(str(target), why, "choose another target"),))
    databases = held(root, [it for it in found if it.schema is not None])
    if not any(it.tables for it in databases):
        raise ProblemsError(
            tuple(Problem(path, why, "name SQLite files that hold tables") for path, why in unread)
            or (Problem("--from-databases", "no file holds a table", "name others"),)
        )
    draft = propose(databases, wanted, unread, KEYWORDS)
    return draft, [f"{path} is left out: {why}" for path, why in unread]


def _named(root: Path, files: Iterable[Path]) -> tuple[list[str], list[tuple[str, str]]]:
    """The files' paths as a plan says them, each file once, and those that are another's name."""
    problems: list[Problem] = []
    found: dict[str, None] = {}
    again: list[tuple[str, str]] = []
    first: dict[tuple[int, int], str] = {}
    for file in files:
        path = _relative(root, file)
        if path is None:
            what = f"is not below {shown(str(root))}, where the plan is to be"
            problems.append(Problem(str(file), what, "write the plan in a folder above both"))
        elif path in found or _is_a_side(root, path):
            continue
        elif (root / path).is_file() and not (root / path).is_symlink():
            stat = (root / path).stat()
            same = first.setdefault((stat.st_dev, stat.st_ino), path)
            if same == path:
                found[path] = None
            else:
                again.append((path, f"it is the same file as {same}"))
        else:
            found[path] = None
    if problems:
        raise ProblemsError(tuple(problems))
    return [*found], again


def _is_a_side(root: Path, path: str) -> bool:
    """Whether a file is a part of the database beside it."""
    return path.endswith(_SIDES) and (root / path[: path.rindex("-")]).exists()


def _relative(root: Path, file: Path) -> str | None:
    """A path from the plan's folder; symbolic links within it are left as they are."""
    path = paths.relpath(file.absolute(), root.absolute())
    return None if path.startswith("..") else PurePosixPath(Path(path)).as_posix()


def held(root: Path, found: Sequence[Contents]) -> tuple[HeldDatabase, ...]:
    """What a proposal goes by; rows are compared where columns are the same."""
    alike = Counter(_columns(table) for it in found for table in it.tables)
    databases = []
    for contents in found:
        tables = []
        for table in _tables(contents):
            rows = table.rows or 0
            if alike[tuple(map(folded, table.columns))] > 1 and 0 < rows <= _COMPARED:
                digest = digest_of_rows(root, contents.path, table.name)
                tables.append(replace(table, digest=digest))
            else:
                tables.append(table)
        databases.append(HeldDatabase(contents.path, tuple(tables), contents.bytes))
    return tuple(databases)


def _columns(table: Table) -> tuple[str, ...]:
    return tuple(folded(column.name) for column in table.columns)


def _tables(contents: Contents) -> Iterator[HeldTable]:
    if contents.schema is None:
        return
    rows = {folded(name): count for name, count in contents.rows}
    keys = foreign_keys(contents.schema)
    items = {it.name: it for it in contents.schema.objects if it.kind == "table"}
    for table in contents.tables:
        if table.kind == "shadow":
            continue
        others = (it for it in contents.schema.objects if folded(it.table) != folded(table.name))
        name = folded(table.name)
        yield HeldTable(
            database=contents.path,
            name=table.name,
            columns=tuple(column.name for column in table.columns),
            rows=rows.get(name),
            shape=_shape(table),
            keyed=bool(table.keys or table.alias),
            refers=tuple(key.parent for key in keys if folded(key.table) == name),
            needed=any(folded(key.parent) == name != folded(key.table) for key in keys)
            or any(_speaks_of(it, name) for it in others),
            virtual=table.kind == "virtual",
            fixed=is_renamed_in_part(items[table.name]),
        )


def _shape(table: Table) -> tuple[str, ...]:
    """What two tables must share so that their rows can be joined."""
    if table.kind != "table" or any(not key.plain for key in table.keys):
        return ()
    columns = (f"{folded(it.name)} {folded(it.type)} {it.generated}" for it in table.columns)
    keys = sorted(
        " ".join(sorted(f"{folded(name)} {folded(how)}" for name, how in key.columns))
        for key in table.keys
    )
    kind = f"{folded(table.alias or '')} {table.without_rowid} {table.strict}"
    return (*columns, "", *keys, kind)


def _speaks_of(item: SchemaObject, name: str) -> bool:
    """Whether a view, a trigger or a virtual table names a table, or might."""
    if item.kind == "index" or item.sql is None:
        return False
    if item.kind == "table" and item.sql[:14].upper() != "CREATE VIRTUAL":
        return False
    words = Words(item.sql)
    return any(folded(plain(words[place])) == name for place in range(len(words)))
