"""Words with a dot that read as a column: names of events, permissions, messages to be translated.

`emit("old.x")` in a module that has SQL about `old` is one far more often than a piece of SQL.
"""

import re

from refactor.finders.finder import Surroundings
from refactor.flow.consumers import What
from refactor.python.outline import last_part
from refactor.python.strings import Text

A_WORD = "a word that reads as a column of this table: is it a piece of SQL?"
_NO_SQL = frozenset({What.DISPLAYED, What.JOINED, What.PARAMETER})
_WORD = re.compile(r"\w+\.\w+")
_TAKES_WORDS = re.compile(
    r"_|t|tr|trans|translate|(?:lazy_|u)?n?p?gettext(?:_lazy|_noop)?"
    r"|(?:un)?subscribe|dispatch|emit|fire|listen|notify|publish|receiver|send_(?:signal|task)|trigger"
    r"|can|(?:(?:check|has|requires?)_)?perm(?:ission)?s?(?:_required)?"
    r"|gauge|incr(?:ement)?|timing|track|getLogger|get_logger"
)
"""How functions are called that get a word by which something else is known."""
_KEEPS_WORDS = re.compile(
    r"(?:event|message|perm|permission|scope|signal|topic)s?(?:_(?:id|key|name))?", re.IGNORECASE
)
"""What a word is the value of, in a dictionary or as an argument."""


def is_word(text: Text, around: Surroundings) -> bool:
    """Whether a text that reads as a column goes where words are given rather than SQL."""
    context = text.context
    if not _WORD.fullmatch(text.text):
        return False
    takes = _TAKES_WORDS.fullmatch(last_part(context.callee)) and not context.key
    keeps = any(map(_KEEPS_WORDS.fullmatch, (context.key, context.argument)))
    if takes or keeps:
        return True
    journey = around.abroad.journey(around.source.path, around.flow, text)
    ends = [use.what for _, use in journey.uses]
    return bool(ends) and not journey.statements and _NO_SQL.issuperset(ends)
