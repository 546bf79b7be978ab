"""The value of a setting: the path or URL of a database, SQL, or a table's name by its key."""

import re
from collections.abc import Iterator
from functools import partial
from pathlib import PurePosixPath

from msgspec.structs import replace

from plan.model import folded
from refactor.databases.databasepaths import NamedDatabase, database_in
from refactor.finders.byname import is_distinctive, may_be_put, put_into_sql
from refactor.finders.entries import asked_of_entries, is_said_alone
from refactor.finders.finder import Finder, Found, Ignored, Surroundings
from refactor.finders.fragments import pieces_in_settings
from refactor.finders.mentions import in_commands, mentioned_paths
from refactor.finders.messages import may_be_message, tables_in_messages
from refactor.finders.paths import database_paths
from refactor.finders.readkeys import read_into_sql
from refactor.finders.routes import names_in_urls
from refactor.finders.rows import (
    holds_rows,
    is_loaded_into_sql,
    is_read_by_hand,
    names_its_rows,
)
from refactor.finders.sql import tables_in_sql
from refactor.kinds import kind_of
from refactor.kinds.templates import KIND as TEMPLATES
from refactor.proof.oracle import Verdict
from refactor.python.outline import Usage, last_part
from refactor.python.strings import NOWHERE, Text
from refactor.references import Reference
from refactor.sql.names import HOLE, is_shouted, leads_with_verb, statements

_VARIABLE = re.compile(r"\$\{\w+\}|\$\w+|%\(\w+\)s|\{\{[^{}]*\}\}")
_DEFAULT = re.compile(r"\$\{\w+:?-(?P<value>[^{}$]*)\}")
_ASSIGNED = re.compile(
    r"(?:--?)?[A-Za-z_][\w.-]*=(?P<quote>[\"']?)(?P<value>.*)(?P=quote)", re.DOTALL
)
_LINE = re.compile(r"[^\n]+")
_WORD = re.compile(r"\w+")
_LIST = re.compile(r"[\w\s,;|]+")
_SAYS_TABLE = re.compile(r"(?:^|[._-])(?:table|tbl)s?(?:[_-]?names?)?(?:$|\.)", re.IGNORECASE)
_IN_A_LIST = re.compile(r"[\s,;|=]|(?<!\A[A-Za-z]):")
_ABSOLUTE = re.compile(r"/|~|[A-Za-z]:[/\\]")
_A_TABLE = "is this the name of this table?"
_A_PATH = "a key that is the path of this database: should it be the new one's?"
_A_KEY_OF_ROWS = (
    "a key that is called as this table, and that its reader puts into SQL: is it the table?"
)
_A_WORD = "a command gets it, where code puts names into SQL: is it the table?"
_A_KEY = "a key that is called as this table: is it the table?"
_OF_COMMANDS = frozenset({"args", "cmd", "command", "entrypoint"})
"""What the words of a command stand under, one by one."""
_FORMATS = r"\.(?:json|ya?ml|toml|ini|cfg|conf|properties)[\"']"
_A_FILE = rf"[\w-]{_FORMATS}"
"""Where a module names a file of settings."""
_ANY_FILE = (
    rf"(?:[}})*]|%s){_FORMATS}|[\"']{_FORMATS}"
    r"|\b(?:argv|argparse|click|typer|environ|getenv|\w*glob|iterdir|scandir|listdir|walk)\b"
)
"""Where it may be told one, or find it."""
_DUE = r"\b(?i:FROM|JOIN|INTO|UPDATE|TABLE)\s+[\"'`\[]*(\{{\{{[-+]?\s*{}\b[^{{}}]*\}}\}})"
"""Where a template has what a name stands for as a table."""
_OF_DATA = frozenset({".json"})
_UNJUDGED = "SQLite does not compile this on today's schema: is it SQL for this table?"
_ELSEWHERE = "an absolute path that ends like this database's: is it that file?"


