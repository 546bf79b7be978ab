"""Texts that are compared with what the code says to people: `assert out == "old: 3 rows"`."""

import re

from plan.model import folded
from refactor.finders.finder import Finder, Found, Surroundings
from refactor.legacy import Legacy
from refactor.python.outline import Context, Usage, last_part
from refactor.python.strings import Text
from refactor.references import Evidence, Reason

_WORD = re.compile(r"\w+")
_COMPARES = re.compile(r"\bassert\w*\b.*[\"']|\bmatch=r?[\"']")
"""What stands before a text that a test compares something with."""
_EXPECTS = frozenset({"assertRaisesRegex", "assertRegex", "endswith", "startswith"})
_ENDS = "^$"
"""What only a pattern has at its ends."""


def tables_in_sayings(text: Text, around: Surroundings) -> Found | None:
    """A question for each old table that some code near by says to people as a text has it."""
    if not _is_expected(text.context):
        return None
    said = text.text.strip(_ENDS)
    offset = text.text.index(said)
    words = [it for it in _WORD.finditer(said) if _is_old(it[0], around.legacy)]
    if not words or words[0][0] == said:
        return None
    found = []
    for word in words:
        before, after = said[: word.start()], said[word.end() :]
        sayings = around.sayings.near(around.source.path)
        saying = next((it for it in sayings if it.fits(before, after)), None)
        if saying:
            says = f"line {saying.line} of {saying.path} says a table's name so"
            found.append(
                around.table_reference(
                    text.near(offset + word.start(), offset + word.end()),
                    word[0],
                    around.legacy.meanings[folded(word[0])],
                    clause="message",
                    evidence=(Evidence(Reason.FLOW, says),),
                    question=f"{says}: should this say the new one?",
                    mend="decide by reading the code",
                    blocking=False,
                )
            )
    return tuple(found) or None


def is_compared(before: str, text: str, at: int, legacy: Legacy) -> bool:
    """Whether a test compares something with a text that says an old name, by its line."""
    word = _WORD.match(text, at) if _COMPARES.search(before) else None
    return word is not None and _is_old(word[0], legacy)


def _is_old(word: str, legacy: Legacy) -> bool:
    """Whether a word is an old name as it is written: what shows a name shows it in its case."""
    return any(it.old == word for it in legacy.meanings.get(folded(word), ()))


def _is_expected(context: Context) -> bool:
    """Whether something is compared with a text, or looked for in it."""
    if context.usage is Usage.COMPARED or context.argument == "match":
        return True
    return last_part(context.callee) in _EXPECTS


FINDER = Finder(
    name="saying",
    find=tables_in_sayings,
    finds=(
        'db.execute(f"DROP TABLE {name}")\nprint(f"{name} is gone")\nassert out == "old is gone"',
    ),
    ignores=(
        'assert out == "old is gone"',
        'db.execute(f"DROP TABLE {name}")\nprint(f"{name} is gone")\nassert out == "old is here"',
    ),
)
