"""Literals that are put into longer statements: names that travel, clauses that are added.

Each statement is read as it is once all its parts are there, and says what a literal in it names.
"""

import re
from collections.abc import Sequence
from pathlib import PurePosixPath
from typing import TYPE_CHECKING

from msgspec.structs import replace

from plan.model import folded
from refactor.databases.databasepaths import database_in
from refactor.databases.weighing import ON_EACH
from refactor.finders.alone import followed, is_kept
from refactor.finders.chains import named_in_chain
from refactor.finders.finder import Finder, Found, Ignored, Surroundings
from refactor.finders.listed import listed_names
from refactor.finders.qualified import names_in_reference
from refactor.finders.shapes import sources_in
from refactor.finders.sql import tables_in_sql
from refactor.finders.within import is_quoted, named_within, qualifies_nothing
from refactor.flow.abroad import Journey
from refactor.python.outline import Usage
from refactor.python.strings import Text
from refactor.sql.names import leads_with_verb
from refactor.sql.tokens import KEYWORDS, upper

if TYPE_CHECKING:
    from refactor.references import Reference

_WORD = re.compile(r"\w+")
_OF_SQL = re.compile(
    r"\w[\"`\]]?\s*\.\s*[\w\"`\[*\ue000]|[=<>?(),*]"
    r"|\b(?:FROM|JOIN|INTO|UPDATE|TABLE|WHERE|SET|ON|USING|AND|OR|IN|AS|BY|LIMIT|VALUES|SELECT|UNION"
    r"|EXISTS|REFERENCES|MATCH|INDEX|VIEW)\b",
    re.IGNORECASE,
)
_OF_MODULES = re.compile(r"\w+(?:\.\w+){3,}|[\w./-]+/\w+")
"""Dotted names of more parts than `main.old.id` has, and paths that do not end like `old.id`."""
_FEW_WORDS = 3
"""A piece of as few may have no word of SQL: `old o`, and `IGNORE old` behind `UPDATE OR`."""


def tables_in_composed(text: Text, around: Surroundings) -> Found | None:
    """The old tables that a literal names in the statements that it is put into."""
    if text.context.usage is Usage.DOCUMENTATION:
        return None
    meanings = around.legacy.meanings.get(folded(text.text))
    if meanings is not None:
        found = followed(text, meanings, around)
        kept = found is None and is_kept(text, meanings, around)
        return Ignored("a table that keeps its name") if kept else found
    names = listed_names(text, around) or _referred(text, around)
    if names:
        return _each(names, around)
    if leads_with_verb(text.text):
        if not text.holes and _is_whole(text, around):
            return None
    elif text.context.usage is Usage.DISPLAYED or not _may_be_piece(text.text, around):
        return None
    return _in_statements(text, around)


def _in_statements(text: Text, around: Surroundings) -> Found | None:
    """What a text names in the statements that it is put into."""
    statements = _statements_of(text, around)
    runs = not statements or any(_may_run(it.text, around) for it in statements)
    if not runs and around.flow.executes_alone(text):
        return None  # with more it would not run: it is read as it is
    found = named_within(text, statements, around)
    if isinstance(found, Ignored):
        found = _continued(text, around) or found
    elif found and all(it.certain for it in found):
        found = _on_each(text, found, around) or found
    return found if found is not None or statements else _named_abroad(text, around)


def _continued(text: Text, around: Surroundings) -> Found | None:
    """A question for what a statement names as it is, where more may be put behind the name."""
    found = _executed_alone(text, around)
    if found is None:
        return None
    question = "it is executed as it is, and with more behind the name: which should it name?"
    mend = "spell each of the names out"
    return tuple(replace(it, new=None, question=question, mend=mend, blocking=True) for it in found)


def _on_each(
    text: Text, found: "tuple[Reference, ...]", around: Surroundings
) -> "tuple[Reference, ...] | None":
    """A question for what a statement names on several databases where nothing is put behind it."""
    tables = (around.legacy.meanings.get(folded(it.old), ()) for it in found)
    if all(len({it.new for it in meanings}) < 2 for meanings in tables):  # noqa: PLR2004
        return None  # as in most
    alone = _executed_alone(text, around)
    return alone if alone and any(it.mend == ON_EACH for it in alone) else None


def _executed_alone(text: Text, around: Surroundings) -> "tuple[Reference, ...] | None":
    """What a statement names that is executed as it is as well; None of any other text."""
    found = tables_in_sql(text, around) if around.flow.executes_alone(text) else None
    return None if isinstance(found, Ignored) else found


def _named_abroad(text: Text, around: Surroundings) -> Found | None:
    """The old tables that a piece names in statements of other modules.

    A question for each, unless there is nothing but these statements, and all of them say the same.
    """
    if text.context.usage is Usage.COMPARED or not _names_table(text, around):
        return None
    journey = around.abroad.journey(around.source.path, around.flow, text)
    sure = _agreed_abroad(text, journey, around)
    if sure is not None:
        return sure
    for path, statement in journey.statements:
        here = replace(around, judged_in=path)
        found = named_within(text, (statement,), here) if path != around.source.path else None
        if found and not isinstance(found, Ignored):
            question = f"a piece of SQL that {path} puts together: is it this table?"
            mend = "decide by reading the code"
            mine = [it for it in found if around.source.text.startswith(it.old, it.start)]
            uses = [use for _, use in journey.uses]
            chained = named_in_chain(text, {folded(it.old) for it in mine}, uses, around)
            if mine and chained:
                return tuple(_as_in_chain(it, chained[folded(it.old)]) for it in mine)
            return tuple(
                replace(it, new=None, question=question, mend=mend, blocking=True) for it in mine
            )
    return None


