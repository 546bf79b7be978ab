"""What happens in a run of pytest that has a plan."""

from __future__ import annotations

import json
import os
import sys
from pathlib import Path
from typing import TYPE_CHECKING, Any

import pytest

from .places import INSTALLED
from .record import FAULTS, OUTSIDE, PERHAPS, Recorder
from .told import findings, never, places, summary, told
from .watch import unwatch, watch, watch_apsw

if TYPE_CHECKING:
    from collections.abc import Iterator

    from .facts import Facts


class Watching:
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
        """Whether this process runs tests for another one."""
        return hasattr(self.config, "workerinput")

    def pytest_unconfigure(self) -> None:
        """End with the run."""
        unwatch()

    def pytest_report_header(self) -> str:
        """Say at the top that it is watched, lest silence at the end be taken for it."""
        facts = self.recorder.facts
        return f"retable: {facts.plan}, {len(facts.tables)} old names, {self.mode}"

    @pytest.hookimpl(tryfirst=True)
    def pytest_runtest_logstart(self, nodeid: str) -> None:
        """What is executed from now on, this test executes."""
        if not self._is_controller:
            self.recorder.test = nodeid
            self.recorder.taken()  # what came before is no fault of this test
            watch_apsw()

    def pytest_runtest_logfinish(self) -> None:
        """What is executed from now on, no test executes."""
        self.recorder.test = OUTSIDE

    @property
    def _is_controller(self) -> bool:
        return bool(getattr(self.config.option, "dist", "no") != "no") and not self.is_worker

    @pytest.hookimpl(hookwrapper=True, tryfirst=True)
    def pytest_runtest_makereport(self) -> Iterator[None]:
        """Put what was found into the report of its test."""
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
        """Hand over what was seen, or write it down."""
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
        """Give a worker the facts."""
        node.workerinput["retable"] = self.given

    @pytest.hookimpl(optionalhook=True)
    def pytest_testnodedown(self, node: Any) -> None:
        """Take in what a worker saw."""
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
        """Say what is to be said at the end."""
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
