"""A pytest plugin that names each old table which the tests really use, and each file that is gone.

Active only with `--retable-plan FILE`. It runs in the environment of the project that is tested,
where `plan`, `migrate`, `refactor` and `retable` may be modules of the project's own. So it is a
package of its own name, imports nothing but itself, the standard library and pytest, and asks for
what it has to know a `retable` in a process of its own. It runs on Python 3.9 and newer.

    watch       audit events and traces of sqlite3 and apsw → statements, and files that are opened
    sql         one statement → the names in table position
    places      whose code executes it: also where aiosqlite executes in a thread
    facts       what the plan and the code say        record      what was executed, by which test
    session     pytest's hooks, and xdist's: workers hand what they saw to the controller
    told        what people read of it
"""

from __future__ import annotations

from pathlib import Path
from typing import Any

import pytest

_FOR_REHEARSE = "Report the modules that are imported from there; for `retable rehearse`."


def pytest_addoption(parser: pytest.Parser) -> None:
    """Add the options."""
    group = parser.getgroup("retable", "old names of tables at run time (retable)")
    group.addoption(
        "--retable-plan",
        metavar="FILE",
        default=None,
        help="Record the SQL that is executed, and find old names of this plan (retable.toml, or"
        " what `retable facts` has written).",
    )
    group.addoption(
        "--retable",
        choices=["fail", "warn"],
        default=None,
        help="What becomes of a test that executes SQL with an old name. Default: fail.",
    )
    group.addoption(
        "--retable-report", metavar="FILE", default=None, help="Write all that was seen as JSON."
    )
    group.addoption("--retable-not-from", metavar="DIR", default=None, help=_FOR_REHEARSE)
    parser.addini("retable_plan", "The plan, as with --retable-plan; relative to this file.")
    parser.addini("retable", "fail or warn, as with --retable.")


def pytest_configure(config: pytest.Config) -> None:
    """Begin, if there is a plan; without one, nothing is even imported."""
    given: Any = getattr(config, "workerinput", {}).get("retable")
    file = None if given else _plan_file(config)
    if not given and not file:
        return
    from .facts import Facts, FactsError, load_facts
    from .session import Watching

    try:
        if file:
            given = {"facts": load_facts(file), "folder": str(file.parent)}
        facts = Facts.of(given["facts"], Path(given["folder"]))
    except FactsError as error:
        raise pytest.UsageError(f"retable: {error}") from error
    config.pluginmanager.register(Watching(config, facts, given), "retable_watching")


def _plan_file(config: pytest.Config) -> Path | None:
    option = config.getoption("--retable-plan")
    if option:
        return Path(option).absolute()
    ini = config.getini("retable_plan")
    return config.rootpath / str(ini) if ini else None
