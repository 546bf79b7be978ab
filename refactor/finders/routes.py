"""Names that are asked for by URL: `client.get("/rows/old")`, where `"/rows/{table}"` is a route.

What the route puts into SQL is what stands in the URL. Whoever asks may be anybody, so it is asked,
and holds nothing up.
"""

import re
from collections.abc import Iterator
from pathlib import PurePosixPath

from plan.model import folded
from refactor.finders.finder import Surroundings
from refactor.python.strings import Text
from refactor.references import Evidence, Reason, Reference
from refactor.sql.names import HOLE

_ROUTE = re.compile(
    r"\b(?:get|post|put|patch|delete|route|api_route|path|add_url_rule|add_api_route)\(\s*r?[\"']"
    r"(?P<route>[^\"'\n]*[<{][^\"'\n]*)[\"']"
)
_PARAMETER = re.compile(r"<(?:\w+:)?(\w+)>|\{(\w+)(?::\w+)?\}")
_PART = re.compile(r"[^\w]")
_URL = re.compile(rf"(?:https?:/|{HOLE})?/[^\s]*")


def names_in_urls(text: Text, around: Surroundings) -> Iterator[Reference]:
    """A question for each old name in a URL, where a route of the code puts it into SQL."""
    if not _URL.fullmatch(text.text):
        return  # as in far the most
    if not any(folded(it) in around.legacy.meanings for it in _PART.split(text.text)):
        return
    for path in sorted(around.takers.routing):
        source = around.abroad.source(path)
        for said in _ROUTE.finditer(source.text) if source else ():
            pattern = _pattern(said["route"])
            match = pattern.search(text.text) if pattern else None
            for name, value in match.groupdict().items() if match else ():
                meanings = around.legacy.meanings.get(folded(value), ())
                if match and meanings and _is_put_into_sql(name, path, around):
                    yield around.table_reference(
                        text.near(*match.span(name)),
                        value,
                        meanings,
                        clause="url",
                        evidence=(Evidence(Reason.FLOW, f"{path} gets it by a route"),),
                        question=f"{path} puts this part of a URL into SQL: is it the table?",
                        mend="ask for the new name, or let the route take both",
                        blocking=False,
                    )


def _pattern(route: str) -> re.Pattern[str] | None:
    """What fits a URL that a route gets, whatever the route is mounted under; None if none."""
    pattern, at = "", 0
    names: list[str] = []
    for parameter in _PARAMETER.finditer(route):
        names.append(parameter[1] or parameter[2])
        pattern += f"{re.escape(route[at : parameter.start()])}(?P<{names[-1]}>[^/?#]+)"
        at = parameter.end()
    if len({*names}) < len(names) or not all(map(str.isidentifier, names)):
        return None
    return re.compile(rf"{pattern}{re.escape(route[at:])}/?(?:[?#].*)?\Z")


def _is_put_into_sql(name: str, path: PurePosixPath, around: Surroundings) -> bool:
    takers = around.takers
    wanted = around.abroad.wanted(path, takers.taken(path), builds=takers.builds(path))
    return any(it.name == name for it in wanted)
