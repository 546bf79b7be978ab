"""Commands of SQLite's shell that stand on lines of their own among SQL: `.open data/old.db`."""

import re
from collections.abc import Iterator

from msgspec.structs import replace

from refactor.finders.commands import table_in_dotted
from refactor.finders.finder import Surroundings
from refactor.finders.mentions import mentioned_paths
from refactor.python.strings import Text
from refactor.references import Reference

_COMMAND = re.compile(r"^\.[a-z]+\b[^\n]*", re.MULTILINE)


def named_to_shell(text: Text, around: Surroundings) -> Iterator[Reference]:
    """A question for each table and each database that such a line names; no SQL has the lines."""
    source = around.source
    if source.path.suffix != ".sql" or text.end - text.start < len(source.text):
        return
    for line in _COMMAND.finditer(source.text):
        command = replace(text, text=line[0], starts=range(*line.span()))
        yield from (replace(it, blocking=False) for it in table_in_dotted(command, around))
        yield from mentioned_paths(command, around)
