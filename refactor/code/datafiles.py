"""The files that are data and no code: the plan's databases, and what is in backup and archive.

They hold old names by nature, and may be larger than memory: nobody reads them for names.
"""

import re
from pathlib import PurePosixPath

from plan.model import Plan

_SIDE_FILES = r"(?:-wal|-shm|-journal)?"


class DataFiles:
    """Which paths, relative to the plan's folder, are data."""

    def __init__(self, plan: Plan) -> None:
        """Take the places from the plan; no file is looked at."""
        databases = "|".join(re.escape(database.path) for database in plan.databases)
        backup = re.escape(plan.backup).replace(re.escape("{date}"), "[^/]*")
        folders = rf"{backup}(?:\.partial)?|{re.escape(plan.archive)}"
        self._pattern = re.compile(rf"(?:{databases}){_SIDE_FILES}|(?:{folders})/.*", re.DOTALL)

    def __contains__(self, path: PurePosixPath) -> bool:
        """Whether a path is one of them."""
        return self._pattern.fullmatch(str(path)) is not None
