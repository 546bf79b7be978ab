"""The only door to LibCST: one string expression, read literal by literal."""

import ast
import re
from collections.abc import Iterator, Sequence

import libcst as cst
from msgspec.structs import replace

from refactor.python.outline import Context, Site, Usage
from refactor.python.strings import Char, Literal, Text, UnfaithfulError
from refactor.python.syntax import quiet
from refactor.sql.names import HOLE
from refactor.text.source import Source

_PERCENT = re.compile(
    r"%(?:\([^)]*\))?[#0\- +]*(?:\*|\d+)?(?:\.(?:\*|\d+))?[hlL]?[diouxXeEfFgGcrsa%]"
)
_BRACES = re.compile(r"\{\{|\}\}|\{(?:[^{}]|\{[^{}]*\})*\}")
_ESCAPE = re.compile(
    r"\\(?:\r\n|[0-7]{1,3}|x[0-9a-fA-F]{2}|u[0-9a-fA-F]{4}|U[0-9a-fA-F]{8}|N\{[^}]*\}|.)"
    r"|\r\n|\r",
    re.DOTALL,
)
# An expression forgets how its first newline was written: one of these knows.
_MODULES = tuple(cst.Module([], default_newline=newline) for newline in ("\n", "\r\n", "\r"))
_MARK = re.compile("\ue100(\\d+)\ue101")


def read(source: Source, site: Site) -> Iterator[Text]:
    """The texts of one string expression: its own first, then those of strings in its holes.

    Raises:
        UnfaithfulError: LibCST does not give it back as it is written.
    """
    reader = _Reader(source.text, site)
    chars = reader.compose(reader.root)
    if chars is None:
        return
    yield reader.text_from(chars, site.context)
    scope_only = Context(scope=site.context.scope, usage=Usage.OTHER)
    inner = [
        reader.text_from(chars, scope_only)
        for node in reader.inner_strings()
        if (chars := reader.compose(node))
    ]
    yield from _with_contexts(inner, site)


def _with_contexts(texts: Sequence[Text], site: Site) -> Iterator[Text]:
    """Literals in holes with what surrounds them there: the first of a text is the first of it."""
    in_order = sorted(texts, key=lambda text: text.near(0, len(text.text)))
    for text in texts:
        same = [it for it in in_order if it.text == text.text]
        known = [context for said, context in site.inner if said == text.text]
        if len(same) == len(known):
            yield replace(text, context=known[same.index(text)])
        else:
            yield text


class _Mark(cst.CSTTransformer):
    """Puts a numbered mark in the place of each literal, so that its offset can be read off."""

    def __init__(self) -> None:
        super().__init__()
        self.nodes: list[cst.SimpleString | cst.FormattedStringText] = []

    def leave_SimpleString(  # noqa: N802 - LibCST's name
        self, original_node: cst.SimpleString, updated_node: cst.SimpleString
    ) -> cst.BaseExpression:
        self.nodes.append(original_node)
        return updated_node.with_changes(value=f"'{self._mark()}'")

    def leave_FormattedStringText(  # noqa: N802 - LibCST's name
        self, original_node: cst.FormattedStringText, updated_node: cst.FormattedStringText
    ) -> cst.BaseFormattedStringContent:
        self.nodes.append(original_node)
        return updated_node.with_changes(value=f"'{self._mark()}'")

    def _mark(self) -> str:
        return f"\ue100{len(self.nodes) - 1}\ue101"


