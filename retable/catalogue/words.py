"""Figures and short facts of the catalogue in words, the same in every format."""

from migrate.documentation.facts import Index
from migrate.steps.catalog import CatalogColumn, ForeignKey
from plan.errors import counted
from retable.catalogue.model import Catalogue, Code, Coverage, Table


def coverage_lines(coverage: Coverage) -> tuple[tuple[str, int, int], ...]:
    """What is counted, how many of them hold, and how many there are."""
    return (
        ("tables documented", coverage.tables_documented, coverage.tables),
        ("tables described", coverage.tables_described, coverage.tables),
        ("columns documented", coverage.columns_documented, coverage.columns),
        ("columns described", coverage.columns_described, coverage.columns),
    )


def percent(part: int, whole: int) -> str:
    """A share, never rounded up to all or down to none."""
    if part == whole:
        return "100 %"
    return f"{min(99, max(1, round(100 * part / whole)))} %" if part else "0 %"


def rows_of(table: Table) -> str:
    """How many rows there are, and how many there were where that differs."""
    if table.rows is None:
        return ""
    now = counted(table.rows, "row")
    before = table.rows_before
    return now if before in (None, table.rows) else f"{now}, {before:,} at the migration"


def before_of(table: Table) -> str:
    """What it was called before, and where."""
    return ", ".join(f"{it.name} in {it.database}" for it in table.origins)


def flags_of(column: CatalogColumn) -> tuple[str, ...]:
    """What holds of a column besides its type, as short words."""
    flags = []
    if column.primary_key:
        flags.append("key")
    if column.not_null:
        flags.append("not null")
    if column.default is not None:
        flags.append(f"default {column.default}")
    if column.hidden:
        flags.append("computed" if column.hidden == 2 else "computed, stored")  # noqa: PLR2004 (as pragma_table_xinfo says)
    return tuple(flags)


def target_of(key: ForeignKey, table: Table) -> str:
    """What a foreign key of a table refers to."""
    said = f"{key.table}.{', '.join(key.to)}" if key.to else key.table
    return f"{said}, which is not there" if key.table in table.adrift else said


def actions_of(key: ForeignKey) -> str:
    """What happens here when a row there changes or goes."""
    said = (("on update", key.on_update), ("on delete", key.on_delete))
    return ", ".join(f"{event} {does.lower()}" for event, does in said if does != "NO ACTION")


def index_in_words(index: Index) -> str:
    """An index or a UNIQUE constraint, as its definition says it."""
    columns = f"({', '.join(index.columns)})"
    if not index.name:
        return f"unique {columns}"
    kind = "unique index" if index.unique else "index"
    return f"{kind} {index.name} {columns}{', of some rows' if index.partial else ''}"


def code_in_words(code: Code) -> str:
    """How far the code was read."""
    if code.why_not:
        return f"code was not read: {code.why_not}"
    uses = [use for of in code.uses.values() for use in of]
    files = counted(len({use.path for use in uses}), "file")
    said = f"used in {counted(len(uses), 'place')} of {files} of code"
    return f"{said}; {counted(len(code.unread), 'file')} not read" if code.unread else said


def summary_of(catalogue: Catalogue) -> str:
    """The catalogue in one line."""
    own = sum(1 for table in catalogue.tables if table.kind == "table")
    domains = counted(len(catalogue.domains), "domain")
    return f"{catalogue.target}: {counted(own, 'table')} in {domains}"
