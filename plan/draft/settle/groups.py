"""What the document says of all tables of one old name, and which of them each line means."""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass, field, replace

from plan.draft.document.claims import OfSkip, OfTable
from plan.draft.found import Files
from plan.draft.settle.databases import Standing
from plan.draft.settle.places import Places
from plan.model import folded


@dataclass(slots=True)
class Group:
    """One old name: the lines about it by the database they give, and those that give none."""

    old: str
    placed: dict[str, list[OfTable]] = field(default_factory=dict)
    floating: list[OfTable] = field(default_factory=list)
    skipped: dict[str, OfSkip] = field(default_factory=dict)
    holders: tuple[str, ...] = ()
    """Carried databases that really have such a table, those where it is skipped left out."""
    undecided: tuple[str, ...] = ()
    """Files that have one too, and of which it is not known whether they are carried."""

    @property
    def lines(self) -> list[OfTable]:
        """All lines, in the document's order."""
        placed = [claim for claims in self.placed.values() for claim in claims]
        return sorted([*placed, *self.floating], key=lambda it: it.said.line)

    def by_weight(self, path: str) -> list[OfTable]:
        """Its lines, those first that describe this one table, and not also another's."""
        paths = list(self.placed)
        shared = [it for at in paths if at != path for it in self.placed[at]]
        own = [it for it in self.placed.get(path, []) if it not in shared or path == paths[0]]
        return sorted(own, key=lambda it: it.contents)

    def news(self, path: str) -> list[OfTable]:
        """The lines that give the table of that database a new name, each name once."""
        first: dict[str, OfTable] = {}
        for claim in self.placed.get(path, ()):
            if claim.new is not None:
                first.setdefault(folded(claim.new), claim)
        return list(first.values())


def groups_of(
    tables: Sequence[OfTable],
    skips: Sequence[OfSkip],
    places: Places,
    standing: Standing,
    files: Files,
) -> list[Group]:
    """The lines by the old name that they speak of, in the order of the document."""
    groups: dict[str, Group] = {}
    for claim in tables:
        group = groups.setdefault(folded(claim.old), Group(claim.old))
        path = _place(claim, places, standing)
        if path is None:
            group.floating.append(claim)
        else:
            group.placed.setdefault(path, []).append(claim)
    for skip in skips:
        group = groups.setdefault(folded(skip.table), Group(skip.table))
        group.skipped.setdefault(places.of(skip.database) or skip.database or "", skip)
    for group in groups.values():
        _place_skip(group, standing, files)
        having = [it for it in files.holding(group.old) if it not in group.skipped]
        group.holders = tuple(path for path in standing.carried if path in having)
        group.undecided = tuple(path for path in having if standing.action(path) is None)
    return list(groups.values())


def _place_skip(group: Group, standing: Standing, files: Files) -> None:
    """A skip that names no database means the one merged file that has such a table."""
    having = [path for path in standing.carried if files.table(path, group.old)]
    if "" in group.skipped and len(having) == 1:
        group.skipped[having[0]] = group.skipped.pop("")


def _place(claim: OfTable, places: Places, standing: Standing) -> str | None:
    if claim.aside and (beside := places.of(claim.aside)) is not None:
        return beside
    if claim.unclear_database or claim.database is None:
        return None
    path = places.of(claim.database)
    if path is None and claim.database.lower() in ("target", "primary", "existing", "main"):
        return standing.target_path
    return path


def resolve(group: Group, standing: Standing, files: Files) -> Iterator[OfTable]:
    """Give every floating line its database, where only one can be meant; yields what is left."""
    pending: dict[str, list[OfTable]] = {}
    # A line that gives neither name nor place speaks of all of them, such as a wish for views.
    general = [it for it in group.floating if it.new is None and not it.unclear_new]
    for claim in group.floating:
        if claim not in general:
            pending.setdefault(folded(claim.new or ""), []).append(claim)
    _join(group, standing)
    for new, claims in list(pending.items()):
        same = [path for path in group.placed if new in map(folded, _names(group, path))]
        if same:
            group.placed[same[0]].extend(claims)
            del pending[new]
    group.floating = general
    if len(pending) == 1 and _only_one(group, next(iter(pending.values())), standing, files):
        pending = {}
    named = [path for path in group.placed if group.news(path)]
    if pending and len(named) == len(group.placed) == 1 and not _to_spare(group):
        # No other table of that name is known: the lines give this one several names.
        group.placed[named[0]].extend(claim for claims in pending.values() for claim in claims)
        pending = {}
    for claims in group.placed.values():
        claims.extend(general)
    for claims in pending.values():
        yield from (*claims, *general)


def _names(group: Group, path: str) -> list[str]:
    return [claim.new or "" for claim in group.news(path)]


def _join(group: Group, standing: Standing) -> None:
    """What is to merge with the existing table gets the name that the target's gets."""
    target = standing.target_path
    if target is None or len(group.news(target)) != 1:
        return
    named = group.news(target)[0]
    for path, claims in group.placed.items():
        if path != target and not group.news(path) and any(claim.joins for claim in claims):
            group.placed[path] = [
                replace(claim, new=named.new, domain=named.domain) for claim in claims
            ]


def _to_spare(group: Group) -> list[str]:
    """The files that have such a table, and that no line gives."""
    having = (*group.holders, *group.undecided)
    return [path for path in having if path not in group.placed]


def _only_one(group: Group, claims: Sequence[OfTable], standing: Standing, files: Files) -> bool:
    """Whether the one name that has no database yet can only be that of one table."""
    bare = [path for path in group.placed if not group.news(path)]
    joined = [path for path in bare if any(claim.joins for claim in group.placed[path])]
    target = standing.target_path
    if joined and target is not None and target not in group.placed:
        there = target in group.holders if files.readable(target) else True
        having = (*group.holders, *group.undecided)
        others = [path for path in having if path not in (target, *joined)]
        if there and not others:
            # "Merge with existing": the one that exists is the target's.
            group.placed = {target: list(claims), **group.placed}
            for path in joined:
                group.placed[path].extend(claims)
            return True
    if joined and target is None:
        return False
    candidates = list(dict.fromkeys((*bare, *_to_spare(group))))
    if len(candidates) == 1 and candidates[0] not in group.undecided:
        group.placed.setdefault(candidates[0], []).extend(claims)
        return True
    return False
