"""Paths of databases in scripts whose folder a variable says: `cp $DATA/old.db saved/`.

Where the script says that the variable is another folder, so is the file another one. Else it is
said where: a variable may be given anything when the script is run, so nobody is held up.
"""

import re
from collections.abc import Iterator
from pathlib import PurePosixPath

from refactor.finders.finder import Surroundings
from refactor.python.strings import Text
from refactor.references import Evidence, Reason, Reference

END_OF_PATH = r"(?:(?=-(?:wal|shm|journal)\b)|(?![\w/-]|\.\w))"
"""What follows a path, or what SQLite adds to it for the files that it keeps beside."""
_COMMAND = r"\$\((?>(?:[^()]|\((?>(?:[^()]|\([^()]*\))*)\))*)\)"
# Texts: they are compiled where a script needs them, which few do.
_FOLDER = (
    r"(?P<stuck>[\w.-]*)"
    rf"(?:\$?\{{\{{[^{{}}]*\}}\}}|\$\{{[^{{}}]*\}}|{_COMMAND}|`[^`\n]*`"
    r"|\$+(?:env:)?\w+|%\w+%|!\w+!)\Z"
)
"""A part of a path that is only known when a script runs, in whatever language it is."""
_CLOSES = frozenset("})%!`")
_SEPARATORS = re.compile(r"[/\\]")
_FARTHEST = 200
"""How far before a name its folder may begin."""
_VARIABLE = (
    r"(?s:.*[/\\])?(?:\$?\{\{[ ]*(?:env\.)?(\w+)[ ]*\}\}"
    r"|\$\{(\w+)(?::?[-=](?P<usual>[^{}]*)|%/|##\*/)?\}|\$\((\w+)\)"
    r"|\$+(?:env:)?(\w+)|%(\w+)%|!(\w+)!)"
)
"""A path that ends with a variable, which may have a value of its own by default."""
_WORD = (
    rf"(?>(?:\"(?>(?:{_COMMAND}|[^\"\n])*)\"|'[^'\n]*'|{_COMMAND}"
    r"|\{+(?>(?:[^\n{}]|\{[^\n{}]*\})*)\}+|[^\s;&|#,{}\"'])+)(?![ \t]+[/+])"
)
_GIVEN = (
    r"\bfor[ \t]+{0}[ \t]+in[ \t]+(?P<looped>[^;\n]+)"
    r"|(?<![\w.$-]){0}(?:[ \t]*[:?+]?=|:(?=[ \t]))[ \t]*(?P<given>{1})"
    r"|^[ \t]*\$(?:env:)?{0}[ \t]*=[ \t]*(?P<text>\"[^\"\n]*\"|'[^'\n]*')"
    r"|\b(?:ENV|set(?:[ \t]+-\w+)*)[ \t]+{0}[ \t]+(?P<told>{1})"
)
_PLAIN = r"(?!\.{1,2}\Z)[\w.-]+"
_TEMPORARY = ("tmp", "temp")


def paths_in_folders(text: Text, around: Surroundings) -> Iterator[Reference]:
    """A question for each file that has a moving database's name, in a folder that may be its."""
    found: dict[tuple[int, int], tuple[str, list[str]]] = {}
    for path in around.legacy.moved:
        if PurePosixPath(path).name in text.text:
            for span, folder in _named(path, text.text, around.source.text):
                found.setdefault(span, (f"{folder} is a folder", []))[1].append(path)
            for span, folder in _where_it_goes(path, text.text):
                found.setdefault(span, (f"the script goes into {folder}", []))[1].append(path)
    for span, (says, databases) in found.items():
        yield around.path_reference(
            text.near(*span),
            text.text[slice(*span)],
            tuple(databases),
            clause="command",
            evidence=(Evidence(Reason.GRAMMAR, says),),
            question=f"{says}: is this file {' or '.join(databases)}?",
            mend="change the line by hand if it is",
            blocking=False,
        )


def _named(path: str, text: str, script: str) -> Iterator[tuple[tuple[int, int], str]]:
    """Where a text has the end of a path behind a variable, and that variable."""
    parts = PurePosixPath(path).parts
    for depth in range(1, len(parts)):
        tail = r"[/\\]".join(map(re.escape, parts[depth:]))
        for match in re.finditer(rf"[\"']?[/\\][\"']?(?P<tail>{tail}){END_OF_PATH}", text):
            before = text[max(0, match.start() - _FARTHEST) : match.start()]
            may_be = before[-1:] in _CLOSES or "$" in _SEPARATORS.split(before)[-1]
            folder = re.search(_FOLDER, before) if may_be else None
            if folder and _may_be(folder, parts[depth - 1], script):
                yield match.span("tail"), folder[0]


def _where_it_goes(path: str, text: str) -> Iterator[tuple[tuple[int, int], str]]:
    """Where a script names a file alone, and goes into its folder: `cd data && cp old.db x`."""
    pure = PurePosixPath(path)
    folder = pure.parent.name
    goes = r"(?:^|[;&|(])[ \t@-]*(?:cd|pushd|find|WORKDIR)[ \t]+(?:\S*/)?[\"']?"
    into = rf"(?m:{goes}{re.escape(folder)}[\"'/]*(?:[\s;&|)]|$))"
    if folder and re.search(into, text):
        for match in re.finditer(rf"(?<![\w./\\-]){re.escape(pure.name)}{END_OF_PATH}", text):
            yield match.span(), folder


def _may_be(folder: "re.Match[str]", expected: str, script: str) -> bool:
    if folder["stuck"]:
        return expected.startswith(folder["stuck"])
    said = set(_folders(folder[0], script))
    return expected in said or "" in said


def _folders(path: str, script: str) -> Iterator[str]:
    """The last folder of each path that a script says for one; empty where it says none."""
    waiting = [path]
    asked = set[str]()
    for each in waiting:  # it grows meanwhile
        plain = each.replace('"', "").replace("'", "").rstrip("/\\")
        variable = re.fullmatch(_VARIABLE, plain)
        if any(it in plain.lower() for it in _TEMPORARY):
            continue
        if variable is None:
            last = _SEPARATORS.split(plain)[-1]
            yield last if re.fullmatch(_PLAIN, last) else ""
            continue
        usual = variable["usual"]
        name = next(it for it in variable.groups() if it and it != usual)
        given = [usual] if usual else []
        if name not in asked:
            asked.add(name)
            given += _given(name, script)
            if not given:
                yield ""
        waiting += given


def _given(name: str, script: str) -> Iterator[str]:
    """What a script gives to a variable."""
    for match in re.finditer(_GIVEN.format(name, _WORD), script, re.MULTILINE):
        kind = match.lastgroup or ""
        yield from re.findall(_WORD, match[kind]) if kind == "looped" else [match[kind]]
