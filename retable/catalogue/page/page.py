"""The page, written out whole, so that it can be read where no script runs.

Its script searches, zooms and follows relations.
"""

from importlib.resources import files

from plan.errors import counted
from plan.own import OWN_DOMAIN
from retable.catalogue.diagram.boxes import boxes_of, drawn_domains, relations_of
from retable.catalogue.diagram.drawing import Drawing
from retable.catalogue.diagram.places import shelves_for
from retable.catalogue.diagram.routes import drawn
from retable.catalogue.diagram.svg import as_svg
from retable.catalogue.links import Links
from retable.catalogue.model import Catalogue, Domain
from retable.catalogue.page.anchors import anchor_of, anchor_of_domain
from retable.catalogue.page.entries import entries_of
from retable.catalogue.page.tables import section_of
from retable.catalogue.words import code_in_words, coverage_lines, percent
from retable.pages.document import as_script_data, document, shared
from retable.pages.html import Fact, Html, breakable, joined, tag

_ASSETS = files(__package__) / "assets"
_STYLES = ("schema.css", "diagram.css", "narrow.css")
_SCRIPTS = ("search.js", "diagram.js", "start.js")
_FAR_FROM = 1700
"""From how wide on a diagram is too small to read as a whole."""


def render(catalogue: Catalogue, links: Links) -> str:
    """The whole page; the same catalogue gives the same bytes."""
    numbers = {domain.name: number for number, domain in drawn_domains(catalogue)}
    return document(
        _asset("page.html"),
        title=f"Schema · {catalogue.target}",
        style="\n".join((shared("base.css"), *map(_asset, _STYLES))),
        code="\n".join((shared("theme.js"), *map(_asset, _SCRIPTS))),
        nav=_nav(catalogue, numbers),
        main=joined(
            _overview(catalogue),
            _diagram(catalogue),
            *(_domain(it, numbers, links) for it in catalogue.domains),
            _old_names(catalogue),
            _unread(catalogue),
        ),
        data=as_script_data({"entries": entries_of(catalogue)}),
    ).decode()


def _asset(name: str) -> str:
    return (_ASSETS / name).read_text(encoding="utf-8")


def drawing_of(catalogue: Catalogue) -> Drawing:
    """The diagram of all tables but retable's own."""
    domains = drawn_domains(catalogue)
    tables = sum(len(domain.tables) for _, domain in domains)
    boxes = [(it.title, number, boxes_of(it, tables)) for number, it in domains]
    return drawn(shelves_for(boxes), relations_of(domains))


def _nav(catalogue: Catalogue, numbers: dict[str, int]) -> Html:
    old_names = tag("p", None, tag("a", {"href": "#old-names"}, "Old names"))
    return joined(
        *(_nav_domain(domain, numbers) for domain in catalogue.domains),
        old_names if catalogue.renamed else None,
    )


def _nav_domain(domain: Domain, numbers: dict[str, int]) -> Html:
    items = (
        tag(
            "li",
            None,
            tag(
                "a",
                {"href": f"#{anchor_of(it.name)}", "class": f"is-{it.kind}"},
                breakable(it.name),
            ),
        )
        for it in domain.tables
    )
    facts: dict[str, Fact] = {"class": _colour(domain, numbers), "open": domain.name != OWN_DOMAIN}
    head = tag("summary", None, tag("b", None, breakable(domain.title)), " ", _count(domain))
    return tag("details", facts, head, tag("ul", {"class": "plain"}, *items))


def _count(domain: Domain) -> Html:
    return tag("span", {"class": "quiet number"}, str(len(domain.tables)))


def _colour(domain: Domain, numbers: dict[str, int]) -> str:
    return f"domain d{numbers[domain.name]}" if domain.name in numbers else "domain"


def _overview(catalogue: Catalogue) -> Html:
    own = [it for it in catalogue.tables if it.domain != OWN_DOMAIN]
    relations = sum(len(it.refers) for it in own)
    rows = sum(it.rows or 0 for it in own)
    tables = sum(it.kind == "table" for it in own)
    views = len(own) - tables
    tiles = [
        _tile(f"{tables:,}", "table" if tables == 1 else "tables"),
        *([_tile(f"{views:,}", "view" if views == 1 else "views")] if views else []),
        _tile(f"{catalogue.coverage.columns:,}", "columns"),
        _tile(f"{relations:,}", "relation" if relations == 1 else "relations"),
        *([_tile(f"{rows:,}", "rows now")] if any(it.rows is not None for it in own) else []),
    ]
    version = f"Schema version {catalogue.schema_version}"
    when = tag("time", {"datetime": catalogue.migrated}, catalogue.migrated)
    return tag(
        "section",
        {"id": "overview", "class": "part"},
        tag("h1", None, breakable(catalogue.target)),
        tag(
            "p",
            {"class": "quiet"},
            f"{version}, documented ",
            when,
            f"; {code_in_words(catalogue.code)}.",
        ),
        _notice(catalogue),
        tag("ul", {"class": "tiles"}, *tiles),
        tag("ul", {"class": "coverage"}, *map(_share, coverage_lines(catalogue.coverage))),
    )


