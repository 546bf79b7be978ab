"""History that is in use: excluded files that live code imports, loads, runs or says to run.

The plan excludes files as history by a pattern, and among what it covers may be a file that
creates a table to this day. Such a file is asked about; it is not changed on a guess.
"""

import ast
import re
from collections import defaultdict
from collections.abc import Callable, Collection, Iterable, Iterator, Mapping, Sequence
from fnmatch import fnmatchcase
from functools import cache
from pathlib import PurePosixPath

from msgspec import Struct

from plan.model import Plan
from plan.toml_text import toml_text
from refactor.code.codebase import Codebase
from refactor.python.modules import Modules
from refactor.python.outline import Site, Usage, last_part
from refactor.python.syntax import literals_in, statements_in
from refactor.references import Reference
from refactor.sql.names import HOLE
from refactor.text.globs import Globs, as_glob
from refactor.text.lines import Lines
from refactor.text.source import Unreadable, read_text

_SCRIPT = re.compile(rf"[\w./\\*?\[\]{HOLE}-]+\.pyw?\b")
_MODULE = re.compile(r"(?P<run>-m\s+)?(?P<name>(?:\w+\.)*\w+)")
_COMMAND = re.compile(r"\bpython[\d.]*\s.*")
_LOADS = frozenset(
    {
        *("import_module", "__import__", "run_module", "run_path", "spec_from_file_location"),
        *("find_spec", "SourceFileLoader", "load_source"),
    }
)
_RUNS = frozenset({"run", "call", "check_call", "check_output", "Popen", "system", "spawn"})
_SAYS = "tells people to run it"
_RUN = frozenset({"", ".bash", ".bat", ".cmd", ".mk", ".ps1", ".sh", ".toml", ".yaml", ".yml"})
_ANY = frozenset({"", "py"})
# To see whom a file uses is cheaper than to search it, until there are so many more of them.
_FAR_MORE = 4


class Use(Struct, frozen=True):
    """One place that brings an excluded file back to life."""

    path: PurePosixPath
    line: int
    how: str
    """In words that go on after the place: `imports it`."""

    def __str__(self) -> str:
        """Say it."""
        return f"{self.path}:{self.line} {self.how}"


class LiveHistory(Struct, frozen=True):
    """An excluded file that names old tables or paths, and that live code uses."""

    path: PurePosixPath
    used: tuple[Use, ...]
    """The places in live code."""
    through: tuple[PurePosixPath, ...]
    """The history files between that code and this file."""
    references: tuple[Reference, ...]

    @property
    def question(self) -> str:
        """What the plan has to say."""
        return "the plan excludes it as history, and live code uses it: is it live?"

    @property
    def mend(self) -> str:
        """What answers the question, for the plan's section [code]."""
        return mend_for((self,))


def mend_for(files: Iterable[LiveHistory]) -> str:
    """What answers the questions about all these files at once, for the plan's section [code]."""
    globs = "".join(f"  {toml_text(as_glob(file.path))},\n" for file in files)
    return (
        f"live = [  # these change with the rest of the code\n{globs}]\n"
        f"history = [  # these stay as they are, and are not asked about\n{globs}]"
    )


def live_history(
    plan: Plan, codebase: Codebase, references_in: Callable[[PurePosixPath], Sequence[Reference]]
) -> tuple[LiveHistory, ...]:
    """The excluded Python files that live code uses and that name what the plan moves.

    Args:
        plan: which files are history by its own word.
        codebase: the files.
        references_in: what a file refers to, as if it were live.
    """
    confirmed = Globs(plan.code.history)
    past = [path for path in codebase.listed.history if codebase.is_python(path)]
    named = [path for path in past if path in codebase.hits and path not in confirmed]
    if not named:
        return ()

    @cache
    def pressing(path: PurePosixPath) -> tuple[Reference, ...]:
        return tuple(it for it in references_in(path) if it.pressing)

    users = _Uses(plan, codebase, past)
    if len(users.naming(named)) > _FAR_MORE * len(named):
        named = [path for path in named if pressing(path)]
    uses = users.of(named)
    return tuple(
        LiveHistory(path, used, through, pressing(path))
        for path in named
        for used, through in _reached(path, uses, frozenset(past))
        if pressing(path)
    )


