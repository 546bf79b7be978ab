"""A literal that is nothing but a table's name, and may travel into SQL."""

import ast
import re
from collections.abc import Collection, Sequence

from plan.model import folded
from refactor.databases.weighing import Decision
from refactor.finders.apis import slot_of
from refactor.finders.beside import goes_along_with_connection
from refactor.finders.byname import enumerations_of, put_into_sql
from refactor.finders.callbacks import is_told_of_tables
from refactor.finders.commands import is_word_of_utils
from refactor.finders.ctes import may_be_cte
from refactor.finders.finder import Finder, Found, Ignored, Surroundings
from refactor.finders.identifiers import is_automapped
from refactor.finders.listed import listed_names, parted_names
from refactor.finders.lookups import is_looked_up
from refactor.finders.options import is_option_name, is_option_value
from refactor.finders.patched import patched_name
from refactor.finders.qualified import names_in_reference, unqualified
from refactor.finders.recorded import is_recorded
from refactor.finders.routes import names_in_urls
from refactor.finders.standins import found_in_standin, found_in_statements
from refactor.finders.tools import is_given_to_program
from refactor.flow.consumers import What
from refactor.flow.functions import says_little
from refactor.flow.reach import Use
from refactor.legacy import Meaning
from refactor.python.outline import Context, Usage, last_part
from refactor.python.strings import Text
from refactor.python.syntax import dotted, given_in, name_of, walked
from refactor.references import Evidence, Reason, Reference
from refactor.sql.names import leads_with_verb, quoted

_CLAUSE = re.compile(
    r"(?:FROM|[A-Z_]*JOIN|INTO|from_|(?:select|delete)_from|insert_into|\w+_join)$"
)
_TABLE_ARGUMENT = re.compile(r"(?:table|tbl)(?:_?name)?|rname")
_CALLED_TABLE = re.compile(r"(?:^|_)(?:db)?(?:table|tbl)s?(?:_?names?)?_*$", re.IGNORECASE)
_TAKES_TABLE = re.compile(
    r"(?:^|_)(?:table|tbl)(?:s?$|_)|^(?:Table|ForeignKey|to_sql|blob_?open|setTable|QSqlRelation)$",
    re.IGNORECASE,
)
_MAKES_COLUMN = re.compile(r"(?:mapped_)?[Cc]olumn")
_NEVER_SQL = re.compile(
    r"(?:^|\.)(?:path\.\w+|join(?:path)?|(?:Pure)?(?:Posix|Windows)?Path|open|getenv|environ\.\w+"
    r"|_|n?gettext(?:_lazy)?|lazy_gettext|pgettext|add_(?:argument|option|parser|command|typer)"
    r"|[gs]et_?attr|has_?attr|import_module|getLogger|get_logger|startswith|endswith"
    r"|patch(?:\.\w+)?|Blueprint|url_for)$"
)
_KEEPS = re.compile(
    r"(?:^(?:self|cls)\..*|\[\])\.(?:add|append|appendleft|extend|insert|set|setdefault|update)$"
)
"""What puts something into a collection that an object or another collection has: from there it may
go anywhere."""
_GIVEN = frozenset({What.HANDED, What.EXECUTED, What.PARAMETER})
_OUT_OF_SQL = frozenset({What.DISPLAYED, What.PARAMETER, What.JOINED})
_MEETS = frozenset({What.COMPARED, What.CHANGED})
_OF_SETS = frozenset({"discard", "remove"})
_BESIDE = frozenset({Usage.KEY, Usage.COMPARED})
_NO_NAMES = frozenset({Usage.DISPLAYED, Usage.DOCUMENTATION})
_SPELLS_SQL = re.compile(r"FROM|INTO|UPDATE|(?:[A-Z]+_)*JOIN")
_SPELLED_OUT = Evidence(Reason.GRAMMAR, "given to a call that spells SQL out")
_PUT_INTO_SQL = "put into SQL as a table's name"
_PUT_INTO_ITS_OWN = "put into the SQL of which it is the key"
_A_TABLE = "the name of this table"
_MENTIONED = "the name of this table, in what is said of tables"
_COMPARED = "compared with the tables that exist"
_TOLD = "compared with what a callback is told of tables"
_LOOKED_FOR = "looked for in SQL that names this table"
_LOOKED_FOR_SOMEWHERE = "looked for in SQL"
_IN_ERROR = "looked for in an error of SQLite"
_KEPT_BY_STANDIN = "a name of a table that a stand-in has been given"
_FARTHER = "put into SQL by another module"
_IN_A_LIST = "what some `IN` of its module looks through"
_OPTIONAL = "what an option that is called a table gets"
_RECORDED = "what rows say of this table"
_ALSO_AS_KEY = frozenset({_A_TABLE, _PUT_INTO_ITS_OWN})
_UNSURE = frozenset(
    {
        _RECORDED,
        _OPTIONAL,
        _MENTIONED,
        _LOOKED_FOR,
        _LOOKED_FOR_SOMEWHERE,
        _IN_ERROR,
        _KEPT_BY_STANDIN,
        _FARTHER,
        _IN_A_LIST,
    }
)
_OF_CALLS = re.compile(r"call_args|mock_calls|\bsqls\b|\bstatements\b|\bqueries\b")
_ROOT = re.compile(r"[A-Za-z_]\w*")
_LOOKS_FOR = frozenset(
    {"count", "endswith", "find", "index", "replace", "rfind", "split", "startswith"}
)
_OF_ERROR = re.compile(
    r"(?:str\()?(?:e|err|error|ex|exc|exc_?info|exception|info|caught)(?:\.value|\.exception)?"
    r"(?:\)|\.args\[0\])"
)
_OF_DATABASES = re.compile(r"\bsqlite3?\b|\b(?:Operational|Integrity|Database)Error\b")
_WORDS_OF_SQL = re.compile(
    r"(?:sql|query|stmt|statement)\w*(?:\.\w+\([^()]*\))*\.split\("
    r"|\bsplit\(\w*(?:sql|query|stmt|statement)",
    re.IGNORECASE,
)
_ITEM = re.compile(r"(\w+)\[")
_HOLDS_SQL = re.compile(r"sql|quer(?:y|ies)|stmt|statement|call_args|executed", re.IGNORECASE)


