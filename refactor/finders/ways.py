"""Where a literal that is a table's name goes, as far as the modules are seen."""

import ast
import re
from collections.abc import Collection
from functools import lru_cache
from itertools import pairwise

from refactor.apis.libraries import OTHER_DATABASES
from refactor.finders.apis import slot_of
from refactor.finders.byname import enumerations_of, put_into_sql
from refactor.finders.finder import Surroundings
from refactor.finders.patched import patched_name
from refactor.finders.signs import TABLE_ARGUMENT, fills_text, takes_table_by_name
from refactor.flow.consumers import What
from refactor.flow.functions import OF_COLLECTIONS, says_little
from refactor.flow.names import BUILTIN
from refactor.flow.reach import Use
from refactor.flow.values import Ref
from refactor.python.outline import Context, Usage, last_part
from refactor.python.strings import Text
from refactor.python.syntax import dotted, given_in, walked

_NEVER_SQL = re.compile(
    r"(?:^|\.)(?:path\.\w+|join(?:path)?|(?:Pure)?(?:Posix|Windows)?Path|open|getenv|environ\.\w+"
    r"|_|n?gettext(?:_lazy)?|lazy_gettext|pgettext|add_(?:argument|option|parser|command|typer)"
    r"|[gs]et_?attr|has_?attr|import_module|getLogger|get_logger|startswith|endswith"
    r"|patch(?:\.\w+)?|Blueprint|url_for)$"
)
_NAMES_COLUMNS = frozenset({"reset_index", "rename_axis", "to_frame"})
"""Methods of data frames that give a column its name."""
_SHARED = r"(?:^|\.)[A-Z][A-Z0-9_]*"
"""A constant, which other modules may have made and read."""
_KEEPS = re.compile(
    rf"(?:^(?:self|cls)\..*|\[\]|{_SHARED})"
    r"\.(?:add|append|appendleft|extend|insert|set|setdefault|update)$"
)
"""What puts something into a collection that an object or another collection has, or a constant:
from there it may go anywhere."""
_ENDS_SHARED = re.compile(rf"{_SHARED}$")
_GIVEN = frozenset({What.HANDED, What.EXECUTED, What.PARAMETER})
_OUT_OF_SQL = frozenset({What.DISPLAYED, What.PARAMETER, What.JOINED})
_MEETS = frozenset({What.COMPARED, What.CHANGED})
_LOOKS_FOR = frozenset({"count", "discard", "index", "remove"})
_ASSERTS = "assert"
"""How the methods of test cases begin that compare something."""
_QUOTES = "\"'`[]() \t\n;,"
"""What stands around a name in SQL as well."""
_BEFORE_TABLE = (
    r"(?i)(?:\w|[\w\"`\]]\."
    r"|\b(?:exists|from|in|into|join|on|references|table|update)\s+[\"'`\[]?)\Z"
)
"""What makes the name behind it a part of a longer one, or that of a table."""
_LISTS = ast.Constant | ast.Dict | ast.List | ast.Set | ast.Tuple
_LOADS = re.compile(r"(?:(?:json|orjson|ujson|simplejson|yaml)\.)?(?:loads|safe_load)")
"""What gives what a text says."""
_CALLED = "()"
"""Behind the name of what is called, where that is asked for a key."""
_SAME = frozenset(
    ("dict", "frozenset", "iter", "list", "next", "reversed", "set", "sorted", "tuple")
)
"""Give what they are given, in another order or form."""
_ASKS_NO_KEY = OF_COLLECTIONS - {"get", "pop", "setdefault"}
"""Without what a dictionary is asked for each of its keys."""
_OF_SETS = frozenset({"discard", "remove"})


def meets_listed(text: Text, around: Surroundings) -> bool:
    """Whether a literal, or a list that holds it, meets names where SQLite lists the tables."""
    meets = [
        use
        for use in around.flow.uses(text)
        if use.what in _MEETS or last_part(use.callee) in _OF_SETS or _asks_result(use)
    ]
    if not meets:
        return False  # as far the most
    path = around.source.path
    listers = around.takers.listers(path)
    # What only empties all tables asks metadata for them as well.
    there = listers | around.takers.listers_of_metadata(path)
    return any(
        _made_by(it, text.context) in there
        if _asks_result(it)
        else (around.travels.reads_catalog(it.scope, listers) or _reads(it.node, there))
        and not around.arguments.meets_none(path, it.scope, it.node)
        for it in meets
    )


