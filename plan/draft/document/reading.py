"""A document, block by block, becomes the statements that it makes."""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass, field, replace

from plan.draft.document.claims import (
    Asked,
    Mention,
    OfDatabase,
    OfTable,
    OfTarget,
    Said,
    Statement,
    Unread,
)
from plan.draft.document.domains import domain_of, one_line
from plan.draft.document.fates import fates_in
from plan.draft.document.grids import said_in, said_of_grid, understood
from plan.draft.document.lists import lists_in
from plan.draft.document.outline import Block, Context, Grid, Line, Row, Text, Verbatim, outline_of
from plan.draft.document.remarks import remark_after
from plan.draft.document.renames import renames_in
from plan.draft.document.sqlblocks import renames_of_block
from plan.draft.document.surroundings import database_of
from plan.draft.document.tokens import Kind, databases_in, tokens_of
from plan.draft.document.vocabulary import forms
from plan.draft.document.wishes import code_in, keys_of_question, wishes_in
from plan.draft.document.words import HEDGES, MAYBE, NEGATIONS, has, words_in

_OF_PEOPLE = ("", "text", "txt", "plain")
"""What a block says to be, that may hold notes and not commands."""
_EXCEPT = forms("except excepting excluding save apart only")
_QUESTIONS = forms("question questions undecided tbd unresolved")
_OPEN_POINTS = forms("points issues items decisions matters")
_LABEL = 4
_NEXT = 3
_ASIDE = forms(
    "rejected alternatives alternative considered history discarded abandoned superseded ideas",
    "rollback revert fallback example examples changelog non-goals non-goal nongoals",
)
_TELLING = (Kind.DATABASE, Kind.NAME, Kind.ARROW)
_OF_NAMES = forms(
    "rename renames renamed renaming table tables name names naming mapping mappings domain",
    "domains copy merge merges phase",
)


def read_document(text: str) -> tuple[Statement, ...]:
    """All that a document states, in its order; what only looks like a statement is unread."""
    reader = _Reader(outline_of(text))
    return tuple(reader.statements())


@dataclass(slots=True)
class _Reader:
    """Reads line by line; which lists have said something is known at the end only."""

    blocks: Sequence[Block]
    silent: list[Line] = field(default_factory=list)
    telling: set[int] = field(default_factory=set)

    def statements(self) -> Iterator[Statement]:
        for block in self.blocks:
            match block:
                case Line():
                    yield from self._line(block)
                case Grid():
                    yield from _grid(block)
                case Verbatim():
                    yield from _verbatim(block)
        yield from self._unread()

    def _line(self, line: Line) -> Iterator[Statement]:
        said = Said(line.text.line, one_line(line.text.plain))
        if line.kind == "paragraph" and _looks_like_rows(line.text):
            yield Unread(said, "a table without its line of dashes, or without its header")
            return
        found = [] if set_aside(line.context) else list(_of_line(line, said))
        if line.kind == "item":
            if not all(isinstance(it, Mention) for it in found):
                self.telling.add(line.group)
            elif line.text.plain and not line.parent:
                self.silent.append(line)
        yield from found

    def _unread(self) -> Iterator[Statement]:
        """Items that said nothing, in lists that did, or that name a database or a table."""
        for line in self.silent:
            tokens = tokens_of(line.text)
            names = any(it.code or it.kind in _TELLING for it in tokens)
            names = names or database_of(line.context) is not None
            if line.group in self.telling or names:
                yield Unread(Said(line.text.line, one_line(line.text.plain)))


def _of_line(line: Line, said: Said) -> Iterator[Statement]:
    if line.kind == "heading":
        # What was the paragraph before it says nothing of what it heads.
        yield from fates_in(line.text, replace(line.context, lead=None), said, listed=True)
        return
    asks = asks_below(line.context)
    if asks and line.kind == "item":
        yield _asked(line.text, said, listed=True)
        return
    for sentence in [line.text] if line.kind == "item" else _sentences(line.text):
        here = Said(sentence.line, one_line(sentence.plain))
        if _is_question(sentence):
            asked = _asked(sentence, here, listed=asks)
            if asks or asked.databases or asked.keys or asked.names:
                yield asked
            continue
        yield from _of_sentence(line, sentence, here)


