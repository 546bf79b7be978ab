"""Markup without rich says what rich says."""

import io
import re
import subprocess
import sys

from hypothesis import given
from hypothesis import strategies as st
from rich import markup as rich
from rich.console import Console
from rich.errors import MarkupError

from retable.markup import escape, plain

TEXTS = st.text(st.sampled_from("ab[]/\\#@ =\n\r\x07é")) | st.text()


@given(TEXTS)
def test_escaped_it_says_itself_here_and_there(text):
    assert escape(text) == rich.escape(text)
    assert plain(escape(text)) == rich.render(rich.escape(text), emoji=False).plain


@given(st.lists(TEXTS | st.sampled_from(["[bold]", "[/bold]", "[/]", "[red]"])).map("".join))
def test_markup_says_without_colours_what_rich_says(markup):
    try:
        said = rich.render(markup, emoji=False)
    except MarkupError:
        return  # a mistake of ours: a tag that was not opened
    assert plain(markup) == said.plain


@given(TEXTS)
def test_a_log_gets_what_rich_would_write(text):
    stream = io.StringIO()
    Console(file=stream, highlight=False, soft_wrap=True, emoji=False, width=120).print(
        rich.escape(text.replace("\t", " "))
    )
    assert plain(escape(text.replace("\t", " "))) + "\n" == stream.getvalue()


def test_what_nobody_watches_takes_no_rich(tmp_path):
    (tmp_path / "retable.toml").write_text(
        '[plan]\ntarget = "a.db"\ndescriptions = "optional"\n[[database]]\npath = "a.db"\n'
        'action = "target"\n[[domain]]\nname = "d"\n'
        'table = [{ from = "old", in = "a.db", to = "new" }]\n'
    )
    (tmp_path / "a.py").write_text('db.execute("SELECT * FROM old")\n')
    for verb in (["check"], ["patch", "--stdout"]):
        done = subprocess.run(
            [sys.executable, "-X", "importtime", "-m", "retable", *verb],
            cwd=tmp_path,
            capture_output=True,
            text=True,
            check=False,
        )
        assert "old" in done.stdout
        assert not re.search(r"\| +rich\b", done.stderr)
