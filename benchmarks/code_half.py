"""The price of the code half, against floors that are measured in the same run.

1. `retable patch` against a process that parses and prints, with LibCST, just the files that the
   patch changes; processor time, start included in both.
2. `retable check` on a clean tree against ripgrep's own search of the same files, by the clock.
3. The start of `retable --version` against that of Python.
4. Peak memory on a tree, and on one ten times (quick: three times) as large with as many times the
   hits.

The trees are generated: most text in them is prose, as in the codebase that they are modelled on
(622 files of 181,000 lines, 47 of which are changed). `python benchmarks/code_half.py CHECKOUT`
measures the first on a real one that has a plan, and reads only.
"""

import os
import re
import shutil
import subprocess
import sys
import tempfile
import time
from collections.abc import Iterator, Sequence
from pathlib import Path
from random import Random
from statistics import median
from typing import NamedTuple

PATCH_AT_MOST = 3.0
CHECK_AT_MOST = "2 x the search + 0.3 s"
START_AT_MOST = 80.0
ROUNDS = 5
FILES, WITH_NAMES, WITH_SQL = 620, 155, 47
CLEAN = 20_000
LARGER = 10, 20

_NAMED_METHODS, _SQL_METHODS = 0.15, 0.33
_TABLES = ("bugs", "notifications", "roadmap_items", "technical_specs", "agent_lifecycle", "audits")
_RETABLE = [str(Path(sys.executable).with_name("retable"))]
_CHANGED = re.compile(r"^\+\+\+ b/(.*\.py)$", re.MULTILINE)
_PARSE_AND_PRINT = """
import pathlib, sys, libcst
for name in sys.stdin.read().splitlines():
    data = pathlib.Path(name).read_bytes()
    assert libcst.parse_module(data).bytes == data
"""
_SEARCH = """
import pathlib, sys, time, python_ripgrep
paths = [str(path) for path in pathlib.Path(sys.argv[1]).rglob("*.py")]
began = time.perf_counter()
found = python_ripgrep.search(
    [sys.argv[2]], paths=paths, heading=False, line_number=False, max_count=1
)
print(time.perf_counter() - began)
"""


class Cost(NamedTuple):
    """What a process took."""

    processor: float
    clock: float
    memory: float
    """Peak, in MB, of the process or of the largest that it started."""
    said: str


