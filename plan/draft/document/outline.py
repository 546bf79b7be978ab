"""The only door to markdown-it-py: a Markdown document as headings, lines and tables, in order."""

from collections.abc import Iterator
from dataclasses import dataclass, field, replace

from markdown_it import MarkdownIt
from markdown_it.token import Token
from markdown_it.tree import SyntaxTreeNode

from plan.draft.document.vocabulary import forms

_PSEUDO_LEVEL = 7
"""Below all real headings: a paragraph that is nothing but bold text."""
_FRONT_MATTER = "---"
_TAGS = forms(
    "a abbr b br code del details div em i img ins kbd li mark p s small span strong sub summary",
    "sup td th tr u ul wbr",
)


@dataclass(frozen=True, slots=True)
class Text:
    """A run of inline text without its markup; which parts were code or bold is kept."""

    plain: str
    line: int
    codes: tuple[tuple[int, int], ...] = ()
    """Where code is, as offsets."""
    bold: tuple[tuple[int, int], ...] = ()

    def line_at(self, offset: int) -> int:
        """The document's line of that place."""
        return self.line + self.plain.count("\n", 0, offset)

    def part(self, start: int, end: int) -> "Text":
        """A piece of it, without spaces around."""
        piece = self.plain[start:end]
        start += len(piece) - len(piece.lstrip())
        end = start + len(piece.strip())

        def within(spans: tuple[tuple[int, int], ...]) -> tuple[tuple[int, int], ...]:
            cut = ((max(a, start) - start, min(b, end) - start) for a, b in spans)
            return tuple((a, b) for a, b in cut if a < b)

        return Text(
            self.plain[start:end], self.line_at(start), within(self.codes), within(self.bold)
        )


@dataclass(frozen=True, slots=True)
class Context:
    """What a line or a table stands under."""

    headings: tuple[Text, ...] = ()
    """From the outermost to the innermost."""
    items: tuple[Text, ...] = ()
    """The list items that it is in, likewise."""
    lead: Text | None = None
    """The paragraph right before it, which may introduce it."""

    def nearest(self) -> Iterator[Text]:
        """What it stands under, the closest first."""
        yield from reversed(self.items)
        if self.lead is not None:
            yield self.lead
        yield from reversed(self.headings)


@dataclass(frozen=True, slots=True)
class Line:
    """A heading, a paragraph, or the first paragraph of a list item."""

    kind: str
    """heading, paragraph or item."""
    text: Text
    context: Context
    group: int = 0
    """Of an item: a number that it shares with the items of its list."""
    parent: bool = False
    """Of an item: whether others are below it."""


@dataclass(frozen=True, slots=True)
class Row:
    """One row of a table."""

    line: int
    cells: tuple[Text, ...]


@dataclass(frozen=True, slots=True)
class Grid:
    """A table."""

    header: tuple[Text, ...]
    rows: tuple[Row, ...]
    line: int
    context: Context


@dataclass(frozen=True, slots=True)
class Verbatim:
    """A block of code, or of HTML."""

    language: str
    text: str
    line: int
    closed: bool


Block = Line | Grid | Verbatim


def outline_of(text: str) -> tuple[Block, ...]:
    """Everything in a document, from its beginning to its end; comments in HTML are not in it."""
    tree = SyntaxTreeNode(_parser().parse(_without_front_matter(text)))
    return tuple(_Walk(text.count("\n") + 1).blocks(tree.children, Context()))


def _parser() -> MarkdownIt:
    return MarkdownIt("commonmark").enable(["table", "strikethrough"])


def _without_front_matter(text: str) -> str:
    """The document with empty lines for the settings that some tools keep at its beginning."""
    lines = text.split("\n")
    if lines[0].rstrip() != _FRONT_MATTER:
        return text
    for number, line in enumerate(lines[1:], 1):
        if line.rstrip() == _FRONT_MATTER:
            return "\n".join([""] * (number + 1) + lines[number + 1 :])
        if not line.strip() and number == 1:
            return text
    return text


