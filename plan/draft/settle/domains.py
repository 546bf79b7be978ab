"""Tables sorted into domains: by the document's headings, if the new names agree with them."""

from collections.abc import Collection, Sequence
from dataclasses import dataclass, field, replace

from plan.draft.document.claims import OfDomain
from plan.draft.model import DraftDomain, Fact, asked
from plan.draft.settle.placed import Placed
from plan.draft.settle.speech import Speech

_LONG = 2
_SHOWN = 3
_ENOUGH = 3
"""So many tables of a file in one domain tell where another of its tables is asked about."""


@dataclass(slots=True)
class _Group:
    """Tables of one domain, or of none that is certain."""

    name: str
    said: list[OfDomain] = field(default_factory=list)
    tables: list[Placed] = field(default_factory=list)


def domains_of(placed: Sequence[Placed], speech: Speech) -> tuple[DraftDomain, ...]:
    """All tables in their domains, in the document's order."""
    placed = sorted(placed, key=lambda it: it.line)
    prefixed, labels = _by_prefix(placed), _labels(placed)
    sure: dict[str, _Group] = {}
    doubtful: dict[str, _Group] = {}
    homes: dict[str, list[str]] = {}
    rest: list[Placed] = []
    for item in placed:
        domain = _domain(item, prefixed=prefixed, labels=labels)
        if domain is not None:
            group = sure.setdefault(_name(domain, item), _Group(_name(domain, item)))
            group.said += [domain] if domain not in group.said else []
            group.tables.append(item)
            if item.path and item.table.new.known:
                homes.setdefault(item.path, []).append(group.name)
        elif item.names or item.domains:
            # By the word that a question suggests: two domains of one name would be refused.
            title = item.domains[0].title if item.domains else ""
            key = _prefix(item) or title
            doubtful.setdefault(key, _Group(_prefix(item))).tables.append(item)
        else:
            rest.append(item)
    loose = _Group("")
    for item in rest:
        # A table that nobody named goes to those of its file, if these share a domain.
        home = homes.get(item.path or "", [])
        shared = len(home) >= _ENOUGH and len(set(home)) == 1
        (sure[home[0]] if shared else loose).tables.append(_at_home(item) if shared else item)
    return (
        *(_certain(group, speech) for group in sure.values()),
        *(_open(group, sure, speech) for group in doubtful.values()),
        *([_open(loose, sure, speech)] if loose.tables else []),
    )


def _at_home(item: Placed) -> Placed:
    new = item.table.new
    if new.question is None:
        return item
    asks = f"{new.question.asks} (All others of its file are in this domain: else move the line.)"
    return replace(
        item, table=replace(item.table, new=replace(new, question=replace(new.question, asks=asks)))
    )


def _by_prefix(placed: Sequence[Placed]) -> bool:
    """Whether, in this document, new names begin with the name of their domain."""
    told = [item for item in placed if item.domains and item.names]
    agree = sum(any(_agrees(domain, item) for domain in item.domains) for item in told)
    return 2 * agree > len(told)


def _agrees(domain: OfDomain, item: Placed) -> bool:
    return all(_begins(new, _names(domain)) for new in item.names)


def _begins(new: str, names: Sequence[str]) -> bool:
    plain = new.lower().replace("-", "_")
    return any(plain == name or plain.startswith(f"{name}_") for name in names)


def _names(domain: OfDomain) -> list[str]:
    """What a domain may be called: what it says before a break, or one word of that."""
    words = [word for word in domain.name.split("_") if len(word) > 1]
    return [domain.name, *words] if domain.name else []


def _name(domain: OfDomain, item: Placed) -> str:
    if domain.explicit and "_" not in domain.name:
        return domain.name
    fits = (name for name in _names(domain) if item.names and _begins(item.names[0], [name]))
    return next(fits, domain.name)


def _labels(placed: Sequence[Placed]) -> set[str]:
    """Words before a colon that only say *module* in some language, and name no domain."""
    said = {domain for item in placed for domain in item.domains if not domain.explicit}
    titles: dict[str, set[str]] = {}
    for domain in said:
        if ":" in domain.title:
            titles.setdefault(domain.name, set()).add(domain.title)
    names = {it.name for it in said if ":" in it.title and it.about and " " not in it.about}
    return names | {name for name, several in titles.items() if several - {min(several)}}


def _domain(item: Placed, *, prefixed: bool, labels: Collection[str]) -> OfDomain | None:
    """The one domain that the lines give; None if there is none, or it is in doubt."""
    if not item.domains:
        return None
    if not item.names:
        explicit = [it for it in item.domains if it.explicit] or list(item.domains)
        return explicit[0] if len({it.name for it in explicit}) == 1 else None
    agreeing = [it for it in item.domains if _agrees(it, item)]
    explicit = [it for it in item.domains if it.explicit]
    fitting = explicit if not prefixed else agreeing
    if not prefixed and not explicit:
        # A long heading tells something, and names no domain.
        fitting = agreeing or [
            it for it in item.domains if it.name.count("_") < _LONG and it.name not in labels
        ]
    names = {it.name for it in fitting}
    if len(names) != 1 or (explicit and fitting[0] not in explicit):
        return None
    return fitting[0]


def _prefix(item: Placed) -> str:
    return item.names[0].split("_")[0].lower() if item.names else ""


def _certain(group: _Group, speech: Speech) -> DraftDomain:
    sources = speech.source(*(domain.said for domain in group.said))
    about = next((domain for domain in group.said if domain.about), None)
    return DraftDomain(
        name=Fact(group.name, sources),
        about=Fact(about.about, speech.source(about.said)) if about else None,
        tables=tuple(item.table for item in group.tables),
    )


def _open(group: _Group, sure: Collection[str], speech: Speech) -> DraftDomain:
    told = list(dict.fromkeys(domain for item in group.tables for domain in item.domains))
    said = [domain.said for domain in told]
    if told:
        under = " and ".join(
            f"{speech.at(domain.said)} under “{domain.title}”" for domain in told[:_SHOWN]
        )
        what = f"These stand at {under}, and their names do not all begin with that."
    else:
        what = f"{speech.name} puts these under no domain."
    answers = [f'"{group.name}": what their names begin with'] if group.name else []
    if group.name in sure:
        answers = [
            f'delete this entry, and move its lines to "{group.name}" above, as their names begin'
        ]
    return DraftDomain(
        name=asked(
            f"{what} To which domain do they belong? (Of a domain that is listed above, move the"
            " lines there.)",
            *answers,
            sources=speech.source(*said),
        ),
        tables=tuple(item.table for item in group.tables),
    )
