r"""Regular expressions that look for a table: in SQL, as `FROM\s+old\b`, or in an error's text.

What a pattern meets is seldom known, so nothing of it is edited.
"""

import ast
import builtins
import re
from collections.abc import Iterator

from msgspec.structs import replace

from plan.model import folded
from refactor.finders.finder import Finder, Found, Surroundings
from refactor.finders.messages import named_in_messages
from refactor.python.outline import Context, Usage, last_part
from refactor.python.strings import Text
from refactor.references import Evidence, Reason, Reference

_GROUP = r"\(\?(?:P?<\w+>|<?[=!]|[aiLmsux-]*:|[aiLmsux-]+\))"
"""How a group begins that says what it is for: `(?)` is a parameter in SQL."""
_SYNTAX = re.compile(
    r"\\[AbBdDsSwWZ](?:[*+?]\??|\{[\d,]*\})?|\\(?=\W)|\.[*+?]\??"
    rf"|{_GROUP}|[()^$?*+]"
    r"|\[(?:\\.|[^\]\\])+\](?:[*+?]\??|\{[\d,]*\})?|\{[\d,]+\}"
)
"""What is a pattern's own, and no text that it looks for."""
_MARK = re.compile(rf"\\[bdsSw]|{_GROUP}")
_NO_PATTERN = frozenset({Usage.DISPLAYED, Usage.DOCUMENTATION, Usage.EXECUTED})
_BEHIND_KEYWORD = re.compile(
    r"\b(?P<keyword>FROM|INTO|JOIN|UPDATE|TABLE(?:\s+IF(?:\s+NOT)?\s+EXISTS)?)"
    r"\s+[\"`]?(?P<names>\w+(?:\s*\|\s*\w+)*)(?![\w.])",
    re.IGNORECASE,
)
_WORD = re.compile(r"\w+")
_NO_FILE = r"(?!(?:csv|db|html|json|md|py|sql|toml|txt|ya?ml)\b)"
_COLUMN = re.compile(rf"(\w+)\s?\.{_NO_FILE}\w+")
_BEFORE_DOT = re.compile(rf"(?<![\w.\\/])(\w+)(?:\\\.|\[\.\]){_NO_FILE}")
"""What stands before a dot that a pattern spells, and is no file's name."""
_FUNCTIONS = frozenset(
    ("compile", "findall", "finditer", "fullmatch", "match", "search", "split", "sub", "subn")
)
_MODULES = frozenset({"re", "re2", "regex"})
_OF_TESTS = frozenset({"assertRegex", "assertRaisesRegex", "assertNotRegex"})
_CALLED_SQL = re.compile(r"sql|quer(?:y|ies)|stmt|statement|executed", re.IGNORECASE)
_OF_DATABASES = re.compile(
    r"\b(?:sqlite3|apsw)\b|\b(?:Operational|Integrity|Database|Programming)Error\b"
)
_SAYS = ("no such table", "no such column", "constraint failed")
"""How SQLite's messages begin that name tables."""
_BUILT_IN = frozenset(
    name
    for name, it in vars(builtins).items()
    if isinstance(it, type) and issubclass(it, BaseException)
)
_IN_SQL = "a pattern that looks for this table in SQL: should it look for its new name?"
_IN_ERROR = "a pattern for an error's text, which may name this table: should it say the new name?"
_OF_COLUMN = "a pattern that looks for this table's columns: should it look for its new name?"
_MEND = "decide by reading the code"


def tables_in_patterns(text: Text, around: Surroundings) -> Found | None:
    """A question for each old table that a regular expression looks for."""
    raises = _raised(text.context)
    if text.context.usage in _NO_PATTERN or (raises is None and not _is_pattern(text)):
        return None
    if any(named_in_messages(text.text)):
        return None  # a message of SQLite's, whole
    plain = replace(text, text=_SYNTAX.sub(_blank, text.text))
    found = dict(_in_sql(plain, around)) if not _BEHIND_KEYWORD.search(text.text) else {}
    if raises is not None:
        found |= dict(_in_error(plain, raises, around))
    if not found:
        owners = (it for it in _BEFORE_DOT.finditer(text.text) if around.travels.speaks_of(it[1]))
        found = {it.span(1): _OF_COLUMN for it in owners}
    said = plain.text.lower()
    if says := next((it for it in _SAYS if it in said), ""):
        words = _WORD.finditer(plain.text, said.index(says) + len(says))
        found = {it.span(): _IN_ERROR for it in words} | found
    if not found and raises is None and _is_for_sql(text, around):
        found = dict(_alone(plain, _IN_SQL))
    return (
        tuple(
            _asked(plain, span, question, around)
            for span, question in sorted(found.items())
            if folded(plain.text[slice(*span)]) in around.legacy.meanings
        )
        or None
    )


