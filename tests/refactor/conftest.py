"""Small code bases with a plan, so that tests go through the line that the commands go through."""

import re
from collections import defaultdict
from dataclasses import dataclass, replace
from pathlib import Path, PurePosixPath

import pytest

from plan.load import load_plan
from plan.model import Plan
from plan.schema import DatabaseSchema, SchemaObject
from refactor.found import Search
from refactor.notes import notes_on
from refactor.patches.changes import Changes, changes_for
from refactor.search import Searcher

TARGET = "data/target.db"

# One line for each table: its database, its name and columns today, its name tomorrow.
# The columns are known in tests "with schemas"; a table without an arrow keeps its name, and an
# action (keep, delete, skip) in the place of the new name says that nothing carries it over.
PLAN = """
data/old.db: old (id, x, y, n, old) -> new_t
data/old.db: a (id, a, b) -> b
data/old.db: b (id, a, b) -> a
data/old.db: items (id, name) -> things
data/old.db: bugs (id, title) -> order
data/old.db: t (id, x, old)
data/old.db: z (id, x, y)
"""
PLANS: dict[str, Plan] = {}
_LINE = re.compile(
    r"(?P<database>\S+): (?P<old>\w+)(?: \((?P<columns>[^()]*)\))?(?: using (?P<module>\w+))?"
    r"(?: (?:-> (?P<new>\w+)|(?P<action>keep|delete|skip)))?"
)
_INDEX = re.compile(r"(?P<database>\S+): (?P<kind>index|trigger) (?P<name>\w+) on (?P<table>\w+)")
_NAMES = re.compile(r"(?P<database>\S+): names in (?P<column>\w+) of (?P<table>\w+)")
_API = re.compile(r"call (?P<call>\S+) with (?P<argument>.+)")
_BINDING = re.compile(r"bind (?P<paths>\S+)(?: within (?P<within>\S+))? to (?P<database>\S+)")


@dataclass(frozen=True)
class Table:
    database: str
    old: str
    new: str
    columns: str
    action: str
    module: str


def tables_of(lines):
    """Read the tables of a plan written one line each."""
    for line in lines:
        match = _LINE.fullmatch(line)
        assert match, f"not a table of a plan: {line!r}"
        yield Table(
            match["database"],
            match["old"],
            match["new"] or match["old"],
            match["columns"] or "",
            match["action"] or "",
            match["module"] or "",
        )


def plan_text(tables, bindings=(), apis=(), names=(), *, docs=False):
    """The plan file for some tables."""
    actions = {TARGET: "target"}
    for table in tables:
        action = table.action if table.action in {"keep", "delete"} else "merge"
        actions.setdefault(table.database, action)
    blocks = [
        f'[plan]\ntarget = "{TARGET}"\nbackup = "backup-{{date}}"\narchive = "archive"',
        'metadata = "catalog"\nschema_version = 1',
        *(f'[[database]]\npath = "{p}"\naction = "{a}"\nabout = "-"\n' for p, a in actions.items()),
        '[[domain]]\nname = "all"\nabout = "-"\ntable = [\n'
        + "".join(
            f'  {{ from = "{t.old}", in = "{t.database}", to = "{t.new}", about = "-"'
            + (', merge = "keep-target"' if t.new in {it.new for it in tables[:number]} else "")
            + " },\n"
            for number, t in enumerate(tables)
            if not t.action
        )
        + "]\n",
        *(
            f'[[skip]]\ntable = "{t.old}"\nin = "{t.database}"\nclaim = "empty"\n'
            for t in tables
            if t.action == "skip"
        ),
        *(["[code]\ndocs = true"] if docs else []),
        *(
            f'[[code.binding]]\npaths = ["{b["paths"]}"]\ndatabase = "{b["database"]}"\n'
            + (f'within = "{b["within"]}"\n' if b["within"] else "")
            for b in bindings
        ),
        *(
            f'[[names]]\nin = "{it["database"]}"\ntable = "{it["table"]}"\n'
            f'column = ["{it["column"]}"]\n'
            for it in names
        ),
        *(f'[[code.api]]\ncall = "{it["call"]}"\nargument = {it["argument"]}\n' for it in apis),
    ]
    return "\n".join(blocks)


def schemas_of(tables, indexes=()):
    """The schema of each database; one without columns is not known."""
    objects = defaultdict(list)
    for table in tables:
        if table.columns:
            sql = f'CREATE TABLE "{table.old}" ({table.columns})'
            if table.module:
                virtual = f'CREATE VIRTUAL TABLE "{table.old}" USING {table.module}'
                sql = f"{virtual} ({table.columns})"
            objects[table.database].append(SchemaObject("table", table.old, table.old, sql))
    for it in indexes:
        body = "(id)" if it["kind"] == "index" else "BEGIN SELECT 1; END"
        event = "" if it["kind"] == "index" else "AFTER INSERT "
        sql = f"CREATE {it['kind'].upper()} {it['name']} {event}ON {it['table']} {body}"
        objects[it["database"]].append(SchemaObject(it["kind"], it["name"], it["table"], sql))
    return tuple(DatabaseSchema(path, tuple(found)) for path, found in objects.items())


@dataclass(frozen=True)
class Project:
    root: Path
    plan: Plan
    schemas: tuple[DatabaseSchema, ...]

    def searcher(self) -> Searcher:
        return Searcher(self.plan, self.schemas)

    def search(self) -> Search:
        return self.searcher().search()

    def changes(self, **how) -> tuple[Search, Changes]:
        searcher = self.searcher()
        found = searcher.search()
        return found, changes_for(found, searcher, **how)

    def with_code(self, section: str) -> "Project":
        """The same project with a section [code] in its plan."""
        file = self.root / "retable.toml"
        before = file.read_text().partition("[code]\n")[0]
        file.write_text(f"{before}\n{section}")
        return replace(self, plan=load_plan(file))

    def remarks(self) -> list[str]:
        return [
            f"{it.path}:{it.line}:{it.column}: {it.what}: {it.why}: {it.look}"
            for it in notes_on(self.searcher()).remarks
        ]

    def apply(self, changes: Changes) -> None:
        for file in changes.rewritten:
            (self.root / file.path).write_bytes(file.after)

    def read(self, name: str) -> str:
        return (self.root / name).read_bytes().decode()


@pytest.fixture
def project(tmp_path):
    """Make a code base: its files by name, and the lines of its plan."""

    def make(files, lines=PLAN, *, schemas=True, docs=False, folder="project"):
        root = tmp_path / folder
        root.mkdir(exist_ok=True)
        for name, contents in files.items():
            path = root / PurePosixPath(name)
            path.parent.mkdir(parents=True, exist_ok=True)
            data = contents.encode() if isinstance(contents, str) else contents
            path.write_bytes(data)
        split = [line for line in lines.splitlines() if line] if isinstance(lines, str) else lines
        bindings = [match for line in split if (match := _BINDING.fullmatch(line))]
        apis = [match for line in split if (match := _API.fullmatch(line))]
        indexes = [match for line in split if (match := _INDEX.fullmatch(line))]
        names = [match for line in split if (match := _NAMES.fullmatch(line))]
        said = {match.string for match in (*bindings, *apis, *indexes, *names)}
        tables = tuple(tables_of(line for line in split if line not in said))
        file = root / "retable.toml"
        text = plan_text(tables, bindings, apis, names, docs=docs)
        file.write_text(text)
        if text not in PLANS:  # thousands of tests have the same few
            PLANS[text] = load_plan(file)
        planned = replace(PLANS[text], file=file)
        return Project(root, planned, schemas_of(tables, indexes) if schemas else ())

    return make
