"""Databases of other people's programs: filled, read and traced through those programs.

Installs the programs from the package index into an environment of their own, and fails where
that cannot be done. What each program does is in the folder `applications`.
"""

import hashlib
import json
import os
import shutil
import sqlite3
import subprocess
import sys
from contextlib import closing
from itertools import product
from pathlib import Path
from types import SimpleNamespace

import pytest

pytestmark = pytest.mark.slow

HERE = Path(__file__).parent / "applications"
RETABLE = Path(sys.executable).with_name("retable")
PINNED = (
    "reader==3.26", "sgmllib3k==1.0.0", "llm==0.36", "sqlite-utils==4.2.1", "diskcache==5.6.3",
    "huey==3.5.4", "buku==5.1", "anki==26.9.3",
)  # fmt: skip
FILES = {
    "feeds": ("feeds.db", "feeds.db.search"),
    "chats": ("logs.db",),
    "cache": ("cache.db",),
    "tasks": ("huey.db",),
    "bookmarks": ("bookmarks.db",),
    "notes": ("notes.db",),
}
SOURCES = {"cache": "diskcache", "tasks": "huey", "bookmarks": "buku.py"}
"""Whose own source `apply` changes, and what of it lies where Python installs packages."""
MARK = "-- statement\n"


def run(*command, status=0, **kwargs):
    done = subprocess.run(
        [*map(str, command)], capture_output=True, text=True, timeout=300, check=False, **kwargs
    )
    assert done.returncode == status, f"{command}\n{done.stdout[-3000:]}\n{done.stderr[-3000:]}"
    return done


@pytest.fixture(scope="module")
def python(tmp_path_factory):
    """The applications' Python."""
    folder = tmp_path_factory.mktemp("programs")
    run(sys.executable, "-m", "venv", folder)
    python = folder / "bin" / "python"
    install = [python, "-m", "pip", "install", "-q", "--disable-pip-version-check", *PINNED]
    done = subprocess.run(install, capture_output=True, text=True, check=False)
    if done.returncode:
        pytest.fail(f"pip cannot install {', '.join(PINNED)}, so nothing is shown: {done.stderr}")
    return python


@pytest.fixture(scope="module")
def filled(python, tmp_path_factory):
    """A folder of filled databases, and what the programs read of them, with which statements."""
    root = tmp_path_factory.mktemp("filled")
    for name in FILES:
        application(python, "fill", name, root / name)
    copy = tmp_path_factory.mktemp("read") / "data"
    shutil.copytree(root, copy)  # reading counts accesses, so it writes
    read = {}
    for name in FILES:
        application(python, "read", name, copy / name, copy / f"{name}.json")
        read[name] = json.loads((copy / f"{name}.json").read_text("utf-8"))
    return SimpleNamespace(root=root, read=read)


@pytest.fixture
def world(filled, tmp_path):
    """A project: data, the statements for it, and a plan that renames every table."""
    shutil.copytree(filled.root, tmp_path / "data")
    (tmp_path / "statements").mkdir()
    for name, part in product(FILES, ("reads", "writes", "searches")):
        texts = (f"{MARK}{sql.strip().rstrip(';')};\n" for sql in filled.read[name][part])
        (tmp_path / "statements" / f"{name}-{part}.sql").write_text("".join(texts), "utf-8")
    (tmp_path / "retable.toml").write_text(plan_for(tmp_path), "utf-8")
    return tmp_path


def application(python, *arguments, **kwargs):
    env = {**os.environ, "PYTHONDONTWRITEBYTECODE": "1", **kwargs}
    return run(python, HERE / "run.py", *arguments, env=env, cwd=HERE)


def retable(world, *arguments, status=0):
    return run(RETABLE, *arguments, cwd=world, status=status)


def tables_in(file):
    with closing(sqlite3.connect(file)) as database:
        rows = database.execute("PRAGMA main.table_list").fetchall()
    return sorted(
        name
        for _, name, kind, *_ in rows
        if kind in {"table", "virtual"} and not name.startswith("sqlite_")
    )


def plan_for(world):
    lines = [
        '[plan]\ntarget = "data/all.db"\ndescriptions = "optional"',
        database("data/all.db", "target"),
    ]
    for name, files in FILES.items():
        paths = [f"data/{name}/{file}" for file in files]
        tables = [(path, table) for path in paths for table in tables_in(world / path)]
        lines += [
            *(database(path, "merge") for path in paths),
            f'[[domain]]\nname = "{name}"\ntable = [',
            *(
                f'{{ from = "{table}", in = "{path}", to = "{name}_{table.strip("_").lower()}" }},'
                for path, table in tables
            ),
            "]",
            f'[[code.binding]]\npaths = ["statements/{name}-*", "code/{name}/**"]',
            f'database = "{paths[0]}"',
        ]
    return "\n".join([*lines, '[code]\npaths = ["statements"]'])


