"""Identifiers that become a table's name at run time, though no literal says it.

An attribute does where a class of the code has a `__getattr__` that puts it into SQL, or where
SQLAlchemy makes a class for each table; a member of a `StrEnum` does where it is given `auto()`.
The other way round, a function may be looked up by a table's: `getattr(self, f"load_{table}")`.
"""

import ast
import re
from collections.abc import Iterator
from pathlib import PurePosixPath

from plan.model import folded
from refactor.finders.finder import Surroundings
from refactor.flow.functions import EVERYDAY
from refactor.python.outline import last_part
from refactor.python.syntax import dotted, given_in, statements_in, walked
from refactor.references import Evidence, Reason, Reference
from refactor.sql.names import HOLE

_TAKES_ATTRIBUTES = "__getattr__"
_ONLY_LOOKS = frozenset(
    {"getattr", "hasattr", "setattr", "isinstance", "AttributeError", "repr", _TAKES_ATTRIBUTES}
)
"""What an attribute's name is given to where it is the name of an attribute, and no more."""
_AUTOMAP = "automap"
_MAKES_CLASSES = "automap_base"
_BASE = "StrEnum"
_PUTS_NAME = re.compile(
    r"\b(?:FROM|JOIN|INTO|UPDATE|TABLE)\s+[\"'`\[]*(?:\{[\w.]*\.name\b|[\"']\s*\+\s*[\w.]*\.name\b)",
    re.IGNORECASE,
)
_DUE = r"\b(?i:FROM|JOIN|INTO|UPDATE|TABLE)\s+[\"'`\[]*"
_VALUE = r"(?:\.(?:value|name))?"
_MAKES_VALUES = "_generate_next_value_"


def names_taken(tree: ast.Module, around: Surroundings) -> Iterator[Reference]:
    """A question for each identifier of a module that may become an old table's name."""
    yield from _attributes(tree, around)
    yield from _mapped(tree, around)
    yield from _members(tree, around)
    yield from _named_members(tree, around)
    yield from _looked_up(tree, around)


def _attributes(tree: ast.Module, around: Surroundings) -> Iterator[Reference]:
    takers = around.abroad.few_naming(f"def {_TAKES_ATTRIBUTES}")
    puts = around.takers.has_taker(takers, _TAKES_ATTRIBUTES)
    if not puts and not any(_hands_name_on(it, around) for it in takers):
        return
    for node in walked(tree):
        match node:
            case ast.Attribute(attr=name, ctx=ast.Load()):
                pass
            case ast.Call(func=ast.Name(id="getattr"), args=[_, ast.Constant(value=str(name)), *_]):
                pass
            case _:
                continue
        if folded(name) not in around.legacy.meanings or name.isupper():
            continue
        start = _start_of(node, name, around)
        if start is not None and not around.abroad.few_naming(f"def {name}"):
            does = "puts" if puts else "may put"
            says = f"{_TAKES_ATTRIBUTES} {does} an attribute's name into SQL"
            pressing = puts and name not in EVERYDAY
            yield from _asked(start, name, says, around, pressing=pressing)


def _start_of(node: ast.expr, name: str, around: Surroundings) -> int | None:
    """Where an attribute is named, by itself or by a literal; None where it is spelled oddly."""
    if isinstance(node, ast.Call):
        start = around.lines.offset(node.args[1].lineno, node.args[1].col_offset) + len('"')
        return start if around.source.text.startswith(name, start) else None
    return around.lines.offset(node.end_lineno or 0, node.end_col_offset or 0) - len(name)


def _hands_name_on(path: PurePosixPath, around: Surroundings) -> bool:
    """Whether a module's `__getattr__` gives the name to something that may put it into SQL."""
    tree = around.abroad.tree(path) if around.takers.builds(path) else None
    return any(
        isinstance(call, ast.Call)
        and last_part(dotted(call.func)) not in _ONLY_LOOKS
        and any(isinstance(it, ast.Name) and it.id == name for it in given_in(call))
        for function in (walked(tree) if tree else ())
        if isinstance(function, ast.FunctionDef) and function.name == _TAKES_ATTRIBUTES
        for name in [it.arg for it in function.args.args[1:2]]
        for call in walked(function)
    )


def is_automapped(around: Surroundings) -> bool:
    """Whether a module, or another one, has SQLAlchemy make classes for the tables that exist."""
    return _AUTOMAP in around.source.text or bool(around.abroad.few_naming(_MAKES_CLASSES))


def _mapped(tree: ast.Module, around: Surroundings) -> Iterator[Reference]:
    """Classes that SQLAlchemy has made, and named after tables: `Base.classes.old`."""
    if ".classes." not in around.source.text or not is_automapped(around):
        return  # as in far the most
    for node in walked(tree):
        match node:
            case ast.Attribute(value=ast.Attribute(attr="classes"), attr=name) if (
                folded(name) in around.legacy.meanings
            ):
                end = around.lines.offset(node.end_lineno or 0, node.end_col_offset or 0)
                says = "SQLAlchemy's automap names a class after its table"
                yield from _asked(end - len(name), name, says, around, pressing=True)