class _Reader:
    """One expression, parsed, with the offset of each literal in it."""

    def __init__(self, text: str, site: Site) -> None:
        self._site = site
        self._binary = isinstance(site.node, ast.Constant) and isinstance(site.node.value, bytes)
        self._source = text[site.start : site.end]
        wrapped = f"({self._source})"
        try:
            self.root = cst.parse_expression(wrapped)
            self._module = next(it for it in _MODULES if it.code_for_node(self.root) == wrapped)
        except StopIteration as error:
            raise UnfaithfulError("LibCST does not give it back as it is written") from error
        except Exception as error:
            raise UnfaithfulError(str(error)) from error
        if "\ue100" in wrapped:
            raise UnfaithfulError("it holds a character for private use")
        self._offsets = self._offsets_of_literals()
        self._literals: list[Literal] = []
        self._holes: list[str] = []
        self._inner: list[cst.CSTNode] = []
        self._in_hole = False

    def _offsets_of_literals(self) -> dict[int, int]:
        mark = _Mark()
        marked = self.root.visit(mark)
        if not isinstance(marked, cst.CSTNode):
            raise UnfaithfulError("LibCST removed the expression")
        code = self._module.code_for_node(marked)
        offsets = {}
        surplus = 1 - self._site.start  # the parenthesis that we put before it
        for match in _MARK.finditer(code):
            node = mark.nodes[int(match[1])]
            start = match.start() - 1 - surplus
            offsets[id(node)] = start
            surplus += len(match[0]) + 2 - len(node.value)
        return offsets

    def text_from(self, chars: list[Char], context: Context) -> Text:
        return Text(
            text="".join(char.value for char in chars),
            starts=tuple(char.start for char in chars),
            holes=tuple(self._holes),
            literals=tuple(self._literals),
            context=context,
            start=self._site.start,
            end=self._site.end,
        )

    def inner_strings(self) -> Iterator[cst.CSTNode]:
        """String expressions in the holes of f-strings, outermost first."""
        self._in_hole = True
        while self._inner:
            node = self._inner.pop()
            self._holes, self._literals = [], []
            if _is_text(node):
                yield node
            else:
                self._inner.extend(node.children)

    def compose(  # noqa: PLR0911 - one return for each shape
        self, node: cst.CSTNode
    ) -> list[Char] | None:
        """The characters of a string expression; None where the node is no text."""
        match node:
            case cst.SimpleString():
                return self._simple(node) if self._binary or "b" not in node.prefix else None
            case cst.ConcatenatedString(left=left, right=right):
                return self._or_hole(left) + self._or_hole(right)
            case cst.FormattedString():
                return self._formatted(node)
            case cst.BinaryOperation(left=left, operator=cst.Add(), right=right):
                return self._or_hole(left) + self._or_hole(right) if _is_text(node) else None
            case cst.BinaryOperation(left=left, operator=cst.Modulo()):
                return self._filled(self.compose(left), _PERCENT, "%%")
            case cst.Call(func=cst.Attribute(value=value, attr=cst.Name(value=method))):
                return self._method(value, method, node.args)
            case cst.Call(func=cst.Name(value="dedent"), args=[argument]):
                return self.compose(argument.value)
        return None

    def _method(
        self, value: cst.BaseExpression, method: str, arguments: Sequence[cst.Arg]
    ) -> list[Char] | None:
        if method == "format":
            return self._filled(self.compose(value), _BRACES, "{{")
        if method in {"strip", "lstrip", "rstrip"} and not arguments:
            return self.compose(value)
        if method == "dedent" and len(arguments) == 1:
            return self.compose(arguments[0].value)
        if method == "join" and len(arguments) == 1 and _is_text(value):
            items = arguments[0].value
            if isinstance(items, cst.List | cst.Tuple):
                separator = [Char(char.value) for char in self.compose(value) or []]
                chars: list[Char] = []
                for number, element in enumerate(items.elements):
                    chars += (separator if number else []) + self._or_hole(element.value)
                return chars
        return None

    def _or_hole(self, node: cst.CSTNode) -> list[Char]:
        chars = self.compose(node)
        return self._hole(node) if chars is None else chars

    def _hole(self, node: cst.CSTNode) -> list[Char]:
        self._holes.append(self._module.code_for_node(node).strip())
        return [Char(HOLE)]

    def _filled(
        self, chars: list[Char] | None, placeholder: "re.Pattern[str]", doubled: str
    ) -> list[Char] | None:
        """Turn the placeholders of `%` or `format` into holes."""
        if chars is None:
            return None
        text = "".join(char.value for char in chars)
        filled: list[Char] = []
        last = 0
        for match in placeholder.finditer(text):
            filled += chars[last : match.start()]
            if match[0] in {doubled, "}}"}:
                filled.append(chars[match.start()])
            else:
                self._holes.append(match[0])
                filled.append(Char(HOLE))
            last = match.end()
        return filled + chars[last:]

    def _simple(self, node: cst.SimpleString) -> list[Char]:
        start = self._offsets[id(node)]
        before = len(node.prefix) + len(node.quote)
        contents = node.value[before : len(node.value) - len(node.quote)]
        raw = "r" in node.prefix.lower()
        chars = _decoded(contents, start + before, raw=raw)
        if "\\" in contents or "\r" in contents:
            with quiet():
                value = ast.literal_eval(node.value)
            value = value.decode("latin-1") if isinstance(value, bytes) else value
            if value != "".join(char.value for char in chars):
                raise UnfaithfulError("its escapes are not understood")
        self._note(start + before, contents, node.quote, raw=raw)
        return chars

    def _shown(self, part: cst.FormattedStringExpression) -> list[Char]:
        """What `{x=}` writes before the value: its own source."""
        if part.equal is None:
            return []
        code = self._module.code_for_node(part.with_changes(conversion=None, format_spec=None))
        return [Char(char) for char in code[1 : code.rindex("=") + 1]]

    def _note(self, start: int, contents: str, quote: str, *, raw: bool) -> None:
        self._literals.append(Literal(start, start + len(contents), quote, raw, self._in_hole))

    def _formatted(self, node: cst.FormattedString) -> list[Char]:
        chars: list[Char] = []
        raw = "r" in node.start.lower()
        quote = node.end
        for part in node.parts:
            if isinstance(part, cst.FormattedStringText):
                start = self._offsets[id(part)]
                self._note(start, part.value, quote, raw=raw)
                chars += _unbraced(_decoded(part.value, start, raw=raw))
            elif isinstance(part, cst.FormattedStringExpression):
                chars += [*self._shown(part), *self._hole(part.expression)]
                self._inner.append(part.expression)
        return chars


