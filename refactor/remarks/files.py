"""What code does to a database's file: ask whether it exists, delete, move, copy or measure it."""

import ast
import re
from collections.abc import Iterator
from enum import StrEnum
from pathlib import PurePosixPath

from refactor.python.outline import Scope, last_part
from refactor.python.syntax import dotted, literals_in, statements_in
from refactor.remarks.parts import become, key_of, remark_at
from refactor.remarks.project import Project
from refactor.remarks.remark import About, Remark, Remarker, as_seen
from refactor.sql.names import HOLE


class _Deed(StrEnum):
    ASKS = "asks"
    DELETES = "deletes"
    MOVES = "moves"
    COPIES = "copies"
    OVERWRITES = "overwrites"
    MEASURES = "measures"


_DESTROYS = frozenset({_Deed.DELETES, _Deed.MOVES, _Deed.OVERWRITES})
_BY_METHOD = {
    "exists": _Deed.ASKS,
    "is_file": _Deed.ASKS,
    "unlink": _Deed.DELETES,
    "rename": _Deed.MOVES,
    "replace": _Deed.MOVES,
    "write_bytes": _Deed.OVERWRITES,
    "read_bytes": _Deed.COPIES,
    "stat": _Deed.MEASURES,
}
_BY_FUNCTION = {
    **dict.fromkeys(("exists", "lexists", "isfile", "access"), (_Deed.ASKS,)),
    **dict.fromkeys(("remove", "unlink"), (_Deed.DELETES,)),
    **dict.fromkeys(("rename", "renames", "replace", "move"), (_Deed.MOVES, _Deed.OVERWRITES)),
    **dict.fromkeys(("copy", "copy2", "copyfile"), (_Deed.COPIES, _Deed.OVERWRITES)),
    **dict.fromkeys(("getsize", "getmtime", "stat"), (_Deed.MEASURES,)),
}
"""What a function does to its first argument, and to its second."""
_MODULES = frozenset({"os", "os.path", "path", "shutil", "osp", "aiofiles.os", "posixpath"})
_OF_OS_PATH = frozenset({"exists", "lexists", "isfile", "getsize", "getmtime"})
_NAMES = (
    *_BY_FUNCTION.keys() - {"replace"},
    *_BY_METHOD.keys() - {"replace"},
    "os.replace",
    "rmtree",
)
_OF_CONNECTION = ("backup", "iterdump")
"""Methods of a connection that copy all of its file."""
_NEAR_CALL = 200
"""Characters before a bracket in which the name stands of what is called."""
_OF_MORE = (*_OF_CONNECTION, "rmtree", "glob")
_WITHOUT_ARGUMENTS = frozenset({*_BY_METHOD, "iterdump"})
_ALL_NAMES = frozenset(it.rpartition(".")[2] for it in (*_NAMES, *_OF_CONNECTION))
_LAST_NAME = re.compile(r"(?<!def )\b\w+\Z")
_RENAMES_COLUMNS = re.compile(r"\s*(?:columns|index|mapper|axis)\s*=|\s*\{")
_TAKES_ONE = re.compile(r"[^,()]+\)")
_LISTS = ("glob", "iglob", "rglob")
_PATTERN = re.compile(r"[^\n]*\*[\w.*-]*[\"']")
_NEAR = 20
"""So many lines above a call a function, or a loop in it, names a file that it is given."""
_FOR_WRITING = re.compile(r"[^\n]*[\"'][wx]")
_WRITES = re.compile(r"[wx]")
_WHY = {
    _Deed.ASKS: "exists whether or not the tables that this code needs do",
    _Deed.DELETES: "is deleted here, with the tables of all",
    _Deed.MOVES: "is moved away here, with the tables of all",
    _Deed.COPIES: "is copied here, with the tables of all",
    _Deed.OVERWRITES: "is written over here, and the tables of all are lost",
    _Deed.MEASURES: "has the size and time of all its tables",
}
_LOOK = {
    _Deed.ASKS: "ask for a table instead, or create what is missing with IF NOT EXISTS each time",
    _Deed.DELETES: "drop or empty its own tables instead",
    _Deed.MOVES: "move its own tables instead",
    _Deed.COPIES: "whether all of it may go where the copy goes",
    _Deed.OVERWRITES: "write its own tables instead",
    _Deed.MEASURES: "count the rows of its own tables instead",
}


def deeds_to_files(project: Project, path: PurePosixPath) -> Iterator[Remark]:
    """A remark for each thing that is done to the file of a database which merges."""
    if path not in project.near and path not in project.helpers:
        return
    # What names no file of the plan, and is given none, may still have a connection, or a folder.
    may_mean = project.lines_naming(path) or path in project.given_to
    for scope, call in project.calls(path, _places if may_mean else _places_of_more):
        for deed, node in _deeds(call):
            yield from _remarked(project, path, scope, call, deed, node)
        name = last_part(dotted(call.func))
        if name == "rmtree" and call.args:
            yield from _folder_removed(project, path, scope, call)
        if name in _OF_CONNECTION:
            yield from _copied(project, path, scope, call)
        if name in _LISTS and call.args:
            yield from _files_listed(project, path, scope, call)


