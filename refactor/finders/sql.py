"""SQL that names a table, in whatever way its text is put together."""

import re
from collections.abc import Iterable, Iterator, Mapping
from itertools import groupby

from msgspec import Struct
from msgspec.structs import replace

from plan.model import folded
from refactor.databases.attachments import schemas_of
from refactor.databases.temporaries import Meant
from refactor.databases.weighing import NOTHING_ATTACHED, Attached, Decision, binding_for
from refactor.finders.attached import attached_paths
from refactor.finders.catalogued import tables_catalogued
from refactor.finders.finder import Finder, Found, Ignored, Surroundings
from refactor.finders.frames import ASKED, LEAVE, is_frame
from refactor.finders.fulltext import own_columns
from refactor.finders.keptsql import tables_kept
from refactor.finders.nested import certain_in, is_piece, names_more, queries_in
from refactor.finders.recorded import tables_recorded
from refactor.finders.scanned import tables_scanned
from refactor.finders.shelled import named_to_shell
from refactor.legacy import Meaning
from refactor.proof.bylines import apart_by_lines
from refactor.proof.oracle import Verdict
from refactor.python.outline import Usage
from refactor.python.strings import ELSEWHERE, Text
from refactor.references import Evidence, Reason, Reference
from refactor.sql.definitions import TEMPORARY_VIEW
from refactor.sql.names import (
    HOLE,
    Role,
    Statement,
    TableName,
    is_shouted,
    leads_with_verb,
    statements,
    table_names,
)
from refactor.sql.scopes import UNKNOWN_SCHEMA, is_temporary
from refactor.sql.wordings import qualified_columns
from refactor.travels import creates, makes_temporary

_OWN_SCHEMAS = frozenset({None, "main"})
_BYTES = "SQLite takes no bytes for SQL, and nothing here decodes them: is it SQL?"
_SENTENCE = "it reads as SQL and as a sentence: which is it?"
_HIDDEN = "a temporary view of this name hides the table: what should be read then?"
_TEMPORARY = "makes a temporary table of this name too: is it that one?"
_SAY_WHICH = "say which: temp. before the name of the temporary one, main. before the other's"
_READ = "decide by reading the code"
_WORDS = re.compile(r"[A-Za-z][\w ]*")
_PLAIN_ENGLISH = re.compile(r"(?:analyze|reindex|values|with|explain)\b")
_SHOUTED_CLAUSE = re.compile(r"\s(?:FROM|INTO|SET|WHERE|VALUES|JOIN)\s")
"""No sentence has these in capitals, however it begins."""
_PIECE_OF_SQL = re.compile(
    r"\b(?:FROM|JOIN|INTO|UPDATE|TABLE|REFERENCES|VIEW|ON|USING)\b|\((?i:\s*select)\b"
)


class _Statement(Struct, frozen=True):
    """One statement of a text, and whether it is SQL at all."""

    sql: str
    is_sql: bool
    doubt: str | None
    compiles: bool
    attached: Attached = NOTHING_ATTACHED


def tables_in_sql(text: Text, around: Surroundings) -> Found | None:
    """The old tables that a text's SQL names."""
    if text.context.usage is Usage.DOCUMENTATION:
        return Ignored("documentation")
    text = apart_by_lines(_parted(text, around), around.oracle)
    everything = table_names(text.text)
    more = (
        *tables_kept(text, around),
        *attached_paths(text, around),
        *tables_scanned(text, around),
        *named_to_shell(text, around),
        *tables_catalogued(text, frozenset(it.start for it in everything), around),
        *tables_recorded(text, frozenset(it.start for it in everything), around),
    )
    names = tuple(name for name in everything if _is_legacy(text, name, around))
    if not names and more:
        return more
    if not names:
        return Ignored("SQL, but not a table") if leads_with_verb(text.text) else None
    spans = statements(text.text)
    hidden = tuple(own_columns(text, names, spans, around))
    names = tuple(sorted((*names, *hidden), key=lambda it: it.start)) if hidden else names
    judged = {
        index: _judge(
            text,
            spans[index],
            tuple(here),
            _attached(text, (it for it in everything if it.statement == index), around),
            around,
        )
        for index, here in groupby(names, key=lambda name: name.statement)
    }
    if not more and not any(statement.is_sql for statement in judged.values()):
        return Ignored("prose") if leads_with_verb(text.text) else None
    whole = {} if _leads(text.text) else _in_queries(text, around)
    references = tuple(
        whole.get(reference.start, reference)
        for name in names
        if judged[name.statement].is_sql
        for reference in _reference(text, name, judged[name.statement], around)
    )
    if not _leads(text.text):
        references += tuple(_beside(text, references, names, around))
    if not references and not more:
        return Ignored("a table that keeps its name")
    return _all_or_none((*references, *more))


