"""Files without an ending that says what they are, but opened as databases: of other programs."""

import ast
import re
from collections.abc import Iterator

from refactor.databases.databasepaths import SUFFIX, is_file, is_temporary
from refactor.databases.definers import Definers
from refactor.databases.drivers import SQLITE_DRIVERS
from refactor.databases.filepaths import AFTER_A_NAME, SAME_FILE, TAKES_PATH
from refactor.databases.openings import TOO_DEEP, At
from refactor.databases.optiondefaults import ENVIRONMENT
from refactor.python.assignments import FUNCTIONS
from refactor.python.callsites import defaults_of, parameters_named
from refactor.python.modules import Names
from refactor.python.outline import last_part
from refactor.python.syntax import dotted, walked

_OF_WHO_STARTS = frozenset({"os.environ", "environ", "sys.argv", "argv"})
_READS = frozenset({"load", "loads", "safe_load"})
"""What reads settings that are not in the code."""
_MADE = re.compile(rf"[^/\s{{}}]*\.{SUFFIX}")
"""The end of a path whose name is put together."""
_FETCHES = frozenset(
    {
        *("input", "askopenfilename", "getOpenFileName", "urlretrieve", "extract"),
        *("glob", "rglob", "iglob", "copy", "copy2", "copyfile", "secure_filename"),
    }
)
"""What gives a path that its user picks, or of a file that it finds, copies or loads."""
_ONE_OF = ("next", "min", "max", "sorted", "list")
_UPLOADED = "filename"
_DRIVERS = SQLITE_DRIVERS | {"peewee", "playhouse"}


def opens_a_file(func: ast.expr, names: Names) -> bool:
    """Whether what is called is a driver's for SQLite, which opens the very path that it gets."""
    package, _ = names.imports.get(dotted(func).partition(".")[0], ("", ""))
    return package.partition(".")[0] in _DRIVERS


def end_of(  # noqa: PLR0911 - one return for each shape
    node: ast.expr, at: At, code: Definers
) -> str:
    """The end of a path as it is spelled: the only one, and in no folder for the moment."""
    if at.depth > TOO_DEEP or _is_for_the_moment(node, at, code):
        return ""
    match node:
        case ast.Constant(value=str() as text):
            return text if is_file(text) else ""
        case ast.BinOp(op=ast.Div(), right=last):
            return end_of(last, at.deeper(), code)
        case ast.BinOp(op=ast.Add(), right=ast.Constant(value=str() as text)):
            return text.lstrip("/") if "/" in text and is_file(text) else ""
        case ast.JoinedStr(values=[*_, ast.FormattedValue(value=value), ast.Constant(value=rest)]):
            question = str(rest)[:1] == "?"  # of a URL
            return end_of(value, at.deeper(), code) if question else _behind(str(rest))
        case ast.Call(func=ast.Attribute(value=value, attr=attr), args=[]) if attr in SAME_FILE:
            return end_of(value, at.deeper(), code)
        case ast.Call(func=func, args=[*before, last]) if last_part(dotted(func)) in TAKES_PATH:
            named = last_part(dotted(func)) in AFTER_A_NAME and not before
            return "" if named else end_of(last, at.deeper(), code)
        case ast.Name() | ast.Attribute():
            given = [*_given(node, at, code)]
            return end_of(given[0][0], given[0][1], code) if len(given) == 1 else ""
    return ""


def _behind(text: str) -> str:
    """The end of a path that stands behind what is put in."""
    if made := _MADE.fullmatch(text):
        return f"{{}}{made[0]}"
    return text.lstrip("/") if "/" in text and is_file(text) else ""


def is_unsaid(  # noqa: C901, PLR0911 - one branch and one return for each shape
    node: ast.expr, at: At, code: Definers
) -> bool:
    """Whether the environment says a path, the command line, a file or a user, and no code does."""
    if at.depth > TOO_DEEP:
        return False
    match node:
        case ast.Call(func=ast.Name(id=name), args=[of, *_]) if name in _ONE_OF:
            return is_unsaid(of, at.deeper(), code)
        case ast.Call(func=func) if last_part(dotted(func)) in _FETCHES:
            return True
        case ast.BinOp(right=last):
            return is_unsaid(last, at.deeper(), code)
        case ast.Subscript(value=ast.Call() as call):
            return is_unsaid(call, at.deeper(), code)
        case ast.Attribute(attr=attr) if attr == _UPLOADED:
            return True
        case ast.Subscript(value=base):
            read = (it for it, _ in code.given_as(base, at) if isinstance(it, ast.Call))
            return dotted(base) in _OF_WHO_STARTS or any(
                last_part(dotted(it.func)) in _READS for it in read
            )
        case ast.Call(func=func, args=[_]) if dotted(func).endswith(ENVIRONMENT):
            return not node.keywords
        case ast.Call(func=func, args=[*_, path]) if last_part(dotted(func)) in TAKES_PATH:
            return is_unsaid(path, at.deeper(), code)
        case ast.Name() | ast.Attribute():
            given = _given(node, at, code)
            return len(given) == 1 and is_unsaid(*given[0], code)
    return False


def is_required(of: ast.expr, attr: str, at: At, code: Definers) -> bool:
    """Whether settings have a field for it without a default, as `Settings()` of pydantic's."""
    return any(
        isinstance(field, ast.AnnAssign) and field.value is None and dotted(field.target) == attr
        for cls in _made_of_nothing(of, at, code)
        for field in cls.body
    )


def _made_of_nothing(node: ast.expr, at: At, code: Definers) -> Iterator[ast.ClassDef]:
    """The classes with a base of whose objects an expression is one, made without arguments."""
    if at.depth > TOO_DEEP:
        return
    for call, where in [(node, at)] if isinstance(node, ast.Call) else code.given_as(node, at):
        if isinstance(call, ast.Call) and not (call.args or call.keywords):
            for found, inside in code.definitions(call.func, where.deeper()):
                if isinstance(found, ast.ClassDef) and found.bases:
                    yield found
                elif isinstance(found, FUNCTIONS):
                    for it in inside.module.results(found):
                        yield from _made_of_nothing(it, inside.deeper(), code)


def _given(node: ast.Name | ast.Attribute, at: At, code: Definers) -> list[tuple[ast.expr, At]]:
    """What a name is given: what the call gives that is followed, its default, or what is set."""
    name = node.id if isinstance(node, ast.Name) else ""
    function = next((it for it in at.around if name and parameters_named(it, name)), None)
    if function is None:
        found = [*code.given_as(node, at)]
        scopes = (it for it in at.around if name and not found and isinstance(it, FUNCTIONS))
        unpacked = (it.node for scope in scopes for it in at.module.given(scope, name))
        found += ((it.value, at.deeper()) for it in unpacked if isinstance(it, ast.Assign))
        return found
    if name in at.given:
        value, where = at.given[name]
        return [(value, where.deeper())]
    usual = defaults_of(function).get(name) if isinstance(function, FUNCTIONS) else None
    return [(usual, at.deeper())] if usual else []


def _is_for_the_moment(node: ast.expr, at: At, code: Definers) -> bool:
    names = (it for it in walked(node) if isinstance(it, ast.Name))
    return is_temporary(node) or any(
        is_temporary(value) for it in names for value, _ in code.given_as(it, at)
    )
