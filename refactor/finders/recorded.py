"""Names of tables that rows keep, as those of an audit do: `WHERE table_name = 'old'`.

The rows of today say the old name. Whether they and what asks for them shall say the new one is
for people to decide, so nobody is held up.
"""

import re
from collections.abc import Container, Iterator, Sequence

from plan.model import folded
from refactor.finders.catalogued import CATALOG
from refactor.finders.finder import Surroundings
from refactor.flow.consumers import What
from refactor.legacy import Meaning
from refactor.proof.replicas import columns
from refactor.python.outline import Usage, last_part
from refactor.python.strings import Text
from refactor.references import Evidence, Reason, Reference
from refactor.sql.names import HOLE, leads_with_verb, statements, table_names
from refactor.sql.tokens import Kind, significant_tokens

_STRING = re.compile(r"'(\w+)'")
_KEEPS_NAMES = re.compile(
    r"\b(?:table_?name|tbl(?:_?name)?|\w+_(?:table|tbl)|entity(?:_?(?:name|type))?|relation"
    r"|(?:item|object|owner|parent|record|ref|resource|source|subject|target)_type)\b",
    re.IGNORECASE,
)
"""What columns are called that keep the names of tables."""
_BESIDE = frozenset({Usage.KEY, Usage.COMPARED})
_SAYS = "kept in rows, or looked for there"


def tables_recorded(text: Text, named: Container[int], around: Surroundings) -> Iterator[Reference]:
    """A question for each string of SQL that is an old table's name where rows keep such names.

    Args:
        text: what may be SQL.
        named: where the strings begin that the grammar knows as names.
        around: what is known of the file.
    """
    sql, all_meanings = text.text, around.legacy.meanings
    if text.context.usage is Usage.DISPLAYED or not any(
        folded(it) in all_meanings for it in _STRING.findall(sql)
    ):
        return  # as in far the most
    if not around.executed(text) and not (leads_with_verb(sql) and around.oracle.is_sql(sql)):
        return
    for statement in statements(sql):
        written = sql[statement.start : statement.end]
        for token in significant_tokens(written):
            start = statement.start + token.start
            meanings = all_meanings.get(folded(token.name), ())
            if token.kind is not Kind.STRING or not meanings or start in named:
                continue
            if records_tables(written, meanings, around):
                yield _asked(text, token.name, start + 1, meanings, around)


def records_tables(sql: str, meanings: Sequence[Meaning], around: Surroundings) -> bool:
    """Whether a statement speaks of columns that keep the names of tables, these among them."""
    if CATALOG.search(sql) or not any(folded(it.new) != folded(it.old) for it in meanings):
        return False
    recording = around.legacy.recording
    if _KEEPS_NAMES.search(sql) or (
        recording and any(folded(it.name) in recording for it in table_names(sql))
    ):
        return True
    return any(
        _KEEPS_NAMES.fullmatch(column)
        for name in table_names(sql)
        # The rows of one database may keep the names of another's tables.
        for database in dict.fromkeys(
            it.database for it in (*meanings, *around.legacy.meanings.get(folded(name.name), ()))
        )
        if (connection := around.oracle.database(database))
        for column in columns(connection, name.name)
    )


def is_recorded(text: Text, around: Surroundings) -> bool:
    """Whether a literal is a parameter of what keeps tables' names in rows, or meets such rows."""
    meanings = around.legacy.meanings[folded(text.text)]
    given = (
        sql for use in around.flow.uses(text) if use.what is What.PARAMETER for sql in use.statement
    )
    return any(records_tables(sql, meanings, around) for sql in (*given, *_read_near(text, around)))


def _read_near(text: Text, around: Surroundings) -> Iterator[str]:
    """The statements of the function in which a literal is compared with something, or is a key."""
    context = text.context
    is_key = last_part(context.callee) == "get" and context.argument == "0"
    if around.outline is None or not (is_key or context.usage in _BESIDE):
        return
    for site in around.outline.sites:
        here = site.context.scope == context.scope
        if here and site.literals and leads_with_verb(site.literals[0]):
            yield HOLE.join(site.literals)


def _asked(
    text: Text, name: str, start: int, meanings: Sequence[Meaning], around: Surroundings
) -> Reference:
    return around.table_reference(
        text.near(start, start + len(name)),
        name,
        meanings,
        clause="text",
        evidence=(Evidence(Reason.GRAMMAR, _SAYS),),
        question=f"{_SAYS}: is it this table?",
        mend="if it is, let the rows of before say the new name as well, or none of them",
        blocking=False,
    )
