"""Texts with placeholders, and what they are once those are filled.

Sources: https://docs.python.org/3/library/string.html#format-string-syntax,
https://docs.python.org/3/library/stdtypes.html#printf-style-string-formatting
"""

import re
from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from itertools import count

from refactor.flow.values import (
    UNKNOWN,
    Alternative,
    Atom,
    Piece,
    Plain,
    Seq,
    Str,
    Value,
    atoms_of,
    concatenated,
    cut,
    is_known,
    plain,
    step,
    text_of,
    union,
)

_PERCENT = re.compile(r"%(?:\((?P<name>[^)]*)\))?(?P<kind>[sdrifgxX%]|[-+ #0-9.*]+[a-zA-Z])")
_BRACES = re.compile(r"\{\{|\}\}|\{(?P<name>[^{}!:.\[]*)(?P<rest>(?:[^{}]|\{\w+\})*)\}")
_SPEC = re.compile(r"(?:!(?P<how>[sr]))?(?::(?:.?[<>^])?(?:\d|\{\w+\})*(?:\.\d+)?s?)?", re.DOTALL)
"""How a field says a text as it is, be it with spaces around it, or less of it."""
_DOLLARS = re.compile(r"\$\$|\$(?:\{(?P<braced>\w+)\}|(?P<name>\w+))")
_RENDERED = re.compile(
    r"\{\{[-+]?\s*(?P<name>\w+)\s*[-+]?\}\}|\{\{.*?\}\}|\{%.*?%\}|\{#.*?#\}", re.DOTALL
)
_DOUBLED = frozenset({"{{", "}}", "%%", "$$"})
_Field = tuple[re.Match[str], int]
Fields = Callable[[re.Match[str], int], Value]
"""What goes in the place of a field, and which field of its text it is, from 0."""


def percented(value: Value, given: Value) -> Value:
    """What `value % given` gives."""
    several = any(isinstance(it, Seq) for it in given)

    def field(match: re.Match[str], number: int) -> Value:
        if match["name"] is not None:
            found = step(given, match["name"])
        elif several:
            found = step(given, number)
        else:
            found = given if number == 0 else UNKNOWN
        # Spaces around a name, or less of it, say the name all the same.
        return _quoted(found, match["kind"]) if match["kind"][-1] in "sr" else UNKNOWN

    return _filled(value, _PERCENT, field)


def braced(value: Value, given: Sequence[Value], named: Mapping[str, Value]) -> Value:
    """What `value.format(*given, **named)` gives."""

    def field(match: re.Match[str], number: int) -> Value:
        name = match["name"] or str(number)
        spec = _SPEC.fullmatch(match["rest"])
        if spec is None:
            return UNKNOWN
        if name.isdecimal():
            found = given[int(name)] if int(name) < len(given) else UNKNOWN
        else:
            found = _named(named, name)
        return _quoted(found, spec["how"])

    return _filled(value, _BRACES, field)


def _quoted(value: Value, how: str | None) -> Value:
    """A text as a field says it: `%r` puts it in quotes."""
    quoted = how is not None and how.endswith("r")
    return concatenated([plain("'"), value, plain("'")]) if quoted else value


def fields_of(value: Value, *, braces: bool) -> frozenset[str]:
    """The fields, by number or name, that a template has for certain, however it goes on.

    Behind what is not known nobody can count.
    """
    pattern = _BRACES if braces else _PERCENT
    every = []
    for alternative in value:
        found = set()
        counts = True
        for atom, fields in _fields(alternative, pattern):
            counts = counts and isinstance(atom, Piece | Plain)
            found |= {it["name"] or str(number) for it, number in fields if it["name"] or counts}
        every.append(found)
    return frozenset(set.intersection(*every)) if every else frozenset()


def substituted(value: Value, named: Mapping[str, Value]) -> Value:
    """What `Template(value).substitute(named)` gives."""
    return _filled(
        value,
        _DOLLARS,
        lambda match, _: _named(named, match["braced"] or match["name"]),
    )


def rendered(value: Value, named: Mapping[str, Value]) -> Value:
    """What a template of Jinja's gives; what its tags and filters do is not known."""
    return _filled(
        value,
        _RENDERED,
        lambda match, _: _named(named, match["name"]) if match["name"] else UNKNOWN,
    )


def is_template(value: Value) -> bool:
    """Whether a value is a known text that Jinja would fill."""
    return is_known(value) and any(_RENDERED.search(text_of((it,)) or "") for it in value)


def replaced(value: Value, old: str, new: Value) -> Value:
    """What `value.replace(old, new)` gives."""
    return _filled(value, re.compile(re.escape(old)), lambda _match, _number: new)


def _named(named: Mapping[str, Value], name: str) -> Value:
    """What is given by name, by itself or in a dictionary."""
    return named[name] if name in named else step(named.get("**", UNKNOWN), name)


def _filled(value: Value, pattern: re.Pattern[str], field: Fields) -> Value:
    found = []
    for alternative in value:
        parts: list[Value] = []
        for atom, fields in _fields(alternative, pattern):
            if isinstance(atom, Piece | Plain):
                parts += _parts(atom, fields, field)
            else:
                parts.append((Str((atom,)),))
        found.append(concatenated(parts))
    return union(*found)


def _fields(
    alternative: Alternative, pattern: re.Pattern[str]
) -> Iterator[tuple[Atom, Sequence[_Field]]]:
    """The atoms of a text, each with the fields in it, and with the signs that are doubled."""
    numbers = count()
    for atom in atoms_of(alternative):
        found = pattern.finditer(atom.text) if isinstance(atom, Piece | Plain) else ()
        yield atom, [(it, -1 if it[0] in _DOUBLED else next(numbers)) for it in found]


def _parts(atom: Piece | Plain, fields: Iterable[_Field], field: Fields) -> Iterable[Value]:
    last = 0
    for match, number in fields:
        yield (Str((cut(atom, last, match.start()),)),)
        if match[0] in _DOUBLED:
            yield (Str((cut(atom, match.start(), match.start() + 1),)),)
        else:
            yield field(match, number)
        last = match.end()
    yield (Str((cut(atom, last, len(atom.text)),)),)