def _named_members(tree: ast.Module, around: Surroundings) -> Iterator[Reference]:
    """Members of an enumeration whose own names are put into SQL: `f"… FROM {kind.name}"`."""
    if "Enum" not in around.source.text or not _PUTS_NAME.search(around.source.text):
        return  # as in far the most
    for cls in statements_in(tree):
        if isinstance(cls, ast.ClassDef) and any(
            last_part(dotted(it)).endswith("Enum") for it in cls.bases
        ):
            for statement in cls.body:
                match statement:
                    case ast.Assign(targets=[ast.Name(id=name) as node]) if (
                        folded(name) in around.legacy.meanings
                    ):
                        start = around.lines.offset(node.lineno, node.col_offset)
                        says = f"the name of {cls.name}.{name} may be put into SQL"
                        pressing = _is_put(cls.name, name, r"\.name", around)
                        yield from _asked(start, name, says, around, pressing=pressing)


def _is_put(owner: str, member: str, read: str, around: Surroundings) -> bool:
    """Whether SQL gets its table by a member of an enumeration, or by each in a loop."""
    paths = around.abroad.few_naming(owner)
    texts = {around.source.text, *(it.text for it in map(around.abroad.source, paths) if it)}
    whose = rf"(?:\w+\.)*{owner}"
    for text in texts:
        loops = re.findall(rf"\bfor\s+(\w+)\s+in\s+{whose}\b", text)
        put = "|".join((rf"{whose}\.{member}", *loops))
        if re.search(rf"{_DUE}(?:\{{|[\"']\s*\+\s*)(?:{put}){read}\b(?![.(])", text):
            return True
    return False


def _members(tree: ast.Module, around: Surroundings) -> Iterator[Reference]:
    text = around.source.text
    if "auto" not in text or (_BASE not in text and _MAKES_VALUES not in text):
        return  # as in far the most
    for cls in statements_in(tree):
        if not isinstance(cls, ast.ClassDef):
            continue
        bases = {last_part(dotted(base)) for base in cls.bases}
        made = any(isinstance(it, ast.FunctionDef) and it.name == _MAKES_VALUES for it in cls.body)
        if _BASE not in bases and not made:
            continue
        for statement in cls.body:
            match statement:
                case ast.Assign(targets=[ast.Name(id=name) as node], value=ast.Call(func=func)) if (
                    last_part(dotted(func)) == "auto" and folded(name) in around.legacy.meanings
                ):
                    start = around.lines.offset(node.lineno, node.col_offset)
                    says = f"{cls.name}.{name} is made of its own name"
                    called = "table" in cls.name.lower()
                    pressing = called or _is_put(cls.name, name, _VALUE, around)
                    yield from _asked(start, name, says, around, pressing=pressing)


def _looked_up(tree: ast.Module, around: Surroundings) -> Iterator[Reference]:
    """Functions that are looked up by names which are made of a table's."""
    path, text = around.source.path, around.source.text
    if "getattr(" not in text and "globals()" not in text:
        return  # as in far the most
    if not (around.takers.builds(path) or "sqlite_master" in text):
        return
    patterns = set[str]()
    for node in walked(tree):
        match node:
            case (
                ast.Call(func=ast.Name(id="getattr" | "hasattr"), args=[_, made, *_])
                | ast.Subscript(value=ast.Call(func=ast.Name(id="globals")), slice=made)
                | ast.Call(
                    func=ast.Attribute(value=ast.Call(func=ast.Name(id="globals")), attr="get"),
                    args=[made, *_],
                )
            ):
                pieces = _pieces(made)
                if pieces[1:] and not pieces[2:] and any(pieces):
                    patterns.add(r"(\w+)".join(map(re.escape, pieces)))
    for node in statements_in(tree) if patterns else ():
        if isinstance(node, ast.FunctionDef | ast.AsyncFunctionDef):
            found = (re.fullmatch(pattern, node.name) for pattern in patterns)
            match = next(
                (it for it in found if it and folded(it[1]) in around.legacy.meanings), None
            )
            if match:
                start = around.lines.offset(node.lineno, node.col_offset)
                start = around.source.text.find(node.name, start) + match.start(1)
                says = "this function is looked up by a name that is made of a table's"
                yield from _asked(start, match[1], says, around, pressing=False)


def _pieces(node: ast.expr) -> list[str]:
    """What a name is made of beside what is only known at run time."""
    match node:
        case ast.JoinedStr(values=values):
            return "".join(
                str(it.value) if isinstance(it, ast.Constant) else HOLE for it in values
            ).split(HOLE)
        case ast.BinOp(left=ast.Constant(value=str() as before), op=ast.Add()):
            return [before, ""]
    return []


def _asked(
    start: int, name: str, says: str, around: Surroundings, *, pressing: bool
) -> Iterator[Reference]:
    if around.source.text[start : start + len(name)] != name:
        return  # an identifier that Python folds: it is spelled otherwise
    yield around.table_reference(
        start,
        name,
        around.legacy.meanings[folded(name)],
        clause="identifier",
        evidence=(Evidence(Reason.FLOW, says),),
        question=f"{says}: is it the table?",
        mend="see that it gives the new name",
        blocking=pressing,
    )
