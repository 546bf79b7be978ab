"""Reads the statements that define things: CREATE, ALTER, DROP, PRAGMA and the small ones."""

from __future__ import annotations

from typing import TYPE_CHECKING, Final

from plan.model import folded
from refactor.sql.changes import CHANGES, Changes
from refactor.sql.cursor import END, HOLE_KEY, LITERAL, NAME
from refactor.sql.expressions import QUERY_STARTS
from refactor.sql.scopes import TEMPORARY, Role, Scope, Source, is_temporary
from refactor.sql.tokens import RESERVED, words

if TYPE_CHECKING:
    from refactor.sql.tokens import Token

_TEMPORARY = frozenset({"TEMP", "TEMPORARY"})
TEMPORARY_VIEW: Final = "CREATE TEMP VIEW"
_CREATES: Final = frozenset({"TABLE", "VIRTUAL", "VIEW", "INDEX", "UNIQUE", "TRIGGER"})
# https://sqlite.org/pragma.html: those whose argument is a table's name.
_TABLE_PRAGMAS = words("""
    TABLE_INFO TABLE_XINFO TABLE_LIST FOREIGN_KEY_LIST FOREIGN_KEY_CHECK INDEX_LIST
    INTEGRITY_CHECK QUICK_CHECK
    """)
_EVENTS = frozenset({"INSERT", "UPDATE", "DELETE"})
_ROWS = {
    "INSERT": frozenset({"new"}),
    "UPDATE": frozenset({"new", "old"}),
    "DELETE": frozenset({"old"}),
}
_KEYS = frozenset({"PRIMARY", "UNIQUE", "FOREIGN"})
"""What other systems add to a table, or drop from it."""
# Reserved words that no definition of a column has, so the text is something else.
_NEVER_DEFINE = RESERVED - words(
    """
    AS AUTOINCREMENT CHECK COLLATE CONSTRAINT DEFAULT DEFERRABLE DELETE FOREIGN INSERT NOT NULL ON
    PRIMARY REFERENCES SET UNIQUE UPDATE TO
    """
)
_VOCABULARIES = frozenset({"fts5vocab", "fts4aux"})


