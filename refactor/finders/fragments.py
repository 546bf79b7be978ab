"""A condition, a column list, a join or an order that names a table: `old.x = ?`.

Full-text search also names it alone: `old MATCH ?`, `bm25(old)`. Such a text goes into some
statement of its module, where nothing says that it does.
"""

import ast
import re
from collections.abc import Callable, Collection, Iterator

from msgspec.structs import replace

from plan.model import folded
from refactor.finders.apis import tables_given
from refactor.finders.clauses import tables_of_mapped, takes_clause
from refactor.finders.composed import tables_in_composed
from refactor.finders.ctes import may_be_cte
from refactor.finders.finder import Finder, Found, Ignored, Surroundings
from refactor.finders.shapes import JOINED, NAME, PLACES, REFERENCED, SEARCHED, SPELLS_SQL
from refactor.finders.worded import A_WORD, is_word
from refactor.flow.reach import Use
from refactor.proof.oracle import Verdict
from refactor.python.outline import Context, Usage, last_part
from refactor.python.strings import Text, texts_of
from refactor.python.syntax import dotted
from refactor.references import Evidence, Reason, Reference
from refactor.sql.names import HOLE, leads_with_verb, quoted
from refactor.sql.wordings import is_worded, qualified_columns

_ALIASED = re.compile(rf"\s*{NAME}\s+(?P<as>AS\s+)?(?P<alias>[a-z]\w*)\s*", re.IGNORECASE)
_SHORT = re.compile(r"[A-Za-z]\d?")
_LOOKED_FOR = re.compile(
    r"(?:\A|\s)(?:FROM|INTO|JOIN|ON|REFERENCES(?!\s+\S+\s*\()|UPDATE"
    rf"|TABLE(?:\s+IF(?:\s+NOT)?\s+EXISTS)?)\s+{NAME}(?![\w.])",
    re.IGNORECASE,
)
"""What a test looks for in the SQL that some code made: `assert "INTO old" in sql`."""
_PREFIX = re.compile(r"\s*[\"`\[]?\w+[\"`\]]?\.\s*")
_COLUMN = re.compile(rf"\b(\w+)\.(?:\w+|\*|{HOLE})")
_COLUMN_ALONE = re.compile(r"\s*[\"`\[]?\w+[\"`\]]?\s*\.\s*[\"`\[]?(?:\w+|\*)[\"`\]]?\s*")
_BINDS = re.compile(
    rf"(?:[=<>]|\b(?:LIKE|IN|MATCH)\b)\s*\(*\s*(?:\?|[:@$]\w+|%s)|\bIN\s*\(\s*{HOLE}",
    re.IGNORECASE,
)
"""A condition that compares with a value which it gets when it is executed."""
_COLUMNS_IN_LINES = re.compile(r"\s*(?:(?:\w+\.\w+|1)\s+)+(?:\w+\.\w+|1)\s*")
ELSEWHERE = "a piece of SQL whose beginning stands elsewhere: is it this table?"
# What gets a piece of SQL as it is, and what may get one as well as other things.
_TAKES_SQL = re.compile(r"(?:(?:sa|sqlalchemy|db)\.)?text|(?:.*\.)?(?:literal_column|RawSQL|SQL)")
_MAY_TAKE_SQL = frozenset(
    {"and_", "asc", "desc", "filter", "group_by", "having", "or_", "order_by", "where"}
)
_NO_SQL = frozenset({Usage.DISPLAYED, Usage.DOCUMENTATION, Usage.KEY})
_SHAPES = (
    "SELECT 1 FROM {tables} WHERE {text}",
    "SELECT {text} FROM {tables}",
    "SELECT 1 FROM {tables} ORDER BY {text}",
    "SELECT 1 FROM {others} {text}",
    "SELECT 1 FROM {tables} WHERE 1 {text}",
)