def names_alone(  # noqa: PLR0911 - one return for each finding
    text: Text, around: Surroundings
) -> Found | None:
    """A bare name, where its module looks tables up, or puts SQL together at run time."""
    name = text.text
    if last_part(text.context.callee) == "ForeignKey":
        name = name.partition(".")[0]
    meanings = around.legacy.meanings.get(folded(name))
    if meanings is None:
        bare = unqualified(text, around)
        return names_alone(bare, around) if bare else _each_alone(text, around)
    if name != text.text:
        return _reference(text, around, meanings, question=_question(_A_TABLE))
    if text.context.usage in _NO_NAMES or text.context.binary:
        return Ignored("bytes" if text.context.binary else "prose")
    if text.context.usage is Usage.EXECUTED and any(around.travels.asked(text.context)):
        return _reference(text, around, meanings, question=_question(_COMPARED))
    if _SPELLS_SQL.fullmatch(last_part(text.context.callee)):
        return _spelled_out(text, around, meanings)
    what = _what_for(text, around) or (_OPTIONAL if is_option_value(text, around) else None)
    if what is None:
        return Ignored("a literal that nothing in its module puts into SQL")
    return _reference(text, around, meanings, question=_question(what))


def _each_alone(text: Text, around: Surroundings) -> Found | None:
    """Names among others in one literal that is taken apart."""
    found: list[Reference] = []
    listed = listed_names(text, around) or parted_names(text, around)
    # What stands in brackets may as well be a mark, as logs have them.
    for name in listed or (() if "[" in text.text else names_in_reference(text, around)):
        here = names_alone(name, around)
        found += here if isinstance(here, tuple) else ()
    return (*found, *names_in_urls(text, around)) or None


