"""What SQLite does otherwise once a table's old name is a view: each kind with its reason.

Measured on SQLite 3.40 and 3.54; `tests/retable/test_compatibility.py` measures it again.
"""

from enum import StrEnum


class Hindrance(StrEnum):
    """Why a statement does not work through a view, or not as it did."""

    READ_ONLY = "read-only"
    UPSERT = "upsert"
    RETURNING = "returning"
    LASTROWID = "lastrowid"
    ROWCOUNT = "rowcount"
    CHANGES = "changes"
    LAST_INSERT_ROWID = "last-insert-rowid"
    ROWID = "rowid"
    ROWS_THAT_MEET = "rows-that-meet"
    INDEXED_BY = "indexed-by"
    CREATE_INDEX = "create-index"
    CREATE_TRIGGER = "create-trigger"
    ALTER_TABLE = "alter-table"
    DROP_TABLE = "drop-table"
    REFERENCES = "references"
    UPKEEP = "upkeep"
    PRAGMA = "pragma"
    CATALOG = "catalog"
    FIGURES = "figures"
    BLOB = "blob"
    REFUSED = "refused"


WHY = {
    Hindrance.READ_ONLY: "the view is there to read; it refuses every write",
    Hindrance.UPSERT: "SQLite refuses an upsert on a view",
    Hindrance.RETURNING: "RETURNING gives NULL for an id or a DEFAULT that the table fills in",
    Hindrance.LASTROWID: "the id of an earlier row, as before the write",
    Hindrance.ROWCOUNT: "0, whatever was written",
    Hindrance.CHANGES: "0, whatever was written",
    Hindrance.LAST_INSERT_ROWID: "the id of an earlier row, as before the write",
    Hindrance.ROWID: "a view has no rowid: SQLite refuses it, or in some builds takes it for NULL",
    Hindrance.ROWS_THAT_MEET: "where several rows get in each other's way, others may be left",
    Hindrance.INDEXED_BY: "a view has no index of its own",
    Hindrance.CREATE_INDEX: "views may not be indexed, also with IF NOT EXISTS",
    Hindrance.CREATE_TRIGGER: "a view takes INSTEAD OF triggers only, also with IF NOT EXISTS",
    Hindrance.ALTER_TABLE: "a view may not be altered",
    Hindrance.DROP_TABLE: "a view is dropped by DROP VIEW only, also with IF EXISTS",
    Hindrance.REFERENCES: "a foreign key to a view breaks every write to the table that has it",
    Hindrance.UPKEEP: "nothing is done for a view",
    Hindrance.PRAGMA: "of a view it tells no keys, indexes, defaults and NOT NULLs",
    Hindrance.CATALOG: "the catalog files the old name as a view: the table is not found",
    Hindrance.FIGURES: "they are kept under the table's new name: no row is found",
    Hindrance.BLOB: "a view cannot be opened for its blobs",
    Hindrance.REFUSED: "through a view SQLite refuses it",
}
"""What happens, for people."""