def tables_in_pieces(  # noqa: PLR0911 - one return for each finding
    text: Text, around: Surroundings
) -> Found | None:
    """Old tables that a piece of SQL names, where the module has SQL about them, or searches."""
    if text.context.usage in _NO_SQL or leads_with_verb(text.text):
        return None
    looked_for = text.context.usage is Usage.COMPARED and _LOOKED_FOR.search(text.text)
    found = {
        match.start(1): match
        for place in (*PLACES, *([_LOOKED_FOR] if looked_for else []))
        for match in place.finditer(text.text)
        if folded(match[1]) in around.legacy.meanings
    }
    names = [found[start] for start in sorted(found)]
    if not names:
        return _table_referenced(text, around) or _table_with_alias(text, around)
    if takes_clause(text, around) and (
        _COLUMN_ALONE.fullmatch(text.text) or _is_piece_of_sql(text.text, names, around)
    ):
        mapped = tables_of_mapped(text, names, around)
        if mapped is not None:
            return mapped
    spells = SPELLS_SQL.fullmatch(last_part(text.context.callee)) or _is_declared(text, around)
    spelled_out = bool(spells) and _can_be_no_other(text, names, around)
    callee = text.context.callee
    takes_sql = _TAKES_SQL.fullmatch(callee)
    spoken_of = any(it.re in SEARCHED or takes_sql or _is_spoken_of(it[1], around) for it in names)
    if not spelled_out and not spoken_of:
        if names and (
            (last_part(callee) in _MAY_TAKE_SQL and _is_piece_of_sql(text.text, names, around))
            or _goes_where_it_is_spoken_of(text, names, around)
        ):
            return tuple(_reference(text, it, around, pressing=False) for it in names)
        shouted = [it for it in names if it.re is _LOOKED_FOR and it[0].split()[0].isupper()]
        certain = shouted or (names if _says_known_columns(text, names, around) else [])
        pressing = not shouted and _BINDS.search(text.text) is not None
        return tuple(_reference(text, it, around, pressing=pressing) for it in certain) or None
    if (
        not looked_for
        and not _PREFIX.fullmatch(text.text)
        and not _is_piece_of_sql(text.text, names, around)
    ):
        return None
    word = not spelled_out and is_word(text, around)
    asked = (_reference(text, it, around, certain=spelled_out, pressing=not word) for it in names)
    return tuple(replace(it, question=A_WORD) if word else it for it in asked)


def pieces_in_settings(
    text: Text, around: Surroundings, is_spoken_of: Callable[[str], bool]
) -> tuple[Reference, ...]:
    """A question for each old table in a piece of SQL of a file that speaks of one of them."""
    if "." not in text.text:
        return ()  # as in by far the most
    found = (it for place in PLACES for it in place.finditer(text.text))
    names = [it for it in found if folded(it[1]) in around.legacy.meanings]
    if not any(is_spoken_of(it[1]) for it in names) or not _is_piece_of_sql(
        text.text, names, around
    ):
        return ()
    question = "a piece of SQL about a table that the file names: is it this one?"
    references = (_reference(text, it, around, pressing=False) for it in names)
    return tuple(replace(it, question=question) for it in references)


def _table_referenced(text: Text, around: Surroundings) -> Found | None:
    """A question for `INTEGER REFERENCES old (id)`: a column, or a constraint, of some table."""
    names = [it for it in REFERENCED.finditer(text.text) if folded(it[1]) in around.legacy.meanings]
    columns = (f"CREATE TABLE t ({before}{text.text})" for before in ("x ", "x, "))
    if not names or not any(map(around.oracle.is_sql, columns)):
        return None
    shouted = all(it[0].startswith("REFERENCES") for it in names)
    return tuple(_reference(text, it, around, pressing=shouted) for it in names)


def _table_with_alias(text: Text, around: Surroundings) -> Found | None:
    """A question for `old o`, or `old AS other`, where the module has SQL about the table."""
    match = _ALIASED.fullmatch(text.text)
    meanings = around.legacy.meanings.get(folded(match[1]), ()) if match else ()
    if not match or not meanings or not _is_spoken_of(match[1], around):
        return None
    alias, table = match["alias"], match[1]
    use = re.compile(rf"\b{alias}\.(\w+)", re.IGNORECASE)
    named = rf"(?:[\"`\[]?\w+[\"`\]]?\.)?[\"`\[]?{alias}\b"
    says = re.compile(rf"\b(?:FROM|JOIN|AS|WITH)\s+{named}|\b{alias}\s+AS\b", re.IGNORECASE)
    sites = around.outline.sites if around.outline else ()
    # Where a statement says itself what the alias is, it needs no piece that does.
    literals = (it for site in sites for it in site.literals if not says.search(it))
    columns = {it for literal in literals for it in use.findall(literal)}
    databases = {it.database for it in meanings}
    used = any(_has_column(table, quoted(it, ""), databases, around) for it in columns)
    if not used and not match["as"] and not _SHORT.fullmatch(alias):
        return None
    return (_reference(text, match, around, pressing=used),)


