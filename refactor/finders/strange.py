"""What is done with a name outside of SQL, where its new name might not do as well."""

import ast
import re
from collections.abc import Iterator, Sequence
from pathlib import PurePosixPath

from msgspec.structs import replace

from plan.model import folded
from refactor.finders.checks import answers_alike
from refactor.finders.commands import RUNS_COMMANDS
from refactor.finders.completed import is_completed
from refactor.finders.finder import Surroundings
from refactor.finders.results import met_in_results
from refactor.flow.comparisons import Comparison
from refactor.flow.consumers import What
from refactor.flow.reach import Use
from refactor.legacy import Meaning
from refactor.python.outline import Scope, last_part
from refactor.python.strings import Text
from refactor.python.syntax import dotted
from refactor.sql.names import HOLE, leads_with_verb, table_names
from refactor.travels import named_parameters

_WHOLE = re.compile(r"\w+")
_SENTENCE = re.compile(r"[ \t]\S+[ \t]")
_STATEMENT = re.compile(r"\s\S+\s")
_MEET = frozenset({What.COMPARED, What.KEY})
_WRITES = frozenset({"write", "writelines"})
_TO_PEOPLE = re.compile(r"(?:^|[._])(?:std(?:out|err)|tqdm|st|console|log|logger|term)$")
"""What is written to for people, as they read what is printed."""
_HEADING = re.compile(r"\s*(?:[#*<-]|//)")
"""How a comment begins that is written, or a line of Markdown or HTML."""
_GIVES_TABLE = re.compile(
    r"^_|(?:^|_)(?:table|tbl)(?:_?name)?s?$|^(?:table|tbl)_with_", re.IGNORECASE
)
"""A function that nobody calls from outside, or that says what it gives."""


def strange_uses(
    text: Text,
    meanings: Sequence[Meaning],
    uses: Sequence[tuple[PurePosixPath, Use]],
    around: Surroundings,
) -> Iterator[str]:
    """What is done with a literal, of all uses of it, that holds its table back."""
    for where, use in uses:
        if use.what is What.COMPARED and _is_named_after(where, use, text.text, around):
            continue
        if answers_alike(where, use, text.text, {it.new for it in meanings}, around):
            continue
        if is_completed(text, use, around) or _is_guarded(text, meanings, where, use, around):
            continue
        if around.abroad.guards.is_gone_through(where, use):
            continue  # and there the name is followed
        comparison = comparison_of(text, where, use, around)
        if comparison is None or not _holds_after(comparison, meanings, around):
            yield from _strange(where, use, text.text, around)


def _strange(where: PurePosixPath, use: Use, name: str, around: Surroundings) -> Iterator[str]:
    """What is done with a name outside of SQL, if its new name might not do as well."""
    at = f"on line {use.line}" + (f" of {where}" if where != around.source.path else "")
    yield from met_in_results(use, name, around)
    match use.what:
        case What.DISPLAYED if _is_written(use) and not _is_sentence(use.text, name):
            yield f"written by {use.callee} {at}"
        case What.DISPLAYED | What.NAMED | What.SHARED:  # an attribute is followed as such
            return
        case What.PARAMETER if is_asked_for(use):
            return
        case What.RETURNED if _GIVES_TABLE.search(last_part(use.callee)):
            return
        case What.RETURNED if _is_seen(where, use.scope, around) or _gives(where, use, around):
            return
        case What.HANDED if RUNS_COMMANDS.search(use.callee):
            yield f"handed on to {use.callee} {at}"
        case What.PARTED | What.CHANGED | What.COMPARED | What.KEY if _is_in_statement(use, name):
            return
        case What.HANDED | What.RETURNED | What.STORED if _is_sentence(use.text, name):
            return
        case What.HANDED | What.KEY | What.STORED | What.RETURNED | What.LOOKED_UP:
            joint = {What.HANDED: "to ", What.KEY: "of ", What.RETURNED: "by "}.get(use.what, "in ")
            yield f"{use.what} {joint}{use.callee or '?'} {at}"
        case _:
            yield f"{use.what} {at}"


def _is_in_statement(use: Use, name: str) -> bool:
    """Whether it is a whole statement with which that is done, and not with the name in it.

    It is asked for its verb, cut short to be shown, or made a key: as others are that have the
    name in their own text.
    """
    if not _STATEMENT.search(use.text):
        return False
    if use.what is What.PARTED:
        return True
    named = (folded(it.name) for it in table_names(use.text))
    return leads_with_verb(use.text) and folded(name) in named


def _is_named_after(where: PurePosixPath, use: Use, name: str, around: Surroundings) -> bool:
    """Whether a name is a part of another that is looked for among the tables, and still holds.

    Where the plan has a table of that longer name, it must be called after the new one; what it
    does not have at all is looked for in vain before and after.
    """
    if use.text.count(name) != 1 or use.text == name or not _WHOLE.fullmatch(use.text):
        return False
    slot = around.arguments.met(where, use.scope, use.node)
    if slot is None or slot.question:
        return False
    for it in around.legacy.meanings.get(folded(name), ()):
        becomes = around.oracle.becomes(it.database, use.text)
        is_there = (it.database, folded(use.text)) in around.legacy.domains or around.oracle.knows(
            it.database, use.text
        )
        if is_there and becomes != folded(use.text.replace(name, it.new)):
            return False
    return True


