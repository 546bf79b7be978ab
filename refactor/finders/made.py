"""Names that are put together at run time, such as `{kind}_tags`: no word of the code says them.

So are the paths of databases: `f"{folder}/{name}.db"`.
"""

import ast
import re
from collections.abc import Iterable, Iterator, Mapping, Sequence
from pathlib import PurePosixPath

from msgspec.structs import replace

from plan.model import folded
from refactor.apis.libraries import ATTRIBUTES, PACKAGES
from refactor.databases.databasepaths import is_temporary
from refactor.databases.spelledout import spelled_out
from refactor.finders.finder import Surroundings
from refactor.finders.givennames import names_given
from refactor.finders.metaclasses import asks_name, name_given_in
from refactor.finders.pathpieces import path_added, path_made
from refactor.finders.shapes import NAMES_SOURCE
from refactor.python.outline import Scope, Site, Usage, last_part
from refactor.python.syntax import dotted, walked
from refactor.references import Evidence, Reason, Reference
from refactor.sql.names import HOLE, leads_with_verb, table_names
from refactor.travels import BLANK

CALLED_AFTER = ("__name__.lower(", "__name__).lower(")
"""What a module may say that calls tables after its classes."""
_GIVES_SUFFIX = "with_suffix"
_MAKES_PATH = frozenset({"Path", "PurePath"})
_OUTSIDE = Scope()
_PERCENT = re.compile(r"%%|%(?:\(\w*\))?[#0 +-]*\d*[a-zA-Z]")
_BRACES = re.compile(r"\{\{|\}\}|\{[^{}]*\}")
_OF_CLASSES = frozenset(it.name for it in ATTRIBUTES)
_HOLES_ALONE = re.compile(r"(?:\{[^{}\n]+\}|%s){2,}")
_NAME = re.compile(rf"[\w{HOLE}]+")
_BEHIND_WORD = re.compile(rf"\b(?:FROM|JOIN|INTO|UPDATE|TABLE)\s+[\"`\[]?([\w{HOLE}]+)")
"""A name in a part of a statement, such as `(SELECT x FROM t)`."""
_RETURNED = "return"
_CALLED_TABLE = re.compile(r"(?:^|_)(?:table|tbl)(?:_?name)?_*$", re.IGNORECASE)
_FILLS = ("%s", "%(", ".format(", "Template(")
"""What fills a text that is no f-string."""
_SIGNS = "{%$"
_BLANKS = re.compile(r"\w(?:\{\w*\}|%s|%\(|\$)|(?:\}|%s|%\(\w+\)s)\w")
"""A blank for a part of a word."""
_TELLING = 3
"""Letters of a piece that say something."""
_DOUBLED = frozenset({"%%", "{{", "}}"})
_SHOWN = frozenset({Usage.DISPLAYED, Usage.DOCUMENTATION})


def names_made(around: Surroundings) -> Iterator[Reference]:
    """A question for each table's name that is made of pieces and may be an old one.

    It holds nothing up unless a class's name gives an old one: the code may be right as it is, if
    the new names are made alike.
    """
    fills = any(it in around.source.text for it in _FILLS)
    for site in around.outline.sites if around.outline else ():
        if isinstance(site.node, ast.Constant):
            if fills and any(it in site.literals[0] for it in _SIGNS):
                yield from _made_in_template(site, around)
            continue
        if site.context.usage in _SHOWN:
            continue
        sql = written(site.node)
        if HOLE in sql and leads_with_verb(sql):
            yield from _made_in(site, sql, around)
        elif HOLE in sql and not is_temporary(site.context.joined_to or site.node):
            yield from path_made((site.start, site.end), sql, around)
            yield from _path_named(site, sql, around)
            yield from () if _is_of_class(site) else _made_apart(site, sql, around)
            yield from _made_in_part(site, sql, around)
        elif isinstance(site.node, ast.BinOp) and not is_temporary(site.context.joined_to):
            yield from path_added(site.node, sql, around)
            yield from () if _is_of_class(site) else _added(site, sql, around)
    if around.outline and _GIVES_SUFFIX in around.source.text:
        for node in walked(around.outline.tree):
            yield from _with_suffix(node, around)


