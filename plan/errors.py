"""How retable says that it cannot do its job: where, what, and how to mend it.

    UserError            anything the user can mend; the command line prints it, exit status 2
    ├── ProblemsError    several problems found together, one line each
    │   └── PlanError    the plan cannot be carried out as written
    └── …                each half adds its own

Arguments mirror the constructors, so errors survive pickling between processes.
"""

from dataclasses import dataclass


class UserError(Exception):
    """Something that the user can mend; its text is all that they will see."""


@dataclass(frozen=True, slots=True, order=True)
class Problem:
    """One thing that is wrong: where it is, what it is, and how to mend it."""

    where: str
    what: str
    mend: str

    def __str__(self) -> str:
        """Say it in one line."""
        return f"{self.where}: {self.what} ({self.mend})"


class ProblemsError(UserError):
    """Problems found together, so that they can be mended together."""

    def __init__(self, problems: tuple[Problem, ...]) -> None:
        super().__init__(problems)
        self.problems = problems

    def __str__(self) -> str:
        """Say each problem in a line of its own."""
        return "\n".join(map(str, self.problems))


class PlanError(ProblemsError):
    """The plan cannot be carried out as written."""
