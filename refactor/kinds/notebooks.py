"""Jupyter notebooks: the code cells as one module, in the order of the file.

https://nbformat.readthedocs.io/en/latest/format_description.html
"""

from bisect import bisect_left
from collections.abc import Iterator, Sequence

from msgspec import Struct, field

from refactor.kinds.cells import Cell, Pieces
from refactor.kinds.jsonstrings import JsonString, decoded, json_strings, parse
from refactor.kinds.kind import Contents, Kind, NotOfKindError, value_text
from refactor.python.strings import Text
from refactor.text.source import Source
from refactor.text.words import Words

_SOURCES = frozenset({"source", "input"})
_LANGUAGE = (("metadata", "language_info", "name"), ("metadata", "kernelspec", "language"))
_PYTHON = frozenset({"python", "ipython", "python3"})
_Path = tuple[str | int, ...]


class _Notebook(Struct):
    """What the strings of a notebook are, by cell."""

    kinds: dict[_Path, str] = field(default_factory=dict)
    sources: dict[_Path, list[JsonString]] = field(default_factory=dict)
    others: list[JsonString] = field(default_factory=list)
    languages: set[str] = field(default_factory=set)

    def add(self, text: str, found: JsonString) -> None:
        cell, inside = _cell_of(found.path)
        if found.is_key or cell is None:
            if found.path in _LANGUAGE:
                self.languages.add(text[found.start : found.end].lower())
            self.others.append(found)
        elif inside == ("cell_type",):
            self.kinds[cell] = text[found.start : found.end]
        elif inside[0] in _SOURCES:
            self.sources.setdefault(cell, []).append(found)
        else:
            self.others.append(found)


def _cell_of(path: _Path) -> tuple[_Path | None, _Path]:
    """The cell that a string belongs to, and its path in that cell."""
    if "cells" not in path:
        return None, ()
    cut = path.index("cells") + 2
    return (path[:cut], path[cut:]) if len(path) > cut else (None, ())


def read(source: Source, words: Words) -> Contents:
    """The code cells; what is in Markdown cells and outputs refers to nothing."""
    parse(source.text)
    notebook = _Notebook()
    for found in json_strings(source.text):
        notebook.add(source.text, found)
    if notebook.languages and not notebook.languages & _PYTHON:
        raise NotOfKindError(f"a notebook in {' or '.join(sorted(notebook.languages))}")
    pieces = Pieces()
    values: list[Text] = []
    accounts = [(it.start, it.end, "an output or metadata of a notebook") for it in notebook.others]
    for cell, strings in notebook.sources.items():
        if notebook.kinds.get(cell) == "code":
            values += _values(source.text, strings, words)
            pieces.add(_cell(source.text, strings))
        else:
            accounts += [(it.start, it.end, "running text of a notebook") for it in strings]
    hits = words.hits_in_source(source.text)
    return Contents(
        texts=tuple(text for text in pieces.texts if words.are_in(text.text)),
        python=pieces.embedded(source, quoted=True),
        values=tuple(values),
        doubtful=tuple(pieces.doubtful),
        accounts=tuple(it for it in accounts if _is_hit(it[0], it[1], hits)),
    )


def _is_hit(start: int, end: int, hits: Sequence[int]) -> bool:
    at = bisect_left(hits, start)
    return at < len(hits) and hits[at] < end


def _values(text: str, strings: list[JsonString], words: Words) -> Iterator[Text]:
    for found in strings:
        says, starts = decoded(text, found.start, found.end)
        if words.are_in(says):
            yield value_text(says, starts, (found.start, found.end))


def _cell(text: str, strings: list[JsonString]) -> Cell:
    parts = [decoded(text, found.start, found.end) for found in strings]
    says = "".join(part for part, _ in parts)
    return Cell(says, tuple(at for _, starts in parts for at in starts))


KIND = Kind("a notebook", lambda path: path.suffix == ".ipynb", read, parse)
