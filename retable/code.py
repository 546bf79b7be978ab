"""What the commands of the code half say."""

from collections import Counter

import click
from rich.markup import escape

from plan.errors import counted
from refactor.changes import Changes
from refactor.notes import Notes
from refactor.references import Kind
from refactor.search import Search
from retable.console import err
from retable.notes import count_lines
from retable.render import unseen_lines


def say_applied(changes: Changes, *, dry_run: bool) -> None:
    """Say which files were changed, or would be."""
    for file in changes.rewritten:
        kinds = Counter(reference.kind for reference in file.references)
        tables, paths = kinds[Kind.TABLE], kinds[Kind.PATH]
        said = [
            counted(count, noun)
            for count, noun in ((tables, "table name"), (paths, "path"))
            if count
        ]
        click.echo(f"{file.path}: {', '.join(said)}")
    verb = "would change" if dry_run else "changed"
    references = counted(len(changes.edited), "reference")
    err.print(f"{verb} {references} in {counted(len(changes.rewritten), 'file')}")


def say_checked(search: Search, notes: Notes) -> None:
    """Say what the check has seen, and what it has not."""
    certain = sum(1 for it in search.references if it.certain)
    review = sum(1 for it in search.references if it.blocking)
    perhaps = sum(1 for it in search.references if not it.pressing)
    for line in (*count_lines(notes), *unseen_lines(search)):
        err.print(line)
    for path, why in search.skipped:
        err.print(f"not followed: {escape(str(path))}: {escape(why)}")
    if review:
        err.print("`retable patch` shows what answers each question")
    err.print(
        f"{counted(search.looked_at, 'file')}: {counted(certain, 'leftover')}, {review} to review,"
        + (f" {perhaps} perhaps," if perhaps else "")
        + f" {len(search.unreadable)} not read"
    )