def _in_queries(text: Text, around: Surroundings) -> dict[int, Reference]:
    """What whole queries in a piece of SQL name for certain, by its place."""
    queries = [*queries_in(text)]
    if not queries or not is_piece(text, around) or names_more(text, queries, around):
        return {}
    found = (certain_in(tables_in_sql(it, around), around) for it in queries)
    return dict(pair for each in found for pair in each)


def _beside(
    text: Text,
    references: tuple[Reference, ...],
    names: Iterable[TableName],
    around: Surroundings,
) -> Iterator[Reference]:
    """The same question for the other columns of old tables in a piece that asks one.

    The grammar reads no more of a piece than what stands in parentheses or behind a word of SQL.
    """
    asked = next((it for it in references if it.question), None)
    if asked is None:
        return
    said = {it.start for it in references}
    rivals = frozenset[str]().union(*(it.rivals for it in names))
    for token in (it.qualifier for it in qualified_columns(text.text)):
        meanings = around.legacy.meanings.get(folded(token.name), ())
        inner = 1 if token.quote else 0
        start = text.near(token.start + inner, token.end - inner)
        if meanings and start not in said and folded(token.name) not in rivals:
            yield around.table_reference(
                start,
                token.name,
                meanings,
                clause="qualifier",
                evidence=(Evidence(Reason.GRAMMAR, "stands in qualifier"),),
                question=asked.question,
                mend=asked.mend,
                blocking=asked.blocking,
            )


def _attached(text: Text, names: Iterable[TableName], around: Surroundings) -> Attached:
    """What is attached where a statement stands that names these tables."""
    place = around.place(text.context)
    path, scope = place.path, place.scope
    if not around.attachments.of(path):
        return NOTHING_ATTACHED
    schemas = frozenset(name.schema for name in names if name.schema not in _OWN_SCHEMAS)
    known = schemas_of(around.attachments, path, scope, schemas)
    return Attached(known, around.attachments.within(path, scope))


def _parted(text: Text, around: Surroundings) -> Text:
    """The text with a space before each hole that only seems to continue a name.

    In `"… FROM old" + where` the name is whole if all that `where` is given begins with a space.
    """
    scope = text.context.scope
    holes = (at for at, char in enumerate(text.text) if char == HOLE)
    apart = [
        at
        for at, hole in zip(holes, text.holes, strict=False)
        if at and text.text[at - 1].isidentifier() and around.travels.starts_apart(hole, scope)
    ]
    return text.with_spaces(apart) if apart else text


def _is_legacy(text: Text, name: TableName, around: Surroundings) -> bool:
    meanings = around.legacy.meanings.get(folded(name.name.replace(HOLE, "")), ())
    if not meanings or (is_temporary(name.schema) and name.clause != TEMPORARY_VIEW):
        return False
    return any(
        name.role is not Role.VIEW
        or _is_renamed_view(it)
        or _hides(name, it)
        or _replaces(text, name, it, around)
        for it in meanings
    )


def _is_renamed_view(meaning: Meaning) -> bool:
    return meaning.view and folded(meaning.new) != folded(meaning.old)


def _hides(name: TableName, meaning: Meaning) -> bool:
    """Whether a temporary view stands before a table: what reads the table reads the view then."""
    return name.clause == TEMPORARY_VIEW and not meaning.view


def _replaces(text: Text, name: TableName, meaning: Meaning, around: Surroundings) -> bool:
    """Whether a view takes the place of a table that its module drops: who reads it goes along.

    One that reads the new table keeps the old name alive.
    """
    takes = name.clause == "CREATE VIEW" and not meaning.view
    if not takes or not around.travels.drops(name.name):
        return False
    return all(folded(it.name) != folded(meaning.new) for it in table_names(text.text))


def _judge(
    text: Text,
    span: Statement,
    here: tuple[TableName, ...],
    attached: Attached,
    around: Surroundings,
) -> _Statement:
    """Judge one statement by the old tables that it names."""
    judged = _judged(text, span, here, attached.schemas, around)
    return replace(judged, attached=attached)


