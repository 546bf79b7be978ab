"""One module per way in which code can name a table or a database.

Finders look at a text in this order; the first that has something to say of it decides.
"""

from refactor.finders import (
    apis,
    cellsql,
    columns,
    composed,
    docqueries,
    doctests,
    examples,
    fragments,
    joined,
    literals,
    mentions,
    messages,
    options,
    paths,
    patterns,
    sayings,
    settings,
    sql,
)
from refactor.finders.finder import Finder, Found, Ignored, Surroundings

__all__ = ["FINDERS", "Finder", "Found", "Ignored", "Surroundings"]

FINDERS: tuple[Finder, ...] = (
    mentions.FINDER,
    settings.FINDER,
    doctests.FINDER,
    docqueries.FINDER,
    examples.FINDER,
    apis.FINDER,
    cellsql.FINDER,
    messages.FINDER,
    patterns.FINDER,
    composed.FINDER,
    joined.FINDER,
    sql.FINDER,
    fragments.FINDER,
    paths.FINDER,
    options.FINDER,
    columns.FINDER,
    sayings.FINDER,
    literals.FINDER,
)
