"""One table's section: what it is, was and holds, what it refers to, and which code uses it."""

from collections.abc import Iterator

from migrate.steps.catalog import CatalogColumn, ForeignKey, Origin
from plan.errors import counted
from plan.model import folded
from retable.catalogue.links import Links
from retable.catalogue.model import Table, Use
from retable.catalogue.page.anchors import anchor_of
from retable.catalogue.words import actions_of, flags_of, index_in_words, rows_of, target_of
from retable.pages.html import Html, breakable, joined, tag

_OPEN = 12
"""Up to how many places of use are shown without being asked for."""


def section_of(table: Table, links: Links, *, drawn: bool) -> Html:
    """The whole section."""
    anchor = anchor_of(table.name)
    return tag(
        "section",
        {
            "id": anchor,
            "class": "card table",
            "tabindex": -1,
            "aria-labelledby": f"{anchor}.h",
            "data-table": folded(table.name),
        },
        tag(
            "div",
            {"class": "heading"},
            tag(
                "h3", {"id": f"{anchor}.h"}, tag("a", {"href": f"#{anchor}"}, breakable(table.name))
            ),
            tag("span", {"class": "badge"}, "view") if table.kind == "view" else None,
            None
            if table.documented
            else tag("span", {"class": "badge is-asked"}, "not documented"),
            tag("a", {"href": "#diagram", "class": "show", "data-show": anchor}, "in the diagram")
            if drawn
            else None,
        ),
        tag("p", {"class": "about"}, table.about) if table.about else None,
        _facts(table),
        _columns(table),
        _relations(table),
        _uses(table, links),
    )


def _facts(table: Table) -> Html | None:
    said: list[Html] = []
    if rows := rows_of(table):
        said.append(tag("span", None, rows))
    said += [_origin(it, table) for it in table.origins]
    said += [
        tag("span", None, "also as the view ", tag("code", None, breakable(name)))
        for name in table.old_names
    ]
    return tag("p", {"class": "facts quiet"}, *said) if said else None


def _origin(origin: Origin, table: Table) -> Html:
    if origin.name == table.name:
        was = joined("as before in ", breakable(origin.database))
    else:
        name = tag("code", None, breakable(origin.name))
        was = joined("was ", name, " in ", breakable(origin.database))
    several = len(table.origins) > 1 and origin.rows is not None
    return tag("span", None, was, f" ({counted(origin.rows or 0, 'row')})" if several else None)


def _columns(table: Table) -> Html:
    refers = {key.columns[0]: key for key in table.refers if len(key.columns) == 1}
    heads = (tag("th", {"scope": "col"}, it) for it in ("column", "type", "", "about"))
    rows = (_column(it, refers.get(it.name), table) for it in table.columns)
    return tag(
        "div",
        {"class": "scroll"},
        tag(
            "table",
            {"class": "columns-of"},
            tag("thead", None, tag("tr", None, *heads)),
            tag("tbody", None, *rows),
        ),
    )


def _column(column: CatalogColumn, key: ForeignKey | None, table: Table) -> Html:
    flags = [
        tag("span", {"class": f"flag is-{it.split(' ')[0]}"}, breakable(it))
        for it in flags_of(column)
    ]
    if key:
        flags.append(
            tag("span", {"class": "flag"}, "→ ", _meant(key, table), _dimmed(actions_of(key)))
        )
    return tag(
        "tr",
        {"data-column": column.name},
        tag("th", {"scope": "row"}, tag("code", None, breakable(column.name))),
        tag(
            "td",
            {"class": "quiet"},
            tag("code", None, breakable(column.type)) if column.type else None,
        ),
        tag("td", {"class": "flags"}, *flags),
        tag("td", None, column.about),
    )


def _meant(key: ForeignKey, table: Table) -> Html:
    if key.table in table.adrift:
        return breakable(target_of(key, table))
    return _link(key.table, key.to)


def _link(table: str, columns: tuple[str, ...]) -> Html:
    said = f"{table}.{', '.join(columns)}" if columns else table
    return tag("a", {"href": f"#{anchor_of(table)}"}, breakable(said))


def _dimmed(text: str) -> Html | None:
    return tag("span", {"class": "quiet"}, f" {text}") if text else None


def _relations(table: Table) -> Html | None:
    items: list[Html] = []
    for key in table.refers:
        if len(key.columns) > 1:
            parts = breakable(", ".join(key.columns)), " → ", _meant(key, table)
            items.append(tag("li", None, *parts, _dimmed(actions_of(key))))
    for it in table.referred:
        link = _link(it.table, it.key.columns)
        items.append(tag("li", None, "← ", link, _dimmed(actions_of(it.key))))
    items += [
        tag("li", {"class": "quiet"}, breakable(index_in_words(index))) for index in table.indexes
    ]
    return tag("ul", {"class": "plain relations"}, *items) if items else None


def _uses(table: Table, links: Links) -> Html | None:
    if not table.uses:
        return None
    files: dict[str, list[Use]] = {}
    for use in table.uses:
        files.setdefault(use.path, []).append(use)
    where = f"Used in {counted(len(table.uses), 'place')} of {counted(len(files), 'file')}"
    return tag(
        "details",
        {"class": "uses", "open": len(table.uses) <= _OPEN},
        tag("summary", None, where),
        tag("ul", {"class": "plain"}, *(_file(path, of, links) for path, of in files.items())),
    )


def _file(path: str, uses: list[Use], links: Links) -> Html:
    places = list(_places(path, uses, links))
    return tag("li", None, tag("code", None, breakable(path)), " ", *places)


def _places(path: str, uses: list[Use], links: Links) -> Iterator[Html]:
    for number, use in enumerate(uses):
        said = f":{use.line}"
        address = links.to(path, use.line)
        facts = {"href": address, "rel": "noreferrer"}
        place = tag("a", facts, said) if address else tag("span", None, said)
        notes = []
        if use.old:
            notes.append(f"as {use.by}")
        if not use.certain:
            notes.append("perhaps")
        note = tag("span", {"class": "quiet"}, f" ({', '.join(notes)})") if notes else None
        yield joined(" " if number else "", tag("span", {"class": "place"}, place, note))
