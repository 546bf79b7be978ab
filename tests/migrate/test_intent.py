"""What may change in a plan after it was carried out, and how a change is said."""

import pytest

from migrate.errors import StateError
from migrate.execute import migrate
from migrate.finish import finish
from migrate.intent import differences, digest_of_plan
from migrate.journal import State, status
from migrate.progress import Silence
from migrate.proof.verify import verify
from plan.load import load_plan

HEAD = '[plan]\ntarget = "main.db"\ndescriptions = "optional"\n'
DATABASES = (
    '[[database]]\npath = "main.db"\naction = "target"\n',
    '[[database]]\npath = "side.db"\naction = "merge"\n',
)
TABLES = (
    '[[domain.table]]\nfrom = "a"\nin = "main.db"\nto = "shop_a"\n',
    '[[domain.table]]\nfrom = "b"\nin = "side.db"\nto = "shop_b"\n',
)
DOMAIN = '[[domain]]\nname = "shop"\n'
TEXT = HEAD + "".join(DATABASES) + DOMAIN + "".join(TABLES)
BINDING = '[[code.binding]]\npaths = "app.py"\ndatabase = "side.db"\n'
KEEP = '[[database]]\npath = "kept.db"\naction = "keep"\nabout = "new"\n'


@pytest.fixture
def done(world):
    world.make("main.db", "CREATE TABLE a(x); INSERT INTO a VALUES (1)")
    world.make("side.db", "CREATE TABLE b(x); CREATE INDEX i ON b(x)")
    plan = rewritten(world, TEXT)
    world.migrate(plan)
    return world


def rewritten(world, text):
    file = world.root / "retable.toml"
    file.write_text(text)
    return load_plan(file)


@pytest.mark.parametrize(
    "text",
    [
        pytest.param(TEXT + BINDING, id="a binding"),
        pytest.param("# a remark\n" + TEXT, id="a comment"),
        pytest.param(TEXT.replace('to = "shop_a"', 'to = "shop_a"\nabout = "Things"'), id="about"),
        pytest.param(TEXT + '[code]\nexclude = ["old/**"]\n', id="what is history"),
        pytest.param(
            HEAD + DATABASES[1] + DATABASES[0] + DOMAIN + TABLES[1] + TABLES[0], id="another order"
        ),
        pytest.param(TEXT.replace("[[domain]]", KEEP + "[[domain]]"), id="a database to keep"),
        pytest.param(
            TEXT.replace('"main.db"\n[', '"main.db"\nbackup = "backup-{date}"\n['), id="a"
        ),
    ],
)
def test_what_is_said_of_the_code_and_for_people_may_change(done, text):
    plan = rewritten(done, text)
    assert status(plan).plan_changes == ()
    assert migrate(plan, progress=Silence()).already_done
    assert verify(plan).holds


@pytest.mark.parametrize(
    ("old", "new", "said"),
    [
        pytest.param(
            'to = "shop_a"',
            'to = "shop_x"',
            "table 'a' of main.db: to was 'shop_a' and is 'shop_x' now",
            id="a name",
        ),
        pytest.param(
            'to = "shop_b"\n',
            'to = "shop_b"\ncompat = "view"\n',
            "table 'b' of side.db: compat was 'none' and is 'view' now",
            id="a view",
        ),
        pytest.param(
            HEAD,
            HEAD + "schema_version = 2\n",
            "plan: schema_version was '1' and is '2' now",
            id="the version",
        ),
        pytest.param(
            'name = "shop"', 'name = "store"', "domain was 'shop' and is 'store' now", id="a domain"
        ),
        pytest.param(
            '"side.db"\naction = "merge"\n',
            '"side.db"\naction = "merge"\n[[database]]\npath = "c.db"\naction = "delete"\n',
            "database c.db: is new in the plan",
            id="a database",
        ),
        pytest.param(
            TABLES[0], "", "table 'a' of main.db: was in the plan and is not any more", id="less"
        ),
    ],
)
def test_what_is_said_of_the_databases_may_not_and_the_difference_is_named(done, old, new, said):
    assert old in TEXT
    plan = rewritten(done, TEXT.replace(old, new))
    before = done.everything()
    known = status(plan)
    assert known.state is State.DONE
    assert any(said in line for line in known.plan_changes)
    for verb in (lambda: migrate(plan, progress=Silence()), lambda: verify(plan)):
        with pytest.raises(StateError) as caught:
            verb()
        assert "another plan was carried out here" in str(caught.value)
        assert said in str(caught.value)
    assert done.everything() == before


def test_a_plan_whose_copy_is_gone(done):
    plan = rewritten(done, TEXT.replace("shop_a", "shop_x"))
    (done.root / "backup-gone").mkdir()
    for backup in done.root.glob("backup-2*"):
        (backup / "retable.toml").unlink()
    assert "its copy in the backup is gone" in status(plan).plan_changes[0]


def test_a_database_that_is_kept_now_has_another_action(done):
    before = load_plan(done.root / "retable.toml")
    now = rewritten(done, TEXT.replace('"merge"', '"keep"').replace(TABLES[1], ""))
    assert digest_of_plan(before) != digest_of_plan(now)
    assert "database side.db: action was 'merge' and is 'keep' now" in differences(before, now)


def test_a_target_that_was_finished_takes_no_other_plan(world):
    world.make("main.db", "CREATE TABLE a(x)")
    plan = world.plan("main.db: a -> shop_a")
    world.migrate(plan)
    finish(plan, progress=Silence())
    with pytest.raises(StateError) as caught:
        world.migrate(world.plan("main.db: shop_a -> shop_b"))
    # There is no rollback any more, so none is proposed.
    assert "(take that plan; a target that was finished takes no other one)" in str(caught.value)
