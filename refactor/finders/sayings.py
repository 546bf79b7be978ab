"""Texts that are compared with what the code says to people: `assert out == "old: 3 rows"`."""

import ast
import re

from plan.model import folded
from refactor.finders.finder import Finder, Found, Surroundings
from refactor.legacy import Legacy
from refactor.python.outline import Context, Usage, last_part
from refactor.python.strings import Text
from refactor.references import Evidence, Reason

_WORD = re.compile(r"\w+")
_SAID = frozenset(
    ("args", "caplog", "capsys", "err", "error", "errors", "exc", "exception", "info", "log",
     "logs", "match", "message", "messages", "out", "output", "printed", "records", "stderr",
     "stdout", "str", "text", "value")
)  # fmt: skip
"""What tests call that which somebody has been told, by words of the names."""
_EXPECTS = frozenset({"assertRegex", "endswith", "startswith"})
_QUOTED = frozenset("\"'")
_FARTHEST = 400
"""How far before a text the assertion may begin that compares a list of them."""
_ENDS = "^$"
"""What only a pattern has at its ends."""


def tables_in_sayings(text: Text, around: Surroundings) -> Found | None:
    """A question for each old table that some code near by says to people as a text has it."""
    said = text.text.strip(_ENDS)
    # What is nothing but a name is others' business: as most are.
    if said.isidentifier() or not (_is_expected(text.context) or _is_sentence(text)):
        return None
    offset = text.text.index(said)
    words = [it for it in _WORD.finditer(said) if _is_old(it[0], around.legacy)]
    found = []
    for word in words:
        before, after = said[: word.start()], said[word.end() :]
        sayings = around.sayings.near(around.source.path)
        saying = next((it for it in sayings if it.fits(before, word[0], after)), None)
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


def is_compared(text: str, at: int, legacy: Legacy) -> bool:
    """Whether a test compares what somebody was told with a text that says an old name there.

    What begins with it may be compared with whatever something gives.
    """
    start, end = text.rfind("\n", 0, at), text.find("\n", at)
    here = text.find("assert", start, end) >= 0 or text.find("match=", start, end) >= 0
    begins = text[at - 1 : at] in _QUOTED
    if not here and not (begins and _is_asserted(text, at)):
        return False
    word = _WORD.match(text, at)
    if word is None or not _is_old(word[0], legacy):
        return False
    goes_on = text[word.end() : word.end() + 1] not in _QUOTED
    return (begins and goes_on) or (here and _speaks_of_said(text[start + 1 : end]))


def _is_asserted(text: str, at: int) -> bool:
    """Whether an assertion begins not far before, as that of a list which goes over some lines."""
    nearest = max(0, text.rfind("\n\n", 0, at), at - _FARTHEST)
    return text.find("assert", nearest, at) >= 0


def _speaks_of_said(code: str) -> bool:
    return not _SAID.isdisjoint(_WORD.findall(code.replace("_", " ")))


def _is_old(word: str, legacy: Legacy) -> bool:
    """Whether a word is an old name as it is written: what shows a name shows it in its case."""
    return any(it.old == word for it in legacy.meanings.get(folded(word), ()))


def _is_expected(context: Context) -> bool:
    """Whether what somebody was told is compared with a text, or that is looked for in it."""
    function = last_part(context.callee)
    if context.argument == "match" or function == "assertRaisesRegex":
        return True
    if context.usage is not Usage.COMPARED and function not in _EXPECTS:
        return False
    return context.inside is not None and _speaks_of_said(ast.unparse(context.inside))


def _is_sentence(text: Text) -> bool:
    """Whether a text of several words is compared with whatever something gives."""
    return text.context.usage is Usage.COMPARED and " " in text.text.strip()


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