def database(path, action):
    return f'[[database]]\npath = "{path}"\naction = "{action}"'


def digests(world):
    """Every file of the data: its bytes, its mode and its time."""
    return {
        str(file.relative_to(world)): (
            hashlib.sha256(file.read_bytes()).hexdigest(),
            file.stat().st_mode,
            file.stat().st_mtime_ns,
        )
        for file in sorted((world / "data").rglob("*"))
        if file.is_file()
    }


def answers(python, name, statements, database, *attached):
    result = statements / f"{name}.json"
    application(python, "answer", name, statements, result, database, *attached)
    return json.loads(result.read_text("utf-8"))


def test_statements_give_the_same_rows(python, world):
    """As `apply` has changed them; also after writes through the triggers of the programs."""
    shutil.copytree(world / "data", world / "old")
    shutil.copytree(world / "statements", world / "asked")
    retable(world, "apply")
    retable(world, "check")
    retable(world, "migrate", "--yes")
    retable(world, "verify")
    telling = 0
    for name, files in FILES.items():
        old = world / "old" / name
        attached = [f"search={old / file}" for file in files[1:]]
        before = answers(python, name, world / "asked", old / files[0], *attached)
        after = answers(python, name, world / "statements", world / "data/all.db")
        for (asked, rows), (changed, same) in zip(before, after, strict=True):
            assert same == rows, f"{name}: {asked}\nbecame: {changed}"
            telling += rows != "[]"
    assert telling > 1000, "else this shows little"


def test_phases_and_the_way_back(world):
    before = digests(world)
    retable(world, "migrate", "--dry-run")
    assert digests(world) == before
    for phase in ("merge", "rename", "document"):
        retable(world, "migrate", "--phase", phase, "--yes")
        retable(world, "verify")
    retable(world, "archive")
    retable(world, "verify")
    left = {path for path in digests(world) if not path.endswith(".xml")}
    assert {path for path in left if "archive" not in path} == {"data/all.db"}
    retable(world, "rollback", "--yes")
    assert digests(world) == before


def test_programs_changed_by_apply_run_on_the_target(python, filled, world):
    """Their own source, with nothing changed by hand: they say what they said, and add nothing."""
    site = "import sysconfig; print(sysconfig.get_path('purelib'))"
    installed = Path(run(python, "-c", site).stdout.strip())
    for name, package in SOURCES.items():
        (world / "code" / name).mkdir(parents=True)
        copy = shutil.copytree if (installed / package).is_dir() else shutil.copy
        copy(installed / package, world / "code" / name / package)
    plan = world / "retable.toml"
    plan.write_text(plan.read_text("utf-8").replace('["statements"]', '["code"]'), "utf-8")
    # Asked are paths without their folder, and "schedule" and "task", which might be tables.
    retable(world, "apply", "--partial", status=1)
    retable(world, "migrate", "--yes")
    objects = "SELECT type, name, sql FROM sqlite_schema ORDER BY type, name"
    with closing(sqlite3.connect(world / "data/all.db")) as target:
        made = target.execute(objects).fetchall()
        for name in SOURCES:
            result, path = world / "says.json", {"PYTHONPATH": str(world / "code" / name)}
            arguments = ("read", name, world / "data", result, world / "data/all.db")
            application(python, *arguments, **path)
            facts = json.loads(result.read_text("utf-8"))
            assert facts["says"] == filled.read[name]["says"], name
            assert f"{name}_" in "".join(facts["reads"]), "else it read something else"
        assert target.execute(objects).fetchall() == made


def test_a_collation_that_only_the_program_has_is_refused_by_name(python, tmp_path):
    application(python, "fill", "cards", tmp_path / "data/cards")
    collection = tmp_path / "data/cards/collection.anki2"
    tables = "".join(
        f'{{ from = "{table}", in = "data/cards/collection.anki2", to = "cards_{table}" }},'
        for table in tables_in(collection)
    )
    (tmp_path / "retable.toml").write_text(
        f'[plan]\ntarget = "data/all.db"\ndescriptions = "optional"\n'
        f"{database('data/all.db', 'target')}\n"
        f"{database('data/cards/collection.anki2', 'merge')}\n"
        f'[[domain]]\nname = "cards"\ntable = [{tables}]\n',
        "utf-8",
    )
    before = digests(tmp_path)
    said = retable(tmp_path, "migrate", "--yes", status=2).stderr
    assert "unicase" in said
    assert digests(tmp_path) == before
