"""Where a place stands, in lines and columns and in offsets."""

import ast
import time

import pytest

from refactor.text.lines import Lines

LONG = "a" * 5_000 + "é表😀" * 3_000 + "b" * 3_000 + "ß"


@pytest.mark.parametrize(
    "line",
    [
        pytest.param("plain", id="ASCII"),
        pytest.param("é表😀x\u2028y", id="one, two, three, four bytes"),
        pytest.param(LONG, id="a long line"),
        pytest.param("", id="an empty line"),
    ],
)
def test_every_place_is_found_by_its_bytes(line):
    lines = Lines(f"é\n{line}\r\nlast")
    for column in range(len(line) + 1):
        size = len(line[:column].encode())
        assert lines.offset(2, size) == 2 + column
    assert lines.offset(3, 2) == 2 + len(line) + 2 + 2


def test_a_long_line_takes_time_that_grows_with_it():
    items = ", ".join(f"'é{number}'" for number in range(60_000))
    text = f"x = [{items}]\n"
    nodes = [node for node in ast.walk(ast.parse(text)) if isinstance(node, ast.Constant)]
    lines = Lines(text)
    started = time.process_time()
    for node in nodes:
        at = lines.offset(node.lineno, node.col_offset)
        assert text.startswith(repr(node.value), at)
    assert time.process_time() - started < 2  # looked through for each place it is a minute
