"""What SQLite raises, in words that name the file and say how to mend it."""

import errno
import os
from collections.abc import Iterator
from contextlib import contextmanager

import apsw

from migrate.errors import DatabaseError

_SAID: tuple[tuple[type[apsw.Error], str, str], ...] = (
    (apsw.BusyError, "is in use by another process", "stop the program that uses it"),
    (apsw.LockedError, "is in use by another process", "stop the program that uses it"),
    (apsw.FullError, "the disk is full", "free some space, then run again"),
    (apsw.IOError, "the disk failed to read or write", "look at the disk, then run again"),
    (apsw.ReadOnlyError, "is read-only", "allow writing to the file and to its folder"),
    (apsw.PermissionsError, "may not be read", "allow reading it"),
    (apsw.CantOpenError, "cannot be opened", "look at the permissions of its folder"),
    (apsw.CorruptError, "is damaged", "restore it from a backup, or recover it with sqlite3"),
    (apsw.NotADBError, "is not a SQLite database", "name the right file"),
    (apsw.NoMemError, "memory ran out", "free some memory, then run again"),
)


@contextmanager
def said(name: str) -> Iterator[None]:
    """Say what SQLite raises in words that name the file."""
    try:
        yield
    except apsw.InterruptError as error:
        raise KeyboardInterrupt from error
    except apsw.Error as error:
        if isinstance(error, apsw.CantOpenError) and _no_more_files():
            what = "cannot be opened: too many files are open"
            raise DatabaseError(name, what, "allow more: ulimit -n 1024") from error
        if "malformed database schema" in str(error):
            mend = "drop what it names, with the program's own SQLite, or restore a backup"
            raise DatabaseError(name, f"is damaged: {error}", mend) from error
        for kind, what, mend in _SAID:
            if isinstance(error, kind):
                raise DatabaseError(name, f"{what}: {error}", mend) from error
        raise DatabaseError(name, str(error), "mend the schema, or leave it out") from error


def _no_more_files() -> bool:
    """Whether the process is at its limit of open files; SQLite does not say so itself."""
    try:
        os.close(os.open(os.devnull, os.O_RDONLY))
    except OSError as error:
        return error.errno in (errno.EMFILE, errno.ENFILE)
    return False


def names_main(error: apsw.Error) -> bool:
    """Whether an attached file cannot be read only because a view or a trigger names `main`."""
    return "cannot reference objects in database" in str(error)


def is_of_rows(error: DatabaseError) -> bool:
    """Whether a rule of a table, such as a CHECK, refused its rows."""
    return isinstance(error.__cause__, apsw.ConstraintError)


def is_of_sql(error: DatabaseError) -> bool:
    """Whether SQLite did not take the statement, where the file is sound."""
    return isinstance(error.__cause__, apsw.SQLError)
