"""Tables among the words of a command line that runs SQLite's shell, or a tool like it.

The words are not read as a shell would read them: what stands in quotes and begins as SQL does is
SQL, and so are the lines of a here-document. A command's edit would be a guess, so it is asked.
"""

import re
from collections.abc import Iterator, Sequence
from pathlib import PurePosixPath

from plan.model import folded
from refactor.databases.databasepaths import database_in, other_database
from refactor.databases.drivers import CLIENTS
from refactor.databases.weighing import Place
from refactor.finders.finder import Surroundings
from refactor.finders.variables import given_words
from refactor.legacy import Meaning
from refactor.python.strings import Text
from refactor.references import Evidence, Reason, Reference
from refactor.sql.names import HOLE, leads_with_verb, quoted, table_names

RUNS_COMMANDS = re.compile(
    r"(?:^|\.)(?:system|popen|Popen|run|call|check_call|check_output|getoutput|getstatusoutput"
    r"|create_subprocess_\w+|exec_command)$"
)
"""What gets a command may be any program, which reads more of it than people would."""
RUNS = re.compile(r"\bsqlite(?:3|[-_]utils)\b|\bsqlite\s")
_QUOTED = re.compile(r"(?P<quote>[\"'])(?P<sql>\s*[A-Za-z].*?)(?<!\\)(?P=quote)", re.DOTALL)
_HERE = re.compile(
    r"(?P<mark><<[-~]?\s*[\"']?(?P<end>\w+)[\"']?)[^\n]*\n(?P<sql>.*?)^\s*(?P=end)\s*$",
    re.DOTALL | re.MULTILINE,
)
_STATEMENT = re.compile(r"(?:^\s*\.[^\n]*\n)*(?P<sql>[^;]+)", re.MULTILINE)
_DOTTED = re.compile(
    r"(?<![\w./])\.(?:dump|schema|index(?:es)?|indices"
    r"|import(?:[ \t]+--?(?:skip[ \t]+)?\S+)*[ \t]+[^\s-]\S*)"
    r"(?:[ \t]+--?\w+)*[ \t]+[\\\"']*(?P<table>\w+)"
)
_OF_UTILS = re.compile(
    r"\bsqlite[-_]utils[ \t]+[a-z]+(?:-[a-z]+)*[ \t]+(?:-\S+[ \t]+)*"
    rf"(?=\S*[./${{{HOLE}])\S+(?P<rest>(?:[ \t\\]+[^\s|&;<>]+)+)"
)
"""A command of sqlite-utils: what it does, the database, and with what of it."""
_VARIABLE_TABLE = re.compile(
    r"(?:\b(?:FROM|JOIN|INTO|UPDATE|TABLE(?:[ ]+IF(?:[ ]+NOT)?[ ]+EXISTS)?)|\.(?:dump|schema)"
    r"|\.import(?:[ ]+--?(?:skip[ ]+)?\S+)*[ ]+[^\s-]\S*)"
    r"[ ]+[\\\"'`\[]*\$+[{(]?(\w+)",
    re.IGNORECASE,
)
"""What stands for a table in SQL, or in a command of the shell, of a script."""
_ARGUMENT = re.compile(r"(?<!\S)(?P<option>-\S+\s+)?[\"']?(?P<table>\w+)[\"']?(?!\S)")
_BEFORE = re.compile(r"[\"'](?:[^\"'\s]*/)?sqlite[-_]utils[\"']\s*,[^\[\]]*\Z")
_FARTHEST = 300
"""How far before a literal the command may stand, the space of line breaks included."""
_SAYS = "a command of SQLite's shell names it"
_PROGRAM = re.compile(
    rf"(?<![\w.-])(?:(?P<other>{'|'.join(CLIENTS)})|sqlite3?|sqlite[-_]utils)(?=\s|\Z)"
)
_FILE = re.compile(r"\s+(?:-\S+\s+)*[\"']?([\w./-]+)[\"']?(?=\s)")
"""The file that SQLite's shell is told, where no variable is a part of it."""


def runs_shell(text: str) -> bool:
    """Whether a text may be a command line for SQLite's shell, or one of its own commands."""
    return bool(RUNS.search(text) or _DOTTED.match(text))


def tables_in_commands(
    text: Text, around: Surroundings, *, blocking: bool
) -> tuple[Reference, ...]:
    """A question for each old table that a text names to SQLite's shell."""
    if not RUNS.search(text.text):
        return ()
    spans = dict.fromkeys(
        (
            *_of_sql(text.text),
            *_of_dotted(text.text),
            *_of_utils(text.text),
            *_of_variables(text.text),
        )
    )
    return tuple(
        it for span in sorted(spans) for it in _asked(text, span, around, blocking=blocking)
    )