def _what_for(  # noqa: C901, PLR0911, PLR0912 - one branch for each sign
    text: Text, around: Surroundings
) -> str | None:
    """What may become of the name; None where nothing speaks for it."""
    context, travels = text.context, around.travels
    listed = (
        context.usage is Usage.COMPARED
        and travels.reads_catalog(context.scope, around.takers.listers(around.source.path))
        and not around.arguments.meets_none(around.source.path, context.scope, context.inside)
    )
    met = _meets_listed(text, around)
    if listed or met or travels.is_looked_up(context) or travels.is_listed(context):
        return _COMPARED
    if is_told_of_tables(text, around):
        return _TOLD
    if _reaches_library(text, around) or is_looked_up(text, around):
        return _A_TABLE
    if context.usage is Usage.KEY and travels.has_blank_under(text.text):
        return _PUT_INTO_ITS_OWN
    if context.argument == "0" and _MAKES_COLUMN.fullmatch(last_part(context.callee)):
        return None  # the column's name, also in what is called a table
    if is_option_name(context):
        return None
    beside = _called_beside(context)
    builds = travels.builds_names and not _stays_out_of_sql(text, around)
    enumeration = around.abroad.enumeration(around.source.path, around.flow.uses(text))
    if enumeration:
        return f"a value of the enumeration {enumeration}"
    if builds or travels.fills_blank(context) or _takes_table(context) or _fills_template(context):
        return None if _is_only_filled_in(text, around) else _PUT_INTO_SQL
    if beside == "classes" and is_automapped(around):
        return _A_TABLE
    function = last_part(context.callee)
    if _TAKES_TABLE.search(function):
        return _A_TABLE
    called = (context.target, context.key, context.argument, beside, patched_name(context))
    if any(map(_CALLED_TABLE.search, called)):
        wanted = _by_name(text, around) if context.key else None
        is_key = context.usage in _BESIDE or function == "get"
        return wanted or _MENTIONED if context.key or is_key else _A_TABLE
    bare = function == context.callee
    takes = around.takers.takes_name(around.source.path, function, bare=bare)
    if takes and not _is_a_librarys(text, around):
        return _PUT_INTO_SQL
    if _reaches_table_argument(text, around):
        return _A_TABLE
    meanings = around.legacy.meanings[folded(text.text)]
    names = {text.text, *(it.new for it in meanings)}
    if _is_looked_for(context, around) or _is_word_of_sql(context, around):
        return _LOOKED_FOR if any(map(travels.speaks_of, names)) else _LOOKED_FOR_SOMEWHERE
    if found_in_standin(text, around):
        return _KEPT_BY_STANDIN
    if found_in_statements(text, around):
        return _LOOKED_FOR_SOMEWHERE
    if _is_in_error(context) and _OF_DATABASES.search(around.source.text):
        return _IN_ERROR
    if _is_key_of_ours(text, around):
        return _FARTHER
    if is_word_of_utils(text, around) or goes_along_with_connection(text, around):
        return _A_TABLE
    if is_given_to_program(text, around):
        return _FARTHER
    if is_recorded(text, around):
        return _RECORDED
    if not _may_go_farther(text, around):
        return None
    wanted = _by_name(text, around)
    if wanted:
        return wanted
    if _goes_along_with_taker(text, around) or _is_read_as_a_whole(text, around):
        return _PUT_INTO_SQL
    if around.takers.meets_builder(around.source.path):
        return None if _fills_text(text, around) else _FARTHER
    fills = travels.fills_lists and not _stays_out_of_sql(text, around)
    return _IN_A_LIST if fills else None


def _meets_listed(text: Text, around: Surroundings) -> bool:
    """Whether a literal, or a list that holds it, meets names where SQLite lists the tables."""
    meets = [
        use
        for use in around.flow.uses(text)
        if use.what in _MEETS or last_part(use.callee) in _OF_SETS
    ]
    listers = around.takers.listers(around.source.path) if meets else ()
    path = around.source.path
    return any(
        around.travels.reads_catalog(it.scope, listers)
        and not around.arguments.meets_none(path, it.scope, it.node)
        for it in meets
    )


def _is_looked_for(context: Context, around: Surroundings) -> bool:
    """Whether a test asks if something that is called SQL holds the name: `"old" in sql`."""
    held_by, _, method = context.callee.rpartition(".")
    match context.inside:
        case ast.Compare(ops=[ast.In() | ast.NotIn()], comparators=[other]):
            held_by = ast.unparse(other)
        case _ if method not in _LOOKS_FOR:
            return False
    if _HOLDS_SQL.search(held_by):
        return True
    root = _ROOT.match(held_by)
    return root is not None and _is_of_calls(root[0], around.source.text)


def _is_word_of_sql(context: Context, around: Surroundings) -> bool:
    """Whether a name is compared with a word of SQL: `sql.split()[2] == "old"`."""
    match context.inside:
        case ast.Compare(left=left, comparators=[right]):
            pass
        case _:
            return False
    if "split" not in around.source.text:
        return False  # as in far the most
    for side in (left, right):
        said = ast.unparse(side)
        if _WORDS_OF_SQL.search(said):
            return True
        words = _ITEM.match(said)
        given = words and re.search(rf"\b{words[1]}\b[^=\n]*=(?!=)(.*)", around.source.text)
        if given and _WORDS_OF_SQL.search(given[1]):
            return True
    return False


