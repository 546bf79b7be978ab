"""Parts of names that are looked for among the tables: `name LIKE 'log_%'`, `it[:4] == "log_"`.

No word of it is an old name, and once the tables are renamed it finds others, or none. What it is
for may be something else, so it is asked, and holds nothing up.
"""

import ast
import re
from collections.abc import Callable, Collection, Iterator
from fnmatch import fnmatchcase

from plan.model import folded
from refactor.apis.callers import scoped
from refactor.finders.finder import Surroundings
from refactor.python.outline import Context, Outline, Scope, Site, Usage, last_part
from refactor.references import Evidence, Reason, Reference
from refactor.text.cutnames import LISTS_NAMES, LISTS_TABLES, is_part
from refactor.text.lines import places

Fits = Callable[[str], bool]
"""Whether a part, or a pattern, fits a folded name."""

_CATALOG = "sqlite_"
_OF_NAME = r"\b(?:\w+\.)?(?:tbl_)?name"
_PATTERN = re.compile(
    rf"{_OF_NAME}\s+(?:NOT\s+)?(?P<how>LIKE|GLOB)\s+'(?P<says>[^'\n]+)'", re.IGNORECASE
)
_PART = re.compile(
    rf"(?:\bsubstr(?:ing)?\(\s*{_OF_NAME}\s*,[^()]*\)\s*(?:=|==|<>|!=|IS|IN\s*\()\s*"
    rf"|\binstr\(\s*{_OF_NAME}\s*,\s*)'(?P<says>[^'\n]+)'",
    re.IGNORECASE,
)
_ASKED = re.compile(rf"{_OF_NAME}\s+(?:NOT\s+)?(?P<how>LIKE|GLOB)\s+[?:@$%]", re.IGNORECASE)
_ENDS = frozenset({"startswith", "endswith", "removeprefix", "removesuffix"})
_REGEXES = frozenset({"compile", "fullmatch", "match", "search"})
_GLOBS = frozenset({"filter", "fnmatch", "fnmatchcase"})
_KINDS = frozenset({"index", "table", "trigger", "view"})
"""What the catalog calls its entries."""
_LETTER = re.compile(r"[^\W\d_]")
_LETTERS = re.compile(r"[^\W\d_]{2,}")
_NO_LETTERS = re.compile(r"\\.|\[[^\]]*\]|\(\?[^)]*[):>]")
"""What in a regular expression stands for no letter of its own."""


def parts_of_names(around: Surroundings) -> Iterator[Reference]:
    """A question for each part of a name that fits old tables which get names that it does not."""
    if around.outline is None or not any(it in around.source.text for it in LISTS_TABLES):
        return  # as in far the most
    for site, says, fits in _sought(around.outline, around):
        at = around.source.text.find(says, site.start, site.end)
        meanings = [
            it
            for old, its in around.legacy.meanings.items()
            if fits(old)
            for it in its
            if not fits(folded(it.new))
        ]
        if meanings and folded(says) not in around.legacy.meanings:
            first = meanings[0]
            yield around.table_reference(
                at if at >= 0 else site.start,
                says if at >= 0 else around.source.text[site.start : site.end],
                meanings,
                clause="catalog",
                evidence=(Evidence(Reason.GRAMMAR, "looked for among the tables that exist"),),
                question=f"it fits {first.old}, which becomes {first.new}: is it for that?",
                mend="see that it fits the new names",
                blocking=False,
            )


def _sought(outline: Outline, around: Surroundings) -> Iterator[tuple[Site, str, Fits]]:
    """What is looked for in the names of tables, and what fits it."""
    lists = set(_listing(outline, around))
    for site in outline.sites:
        for literal in site.literals if any(_CATALOG in it for it in site.literals[:1]) else ():
            for match in _PATTERN.finditer(literal):
                yield site, match["says"], _like(match["how"].upper(), match["says"])
            for match in _PART.finditer(literal):
                yield site, match["says"], _part(match["says"])
        says = site.literals[0] if isinstance(site.node, ast.Constant) else ""
        if not _LETTER.search(says) or says in _KINDS:
            continue
        fits = _asked(site.context, says, around) or _compared(site.context, says)
        if fits and _is_among_tables(site.context, outline, lists, around):
            yield site, says, fits


def _listing(outline: Outline, around: Surroundings) -> Iterator[Scope]:
    """Where a library is asked for the tables' names: `inspect(engine).get_table_names()`."""
    lines = {around.lines.place(at)[0] for at in places(around.source.text, LISTS_NAMES)}
    for scope, node in scoped(outline.tree, sorted(lines)) if lines else ():
        if isinstance(node, ast.Attribute) and f"{node.attr}(".endswith(LISTS_NAMES):
            yield scope


def _is_among_tables(
    context: Context, outline: Outline, lists: Collection[Scope], around: Surroundings
) -> bool:
    """Whether a text is used where the names of tables are at hand."""
    if context.statement is not None or context.scope in lists:
        return True
    if context.scope.function:
        return around.travels.reads_catalog(context.scope)
    # `PREFIX = "log_"`, and `LOGS = re.compile("log_.*")`, for a function to use.
    given = {name for _, name, it in outline.assigned if it is context.inside} | {context.target}
    used = {
        at for at, it in outline.loads if (it.attribute or it.name) in given or it.name in given
    }
    return any(at in lists or around.travels.reads_catalog(at) for at in (context.scope, *used))


def _asked(context: Context, says: str, around: Surroundings) -> Fits | None:
    """What fits a text that is given to a statement which asks the catalog by a pattern."""
    for sql in around.travels.statements_beside(context):
        match = _ASKED.search(sql) if _CATALOG in sql else None
        if match:
            return _like(match["how"].upper(), says)
    return None


def _compared(context: Context, says: str) -> Fits | None:
    """What fits a text that a name is compared with; None if it is for something else."""
    callee = last_part(context.callee)
    if callee in _ENDS:
        return _end(is_end=callee in {"startswith", "removeprefix"}, says=folded(says))
    if callee in _REGEXES and _LETTERS.search(_NO_LETTERS.sub("", says)):
        return _regex(callee, says)
    if callee in _GLOBS and _LETTERS.search(says):
        return lambda name: fnmatchcase(name, folded(says))
    if context.usage is Usage.COMPARED or (context.target and not context.scope.function):
        return _part(says)
    return None


def _end(*, is_end: bool, says: str) -> Fits:
    """What begins, or ends, with a text."""
    return lambda name: name.startswith(says) if is_end else name.endswith(says)


def _part(says: str) -> Fits:
    """What begins or ends with a text that is cut from it where its words meet."""
    return lambda name: is_part(folded(says), name)


def _regex(how: str, says: str) -> Fits | None:
    """What a regular expression fits."""
    try:
        pattern = re.compile(says, re.IGNORECASE)
    except re.error:
        return None
    fits = pattern.fullmatch if how == "fullmatch" else pattern.search
    return lambda name: fits(name) is not None


def _like(how: str, says: str) -> Fits:
    """What a pattern of SQL fits; nothing if it fits all."""
    if not _LETTER.search(says):
        return lambda _name: False
    if how == "GLOB":
        return lambda name: fnmatchcase(name, folded(says))
    pattern = re.escape(folded(says).replace("\\", "")).replace("%", ".*").replace("_", ".")
    return lambda name: re.fullmatch(pattern, name) is not None
