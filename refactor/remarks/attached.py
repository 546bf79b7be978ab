"""An ATTACH to or of a database that merges: the target is attached, and may be open already."""

from collections.abc import Iterator
from pathlib import PurePosixPath

from refactor.databases.attachments import Attachment
from refactor.remarks.project import Project
from refactor.remarks.remark import About, Remark, Remarker, as_seen
from refactor.text.lines import Lines

# Measured on SQLite 3.40 and 3.54 by tests/refactor/test_remarks.py.
_TWICE = (
    "a transaction that writes by both names stops with 'database is locked', and so does BEGIN"
    " IMMEDIATE; without WAL also one that reads by one name and writes by the other"
)
_LOOK = "leave out the ATTACH, and the schema's name before its tables"


def attached_targets(project: Project, path: PurePosixPath) -> Iterator[Remark]:
    """A remark for each ATTACH of a database which merges, or of the target to such a one."""
    for attachment in project.attachments.of(path):
        found = attachment.files.databases & project.shared
        if found:
            yield from _remarked(project, path, attachment, tuple(sorted(found)))


def _remarked(
    project: Project, path: PurePosixPath, attachment: Attachment, found: tuple[str, ...]
) -> Iterator[Remark]:
    source = project.source(path)
    connection = project.connections.of(path, attachment.scope)
    attached = frozenset(
        database for it in project.attachments.of(path) for database in it.files.databases
    )
    reached = (connection.databases if connection else frozenset()) - attached
    if source is None or (reached and not reached & project.shared):
        return  # what it is attached to is another file, before and after
    target = project.plan.target
    merging = tuple(it for it in found if it in project.merging)
    becomes = f"{' and '.join(merging)} becomes {target}"
    if not merging:
        others = sorted(reached & project.merging)
        if not others:
            return  # the target to itself, or to nobody knows what
        why = f"{' and '.join(others)} becomes {target} too: one file open twice. {_TWICE}"
    elif reached:
        opened = " and ".join(sorted(reached & project.shared))
        why = f"{becomes}, and so is {opened} that it is attached to: one file open twice. {_TWICE}"
    else:
        why = f"{becomes}. Attached to {target} itself, one file is open twice: {_TWICE}"
    what = f"ATTACH … AS {attachment.name}" if attachment.name else "ATTACH"
    place = Lines(source.text).place(attachment.start)
    yield Remark(path, *place, About.ATTACH, what, found, why, _LOOK)


REMARKER = Remarker(
    name="attached",
    look=attached_targets,
    remarks=as_seen,
    makes=(
        'c = sqlite3.connect("data/target.db")\nc.execute("ATTACH \'data/old.db\' AS o")',
        'DB = "data/old.db"\ndef f(c):\n    c.execute("ATTACH ? AS o", (DB,))',
        'c = sqlite3.connect("data/old.db")\nc.execute("ATTACH \'data/target.db\' AS t")',
    ),
    leaves=(
        'c = sqlite3.connect("data/old.db")\nc.execute("ATTACH \':memory:\' AS o")',
        'DB = "data/old.db"\nprint("ATTACH ? AS o", DB)',
        'c = sqlite3.connect("other.db")\nc.execute("ATTACH \'data/target.db\' AS t")',
    ),
)
