"""What a program takes where its command line does not say: the defaults of its options."""

import ast
import re
from collections.abc import Iterator

from refactor.databases.toldoutside import AT_ITS_PLACE
from refactor.python.assignments import Function, Module
from refactor.python.callsites import parameters_named
from refactor.python.outline import last_part
from refactor.python.syntax import dotted, walked

_DECLARES = ("add_argument", "add_option")
PARSES = ("parse_args", "parse_known_args", "parse_intermixed_args")
_PARSED = re.compile(r"(?:^|_)(?:args?|arguments|opts?|options|namespace|ns|parsed)(?:$|_)")
"""What a parameter is called, by custom, that is given what the command line says."""
_DECORATES = ("option", "argument")
_COMMANDS = ("command", "callback")
_OF_TYPER = ("Option", "Argument")
"""What says of a parameter how the command line says it, with its default first."""
_PATHS = ("str", "Path")
_SETTINGS = "BaseSettings"
"""The class of pydantic's whose heirs read the environment."""
ENVIRONMENT = ("environ.get", "getenv")
"""How the environment is asked."""


def options_named(module: Module, name: str) -> Iterator[ast.Call]:
    """The calls that declare an option which the parsed ones have as an attribute of this name."""
    for call in (it for each in _DECLARES for it in module.calls.get(each, ())):
        if name == destination_of(call):
            yield call


def destination_of(call: ast.Call) -> str:
    """What the parsed options have as an attribute for the option that a call declares."""
    said = _given(call, "dest")
    return said if isinstance(said, str) else _called(call)


def declares(call: ast.Call) -> bool:
    """Whether a call declares an option by its name."""
    return last_part(dotted(call.func)) in _DECLARES


def is_parsed(parameter: ast.arg) -> bool:
    """Whether a parameter is given what the command line says, by its annotation or its name."""
    if parameter.annotation is not None:
        return dotted(parameter.annotation).endswith("Namespace")
    return bool(_PARSED.search(parameter.arg))


def options_of(function: Function, name: str) -> Iterator[ast.Call]:
    """The decorators of a function that declare the option which this parameter gets."""
    for it in function.decorator_list:
        if isinstance(it, ast.Call) and last_part(dotted(it.func)) in _DECORATES:
            bare = (text for text in _texts(it) if not text.startswith("-"))
            if name == (next(bare, "") or _called(it)):
                yield it


def is_asked_for(function: Function, parameter: ast.arg, default: ast.expr | None) -> bool:
    """Whether the command line has to say what a command of typer's gets: `source: Path`."""
    decorators = (it.func if isinstance(it, ast.Call) else it for it in function.decorator_list)
    if parameter.annotation is None or not any(_is_command(it) for it in decorators):
        return False
    if isinstance(default, ast.Call):
        usual = next(iter(default.args), None)
        default = None if isinstance(usual, ast.Constant) and usual.value is ... else usual
    named = (it.id for it in walked(parameter.annotation) if isinstance(it, ast.Name))
    return default is None and any(it in _PATHS for it in named)


def _is_command(decorator: ast.expr) -> bool:
    return last_part(dotted(decorator)) in _COMMANDS


def default_of(call: ast.Call) -> ast.expr | None:
    """The default that an option is declared with."""
    return next((it.value for it in call.keywords if it.arg == "default"), None)


def is_set_outside(cls: ast.ClassDef) -> bool:
    """Whether the environment may say the fields of a class, whatever they are by default."""
    return any(last_part(dotted(it)) == _SETTINGS for it in cls.bases)


def spelled_by(call: ast.Call) -> Iterator[str]:
    """What a call's value is called where a program is started: its options and variables."""
    texts = _texts(call)
    yield from (it for it in texts if it.startswith("-"))
    if last_part(dotted(call.func)) in ("add_argument", "argument", "Argument") and not any(
        it.startswith("-") for it in texts
    ):
        yield AT_ITS_PLACE
    if dotted(call.func).endswith(ENVIRONMENT):
        yield from _texts(call)[:1]
    for it in call.keywords:
        if it.arg == "envvar":
            names = it.value.elts if isinstance(it.value, ast.List | ast.Tuple) else [it.value]
            yield from (str(name.value) for name in names if isinstance(name, ast.Constant))


def spelled_as(parameter: str, function: Function) -> tuple[str, ...]:
    """How the command line says a parameter of a command of typer's; nothing for any other."""
    decorators = (it.func if isinstance(it, ast.Call) else it for it in function.decorator_list)
    if not any(map(_is_command, decorators)):
        return ()
    said = (it.annotation for it in parameters_named(function, parameter) if it.annotation)
    calls = (it for each in said for it in walked(each) if isinstance(it, ast.Call))
    return (f"--{parameter.replace('_', '-')}", *(it for call in calls for it in spelled_by(call)))


def has_default(call: ast.Call) -> bool:
    """Whether a call gives what who starts the program says, or else what it is given here."""
    name = dotted(call.func)
    asks = name.endswith(ENVIRONMENT) or last_part(name) in _OF_TYPER
    return asks or default_of(call) is not None


def _given(call: ast.Call, keyword: str) -> object:
    values = (it.value for it in call.keywords if it.arg == keyword)
    return next((it.value for it in values if isinstance(it, ast.Constant)), None)


def _called(call: ast.Call) -> str:
    """What the value of an option is called: its first long name, or else its first."""
    texts = _texts(call)
    names = [it for it in texts if it.startswith("--")] or texts
    return names[0].lstrip("-").replace("-", "_") if names else ""


def _texts(call: ast.Call) -> list[str]:
    values = (it.value for it in call.args if isinstance(it, ast.Constant))
    return [it for it in values if isinstance(it, str)]