def _asks_result(use: Use) -> bool:
    """Whether a name is a key of what a call gives: `store.counts()["old"]`."""
    return use.what is What.KEY and use.callee.endswith(_CALLED)


def _made_by(use: Use, context: Context) -> str:
    """Which function gives what a name is a key of: `json.loads(counts())["old"]`, too."""
    match context.inside:
        case ast.Subscript(value=ast.Call(func=func, args=[ast.Call(func=inner), *_])) if (
            _LOADS.fullmatch(dotted(func))
        ):
            return last_part(dotted(inner))
    return last_part(use.callee.removesuffix(_CALLED))


def may_go_farther(text: Text, around: Surroundings) -> bool:
    """Whether a name may get into another module by an object or a function's result."""
    context = text.context
    if is_added_key(context):
        return True
    if context.usage is not Usage.OTHER and isinstance(context.inside, ast.Subscript | ast.Compare):
        return False
    if patched_name(context):
        return True  # by the name of what it replaces
    if _NEVER_SQL.search(context.callee):
        return False
    journey = around.abroad.journey(around.source.path, around.flow, text)
    return not (journey.uses and stays_out_of_sql(text, around))


def is_added_key(context: Context) -> bool:
    """Whether a key is given to a dictionary that others may read: `store.COLUMNS["old"] = …`."""
    if context.usage is not Usage.KEY:
        return False
    match context.inside:
        case ast.Subscript(value=held, ctx=ast.Store()):
            return _ENDS_SHARED.search(dotted(held)) is not None
        case ast.Call(args=[held, *_]) if context.callee.endswith("patch.dict"):
            said = held.value if isinstance(held, ast.Constant) else dotted(held)
            return _ENDS_SHARED.search(str(said)) is not None
    return False


def where_by_name(text: Text, around: Surroundings) -> str | None:
    """Where SQL gets a table by a name under which this literal is kept, returned or handed on."""
    return put_into_sql(_names_of(text, around), around, enumerations_of(text, around))


def goes_along_with_taker(text: Text, around: Surroundings) -> bool:
    """Whether a call also gets a function that puts names into SQL: `partial(rows, "old")`."""
    taken = around.takers.taken(around.source.path)
    uses = around.flow.uses(text) if taken else ()
    calls = dict.fromkeys([text.context.inside, *(use.node for use in uses)])
    return any(
        last_part(dotted(it)) in taken
        for call in calls
        if isinstance(call, ast.Call)
        for it in given_in(call)
    )


def is_read_as_a_whole(text: Text, around: Surroundings) -> bool:
    """Whether a module that puts names into SQL reads all that the class of a literal has."""
    for holder in around.flow.holders(text):
        owner = last_part(holder.scope.owner)
        whole = re.compile(rf"\b(?:vars|dir|getattr)\(\s*(?:\w+\.)*{owner}\b|\b{owner}\.__dict__")
        for at in around.abroad.few_naming(owner) if owner else ():
            known = around.abroad.source(at) if around.takers.builds(at) else None
            if known and whole.search(known.text):
                return True
    return False


def _names_of(text: Text, around: Surroundings) -> dict[str, bool]:
    """The names by which others may get a literal, and whether an object has it by that name."""
    context = text.context
    kept = dict.fromkeys((context.key, context.argument), False)
    kept[patched_name(context)] = True
    for use in around.flow.uses(text):
        if use.what is What.HANDED:
            kept[use.argument] = False
        elif use.what is What.STORED:
            kept[last_part(use.callee)] = True
    for holder in around.flow.holders(text):
        kept[holder.name or last_part(holder.scope.function)] = True
    return {name: mine for name, mine in kept.items() if name.isidentifier()}


def reaches_library(text: Text, around: Surroundings) -> bool:
    """Whether a name goes to where a library, or a call of the plan, takes a table's."""
    journey = around.abroad.journey(around.source.path, around.flow, text)
    return any(
        slot_of(path, use, around) is not None
        for path, use in journey.uses
        if text.text in (use.text.partition(".")[0], use.text.rpartition(".")[2])
    )


def is_a_librarys(text: Text, around: Surroundings) -> bool:
    """Whether only objects of libraries get a literal: their methods have names of their own."""
    uses = around.flow.uses(text)
    return bool(uses) and all(
        around.abroad.callees.is_foreign(around.source.path, it) for it in uses
    )


