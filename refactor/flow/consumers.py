"""Who gets the values of a module, as facts."""

import ast
from enum import StrEnum

from msgspec import Struct

from refactor.flow.values import Value
from refactor.python.outline import Scope


class What(StrEnum):
    """What is done with a value, in words for the reviewer."""

    EXECUTED = "executed"
    WRITTEN = "written as a statement"
    PARAMETER = "given to a statement as a parameter"
    DISPLAYED = "shown to people"
    COMPARED = "compared"
    KEY = "used as a key"
    LOOKED_UP = "looked up by its key"
    ASKED = "asked for by what is only known at run time"
    HANDED = "handed on"
    SHARED = "given to a method of this module, unless to one of that name elsewhere"
    RETURNED = "returned"
    STORED = "stored"
    NAMED = "given to a class's attribute that a library may read"
    CHANGED = "changed into another text"
    PARTED = "asked for a part of it"
    JOINED = "joined to a path"


class Consumer(Struct, frozen=True):
    """One place that gets a value, where this module loses sight of it."""

    what: What
    value: Value
    node: ast.AST
    scope: Scope
    callee: str = ""
    """Dotted name of the call that gets it, or of what it is a key of."""
    argument: str = ""
    """Keyword or position (from 0) in that call, the key that is looked up, or the attribute."""
    statement: Value = ()
    """The statement that it is a parameter of, or what a collection is asked for."""
    origin: str = ""
    """What the object of a method that gets it is imported as, or what it is made of."""
    holder: Value = ()
    """That object, where it may be known once all has been read."""

    @property
    def line(self) -> int:
        """Where that is."""
        return int(getattr(self.node, "lineno", 0))