def in_settings(text: Text, around: Surroundings) -> Found | None:
    """What a value, or a key, of a settings file names."""
    if text.context.usage is not Usage.SETTING:
        return None
    if text.context.argument != "key":
        found = _path(text, around) or judged(text, around) or _message(text, around)
        found = found or tuple(names_in_urls(text, around))
        found = found or pieces_in_settings(text, around, partial(is_said_alone, around.source))
        if found:
            return found
    elif found := tuple(replace(it, question=_A_PATH) for it in mentioned_paths(text, around)):
        return found
    return _names(text, around) or Ignored("a setting that names no table and no database")


def judged(text: Text, around: Surroundings) -> Found | None:
    """The tables in a text that leads with an SQL verb, certain only if SQLite compiles it all."""
    if not leads_with_verb(text.text):
        return None
    found = tables_in_sql(text, around)
    if found is None or isinstance(found, Ignored):
        return found
    if all(it.certain and _compiles(text, it, around) for it in found):
        return asked_of_entries(text, found, around)
    shouted = is_shouted(text.text)
    return tuple(
        replace(
            it,
            question=it.question or _UNJUDGED,
            mend=it.mend if it.question else "change it by hand if it is",
            blocking=shouted,
        )
        for it in found
    )


def _compiles(text: Text, reference: Reference, around: Surroundings) -> bool:
    """Whether the statement that a reference stands in compiles on the database that it means."""
    index = text.starts.index(reference.start)
    for span in statements(text.text):
        if span.start <= index < span.end:
            sql, oracle = text.text[span.start : span.end], around.oracle
            if span.verb == "CREATE":
                verdict = oracle.creates(sql, reference.databases[0], reference.old).verdict
                return verdict is Verdict.COMPILES
            return oracle.today(sql, reference.databases[0]).verdict is Verdict.COMPILES
    return False


def _message(text: Text, around: Surroundings) -> Found | None:
    """What a message of SQLite names, as tests keep it in a file; an example may say it too."""
    found = tables_in_messages(text, around) if may_be_message(text.text) else None
    if isinstance(found, Ignored):
        return found
    return tuple(replace(it, blocking=False) for it in found or ()) or None


def _path(text: Text, around: Surroundings) -> Found | None:
    """The paths of databases: each as a whole value, or else among other words."""
    found: dict[int, Reference] = {}
    ignored: Ignored | None = None
    for piece in _pieces(text):
        named = database_in(piece.text, around.legacy)
        if named is None or _IN_A_LIST.search(named.path.removesuffix(named.database)):
            continue
        here = _whole_path(piece, named, around)
        if isinstance(here, Ignored):
            ignored = here
        else:
            found.update((it.start, it) for it in here or ())
    if not found and ignored is None and not leads_with_verb(text.text):
        found.update((it.start, it) for it in in_commands(text, around))
    return tuple(found.values()) or ignored


def _whole_path(piece: Text, named: NamedDatabase, around: Surroundings) -> Found | None:
    found = database_paths(piece, around)
    if named.whole and _ABSOLUTE.match(named.path):
        # Of a container, or of one machine: that it is the plan's file is a guess.
        return (
            tuple(
                replace(
                    it,
                    new=None,
                    question=_ELSEWHERE,
                    mend="change it by hand if it is",
                    blocking=False,
                )
                for it in mentioned_paths(piece, around)
            )
            or found
        )
    return found


def _pieces(text: Text) -> Iterator[Text]:
    """The parts of a value that may be a path as a whole: lines, defaults, what is assigned."""
    for line in _LINE.finditer(text.text):
        start, end = line.span()
        for pattern in (_ASSIGNED, _DEFAULT):
            if match := pattern.fullmatch(text.text, start, end):
                start, end = match.span("value")
        yield _with_holes(text.part(start, end))


def _with_holes(text: Text) -> Text:
    """The text with a hole for each variable that is filled in when the setting is read."""
    chars: list[str] = []
    starts: list[int] = []
    holes: list[str] = []
    at = 0
    for match in _VARIABLE.finditer(text.text):
        chars += [*text.text[at : match.start()], HOLE]
        starts += [*text.starts[at : match.start()], NOWHERE]
        holes.append(match[0])
        at = match.end()
    if not holes:
        return text
    chars += text.text[at:]
    starts += text.starts[at:]
    return replace(text, text="".join(chars), starts=tuple(starts), holes=tuple(holes))


