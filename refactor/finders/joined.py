"""A table and its condition, given to a call that spells JOIN out: `query.JOIN("t USING (id)")`.

It is read as the statement that the call makes of it.
"""

import re

from msgspec.structs import replace

from plan.model import folded
from refactor.finders.ctes import may_be_cte
from refactor.finders.finder import Finder, Found, Ignored, Surroundings
from refactor.finders.shapes import NAME, NAMES_SOURCE
from refactor.finders.sql import tables_in_sql
from refactor.python.outline import last_part
from refactor.python.strings import ELSEWHERE, Text
from refactor.sql.names import HOLE, quoted
from refactor.sql.wordings import qualified_columns

_SOURCE = re.compile(rf"\s*{NAME}(?:\s+(?:AS\s+)?(?P<alias>\w+))??\s+(?:ON|USING)\b", re.IGNORECASE)
_OTHER = "joined_to"


def tables_joined(text: Text, around: Surroundings) -> Found | None:
    """The old tables of a join that is certain as a whole; None of any other text."""
    if not NAMES_SOURCE.fullmatch(last_part(text.context.callee)):
        return None
    source = _SOURCE.match(text.text)
    if source is None:
        return None
    said = {folded(it.qualifier.name) for it in qualified_columns(text.text)} - {HOLE}
    here = {folded(source[1]), folded(source["alias"] or "")}
    tables = (here | said) & around.legacy.meanings.keys()
    if not tables or may_be_cte(tables, around):
        return None
    # What it names besides is there already; or else something with the same columns.
    others = [quoted(it, "") for it in sorted(said - here)]
    listed = ", ".join(others) or f"(SELECT * FROM {quoted(source[1], '')}) AS {_OTHER}"
    found = tables_in_sql(_behind(f"SELECT 1 FROM {listed} JOIN ", text), around)
    sure = isinstance(found, Ignored) or (found and all(it.certain for it in found))
    return found if sure else None


def _behind(before: str, text: Text) -> Text:
    """A text behind another one, which its module does not spell."""
    starts = (*[ELSEWHERE] * len(before), *text.starts)
    return replace(text, text=before + text.text, starts=starts)


FINDER = Finder(
    name="joined",
    find=tables_joined,
    finds=(
        'q = Query().SELECT("x").FROM("z").JOIN("old USING (x)")',
        'q = Query().SELECT("x").FROM("z").LEFT_JOIN("old o ON o.id = z.id")',
        'q = Query().SELECT("x").FROM("old").JOIN("z ON z.id = old.id")',
    ),
    ignores=('q = Query().SELECT("x").FROM("z").JOIN("t ON t.old = z.x")',),
)
