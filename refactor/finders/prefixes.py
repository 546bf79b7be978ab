"""Beginnings and ends of names that are looked for among the tables: `name LIKE 'log_%'`.

No word of it is an old name, and once the tables are renamed it finds others, or none. What it is
for may be something else, so it is asked, and holds nothing up.
"""

import re
from collections.abc import Callable, Iterator
from fnmatch import fnmatchcase

from plan.model import folded
from refactor.finders.finder import Surroundings
from refactor.python.outline import Outline, Site, last_part
from refactor.references import Evidence, Reason, Reference

_CATALOGS = ("sqlite_master", "sqlite_schema")
_PATTERN = re.compile(
    r"\b(?:tbl_)?name\s+(?:NOT\s+)?(?P<how>LIKE|GLOB)\s+'(?P<says>[^'\n]+)'", re.IGNORECASE
)
_ENDS: dict[str, Callable[[str, str], bool]] = {
    "startswith": str.startswith,
    "endswith": str.endswith,
}
_LETTER = re.compile(r"[^\W\d_]")


def parts_of_names(around: Surroundings) -> Iterator[Reference]:
    """A question for each part of a name that fits old tables which get names that it does not."""
    text = around.source.text
    if around.outline is None or not any(it in text for it in _CATALOGS):
        return  # as in far the most
    for site, says, fits in _sought(around.outline, around):
        at = text.find(says, site.start, site.end)
        meanings = [
            it
            for old, its in around.legacy.meanings.items()
            if fits(old)
            for it in its
            if not fits(folded(it.new))
        ]
        if meanings and at >= 0 and folded(says) not in around.legacy.meanings:
            first = meanings[0]
            yield around.table_reference(
                at,
                says,
                meanings,
                clause="catalog",
                evidence=(Evidence(Reason.GRAMMAR, "looked for among the tables that exist"),),
                question=f"it fits {first.old}, which becomes {first.new}: is it for that?",
                mend="see that it fits the new names",
                blocking=False,
            )


def _sought(
    outline: Outline, around: Surroundings
) -> Iterator[tuple[Site, str, Callable[[str], bool]]]:
    """What is looked for in the names of tables, and what fits it."""
    for site in outline.sites:
        for literal in site.literals:
            for match in _PATTERN.finditer(literal) if _CATALOGS[0][:7] in literal else ():
                yield site, match["says"], _fitting(match["how"].upper(), match["says"])
        end = _ENDS.get(last_part(site.context.callee))
        said = site.literals[0] if len(site.literals) == 1 else ""
        if end and _LETTER.search(said) and around.travels.reads_catalog(site.context.scope):
            yield site, said, _ending(end, folded(said))


def _ending(is_end: Callable[[str, str], bool], says: str) -> Callable[[str], bool]:
    """What begins, or ends, with a text, of folded names."""
    return lambda name: is_end(name, says)


def _fitting(how: str, says: str) -> Callable[[str], bool]:
    """What a pattern of SQL fits, of folded names; nothing if it fits all."""
    if not _LETTER.search(says):
        return lambda _name: False
    if how == "GLOB":
        return lambda name: fnmatchcase(name, folded(says))
    pattern = re.escape(folded(says).replace("\\", "")).replace("%", ".*").replace("_", ".")
    return lambda name: re.fullmatch(pattern, name) is not None
