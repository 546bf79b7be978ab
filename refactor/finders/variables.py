"""Paths of databases in scripts that a variable completes: `for n in old z; do cp data/$n.db x`.

What a command does with the file is not known here, as with all that scripts name; and a variable
may be given anything, as `$1` is. So it is said where, and nobody is held up.
"""

import re
from collections.abc import Iterator
from pathlib import PurePosixPath

from refactor.databases.databasepaths import endings_of
from refactor.finders.finder import Surroundings
from refactor.python.outline import Usage
from refactor.python.strings import Text
from refactor.references import Evidence, Reason, Reference

_VARIABLE = r"\$(?:\{\{[ ]*[\w.]+[ ]*\}\}|[{(]?(?P<name>\w+)[)}]?)"
_FOLDER = re.compile(r"(?<![\w${(.-])(?P<name>[\w.-]+)/\Z")
_FARTHEST = 100
"""How far before a variable its folder may begin."""
_GIVEN = (
    r"\bfor[ \t]+{0}[ \t]+in[ \t]+(?P<looped>[^;\n]+)"
    r"|(?<![\w.$-]){0}[ \t]*[:?+]?=[ \t]*(?P<given>\([^)]*\)|\"[^\"]*\"|'[^']*'|[^\n;#]*)"
)
_LISTED = re.compile(r"\$+[{(]?(?P<variable>\w+)|(?<![\w./-])(?P<word>[\w-]+)(?![\w./-])")


def given_words(text: str, variable: str) -> Iterator["re.Match[str]"]:
    """Each word that a script gives to a variable, also by way of other variables."""
    waiting = [variable]
    for each in waiting:  # it grows meanwhile
        for given in re.finditer(_GIVEN.format(each), text, re.MULTILINE):
            for word in _LISTED.finditer(text, *given.span(given.lastgroup or 0)):
                if word["word"]:
                    yield word
                elif word["variable"] not in waiting:
                    waiting.append(word["variable"])


def paths_completed(text: Text, around: Surroundings) -> Iterator[Reference]:
    """A question for each path of a database that moves and whose name a variable says.

    Where the script gives it the name, that is what is asked about.
    """
    if "$" not in text.text:
        return  # as in far the most
    endings = endings_of(around.legacy)
    if not any(it in text.text for it in endings):
        return
    either = "|".join(map(re.escape, endings))
    asked = False
    for match in re.finditer(rf"{_VARIABLE}(?P<ending>{either})(?![\w.-])", text.text):
        start = match.start()
        before = _FOLDER.search(text.text, max(0, start - _FARTHEST), start)
        may_be = {
            PurePosixPath(path).stem: path
            for path in around.legacy.moved
            if path.endswith(match["ending"])
            and (before is None or before["name"] in (PurePosixPath(path).parent.name, "."))
        }
        words = list(given_words(text.text, match["name"])) if match["name"] else []
        for word in words:
            if word["word"] in may_be:
                says = f"{match[0]} makes the name of a file of it"
                yield _asked(text, word, [may_be[word["word"]]], says, around)
        # One question says it for a script of which each line may do it.
        if not words and may_be and not asked and text.context.usage is Usage.COMMAND:
            asked = True
            says = "the name of a file that is only known at run time"
            yield _asked(text, match, list(may_be.values()), says, around)


def _asked(
    text: Text, match: "re.Match[str]", databases: list[str], says: str, around: Surroundings
) -> Reference:
    return around.path_reference(
        text.near(*match.span()),
        match[0],
        tuple(databases),
        clause="command",
        evidence=(Evidence(Reason.GRAMMAR, "a variable completes it"),),
        question=f"{says}, which may be {' or '.join(databases)}: should it be another one?",
        mend="change the line by hand if it is",
        blocking=False,
    )
