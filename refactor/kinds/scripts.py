"""Scripts of shells and of builds: only looked through for databases, and SQL in quotes."""

from pathlib import PurePosixPath

from refactor.kinds.kind import Contents, Kind
from refactor.python.outline import Context, Usage
from refactor.python.strings import Text
from refactor.text.source import Source
from refactor.text.words import Words

_SUFFIXES = frozenset(
    (".sh", ".bash", ".zsh", ".fish", ".ksh", ".bat", ".cmd", ".ps1", ".mk", ".dockerfile",
     ".service", ".timer", ".envrc", ".command", ".tf", ".tfvars", ".hcl")
)  # fmt: skip
_NAMES = frozenset(
    ("makefile", "gnumakefile", "justfile", "dockerfile", "containerfile", "procfile",
     "jenkinsfile", "vagrantfile", "rakefile", "crontab", ".envrc", ".bashrc", ".profile")
)  # fmt: skip
_UNREAD = "a script: only looked through for paths of databases, and SQL that sqlite3 gets"


def read(source: Source, _words: Words) -> Contents:
    """The whole of it, as commands."""
    return commands(source, _UNREAD)


def commands(source: Source, why: str) -> Contents:
    """A file that is not read, for this reason, but looked through for paths of databases."""
    return Contents((part_as_commands(source, 0, len(source.text)),), unread=why)


def part_as_commands(source: Source, start: int, end: int) -> Text:
    """A part of a file that may hold commands, or what commands get."""
    context = Context(usage=Usage.COMMAND)
    return Text(source.text[start:end], range(start, end), (), (), context, start, end)


def _takes(path: PurePosixPath) -> bool:
    name = path.name.lower()
    return path.suffix in _SUFFIXES or name in _NAMES or name.startswith("dockerfile.")


KIND = Kind("a script", _takes, read)