def _of_sentence(line: Line, sentence: Text, said: Said) -> Iterator[Statement]:
    listed = line.kind == "item"
    tables = list(_renames(line, sentence, said))
    # A table may be called *moves*, so what renames one says nothing of a file.
    clauses = [sentence] if listed else _clauses(sentence)
    fates = [it for part in clauses for it in fates_in(part, line.context, said, listed=listed)]
    found = [it for it in fates if not tables or isinstance(it, OfTarget)]
    if not tables and not found and (listed or _is_labelled(sentence)):
        tables = list(lists_in(sentence, line.context, said))
    yield from found
    yield from tables
    if not tables and any(isinstance(it, OfDatabase) for it in found) and _excepts(sentence):
        yield Unread(said, "what it says of tables")
    for token in databases_in(tokens_of(sentence)):
        yield Mention(token.value, said)
    for part in _sentences(sentence) if listed else [sentence]:
        yield from wishes_in(part, said)


def _excepts(text: Text) -> bool:
    """Whether it leaves out a table of a file: "merge `a.db`, but not `t`"."""
    tokens = tokens_of(text)
    return has((token.word for token in tokens), _EXCEPT) or any(
        token.kind is Kind.NAME and has((it.word for it in tokens[:at]), NEGATIONS)
        for at, token in enumerate(tokens)
    )


def _clauses(text: Text) -> Iterator[Text]:
    """The parts of a sentence between semicolons."""
    start = 0
    for token in tokens_of(text):
        if token.kind is Kind.MARK and token.value == ";":
            yield text.part(start, token.start)
            start = token.end
    yield text.part(start, len(text.plain))


def _is_labelled(text: Text) -> bool:
    """Whether it begins with a label, as in `**Skip**: a, b`."""
    start, end = next(iter(text.bold), (1, 0))
    return start == 0 and text.plain[:end].count(" ") < _LABEL and ":" in text.plain[: end + 1]


def _renames(line: Line, text: Text, said: Said) -> Iterator[Statement]:
    tokens = tokens_of(text)
    words = [token.word for token in tokens]
    pairs = renames_in(text)
    if not pairs:
        return
    before = [token.word for token in tokens if token.end <= pairs[0].end]
    behind = [token.word for token in tokens if token.start >= pairs[-1].end][:_NEXT]
    doubtful = has(before, NEGATIONS | MAYBE) or has(behind, MAYBE | {"not"})
    if doubtful or (line.kind != "item" and has(words, HEDGES)):
        yield Unread(said, "whether this is a rename is not clear")
        return
    above = [word for it in line.context.nearest() for word in words_in(it.plain)]
    place = database_of(line.context)
    for pair in pairs:
        if line.kind != "item" and not pair.verb:
            if pair.start == 0:
                yield Unread(said, "it is no item of a list, so maybe no rename")
            continue
        remark = remark_after(text, pair.end) if len(pairs) == 1 else None
        yield OfTable(
            old=pair.old,
            said=said,
            new=pair.new,
            database=pair.databases[0] if len(pair.databases) == 1 else place,
            unclear_database=len(pair.databases) > 1,
            aside="" if pair.databases else pair.aside,
            inherited=not pair.databases,
            about=remark.about if remark and line.kind == "item" else "",
            domain=None if place and line.context.items else domain_of(line.context),
            joins=bool(remark and remark.joins),
            rule=remark.rule if remark else None,
            compat=remark.compat if remark else None,
            firm=not pair.dotted and (pair.verb or has(above, _OF_NAMES)),
        )


def asks_below(context: Context) -> bool:
    """Whether this is a list of open questions."""
    for heading in context.headings[-2:]:
        words = words_in(heading.plain)
        if has(words, _QUESTIONS) or ("open" in words and has(words, _OPEN_POINTS)):
            return True
    return False


