"""Bringing a target's documentation in line with its tables, in one transaction."""

from collections.abc import Iterator

from migrate.database.sqlite import literal, open_target
from migrate.documentation.facts import Documentation
from migrate.documentation.read import documentation_in, read_documentation
from migrate.documentation.renewal import Renewal, renewal_of
from migrate.errors import disk_in_words
from migrate.intent import digest_of_plan
from migrate.steps import document
from migrate.steps.catalog import Entry
from migrate.transaction import checkpoint
from plan.errors import ProblemsError
from plan.model import Plan
from plan.stored import quoted


def record(plan: Plan, *, dry_run: bool) -> Renewal:
    """Write down what has changed since the documentation was written; returns what that is.

    Raises:
        ProblemsError: something must be described, and is not; nothing is written.
        DatabaseError: the target is in use or cannot be written to.
    """
    renewal = _decided(plan, read_documentation(plan, rows=False))
    if dry_run or not renewal.said:
        return renewal
    with (
        disk_in_words(plan.target),
        open_target(plan.root / plan.target, plan.target) as database,
    ):
        database.run("BEGIN EXCLUSIVE")
        # Somebody may have written since; now nobody can.
        said = documentation_in(database, plan, rows=False)
        renewal = _decided(plan, said)
        for statement in _statements(plan, said, renewal):
            database.run(statement)
        database.run("COMMIT")
        checkpoint(database)
    return renewal


def _decided(plan: Plan, said: Documentation) -> Renewal:
    renewal = renewal_of(plan, said)
    if renewal.problems:
        raise ProblemsError(renewal.problems)
    return renewal


def _statements(plan: Plan, said: Documentation, renewal: Renewal) -> Iterator[str]:
    for view in renewal.views:
        yield f"DROP VIEW IF EXISTS main.{quoted(view.name)}"
        yield view.sql
    for entry in renewal.gone:
        yield document.forget(plan.catalog, entry.name)
    for entry in renewal.changed:
        documented = said.of(entry.name)
        yield _renewed(plan, entry, documented.entry.name if documented else entry.name)
    for entry in renewal.added:
        yield document.record(plan.catalog, entry, plan.schema_version, digest_of_plan(plan))


def _renewed(plan: Plan, entry: Entry, before: str) -> str:
    """The statement that says otherwise what a table is; when and whence it came stays."""
    texts = {
        "name": entry.name,
        "kind": entry.kind,
        "about": entry.about,
        "columns": document.as_json(entry.columns),
        "foreign_keys": document.as_json(entry.foreign_keys),
    }
    said = ", ".join(f"{quoted(column)} = {literal(text)}" for column, text in texts.items())
    return f"UPDATE main.{quoted(plan.catalog)} SET {said} WHERE name = {literal(before)}"
