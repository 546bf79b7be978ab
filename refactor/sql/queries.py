"""Reads SELECT and VALUES: WITH, FROM and its joins, and the clauses around them."""

from __future__ import annotations

from typing import TYPE_CHECKING, Final

from plan.model import folded
from refactor.sql.catalog import CATALOGS, Region
from refactor.sql.cursor import AFTER_HOLE, HOLE_KEY, STRING
from refactor.sql.expressions import BINARY, QUERY_STARTS, Expressions
from refactor.sql.scopes import Role, Scope, Source, SourceUse
from refactor.sql.tokens import JOIN_WORDS, Kind, words

if TYPE_CHECKING:
    from refactor.sql.tokens import Token

_COMPOUNDS = frozenset({"UNION", "INTERSECT", "EXCEPT"})
_JOINS: Final = JOIN_WORDS | {"JOIN"}
_SOURCE_FOLLOWS = _JOINS | {"ON", "USING", "AS"}
# The order in which clauses may come.
_RANKS = {
    "SET": 0, "FROM": 1, "JOIN": 1, "WHERE": 2, "GROUP": 3, "HAVING": 4, "WINDOW": 5,
    "ON": 5, "RETURNING": 6, "ORDER": 7, "LIMIT": 8,
}  # fmt: skip
QUERY_CLAUSES: Final = frozenset(
    {"FROM", "WHERE", "GROUP", "HAVING", "WINDOW", "ORDER", "LIMIT", HOLE_KEY}
)
_RESUMES = QUERY_CLAUSES - {HOLE_KEY}
# https://sqlite.org/pragma.html#pragfunc: functions whose first argument is a table's name.
_PRAGMA_FUNCTIONS = words(
    """
    pragma_table_info pragma_table_xinfo pragma_table_list pragma_foreign_key_list
    pragma_foreign_key_check pragma_index_list pragma_integrity_check pragma_quick_check
    """
)
# Any other name with arguments may be a full-text table: `FROM t('query')`.
_TABLE_FUNCTIONS = words(
    "json_each json_tree jsonb_each jsonb_tree generate_series carray bytecode tables_used"
)
MAYBE_FUNCTION: Final = "a full-text table, or a function that returns rows"


