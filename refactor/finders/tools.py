"""Names that a command gives to a program of the code: `python tools/clear.py old`.

The program, or what it imports, may put what it is given into SQL. Whether it does so with this
word nobody sees without running it, so it is asked, and holds nothing up.
"""

import re
from collections.abc import Iterator

from plan.model import folded
from refactor.finders.commands import RUNS_COMMANDS
from refactor.finders.finder import Surroundings
from refactor.finders.variables import given_words
from refactor.python.strings import Text
from refactor.references import Evidence, Reason, Reference

_FOLDER = r"[\"']?(?:\$(?:\([^()\n]*\)|\{[^{}\n]*\}|\w+)[\"']?/)?"
# Texts: they are compiled where a command needs them, which few do.
_COMMAND = (
    r"(?m:(?:\b(?:python|pypy)[\d.]*|\$[({]?(?:\w*_)?PY(?:THON\w*)?\b[)}]?[\"']?)[ \t]+"
    r"(?:-[a-ln-zA-Z]\S*[ \t]+|-m[ \t]+(?:coverage[ \t]+run|cProfile|pdb|trace)[ \t]+)*"
    rf"(?:-m[ \t]+|{_FOLDER})(?P<program>[\w./-]+)"
    # A script that is run by its own name stands first in its command.
    r"|(?:^|[;&|(`])[ \t@+-]*"
    r"(?:(?:do|then|else|exec|time|sudo|(?:uv|poetry|pipenv)[ ]run|\w+=\S*|\$[({]\w+[)}])[ \t]+)*"
    rf"{_FOLDER}(?P<script>[\w./-]+\.py))[\"']?"
    r"(?P<rest>(?:(?:[ \t]|\\\r?\n)+[^\s|&;<>]+)+)"
)
# A command that a package installs stands there, too.
_INSTALLED = (
    r"(?m:(?:^|[;&|(`])[ \t@+$-]*"
    r"(?:(?:do|then|else|exec|time|sudo|RUN|CMD|(?:uv|poetry|pipenv|hatch|pdm|rye)[ ]run|\w+=\S*"
    r"|(?:[\d*/,-]+[ \t]+){{5}})[ \t]+)*"
    r"(?P<program>{}))(?P<rest>(?:(?:[ \t]|\\\r?\n)+[^\s|&;<>]+)+)"
)
_LISTED = (
    r"(?:[\"'](?P<file>[\w./-]+)\.py[\"']|[\"']-m[\"']\s*,\s*[\"'](?P<module>[\w.]+)[\"'])"
    r"\s*,[^\[\]]*\Z"
)
_LISTED_FIRST = r"\[\s*[\"'](?P<script>[\w.-]+)[\"']\s*,[^\[\]]*\Z"
_IN_BRACKETS = r"(?m:^[ \t]*(?P<what>CMD|ENTRYPOINT)[ \t]*(?P<words>\[[^\[\]]*\]))"
"""A command that a Dockerfile lists."""
_NO_WORDS = str.maketrans(dict.fromkeys("[]\"',\r\n", " "))
_ARGUMENT = (
    r"(?<!\S)(?:--?[\w-]+=)?[\"']?(?:(?P<word>\w+)|\$+[{(]?(?P<variable>\w+)[)}]?)[\"']?(?!\S)"
)
_FARTHEST = 300
"""How far before a word of a list its command may begin."""


def names_to_programs(text: Text, around: Surroundings) -> Iterator[Reference]:
    """A question for each old name that a command line gives to a program of the code."""
    for command in _commands(text.text, around):
        called = command["program"] or command["script"]
        program = called.removesuffix(".py")
        words = [
            it
            for it in _words(command.string, command.span("rest"))
            if folded(it["word"]) in around.legacy.meanings
        ]
        says = _says(called, around) if words else ""
        for word in words if says else ():
            name = word["word"]
            yield around.table_reference(
                text.near(*word.span("word")),
                name,
                around.legacy.meanings[folded(name)],
                clause="command",
                evidence=(Evidence(Reason.FLOW, f"{program} gets it"),),
                question=f"{program} gets it, and {says}: is it the table?",
                mend="change the command by hand if it is",
                blocking=False,
            )


def _commands(text: str, around: Surroundings) -> Iterator["re.Match[str]"]:
    """The commands of a text that may run a program of the code."""
    text = _unlisted(text) if "[" in text else text
    if "py" in text or "PY" in text:
        yield from re.finditer(_COMMAND, text)
    installed = [it for it in around.takers.scripts.modules if it in text]
    if installed:
        yield from re.finditer(_INSTALLED.format("|".join(map(re.escape, installed))), text)


def _unlisted(text: str) -> str:
    """A text as long, with the commands that a Dockerfile lists as a shell would have them.

    What stands below the program gives it its arguments.
    """
    end = 0
    for match in re.finditer(_IN_BRACKETS, text):
        goes_on = end and match["what"] == "CMD" and not text[end : match.start()].strip()
        start = end if goes_on else match.start()
        words = match["words"].translate(_NO_WORDS)
        text = f"{text[:start]}{' ' * (match.start('words') - start)}{words}{text[match.end() :]}"
        end = match.end()
    return text


def _words(text: str, span: tuple[int, int]) -> Iterator["re.Match[str]"]:
    """The words of a command, and those that its script gives to the variables among them."""
    for argument in re.compile(_ARGUMENT).finditer(text, *span):
        if argument["word"]:
            yield argument
        else:
            yield from given_words(text, argument["variable"])


def is_given_to_program(text: Text, around: Surroundings) -> bool:
    """Whether a literal is a word of a list that is a command: `[python, "clear.py", "old"]`."""
    if not RUNS_COMMANDS.search(text.context.callee):
        return False
    before = around.source.text[max(0, text.start - _FARTHEST) : text.start]
    command = re.search(_LISTED, before)
    if command is not None:
        return bool(_says(command["file"] or command["module"], around))
    command = re.search(_LISTED_FIRST, before)
    installed = command is not None and command["script"] in around.takers.scripts.modules
    return command is not None and installed and bool(_says(command["script"], around))


def _says(program: str, around: Surroundings) -> str:
    """What puts names into SQL where a program runs: itself, or what it imports; empty if none."""
    path, takers = around.source.path, around.takers
    if not takers.candidates:
        return ""
    for started in takers.programs(program, path):
        builder = takers.builder_behind(started)
        if builder:
            by = "" if builder == started else f"{builder}, which it imports, "
            return f"{by}puts names into SQL"
    return ""
