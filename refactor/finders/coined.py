"""A name that sqlite-utils makes of a table's: `items_fts`, `items_tags`, the column `items_id`.

No literal says it, so there is nothing to change: it is another one as soon as the table is.
"""

import ast
from collections.abc import Iterator

from msgspec import Struct

from plan.model import folded
from refactor.apis.callers import scoped
from refactor.apis.coined import link_table, may_coin
from refactor.finders.finder import Surroundings
from refactor.proof import replicas
from refactor.python.outline import Context, Outline, Scope
from refactor.python.syntax import dotted
from refactor.references import Evidence, Reason, Reference
from refactor.sql.names import quoted

_LEAVE = "or, if nothing misses the old one: retable: ignore[open-question] on this line"
_EXTRACTS = ".extract("
_INDEX = "idx_"
_MADE = "sqlite-utils makes a name of the table's here"


class _Table(Struct, frozen=True):
    """A table that a call is about, by its name before and after."""

    old: str
    new: str
    databases: tuple[str, ...]
    """Where it is; empty if it keeps its name."""
    evidence: tuple[Evidence, ...] = ()


class _Problem(Struct, frozen=True):
    """What a call makes of a table's name, and what misses the name from before."""

    table: _Table
    says: str
    mend: str


def names_coined(around: Surroundings) -> Iterator[Reference]:
    """A question for each call that makes another name from now on, where the old one matters."""
    text = around.source.text
    indexed, coined = _INDEX in text, may_coin(text) or _EXTRACTS in text
    if around.outline is None or not (indexed or coined) or not around.tables.are_made:
        return
    if indexed:
        yield from _indexes(around.outline, around)
    if not coined:
        return
    for scope, node in scoped(around.outline.tree):
        match node:
            case ast.Call(func=ast.Attribute(value=table, attr="enable_fts")):
                found = _full_text(_tables(table, scope, node, around), around)
            case ast.Call(func=ast.Attribute(value=table, attr="m2m")):
                found = _linked(table, scope, node, around)
            case ast.Call(func=ast.Attribute(value=table, attr="extract")):
                found = _extracted(table, scope, node, around)
            case _:
                continue
        yield from _asked(node, [*found], around)


def _indexes(outline: Outline, around: Surroundings) -> Iterator[Reference]:
    """Literals that are an index's name as the library makes it: `idx_items_name`.

    It may as well be an index that the code's own SQL makes, and then it keeps its name.
    """
    for site in outline.sites:
        name = site.node.value if isinstance(site.node, ast.Constant) else None
        if not isinstance(name, str) or not name.startswith(_INDEX) or not name.isidentifier():
            continue
        rest = folded(name.removeprefix(_INDEX))
        known = [it for it in around.legacy.meanings if rest.startswith(f"{it}_")]
        if not known:
            continue
        old = max(known, key=len)
        for it in _known(frozenset({old}), site.context, around):
            if it.databases:
                becomes = f"{_INDEX}{it.new}{rest.removeprefix(old)}"
                yield around.table_reference(
                    max(around.source.text.find(name, site.start), site.start),
                    name,
                    [it for it in around.legacy.meanings[old] if folded(it.new) != old],
                    clause="index",
                    evidence=(Evidence(Reason.API, "called as sqlite-utils calls an index"),),
                    question=f"if sqlite-utils makes this index, it makes {becomes} from now on: "
                    "is it looked for?",
                    mend="name the index where it is made: index_name=…",
                    blocking=False,
                )


def _full_text(tables: list[_Table], around: Surroundings) -> Iterator[_Problem]:
    """Full-text tables that the plan does not call as the library will."""
    for it in tables:
        was, becomes = f"{it.old}_fts", f"{it.new}_fts"
        for database in it.databases:
            said = _planned(was, database, around)
            if said == folded(becomes) or (said is None and not _matters((was,), database, around)):
                continue
            mend = f'say in the plan: {{ from = "{was}", in = "{database}", to = "{becomes}" }}'
            yield _Problem(it, f"{was}, and {becomes} from now on{_but(was, said)}", mend)
            break


def _linked(
    table: ast.expr, scope: Scope, call: ast.Call, around: Surroundings
) -> Iterator[_Problem]:
    """Tables of links, whose columns are called after the tables that they link."""
    other = call.args[0] if call.args else _keyword(call, "other_table")
    if other is None:
        return
    path = around.source.path
    given = _keyword(call, "m2m_table")
    links = around.tables.said(path, scope, given) if given else frozenset[str]()
    words = around.tables.said(path, scope, other)
    slot = around.arguments.slot_at(path, scope, call, "0" if call.args else "other_table")
    ones = _tables(table, scope, call, around)
    others = [*_known(words, _of(scope, call), around), *_tables(other, scope, call, around)]
    if not ones and slot is None:
        return
    for one in ones or [_Table("", "", ())]:
        for two in others or [_Table("", "", ())]:
            moved = [it for it in (one, two) if it.databases]
            if not moved:
                continue
            was = next(iter(links), "") or (one.old and two.old and link_table(one.old, two.old))
            columns = [f"{it.old}_id" for it in moved]
            database = moved[0].databases[0]
            made = () if given or not was else (was,)
            if _matters((*made, *columns), database, around, columns):
                for it in moved:
                    says = f"the column {it.old}_id of its links, and {it.new}_id from now on"
                    if made:
                        becomes = link_table(one.new, two.new)
                        but = _but(was, _planned(was, database, around))
                        says = f"{was}, and {becomes} from now on{but}; {says}"
                    yield _Problem(it, says, _by_hand(was, one, two))


