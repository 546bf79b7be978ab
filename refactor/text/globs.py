"""Globs as `.gitignore` has them: which paths they cover."""

import re
from collections.abc import Iterable
from pathlib import PurePosixPath

_GLOB_CLASS = re.compile(r"\[(?P<not>[!^]?)(?P<members>\]?[^\]]*)\]")


class Globs:
    """Some globs of a plan; holds what any of them covers."""

    def __init__(self, globs: Iterable[str]) -> None:
        """Read them once."""
        self._patterns = tuple(map(glob_regex, globs))

    def __contains__(self, path: PurePosixPath) -> bool:
        """Whether one of them covers a path."""
        return self.covers(str(path))

    def covers(self, name: str) -> bool:
        """Whether one of them covers a path that is spelled with slashes."""
        return any(pattern.fullmatch(name) for pattern in self._patterns)


def as_glob(path: PurePosixPath) -> str:
    """Return a glob for one file: what means something in globs stands for itself in brackets."""
    return re.sub(r"[\[*?]", r"[\g<0>]", str(path))


def glob_regex(glob: str) -> re.Pattern[str]:
    """Return a pattern whose `fullmatch` tells whether a glob covers a path, as in `.gitignore`.

    `*`, `?` and `[…]` stay within one name, `**` spans folders, a glob without a slash means any
    folder, and what covers a folder covers all that is in it. There is no negation with `!`.
    """
    body = glob.removeprefix("./").rstrip("/")
    anchored = "/" in body
    body = body.removeprefix("/")
    pattern = "" if anchored else "(?:.*/)?"
    position = 0
    while position < len(body):
        piece, position = _glob_piece(body, position)
        pattern += piece
    return re.compile(f"{pattern}(?:/.*)?", re.DOTALL)


def _glob_piece(body: str, at: int) -> tuple[str, int]:
    """Return one token of a glob as a pattern, and where the next token starts."""
    starts_name = at == 0 or body[at - 1] == "/"
    if starts_name and body.startswith("**/", at):
        return "(?:.*/)?", at + 3
    if starts_name and body[at:] == "**":
        return ".+", at + 2
    if body[at] == "*":
        return "[^/]*", at + 1
    if body[at] == "?":
        return "[^/]", at + 1
    if body[at] == "[" and (found := _GLOB_CLASS.match(body, at)):
        members = re.sub(r"[\\\[\]&~|^]", r"\\\g<0>", found["members"])
        piece = f"(?!/)[{'^' if found['not'] else ''}{members}]"
        if _compiles(piece):
            return piece, found.end()
    if body[at] == "\\" and at + 1 < len(body):
        at += 1
    return re.escape(body[at]), at + 1


def _compiles(pattern: str) -> bool:
    """Tell a character class from brackets that mean themselves, such as `[z-a]`."""
    try:
        re.compile(pattern)
    except re.error:
        return False
    return True
