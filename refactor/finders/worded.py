"""Words with a dot that read as a column: names of events, permissions, messages to be translated.

`emit("old.x")` in a module that has SQL about `old` is one far more often than a piece of SQL.
"""

from refactor.finders.finder import Surroundings
from refactor.flow.consumers import What
from refactor.python.outline import last_part
from refactor.python.strings import Text
from refactor.sql.names import HOLE

A_WORD = "a word that reads as a column of this table: is it a piece of SQL?"
_NO_SQL = frozenset({What.DISPLAYED, What.JOINED, What.PARAMETER})
_TAKE_WORDS = frozenset(
    {
        *("_", "t", "tr", "trans", "translate", "gettext", "ngettext", "pgettext", "npgettext"),
        *("gettext_lazy", "gettext_noop", "lazy_gettext", "ugettext", "ugettext_lazy"),
        *("dispatch", "emit", "fire", "listen", "notify", "publish", "receiver", "send_signal"),
        *("send_task", "subscribe", "trigger", "unsubscribe"),
        *("can", "check_permission", "has_perm", "has_perms", "has_permission", "permission"),
        *("permission_required", "require_permission", "requires_permission"),
        *("gauge", "incr", "increment", "timing", "track", "getLogger", "get_logger"),
    }
)
"""How functions are called that get a word by which something else is known."""
_WORDS = ("event", "message", "perm", "permission", "scope", "signal", "topic")
_KEEP_WORDS = frozenset(f"{it}{end}" for it in _WORDS for end in ("", "s", "_id", "_key", "_name"))
"""What a word is the value of, in a dictionary or as an argument."""


def is_word(text: Text, around: Surroundings) -> bool:
    """Whether a text that reads as a column goes where words are given rather than SQL."""
    context = text.context
    before, dot, after = text.text.partition(".")
    # `f"old.{state}"` and `old.*` are as well.
    if not (
        dot and before.isidentifier() and after.replace(HOLE, "_").replace("*", "_").isidentifier()
    ):
        return False
    takes = last_part(context.callee) in _TAKE_WORDS and not context.key
    if takes or not _KEEP_WORDS.isdisjoint((context.key.lower(), context.argument)):
        return True
    journey = around.abroad.journey(around.source.path, around.flow, text)
    ends = [use.what for _, use in journey.uses]
    return bool(ends) and not journey.statements and _NO_SQL.issuperset(ends)
