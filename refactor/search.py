"""All references of a code base to what a plan moves: the line that every command shares.

files → sieve → outline → texts → finders → references, with every hit of an old name accounted
for: edited, to be reviewed, ignored with a reason, or in a file that could not be read.
"""

import ast
import re
from bisect import bisect_left
from collections import Counter
from collections.abc import Callable, Iterable, Iterator, Sequence
from dataclasses import dataclass
from functools import cache
from pathlib import PurePosixPath

from plan.model import Plan, folded
from plan.schema import DatabaseSchema
from refactor.binding import Binder
from refactor.connections import Connections
from refactor.databasepaths import database_in
from refactor.derived import derived_schemas
from refactor.files import code_files
from refactor.finders import FINDERS, Found, Ignored, Surroundings
from refactor.folders import Folders
from refactor.legacy import Legacy, legacy_of
from refactor.lines import Lines
from refactor.modules import Modules
from refactor.oracle import Oracle
from refactor.outline import Outline, Site, Usage, outline, parsed, strings_on
from refactor.references import Kind, Reference
from refactor.sieve import files_naming
from refactor.source import Source, Unreadable, read_python, read_text
from refactor.sqlnames import HOLE, leads_with_verb, table_names
from refactor.strings import Text, UnfaithfulError, plain_text, texts_of
from refactor.travels import Travels
from refactor.words import Words

Tick = Callable[[int, int], None]
"""Called with the number of files done and of all files."""

_NO_STRING = "an identifier, a comment or documentation"
_WORD = re.compile(r"[A-Za-z0-9_]+")
_PYTHON = frozenset({".py", ".pyi", ".pyw"})


@dataclass(frozen=True, slots=True)
class Unread:
    """A string expression that holds an old name and cannot be read without doubt."""

    start: int
    end: int
    why: str


@dataclass(frozen=True, slots=True)
class FileSearch:
    """One file that holds an old name: what refers, and what every hit came to."""

    source: Source
    references: tuple[Reference, ...]
    ignored: tuple[tuple[str, int], ...]
    """Why hits are no references, and how many."""
    texts: tuple[Text, ...] = ()
    """The texts that hold references, in the order of the file."""

    @property
    def path(self) -> PurePosixPath:
        """The file, relative to the plan's folder."""
        return self.source.path


@dataclass(frozen=True, slots=True)
class Search:
    """What a code base says of the plan's old names."""

    files: tuple[FileSearch, ...]
    unreadable: tuple[Unreadable, ...]
    history: tuple[tuple[PurePosixPath, int], ...]
    """Excluded files that hold old names, and how often."""
    others: tuple[tuple[PurePosixPath, int], ...]
    """Files of kinds that are not read, such as documentation, and how often they hold one."""
    skipped: tuple[tuple[PurePosixPath, str], ...]
    looked_at: int
    derived: frozenset[str]
    """Databases whose schema was read from the code, since their file is not here."""

    @property
    def references(self) -> tuple[Reference, ...]:
        """All references, by file and place."""
        return tuple(reference for file in self.files for reference in file.references)


