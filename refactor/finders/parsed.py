"""Keys of what is made of the SQL that creates tables: `parse("CREATE TABLE t …")["t"]`."""

import ast
from collections.abc import Iterator

from plan.model import folded
from refactor.finders.finder import Surroundings
from refactor.python.outline import Scope, Usage
from refactor.python.strings import Text
from refactor.python.syntax import dotted, name_of
from refactor.sql.names import leads_with_verb, table_names

_CREATES = "CREATE TABLE"


def made_of_sql(text: Text, around: Surroundings) -> str | None:
    """Which function makes what a text is a key of, of SQL that creates this table, in words."""
    holder = _asked(text)
    if holder is None or around.outline is None:
        return None
    name = name_of(holder)
    for scope, target, value in around.outline.assigned:
        if target != name or not isinstance(value, ast.Call):
            continue
        if _CREATES not in around.source.text.upper():
            return None
        if folded(text.text) in _created(scope, value, around):
            function = dotted(value.func)
            return f"a key of what {function}() makes of the SQL on line {value.lineno}"
    return None


def _asked(text: Text) -> ast.expr | None:
    """What is asked for a text as its key."""
    match text.context.inside:
        case ast.Subscript(value=holder) if text.context.usage is Usage.KEY:
            return holder
        case ast.Call(func=ast.Attribute(value=holder, attr="get" | "pop")):
            return holder
    return None


def _created(scope: Scope, call: ast.Call, around: Surroundings) -> Iterator[str]:
    """The tables that the texts create which a call is given, folded."""
    path, constants = around.source.path, around.arguments.constants
    for argument in (*call.args, *(it.value for it in call.keywords)):
        sql = constants.text(path, scope, argument)
        if leads_with_verb(sql):
            yield from (folded(it.name) for it in table_names(sql) if it.clause == _CREATES)