def _is_of_calls(name: str, source: str) -> bool:
    """Whether a name is given what a connection was called with: `args = run.call_args[0]`."""
    if not _OF_CALLS.search(source):
        return False  # as in far the most
    given = rf"\b{name}\b[^=\n]*=(?!=)|\bfor\s+{name}\s+in\b"
    return any(
        _OF_CALLS.search(line, match.end())
        for line in source.splitlines()
        if (match := re.search(given, line))
    )


def _is_in_error(context: Context) -> bool:
    """Whether a test asks if an error's text holds the name: `"old" in str(error)`."""
    match context.inside:
        case ast.Compare(ops=[ast.In() | ast.NotIn()], comparators=[other]):
            return _OF_ERROR.fullmatch(ast.unparse(other)) is not None
    return False


def _called_beside(context: Context) -> str:
    """What a literal is a key of, is compared with, or is set for: `schema["tables"]["old"]`."""
    match context.inside:
        case ast.Call(func=ast.Attribute(value=held, attr="get")) if context.argument == "0":
            return name_of(held)
        case ast.Call(args=[*some, ast.Constant(value=str() as key), _]) if context.argument == str(
            len(some) + 1
        ):
            return key  # `reader.option("dbtable", "old")`, `os.environ.setdefault("TABLE", "old")`
        case ast.Compare(left=left, comparators=[other]):
            return _called(left) or _called(other)
        case ast.Subscript(value=ast.Subscript(slice=ast.Constant(value=str() as key))):
            return key
        case ast.Subscript(value=value):
            return name_of(value)
    return ""


def _called(node: ast.expr) -> str:
    """What something is called, or that whose name it is: `table` of `table.name`, or of a row."""
    match node:
        case (
            ast.Subscript(slice=ast.Constant(value=str() as key))
            | ast.Call(func=ast.Attribute(attr="get"), args=[ast.Constant(value=str() as key), *_])
        ):
            return key
        case ast.Attribute(value=named, attr="name"):
            return name_of(named)
    return name_of(node)


def _is_key_of_ours(text: Text, around: Surroundings) -> bool:
    """Whether a key may be one of what has a `__getitem__` that puts it into SQL."""
    if text.context.usage is not Usage.KEY or not isinstance(text.context.inside, ast.Subscript):
        return False
    method = "__getitem__"
    return around.takers.has_taker(around.abroad.few_naming(f"def {method}"), method)


def _may_go_farther(text: Text, around: Surroundings) -> bool:
    """Whether a name may get into another module by an object or a function's result."""
    context = text.context
    if context.usage is not Usage.OTHER and isinstance(context.inside, ast.Subscript | ast.Compare):
        return False
    if patched_name(context):
        return True  # by the name of what it replaces
    if _NEVER_SQL.search(context.callee):
        return False
    journey = around.abroad.journey(around.source.path, around.flow, text)
    return not (journey.uses and _stays_out_of_sql(text, around))


def _by_name(text: Text, around: Surroundings) -> str | None:
    """Where SQL gets a table by a name under which this literal is kept, returned or handed on."""
    return put_into_sql(_names_of(text, around), around, enumerations_of(text, around))


def _goes_along_with_taker(text: Text, around: Surroundings) -> bool:
    """Whether a call also gets a function that puts names into SQL: `partial(rows, "old")`."""
    taken = around.takers.taken(around.source.path)
    return any(
        last_part(dotted(it)) in taken
        for use in around.flow.uses(text)
        if isinstance(use.node, ast.Call)
        for it in given_in(use.node)
    )


def _is_read_as_a_whole(text: Text, around: Surroundings) -> bool:
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


def _reaches_library(text: Text, around: Surroundings) -> bool:
    """Whether a name goes to where a library, or a call of the plan, takes a table's."""
    journey = around.abroad.journey(around.source.path, around.flow, text)
    return any(
        slot_of(path, use, around) is not None
        for path, use in journey.uses
        if text.text in (use.text.partition(".")[0], use.text.rpartition(".")[2])
    )


