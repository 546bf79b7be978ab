"""Which file is meant by a name: a path, a bare file name, or a word such as *orchestrator*."""

from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import PurePosixPath

from plan.draft.document.claims import (
    Asked,
    Mention,
    OfCode,
    OfDatabase,
    OfSkip,
    OfTable,
    OfTarget,
    Statement,
)
from plan.model import DATABASE_ENDINGS

_PUT_AWAY = ("backup", "archive")


@dataclass(frozen=True, slots=True)
class Places:
    """The databases of a document, by every name that it gives them."""

    paths: tuple[str, ...]
    """As they are on the disk, if they are there, in the document's order."""
    as_written: tuple[tuple[str, str], ...]
    """Where the document writes a path otherwise: its way, and the path on the disk."""

    def of(self, name: str | None) -> str | None:
        """The path that a name means; None if it could mean several, or none."""
        if name is None:
            return None
        written = dict(self.as_written)
        if name in written:
            return written[name]
        if name in self.paths:
            return name
        pure = PurePosixPath(name)
        for same in (
            [path for path in self.paths if PurePosixPath(path).name.lower() == pure.name.lower()],
            [path for path in self.paths if PurePosixPath(path).stem.lower() == name.lower()],
        ):
            if len(same) == 1:
                return same[0]
        return None


def names_of(statements: Sequence[Statement]) -> tuple[str, ...]:
    """Every name of a database file that the statements use, in their order."""
    found: list[str] = []
    for statement in statements:
        match statement:
            case OfDatabase(path=path) | OfTarget(path=path):
                found.append(path)
            case OfTable(database=str(path)) | OfSkip(database=str(path)) | OfCode(database=path):
                found.append(path)
            case Asked(databases=paths):
                found.extend(paths)
    return tuple(dict.fromkeys(it for it in found if it.lower().endswith(DATABASE_ENDINGS)))


def places_of(statements: Sequence[Statement], on_disk: Sequence[str]) -> Places:
    """Tell which names mean one file: `a.db` may be short for `data/a.db`."""
    names = names_of(statements)
    listed = {it.path for it in statements if isinstance(it, OfDatabase) and it.listed}
    paths: list[str] = []
    written: list[tuple[str, str]] = []
    # Full paths first: they tell what the short ones mean.
    for name in sorted(names, key=lambda it: ("/" not in it, it not in listed, names.index(it))):
        path = _path(name, paths, on_disk, stated=name in listed)
        if path != name:
            written.append((name, path))
        if path not in paths:
            paths.append(path)
    for mention in (it for it in statements if isinstance(it, Mention)):
        path = _path(mention.path, paths, on_disk, stated=False)
        beside = {PurePosixPath(it).parent for it in paths} or {PurePosixPath(path).parent}
        if path in on_disk and path not in paths and PurePosixPath(path).parent in beside:
            paths.append(path)
            names = (*names, path)
    order = {path: names.index(name) for name, path in reversed(written)}
    order |= {path: names.index(path) for path in paths if path in names}
    return Places(tuple(sorted(paths, key=lambda path: order[path])), tuple(written))


def _path(name: str, known: Sequence[str], on_disk: Sequence[str], *, stated: bool) -> str:
    if name in on_disk:
        # A file at the top of the folder is itself; a source column says just a file's name.
        return name
    base = PurePosixPath(name).name
    if "/" not in name:
        alike = [path for path in known if PurePosixPath(path).name == base]
        if len(alike) == 1:
            return alike[0]
    found = [path for path in on_disk if PurePosixPath(path).name == base]
    # Copies in a folder for backups are not what a bare name means.
    found = [path for path in found if not is_put_away(path)] or found
    if len(found) == 1 and (not stated or "/" not in name or name.startswith(("/", "..", "~"))):
        return found[0]
    return name


def is_put_away(path: str) -> bool:
    """Whether it lies in a folder for backups or old files."""
    folders = [folder.lower() for folder in PurePosixPath(path).parent.parts]
    return any(word in folder for folder in folders for word in _PUT_AWAY)