def _has_column(table: str, column: str, databases: Collection[str], around: Surroundings) -> bool:
    """Whether a table of one of these databases is known to have a column."""
    sql = f"SELECT {quoted(table, '')}.{column} FROM {quoted(table, '')}"
    return any(around.oracle.today(sql, it).verdict is Verdict.COMPILES for it in databases)


def _goes_where_it_is_spoken_of(
    text: Text, names: list["re.Match[str]"], around: Surroundings
) -> bool:
    """Whether a module that gets a text by a name has SQL about a table, whose piece it may be."""
    if not _is_piece_of_sql(text.text, names, around):
        return False
    tables = "|".join(re.escape(it[1]) for it in names)
    about = re.compile(rf"\b(?:FROM|JOIN|INTO|UPDATE)\s+[\"'`\[]?(?:{tables})\b", re.IGNORECASE)
    mine = around.source.path
    holders = (it.name or last_part(it.scope.function) for it in around.flow.holders(text))
    others = {at for name in holders for at in around.abroad.few_naming(name) if at != mine}
    sources = map(around.abroad.source, sorted(others))
    return any(it and about.search(it.text) for it in sources)


def _says_known_columns(text: Text, names: list["re.Match[str]"], around: Surroundings) -> bool:
    """Whether a text is a piece of SQL about columns that tables are known to have today.

    What is nothing but a column may be the key of something: others judge that.
    """
    if text.context.usage is not Usage.OTHER or _COLUMN_ALONE.fullmatch(text.text):
        return False
    known = all(
        any(around.oracle.knows(meaning.database, it[1]) for meaning in meanings)
        for it in names
        if (meanings := around.legacy.meanings[folded(it[1])])
    )
    return known and _is_piece_of_sql(text.text, names, around)


def _is_spoken_of(name: str, around: Surroundings) -> bool:
    """Whether the module has SQL about an old table, under its new name maybe."""
    meanings = around.legacy.meanings.get(folded(name), ())
    names = {it for meaning in meanings for it in (name, meaning.new)}
    return any(map(around.travels.speaks_of, names)) or any(_named_alone(names, around))


def _named_alone(names: Collection[str], around: Surroundings) -> Iterator[bool]:
    """Whether each literal that is nothing but one of these names goes where a table does."""
    wanted = {folded(it) for it in names}
    for site in around.outline.sites if around.outline else ():
        if len(site.literals) == 1 and folded(site.literals[0]) in wanted:
            if folded(site.literals[0]) not in around.legacy.meanings:
                yield True  # its new name
                continue
            for text in texts_of(around.source, site):
                for find in (tables_given, tables_in_composed):
                    found = find(text, around)
                    yield bool(found) and not isinstance(found, Ignored)


def _is_piece_of_sql(text: str, names: list["re.Match[str]"], around: Surroundings) -> bool:
    tables = {folded(match[1]) for match in names}
    databases = {item.database for name in tables for item in around.legacy.meanings[name]}
    known = {path for path in databases if any(around.oracle.knows(path, it) for it in tables)}
    # Another table's column may be anything: only those of the old tables are judged.
    judged = _COLUMN.sub(lambda it: it[0] if folded(it[1]) in tables else "1", text)
    for sql in _completed(judged, tables):
        if known and any(
            around.oracle.today(sql, path).verdict is Verdict.COMPILES for path in known
        ):
            return True
    if _COLUMN_ALONE.fullmatch(text):
        return False
    if _is_worded(text, tables, known, around):
        return True
    return not known and any(around.oracle.is_sql(sql) for sql in _completed(judged, tables))


def _is_worded(text: str, tables: set[str], known: Collection[str], around: Surroundings) -> bool:
    """Whether a text says nothing but SQL, and has a column of one of some old tables.

    Of the tables that are known, each column must be there.
    """
    columns = [
        (folded(it.qualifier.name), it.column.text)
        for it in qualified_columns(text)
        if folded(it.qualifier.name) in tables
    ]
    if not columns:
        return False
    if known and not all(_has_column(it, column, known, around) for it, column in columns):
        return False
    return is_worded(
        text, lambda word: any(_has_column(it, quoted(word, ""), known, around) for it in tables)
    )


