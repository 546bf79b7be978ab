"""HTML as values: what is no `Html` is text, and is escaped where it is put in."""

import re
from collections.abc import Mapping

from retable.pages.document import escaped

_VOID = frozenset({"br", "wbr", "input", "rect", "path", "circle"})
# Characters that show nothing, or turn the text around, could hide what is said.
_ODD = re.compile(
    "[\x00-\x08\x0b-\x1f\x7f-\x9f\xad\u200b-\u200f\u2028-\u202e\u2060-\u206f\ufeff\ufffd\ud800-\udfff]"
)


class Html(str):
    """Text that is HTML already."""

    __slots__ = ()


Child = Html | str | None
Fact = str | int | float | bool | None


def tag(name: str, facts: Mapping[str, Fact] | None = None, *children: Child) -> Html:
    """One element; facts that are None or False are left out."""
    said = "".join(
        f" {key}" if value is True else f' {key}="{escaped(str(value))}"'
        for key, value in (facts or {}).items()
        if value is not None and value is not False
    )
    if name in _VOID and not children:
        return (
            Html(f"<{name}{said}>") if name in ("br", "wbr", "input") else Html(f"<{name}{said}/>")
        )
    return Html(f"<{name}{said}>{joined(*children)}</{name}>")


def joined(*children: Child) -> Html:
    """Several pieces behind each other."""
    return Html("".join(it if isinstance(it, Html) else shown(it) for it in children if it))


def shown(text: str) -> Html:
    """Plain text, with every odd character spelled out."""
    parts = []
    at = 0
    for odd in _ODD.finditer(text):
        code = f"U+{ord(odd[0]):04X}"
        parts.append(escaped(text[at : odd.start()]))
        parts.append(f'<span class="odd" title="the character {code}">{code}</span>')
        at = odd.end()
    return Html("".join((*parts, escaped(text[at:]))))


def breakable(text: str) -> Html:
    """Plain text that may be broken after each word of a name."""
    words = re.split(r"(?<=[_/.])", text)
    return Html("<wbr>".join(map(shown, words)))


def in_svg(text: str) -> Html:
    """Plain text where no element can stand."""
    return Html(escaped(_ODD.sub(lambda odd: f"U+{ord(odd[0]):04X}", text)))
