"""What stands among other words: in a script, or in the command line of a setting.

What a command does with a file is not known here: it may copy it away, on purpose. So it is said
which line names the file, and nobody is held up.
"""

import re
from collections.abc import Iterator

from refactor.finders.assigned import names_assigned
from refactor.finders.commands import tables_in_commands
from refactor.finders.filenames import tables_after_files_in
from refactor.finders.finder import Finder, Found, Ignored, Surroundings
from refactor.finders.infolders import END_OF_PATH, paths_in_folders
from refactor.finders.options import in_options
from refactor.finders.tools import names_to_programs
from refactor.finders.variables import paths_completed
from refactor.python.outline import Usage
from refactor.python.strings import Text
from refactor.references import Reference

_FOLDER = re.compile(r"[^\s\"'=:,;|&()<>`]*\Z")
_BEGINS = r"(?:(?<![\w.-])|(?<=[\w}]:-))"
"""Nothing of a path may stand before it; a shell's `${NAME:-` says what NAME is by default."""
_MEND = "change the line by hand if it is"


def paths_in_commands(text: Text, around: Surroundings) -> Found | None:
    """Each place in a script that names a database which moves by its whole path."""
    if text.context.usage is not Usage.COMMAND:
        return None
    found = in_commands(text, around) or tuple(_by_its_name(text, around))
    return found or Ignored("a command line")


def _by_its_name(text: Text, around: Surroundings) -> Iterator[Reference]:
    """A question for what is nothing but the name of a file: `join(root, "data", "old.db")`."""
    databases = around.legacy.databases.get(text.text, ())
    moving = tuple(it for it in databases if it in around.legacy.moved)
    if moving:
        yield around.path_reference(
            text.start,
            text.text,
            moving,
            clause="command",
            question=f"a file of the name that {' or '.join(moving)} has: is it that one?",
            mend=_MEND,
            blocking=False,
        )


def in_commands(text: Text, around: Surroundings) -> tuple[Reference, ...]:
    """What a command line names: databases, and tables to SQLite's shell or by options."""
    return (
        *mentioned_paths(text, around),
        *paths_completed(text, around),
        *paths_in_folders(text, around),
        *tables_in_commands(text, around, blocking=False),
        *in_options(text, around),
        *names_to_programs(text, around),
        *names_assigned(text, around),
        *tables_after_files_in(text, around),
    )


def mentioned_paths(text: Text, around: Surroundings) -> tuple[Reference, ...]:
    """Each place in a text that names a database which moves by its whole path."""
    return tuple(
        reference
        for path in around.legacy.moved
        if path in text.text
        for reference in _mentions(path, text, around)
    )


def _mentions(path: str, text: Text, around: Surroundings) -> Iterator[Reference]:
    for match in re.finditer(_BEGINS + re.escape(path) + END_OF_PATH, text.text):
        folder = _FOLDER.search(text.text, 0, match.start())
        if folder and folder[0][:1].isalnum():
            continue  # such as `backup/data/x.db`: a file of that name in another folder
        yield mention(path, match.span(), text, around)


def mention(path: str, span: tuple[int, int], text: Text, around: Surroundings) -> Reference:
    """The question for a database that a text names at some place among other words."""
    return around.named_in_command(
        path,
        text.near(*span),
        question="it names this database among other words: should it name the new one?",
        mend=_MEND,
        blocking=False,
    )


FINDER = Finder(
    name="mention",
    find=paths_in_commands,
    finds=(
        "sqlite3 data/old.db .dump",
        "cp ./data/old.db /tmp/",
        "sqlite3 $DB 'SELECT * FROM old'",
        "sqlite3 $DB '.dump old'",
        "for n in old; do cp data/$n.db /tmp/; done",
    ),
    ignores=("sqlite3 data/old.db.bak", "echo old.db", "SELECT * FROM old", "sqlite3 $DB > old"),
    file="case.sh",
)
