"""What is written for an expression: the constant that it stands for, or the entries of one."""

import ast
from collections.abc import Iterable, Iterator

from refactor.assignments import (
    is_self,
)
from refactor.callsites import (
    parameters_named,
)
from refactor.definers import Definers
from refactor.openings import At

_TOO_DEEP = 12


class Spellings:
    """Answers what is written in some code for names, attributes and entries."""

    def __init__(self, definers: Definers) -> None:
        """Look where these tell."""
        self._code = definers

    def text(self, node: ast.expr, at: At) -> str | None:
        """The text that a name or an entry stands for, if it is written anywhere."""
        known = self.constant(node, at)
        return known.value if known and isinstance(known.value, str) else None

    def constant(self, node: ast.expr, at: At) -> ast.Constant | None:
        """The one constant that an expression stands for, if that is all that it may be."""
        while isinstance(node, ast.Name) and node.id in at.given:
            if at.module.given(at.around[0], node.id):
                return None
            node, at = at.given[node.id]
        if isinstance(node, ast.Constant):
            return node
        found: list[ast.expr | None] = []
        if isinstance(node, ast.Subscript):
            found += (it for it, _ in self.entries(node.value, node.slice, at))
        elif isinstance(node, ast.Name) and not any(
            parameters_named(it, node.id) for it in at.around
        ):
            found += (it for it, _ in self._code.given_as(node, at))
        elif isinstance(node, ast.Attribute) and is_self(node.value) and at.owner:
            found += self._own(node.attr, *at.owner)
        only = found[0] if len(found) == 1 else None
        return only if isinstance(only, ast.Constant) else None

    def _own(self, attr: str, owner: ast.ClassDef, at: At) -> Iterable[ast.expr | None]:
        """What an attribute is given by a class, or its next base, and by each of its heirs."""
        values: dict[int, ast.expr | None] = {}
        for heir, there in ((owner, at), *self._code.heirs(owner, at)):
            for cls, where in self._code.family(heir, there):
                given = [*where.module.given(cls, attr)]
                for method in where.module.functions_in(cls):
                    given += where.module.given(method, f"self.{attr}")
                values.update((id(it.node), it.value) for it in given)
                if given:
                    break
        return values.values()

    def entries(self, base: ast.expr, key: ast.expr, at: At) -> list[tuple[ast.expr | None, At]]:
        """What a dictionary has under a key, and where that is written."""
        known = self.constant(key, at)
        found: list[tuple[ast.expr | None, At]] = []
        for dictionary, where in self._displays(base, at):
            for name, each in zip(dictionary.keys, dictionary.values, strict=True):
                if not (known and isinstance(name, ast.Constant)) or known.value == name.value:
                    found.append((each, where))
        text = f"{ast.unparse(base)}[{known.value!r}]" if known else ""
        given = at.module.given_anywhere(text) if text else ()
        return [*found, *((it.value, at.within(it.node)) for it in given)]

    def _displays(self, base: ast.expr, at: At) -> Iterator[tuple[ast.Dict, At]]:
        """The dictionaries that an expression may be, as they are written."""
        if at.depth > _TOO_DEEP:
            return
        given: Iterable[tuple[ast.expr | None, At]] = (
            self.entries(base.value, base.slice, at)
            if isinstance(base, ast.Subscript)
            else self._code.given_as(base, at)
        )
        for value, where in given:
            if isinstance(value, ast.Dict):
                yield value, where
            elif isinstance(value, ast.Subscript):
                yield from self._displays(value, where.deeper())
