"""The case files of fixtures/rewrites, through the line that the commands go through.

How a case is written stands in fixtures/rewrites/README.md.
"""

import re
from dataclasses import dataclass, field
from pathlib import Path

import pytest

FOLDER = Path(__file__).parents[2] / "fixtures" / "rewrites"
MARK = {".py": "#", ".sql": "--"}
SWAPPED = re.compile(r"\b(?:a|b)\b")


@dataclass
class Case:
    id: str
    plan: list[str] = field(default_factory=list)
    schemas: tuple[bool, ...] = (True, False)
    swaps: bool = False
    before: dict[str, str] = field(default_factory=dict)
    after: dict[str, str] = field(default_factory=dict)
    questions: list[str] = field(default_factory=list)


def cases_in(file):
    """Read the cases of one file."""
    mark = MARK[file.suffix]
    default, plan = f"case{file.suffix}", []
    case, part, name = None, None, default
    for line in file.read_text(encoding="utf-8").splitlines(keepends=True):
        key, _, value = line.removeprefix(mark).strip().partition(": ")
        marked = line.startswith(f"{mark} ")
        if marked and key == "case":
            if case:
                yield case
            case = Case(f"{file.stem}: {value}", plan=list(plan))
            part, name = case.before, default
        elif marked and key == "plan":
            (plan if case is None else case.plan).append(value)
        elif case is None:
            continue
        elif marked and key == "schemas":
            case.schemas = {"known": (True,), "unknown": (False,)}[value]
        elif marked and key == "swaps":
            case.swaps = True
        elif marked and key == "file":
            name = value
            part.setdefault(name, "")
        elif marked and key == "output":
            part, name = case.after, default
        elif marked and key == "review":
            case.questions.append(value)
        else:
            part[name] = part.get(name, "") + line
    if case:
        yield case


CASES = [
    pytest.param(case, known, id=f"{case.id}{'' if known else ' (no schema)'}")
    for file in sorted(FOLDER.iterdir())
    if file.suffix in MARK
    for case in cases_in(file)
    for known in case.schemas
]


def trimmed(files):
    return {name: text.strip("\n") + "\n" for name, text in files.items() if text.strip()}


@pytest.mark.parametrize(("case", "known"), CASES)
def test_rewrite(case, known, project):
    before, after = trimmed(case.before), trimmed(case.after)
    made = project(before, **({"lines": case.plan} if case.plan else {}), schemas=known)
    found, changes = made.changes()
    assert not found.unreadable
    assert not changes.unproved
    made.apply(changes)
    texts = {name: made.read(name) for name in before}
    asked = [f"{it.path}:{it.line}: {it.old}: {it.question}" for it in changes.review]
    assert texts == {**before, **after}, asked
    assert_all_are_said(case.questions, asked)
    assert_every_hit_is_accounted_for(made, found, before)
    if not case.swaps:
        again, more = made.changes()
        assert not more.rewritten, "a second run must change nothing"
        assert case.questions or not [it for it in again.references if it.certain], "a leftover"


def assert_all_are_said(expected, asked):
    for question in expected:
        assert any(question in each for each in asked), (question, asked)
    for each in asked:
        assert any(question in each for question in expected), f"not expected: {each}"


def assert_every_hit_is_accounted_for(made, found, files):
    """Each whole word of the plan is a reference, or is said to be none."""
    legacy = made.searcher().legacy
    word = re.compile(
        rf"(?<!\w)(?:{'|'.join(map(re.escape, sorted(legacy.words, key=len, reverse=True)))})(?!\w)",
        re.IGNORECASE | re.ASCII,
    )
    for file in found.files:
        named = [(it.start, it.start + len(it.old)) for it in file.references]
        hits = [match.start() for match in word.finditer(files[str(file.path)])]
        free = [at for at in hits if not any(start <= at < end for start, end in named)]
        assert sum(count for _, count in file.ignored) == len(free)