def _is_a_librarys(text: Text, around: Surroundings) -> bool:
    """Whether only objects of libraries get a literal: their methods have names of their own."""
    uses = around.flow.uses(text)
    return bool(uses) and all(
        around.abroad.callees.is_foreign(around.source.path, it) for it in uses
    )


def _reaches_table_argument(text: Text, around: Surroundings) -> bool:
    """Whether a call that gets the name, or the function that it calls, wants a table."""
    journey = around.abroad.journey(around.source.path, around.flow, text)
    given = (it for it in (*journey.given, *around.flow.given_to(text)) if it.kind == "parameter")
    return any(_TABLE_ARGUMENT.fullmatch(it.name) for it in given) or any(
        _TAKES_TABLE.search(last_part(use.callee))
        or _CLAUSE.match(last_part(use.callee))
        or _TABLE_ARGUMENT.fullmatch(use.argument)
        for _, use in journey.uses
        if use.what in _GIVEN and use.text.rpartition(".")[2] == text.text
    )


def _stays_out_of_sql(text: Text, around: Surroundings) -> bool:
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
    return use.what in _OUT_OF_SQL


def _takes_table(context: Context) -> bool:
    """Whether a call says by its own name, or its argument's, that it wants a table."""
    return bool(
        _CLAUSE.match(last_part(context.callee)) or _TABLE_ARGUMENT.fullmatch(context.argument)
    )


def _fills_template(context: Context) -> bool:
    """Whether a value is filled into a template of SQL, or one that lies in a file of SQL."""
    match context.inside:
        case ast.Call(func=ast.Attribute(value=ast.Call(args=[ast.Constant(value=str() as says)]))):
            is_sql = leads_with_verb(says) or ".sql" in says
            return is_sql and last_part(context.callee) == "render"
    return False


def _fills_text(text: Text, around: Surroundings) -> bool:
    """Whether a key is that of a blank in a text: `_("Skipping %(old)s") % {"old": title}`."""
    is_key = text.context.usage is Usage.KEY
    return is_key and f"%({text.text})" in around.source.text


def _is_only_filled_in(text: Text, around: Surroundings) -> bool:
    """Whether it is the key of a blank, which nobody gets as a name, here or in another module."""
    if not _fills_text(text, around):
        return False
    journey = around.abroad.journey(around.source.path, around.flow, text)
    return not (journey.uses or journey.statements or around.flow.holders(text))


def _question(what: str) -> str:
    return f"is this literal {what}?"


def _spelled_out(text: Text, around: Surroundings, meanings: Sequence[Meaning]) -> Found:
    """A name that is given to a call which spells SQL out, such as `FROM("t")`."""
    if may_be_cte({folded(text.text)}, around):
        return _reference(text, around, meanings, question=_question(_PUT_INTO_SQL))
    sql = f"SELECT 1 FROM {quoted(text.text, '')}"
    decision = around.binder.decide(text.text, sql, around.place(text.context))
    if decision.stays:
        return Ignored("a table that keeps its name")
    return _reference(text, around, decision.meanings, decision=decision)


def _reference(
    text: Text,
    around: Surroundings,
    meanings: Sequence[Meaning],
    *,
    question: str | None = None,
    decision: Decision | None = None,
) -> tuple[Reference, ...]:
    at = text.place(0, len(text.text))
    if at is None:
        question = "the name is spelled with escapes or over several literals"
    elif decision:
        question = decision.question
    start = text.near(0, len(text.text)) if at is None else at
    return (
        around.table_reference(
            start,
            text.text,
            meanings,
            new=None if question else text.spelled(meanings[0].new, start, text.end),
            clause=last_part(text.context.callee) if decision else "literal",
            evidence=(_SPELLED_OUT, *decision.evidence) if decision else (),
            question=question,
            mend=(decision and decision.mend) or "follow the literal, and change it if it is",
            blocking=question is not None and _blocks(question, text.context),
        ),
    )


def _blocks(question: str, context: Context) -> bool:
    """Whether the code would break if the name stayed: a key may be no more than a key."""
    if question in map(_question, _ALSO_AS_KEY):
        return True
    return question not in map(_question, _UNSURE) and context.usage is not Usage.KEY


FINDER = Finder(
    name="literal",
    find=names_alone,
    finds=(
        'for t in ("old", "z"):\n    db.execute(f"DELETE FROM {t}")',
        'q = Query().SELECT("x").FROM("old")',
    ),
    ignores=('parser.add_parser("old")', 'x = {"old": 1}'),
)
