"""What a connection was opened on, and where the expression stands that is followed to it."""

import ast
from collections.abc import Iterable, Mapping

from msgspec import Struct, field
from msgspec.structs import replace

from refactor.python.assignments import FUNCTIONS, Module
from refactor.python.outline import Scope

TOO_DEEP = 12
"""So far a name is followed, and no further."""
MOST_FILES = 20
"""So many modules are read at most that hold a name: a name in more says too little."""


class Opened(Struct, frozen=True):
    """The databases on which a connection may have been opened."""

    databases: frozenset[str] = frozenset()
    """Databases of the plan."""
    others: frozenset[str] = frozenset()
    """Files that are none of them, and what other systems open, in words."""
    whole: bool = False
    """Whether these are all that it may be."""
    foreign: bool = False
    """Whether it may be one that is given to the function, by nobody in this code."""
    hidden: bool = False
    """Whether it is seen to be opened, on what cannot be followed."""
    lost: bool = False
    """Whether a statement is seen to be executed, on what cannot be followed at all."""
    unsaid: bool = False
    """Whether that is said by whoever starts the program: in its environment, or as an argument."""
    usual: bool = False
    """Whether one of them is only what a setting is by default that is not in the code."""
    default: bool = False
    """Whether one of them is only what it is unless whoever starts the program says another."""
    memory: bool = False
    """Whether it is in memory for certain: of no file, and with no tables but its own."""

    made_up: bool = False
    """Whether these are files of a test's own, for what it tests: what that opens itself counts."""

    @property
    def files(self) -> frozenset[str]:
        """All of them, of the plan or not."""
        return self.databases | self.others


UNKNOWN = Opened()
FOREIGN = Opened(foreign=True)
NOTHING = Opened(whole=True)
HIDDEN = Opened(hidden=True)
UNSAID = Opened(hidden=True, unsaid=True)
USUAL = Opened(usual=True)


class At(Struct, frozen=True):
    """Where an expression stands, and what is given to the function around it."""

    module: Module
    around: tuple[ast.AST, ...]
    """The functions and classes around it, the innermost first."""
    given: Mapping[str, tuple[ast.expr, "At"]] = field(default_factory=dict)
    depth: int = 0
    level: int = 0
    """How many callers have been followed."""
    self_class: "tuple[ast.ClassDef, At] | None" = None
    """What `self` is an object of, where that is an heir of the class around."""
    given_to: ast.AST | None = None
    """The function around it that was given something, if it is not the innermost."""

    @property
    def scope(self) -> Scope:
        """The innermost function with its class, as the outline calls them."""
        owners = [it.name for it in self.around if isinstance(it, ast.ClassDef)]
        functions = [it.name for it in self.around if isinstance(it, FUNCTIONS)]
        return Scope(owners[0] if owners else "", ".".join(reversed(functions)))

    def deeper(self) -> "At":
        """The same, one step further on the way."""
        return replace(self, depth=self.depth + 1)

    def within(self, node: ast.AST) -> "At":
        """The same, for what stands somewhere else in its module."""
        around = self.module.around(node)
        return At(self.module, around, {}, self.depth + 1, self.level, self.self_class)

    @property
    def owner(self) -> "tuple[ast.ClassDef, At] | None":
        """The class whose object `self` is."""
        mine = next((it for it in self.around if isinstance(it, ast.ClassDef)), None)
        return self.self_class or ((mine, self) if mine else None)


def union(found: Iterable[Opened]) -> Opened:
    """Those of all of them; whole if each is."""
    items = list(found)
    if any(it.databases for it in items):
        items = [it for it in items if not it.made_up]
    return Opened(
        frozenset().union(*(it.databases for it in items)),
        frozenset().union(*(it.others for it in items)),
        bool(items) and all(it.whole for it in items),
        any(it.foreign for it in items),
        any(it.hidden for it in items),
        unsaid=any(it.unsaid for it in items),
        usual=any(it.usual for it in items),
        default=any(it.default for it in items),
        made_up=any(it.made_up for it in items) and all(it.made_up for it in items if it.files),
    )
