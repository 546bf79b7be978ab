"""What stands in a plan file, as TOML writes it: for files that are written, and lines to paste."""

import json
import re

_BARE = re.compile(r"[A-Za-z0-9_-]+")


def toml_text(text: str) -> str:
    """A text on one line; its escapes are JSON's, and one character more."""
    return json.dumps(text, ensure_ascii=False).replace("\x7f", "\\u007f")


def toml_texts(texts: tuple[str, ...]) -> str:
    """A list of texts."""
    return f"[{', '.join(map(toml_text, texts))}]"


def toml_key(name: str) -> str:
    """A name as a key."""
    return name if _BARE.fullmatch(name) else toml_text(name)