def _reached(
    path: PurePosixPath, uses: Mapping[PurePosixPath, set[Use]], past: frozenset[PurePosixPath]
) -> Iterator[tuple[tuple[Use, ...], tuple[PurePosixPath, ...]]]:
    """The live code nearest to a file, and the history in between; nothing if none uses it."""
    seen, ways = {path}, [(path, tuple[PurePosixPath, ...]())]
    for at, through in ways:
        live = sorted((it for it in uses.get(at, ()) if it.path not in past), key=str)
        if live:
            yield tuple(live), through
            return
        for user in sorted(uses.get(at, ()), key=str):
            # What a script of the past says to people is the past too.
            if user.how != _SAYS and user.path not in seen:
                seen.add(user.path)
                ways.append((user.path, (user.path, *through)))


class _Targets:
    """Excluded files whose users are looked for, by what these may call them."""

    def __init__(self, paths: frozenset[PurePosixPath]) -> None:
        self.paths = paths
        self.telling = re.compile("|".join(map(re.escape, (*map(_stem, paths), "*"))))
        """What a literal holds that may name one of them."""
        self._files: dict[str, list[PurePosixPath]] = defaultdict(list)
        self._modules: dict[str, list[tuple[tuple[str, ...], PurePosixPath]]] = defaultdict(list)
        for path in paths:
            self._files[path.name].append(path)
            for parts in (path.with_suffix("").parts, *_package(path)):
                self._modules[parts[-1]].append((parts, path))

    def files(self, ends: tuple[str, ...]) -> Iterator[PurePosixPath]:
        """Those whose path ends so, or is the end of this."""
        return (it for it in self._files.get(ends[-1], ()) if _ends_alike(it.parts, ends))

    def modules(self, ends: tuple[str, ...]) -> Iterator[PurePosixPath]:
        """Those whose dotted name ends so."""
        modules = self._modules.get(ends[-1], ())
        return (path for parts, path in modules if parts[-len(ends) :] == ends)


def _package(path: PurePosixPath) -> Iterator[tuple[str, ...]]:
    """The name of the package that a file makes, if it makes one."""
    if path.name == "__init__.py" and path.parent.name:
        yield path.parent.parts


class _Uses:
    """Finds who uses excluded files."""

    def __init__(self, plan: Plan, codebase: Codebase, past: Sequence[PurePosixPath]) -> None:
        self._root = plan.root
        self._codebase = codebase
        self._past = frozenset(past)
        self._naming: dict[frozenset[str], frozenset[PurePosixPath]] = {}
        # What loops over `migrate_*.py` names none of them; the plan has the same pattern often.
        ends = (PurePosixPath(glob).name for glob in plan.code.exclude)
        self._patterns = frozenset(it for it in ends if "*" in it and it.strip("*.") not in _ANY)
        live = codebase.listed.files
        self._modules = Modules((*live, *past), codebase.names_of)
        self._readable = tuple(
            path
            for path in (*live, *past)
            if codebase.is_python(path) or (path.suffix in _RUN and plan.root / path != plan.file)
        )

    def of(self, wanted: Iterable[PurePosixPath]) -> Mapping[PurePosixPath, set[Use]]:
        """Who uses each of these files, and each history file that uses one of them."""
        uses: dict[PurePosixPath, set[Use]] = defaultdict(set)
        seen: set[PurePosixPath] = set()
        asked = frozenset(wanted)
        while asked:
            seen |= asked
            targets = _Targets(asked)
            for user in sorted(self.naming(asked)):
                for target, used in self._used_by(user, targets):
                    if target != user:
                        uses[target].add(used)
            asked = frozenset(it.path for at in asked for it in self._further(uses[at])) - seen
        return uses

    def naming(self, targets: Iterable[PurePosixPath]) -> Collection[PurePosixPath]:
        """The files that may use one of these: they hold its name as a word, or a pattern."""
        words = self._patterns.union(map(_stem, targets))
        if words not in self._naming:
            self._naming[words] = self._codebase.naming_any(self._readable, words)
        return self._naming[words]

    def _further(self, users: Collection[Use]) -> Iterable[Use]:
        """Whose users matter too: those in the past, if nothing live is among the users."""
        if any(it.path not in self._past for it in users):
            return ()
        return (it for it in users if it.how != _SAYS)

    def _used_by(
        self, user: PurePosixPath, targets: _Targets
    ) -> Iterator[tuple[PurePosixPath, Use]]:
        if not self._codebase.is_python(user):
            yield from self._in_text(user, targets)
            return
        tree = self._codebase.tree_of(user)
        if tree is None:
            return
        for node in statements_in(tree):
            for name in _imported(node):
                found = self._modules.imported(name, user)[:1]
                if found and found[0] in targets.paths:
                    yield found[0], Use(user, getattr(node, "lineno", 1), "imports it")
        told = any(map(targets.telling.search, literals_in(tree)))
        module = self._codebase.module(user) if told else None
        if module is None:
            return
        source, outlined = module
        lines = Lines(source.text)
        for site in outlined.sites:
            said = site.context.usage is not Usage.DOCUMENTATION
            if said and any(map(targets.telling.search, site.literals)):
                for target in _named(HOLE.join(site.literals), user, targets, site):
                    yield target, Use(user, lines.place(site.start)[0], _how(site))

    def _in_text(
        self, user: PurePosixPath, targets: _Targets
    ) -> Iterator[tuple[PurePosixPath, Use]]:
        source = read_text(self._root, user)
        if isinstance(source, Unreadable) or user in self._past:
            return
        for number, line in enumerate(source.text.splitlines(), start=1):
            # Settings of tools name files too; what runs one says so.
            command = _COMMAND.search(line)
            if command and not line.lstrip().startswith("#"):
                for target in _named(command[0], user, targets, None):
                    yield target, Use(user, number, "runs it")