def set_aside(context: Context) -> bool:
    """Whether this stands under what was not decided: rejected, out of scope, or for later."""
    for heading in context.headings[1:]:
        words = words_in(heading.plain)
        phrase = " ".join(words)
        if has(words, _ASIDE) or "out of scope" in phrase or phrase.startswith("future work"):
            return True
    return False


def _is_question(text: Text) -> bool:
    return any(token.value == "?" for token in tokens_of(text))


def _asked(text: Text, said: Said, *, listed: bool) -> Asked:
    tokens = tokens_of(text)
    return Asked(
        said,
        databases=tuple(dict.fromkeys(token.value for token in databases_in(tokens))),
        names=tuple(token.value for token in tokens if token.kind is Kind.NAME),
        folders=tuple(token.value for token in tokens if token.kind is Kind.FOLDER),
        keys=keys_of_question(tokens),
        listed=listed,
    )


def _sentences(text: Text) -> Iterator[Text]:
    """The sentences of a paragraph, and its lines where each begins with a bold label."""
    start = 0
    starts = {a for a, _ in text.bold}
    for token in tokens_of(text):
        ends = token.kind is Kind.MARK and token.value in ".?!" and not token.code
        if ends:
            yield text.part(start, token.end)
            start = token.end
        elif token.start in starts and "\n" in text.plain[start : token.start]:
            yield text.part(start, token.start)
            start = token.start
    if text.plain[start:].strip():
        yield text.part(start, len(text.plain))


def _grid(grid: Grid) -> Iterator[Statement]:
    if set_aside(grid.context):
        if understood(grid):
            yield Unread(Said(grid.line, "a table"), "its heading says that it is not decided")
        return
    if understood(grid):
        yield from said_of_grid(grid)
        return
    found = [it for row in grid.rows for it in _of_row(grid, row)]
    yield from found
    cells = (*grid.header, *(cell for row in grid.rows for cell in row.cells))
    tokens = [it for cell in cells for it in tokens_of(cell)]
    if not found and any(it.kind in (Kind.DATABASE, Kind.NAME) for it in tokens):
        heads = ", ".join(one_line(head.plain) for head in grid.header if head.plain)
        said = Said(grid.line, f"a table with the columns {heads}")
        yield Unread(said, "its columns are not known")


def _of_row(grid: Grid, row: Row) -> Iterator[Statement]:
    """What a row says, cell by cell, of a table whose columns mean nothing to a plan."""
    for cell in row.cells:
        if asks_below(grid.context) or _is_question(cell):
            asked = _asked(cell, Said(row.line, one_line(cell.plain)), listed=False)
            if asked.databases or asked.keys or asked.names:
                yield asked
        else:
            yield from wishes_in(cell, said_in(row))
    yield from _uses(grid, row)


def _uses(grid: Grid, row: Row) -> Iterator[Statement]:
    """A row with a file of the code and the database that it uses."""
    heads = [word for head in grid.header for word in words_in(head.plain)]
    tokens = [token for cell in row.cells for token in tokens_of(cell)]
    yield from code_in(tokens, heads, said_in(row))


def _verbatim(block: Verbatim) -> Iterator[Statement]:
    if not block.closed:
        what = "a block of code begins here and does not end"
        yield Unread(Said(block.line, what), "all after it is taken for code")
        return
    yield from renames_of_block(block.language, block.text, block.line + 1)
    names = (it.kind is Kind.DATABASE for it in tokens_of(Text(block.text, block.line)))
    if block.language in _OF_PEOPLE and any(names):
        yield Unread(Said(block.line, "a block of code that names databases"))
    if block.language == "html" and "<t" in block.text.lower():
        yield Unread(Said(block.line, "HTML"), "only Markdown is read")


def _looks_like_rows(text: Text) -> bool:
    lines = text.plain.split("\n")
    return any(line.count("|") > 1 for line in lines)
