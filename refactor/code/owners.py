"""Who owns a file: CODEOWNERS, as GitHub reads it.

https://docs.github.com/en/repositories/managing-your-repositorys-settings-and-features/customizing-your-repository/about-code-owners
The last line that matches decides, also one without an owner. Patterns are those of `.gitignore`
without `!` and `[ ]`; `docs/*` means the files of that folder, and not of those below it.
"""

import re
from collections.abc import Sequence
from pathlib import Path, PurePosixPath

from msgspec import Struct

from plan.errors import Problem, ProblemsError

PLACES = (".github/CODEOWNERS", "CODEOWNERS", "docs/CODEOWNERS")
"""Where it may lie, from the top of the repository; the first that is there counts."""
_LARGEST = 3 * 1024 * 1024
"""GitHub does not load a larger file."""
_OWNER = re.compile(r"@[\w.-]+(?:/[\w.-]+)?|[^\s@#]+@[^\s@#]+\.[^\s@#]+")
_FIELD = re.compile(r"(?:\\.|[^\s\\])+")


class Ownership(Struct, frozen=True):
    """One line of CODEOWNERS."""

    pattern: re.Pattern[str]
    owners: tuple[str, ...]


def read_owners(top: Path) -> tuple[Ownership, ...]:
    """Read the CODEOWNERS file of a repository.

    Raises:
        ProblemsError: there is none, or GitHub would not read it.
    """
    for place in PLACES:
        file = top / place
        if not file.is_file():
            continue
        try:
            data = file.read_bytes()
        except OSError as error:
            what, mend = f"cannot be read: {error.strerror}", "mend that, or choose another --by"
            raise ProblemsError((Problem(place, what, mend),)) from error
        if len(data) > _LARGEST:
            what = "is larger than 3 MB, and GitHub does not read it"
            raise ProblemsError((Problem(place, what, "shorten it, or choose another --by"),))
        return ownerships(data.decode("utf-8", "replace"))
    what = f"is nowhere: not at {', '.join(PLACES)}"
    raise ProblemsError((Problem("CODEOWNERS", what, "write one, or choose another --by"),))


def ownerships(text: str) -> tuple[Ownership, ...]:
    """The lines of a CODEOWNERS file; one that GitHub cannot read is skipped, as it does."""
    found = []
    for line in text.removeprefix("\ufeff").splitlines():
        pattern, *rest = _fields(line) or ("",)
        if not pattern or pattern.startswith("!") or "[" in pattern:
            continue
        if all(_OWNER.fullmatch(owner) for owner in rest):
            found.append(Ownership(_compiled(pattern), tuple(dict.fromkeys(rest))))
    return tuple(found)


def owners_of(path: PurePosixPath, lines: Sequence[Ownership]) -> tuple[str, ...]:
    """Who owns a file, by its path from the top of the repository; nobody where none is named."""
    name = str(path)
    return next((it.owners for it in reversed(lines) if it.pattern.fullmatch(name)), ())


def _fields(line: str) -> list[str]:
    """The words of a line before its comment; a backslash keeps a space in one."""
    fields = []
    for match in _FIELD.finditer(line):
        if match[0].startswith("#"):
            break
        fields.append(match[0])
    return fields


def _compiled(pattern: str) -> re.Pattern[str]:
    pattern = re.sub(r"\\(.)", r"\1", pattern)
    folder = pattern.endswith("/")
    parts = pattern.strip("/").split("/")
    # Without a slash at its beginning or in its middle it holds at any depth.
    anchored = pattern.startswith("/") or len(parts) > 1
    regex = "" if anchored else "(?:.*/)?"
    for number, part in enumerate(parts):
        last = number == len(parts) - 1
        if part == "**":
            regex += ".+" if last else "(?:.*/)?"
        else:
            regex += _segment(part) + ("" if last else "/")
    if folder:
        regex += "/.*"
    elif parts[-1] not in {"*", "**"}:
        regex += "(?:/.*)?"  # what a folder of that name holds
    return re.compile(regex, re.DOTALL)


def _segment(part: str) -> str:
    if part == "*":
        return "[^/]+"
    pieces = re.split(r"(\*+|\?)", part)
    return "".join(
        "[^/]*" if it.startswith("*") else "[^/]" if it == "?" else re.escape(it) for it in pieces
    )
