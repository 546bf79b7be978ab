"""What a diagram consists of, as facts: boxes, regions around them, lines between them."""

from dataclasses import dataclass

CHARACTER = 7.25
"""How wide a character is: the fonts are monospaced, 12 pixels high, 0.6 of that wide."""
HEAD, ROW, PAD = 26, 18, 10
"""How high a table's name and a column are, and what is left free beside a text."""
LONGEST = 34
"""Characters of a line; what is longer is cut."""


@dataclass(frozen=True, slots=True)
class Row:
    """One column in a box."""

    name: str
    type: str
    key: bool
    refers: bool


@dataclass(frozen=True, slots=True)
class Box:
    """One table or view, with the columns that are shown of it."""

    name: str
    kind: str
    rows: tuple[Row, ...]
    more: int
    """How many columns are not shown."""

    @property
    def width(self) -> float:
        """As wide as its longest line needs."""
        longest = max((len(it.name) + len(it.type) + 2 for it in self.rows), default=0)
        return 2 * PAD + CHARACTER * min(LONGEST, max(longest + 2, len(self.name) + 1, 12))

    @property
    def height(self) -> float:
        """As high as its rows need."""
        rows = len(self.rows) + (1 if self.more else 0)
        return HEAD + ROW * rows + (6 if rows else 0)

    def middle_of(self, column: str) -> float:
        """How far below its top a line to a column meets it: at its name if it is not shown."""
        for number, row in enumerate(self.rows):
            if row.name == column:
                return HEAD + ROW * number + ROW / 2 + 2
        return HEAD / 2


@dataclass(frozen=True, slots=True)
class Group:
    """The boxes of one domain, in columns."""

    name: str
    number: int
    """Which of the colours is its."""
    columns: tuple[tuple[Box, ...], ...]
    widths: tuple[float, ...]
    """Of each column: as wide as its widest box."""
    height: float
    """Of its ground."""


@dataclass(frozen=True, slots=True)
class Relation:
    """A foreign key between two boxes."""

    table: str
    column: str
    """The first that refers."""
    to: str
    to_column: str
    number: int
    """The colour of what is referred to."""
    said: str
    many: bool
    """Whether several rows may refer to the same."""


@dataclass(frozen=True, slots=True)
class Placed:
    """A box where it stands."""

    box: Box
    number: int
    x: float
    y: float
    width: float


@dataclass(frozen=True, slots=True)
class Region:
    """The ground on which the boxes of a domain stand."""

    name: str
    number: int
    x: float
    y: float
    width: float
    height: float


@dataclass(frozen=True, slots=True)
class Line:
    """A relation with the way that its line takes, from what refers to what is meant."""

    relation: Relation
    points: tuple[tuple[float, float], ...]


@dataclass(frozen=True, slots=True)
class Drawing:
    """All of it."""

    width: float
    height: float
    regions: tuple[Region, ...]
    boxes: tuple[Placed, ...]
    lines: tuple[Line, ...]
