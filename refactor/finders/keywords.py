"""The names of arguments that a function takes as tables' names: `table_counts(old=3)`."""

import ast
import re
from collections.abc import Iterator

from plan.model import folded
from refactor.finders.byname import is_distinctive
from refactor.finders.finder import Surroundings
from refactor.python.outline import last_part
from refactor.python.syntax import dotted, walked
from refactor.references import Evidence, Reason, Reference

_HEAD = r"\bdef {}\([^)]*\*\*(\w+)"
"""A function that takes arguments of any name, up to what it calls them."""
_DUE = r"\b(?:FROM|INTO|JOIN|TABLE|UPDATE)"
_FARTHEST = 1_500
"""How far below its head a function is looked through."""
_ADDS = re.compile(r"(?:^|\.)[A-Z][A-Z0-9_]*\.update$")
"""How a constant gets entries by the names of arguments."""
_KEYWORD = re.compile(r"[(,]\s*(\w+)\s*=(?!=)")


def tables_in_keywords(tree: ast.Module, around: Surroundings) -> Iterator[Reference]:
    """A question for each argument that is called as an old table, where it may become its name."""
    said = {*_KEYWORD.findall(around.source.text)}
    if not any(folded(it) in around.legacy.meanings for it in said):
        return  # as in far the most
    # Nobody has read it so far if no text in it could refer.
    flow = around.flow if around.outline else None
    found = around.abroad.keywords(around.source.path, flow)
    put = {(it.lineno, it.col_offset) for it in found}
    for node in walked(tree):
        if not isinstance(node, ast.Call):
            continue
        for keyword in node.keywords:
            name = keyword.arg or ""
            if folded(name) not in around.legacy.meanings:
                continue
            here = (keyword.lineno, keyword.col_offset) in put
            if here or _is_put_by_fixture(dotted(node.func), around):
                yield _asked(keyword, "its function puts the names of arguments into SQL", around)
            elif _may_be_taken(dotted(node.func), name, around):
                says = "the names of arguments may be put into SQL"
                yield _asked(keyword, says, around, blocking=False)


def _may_be_taken(callee: str, name: str, around: Surroundings) -> bool:
    """Whether a call makes a dictionary, or is of a function elsewhere that takes any name.

    Or adds to a dictionary which other modules may have made and read.
    """
    path, takers = around.source.path, around.takers
    shared = _ADDS.search(callee) is not None
    is_near = (shared or is_distinctive(name)) and (
        takers.builds(path) or takers.meets_builder(path)
    )
    if callee == "dict" or shared:
        return is_near
    function = last_part(callee)
    paths = around.abroad.few_naming(f"def {function}") if function else ()
    sources = [it.text for it in map(around.abroad.source, paths) if it]
    if is_near and any(_takes_any(function, name, it) for it in sources):
        return True
    takes = takers.has_taker(paths, function)
    return takes and any(_loops_over_names(function, it) for it in sources)


def _is_put_by_fixture(callee: str, around: Surroundings) -> bool:
    """Whether a fixture gives a function of this name that puts its arguments' names into SQL."""
    if not callee.isidentifier():
        return False
    given = around.abroad.callees.given_by_fixture(around.source.path, callee)
    found = ((around.abroad.source(path), function.name) for path, function in given)
    return any(it is not None and _loops_over_names(name, it.text) for it, name in found)


def _takes_any(function: str, name: str, source: str) -> bool:
    """Whether a function takes arguments of any name, and this one as none of its own."""
    return any(
        not re.search(rf"\b{re.escape(name)}\b", defined[0])
        for defined in re.finditer(_HEAD.format(re.escape(function)), source)
    )


def _loops_over_names(function: str, source: str) -> bool:
    """Whether a function puts each name of its arguments where a statement names its table."""
    for defined in re.finditer(_HEAD.format(re.escape(function)), source):
        body = source[defined.end() : defined.end() + _FARTHEST]
        loop = re.search(rf"\bfor\s+(\w+)(?:\s*,\s*\w+)?\s+in\s+{defined[1]}\b", body)
        if loop and re.search(rf"{_DUE}\s+[\"'`\[]*\{{{loop[1]}\}}", body[loop.end() :]):
            return True
    return False


def _asked(
    keyword: ast.keyword, says: str, around: Surroundings, *, blocking: bool = True
) -> Reference:
    name = keyword.arg or ""
    return around.table_reference(
        around.lines.offset(keyword.lineno, keyword.col_offset),
        name,
        around.legacy.meanings[folded(name)],
        clause="identifier",
        evidence=(Evidence(Reason.FLOW, says),),
        question=f"{says}: is it the table?",
        mend="see that it gives the new name",
        blocking=blocking,
    )
