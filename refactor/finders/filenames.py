"""Tables that are called after files: `frame.to_sql(file.stem, db)`, `f"… INTO {file.stem} …"`.

No literal names the table, but a file of the code is called as it is: `seed/old.csv`.
"""

import ast
import re
from collections.abc import Collection, Iterator

from refactor.apis.callers import scoped
from refactor.finders.commands import RUNS
from refactor.finders.finder import Surroundings
from refactor.finders.stems import cuts_ending
from refactor.holes import tables_in
from refactor.python.outline import Scope, last_part
from refactor.python.strings import Text
from refactor.python.syntax import dotted, given_in
from refactor.references import Evidence, Reason, Reference
from refactor.tablefiles import OF_DATA

_FILE = re.compile(r"(?:[^\s]*/)?\w+\.[a-z]\w*")
_LOADS = frozenset({"to_sql"})
_STEM = re.compile(
    r"\$\([ ]*basename\b[^()\n]*\)|`basename\b[^`\n]*`|\$\{\w+%{1,2}[^}\n]*\}"
    r"|\$\{\w+##[^}\n]*\}|%~n\w"
)
"""What gives a file's name without its ending, or its folder, in a script."""
_SHOWN = 3


def tables_after_files(tree: ast.Module, around: Surroundings) -> Iterator[Reference]:
    """A question for what puts files' names into SQL, where some are called as old tables."""
    if around.source.path not in around.files.loaders:
        return
    text = around.source.text
    # Where neither their folder nor their ending is said, they may be anything.
    said = any(it.suffix in text and it.parent.name in text for it, _ in around.files.called)
    for node in names_of_files(tree, around):
        yield _asked(*around.lines.span(node), around, blocking=said)


def tables_after_files_in(text: Text, around: Surroundings) -> Iterator[Reference]:
    """The same for a script: `sqlite3 $DB ".import $f $(basename $f .csv)"`."""
    stem = _STEM.search(text.text) if RUNS.search(text.text) else None
    if stem and any(path.suffix in text.text for path, _ in around.files.called):
        start = text.near(*stem.span())
        yield _asked(start, start + len(stem[0]), around, blocking=False)


def _asked(start: int, end: int, around: Surroundings, *, blocking: bool) -> Reference:
    files = [path for path, _ in around.files.called]
    tables = dict.fromkeys(table for _, table in around.files.called)
    shown = ", ".join(map(str, files[:_SHOWN])) + (", …" if files[_SHOWN:] else "")
    return around.table_reference(
        start,
        around.source.text[start:end],
        [it for table in tables for it in around.legacy.meanings[table]],
        clause="file",
        evidence=(Evidence(Reason.FLOW, "the name of a file is put into SQL"),),
        question=f"a table's name is made of a file's, and there is {shown}: is it one?",
        mend="rename the files, or say which table each of them is",
        blocking=blocking,
    )


def is_file_of_table(text: Text, around: Surroundings) -> bool:
    """Whether a literal is a file's name, where names of files are put into SQL."""
    path, takers = around.source.path, around.takers
    if not text.text.endswith(OF_DATA) or not _FILE.fullmatch(text.text):
        return False
    for loader in takers.near(path, takers.stemming):
        tree = around.abroad.tree(loader)
        if tree and any(True for _ in names_of_files(tree, around)):
            return True
    return False


def names_of_files(tree: ast.Module, around: Surroundings) -> Iterator[ast.expr]:
    """What puts a file's name without its ending into SQL, or hands it to what loads a table."""
    nodes = scoped(tree)
    takers = around.travels.takers | around.takers.taken(around.source.path)
    given: set[tuple[Scope, str]] = set()
    for scope, node in nodes:
        match node:
            case (
                ast.Assign(targets=[ast.Name(id=name)], value=value)
                | ast.NamedExpr(target=ast.Name(id=name), value=value)
            ) if cuts_ending(value, around):
                given.add((scope, name))
            case ast.Assign(
                targets=[ast.Tuple(elts=[ast.Name(id=name), *_])], value=ast.Call(func=func)
            ) if last_part(dotted(func)) == "splitext":
                given.add((scope, name))
    for scope, node in nodes:
        for table in (*tables_in(node), *_loaded(node, takers)):
            by_name = isinstance(table, ast.Name) and (scope, table.id) in given
            if by_name or cuts_ending(table, around):
                yield table


def _loaded(node: ast.AST, takers: Collection[str]) -> Iterator[ast.expr]:
    """What a call gets that loads a table, or puts what it gets into SQL."""
    match node:
        case ast.Call(func=func) if last_part(dotted(func)) in takers:
            yield from given_in(node)
        case ast.Call(func=func, args=args, keywords=keywords) if (
            last_part(dotted(func)) in _LOADS or getattr(func, "attr", "") in _LOADS
        ):
            yield from args[:1]
            yield from (it.value for it in keywords if it.arg == "name")
