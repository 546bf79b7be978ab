"""A string expression as the text that the program would see, each character with its place."""

import ast
import string
import sys
from pathlib import PurePosixPath

import pytest
from hypothesis import example, given, settings
from hypothesis import strategies as st

from refactor.python.outline import NOTHING, Outline
from refactor.python.outlining import outline
from refactor.python.strings import UnfaithfulError, plain_text, texts_of
from refactor.python.syntax import parsed
from refactor.sql.names import HOLE
from refactor.text.source import Source


def source_of(text):
    return Source(PurePosixPath("x.py"), text.encode(), text, "utf-8", b"")


def read(text):
    """The texts of the first string expression in some source."""
    source = source_of(text)
    tree = parsed(source)
    assert isinstance(tree, ast.Module), tree
    outlined = outline(source, tree)
    assert isinstance(outlined, Outline)
    return texts_of(source, outlined.sites[0])


def seen(text):
    return [it.text.replace(HOLE, "◌") for it in read(f"x = {text}")]


@pytest.mark.parametrize(
    ("code", "texts"),
    [
        pytest.param('"a"', ["a"], id="plain"),
        pytest.param("'a' \"b\" '''c'''", ["abc"], id="implicit concatenation"),
        pytest.param("('a'  # b\n 'c')", ["ac"], id="a comment between the parts"),
        pytest.param("'a' + b + 'c'", ["a◌c"], id="a sum"),
        pytest.param("'a' + ('b' + c)", ["ab◌"], id="a sum in parentheses"),
        pytest.param("a + b + 'c'", ["◌c"], id="a sum that begins with variables"),
        pytest.param("'%s %(x)5.2f %% %d' % y", ["◌ ◌ % ◌"], id="percent"),
        pytest.param("('a %s' 'b %r') % y", ["a ◌b ◌"], id="percent over two literals"),
        pytest.param("'{} {{x}} {a.b[c]!r:>{w}}'.format(1)", ["◌ {x} ◌"], id="format"),
        pytest.param("f'a{b}c{d!r:>{w}}e'", ["a◌c◌e"], id="an f-string"),
        pytest.param("f'{{a}} {b}'", ["{a} ◌"], id="doubled braces"),
        pytest.param("f'{a=} {b = :x}'", ["a=◌ b =◌"], id="debugging holes show their source"),
        pytest.param("f'{x}{{{y}}}'", ["◌{◌}"], id="braces beside holes"),
        pytest.param(r"f'\{{'", ["\\{"], id="a backslash before doubled braces"),
        pytest.param(r"f'\N{BULLET}{x}'", ["•◌"], id="a named character"),
        pytest.param("f'a' 'b{c}' f'{d}'", ["ab{c}◌"], id="f-strings amid plain ones"),
        pytest.param("f'a{g('b')}c'" if sys.version_info >= (3, 12) else "f'a{g(\"b\")}c'",
                     ["a◌c", "b"], id="a string in a hole"),
        pytest.param("f'a{\"b\" + c}d'", ["a◌d", "b◌"], id="a sum in a hole"),
        pytest.param("f'a{f\"b{c}\"}d'", ["a◌d", "b◌"], id="an f-string in a hole"),
        pytest.param("' '.join(['a', b, 'c'])", ["a ◌ c"], id="join of a list"),
        pytest.param("', '.join(('a', 'b'))", ["a, b"], id="join of a tuple"),
        pytest.param("dedent('a')", ["a"], id="dedent"),
        pytest.param("textwrap.dedent('a').strip()", ["a"], id="dedent and strip"),
        pytest.param("'a' 'b'.strip()", ["ab"], id="strip of both literals"),
        pytest.param(r"'a\tb\x63\u0064\101\
e'", ["a\tbcdAe"], id="escapes"),
        pytest.param(r"r'a\tb\'c'", [r"a\tb\'c"], id="raw"),
        pytest.param(r"'\z\8'", [r"\z\8"], id="what is no escape"),
        pytest.param("'''a\r\nb\rc'''", ["a\nb\nc"], id="newlines become \\n"),
        pytest.param("r'''a\\\r\nb'''", ["a\\\nb"], id="a raw backslash before a newline"),
    ],
)  # fmt: skip
def test_text(code, texts):
    assert seen(code) == texts


