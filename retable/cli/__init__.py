"""The command line: arguments in, one call into a half, text out, an exit status.

Exit status: 0 clean or done, 1 findings, 2 could not do the job. A command lives in the module of
its half; each imports what it runs only when it runs.
"""

from retable.cli import code, databases, init, review, schema, whole  # noqa: F401 - each registers its commands
from retable.cli.group import main

__all__ = ["main"]
