"""Statements that concern a whole file: PRAGMAs, VACUUM, and lists of all tables."""

import re
from collections.abc import Iterator, Sequence
from itertools import pairwise
from pathlib import PurePosixPath

from msgspec import Struct

from plan.model import folded
from refactor.python.syntax import spelled
from refactor.remarks.project import Project, Reach, Said
from refactor.remarks.remark import About, Remark, Remarker, in_short
from refactor.sql.names import HOLE

_CHECKED = "the tables of all are checked: it takes longer, and tells of others' faults"
_PRAGMAS = {
    "user_version": "one number for the whole file: {stays}the target has {version} by the plan",
    "application_id": "one number for the whole file: {stays}the target keeps its own",
    "journal_mode": "the tables of all get the mode",
    "locking_mode": "in exclusive mode everybody else is locked out",
    "auto_vacuum": "it is set for the tables of all, and only before the first of them",
    "page_size": "it is set for the tables of all, and only before the first of them",
    "encoding": "it can only be set before the first of all tables",
    "max_page_count": "the limit is everybody's",
    "journal_size_limit": "the limit is everybody's",
    "incremental_vacuum": "everybody's pages are given back, while all others wait",
    "wal_checkpoint": "everybody's changes are written back, also those of others at work",
    "integrity_check": _CHECKED,
    "quick_check": _CHECKED,
    "foreign_key_check": "the tables of all are checked: it tells of others' faults",
    "optimize": "the tables of all are analysed",
    "table_list": "it lists the tables of all",
}
_LOOK = {
    "user_version": "count the migrations of these tables in a table of their own",
    "application_id": "whether a program asks for it",
    "table_list": "whether all that it finds may be treated alike",
}
_SETTINGS = frozenset(
    {
        *("journal_mode", "locking_mode", "auto_vacuum", "page_size", "encoding"),
        *("max_page_count", "journal_size_limit"),
    }
)
"""Those that change nothing where they are only asked for."""
_TAKES_TABLE = frozenset({"integrity_check", "quick_check", "foreign_key_check"})
_LOOK_OTHERWISE = "whether everybody wants it so"
_ANY_PRAGMA = "which one is only known at run time: many are of the tables of all"
_VACUUM = "the tables of all are written anew: it takes longer, while all others wait"
_VACUUM_INTO = "the tables of all are copied"
_LISTS = "it lists the tables of all"
_DROPS = "it lists the tables of all, and this code drops or empties what it finds"
_CATALOGS = frozenset({"SQLITE_MASTER", "SQLITE_SCHEMA", "PRAGMA_TABLE_LIST"})
_CATALOG_NAMES = frozenset({"NAME", "TBL_NAME"})
_EQUAL = frozenset({"=", "==", "IN", "IS"})
_WANTED = re.compile(r"\b(?:pragma|vacuum|sqlite_(?:master|schema))", re.IGNORECASE)
_EMPTIES = re.compile(
    rf"\b(?:DROP\s+(?:TABLE|VIEW)(?:\s+IF\s+EXISTS)?|DELETE\s+FROM)\s+[\"'`\[]?{HOLE}",
    re.IGNORECASE,
)


class _Seen(Struct, frozen=True):
    """A statement that reaches databases of the plan, and why it concerns the whole of a file."""

    said: Said
    reach: Reach
    concern: tuple[str, str] | None
    foreign_keys: str


def _look(project: Project, path: PurePosixPath) -> Iterator[_Seen]:
    for said in project.said(path, _WANTED, ("pragma", "vacuum", "sqlite_")):
        reach = _reach(project, said)
        if reach and reach.databases:
            yield _Seen(said, reach, _concern(project, said, reach), _foreign_keys(said))


def statements_on_whole_files(project: Project, seen: Sequence[_Seen]) -> Iterator[Remark]:
    """A remark for each statement that concerns the whole of a file that will be shared."""
    for it in seen:
        if it.concern:
            yield _remark(project, it.said, it.reach, *it.concern)
    switched = {
        way: frozenset(
            database for it in seen if it.foreign_keys == way for database in it.reach.databases
        )
        for way in ("on", "off")
    }
    for it in seen:
        if not it.foreign_keys:
            continue
        opposite = switched["on" if it.foreign_keys == "off" else "off"]
        others = opposite - frozenset(it.reach.databases)
        if others:
            why = f"code of {' and '.join(sorted(others))} says the opposite of the same file then"
            yield _remark(project, it.said, it.reach, why, "which of the two the tables rely on")


def _reach(project: Project, said: Said) -> Reach | None:
    """The database that a statement concerns: an attached one, or that of its connection."""
    words = said.words
    if words[:1] == ["PRAGMA"] and words[2:3] == ["."] and words[1] not in ("MAIN", "TEMP"):
        name = said.tokens[1].name
        files = project.attachments.named(said.path, said.scope, name)
        found = tuple(sorted(files.databases & project.shared))
        return Reach(found, f"{name} is {' and '.join(found)}, attached under that name")
    return project.reach(said.path, said.scope)


