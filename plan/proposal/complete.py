"""A document's draft, completed: what it says stands, and what it leaves out is proposed."""

from collections.abc import Iterator
from dataclasses import replace

from plan.draft.model import Draft, DraftDatabase, DraftDomain, DraftTable, Fact, asked
from plan.model import Action, folded

_Key = tuple[str, str]


def completed(draft: Draft, proposed: Draft) -> Draft:
    """The document first; of a proposal only what does not contradict it."""
    spoken = {str(it.path.value) for it in draft.databases if not _is_unspoken(it.action)}
    fresh = [it for it in proposed.databases if str(it.path.value) not in spoken]
    paths = {str(it.path.value) for it in fresh}
    known = [table for domain in draft.domains for table in domain.tables]
    left = {_key(table) for table in known if _is_unspoken(table.new)}
    skipped = {(str(it.database.value), folded(str(it.table.value))) for it in draft.skips}
    taken = {folded(str(it.new.value)) for it in known if it.new.known}
    chosen: list[tuple[str, DraftTable]] = []
    for domain in proposed.domains:
        for table in domain.tables:
            key = _key(table)
            if key in left or (key[0] in paths and key not in skipped):
                chosen.append((str(domain.name.value), _fitting(table, taken)))
                taken.add(folded(str(chosen[-1][1].new.value)))
    replaced = {_key(table) for _, table in chosen}
    skips = (it for it in proposed.skips if str(it.database.value) in paths)
    head = draft.head
    if _is_unspoken(head.target) and str(proposed.head.target.value) in paths:
        head = replace(head, target=proposed.head.target, notes=proposed.head.notes)
    if head.descriptions is not None and _is_unspoken(head.descriptions):
        head = replace(head, descriptions=None)  # asked of each table instead
    return replace(
        draft,
        head=head,
        origin=f"{draft.origin} and {proposed.origin}",
        databases=tuple(_databases(draft, fresh, str(head.target.value))),
        domains=tuple(_domains(draft, chosen, replaced)),
        skips=(*draft.skips, *skips),
        notes=(*draft.notes, *proposed.notes),
    )


def _is_unspoken(fact: Fact) -> bool:
    """Whether it is a question because no line of the document says anything of it."""
    return not fact.known and not any(source.line for source in fact.sources)


def _key(table: DraftTable) -> _Key:
    return str(table.database.value), folded(str(table.old.value))


def _fitting(table: DraftTable, taken: set[str]) -> DraftTable:
    """The proposed line, or a question where the document has another use for its name."""
    new = str(table.new.value)
    joins = table.merge is not None
    if joins == (folded(new) in taken):
        return table
    what = "and what it would join has another name" if joins else f"and {new} is taken"
    question = asked(f"The document does not speak of {table.old.value}, {what}; its new name:")
    return replace(table, new=question, merge=None)


def _databases(draft: Draft, fresh: list[DraftDatabase], target: str) -> Iterator[DraftDatabase]:
    proposals = {str(it.path.value): _under(it, target) for it in fresh}
    for database in draft.databases:
        yield proposals.pop(str(database.path.value), database)
    yield from proposals.values()


def _under(database: DraftDatabase, target: str) -> DraftDatabase:
    """A proposed database, which is merged if another than the proposed one is the target."""
    is_target = database.action.value == Action.TARGET.value
    if is_target and database.path.value != target:
        return replace(database, action=Fact(Action.MERGE.value))
    return database


def _domains(
    draft: Draft, chosen: list[tuple[str, DraftTable]], replaced: set[_Key]
) -> Iterator[DraftDomain]:
    more: dict[str, list[DraftTable]] = {}
    for name, table in chosen:
        more.setdefault(folded(name), []).append(table)
    names = {folded(name): name for name, _ in chosen}
    for domain in draft.domains:
        rest = tuple(table for table in domain.tables if _key(table) not in replaced)
        added = tuple(more.pop(folded(str(domain.name.value)), ())) if domain.name.known else ()
        if rest or added:
            yield replace(domain, tables=(*rest, *added))
    for name, tables in more.items():
        yield DraftDomain(Fact(names[name]), tables=tuple(tables))
