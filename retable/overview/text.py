"""The view as people read it: 80 columns are enough, and a long plan stays readable."""

import textwrap
from collections import Counter
from collections.abc import Iterable, Iterator, Mapping, Sequence

from migrate.contents import Contents
from plan.errors import counted, counted_that, in_one_line
from plan.model import Action, Domain, Plan
from refactor.found import Search
from refactor.references import Kind
from retable.console import err, out
from retable.markup import escape
from retable.overview.fates import Fate, TableFate
from retable.overview.totals import coverage_lines, estimate_lines, meeting_lines, order_lines
from retable.overview.view import View
from retable.overview.words import LISTED, size, some

_LONG = 60
"""Of a plan with more tables, those that keep their name are counted, not listed."""
_WIDEST = 32

Named = Mapping[tuple[str | None, str], int]
"""How often the code names a table, by database and old name."""


def show_plan(view: View, search: Search | None) -> None:
    """What becomes of the files, of the tables, and of all else."""
    named: Counter[tuple[str | None, str]] = Counter()
    if search:
        named.update((it.database, it.group) for it in search.references if it.kind is Kind.TABLE)
    parts = (
        _databases(view),
        _tables(view, named),
        _behind(view),
        meeting_lines(view.meetings),
        coverage_lines(view.coverage),
        order_lines(view.order),
        estimate_lines(view.estimate) if view.estimate else (),
    )
    for part in map(tuple, parts):
        if part:
            _say(part)
            out.print()
    for note in view.surveyed.notes if view.surveyed else ():
        err.print(f"note: {escape(note)}")
    for path in view.unlisted:
        err.print(f"note: {escape(in_one_line(path))} is not in the plan, and lies beside these")


def _say(lines: Sequence[str]) -> None:
    """A heading and what is below it; broken at blanks where a terminal would break it anywhere."""
    first, *rest = lines
    out.print(f"[bold]{escape(in_one_line(first))}[/bold]")
    for line in rest:
        indent = " " * (len(line) - len(line.lstrip()) + 2)
        whole = in_one_line(line)
        if out.is_terminal and len(whole) > out.width:
            whole = textwrap.fill(
                whole, out.width, subsequent_indent=indent, break_on_hyphens=False
            )
        out.print(escape(whole))


def _databases(view: View) -> Iterator[str]:
    when = "" if view.surveyed else ", as they were before the migration"
    yield f"Databases → {view.plan.target}{when}"
    contents = {it.path: it for it in view.contents}
    width = _widest(database.path for database in view.plan.databases)
    for database in view.plan.databases:
        held = contents.get(database.path)
        said = _held(view, held) if held else ""
        yield f"  {database.path:<{width}}  {database.action.value:<6}  {said}".rstrip()


def _held(view: View, held: Contents) -> str:
    if held.schema is None:
        return f"not looked into: {held.why_not}"
    tables = view.fates.tables_in(held.path)
    rows = sum(it.rows or 0 for it in tables)
    takes = f", {size(held.bytes)}" if held.bytes else ""
    if not tables:
        return f"no tables{takes}"
    if all(it.rows is None for it in tables):
        return f"{counted(len(tables), 'table')}{takes}"
    return f"{counted(len(tables), 'table')}, {counted(rows, 'row')}{takes}"


def _tables(view: View, named: Named) -> Iterator[str]:
    carried = [it for it in view.fates.tables if it.new is not None]
    if not carried:
        return
    widths = (
        max(len("Tables"), _widest(it.new or "" for it in carried)),
        max(len("today"), _widest(it.name for it in carried)),
    )
    yield f"{'Tables':<{widths[0] + 2}}   {'today':<{widths[1]}} {'rows':>9} {'in code':>8}"
    for domain in view.plan.domains:
        mine = [it for it in carried if it.planned and it.planned.domain == domain.name]
        yield from _domain(view.plan, domain, mine, named, widths, short=len(carried) > _LONG)


