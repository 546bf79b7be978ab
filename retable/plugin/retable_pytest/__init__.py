"""A pytest plugin that names each old table which the tests really use, and each file that is gone.

Active only with `--retable-plan FILE`. It runs in the environment of the project that is tested,
where `plan`, `migrate`, `refactor` and `retable` may be modules of the project's own. So it is a
package of its own name, imports nothing but itself, the standard library and pytest, and asks for
what it has to know a `retable` in a process of its own. It runs on Python 3.9 and newer.

    watch       audit events and traces of sqlite3 and apsw → statements, and files that are opened
    sql         one statement → the names in table position
    places      whose code executes it: also where aiosqlite executes in a thread
    facts       what the plan and the code say        record      what was executed, by which test
    told        what people read of it

Here are pytest's hooks, and xdist's: workers hand what they saw to the controller.
"""

from __future__ import annotations

import json
import os
import sys
from pathlib import Path
from typing import TYPE_CHECKING, Any

import pytest

from .facts import Facts, FactsError, load_facts
from .places import INSTALLED
from .record import FAULTS, OUTSIDE, PERHAPS, Recorder
from .told import findings, never, places, summary, told
from .watch import unwatch, watch, watch_apsw

if TYPE_CHECKING:
    from collections.abc import Iterator

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
    """Begin, if there is a plan."""
    given = getattr(config, "workerinput", {}).get("retable")
    if given is None:
        file = _plan_file(config)
        if file is None:
            return
        try:
            given = {"facts": load_facts(file), "folder": str(file.parent)}
            facts = Facts.of(given["facts"], file.parent)
        except FactsError as error:
            raise pytest.UsageError(f"retable: {error}") from error
    else:
        facts = Facts.of(given["facts"], Path(given["folder"]))
    config.pluginmanager.register(_Watching(config, facts, given), "retable_watching")


def _plan_file(config: pytest.Config) -> Path | None:
    option = config.getoption("--retable-plan")
    if option:
        return Path(option).absolute()
    ini = config.getini("retable_plan")
    return config.rootpath / str(ini) if ini else None


class _Watching:
    """What happens while there is a plan."""

    def __init__(self, config: pytest.Config, facts: Facts, given: dict[str, Any]) -> None:
        self.config = config
        self.given = given
        self.recorder = Recorder(facts)
        ini = str(config.getini("retable") or "fail")
        self.mode = config.getoption("--retable") or ini
        if self.mode not in ("fail", "warn"):
            raise pytest.UsageError(f"retable = {self.mode}: say fail or warn")
        self.lost: list[str] = []
        self.foreign: set[str] = set()
        watch(self.recorder)

    @property
    def is_worker(self) -> bool:
        return hasattr(self.config, "workerinput")

    def pytest_unconfigure(self) -> None:
        unwatch()

    def pytest_report_header(self) -> str:
        facts = self.recorder.facts
        return f"retable: {facts.plan}, {len(facts.tables)} old names, {self.mode}"

    @pytest.hookimpl(tryfirst=True)
    def pytest_runtest_logstart(self, nodeid: str) -> None:
        if not self._is_controller:
            self.recorder.test = nodeid
            self.recorder.taken()  # what came before is no fault of this test
            watch_apsw()

    def pytest_runtest_logfinish(self) -> None:
        self.recorder.test = OUTSIDE

    @property
    def _is_controller(self) -> bool:
        return bool(getattr(self.config.option, "dist", "no") != "no") and not self.is_worker

    @pytest.hookimpl(hookwrapper=True, tryfirst=True)
    def pytest_runtest_makereport(self) -> Iterator[None]:
        outcome: Any = yield
        report = outcome.get_result()
        if report.when == "setup" and report.outcome == "passed":
            return  # told with the call: a setup that fails would keep the test from running
        found = self.recorder.taken()
        if not found:
            return
        text = "\n".join(told(it) for it in found)
        report.sections.append(("retable: old names at run time", text))
        if self.mode == "fail" and report.outcome == "passed":
            report.outcome = "failed"
            report.longrepr = (
                f"retable: old names at run time, {places(len(found))}: see the section below"
            )

    @pytest.hookimpl(trylast=True)
    def pytest_sessionfinish(self, session: pytest.Session) -> None:
        folder = self.config.getoption("--retable-not-from")
        if folder:
            self.foreign.update(_modules_from(folder, self.recorder.facts.root))
        if self.is_worker:
            output: dict[str, Any] = getattr(self.config, "workeroutput", {})
            output["retable"] = {**self.recorder.plain(), "foreign": sorted(self.foreign)}
            return
        # What is executed while no test runs, such as on import, fails no test: it fails the run.
        outside = [it for it in findings(self.recorder, *FAULTS) if OUTSIDE in it.tests]
        if outside and self.mode == "fail" and session.exitstatus == pytest.ExitCode.OK:
            session.exitstatus = pytest.ExitCode.TESTS_FAILED
        file = self.config.getoption("--retable-report")
        if file:
            Path(file).write_text(json.dumps(self._report(), indent=2, ensure_ascii=False) + "\n")

    @pytest.hookimpl(optionalhook=True)
    def pytest_configure_node(self, node: Any) -> None:
        node.workerinput["retable"] = self.given

    @pytest.hookimpl(optionalhook=True)
    def pytest_testnodedown(self, node: Any) -> None:
        seen = getattr(node, "workeroutput", {}).get("retable")
        if seen is None:
            self.lost.append(node.gateway.id)
            return
        self.foreign.update(seen["foreign"])
        self.recorder.gather(seen)

    def _report(self) -> dict[str, Any]:
        recorder = self.recorder
        return {
            "retable": "report",
            "version": 1,
            "plan": recorder.facts.plan,
            "mode": self.mode,
            "statements": recorder.statements,
            **{
                kind: [it.plain() for it in findings(recorder, kind)] for kind in (*FAULTS, PERHAPS)
            },
            "history": recorder.history,
            "references": {
                "all": len(recorder.facts.statics),
                "executed": len(recorder.executed),
                "never": [
                    {"path": it.path, "line": it.line, "old": it.old} for it in never(recorder)
                ],
            },
            "troubles": list(recorder.troubles),
            "lost_workers": self.lost,
            "imported_from_elsewhere": sorted(self.foreign),
        }

    def pytest_terminal_summary(self, terminalreporter: Any) -> None:
        if self.is_worker:
            return
        lines = list(
            summary(self.recorder, self.lost, everything=self.config.getoption("verbose") > 0)
        )
        if lines:
            terminalreporter.section("retable: old names at run time", sep="=")
            for line in lines:
                terminalreporter.write_line(line)


def _modules_from(folder: str, but_not: str) -> Iterator[str]:
    """The files of imported modules that lie in a folder, but for what is installed there."""
    top = os.path.realpath(folder) + os.sep
    # What runs as `__main__` is pytest's own script, in a virtual environment that may lie there.
    for module in (it for name, it in tuple(sys.modules.items()) if name != "__main__"):
        file = getattr(module, "__file__", None)
        if isinstance(file, str):
            real = os.path.realpath(file)
            inside = real.startswith(top) and not real.startswith(but_not + os.sep)
            if inside and not INSTALLED.search(real):
                yield os.path.relpath(real, top)
