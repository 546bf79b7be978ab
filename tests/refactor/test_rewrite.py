"""One file through its edits, and the proof that nothing else changed."""

from dataclasses import replace

import pytest

from refactor.proof import Proved, Spot
from refactor.rewrite import Rewritten, Unproved, edited, rewrite

LINES = """
data/old.db: old (id, x) -> new_t
data/old.db: größe (id) -> länge_表
data/old.db: a (id, ax) -> b
data/old.db: b (id, bx) -> a
"""


def through(project, data, change=lambda it: it, **how):
    made = project({"case.py": data}, LINES, **how)
    searcher = made.searcher()
    (file,) = [it for it in searcher.search().files if it.path.name == "case.py"]
    return rewrite(file, [change(it) for it in file.references], searcher)


def test_rewritten(project):
    outcome = through(project, 'x = "SELECT x FROM old"\r\n')
    assert isinstance(outcome, Rewritten)
    assert outcome.after == b'x = "SELECT x FROM new_t"\r\n'
    assert [it.new for it in outcome.references] == ["new_t"]
    assert outcome.proofs == (
        Proved(Spot(outcome.path, 1, 19, "SELECT x FROM old"), filled=False, stand_ins=()),
    )


def test_a_swap_is_proved(project):
    outcome = through(project, 'x = "SELECT ax, bx FROM a JOIN b ON a.id = b.id"\n')
    assert isinstance(outcome, Rewritten)
    assert outcome.after == b'x = "SELECT ax, bx FROM b JOIN a ON b.id = a.id"\n'


def test_a_name_that_the_files_encoding_cannot_spell(project):
    data = '# coding: latin-1\nx = "SELECT * FROM größe"\n'.encode("latin-1")
    outcome = through(project, data)
    assert isinstance(outcome, Unproved)
    assert outcome.why.startswith("iso-8859-1 cannot spell the new name")


@pytest.mark.parametrize(
    ("new", "why"),
    [
        pytest.param('x"', "the result would not parse: line 1", id="no Python any more"),
        pytest.param("nope", "the statement on line 1 compiles today", id="an unknown table"),
        pytest.param('new_t" + f("x") + "', "more than the contents of strings", id="more code"),
    ],
)
@pytest.mark.parametrize("schemas", [True, False])
def test_a_wrong_edit_is_caught(project, new, why, schemas):
    outcome = through(
        project,
        'x = "SELECT x FROM old"\n',
        lambda it: replace(it, new=new),
        schemas=schemas,
    )
    if new == "nope" and not schemas:
        assert isinstance(outcome, Rewritten), "there is nothing to judge by"
        return
    assert isinstance(outcome, Unproved)
    assert why in outcome.why or "compiles today" in outcome.why


def test_an_edit_that_changes_nothing_is_caught(project):
    outcome = through(project, 'x = "SELECT x FROM old"\n', lambda it: replace(it, new="old"))
    assert isinstance(outcome, Unproved)


def test_a_statement_is_judged_with_the_names_that_are_still_withheld(project):
    made = project({"case.py": 'x = "SELECT ax, x FROM a JOIN old"\n'}, LINES)
    searcher = made.searcher()
    (file,) = [it for it in searcher.search().files if it.path.name == "case.py"]
    outcome = rewrite(file, [it for it in file.references if it.old == "old"], searcher)
    assert isinstance(outcome, Rewritten)
    assert outcome.after == b'x = "SELECT ax, x FROM a JOIN new_t"\n'


def test_edited_gives_text_and_bytes(project):
    made = project({"case.py": b"\xef\xbb\xbfx = 'SELECT x FROM old'  # \xc3\xa9\n"}, LINES)
    (file,) = [it for it in made.search().files if it.path.name == "case.py"]
    text, data = edited(file.source, file.references)
    assert text == "x = 'SELECT x FROM new_t'  # é\n"
    assert data == b"\xef\xbb\xbfx = 'SELECT x FROM new_t'  # \xc3\xa9\n"
