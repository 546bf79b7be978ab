"""Names that a command gives to a program of the code: `python tools/clear.py old`.

The program may be one that puts what it is given into SQL. Whether it does so with this word nobody
sees without running it, so it is asked, and holds nothing up.
"""

import re
from collections.abc import Iterator

from plan.model import folded
from refactor.finders.commands import RUNS_COMMANDS
from refactor.finders.finder import Surroundings
from refactor.python.strings import Text
from refactor.references import Evidence, Reason, Reference

_COMMAND = re.compile(
    r"\b(?:python|pypy)[\d.]*[ \t]+(?:-[a-ln-zA-Z]\S*[ \t]+)*(?:-m[ \t]+)?(?P<program>[\w./-]+)"
    r"(?P<rest>(?:[ \t\\]+[^\s|&;<>]+)+)"
)
_LISTED = re.compile(
    r"(?:[\"'](?P<file>[\w./-]+)\.py[\"']|[\"']-m[\"']\s*,\s*[\"'](?P<module>[\w.]+)[\"'])\s*,[^\[\]]*\Z"
)
_ARGUMENT = re.compile(r"(?<!\S)[\"']?(?P<table>\w+)[\"']?(?!\S)")
_SEPARATORS = re.compile(r"[./]")
_FARTHEST = 300
"""How far before a word of a list its command may begin."""


def names_to_programs(text: Text, around: Surroundings) -> Iterator[Reference]:
    """A question for each old name that a command line gives to a program of the code."""
    for command in _COMMAND.finditer(text.text) if "py" in text.text else ():
        program = command["program"].removesuffix(".py")
        words = [
            it
            for it in _ARGUMENT.finditer(text.text, *command.span("rest"))
            if folded(it["table"]) in around.legacy.meanings
        ]
        for word in words if words and _puts_names(program, around) else ():
            name = word["table"]
            yield around.table_reference(
                text.near(*word.span("table")),
                name,
                around.legacy.meanings[folded(name)],
                clause="command",
                evidence=(Evidence(Reason.FLOW, f"{program} puts names into SQL"),),
                question=f"{program} gets it, and puts names into SQL: is it the table?",
                mend="change the command by hand if it is",
                blocking=False,
            )


def is_given_to_program(text: Text, around: Surroundings) -> bool:
    """Whether a literal is a word of a list that is a command: `[python, "clear.py", "old"]`."""
    if not RUNS_COMMANDS.search(text.context.callee):
        return False
    before = around.source.text[max(0, text.start - _FARTHEST) : text.start]
    command = _LISTED.search(before)
    return command is not None and _puts_names(command["file"] or command["module"], around)


def _puts_names(program: str, around: Surroundings) -> bool:
    """Whether a program is a module of the code that puts names into SQL."""
    stem = _SEPARATORS.split(program)[-1]
    return any(it.stem == stem and around.takers.builds(it) for it in around.takers.candidates)
