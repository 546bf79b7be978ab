"""What an expression puts into SQL as a table's name, in the module where it stands."""

import ast
from collections.abc import Iterator

from refactor.python.syntax import spelled
from refactor.sql.names import HOLE, leads_with_verb, table_names


def tables_in(node: ast.AST) -> Iterator[ast.expr]:
    """The expressions that give tables' names to a statement that is put together."""
    if not isinstance(node, ast.JoinedStr | ast.BinOp | ast.Call):
        return
    sql, holes = spelled(node)
    if HOLE in sql and leads_with_verb(sql):
        for name in table_names(sql):
            if name.name == HOLE:
                yield holes[sql[: name.start + bool(name.quote)].count(HOLE)]
