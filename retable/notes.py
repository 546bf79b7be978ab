"""What is pointed out besides the references: history that is in use, and remarks."""

from collections.abc import Iterator, Sequence
from itertools import groupby
from typing import Any

from plan.errors import counted, counted_that
from refactor.livehistory import LiveHistory, mend_for
from refactor.notes import Notes
from refactor.remarks import TITLES, About, Remark
from retable.markup import escape

_SHOWN_OF_A_KIND = 5
_SHOWN_USES = 3
_SHOWN_NAMES = 4


def note_lines(notes: Notes) -> list[str]:
    """All of it for people, in not too many lines: history first, since it has a question."""
    return [*_live_lines(notes.live), *_remark_lines(notes.remarks)]


def count_lines(notes: Notes) -> list[str]:
    """How much of it there is, for a command that lists other things."""
    lines = []
    if notes.live:
        files = counted_that(len(notes.live), "excluded file", "is", "are")
        lines.append(f"[yellow]history in use[/yellow]: {files} used by live code: `retable patch`")
    if notes.remarks:
        places = counted(len(notes.remarks), "place")
        lines.append(f"remarks: {places} that no rename reaches: `retable patch`")
    return lines


def _live_lines(files: Sequence[LiveHistory]) -> Iterator[str]:
    if not files:
        return
    said = counted_that(len(files), "excluded file", "is", "are")
    yield f"[yellow]history in use[/yellow]: {said} used by live code: is it live?"
    for file in files:
        names = tuple(dict.fromkeys(it.group for it in file.references))
        yield f"  {escape(str(file.path))}  names {escape(_shortly(names))}"
        yield from (f"    {escape(use)}" for use in _uses(file))
    yield r"  say in \[code] of the plan which are live and which are history:"
    yield from (f"    [dim]{escape(line)}[/dim]" for line in mend_for(files).splitlines())


def _shortly(names: Sequence[str]) -> str:
    """The first few of some names, and how many more there are."""
    more = len(names) - _SHOWN_NAMES
    return ", ".join(names[:_SHOWN_NAMES]) + (f" and {more} more" if more > 0 else "")


def _uses(file: LiveHistory) -> Iterator[str]:
    through = f" by way of {', '.join(map(str, file.through))}" if file.through else ""
    for use in file.used[:_SHOWN_USES]:
        yield f"{use}{through}"
    if len(file.used) > _SHOWN_USES:
        yield f"and {counted(len(file.used) - _SHOWN_USES, 'more place')}"


def _remark_lines(remarks: Sequence[Remark]) -> Iterator[str]:
    if not remarks:
        return
    yield (
        f"remarks: {counted(len(remarks), 'place')} that no rename reaches, and that may mean"
        " something else in one file"
    )
    for about, group in groupby(remarks, key=lambda it: it.about):
        of_kind = list(group)
        yield f"  {_headline(about, len(of_kind))}"
        for (why, look), places in _by_reason(of_kind[:_SHOWN_OF_A_KIND]):
            for it in places:
                yield f"    {escape(f'{it.path}:{it.line}:{it.column}')}  {escape(it.what)}"
            yield f"      {escape(why)}"
            yield f"      [dim]{escape(look)}[/dim]"
        if len(of_kind) > _SHOWN_OF_A_KIND:
            more = counted(len(of_kind) - _SHOWN_OF_A_KIND, "more place")
            yield f"    and {more}: SUMMARY.md, or `retable check --format json`"


def _headline(about: About, number: int) -> str:
    return f"{counted(number, 'place')} {TITLES[about]}"


def _by_reason(
    remarks: Sequence[Remark],
) -> Iterator[tuple[tuple[str, str], list[Remark]]]:
    """Remarks of one kind that say the same, together."""
    groups: dict[tuple[str, str], list[Remark]] = {}
    for remark in remarks:
        groups.setdefault((remark.why, remark.look), []).append(remark)
    yield from groups.items()


def notes_as_markdown(notes: Notes) -> list[str]:
    """All of it, whole, for the summary beside the patches."""
    lines: list[str] = []
    if notes.live:
        lines += ["## History in use", ""]
        lines += ["The plan excludes these files as history, and live code uses them.", ""]
        for file in notes.live:
            used = "; ".join(f"`{use.path}:{use.line}` {use.how}" for use in file.used)
            lines.append(f"- `{file.path}`: {used}")
        mend = (f"    {line}" for line in mend_for(notes.live).splitlines())
        asks = "Say in `[code]` of the plan which are live and which are history:"
        lines += ["", asks, "", *mend, ""]
    if notes.remarks:
        lines += ["## Remarks", ""]
        lines += ["No rename reaches these places; nothing was changed there.", ""]
        for about, group in groupby(notes.remarks, key=lambda it: it.about):
            of_kind = list(group)
            lines += [f"### {_headline(about, len(of_kind))}", ""]
            for (why, look), places in _by_reason(of_kind):
                lines += [f"- `{it.path}:{it.line}:{it.column}` `{it.what}`" for it in places]
                lines += ["", f"  {why} (look at this: {look})"]
                lines.append("")
    return lines


def notes_as_json(notes: Notes) -> dict[str, Any]:
    """All of it as plain values."""
    return {
        "history_in_use": [
            {
                "path": str(file.path),
                "used": [
                    {"path": str(use.path), "line": use.line, "how": use.how} for use in file.used
                ],
                "through": [str(path) for path in file.through],
                "names": sorted({it.group for it in file.references}),
                "question": file.question,
                "mend": file.mend,
            }
            for file in notes.live
        ],
        "remarks": [
            {
                "path": str(it.path),
                "line": it.line,
                "column": it.column,
                "about": it.about.value,
                "what": it.what,
                "databases": list(it.databases),
                "why": it.why,
                "look": it.look,
            }
            for it in notes.remarks
        ],
    }