def may_be_taken(text: Text, around: Surroundings) -> bool:
    """Whether a method like a collection's gets a literal, where an imported one takes tables.

    That of an object which nobody sees to be a collection, nor of a class of this code.
    """
    name = last_part(text.context.callee)
    if name not in _ASKS_NO_KEY or name not in around.takers.taken(around.source.path):
        return False  # as in far the most
    journey = around.abroad.journey(around.source.path, around.flow, text)
    return not journey.given and any(map(_is_given_to_object, around.flow.uses(text)))


def is_perhaps_of_made(text: Text, around: Surroundings) -> bool:
    """Whether the object whose method gets a literal is made here where none is given."""
    return any(
        isinstance(it, Ref) and it.variable.kind == "result" and not it.path
        for use in around.flow.uses(text)
        if _is_given_to_object(use)
        for it in around.flow.reader.leads_to(use.holder)
    )


def _is_given_to_object(use: Use) -> bool:
    holder = use.callee.rpartition(".")[0]  # of a text or a list that stands there it is no name
    return use.what is What.HANDED and holder[:1].isidentifier() and use.origin != BUILTIN


def reaches_table_argument(text: Text, around: Surroundings) -> bool:
    """Whether a call that gets the name, or the function that it calls, wants a table."""
    journey = around.abroad.journey(around.source.path, around.flow, text)
    given = (it for it in (*journey.given, *around.flow.given_to(text)) if it.kind == "parameter")
    return any(TABLE_ARGUMENT.fullmatch(it.name) for it in given) or any(
        takes_table_by_name(last_part(use.callee)) or TABLE_ARGUMENT.fullmatch(use.argument)
        for _, use in journey.uses
        if use.what in _GIVEN and use.text.rpartition(".")[2] == text.text
    )


def stays_out_of_sql(text: Text, around: Surroundings) -> bool:
    """Whether all that is done with a literal is seen, and none of it leads into SQL."""
    journey = around.abroad.journey(around.source.path, around.flow, text)
    uses = [use for _, use in journey.uses]
    if journey.statements:
        return False
    if not uses:
        held = around.flow.given_to(text)
        return bool(held) and all(it.kind == "name" for it in held)  # and nobody uses the name
    attributes = {it.name for it in around.flow.holders(text) if it.kind == "attribute"}
    if attributes and not all(_reads(it.node, attributes) for it in uses):
        return False  # what gets the object may read anything of it
    return all(map(_leads_elsewhere, uses))


def _reads(node: ast.AST, names: Collection[str]) -> bool:
    """Whether an expression reads an attribute of one of these names."""
    return any(isinstance(it, ast.Attribute) and it.attr in names for it in walked(node))


def _leads_elsewhere(use: Use) -> bool:
    if use.what is What.HANDED and use.argument.isdecimal():
        everyday = "." in use.callee and says_little(last_part(use.callee), use.node)
        everyday = everyday and not _KEEPS.search(use.callee)
        return everyday or bool(_NEVER_SQL.search(use.callee))
    return use.what in _OUT_OF_SQL or last_part(use.callee) in _NAMES_COLUMNS


def is_only_filled_in(text: Text, around: Surroundings) -> bool:
    """Whether it is the key of a blank, which nobody gets as a name, here or in another module."""
    if not fills_text(text, around):
        return False
    journey = around.abroad.journey(around.source.path, around.flow, text)
    return not (journey.uses or journey.statements or around.flow.holders(text))


def is_key_of_ours(text: Text, around: Surroundings) -> bool:
    """Whether a key may be one of what has a `__getitem__` that puts it into SQL."""
    if text.context.usage is not Usage.KEY or not isinstance(text.context.inside, ast.Subscript):
        return False
    method = "__getitem__"
    return around.takers.has_taker(around.abroad.few_naming(f"def {method}"), method)


def is_asked_what_goes_into_sql(text: Text, around: Surroundings) -> bool:
    """Whether a literal is a key of what a function asks for the name that it puts into SQL."""
    path, guards = around.source.path, around.abroad.guards
    asking = guards.asking(text, around.flow) if text.context.usage is Usage.KEY else ()
    return any(guards.asks_what_goes_into_sql(path, use) for use in asking)


def builds_of_its_own(around: Surroundings) -> bool:
    """Whether all names that a module puts into SQL are spelled where it does so."""
    return all(map(around.flow.is_spelled_out, around.travels.building))


