"""The code of one plan: which files hold an old name, and what they say in strings."""

import ast
import re
from bisect import bisect_left
from collections.abc import Callable, Collection, Iterable, Iterator, Sequence
from contextlib import suppress
from functools import cached_property
from pathlib import Path, PurePosixPath

from msgspec import Struct, field
from msgspec.structs import replace

from plan.model import Plan, folded
from refactor.apis.constants import may_put_together
from refactor.code.lookups import Lookups
from refactor.code.sieved import CODE, Sieved, is_named_python, may_make, sieved
from refactor.finders.commands import runs_shell
from refactor.finders.docqueries import begins_query
from refactor.finders.doctests import has_example, in_example
from refactor.finders.listed import may_list, says_names
from refactor.finders.messages import may_be_message
from refactor.finders.options import gives_option
from refactor.finders.qualified import places_in_reference
from refactor.finders.sayings import is_compared
from refactor.finders.shapes import may_name
from refactor.kinds import NOTHING, Contents, Kind, NotOfKindError, commands, kind_of
from refactor.legacy import Legacy
from refactor.python.imports import origins
from refactor.python.modules import Names
from refactor.python.outline import Outline, Site, Usage
from refactor.python.outlining import outline
from refactor.python.strings import Text, UnfaithfulError, texts_of
from refactor.python.syntax import parsed, strings_on
from refactor.recent import Recent
from refactor.references import Kind as Referent
from refactor.sql.names import HOLE, leads_with_verb, table_names
from refactor.text.lines import Lines
from refactor.text.source import Source, Unreadable, read_python, read_text
from refactor.text.words import Words

_RUN_BY_PYTHON = re.compile(rb"#!.*?(?:\b(?:python|pypy)[\d.]*w?\b|\buv run\b)")
_LONGEST_FIRST_LINE = 256
_SPELLED = re.compile(r"\\(?:[xuU][0-9a-fA-F]|N\{|[0-7]{2})")
"""An escape that may stand for a letter of a name."""
_MODULES = frozenset({".py", ".pyi", ".pyx", ".so", ".pyd"})
"""The endings of what Python imports."""
_WINDOW = 6_000_000
"""Bytes of Python whose trees are kept: some forty times as much memory. Modules that know each
other are asked about in turn, and if they do not fit in, each is parsed again a hundred times."""
_LIGHTER = 16
"""How much less of it a file takes that has no tree."""


class Reading(Struct, frozen=True):
    """One file that has been read, as far as it deserved."""

    source: Source
    outline: Outline | None
    """None for a file without Python, or none of whose strings could refer."""
    contents: Contents = NOTHING
    """What a file that is no module says outside of Python, and where its Python stands."""

    @property
    def module(self) -> Source:
        """The Python that the outline is of."""
        return self.contents.python.source if self.contents.python else self.source


class Unread(Struct, frozen=True):
    """A string expression that holds an old name and cannot be read without doubt."""

    start: int
    end: int
    why: str


class _File(Struct):
    """What is known of one file, as far as somebody asked."""

    source: Source | Unreadable
    tree: ast.Module | Unreadable | None = None
    outline: Outline | Unreadable | None = None
    names: Names | None = None
    reading: Reading | Unreadable | None = None
    texts: dict[int, tuple[Text, ...] | Unread] = field(default_factory=dict)