def _is_sentence(text: str, name: str) -> bool:
    """Whether a text says something about a name to people, and has it in no address or file."""
    in_address = rf"[/=?&#][\"']?{re.escape(name)}\b|\b{re.escape(name)}(?:/|\.\w)"
    return bool(_SENTENCE.search(text)) and not re.search(in_address, text)


def _is_written(use: Use) -> bool:
    """Whether a text gets into a file that other programs may read, and is no SQL."""
    if last_part(use.callee) in _WRITES:
        to = use.callee.rpartition(".")[0]
    elif isinstance(use.node, ast.Call) and use.callee == "print":
        to = next((dotted(it.value) for it in use.node.keywords if it.arg == "file"), "stdout")
    else:
        return False
    return not (_TO_PEOPLE.search(to) or _HEADING.match(use.text) or leads_with_verb(use.text))


def _is_seen(where: PurePosixPath, scope: Scope, around: Surroundings) -> bool:
    flow = around.flow if where == around.source.path else None
    return around.abroad.is_seen(where, scope, flow)


def _gives(where: PurePosixPath, use: Use, around: Surroundings) -> bool:
    """Whether it is followed into what gets it: a text with gaps is in its module only."""
    if HOLE in use.text:
        return False
    flow = around.flow if where == around.source.path else None
    return around.abroad.gives_to_seen(where, use.scope, flow)


# Names that are compared


def comparison_of(
    text: Text, where: PurePosixPath, use: Use, around: Surroundings
) -> Comparison | None:
    """A comparison of a name, if all that is compared there is spelled in this module."""
    if use.what not in _MEET or where != around.source.path:
        return None
    is_key = use.what is What.KEY
    keys = around.abroad.guards.keys_of(where, use) if is_key else ()
    found = around.flow.comparison(use.node, text, keys) if keys or not is_key else None
    if found is None or not all(_is_seen(where, it, around) for it in found.functions):
        return None
    return found


def asked_apart(
    text: Text,
    meanings: Sequence[Meaning],
    asked: Sequence[tuple[PurePosixPath, Use]],
    around: Surroundings,
) -> Iterator[tuple[PurePosixPath, Use]]:
    """Where a name is looked for by what is not spelled, or does not change along with it."""
    for where, use in asked:
        found = comparison_of(text, where, replace(use, what=What.KEY), around)
        if found is None or not _holds_after(found, meanings, around):
            yield where, use


def _is_guarded(
    text: Text, meanings: Sequence[Meaning], where: PurePosixPath, use: Use, around: Surroundings
) -> bool:
    """Whether a function compares what it is given with texts that change along with a name.

    Each of them is asked about for itself. Where a name means several tables, a list of names
    would have to have the new one of each.
    """
    if use.what not in _MEET or use.text != text.text:
        return False
    found = around.legacy.meanings.get(folded(text.text), meanings)
    new = {name for it in found for name in (it.new, it.new.strip('"'))}
    others = around.abroad.guards.beside(where, use) if where != around.source.path else None
    if others is not None and others.isdisjoint({text.text, *new}):
        return True  # it is another one before and after
    is_one = len({it.new for it in found}) == 1
    guard = around.abroad.guards.guard(where, use) if is_one else None
    if guard is None or not guard.said.isdisjoint(new):
        return False
    # The keys of a dictionary must be seen to change along.
    return (
        use.what is not What.KEY
        or around.abroad.guards.asks_what_goes_into_sql(where, use)
        or comparison_of(text, where, use, around) is not None
    )


def _holds_after(comparison: Comparison, meanings: Sequence[Meaning], around: Surroundings) -> bool:
    """Whether a comparison holds as before if a name changes with all that say the same there."""
    if any(it.new in comparison.others for it in meanings):
        return False
    path = around.source.path
    return all(
        comparison_of(each, path, use, around) or not any(_strange(path, use, each.text, around))
        for each in comparison.same
        for use in around.flow.uses(each)
    )


def is_asked_for(use: Use) -> bool:
    """Whether all statements that a parameter may belong to compare it with tables' names."""
    asked = [_parameter(sql, use) for sql in use.statement]
    return bool(asked) and all(asked)


def _parameter(sql: str, use: Use) -> bool:
    flags, position = named_parameters(sql, use.parameters), use.position
    if isinstance(position, int):
        return position < len(flags) and flags[position][1]
    if isinstance(position, str):
        mine = [is_name for name, is_name in flags if name[1:] == position]
        return bool(mine) and all(mine)
    return bool(flags) and all(is_name for _, is_name in flags)
