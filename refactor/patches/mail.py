"""A patch as a mail: one file that `git apply` and `git am` both take.

`git am` reads a commit's message from the head, up to `---`; `git apply` skips all before the first
`diff`. Neither may meet a line of ours that it takes for a piece of patch or for a header, so what
stands in the message is indented or begins with words of ours, and a name in it takes one line.
"""

from collections.abc import Sequence
from datetime import UTC, datetime
from pathlib import Path

from msgspec import Struct

from plan.errors import in_one_line
from refactor.code.git import GitError, in_work_tree, run_git

_SENDER = "retable <retable@localhost>"
# What `git format-patch --zero-commit` writes: a mailbox's separator that names no commit.
_SEPARATOR = f"From {'0' * 40} Mon Sep 17 00:00:00 2001"
_LAST = 253_402_300_799  # git takes later dates than the year 9999, calendars do not
_SIGNATURE = b"-- \nretable\n"


class Letter(Struct, frozen=True):
    """What a patch says of itself."""

    subject: str
    message: Sequence[str]
    """Lines of the commit's message, below its subject."""
    remarks: Sequence[str]
    """Lines for who reads the patch; they do not go into the commit."""


def as_mail(letter: Letter, patch: bytes, *, number: int, total: int, date: int) -> bytes:
    """The patch with its letter, as one of a series.

    Args:
        letter: what it says.
        patch: what `git apply` reads.
        number: its place in the series, from 1.
        total: how many there are.
        date: of the mail, in seconds since 1970.
    """
    from email.utils import format_datetime  # noqa: PLC0415 - for series only

    subject = in_one_line(letter.subject)
    place = f"[PATCH {number:0{len(str(total))}}/{total}]"
    head = (
        _SEPARATOR,
        f"From: {_SENDER}",
        f"Date: {format_datetime(datetime.fromtimestamp(date, UTC))}",
        f"Subject: {place} {_encoded(subject)}",
        "MIME-Version: 1.0",
        "Content-Type: text/plain; charset=UTF-8",
        "Content-Transfer-Encoding: 8bit",
        "",
        *map(_line, letter.message),
        "---",
        *map(_line, letter.remarks),
        "",
    )
    return "\n".join((*head, "")).encode() + patch + _SIGNATURE


def _line(text: str) -> str:
    return in_one_line(text).rstrip()


def _encoded(subject: str) -> str:
    if subject.isascii():
        return subject
    from email.header import Header  # noqa: PLC0415 - for such subjects only

    return Header(subject, "utf-8").encode()


def date_of(root: Path) -> int:
    """When the commit was made that is checked out; 0 where there is none.

    So the same commit gives the same mails.
    """
    try:
        if not in_work_tree(root):
            return 0
        commit = run_git(root, "cat-file", "commit", "HEAD")
    except GitError:
        return 0
    committer = next(it for it in commit.split(b"\n") if it.startswith(b"committer "))
    return min(max(int(committer.split()[-2]), 0), _LAST)
