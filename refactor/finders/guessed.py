"""A table that sqlite-utils guesses by the name of a column: `foreign_keys=("user",)`.

No literal names the table, so there is nothing to change; without the table nothing is guessed.
Nor is there where it makes a table of a column and calls it the same: `extracts=["kind"]`.
The column may be said anywhere: in a constant, a default, a dictionary, another module.
"""

import ast
from collections.abc import Iterator

from plan.model import folded
from refactor.apis.callers import scoped
from refactor.apis.guessed import EXTRACTED, may_guess, tables_tried
from refactor.finders.finder import Surroundings
from refactor.python.outline import Context, Scope, last_part
from refactor.python.syntax import dotted
from refactor.references import Evidence, Reason, Reference
from refactor.sql.names import quoted

_LISTED = frozenset({"foreign_keys", "add_foreign_keys"})
_BY_ITSELF = frozenset({"0", "column"})
_IN_KEY = ((0, 1), (1, 2))
"""Where the table stands in a foreign key that names it."""


def tables_guessed(around: Surroundings) -> Iterator[Reference]:
    """A question for each column by whose name an old table is guessed."""
    text = around.source.text
    extracts, guesses = EXTRACTED in text, may_guess(text)
    if around.outline is None or not (extracts or guesses) or not around.tables.are_made:
        return
    if extracts:
        yield from _extracted(around)
    if not guesses:
        return
    for site in around.outline.sites:
        column = site.node.value if isinstance(site.node, ast.Constant) else None
        if isinstance(column, str) and _is_guessed_by(site.context, around):
            yield from _asked(site.start, column, site.context, around)
    elsewhere = tuple(_said_elsewhere(around.outline.tree, around))
    if elsewhere:
        yield from _flowing(around)
        yield from _of_other_modules(elsewhere, around)


def _extracted(around: Surroundings) -> Iterator[Reference]:
    """A question for each old name by which a table is made of a column, and called after it.

    Where a dictionary that is said elsewhere tells the tables, nobody sees which text is one.
    """
    path = around.source.path
    meanings = around.legacy.meanings
    found = around.flow.handed({EXTRACTED}, lambda text: folded(text) in meanings)
    for name, text, use in found:
        if not isinstance(use.node, ast.Call) or _tells_tables(use.node):
            continue
        argument = Context(
            use.scope, callee=use.callee, argument=EXTRACTED, inside=use.node, key=name
        )
        if around.arguments.slot(path, argument) is not None:
            yield from _asked_extracted(text.start, name, argument, around)


def _tells_tables(call: ast.Call) -> bool:
    """Whether a call itself says for each column what its table is called."""
    return any(it.arg == EXTRACTED and isinstance(it.value, ast.Dict) for it in call.keywords)


def _asked_extracted(
    start: int, name: str, context: Context, around: Surroundings
) -> Iterator[Reference]:
    sql = f"SELECT 1 FROM {quoted(name, '')}"
    decision = around.binder.decide(name, sql, around.place(context))
    if decision.stays:
        return
    says = "sqlite-utils makes a table of a column here"
    new = decision.meanings[0].new
    yield around.table_reference(
        max(around.source.text.find(name, start), start),
        name,
        decision.meanings,
        clause=EXTRACTED,
        evidence=(Evidence(Reason.API, says), *decision.evidence),
        question=decision.question or f"{says}: is {name} its name, that should be {new} now?",
        mend=decision.mend if decision.question else f'say so: {{"{name}": "{new}"}}',
        blocking=True,
    )


def _flowing(around: Surroundings) -> Iterator[Reference]:
    """A question for each column that the module says somewhere, and hands on."""

    def may_be(column: str) -> bool:
        return _guess(column, around) is not None

    for column, text, use in around.flow.handed(_LISTED | _BY_ITSELF, may_be):
        if not isinstance(use.node, ast.Call):
            continue
        for place in use.places:
            context = Context(
                use.scope,
                callee=use.callee,
                argument=use.argument,
                inside=use.node,
                within=place,
            )
            if _is_guessed_by(context, around):
                yield from _asked(text.start, column, context, around)


