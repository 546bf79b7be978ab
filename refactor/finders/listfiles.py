"""Tables that a file lists which is of no kind that is read: `Path("tables.txt").read_text()`.

What is in such a file is not changed, and the code puts it into SQL: so its name is asked about.
"""

from collections.abc import Iterator

from msgspec.structs import replace

from refactor.finders.finder import Surroundings
from refactor.references import Evidence, Reason, Reference

_SHOWN = 3


def tables_in_listfiles(around: Surroundings) -> Iterator[Reference]:
    """A question for each file that lists old tables, where a module names it."""
    if around.outline is None or around.source.path not in around.files.readers:
        return
    for site in around.outline.sites:
        name = site.literals[-1].rpartition("/")[2] if site.literals else ""
        listed = around.files.lists.get(name)
        if listed is None:
            continue
        path, tables = listed.path, listed.tables
        shown = ", ".join(tables[:_SHOWN]) + (", …" if tables[_SHOWN:] else "")
        asked = around.table_reference(
            site.start,
            around.source.text[site.start : site.end],
            [it for table in tables for it in around.legacy.meanings[table]],
            clause="file",
            evidence=(Evidence(Reason.FLOW, "what a file says may be put into SQL"),),
            question=f"{path}, which is of no kind that is read, says {shown}: does that go into"
            " SQL as tables' names?",
            mend=f"change {path} by hand, if it does",
            blocking=listed.most,
        )
        also = dict.fromkeys(it.old for table in tables for it in around.legacy.meanings[table])
        yield replace(asked, also=tuple(it for it in also if it != asked.group))