class Queries(Expressions):
    """Reads queries, each SELECT in a scope of its own."""

    def query(self) -> None:
        """Read a SELECT with its WITH, its compounds, its ORDER BY."""
        outside, region = self.scope, self.region
        self.scope = Scope(outside, rows=outside.rows)
        if self.key == "WITH":
            self.ctes()
        self.compound()
        self.scope, self.region = outside, region

    def ctes(self) -> None:
        """Read the common table expressions of a WITH into the present scope."""
        self.at += 1
        self.take("RECURSIVE")
        while True:
            if self.take(HOLE_KEY) and self.key not in ("AS", "("):
                return
            if self.at_name():
                name = folded(self.tokens[self.at].name)
                self.scope.ctes.add(name)
                self.given.append(name)
            if not self.after_hole():
                self.skip_name()
            self._cte_body()
            if not self.take(","):
                return

    def _cte_body(self) -> None:
        if self.key == "(":
            self.names()
        if not self.need("AS"):
            return
        if self.key == "NOT" and self.peek() == "MATERIALIZED":
            self.at += 1
        self.take("MATERIALIZED")
        # SQLite reads the body where it is used, and there it may see more tables than here.
        outside = self.scope
        self.scope = Scope(outside, rows=outside.rows, unfinished=True)
        if self.key == "(":
            self.parenthesis()
        elif not self.take(HOLE_KEY):
            self.fail()
        self.scope = outside

    def names(self) -> None:
        """Step over a parenthesis of columns."""
        self.at += 1
        while self.at_name() or self.key in JOIN_WORDS:
            self.at += 1
            self.take(HOLE_KEY)
            if not self.take(",") and not self.after_hole():
                break
        self.close()

    def compound(self) -> None:
        """Read SELECTs and VALUES joined with UNION and its kin."""
        around = self.scope
        cores: list[Scope] = []
        while True:
            self.scope = Scope(around, rows=around.rows, earlier=tuple(cores))
            self.region = Region()
            self._core()
            cores.append(self.scope)
            if not self.take_any(_COMPOUNDS):
                break
            self.take("ALL")
        self.scope = around

    def _core(self) -> None:
        if self.take("SELECT"):
            self._select()
        elif self.take("VALUES"):
            self._rows()
            if self.key == HOLE_KEY:
                self.clauses(QUERY_CLAUSES)
        elif self.take(HOLE_KEY):
            self.clauses(QUERY_CLAUSES)
        else:
            self.fail()

    def _select(self) -> None:
        if self.key in ("DISTINCT", "ALL"):
            self.at += 1
        self.columns()
        self.clauses(QUERY_CLAUSES)
        if not self.scope.sources:
            self.scope.unfinished = True

    def columns(self) -> None:
        """Read result columns with their aliases."""
        while True:
            if not self.take("*"):
                self.expression()
                if self.take("AS"):
                    self.skip_name()
                elif self.at_bare_alias():
                    self.at += 1
            self.take(HOLE_KEY)
            if not self.take(","):
                return

    def _rows(self) -> None:
        while True:
            if self.key == "(":
                self.parenthesis()
            elif not self.take(HOLE_KEY):
                self.fail()
            if not self.take(","):
                return

    # FROM

    def sources(self) -> None:
        """Read what rows come from, with all joins."""
        self.source("FROM")
        self.joins()

    def joins(self, doubt: str | None = None) -> None:
        """Read joins and their constraints; a comma after a hole may be another clause's."""
        while True:
            if self.take(","):
                self.source("FROM", doubt)
            elif self.key in _JOINS:
                self._join()
            elif self.key == "ON" and not (self.after_hole() and self.peek() == "CONFLICT"):
                self.at += 1
                self.condition()
            elif self.key == "USING":
                self.at += 1
                if self.key == "(":
                    self.names()
            else:
                return
            doubt = None

    def _join(self) -> None:
        while self.take_any(JOIN_WORDS):
            pass
        if self.need("JOIN") or self.take(HOLE_KEY):
            self.source("JOIN")

    def source(self, clause: str, doubt: str | None = None) -> None:
        """Read one table, function, sub-query or parenthesis of joins, with its alias."""
        if self.key == "(":
            self._parenthesised_source()
            return
        named = self.qualified_name()
        if named is None:
            return
        token, schema, template = named
        if self.key == "(" and token.kind is not Kind.HOLE:
            self._table_function(token, schema)
            return
        self.add_source(token, schema, clause, doubt or template)

    def add_source(self, token: Token, schema: str | None, clause: str, doubt: str | None) -> None:
        """Note a table or CTE, and its alias."""
        scope = None if schema else self.scope
        source = Source(token, self._alias(), schema or self.home, scope)
        self.scope.sources.append(source)
        self.scope.unfinished |= token.kind is Kind.HOLE
        self.uses.append(SourceUse(source, token, clause, doubt))
        self.index_hint()

    def index_hint(self) -> None:
        """Step over INDEXED BY and NOT INDEXED."""
        if self.take_all("INDEXED", "BY"):
            self.skip_name()
        else:
            self.take_all("NOT", "INDEXED")

    def _alias(self) -> str | None:
        if self.take("AS"):
            if not self.at_name() and self.key not in JOIN_WORDS:
                self.fail()
                return None
        elif not self.at_bare_alias():
            return None
        self.at += 1
        alias = folded(self.tokens[self.at - 1].name)
        self.given.append(alias)
        return alias

    def _parenthesised_source(self) -> None:
        if not self.enter():
            self.skip_parenthesis()
            return
        self.at += 1
        before = len(self.scope.sources)
        if self.key in QUERY_STARTS:
            self._derived_table()
        else:
            self.sources()
        self.close()
        self.leave()
        alias = self._alias()
        inside = self.scope.sources[before:]
        if alias is None:
            return
        if len(inside) == 1:
            inside[0].alias = alias  # `FROM (t) AS x` hides t, `FROM (t JOIN u) AS x` does not
        else:
            self.scope.sources.append(Source(None, alias))

    def _derived_table(self) -> None:
        """Read a sub-query in FROM: it cannot see the tables beside it."""
        scope = self.scope
        self.scope = scope.parent or scope
        self.query()
        self.scope = scope

    def _table_function(self, token: Token, schema: str | None) -> None:
        name, first = folded(token.name), self.at + 1
        self.parenthesis()
        alias = self._alias()
        if name not in _TABLE_FUNCTIONS and not name.startswith("pragma_"):
            source = Source(token, alias, schema or self.home)
            self.scope.sources.append(source)
            self.uses.append(SourceUse(source, token, "FROM", MAYBE_FUNCTION))
            return
        self.scope.sources.append(Source(token if name in CATALOGS else None, alias or name))
        argument = self.tokens[min(first, len(self.tokens) - 1)]
        if name in _PRAGMA_FUNCTIONS and argument.quote in ("'", '"'):
            # The second argument is the schema.
            schema = self.tokens[first + 2].name if self.keys[first + 2] == STRING else None
            self.mention(argument, Role.CATALOG, name, schema)

    # The other clauses

    def clauses(self, allowed: frozenset[str]) -> None:
        """Read the allowed clauses that follow, whatever comes after a hole included."""
        rank = -1
        while self.key in allowed:
            key = self.key
            if key == "ON" and self.peek() != "CONFLICT":
                return
            if key == HOLE_KEY:
                rank = -1
                self.at += 1
                self._after_hole()
                continue
            if _RANKS[key] <= rank and key != "ON":
                self.fail()
            rank = _RANKS[key]
            self.at += 1
            self.clause(key)

    def _after_hole(self) -> None:
        self.scope.unfinished = True
        if self.key == "," or self.key in _JOINS or self.key in ("ON", "USING"):
            self.joins(AFTER_HOLE)
        elif self.key == "(":
            self.parenthesis()
        elif self.key in BINARY or self.key in ("NOT", "IN", "IS"):
            self.condition()
        elif self.at_name() and self.peek() in _SOURCE_FOLLOWS:
            self.source("JOIN", AFTER_HOLE)
            self.joins()
        elif self.starts_operand():
            self.condition()

    def clause(self, key: str) -> None:
        """Read the clause that this keyword has begun."""
        match key:
            case "FROM":
                self.sources()
            case "WHERE" | "HAVING":
                self.condition()
            case "GROUP":
                self.need("BY")
                self.expressions()
            case "WINDOW":
                self._windows()
            case "ORDER":
                self.need("BY")
                self._order()
            case "LIMIT":
                self.expression()
                if self.take("OFFSET") or self.take(","):
                    self.expression()
            case _:
                self.fail()

    def condition(self) -> None:
        """Read a condition; what it says without OR holds for its whole SELECT."""
        outside, start = self.region, self.at
        self.region = inside = Region(outside)
        self.expression()
        while self.key == "," and HOLE_KEY in self.keys[start : self.at]:
            self.at += 1  # the hole may have begun a list
            self.expression()
        if self.region is inside:
            outside.joined.append(inside)
        self.region = outside

    def _windows(self) -> None:
        while True:
            self.skip_name()
            self.need("AS")
            self.window()
            if not self.take(","):
                return

    def _order(self) -> None:
        """Read ORDER BY's terms; after a compound they see the tables of all its SELECTs."""
        scope = self.scope
        if scope.earlier:
            sources = [source for core in (*scope.earlier, scope) for source in core.sources]
            self.scope = Scope(scope.parent, sources, rows=scope.rows)
        self.terms()
        self.scope = scope

    def resume(self) -> None:
        """Read on from a token that SQLite would not accept, at the next clause."""
        if self.key in _RESUMES:
            self.clauses(QUERY_CLAUSES)
        elif self.key in _JOINS:
            self.joins()
        else:
            self.at += 1
