"""What a line says of the plan as a whole: folders, old names that stay, documentation."""

from collections.abc import Iterator, Sequence
from itertools import pairwise

from plan.draft.document.cells import compat_in
from plan.draft.document.claims import OfCode, OfKey, OfTable, Said, Statement
from plan.draft.document.outline import Text
from plan.draft.document.tokens import Kind, Token, databases_in, tokens_of
from plan.draft.document.vocabulary import forms
from plan.draft.document.words import NEGATIONS, count_of, has

BACKUP, ARCHIVE = "plan.backup", "plan.archive"
COMPAT, DESCRIPTIONS = "plan.compat", "plan.descriptions"
VERSION, METADATA, HISTORY = "plan.schema_version", "plan.metadata", "code.exclude"

_BACKUP = forms("backup backups back-up backed back")
_ARCHIVE = forms("archive archives archived archiving")
_MOVES = forms("move moves moved go goes put")
_FILES = forms("file files database databases")
_UNSURE = forms(
    "could might may perhaps maybe possibly consider optional optionally if whether or either",
    "alternatively",
)
_VIEWS = forms("view views alias aliases shim shims")
_OLD = forms(
    "compatibility compatible backward backwards backward-compatible backwards-compatible old",
    "legacy former previous",
)
_STAYS = forms("stay stays keep keeps kept alive readable remain remains available")
_DOCUMENTED = forms(
    "documented document documents documenting documentation described describe coverage"
)
_CATALOG = forms("metadata catalog catalogue describes self-documenting self-documentation")
_ALL = forms("all every each 100")
_TODAY = forms("currently current today now already far existing")
_TABLES = forms("table tables")
_HISTORY = forms("history historical frozen")
_USES = forms(
    "uses use used reads read writes talks opens connects connected queries speaks loads against"
)
_CODE = (".py", ".pyi", ".sh", ".sql", ".ipynb", ".js", ".ts")


def wishes_in(text: Text, said: Said) -> Iterator[Statement]:
    """All that one sentence says of the plan's own keys."""
    tokens = tokens_of(text)
    words = [token.word for token in tokens if token.word]
    if any(token.value == "?" for token in tokens):
        return
    yield from _folders(tokens, words, said)
    yield from _old_names(tokens, words, said)
    yield from _documentation(tokens, words, said)
    yield from _version(tokens, said)
    yield from code_in(tokens, words, said)


def keys_of_question(tokens: Sequence[Token]) -> tuple[str, ...]:
    """The keys of the plan that a question is about, by its words."""
    words = [token.word for token in tokens if token.word]
    folders = [token.value.lower() for token in tokens if token.kind in (Kind.FOLDER, Kind.NAME)]
    found = []
    if has(words, _ARCHIVE) or any("archive" in folder for folder in folders):
        found.append(ARCHIVE)
    elif has(words, _BACKUP - {"back"}) or any("backup" in folder for folder in folders):
        found.append(BACKUP)
    if has(words, forms("version versioned versioning versions")):
        found.append(VERSION)
    if has(words, _VIEWS) or (has(words, _OLD) and has(words, frozenset({"names", "name"}))):
        found.append(COMPAT)
    if has(words, _DOCUMENTED) and has(words, _TABLES | frozenset({"columns", "column"})):
        found.append(DESCRIPTIONS)
    return tuple(found)


def _folders(tokens: Sequence[Token], words: Sequence[str], said: Said) -> Iterator[Statement]:
    if has(words, _UNSURE | NEGATIONS):
        return
    for token in tokens:
        path = token.value.rstrip("/")
        low = path.lower()
        folder = token.kind is Kind.FOLDER or (token.code and token.kind in (Kind.NAME, Kind.CODE))
        if not folder or not path:
            continue
        if "backup" in low or (
            token.kind is Kind.FOLDER and has(words, _BACKUP) and not has(words, _ARCHIVE)
        ):
            yield OfKey(BACKUP, said, path)
        elif "archive" in low or (token.kind is Kind.FOLDER and _puts_away(words)):
            yield OfKey(ARCHIVE, said, path)


def _puts_away(words: Sequence[str]) -> bool:
    """Whether the words are about what becomes of old files."""
    moves = has(words, _MOVES) and "old" in words and has(words, _FILES)
    return (has(words, _ARCHIVE) or moves) and not has(words, _BACKUP)


def _old_names(tokens: Sequence[Token], words: Sequence[str], said: Said) -> Iterator[Statement]:
    stays = has(words, frozenset({"names", "name"})) and has(words, _STAYS)
    if not (has(words, _OLD) and (has(words, _VIEWS) or stays)):
        return
    if has(words, NEGATIONS):
        if has(words, _VIEWS):
            yield OfKey(COMPAT, said, "none")
        return
    how = compat_in(tokens) or "?"
    names = [token.value for token in tokens if token.kind is Kind.NAME]
    for name in names:
        yield OfTable(name, said, compat=how, firm=False)
    if not names:
        yield OfKey(COMPAT, said)


def _documentation(
    tokens: Sequence[Token], words: Sequence[str], said: Said
) -> Iterator[Statement]:
    if not has(words, _TABLES) or has(words, _TODAY):
        return
    names = [token.value for token in tokens if token.kind is Kind.NAME]
    if len(names) == 1 and has(words, _CATALOG | _DOCUMENTED) and has(words, _ALL):
        yield OfKey(METADATA, said, names[0])
    elif has(words, _DOCUMENTED) and not names:
        counts = [
            count_of(before.value) for before, after in pairwise(tokens) if after.word in _TABLES
        ]
        count = next((it for it in counts if it), None)
        if count:
            yield OfKey(DESCRIPTIONS, said, count=count)
        elif has(words, _ALL) and not has(words, NEGATIONS):
            columns = has(words, frozenset({"columns", "column"}))
            yield OfKey(DESCRIPTIONS, said, "columns" if columns else "tables")


def _version(tokens: Sequence[Token], said: Said) -> Iterator[Statement]:
    values = [token.value.lower() for token in tokens if token.kind is not Kind.MARK]
    words = [word for value in values for word in value.split()]
    for at, word in enumerate(words):
        named = word in ("user_version", "schema_version") or words[at - 1 : at + 1] == [
            "schema",
            "version",
        ]
        if named:
            follows = [
                it for it in words[at + 1 : at + 3] if it not in ("is", "=", "becomes", "to", "of")
            ]
            if follows and follows[0].isdigit():
                yield OfKey(VERSION, said, follows[0])


def code_in(tokens: Sequence[Token], words: Sequence[str], said: Said) -> Iterator[Statement]:
    """Files of the code that are history, or that use a database, as the words say it."""
    files = [it for it in tokens if it.kind in (Kind.FILE, Kind.FOLDER) and it.code]
    if has(words, _HISTORY) and not has(words, _UNSURE | NEGATIONS - {"not"}):
        for token in files:
            yield OfKey(HISTORY, said, token.value)
        return
    code = [it for it in files if it.value.endswith(_CODE)]
    databases = databases_in(tuple(tokens))
    if len(code) == len(databases) == 1 and has(words, _USES) and not has(words, NEGATIONS):
        yield OfCode(code[0].value, databases[0].value, said)
