"""Rich's markup, as far as it takes no rich: names put into it, and what it says without colours.

To import rich takes about a thirtieth of a `patch` that nobody watches. The tests compare both
functions with rich's own.
"""

import re

_TAG = re.compile(r"(\\*)(\[[a-z#/@][^[]*?])")
_CONTROLS = dict.fromkeys((7, 8, 11, 12, 13))
"""What rich takes out of a text: the codes that ring a bell or move a cursor."""


def escape(text: str) -> str:
    """A text for use in markup, where it must say no more than it says."""
    escaped = _TAG.sub(lambda it: rf"{it[1]}{it[1]}\{it[2]}", text)
    return f"{escaped}\\" if re.search(r"(?<!\\)\\\Z", escaped) else escaped


def plain(markup: str) -> str:
    """What markup says where nothing is coloured."""
    said, end = [], 0
    for tag in _TAG.finditer(markup):
        doubled, escaped = divmod(len(tag[1]), 2)
        before = markup[end : tag.start()].replace(r"\[", "[")
        said += [before, "\\" * doubled, tag[2] if escaped else ""]
        end = tag.end()
    return "".join([*said, markup[end:].replace(r"\[", "[")]).translate(_CONTROLS)
