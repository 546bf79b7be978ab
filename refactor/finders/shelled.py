"""What a script of SQL says to SQLite's shell: `.open data/old.db`, or a comment how it is run."""

import re
from collections.abc import Iterator

from msgspec.structs import replace

from refactor.finders.commands import table_in_dotted
from refactor.finders.finder import Surroundings
from refactor.finders.mentions import mentioned_paths
from refactor.python.strings import Text
from refactor.references import Reference
from refactor.text.comments import comments_in_sql

_SHELL = "sqlite3"
_RUNS = re.compile(rf"\b{_SHELL}\s[^\n]*")
_COMMAND = re.compile(r"^\.[a-z]+\b[^\n]*", re.MULTILINE)


def named_to_shell(text: Text, around: Surroundings) -> Iterator[Reference]:
    """A question for each table and each database that such a line names; no SQL has the lines."""
    if not is_script(text, around):
        return
    source = around.source.text
    for line in _COMMAND.finditer(source):
        command = replace(text, text=line[0], starts=range(*line.span()))
        yield from (replace(it, blocking=False) for it in table_in_dotted(command, around))
        yield from mentioned_paths(command, around)
    for start, end in comments_in_sql(source) if _SHELL in source else ():
        for line in _RUNS.finditer(source, start, end):
            yield from mentioned_paths(
                replace(text, text=line[0], starts=range(*line.span())), around
            )


def is_script(text: Text, around: Surroundings) -> bool:
    """Whether a text is all of a file of SQL."""
    source = around.source
    return source.path.suffix == ".sql" and text.end - text.start >= len(source.text)
