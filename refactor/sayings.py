"""What modules say to people with a table's name in it: `f"{self.table}: no {key}"`.

Nothing is wrong with that; but whoever compares it, as tests do, has the old name in mind.
"""

import ast
import re
from collections.abc import Callable, Collection, Iterable, Iterator
from pathlib import PurePosixPath

from msgspec import Struct

from refactor.holes import tables_in
from refactor.python.outline import Outline, Scope, Site, Usage, last_part
from refactor.python.syntax import dotted, literals_in, spelled
from refactor.recent import Recent
from refactor.sql.names import HOLE, leads_with_verb
from refactor.text.lines import Lines
from refactor.text.source import Source

_KEPT = 1_000
_NUMBER = re.compile(r"%[#0 +-]*\d*(?:\.\d+)?[dfir]")
_QUOTES = "'\""
_CALLED = r"(?:table|tbl)(?:_?name)?"
_CALLED_TABLE = re.compile(_CALLED)
_CALLED_TABLES = re.compile(r"(?:table|tbl)", re.IGNORECASE)
_SAYS_TABLE = rf"(?-u:\{{(?:\w+\.)*{_CALLED}(?:![rsa])?\}})"
"""How a text says the name of a table that it is given."""


class Saying(Struct, frozen=True):
    """One text that is shown to people, around what it says of a table."""

    path: PurePosixPath
    line: int
    before: str
    """What stands before the table's name, up to what is only known at run time."""
    after: str
    begins: bool
    """Whether nothing stands before that."""
    ends: bool
    between: str = ""
    """What stands between the names, where it is a list of them that is joined."""
    listed: frozenset[str] | None = None
    """These, if they are seen."""

    def fits(self, before: str, name: str, after: str) -> bool:
        """Whether a text may be of what is said, by what it has around a name."""
        if self.listed is not None and name not in self.listed:
            return False
        if self.between:
            between = re.escape(self.between)
            before = re.sub(rf"(?:\w+{between})+\Z", "", before)
            after = re.sub(rf"\A(?:{between}\w+)+", "", after)
        if not _meets(self.before[::-1], before[::-1], whole=self.begins):
            return False
        if not _meets(self.after, after, whole=self.ends):
            return False
        common = (self.before[-len(before) :] if before else "") + self.after[: len(after)]
        alike = self.begins and not before and bool(common.strip())
        return alike or any(map(str.isalpha, common))


class Sayings:
    """Answers what modules say to people of the tables whose names they put into SQL."""

    def __init__(
        self,
        builders: Callable[[PurePosixPath], Iterable[PurePosixPath]],
        used: Callable[[Iterable[PurePosixPath]], frozenset[PurePosixPath]],
        matching: Callable[[str, Collection[PurePosixPath]], frozenset[PurePosixPath]],
        read: Callable[[PurePosixPath], tuple[Source, Outline] | None],
    ) -> None:
        """Look through these modules.

        Args:
            builders: those near to one that put names into SQL.
            used: those that some modules import.
            matching: those of some with a line that a pattern matches.
            read: what a module says, if it is one.
        """
        self._builders = builders
        self._used = used
        self._matching = matching
        self._read = read
        self._near: Recent[PurePosixPath, tuple[Saying, ...]] = Recent(_KEPT)
        self._said: Recent[PurePosixPath, tuple[Saying, ...]] = Recent(_KEPT)

    def near(self, path: PurePosixPath) -> tuple[Saying, ...]:
        """What a module says, and what those say that it imports, directly or by a third one."""
        known = self._near.get(path)
        if known is None:
            builders = tuple(self._builders(path))
            # Errors have modules of their own, where nothing but its name says what a table is.
            rest = self._used(builders).difference(builders) if builders else frozenset()
            telling = sorted(self._matching(_SAYS_TABLE, rest)) if rest else ()
            found = tuple(it for at in (*builders, *telling) for it in self._in(at))
            known = self._near.keep(path, found)
        return known

    def _in(self, path: PurePosixPath) -> tuple[Saying, ...]:
        known = self._said.get(path)
        if known is None:
            module = self._read(path)
            known = self._said.keep(path, tuple(_said_in(path, *module)) if module else ())
        return known


def _said_in(path: PurePosixPath, source: Source, outline: Outline) -> Iterator[Saying]:
    tables = {
        _key(site.context.scope, table) for site in outline.sites for table in tables_in(site.node)
    }
    lines = Lines(source.text)
    for site in outline.sites:
        shown = site.context.usage is Usage.DISPLAYED
        if not shown and isinstance(site.node, ast.Constant):
            continue  # as far the most
        text, holes = spelled(_filled(site))
        parts = text.split(HOLE)
        for at, hole in enumerate(holes):
            key = _key(site.context.scope, hole)
            between, listed = _joined(hole, outline)
            if between or (shown and key in tables) or _is_told(text, key, site):
                yield Saying(
                    path,
                    lines.place(site.start)[0],
                    parts[at],
                    parts[at + 1],
                    begins=at == 0,
                    ends=at + 1 == len(holes),
                    between=between,
                    listed=listed,
                )


def _joined(hole: ast.expr, outline: Outline) -> tuple[str, frozenset[str] | None]:
    """What joins a list in a text, `', '.join(TABLES)`, and what stands in that if it is seen.

    Words are not told apart that only spaces are between.
    """
    match hole:
        case ast.Call(
            func=ast.Attribute(value=ast.Constant(value=str() as between), attr="join"),
            args=[given],
        ) if between.strip():
            pass
        case _:
            return "", None
    while isinstance(given, ast.Call) and len(given.args) == 1:
        given = given.args[0]  # as sorted
    shown = [given]
    if isinstance(given, ast.Name):
        shown = [it for _, name, it in outline.assigned if name == given.id]
    listed = {literal for it in shown for literal in literals_in(it)}
    tables = listed or _CALLED_TABLES.search(dotted(given))
    return (between, frozenset(listed) or None) if tables else ("", None)


def _is_told(text: str, key: tuple[Scope, str], site: Site) -> bool:
    """Whether something that is called a table is put into a text that is no SQL."""
    called = _CALLED_TABLE.fullmatch(last_part(key[1])) is not None
    return called and bool(site.context.scope.function) and not leads_with_verb(text)


def _filled(site: Site) -> ast.expr:
    """A text with what `%`, or a log, fills it with: `log.info("cleared %s", table)`."""
    match site.node, site.context.inside:
        case ast.BinOp(left=ast.Constant(value=str() as text), op=ast.Mod(), right=given), _:
            return ast.BinOp(ast.Constant(_NUMBER.sub("%s", text)), ast.Mod(), given)
        case ast.Constant(value=str() as text), ast.Call(args=[first, *more]) if (
            more and first is site.node
        ):
            return ast.BinOp(ast.Constant(_NUMBER.sub("%s", text)), ast.Mod(), ast.Tuple(more))
    return site.node


def _key(scope: Scope, node: ast.expr) -> tuple[Scope, str]:
    """What an expression is about: a name of its function, or an attribute of its class."""
    name = dotted(node)
    return (Scope(scope.owner) if "." in name else scope), name


def _meets(said: str, text: str, *, whole: bool) -> bool:
    """Whether a text goes on as something said, as far as both do.

    Args:
        said: what is said next to the name.
        text: what the text has there.
        whole: whether no more is said there.
    """
    said, text = said.lstrip(_QUOTES), text.lstrip(_QUOTES)
    if not text.startswith(said):
        return said.startswith(text)
    rest = text[len(said) :]
    return not (whole and (rest[:1].isalnum() or rest[:1] == "_"))
