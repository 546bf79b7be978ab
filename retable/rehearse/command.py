"""The user's command: what it needs to run in a copy, and how it ended there."""

import contextlib
import json
import os
import re
import shlex
import shutil
import signal
import subprocess
import time
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from importlib.util import find_spec
from pathlib import Path
from typing import Any

from plan.errors import Problem, ProblemsError
from refactor.code.git import git_environment
from retable.rehearse.junit import Case, cases_in
from retable.rehearse.verdict import Run
from retable.rehearse.workplace import Project, Workplace

_PYTEST = re.compile(r"(?:pytest|py\.test)(?:-?3(?:\.\d+)?)?(?:\.exe)?")
_KEPT = frozenset({"PATH", "VIRTUAL_ENV", "CONDA_PREFIX", "TMPDIR"})
"""Variables in which the project's own folder is right: what is installed there."""
_PLUGIN = "retable_pytest"
_PROBE = """
import json, sys
places = [it for it in sys.path if it]
for name, module in list(sys.modules.items()):
    if name.startswith("__editable__"):
        places += [it.rpartition("/")[0] for it in getattr(module, "MAPPING", {}).values()]
print(json.dumps(places))
"""


@dataclass(frozen=True, slots=True)
class Command:
    """What the user wants to see run before and after."""

    words: tuple[str, ...]
    junit: str | None = None
    """A pattern of the JUnit files that it writes, from the folder that it runs in."""
    timeout: float | None = None
    plugin: bool = True
    """Whether pytest is to say what it executes."""

    @property
    def is_pytest(self) -> bool:
        """Whether it runs pytest, by itself or through `python -m`, `uv run` and the like."""
        return any(_PYTEST.fullmatch(Path(word).name) for word in self.words)

    @property
    def own_junit(self) -> str | None:
        """The JUnit file that its own arguments ask for, or the user's pattern."""
        for word, following in zip(self.words, (*self.words[1:], ""), strict=True):
            name, _, value = word.partition("=")
            if name in ("--junitxml", "--junit-xml"):
                return value or following
        return self.junit

    def __str__(self) -> str:
        """As it is typed."""
        return shlex.join(self.words)


@dataclass(frozen=True, slots=True)
class Stage:
    """One run of a command: where, and under which name its files go."""

    name: str
    project: Project
    place: Workplace
    folder: Path
    """The folder to run in, in the copy."""
    facts: Path

    @property
    def log(self) -> Path:
        """What it prints."""
        return self.place.folder / f"{self.name}.log"

    @property
    def report(self) -> Path:
        """What the plugin saw."""
        return self.place.folder / f"{self.name}.json"

    @property
    def junit(self) -> Path:
        """What pytest says test by test."""
        return self.place.folder / f"{self.name}.xml"


def run_in_copy(command: Command, stage: Stage) -> Run:
    """Run the user's command in the copy.

    Raises:
        ProblemsError: there is no such command.
    """
    began = time.time()
    status, seconds = run(
        command.words,
        stage.folder,
        _environment(command, stage),
        stage.log,
        timeout=command.timeout,
        keeps=(stage.place.lock,),
    )
    return Run(status, seconds, _cases(command, stage, began), _seen(stage.report))


def run(
    words: Sequence[str],
    folder: Path,
    environment: Mapping[str, str],
    log: Path,
    *,
    timeout: float | None = None,
    keeps: tuple[int, ...] = (),
) -> tuple[int | None, float]:
    """Run a command to its end or for so long; its exit status, or None, and the seconds.

    What it started and left running ends with it, and so does all of it when we are stopped.

    Raises:
        ProblemsError: there is no such command.
    """
    began = time.monotonic()
    with log.open("wb") as output:
        process: subprocess.Popen[bytes] | None = None
        status: int | None = None
        try:
            with _stops_wait():
                process = subprocess.Popen(
                    words,
                    cwd=folder,
                    env=dict(environment),
                    stdin=subprocess.DEVNULL,
                    stdout=output,
                    stderr=subprocess.STDOUT,
                    start_new_session=True,
                    pass_fds=keeps,
                )
            with contextlib.suppress(subprocess.TimeoutExpired):
                status = process.wait(timeout)
        except OSError as error:
            what = f"cannot be run: {error.strerror}"
            raise ProblemsError((Problem(words[0], what, "is it on the PATH?"),)) from error
        finally:
            if process is not None:
                with contextlib.suppress(ProcessLookupError, PermissionError):
                    os.killpg(process.pid, signal.SIGKILL)
                process.wait()
    return status, time.monotonic() - began


@contextlib.contextmanager
def _stops_wait() -> Iterator[None]:
    """While a process is started: who is told to stop before knowing it could not end it."""
    heard: list[int] = []
    held = {
        it: signal.signal(it, lambda number, _: heard.append(number))
        for it in (signal.SIGINT, signal.SIGTERM, signal.SIGHUP)
        if signal.getsignal(it) is signal.default_int_handler
    }
    try:
        yield
    finally:
        for it, handler in held.items():
            signal.signal(it, handler)
        for number in heard:
            signal.raise_signal(number)


