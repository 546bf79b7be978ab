"""What every format is made of."""

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from functools import cached_property
from pathlib import Path, PurePosixPath
from typing import Any

from refactor.code.changed import prefix_in_repository
from refactor.leftovers import Finding, fingerprints


@dataclass(frozen=True)
class Report:
    """What a check has found."""

    findings: tuple[Finding, ...]
    """In the order of files and places, silenced ones too."""
    root: Path
    """The plan's folder."""
    status: int
    line_of: Callable[[Finding], str]
    """The text of the line that a finding is on; empty where it is of no text."""
    besides: Callable[[], Mapping[str, Any]] = dict
    """What only the JSON says; made when it is wanted."""

    @property
    def counting(self) -> tuple[Finding, ...]:
        """The findings that nobody has silenced."""
        return tuple(it for it in self.findings if it.silenced is None)

    @cached_property
    def fingerprints(self) -> tuple[str, ...]:
        """What tells each finding again."""
        return fingerprints(self.findings, self.line_of)

    @cached_property
    def prefix(self) -> PurePosixPath:
        """Where the plan's folder lies in its repository."""
        return prefix_in_repository(self.root)

    def in_repository(self, finding: Finding) -> PurePosixPath:
        """A finding's file as its repository names it."""
        return self.prefix / finding.path
