"""The case files of fixtures/rewrites, through the line that the commands go through.

How a case is written stands in fixtures/rewrites/README.md.
"""

import re
import sys
from dataclasses import dataclass, field
from pathlib import Path

import pytest

FOLDER = Path(__file__).parents[2] / "fixtures" / "rewrites"
MARK = {".py": "#", ".sql": "--"}


@dataclass
class Case:
    id: str
    plan: list[str] = field(default_factory=list)
    schemas: tuple[bool, ...] = (True, False)
    swaps: bool = False
    python: tuple[int, ...] = (3, 11)
    before: dict[str, str] = field(default_factory=dict)
    after: dict[str, str] = field(default_factory=dict)
    questions: list[str] = field(default_factory=list)


class Reader:
    """Reads the cases of one file, line by line."""

    def __init__(self, file):
        self.file = file
        self.cases, self.plan = [], []

    def read(self):
        mark = f"{MARK[self.file.suffix]} "
        for line in self.file.read_text(encoding="utf-8").splitlines(keepends=True):
            key, _, value = line.removeprefix(mark).strip().partition(": ")
            said = getattr(self, f"say_{key}", None) if line.startswith(mark) else None
            if said:
                said(value)
            elif self.cases:
                self.part[self.name] = self.part.get(self.name, "") + line
        return self.cases

    def say_case(self, title):
        self.cases.append(Case(f"{self.file.stem}: {title}", plan=list(self.plan)))
        self.part, self.name = self.cases[-1].before, f"case{self.file.suffix}"

    def say_plan(self, line):
        (self.cases[-1].plan if self.cases else self.plan).append(line)

    def say_schemas(self, which):
        self.cases[-1].schemas = {"known": (True,), "unknown": (False,)}[which]

    def say_python(self, version):
        self.cases[-1].python = tuple(map(int, version.split(".")))

    def say_swaps(self, _yes):
        self.cases[-1].swaps = True

    def say_file(self, name):
        self.name = name

    def say_output(self, _nothing):
        self.part, self.name = self.cases[-1].after, f"case{self.file.suffix}"

    def say_review(self, question):
        self.cases[-1].questions.append(question)


CASES = [
    pytest.param(case, known, id=f"{case.id}{'' if known else ' (no schema)'}")
    for file in sorted(FOLDER.iterdir())
    if file.suffix in MARK
    for case in Reader(file).read()
    for known in case.schemas
    if sys.version_info >= case.python
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
    either = "|".join(map(re.escape, sorted(legacy.words, key=len, reverse=True)))
    word = re.compile(rf"(?<!\w)(?:{either})(?!\w)", re.IGNORECASE | re.ASCII)
    for file in found.files:
        named = [(it.start, it.start + len(it.old)) for it in file.references]
        hits = [match.start() for match in word.finditer(files[str(file.path)])]
        free = [at for at in hits if not any(start <= at < end for start, end in named)]
        assert sum(count for _, count in file.ignored) == len(free)
