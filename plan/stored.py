"""CREATE statements as SQLite stores them, read and changed word by word.

SQLite keeps the text that it was given, with the kind of the object and its bare name right at
the beginning: what stood between (IF NOT EXISTS, a schema, a comment) is gone.
"""

import re
from collections.abc import Container, Iterator, Mapping

from plan.model import folded

QUOTED = r"\"(?:[^\"]|\"\")*\"|`(?:[^`]|``)*`|\[[^\]]*\]"
_TOKEN = re.compile(
    rf"\s+|--[^\n]*|/\*.*?(?:\*/|\Z)|[xX]?'(?:[^']|'')*'|{QUOTED}|[^\x00-\#%-/:-@\[-^`{{-\x7f]+|.",
    re.DOTALL,
)
_NAMED_KINDS = frozenset({"view", "trigger", "index", "table"})
_READS = frozenset({"from", "join"})


class Words:
    """A statement's tokens, and which of them mean something."""

    def __init__(self, sql: str) -> None:
        self.parts: list[str] = _TOKEN.findall(sql)
        self.told = [
            place
            for place, part in enumerate(self.parts)
            if not part.isspace() and not part.startswith(("--", "/*"))
        ]

    def __len__(self) -> int:
        """How many there are."""
        return len(self.told)

    def __getitem__(self, place: int) -> str:
        """A token as it is written; nothing behind the last one."""
        return self.parts[self.told[place]] if place < len(self.told) else ""

    def key(self, place: int) -> str:
        """A keyword or a bare name, folded."""
        return folded(self[place])

    def put(self, place: int, text: str) -> None:
        """Say something else there."""
        self.parts[self.told[place]] = text

    def closing(self, opening: int) -> int:
        """The place of the parenthesis that ends what one begins; behind all where none does."""
        depth = 0
        for place in range(opening, len(self)):
            depth += {"(": 1, ")": -1}.get(self[place], 0)
            if depth == 0:
                return place
        return len(self)

    def between(self, start: int, end: int) -> str:
        """All that is written behind one token and before another."""
        last = self.told[end] if end < len(self) else len(self.parts)
        return "".join(self.parts[self.told[start] + 1 : last])

    @property
    def sql(self) -> str:
        """The whole statement as it is now."""
        return "".join(self.parts)


def tables_read(sql: str) -> Iterator[str]:
    """What stands behind each FROM and JOIN, in order."""
    words = Words(sql)
    for place in range(len(words)):
        if words.key(place) not in _READS:
            continue
        at = place + 1
        while words[at] == "(":
            at += 1
        if words[at + 1] == ".":
            at += 2
        if words[at]:
            yield plain(words[at])


def said_by(sql: str, names: Mapping[str, str]) -> tuple[str, ...]:
    """What a statement says behind the name of its object, to compare it with another's.

    Comments, spaces, quotes and case mean nothing. `names` has other names for some, folded.
    """
    words = Words(sql)
    return tuple(
        word if word.startswith("'") else names.get(folded(plain(word)), folded(plain(word)))
        for word in (words[place] for place in range(_name_at(words) + 1, len(words)))
    )


def with_name(sql: str, name: str) -> str:
    """The statement that makes the same object under another name."""
    words = Words(sql)
    words.put(_name_at(words), quoted(name))
    return words.sql


def with_index_names(sql: str, names: Mapping[str, str]) -> str:
    """The statement with other names behind INDEXED BY, where no rename of SQLite's looks."""
    words = Words(sql)
    changed = False
    for place in range(2, len(words)):
        if words.key(place - 2) == "indexed" and words.key(place - 1) == "by":
            new = names.get(folded(plain(words[place])))
            if new is not None:
                words.put(place, quoted(new))
                changed = True
    return words.sql if changed else sql


def with_queries_behind_in(sql: str, names: Container[str]) -> str:
    """The statement with `IN (SELECT * FROM t)` for `IN t`, which is the same to SQLite.

    No rename of SQLite's looks behind a bare IN. `names` are the tables and views in question,
    folded.
    """
    words = Words(sql)
    changed = False
    for place in range(len(words) - 1):
        if words.key(place) != "in" or words[place + 1] == "(":
            continue
        last = place + 3 if words[place + 2] == "." else place + 1
        if words[last + 1] != "(" and folded(plain(words[last])) in names:
            words.put(place + 1, f"(SELECT * FROM {words[place + 1]}")
            words.put(last, f"{words[last]})")
            changed = True
    return words.sql if changed else sql


def names_its_columns(sql: str) -> bool:
    """Whether a view has a list of its columns' names."""
    return Words(sql)[3] == "("


def view_body(sql: str) -> str | None:
    """The query of a CREATE VIEW, however that is written; None of another statement."""
    words = Words(sql)
    if not any(words.key(n) == "view" for n in (1, 2)) or words.key(0) != "create":
        return None
    depth = 0
    for place in range(len(words)):
        depth += (words[place] == "(") - (words[place] == ")")
        if depth == 0 and words.key(place) == "as":
            return words.between(place, len(words)).strip()
    return None


def with_table(sql: str, table: str) -> str:
    """A trigger on a table of another name."""
    words = Words(sql)
    on = next(place for place in range(3, len(words)) if words.key(place) == "on")
    words.put(on + 3 if words[on + 2] == "." else on + 1, quoted(table))
    return words.sql


def timing(sql: str) -> str:
    """What a trigger on a view says before its event, INSTEAD OF, as it is written there."""
    words = Words(sql)
    return "".join(words.parts[words.told[3] : words.told[4] + 1])


def with_timing(sql: str, text: str) -> str:
    """A trigger whose INSTEAD OF, or AFTER, is written otherwise: a table takes no INSTEAD OF."""
    words = Words(sql)
    end = 4 if words.key(3) == "instead" else 3
    words.parts[words.told[3] : words.told[end] + 1] = [text]
    return "".join(words.parts)


def plain(word: str) -> str:
    """A name without its quotes."""
    if word[:1] == "[":
        return word[1:-1]
    if word[:1] in ('"', "`", "'"):
        return word[1:-1].replace(word[0] * 2, word[0])
    return word


def _name_at(words: Words) -> int:
    return next((n + 1 for n in range(1, 4) if words.key(n) in _NAMED_KINDS), 2)


def quoted(name: str) -> str:
    """A name as SQL writes it."""
    return '"' + name.replace('"', '""') + '"'
