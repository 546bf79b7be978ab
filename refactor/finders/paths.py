"""A literal that is the path of a database which moves."""

import ast
import posixpath
import re
from collections.abc import Iterator
from pathlib import PurePosixPath

from msgspec.structs import replace

from refactor.databases.databasepaths import (
    FROM_ROOT,
    NamedDatabase,
    database_in,
    is_temporary,
    moved_path,
    other_database,
)
from refactor.finders.commands import RUNS_COMMANDS, table_in_dotted, tables_in_commands
from refactor.finders.finder import Finder, Found, Ignored, Surroundings
from refactor.finders.listed import split_parts
from refactor.finders.mentions import mention, mentioned_paths
from refactor.finders.opened import database_summed, file_elsewhere, with_separators
from refactor.finders.samekeys import second_key
from refactor.finders.shelled import is_script
from refactor.finders.temporaryfiles import made_elsewhere
from refactor.finders.workingfolder import opened_after_chdir
from refactor.python.outline import Usage, last_part
from refactor.python.strings import NOWHERE, Text
from refactor.python.syntax import expression_in, name_of
from refactor.references import SHARED_KEY, Evidence, Kind, Reason, Reference
from refactor.sql.names import HOLE

_TEMPORARY = re.compile(r"tmp|temp", re.IGNORECASE)
_SHELL = re.compile(r"\bsqlite(?:3?|[-_]utils)\s")
_OBJECTS = frozenset(
    {
        *(("upload_file", "1"), ("upload_file", "2"), ("download_file", "1"), ("blob", "0")),
        *(("upload_fileobj", "2"), ("download_fileobj", "1"), ("urljoin", "1"), ("Object", "1")),
    }
)
"""Arguments that are the key of an object in some store, or a part of an address."""
_KEYS = frozenset({"Key", "arcname", "object_name", "blob_name", "url"})
_ADDRESS = re.compile(r"(?:^|_)(?:url|uri|endpoint|bucket|cdn)$", re.IGNORECASE)
_AT_OTHERS = "a key or an address of what others keep: should it say the new file's path?"
_ELSEWHERE = Ignored("a file of that name in another folder")
_TEMPORARY_FILE = Ignored("a file of that name in a temporary folder")
_IN_SETTINGS = re.compile(r"[:=][ \t]*[\"']?[\w./:-]*\.\w+[\"']?[ \t]*(?:[,}\])\n]|\Z)")
"""A path, or a URL, where JSON, YAML, TOML and the like have a value."""
_COMPLETED = re.compile(rf"[^\s\"'=:|&;<>()]*{HOLE}[^\s\"'|&;<>()]*")
"""A word of a command that a value completes."""
_UNSHARE = "change the dictionary by hand: of two entries with one key, only the last is left"
_OF_SQLITE = re.compile(r"-(?:wal|shm|journal)\Z")
_PROSE = frozenset({Usage.DISPLAYED, Usage.DOCUMENTATION})


def database_paths(text: Text, around: Surroundings) -> Found | None:
    """The path of a database that merges away or is deleted, if the text is that and no more."""
    text = with_separators(text, around)
    found = database_in(text.text, around.legacy)
    summed = database_summed(text, around) if found is None and HOLE in text.text else None
    if summed:
        found = summed.named
        before = replace(text.context, joined_to=summed.before)
        text = replace(text, context=before)
    if found is None:
        return (
            _beside(text, around)
            or _each(text, around)
            or _shell_command(text, around)
            or _opened_elsewhere(text, around)
            or _among_others(text, around)
        )
    if text.context.usage is Usage.DOCUMENTATION:
        return Ignored("documentation")
    if found.database not in around.legacy.moved:
        return Ignored("the path of a database that stays where it is")
    where = _whereabouts(found, text, around)
    if isinstance(where, Ignored):
        if asked := _asked_elsewhere(where, found, text, around):
            return asked
        # Of a container, or of one machine: that it is the plan's file is a guess.
        absolute = found.path.startswith(("/", "~", HOLE)) and not _TEMPORARY.search(found.path)
        return (mentioned_paths(text, around) if absolute else ()) or where
    says, question = where
    question = (summed and summed.question) or question or _address(text)
    question = question or opened_after_chdir(found, text, around)
    target = around.legacy.moved[found.database]
    shared = second_key(found.database, text, around) if target else None
    if shared:
        question = f"{question}; if it is, {shared}" if question else shared
    if not target:
        question = "the plan deletes this database: what should this code open instead?"
    written, new = found.path, moved_path(found, target) if target else ""
    at = text.place(found.start, found.start + len(found.path))
    if at is None and question is None:
        at, question, written, new = _tail(found, text, new)
    start = text.near(found.start, found.start + len(found.path)) if at is None else at
    line, column = around.lines.place(start)
    old = around.source.text[start : start + len(written)] if at is not None else found.path
    return (
        Reference(
            path=around.source.path,
            line=line,
            column=column,
            start=start,
            old=_plain(written) if HOLE in written else old,
            new=_plain(new) if question is None else None,
            kind=Kind.PATH,
            group=found.database,
            databases=(found.database,),
            clause=SHARED_KEY if shared else "path",
            evidence=(Evidence(Reason.CONNECTION, says),),
            question=question,
            mend=_UNSHARE if shared else "write the path that this code should open",
            blocking=question is not None and text.context.usage is not Usage.DISPLAYED,
        ),
    )


