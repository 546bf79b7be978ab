"""From the catalogue to the boxes and relations that a diagram has.

Their order keeps near each other what belongs together.
"""

from collections import Counter
from collections.abc import Iterator, Mapping, Sequence

from plan.model import folded
from plan.own import OWN_DOMAIN
from retable.catalogue.diagram.drawing import Box, Relation, Row
from retable.catalogue.model import Catalogue, Domain, Table
from retable.catalogue.words import actions_of, target_of

_FEW, _SOME = 30, 60
_ROWS_OF_FEW, _ROWS_OF_SOME, _ROWS_OF_MANY = 12, 7, 5
"""How many columns a box shows at most, by how many tables there are."""
COLOURS = 12


def drawn_domains(catalogue: Catalogue) -> tuple[tuple[int, Domain], ...]:
    """The domains that a diagram shows, with their colours, neighbours near each other."""
    numbered = [
        (number % COLOURS, domain)
        for number, domain in enumerate(catalogue.domains)
        if domain.name != OWN_DOMAIN
    ]
    links = _links_between([domain for _, domain in numbered])
    ordered: list[tuple[int, Domain]] = []
    left = list(numbered)
    while left:
        near = {domain.name: len(ordered) - place for place, (_, domain) in enumerate(ordered)}
        best = max(left, key=lambda it: _pull(it[1].name, near, links))
        left.remove(best)
        ordered.append(best)
    return tuple(ordered)


def _links_between(domains: Sequence[Domain]) -> Counter[tuple[str, str]]:
    home = {folded(it.name): domain.name for domain in domains for it in domain.tables}
    links: Counter[tuple[str, str]] = Counter()
    for domain in domains:
        for table in domain.tables:
            for key in table.refers:
                other = home.get(folded(key.table), domain.name)
                if other != domain.name:
                    links[domain.name, other] += 1
                    links[other, domain.name] += 1
    return links


def _pull(name: str, near: Mapping[str, int], links: Counter[tuple[str, str]]) -> float:
    """How much a domain wants to stand next: by its links to those that stand, the last most."""
    if not near:
        return sum(count for (one, _), count in links.items() if one == name)
    return sum(
        count / near[other]
        for (one, other), count in links.items()
        if one == name and other in near
    )


def boxes_of(domain: Domain, tables: int) -> tuple[Box, ...]:
    """The boxes of a domain: a table, then those that refer to it; views last."""
    here = {folded(it.name): it for it in domain.tables if it.kind == "table"}
    ordered: dict[str, Table] = {}

    def add(name: str) -> None:
        if name in ordered or name not in here:
            return
        ordered[name] = here[name]
        for referrer in here[name].referred:
            add(folded(referrer.table))

    roots = sorted(here, key=lambda it: (bool(_parents(here[it], here)), -len(here[it].referred)))
    for name in roots:
        add(name)
    views = [it for it in domain.tables if it.kind == "view"]
    return tuple(_box(it, tables) for it in (*ordered.values(), *views))


def _parents(table: Table, here: Mapping[str, Table]) -> set[str]:
    return {folded(key.table) for key in table.refers} & here.keys() - {folded(table.name)}


def _box(table: Table, tables: int) -> Box:
    if table.kind == "view":
        return Box(table.name, table.kind, (), 0)
    refers = {column for key in table.refers for column in key.columns}
    meant = {column for it in table.referred for column in it.key.to}
    rows = [Row(it.name, it.type, bool(it.primary_key), it.name in refers) for it in table.columns]
    telling = [it for it in rows if it.key or it.refers or it.name in meant]
    most = _ROWS_OF_FEW if tables <= _FEW else _ROWS_OF_SOME if tables <= _SOME else _ROWS_OF_MANY
    room = most - len(telling) if tables <= _SOME else 0
    others = [it for it in rows if it not in telling][: max(0, room)]
    if len(rows) == len(telling) + len(others) + 1:
        others += [it for it in rows if it not in telling][len(others) :]
    shown = [it for it in rows if it in telling or it in others]
    return Box(table.name, table.kind, tuple(shown), len(rows) - len(shown))


def relations_of(domains: Sequence[tuple[int, Domain]]) -> Iterator[Relation]:
    """The foreign keys between tables that are drawn."""
    colours = {folded(it.name): (it.name, n) for n, domain in domains for it in domain.tables}
    for _, domain in domains:
        for table in domain.tables:
            for key in table.refers:
                if folded(key.table) in colours:
                    name, number = colours[folded(key.table)]
                    says = f"{table.name}.{', '.join(key.columns)} → {target_of(key, table)}"
                    yield Relation(
                        table=table.name,
                        column=key.columns[0],
                        to=name,
                        to_column=key.to[0] if key.to else "",
                        number=number,
                        said=", ".join(filter(None, (says, actions_of(key)))),
                        many=not table.is_unique(key.columns),
                    )