def _is_of_class(site: Site) -> bool:
    """Whether a class says by it what its table is called: that is read by itself."""
    return site.context.target in _OF_CLASSES and not site.context.scope.function


def _with_suffix(node: ast.AST, around: Surroundings) -> Iterator[Reference]:
    """A question for `Path("data/old").with_suffix(".db")`, whatever names stand for its parts."""
    match node:
        case ast.Call(func=ast.Attribute(value=path, attr=attr), args=[suffix]) if (
            attr == _GIVES_SUFFIX and not is_temporary(path)
        ):
            parts = _path_parts(path)
            stem, ending = (_known(it, around) for it in (parts[-1], suffix))
            folder = _known(parts[-2], around) if parts[1:] else ""
            if stem and ending[:1] == "." and PurePosixPath(stem).name:
                whole = PurePosixPath(folder, PurePosixPath(stem).with_suffix(ending))
                yield from path_added(parts[-1], str(whole), around)
            elif parts[1:] and not stem and ending:
                yield from path_made(around.lines.span(node), f"{HOLE}{ending}", around)


def _path_parts(node: ast.expr) -> list[ast.expr]:
    """The parts of a path that is joined."""
    match node:
        case ast.BinOp(left=left, op=ast.Div(), right=right):
            return [*_path_parts(left), right]
        case ast.Call(args=[*parts]) if parts and last_part(dotted(node.func)) in _MAKES_PATH:
            return parts
        case ast.Call(func=ast.Attribute(value=folder, attr="joinpath"), args=[*parts]) if parts:
            return [*_path_parts(folder), *parts]
    return [node]


def _path_named(site: Site, text: str, around: Surroundings) -> Iterator[Reference]:
    """A question for a path of which names are all that says its file: `FOLDER + NAME + ENDING`."""
    name = re.split(r"[/\\]", text)[-1]
    spaced = any(map(str.isspace, name))
    if HOLE in name and "." not in name and not spaced:
        scope = site.context.scope
        path = _known(site.node, around, scope)
        names = (it for it in walked(site.node) if isinstance(it, ast.expr)) if path else ()
        given = (
            it for each in names for it in around.folders.written(around.source.path, scope, each)
        )
        # Where one name gives all of the file's name, that is read by itself.
        if not any(PurePosixPath(path).name in it for it in given):
            yield from path_added(site.node, path, around)


def _known(node: ast.expr, around: Surroundings, scope: Scope = _OUTSIDE) -> str:
    """The text that an expression comes to with what its names are given; empty if unknown."""

    def text_of(it: ast.expr) -> str | None:
        written = around.folders.written(around.source.path, scope, it)
        return written[0] if len(written) == 1 else None

    spelled = spelled_out(node, text_of)
    known = spelled.value if isinstance(spelled, ast.Constant) else ""
    return known if isinstance(known, str) else ""


def written(node: ast.AST) -> str:
    """What an expression says, with a hole for each part that is no literal."""
    match node:
        case ast.Constant(value=str() as text):
            return text
        case ast.JoinedStr(values=parts):
            return "".join(map(written, parts))
        case ast.BinOp(left=left, op=ast.Add(), right=right):
            return written(left) + written(right)
        case ast.BinOp(left=left, op=ast.Mod()):
            return _PERCENT.sub(_filled, written(left))
        case ast.Call(func=ast.Attribute(value=value, attr="format")):
            return _BRACES.sub(_filled, written(value))
    return HOLE


def _filled(match: re.Match[str]) -> str:
    """A hole, or the sign that a template has to double."""
    return match[0][0] if match[0] in _DOUBLED else HOLE


def _made_in_template(site: Site, around: Surroundings) -> Iterator[Reference]:
    """A question for each name in pieces in a text that is filled elsewhere: `SQL.format(kind)`."""
    text = site.literals[0]
    if leads_with_verb(text) and _BLANKS.search(text) and site.context.usage not in _SHOWN:
        yield from _made_in(site, BLANK.sub(HOLE, text), around)