def _asked_elsewhere(
    where: Ignored, found: NamedDatabase, text: Text, around: Surroundings
) -> Found | None:
    """A question for a file of that name that is opened in another folder."""
    if where is _TEMPORARY_FILE:
        return made_elsewhere(found, text, around)
    return file_elsewhere(text, around) if where is _ELSEWHERE else None


def _beside(text: Text, around: Surroundings) -> Found | None:
    """The file that SQLite keeps beside a database which moves: `data/old.db-wal`."""
    match = _OF_SQLITE.search(text.text)
    found = database_paths(text.part(0, match.start()), around) if match else None
    if found is None or isinstance(found, Ignored):
        return found
    question = "a file that SQLite keeps beside this database: what should this code say?"
    # Nobody is held up: without the database, nothing is beside it.
    return tuple(
        replace(it, new=None, question=it.question or question, blocking=False) for it in found
    )


def _each(text: Text, around: Surroundings) -> Found | None:
    """The paths in a literal that is split where it stands: `"data/old.db,a.db".split(",")`."""
    found = (database_paths(it, around) for it in split_parts(text, around))
    return tuple(each for it in found if isinstance(it, tuple) for each in it) or None


def _address(text: Text) -> str | None:
    """What to ask where the path is a part of an address, or the name of a copy elsewhere."""
    context = text.context
    place = last_part(context.callee), context.argument
    joined = name_of(context.joined_to) if context.joined_to is not None else ""
    is_key = place in _OBJECTS or (bool(context.callee) and context.argument in _KEYS)
    return _AT_OTHERS if is_key or _ADDRESS.search(joined) else None


def _shell_command(text: Text, around: Surroundings) -> Found | None:
    """A command line that hands a database which moves, or SQL, to SQLite's shell."""
    if text.context.usage in _PROSE:
        return None
    if text.text.startswith("."):
        return table_in_dotted(text, around) or None
    if not _SHELL.search(text.text) or is_script(text, around):
        return None  # what a script says to the shell is asked with its SQL
    names = (
        (path, re.search(rf"(?<![\w./-]){re.escape(path)}(?![\w./-])", text.text))
        for path in around.legacy.moved
    )
    references = (
        *(_asked(path, match.span(), text, around) for path, match in names if match),
        *(_asked(path, span, text, around) for path, span in _completed(text, around)),
        *tables_in_commands(text, around, blocking=True),
    )
    return references or None


def _opened_elsewhere(text: Text, around: Surroundings) -> Found | None:
    """What is called as a database, where nothing else says that it is none of the plan's."""
    return None if other_database(text.text) else file_elsewhere(text, around)


