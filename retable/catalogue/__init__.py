"""The catalogue of a consolidated database: gathered once, said in several formats."""

from collections.abc import Callable, Mapping

from retable.catalogue import json, markdown, mermaid, text
from retable.catalogue.links import Links
from retable.catalogue.model import Catalogue
from retable.catalogue.page import page

__all__ = ["FORMATS"]

FORMATS: Mapping[str, Callable[[Catalogue, Links], str]] = {
    "text": text.render,
    "markdown": markdown.render,
    "json": json.render,
    "mermaid": mermaid.render,
    "html": page.render,
}
