"""One line per finding, as compilers and linters write them."""

from plan.errors import in_one_line
from refactor.leftovers import Finding
from retable.formats.report import Report


def render(report: Report) -> str:
    """Each finding that counts, in a line."""
    return "".join(f"{line_of(it)}\n" for it in report.counting)


def line_of(finding: Finding) -> str:
    """Where it is, which rule says so, and what it is."""
    where = f"{finding.path}:{finding.line}:{finding.column}"
    return in_one_line(f"{where}: {finding.rule.code} {finding.message}")
