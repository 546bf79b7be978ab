"""Metaclasses: each is given what a class is called, and may call a table after it."""

import ast

from refactor.python.outline import Outline, Scope

NAMES_CLASSES = "(type):"
"""What a file says that has a metaclass."""
_IS_GIVEN_NAME = frozenset({"__new__", "__init__"})


def asks_name(node: ast.AST, given: str = "") -> bool:
    """Whether an expression asks for a class's own name, or is what a metaclass is given as it."""
    match node:
        case ast.Attribute(attr="__name__" | "__qualname__"):
            return True
        case ast.Name(id=name):
            return bool(given) and name == given
    return False


def name_given(cls: ast.ClassDef, method: ast.stmt) -> str:
    """What a method of a metaclass calls the name of the class that is made; empty for others."""
    if not isinstance(method, ast.FunctionDef) or method.name not in _IS_GIVEN_NAME:
        return ""
    is_metaclass = any(isinstance(it, ast.Name) and it.id == "type" for it in cls.bases)
    arguments = (*method.args.posonlyargs, *method.args.args)[1:2]
    return arguments[0].arg if is_metaclass and arguments else ""


def name_given_in(scope: Scope, outline: Outline) -> str:
    """The same, of a scope."""
    if (scope.owner, "type") in outline.bases and scope.function in _IS_GIVEN_NAME:
        for place, names in outline.positional:
            if place == scope and names[1:]:
                return names[1]
    return ""
