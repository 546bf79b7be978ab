"""A place where something takes a table's name."""

from enum import StrEnum

from msgspec import Struct


class Shape(StrEnum):
    """How the name is written there."""

    NAME = "name"
    """By itself."""
    COLUMN = "column"
    """Before its column: `table.column`."""
    EXPRESSION = "expression"
    """Somewhere in Python that the library evaluates: `table.c.column == …`."""


class Slot(Struct, frozen=True):
    """A place where a string is a table's name, or may be."""

    taker: str
    """Who takes it, in words: a library's name, or where the plan says so."""
    shape: Shape = Shape.NAME
    question: str | None = None
    """What keeps it from being certain."""
    blocking: bool = True
    """Whether the code would break if that question were forgotten."""
    remark: str = ""
    """What else follows if the name changes there."""
    evaluated: bool = False
    """Whether what is written there is Python."""
    columns: tuple[str, ...] = ()
    """What is said there of the table's columns."""
    needs_connection: bool = False
    """Whether the library opens other databases as well, so that the code must say which."""

    @property
    def says(self) -> str:
        """Why we believe that a table is named there, in words."""
        what = {Shape.NAME: "a table's name", Shape.COLUMN: "a table's name and its column's"}
        said = f"{self.taker} takes {what.get(self.shape, 'Python that names tables')} here"
        return f"{said}; {self.remark}" if self.remark else said
