"""A module's string expressions and what each is used for, as facts.

`outlining` gathers them.
"""

import ast
from enum import StrEnum

from msgspec import Struct

from refactor.python.syntax import Span


class Usage(StrEnum):
    """What a string expression is for, as far as its surroundings tell."""

    EXECUTED = "executed"
    DISPLAYED = "displayed"
    DOCUMENTATION = "documentation"
    KEY = "key"
    COMPARED = "compared"
    SETTING = "setting"
    """A value, or a key, of a settings file."""
    COMMAND = "command"
    """A script, or command lines, for something other than SQLite."""
    EXAMPLE = "example"
    """Code in the running text of a document."""
    OTHER = "other"


class Scope(Struct, frozen=True, order=True):
    """The class and function that a place in a module belongs to; empty at module level."""

    owner: str = ""
    function: str = ""

    @property
    def dotted(self) -> str:
        """Its name in the module: `Store.save`."""
        return ".".join(filter(None, (self.owner, self.function)))


class Context(Struct, frozen=True):
    """What surrounds a string expression."""

    scope: Scope = Scope()
    usage: Usage = Usage.OTHER
    callee: str = ""
    """Dotted name of the call whose argument it is."""
    argument: str = ""
    """Keyword or position (from 0) in that call."""
    target: str = ""
    """Name, attribute or parameter that it is given to."""
    key: str = ""
    """Key of the dictionary display in which it is a value."""
    display: Span | None = None
    """Where the innermost dictionary or tuple stands that has it as a value."""
    joined_to: ast.expr | None = None
    """What stands before it in a path: `a` in `a / "b"`, the earlier arguments of a join."""
    statement: ast.expr | None = None
    """The statement that it is given to as a parameter."""
    binary: bool = False
    """Whether it is bytes, which nothing around it decodes."""
    inside: ast.Call | ast.Subscript | ast.Compare | None = None
    """The call, subscript or comparison that it is an argument, the key or a side of."""
    within: tuple[tuple[int, int], ...] | None = ()
    """Its positions in lists, tuples and sets between that and itself, outermost first, each with
    how many stand there; None where anything else stands between."""


class Site(Struct, frozen=True):
    """One string expression: its span in the source's text, its literal texts, its context."""

    start: int
    end: int
    literals: tuple[str, ...]
    context: Context
    node: ast.expr
    inner: tuple[tuple[str, Context], ...] = ()
    """The literals in the holes of f-strings in it, each with what surrounds it there."""


class Load(Struct, frozen=True):
    """A name that a scope uses: `name`, `name.attribute` or `name["key"]`."""

    name: str
    attribute: str = ""
    key: str = ""


class Outline(Struct, frozen=True):
    """What one module says in strings, and the names by which its parts know one another."""

    sites: tuple[Site, ...]
    executed: frozenset[tuple[Scope, str]]
    """Names that are handed to something that executes SQL, by the scope that does it."""
    loads: tuple[tuple[Scope, Load], ...]
    imports: tuple[tuple[str, str, str], ...]
    """Local name, module as written (dots for relative ones), name in that module or empty."""
    bases: tuple[tuple[str, str], ...]
    """Class and a name of one of its bases."""
    functions: frozenset[str]
    assigned: tuple[tuple[Scope, str, ast.expr], ...]
    """By scope: names and the expressions that they are given, attributes by their last part."""
    parameters: frozenset[tuple[Scope, str]]
    """The parameters of each function, by its own scope."""
    tree: ast.Module
    annotated: tuple[tuple[Scope, str, ast.expr], ...] = ()
    """By scope: names and what they are annotated with; `return` is what a function gives."""
    positional: tuple[tuple[Scope, tuple[str, ...]], ...] = ()
    """The parameters of each function that take arguments by position, in order."""
    returned: tuple[tuple[Scope, ast.expr], ...] = ()
    """What each function returns or yields, by its own scope."""

    def is_executed(self, context: Context) -> bool:
        """Whether an expression reaches something that executes SQL within this module."""
        if context.usage is Usage.EXECUTED:
            return True
        if not context.target:
            return False
        if context.scope.function:
            return (context.scope, context.target) in self.executed
        return any(name == context.target for _, name in self.executed)


NOTHING = Outline((), frozenset(), (), (), (), frozenset(), (), frozenset(), ast.Module([], []))
"""The outline of a file that is no Python."""


def last_part(name: str) -> str:
    """The part of a dotted name after its last dot."""
    return name.rpartition(".")[2]
