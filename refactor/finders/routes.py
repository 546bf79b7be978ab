"""Names that are asked for by URL: `client.get("/rows/old")`, where `"/rows/{table}"` is a route.

What the route puts into SQL is what stands in the URL. Whoever asks may be anybody, so it is asked,
and holds nothing up.
"""

import ast
import re
from collections.abc import Iterable, Iterator
from pathlib import PurePosixPath

from plan.model import folded
from refactor.finders.finder import Surroundings
from refactor.finders.made import written
from refactor.python.outline import Scope, Site, Usage
from refactor.python.strings import Text
from refactor.references import Evidence, Reason, Reference
from refactor.sql.names import HOLE

_ROUTE = re.compile(
    r"\b(?:get|post|put|patch|delete|route|api_route|path|add_url_rule|add_api_route)\(\s*r?[\"']"
    r"(?P<route>[^\"'\n]*[<{][^\"'\n]*)[\"']"
)
_PARAMETER = re.compile(r"<(?:\w+:)?(\w+)>|\{(\w+)(?::\w+)?\}")
_NOT_SENT = frozenset({Usage.DISPLAYED, Usage.DOCUMENTATION, Usage.KEY, Usage.COMPARED})
_PART = re.compile(r"[^\w]")
_URL = re.compile(rf"(?:https?:/|{HOLE})?/[^\s]*")


def names_in_urls(text: Text, around: Surroundings) -> Iterator[Reference]:
    """A question for each old name in a URL, where a route of the code puts it into SQL."""
    if not _URL.fullmatch(text.text):
        return  # as in far the most
    if not any(folded(it) in around.legacy.meanings for it in _PART.split(text.text)):
        return
    for path, (start, end) in _put_into_sql(text.text, around):
        value = text.text[start:end]
        if folded(value) in around.legacy.meanings:
            yield _asked(path, text.near(start, end), value, "this part of a URL", around)


def names_for_urls(around: Surroundings) -> Iterator[Reference]:
    """The same where a URL is put together: `client.get(f"/rows/{table}")`, in a test of many."""
    sites = around.outline.sites if around.outline else ()
    urls = [it for it in sites if not isinstance(it.node, ast.Constant) and _is_url(it)]
    if not urls or not around.takers.routing:
        return  # as in far the most
    asking = dict(_asking(urls, around))
    names = ((site, folded(site.literals[0])) for site in sites if asking and site.literals)
    for site, name in names:
        path = asking.get(site.context.scope) or (
            None if site.context.scope.function else next(iter(asking.values()))
        )
        if path and name in around.legacy.meanings and site.context.usage not in _NOT_SENT:
            value = site.literals[0]
            at = around.source.text.find(value, site.start, site.end)
            if at >= 0 and isinstance(site.node, ast.Constant):
                yield _asked(path, at, value, "a part of a URL that may be it", around)


def _is_url(site: Site) -> bool:
    return bool(site.literals) and site.literals[0][:1] == "/"


def _asking(sites: Iterable[Site], around: Surroundings) -> Iterator[tuple[Scope, PurePosixPath]]:
    """Where URLs with holes are put together, and who puts what fills them into SQL."""
    for site in sites:
        url = written(site.node)
        for path, (start, end) in _put_into_sql(url, around) if HOLE in url else ():
            if url[start:end] == HOLE:
                yield site.context.scope, path


def _put_into_sql(
    url: str, around: Surroundings
) -> Iterator[tuple[PurePosixPath, tuple[int, int]]]:
    """The parts of a URL that a route puts into SQL, each with the module that does."""
    for path in sorted(around.takers.routing):
        source = around.abroad.source(path)
        for said in _ROUTE.finditer(source.text) if source else ():
            pattern = _pattern(said["route"])
            match = pattern.search(url) if pattern else None
            for name in match.groupdict() if match else ():
                if match and _is_put_into_sql(name, path, around):
                    yield path, match.span(name)


def _asked(
    path: PurePosixPath, start: int, value: str, what: str, around: Surroundings
) -> Reference:
    return around.table_reference(
        start,
        value,
        around.legacy.meanings[folded(value)],
        clause="url",
        evidence=(Evidence(Reason.FLOW, f"{path} gets it by a route"),),
        question=f"{path} puts {what} into SQL: is it the table?",
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