def _among_others(text: Text, around: Surroundings) -> Found | None:
    """The path in an option, a list, a command, or settings that a program writes.

    As `--db=data/old.db`, `cp data/old.db x`, `{"db": "data/old.db"}`.
    """
    is_command = RUNS_COMMANDS.search(text.context.callee) is not None
    if text.context.usage in _PROSE:
        return None
    if re.search(r"\s", text.text) and not is_command and not _IN_SETTINGS.search(text.text):
        return None
    completed = _completed(text, around) if is_command else ()
    return (
        *mentioned_paths(text, around),
        *(mention(path, span, text, around) for path, span in completed),
    ) or None


def _completed(text: Text, around: Surroundings) -> Iterator[tuple[str, tuple[int, int]]]:
    """Each database that moves and whose folder is a value: `f"sqlite3 {DATA}/old.db .dump"`."""
    if HOLE not in text.text:
        return  # as in by far the most
    alone = replace(text.context, joined_to=None)
    for word in _COMPLETED.finditer(text.text):
        before = text.text.count(HOLE, 0, word.start())
        holes = text.holes[before : before + word[0].count(HOLE)]
        path = replace(text.part(*word.span()), holes=holes, context=alone)
        # A folder may bring its separator: `f"sqlite3 {FOLDER}old.db"`.
        tail = word[0].rpartition(HOLE)[2]
        found = database_in(path.text, around.legacy) or database_in(tail, around.legacy)
        if found is None or found.database not in around.legacy.moved:
            continue
        if not isinstance(_whereabouts(found, path, around), Ignored):
            yield found.database, (word.end() - len(tail.lstrip("/")), word.end())


def _asked(path: str, span: tuple[int, int], text: Text, around: Surroundings) -> Reference:
    return around.named_in_command(
        path,
        text.near(*span),
        question="a command line that opens this database: what should it say?",
        mend="change the command, and the SQL in it, by hand",
        blocking=True,
    )


def _tail(found: NamedDatabase, text: Text, new: str) -> tuple[int | None, str | None, str, str]:
    """The part of a path behind a hole, or the name in a folder that stays: what can be edited."""
    written = found.path
    cut = written.rfind(HOLE) + 1
    start = found.start + cut
    if cut and text.starts[start] == NOWHERE:  # the separator, which `os.sep` stands for
        written, new, start = written[cut + 1 :], new[new.rfind(HOLE) + 2 :], start + 1
    elif not cut and PurePosixPath(new).parent == PurePosixPath(written).parent:
        cut = written.rfind("/") + 1
        start = found.start + cut
        written, new = written[cut:], PurePosixPath(new).name
    at = text.place(start, found.start + len(found.path)) if cut else None
    if at is None:
        question = "the path is spelled with escapes or over several literals"
        return None, question, found.path, new
    return at, None, written, new


def _plain(path: str) -> str:
    return path[path.rfind(HOLE) + 1 :]


def _whereabouts(  # noqa: PLR0911 - one return for each finding
    found: NamedDatabase, text: Text, around: Surroundings
) -> Ignored | tuple[str, str | None]:
    """Why the path leads to the plan's file, and what to ask if it may not; or why it does not."""
    expected = PurePosixPath(found.database)
    before = _joined_to(text)
    temporary = is_temporary(before) or any(_TEMPORARY.search(hole) for hole in text.holes)
    if found.whole and not found.path.replace("\\", "/").endswith(found.database):
        says = f"the whole path of {found.database}"
        return says, "the path is spelled in an unusual way: what should stand here?"
    from_root = FROM_ROOT.fullmatch(found.path, 0, len(found.path) - len(found.database))
    if found.whole and not from_root:
        return _ELSEWHERE
    if found.whole and len(expected.parts) > 1:
        # Even in a temporary folder: a test that lays out the project's files follows the code.
        known = None if temporary else _known_folder(text, around)
        if known in {None, PurePosixPath()}:
            return f"the whole path of {found.database}", None
        return _ELSEWHERE
    if temporary:
        return _TEMPORARY_FILE
    known = _known_folder(text, around)
    if known is not None:
        return _compared(known / found.path, found.database)
    return _guessed(found, text, around)


def _joined_to(text: Text) -> ast.expr | None:
    """What stands before the path: joined to it by a call or `/`, or in the hole before it."""
    if not text.text.startswith(f"{HOLE}/"):
        return text.context.joined_to
    return expression_in(text.holes[0])


