"""Reads INSERT, UPDATE and DELETE."""

from __future__ import annotations

from typing import TYPE_CHECKING, Final

from plan.model import folded
from refactor.sql.catalog import CATALOGS
from refactor.sql.cursor import HOLE_KEY, STRING
from refactor.sql.expressions import QUERY_STARTS
from refactor.sql.queries import Queries
from refactor.sql.scopes import Mention, Role, Scope, Source
from refactor.sql.tokens import words

if TYPE_CHECKING:
    from refactor.sql.tokens import Token

CHANGES: Final = frozenset({"INSERT", "REPLACE", "UPDATE", "DELETE"})
_ACTIONS = frozenset({"ABORT", "FAIL", "IGNORE", "REPLACE", "ROLLBACK"})
_INSERT_CLAUSES = frozenset({"ON", "RETURNING", "WHERE", "SET", HOLE_KEY})
_UPDATE_CLAUSES = frozenset({"SET", "FROM", "WHERE", "RETURNING", "ORDER", "LIMIT", HOLE_KEY})
_DELETE_CLAUSES = frozenset({"WHERE", "RETURNING", "ORDER", "LIMIT", HOLE_KEY})
# https://sqlite.org/fts5.html#special_insert_commands, and those of FTS3/4.
FTS_COMMAND: Final = "fts command"
_FTS_COMMANDS = words("""
    automerge crisismerge delete delete-all deletemerge flush hashsize insttoken
    integrity-check maxpending merge
    nodesize optimize pgsz rank rebuild secure-delete usermerge
    """)


