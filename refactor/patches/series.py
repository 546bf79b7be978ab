"""Changes as a series of patches that apply alone and in any order.

Two domains may meet in one statement. Edits that stand so near to one another that they share a
hunk's context go into one patch, that of the domain with most of them: then no patch's context
holds a line that another patch changes.
"""

from collections import Counter, defaultdict
from collections.abc import Callable, Iterator, Mapping, Sequence
from enum import StrEnum
from pathlib import Path, PurePosixPath

from msgspec import Struct
from msgspec.structs import replace

from plan.model import Plan, folded
from refactor.code.git import prefix_of
from refactor.code.owners import owners_of, read_owners
from refactor.patches.changes import Changes
from refactor.patches.patch import FileChange, Patch, patch_text, patch_texts
from refactor.patches.rewrite import Rewritten, edited
from refactor.references import Kind, Reference

PATHS = "database-paths"
UNOWNED = "unowned"
_TOP_FOLDER = "top-folder"
_CONTEXT = 3


class By(StrEnum):
    """What the patches of a series are apart by."""

    DOMAIN = "domain"
    TABLE = "table"
    FOLDER = "folder"
    OWNER = "owner"


class Part(Struct, frozen=True):
    """One patch of a series."""

    name: str
    subject: str
    about: str
    patch: Patch
    references: tuple[Reference, ...]

    @property
    def tables(self) -> int:
        """How many tables' names it changes."""
        tables = (it for it in self.references if it.kind is Kind.TABLE)
        return len({(it.databases, folded(it.group)) for it in tables})


class _Heading(Struct, frozen=True):
    """What a patch is called, and why it is one."""

    name: str
    subject: str
    about: str = ""


class _Split(Struct, frozen=True):
    """How references go to patches, whose order is that of the headings."""

    headings: Mapping[str, _Heading]
    key_of: Callable[[Reference], str]


def whole_patch(root: Path, changes: Changes) -> Patch:
    """All changes as one patch."""
    return patch_text(
        root, [FileChange(it.path, it.source.data, it.after) for it in changes.rewritten]
    )


def series_for(plan: Plan, changes: Changes, by: By = By.DOMAIN) -> tuple[Part, ...]:
    """One patch for each domain, table, folder or owner that has changes.

    Domains and tables come in the plan's order and paths of databases last, folders and owners in
    the order of their names and files that nobody owns last.

    Raises:
        ProblemsError: there are no owners to go by.
    """
    split = _SPLITS[by](plan, changes)
    ranks = {key: rank for rank, key in enumerate(split.headings)}
    files: dict[str, list[FileChange]] = defaultdict(list)
    references: dict[str, list[Reference]] = defaultdict(list)
    for file in changes.rewritten:
        for key, mine in _shares(file, split.key_of, ranks).items():
            references[key] += mine
            files[key].append(FileChange(file.path, file.source.data, edited(file.source, mine)[1]))
    keys = [key for key in split.headings if key in files]
    patches = patch_texts(plan.root, (files[key] for key in keys))
    return tuple(
        _part(split.headings[key], patch, tuple(references[key]), by)
        for key, patch in zip(keys, patches, strict=True)
    )


def _part(heading: _Heading, patch: Patch, references: tuple[Reference, ...], by: By) -> Part:
    part = Part(heading.name, heading.subject, heading.about, patch, references)
    if by is By.TABLE and part.tables > 1:
        return replace(part, subject=f"{part.subject}, with what stands beside it")
    return part


# What the patches are apart by.


def _by_domain(plan: Plan, changes: Changes) -> _Split:
    abouts = {domain.name: domain.about for domain in plan.domains}
    for name in changes.domains.values():
        abouts.setdefault(name, "")  # of a database that has views and no tables
    headings = {
        f"domain {name}": _Heading(name, f"Rename the tables of {name}", about)
        for name, about in abouts.items()
    }

    def key_of(reference: Reference) -> str:
        if reference.kind is Kind.PATH:
            return PATHS
        return f"domain {changes.domains[reference.database or '', folded(reference.group)]}"

    return _Split({**headings, PATHS: _paths(plan)}, key_of)