def _made_in(site: Site, sql: str, around: Surroundings) -> Iterator[Reference]:
    names = filled = table_names(sql)
    if HOLE * 2 in sql:  # what stands first may be a constant: `{PREFIX}{year}`
        filled = table_names(_with_given(site, around))
    for name, known in zip(names, filled if len(filled) == len(names) else names, strict=True):
        # Of one that is known as a whole, the pieces are asked about.
        text = known.name if HOLE in known.name else name.name
        yield from _made_name(site, text, name.clause, around)


def _with_given(site: Site, around: Surroundings) -> str:
    """What an expression says with the constants, and the attributes that are given one text."""
    path, scope = around.source.path, site.context.scope
    parts = around.arguments.constants.parts(path, scope, site.node)
    return "".join(it if isinstance(it, str) else _known(it, around, scope) or HOLE for it in parts)


def _made_name(
    site: Site, text: str, clause: str, around: Surroundings, *, of_class: bool = False
) -> Iterator[Reference]:
    """A question for a name in pieces; only where a class's name gives it, if that is wanted."""
    pieces = text.split(HOLE)
    if len(pieces) == 1 or any(folded(piece) in around.legacy.meanings for piece in pieces):
        return  # a whole old name with something behind it is read as SQL
    pattern = _pattern(pieces)
    may_be = {it: match for it in around.legacy.meanings if (match := pattern.fullmatch(it))}
    after = _called_after(site, may_be, around)
    if after:
        old, path = after
        says = f"a name that is made of a class's, and one in {path} gives {_shown([old], around)}"
        mend = f"make it give {around.legacy.meanings[old][0].new}, or name the table"
        blocking = not of_class or around.travels.builds_names
        yield _question(
            site, text, clause, [old], around, f"{says}: is it?", mend, blocking=blocking
        )
        return
    spelled = (
        names_given(site, written(site.node), may_be, around) if any(pieces) or pieces[2:] else []
    )
    if spelled:
        new = " or ".join(around.legacy.meanings[it][0].new for it in spelled)
        says = f"a name that is put together, and is {_shown(spelled, around)}"
        question = f"{says}: should it be {new} now?"
        mend = f"see that the pieces give {new}"
        yield _question(site, text, clause, spelled, around, question, mend, blocking=True)
    elif may_be and any(pieces) and not of_class:
        names = sorted(may_be)
        says = f"a name that is put together at run time, and may be {_shown(names, around)}"
        mend = "see that the pieces give the new names"
        yield _question(site, text, clause, names, around, f"{says}: is it?", mend, blocking=False)


def _pattern(pieces: Sequence[str]) -> re.Pattern[str]:
    """What fits a name that has these pieces."""
    return re.compile(r"(\w+)".join(map(re.escape, pieces)), re.IGNORECASE | re.ASCII)


def _made_apart(site: Site, text: str, around: Surroundings) -> Iterator[Reference]:
    """The same for a name that another expression puts into SQL: `table = f"{kind}_tags"`."""
    if not _NAME.fullmatch(text) or not any(it.isalpha() for it in text):
        return
    pieces = text.split(HOLE)
    # To make a pattern is dear, and far the most are like no name at all.
    first, last = folded(pieces[0]), folded(pieces[-1])
    like = [it for it in around.legacy.meanings if it.startswith(first) and it.endswith(last)]
    if not like or not any(map(_pattern(pieces).fullmatch, like)):
        return
    of_class = _says_class(site, around)
    if of_class or _goes_into_sql(site, around) or _is_taken(site, text, around):
        yield from _made_name(site, text, "literal", around, of_class=of_class)


def _made_in_part(site: Site, text: str, around: Surroundings) -> Iterator[Reference]:
    """The same for a part of a statement, and for what spells one: `query.FROM(f"{kind}_tags")`."""
    if NAMES_SOURCE.fullmatch(last_part(site.context.callee)):
        text = f"FROM {text}"
    for name in dict.fromkeys(it[1] for it in _BEHIND_WORD.finditer(text)):
        if HOLE in name:
            yield from _made_name(site, name, "a piece", around)