class Definitions(Changes):
    """Reads what defines and inspects tables."""

    # CREATE

    def create(self) -> None:
        """Read a CREATE; without one of its nouns the text is prose, and is not read."""
        self.at += 1
        temporary = self.take_any(_TEMPORARY)
        noun = self.key
        if noun not in _CREATES:
            self.fail()
            return
        self.at += 1
        match noun:
            case "TABLE":
                self._create_table(temporary=temporary)
            case "VIRTUAL" if self.need("TABLE"):
                self._create_virtual_table()
            case "VIEW":
                self._create_view(temporary=temporary)
            case "UNIQUE" if self.need("INDEX"):
                self._create_index()
            case "INDEX":
                self._create_index()
            case "TRIGGER":
                self._create_trigger(temporary=temporary)
            case _:
                pass

    def _if_not_exists(self) -> None:
        self.take_all("IF", "NOT", "EXISTS")

    def _own_name(self) -> str | None:
        """Step over the name of an index or trigger, and say its schema."""
        self._if_not_exists()
        if self.key == "ON" and self.after_hole():
            return None
        named = self.qualified_name()
        return named[1] if named else None

    def _declared(self, clause: str, home: str | None = None) -> tuple[Token, str | None] | None:
        self._if_not_exists()
        named = self.qualified_name()
        if named is None:
            return None
        token, schema, doubt = named
        schema = schema or home
        self.mention(token, Role.DECLARES, clause, schema, doubt)
        return token, schema

    def _create_table(self, *, temporary: bool) -> None:
        declared = self._declared("CREATE TABLE", TEMPORARY if temporary else None)
        if declared is None:
            return
        self.take(HOLE_KEY)
        if self.take("AS"):
            self._body_query()
        elif self.key == "(":
            self.home = declared[1]
            self._columns_of(*declared)
            while self.key in ("WITHOUT", "STRICT", "ROWID", ",", HOLE_KEY) or self._at_rowid():
                self.at += 1
        elif not self.after_hole():
            self.fail()

    def _at_rowid(self) -> bool:
        return self.key == NAME and self.keys[self.at - 1] == "WITHOUT"

    def _body_query(self) -> None:
        if self.key in QUERY_STARTS:
            self.query()
        elif not self.take(HOLE_KEY):
            self.fail()

    def _columns_of(self, token: Token, schema: str | None) -> None:
        """Read the columns and constraints of a table, in which it can be qualified by name."""
        outside = self.scope
        self.scope = Scope(outside, [Source(token, None, schema)])
        self.at += 1
        self._definitions()
        self.close()
        self.scope = outside

    def _definitions(self) -> None:
        """Read column definitions up to the end of the parenthesis or text."""
        while self.key not in (END, ")"):
            if self.take("REFERENCES"):
                self._references()
            elif self.key == "(":
                self._definition_parenthesis()
            elif self._begins_other_statement():
                self.fail()
                return
            else:
                self.at += 1

    def _begins_other_statement(self) -> bool:
        before = self.keys[self.at - 1]
        changes = self.key in _EVENTS and before not in ("ON", HOLE_KEY)
        return changes or self.key in _NEVER_DEFINE

    def _references(self) -> None:
        named = self.qualified_name()
        if named is not None:
            token, schema, doubt = named
            self.mention(token, Role.TABLE, "REFERENCES", schema or self.home, doubt)

    def _definition_parenthesis(self) -> None:
        if self.keys[self.at - 1] in ("CHECK", "DEFAULT", "AS", HOLE_KEY):
            self.parenthesis()
            return
        self.at += 1
        self.terms()  # the columns of a key, the length of a type
        self.close()

    def _create_virtual_table(self) -> None:
        declared = self._declared("CREATE VIRTUAL TABLE")
        if declared is None or not self.need("USING"):
            return
        module = folded(self.tokens[self.at].name) if self.at_name() else ""
        self.skip_name()
        if self.key != "(":
            return
        start = self.at
        self.skip_parenthesis()
        arguments = range(start + 1, self.at - (self.keys[self.at - 1] == ")"))
        if module in _VOCABULARIES:
            self._vocabulary(arguments, declared[1])
        elif module.startswith("fts"):
            self._content(arguments, declared[1])

    def _content(self, arguments: range, schema: str | None) -> None:
        """`content=t` keeps a full-text index of a table that exists on its own."""
        for at in arguments:
            is_option = self.keys[at] == "CONTENT" and self.keys[at - 1] in ("(", ",")
            if is_option and self.keys[at + 1] == "=" and at + 2 in arguments:
                value = self.tokens[at + 2]
                if value.name:
                    self.mention(value, Role.TABLE, "fts content", schema)

    def _vocabulary(self, arguments: range, schema: str | None) -> None:
        """`fts5vocab(t, row)` or `fts5vocab(main, t, row)`."""
        values = [at for at in arguments if self.keys[at] != ","]
        if not values:
            return
        if len(values) > 2:  # noqa: PLR2004 -- the longer form begins with a schema
            schema, values = self.tokens[values[0]].name, values[1:]
        self.mention(self.tokens[values[0]], Role.TABLE, "fts vocabulary", schema)

    def _create_view(self, *, temporary: bool) -> None:
        self._if_not_exists()
        clause = TEMPORARY_VIEW if temporary or self._at_temporary() else "CREATE VIEW"
        schema = self.name_of(Role.VIEW, clause)
        self.home = None if clause == TEMPORARY_VIEW else schema
        if self.key == "(":
            self.names()
        self.take(HOLE_KEY)
        if self.take("AS"):
            self._body_query()
        elif not self.after_hole():
            self.fail()

    def _at_temporary(self) -> bool:
        return self.key in _TEMPORARY and self.peek() == "."

    def _create_index(self) -> None:
        self.home = self._own_name()
        if not self.need("ON") and not self.take(HOLE_KEY):
            return
        named = self.qualified_name()
        if named is None:
            return
        token, schema, doubt = named
        self.mention(token, Role.TABLE, "INDEX ON", schema or self.home, doubt)
        self.scope.sources.append(Source(token, None, schema or self.home))
        if self.take("("):
            self.terms()
            self.close()
        elif not self.take(HOLE_KEY):
            self.fail()
        self.clauses(frozenset({"WHERE", HOLE_KEY}))

    def _create_trigger(self, *, temporary: bool) -> None:
        schema = self._own_name()
        self.home = None if temporary or is_temporary(schema) else schema
        instead = self.take_all("INSTEAD", "OF")
        if not instead and self.key in ("BEFORE", "AFTER"):
            self.at += 1
        self._event()
        if self.need("ON") or self.take(HOLE_KEY):
            self.name_of(Role.VIEW if instead else Role.TABLE, "TRIGGER ON")
        self.take_all("FOR", "EACH", "ROW")
        self.take(HOLE_KEY)
        if self.take("WHEN"):
            self.condition()
        self._trigger_body()

    def _event(self) -> None:
        event = self.key
        if not self.take_any(_EVENTS):
            if not self.take(HOLE_KEY):
                self.fail()
            self.scope.rows = _ROWS["UPDATE"]
            return
        self.scope.rows = _ROWS[event]
        if event == "UPDATE" and self.take("OF"):
            self.skip_name()
            while self.take(","):
                self.skip_name()

    def _trigger_body(self) -> None:
        if not self.need("BEGIN"):
            return
        while self.key not in (END, "END"):
            start = self.at
            self.take(HOLE_KEY)
            if self.key in CHANGES:
                self.change()
            elif self.key in QUERY_STARTS:
                self.query()
            if self.key != ";" and self.key not in (END, "END"):
                self.fail()
                self.at = max(self.at, start + 1)
                while self.key not in (END, ";"):
                    self.at += 1
            self.take(";")
        self.take("END")

    # ALTER and DROP

    def alter(self) -> None:
        """Read an ALTER TABLE."""
        self.at += 1
        if not self.need("TABLE"):
            return
        schema = self.name_of(Role.TABLE, "ALTER TABLE")
        self.home = schema
        match self.key:
            case "RENAME":
                self.at += 1
                self._renaming(schema)
            case "ADD" | "DROP":
                self.at += 1
                if self.key in _KEYS:
                    self.fail()
                self._definitions()
            case "ALTER":
                self.at += 1
                self._altered_column()
            case "hole":
                self.at = len(self.tokens)
            case _:
                self.fail()

    def _altered_column(self) -> None:
        """Read what becomes of a column: SQLite only says whether it may be NULL."""
        self.take("COLUMN")
        self.skip_name()
        if self.key == HOLE_KEY or self.after_hole():
            self.at = len(self.tokens)
        elif not self.take_any(frozenset({"SET", "DROP"})):
            self.fail()
        elif self.need("NOT"):
            self.need("NULL")

    def _renaming(self, schema: str | None) -> None:
        if self.take("TO"):
            named = self.qualified_name()
            if named is not None:
                self.mention(named[0], Role.DECLARES, "RENAME TO", schema, named[2])
            return
        self.take("COLUMN")
        self.skip_name()
        if self.need("TO"):
            self.skip_name()

    def drop(self) -> None:
        """Read a DROP."""
        self.at += 1
        noun = self.key
        if not self.take_any(frozenset({"TABLE", "VIEW", "INDEX", "TRIGGER"})):
            self.fail()
            return
        self.take_all("IF", "EXISTS")
        match noun:
            case "TABLE":
                self.name_of(Role.TABLE, "DROP TABLE")
            case "VIEW":
                self.name_of(Role.VIEW, "DROP VIEW")
            case _:
                self.qualified_name()

    # PRAGMA, ANALYZE, REINDEX

    def pragma(self) -> None:
        """Read a PRAGMA; some take a table's name."""
        self.at += 1
        schema = None
        if self.peek() == ".":
            schema = self.tokens[self.at].name
            self.at += 2
        pragma = self.key
        self.skip_name()
        bracketed = self.take("(")
        if not bracketed and not self.take("="):
            return
        if pragma in _TABLE_PRAGMAS and self.key != LITERAL:
            named = self.qualified_name()
            if named is not None:
                self.mention(named[0], Role.TABLE, "PRAGMA", schema or named[1], named[2])
        else:
            self.at = min(self.at + 1 + (self.key in ("-", "+")), len(self.tokens))
        if bracketed:
            self.need(")")

    def upkeep(self) -> None:
        """Read an ANALYZE or REINDEX, which need not name anything."""
        verb = self.key
        self.at += 1
        if self.key != END:
            self.name_of(Role.TABLE, verb)

    def unread(self) -> None:
        """Step over a statement that names no table."""
        self.at = len(self.tokens)
