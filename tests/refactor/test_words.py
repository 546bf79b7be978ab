import re

import pytest
from hypothesis import example, given
from hypothesis import strategies as st

from plan.model import folded
from refactor.text.words import Words

ASCII_WORD = "[A-Za-z0-9_]"
LETTERS = "oldOLDabAB_. -1é\u0130\u212a\u017fß"


def naive(text, words):
    """The offsets at which one of the words stands as a whole, said as plainly as can be."""
    found = set()
    for word in words:
        pattern = rf"(?<!{ASCII_WORD})(?={re.escape(word)}(?!{ASCII_WORD}))"
        found |= {it.start() for it in re.finditer(pattern, text, re.IGNORECASE | re.ASCII)}
    return tuple(sorted(found))


@pytest.mark.parametrize(
    ("text", "hits"),
    [
        pytest.param("old", (0,), id="the whole text"),
        pytest.param("an OLD one, Old", (3, 12), id="in either case"),
        pytest.param("olds bold old_1 my_old old1", (), id="longer names"),
        pytest.param("éold oldé", (1, 5), id="only ASCII makes longer words"),
        pytest.param("data/old.db", (5,), id="two words from one offset are one hit"),
        pytest.param("old.old", (0, 4), id="a dot separates"),
        pytest.param("o\u212ad \u0130old old", (5, 9), id="letters that fold beyond ASCII"),
        pytest.param("my table", (0,), id="a name with a space"),
        pytest.param("", (), id="nothing"),
    ],
)
def test_hits(text, hits):
    words = Words(("old", "old.db", "My Table"))
    expected = naive(text, ("old", "old.db", "my table"))
    assert words.hits(text) == expected
    assert hits == expected
    assert words.are_in(text) == bool(expected)


@given(
    st.lists(st.text("oldabé_. ", min_size=1, max_size=4), max_size=4),
    st.text(LETTERS, max_size=30),
)
@example(["old"], "\u0130 old")
@example(["k"], "\u212a")
@example(["s"], "\u017f")
def test_hits_are_those_of_a_plain_pattern(words, text):
    assert Words(words).hits(text) == naive(text, words)
    assert set(Words(words).hits(text)) <= set(Words(words).hits_in_source(text))


@pytest.mark.parametrize(
    "escape", ["\\n", "\\t", "\\r", "\\f", "\\x20", "\\u0020", "\\U00000020", "\\40", "\\012"]
)
def test_in_source_a_word_may_follow_an_escape(escape):
    words = Words(("old",))
    assert words.hits_in_source(f'"FROM{escape}old"') == (len(escape) + 5,)


def test_in_source_a_longer_word_stays_one():
    assert Words(("old",)).hits_in_source(r"told \old told n\xold") == (6,)


def test_no_words_are_never_found():
    assert Words(()).hits("old") == ()
    assert folded("OLD") == "old"


@given(st.text(alphabet="aboldOLD_ .é☕İ\n\\tx"))
def test_letters_of_any_script_move_no_hit(text: str) -> None:
    words = ("old", "old_b", "olé")
    assert Words(words).hits(text) == naive(text, words)