def _as_in_chain(reference: "Reference", named: "Reference") -> "Reference":
    """A reference of a piece, as its chain names the table."""
    changed = {"databases": named.databases, "evidence": named.evidence, "group": named.group}
    return replace(reference, new=named.new, question=None, mend="", blocking=False, **changed)


def _agreed_abroad(text: Text, journey: Journey, around: Surroundings) -> Found | None:
    """What a piece names in all statements that it goes into, if nothing else is done with it.

    None if they do not agree.
    """
    by_path: dict[PurePosixPath, list[Text]] = {}
    for path, statement in journey.statements:
        by_path.setdefault(path, []).append(statement)
    found = [named_within(text, it, replace(around, judged_in=at)) for at, it in by_path.items()]
    first = found[0] if found and not journey.uses else None
    if isinstance(first, Ignored) and all(isinstance(it, Ignored) for it in found):
        return first
    if not isinstance(first, tuple) or not all(it.certain for it in first):
        return None
    changes = {(it.start, it.new) for it in first}
    same = (isinstance(it, tuple) and {(e.start, e.new) for e in it} == changes for it in found)
    return first if all(same) else None


def _names_table(text: Text, around: Surroundings) -> bool:
    """Whether a text names an old table as pieces of SQL do."""
    return any(folded(name) in around.legacy.meanings for name in sources_in(text.text))


def _referred(text: Text, around: Surroundings) -> Sequence[Text]:
    """The names in a literal that another module may put behind FROM, and this one does not."""
    names = tuple(names_in_reference(text, around))
    return () if names and around.flow.statements(text) else names


def _each(names: Sequence[Text], around: Surroundings) -> Found | None:
    """What becomes of several names that stand in one literal."""
    found: list[Reference] = []
    for name in names:
        here = followed(name, around.legacy.meanings[folded(name.text)], around)
        if here is None or isinstance(here, Ignored):
            return None
        found += here
    return tuple(found)


def _may_be_piece(text: str, around: Surroundings) -> bool:
    """Whether a text has an old table's name, and anything of SQL: that is cheap to see."""
    words = _WORD.findall(text)
    if not any(folded(word) in around.legacy.meanings for word in words):
        return False
    if _OF_MODULES.fullmatch(text) or database_in(text, around.legacy):
        return False
    if _OF_SQL.search(text):
        return True
    # Behind a word of prose no table is named: `No pending old`.
    named = zip(("OR", *words), words, strict=False)
    return len(words) <= _FEW_WORDS and any(
        folded(word) in around.legacy.meanings and upper(before) in KEYWORDS
        for before, word in named
    )


def _is_whole(text: Text, around: Surroundings) -> bool:
    """Whether a statement is only executed as it is: that is cheap to see, and so comes first."""
    if text.context.usage is Usage.EXECUTED and not text.context.within:
        return True
    name, source = re.escape(text.context.target), around.source.text
    if not name:
        return False
    final = re.compile(
        rf"execute\w*\(\s*(?:\w+\.)*{name}\s*[,)]|^[ \t]*(?:\w+\.)?{name}\s*(?::[^=\n]*)?=(?!=)",
        re.MULTILINE,
    )
    return len(re.findall(rf"\b{name}\b", source)) == len(final.findall(source))


def _may_run(sql: str, around: Surroundings) -> bool:
    """Whether SQLite may run a statement as it is put together."""
    return not qualifies_nothing(sql) and around.oracle.is_sql(sql)


def _statements(text: Text, around: Surroundings) -> tuple[tuple[PurePosixPath, Text], ...]:
    """The statements that a text goes into, wherever they are."""
    if folded(text.text) in around.legacy.meanings:
        return around.abroad.journey(around.source.path, around.flow, text).statements
    return tuple((around.source.path, it) for it in _statements_of(text, around))


def _statements_of(text: Text, around: Surroundings) -> tuple[Text, ...]:
    """The statements of this module that a text is a part of, and no value in."""
    return tuple(it for it in around.flow.statements(text) if not is_quoted(text, it))


FINDER = Finder(
    name="composed",
    find=tables_in_composed,
    reads=lambda text, around: tuple(it for _, it in _statements(text, around)) or (text,),
    finds=(
        'for t in ("old", "z"):\n    db.execute(f"DELETE FROM {t}")',
        'TABLE = "old"\ndb.execute("SELECT * FROM " + TABLE)',
        'q = "SELECT 1 FROM items"\nif x:\n    q += " JOIN old USING (id)"\ndb.execute(q)',
        'def rows(table):\n    return db.execute(f"SELECT 1 FROM {table}")\nrows("old")',
    ),
    ignores=(
        'db.execute(f"SELECT {column} FROM z")\ncolumn = "old"',
        'for t in ("old", "z"):\n    print(t)',
    ),
)
