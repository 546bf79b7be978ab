"""What a call or a class says of the attached database that its table is in."""

import ast

from refactor.apis.libraries import Argument
from refactor.python.outline import Context
from refactor.python.syntax import dotted

_MAIN = frozenset({None, "main"})


def schema_given(arguments: tuple[Argument, ...], context: Context) -> str | None:
    """What to ask where a call says that the table is in an attached database."""
    if not isinstance(context.inside, ast.Call):
        return None
    call = context.inside
    given = (
        *(keyword.value for keyword in call.keywords if keyword.arg in arguments),
        *(value for at, value in enumerate(call.args) if at in arguments),
    )
    return next(filter(None, map(_asked_of, given)), None)


def schema_said(value: ast.expr) -> str | None:
    """What to ask of a class by its own word on its schema."""
    match value:
        case ast.Tuple(elts=[*_, last]):
            return schema_said(last)
        case ast.Dict(keys=keys, values=values):
            for key, it in zip(keys, values, strict=True):
                if isinstance(key, ast.Constant) and key.value == "schema":
                    return _asked_of(it)
            return None
        case ast.Constant():
            return _asked_of(value)
    return None


def _asked_of(schema: ast.expr) -> str | None:
    if isinstance(schema, ast.Constant) and schema.value in _MAIN:
        return None
    written = repr(schema.value) if isinstance(schema, ast.Constant) else dotted(schema)
    return f"the schema {written or 'given here'} is another database: whose table is it?"
