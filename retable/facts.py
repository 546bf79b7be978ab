"""What retable's pytest plugin has to know: old names, files that go, and where code names them.

The plugin runs in the environment of the project that is tested and imports nothing of ours, so
this is handed over as JSON.
"""

import json
import os
import re
from collections.abc import Iterator
from itertools import islice, takewhile
from pathlib import Path
from typing import Any

from migrate.schemas import schemas
from plan.model import Plan, folded
from refactor.found import Search
from refactor.legacy import Fate
from refactor.references import Kind, Reference
from refactor.search import Searcher
from refactor.text.source import Unreadable
from retable.output import write_out

_BOUND = re.compile(r"""["'`\[\]{}?%\\:@$\n]""")
"""Where the text of a line ends that is executed as it is written: quotes, holes, parameters."""

_REACH = 1000
_TELLING = 12
_LINES_AROUND = 2


def facts_of(plan: Plan, searcher: Searcher, search: Search, *, root: str) -> dict[str, Any]:
    """All of it as plain values; `root` is how the plan's folder is written in them."""
    legacy = searcher.legacy
    return {
        "retable": "facts",
        "version": 1,
        "plan": plan.file.name,
        "root": root,
        "tables": {
            name: [
                {"database": it.database, "new": None if it.fate is Fate.LEFT else it.new}
                for it in meanings
            ]
            for name, meanings in sorted(legacy.meanings.items())
        },
        "new_names": sorted(legacy.new_names),
        "databases": [it.path for it in plan.databases],
        "moved": dict(sorted(legacy.moved.items())),
        "history": [
            *(str(path) for path, _ in search.history),
            *(str(path) for path, _, _ in search.migrations),
        ],
        "references": [
            _static(it, searcher)
            for it in search.references
            if it.kind is Kind.TABLE and it.pressing
        ],
    }


def search_for_facts(plan: Plan) -> tuple[Searcher, Search]:
    """Look through the code once."""
    searcher = Searcher(plan, schemas(plan))
    return searcher, searcher.search()


def write_facts(plan: Plan, file: Path | None, searcher: Searcher, search: Search) -> None:
    """Write the facts to a file, or print them.

    Raises:
        ProblemsError: the file cannot be written.
    """
    root = os.path.realpath(plan.root)
    if file:  # which may be moved together with what it speaks of
        root = os.path.relpath(root, os.path.realpath(file.parent))
    text = json.dumps(facts_of(plan, searcher, search, root=root), ensure_ascii=False)
    write_out(text + "\n", file)


def _static(reference: Reference, searcher: Searcher) -> dict[str, Any]:
    source = searcher.codebase.source(reference.path)
    text, near = reference.old, []
    if not isinstance(source, Unreadable):
        text = _around(source.text, reference)
        near = list(_near(source.text, reference))
    return {
        "path": str(reference.path),
        "line": reference.line,
        "old": reference.old,
        "name": folded(reference.group),
        "text": _tidy(text),
        "near": near,
    }


def _around(text: str, reference: Reference) -> str:
    """What of the line stands before and after the name, and is executed with it as it is."""
    if _BOUND.search(reference.old):
        # The quotes tell it from other places, unless they are written with escapes.
        return reference.old.replace("\\", "")
    start, end = reference.start, reference.start + len(reference.old)
    before = text[text.rfind("\n", 0, start) + 1 : start]
    return _BOUND.split(before)[-1] + reference.old + _BOUND.split(text[end:], maxsplit=1)[0]


def _near(text: str, reference: Reference) -> Iterator[str]:
    """Of the lines before and after, the longest piece each that is executed as it is."""
    end = reference.start + len(reference.old)
    before = text[max(0, reference.start - _REACH) : reference.start].split("\n")[:-1]
    after = text[end : end + _REACH].split("\n")[1:]
    own = _tidy(_around(text, reference))
    for lines in (reversed(before), after):
        together = takewhile(str.strip, lines)  # another statement stands apart
        pieces = (max(map(_tidy, _BOUND.split(line)), key=len) for line in together)
        telling = (it for it in pieces if len(it) >= _TELLING and it != own)
        yield from islice(telling, _LINES_AROUND)


def _tidy(text: str) -> str:
    return " ".join(text.split())