def _by_table(plan: Plan, changes: Changes) -> _Split:
    headings = {
        _table_key(it.database, it.old): _Heading(
            it.new, f"Rename {it.old} of {it.database} to {it.new}", it.about
        )
        for it in plan.tables
    }
    for it in changes.edited:  # views follow the tables
        if it.kind is Kind.TABLE:
            named = _Heading(it.group, f"Rename {it.group} of {it.database} to {it.new}")
            headings.setdefault(_table_key(it.database or "", it.group), named)

    def key_of(reference: Reference) -> str:
        if reference.kind is Kind.PATH:
            return PATHS
        return _table_key(reference.database or "", reference.group)

    return _Split({**headings, PATHS: _paths(plan)}, key_of)


def _table_key(database: str, old: str) -> str:
    return f"table {database}\0{folded(old)}"


def _paths(plan: Plan) -> _Heading:
    about = "Paths of databases that moved into the target"
    return _Heading(PATHS, f"Open {plan.target} where its tables have come from elsewhere", about)


def _by_folder(_plan: Plan, changes: Changes) -> _Split:
    def key_of(reference: Reference) -> str:
        return reference.path.parts[0] if len(reference.path.parts) > 1 else ""

    headings = {
        folder: _Heading(
            folder or _TOP_FOLDER,
            f"Rename tables in {folder}" if folder else "Rename tables in the top folder",
            f"Files in {folder}" if folder else "Files in no folder",
        )
        for folder in sorted({key_of(it) for it in changes.edited})
    }
    return _Split(headings, key_of)


def _by_owner(plan: Plan, changes: Changes) -> _Split:
    prefix = prefix_of(plan.root)
    depth = prefix.count("/")
    top = plan.root.resolve()
    lines = read_owners(top.parents[depth - 1] if depth else top)
    known: dict[PurePosixPath, tuple[str, ...]] = {}

    def owners(reference: Reference) -> tuple[str, ...]:
        path = reference.path
        if path not in known:
            known[path] = owners_of(PurePosixPath(prefix) / path, lines)
        return known[path]

    def key_of(reference: Reference) -> str:
        return " ".join(owners(reference))

    headings = {
        key: _Heading(
            "+".join(it.removeprefix("@") for it in key.split()) or UNOWNED,
            f"Rename tables in the files of {key or 'nobody'}",
            f"Files of {key}" if key else "Files that CODEOWNERS gives to nobody",
        )
        for key in sorted({key_of(it) for it in changes.edited}, key=lambda it: (not it, it))
    }
    return _Split(headings, key_of)


_SPLITS: Mapping[By, Callable[[Plan, Changes], _Split]] = {
    By.DOMAIN: _by_domain,
    By.TABLE: _by_table,
    By.FOLDER: _by_folder,
    By.OWNER: _by_owner,
}


# Who gets what stands near to one another.


def _shares(
    file: Rewritten, key_of: Callable[[Reference], str], ranks: Mapping[str, int]
) -> dict[str, list[Reference]]:
    """A file's references by the patch that carries them."""
    shares: dict[str, list[Reference]] = defaultdict(list)
    for cluster in _clusters(file):
        counts = Counter(map(key_of, cluster))
        shares[min(counts, key=lambda key: (-counts[key], ranks[key]))] += cluster
    return shares


def _clusters(file: Rewritten) -> Iterator[Sequence[Reference]]:
    """References whose lines, as git counts them, lie within each other's context."""
    text = file.source.text
    cluster: list[Reference] = []
    for reference in sorted(file.references, key=lambda item: item.start):
        if cluster and text.count("\n", cluster[-1].start, reference.start) > _CONTEXT:
            yield cluster
            cluster = []
        cluster.append(reference)
    if cluster:
        yield cluster