def _tile(figure: str, said: str) -> Html:
    return tag("li", {"class": "tile"}, tag("b", None, figure), " ", tag("small", None, said))


def _share(share: tuple[str, int, int]) -> Html:
    what, part, whole = share
    figure = tag("b", None, percent(part, whole))
    facts = {"class": "is-attention" if part < whole else None}
    return tag("li", facts, figure, f" {what}", tag("small", None, f" {part:,} of {whole:,}"))


def _notice(catalogue: Catalogue) -> Html:
    if not catalogue.findings:
        return Html("")
    head = f"Documentation and database differ in {counted(len(catalogue.findings), 'place')}"
    items = (tag("li", None, breakable(it)) for it in catalogue.findings)
    return tag(
        "details",
        {"class": "notice", "open": True},
        tag(
            "summary",
            None,
            tag("b", None, head),
            " (",
            tag("code", None, "retable schema --check"),
            ")",
        ),
        tag("ul", None, *items),
    )


def _diagram(catalogue: Catalogue) -> Html:
    drawing = drawing_of(catalogue)
    if not drawing.boxes:
        return Html("")
    far = " is-far" if drawing.width > _FAR_FROM else ""
    tools = (
        ("zoom-out", "\u2212", "Smaller"),
        ("zoom-in", "+", "Larger"),
        ("zoom-fit", "Fit", "All of it"),
        ("zoom-full", "100 %", "In its own size"),
    )
    buttons = (
        tag("button", {"type": "button", "id": id_, "aria-label": said, "title": said}, sign)
        for id_, sign, said in tools
    )
    return tag(
        "section",
        {"id": "diagram", "class": "part"},
        tag(
            "div",
            {"class": "heading"},
            tag("h2", None, "Diagram"),
            tag("a", {"class": "past", "href": "#after-diagram"}, "Skip it"),
            tag("div", {"class": "zoom", "role": "group", "aria-label": "Zoom"}, *buttons),
        ),
        tag("div", {"id": "sheet", "class": f"sheet{far}"}, as_svg(drawing, anchor_of)),
        tag("div", {"id": "after-diagram", "tabindex": -1}),
    )


def _domain(domain: Domain, numbers: dict[str, int], links: Links) -> Html:
    about = tag("p", {"class": "quiet"}, domain.about) if domain.about else None
    return tag(
        "section",
        {"id": anchor_of_domain(domain.name), "class": f"part {_colour(domain, numbers)}"},
        tag("h2", None, breakable(domain.title), " ", _count(domain)),
        about,
        *(section_of(it, links, drawn=domain.name in numbers) for it in domain.tables),
    )


def _old_names(catalogue: Catalogue) -> Html:
    if not catalogue.renamed:
        return Html("")
    rows = (
        tag(
            "tr",
            None,
            tag("td", None, tag("code", None, breakable(old))),
            tag("td", {"class": "quiet"}, breakable(database)),
            tag("td", None, tag("a", {"href": f"#{anchor_of(new)}"}, breakable(new))),
        )
        for old, database, new in catalogue.renamed
    )
    heads = (tag("th", {"scope": "col"}, it) for it in ("before", "in", "now"))
    table = tag(
        "table", None, tag("thead", None, tag("tr", None, *heads)), tag("tbody", None, *rows)
    )
    return tag(
        "section",
        {"id": "old-names", "class": "part"},
        tag("h2", None, "Old names"),
        tag("div", {"class": "card scroll"}, table),
    )


def _unread(catalogue: Catalogue) -> Html:
    if not catalogue.code.unread:
        return Html("")
    items = (
        tag("li", None, tag("code", None, breakable(path)), f": {why}")
        for path, why in catalogue.code.unread
    )
    return tag(
        "section",
        {"id": "unread", "class": "part"},
        tag("h2", None, "Code that could not be read"),
        tag("p", {"class": "quiet"}, "What these files use is not known here."),
        tag("ul", {"class": "card"}, *items),
    )