def _by_hand(links: str, one: _Table, two: _Table) -> str:
    """What puts links into the table that there is."""
    columns = ", ".join(f'"{it.old}_id": …' for it in (one, two) if it.old)
    return f'insert the links by hand: db["{links or "…"}"].insert({{{columns}}}, replace=True)'


def _extracted(
    table: ast.expr, scope: Scope, call: ast.Call, around: Surroundings
) -> Iterator[_Problem]:
    """Columns that refer to what is extracted, and tables that are called after columns."""
    path = around.source.path
    if not around.tables.named(path, scope, table):
        return  # pandas extracts as well
    given = call.args[1] if len(call.args) > 1 else _keyword(call, "table")
    if given is None:
        columns = call.args[0] if call.args else _keyword(call, "columns")
        words = around.tables.said(path, scope, columns) if columns else frozenset[str]()
        for it in _known(words, _of(scope, call), around):
            mend = f'say so: table="{it.new}", fk_column="{it.old}_id"'
            if it.databases:
                yield _Problem(it, _after_column(it), mend)
    elif len(call.args) < 3 and _keyword(call, "fk_column") is None:  # noqa: PLR2004
        for it in _known(around.tables.said(path, scope, given), _of(scope, call), around):
            column = f"{it.old}_id"
            if it.databases and _matters((column,), it.databases[0], around, (column,)):
                says = f"the column that refers to it {column}, and {it.new}_id from now on"
                yield _Problem(it, says, f'say so: fk_column="{column}"')


def _after_column(table: _Table) -> str:
    return f"{table.old} after the column; the plan calls it {table.new}"


def _asked(call: ast.Call, found: list[_Problem], around: Surroundings) -> Iterator[Reference]:
    """A question for each table that a call may be about: none may be renamed before it."""
    if not isinstance(call.func, ast.Attribute):
        return
    method = call.func.attr
    start = around.source.text.index(method, around.lines.span(call.func.value)[1])
    _, end = around.lines.span(call)
    by_table = {it.table.old: it for it in reversed(found)}
    # Only one thing is asked of a place: the next table's question is at the next letter.
    for at, name in zip(range(start, end), sorted(by_table), strict=False):
        problem = by_table[name]
        table = problem.table
        meanings = around.legacy.meanings[folded(table.old)]
        yield around.table_reference(
            at,
            method,
            [it for it in meanings if it.database in table.databases],
            clause="argument",
            evidence=(Evidence(Reason.API, _MADE), *table.evidence),
            question=f"{_MADE}: {problem.says}: what is to be done?",
            mend=f"{problem.mend}, {_LEAVE}",
            blocking=True,
        )


def _tables(node: ast.expr, scope: Scope, call: ast.Call, around: Surroundings) -> list[_Table]:
    """The tables that an expression may be, as far as they are known."""
    names = around.tables.named(around.source.path, scope, node)
    return _known(names, _of(scope, call), around)


def _of(scope: Scope, call: ast.Call) -> Context:
    """What surrounds the arguments of a call."""
    return Context(scope, callee=dotted(call.func), inside=call)


def _known(names: frozenset[str], context: Context, around: Surroundings) -> list[_Table]:
    """The tables of these names, before and after, where something speaks of them."""
    place = around.place(context)
    found = []
    for name in sorted(names):
        if folded(name) not in around.legacy.meanings:
            found.append(_Table(name, name, ()))
            continue
        decision = around.binder.decide(name, f"SELECT 1 FROM {quoted(name, '')}", place)
        moved = [it for it in decision.meanings if folded(it.new) != folded(it.old)]
        if decision.stays or not moved:
            found.append(_Table(name, name, ()))
            continue
        for new in dict.fromkeys(it.new for it in moved):
            databases = tuple(dict.fromkeys(it.database for it in moved if it.new == new))
            found.append(_Table(name, new, databases, decision.evidence))
    return found


def _planned(name: str, database: str, around: Surroundings) -> str | None:
    """What the plan calls a table of a database, folded; None of one that it does not have."""
    if (database, folded(name)) not in around.legacy.domains:
        return None
    return around.oracle.becomes(database, name)


def _but(name: str, said: str | None) -> str:
    return f", where the plan has no {name}" if said is None else f", where the plan says {said}"


def _matters(
    names: tuple[str, ...],
    database: str,
    around: Surroundings,
    columns: "list[str] | tuple[str, ...]" = (),
) -> bool:
    """Whether data or code has a table or column of such a name, as far as anyone can say."""
    if not around.binder.is_on_file(database) or any(map(around.abroad.is_named, names)):
        return True
    known = around.oracle.tables()[database]
    if any(folded(it) in known for it in names):
        return True
    connection = around.oracle.database(database) if columns else None
    wanted = set(map(folded, columns))
    return connection is not None and any(wanted & replicas.columns(connection, it) for it in known)


def _keyword(call: ast.Call, name: str) -> ast.expr | None:
    return next((it.value for it in call.keywords if it.arg == name), None)
