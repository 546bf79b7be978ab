"""Tables in which runners of migrations record what they have run in their file."""

import re

_RECORD = re.compile(
    r"_*(?:\w+_)?(?:schema_?)?migrations?(?:_(?:history|log|version|versions))?"
    r"|_*(?:(?:alembic|db|database|goose_db|schema)_?)?versions?"
    r"|(?:\w+_)?schema_?(?:history|changes|log)",
    re.IGNORECASE,
)
SKIPPED = (
    "In a joined table a runner of migrations finds as done what was done in another file, and"
    " skips it: a name of its own is safe."
)


def records_migrations(table: str) -> bool:
    """Whether a table is called as those are from which a runner learns what it has run."""
    return _RECORD.fullmatch(table) is not None
