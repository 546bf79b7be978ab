"""How the view writes numbers of bytes, and many names."""

from collections.abc import Iterable

LISTED = 15
"""So many lines of one kind are shown."""
_NAMED = 6


def size(count: int) -> str:
    """Bytes as people say them."""
    for unit, size in (("GB", 1e9), ("MB", 1e6), ("kB", 1e3)):
        if count >= size:
            return f"{count / size:,.1f} {unit}"
    return f"{count} bytes"


def some(names: Iterable[str], most: int = _NAMED, between: str = ", ") -> str:
    """The first of many names, and how many more there are."""
    listed = [*names]
    more = f" and {len(listed) - most:,} more" if len(listed) > most else ""
    return between.join(listed[:most]) + more
