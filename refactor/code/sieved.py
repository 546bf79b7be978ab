"""The files of a plan, and those among them that may say something of it."""

import re
from collections.abc import Iterable, Mapping
from pathlib import PurePosixPath

from msgspec import Struct, field

from plan.model import Plan
from refactor.apis.coined import COINS, may_coin
from refactor.apis.constants import MAPPED, may_put_together
from refactor.apis.guessed import GUESSED, may_guess
from refactor.code.datafiles import DataFiles
from refactor.code.files import CodeFiles, code_files
from refactor.code.sieve import files_matching, files_naming, lines_naming
from refactor.databases.databasepaths import endings_of, may_make_path, with_ending
from refactor.finders.made import CALLED_AFTER
from refactor.ignores import MARK, MARKS
from refactor.legacy import Legacy

_PYTHON = frozenset({".py", ".pyi", ".pyw"})
_SCRIPTS = (
    *(".sh", ".bash", ".zsh", ".mk", ".yml", ".yaml", ".service"),
    *("Makefile", "makefile", "Dockerfile", "justfile", "crontab"),
)
CODE = _PYTHON | {".sql"}
"""Never data, wherever it stands."""
# What retable writes for people beside the plan: it tells of old names on purpose.
_OUR_OWN = frozenset({"retable-decisions.json", "retable-review.html", "retable-schema.html"})


class Sieved(Struct, frozen=True):
    """The files of a plan, and those that hold an old name, in their order."""

    listed: CodeFiles
    hits: tuple[PurePosixPath, ...]
    history: tuple[PurePosixPath, ...]
    marked: tuple[PurePosixPath, ...]
    """The files that may hold a comment which says to ignore something."""
    mapped: tuple[PurePosixPath, ...] = ()
    """The Python files without an old name in which one may be made, or guessed by a library; and
    the scripts in which a variable may complete the path of a database."""
    doubtful: frozenset[PurePosixPath] = frozenset()
    """The files of which ripgrep may see less than there is; nobody looks through data."""
    lines: Mapping[PurePosixPath, str] = field(default_factory=dict)
    """The lines that hold an old name, of files that are only counted: these are many, and long."""


def sieved(plan: Plan, legacy: Legacy) -> Sieved:
    """List the files of a plan, and sieve out those that hold no old name.

    Raises:
        CodePathError: a path of the plan does not exist.
    """
    listed = code_files(plan.root, plan.code.paths, plan.code.exclude, plan.code.live)
    data = DataFiles(plan)
    everything = (*listed.files, *listed.history)
    files = tuple(
        path
        for path in everything
        if path.name not in _OUR_OWN and (path.suffix in CODE or path not in data)
    )
    # In one go, for a second look at all files would cost as much again, and for few phrases.
    endings = endings_of(legacy)
    made = (it for ending in endings for it in with_ending(ending))
    implying = (*MAPPED, *GUESSED, *COINS, *CALLED_AFTER, *made)
    phrases = (MARK, *implying)
    met = lines_naming(plan.root, files, legacy.words, phrases)
    unseen = sorted(met.files - met.lines.keys())
    marked = {path for path, it in met.lines.items() if any(mark in it for mark in MARKS)}
    marked |= files_naming(plan.root, unseen, (), MARKS, doubtful=met.doubtful)
    mapped = {it for it, said in met.lines.items() if _may_imply(said, endings)}
    mapped |= files_naming(plan.root, unseen, (), implying, doubtful=met.doubtful)
    by_phrase = {path for path, it in met.lines.items() if any(one in it for one in phrases)}
    by_phrase |= marked | mapped
    by_word = files_naming(plan.root, sorted(by_phrase), legacy.words, doubtful=met.doubtful)
    hits = sorted((met.files - by_phrase) | by_word, key=str)
    past = frozenset(listed.history)
    # A path costs nothing to have as a text once it has been one.
    scripts = [path for path in files if str(path).endswith(_SCRIPTS)]
    pattern = rf"(?-u:\$.*[\w}})](?:{'|'.join(map(re.escape, endings))})\b)"
    completing = files_matching(plan.root, scripts, pattern) if scripts and endings else ()
    return Sieved(
        listed,
        tuple(path for path in hits if path not in past),
        tuple(path for path in hits if path in past),
        tuple(sorted(marked - past)),
        tuple(sorted({*filter(is_named_python, mapped), *completing} - past - set(hits))),
        met.doubtful,
        {path: it for path, it in met.lines.items() if path in past or not is_named_python(path)},
    )


def is_named_python(path: PurePosixPath) -> bool:
    """Whether a file is Python by its name."""
    return path.suffix in _PYTHON


def may_make(text: str) -> bool:
    """Whether sqlite-utils may make a table's name of another, or of a column's."""
    return may_guess(text) or may_coin(text)


def _may_imply(text: str, endings: Iterable[str]) -> bool:
    """Whether an old name may come of a text that does not hold it."""
    return (
        may_put_together(text)
        or may_make(text)
        or any(it in text for it in CALLED_AFTER)
        or may_make_path(text, endings)
    )