def _domain(
    plan: Plan,
    domain: Domain,
    tables: Sequence[TableFate],
    named: Named,
    widths: tuple[int, int],
    *,
    short: bool,
) -> Iterator[str]:
    if tables:
        about = f": {domain.about}" if domain.about else ""
        yield f"{domain.name}{about}"
    told = [it for it in tables if not (short and _is_plain(it))]
    most = LISTED if short else len(told)
    for table in told[:most]:
        yield from _table(plan, table, named, widths)
    if told[most:]:
        yield f"  … and {len(told) - most:,} more: `retable plan --format json` has all of them"
    plain = [it for it in tables if short and _is_plain(it)]
    if plain:
        rows = counted(sum(it.rows or 0 for it in plain), "row")
        those = counted_that(len(plain), "table", "keeps its name", "keep their names")
        yield f"  … {those} ({rows}): {some([it.name for it in plain])}"


def _is_plain(table: TableFate) -> bool:
    keeps = table.planned is not None and table.planned.keeps_old_name
    return table.fate in (Fate.STAYS, Fate.MOVED) and not keeps


def _table(plan: Plan, table: TableFate, named: Named, widths: tuple[int, int]) -> Iterator[str]:
    rows = f"{table.rows:,}" if table.rows is not None else ""
    times = str(named.get((table.database, table.name), 0) or "")
    arrow = " " if table.fate in (Fate.STAYS, Fate.MOVED) else "←"
    said = f"  {table.new:<{widths[0]}} {arrow} {table.name:<{widths[1]}} {rows:>9} {times:>8}"
    more = [] if table.database == plan.target else [f"of {table.database}"]
    if table.fate is Fate.ABSENT:
        more.append("which has no such table")
    if table.fate is Fate.JOINED and table.planned:
        more.append(f"joins it, {table.planned.merge.value}")
    if table.virtual:
        more.append("a virtual table")
    if table.planned and table.planned.keeps_old_name:
        more.append(f"{table.planned.old} stays as a {_view(table)}")
    remark = ", ".join(more)
    if not remark or len(said) + len(remark) + 2 <= out.width:
        yield f"{said}  {remark}".rstrip()
    else:
        yield said.rstrip()
        yield f"  {'':<{widths[0]}}   {remark}"


def _view(table: TableFate) -> str:
    writable = table.planned is not None and table.planned.compat.value == "writable"
    return "view that takes writes" if writable else "view"


def _behind(view: View) -> Iterator[str]:
    """What does not get to the target."""
    lines = [*_skipped(view), *_whole_files(view), *_unplanned(view)]
    if lines:
        yield "Not carried over"
        yield from lines


def _skipped(view: View) -> Iterator[str]:
    skipped = [it for it in view.fates.tables if it.fate is Fate.SKIPPED]
    for it in skipped if len(skipped) <= LISTED * 2 else skipped[:LISTED]:
        claim = it.skip.claim.value if it.skip else ""
        rows = counted(it.rows, "row") if it.rows is not None else "rows not counted"
        yield f"  {it.name} of {it.database}: skipped as {claim}, {rows}"
    if len(skipped) > LISTED * 2:
        yield f"  … and {len(skipped) - LISTED} more are skipped"


def _whole_files(view: View) -> Iterator[str]:
    for database in view.plan.with_action(Action.KEEP, Action.DELETE):
        tables = view.fates.tables_in(database.path)
        fate = "kept" if database.action is Action.KEEP else "DELETED"
        held = next((it for it in view.contents if it.path == database.path), None)
        if held and held.schema is None:
            yield f"  {database.path}: {fate}, and what it holds is not known"
        elif not tables:
            yield f"  {database.path}: {fate.lower()}; it holds no table"
        else:
            names = some(f"{it.name} ({_rows(it)})" for it in tables)
            yield f"  {database.path}: {fate} with {counted(len(tables), 'table')}: {names}"


def _rows(table: TableFate) -> str:
    return "?" if table.rows is None else f"{table.rows:,}"


def _unplanned(view: View) -> Iterator[str]:
    for it in view.fates.tables:
        if it.fate is Fate.UNPLANNED:
            rows = counted(it.rows, "row") if it.rows is not None else "rows not counted"
            yield f"  {it.name} of {it.database}: NOT IN THE PLAN, {rows}"


def _widest(texts: Iterable[str]) -> int:
    return max((min(len(text), _WIDEST) for text in texts), default=0)