def table_in_dotted(text: Text, around: Surroundings) -> tuple[Reference, ...]:
    """The same for a text that is one command of the shell, handed to it as an argument."""
    match = _DOTTED.match(text.text)
    return tuple(_asked(text, match.span("table"), around, blocking=True)) if match else ()


def _of_sql(text: str) -> Iterator[tuple[int, int]]:
    """Where SQL in a command line names tables."""
    for start, end in _spans(text):
        sql = text[start:end]
        if leads_with_verb(sql):
            for name in table_names(sql):
                inside = bool(name.quote)
                yield start + name.start + inside, start + name.end - inside


def _spans(text: str) -> Iterator[tuple[int, int]]:
    """Where a text has SQL: in quotes, and in here-documents, in which nobody's quotes go on."""
    outside = text
    documents = [*_HERE.finditer(text)]
    for match in documents:
        for start, end in (match.span("mark"), match.span("sql")):
            outside = f"{outside[:start]}{' ' * (end - start)}{outside[end:]}"
    yield from _in_quotes(outside)
    for match in documents:
        start, _ = match.span("sql")
        for first, last in _in_quotes(match["sql"]):
            yield start + first, start + last
        for statement in _STATEMENT.finditer(match["sql"]):
            yield start + statement.start("sql"), start + statement.end()


def _in_quotes(text: str) -> Iterator[tuple[int, int]]:
    at = 0
    while match := _QUOTED.search(text, at):
        # An apostrophe of a comment opens nothing: the next quote may.
        found = leads_with_verb(match["sql"])
        if found:
            yield match.span("sql")
        at = match.end() if found else match.end("quote")


def _of_dotted(text: str) -> Iterator[tuple[int, int]]:
    for match in _DOTTED.finditer(text):
        yield match.span("table")


def _of_utils(text: str) -> Iterator[tuple[int, int]]:
    for command in _OF_UTILS.finditer(text):
        for match in _ARGUMENT.finditer(text, *command.span("rest")):
            if not match["option"]:
                yield match.span("table")


def _of_variables(text: str) -> Iterator[tuple[int, int]]:
    """Where a script lists what it puts into SQL: `for t in old z; do sqlite3 $DB "… FROM $t"`."""
    for variable in dict.fromkeys(it[1] for it in _VARIABLE_TABLE.finditer(text)):
        yield from (word.span("word") for word in given_words(text, variable))


def is_word_of_utils(text: Text, around: Surroundings) -> bool:
    """Whether a literal is a word of a command in a list: `["sqlite-utils", "rows", db, "old"]`."""
    before = around.source.text[max(0, text.start - _FARTHEST) : text.start]
    return _BEFORE.search(before) is not None


def _asked(
    text: Text, span: tuple[int, int], around: Surroundings, *, blocking: bool
) -> Iterator[Reference]:
    name = text.text[slice(*span)]
    if folded(name) not in around.legacy.meanings:
        return
    place = Place(around.source.path, text.context.scope)
    decision = around.binder.decide(name, f"SELECT 1 FROM {quoted(name, '')}", place)
    if not decision.stays:
        meanings = _of_command(text.text, span[0], decision.meanings)
        says = _named_by(text.text, span[0], around)
        becomes = " or ".join(dict.fromkeys(it.new for it in meanings))
        yield around.table_reference(
            text.near(*span),
            name,
            meanings,
            clause="command",
            evidence=(Evidence(Reason.GRAMMAR, says),),
            question=f"{says}: should it say {becomes}?",
            mend="change the command by hand",
            blocking=blocking,
        )


def _named_by(text: str, at: int, around: Surroundings) -> str:
    """What names a table at some place of a command line, in words."""
    last = max(_PROGRAM.finditer(text, 0, at), key=re.Match.start, default=None)
    if last and last["other"]:
        return f"a command of {last['other']}'s names it, and none of SQLite's shell"
    file = _FILE.match(text, last.end(), at) if last else None
    if file and other_database(file[1]) and database_in(file[1], around.legacy) is None:
        return f"{_SAYS}, on {file[1]}, which the plan does not name"
    return _SAYS


def _of_command(text: str, at: int, meanings: Sequence[Meaning]) -> Sequence[Meaning]:
    """Those of a name's meanings whose database the command names; all if it names none."""
    if len(meanings) == 1:
        return meanings
    start = max((it.start() for it in RUNS.finditer(text, 0, at)), default=0)
    names = {PurePosixPath(it.database).name for it in meanings}
    said = {
        it for it in names if re.search(rf"(?<![\w.-]){re.escape(it)}(?![\w.-])", text[start:at])
    }
    return [it for it in meanings if PurePosixPath(it.database).name in said] or meanings