def leads_away(text: Text, around: Surroundings) -> bool:
    """Whether what its module does with a name says that no table's name is put into SQL by it.

    Such a name may do so elsewhere.
    """
    uses = around.flow.uses(text)
    asserted = [_is_asserted(it, around) for it in uses if _meets(it)]
    if not all(asserted):
        own = builds_of_its_own(around)
        return own and all(_is_asserted(it, around) or _chooses(it, around) for it in uses)
    return builds_of_its_own(around) or (bool(uses) and len(asserted) == len(uses))


def _meets(use: Use) -> bool:
    """Whether a name is compared, or looked for, in what may hold tables' names as well."""
    called = last_part(use.callee)
    return use.what in _MEETS or called in _LOOKS_FOR or called.startswith(_ASSERTS)


def _is_asserted(use: Use, around: Surroundings) -> bool:
    """Whether a test says what some call gives: that steers nothing which is executed."""
    tree = around.outline.tree if around.outline else None
    match use.node:
        case ast.Compare(left=left, comparators=others) if tree and use.node in _asserted(tree):
            sides = [left, *others]
        case ast.Call(args=[left, right, *_]) if last_part(use.callee).startswith(_ASSERTS):
            sides = [left, right]
        case _:
            return False
    made = [it for it in sides if _is_made(it)]
    return bool(made) and all(isinstance(it, _LISTS) for it in sides if it not in made)


def _chooses(use: Use, around: Surroundings) -> bool:
    """Whether a word is compared to choose the table that is called so: it is an input's."""
    return around.outline is not None and use.node in _choosing(around.outline.tree)


@lru_cache(maxsize=2)
def _choosing(tree: ast.Module) -> frozenset[ast.AST]:
    """The comparisons with a text behind which the same text is given to some name."""
    return frozenset(
        it.test
        for it in walked(tree)
        if isinstance(it, ast.If) and isinstance(it.test, ast.Compare)
        for given in it.body
        if isinstance(given, ast.Assign) and isinstance(given.value, ast.Constant)
        if any(_says(side, given.value.value) for side in it.test.comparators)
    )


def _says(side: ast.expr, text: object) -> bool:
    return isinstance(side, ast.Constant) and side.value == text


def _is_made(node: ast.expr) -> bool:
    """Whether an expression is what a call of some object, or of a function, gives."""
    while isinstance(node, ast.Await | ast.Subscript | ast.Attribute):
        node = node.value
    return isinstance(node, ast.Call) and dotted(node.func) not in _SAME


@lru_cache(maxsize=2)  # each name of a module asks it of the whole module
def _asserted(tree: ast.Module) -> frozenset[ast.AST]:
    """The comparisons that stand in assertions."""
    asserts = (it.test for it in walked(tree) if isinstance(it, ast.Assert))
    return frozenset(it for test in asserts for it in walked(test) if isinstance(it, ast.Compare))


def is_of_other_tables(text: Text, around: Surroundings) -> bool:
    """Whether only objects of packages get a literal whose tables are none of SQLite's."""
    uses = around.flow.uses(text)
    return bool(uses) and all(
        takes_table_by_name(last_part(it.callee))
        and it.origin.partition(":")[0].partition(".")[0] in OTHER_DATABASES
        for it in uses
    )


def is_seen(text: Text, around: Surroundings) -> bool:
    """Whether a function of the code gets a literal, and makes no SQL of it by all that is seen."""
    call = text.context.inside
    if not isinstance(call, ast.Call):
        return False
    journey = around.abroad.journey(around.source.path, around.flow, text)
    given = (*journey.given, *around.flow.given_to(text))
    if journey.statements or not any(it.kind == "parameter" for it in given):
        return False
    uses = [use for _, use in journey.uses]
    ends = all(use.node is not call and _ends_as_text(use, text.text) for use in uses)
    return bool(uses) and ends and where_by_name(text, around) is None


def _goes_on(behind: str) -> bool:
    """Whether a name goes on, or is that of a schema or a table with something of it."""
    return behind[:1].isalnum() or behind[:1] in {"_", "."}


def _ends_as_text(use: Use, name: str) -> bool:
    """Whether a name becomes a part of a text that reads as no piece of SQL."""
    if use.what in _OUT_OF_SQL:
        return True
    around = use.text.split(name)
    return len(around) > 1 and all(
        (left + right).strip(_QUOTES) and not _goes_on(right) and not re.search(_BEFORE_TABLE, left)
        for left, right in pairwise(around)
    )
