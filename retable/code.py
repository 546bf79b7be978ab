"""What the commands of the code half say."""

from collections import Counter

import click

from plan.errors import counted
from refactor.patches.changes import Changes
from refactor.references import Kind
from retable.console import err


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
