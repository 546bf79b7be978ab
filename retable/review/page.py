"""From plain values to the review page: one HTML file that draws itself with its own script."""

from collections.abc import Mapping
from importlib.resources import files
from typing import Any

from retable.pages.document import as_script_data, document, shared

_ASSETS = files(__package__) / "assets"
_STYLES = ("page.css", "overview.css", "cards.css", "narrow.css", "print.css")
_SCRIPTS = (
    "elements.js",
    "review.js",
    "cards.js",
    "blocks.js",
    "overview.js",
    "remarks.js",
    "desk.js",
    "main.js",
    "events.js",
    "start.js",
)


def page(data: Mapping[str, Any], title: str) -> bytes:
    """The whole page; the same values give the same bytes."""
    return document(
        _asset("page.html"),
        title=title,
        style="\n".join((shared("base.css"), *map(_asset, _STYLES))),
        code="\n".join((shared("theme.js"), *map(_asset, _SCRIPTS))),
        data=as_script_data(data),
    )


def _asset(name: str) -> str:
    return (_ASSETS / name).read_text(encoding="utf-8")