def run(checkout: Path | None = None, *, large: bool = True) -> None:
    """Print all ratios; of a checkout only the first."""
    if checkout:
        _patch(checkout, str(checkout))
        return
    with _Tree(FILES) as root:
        _patch(root, "a generated tree")
    with _Tree(CLEAN if large else CLEAN // 4, 0, 0) as root:
        _check(root)
    _start()
    _memory(LARGER if large else (3,))


def _patch(root: Path, what: str) -> None:
    command = [*_RETABLE, "patch", "--stdout"]
    changed = _CHANGED.findall(_cost(command, root).said)
    lines = sum((root / name).read_bytes().count(b"\n") for name in changed)
    floor = [sys.executable, "-c", _PARSE_AND_PRINT]
    rounds = [(_cost(command, root), _cost(floor, root, "\n".join(changed))) for _ in range(ROUNDS)]
    ratio = median(patch.processor / parse.processor for patch, parse in rounds)
    patch, parse = (min(costs, key=lambda it: it.processor) for costs in zip(*rounds, strict=True))
    print(
        f"patch of {what} / LibCST on the {len(changed)} files ({lines:,} lines) that it changes:"
        f" {ratio:.2f} of processor time (at most {PATCH_AT_MOST:g};"
        f" {patch.processor:.2f} s over {parse.processor:.2f} s, by the clock {patch.clock:.2f} s)",
        flush=True,
    )


def _check(root: Path) -> None:
    pattern = rf"(?i-u:\b(?:{'|'.join(_TABLES)})\b)"
    floor = [sys.executable, "-c", _SEARCH, str(root), pattern]
    rounds = [
        (_cost([*_RETABLE, "check"], root).clock, float(_cost(floor, root).said))
        for _ in range(ROUNDS)
    ]
    over = median(check - 2 * search for check, search in rounds)
    check, search = map(min, zip(*rounds, strict=True))
    print(
        f"check of a clean tree, {sum(1 for _ in root.rglob('*.py')):,} files: {check:.2f} s by the"
        f" clock, ripgrep's own search {search:.2f} s, beyond twice that {over:+.2f} s"
        f" (at most +0.3: {CHECK_AT_MOST})",
        flush=True,
    )


def _start() -> None:
    here = Path.cwd()
    rounds = [
        (_cost([*_RETABLE, "--version"], here), _cost([sys.executable, "-c", "pass"], here))
        for _ in range(5 * ROUNDS)
    ]
    over = median(version.clock - bare.clock for version, bare in rounds) * 1e3
    print(f"start of retable less that of Python: {over:.0f} ms (at most {START_AT_MOST:g})")


def _memory(larger: Sequence[int]) -> None:
    """Trees are kept until a window of bytes is full: beyond it, memory must not grow with them."""
    peaks: dict[str, list[float]] = {"patch": [], "check": []}
    for factor in (1, *larger):
        with _Tree(FILES * factor, WITH_NAMES * factor, WITH_SQL * factor) as root:
            for verb, more in (("patch", ["--stdout"]), ("check", [])):
                peaks[verb].append(_cost([*_RETABLE, verb, *more], root, workers="1").memory)
    for verb, (small, *large) in peaks.items():
        grown = ", ".join(
            f"{peak:.0f} MB at {factor} times" for factor, peak in zip(larger, large, strict=True)
        )
        print(
            f"peak memory of {verb}: {small:.0f} MB, with as many times the files and hits {grown}",
            flush=True,
        )


def _cost(command: list[str], folder: Path, stdin: str = "", workers: str = "") -> Cost:
    """Run a process, by way of another that tells us what it alone has taken."""
    # Python keeps what it compiles of us, as pip does for LibCST: no run but the first pays for it.
    environment = {**os.environ, "RETABLE_WORKERS": workers, "PYTHONDONTWRITEBYTECODE": ""}
    began = time.perf_counter()
    with tempfile.TemporaryFile() as given, tempfile.TemporaryFile() as said:
        given.write(stdin.encode())
        given.seek(0)
        process = subprocess.Popen(
            command,
            cwd=folder,
            env=environment,
            stdin=given,
            stdout=said,
            stderr=subprocess.DEVNULL,
        )
        _, status, usage = os.wait4(process.pid, 0)
        clock = time.perf_counter() - began
        process.returncode = os.waitstatus_to_exitcode(status)
        if process.returncode not in (0, 1):
            raise SystemExit(f"{command} ended with {process.returncode}")
        said.seek(0)
        text = said.read().decode(errors="surrogateescape")
    return Cost(usage.ru_utime + usage.ru_stime, clock, usage.ru_maxrss * _MAXRSS_UNIT / 1e6, text)


_MAXRSS_UNIT = 1 if sys.platform == "darwin" else 1024
"""Bytes on macOS, kilobytes on Linux."""


class _Tree:
    """A generated code base in a temporary folder."""

    def __init__(self, files: int, named: int = WITH_NAMES, with_sql: int = WITH_SQL) -> None:
        self._root = Path(tempfile.mkdtemp(prefix="retable-bench-"))
        _build(self._root, files, named, with_sql)

    def __enter__(self) -> Path:
        return self._root

    def __exit__(self, *_: object) -> None:
        shutil.rmtree(self._root)


def _build(root: Path, files: int, named: int, with_sql: int) -> None:
    chance = Random(622)
    (root / "data").mkdir()
    entries = "\n".join(
        f'  {{ from = "{name}", in = "data/all.db", to = "domain_{name}" }},' for name in _TABLES
    )
    (root / "retable.toml").write_text(
        '[plan]\ntarget = "data/all.db"\n\n[[database]]\npath = "data/all.db"\n'
        'action = "target"\n\n[[domain]]\nname = "domain"\n'
        f"table = [\n{entries}\n]\n"
    )
    for number in range(files):
        folder = root / f"part_{number % 31}"
        folder.mkdir(exist_ok=True)
        text = "\n".join(_module(chance, number, named=number < named, with_sql=number < with_sql))
        (folder / f"module_{number}.py").write_text(text + "\n")
    subprocess.run(["git", "init", "-q"], cwd=root, check=True)


def _module(chance: Random, number: int, *, named: bool, with_sql: bool) -> Iterator[str]:
    yield f'"""Part {number} of a program that is only ever parsed."""'
    yield "import logging\nimport sqlite3\nfrom pathlib import Path\n"
    yield f'LOGGER = logging.getLogger("part.{number}")'
    yield 'DATABASE = Path("data/all.db")\n\n'
    yield f"class Worker{number}:"
    yield f'    """Does the work of part {number}."""\n'
    for method in range(13):
        speaks = named and chance.random() < _NAMED_METHODS
        asks = with_sql and chance.random() < _SQL_METHODS
        yield from _method(chance, method, named=speaks, sql=asks)


def _method(chance: Random, number: int, *, named: bool, sql: bool) -> Iterator[str]:
    table = chance.choice(_TABLES)
    subject = table if named else "records"
    start = chance.randrange(99)
    yield f"    def step_{number}(self, amount: int = {start}, name: str = '') -> dict:"
    yield f'        """Look at the {subject} of one day and say what they come to.\n'
    yield "        What is said here is read by nobody but those who parse it, and is as long as"
    yield "        such texts are wont to be where a team writes down all that it means to do.\n"
    yield "        Args:\n            amount: how many of them there are at most."
    yield "            name: by what they go, in the order of the day."
    yield '        """'
    yield "        result: dict[str, object] = {'name': name, 'amount': amount, 'parts': []}"
    yield f"        for index, item in enumerate(range(amount + {chance.randrange(9)})):"
    yield "            if item % 3 == 0 and index not in (1, 2, 3):"
    yield f'                LOGGER.info("step %s of {subject}: %d", name, index)'
    yield "                result['parts'].append({'index': index, 'item': item * 2.5})"
    yield "            elif item > 12 or (index < 7 and amount):"
    yield "                result[f'{name}-{index}'] = [value ** 2 for value in range(index)]"
    yield "        try:"
    yield "            total = sum(len(str(value)) for value in result.values())"
    yield "        except (TypeError, ValueError) as error:"
    yield f"            raise RuntimeError(f'step {{name}} of {subject} failed') from error"
    if sql:
        yield "        with sqlite3.connect(DATABASE) as database:"
        yield "            rows = database.execute("
        yield f'                """SELECT {table}.id, count(*)'
        yield f"                   FROM {table} WHERE {table}.status = ? GROUP BY 1"
        yield '                """, (name,)).fetchall()'
        yield "        result['rows'] = rows"
    yield "        return {**result, 'total': total}\n"


if __name__ == "__main__":
    run(Path(sys.argv[1]).resolve() if sys.argv[1:] else None)
