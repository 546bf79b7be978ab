"""`retable init --from-databases`: files become what is known of them, and a draft of a plan."""

from collections import Counter
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass, replace
from os import path as paths
from os.path import lexists
from pathlib import Path, PurePosixPath

from migrate.contents import Contents, contents_of, digest_of_rows
from migrate.database.references import foreign_keys
from migrate.database.schema import Table
from migrate.database.sqlite import KEYWORDS
from migrate.steps.fulltext import is_renamed_in_part
from plan.comments import comments_in
from plan.draft.model import Draft
from plan.draft.settle.places import is_put_away
from plan.draft.toml import toml_of
from plan.errors import Problem, ProblemsError, in_one_line, shown
from plan.model import folded
from plan.proposal.complete import completed
from plan.proposal.held import HeldDatabase, HeldTable
from plan.proposal.propose import propose
from plan.schema import SchemaObject
from plan.stored import Words, plain
from retable.console import Bars, err
from retable.found import database_files
from retable.init import (
    Output,
    drafted_from,
    refuse_to_overwrite,
    say_document,
    say_questions,
    write_draft,
)
from retable.markup import escape

_SIDES = ("-wal", "-shm", "-journal")
_COMPARED = 5_000
"""Tables of more rows are not looked into to see whether they are the same."""


def init_from_databases(
    files: Sequence[Path], target: Path | None, document: Path | None, output: Output
) -> int:
    """Propose a plan for these databases, or for all below its folder; 1 if questions are open."""
    refuse_to_overwrite(output)
    root = output.file.absolute().parent
    put_away = [] if files else [it for it in database_files(root) if is_put_away(it)]
    files = files or [root / it for it in database_files(root) if it not in put_away]
    if document is None:
        proposed = proposal(root, files, target)
        draft = proposed.draft
    else:
        drafted, _, checked = drafted_from(document, output)
        settled = drafted.draft.head.target
        if target is None and settled.known:
            target = root / str(settled.value)
            files = [*files, *([target] if target.exists() else [])]
        proposed = proposal(root, files, target, each=True)
        draft = completed(drafted.draft, proposed.draft)
    text = toml_of(draft)
    write_draft(text, output)
    if document is not None:
        say_document(drafted, document, root, checked=checked)
    copies = [
        (it, "lies in a folder for backups or old files; name it to have it") for it in put_away
    ]
    for path, why in (*proposed.left_out, *copies):
        err.print(escape(in_one_line(f"left out: {path}: {why}")))
    return say_questions(draft, text, output)


@dataclass(frozen=True, slots=True)
class Proposal:
    """A draft made from databases alone, and what is to be said of files that are left out."""

    draft: Draft
    left_out: tuple[tuple[str, str], ...]
    """Path, and why."""


def proposal(
    root: Path, files: Sequence[Path], target: Path | None, *, each: bool = False
) -> Proposal:
    """Look into these files, and propose a plan that lies in a folder above them.

    Args:
        root: the plan's folder.
        files: the databases.
        target: the one that takes in the others, or a new file; None to choose one.
        each: whether each table says why it is in its domain, and the domain does not.

    Raises:
        ProblemsError: a file lies outside of the plan's folder, or none can be read.
    """
    named, left_out = _named(root, files)
    wanted = _relative(root, target) if target else None
    fresh = bool(wanted) and wanted not in named and not lexists(root / str(wanted))
    if target and wanted not in named and not fresh:
        what = "is not among the databases that were given"
        raise ProblemsError((Problem(f"--target {target}", what, "add it to them"),))
    with Bars() as bars:
        found: list[Contents] = []
        for path in named:
            bars.tick("Looking into databases", len(found), len(named))
            found.append(contents_of(root, path))
    left_out += [(it.path, it.why_not) for it in found if it.schema is None]
    for path, why in left_out:
        if path == wanted:
            raise ProblemsError((Problem(path, why, "choose another target"),))
    databases = held(root, [it for it in found if it.schema is not None])
    if not any(it.tables or it.odd for it in databases):
        mend = "name SQLite files that hold tables"
        raise ProblemsError(
            tuple(Problem(path, why, mend) for path, why in left_out)
            or (Problem("--from-databases", "no file holds a table", mend),)
        )
    _refuse_a_target(databases, wanted)
    if wanted and fresh:
        databases = (HeldDatabase(wanted, ()), *databases)
    draft = propose(databases, wanted, left_out, KEYWORDS, each=each)
    return Proposal(draft, tuple(left_out))


def _refuse_a_target(databases: Sequence[HeldDatabase], wanted: str | None) -> None:
    """A target must be able to take in others, and not hold what retable is going to write."""
    free = [it for it in databases if it.tables and not (it.is_used or it.odd)]
    problems = []
    for it in databases:
        if not (it.is_used or it.odd) or not (it.path == wanted or not free):
            continue
        what = "holds tables of retable's own: a plan has been carried out on it"
        if it.odd:
            what = f"holds a virtual table that retable cannot carry: {it.odd[0]}"
        problems.append(Problem(it.path, what, "choose another target"))
    if problems:
        raise ProblemsError(tuple(problems))


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
        databases.append(HeldDatabase(contents.path, tuple(tables), contents.odd))
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
            about=comments_in(items[table.name].sql or "").about,
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
