"""What a human must decide: each answer once, with all places and questions that it answers."""

from collections.abc import Iterable, Iterator, Sequence

from refactor.references import Reference
from retable.markup import escape

_Asked = dict[str, list[Reference]]
"""The places of each question."""


def question_lines(references: Iterable[Reference]) -> list[str]:
    """The questions for people: places, what is asked there, and below it what answers it."""
    lines = []
    for mend, asked in _by_answer(references):
        for question, places in asked.items():
            lines += [f"  {escape(place_of(it))}  {escape(it.old)}" for it in places]
            lines.append(f"    {escape(question)}")
        if "\n" in mend:
            lines.append("    add to the plan:")
        lines += [f"    [dim]{escape(line)}[/dim]" for line in mend.splitlines()]
    return lines


def question_markdown(references: Sequence[Reference]) -> list[str]:
    """The questions for the summary beside the patches."""
    lines = ["## Left to review", ""] if references else []
    for mend, asked in _by_answer(references):
        for question, places in asked.items():
            lines += [f"- `{place_of(it)}` `{it.old}`" for it in places]
            lines[-1] += f": {question}"
        if "\n" in mend:
            answer = (f"      {line}" for line in mend.splitlines())
            lines += ["", "  Add to the plan:", "", *answer, ""]
        elif mend:
            lines[-1] += f" ({mend})"
    return [*lines, ""] if lines else []


def place_of(reference: Reference) -> str:
    """Where a reference stands, as editors jump to it."""
    return f"{reference.path}:{reference.line}:{reference.column}"


def _by_answer(references: Iterable[Reference]) -> Iterator[tuple[str, _Asked]]:
    """By what answers them, the questions that hold something up first; the others say "perhaps".

    One answer for the plan may settle several questions. Whoever decides by reading code decides
    one question at a time.
    """
    groups: dict[tuple[str, str], _Asked] = {}
    for it in sorted(references, key=lambda it: not it.blocking):
        question = f"{'' if it.blocking else 'perhaps: '}{it.question or ''}"
        key = it.mend, "" if "\n" in it.mend else question
        groups.setdefault(key, {}).setdefault(question, []).append(it)
    for (mend, _), asked in groups.items():
        yield mend, asked
