"""Reads SQL expressions: where they name tables, and where they stop being SQL.

Operands and operators take turns; that alone tells most prose from SQL.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Final

from plan.model import folded
from refactor.sql.catalog import COLUMNS, Comparison, Region
from refactor.sql.cursor import END, HOLE_KEY, LITERAL, NAME, OPEN, STRING, Cursor
from refactor.sql.scopes import OwnColumnUse, QualifierUse, Source, SourceUse
from refactor.sql.tokens import JOIN_WORDS, Kind, words

if TYPE_CHECKING:
    from refactor.sql.tokens import Token

QUERY_STARTS: Final = frozenset({"SELECT", "VALUES", "WITH"})
BINARY: Final = words("""
    || * / % + - & | << >> < <= > >= = == <> != -> ->> AND OR LIKE GLOB REGEXP MATCH BETWEEN ESCAPE
    IS
    """)
_PREFIXES = frozenset({"NOT", "-", "+", "~"})
_NEGATABLE = frozenset({"LIKE", "GLOB", "REGEXP", "MATCH", "BETWEEN"})
_LITERALS = frozenset({LITERAL, OPEN, "NULL", HOLE_KEY})
_STARTS = frozenset(
    {LITERAL, OPEN, "NULL", "(", "CASE", "CAST", "EXISTS", "NOT", "~", NAME, STRING}
)
# Names by grammar, but after a hole they are far more likely what their keyword says.
_LIKELY_KEYWORDS = JOIN_WORDS | words(
    "ASC DESC NULLS OFFSET WINDOW DO END OVER FILTER ROWS RANGE GROUPS WITH"
)
_EQUALS = frozenset({"=", "==", "IS", "IN"})
_COMPARES = _EQUALS | frozenset({"<>", "!=", "LIKE", "GLOB"})
_FLIPPABLE = frozenset({"=", "==", "<>", "!="})
_CASE_FUNCTIONS = frozenset({"LOWER", "UPPER", "TRIM"})
# https://sqlite.org/fts5.html#_auxiliary_functions_ and those of FTS3/4: first, the table.
_FTS_FUNCTIONS = words("BM25 HIGHLIGHT MATCHINFO OFFSETS OPTIMIZE SNIPPET")


class Expressions(Cursor):
    """Reads expressions; what a sub-query is, its heirs know."""

    def query(self) -> None:
        """Read a SELECT with all that belongs to it."""
        raise NotImplementedError

    def expressions(self) -> None:
        """Read expressions up to where no comma follows."""
        self.expression()
        while self.take(","):
            self.expression()

    def expression(self) -> None:
        """Read one expression."""
        self._operand()
        while self._operator():
            self._operand()

    # Operands

    def _operand(self) -> None:  # noqa: C901, PLR0912 -- one branch for each kind of operand
        while self.key in _PREFIXES:
            self.at += 1
        key = self.key
        if key == "(":
            self.parenthesis()
        elif key == "CASE":
            self._case()
        elif key == "CAST" and self.peek() == "(":
            self._cast()
        elif key == "EXISTS":
            self.at += 1
            if self.key == "(":
                self.parenthesis()
            elif self.key != HOLE_KEY:
                self.fail()
        elif key == STRING and self.peek() != ".":
            self._catalog_value()
            self.at += 1
        elif key == HOLE_KEY and self.peek() == ".":
            self._reference()
        elif key in _LITERALS:
            self.at += 1
        elif key in ("{", "}", "%"):
            self._template()
        elif self.at_name() or key in JOIN_WORDS:
            self._named()
        elif not self.after_hole():
            self.fail()

    def starts_operand(self) -> bool:
        """Whether an operand can begin here."""
        key = self.key
        return key in _STARTS or (self.at_name() and key not in _LIKELY_KEYWORDS)

    def _template(self) -> None:
        """Step over `{}`, `{name}`, `%s`, `%(name)s` that nobody has turned into a hole."""
        end = self.tokens[self.at].end
        self.at += 1
        while self.key != END and self.tokens[self.at].start == end and self.key not in (",", ")"):
            end = self.tokens[self.at].end
            if self.key == "(":
                self.skip_parenthesis()
                end = self.tokens[self.at - 1].end
            else:
                self.at += 1

    def parenthesis(self) -> None:
        """Read a sub-query or a list of expressions, with its parentheses."""
        if not self.enter():
            self.skip_parenthesis()
            return
        self.at += 1
        outside = self.region
        self.region = Region(outside)
        if self.key in QUERY_STARTS:
            self.query()
        elif self.key != ")":
            self.expressions()
        self.region = outside
        self.close()
        self.leave()

    def close(self) -> None:
        """Step over the closing parenthesis, and over all that should not be before it."""
        if self.take(")"):
            return
        if not self.after_hole():
            self.fail()
        self.recover()
        self.take(")")

    def recover(self) -> None:
        """Go on after a fault, up to the end of the parenthesis, reading what can be read."""
        while self.key not in (END, ")"):
            if self.key == "(":
                self.parenthesis()
            elif self.key in QUERY_STARTS:
                self.query()
            else:
                self.resume()

    def resume(self) -> None:
        """Read on from a token that SQLite would not accept."""
        self.at += 1

    def _case(self) -> None:
        self.at += 1
        if not self.enter():
            return
        if self.key != "WHEN":
            self.expression()
        while self.take("WHEN"):
            self.expression()
            self.need("THEN")
            self.expression()
        if self.take("ELSE"):
            self.expression()
        self.need("END")
        self.leave()

    def _cast(self) -> None:
        if not self.enter():
            self.at += 1
            return
        self.at += 2
        self.expression()
        if self.need("AS"):
            while self.at_name() or self.key in (LITERAL, ",", "+", "-"):
                self.at += 1
            if self.key == "(":
                self.skip_parenthesis()
        self.close()
        self.leave()

    def _named(self) -> None:
        following = self.peek()
        if following == ".":
            self._reference()
        elif following == "(" and self.key not in (STRING, NAME):
            self.call()
        else:
            token = self.tokens[self.at]
            if token.quote == '"':  # SQLite's habit: not a column's name, hence a string
                self._catalog_value()
            self.at += 1
            self._own_column(token)

    def _reference(self) -> None:
        """Read `t.x`, `t.*` or `main.t.x`."""
        token, schema = self.tokens[self.at], None
        self.at += 2
        if self.peek() == ".":
            token, schema = self.tokens[self.at], token.name
            self.at += 2
        self.uses.append(QualifierUse(token, schema, self.scope))
        if self.key == END:
            return
        column = self.tokens[self.at]
        if self.key == "*" or self.at_name() or self.key in JOIN_WORDS:
            self.at += 1
            self._own_column(column)
        else:
            self.fail()

    def _own_column(self, token: Token) -> None:
        if self.key == "MATCH" or (self.key == "NOT" and self.peek() == "MATCH"):
            self.uses.append(OwnColumnUse(token, "MATCH", self.scope))

    def call(self) -> None:
        """Read a function's call, its window too."""
        function = self.key
        if not self.enter():
            self.at += 1
            self.skip_parenthesis()
            return
        self.at += 2
        if function in _FTS_FUNCTIONS and self.at_name() and self.peek() in (",", ")"):
            self.uses.append(OwnColumnUse(self.tokens[self.at], function.lower(), self.scope))
        self._arguments()
        self.leave()
        if self.key == "WITHIN" and self.peek() == "GROUP":
            self.at += 2
            self._window()
        if self.key == "FILTER" and self.peek() == "(":
            self.at += 2
            self.take("WHERE")
            self.expression()
            self.close()
        if self.key == "OVER" and (self.peek() == "(" or self.at_name(1)):
            self.at += 1
            if self.key == "(":
                self._window()
            else:
                self.at += 1

    def _arguments(self) -> None:
        if self.key in ("DISTINCT", "ALL"):
            self.at += 1
        if not self.take("*") and self.key != ")":
            self.expressions()
        if self.take_all("ORDER", "BY"):
            self.terms()
        self.close()

    def _window(self) -> None:
        """Read a window's parenthesis; frames hold words and numbers, nothing for us."""
        if self.key != "(" or not self.enter():
            self.skip_parenthesis()
            return
        self.at += 1
        if self.at_name() and self.key not in ("PARTITION", "ROWS", "RANGE", "GROUPS"):
            self.at += 1
        if self.take_all("PARTITION", "BY"):
            self.expressions()
        if self.take_all("ORDER", "BY"):
            self.terms()
        while self.key not in (END, ")"):
            if self.key == "(" and self.peek() == "*":
                self.skip_parenthesis()
            elif self.key == "(":
                self.parenthesis()
            else:
                self.at += 1
        self.close()
        self.leave()

    def window(self) -> None:
        """Read what a WINDOW clause defines."""
        self._window()

    def terms(self) -> None:
        """Read the terms of an ORDER BY, or the columns of an index."""
        while True:
            self.expression()
            if self.key in ("ASC", "DESC"):
                self.at += 1
            self.take("AUTOINCREMENT")
            if self.take("NULLS"):
                self.at += self.key in ("FIRST", "LAST")
            self.take(HOLE_KEY)
            if not self.take(","):
                return

    # Operators

    def _operator(self) -> bool:
        """Read operators up to where an operand is due, and say whether one is."""
        while True:
            key = self.key
            if key in BINARY:
                self.at += 1
                self._after_binary(key)
                return True
            if key == "NOT" and (self.peek() in _NEGATABLE or self.peek() == HOLE_KEY):
                self.at += 2
                return True
            if key == "IN" or (key == "NOT" and self.peek() == "IN"):
                self._member()
            elif key == "NOT" and self.peek() == "NULL":
                self.at += 2
            elif key in ("ISNULL", "NOTNULL", HOLE_KEY):
                self.at += 1
            elif key == "COLLATE":
                self.at += 1
                self.skip_name()
            else:
                return self.after_hole() and self.starts_operand()

    def _after_binary(self, key: str) -> None:
        if key == "OR":
            self.region = Region(self.region.parent)
        elif key == "IS":
            self.take("NOT")
            self.take_all("DISTINCT", "FROM")

    def _member(self) -> None:
        """Read `IN (…)`, `IN t`, `IN main.t`, `IN f(…)`."""
        start = self.at
        negated = self.take("NOT")
        self.at += 1
        if self.key == "(":
            self._listed_values(start, negated=negated)
            self.parenthesis()
        elif self.key == END:
            return
        elif self.tokens[self.at].kind is Kind.PARAMETER:
            self.at += 1  # which a library makes a list of, such as SQLAlchemy
        elif named := self.qualified_name():
            token, schema, doubt = named
            if self.key == "(" and token.kind is not Kind.HOLE:
                self.parenthesis()
                return
            source = Source(token, None, schema or self.home, None if schema else self.scope)
            self.uses.append(SourceUse(source, token, "IN", doubt))

    # Catalog columns

    def _catalog_value(self) -> None:
        """Note the string under the cursor if it is compared with a column of the catalog."""
        at, keys = self.at, self.keys
        before = at - 1
        if before >= 1 and keys[before] in _COMPARES:
            loosely_not = keys[before - 1] == "NOT"
            negated = loosely_not or keys[before] in ("<>", "!=")
            column = before - 1 - loosely_not
            self._compared(column, keys[before], (self.tokens[at],), negated=negated)
        elif before >= 1 and keys[before] == "NOT" and keys[before - 1] == "IS":
            self._compared(before - 2, "IS", (self.tokens[at],), negated=True)
        elif keys[at + 1] in _FLIPPABLE:
            column = at + 4 if keys[min(at + 3, len(keys) - 1)] == "." else at + 2
            self._compared(column, keys[at + 1], (self.tokens[at],), negated=False)

    def _listed_values(self, start: int, *, negated: bool) -> None:
        values, at = [], self.at + 1
        while self.keys[at] not in (END, ")", "("):
            token = self.tokens[at]
            if token.quote in ("'", '"') and self.keys[at + 1] in (",", ")", END):
                values.append(token)
            at += 1
        if values:
            self._compared(start - 1, "IN", tuple(values), negated=negated)

    def _compared(
        self, column: int, operator: str, values: tuple[Token, ...], *, negated: bool
    ) -> None:
        """Note that the column which ends at this token is compared with the values."""
        keys = self.keys
        if column > 1 and keys[column - 1] == "COLLATE":
            column -= len(("COLLATE", "NOCASE"))
        if column > 1 and keys[column] == ")" and keys[max(column - 3, 0)] in _CASE_FUNCTIONS:
            column -= 1
        if not 0 <= column < len(self.tokens):
            return
        name = folded(self.tokens[column].name)
        if name not in COLUMNS:
            return
        qualified = column > 1 and keys[column - 1] == "."
        qualifier = folded(self.tokens[column - 2].name) if qualified else ""
        piece = len(values) == 1 and keys[self.at + 1] == "||"
        self.comparisons.append(
            Comparison(name, qualifier, values, operator, negated, self.region, self.scope, piece)
        )
