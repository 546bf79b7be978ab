"""A write while another connection to what is one file then is in the middle of a transaction.

With two files nothing happens; one file is locked until the first of them commits.
"""

import ast
from collections import defaultdict
from collections.abc import Collection, Iterable, Iterator, Sequence
from itertools import chain
from pathlib import PurePosixPath
from string import ascii_letters, digits

from msgspec import Struct
from msgspec.structs import replace

from refactor.databases.databasepaths import is_test
from refactor.databases.openings import At
from refactor.python.assignments import FUNCTIONS, Module
from refactor.python.outline import last_part
from refactor.python.syntax import dotted
from refactor.remarks.parts import become, remark_at
from refactor.remarks.project import Project
from refactor.remarks.remark import About, Remark, Remarker
from refactor.remarks.transactions import CHANGES, EXECUTES, OPENS, Clash, Transactions, Write
from refactor.remarks.twice import files_held_twice
from refactor.text.lines import places

_EXECUTES = ".execute"
_VERBS = tuple(it.lower() for it in CHANGES)
_STAYING = tuple(it.lower() for it in OPENS)
_ALONE = 1
_LONGEST_VERB = max(map(len, _VERBS))
_BEFORE_VERB = " \n\t\"'frFR("
_EXAMPLE = """def log():
    b = connect('data/target.db')
    b.execute('DELETE FROM z')
    b.commit()
"""
_TO_VERB = 80
"""So far behind the name of the method its statement begins."""
_WORD = f"{ascii_letters}{digits}_"
_LONGEST = 60
_SAYS_LITTLE = frozenset({"close", "commit", "connect", "cursor", "get", "rollback"})
_LOOPS = ("for ", "while ")
_OPENING = frozenset(EXECUTES)
_TWO = 2


class _Seen(Struct, frozen=True):
    """A file that writes by SQL, as its text looks."""

    path: PurePosixPath
    calling: frozenset[str]
    """What it calls behind a write, before it commits."""
    functions: frozenset[str]
    leaving: frozenset[str]
    """Those of its functions that write and do not commit."""


def _look(project: Project, path: PurePosixPath) -> Iterator[_Seen]:
    source = project.source(path)
    text = source.text if source else ""
    writes = [at for at in places(text, _EXECUTES) if _is_write(text, at)]
    if not writes or is_test(str(path)) or not project.codebase.is_python(path):
        return  # a test would tell by itself
    calling, leaving = set[str](), set[str]()
    for at in writes:
        if not _is_write(text, at, _STAYING):
            continue
        begins = max(text.rfind("def ", 0, at), 0)
        behind, commits = _behind(text, at + len(_EXECUTES))
        before = text[begins:at]
        behind += _looped(before)
        if behind.count("(") > _ALONE:
            others = {_holder(behind, it) for it in places(behind, _EXECUTES)}
            alone = others <= {_holder(text, at)}
            calling.update(it for it in _called_in(behind) if not (alone and it in _OPENING))
        if begins and not commits and "with " not in before:
            leaving.add(before[len("def ") :].partition("(")[0])
    functions = frozenset([it.partition("(")[0] for it in text.split("def ")[1:]])
    yield _Seen(path, frozenset(calling), functions, frozenset(leaving))


def _is_write(text: str, at: int, verbs: tuple[str, ...] = _VERBS) -> bool:
    """Whether what is executed at a place begins as what changes a database.

    It may where it has a name that the text gives it to, or gives to nothing.
    """
    said = text[at : at + _TO_VERB].partition("(")[2]
    if _begins(said, verbs):
        return True
    behind = said.lstrip(f"{_WORD}.")
    name = last_part(said[: len(said) - len(behind)])
    if not name or name[0] in digits:
        return False
    if behind[:1] != "(":
        given = [*_given(text, name)]
        return not given or any(_begins(it, verbs) for it in given)
    made = text.find(f"def {name}(")
    body = text[made : text.find("def ", made + 1)] if made >= 0 else behind
    return any(_begins(it, verbs) for it in body.replace("'", '"').split('"'))


