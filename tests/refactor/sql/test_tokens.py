"""SQLite's lexical rules, on tokens written as kind:text."""

import apsw
import pytest
from hypothesis import given
from hypothesis import strategies as st

from plan.model import folded
from refactor.sql.tokens import HOLE, Kind, significant_tokens, tokens, upper


def spelled(sql):
    return [f"{token.kind}:{token.text}" for token in significant_tokens(sql)]


@pytest.mark.parametrize(
    ("sql", "expected"),
    [
        ("select Größe$1 _x", ["word:select", "word:Größe$1", "word:_x"]),
        ("a--b\nc", ["word:a", "word:c"]),
        ("a/*b*/c /* d", ["word:a", "word:c"]),
        ("a/**/b/***/c", ["word:a", "word:b", "word:c"]),
        ("a /*", ["word:a", "operator:/", "operator:*"]),
        ('"a""b" `c``d` [e f]', ['quoted:"a""b"', "quoted:`c``d`", "quoted:[e f]"]),
        ("'it''s' ''", ["string:'it''s'", "string:''"]),
        ("'never closed; -- x", ["open:'never closed; -- x"]),
        ("[never", ["open:[never"]),
        ("x'0aF0' X'' x'0'", ["number:x'0aF0'", "number:X''", "other:x'0'"]),
        (
            "1 1.5 .5 1. 1e5 1.5E-3",
            [f"number:{n}" for n in ("1", "1.5", ".5", "1.", "1e5", "1.5E-3")],
        ),
        ("0xFF 1_000", ["number:0xFF", "number:1_000"]),
        ("12abc 1e 1_ 1__0", ["other:12abc", "other:1e", "other:1_", "other:1__0"]),
        ("1.5.x", ["number:1.5", "operator:.", "word:x"]),
        ("? ?12 :a @b $c", [f"parameter:{p}" for p in ("?", "?12", ":a", "@b", "$c")]),
        ("$a::b(c) #x", ["parameter:$a::b(c)", "parameter:#x"]),
        ("a->b->>c", ["word:a", "operator:->", "word:b", "operator:->>", "word:c"]),
        ("a||b|c", ["word:a", "operator:||", "word:b", "operator:|", "word:c"]),
        ("<<=<>>=!===", [f"operator:{o}" for o in ("<<", "=", "<>", ">=", "!=", "==")]),
        ("$a(b c)", ["other:$a(b", "word:c", "operator:)"]),
        ("{a} ! \\ :", ["other:{", "word:a", "other:}", "other:!", "other:\\", "other::"]),
        ("\ufeffselect", ["word:select"]),
        ("a\x00b\x0bc", ["word:a", "other:\x00", "word:b", "other:\x0b", "word:c"]),
        (HOLE, [f"hole:{HOLE}"]),
        (HOLE * 2 + " x", [f"hole:{HOLE * 2}", "word:x"]),
        (f"old{HOLE} {HOLE}old", [f"word:old{HOLE}", f"word:{HOLE}old"]),
        (f"\"{HOLE}\" '{HOLE}'", [f'quoted:"{HOLE}"', f"string:'{HOLE}'"]),
        (f"t{HOLE}.x", [f"word:t{HOLE}", "operator:.", "word:x"]),
    ],
)
def test_tokens(sql, expected):
    assert spelled(sql) == expected


@pytest.mark.parametrize(
    ("text", "name", "quote"),
    [
        ("old", "old", ""),
        ('"o""ld"', 'o"ld', '"'),
        ("'o''ld'", "o'ld", "'"),
        ("`o``ld`", "o`ld", "`"),
        ("[o[ld]", "o[ld", "["),
        ('""', "", '"'),
    ],
)
def test_name_and_quote(text, name, quote):
    (token,) = tokens(text)
    assert (token.name, token.quote) == (name, quote)


def test_only_ascii_letters_lose_their_case():
    assert folded("OLD_Ä") == "old_Ä"
    assert upper("l\u0131mit_ä") == "L\u0131MIT_ä"  # a dotless i is not an I to SQLite
    assert folded("\u212a") == "\u212a"  # the Kelvin sign is not a k to SQLite


@given(st.text() | st.text(alphabet="'\"`[]-/*x0.:$?(){} \n" + HOLE))
def test_tokens_cover_any_text(sql):
    read = list(tokens(sql))
    assert "".join(token.text for token in read) == sql
    assert all(sql[token.start : token.end] == token.text for token in read)
    silent = {Kind.SPACE, Kind.COMMENT}
    assert significant_tokens(sql) == tuple(token for token in read if token.kind not in silent)


@given(st.text(alphabet="ab\"'`[]-/*x01.eE_$\n äß<>=|"))
def test_what_sqlite_cannot_read_is_not_a_known_token(sql):
    """SQLite says which token it does not recognise; we must not take it for another kind."""
    connection = apsw.Connection(":memory:")
    try:
        connection.execute(f"EXPLAIN SELECT {sql}")
    except apsw.Error as error:
        if "unrecognized token" in str(error):
            assert {Kind.OPEN, Kind.OTHER} & {token.kind for token in tokens(sql)}


@pytest.mark.parametrize(
    "piece", ["'", '"', "[", "/*", "--", "x'", "1e", "$a(", "''", '"a', "(", "a"]
)
def test_time_grows_with_the_text_only(piece):
    assert "".join(token.text for token in tokens(piece * 50_000)) == piece * 50_000
