"""The view as a Mermaid flowchart: files on the left, the target's tables by domain on the right.

https://mermaid.js.org/syntax/flowchart.html: texts stand in quotes, ids are ours, and what means
something within quotes is written as an entity.
"""

from collections import Counter
from collections.abc import Iterator

from plan.errors import counted, in_one_line
from plan.model import Action, folded
from retable.overview.fates import Fate, TableFate
from retable.overview.view import View

_MOST_EDGES = 300
"""Mermaid draws 500 by default (maxEdges); beyond this each arrow stands for many tables."""
_PLAIN = frozenset(" _-./,:()+=")
"""What means nothing within quotes, as letters and digits do: `%%` begins a comment even there."""


def flowchart(view: View) -> str:
    """The whole chart, ready to paste between ```mermaid and ```."""
    return "\n".join(_lines(view)) + "\n"


def _lines(view: View) -> Iterator[str]:
    files = {database.path: f"f{n}" for n, database in enumerate(view.plan.databases, 1)}
    yield "flowchart LR"
    yield '  subgraph today["Databases today"]'
    for database in view.plan.databases:
        yield f"    {files[database.path]}[({_text(database.path, _held(view, database.path))})]"
    yield "  end"
    carried = [it for it in view.fates.tables if it.new is not None and it.fate is not Fate.ABSENT]
    yield f"  subgraph target[{_text(view.plan.target)}]"
    if len(carried) > _MOST_EDGES:
        edges = [*_by_domain(view, carried, files)]
    else:
        edges = [*_by_table(view, carried, files)]
    yield from (line for line in edges if not line.startswith("  f"))
    yield "  end"
    yield from (line for line in edges if line.startswith("  f"))
    yield from _behind(view, files)


def _by_table(view: View, carried: list[TableFate], files: dict[str, str]) -> Iterator[str]:
    """A node for each table of the target, and then an arrow from each of its files."""
    nodes: dict[str, str] = {}
    for n, domain in enumerate(view.plan.domains, 1):
        mine = [it for it in carried if it.planned and it.planned.domain == domain.name]
        fresh = {folded(it.new or ""): it.new or "" for it in mine}
        fresh = {key: new for key, new in fresh.items() if key not in nodes}
        if fresh:
            yield f"    subgraph d{n}[{_text(domain.name)}]"
            for key, new in fresh.items():
                nodes[key] = f"t{len(nodes) + 1}"
                yield f"      {nodes[key]}[{_text(new)}]"
            yield "    end"
    for it in carried:
        arrow = "-.->" if it.fate is Fate.JOINED else "-->"
        said = it.name if folded(it.name) != folded(it.new or "") else ""
        if it.fate is Fate.JOINED and it.planned:
            said = f"{it.name}, {it.planned.merge.value}"
        label = f"|{_text(said)}|" if said else ""
        yield f"  {files[it.database]} {arrow}{label} {nodes[folded(it.new or '')]}"


def _by_domain(view: View, carried: list[TableFate], files: dict[str, str]) -> Iterator[str]:
    """A node for each domain, and an arrow from each file with the number of its tables."""
    flows = Counter((it.database, it.planned.domain) for it in carried if it.planned)
    nodes = {}
    for n, domain in enumerate(view.plan.domains, 1):
        mine = [it for it in carried if it.planned and it.planned.domain == domain.name]
        if mine:
            nodes[domain.name] = f"d{n}"
            number = sum(1 for it in mine if it.fate is not Fate.JOINED)
            yield f"    d{n}[{_text(domain.name, counted(number, 'table'))}]"
    for (path, domain_name), number in flows.items():
        yield f"  {files[path]} -->|{_text(counted(number, 'table'))}| {nodes[domain_name]}"


def _behind(view: View, files: dict[str, str]) -> Iterator[str]:
    kept = view.plan.with_action(Action.KEEP)
    deleted = view.plan.with_action(Action.DELETE)
    skipped = Counter(it.database for it in view.fates.tables if it.fate is Fate.SKIPPED)
    unplanned = Counter(it.database for it in view.fates.tables if it.fate is Fate.UNPLANNED)
    for group, node, text in (
        ({it.path: "" for it in kept}, "kept", "stays as it is"),
        ({it.path: "" for it in deleted}, "deleted", "deleted"),
        ({path: counted(n, "table") for path, n in skipped.items()}, "skipped", "skipped"),
        (
            {path: counted(n, "table") for path, n in unplanned.items()},
            "unplanned",
            "NOT IN THE PLAN",
        ),
    ):
        if group:
            yield f"  {node}([{_text(text)}])"
        for path, said in group.items():
            label = f"|{_text(said)}|" if said else ""
            yield f"  {files[path]} -->{label} {node}"


def _held(view: View, path: str) -> str:
    tables = view.fates.tables_in(path)
    known = [it.rows for it in tables if it.rows is not None]
    rows = f", {counted(sum(known), 'row')}" if known else ""
    return f"{counted(len(tables), 'table')}{rows}"


def _text(*lines: str) -> str:
    """Text in quotes; each part stands in a line of its own."""
    return '"' + "<br>".join(_safe(in_one_line(line)) for line in lines if line) + '"'


def _safe(text: str) -> str:
    return "".join(c if c.isalnum() or c in _PLAIN else f"#{ord(c)};" for c in text)