def _stem(path: PurePosixPath) -> str:
    return path.parent.name if path.name == "__init__.py" else path.stem


def _imported(node: ast.AST) -> Iterator[str]:
    """The modules that a statement may import, dots of relative ones in front."""
    match node:
        case ast.Import(names=names):
            yield from (alias.name for alias in names)
        case ast.ImportFrom(module=module, names=names, level=level):
            origin = "." * level + (module or "")
            if module:
                yield origin
            # `from package import module` names a module as well as it could a function.
            between = "." if module else ""
            yield from (f"{origin}{between}{alias.name}" for alias in names)


def _named(
    text: str, user: PurePosixPath, targets: _Targets, site: Site | None
) -> Iterator[PurePosixPath]:
    """The files that a text names by their path, by a pattern, or as a module."""
    for match in _SCRIPT.finditer(text):
        yield from _by_path(match[0].replace("\\", "/"), user, targets)
    for match in _MODULE.finditer(text):
        parts = tuple(match["name"].split("."))
        alone = match["run"] or (match[0] == text and site is not None and _takes_module(site))
        if len(parts) > 1 or alone:
            yield from targets.modules(parts)


def _takes_module(site: Site) -> bool:
    return last_part(site.context.callee) in _LOADS | _RUNS


def _by_path(written: str, user: PurePosixPath, targets: _Targets) -> Iterator[PurePosixPath]:
    parts = PurePosixPath(written).parts
    if "*" not in written and "?" not in written:
        ends = parts[-1:] if HOLE in written else parts
        yield from targets.files(ends)
        return
    if not parts[-1].partition(".")[0].strip("*?"):
        return  # `*.py` says nothing of what it is after
    found = [
        it
        for it in targets.paths
        if all(map(fnmatchcase, reversed(it.parts), reversed(parts)))
        and len(parts) <= len(it.parts)
    ]
    beside = [it for it in found if it.is_relative_to(user.parent)]
    yield from beside if len(parts) == 1 and beside else found


def _ends_alike(path: tuple[str, ...], other: tuple[str, ...]) -> bool:
    """Whether the shorter of two paths is the end of the longer."""
    size = min(len(path), len(other))
    return path[-size:] == other[-size:]


def _how(site: Site) -> str:
    callee = last_part(site.context.callee)
    if callee in _LOADS:
        return "loads it"
    if callee in _RUNS:
        return "runs it"
    in_words = len(" ".join(site.literals).split()) > 1
    shown = site.context.usage is Usage.DISPLAYED
    return _SAYS if shown or in_words else "names its path"