def _is_pattern(text: Text) -> bool:
    """Whether a text is given to a function of `re`, or has what no SQL has."""
    module, _, function = text.context.callee.rpartition(".")
    called = function in _OF_TESTS or (module in _MODULES and function in _FUNCTIONS)
    return called or _MARK.search(text.text) is not None


def _blank(match: "re.Match[str]") -> str:
    return " " * len(match[0])


def _in_sql(plain: Text, around: Surroundings) -> Iterator[tuple[tuple[int, int], str]]:
    """Where names stand behind a word of SQL, if it is shouted, or the module has SQL of them."""
    for match in _BEHIND_KEYWORD.finditer(plain.text):
        start = match.start("names")
        for name in _WORD.finditer(match["names"]):
            if match["keyword"].isupper() or around.travels.speaks_of(name[0]):
                yield (start + name.start(), start + name.end()), _IN_SQL


def _alone(plain: Text, question: str) -> Iterator[tuple[tuple[int, int], str]]:
    """A name that is all that a pattern looks for, or one of some."""
    names = [*_WORD.finditer(plain.text)]
    if re.fullmatch(r"[\w\s|]+", plain.text) and len(names) == 1 + plain.text.count("|"):
        yield from ((it.span(), question) for it in names)


def _in_error(
    plain: Text, raised: str, around: Surroundings
) -> Iterator[tuple[tuple[int, int], str]]:
    """Names in what an error says: any word if a database raises it, else what stands alone."""
    if _OF_DATABASES.search(raised):
        yield from ((it.span(), _IN_ERROR) for it in _WORD.finditer(plain.text))
        return
    is_any = raised.endswith("Exception")
    if raised in _BUILT_IN and not is_any:
        return
    if match := _COLUMN.fullmatch(plain.text.strip()):
        at = plain.text.index(match[1])
        yield (at, at + len(match[1])), _IN_ERROR
    elif is_any and around.travels.speaks_of(plain.text.strip()):
        yield from _alone(plain, _IN_ERROR)


def _raised(context: Context) -> str | None:
    """What a test expects to be raised, as written; None if this is no pattern for that."""
    by_name = context.argument == "match"
    if by_name or (context.argument == "1" and last_part(context.callee) == "assertRaisesRegex"):
        match context.inside:
            case ast.Call(args=[kind, *_]):
                return ast.unparse(kind)
    return None


def _is_for_sql(text: Text, around: Surroundings) -> bool:
    """Whether a pattern is looked for in what is called SQL, or by a module that has SQL of it."""
    context = text.context
    match context.inside:
        case ast.Call(args=arguments) if last_part(context.callee) in _FUNCTIONS | _OF_TESTS:
            others = [it for it in arguments if isinstance(it, ast.Name | ast.Attribute)]
            if any(_CALLED_SQL.search(ast.unparse(it)) for it in others):
                return True
            words = _WORD.finditer(_SYNTAX.sub(_blank, text.text))
            kept = last_part(context.callee) == "compile"
            return kept and any(around.travels.speaks_of(it[0]) for it in words)
    return False


def _asked(plain: Text, span: tuple[int, int], question: str, around: Surroundings) -> Reference:
    name = plain.text[slice(*span)]
    matches = _BEHIND_KEYWORD.finditer(plain.text)
    behind_keyword = any(it.start("names") <= span[0] < it.end("names") for it in matches)
    return around.table_reference(
        plain.near(*span),
        name,
        around.legacy.meanings[folded(name)],
        clause="pattern",
        evidence=(Evidence(Reason.GRAMMAR, "a regular expression names it"),),
        question=question,
        mend=_MEND,
        blocking=behind_keyword,
    )


FINDER = Finder(
    name="pattern",
    find=tables_in_patterns,
    finds=(
        r'P = re.compile(r"FROM\s+old\b")',
        r'assert re.search(r"\bold\b", sql)',
        'with pytest.raises(sqlite3.IntegrityError, match="old.x"):\n    save()',
        r'q = "SELECT x FROM old"; P = re.compile(r"constraint failed: old\.(\w+)")',
    ),
    ignores=(
        r'P = re.compile(r"\bold\b")',
        r'P = re.compile(r"^from\s+old\b")',
        'with pytest.raises(ValueError, match="old"):\n    save()',
        r'P = re.compile(r"old\.(\w+)")',
    ),
)
