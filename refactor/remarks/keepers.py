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
_MADE = re.compile(r"=\s*(?:await\s+)?(?:\w+\.)*([A-Z]\w*)\(([^()\n]*)")
_BASES = re.compile(r"\s*\(([^()]*)\)")
_KEEPS = re.compile(
    r"\bself\.\w+(?:\s*:[^=\n]+)?\s*=\s*(?:await\s+)?(?:\w+\.)*(?:connect|Connection|create_engine)\("
)
_NEXT = re.compile(r"^[\w@]", re.MULTILINE)
"""What stands behind a class."""
_WORD = re.compile(r"\w+")
_FARTHEST = 3
"""So many bases above a class are looked at."""


def made_of_paths(text: str) -> Iterator[tuple[int, str, str]]:
    """The lines on which objects may be made of a path, with what is written, and the class."""
    starts = {text.rfind("\n", 0, at) + 1 for it in _PATH_ENDS for at in places(text, it)}
    for start in sorted(starts):
        end = text.find("\n", start)
        made = _MADE.search(text, start, end if end >= 0 else len(text))
        if made:
            yield text.count("\n", 0, start) + 1, made[2], made[1]


def keeps_connection(project: Project, value: ast.expr) -> bool:
    """Whether a class of the code, or a base of it, opens a connection that its objects keep."""
    return class_keeps(project, last_part(dotted(value)))


def class_keeps(project: Project, name: str, depth: int = 0) -> bool:
    """The same of all classes of a name."""
    if not name[:1].isupper() or depth > _FARTHEST:
        return False
    if name not in project.keepers:
        project.keepers[name] = any(
            _KEEPS.search(body) or any(class_keeps(project, it, depth + 1) for it in bases)
            for bases, body in _classes(project, name)
        )
    return project.keepers[name]


def _classes(project: Project, name: str) -> Iterator[tuple[list[str], str]]:
    """The bases of the classes of a name, and all that stands in them."""
    said = f"class {name}"
    for source in map(project.source, project.codebase.naming(said)):
        text = source.text if source else ""
        for at in places(text, said):
            head = at + len(said)
            if text[at - 1 : at] in ("", "\n") and text[head : head + 1] in (":", "(", " "):
                named = _BASES.match(text, head)
                behind = _NEXT.search(text, head)
                end = behind.start() if behind else len(text)
                yield _WORD.findall(named[1]) if named else [], text[head:end]