def _names(text: Text, around: Surroundings) -> Found | None:
    """Bare names, where a key says that they are tables; never certain."""
    if not _LIST.fullmatch(text.text):
        return None
    words = [it for it in _WORD.finditer(text.text) if folded(it[0]) in around.legacy.meanings]
    question = _asked(text, around) if words else None
    if question is None:
        return None
    return tuple(
        around.table_reference(
            text.near(*word.span()),
            word[0],
            around.legacy.meanings[folded(word[0])],
            clause="setting",
            question=question,
            mend="follow the setting, and change it if it is",
            blocking=question not in {_A_TABLE, _A_KEY, _A_WORD},
        )
        for word in words
    )


def _asked(text: Text, around: Surroundings) -> str | None:
    """What to ask of a setting that is a table's name, or some of them; None if nothing."""
    key = last_part(text.context.key)
    if kind_of(around.source.path) is TEMPLATES:
        return _of_template(text, around)
    apart = partial(_reads_others, around)
    by_name = text.context.argument != "key" and key.isidentifier()
    read = put_into_sql({key: True}, around, apart=apart) if by_name else None
    read = read or read_into_sql(text, around, apart=apart)
    if read:
        return f"is this {read}?"
    if _SAYS_TABLE.search(text.context.key):
        return _A_TABLE
    alone = _WORD.fullmatch(text.text) is not None
    if text.context.argument == "key" and alone and _says_what_follows(text, around):
        return _A_KEY_OF_ROWS if names_its_rows(text, around) else _A_KEY
    # Of a list that holds anything else, nobody knows what it is.
    all_old = all(folded(it) in around.legacy.meanings for it in _WORD.findall(text.text))
    put = all_old and key.isidentifier() and may_be_put(key, around)
    if put or (alone and is_read_by_hand(around)):
        return _A_TABLE
    given = alone and text.context.argument != "key" and key in _OF_COMMANDS
    return _A_WORD if given and around.takers.candidates else None


def _of_template(text: Text, around: Surroundings) -> str:
    """What to ask of a literal in a template's own code, by where the template has its tables."""
    _, _, name = text.context.key.partition(".")
    due = re.search(_DUE.format(name or r"\w+"), around.source.text)
    return f"is this what the template itself puts into SQL as {due[1]}?" if due else _A_TABLE


def _reads_others(around: Surroundings, module: PurePosixPath) -> bool:
    """Whether a module names the settings that it reads, and no code names the file around."""
    source = around.abroad.source(module)
    says = source.text if source else ""
    if not re.search(_A_FILE, says) or re.search(_ANY_FILE, says):
        return False
    path = around.source.path
    for word in filter(None, (path.stem, path.parent.name)):
        near = (around.abroad.source(it) for it in around.abroad.few_naming(word))
        if any(it and (path.name in it.text or f"*{path.suffix}" in it.text) for it in near):
            return False
    return True


def _says_what_follows(text: Text, around: Surroundings) -> bool:
    """Whether a key may say of which table the setting below it is: data have keys as well."""
    meanings = around.legacy.meanings.get(folded(text.text), ())
    if not meanings:
        return False
    of_data = around.source.path.suffix in _OF_DATA
    says = holds_rows(text, meanings, around) if of_data else is_distinctive(text.text)
    return says or is_loaded_into_sql(text, around) or names_its_rows(text, around)


FINDER = Finder(
    name="setting",
    find=in_settings,
    finds=(
        "path: data/old.db",
        "url: sqlite:///data/old.db?timeout=5",
        "query: SELECT x FROM old",
        "tables: [old, z]",
        "run: sqlite3 data/old.db .dump",
    ),
    ignores=("name: old", "# path: data/old.db", "old: 1", "note: please select from the old"),
    file="case.yaml",
)