def _environment(command: Command, stage: Stage) -> dict[str, str]:
    """The user's environment, in which what named the project names the copy."""
    project, copy = stage.project, stage.place.copy
    # Not the caller's git, which a hook sets, and none of the settings that are only ours.
    ours = {"LC_ALL", "GIT_OPTIONAL_LOCKS"}
    environment = {
        name: value if name in _KEPT else _moved(value, project, copy)
        for name, value in git_environment().items()
        if name not in ours or name in os.environ
    }
    environment |= {name: os.environ[name] for name in ours & os.environ.keys()}
    environment["PWD"] = str(stage.folder)
    first = [_moved(it, project, copy) for it in _installed_from(command, project, stage)]
    if command.is_pytest:
        environment["PYTEST_ADDOPTS"] = " ".join(
            [environment.get("PYTEST_ADDOPTS", ""), *_options(command, stage)]
        ).strip()
        if command.plugin:
            first.append(str(_plugin_folder(stage.place)))
    theirs = filter(None, [environment.get("PYTHONPATH", "")])
    environment["PYTHONPATH"] = os.pathsep.join([*first, *theirs])
    if not environment["PYTHONPATH"]:
        del environment["PYTHONPATH"]
    return environment


def _options(command: Command, stage: Stage) -> list[str]:
    asked = [] if command.own_junit else [("junitxml", stage.junit)]
    if command.plugin:
        asked += [("retable-plan", stage.facts), ("retable-report", stage.report)]
        asked += [("retable-not-from", stage.project.top)]
    # With `=`: pytest takes a path that stands alone for one that says where its root is.
    options = [f"--{name}={shlex.quote(str(value))}" for name, value in asked]
    return [*options, "-p", _PLUGIN, "--retable=warn"] if command.plugin else options


def _plugin_folder(place: Workplace) -> Path:
    """A folder that holds the plugin, and nothing else of ours."""
    folder = place.folder / "plugin"
    if not folder.is_dir():
        folder.mkdir()
        spec = find_spec(_PLUGIN)
        if spec is None or not spec.submodule_search_locations:
            raise ProblemsError(
                (Problem(_PLUGIN, "is not installed beside retable", "install retable anew"),)
            )
        # Its folder in site-packages holds all that is installed there: a copy stands alone.
        own = shutil.ignore_patterns("__pycache__")
        shutil.copytree(spec.submodule_search_locations[0], folder / _PLUGIN, ignore=own)
    return folder


def _moved(value: str, project: Project, copy: Path) -> str:
    """A variable's value with the copy in the place of the project, in a list of paths too."""
    return os.pathsep.join(_moved_path(it, project, copy) for it in value.split(os.pathsep))


def _moved_path(value: str, project: Project, copy: Path) -> str:
    top = str(project.top)
    if value != top and not value.startswith(top + os.sep):
        return value
    if any(value == str(it) or value.startswith(f"{it}{os.sep}") for it in project.venvs):
        return value
    return str(copy) + value.removeprefix(top)


def _installed_from(command: Command, project: Project, stage: Stage) -> list[str]:
    """The project's folders that its environment imports from, since it is installed there.

    An editable install leads to the project itself; the copy's folders must come before.
    """
    python = _python_of(command, stage.folder)
    if python is None:
        return []
    done = subprocess.run(
        [python, "-c", _PROBE],
        cwd=stage.place.folder,
        stdin=subprocess.DEVNULL,
        capture_output=True,
        text=True,
        check=False,
    )
    try:
        places = json.loads(done.stdout)
    except ValueError:
        return []
    real = dict.fromkeys(os.path.realpath(it) for it in places)
    return [
        it
        for it in real
        if f"{it}{os.sep}".startswith(f"{project.top}{os.sep}") and "site-packages" not in it
        if not any(f"{it}{os.sep}".startswith(f"{venv}{os.sep}") for venv in project.venvs)
    ]


def _python_of(command: Command, folder: Path) -> str | None:
    """The Python that runs the command: by its name, or by the first lines of its script."""
    word = command.words[0]
    found = shutil.which(str(folder / word) if os.sep in word else word)
    if found is None:
        return None
    if re.fullmatch(r"python(?:\d(?:\.\d+)?)?", Path(found).name):
        return found
    try:
        with Path(found).open("rb") as script:
            head = script.read(1000).decode("utf-8", "replace")
    except OSError:
        return None
    said = re.match(r"#!\s*(\S*python\S*)\s*$|#!.*\n'''exec' (\S+)", head, re.MULTILINE)
    return (said[1] or said[2]).strip('"') if said else None


def _cases(command: Command, stage: Stage, began: float) -> tuple[Case, ...] | None:
    """What the run said of each test; files that were there before it began say nothing."""
    pattern = command.own_junit
    if pattern is None:
        return cases_in(stage.junit, stage.folder) if command.is_pytest else None
    file = Path(pattern)
    files = [file] if file.is_absolute() else sorted(stage.folder.glob(pattern))
    fresh = [it for it in files if it.is_file() and it.stat().st_mtime >= int(began)]
    found = [cases for it in fresh if (cases := cases_in(it, stage.folder)) is not None]
    return tuple(case for cases in found for case in cases) if found else None


def _seen(report: Path) -> dict[str, Any] | None:
    try:
        values: dict[str, Any] = json.loads(report.read_text(encoding="utf-8"))
    except (OSError, ValueError):
        return None
    return values
