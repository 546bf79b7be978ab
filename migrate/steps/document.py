"""The table that tells what every table of the target is, where it came from and when."""

from migrate.database.sqlite import literal
from plan.model import Plan, PlannedTable
from plan.stored import quoted

OWN_DOMAIN = "retable"


def create(plan: Plan) -> str:
    """The statement that makes the metadata table."""
    return (
        f"CREATE TABLE main.{quoted(plan.metadata)}(\n"
        "  name TEXT PRIMARY KEY NOT NULL,\n"
        "  domain TEXT NOT NULL,\n"
        "  about TEXT NOT NULL,\n"
        "  old_name TEXT,\n"
        "  old_database TEXT,\n"
        "  rows_at_migration INTEGER NOT NULL,\n"
        "  columns INTEGER NOT NULL,\n"
        "  schema_version INTEGER NOT NULL,\n"
        "  migrated_at TEXT NOT NULL\n"
        ") WITHOUT ROWID"
    )


def describe(plan: Plan, planned: PlannedTable, counted: str) -> str:
    """The statement that documents one planned table, whose rows are `counted` in a table."""
    origin = (planned.old, planned.database)
    return _insert(plan, planned.new, planned.domain, planned.about, origin, counted)


def describe_own(plan: Plan, name: str, about: str) -> str:
    """The statement that documents one of retable's own tables."""
    return _insert(plan, name, OWN_DOMAIN, about, None, name)


def _insert(
    plan: Plan, name: str, domain: str, about: str, origin: tuple[str, str] | None, counted: str
) -> str:
    old = ", ".join(map(literal, origin)) if origin else "NULL, NULL"
    return (
        f"INSERT INTO main.{quoted(plan.metadata)} VALUES ("
        f"{literal(name)}, {literal(domain)}, {literal(about)}, {old},"
        f" (SELECT count(*) FROM main.{quoted(counted)}),"
        f" (SELECT count(*) FROM pragma_table_xinfo({literal(name)}, 'main') WHERE hidden <> 1),"
        f" {plan.schema_version}, strftime('%Y-%m-%dT%H:%M:%SZ', 'now'))"
    )
