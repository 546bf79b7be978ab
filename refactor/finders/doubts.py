"""What may become of a literal that is nothing but a table's name: the doubts, and their signs."""

import ast
import re

from msgspec import Struct
from msgspec.structs import replace

from plan.model import folded
from refactor.databases.databasepaths import is_test
from refactor.finders.beside import goes_along_with_connection
from refactor.finders.callbacks import is_told_of_tables
from refactor.finders.chosen import only_chooses, only_looks_up
from refactor.finders.commands import is_word_of_utils
from refactor.finders.finder import Surroundings
from refactor.finders.identifiers import is_automapped
from refactor.finders.lookups import is_looked_up
from refactor.finders.options import is_option_name
from refactor.finders.parsed import made_of_sql
from refactor.finders.patched import patched_name
from refactor.finders.recorded import is_recorded
from refactor.finders.signs import (
    OF_DATABASES,
    TAKES_TABLE,
    assigned_to,
    called_beside,
    fills_template,
    fills_text,
    is_called_table,
    is_in_error,
    is_looked_for,
    is_word_of_sql,
    takes_table,
)
from refactor.finders.standins import found_in_standin, found_in_statements
from refactor.finders.tools import is_given_to_program
from refactor.finders.ways import (
    builds_of_its_own,
    goes_along_with_taker,
    is_a_librarys,
    is_asked_what_goes_into_sql,
    is_key_of_ours,
    is_of_other_tables,
    is_only_filled_in,
    is_perhaps_of_made,
    is_read_as_a_whole,
    is_seen,
    leads_away,
    may_be_taken,
    may_go_farther,
    meets_listed,
    reaches_library,
    reaches_table_argument,
    stays_out_of_sql,
    where_by_name,
)
from refactor.python.outline import Context, Usage, last_part
from refactor.python.strings import Text

_MAKES_COLUMN = re.compile(r"(?:mapped_)?[Cc]olumn")
_BESIDE = frozenset({Usage.KEY, Usage.COMPARED})


class Doubt(Struct, frozen=True):
    """What a literal may be."""

    what: str
    presses: bool = True
    """Whether the code would then break if the name stayed, so that it must be answered."""
    as_key: bool = False
    """Whether it presses for a key as well, which else may be no more than a key."""

    @property
    def question(self) -> str:
        """What a human is asked."""
        return f"is this literal {self.what}?"

    def blocks(self, context: Context) -> bool:
        """Whether nothing may be renamed before it is answered, where the literal stands."""
        return self.presses and (self.as_key or context.usage is not Usage.KEY)


A_TABLE = Doubt("the name of this table", as_key=True)
PUT_INTO_SQL = Doubt("put into SQL as a table's name")
_PERHAPS_PUT = Doubt("put into SQL as a table's name", presses=False)
COMPARED = Doubt("compared with the tables that exist")
OPTIONAL = Doubt("what an option that is called a table gets", presses=False)
_PUT_WITH_ITS_KEY = Doubt("a key of what is asked for the name that goes into SQL", as_key=True)
_PUT_INTO_ITS_OWN = Doubt("put into the SQL of which it is the key", as_key=True)
_TOLD = Doubt("compared with what a callback is told of tables")
_MENTIONED = Doubt("the name of this table, in what is said of tables", presses=False)
_LOOKED_FOR = Doubt("looked for in SQL that names this table", presses=False)
_LOOKED_FOR_SOMEWHERE = Doubt("looked for in SQL", presses=False)
_OF_LISTED = Doubt("a key of what is made of the tables that exist", presses=False)
_IN_ERROR = Doubt("looked for in an error of SQLite", presses=False)
_KEPT_BY_STANDIN = Doubt("a name of a table that an object has been given", presses=False)
_FARTHER = Doubt("put into SQL by another module", presses=False)
_IN_A_LIST = Doubt("what some `IN` of its module looks through", presses=False)
_RECORDED = Doubt("what rows say of this table", presses=False)


def doubt_of(text: Text, around: Surroundings) -> Doubt | None:
    """What may become of a name; None where nothing speaks for it."""
    context = text.context
    known = _of_known_tables(text, around)
    if known or is_option_name(context):
        return known
    if context.argument == "0" and _MAKES_COLUMN.fullmatch(last_part(context.callee)):
        return None  # the column's name, also in what is called a table
    doubt = _by_all_signs(text, around)
    if doubt is None or not doubt.presses:
        return doubt
    harmless = is_of_other_tables(text, around) or is_seen(text, around)
    return replace(doubt, presses=not (harmless or only_looks_up(text, around)))


def _by_all_signs(text: Text, around: Surroundings) -> Doubt | None:
    """The doubt of a name that something in its surroundings speaks for."""
    enumeration = around.abroad.enumeration(around.source.path, around.flow.uses(text))
    if enumeration:
        presses = _may_be_of_tables(enumeration, around)
        return Doubt(f"a value of the enumeration {enumeration}", presses=presses)
    put = _put_into_sql(text, around)
    if put and is_only_filled_in(text, around):
        return None
    if put and put.presses:
        return put
    return (
        _by_what_is_called(text, around)
        or _by_other_signs(text, around)
        or _by_going_farther(text, around)
        or put
        or _by_what_is_listed(text, around)
    )


