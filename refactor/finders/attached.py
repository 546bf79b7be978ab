"""The path in an ATTACH, `ATTACH DATABASE 'data/old.db' AS other`, or in what DuckDB reads.

Also where a copy is written to, `VACUUM INTO 'data/old.db'`: SQLite refuses if a file is there, as
that of the target may be. So it is asked.
"""

from collections.abc import Iterator

from msgspec.structs import replace

from refactor.databases.attachments import attached_in
from refactor.finders.finder import Surroundings
from refactor.finders.paths import database_paths
from refactor.finders.scanned import may_scan, scans_in
from refactor.python.outline import Usage
from refactor.python.strings import Text
from refactor.references import Reference
from refactor.sql.names import HOLE, statements
from refactor.sql.tokens import Kind, Token, significant_tokens, upper

_MEND = "write the path that the copy should have: no file may be there"
_PROSE = frozenset({Usage.DISPLAYED, Usage.DOCUMENTATION})


def attached_paths(text: Text, around: Surroundings) -> tuple[Reference, ...]:
    """The databases that move and that a text's SQL attaches or scans by their path."""
    if text.context.usage in _PROSE:
        return ()
    named: list[tuple[Token, int]] = []
    lowered = text.text.lower()
    written = [*_written_in(text.text)] if "vacuum" in lowered else []
    if "attach" in lowered:
        named += (what for what, _ in attached_in(text.text))
    if may_scan(text.text):
        named += ((given[0], 0) for _, given in scans_in(text.text))
    if not named and not written:
        return ()
    found = [it for what in named for it in _paths(text, *what, around)]
    copies = [it for what in written for it in _paths(text, *what, around)]
    return (*found, *map(_asked, copies))


def _written_in(sql: str) -> Iterator[tuple[Token, int]]:
    """Where to each VACUUM of a text writes a copy, and where its statement starts."""
    for span in statements(sql):
        tokens = significant_tokens(sql[span.start : span.end]) if span.verb == "VACUUM" else ()
        into = [at for at, it in enumerate(tokens) if upper(it.text) == "INTO"]
        yield from ((it, span.start) for at in into for it in tokens[at + 1 : at + 2])


def _asked(reference: Reference) -> Reference:
    question = reference.question or "VACUUM writes a copy there: what should this code write?"
    return replace(reference, new=None, question=question, mend=_MEND, blocking=True)


def _paths(text: Text, token: Token, start: int, around: Surroundings) -> Iterator[Reference]:
    """The path between the quotes, judged as if it were a literal of its own."""
    if not token.quote or token.kind not in (Kind.STRING, Kind.QUOTED):
        return
    first, last = start + token.start + 1, start + token.end - 1
    skipped = text.text[:first].count(HOLE)
    inside = replace(
        text,
        text=text.text[first:last],
        starts=text.starts[first:last],
        holes=text.holes[skipped : skipped + text.text[first:last].count(HOLE)],
        context=replace(text.context, joined_to=None),
    )
    found = database_paths(inside, around) if inside.text else None
    if isinstance(found, tuple):
        yield from found