def _judged(
    text: Text,
    span: Statement,
    here: tuple[TableName, ...],
    attached: Mapping[str, str],
    around: Surroundings,
) -> _Statement:
    sql = _without_parentheses(text.text[span.start : span.end])
    databases = {
        meaning.database
        for name in here
        for meaning in around.legacy.meanings[folded(name.name.replace(HOLE, ""))]
    }
    judged = around.oracle.judged(sql, databases, attached)
    compiles = any(it.verdict is Verdict.COMPILES for it in judged.values())
    if around.executed(text):
        return _Statement(sql, is_sql=True, doubt=None, compiles=compiles)
    parses = compiles or around.oracle.is_sql(sql)
    if text.context.usage is Usage.DISPLAYED:
        doubt = "it is shown to people, and reads as SQL: should it say the new name?"
        return _Statement(sql, compiles or (parses and is_shouted(sql)), doubt, compiles)
    if compiles:
        sentence = _SENTENCE if _is_sentence(sql) else None
        return _Statement(sql, is_sql=True, doubt=sentence, compiles=True)
    if not _leads(sql):
        doubt = "a piece of SQL whose beginning stands elsewhere: is it this table?"
        return _Statement(sql, bool(_PIECE_OF_SQL.search(sql)), doubt, compiles=False)
    known = any(around.oracle.knows(d, n.name) for d in databases for n in here)
    known = known and not any(_defines(sql, it, databases, around) for it in here)
    return _Statement(sql, *_reading(sql, span.verb, parses=parses, known=known), compiles=False)


def _defines(sql: str, name: TableName, databases: Iterable[str], around: Surroundings) -> bool:
    """Whether a text creates a table as it is today: no sentence has its columns."""
    return name.role is Role.DECLARES and any(
        around.oracle.creates(sql, it, name.name).verdict is Verdict.COMPILES for it in databases
    )


def _leads(sql: str) -> bool:
    """Whether a text begins as a statement does, and not with a query that something follows."""
    return leads_with_verb(sql) and _without_parentheses(sql).lstrip()[:1] != "("


def _without_parentheses(sql: str) -> str:
    """A query that stands in parentheses, without them: alone they are no statement."""
    return sql[1:-1] if sql.startswith("(") and sql.endswith(")") else sql


def _is_sentence(sql: str) -> bool:
    """Whether a text is words only, with one capital at its beginning or with hardly any SQL."""
    return _WORDS.fullmatch(sql) is not None and (
        sql.split(maxsplit=1)[0].istitle() or _PLAIN_ENGLISH.match(sql) is not None
    )


def _reading(sql: str, verb: str, *, parses: bool, known: bool) -> tuple[bool, str | None]:
    """Whether a text that nothing executes and that compiles nowhere is SQL, and what to ask."""
    written = sql[: len(verb)]
    if not parses:
        doubt = None if HOLE in sql else "SQLite cannot parse it, yet it reads as SQL: is it?"
        return is_shouted(sql) or _SHOUTED_CLAUSE.search(sql) is not None, doubt
    if written.istitle() and not _SHOUTED_CLAUSE.search(sql):
        return not known, _SENTENCE
    # No PRAGMA is compiled, since that would carry it out: that it fits no table says nothing.
    if not written.isupper() and known and HOLE not in sql and verb != "PRAGMA":
        return True, "it parses as SQL, but fits no table of today: is it SQL?"
    return True, None


def _reference(
    text: Text, name: TableName, statement: _Statement, around: Surroundings
) -> Iterator[Reference]:
    inner = 1 if name.quote else 0
    at = text.place(name.start + inner, name.end - inner)
    doubt = _BYTES if text.context.binary else _doubt(name, statement, at)
    if text.starts[name.start + inner] == ELSEWHERE:
        return  # its own module asks about it
    decision = _decision(text, name, statement, around)
    meant, temporary = _temporary(text, name, around)
    if decision is None or decision.stays or meant is Meant.TEMPORARY:
        return
    captured = _captured(name, decision)
    decided = decision.question, decision.mend
    asked = (
        # What SQLite refuses may be just right in the SQL of another system.
        *((decided,) if decision.of_others else ()),
        (doubt, _READ),
        (temporary, _SAY_WHICH),
        _of_schema(text, name, decision, statement, around),
        decided,
        captured,
    )
    question, mend = next((it for it in asked if it[0]), (None, _READ))
    of_frame = is_frame(text, name, question, around)
    if of_frame:
        question, mend = ASKED.format(name=name.name), LEAVE
    new = None
    if at is not None and not decision.question:
        new = decision.meanings[0].new
        if not name.quote:
            new = text.spelled(new, at, at + len(name.name))
    start = text.near(name.start + inner, name.end - inner) if at is None else at
    yield around.table_reference(
        start,
        text.text[name.start + inner : name.end - inner],
        decision.meanings,
        new=new,
        clause=name.clause,
        evidence=(Evidence(Reason.GRAMMAR, f"stands in {name.clause}"), *decision.evidence),
        question=question,
        mend=mend,
        blocking=question is not None
        and not of_frame
        and text.context.usage is not Usage.DISPLAYED
        and not text.context.binary,
    )