def _begins(said: str, verbs: tuple[str, ...]) -> bool:
    return said.lstrip(_BEFORE_VERB)[:_LONGEST_VERB].lower().startswith(verbs)


def _given(text: str, name: str) -> Iterator[str]:
    """How that begins which a text gives to a name."""
    for at in places(text, name):
        end = at + len(name)
        head, sign, value = text[end : end + _TO_VERB].partition("=")
        annotated = head[:1] == ":" and "\n" not in head
        if (
            sign
            and value[:1] != "="
            and text[at - 1 : at] not in _WORD
            and (annotated or not head.strip())
        ):
            yield value


def _looped(before: str) -> str:
    """What is done again in the next round, of what stands before a place in its function."""
    loops = (at for it in _LOOPS for at in places(before, it) if _begins_line(before, at))
    first = min(loops, default=None)
    return "" if first is None else before[first:]


def _begins_line(text: str, at: int) -> bool:
    return text[text.rfind("\n", 0, at) + 1 : at].strip() in {"", "async"}


def _holder(text: str, at: int) -> str:
    """The name of what executes something at a place."""
    return text[max(at - _LONGEST, 0) : at].rpartition("\n")[2].rpartition(" ")[2]


def _behind(text: str, at: int) -> tuple[str, bool]:
    """What stands behind a place in its function, before it commits; and whether it does.

    Where that may fail, with what is done then.
    """
    ends = text.find("def ", at)
    ends = ends if ends >= 0 else len(text)
    commits = text.find(".commit(", at, ends)
    if commits < 0:
        return text[at:ends], False
    fails = text.find("except", commits, ends)
    return text[at:commits] + (text[fails:ends] if fails >= 0 else ""), True


def _called_in(text: str) -> Iterator[str]:
    """What is called in a text, by the last parts of its names: a pattern costs far more."""
    for before in text.split("(")[:-1]:
        called = before[len(before.rstrip(_WORD)) :]
        if called:
            yield called


def writes_meanwhile(project: Project, seen: Sequence[_Seen]) -> Iterator[Remark]:
    """A remark for each place that writes while what is the same file then has been written."""
    leaving = frozenset[str]().union(*(it.leaving for it in seen))
    every = Transactions(project, leaving)
    for path in _to_look_at(project, seen):
        module = project.executors.module(path)
        if module is None:
            continue
        found = [it for at in _scopes(module, leaving) for it in every.clashes(at)]
        twice = files_held_twice(project, path) if found else ()
        spoken = {frozenset(it.databases) for it in twice}
        said = set[tuple[int, int]]()
        for clash in found:
            place = clash.node.lineno, clash.node.col_offset
            if place not in said and clash.before.on() | clash.then.on() not in spoken:
                said.add(place)
                yield _remark(project, path, clash)


def _to_look_at(project: Project, seen: Sequence[_Seen]) -> Iterator[PurePosixPath]:
    """The files in which two databases may be written at once; not tests, which would tell."""
    of_name = defaultdict[str, set[PurePosixPath]](set)
    for it in seen:
        for name in it.functions:
            of_name[name].add(it.path)
    writers, found = {it.path for it in seen}, set[PurePosixPath]()
    behind = ((it.path, it.path, it.calling) for it in seen)
    for path, writing, calling in chain(behind, _behind_leaving(project, seen)):
        if path in found or is_test(str(path)):
            continue
        called = calling - _SAYS_LITTLE - _OPENING
        others = {
            other
            for name in called
            for other in of_name.get(name, ())
            if other == path or not name.startswith("_")
        }
        if any(_name_two(project, {path, writing, it}, writers) for it in others) or (
            calling & _OPENING and _name_two(project, {path}, ())
        ):
            found.add(path)
    yield from sorted(found)


def _behind_leaving(
    project: Project, seen: Sequence[_Seen]
) -> Iterator[tuple[PurePosixPath, PurePosixPath, frozenset[str]]]:
    """What files call behind a function that writes and does not commit, and where that is."""
    for it in seen:
        for name in it.leaving:
            files = {it.path} if name.startswith("_") else project.near | {it.path}
            for path in files:
                source = project.source(path)
                text = source.text if source else ""
                calls = [at for at in places(text, f"{name}(") if text[at - 4 : at] != "def "]
                behind = (_behind(text, at + len(name) + 1)[0] for at in calls)
                if calls:
                    yield path, it.path, frozenset(name for it in behind for name in _called_in(it))


