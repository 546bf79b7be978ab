"""Signs around a literal, in its own lines, that it may be a table's name."""

import ast
import re

from refactor.finders.finder import Surroundings
from refactor.python.outline import Context, Usage, last_part
from refactor.python.strings import Text
from refactor.python.syntax import name_of
from refactor.sql.names import leads_with_verb

_CLAUSE = re.compile(
    r"(?:FROM|[A-Z_]*JOIN|INTO|from_|(?:select|delete)_from|insert_into|\w+_join)$"
)
TABLE_ARGUMENT = re.compile(r"(?:table|tbl)(?:_?name)?|rname")
TAKES_TABLE = re.compile(
    r"(?<!^pivot)(?:^|_)(?:table|tbl)(?:s?$|_(?!styles$))"
    r"|^(?:Table|ForeignKey|to_sql|blob_?open|setTable|QSqlRelation)$",
    re.IGNORECASE,
)
_CALLED_TABLE = re.compile(r"(?:^|_)(?:db)?(?:table|tbl)s?(?:_?names?)?_*$", re.IGNORECASE)
_OF_FRAMES = frozenset({"aggfunc", "by", "columns", "index", "on", "values"})
"""Keywords by which data frames are told of their own columns."""
_OF_CALLS = re.compile(r"call_args|mock_calls|\bsqls\b|\bstatements\b|\bqueries\b")
_ROOT = re.compile(r"[A-Za-z_]\w*")
_LOOKS_FOR = frozenset(
    {"count", "endswith", "find", "index", "replace", "rfind", "split", "startswith"}
)
_OF_ERROR = re.compile(
    r"(?:str\()?(?:e|err|error|ex|exc|exc_?info|exception|info|caught)(?:\.value|\.exception)?"
    r"(?:\)|\.args\[0\])"
)
OF_DATABASES = re.compile(r"\bsqlite3?\b|\b(?:Operational|Integrity|Database)Error\b")
_WORDS_OF_SQL = re.compile(
    r"(?:sql|query|stmt|statement)\w*(?:\.\w+\([^()]*\))*\.split\("
    r"|\bsplit\(\w*(?:sql|query|stmt|statement)",
    re.IGNORECASE,
)
_ITEM = re.compile(r"(\w+)\[")
_HOLDS_SQL = re.compile(r"sql|quer(?:y|ies)|stmt|statement|call_args|executed", re.IGNORECASE)


def is_looked_for(context: Context, around: Surroundings) -> bool:
    """Whether a test asks if something that is called SQL holds the name: `"old" in sql`."""
    held_by, _, method = context.callee.rpartition(".")
    match context.inside:
        case ast.Compare(ops=[ast.In() | ast.NotIn()], comparators=[other]):
            held_by = ast.unparse(other)
        case _ if method not in _LOOKS_FOR:
            return False
    if _HOLDS_SQL.search(held_by):
        return True
    root = _ROOT.match(held_by)
    return root is not None and _is_of_calls(root[0], around.source.text)


def is_word_of_sql(context: Context, around: Surroundings) -> bool:
    """Whether a name is compared with a word of SQL: `sql.split()[2] == "old"`."""
    match context.inside:
        case ast.Compare(left=left, comparators=[right]):
            pass
        case _:
            return False
    if "split" not in around.source.text:
        return False  # as in far the most
    for side in (left, right):
        said = ast.unparse(side)
        if _WORDS_OF_SQL.search(said):
            return True
        words = _ITEM.match(said)
        given = words and re.search(rf"\b{words[1]}\b[^=\n]*=(?!=)(.*)", around.source.text)
        if given and _WORDS_OF_SQL.search(given[1]):
            return True
    return False


def _is_of_calls(name: str, source: str) -> bool:
    """Whether a name is given what a connection was called with: `args = run.call_args[0]`."""
    if not _OF_CALLS.search(source):
        return False  # as in far the most
    given = rf"\b{name}\b[^=\n]*=(?!=)|\bfor\s+{name}\s+in\b"
    return any(
        _OF_CALLS.search(line, match.end())
        for line in source.splitlines()
        if (match := re.search(given, line))
    )


def is_in_error(context: Context) -> bool:
    """Whether a test asks if an error's text holds the name: `"old" in str(error)`."""
    match context.inside:
        case ast.Compare(ops=[ast.In() | ast.NotIn()], comparators=[other]):
            return _OF_ERROR.fullmatch(ast.unparse(other)) is not None
    return False


def called_beside(context: Context) -> str:
    """What a literal is a key of, is compared with, or is set for: `schema["tables"]["old"]`."""
    match context.inside:
        case ast.Call(func=ast.Attribute(value=held, attr="get")) if context.argument == "0":
            return name_of(held)
        case ast.Call(args=[*some, ast.Constant(value=str() as key), _]) if context.argument == str(
            len(some) + 1
        ):
            return key  # `reader.option("dbtable", "old")`, `os.environ.setdefault("TABLE", "old")`
        case ast.Compare(left=left, comparators=[other]):
            return _called(left) or _called(other)
        case ast.Subscript(value=ast.Subscript(slice=ast.Constant(value=str() as key))):
            return key
        case ast.Subscript(value=value):
            return name_of(value)
    return ""


def _called(node: ast.expr) -> str:
    """What something is called, or that whose name it is: `table` of `table.name`, or of a row.

    Or what each of some is called, as in `[it.table for it in rows]`.
    """
    match node:
        case (
            ast.Subscript(slice=ast.Constant(value=str() as key))
            | ast.Call(func=ast.Attribute(attr="get"), args=[ast.Constant(value=str() as key), *_])
        ):
            return key
        case ast.Attribute(value=named, attr="name"):
            return name_of(named)
        case ast.ListComp(elt=each) | ast.SetComp(elt=each) | ast.GeneratorExp(elt=each):
            return _called(each)
        case ast.Call(func=ast.Name(id="list" | "set" | "sorted" | "tuple"), args=[items, *_]):
            return _called(items)
    return name_of(node)


def takes_table_by_name(function: str) -> bool:
    """Whether a function is called as what gets a table's name."""
    return bool(TAKES_TABLE.search(function) or _CLAUSE.match(function))


def takes_table(context: Context) -> bool:
    """Whether a call says by its own name, or its argument's, that it wants a table."""
    return bool(
        _CLAUSE.match(last_part(context.callee)) or TABLE_ARGUMENT.fullmatch(context.argument)
    )


def is_called_table(name: str) -> bool:
    """Whether something is called as the name of a table is."""
    return _CALLED_TABLE.search(name) is not None


def assigned_to(context: Context) -> str:
    """What a literal is assigned to, or the call that gets it; no column of a frame's is either."""
    return "" if context.argument in _OF_FRAMES else context.target


def fills_template(context: Context) -> bool:
    """Whether a value is filled into a template of SQL, or one that lies in a file of SQL."""
    match context.inside:
        case ast.Call(func=ast.Attribute(value=ast.Call(args=[ast.Constant(value=str() as says)]))):
            is_sql = leads_with_verb(says) or ".sql" in says
            return is_sql and last_part(context.callee) == "render"
    return False


def fills_text(text: Text, around: Surroundings) -> bool:
    """Whether a key is that of a blank in a text: `_("Skipping %(old)s") % {"old": title}`."""
    is_key = text.context.usage is Usage.KEY
    return is_key and f"%({text.text})" in around.source.text
