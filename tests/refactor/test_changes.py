"""Complete groups are changed, the rest is withheld."""

import pytest

from refactor.patches.changes import groups_of
from refactor.references import Kind

LINES = """
data/a.db: note (id, agent) -> note_a
data/b.db: note (id, title) -> note_b
data/a.db: item (id) -> item_a
data/c.db: bug (id) -> bug_c
"""
ASKED = 'x = "SELECT id FROM note"\n'
DECIDED = 'y = "SELECT agent FROM note"\n'
ITEM = 'z = "SELECT * FROM item"\n'
BUG = 'b = "SELECT * FROM bug"\n'


def edited(changes):
    return sorted((str(it.path), it.old) for it in changes.edited)


def test_groups_are_by_table_and_by_database(project):
    code = DECIDED + ITEM + 'p = Path("data/a.db")\nq = Path("data/b.db")\n'
    groups = groups_of(project({"case.py": code}, LINES).search().references)
    assert [(group.kind, group.name) for group in groups] == [
        (Kind.PATH, "data/a.db"),
        (Kind.PATH, "data/b.db"),
        (Kind.TABLE, "item"),
        (Kind.TABLE, "note"),
    ]
    assert all(group.complete for group in groups)


def test_a_group_with_an_open_question_is_withheld_as_a_whole(project):
    _, changes = project({"a.py": DECIDED + ITEM, "b.py": ASKED}, LINES).changes()
    assert edited(changes) == [("a.py", "item")]
    assert [it.old for it in changes.withheld] == ["note"]
    assert [it.line for it in changes.review] == [1]


def test_partial_changes_what_is_certain(project):
    _, changes = project({"a.py": DECIDED + ITEM, "b.py": ASKED}, LINES).changes(partial=True)
    assert edited(changes) == [("a.py", "item"), ("a.py", "note")]
    assert not changes.withheld


@pytest.mark.parametrize(
    ("creates", "schema"),
    [
        ("a.py", 'db.execute("CREATE TABLE note (id, text)")\n'),
        ("a.py", 'db.execute("".join(["CREATE TABLE note (", "id, ", "text)"]))\n'),
        ("a.sql", "CREATE TABLE note (id, text);\n"),
    ],
)
def test_a_table_that_is_created_by_its_new_name_tells_what_it_has(project, creates, schema):
    use = 'a = "SELECT text FROM note"\nb = "SELECT author FROM note"\n'
    made = project({creates: schema, "b.py": use}, ["data/a.db: note -> item_note"])
    _, changes = made.changes(partial=True)
    asked = [(it.path, it.line, it.question) for it in changes.review]
    assert [it[1] for it in asked] == [2]
    made.apply(changes)
    assert "item_note" in made.read(creates)
    _, again = made.changes(partial=True)
    assert not again.rewritten
    assert [(it.path, it.line, it.question) for it in again.review] == asked


@pytest.mark.parametrize("partial", [True, False])
def test_a_path_waits_for_the_tables_of_its_database(project, partial):
    files = {"a.py": 'p = Path("data/a.db")\nq = Path("data/c.db")\n' + BUG, "b.py": ASKED}
    _, changes = project(files, LINES).changes(partial=partial)
    assert edited(changes) == [("a.py", "bug"), ("a.py", "data/c.db")]


def test_what_a_person_leaves_as_it_is_holds_nothing_up(project):
    made = project({"a.py": BUG + ITEM, "b.py": ITEM}, LINES)
    left = [it for it in made.search().references if (str(it.path), it.old) == ("a.py", "item")]
    _, changes = made.changes(left=left)
    assert edited(changes) == [("a.py", "bug"), ("b.py", "item")]
    assert changes.left == tuple(left)
    assert (changes.withheld, changes.review) == ((), ())


def test_a_question_that_only_concerns_a_message_holds_nothing_back(project):
    code = BUG + 'log.info("Delete from bug")\n'
    _, changes = project({"a.py": code}, LINES).changes()
    assert edited(changes) == [("a.py", "bug")]
    assert len(changes.review) == 1


def test_every_reference_is_edited_withheld_or_reviewed(project):
    files = {"a.py": DECIDED + ITEM + BUG, "b.py": ASKED + 'p = Path("data/a.db")\n'}
    found, changes = project(files, LINES).changes()
    parts = [*changes.edited, *changes.withheld, *changes.review]
    assert sorted((str(it.path), it.start) for it in parts) == sorted(
        (str(it.path), it.start) for it in found.references
    )


def test_what_one_file_cannot_take_the_others_do_not_get_either(project):
    lines = "data/a.db: bug (id) -> käfer\ndata/a.db: item (id) -> item_a\n"
    files = {"a.py": "# coding: ascii\n" + BUG + ITEM, "b.py": BUG, "c.py": ITEM}
    _, changes = project(files, lines).changes()
    assert [str(it.path) for it in changes.unproved] == ["a.py"]
    assert "cannot spell" in changes.unproved[0].why
    assert [str(it.path) for it in changes.withheld if it.old == "bug"] == ["a.py", "b.py"]
    assert not edited(changes)


def test_partial_leaves_alone_only_the_file_that_cannot_take_it(project):
    lines = "data/a.db: bug (id) -> käfer\n"
    files = {"a.py": "# coding: ascii\n" + BUG, "b.py": BUG}
    _, changes = project(files, lines).changes(partial=True)
    assert [str(it.path) for it in changes.unproved] == ["a.py"]
    assert edited(changes) == [("b.py", "bug")]