def _places(text: str) -> Iterator[int]:
    """Where a text may call one of these: a pattern for all of it costs ten times as much."""
    at = -1
    for before in text.split("(")[:-1]:
        at += len(before) + 1
        callee = before.rstrip()
        if (
            (callee.endswith((*_NAMES, *_OF_CONNECTION)) and _is_deed(callee, text, at + 1))
            or (callee.endswith(".replace") and _TAKES_ONE.match(text, at + 1))
            or (callee.endswith("open") and _FOR_WRITING.match(text, at + 1))
            or (callee.endswith(_LISTS) and _PATTERN.match(text, at + 1))
        ):
            yield at


def _places_of_more(text: str) -> Iterator[int]:
    """The same of what is done with no file that the text would name."""
    if any(it in text for it in _OF_MORE):
        before = ((at, text[max(at - _NEAR_CALL, 0) : at]) for at in _places(text))
        yield from (at for at, callee in before if callee.rstrip().endswith(_OF_MORE))


def _is_deed(callee: str, text: str, at: int) -> bool:
    """Whether a name that ends like one of these is one, and is given what a file is given.

    Dictionaries are copied, and the columns of tables renamed, in far more modules than files.
    """
    named = _LAST_NAME.search(callee)
    name = named[0] if named else ""
    if name == "rename":
        return _RENAMES_COLUMNS.match(text, at) is None
    return name in _WITHOUT_ARGUMENTS or (name in _ALL_NAMES and not text.startswith(")", at))


def _deeds(call: ast.Call) -> Iterator[tuple[_Deed, ast.expr]]:
    """What a call does to which path."""
    match call.func:
        case ast.Attribute(value=value, attr=name) if not _is_of_module(call, value, name):
            takes_one = name != "replace" or len(call.args) == 1  # a text's own takes two
            if name in _BY_METHOD and takes_one:
                yield _BY_METHOD[name], value
            if name == "open" and call.args and _is_for_writing(call.args[0]):
                yield _Deed.OVERWRITES, value
        case ast.Attribute(attr=name) | ast.Name(id=name):
            yield from zip(_BY_FUNCTION.get(name, ()), call.args, strict=False)
            if name == "open" and len(call.args) > 1 and _is_for_writing(call.args[1]):
                yield _Deed.OVERWRITES, call.args[0]


def _is_of_module(call: ast.Call, value: ast.expr, name: str) -> bool:
    """Whether it is a function of a module: `path` is what most paths are called as well."""
    module = dotted(value)
    return module in _MODULES and (module != "path" or (bool(call.args) and name in _OF_OS_PATH))


def _is_for_writing(mode: ast.expr) -> bool:
    return (
        isinstance(mode, ast.Constant)
        and isinstance(mode.value, str)
        and bool(_WRITES.search(mode.value))
    )


def _remarked(
    project: Project,
    path: PurePosixPath,
    scope: Scope,
    call: ast.Call,
    deed: _Deed,
    node: ast.expr,
) -> Iterator[Remark]:
    named, sure = _named(project, path, scope, call, node)
    found = named & (project.shared if deed in _DESTROYS else project.merging)
    if not found or _is_own(project, path, call.func):
        return
    maybe = "" if sure and found == named else "this may be it; "
    target = project.plan.target
    becomes = (
        f"{become(project, sorted(found))}, which"
        if found != {target}
        else f"{target}, where all is then,"
    )
    why = f"{maybe}{becomes} {_WHY[deed]}"
    yield remark_at(project, path, call, About.FILE, tuple(sorted(found)), why, _LOOK[deed])


def _named(
    project: Project, path: PurePosixPath, scope: Scope, call: ast.Call, node: ast.expr
) -> tuple[frozenset[str], bool]:
    """The files that a path may mean, by itself or by whoever gives it, and whether it does."""
    if project.lines_naming(path):
        named = project.paths.of(path, scope, node)
        if named:
            return named.databases, named.sure and not named.others
    entry = key_of(node) if isinstance(node, ast.Subscript | ast.Call) else ""
    told = project.settings.get(entry) if entry else None
    if told:
        return told, False
    if not _may_be_given(project, path, scope, call):
        return frozenset(), False
    given = project.executors.files_of(path, node)
    return given.databases, given.whole and not given.others


def _is_own(project: Project, path: PurePosixPath, func: ast.expr) -> bool:
    """Whether a function that is called by its name alone is one of the code itself."""
    tree = project.codebase.tree_of(path) if isinstance(func, ast.Name) else None
    for node in statements_in(tree) if tree else ():
        match node:
            case ast.FunctionDef(name=name) | ast.AsyncFunctionDef(name=name):
                if name == dotted(func):
                    return True
            case ast.ImportFrom(module=module, names=names, level=level):
                given = {it.asname or it.name for it in names}
                said = "." * level + (module or "")
                if dotted(func) in given and project.imported(said, path):
                    return True
    return False


