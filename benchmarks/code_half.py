"""The price of finding and rewriting references: `retable patch` against parsing with LibCST.

The tree is like the one that the first team had: 620 Python files of some 180,000 lines, a quarter
of which hold an old name somewhere, a twentieth of which name a table in SQL. The floor is a
process that parses every file with LibCST. Both are whole processes, one after the other, several
times; the median of the ratios of processor time counts.
"""

import os
import resource
import subprocess
import sys
import tempfile
import time
from collections.abc import Callable, Iterator
from pathlib import Path
from random import Random
from statistics import median

AT_MOST = 0.2
FILES, WITH_NAMES, WITH_SQL = 620, 155, 38
NAMED_METHODS, SQL_METHODS = 0.15, 0.4
ROUNDS = 3

_TABLES = ("bugs", "notifications", "roadmap_items", "technical_specs", "agent_lifecycle", "audits")
_PARSE_ALL = """
import pathlib, sys, libcst
for path in pathlib.Path(sys.argv[1]).rglob("*.py"):
    libcst.parse_module(path.read_bytes())
"""


def run(rounds: int = ROUNDS) -> float:
    """Print the ratio of a patch over parsing everything, and give it back."""
    with tempfile.TemporaryDirectory(prefix="retable-bench-") as folder:
        root = Path(folder)
        lines = _build(root)
        measured = [_round(root) for _ in range(rounds)]
    processor = median(patch / parse for (patch, _), (parse, _) in measured)
    clock = median(patch / parse for (_, patch), (_, parse) in measured)
    raw = median(parse for (parse, _) in (parse for _, parse in measured))
    print(
        f"patch / parsing all with LibCST, {FILES} files of {lines:,} lines:"
        f" {processor:.2f} of processor time, {clock:.2f} by the clock"
        f" (at most {AT_MOST}; all parsed in {raw:.2f} s, median of {rounds})"
    )
    return processor


def _round(root: Path) -> tuple[tuple[float, float], tuple[float, float]]:
    retable = Path(sys.executable).with_name("retable")
    patch = _cost(lambda: _call([str(retable), "patch", "--stdout"], root))
    parse = _cost(lambda: _call([sys.executable, "-c", _PARSE_ALL, str(root)], root))
    return patch, parse


def _call(command: list[str], folder: Path) -> None:
    subprocess.run(command, cwd=folder, check=True, capture_output=True)


def _cost(work: Callable[[], None]) -> tuple[float, float]:
    """Processor time of the child processes, and time on the clock."""
    before, began = resource.getrusage(resource.RUSAGE_CHILDREN), time.perf_counter()
    work()
    after = resource.getrusage(resource.RUSAGE_CHILDREN)
    spent = after.ru_utime + after.ru_stime - before.ru_utime - before.ru_stime
    return spent, time.perf_counter() - began


def _build(root: Path) -> int:
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
    lines = 0
    for number in range(FILES):
        folder = root / f"part_{number % 31}"
        folder.mkdir(exist_ok=True)
        text = "\n".join(_module(chance, number)) + "\n"
        lines += text.count("\n")
        (folder / f"module_{number}.py").write_text(text)
    subprocess.run(["git", "init", "-q"], cwd=root, check=True, env={**os.environ})
    return lines


def _module(chance: Random, number: int) -> Iterator[str]:
    yield f'"""Part {number} of a program that is only ever parsed."""'
    yield "import logging\nimport sqlite3\nfrom pathlib import Path\n"
    yield f'LOGGER = logging.getLogger("part.{number}")'
    yield 'DATABASE = Path("data/all.db")\n\n'
    yield f"class Worker{number}:"
    yield f'    """Does the work of part {number}."""\n'
    for method in range(18):
        named = number < WITH_NAMES and chance.random() < NAMED_METHODS
        sql = number < WITH_SQL and chance.random() < SQL_METHODS
        yield from _method(chance, method, named=named, sql=sql)


def _method(chance: Random, number: int, *, named: bool, sql: bool) -> Iterator[str]:
    table = chance.choice(_TABLES)
    subject = table if named else "records"
    start = chance.randrange(99)
    yield f"    def step_{number}(self, amount: int = {start}, name: str = '') -> dict:"
    yield f'        """Look at the {subject} of one day and say what they come to."""'
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
    run()