def _of_other_modules(
    elsewhere: tuple[tuple[Scope, ast.expr, bool], ...], around: Surroundings
) -> Iterator[Reference]:
    """A question where a column arrives that another module says."""
    path = around.source.path
    for scope, node, is_list in elsewhere:
        for found in around.spelled.texts(path, scope, node):
            column, at = found.text, around.lines.offset(node.lineno, node.col_offset)
            if found.path != path and found.depth == int(is_list):
                yield from _asked(at, column, Context(scope), around, written=ast.unparse(node))


def _said_elsewhere(
    tree: ast.Module, around: Surroundings
) -> Iterator[tuple[Scope, ast.expr, bool]]:
    """What calls get for columns that does not stand there, and whether it is a list of them."""
    for scope, node in scoped(tree):
        if not isinstance(node, ast.Call):
            continue
        arguments = [(it.arg or "", it.value) for it in node.keywords]
        arguments += [(str(at), it) for at, it in enumerate(node.args[:1])]
        for name, value in arguments:
            if name in _LISTED or not name:
                within: tuple[tuple[int, int], ...] = ((0, 1),)
            elif name in _BY_ITSELF and last_part(dotted(node.func)) == "add_foreign_key":
                within = ()
            else:
                continue
            context = Context(
                scope,
                callee=dotted(node.func),
                argument=name or "foreign_keys",
                inside=node,
                within=within,
            )
            if not _is_spelled(value) and _is_guessed_by(context, around):
                yield scope, value, bool(within)


def _is_spelled(node: ast.expr) -> bool:
    """Whether all that an expression gives is said where it stands."""
    match node:
        case ast.List(elts=items) | ast.Tuple(elts=items) | ast.Set(elts=items):
            return all(map(_is_spelled, items))
    return isinstance(node, ast.Constant)


def _is_guessed_by(context: Context, around: Surroundings) -> bool:
    """Whether a column's name is all that a call says of a foreign key."""
    call, within = context.inside, context.within
    if not isinstance(call, ast.Call) or within is None or context.key:
        return False
    path, scope = around.source.path, context.scope
    if context.argument in _LISTED and len(within) == 1:
        slot = around.arguments.slot_at(path, scope, call, context.argument, _IN_KEY)
    elif (
        last_part(context.callee) == "add_foreign_key"
        and context.argument in _BY_ITSELF
        and not within
        and len(call.args) < 2  # noqa: PLR2004 - the column and its table
        and not any(it.arg in {"other_table", None} for it in call.keywords)
    ):
        slot = around.arguments.slot_at(path, scope, call, "other_table")
    else:
        return False
    return slot is not None


def _guess(column: str, around: Surroundings) -> str | None:
    """The old table that is guessed by the name of a column."""
    tried = tables_tried(folded(column))
    return next((it for it in tried if it in around.legacy.meanings), None)


def _asked(
    start: int, column: str, context: Context, around: Surroundings, written: str = ""
) -> Iterator[Reference]:
    table = _guess(column, around)
    if table is None:
        return
    sql = f"SELECT 1 FROM {quoted(table, '')}"
    decision = around.binder.decide(table, sql, around.place(context))
    guesses = {*tables_tried(folded(column))}
    if decision.stays or all(folded(it.new) in guesses for it in decision.meanings):
        return
    named = f"{column}, the name of a column here" if written else "the name of this column"
    says = f"sqlite-utils guesses the table {table} by {named}"
    new = decision.meanings[0].new
    yield around.table_reference(
        start if written else max(around.source.text.find(column, start), start),
        written or column,
        decision.meanings,
        clause="foreign key",
        evidence=(Evidence(Reason.API, says), *decision.evidence),
        question=decision.question or f"{says}: should the foreign key say {new} now?",
        mend=decision.mend if decision.question else f'say so: ("{column}", "{new}", …)',
        blocking=True,
    )