def _name_two(
    project: Project, paths: Collection[PurePosixPath], writing: Collection[PurePosixPath]
) -> bool:
    """Whether files may write two databases that are one then, by what is named in them.

    Where they name none, they are told by others: that is two if there are two of those `writing`.
    """
    named, imported = [], set[PurePosixPath]()
    for it in paths:
        mine = _named_in(project, (it,))
        near = () if mine else frozenset(project.imports(it))
        named.append(mine or _named_in(project, near))
        imported.update(near)
    found = frozenset[str]().union(*named)
    if found:
        return len(found) >= _TWO or not all(named)
    others = imported.intersection(writing).union(paths)
    return len(others) >= _TWO and others.issubset(project.codebase.code)


def _named_in(project: Project, paths: Iterable[PurePosixPath]) -> frozenset[str]:
    texts = [source.text for source in map(project.source, paths) if source]
    return frozenset(it for it in project.shared_names if any(it in text for text in texts))


def _scopes(module: Module, leaving: frozenset[str]) -> Iterator[At]:
    """The functions of a module, and itself, that may open a transaction."""
    at = At(module, ())
    functions = (it for it in module.nodes if isinstance(it, FUNCTIONS))
    for scope in (module.tree, *functions):
        names = {
            last_part(dotted(it.func)) for it in module.owned(scope) if isinstance(it, ast.Call)
        }
        if names & _OPENING or names & leaving:
            inside = (scope, *module.around(scope)) if isinstance(scope, FUNCTIONS) else ()
            yield replace(at, around=inside)


def _remark(project: Project, path: PurePosixPath, clash: Clash) -> Remark:
    before, then = clash.before, clash.then
    both = tuple(sorted(before.on() | then.on()))
    is_here = then.path == path and then.line == clash.node.lineno
    meanwhile = "this" if is_here else _where(path, then)
    one, other = (" and ".join(sorted(it.on())) for it in (before, then))
    why = (
        f"{become(project, both)}: what {_where(path, before)} writes to {one} is not committed yet"
        f" when {meanwhile} writes to {other}: it stops with 'database is locked'"
    )
    look = "commit before, or use one connection for both"
    return remark_at(project, path, clash.node, About.LOCKED, both, why, look)


def _where(path: PurePosixPath, write: Write) -> str:
    return f"line {write.line}" if write.path == path else f"{write.path}:{write.line}"


REMARKER = Remarker(
    name="locked",
    look=_look,
    remarks=writes_meanwhile,
    makes=(
        f"{_EXAMPLE}with connect('data/old.db') as a:\n    a.execute('DELETE FROM old')\n    log()",
        (
            f"{_EXAMPLE}a = connect('data/old.db')\n"
            "a.execute('INSERT INTO old DEFAULT VALUES')\nlog()\na.commit()"
        ),
        (
            f"{_EXAMPLE}class A:\n    def f(self):\n        self.a = connect('data/old.db')\n"
            "    def g(self):\n        self.a.execute('UPDATE old SET x = 1')\n        log()"
        ),
    ),
    leaves=(
        f"{_EXAMPLE}with connect('data/old.db') as a:\n    a.execute('DELETE FROM old')\nlog()",
        (
            f"{_EXAMPLE}a = connect('data/old.db')\n"
            "a.execute('INSERT INTO old DEFAULT VALUES')\na.commit()\nlog()"
        ),
        (
            f"{_EXAMPLE}a = connect('data/old.db', isolation_level=None)\n"
            "a.execute('INSERT INTO old DEFAULT VALUES')\nlog()"
        ),
        (
            f"{_EXAMPLE}a = connect('data/target.db')\n"
            "a.execute('DELETE FROM new_t')\nlog()\na.commit()\nx = 'data/old.db'"
        ),
        f"{_EXAMPLE}a = connect('data/old.db')\na.execute('SELECT 1 FROM old')\nlog()",
    ),
)
