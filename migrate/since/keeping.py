"""What was written since a migration is kept beside the backup before a rollback drops it.

What cannot be compared, or cannot be copied as rows, is kept as the files that it is.
"""

import shutil
from collections.abc import Iterator, Sequence
from contextlib import ExitStack, contextmanager
from dataclasses import dataclass
from datetime import UTC, datetime
from pathlib import Path

from migrate.database.encodings import encoding_of
from migrate.database.reading import readable, reading
from migrate.database.sqlite import Database, open_reader, open_target
from migrate.errors import DatabaseError, StateError
from migrate.files.manifest import Backup
from migrate.files.parts import beside, copy, present, read_back, settle
from migrate.files.places import PARTIAL
from migrate.phases import Phase
from migrate.progress import Progress
from migrate.proof.verify import Basis, attach_all, basis_of
from migrate.since.comparison import NOW, Comparison, Since
from migrate.since.export import KEPT, export, reads_back
from migrate.steps.fulltext import is_contentless
from plan.model import Plan

_NAME = "new-rows-"
_SHOWN = 6


@dataclass(frozen=True, slots=True)
class Written:
    """What was written since a migration, and would be lost by a rollback."""

    tables: tuple[Since, ...] = ()
    objects: tuple[str, ...] = ()
    """Tables, indexes, views and triggers that are new, altered or gone, in words."""
    whole: tuple[str, ...] = ()
    """Databases that are kept as the files that they are."""
    why: str = ""
    """Why the target cannot be compared, if it cannot."""
    compared: bool = True
    """Whether the target was written to at all."""

    def __str__(self) -> str:
        """Say it in one line."""
        if self.why:
            return f"it cannot be compared with its backup: {self.why}"
        said = [*map(str, self.tables), *self.objects]
        more = [f"and {len(said) - _SHOWN} more"] if len(said) > _SHOWN else []
        return ", ".join([*said[:_SHOWN], *more]) or "no row differs"

    @property
    def nothing(self) -> bool:
        """Whether the target says what the migration has made of it."""
        return not (self.tables or self.objects or self.whole)


def written_since(plan: Plan, backup: Backup, reached: Phase, progress: Progress) -> Written:
    """Compare a target that was written to with what its migration has made of it."""
    progress.start("look for what was written since", None)
    try:
        basis = basis_of(plan, backup)
        with (
            open_reader(plan.target, _encoding(plan)) as database,
            _compared(database, basis, backup, reached) as found,
        ):
            tables = found.tables()
            objects = tuple(
                f"{what}: {item.kind} {item.name}"
                for what, item in found.objects
                if item.kind != "table"
            )
            unreadable = any(
                is_contentless(item)
                for item in found.schema
                for it in tables
                if item.name == it.name
            )
    except DatabaseError as error:
        return Written(whole=(plan.target,), why=error.problem.what)
    finally:
        progress.finish()
    return Written(tables, objects, (plan.target,) if unreadable else ())


def keep(
    plan: Plan, backup: Backup, reached: Phase, written: Written, progress: Progress
) -> tuple[Path, ...]:
    """Write it down in the backup's folder, down to the disk, and read it back.

    Raises:
        DatabaseError, StateError, OSError: it cannot be kept, so nothing may be dropped.
    """
    folder = backup.folder
    _clear(folder)
    moment = datetime.now(UTC).strftime("%Y-%m-%dT%H%M%S")
    kept, whole = [], list(written.whole)
    progress.start("keep what was written since", None)
    try:
        if written.compared and plan.target not in whole:
            try:
                kept.append(_export(plan, backup, reached, written, _free(folder, moment, ".db")))
            except DatabaseError:
                # Something that SQLite cannot copy as rows; the file itself says it all.
                whole.append(plan.target)
        if whole:
            kept.append(_copy(plan, whole, _free(folder, moment, "")))
    finally:
        _clear(folder)
    progress.finish()
    return tuple(kept)


def _free(folder: Path, moment: str, suffix: str) -> Path:
    """A name that nothing has: an earlier export is never written over."""
    place, number = folder / f"{_NAME}{moment}{suffix}", 2
    while place.exists():
        place = folder / f"{_NAME}{moment}-{number}{suffix}"
        number += 1
    return place


def _clear(folder: Path) -> None:
    """Remove what a run that was stopped has written a part of."""
    for draft in folder.glob(f"{_NAME}*{PARTIAL}"):
        if draft.is_dir():
            shutil.rmtree(draft)
        else:
            draft.unlink()


@contextmanager
def _compared(
    database: Database, basis: Basis, backup: Backup, reached: Phase
) -> Iterator[Comparison]:
    with ExitStack() as stack:
        target = stack.enter_context(readable(basis.plan.root / basis.plan.target))
        database.attach(target, NOW)
        attach_all(database, backup, basis, stack)
        yield Comparison(database, basis, reached, target)


def _export(plan: Plan, backup: Backup, reached: Phase, written: Written, place: Path) -> Path:
    basis = basis_of(plan, backup)
    draft = place.with_name(place.name + PARTIAL)
    with open_target(draft, place.name) as database:
        # It is nothing until it is whole and has its name: SQLite need not keep it safe.
        database.run("PRAGMA main.journal_mode = OFF")
        database.run("PRAGMA main.synchronous = OFF")
        database.run(f"PRAGMA encoding = '{_encoding(plan)}'")
        with _compared(database, basis, backup, reached) as found:
            database.run("BEGIN")
            export(database, found, written.tables)
            database.run("COMMIT")
    settle(draft)
    with (
        open_reader(draft.name, _encoding(plan)) as database,
        _compared(database, basis, backup, reached) as found,
    ):
        database.attach(draft, KEPT)
        whole = reads_back(database, found, written.tables)
    if not whole:
        raise StateError(str(draft), "does not read back as it was written", "look at the disk")
    draft.rename(place)
    settle(place.parent)
    return place


def _encoding(plan: Plan) -> str:
    """SQLite attaches files of one encoding only: all must be in that of the target."""
    with reading(plan.root / plan.target, plan.target) as database:
        return encoding_of(database)


def _copy(plan: Plan, paths: Sequence[str], place: Path) -> Path:
    draft = place.with_name(place.name + PARTIAL)
    for path in paths:
        copied = draft / path
        copied.parent.mkdir(parents=True, exist_ok=True)
        for suffix in present(plan.root / path):
            file = beside(plan.root / path, suffix)
            copy(file, beside(copied, suffix))
            if read_back(file, beside(copied, suffix)) is None:
                what = "does not read back as it was written"
                raise StateError(str(copied), what, "look at the disk")
    for folder in (draft, *(inner for inner in draft.rglob("*") if inner.is_dir())):
        settle(folder)
    draft.rename(place)
    settle(place.parent)
    return place