def _temporary(text: Text, name: TableName, around: Surroundings) -> tuple[Meant, str | None]:
    """Whether a name means a temporary table that some code makes, and what to ask if it may."""
    meant, whose = Meant.PLANNED, "its file"
    made = around.travels.temporary.get(folded(name.name), ())
    speaks = around.travels.temporary or around.outline is None
    if speaks and (made or makes_temporary(text.text, name.name)):
        place = around.place(text.context)
        meant = around.temporaries.meant(name, text.text, place, len(made))
    elif around.temporaries.are_made:
        maker = around.temporaries.maker(name, around.place(text.context))
        meant, whose = (Meant.EITHER, str(maker)) if maker else (meant, whose)
    return meant, f"{whose} {_TEMPORARY}" if meant is Meant.EITHER else None


def _captured(name: TableName, decision: Decision) -> tuple[str | None, str]:
    """A question and its mend, where the new name is that of something else in the statement."""
    taken = next((it.new for it in decision.meanings if folded(it.new) in name.rivals), None)
    if taken is None:
        return None, ""
    return (
        f"{taken}, its new name, is an alias or a CTE of this statement: what would it mean?",
        f"give the alias another name than {taken}",
    )


def _decision(
    text: Text, name: TableName, statement: _Statement, around: Surroundings
) -> Decision | None:
    """Which table a name means; None where it is another file's, which the plan leaves alone."""
    place = around.place(text.context)
    old = name.name.replace(HOLE, "")
    if name.schema not in _OWN_SCHEMAS:
        files = around.attachments.named(place.path, place.scope, name.schema or "")
        if files.database:
            return around.binder.in_database(
                old, name.schema or "", files.database, statement.sql, statement.attached
            )
        if files.others and not files.databases and files.sure:
            return None
    return around.binder.decide(
        old,
        statement.sql,
        place,
        declares=name.verb == "CREATE"
        and (name.role is Role.DECLARES or name.clause == "CREATE VIEW"),
        homemade=(
            *around.travels.creating(name.name),
            *((text.text,) if creates(text.text, name.name) else ()),
        ),
        attached=statement.attached,
        script=text.text,
    )


def _doubt(name: TableName, statement: _Statement, at: int | None) -> str | None:
    if HOLE in name.name:
        return f"part of the name is only known at run time ({name.clause})"
    if at is None:
        return "the name is spelled with escapes or over several literals"
    if statement.doubt or name.clause == TEMPORARY_VIEW:
        return statement.doubt or _HIDDEN
    if name.doubt and name.doubt != UNKNOWN_SCHEMA and not statement.compiles:
        return f"{name.doubt}: is this the table?"
    return None


def _of_schema(
    text: Text,
    name: TableName,
    decision: Decision,
    statement: _Statement,
    around: Surroundings,
) -> tuple[str | None, str]:
    """A question and its mend, where nobody says which database stands behind a schema's name.

    What a program only knows at run time is `main`, or nothing, where no code attaches anything.
    """
    schema, place = name.schema or "", around.place(text.context)
    if name.schema in _OWN_SCHEMAS or folded(schema) in statement.attached.schemas:
        return None, ""
    question = f"{schema} is another database attached under that name: whose table is it?"
    if schema.strip(HOLE):
        return question, _READ
    attached = around.outline is None or around.attachments.anywhere
    if around.binder.is_bound(place) or not attached:
        return None, ""
    return question, binding_for(place, decision.meanings)


def _all_or_none(references: tuple[Reference, ...]) -> tuple[Reference, ...]:
    """Leave a whole text alone while a name in it awaits an answer."""
    if not any(reference.blocking for reference in references):
        return references
    return tuple(
        replace(
            reference,
            question="another name in the same text awaits an answer",
            mend="answer that one",
            blocking=True,
        )
        if reference.question is None
        else reference
        for reference in references
    )


FINDER = Finder(
    name="sql",
    find=tables_in_sql,
    finds=(
        'db.execute("SELECT 1 FROM old")',
        'QUERY = """\\nUPDATE old\\nSET x = 1\\n"""',
        'db.execute(f"DELETE FROM old WHERE id IN ({marks})")',
        "sql = 'select * from ' 'old where id = ?'",
        "db.execute(\"SELECT name FROM sqlite_master WHERE name = 'old'\")",
    ),
    ignores=(
        'log.info("Delete the old rows from the old table")',
        '"""SELECT * FROM old"""',
        'db.execute("SELECT old FROM other")',
        'title = "Update the old list"',
    ),
)