def test_bytes_are_marked():
    source = source_of("x = b'a' + b'b'")
    tree = parsed(source)
    assert isinstance(tree, ast.Module)
    outlined = outline(source, tree)
    assert isinstance(outlined, Outline)
    assert [(it.literals, it.context.binary) for it in outlined.sites] == [
        (("a",), True),
        (("b",), True),
    ]
    assert NOTHING.sites == ()


@pytest.mark.parametrize(
    ("code", "found"),
    [
        pytest.param("x = 'FROM old'", 10, id="plain"),
        pytest.param("é = '😀'; x = 'FROM old'", None, id="the first expression only"),
        pytest.param("x = 'é😀 old'", 8, id="offsets count characters"),
        pytest.param("x = 'FROM ' 'old'", 13, id="in the second literal"),
        pytest.param("x = 'FROM o' 'ld'", None, id="over two literals"),
        pytest.param(r"x = 'FROM \x6fld'", None, id="an escaped letter"),
        pytest.param(r"x = 'FROM\told'", 11, id="behind an escape"),
        pytest.param("x = f'{{}} {y} old'", 15, id="behind braces and holes"),
        pytest.param("x = '%%s %s old' % y", 12, id="behind placeholders"),
        pytest.param("x = f'''\r\n{y}\r\nold'''", 15, id="behind carriage returns"),
    ],
)
def test_place(code, found):
    text = read(code)[0]
    at = text.text.find("old")
    assert (text.place(at, at + 3) if at >= 0 else None) == found


@pytest.mark.parametrize(
    ("code", "spelled"),
    [
        pytest.param("'old'", '"order"', id="single quotes"),
        pytest.param('"old"', r"\"order\"", id="double quotes"),
        pytest.param('"""old x"""', '"order"', id="triple quotes"),
        pytest.param('"""old"""', r"\"order\"", id="at the end of triple quotes"),
        pytest.param('r"old"', "[order]", id="a raw string takes no escapes"),
        pytest.param("r'old'", '"order"', id="a raw string in single quotes"),
        pytest.param('f"{x} old"', r"\"order\"", id="an f-string"),
    ],
)
def test_a_keyword_is_quoted_as_its_literal_needs_it(code, spelled):
    (text,) = read(f"x = {code}")
    at = text.text.find("old")
    place = text.place(at, at + 3)
    assert place is not None
    assert text.spelled("order", place, place + 3) == spelled
    assert text.spelled("plain", place, place + 3) == "plain"


def test_a_keyword_in_a_hole_has_neither_quotes_nor_backslashes():
    _, inner = read("x = f\"{g('old')}\"")
    place = inner.place(0, 3)
    assert place is not None
    assert inner.spelled("order", place, place + 3) == "[order]"


def test_pointing_at_what_has_no_place_of_its_own():
    (text,) = read(r"x = 'FROM \x6fld'")
    assert text.near(5, 8) == 10, "the first character that is spelled somewhere"
    (text,) = read("x = 'FROM ' + y")
    assert text.near(5, 6) == 9, "else the last one before"


def test_the_settings_of_sqlites_shell_are_no_sql():
    text = plain_text(source_of(".mode column\nSELECT 1;\n.schema old\n"))
    assert text.text == ";           \nSELECT 1;\n.schema old;"
    assert text.place(13, 19) == 13


# Properties ------------------------------------------------------------------------------------