class Searcher:
    """Looks through one code base for one plan."""

    def __init__(self, plan: Plan, schemas: Iterable[DatabaseSchema]) -> None:
        """List the files and gather evidence; reads only what holds an old name.

        Raises:
            CodePathError: a path of the plan does not exist.
        """
        self.plan = plan
        schemas = tuple(schemas)
        self.legacy: Legacy = legacy_of(plan, schemas)
        self._listed = code_files(plan.root, plan.code.paths, plan.code.exclude)
        self._hits = files_naming(
            plan.root, (*self._listed.files, *self._listed.history), self.legacy.words
        )
        self._words = Words(self.legacy.words)
        self._sources: dict[PurePosixPath, Source | Unreadable] = {}
        self._trees: dict[PurePosixPath, ast.Module | Unreadable] = {}
        self._outlines: dict[PurePosixPath, Outline | Unreadable] = {}
        modules = Modules(self._listed.files, self.outline_of)
        self.connections = Connections(modules, self.legacy)
        self.folders = Folders(modules)
        derived = derived_schemas(plan, schemas, self._texts_that_create(), self.connections)
        self.derived = frozenset(schema.path for schema in derived)
        self.oracle = Oracle(plan, (*schemas, *derived))
        self.binder = Binder(
            plan, self.legacy, self.oracle, self.connections, self.derived, self._unnamed
        )

    def search(self, tick: Tick = lambda _done, _all: None) -> Search:
        """Find all references, in the order of the files."""
        files: list[FileSearch] = []
        unreadable: list[Unreadable] = []
        others: list[tuple[PurePosixPath, int]] = []
        mine = [path for path in self._listed.files if path in self._hits]
        for number, path in enumerate(mine):
            tick(number, len(mine))
            if not self._is_code(path):
                others.append((path, self._count(path)))
                continue
            found = self.search_file(path)
            (unreadable if isinstance(found, Unreadable) else files).append(found)  # type: ignore[arg-type]
        tick(len(mine), len(mine))
        return Search(
            files=tuple(files),
            unreadable=tuple(unreadable),
            history=tuple((p, self._count(p)) for p in self._listed.history if p in self._hits),
            others=tuple(others),
            skipped=self._listed.skipped,
            looked_at=len(self._listed.files),
            derived=self.derived,
        )

    @cache  # noqa: B019 - a searcher lives as long as its command
    def _unnamed(self) -> frozenset[str]:
        """The databases that move and that no string of the code names."""
        named = set()
        for path in self._listed.files:
            outlined = self.outline_of(path) if path in self._hits else None
            for site in outlined.sites if outlined else ():
                found = database_in(site.literals[0], self.legacy) if site.literals else None
                if found:
                    named.add(found.database)
        return frozenset(self.legacy.moved.keys() - named)

    def search_file(self, path: PurePosixPath) -> FileSearch | Unreadable:
        """Find the references of one file."""
        source = self._source(path)
        if isinstance(source, Unreadable):
            return source
        if path.suffix not in _PYTHON:
            return self.search_source(source, None)
        tree = self._tree(path)
        if isinstance(tree, Unreadable):
            return tree
        if not self._may_refer(source, tree):
            return FileSearch(source, (), self._accounted(source, (), ()))
        outlined = self._outline(path)
        return (
            outlined if isinstance(outlined, Unreadable) else self.search_source(source, outlined)
        )

    def _may_refer(self, source: Source, tree: ast.Module) -> bool:
        """Whether a file deserves a full reading: some string in it may be more than prose."""
        lines = Lines(source.text)
        hit_lines = {lines.place(at)[0] for at in self._words.hits_in_source(source.text)}
        return any(map(self._is_telling, strings_on(tree, hit_lines)))

    def _is_telling(self, text: str) -> bool:
        """Whether a literal could be SQL, a name or a path, by itself or with its surroundings."""
        return self._words.are_in(text) and (
            any(
                leads_with_verb(part) or (len(part.split()) == 1 and self._words.are_in(part))
                for part in text.split(HOLE)
            )
            or any(
                folded(name.name.replace(HOLE, "")) in self.legacy.meanings
                for name in table_names(text)
            )
        )

    def search_source(self, source: Source, outlined: Outline | None) -> FileSearch:
        """Find the references in a file that has been read."""
        around = self._surroundings(source, outlined)
        references: dict[int, Reference] = {}
        reasons: list[tuple[int, int, str]] = []
        telling: list[Text] = []
        for start, end, text in self._texts(source, outlined):
            found = self._found_in(text, around)
            if isinstance(found, Ignored):
                reasons.append((start, end, found.why))
                continue
            reasons.append((start, end, "a word in SQL that names no old table"))
            references.update((reference.start, reference) for reference in found)
            if isinstance(text, Text):
                telling.append(text)
        ordered = tuple(references[start] for start in sorted(references))
        ignored = self._accounted(source, ordered, reasons)
        return FileSearch(source, ordered, ignored, tuple(telling))

    def _found_in(self, text: Text | Ignored | Unread, around: Surroundings) -> Found:
        """What the finders say of a text; the first that has something to say decides."""
        match text:
            case Ignored():
                return text
            case Unread():
                return tuple(self._asked(text, around))
        found = (finder.find(text, around) for finder in FINDERS)
        return next((it for it in found if it is not None), Ignored("text that is not SQL"))

    def _asked(self, unread: Unread, around: Surroundings) -> Iterator[Reference]:
        """A question for each old table that an expression names which cannot be read."""
        text = around.source.text
        for hit in self._words.hits_in_source(text):
            word = _WORD.match(text, hit)
            meanings = self.legacy.meanings.get(folded(word[0]), ()) if word else ()
            if not word or not meanings or not unread.start <= hit < unread.end:
                continue
            line, column = around.lines.place(hit)
            yield Reference(
                path=around.source.path,
                line=line,
                column=column,
                start=hit,
                old=word[0],
                new=None,
                kind=Kind.TABLE,
                group=meanings[0].old,
                databases=tuple(dict.fromkeys(item.database for item in meanings)),
                clause="unread",
                question=f"this expression cannot be read ({unread.why}): is it the table?",
                mend="read it, and change it by hand if it is",
                blocking=True,
            )

    def search_again(self, source: Source) -> tuple[FileSearch, Outline | None] | Unreadable:
        """Search a file's text as it would be after an edit."""
        if source.path.suffix not in _PYTHON:
            return self.search_source(source, None), None
        tree = parsed(source)
        outlined = tree if isinstance(tree, Unreadable) else outline(source, tree)
        if isinstance(outlined, Unreadable):
            return outlined
        return self.search_source(source, outlined), outlined

    def _texts(
        self, source: Source, outlined: Outline | None
    ) -> Iterator[tuple[int, int, Text | Ignored | Unread]]:
        """Each text that holds an old name, with its span."""
        if outlined is None:
            yield 0, len(source.text), plain_text(source)
            return
        hits = self._words.hits_in_source(source.text)
        for site in outlined.sites:
            if not self._is_hit(source, hits, site):
                continue
            if site.context.usage is Usage.DOCUMENTATION:
                yield site.start, site.end, Ignored(_NO_STRING)
                continue
            try:
                texts = texts_of(source, site)
            except UnfaithfulError as error:
                yield site.start, site.end, Unread(site.start, site.end, str(error))
                continue
            for text in texts:
                if self._words.are_in(text.text):
                    yield site.start, site.end, text

    def _is_hit(self, source: Source, hits: Sequence[int], site: Site) -> bool:
        """Whether an old name stands in an expression, as it is or spelled in a roundabout way."""
        at = bisect_left(hits, site.start)
        if at < len(hits) and hits[at] < site.end:
            return any(map(self._words.are_in, site.literals))
        plain = len(site.literals) == 1 and "\\" not in source.text[site.start : site.end]
        return not plain and any(map(self._words.are_in, site.literals))

    def _accounted(
        self,
        source: Source,
        references: Sequence[Reference],
        reasons: Sequence[tuple[int, int, str]],
    ) -> tuple[tuple[str, int], ...]:
        """Why each hit that is no reference is none."""
        named = {at for r in references for at in range(r.start, r.start + len(r.old) + 1)}
        counts: Counter[str] = Counter()
        for hit in self._words.hits(source.text):
            if hit in named:
                continue
            why = next(
                (why for start, end, why in reasons if start <= hit < end),
                _NO_STRING,
            )
            counts[why] += 1
        return tuple(sorted(counts.items()))

    def _surroundings(self, source: Source, outlined: Outline | None) -> Surroundings:
        return Surroundings(
            source=source,
            lines=Lines(source.text),
            outline=outlined,
            legacy=self.legacy,
            binder=self.binder,
            oracle=self.oracle,
            folders=self.folders,
            travels=Travels(source, outlined),
        )

    def _texts_that_create(self) -> Iterator[tuple[Source, Text]]:
        """Texts of the live code that create tables; only asked for when a database is missing."""
        for path in self._listed.files:
            if path not in self._hits or not self._is_code(path):
                continue
            source = self._source(path)
            if isinstance(source, Unreadable) or "create" not in source.text.lower():
                continue
            outlined = None
            if path.suffix in _PYTHON:
                tree = self._tree(path)
                if isinstance(tree, Unreadable) or not self._may_refer(source, tree):
                    continue
                outlined = self.outline_of(path)
                if outlined is None:
                    continue
            for _, _, text in self._texts(source, outlined):
                if isinstance(text, Text) and "create" in text.text.lower():
                    yield source, text

    def _is_code(self, path: PurePosixPath) -> bool:
        return path.suffix in _PYTHON or path.suffix == ".sql"

    def _count(self, path: PurePosixPath) -> int:
        source = read_text(self.plan.root, path)
        return 0 if isinstance(source, Unreadable) else len(self._words.hits(source.text))

    def _source(self, path: PurePosixPath) -> Source | Unreadable:
        if path not in self._sources:
            read = read_python if path.suffix in _PYTHON else read_text
            self._sources[path] = read(self.plan.root, path)
        return self._sources[path]

    def _tree(self, path: PurePosixPath) -> ast.Module | Unreadable:
        if path not in self._trees:
            source = self._source(path)
            self._trees[path] = source if isinstance(source, Unreadable) else parsed(source)
        return self._trees[path]

    def _outline(self, path: PurePosixPath) -> Outline | Unreadable:
        if path not in self._outlines:
            source, tree = self._source(path), self._tree(path)
            self._outlines[path] = (
                source
                if isinstance(source, Unreadable)
                else tree
                if isinstance(tree, Unreadable)
                else outline(source, tree)
            )
        return self._outlines[path]

    def outline_of(self, path: PurePosixPath) -> Outline | None:
        """A Python file's outline; None if it is not Python, or cannot be read."""
        if path.suffix not in _PYTHON:
            return None
        outlined = self._outline(path)
        return None if isinstance(outlined, Unreadable) else outlined
