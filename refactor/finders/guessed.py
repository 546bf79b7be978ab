"""A table that sqlite-utils guesses by the name of a column: `foreign_keys=("user",)`.

No literal names the table, so there is nothing to change; without the table nothing is guessed.
"""

import ast
from collections.abc import Iterator

from plan.model import folded
from refactor.apis.guessed import may_guess, tables_tried
from refactor.finders.finder import Surroundings
from refactor.outline import Context, Site, last_part
from refactor.references import Evidence, Reason, Reference
from refactor.sql.names import quoted

_LISTED = frozenset({"foreign_keys", "add_foreign_keys"})
_IN_KEY = ((0, 1), (1, 2))
"""Where the table stands in a foreign key that names it."""


def tables_guessed(around: Surroundings) -> Iterator[Reference]:
    """A question for each column by whose name an old table is guessed."""
    if around.outline is None or not may_guess(around.source.text):
        return
    for site in around.outline.sites:
        column = site.node.value if isinstance(site.node, ast.Constant) else None
        if isinstance(column, str) and _is_guessed_by(site.context, around):
            yield from _asked(site, column, around)


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
        and context.argument in {"0", "column"}
        and not within
        and len(call.args) < 2  # noqa: PLR2004 - the column and its table
        and not any(it.arg in {"other_table", None} for it in call.keywords)
    ):
        slot = around.arguments.slot_at(path, scope, call, "other_table")
    else:
        return False
    return slot is not None


def _asked(site: Site, column: str, around: Surroundings) -> Iterator[Reference]:
    guesses = [*tables_tried(folded(column))]
    table = next((it for it in guesses if it in around.legacy.meanings), None)
    if table is None:
        return
    sql = f"SELECT 1 FROM {quoted(table, '')}"
    decision = around.binder.decide(table, sql, around.place(site.context))
    if decision.stays or all(folded(it.new) in guesses for it in decision.meanings):
        return
    says = f"sqlite-utils guesses the table {table} by the name of this column"
    new = decision.meanings[0].new
    yield around.table_reference(
        max(around.source.text.find(column, site.start), site.start),
        column,
        decision.meanings,
        clause="foreign key",
        evidence=(Evidence(Reason.API, says), *decision.evidence),
        question=decision.question or f"{says}: should the foreign key say {new} now?",
        mend=decision.mend if decision.question else f'say so: ("{column}", "{new}", …)',
        blocking=True,
    )
