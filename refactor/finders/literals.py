"""A literal that is nothing but a table's name, and may travel into SQL."""

from plan.model import folded
from refactor.finders.finder import Finder, Found, Ignored, Surroundings
from refactor.legacy import Fate
from refactor.outline import Usage
from refactor.references import Kind, Reference
from refactor.strings import Text

_NO_NAMES = frozenset({Usage.DISPLAYED, Usage.DOCUMENTATION})


def names_alone(text: Text, around: Surroundings) -> Found | None:
    """A bare name, where the module puts names together with SQL at run time."""
    meanings = around.legacy.meanings.get(folded(text.text))
    if meanings is None:
        return None
    if text.context.usage in _NO_NAMES:
        return Ignored("prose")
    compared = text.context.usage is Usage.COMPARED and around.reads_catalog(text.context)
    if not compared and not around.builds_names():
        return Ignored("a literal that nothing in its module puts into SQL")
    at = text.place(0, len(text.text))
    start = text.start if at is None else at
    line, column = around.lines.place(start)
    what = "compared with the tables that exist" if compared else "put into SQL as a table's name"
    return (
        Reference(
            path=around.source.path,
            line=line,
            column=column,
            start=start,
            old=text.text,
            new=None,
            kind=Kind.TABLE,
            group=meanings[0].old,
            databases=tuple(item.database for item in meanings if item.fate is Fate.MOVES),
            clause="literal",
            question=f"is this literal {what}?",
            mend="follow the literal, and change it by hand if it is",
            blocking=text.context.usage is not Usage.KEY,
        ),
    )


FINDER = Finder(
    name="literal",
    find=names_alone,
    finds=('for t in ("old", "z"):\n    db.execute(f"DELETE FROM {t}")',),
    ignores=('parser.add_parser("old")', 'x = {"old": 1}'),
)
