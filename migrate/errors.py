"""What can stop a migration, said for the reader.

UserError
├── ProblemsError
│   └── SurveyError      the plan does not fit the files; nothing was written
├── DatabaseError        SQLite or the disk refused; the transaction was rolled back
├── ProofError           what arrived is not what left; the transaction was rolled back
└── StateError           this cannot be done now, after what has run before
"""

import errno
from collections.abc import Iterator
from contextlib import contextmanager

from plan.errors import Problem, ProblemsError, UserError


class SurveyError(ProblemsError):
    """The plan does not fit the files; nothing was written."""


class _OneProblemError(UserError):
    def __init__(self, where: str, what: str, mend: str) -> None:
        super().__init__(where, what, mend)
        self.problem = Problem(where, what, mend)

    def __str__(self) -> str:
        """Say it in one line."""
        return str(self.problem)


class DatabaseError(_OneProblemError):
    """SQLite or the disk refused."""


class ProofError(_OneProblemError):
    """What arrived is not what left."""


class StateError(_OneProblemError):
    """It cannot be done now, after what has run before."""


@contextmanager
def disk_in_words(usual: str) -> Iterator[None]:
    """Say what the operating system raises in words; `usual` stands in for a missing name."""
    try:
        yield
    except OSError as error:
        full = error.errno in (errno.ENOSPC, errno.EDQUOT, errno.EFBIG)
        mend = "free some space, then run again" if full else "look at the disk and its permissions"
        where = str(error.filename or usual)
        raise DatabaseError(where, error.strerror or str(error), mend) from error
