"""One file through its edits, and the proof that nothing else changed."""

import pytest
from msgspec.structs import replace

from refactor.patches.rewrite import Rewritten, Unproved, edited, rewrite
from refactor.proof.statements import Proved, Spot

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
        Proved(Spot(outcome.path, 1, 19, "SELECT x FROM old", (19,)), filled=False, stand_ins=()),
    )


ATTACHED = """
data/roadmap.db: notes (id, agent) -> roadmap_note
data/users.db: notes (id, title) -> user_note
data/kept.db: k (id, kept) keep
"""


@pytest.mark.parametrize(
    ("sql", "after"),
    [
        pytest.param(
            "SELECT u.notes.title FROM u.notes",
            "SELECT u.user_note.title FROM u.user_note",
            id="one",
        ),
        pytest.param(
            "SELECT agent, title FROM main.notes a JOIN u.notes b USING (id)",
            "SELECT agent, title FROM main.roadmap_note a JOIN u.user_note b USING (id)",
            id="beside the main database",
        ),
        pytest.param(
            "INSERT INTO k.k (id, kept) SELECT id, title FROM u.notes",
            "INSERT INTO k.k (id, kept) SELECT id, title FROM u.user_note",
            id="beside a database that is kept",
        ),
        pytest.param(
            "SELECT kept, title FROM k JOIN u.notes USING (id)",
            "SELECT kept, title FROM k JOIN u.user_note USING (id)",
            id="in a database that is kept",
        ),
    ],
)
def test_what_names_an_attached_database_is_proved(project, sql, after):
    code = (
        "ATTACHED = (\"ATTACH 'data/users.db' AS u\", \"ATTACH 'data/kept.db' AS k\")\n"
        f'with connect("data/roadmap.db") as c:\n    c.execute("{sql}")\n'
    )
    made = project({"case.py": code}, ATTACHED)
    _, changes = made.changes()
    (outcome,) = changes.rewritten
    assert after in outcome.after.decode()
    (proof,) = outcome.proofs
    assert isinstance(proof, Proved)


def test_a_wrong_name_in_an_attached_database_is_caught(project):
    code = 'c.execute("ATTACH \'data/old.db\' AS o")\nc.execute("SELECT x FROM o.old")\n'
    outcome = through(project, code, lambda it: replace(it, new="nope") if it.old == "old" else it)
    assert isinstance(outcome, Unproved)
    assert "the statement on line 2 compiles today, and would not any more" in outcome.why


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
