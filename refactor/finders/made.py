"""Names that are put together at run time, such as `{kind}_tags`: no word of the code says them."""

import ast
import re
from collections.abc import Iterator

from plan.model import folded
from refactor.finders.finder import Surroundings
from refactor.outline import Site, Usage
from refactor.references import Evidence, Reason, Reference
from refactor.sql.names import HOLE, leads_with_verb, table_names

_SHOWN = frozenset({Usage.DISPLAYED, Usage.DOCUMENTATION})


def names_made(around: Surroundings) -> Iterator[Reference]:
    """A question for each table's name that is made of pieces and may be an old one.

    It holds nothing up: the code may be right as it is, if the new names are made alike.
    """
    for site in around.outline.sites if around.outline else ():
        if isinstance(site.node, ast.Constant) or site.context.usage in _SHOWN:
            continue
        sql = HOLE.join(site.literals)
        if leads_with_verb(sql):
            yield from _made_in(site, sql, around)


def _made_in(site: Site, sql: str, around: Surroundings) -> Iterator[Reference]:
    for name in table_names(sql):
        pieces = name.name.split(HOLE)
        if len(pieces) == 1 or not any(pieces):
            continue
        pattern = re.compile(r"\w+".join(map(re.escape, pieces)), re.IGNORECASE | re.ASCII)
        may_be = [it for it in around.legacy.meanings if pattern.fullmatch(it)]
        if not may_be or any(folded(piece) in around.legacy.meanings for piece in pieces):
            continue  # a whole old name with something behind it is read as SQL
        piece = max(pieces, key=len)
        start = around.source.text.find(piece, site.start, site.end)
        listed = " or ".join(around.legacy.meanings[it][0].old for it in sorted(may_be))
        yield around.table_reference(
            max(start, site.start),
            piece if start >= 0 else "",
            [meaning for it in sorted(may_be) for meaning in around.legacy.meanings[it]],
            clause=name.clause,
            evidence=(Evidence(Reason.GRAMMAR, f"stands in {name.clause}"),),
            question=f"a name that is put together at run time, and may be {listed}: is it?",
            mend="see that the pieces give the new names",
            blocking=False,
        )
