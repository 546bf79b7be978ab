"""Whether `retable check` accounts for every word of a checkout that is an old table's name.

    python benchmarks/accounts.py CHECKOUT

The words are counted here once more, with a regular expression over the bytes of every Python and
SQL file, and compared file by file with what the check says of them. CHECKOUT holds a retable.toml;
nothing in it is changed.
"""

import json
import re
import subprocess
import sys
import tomllib
from collections.abc import Iterable
from pathlib import Path, PurePosixPath
from typing import Any

COMMAND = Path(sys.executable).with_name("retable")
READ = frozenset({".py", ".pyi", ".pyw", ".sql"})
FATES = ("certain", "review", "perhaps", "ignored")


def main(checkout: Path) -> int:
    """Compare both counts, say every file where they differ, and end with 1 if one does."""
    plan = tomllib.loads((checkout / "retable.toml").read_text(encoding="utf-8"))
    asked = subprocess.run(
        [COMMAND, "check", "--format", "json"],
        cwd=checkout,
        capture_output=True,
        check=False,
    )
    check = json.loads(asked.stdout)
    said = {it["path"]: it for it in check["accounts"]}
    past = {it["path"]: it["hits"] for it in check["history"]}
    names, files = _pattern(_old_names(plan)), _pattern(_moving_files(plan))
    wrong = 0
    total = {"tables": dict.fromkeys(FATES, 0), "paths": dict.fromkeys(FATES, 0)}
    history = 0
    for path in _code(checkout):
        tables, paths = _count((checkout / path).read_bytes(), names, files)
        if path in past:
            history += tables + paths
            wrong += _compared(path, "history", tables + paths, past[path])
            continue
        account = said.get(path)
        for kind, count in (("tables", tables), ("paths", paths)):
            found = account[kind] if account else dict.fromkeys(("all", *FATES), 0)
            wrong += _compared(path, kind, count, found["all"])
            wrong += _compared(path, f"sum of {kind}", found["all"], sum(found[it] for it in FATES))
            for fate in FATES:
                total[kind][fate] += found[fate]
    for kind, fates in total.items():
        print(kind, sum(fates.values()), "=", " + ".join(f"{n} {it}" for it, n in fates.items()))
    print("in history", history)
    print("statements", len(check["statements"]), "references", len(check["references"]))
    print("every word is accounted for" if not wrong else f"{wrong} differences")
    return 1 if wrong else 0


def _compared(path: str, what: str, counted: int, said: int) -> int:
    if counted != said:
        print(f"{path}: {what}: {counted} here, {said} in the check")
    return int(counted != said)


def _old_names(plan: dict[str, Any]) -> Iterable[str]:
    """The names that at least one table loses."""
    for domain in plan["domain"]:
        for table in domain["table"]:
            if table.get("to", table["from"]).lower() != table["from"].lower():
                yield table["from"]


def _moving_files(plan: dict[str, Any]) -> Iterable[str]:
    for database in plan["database"]:
        if database["action"] in {"merge", "delete"}:
            yield PurePosixPath(database["path"]).name


def _pattern(words: Iterable[str]) -> re.Pattern[bytes]:
    either = "|".join(re.escape(it) for it in sorted(set(words), key=len, reverse=True))
    return re.compile(
        rf"(?<![A-Za-z0-9_])(?:{either or '(?!)'})(?![A-Za-z0-9_])".encode(), re.IGNORECASE
    )


def _count(data: bytes, names: re.Pattern[bytes], files: re.Pattern[bytes]) -> tuple[int, int]:
    """How many table names, and how many file names: "notes.db" is one of the latter only."""
    paths = {match.start() for match in files.finditer(data)}
    tables = {match.start() for match in names.finditer(data)}
    return len(tables - paths), len(paths)


def _code(checkout: Path) -> Iterable[str]:
    listed = subprocess.run(
        ["git", "ls-files", "-zco", "--exclude-standard"],
        cwd=checkout,
        capture_output=True,
        check=True,
    ).stdout.decode(errors="surrogateescape")
    for path in sorted(filter(None, listed.split("\0"))):
        file = checkout / path
        if file.suffix in READ and file.is_file() and not file.is_symlink():
            yield path


if __name__ == "__main__":
    sys.exit(main(Path(sys.argv[1])))