def _is_taken(site: Site, text: str, around: Surroundings) -> bool:
    """Whether a library, or a function of the code, takes it as a table's name."""
    path, context = around.source.path, site.context
    function = last_part(context.callee)
    # To ask is dear, and of a plural's letter it would be asked often.
    if len(max(text.split(HOLE), key=len)) < _TELLING:
        return False
    if not function[:1].islower() and not (
        isinstance(context.inside, ast.Subscript)
        and any(it in around.source.text for it in PACKAGES)
    ):
        return False
    if around.arguments.slot(path, context) is not None:
        return True
    return around.takers.takes_name(path, function, bare=function == context.callee)


def _goes_into_sql(site: Site, around: Surroundings) -> bool:
    """Whether what gets a name is called a table, or stands in SQL of the same function.

    Of what a function gives, the function does, anywhere in the module.
    """
    name, scope = site.context.target, site.context.scope
    if not name or site.context.usage is Usage.KEY or site.context.key:
        return False
    if _CALLED_TABLE.search(name):
        return True
    is_given = name == _RETURNED and bool(scope.function)
    if is_given:
        name = last_part(scope.function)
    return any(
        name == getattr(it, "id", None) or (is_given and name == getattr(it, "attr", None))
        for other in (around.outline.sites if around.outline else ())
        if (is_given or other.context.scope == scope)
        and not isinstance(other.node, ast.Constant)
        and any(HOLE in it.name for it in table_names(written(other.node)))
        for it in walked(other.node)
    )


def _added(site: Site, text: str, around: Surroundings) -> Iterator[Reference]:
    """A question for a name that only the sum of some literals holds: `"bu" + "gs"`."""
    names = [(it.name, it.clause) for it in table_names(text)] or [(text, "literal")]
    for name, clause in names:
        if folded(name) in around.legacy.meanings and not any(name in it for it in site.literals):
            says = "a name that is spelled in pieces: is it the table?"
            mend = "see that the pieces give the new name"
            names_it = [folded(name)]
            yield _question(site, name, clause, names_it, around, says, mend, blocking=True)


def _called_after(
    site: Site, may_be: "Mapping[str, re.Match[str]]", around: Surroundings
) -> tuple[str, PurePosixPath] | None:
    """The old name that a class's own name gives, and where that class is; None if none does."""
    if may_be and _says_class(site, around):
        for old, match in sorted(may_be.items()):
            stem = match[1].replace("_", "")
            for path in around.abroad.few_naming(f"class {stem}"):
                return old, path
    return None


def _says_class(site: Site, around: Surroundings) -> bool:
    """Whether an expression says what a class is called."""
    given = name_given_in(site.context.scope, around.outline) if around.outline else ""
    return any(asks_name(it, given) for it in walked(site.node))


def _shown(names: Iterable[str], around: Surroundings) -> str:
    return " or ".join(around.legacy.meanings[it][0].old for it in names)


def _shown_at(site: Site, text: str, around: Surroundings) -> tuple[int, str]:
    """Where a name in pieces stands, and the longest of them; the holes themselves if it has none.

    Where the pieces stand apart from each other, it is the beginning of what puts them together.
    """
    said = around.source.text[site.start : site.end]
    piece = max(text.split(HOLE), key=len)
    beside = re.escape(piece)
    beside = rf"(?<!\w){beside}(?=[{{%$\"'])|(?:(?<=[}}\"'])|(?<=%s)|(?<=\)s)){beside}(?!\w)"
    if piece and (met := re.search(beside, said)):
        return site.start + met.start(), piece
    if piece and (at := said.find(piece)) >= 0:
        return site.start + at, piece
    if holes := _HOLES_ALONE.search(said):
        return site.start + holes.start(), holes[0]
    return site.start, said.partition("\n")[0]


def _question(
    site: Site,
    text: str,
    clause: str,
    names: Sequence[str],
    around: Surroundings,
    question: str,
    mend: str,
    *,
    blocking: bool,
) -> Reference:
    start, old = _shown_at(site, text, around)
    reference = around.table_reference(
        start,
        old,
        [meaning for it in names for meaning in around.legacy.meanings[it]],
        clause=clause,
        evidence=(Evidence(Reason.GRAMMAR, f"stands in {clause}"),),
        question=question,
        mend=mend,
        blocking=blocking,
    )
    also = [around.legacy.meanings[it][0].old for it in names[1:]]
    return replace(reference, also=tuple(also)) if also else reference