class Changes(Queries):
    """Reads the statements that change rows."""

    def change(self) -> None:
        """Read one change; the cursor stands on its verb."""
        outside = self.scope
        verb = self.key
        self.scope = Scope(outside, rows=outside.rows)
        self.at += 1
        match verb:
            case "UPDATE":
                self._update()
            case "DELETE":
                self._delete()
            case _:
                self._insert(f"{verb} INTO")
        self.scope = outside

    def _action(self) -> None:
        if self.take("OR") and not self.take_any(_ACTIONS) and self.key != HOLE_KEY:
            self.fail()

    def _target(self, clause: str) -> Source | None:
        """Read the changed table: never a CTE, and an alias needs AS."""
        named = self.qualified_name()
        if named is None:
            return None
        token, schema, doubt = named
        schema = schema or self.home
        source = Source(token, None, schema)
        if self.take("AS"):
            if self.at_name():
                source.alias = folded(self.tokens[self.at].name)
                self.given.append(source.alias)
            self.skip_name()
        self.uses.append(Mention(token, Role.TABLE, clause, schema, doubt, source.alias))
        self.index_hint()
        self.scope.sources.append(source)
        return source

    def clause(self, key: str) -> None:
        """Read the clause that this keyword has begun."""
        match key:
            case "SET":
                self._assignments()
            case "RETURNING":
                self._returning()
            case "ON":
                self._upsert()
            case _:
                super().clause(key)

    # UPDATE and DELETE

    def _update(self) -> None:
        self._action()
        if self._target("UPDATE") and self.key not in ("SET", HOLE_KEY):
            self.fail()
        self.clauses(_UPDATE_CLAUSES)

    def _delete(self) -> None:
        if self.need("FROM") or self.take(HOLE_KEY):
            self._target("DELETE FROM")
        self.clauses(_DELETE_CLAUSES)

    def _assignments(self) -> None:
        while True:
            if self.key == "(":
                self.names()
            elif self.key == HOLE_KEY and self.peek() != "=":
                self.at += 1
            else:
                self.skip_name()
            if self.take("="):
                self.expression()
            elif not self.after_hole() and self.key != HOLE_KEY:
                self.fail()
            self.take(HOLE_KEY)
            if not self.take(","):
                return

    def _returning(self) -> None:
        """Read RETURNING, where the table is known by its own name and not by its alias."""
        scope = self.scope
        targets = [Source(source.token, None, source.schema) for source in scope.sources[:1]]
        self.scope = Scope(scope.parent, targets, rows=scope.rows, unfinished=scope.unfinished)
        self.columns()
        self.scope = scope

    # INSERT

    def _insert(self, clause: str) -> None:
        if clause == "INSERT INTO":
            self._action()
        hole = self.take(HOLE_KEY)
        if not self.take("INTO") and not hole:
            self.fail()
            return
        target = self._target(clause)
        own = self._listed_columns(target)
        self._inserted_rows(target, own)
        # `INSERT INTO t AS a` keeps both names for what follows.
        self.scope.rows |= {"excluded"}
        if target and target.token and target.alias and folded(target.token.name) != "excluded":
            self.scope.sources.append(Source(target.token, None, target.schema))
        self.clauses(_INSERT_CLAUSES)

    def _listed_columns(self, target: Source | None) -> tuple[Token, ...]:
        self.take(HOLE_KEY)
        if self.key != "(":
            return ()
        start = self.at + 1
        if self.keys[start] in QUERY_STARTS:
            self.fail()
            self.parenthesis()
            return ()
        self.names()
        if target is None:
            return ()
        return tuple(self.tokens[start : self.at - 1 if self.keys[self.at - 1] == ")" else self.at])

    def _inserted_rows(self, target: Source | None, columns: tuple[Token, ...]) -> None:
        """Read what is inserted: it sees the CTEs of the statement, but not the changed table."""
        self.take(HOLE_KEY)
        start = self.at
        if self.key in QUERY_STARTS:
            scope = self.scope
            self.scope = scope.parent or scope
            self.query()
            self.scope = scope
            if target is not None and target.token is not None:
                self._command(target, columns, start)
                self._sequence_rows(target.token, columns, start)
        elif not self.take_all("DEFAULT", "VALUES") and not self.after_hole():
            self.fail()

    def _command(self, target: Source, columns: tuple[Token, ...], start: int) -> None:
        """A full-text table is told what to do by a row for the column of its own name."""
        if (
            not columns
            or target.token is None
            or folded(columns[0].name) != folded(target.token.name)
        ):
            return
        value = start + 2 if self.keys[start] == "VALUES" else start + 1
        if value >= len(self.tokens) or self.keys[value] != STRING:
            return
        command = self.tokens[value].name.partition("=")[0].strip().lower()
        if command in _FTS_COMMANDS:
            self.mention(columns[0], Role.QUALIFIER, FTS_COMMAND, target.schema)

    def _sequence_rows(self, table: Token, columns: tuple[Token, ...], start: int) -> None:
        """Note the names in rows that are written into a catalog, as into sqlite_sequence."""
        catalog = folded(table.name)
        if catalog not in CATALOGS or self.keys[start] != "VALUES":
            return
        names = [folded(column.name) for column in columns if column.text != ","]
        wanted = [at for at, name in enumerate(names) if name in CATALOGS[catalog]] or [0]
        position, level = 0, 0
        for at in range(start + 1, self.at):
            key = self.keys[at]
            level += (key == "(") - (key == ")")
            if level == 0 or (key == "(" and level == 1):
                position = 0
            elif key == "," and level == 1:
                position += 1
            elif key == STRING and level == 1 and position in wanted:
                self.mention(self.tokens[at], Role.CATALOG, catalog, None)

    def _upsert(self) -> None:
        """Read what follows ON in `ON CONFLICT (…) DO …`."""
        self.need("CONFLICT")
        if self.take("("):
            self.terms()
            self.close()
            if self.take("WHERE"):
                self.condition()
        self.take(HOLE_KEY)
        if not self.take("DO"):
            if not self.after_hole():
                self.fail()
            return
        if self.take("NOTHING") or not (self.need("UPDATE") and self.need("SET")):
            return
        self._assignments()
        if self.take("WHERE"):
            self.condition()