@dataclass(slots=True)
class _Walk:
    """The walk down the document; it knows the headings above where it is."""

    lines: int
    headings: list[tuple[int, Text]] = field(default_factory=list)
    groups: int = 0

    def blocks(self, nodes: list[SyntaxTreeNode], above: Context) -> Iterator[Block]:
        lead: Text | None = None
        for node in nodes:
            here = replace(above, headings=self._titles(), lead=lead or above.lead)
            lead = None
            match node.type:
                case "heading":
                    text = text_of(node)
                    self._open(int(node.tag[1]), text)
                    yield Line("heading", text, replace(here, headings=self._titles()[:-1]))
                case "paragraph":
                    lead = text_of(node)
                    yield Line("paragraph", lead, here)
                    if not above.items and _all_bold(lead):
                        self._open(_PSEUDO_LEVEL, lead)
                case "table":
                    yield _grid(node, here)
                case "bullet_list" | "ordered_list":
                    self.groups += 1
                    yield from self._items(node, here, self.groups)
                case "fence" | "code_block" | "html_block":
                    yield from self._verbatim(node)
                case _:  # a quotation
                    yield from self.blocks(node.children, above)

    def _titles(self) -> tuple[Text, ...]:
        return tuple(text for _, text in self.headings)

    def _open(self, level: int, text: Text) -> None:
        self.headings = [(n, t) for n, t in self.headings if n < level]
        self.headings.append((level, text))

    def _items(self, node: SyntaxTreeNode, here: Context, group: int) -> Iterator[Block]:
        for item in node.children:
            first = next(iter(item.children), None)
            if first is None or first.type != "paragraph":
                yield from self.blocks(item.children, here)
                continue
            text = _without_box(text_of(first))
            rest = item.children[1:]
            yield Line("item", text, here, group, parent=any(_is_list(n) for n in rest))
            yield from self.blocks(rest, replace(here, items=(*here.items, text), lead=None))

    def _verbatim(self, node: SyntaxTreeNode) -> Iterator[Block]:
        start, end = node.map or (0, 0)
        if node.type == "html_block" and node.content.lstrip().startswith("<!--"):
            return
        closed = node.type != "fence" or node.content.count("\n") + 2 <= end - start
        language = "html" if node.type == "html_block" else node.info.strip().lower()
        yield Verbatim(language, node.content, start + 1, closed)


def _is_list(node: SyntaxTreeNode) -> bool:
    return node.type in ("bullet_list", "ordered_list")


def _all_bold(text: Text) -> bool:
    bold = sum(end - start for start, end in text.bold)
    return bool(text.bold) and bold >= len(text.plain.strip().rstrip(":").strip())


def _without_box(text: Text) -> Text:
    """The text without the box of a task list."""
    boxed = text.plain[:4].lower() in ("[ ] ", "[x] ")
    return text.part(4, len(text.plain)) if boxed else text


def _grid(node: SyntaxTreeNode, here: Context) -> Grid:
    rows = [
        Row((row.map or (0, 0))[0] + 1, tuple(_cell(cell, row) for cell in row.children))
        for part in node.children
        for row in part.children
    ]
    header, *body = rows
    return Grid(header.cells, tuple(body), header.line, here)


def _cell(cell: SyntaxTreeNode, row: SyntaxTreeNode) -> Text:
    return replace(text_of(cell), line=(row.map or (0, 0))[0] + 1)


def text_of(node: SyntaxTreeNode) -> Text:
    """The inline text below a node, markup removed; what is struck out is gone."""
    line = (node.map or (0, 0))[0] + 1
    inline = next((child for child in node.children if child.type == "inline"), None)
    tokens = inline.token.children if inline and inline.token else None
    return _joined(tokens or [], line)


def _joined(tokens: list[Token], line: int) -> Text:
    parts: list[str] = []
    codes: list[tuple[int, int]] = []
    bold: list[tuple[int, int]] = []
    at = since = deep = struck = 0
    for token in tokens:
        struck += {"s_open": 1, "s_close": -1}.get(token.type, 0)
        if token.type == "strong_open":
            since = since if deep else at
            deep += 1
        elif token.type == "strong_close":
            deep -= 1
            bold += [] if deep else [(since, at)]
        said = "" if struck else _said(token)
        if said and token.type == "code_inline":
            codes.append((at, at + len(said)))
        parts.append(said)
        at += len(said)
    whole = Text("".join(parts), line, tuple(codes), tuple(bold))
    return whole.part(0, len(whole.plain))


def _said(token: Token) -> str:
    match token.type:
        case "text" | "code_inline" | "text_special":
            return token.content
        case "softbreak":
            return "\n"
        case "hardbreak":
            return "\n"
        case "image":
            return token.content
        case "html_inline":
            return _tag_said(token.content)
    return ""


def _tag_said(tag: str) -> str:
    """Nothing for a comment or for markup; `<date>` in a path is no markup, but a placeholder."""
    name = tag.strip("<>/ ").split(" ")[0].lower()
    if name == "br":
        return " "
    return "" if tag.startswith("<!--") or name in _TAGS else tag
