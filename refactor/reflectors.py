"""The modules that make tables' names of the names of fields, or of functions.

`for field in fields(Counts): db.execute(f"SELECT count(*) FROM {field.name}")` is one of them.
"""

import ast
import re
from collections.abc import Callable, Collection, Iterable, Iterator, Sequence
from functools import cached_property
from pathlib import PurePosixPath

from refactor.apis.callers import scoped
from refactor.holes import tables_in
from refactor.python.outline import Scope, last_part
from refactor.python.syntax import walked
from refactor.text.lines import Lines, places
from refactor.text.source import Source, Unreadable

_FIELDS = (
    r"(?:\bfields\(|\b_fields\b|__annotations__|\bmodel_fields\b|__dataclass_fields__|__slots__"
    r"|\bget_type_hints\(|\basdict\(|\bmodel_dump\(|\bvars\(|__dict__|\.dict\(\))"
)
_LOOPS = re.compile(rf"\bfor\b.*\bin\b.*{_FIELDS}")
_OWN_NAME = "__name__"
_CALLED_AFTER = re.compile(r"(?:[{=+]|return)[ ]*[\w.()]*\.__name__")
_FIELD_SIGNS = (
    *("fields", "__annotations__", "__slots__", "get_type_hints(", "asdict(", "model_dump("),
    *("vars(", "__dict__", ".dict()"),
)
_NAME_SIGNS = (f".{_OWN_NAME}",)
_Name = tuple[Scope | None, str]
"""What a scope, or None for whoever has it, calls something."""
_WORD = re.compile(r"\w+")
_OBJECTS = frozenset({"cls", "self"})
"""What every method speaks of."""
_PUTS = re.compile(
    r"\b(?i:FROM|JOIN|INTO|UPDATE|TABLE|EXISTS)\s+[\"'`\[]*(?:\{|[\"']\s*[+%]\s*\(?)\s*(?P<what>[\w.]+)"
)
_OF_FIELDS = re.compile(_FIELDS)


class Reflectors:
    """Answers which modules put the names of fields, or of functions, into SQL."""

    def __init__(
        self,
        builders: Callable[[], Collection[PurePosixPath]],
        holding: Callable[[Collection[str], Collection[PurePosixPath]], Collection[PurePosixPath]],
        source: Callable[[PurePosixPath], Source | Unreadable],
        tree: Callable[[PurePosixPath], ast.Module | None],
    ) -> None:
        """Look through these modules.

        Args:
            builders: those that may put names into SQL.
            holding: those of some that hold any of some texts.
            source: what a module says.
            tree: what it is as Python.
        """
        self._builders = builders
        self._holding = holding
        self._source = source
        self._tree = tree

    @cached_property
    def of_fields(self) -> tuple[PurePosixPath, ...]:
        """Those that loop over the names of fields, and put them into SQL."""
        return tuple(self._reading(_FIELD_SIGNS, _LOOPS, _looped))

    @cached_property
    def of_functions(self) -> tuple[PurePosixPath, ...]:
        """Those that put the name of a function, or of a class, into SQL."""
        return tuple(self._reading(_NAME_SIGNS, _CALLED_AFTER, _named))

    @cached_property
    def _met(self) -> tuple[PurePosixPath, ...]:
        """The modules that may have lines of either kind.

        Literals are found at a hundredth of the cost of the patterns.
        """
        builders = self._builders()
        return tuple(sorted(self._holding((*_FIELD_SIGNS, *_NAME_SIGNS), builders)))

    def _reading(
        self,
        signs: Sequence[str],
        pattern: re.Pattern[str],
        given: Callable[[Scope, ast.AST], Iterator[_Name]],
    ) -> Iterator[PurePosixPath]:
        """The modules with lines that a pattern matches, if what these read goes into SQL.

        Such a line has one of some signs.
        """
        for path in self._met:
            source = self._source(path)
            if isinstance(source, Unreadable):
                continue
            lines = Lines(source.text)
            met = {at: it for at, it in _said(source.text, lines, signs) if pattern.search(it)}
            tree = self._tree(path) if _may_be_put(met.values(), source.text) else None
            if tree is None:
                continue
            near = scoped(tree, sorted(met))
            names = {it for scope, node in near for it in given(scope, node)}
            nodes = scoped(tree) if names else near
            if any(_is_read(scope, it, names) for scope, node in nodes for it in tables_in(node)):
                yield path


def _said(text: str, lines: Lines, signs: Sequence[str]) -> Iterator[tuple[int, str]]:
    """The lines of a text that have one of some signs, each with its number."""
    for at in sorted({it for sign in signs for it in places(text, sign)}):
        line = lines.place(at)[0]
        end = text.find("\n", at)
        yield line, text[lines.starts[line - 1] : end if end >= 0 else len(text)]


def _may_be_put(met: Iterable[str], text: str) -> bool:
    """Whether a word of some lines may be put into SQL: to read the module costs far more."""
    words = {word for line in met for word in _WORD.findall(line)} - _OBJECTS
    puts = _PUTS.finditer(text) if words else ()
    return any(
        _OWN_NAME in what
        or not words.isdisjoint({what.partition(".")[0], last_part(what)})
        or f"def {last_part(what)}(" in text  # that may return it
        for what in (it["what"] for it in puts)
    )


def _is_read(scope: Scope, table: ast.expr, names: Collection[_Name]) -> bool:
    """Whether what gives a table's name to SQL is the name of something, or one of some names."""
    of = table.func if isinstance(table, ast.Call) else table
    last = of.attr if isinstance(of, ast.Attribute) else getattr(of, "id", "")
    if last == _OWN_NAME or (None, last) in names:
        return True
    return any((scope, it) in names for it in _roots(table))


def _looped(scope: Scope, node: ast.AST) -> Iterator[_Name]:
    """The names to which a loop over the names of fields gives something."""
    match node:
        case ast.For(target=target, iter=items) | ast.comprehension(target=target, iter=items):
            if _OF_FIELDS.search(ast.unparse(items)):
                yield from ((scope, it) for it in _roots(target))


def _named(scope: Scope, node: ast.AST) -> Iterator[_Name]:
    """The names that are given the name of something: attributes, and functions that return it."""
    match node:
        case ast.Assign(targets=[ast.Name(id=name)], value=value) if _asks_its_name(value):
            yield scope, name
        case ast.Assign(targets=[ast.Attribute(attr=name)], value=value) if _asks_its_name(value):
            yield None, name
        case ast.Return(value=ast.expr() as value) if _asks_its_name(value):
            yield None, last_part(scope.function)


def _asks_its_name(value: ast.expr) -> bool:
    return any(isinstance(it, ast.Attribute) and it.attr == _OWN_NAME for it in walked(value))


def _roots(node: ast.expr) -> Iterator[str]:
    yield from (it.id for it in walked(node) if isinstance(it, ast.Name))