def _by_what_is_listed(text: Text, around: Surroundings) -> Doubt | None:
    """The doubt of a key within a key of what may have been made of the tables that exist.

    As in `stats()["library"]["old"]`; what a test asks a server for is made by what it imports.
    """
    context, path = text.context, around.source.path
    inside = context.inside if context.usage is Usage.KEY else None
    if not isinstance(inside, ast.Subscript) or not isinstance(inside.value, ast.Subscript):
        return None
    listers = around.takers.listers(path)
    reads = around.travels.reads_catalog(context.scope, listers)
    return _OF_LISTED if reads or (listers and is_test(str(path))) else None


def _put_into_sql(text: Text, around: Surroundings) -> Doubt | None:
    """The doubt of a name that its module may put into SQL."""
    if _is_given_as_table(text.context, around):
        return PUT_INTO_SQL
    if is_asked_what_goes_into_sql(text, around):
        return _PUT_WITH_ITS_KEY
    if not around.travels.builds_names or stays_out_of_sql(text, around):
        return None
    presses = not (leads_away(text, around) or only_chooses(text, around))
    return PUT_INTO_SQL if presses else _PERHAPS_PUT


def _may_be_of_tables(enumeration: str, around: Surroundings) -> bool:
    """Whether members of an enumeration may be put into SQL."""
    mine, takers = around.source.path, around.takers
    naming = around.abroad.few_naming(last_part(enumeration))
    near = {*naming, *takers.builders_near(mine)} - {mine}
    here = takers.builds(mine) and not builds_of_its_own(around)
    # Where so many name it, nobody looks.
    return not naming or here or any(map(takers.builds, near))


def _of_known_tables(text: Text, around: Surroundings) -> Doubt | None:
    """The doubt of a name that meets tables' names."""
    context, travels = text.context, around.travels
    listed = (
        context.usage is Usage.COMPARED
        and travels.reads_catalog(context.scope, around.takers.listers(around.source.path))
        and not around.arguments.meets_none(around.source.path, context.scope, context.inside)
    )
    met = meets_listed(text, around)
    if listed or met or travels.is_looked_up(context) or travels.is_listed(context):
        return COMPARED
    if is_told_of_tables(text, around):
        return _TOLD
    if reaches_library(text, around) or is_looked_up(text, around):
        return A_TABLE
    if context.usage is Usage.KEY and travels.has_blank_under(text.text):
        return _PUT_INTO_ITS_OWN
    made = made_of_sql(text, around)
    return Doubt(made, as_key=True) if made else None


def _is_given_as_table(context: Context, around: Surroundings) -> bool:
    """Whether what gets a name says that it puts a table into SQL."""
    return around.travels.fills_blank(context) or takes_table(context) or fills_template(context)


def _by_what_is_called(text: Text, around: Surroundings) -> Doubt | None:
    """The doubt of a name around which something is called a table."""
    context = text.context
    beside = called_beside(context)
    if beside == "classes" and is_automapped(around):
        return A_TABLE
    function = last_part(context.callee)
    if TAKES_TABLE.search(function):
        return A_TABLE
    called = (assigned_to(context), context.key, context.argument, beside, patched_name(context))
    if not any(map(is_called_table, called)):
        return None
    wanted = where_by_name(text, around) if context.key else None
    if wanted:
        return Doubt(wanted)
    is_key = context.usage in _BESIDE or function == "get"
    return _MENTIONED if context.key or is_key else A_TABLE


def _by_other_signs(  # noqa: PLR0911 - one return for each sign
    text: Text, around: Surroundings
) -> Doubt | None:
    """The doubt of a name that something else around it speaks for."""
    context, path = text.context, around.source.path
    function = last_part(context.callee)
    bare = function == context.callee
    takes = around.takers.takes_name(path, function, bare=bare)
    if takes and not is_a_librarys(text, around):
        return PUT_INTO_SQL
    if reaches_table_argument(text, around):
        return A_TABLE
    meanings = around.legacy.meanings[folded(text.text)]
    names = {text.text, *(it.new for it in meanings)}
    if is_looked_for(context, around) or is_word_of_sql(context, around):
        return _LOOKED_FOR if any(map(around.travels.speaks_of, names)) else _LOOKED_FOR_SOMEWHERE
    seen = _by_what_was_seen(text, around)
    if seen:
        return seen
    if is_key_of_ours(text, around):
        return _FARTHER
    if may_be_taken(text, around):
        return PUT_INTO_SQL if is_perhaps_of_made(text, around) else _FARTHER
    if is_word_of_utils(text, around) or goes_along_with_connection(text, around):
        return A_TABLE
    if is_given_to_program(text, around):
        return _FARTHER
    if is_recorded(text, around):
        return _RECORDED
    return None


def _by_what_was_seen(text: Text, around: Surroundings) -> Doubt | None:
    """The doubt of a name that is looked for in what a test has seen: a stand-in, an error."""
    if found_in_standin(text, around):
        return _KEPT_BY_STANDIN
    if found_in_statements(text, around):
        return _LOOKED_FOR_SOMEWHERE
    told = is_in_error(text.context) and OF_DATABASES.search(around.source.text)
    return _IN_ERROR if told else None


def _by_going_farther(text: Text, around: Surroundings) -> Doubt | None:
    """The doubt of a name that may get into another module."""
    if not may_go_farther(text, around):
        return None
    wanted = where_by_name(text, around)
    if wanted:
        return Doubt(wanted)
    if goes_along_with_taker(text, around) or is_read_as_a_whole(text, around):
        return PUT_INTO_SQL
    if around.takers.meets_builder(around.source.path):
        return None if fills_text(text, around) else _FARTHER
    fills = around.travels.fills_lists and not stays_out_of_sql(text, around)
    return _IN_A_LIST if fills else None
