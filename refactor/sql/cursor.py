"""A place in the tokens of one statement, and what has been noted on the way there."""

from __future__ import annotations

from typing import TYPE_CHECKING, Final

from refactor.sql.catalog import Region
from refactor.sql.scopes import Mention, Scope
from refactor.sql.tokens import HOLE, JOIN_WORDS, RESERVED, Kind, upper

if TYPE_CHECKING:
    from refactor.sql.catalog import Comparison
    from refactor.sql.scopes import Role, Use
    from refactor.sql.tokens import Token

# A token's key is what the grammar asks about: an upper-case word, an operator, or one of these.
NAME: Final = "name"  # quoted, so never a keyword
STRING: Final = "string"
LITERAL: Final = "literal"
HOLE_KEY: Final = "hole"
OPEN: Final = "open"
END: Final = ""

_KEYS = {
    Kind.HOLE: HOLE_KEY,
    Kind.QUOTED: NAME,
    Kind.STRING: STRING,
    Kind.NUMBER: LITERAL,
    Kind.PARAMETER: LITERAL,
    Kind.OPEN: OPEN,
}
_TEMPLATE = frozenset("{}%<>#$")
_MAX_DEPTH = 40  # deeper than people write, shallower than Python's stack

TOUCHES_TEMPLATE: Final = "it touches a character that templates use"
AFTER_HOLE: Final = "it follows a part only known at run time"
TOO_DEEP: Final = "the statement is nested too deeply to be read"


def key_of(token: Token) -> str:
    """What the grammar calls this token."""
    return _KEYS.get(token.kind) or (upper(token.text) if token.kind is Kind.WORD else token.text)


REFUSED = "SQLite would not accept"
"""How it begins what is said of a text that cannot be read as SQL."""


class Cursor:
    """Reads tokens left to right, and remembers what SQLite's grammar would not allow."""

    def __init__(self, sql: str, tokens: list[Token]) -> None:
        self.sql = sql
        self.tokens = tokens
        self.keys = [key_of(token) for token in tokens]
        self.keys += [END] * 4  # so that looking ahead needs no care
        self.at = 0
        self.depth = 0
        self.scope = Scope()
        self.region = Region()
        self.uses: list[Use] = []
        self.comparisons: list[Comparison] = []
        self.given: list[str] = []  # names that the statement itself gives: aliases and CTEs
        self.home: str | None = None  # the schema of the thing being created, and of what it names
        self.broken: str | None = None

    @property
    def key(self) -> str:
        """The key of the token to be read next."""
        return self.keys[self.at]

    def peek(self, ahead: int = 1) -> str:
        """The key of a token further on."""
        return self.keys[min(self.at + ahead, len(self.keys) - 1)]

    def take(self, key: str) -> bool:
        """Step over the token if it is this one."""
        if self.keys[self.at] != key or not key:
            return False
        self.at += 1
        return True

    def take_all(self, *keys: str) -> bool:
        """Step over these words, or over none of them."""
        if any(self.peek(ahead) != key for ahead, key in enumerate(keys)):
            return False
        self.at += len(keys)
        return True

    def take_any(self, keys: frozenset[str]) -> bool:
        """Step over the token if it is one of these."""
        if self.keys[self.at] not in keys:
            return False
        self.at += 1
        return True

    def need(self, key: str) -> bool:
        """Step over the token; where it is missing, only a hole or the text's end excuses that."""
        if self.take(key):
            return True
        if self.key != HOLE_KEY and not self.after_hole():
            self.fail()
        return False

    def fail(self) -> None:
        """Note that SQLite would not accept the next token; a text that ends early is no fault."""
        if self.broken is None and self.key != END:
            token = self.tokens[self.at].text[:20].replace(HOLE, "…")
            self.broken = f"{REFUSED} {token!r} in its place"

    def after_hole(self) -> bool:
        """Whether the token before is a hole: then anything may follow."""
        return self.at > 0 and self.keys[self.at - 1] == HOLE_KEY

    def enter(self) -> bool:
        """Go one level down, unless that is too deep."""
        if self.depth >= _MAX_DEPTH:
            self.broken = self.broken or TOO_DEEP
            return False
        self.depth += 1
        return True

    def leave(self) -> None:
        """Come back up."""
        self.depth -= 1

    def skip_parenthesis(self) -> None:
        """Step over a parenthesis without reading it."""
        level = 0
        while self.key != END:
            level += (self.key == "(") - (self.key == ")")
            self.at += 1
            if level <= 0:
                return

    def at_name(self, ahead: int = 0) -> bool:
        """Whether the token can be a name; a hole can, and so can a string (SQLite allows it)."""
        key = self.peek(ahead)
        if key in (NAME, STRING, HOLE_KEY):
            return True
        return self._at_word(ahead) and key not in RESERVED

    def at_bare_alias(self) -> bool:
        """Whether the token can be an alias without AS; a hole may be anything, so it is none."""
        key = self.key
        if key == "WINDOW" and self.peek(2) == "AS":
            return False
        if key in ("INDEXED", HOLE_KEY) or key in JOIN_WORDS:
            return False
        return self.at_name()

    def _at_word(self, ahead: int) -> bool:
        at = self.at + ahead
        return at < len(self.tokens) and self.tokens[at].kind is Kind.WORD

    def skip_name(self) -> None:
        """Step over a name that is not a table's."""
        if self.at_name() or self.key in JOIN_WORDS:
            self.at += 1
        else:
            self.fail()

    def qualified_name(self) -> tuple[Token, str | None, str | None] | None:
        """Step over `name` or `schema.name`: the token, the schema, and a doubt about the token."""
        while self.key in _TEMPLATE:
            self.at += 1
        if not self.at_name():
            self.fail()
            return None
        schema = None
        if self.peek() == "." and self.at_name(2):
            schema = self.tokens[self.at].name
            self.at += 2
        token = self.tokens[self.at]
        self.at += 1
        doubt = self._template_doubt(token)
        while doubt and self.key in _TEMPLATE:
            self.at += 1
        return token, schema, doubt

    def _template_doubt(self, token: Token) -> str | None:
        around = (
            self.sql[max(token.start - 1, 0) : token.start] + self.sql[token.end : token.end + 1]
        )
        return TOUCHES_TEMPLATE if _TEMPLATE.intersection(around) else None

    def mention(
        self, token: Token, role: Role, clause: str, schema: str | None, doubt: str | None = None
    ) -> None:
        """Note a name whose meaning is plain from where it stands."""
        self.uses.append(Mention(token, role, clause, schema, doubt))

    def name_of(self, role: Role, clause: str) -> str | None:
        """Step over a name, note it in this role, and say its schema."""
        named = self.qualified_name()
        if named is None:
            return None
        token, schema, doubt = named
        self.mention(token, role, clause, schema or self.home, doubt)
        return schema