def _is_text(node: cst.CSTNode) -> bool:
    match node:
        case cst.SimpleString():
            return "b" not in node.prefix
        case cst.ConcatenatedString() | cst.FormattedString():
            return True
        case cst.BinaryOperation(left=left, operator=cst.Add(), right=right):
            return _is_text(left) or _is_text(right)
        case cst.BinaryOperation(left=left, operator=cst.Modulo()):
            return _is_text(left)
        case cst.Call(func=cst.Attribute(value=value, attr=cst.Name(value="format"))):
            return _is_text(value)
    return False


def _decoded(contents: str, start: int, *, raw: bool) -> list[Char]:
    """The characters that a literal's contents stand for.

    Source: https://docs.python.org/3/reference/lexical_analysis.html#escape-sequences
    """
    if "\\" not in contents and "\r" not in contents:
        return [Char(c, start + i, 1) for i, c in enumerate(contents)]
    chars: list[Char] = []
    last = 0
    for match in _ESCAPE.finditer(contents):
        spelling = match[0]
        if raw and spelling.startswith("\\"):
            if not spelling.endswith("\r") and "\r\n" not in spelling:
                continue
            value = "\\\n"
        else:
            value = _meaning(spelling)
        chars += [Char(c, start + i, 1) for i, c in enumerate(contents[last : match.start()], last)]
        at, last = match.span()
        if value == spelling:
            chars += [Char(c, start + at + i, 1) for i, c in enumerate(spelling)]
        elif value.startswith("\\") and len(value) > 1:
            chars += [Char(c, start + at + i, len(spelling) - 1) for i, c in enumerate(value)]
        elif value:
            chars.append(Char(value, start + at, len(spelling)))
    return chars + [Char(c, start + i, 1) for i, c in enumerate(contents[last:], last)]


_SIMPLE_ESCAPES = {
    "\\\n": "", "\\\r\n": "", "\\\r": "", "\\\\": "\\", "\\'": "'", '\\"': '"', "\\a": "\a",
    "\\b": "\b", "\\f": "\f", "\\n": "\n", "\\r": "\r", "\\t": "\t", "\\v": "\v",
    "\r\n": "\n", "\r": "\n",
}  # fmt: skip


def _meaning(spelling: str) -> str:
    if spelling in _SIMPLE_ESCAPES:
        return _SIMPLE_ESCAPES[spelling]
    if spelling[1] in "01234567":
        return chr(int(spelling[1:], 8))
    if spelling[1] in "xuUN" and len(spelling) > 2:  # noqa: PLR2004 - more than the letter
        value = ast.literal_eval(f'"{spelling}"')
        return value if isinstance(value, str) else spelling
    return spelling


def _unbraced(chars: list[Char]) -> list[Char]:
    """Undo the doubling of braces in an f-string's text."""
    kept: list[Char] = []
    skip = False
    for char in chars:
        if (
            not skip
            and char.width == 1
            and kept
            and char.value in "{}"
            and _doubles(kept[-1], char)
        ):
            skip = True
            continue
        skip = False
        kept.append(char)
    return kept


def _doubles(before: Char, char: Char) -> bool:
    return before.value == char.value and before.width == 1 and before.start == char.start - 1