def _concern(  # noqa: PLR0911 - one return for each kind of statement
    project: Project, said: Said, reach: Reach
) -> tuple[str, str] | None:
    """Why a statement concerns the whole file, and what to look at."""
    words = said.words
    if words[:1] == ["VACUUM"]:
        return (_VACUUM_INTO if "INTO" in words else _VACUUM), _LOOK_OTHERWISE
    if words[:1] == ["PRAGMA"]:
        name, rest = _pragma(words)
        if name[:1] == HOLE and rest[:1] != ["("]:
            return _ANY_PRAGMA, _LOOK_OTHERWISE
        if name not in _PRAGMAS or (name in _SETTINGS and not rest):
            return None
        if name in _TAKES_TABLE and any(map(_is_name, rest)):
            return None
        return _filled(project, reach, name), _LOOK.get(name, _LOOK_OTHERWISE)
    if said.span.verb in ("SELECT", "WITH") and _enumerates(words):
        drops = _empties_what_it_finds(project, said)
        return (_DROPS if drops else _LISTS), _LOOK["table_list"]
    return None


def _pragma(words: list[str]) -> tuple[str, list[str]]:
    at = 3 if words[2:3] == ["."] else 1
    return folded(words[at]) if words[at:] else "", words[at + 1 :]


def _is_name(word: str) -> bool:
    return word[:1].isalpha() or word[:1] in ("'", '"', "[", "`", HOLE)


def _filled(project: Project, reach: Reach, name: str) -> str:
    merged = [it for it in reach.databases if it in project.merging]
    stays = f"that of {' and '.join(merged)} is not carried over, " if merged else ""
    return _PRAGMAS[name].format(stays=stays, version=project.plan.schema_version)


def _foreign_keys(said: Said) -> str:
    """Whether a statement switches foreign keys `on` or `off`; empty if neither."""
    words = said.words
    if words[:1] != ["PRAGMA"]:
        return ""
    name, rest = _pragma(words)
    if name != "foreign_keys" or not rest:
        return ""
    value = next((it for it in rest if it not in ("=", "(", ")")), "")
    return {"ON": "on", "1": "on", "TRUE": "on", "YES": "on"}.get(value, "off")


def _enumerates(words: list[str]) -> bool:
    """Whether a query lists what the catalog has, rather than looking something up by name."""
    reads = any(
        word in _CATALOGS and before in ("FROM", "JOIN", ",", ".")
        for before, word in pairwise(words)
    )
    by_name = any(_is_looked_up(words, at) for at, it in enumerate(words) if it in _CATALOG_NAMES)
    return reads and not by_name


def _is_looked_up(words: list[str], at: int) -> bool:
    """Whether the catalog's column at this place is compared for a name."""
    follows = words[at + 1 : at + 3]
    before = words[at - 1] if at else ""
    return before in ("=", "==") or (follows[:1] != [] and _asks_for_one(follows))


def _asks_for_one(follows: list[str]) -> bool:
    return follows[0] in _EQUAL and follows != ["IS", "NOT"]


def _empties_what_it_finds(project: Project, said: Said) -> bool:
    outlined = project.codebase.outline_of(said.path)
    return any(
        site.context.scope == said.scope and _EMPTIES.search(spelled(site.node)[0])
        for site in (outlined.sites if outlined else ())
    )


def _remark(project: Project, said: Said, reach: Reach, why: str, look: str) -> Remark:
    becomes = f" ({project.plan.target} then)" if set(reach.databases) & project.merging else ""
    says = f"{reach.says}{becomes}: {why}"
    place = said.place(said.tokens[0])
    return Remark(
        said.path, *place, About.WHOLE_FILE, in_short(said.sql), reach.databases, says, look
    )


REMARKER = Remarker(
    name="whole-file",
    look=_look,
    remarks=statements_on_whole_files,
    makes=(
        'c = sqlite3.connect("data/old.db")\nc.execute("PRAGMA user_version")',
        'c = sqlite3.connect("data/old.db")\nc.execute("PRAGMA journal_mode = WAL")',
        'c = sqlite3.connect("data/old.db")\nc.execute("VACUUM")',
        'c = sqlite3.connect("data/old.db")\nc.execute(f"PRAGMA {name} = {value}")',
        'c = sqlite3.connect("data/old.db")\nc.execute("SELECT name FROM sqlite_master")',
        'c = sqlite3.connect("data/old.db")\nc.execute("PRAGMA integrity_check(10)")',
        'c = sqlite3.connect("data/target.db")\nc.execute("PRAGMA user_version = 3")\nx = "old"',
    ),
    leaves=(
        'c = sqlite3.connect("data/old.db")\nc.execute("PRAGMA journal_mode")',
        'c = sqlite3.connect("data/old.db")\nc.execute("PRAGMA integrity_check(old)")',
        'c = sqlite3.connect("data/old.db")\nc.execute("PRAGMA busy_timeout = 9")',
        'c = sqlite3.connect("data/old.db")\nc.execute(f"PRAGMA {name}(old)")',
        """c = sqlite3.connect("data/old.db")
c.execute("SELECT 1 FROM sqlite_master WHERE name = 'z'")""",
        'x = "data/old.db"\ndef f():\n    connect("other.db").execute("PRAGMA user_version")',
        'c = sqlite3.connect("data/old.db")\nprint("PRAGMA user_version")',
    ),
)
