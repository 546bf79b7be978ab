"""What gives a text to another machine or program that runs it: HTTP, AWS, other command lines."""

import ast

from refactor.databases.drivers import CLIENTS, SENDERS
from refactor.databases.openings import At
from refactor.python.assignments import FUNCTIONS
from refactor.python.modules import Names
from refactor.python.syntax import walked


def sent_by(call: ast.Call, at: At, names: Names) -> str | None:
    """What a call sends its arguments to, in words; None where it is not seen to send any."""
    root = _root(call.func)
    package = _package(root, names)
    if not package and root:
        scopes = (*(it for it in at.around if isinstance(it, FUNCTIONS)), at.module.tree)
        given = (it.value for scope in scopes for it in at.module.given(scope, root))
        made = (_package(_root(it.func), names) for it in given if isinstance(it, ast.Call))
        package = next(filter(None, made), "")
    return f"a database that {package} asks" if package else None


def told_to(call: ast.Call) -> str | None:
    """The other system's client that a command line starts, in words, as `["psql", "-c", …]`."""
    match call.args:
        case [ast.List(elts=[ast.Constant(value=str() as program), *_]), *_]:
            name = program.rpartition("/")[2]
            return f"a database that {name} asks" if name in CLIENTS else None
    return None


def sends(call: ast.Call, name: str) -> bool:
    """Whether a name is in anything that a call is given."""
    given = (*call.args, *(it.value for it in call.keywords))
    return any(isinstance(it, ast.Name) and it.id == name for each in given for it in walked(each))


def _root(node: ast.expr) -> str:
    """The name that an expression of attributes and calls begins with."""
    while isinstance(node, ast.Attribute | ast.Call):
        node = node.value if isinstance(node, ast.Attribute) else node.func
    return node.id if isinstance(node, ast.Name) else ""


def _package(name: str, names: Names) -> str:
    package = names.imports.get(name, ("", ""))[0].partition(".")[0]
    return package if package in SENDERS else ""