def _completed(text: str, tables: set[str]) -> Iterator[str]:
    joined = {folded(match[1]) for match in JOINED.finditer(text)}
    listed = _listed(tables)
    others = _listed(tables - joined) or "(SELECT 1)"
    texts = [text]
    if _COLUMNS_IN_LINES.fullmatch(text):
        texts.append(", ".join(text.split()))  # something may split the text at its spaces
    for each in texts:
        for shape in _SHAPES:
            yield shape.format(tables=listed, others=others, text=each)


def _listed(tables: set[str]) -> str:
    return ", ".join(quoted(name, "") for name in sorted(tables))


def _is_declared(text: Text, around: Surroundings) -> bool:
    """Whether a text, or the list that it stands in, only goes where the plan says a table does."""
    says, path = around.arguments.is_declared, around.source.path
    if not around.arguments.declares:
        return False  # as in most plans
    if says(path, text.context):
        return True
    uses = around.flow.uses(text)
    return bool(uses) and all(
        isinstance(it.node, ast.Call) and says(path, _argument(it.node, it)) for it in uses
    )


def _argument(node: ast.Call, use: Use) -> Context:
    """What surrounds what a call is given."""
    return Context(use.scope, callee=dotted(node.func), argument=use.argument, inside=node)


def _can_be_no_other(text: Text, names: list["re.Match[str]"], around: Surroundings) -> bool:
    """Whether what takes SQL is given a column of a table that can be no other."""
    tables = {folded(match[1]) for match in names}
    meanings = {name: around.legacy.meanings[name] for name in tables}
    if any(len({it.new for it in each}) > 1 for each in meanings.values()):
        return False
    if may_be_cte(tables, around) or not all(_is_meant(it, text, around) for it in tables):
        return False
    databases = {each[0].database for each in meanings.values()}
    return any(
        around.oracle.today(sql, database).verdict is Verdict.COMPILES
        for sql in _completed(text.text, tables)
        for database in databases
    )


def _is_meant(table: str, text: Text, around: Surroundings) -> bool:
    """Whether the plan and what is opened around a text say nothing against a table."""
    sql = f"SELECT 1 FROM {quoted(table, '')}"
    decision = around.binder.decide(table, sql, around.place(text.context))
    return not decision.stays and decision.question is None


def _reference(
    text: Text,
    match: "re.Match[str]",
    around: Surroundings,
    *,
    certain: bool = False,
    pressing: bool = True,
) -> Reference:
    at = text.place(match.start(1), match.end(1))
    start = text.near(match.start(1), match.end(1)) if at is None else at
    meanings = around.legacy.meanings[folded(match[1])]
    certain = certain and at is not None
    says = (
        "given to what takes pieces of SQL"
        if certain
        else "reads as a piece of SQL that names a table"
    )
    quote = match[0][:1] in '"`['
    new = meanings[0].new if quote else text.spelled(meanings[0].new, start, start + len(match[1]))
    return around.table_reference(
        start,
        match[1],
        meanings[:1] if certain else meanings,
        new=new if certain else None,
        clause="a piece",
        evidence=(Evidence(Reason.GRAMMAR, says),),
        question=None if certain else ELSEWHERE,
        mend="" if certain else "decide by reading the code",
        blocking=pressing and not certain,
    )


FINDER = Finder(
    name="fragment",
    find=tables_in_pieces,
    finds=(
        'db.execute("SELECT 1 FROM old " + where)\nwhere = ["old.x = ?"]',
        'q = "SELECT * FROM old"\nq += order\norder = "old.x DESC"',
        'db.execute("SELECT 1 FROM old " + join)\njoin = "JOIN items ON items.id = old.id"',
        'where = ["old MATCH :words"]\nquery("old", where)',
        'query("old", order="bm25(old, 10.0)")',
        'q = q.order_by(literal_column("old.x"))',
        'q = q.order_by("old.x desc")',
        'where = "old.x = 1"',
    ),
    ignores=(
        'db.execute("SELECT 1 FROM old")\nname = "pkg.old.Class"',
        'db.execute("SELECT 1 FROM old")\nname = "old.py"',
        'db.execute("SELECT 1 FROM old")\nsays = "the old match was better"',
        'db.execute("SELECT 1 FROM old")\nsays = "please join old on the platform"',
        'db.execute("SELECT 1 FROM old")\nprint("old.x = 1")',
        'where = "old.nope = 1"',
        'print("old.x = 1")',
        'q = q.order_by("old.nope")',
        'page.text("old.py", "old.x")',
        'name = "{old.x}_{old.y}"',
    ),
)
