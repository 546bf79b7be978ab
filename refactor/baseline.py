"""The leftovers that a team knows of and has not mended yet: how many, by file and rule.

Counts and no lines: moving code changes nothing, one leftover more is one too many. Which of a
file's leftovers are the new ones cannot be told then, so all of that rule are shown.
"""

import json
from collections import Counter
from collections.abc import Callable, Iterable, Mapping
from pathlib import Path, PurePosixPath
from typing import Any

from msgspec import Struct
from msgspec.structs import replace

from plan.errors import Problem, ProblemsError, counted, shown
from refactor.leftovers import Finding, Silenced
from refactor.rules import STALE_BASELINE, Rule, rule_called

FILE = "retable-baseline.json"
_VERSION = 1
_MEND = "remove it, and write it anew with --update-baseline"

Entry = tuple[PurePosixPath, Rule]
Judged = Callable[[PurePosixPath, Rule], bool]


class BaselineError(ProblemsError):
    """A baseline cannot be read or written."""


class Excess(Struct, frozen=True):
    """More leftovers of a file and rule than its baseline allows for."""

    path: PurePosixPath
    rule: Rule
    found: int
    allowed: int

    def __str__(self) -> str:
        """Say how many are new."""
        new = counted(self.found - self.allowed, "more leftover")
        return (
            f"{self.path}: {self.found} {self.rule.slug}, {new} than the baseline's {self.allowed}"
        )


class Baseline(Struct, frozen=True):
    """How many leftovers are known."""

    counts: Mapping[Entry, int]

    def as_json(self) -> str:
        """The file's text: sorted, so that two people write the same."""
        leftovers: dict[str, dict[str, int]] = {}
        for (path, rule), count in sorted(self.counts.items(), key=_by_name):
            leftovers.setdefault(path.as_posix(), {})[rule.slug] = count
        whole = {"retable": "baseline", "version": _VERSION, "leftovers": leftovers}
        return json.dumps(whole, indent=2, ensure_ascii=False) + "\n"


NOTHING = Baseline({})


def _by_name(item: tuple[Entry, int]) -> tuple[str, str]:
    (path, rule), _ = item
    return path.as_posix(), rule.slug


def load_baseline(file: Path) -> Baseline:
    """Read a baseline.

    Raises:
        BaselineError: it is not there, or is none; says all that is wrong.
    """
    try:
        said = json.loads(file.read_bytes())
    except OSError as error:
        mend = "write it with --update-baseline"
        raise _error(file, f"cannot be read: {error.strerror}", mend) from error
    except (ValueError, RecursionError) as error:
        raise _error(file, f"is no JSON: {error}", _MEND) from error
    if not isinstance(said, dict) or said.get("retable") != "baseline":
        raise _error(file, "is no baseline of retable", "name another with --baseline")
    if said.get("version") != _VERSION:
        what = f"is of version {shown(said.get('version'))}, not {_VERSION}"
        raise _error(file, what, "use the retable that wrote it, or remove it and write it anew")
    leftovers = said.get("leftovers")
    if not isinstance(leftovers, dict):
        raise _error(file, "leftovers: is not a table of files", _MEND)
    counts: dict[Entry, int] = {}
    problems: list[Problem] = []
    for path, rules in leftovers.items():
        for slug, count in rules.items() if isinstance(rules, dict) else [("", rules)]:
            rule, why = _read(slug, count)
            if rule:
                counts[PurePosixPath(path), rule] = count
            else:
                problems.append(Problem(str(file), f"{path}: {why}", _MEND))
    if problems:
        raise BaselineError(tuple(problems))
    return Baseline(counts)


def _read(slug: str, count: Any) -> tuple[Rule | None, str]:
    if not slug:
        return None, f"is {shown(count)}, not a table of rules"
    rule = rule_called(slug)
    if rule is None or not rule.baselined:
        return None, f"{slug} is no rule that a baseline can hold"
    if not isinstance(count, int) or isinstance(count, bool) or count < 1:
        return None, f"{slug} is {shown(count)}, not a number from 1 on"
    return rule, ""


def write_baseline(file: Path, baseline: Baseline) -> None:
    """Write a baseline.

    Raises:
        BaselineError: it cannot be written.
    """
    try:
        file.write_bytes(baseline.as_json().encode("utf-8", "backslashreplace"))
    except OSError as error:
        what = f"cannot be written: {error.strerror}"
        raise _error(file, what, "name another with --baseline") from error


def _error(file: Path, what: str, mend: str) -> BaselineError:
    return BaselineError((Problem(str(file), what, mend),))


def _counts(findings: Iterable[Finding]) -> Counter[Entry]:
    return Counter(
        (it.path, it.rule) for it in findings if it.rule.baselined and it.silenced is None
    )


def renewed(findings: Iterable[Finding], known: Baseline, judged: Judged) -> Baseline:
    """The baseline that holds all there is; what was not looked for stays as it was."""
    kept = {entry: count for entry, count in known.counts.items() if not judged(*entry)}
    return Baseline(kept | _counts(findings))


def settled(
    findings: Iterable[Finding], baseline: Baseline
) -> tuple[tuple[Finding, ...], tuple[Excess, ...]]:
    """The findings, those that the baseline holds silenced; and where there are more than that."""
    findings = tuple(findings)
    allowed = baseline.counts
    counts = {entry: count for entry, count in _counts(findings).items() if entry in allowed}
    settled = []
    for it in findings:
        entry = it.path, it.rule
        found = counts.get(entry) if it.silenced is None else None
        if found is None:
            settled.append(it)
        elif found <= allowed[entry]:
            settled.append(replace(it, silenced=Silenced.BASELINE))
        else:
            more = f"{it.message} ({found} here, {allowed[entry]} in the baseline)"
            settled.append(replace(it, message=more))
    over = tuple(
        Excess(*entry, found, allowed[entry])
        for entry, found in sorted(counts.items(), key=_by_name)
        if found > allowed[entry]
    )
    return tuple(settled), over


def stale_in(
    baseline: Baseline,
    findings: Iterable[Finding],
    judged: Judged,
    exists: Callable[[PurePosixPath], bool],
    at: tuple[PurePosixPath, str],
) -> tuple[Finding, ...]:
    """A finding for each entry of a baseline that allows for more than there is.

    Args:
        baseline: what is allowed for.
        findings: what there is.
        judged: whether a file was looked at for a rule.
        exists: whether a file is there.
        at: the baseline's own path and text.
    """
    counts = _counts(findings)
    path, text = at
    found = []
    for entry, allowed in sorted(baseline.counts.items(), key=_by_name):
        if not judged(*entry) or counts[entry] >= allowed:
            continue
        file, rule = entry
        said = f"{counts[entry]} left" if exists(file) else "the file is gone or renamed"
        message = f"{file}: {allowed} {rule.slug} in the baseline, {said} (--update-baseline)"
        line = _line_of(text, file)
        found.append(Finding(STALE_BASELINE, path, message, line=line, end_line=line))
    return tuple(found)


def _line_of(text: str, file: PurePosixPath) -> int:
    key = f"\n    {json.dumps(file.as_posix(), ensure_ascii=False)}: "
    return text.count("\n", 0, text.index(key)) + 2 if key in text else 1
