"""Parts of names: what a text holds that puts an old one together where SQL names a table.

`f"SELECT 1 FROM {PREFIX}bugs"` does for `app_bugs`, and no word of it is that name.
"""

import re
from collections.abc import Collection, Iterator

from msgspec import Struct

from refactor.text.lines import places

LISTS_NAMES = "table_names("
"""How libraries are asked for them: `inspect(engine).get_table_names()`."""
LISTS_TABLES = ("sqlite_master", "sqlite_schema", LISTS_NAMES)
"""What asks for the names of the tables that there are."""
_BEFORE = ("from", "into", "update", "join", "table", "exists")
"""What stands before a table's name in SQL, or is given one."""
_HOLE = r"(?:\{[^{}\n]*\}|%s|%\(\w+\)s|\$\{\w+\}|[\"']?\s*\+?\s*[\w.]+\s*\+\s*f?[\"'])"
# Anchored behind one of them: to look for these first costs a tenth.
BEGINS_NAME = rf"(?i-u:\b(?:{'|'.join(_BEFORE)})\s+[\"'`\[]?\w+(?:\{{|%[s(]))"
"""What a line fits in which SQL names a table by a beginning and what fills the rest."""
_CUT_NAME = re.compile(
    r"(?:\s+[\"'`\[]?|(?:_?name)?[ ]*(?::\s*\w+)?\s*=\s*f?[\"']?)"
    rf"(?:(?P<head>\w+)(?:\{{|%[s(]|\$|[\"']\s*[+%])"
    rf"|{_HOLE}(?:(?P<tail>\w+)|(?P<hole>\{{)|(?P<whole>)))",
    re.ASCII,
)
_APART = re.compile(
    r"=\s*(?:f?[\"'](?P<head>\w+)(?:\{|%s|[\"']\s*\+)"
    r"|(?:f?[\"']\{[^{}\n]*\}|[\w.()\[\]]+\s*\+\s*[\"'])(?P<tail>\w+)[\"'])",
    re.ASCII,
)
"""A name in pieces somewhere else: `source = f"log_{kind}"`."""
_PLURALS = ("s", "es")
_SAID = re.compile(r"[\"'][\W_]*(\w+)")
_CUT = re.compile(r"(?<=[^_])(?=_)|(?<=_)(?=[^_])|(?<=[^\d_])(?=\d)")


class CutNames(Struct, frozen=True):
    """The beginnings and ends of old names: cut at an underscore, or before a number."""

    heads: frozenset[str]
    tails: frozenset[str]
    plurals: frozenset[str]
    """How some of them end in the plural: `f"{kind}s"`."""

    @property
    def is_numbered(self) -> bool:
        """Whether some names end with a version, a year or the like, which code seldom spells."""
        return any(it[-1:].isdigit() for it in self.tails)

    @property
    def parts(self) -> frozenset[str]:
        """Both, without what stands between the words."""
        return frozenset(it.strip("_") for it in (*self.heads, *self.tails))

    def may_be_in(self, text: str) -> bool:
        """Whether a text may put one of the names together, or look for a part of one.

        Of holes alone, whoever reads it knows.
        """
        low = text.lower()  # with letters beyond ASCII, to fold it costs ten times as much
        if any(it in low for it in LISTS_TABLES) and not self.parts.isdisjoint(
            it.rstrip("_") for it in _SAID.findall(low)
        ):
            return True
        met = (
            _CUT_NAME.match(low, at + len(before))
            for before in _BEFORE
            for at in places(low, before)
        )
        takes_any = False
        for it in filter(None, met):
            if it["hole"] or self._is_piece(it):
                return True
            takes_any = takes_any or it["whole"] is not None
        return takes_any and any(map(self._is_piece, _APART.finditer(low)))

    def _is_piece(self, met: re.Match[str]) -> bool:
        head, tail = met["head"], met["tail"]
        return head in self.heads or tail in self.tails or tail in self.plurals


def cut_names(names: Collection[str]) -> CutNames:
    """The ways to cut some names that are folded."""
    cuts = {(name[:at], name[at:]) for name in names for at in _cuts(name)}
    return CutNames(
        heads=frozenset(head for head, _ in cuts),
        tails=frozenset(tail for _, tail in cuts),
        plurals=frozenset(it for it in _PLURALS if any(name.endswith(it) for name in names)),
    )


def is_part(part: str, name: str) -> bool:
    """Whether a folded text is where a name begins or ends, as far as a place to cut it."""
    return any(part in {name[:at], name[at:]} for at in _cuts(name))


def _cuts(name: str) -> Iterator[int]:
    """Where a name may be cut into two that say something."""
    cuts = (it.start() for it in _CUT.finditer(name))
    return (at for at in cuts if any(map(str.isalpha, name[:at])))