def _known_folder(text: Text, around: Surroundings) -> PurePosixPath | None:
    """The folder before the literal, relative to the plan's; None if it is not known."""
    before = _joined_to(text)
    if before is None:
        return None
    return around.folders.known(around.source.path, text.context.scope, before)


def _compared(path: PurePosixPath, database: str) -> Ignored | tuple[str, str | None]:
    path, expected = PurePosixPath(posixpath.normpath(path)), PurePosixPath(database)
    from_elsewhere = path.is_absolute() or ".." in path.parts
    if path == expected or (
        from_elsewhere and path.parts[-len(expected.parts) :] == expected.parts
    ):
        return f"its whole path is {path}", None
    return _ELSEWHERE


def _guessed(
    found: NamedDatabase, text: Text, around: Surroundings
) -> Ignored | tuple[str, str | None]:
    """Judge by the last folder, when the folders before it are only known at run time."""
    before = _joined_to(text)
    expected = PurePosixPath(found.database).parent.name
    last = None
    if before is not None:
        last = around.folders.last(around.source.path, text.context.scope, before)
    if last is not None:
        return _by_last(last, expected)
    if found.whole:  # a database that lies beside the plan
        return f"the whole path of {found.database}", None
    named = [getattr(before, "id", ""), getattr(before, "attr", ""), *text.holes]
    if any(expected.lower() in re.split(r"[^a-z0-9]+", name.lower()) for name in named):
        return f"its folder is called {expected}", None
    judged = _compared_with(found, text, around) or _joined_later(found, text, around)
    return judged or (
        f"the file name of {found.database}",
        f"is this {found.database}? The folder that it stands in is not said here",
    )


def _by_last(last: str, expected: str) -> Ignored | tuple[str, str | None]:
    """Judge by the last folder that is spelled."""
    return (f"its folder is {last}", None) if last == expected else _ELSEWHERE


def _compared_with(
    found: NamedDatabase, text: Text, around: Surroundings
) -> tuple[str, str | None] | None:
    """Judge a file's name by a path whose own it is compared with: `DB.name == "old.db"`."""
    sides: list[ast.expr] = []
    match text.context.inside:
        case ast.Compare(left=left, comparators=[right]):
            sides = [left, right]
        case ast.Call(func=ast.Attribute(value=value, attr="endswith")):
            sides = [value]
    for side in sides:
        match side:
            case ast.Attribute(value=path, attr="name"):
                pass
            case ast.Call(func=ast.Attribute(attr="basename"), args=[path]):
                pass
            case _:
                path = side
        named = around.paths.of(around.source.path, text.context.scope, path)
        if named.database == found.database:
            return f"compared with the path of {found.database}", None
    return None


def _joined_later(
    found: NamedDatabase, text: Text, around: Surroundings
) -> Ignored | tuple[str, str | None] | None:
    """Judge a file's name by the folders that it is joined to, if all of them say the same."""
    if text.text != found.path or around.outline is None:
        return None
    site = next((it for it in around.outline.sites if it.start <= text.start < it.end), None)
    if site is None or not isinstance(site.node, ast.Constant):
        return None
    verdicts = set[Ignored | tuple[str, str | None]]()
    expected = PurePosixPath(found.database).parent.name
    for it in around.joins.of(around.source.path, site.node):
        known = around.folders.known(it.path, it.scope, it.before)
        last = around.folders.last(it.path, it.scope, it.before)
        if known is not None:
            verdicts.add(_compared(known / found.path, found.database))
        elif last is None or is_temporary(it.before):
            return None
        else:
            verdicts.add(_by_last(last, expected))
    if verdicts == {_ELSEWHERE}:
        return _ELSEWHERE
    return None if _ELSEWHERE in verdicts else next(iter(verdicts), None)


FINDER = Finder(
    name="path",
    find=database_paths,
    finds=(
        'p = Path("data/old.db")',
        'p = DATA_DIR / "old.db"',
        'p = os.path.join(root, "data", "old.db")',
        'u = "sqlite:///data/old.db"',
        'p = "data/old.db-wal"',
    ),
    ignores=(
        'p = tmp_path / "old.db"',
        'p = Path("backup/data/old.db")',
        'p = Path("data/old.db.bak")',
    ),
)
