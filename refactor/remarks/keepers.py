"""Objects of the code's own classes that keep a connection open: `self.chat = Chat(config.chat)`.

Two of them are two connections, as much as if each were opened where the object is made.
"""

import ast
import re
from collections.abc import Iterator

from refactor.python.outline import last_part
from refactor.python.syntax import dotted
from refactor.remarks.project import Project
from refactor.text.lines import places

_PATH_ENDS = ("db)", "db,", "DB)", "DB,", "path)", "path,", "PATH)", "database)", "url)", "file)")
"""How what is given ends that may be a path: to look for the calls by a pattern costs much more."""
_MADE = re.compile(r"=\s*(?:await\s+)?[A-Z]\w*\(([^()\n]*)")
_CLASS = r"(?m)^class {}\b(?:\((?P<bases>[^()]*)\))?:(?P<body>.*(?:\n(?![\w@]).*)*)"
_KEEPS = re.compile(
    r"\bself\.\w+(?:\s*:[^=\n]+)?\s*=\s*(?:await\s+)?(?:\w+\.)*(?:connect|Connection|create_engine)\("
)
_WORD = re.compile(r"\w+")
_FARTHEST = 3
"""So many bases above a class are looked at."""


def made_of_paths(text: str) -> Iterator[tuple[int, str]]:
    """The lines on which objects are made of what may be a path, with what is written."""
    starts = {text.rfind("\n", 0, at) + 1 for it in _PATH_ENDS for at in places(text, it)}
    for start in sorted(starts):
        end = text.find("\n", start)
        made = _MADE.search(text, start, end if end >= 0 else len(text))
        if made:
            yield text.count("\n", 0, start) + 1, made[1]


def keeps_connection(project: Project, value: ast.expr, depth: int = 0) -> bool:
    """Whether a class of the code, or a base of it, opens a connection that its objects keep."""
    name = last_part(dotted(value))
    if not name[:1].isupper() or depth > _FARTHEST:
        return False
    return any(
        _KEEPS.search(found["body"])
        or any(
            keeps_connection(project, ast.Name(base), depth + 1)
            for base in _WORD.findall(found["bases"] or "")
        )
        for found in _classes(project, name)
    )


def _classes(project: Project, name: str) -> Iterator[re.Match[str]]:
    for source in map(project.source, project.codebase.naming(f"class {name}")):
        found = re.search(_CLASS.format(re.escape(name)), source.text) if source else None
        yield from [found] if found else []
