"""Names by which code may mean files, by its text alone: whoever meets such a name follows it.

Constants of modules and classes; of attributes of objects, and functions, those that mean one file.
"""

import re
from collections import defaultdict
from collections.abc import Collection, Iterable, Iterator, Mapping, Sequence

from refactor.text.lines import Lines, places

_MOST_LINES = 8
"""Of an expression above the line on which it ends, with the name that is given it."""
_FAR = 400
"""Characters from where a function begins to where it returns a path."""
_GIVES = re.compile(
    r"(?P<constant>\w+)[ \t]*(?::[^=\n]*)?=(?!=)"
    r"|[ \t]+(?:(?P<of_class>[A-Z]\w*)[ \t]*=(?!=)"
    # A parameter looks like a field, and is a matter of its function alone.
    r"|(?P<field>\w+)[ \t]*:[^=\n]*=(?!=)[^\n]*[^,\s][ \t]*$"
    r"|self\.(?P<of_object>\w+)[ \t]*(?::[^=\n]*)?=(?!=))",
    re.MULTILINE,
)
_LOCAL = re.compile(r"[ \t]+\w+[ \t]*=(?!=)|[ \t]*(?:def|class|if|elif|for|while|with|return)\b")
_RETURNS = re.compile(r"[ \t]+return\b")
_DEFINES = re.compile(r"^[ \t]*def (\w+)", re.MULTILINE)
_IMPORTED_AS = re.compile(r"[ \t]+as[ \t]+(\w+)")
_CALLED = re.compile(r"([\w.]+)\(")
_GIVEN_ON_LINE = re.compile(
    r"[ \t]*(?:\w+\.)*(\w+)[ \t]*=(?!=)[ \t]*([^\n]*\))[ \t]*$", re.MULTILINE
)
"""A name that is given what ends with a call, all on one line."""
_IMPORTS = re.compile(
    r"^[ \t]*(?:from[ \t]+([\w.]+)[ \t]+)?import[ \t]+(\([^)]*\)|[^\n]+)", re.MULTILINE
)
_WORD = re.compile(r"[\w.]+")
_BEFORE, _BEHIND = 3, 5
"""Lines before and behind one with a file on which calls may be given it, as in a loop."""
_MAY_MEAN_MORE = frozenset({"constant", "of_class"})


def stand_ins(texts: Sequence[str], files: Collection[str]) -> Mapping[str, frozenset[str]]:
    """The names that modules give to some files, each with the files that it may mean."""
    means = {it: frozenset({it}) for it in files}
    named = _given_in(texts, means)
    # What is made of several of them: `ALL = [OLD, MORE]`.
    together = _given_in(texts, named)
    none = frozenset[str]()
    return {it: named.get(it, none) | together.get(it, none) for it in (*named, *together)}


def _given_in(
    texts: Sequence[str], means: Mapping[str, frozenset[str]]
) -> Mapping[str, frozenset[str]]:
    found: defaultdict[str, set[str]] = defaultdict(set)
    at_most_one = set[str]()
    for text in texts:
        for said, files in means.items():
            for name, what in (it for at in _words(text, said) for it in _given_to(text, at)):
                found[name].update(files)
                if what not in _MAY_MEAN_MORE:
                    at_most_one.add(name)
    return {
        name: frozenset(meant)
        for name, meant in found.items()
        if len(meant) == 1 or name not in at_most_one
    }


def lines_naming(
    text: str, files: Collection[str], names: Mapping[str, frozenset[str]]
) -> tuple[tuple[int, str], ...]:
    """The lines of a module on which it may name files, by what stands in for them as well."""
    met = [(it, frozenset({it})) for it in files if it in text]
    met += [(name, meant) for name, meant in names.items() if name in text]
    if not met:
        return ()
    lines, found = Lines(text), set[tuple[int, str]]()
    for name, meant in met:
        each = [*_words(text, name)]
        own = {given for at in each for given in _named_here(text, at, name)} - names.keys()
        each += (at for alias in own for at in _words(text, alias))
        found.update((lines.place(at)[0], it) for at in each for it in meant)
    return tuple(sorted(found))


def called_near(text: str, lines: Iterable[int]) -> frozenset[str]:
    """What is called near some lines of a text, as it is written.

    Behind a line that gives a name what it says, that is where the name stands again.
    """
    starts = Lines(text).starts
    found = set[str]()
    for line in lines:
        end = starts[line] if line < len(starts) else len(text)
        found.update(_CALLED.findall(text, starts[max(line - 1 - _BEFORE, 0)], end))
        behind = text[end : starts[min(line + _BEHIND, len(starts) - 1)]]
        given = _GIVEN_ON_LINE.match(text, starts[line - 1], end)
        whole = given is not None and given[2].count("(") == given[2].count(")")
        if not given or not whole or re.search(rf"\b{re.escape(given[1])}\b", behind):
            found.update(_CALLED.findall(behind))
    return frozenset(found)


def imports_of(text: str, names: Collection[str]) -> Iterator[str]:
    """The modules that a text imports by some names, or from which it imports them."""
    for module, imported in _IMPORTS.findall(text):
        met = [it for it in _WORD.findall(imported) if it in names]
        if met and module:
            yield module
        inside = module if module.endswith(".") or not module else f"{module}."
        yield from (f"{inside}{it}" for it in met)


def _named_here(text: str, at: int, name: str) -> Iterator[str]:
    """The name that a module itself gives to what it has by another one."""
    imported = _IMPORTED_AS.match(text, at + len(name))
    if imported:
        yield imported[1]
    yield from (given for given, what in _given_to(text, at) if what in _MAY_MEAN_MORE)


def _words(text: str, word: str) -> Iterator[int]:
    """Where a text has a word that is no part of a longer one."""
    for at in places(text, word):
        around = text[max(at - 1, 0) : at] + text[at + len(word) : at + len(word) + 1]
        if "_" not in around and not any(map(str.isalnum, around)):
            yield at


def _given_to(text: str, at: int) -> Iterator[tuple[str, str]]:
    """What is given that which stands at a place of a text, or the function that returns it."""
    for number in range(_MOST_LINES):
        start = text.rfind("\n", 0, at) + 1
        given = _GIVES.match(text, start)
        if given and given.lastgroup:
            yield given[given.lastgroup], given.lastgroup
            return
        if not number and _RETURNS.match(text, start):
            before = [*_DEFINES.finditer(text, max(start - _FAR, 0), start)]
            yield from ((before[-1][1], "function"),) if before else ()
            return
        if not start or _LOCAL.match(text, start):
            return
        at = start - 1
