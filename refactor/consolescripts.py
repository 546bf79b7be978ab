"""Commands that a package installs: `[project.scripts] report = "app.cli:main"` and its elders."""

import re
from collections.abc import Callable, Mapping, Sequence
from functools import cached_property
from pathlib import PurePosixPath

from refactor.text.source import Source, Unreadable

_FILES = ("pyproject.toml", "setup.cfg", "setup.py")
_SCRIPT = re.compile(
    r"(?:^|[\"'\[,])[ \t]*[\"']?(?P<name>[A-Za-z][\w.-]*)[\"']?[ \t]*=[ \t]*"
    r"(?:\{[^\n}]*?=[ \t]*)?[\"']?(?P<module>[A-Za-z_][\w.]*):[A-Za-z_][\w.]*",
    re.MULTILINE,
)


class ConsoleScripts:
    """Answers which module a command of the code's own packages begins in."""

    def __init__(
        self,
        files: Sequence[PurePosixPath],
        source: Callable[[PurePosixPath], Source | Unreadable],
    ) -> None:
        """Look at these files; `source` gives the text of one."""
        self._files = files
        self._source = source

    @cached_property
    def modules(self) -> Mapping[str, str]:
        """The module of each command, by its name."""
        # Parts of a path cost much, for 20,000 files.
        telling = (it for it in self._files if str(it).endswith(_FILES))
        sources = (it for it in map(self._source, telling) if isinstance(it, Source))
        return {it["name"]: it["module"] for each in sources for it in _SCRIPT.finditer(each.text)}
