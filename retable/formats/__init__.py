"""One module per format that `retable check` writes; all say the same findings."""

from collections.abc import Callable, Mapping

from retable.formats import github, json, junit, sarif, text
from retable.formats.report import Report

__all__ = ["FORMATS", "Report"]

FORMATS: Mapping[str, Callable[[Report], str]] = {
    "text": text.render,
    "json": json.render,
    "github": github.render,
    "sarif": sarif.render,
    "junit": junit.render,
}
