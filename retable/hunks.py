"""One edit or question as a person sees it in a terminal: its hunk, what it means, and why."""

from collections.abc import Iterator, Sequence

from rich.text import Text

from plan.errors import in_one_line
from refactor.patches.session import Item
from refactor.references import Kind, Reference

_CONTEXT = 3
_WIDTH = 160
_TAB = "    "
_REMOVED, _ADDED, _ASKED = ("red", "green", "yellow")


def hunk(reference: Reference, text: str) -> Iterator[Text]:
    """The lines of a hunk, as git shows one, with the names marked in the line that changes."""
    start = text.rfind("\n", 0, reference.start) + 1
    end = _end(text, reference.start)
    before, after = _above(text, start), _below(text, end)
    number = text.count("\n", 0, start) + 1
    length = len(before) + 1 + len(after)
    first = number - len(before)
    yield Text(f"@@ -{first},{length} +{first},{length} @@", style="cyan")
    yield from (Text(f" {_shown(line)}") for line in before)
    at = reference.start - start
    line = text[start:end]
    is_there = text.startswith(reference.old, reference.start)
    old = reference.old if is_there else ""
    if reference.new is None or not reference.certain:
        yield _marked("?", line, at, old, old, _ASKED)
    else:
        yield _marked("-", line, at, old, old, _REMOVED)
        yield _marked("+", line, at, old, reference.new, _ADDED)
    yield from (Text(f" {_shown(line)}") for line in after)


def meaning(item: Item) -> Iterator[Text]:
    """What an edit means and why we believe so; of a question, what is asked and its answers."""
    reference = item.reference
    if item.is_edit:
        yield Text(_rename(reference), style="bold")
    else:
        yield Text(in_one_line(reference.question or ""), style="bold")
    yield from (Text(f"  {in_one_line(it.says)}") for it in reference.evidence)
    for number, answer in enumerate(item.answers, start=1):
        yield Text(f"  {number}  {answer.new}  ({reference.group} of {answer.database})")
    if not item.is_edit:
        if not item.answers:
            yield Text("  no answer can be written for you: change the code by hand")
        lines = reference.mend.splitlines()
        said = lines if len(lines) < 2 else ["or add to the plan:", *lines]  # noqa: PLR2004 - one line is a sentence
        yield from (Text(f"  {in_one_line(it)}", style="dim") for it in said)


def _rename(reference: Reference) -> str:
    if reference.kind is Kind.PATH:
        return f"path of {reference.group} → {reference.new}"
    return f"table {reference.group} of {reference.database} → {reference.new}"


def _end(text: str, at: int) -> int:
    end = text.find("\n", at)
    return len(text) if end < 0 else end


def _above(text: str, start: int) -> Sequence[str]:
    lines: list[str] = []
    while start > 0 and len(lines) < _CONTEXT:
        end = start - 1
        start = text.rfind("\n", 0, end) + 1
        lines.insert(0, text[start:end])
    return lines


def _below(text: str, end: int) -> Sequence[str]:
    lines: list[str] = []
    while end + 1 < len(text) and len(lines) < _CONTEXT:
        start, end = end + 1, _end(text, end + 1)
        lines.append(text[start:end])
    return lines


def _marked(mark: str, line: str, at: int, old: str, new: str, colour: str) -> Text:
    """A line with one name in it replaced and marked; of a very long one, what is around it."""
    before, after = line[:at], line[at + len(old) :]
    room = max(_WIDTH - len(new), 0) // 2
    before = before if len(before) <= room else f"…{before[len(before) - room :]}"
    after = after if len(after) <= room else f"{after[:room]}…"
    shown = Text(f"{mark}{_clean(before)}", style=colour)
    shown.append(_clean(new), style="bold reverse")
    shown.append(_clean(after))
    return shown


def _shown(line: str) -> str:
    return _clean(line if len(line) <= _WIDTH else f"{line[:_WIDTH]}…")


def _clean(text: str) -> str:
    """Text that a terminal shows as it is, and does not obey."""
    return in_one_line(text.removesuffix("\r").replace("\t", _TAB))
