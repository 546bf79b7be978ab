"""The whole story, told on a copy of the agent platform that ships with retable."""

import os
import shlex
import shutil
import subprocess
import sys
from importlib.util import find_spec
from pathlib import Path
from tempfile import TemporaryDirectory

from rich.rule import Rule
from rich.table import Table

from migrate.execute import migrate
from migrate.journal import State
from migrate.schemas import schemas
from plan.errors import UserError
from plan.load import load_plan
from plan.model import Plan
from refactor.found import Search
from refactor.notes import notes_on
from refactor.patches.changes import changes_for
from refactor.patches.write import write_files
from refactor.search import Searcher
from retable.console import Bars, out, table
from retable.databases import say_migrated
from retable.markup import escape
from retable.notes import note_lines
from retable.overview.text import show_plan
from retable.overview.view import view_of
from retable.patches import say_series, write_patches
from retable.rehearse.command import run
from retable.rehearse.junit import cases_in
from retable.rehearse.verdict import Comparison, Run, Verdict
from retable.render import line_of, summary_lines

_PROJECT = "agent_platform"


class DemoError(UserError):
    """The demo cannot be told here."""


def run_demo(folder: Path) -> int:
    """Tell the story in `folder`, which must not exist yet or be an earlier demo.

    Returns 0 if the platform's tests pass on the new world as they did on the old one.
    """
    if find_spec("pytest") is None:
        raise DemoError(
            "the demo runs the platform's own tests, and pytest is not installed beside retable"
            " (pipx inject retable pytest, or pip install pytest)"
        )
    _copy_project(folder)
    plan = load_plan(folder / "retable.toml")
    _say("1", "An agent platform: nine databases, and code that uses them in every way")
    view = view_of(plan, State.NOTHING)
    searcher = Searcher(plan, view.schemas)
    search = searcher.search()
    show_plan(view, search)
    before = _run_tests(folder, "its own tests, before anything is done")
    _say("2", "The code half: what would change, as patches that a reviewer can read")
    changes = changes_for(search, searcher)
    notes = notes_on(searcher)
    say_series(write_patches(plan, changes, notes, folder / "patches"), folder / "patches")
    _git(
        folder,
        "apply",
        "--check",
        *sorted(map(str, (folder / "patches").resolve().glob("*.patch"))),
    )
    out.print("git apply --check takes them all")
    for line in (*note_lines(notes), *summary_lines(search, changes)):
        out.print(line)
    _say("3", "The database half: back up, merge, rename, document, prove, archive")
    with Bars() as bars:
        report = migrate(plan, progress=bars)
    say_migrated(plan, report)
    half = _run_tests(folder, "its tests on the new databases with the old code")
    _say("4", "The code follows")
    write_files(plan.root, changes.rewritten)
    after = _run_tests(folder, "its tests on the new databases with the new code")
    left = _check(plan)
    _say("5", "What happened")
    out.print(
        _summary(
            (
                ("databases", f"{report.databases_before} → {report.databases_after}"),
                ("tables", str(report.tables)),
                ("rows proved", f"{report.rows_proved:,}"),
                ("documented", str(report.documented)),
                ("references edited", str(len(changes.edited))),
                ("left to review", str(sum(it.blocking for it in left.references))),
                ("perhaps a name", str(sum(not it.blocking for it in left.references))),
                ("tests before", str(before)),
                ("tests half-way (new data, old code)", str(half)),
                ("tests after", str(after)),
            )
        )
    )
    for reference in left.references:
        out.print(escape(line_of(reference)))
    _say_what_next(folder)
    good = (
        before.status == 0
        and Comparison(before, after).verdict is Verdict.SAME
        and all(not it.certain for it in left.references)
    )
    return 0 if good else 1


def _copy_project(folder: Path) -> None:
    if folder.exists() and not (folder / ".retable-demo").is_file():
        raise DemoError(f"{folder}: exists and is no earlier demo (name another folder)")
    shutil.rmtree(folder, ignore_errors=True)
    shutil.copytree(_source(), folder, ignore=shutil.ignore_patterns("__pycache__", "*.db*"))
    (folder / ".retable-demo").write_text("made by `retable demo`; made anew by the next\n")
    _python(folder, "build_databases.py")
    _git(folder, "init", "-q")
    _git(folder, "add", "-A")
    identity = ("-c", "user.name=retable demo", "-c", "user.email=demo@example.invalid")
    _git(folder, *identity, "commit", "-qm", "The platform as its team knows it")


def _source() -> Path:
    """The project as it lies in a wheel, or in a checkout."""
    installed = Path(__file__).parent / "demo_project"
    if installed.is_dir():
        return installed
    return Path(__file__).parent.parent / "fixtures" / "projects" / _PROJECT


def _run_tests(folder: Path, what: str) -> Run:
    out.print(f"running {what} …")
    with TemporaryDirectory() as aside:
        junit, log = Path(aside, "junit.xml"), Path(aside, "log")
        options = ["-o", "addopts=", "-p", "no:cacheprovider", f"--junitxml={junit}"]
        words = [sys.executable, "-m", "pytest", *options, "tests"]
        status, seconds = run(words, folder, {**os.environ, "PYTHONDONTWRITEBYTECODE": "1"}, log)
        cases = cases_in(junit, folder)
        if not cases:
            said = log.read_text(errors="replace").strip().splitlines()[-1:]
            raise DemoError(f"the platform's tests did not run: {' '.join(said)}")
    tests = Run(status, seconds, cases)
    out.print(f"  {tests}")
    return tests


def _check(plan: Plan) -> Search:
    return Searcher(plan, schemas(plan)).search()


def _summary(counts: tuple[tuple[str, str], ...]) -> Table:
    rows = table(header=False)
    rows.add_column()
    rows.add_column(justify="right")
    for name, value in counts:
        rows.add_row(name, value)
    return rows


def _say(number: str, what: str) -> None:
    out.print()
    out.print(Rule(f"{number}. {what}", align="left"))


def _say_what_next(folder: Path) -> None:
    out.print()
    out.print("Look around:")
    retable = _as_typed(folder)
    commands = (
        (f"cd {shlex.quote(str(folder))}", ""),
        ("git diff", "every edit"),
        (f"{retable} check", "what a CI would say"),
        (f"{retable} verify", "prove every row again"),
        (f"{retable} rollback", "all nine databases, to the byte"),
    )
    width = max(len(command) for command, _ in commands)
    for command, what in commands:
        out.print(f"  {escape(command.ljust(width))}  {what}".rstrip())


def _as_typed(folder: Path) -> str:
    """What to type in the demo's folder to run this retable: it need not be on the PATH."""
    if shutil.which("retable"):
        return "retable"
    beside = Path(sys.executable).parent / "retable"
    return shlex.quote(os.path.relpath(beside, folder)) if beside.is_file() else "retable"


def _python(folder: Path, script: str) -> None:
    _run(folder, [sys.executable, script])


def _git(folder: Path, *arguments: str) -> None:
    _run(folder, ["git", *arguments])


def _run(folder: Path, command: list[str]) -> None:
    try:
        subprocess.run(command, cwd=folder, check=True, capture_output=True, text=True)
    except FileNotFoundError as error:
        raise DemoError(f"{command[0]} is needed for the demo, and is not installed") from error
    except subprocess.CalledProcessError as error:
        raise DemoError(f"{' '.join(command)} failed: {error.stderr or error.stdout}") from error