class Codebase(Lookups):
    """The files of one plan; each is read only as far as it deserves.

    What is read is kept for as long as there is room: memory grows with the largest file, not
    with the tree. A file that is read again has other trees and nodes, which say the same: nobody
    may tell them apart by identity.
    """

    def __init__(self, plan: Plan, legacy: Legacy, in_sieve: Sieved | None = None) -> None:
        """List the files, and sieve out those that hold no old name, unless that has been done.

        Raises:
            CodePathError: a path of the plan does not exist.
        """
        self.words = Words(legacy.words)
        self._file_names = Words(legacy.file_names)
        self._plan_file = PurePosixPath(plan.file.name)
        self._docs = plan.code.docs
        self.sieved = in_sieve or sieved(plan, legacy)
        self.listed = self.sieved.listed
        super().__init__(plan.root, self.listed.files, self.sieved.doubtful)
        self.hits = frozenset((*self.sieved.hits, *self.sieved.history))
        """All files that hold an old name."""
        self._begin = {it: _beginning(plan.root / it) for it in self.hits if not it.suffix}
        """The first lines of those that tell by no ending what they are."""
        self._scripts = frozenset(
            it for it, begins in self._begin.items() if _is_script(it, begins)
        )
        self.code = tuple(filter(self.reads, self.sieved.hits))
        """The files that hold an old name and are of a kind that is read, history excepted."""
        self.others = tuple(path for path in self.sieved.hits if not self.reads(path))
        """Files of other kinds that hold one."""
        self.marked = tuple(filter(self.reads, self.sieved.marked))
        """The files that are read and may hold a comment which says to ignore something."""
        self.history = self.sieved.history
        """Excluded files that hold one."""
        self._legacy = legacy
        self._files: Recent[PurePosixPath, _File] = Recent(_WINDOW)

    def has_own(self, package: str) -> bool:
        """Whether the project has a package or a module of a name, be it code that is read or not.

        Beside the files of the plan's paths that are the root's folders, and what is left out.
        """
        beside = (package, f"{package}.py", f"src/{package}")
        return package in self._own or any((self._root / it).exists() for it in beside)

    @cached_property
    def _own(self) -> frozenset[str]:
        """What the files that may be imported are called, and their folders."""
        files = (*self.listed.files, *self.listed.history, *(it for it, _ in self.listed.skipped))
        modules = [it for it in files if it.suffix in _MODULES]
        folders = {part for it in {each.parent for each in modules} for part in it.parts}
        return frozenset({*folders, *(it.name.partition(".")[0] for it in modules)})

    def reads(self, path: PurePosixPath) -> bool:
        """Whether a file is of a kind that is read; the plan names old tables on purpose."""
        return path != self._plan_file and (self.is_python(path) or self._kind(path) is not None)

    def is_python(self, path: PurePosixPath) -> bool:
        """Whether a file is Python: by its name, or a script that holds an old name by itself."""
        return is_named_python(path) or path in self._scripts

    def _kind(self, path: PurePosixPath) -> Kind | None:
        return kind_of(path, self._begin.get(path, b""), docs=self._docs)

    def weighs(self, paths: Iterable[PurePosixPath], size: int) -> bool:
        """Whether some files have so many bytes in all."""
        for path in paths:
            with suppress(OSError):
                size -= (self._root / path).stat().st_size
            if size <= 0:
                return True
        return False

    def reading(self, path: PurePosixPath) -> Reading | Unreadable:
        """Read a file: with an outline only if it is Python and its strings could refer."""
        file = self._file(path)
        if file.reading is None:
            file.reading = self._read(path)
        return file.reading

    def _read(self, path: PurePosixPath) -> Reading | Unreadable:
        source = self._file(path).source
        if isinstance(source, Unreadable):
            return source
        kind = None if self.is_python(path) else self._kind(path)
        if kind:
            return read_as(kind, source, self.words)
        tree = self._tree(path)
        if isinstance(tree, Unreadable):
            return _only_looked_through(source, tree.why) if path in self._scripts else tree
        if not self._may_refer(source, tree):
            return Reading(source, None)
        outlined = self._outline(path)
        return outlined if isinstance(outlined, Unreadable) else Reading(source, outlined)

    def tree_of(self, path: PurePosixPath) -> ast.Module | None:
        """A Python file's tree, the one that its outline is made of; None if it cannot be read."""
        tree = self._tree(path) if self.is_python(path) else None
        return None if isinstance(tree, Unreadable) else tree

    def code_of(self, path: PurePosixPath) -> ast.Module | None:
        """The tree of a file's Python, be it a module or in another file; None if it has none."""
        if self.is_python(path):
            return self.tree_of(path)
        outlined = self.outline_of(path)
        return outlined.tree if outlined else None

    def let_go(self, path: PurePosixPath) -> None:
        """Forget the tree of a file that was looked through: nobody has asked for its outline."""
        file = self._files.get(path)
        if file is not None and file.outline is None:
            file.tree = None

    def source(self, path: PurePosixPath) -> Source | Unreadable:
        """A file's text."""
        return self._file(path).source

    def outline_of(self, path: PurePosixPath) -> Outline | None:
        """The outline of a file's Python; None if it has none, or cannot be read."""
        if self.is_python(path):
            outlined = self._outline(path)
            return None if isinstance(outlined, Unreadable) else outlined
        reading = self.reading(path) if path in self.hits and self.reads(path) else None
        return reading.outline if isinstance(reading, Reading) else None

    def module(self, path: PurePosixPath) -> tuple[Source, Outline] | None:
        """A Python file in full, whether it holds an old name or not; None if it is no such."""
        outlined = self.outline_of(path) if self.is_python(path) else None
        source = self._file(path).source
        return None if outlined is None or isinstance(source, Unreadable) else (source, outlined)

    def names_of(self, path: PurePosixPath) -> Names | None:
        """A Python file's names by scope; None if it is not Python, or cannot be read."""
        known = self._files.get(path)
        if known is not None and known.names is not None:
            return known.names  # far the most ask again
        outlined = self.outline_of(path)
        if outlined is None:
            return None
        file = self._file(path)
        if file.names is None:
            file.names = Names(outlined)
        return file.names

    def imports_of(self, path: PurePosixPath) -> tuple[tuple[str, str], ...]:
        """The modules that a Python file imports, each with the name that it takes from there."""
        source = self._file(path).source if self.is_python(path) else None
        return origins(source.text) if isinstance(source, Source) else ()

    def naming_new(self, names: Collection[str]) -> tuple[PurePosixPath, ...]:
        """The files of code without an old name that could hold one of some new ones."""
        rest = [it for it in self.listed.files if it.suffix in CODE and it not in self.hits]
        return tuple(sorted(self.naming_any(rest, names))) if names else ()

    def texts_with(
        self, path: PurePosixPath, words: Words, worthwhile: Callable[[str], bool]
    ) -> Iterator[Text]:
        """Those texts of a file of code that hold some new names, and no old one."""
        source = self.source(path)
        if isinstance(source, Unreadable) or not words.are_in(source.text):
            return
        if not self.is_python(path):
            kind = self._kind(path)
            contents = read_as(kind, source, words).contents if kind else NOTHING
            yield from (it for it in contents.texts if not self.words.are_in(it.text))
            return
        outlined = self.outline_of(path)
        for site in outlined.sites if outlined else ():
            said = HOLE.join(site.literals)
            if worthwhile(said) and words.are_in(said) and not self.words.are_in(said):
                texts = self._texts_of(source, site)
                yield from () if isinstance(texts, Unread) else texts[:1]

    def outlines_naming(self, word: str) -> Iterator[Outline]:
        """The outlines of the Python files that hold a word, old names or not."""
        for path in self.naming(word):
            outlined = self.outline_of(path)
            if outlined is not None:
                yield outlined

    def count(self, path: PurePosixPath) -> int:
        """How often any file holds an old name."""
        return len(self.kinds_in(path))

    def kinds_of_hits(self, text: str) -> dict[int, Referent]:
        """Where a text holds an old name as a word, and what that names."""
        files = frozenset(self._file_names.hits(text))
        hits = self.words.hits(text)
        return {at: Referent.PATH if at in files else Referent.TABLE for at in hits}

    def kinds_in(self, path: PurePosixPath) -> tuple[Referent, ...]:
        """What each word in any file names."""
        lines = self.sieved.lines.get(path) if path in self._only_counted else None
        if lines is None:
            source = read_text(self._root, path)
            lines = "" if isinstance(source, Unreadable) else source.text
        return tuple(self.kinds_of_hits(lines).values())

    @cached_property
    def _only_counted(self) -> frozenset[PurePosixPath]:
        return frozenset((*self.others, *self.history))

    def plain_texts(self, reading: Reading) -> Iterator[Text | Unread]:
        """Each text of a file outside of Python, and what should be Python and is none."""
        yield from (Unread(*doubtful) for doubtful in reading.contents.doubtful)
        yield from reading.contents.texts

    def texts(self, reading: Reading) -> Iterator[Text | Unread]:
        """Each text of a file's Python that holds an old name; of documentation, its examples."""
        module = reading.module
        if reading.outline is None:
            return
        hits = self.words.hits_in_source(module.text)
        for site in reading.outline.sites:
            documents = site.context.usage is Usage.DOCUMENTATION
            if documents and not _may_be_code(site, hits):
                continue
            if not self._is_hit(module, hits, site):
                continue
            texts = self._texts_of(module, site)
            if isinstance(texts, Unread):
                if self._is_telling(HOLE.join(site.literals)):
                    yield texts
            else:
                yield from (text for text in texts if self.words.are_in(text.text))

    def _texts_of(self, source: Source, site: Site) -> tuple[Text, ...] | Unread:
        """The texts of an expression; remembered for the file as it is, not for an edited one."""
        file = self._files.get(source.path)
        known = file.texts if file and file.source is source else {}
        if site.start not in known:
            try:
                known[site.start] = texts_of(source, site)
            except UnfaithfulError as error:
                known[site.start] = Unread(site.start, site.end, str(error))
        return known[site.start]

    def _is_hit(self, source: Source, hits: Sequence[int], site: Site) -> bool:
        """Whether an old name stands in an expression, as it is or spelled in a roundabout way."""
        at = bisect_left(hits, site.start)
        if at < len(hits) and hits[at] < site.end:
            return any(map(self.words.are_in, site.literals))
        plain = len(site.literals) == 1 and "\\" not in source.text[site.start : site.end]
        return not plain and any(map(self.words.are_in, site.literals))

    def _may_refer(self, source: Source, tree: ast.Module) -> bool:
        """Whether a file deserves a full reading: some string in it may be more than prose."""
        lines = Lines(source.text)
        hits = self.words.hits_in_source(source.text)
        text = source.text
        before = [text[text.rfind("\n", 0, at) + 1 : at].strip() for at in hits]
        if "class" in before:
            return True  # a table may be named after it
        if any(map(in_example, before)):
            return True
        if may_list(text) or may_put_together(text) or may_make(text):
            return True
        spelled = (match.start() for match in _SPELLED.finditer(text))
        hit_lines = {lines.place(at)[0] for at in (*hits, *spelled)}
        if any(map(self._is_telling, strings_on(tree, hit_lines))):
            return True
        if any(begins_query(text, at) for at in hits):
            return True
        return any(is_compared(text, at, self._legacy) for at in hits)

    def _is_telling(self, text: str) -> bool:
        """Whether a literal could be SQL, a name or a path, by itself or with its surroundings."""
        return self.words.are_in(text) and (
            text.startswith(HOLE)
            or "\\" in text
            or any(
                leads_with_verb(part) or (len(part.split()) == 1 and self.words.are_in(part))
                for part in text.split(HOLE)
            )
            or says_names(text, self._legacy)
            or any(
                folded(name.name.replace(HOLE, "")) in self._legacy.meanings
                for name in table_names(text)
            )
            or may_be_message(text)
            or runs_shell(text)
            or gives_option(text)
            or self._file_names.are_in(text)  # as `cp data/old.db x` does
            or any(folded(name) in self._legacy.meanings for name in may_name(text))
            or bool(places_in_reference(text, self._legacy))
        )

    def _file(self, path: PurePosixPath) -> _File:
        file = self._files.get(path)
        if file is None:
            source = (read_python if self.is_python(path) else read_text)(self._root, path)
            file = self._files.keep(path, _File(source), _weight(source) // _LIGHTER)
        return file

    def _tree(self, path: PurePosixPath) -> ast.Module | Unreadable:
        file = self._file(path)
        if file.tree is None:
            source = file.source
            file.tree = source if isinstance(source, Unreadable) else parsed(source)
            self._files.keep(path, file, _weight(source))
        return file.tree

    def _outline(self, path: PurePosixPath) -> Outline | Unreadable:
        file = self._file(path)
        if file.outline is None:
            source, tree = file.source, self._tree(path)
            file.outline = (
                source
                if isinstance(source, Unreadable)
                else tree
                if isinstance(tree, Unreadable)
                else outline(source, tree)
            )
        return file.outline


def _may_be_code(site: Site, hits: Sequence[int]) -> bool:
    """Whether a docstring has examples, or is SQL that holds an old name."""
    if any(map(has_example, site.literals)):
        return True
    at = bisect_left(hits, site.start)
    return at < len(hits) and hits[at] < site.end and any(map(leads_with_verb, site.literals))


def _weight(source: Source | Unreadable) -> int:
    return 0 if isinstance(source, Unreadable) else len(source.data)


def _is_script(path: PurePosixPath, begins: bytes) -> bool:
    """Whether a file without an ending says on its first line that Python runs it."""
    return not path.suffix and _RUN_BY_PYTHON.match(begins) is not None


def _beginning(path: Path) -> bytes:
    try:
        with path.open("rb") as file:
            return file.readline(_LONGEST_FIRST_LINE)
    except OSError:
        return b""


def read_as(kind: Kind, source: Source, words: Words) -> Reading:
    """Read a file as its kind does; what is not of that kind is only looked through."""
    try:
        contents = kind.read(source, words)
    except NotOfKindError as error:
        why = f"it is no {kind.name} that could be read: {error}"
        return Reading(source, None, replace(commands(source, why), misnamed=True))
    if contents.python is None:
        return Reading(source, None, contents)
    module = contents.python.source
    tree = parsed(module)
    outlined = tree if isinstance(tree, Unreadable) else outline(module, tree)
    if isinstance(outlined, Unreadable):
        return _only_looked_through(source, outlined.why)
    return Reading(source, outlined, contents)


def _only_looked_through(source: Source, why: str) -> Reading:
    contents = commands(source, f"its Python cannot be read: {why}")
    return Reading(source, None, replace(contents, misnamed=True))


def read_again(source: Source, words: Words, *, docs: bool) -> Reading | Unreadable:
    """Read a text as it would be after an edit, in full."""
    named = is_named_python(source.path) or _is_script(source.path, source.data)
    kind = None if named else kind_of(source.path, source.data, docs=docs)
    if kind:
        return read_as(kind, source, words)
    tree = parsed(source)
    outlined = tree if isinstance(tree, Unreadable) else outline(source, tree)
    return outlined if isinstance(outlined, Unreadable) else Reading(source, outlined)
