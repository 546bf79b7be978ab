"""Statements before and after: what SQLite compiled today, it compiles on the new schema too."""

from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass

from refactor.oracle import Oracle, Verdict
from refactor.references import Kind, Reference
from refactor.sql.names import HOLE, statements
from refactor.strings import Text


@dataclass(frozen=True, slots=True)
class StatementProof:
    """One rewritten statement: what SQLite said of it before, and says after."""

    line: int
    before: Verdict
    after: Verdict
    says: str
    """SQLite's reason, where it refuses."""
    filled: bool
    """Whether holes had to be filled."""

    @property
    def holds(self) -> bool:
        """Whether the statement is no worse off than before."""
        return self.before is not Verdict.COMPILES or self.after is Verdict.COMPILES


def proofs_of(
    texts: Iterable[Text],
    changed: Iterable[Reference],
    references: Iterable[Reference],
    oracle: Oracle,
    attached: Callable[[Text, str], Mapping[str, str]],
) -> Iterator[StatementProof]:
    """Compile each statement that a file's edits touch, before and after.

    Args:
        texts: the file's texts that hold references.
        changed: the references that are edited.
        references: all of the file's; those that are withheld get their names later, so a
            statement is judged as it will be once it has them all.
        oracle: who judges.
        attached: the databases that a statement of a text names by a schema.
    """
    edits = {item.start: item for item in changed}
    named = {it.start: it for it in (*references, *edits.values()) if it.kind is Kind.TABLE}
    for text in texts:
        mine = [(index, named[start]) for index, start in enumerate(text.starts) if start in named]
        for span in statements(text.text):
            inside = [(i, it) for i, it in mine if span.start <= i < span.end]
            if not any(it.start in edits for _, it in inside) or span.verb == "CREATE":
                continue  # what is there cannot be created again
            if all(it.certain for _, it in inside):
                schemas = attached(text, text.text[span.start : span.end])
                yield _proof(text, span.start, span.end, inside, oracle, schemas)


def _proof(
    text: Text,
    start: int,
    end: int,
    edits: Sequence[tuple[int, Reference]],
    oracle: Oracle,
    attached: Mapping[str, str],
) -> StatementProof:
    before = text.text[start:end]
    databases = dict.fromkeys(name for _, it in edits for name in it.databases)
    if attached:  # what is not qualified may be a table of any other database
        databases |= dict.fromkeys(oracle.tables())
    today = {database: oracle.today(before, database, attached) for database in databases}
    compiling = (it for it in today if today[it].verdict is Verdict.COMPILES)
    main = next(compiling, next(iter(databases)))
    best = today[main]
    after = oracle.tomorrow(_edited(text.text, start, end, edits), main, attached)
    return StatementProof(
        line=edits[0][1].line,
        before=best.verdict,
        after=after.verdict,
        says=after.says or best.says,
        filled=HOLE in before,
    )


def _edited(text: str, start: int, end: int, edits: Sequence[tuple[int, Reference]]) -> str:
    pieces = []
    for index, reference in edits:
        # A quote that the literal has to escape is a plain one to SQLite.
        new = (reference.new or reference.old).replace('\\"', '"')
        pieces += [text[start:index], new]
        start = index + len(reference.old)
    return "".join([*pieces, text[start:end]])