CONTENTS = st.lists(
    st.one_of(
        st.sampled_from(
            ["\\n", "\\\\", "\\x41", "\\u00e9", "\\U0001F600", "\\N{BULLET}", "\\101", "\\0", "\\z",
             "\\'", '\\"', "\\\n", "\\\r\n", "old", " ", "é", "😀", "{{", "}}", "%s", "$"]
        ),
        st.text(string.ascii_letters + " ;.,", max_size=5),
    ),
    max_size=8,
).map("".join)  # fmt: skip
QUOTES = st.sampled_from(["'", '"', "'''", '"""'])
PREFIXES = st.sampled_from(["", "r", "R", "u", "U"])
NEWLINES = st.sampled_from(["\n", "\r\n", "\r"])
HOLES = st.sampled_from(["{x}", "{x!r}", "{x:>5}", "{x=}", "{x:{w}}", "{ x }"])


@st.composite
def literals(draw, *, formatted=False):
    quote = draw(QUOTES)
    prefix = draw(PREFIXES)
    contents = draw(CONTENTS)
    if len(quote) == 3:
        contents += draw(NEWLINES) + draw(CONTENTS)
    if formatted:
        prefix = draw(st.sampled_from(["f", "F", "rf", "Fr"]))
        contents = "".join(draw(st.lists(st.one_of(st.just(contents), HOLES), max_size=4)))
    return f"{prefix}{quote}{contents}{quote}"


def evaluated(code):
    """What Python makes of a text, or None where it is no Python."""
    try:
        return eval(compile(code, "x", "eval"), {"x": "ä", "w": 3})
    except (SyntaxError, ValueError, NameError):
        return None


def quiet(code):
    tree = parsed(source_of(code))
    return isinstance(tree, ast.Module) and len(tree.body) == 1


@pytest.mark.filterwarnings("ignore::SyntaxWarning", "ignore::DeprecationWarning")
@settings(max_examples=400, deadline=None)
@given(st.lists(literals(), min_size=1, max_size=3).map(" ".join))
@example("'''\\\r\n'''")
@example("r'''\\\r'''")
@example("'\\N{BULLET}'")
def test_a_text_is_what_python_evaluates(code):
    value = evaluated(code)
    if value is None:
        return
    (text,) = read(code if "\n" in code else f"x = {code}") if quiet(f"x = {code}") else (None,)
    if text is None:
        return
    assert text.text == value
    assert_each_place_spells(text, code if "\n" in code else f"x = {code}")


@pytest.mark.filterwarnings("ignore::SyntaxWarning", "ignore::DeprecationWarning")
@settings(max_examples=400, deadline=None)
@given(literals(formatted=True))
@example('f"{x=}{{}}"')
@example("rf'\\{x}'")
@example("f'\\{{{x}'")
def test_an_f_string_is_what_python_evaluates_but_for_its_holes(code):
    source = f"x = {code}"
    if evaluated(code) is None or not quiet(source):
        return
    try:
        text = read(source)[0]
    except UnfaithfulError:
        # LibCST takes no raw f-string with a continued line; Python does.
        assert "\\\n" in code or "\\\r" in code
        return
    tree = ast.parse(source).body[0]
    assert isinstance(tree, ast.Assign)
    value = tree.value
    parts = value.values if isinstance(value, ast.JoinedStr) else [value]
    expected = "".join(
        str(part.value) if isinstance(part, ast.Constant) else HOLE for part in parts
    )
    assert text.text == expected
    assert text.text.count(HOLE) == len(text.holes)
    assert_each_place_spells(text, source)


def assert_each_place_spells(text, source):
    for value, start in zip(text.text, text.starts, strict=True):
        if start < 0:
            continue
        found = source[start]
        assert found in {value, "\\"} or (value, found) == ("\n", "\r")
    for at, value in enumerate(text.text):
        place = text.place(at, at + 1)
        if place is not None and value.isalnum():
            assert source[place] in {value, "\\"}


@pytest.mark.parametrize("depth", [50, 400])
def test_a_long_sum_is_read_or_said_to_be_unreadable(depth):
    code = "x = " + " + ".join(f"'{n} '" for n in range(depth))
    try:
        text = read(code)[0].text
    except UnfaithfulError:
        assert depth > 100
    else:
        assert text.split() == [str(n) for n in range(depth)]
