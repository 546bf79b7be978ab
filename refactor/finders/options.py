"""The value of an option that is called a table: `["tool", "--table", "old"]`, `--table=old`.

What tool that is, and what it does with a name, nobody sees: it is asked, and holds nothing up.
"""

import ast
import re
from collections.abc import Iterator

from plan.model import folded
from refactor.finders.finder import Finder, Found, Surroundings
from refactor.python.outline import Context, Usage, last_part
from refactor.python.strings import Text
from refactor.references import Evidence, Reason, Reference

_OPTION = r"--?(?:[a-z]+[_-])*(?:table|tbl)s?(?:[_-]?names?)?"
_WITH_VALUE = re.compile(
    rf"(?<![\w-]){_OPTION}(?:=|\s+)[\"']?(?P<names>\w+(?:,\w+)*)(?![\w./-])", re.IGNORECASE
)
_BEFORE = re.compile(rf"[\"']{_OPTION}[\"']\s*,\s*[bru]*[\"']*\Z", re.IGNORECASE)
_FARTHEST = 100
"""How far before a literal the option may stand, the space of a line break included."""
_LIST = re.compile(r"\w+(?:,\w+)+")
_WORD = re.compile(r"\w+")
_DECLARES = frozenset({"Option", "add_argument", "add_option", "argument", "option"})
_ARGUMENT = "click.argument"
_PROSE = frozenset({Usage.DISPLAYED, Usage.DOCUMENTATION})
_ASKED = "an option that is called a table gets it: is it the name of this table?"


def tables_in_options(text: Text, around: Surroundings) -> Found | None:
    """A question for each old table that an option is given."""
    if text.context.usage in _PROSE:
        return None
    if _LIST.fullmatch(text.text) and is_option_value(text, around):
        return tuple(_asked(text, (0, len(text.text)), around)) or None
    return in_options(text, around) or None


def gives_option(text: str) -> bool:
    """Whether a text gives an option that is called a table some value."""
    return "-" in text and _WITH_VALUE.search(text) is not None


def is_option_value(text: Text, around: Surroundings) -> bool:
    """Whether a literal stands behind an option's, or is what a declared option may be."""
    context = text.context
    if last_part(context.callee) in _DECLARES:
        match context.inside:
            case ast.Call(args=[*options]) if context.argument in {"default", "choices", "const"}:
                said = (it.value for it in options if isinstance(it, ast.Constant))
                return any(re.fullmatch(_OPTION, str(it), re.IGNORECASE) for it in said)
        return False  # the names of the option itself
    before = around.source.text[max(0, text.start - _FARTHEST) : text.start]
    return _BEFORE.search(before) is not None


def is_option_name(context: Context) -> bool:
    """Whether a literal is what an option or an argument is called: `option("old", "-o")`."""
    match context.inside:
        case ast.Call(args=[ast.Constant(), *_] as names) if context.argument.isdecimal():
            function = last_part(context.callee)
            said = (str(it.value) for it in names if isinstance(it, ast.Constant))
            dashed = any(it.startswith("-") for it in said)
            # What is no option for a command line, such as one of a reader, has a value there.
            return (dashed and function in _DECLARES - {"Option"}) or context.callee == _ARGUMENT
    return False


def in_options(text: Text, around: Surroundings) -> tuple[Reference, ...]:
    """The same in a text that has the option in it, such as a command line."""
    return tuple(
        reference
        for match in _WITH_VALUE.finditer(text.text)
        for reference in _asked(text, match.span("names"), around)
    )


def _asked(text: Text, span: tuple[int, int], around: Surroundings) -> Iterator[Reference]:
    for name in _WORD.finditer(text.text, *span):
        meanings = around.legacy.meanings.get(folded(name[0]), ())
        if meanings:
            yield around.table_reference(
                text.near(*name.span()),
                name[0],
                meanings,
                clause="option",
                evidence=(Evidence(Reason.GRAMMAR, "an option that is called a table gets it"),),
                question=_ASKED,
                mend="change it by hand if it is",
                blocking=False,
            )


FINDER = Finder(
    name="option",
    find=tables_in_options,
    finds=(
        'run(["tool", "--tables", "old,z"])',
        'run(["tool", "--table-name=old"])',
        'run("tool --table old")',
    ),
    ignores=(
        'run(["tool", "--tag", "old"])',
        'run(["tool", "old"])',
        'click.option("--table", "old")',
        'print("tool --table old")',
        'run(["tool", "--table", "data/old"])',
    ),
)
