"""Changes as a series of patches, one per domain, that apply alone and in any order.

Two domains may meet in one statement. Edits that stand so near to one another that they share a
hunk's context go into one patch, that of the domain with most of them: then no patch's context
holds a line that another patch changes.
"""

from collections import Counter, defaultdict
from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass
from pathlib import Path

from plan.model import Plan, folded
from refactor.changes import Changes
from refactor.patch import FileChange, Patch, patch_text
from refactor.references import Kind, Reference
from refactor.rewrite import Rewritten, edited

PATHS = "database-paths"
_CONTEXT = 3


@dataclass(frozen=True, slots=True)
class Part:
    """One patch of a series."""

    name: str
    about: str
    patch: Patch
    references: tuple[Reference, ...]


def whole_patch(root: Path, changes: Changes) -> Patch:
    """All changes as one patch."""
    return patch_text(
        root, [FileChange(it.path, it.source.data, it.after) for it in changes.rewritten]
    )


def series_for(plan: Plan, changes: Changes) -> tuple[Part, ...]:
    """One patch per domain of the plan that has changes, in the plan's order; paths last."""
    abouts = {domain.name: domain.about for domain in plan.domains}
    for name in changes.domains.values():
        abouts.setdefault(name, "")  # of a database that has views and no tables
    abouts[PATHS] = "Paths of databases that moved into the target"
    parts = []
    shares = {file.path: _shares(file, changes.domains, list(abouts)) for file in changes.rewritten}
    for name, about in abouts.items():
        references = []
        files = []
        for file in changes.rewritten:
            mine = shares[file.path].get(name, ())
            if mine:
                references += mine
                files.append(FileChange(file.path, file.source.data, edited(file.source, mine)[1]))
        if files:
            parts.append(Part(name, about, patch_text(plan.root, files), tuple(references)))
    return tuple(parts)


def _shares(
    file: Rewritten, domains: Mapping[tuple[str, str], str], order: list[str]
) -> dict[str, list[Reference]]:
    """A file's references by the domain whose patch carries them."""
    shares: dict[str, list[Reference]] = defaultdict(list)
    for cluster in _clusters(file.references):
        counts = Counter(_domain(reference, domains) for reference in cluster)
        most = max(counts.values())
        name = min((it for it, n in counts.items() if n == most), key=order.index)
        shares[name] += cluster
    return shares


def _domain(reference: Reference, domains: Mapping[tuple[str, str], str]) -> str:
    if reference.kind is Kind.PATH:
        return PATHS
    return domains[reference.database or "", folded(reference.group)]


def _clusters(references: Iterable[Reference]) -> Iterator[list[Reference]]:
    """References whose lines lie within each other's context."""
    cluster: list[Reference] = []
    for reference in sorted(references, key=lambda item: item.start):
        if cluster and reference.line - cluster[-1].line > _CONTEXT:
            yield cluster
            cluster = []
        cluster.append(reference)
    if cluster:
        yield cluster