def _may_be_given(project: Project, path: PurePosixPath, scope: Scope, call: ast.Call) -> bool:
    """Whether a file may come to a call: it is named nearby, or where the function is called."""
    return (
        any(0 < call.lineno - line < _NEAR for line, _ in project.lines_naming(path))
        or last_part(scope.function) in project.given_files
        or scope.owner in project.given_files
    )


def _copied(
    project: Project, path: PurePosixPath, scope: Scope, call: ast.Call
) -> Iterator[Remark]:
    """A remark on a connection whose file is copied as a whole."""
    match call:
        case ast.Call(func=ast.Attribute(value=ast.Name(id="self" | "cls"))):
            return
        case ast.Call(func=ast.Attribute(attr="backup"), args=[], keywords=[]):
            return
        case ast.Call(func=ast.Name()):
            return
    reach = project.reach(path, scope)
    found = tuple(it for it in reach.databases if it in project.merging) if reach else ()
    if reach and found:
        why = f"{reach.says} ({project.plan.target} then), and the tables of all are copied"
        yield remark_at(project, path, call, About.FILE, found, why, _LOOK[_Deed.COPIES])


def _folder_removed(
    project: Project, path: PurePosixPath, scope: Scope, call: ast.Call
) -> Iterator[Remark]:
    folder = project.folders.known(path, scope, call.args[0])
    if folder is None:
        return
    inside = tuple(sorted(it for it in project.merging if PurePosixPath(it).is_relative_to(folder)))
    if not inside:
        return
    target = project.plan.target
    if PurePosixPath(target).is_relative_to(folder):
        why = f"{target} lies in this folder, with the tables of all"
    else:
        why = f"{' and '.join(inside)} becomes {target}, which is not in this folder: it stays"
    yield remark_at(project, path, call, About.FILE, inside, why, "what this is to remove")


def _files_listed(
    project: Project, path: PurePosixPath, scope: Scope, call: ast.Call
) -> Iterator[Remark]:
    """A remark on a search for files whose pattern fits databases that will be gone."""
    pattern = HOLE.join(literals_in(call.args[0])).rpartition(HOLE)[2].lstrip("/")
    unseen, folder = not isinstance(call.args[0], ast.Constant), None
    of_path = isinstance(call.func, ast.Attribute) and dotted(call.func.value) != "glob"
    if isinstance(call.func, ast.Attribute) and of_path:
        folder = project.folders.known(path, scope, call.func.value)
    if not pattern.strip("*.") and (unseen or (of_path and folder is None)):
        return  # whatever is there, and where that is nobody knows
    found = tuple(
        it
        for it in sorted(project.merging)
        if "*" in pattern
        and PurePosixPath(it).match(pattern)
        and (folder is None or PurePosixPath(it).is_relative_to(folder))
    )
    if found:
        why = f"{' and '.join(found)} becomes {project.plan.target}: this finds fewer files then"
        look = "what it is to do with the one that all share"
        yield remark_at(project, path, call, About.FILE, found, why, look)


REMARKER = Remarker(
    name="files",
    look=deeds_to_files,
    remarks=as_seen,
    makes=(
        'DB = Path("data/old.db")\nif not DB.exists():\n    create()',
        'import os\nos.remove("data/old.db")',
        'def f(path="data/old.db"):\n    shutil.copy(path, "copy.db")',
        'class A:\n    db = DATA / "data" / "old.db"\n    def f(self):\n        self.db.unlink()',
        'shutil.copyfile("seed.db", "data/old.db")',
        'from shutil import move\nmove("data/old.db", "b.db")',
        'size = os.path.getsize("data/old.db")',
        'a = sqlite3.connect("data/old.db")\na.backup(other)',
        'a = sqlite3.connect("data/old.db")\nwrite("".join(a.iterdump()))',
        'shutil.rmtree("data")\nx = "data/old.db"',
        'for db in glob.glob("data/*.db"):\n    back_up(db)\nx = "data/old.db"',
        'for db in Path("data").glob("*.db"):\n    back_up(db)\nx = "data/old.db"',
    ),
    leaves=(
        'DB = Path("data/old.db")\nDB.parent.exists()',
        'DB = Path("data/old.db")\nDB.with_suffix(".bak").unlink()',
        'def test(tmp_path):\n    db = tmp_path / "old.db"\n    assert db.exists()',
        'x = "data/old.db".replace("old", "new")',
        'a = sqlite3.connect("data/old.db")\nmanager.backup()',
        'DB = "data/old.db"\nos.makedirs(os.path.dirname(DB))',
        'DB = "data/old.db"\nglob.glob("data/*.json") + glob.glob("other/*.db")',
        'def move(source, to):\n    to.execute(source)\nmove("data/old.db", other)',
    ),
)
