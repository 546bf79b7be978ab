"""One module per kind of file that is read: which files it takes, and what texts it sees in them.

Python has no module here: it is what all the rest of `refactor` reads. The first kind that takes a
file reads it; a file that none takes is counted and named.
"""

import re
from contextlib import suppress
from pathlib import PurePosixPath

from refactor.kinds import (
    documents,
    envs,
    foreign,
    inis,
    jsons,
    notebooks,
    scripts,
    templates,
    tomls,
    yamls,
)
from refactor.kinds.kind import NOTHING, Block, Contents, Embedded, Kind, NotOfKindError
from refactor.kinds.scripts import commands

__all__ = ["KINDS", "NOTHING", "Contents", "Embedded", "Kind", "NotOfKindError", "commands"]
__all__ += ["Block", "blocks_in", "kind_of"]

_RUN_BY_SHELL = re.compile(rb"#!.*\b(?:ba|da|fi|k|z)?sh\b")
KINDS: tuple[Kind, ...] = (
    templates.KIND,
    notebooks.KIND,
    envs.KIND,
    tomls.KIND,
    yamls.KIND,
    inis.KIND,
    jsons.KIND,
    scripts.KIND,
    foreign.KIND,
)


def kind_of(path: PurePosixPath, begins: bytes = b"", *, docs: bool = False) -> Kind | None:
    """The kind that reads a file; documentation is read only on request.

    Args:
        path: its path.
        begins: its first line at least, which tells of a file whose name has no ending.
        docs: whether documentation is read.
    """
    kinds = (*KINDS, documents.KIND) if docs else KINDS
    kind = next((kind for kind in kinds if kind.takes(path)), None)
    if kind is None and not path.suffix and _RUN_BY_SHELL.match(begins):
        return scripts.KIND
    return kind


def blocks_in(path: PurePosixPath, text: str) -> tuple[Block, ...]:
    """The values of several lines in a file of settings."""
    kind = kind_of(path)
    if kind and kind.blocks:
        with suppress(NotOfKindError):
            return tuple(kind.blocks(text))
    return ()
