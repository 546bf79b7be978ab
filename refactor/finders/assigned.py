"""Names that variables of the environment are given among other words: `TABLE=old python dump.py`.

Some code may put such a variable into SQL, by the same name. What a script does with its own
variables is no matter of this one: what SQL it hands to SQLite's shell is seen there.
"""

import re
from collections.abc import Iterator

from plan.model import folded
from refactor.finders.byname import put_into_sql
from refactor.finders.finder import Surroundings
from refactor.python.outline import Usage
from refactor.python.strings import Text
from refactor.references import Evidence, Reason, Reference

# Texts: they are compiled where a file gives something a value, and names something old.
# In capitals, as the environment's are: a script's own variables, and a page's, are others.
_GIVEN = (
    r"(?<![\w.$-])(?P<name>[A-Z_][A-Z0-9_]*)[ \t]*[:?+]?=[ \t]*"
    r"(?:(?P<quote>[\"'])(?P<quoted>\w[\w ,;|]*)(?P=quote)|(?P<plain>\w+(?:,\w+)*))(?![\w./=-])"
)
_OTHERWISE = r"\$\{(?P<name>[A-Z_][A-Z0-9_]*):?-(?P<plain>\w+)\}"
_OF_IMAGE = r"(?m:^[ \t]*(?:ENV|ARG)[ \t]+(?P<name>[A-Z_][A-Z0-9_]*)[ \t]+(?P<plain>\w+)[ \t\r]*$)"
"""An older way of writing it in a Dockerfile."""
_WORD = re.compile(r"\w+")


def names_assigned(text: Text, around: Surroundings) -> Iterator[Reference]:
    """A question for each old name that is given to a variable which code puts into SQL."""
    written = text.text
    if "=" in written:
        yield from _asked(_GIVEN, text, around)
    if "-" in written and "${" in written:
        yield from _asked(_OTHERWISE, text, around)
    if "ENV" in written or "ARG" in written:
        yield from _asked(_OF_IMAGE, text, around)


def _asked(pattern: str, text: Text, around: Surroundings) -> Iterator[Reference]:
    meanings = around.legacy.meanings
    for match in re.finditer(pattern, text.text):
        span = match.span("plain") if match["plain"] else match.span("quoted")
        words = [it for it in _WORD.finditer(text.text, *span) if folded(it[0]) in meanings]
        by_name = put_into_sql({match["name"]: True}, around) if words else None
        for word in words if by_name else ():
            yield around.table_reference(
                text.near(*word.span()),
                word[0],
                meanings[folded(word[0])],
                clause="command",
                evidence=(Evidence(Reason.FLOW, f"{match['name']} is given it"),),
                question=f"is this {by_name}?",
                mend="follow the setting, and change it if it is",
                blocking=_is_setting(match, text),
            )


def _is_setting(match: "re.Match[str]", text: Text) -> bool:
    """Whether a line of a setting gives a variable its value, and does nothing else."""
    start = text.text.rfind("\n", 0, match.start()) + 1
    end = text.text.find("\n", match.end())
    line = text.text[start : end if end >= 0 else len(text.text)].strip()
    alone = line.rpartition(":")[2] == match[0]  # pytest's may have flags before it
    return text.context.usage is Usage.SETTING and alone
