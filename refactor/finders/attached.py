"""The path in an ATTACH, `ATTACH DATABASE 'data/old.db' AS other`, or in what DuckDB reads."""

from collections.abc import Iterator

from msgspec.structs import replace

from refactor.attachments import attached_in
from refactor.finders.finder import Surroundings
from refactor.finders.paths import database_paths
from refactor.finders.scanned import may_scan, scans_in
from refactor.outline import Usage
from refactor.references import Reference
from refactor.sql.names import HOLE
from refactor.sql.tokens import Kind, Token
from refactor.strings import Text

_PROSE = frozenset({Usage.DISPLAYED, Usage.DOCUMENTATION})


def attached_paths(text: Text, around: Surroundings) -> tuple[Reference, ...]:
    """The databases that move and that a text's SQL attaches or scans by their path."""
    if text.context.usage in _PROSE:
        return ()
    named: list[tuple[Token, int]] = []
    if "attach" in text.text.lower():
        named += (what for what, _ in attached_in(text.text))
    if may_scan(text.text):
        named += ((given[0], 0) for _, given in scans_in(text.text))
    return tuple(
        reference
        for token, start in named
        if token.quote and token.kind in (Kind.STRING, Kind.QUOTED)
        for reference in _paths(text, start, token, around)
    )


def _paths(text: Text, start: int, token: Token, around: Surroundings) -> Iterator[Reference]:
    """The path between the quotes, judged as if it were a literal of its own."""
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
