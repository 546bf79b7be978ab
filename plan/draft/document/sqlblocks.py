"""Renames in the SQL of a document: `ALTER TABLE a RENAME TO b`."""

from collections.abc import Iterator

from plan.draft.document.claims import OfTable, Said
from plan.draft.document.domains import one_line
from plan.stored import Words, plain

_LANGUAGES = frozenset({"", "sql", "sqlite", "sqlite3"})


def renames_of_block(language: str, text: str, line: int) -> Iterator[OfTable]:
    """Every table that a block of SQL renames; it may be an example, so it is only a hint."""
    if language not in _LANGUAGES or "alter" not in text.lower():
        return
    words = Words(text)
    for at in range(len(words)):
        keys = [words.key(at + n) for n in (0, 1, 3, 4)]
        if keys == ["alter", "table", "rename", "to"] and words[at + 5]:
            before = "".join(words.parts[: words.told[at]])
            end = words.told[at + 5] + 1
            said = one_line("".join(words.parts[words.told[at] : end]))
            yield OfTable(
                plain(words[at + 2]),
                Said(line + before.count("\n"), said),
                new=plain(words[at + 5]),
                firm=False,
            )
