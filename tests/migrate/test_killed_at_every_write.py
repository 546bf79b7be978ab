"""SIGKILL before, and in the middle of, every write: the original or the result at each point."""

import random
import signal
import sqlite3
from collections import Counter
from contextlib import closing, suppress
from functools import partial

import pytest

from migrate.errors import StateError
from migrate.journal import State, status
from migrate.phases import IN_TARGET, Phase
from migrate.proof.verify import verify
from plan.errors import UserError
from tests.migrate.scenes import (
    KINDS,
    Scene,
    do_commit,
    do_drop,
    do_finish,
    do_half,
    do_migrate,
    do_phase,
    do_rollback,
    do_stopped,
    goes_back,
    killed,
    listed,
    run_apart,
)

VERBS = {
    "migrate": ("before", do_migrate),
    "stopped migrate": ("before", do_stopped),
    "resumed migrate": ("committed", do_migrate),
    "migrate after a kill": ("halfway", do_migrate),
    "merge": ("before", partial(do_phase, Phase.MERGE)),
    "rename": ("merge", partial(do_phase, Phase.RENAME)),
    "document": ("rename", partial(do_phase, Phase.DOCUMENT)),
    "archive": ("document", partial(do_phase, Phase.ARCHIVE)),
    "finish": ("migrated", do_finish),
    "rollback": ("migrated", do_rollback),
    "rollback of a phase": ("rename", do_rollback),
    "rollback after a kill": ("halfway", do_rollback),
    "rollback before archive": ("committed", do_rollback),
    "rollback over new rows": ("written", do_drop),
}


def start(scene, name):
    """Put the files in place as they are where a verb begins."""
    scene.take("migrated" if name in ("migrated", "written") else "before")
    if name == "written":
        with closing(sqlite3.connect(scene.root / scene.target)) as database:
            database.execute("UPDATE shop_plain SET a = 'new'")
            database.commit()
    elif name in ("halfway", "committed"):
        verb = do_half if name == "halfway" else do_commit
        assert run_apart(verb, scene.plan, lambda _: None) == -signal.SIGKILL
    for phase in IN_TARGET:
        if name in IN_TARGET and IN_TARGET.index(name) >= IN_TARGET.index(phase):
            do_phase(phase, scene.plan)
    scene.started = scene.content()
    scene.keep("start")


def finishes(scene, do):
    """A second run comes to the same end as one that nobody disturbs."""
    do(scene.plan)
    assert scene.content() == scene.ended
    if do is do_finish:
        assert status(scene.plan).state is State.FINISHED
        return
    do_migrate(scene.plan)
    assert scene.content() == scene.after
    assert status(scene.plan).state is State.DONE
    assert verify(scene.plan).pure
    assert not any((scene.root / name).exists() for name in scene.sources)
    goes_back(scene)


def kill_at(scene, verb, point):
    """One point: what is there afterwards, and how it ends."""
    do = VERBS[verb][1]
    scene.take("start")
    reached = killed(do, scene.plan, point)
    found = scene.hold()
    scene.keep("killed")
    if "rollback" in verb:
        goes_back(scene, drop=do is do_drop)
    else:
        finishes(scene, do)
        if point % 5 == 0 and do is not do_finish:
            scene.take("killed")
            go_back(scene, random.Random(point))
    return found if reached else "over"


def go_back(scene, chance):
    """A rollback after a kill; then one that is killed as well, and another one."""
    goes_back(scene)
    scene.take("killed")
    if killed(do_rollback_if_any, scene.plan, chance.randrange(60)):
        scene.hold()
    goes_back(scene)


def do_rollback_if_any(plan):
    with suppress(StateError):
        do_rollback(plan)


def kill_everywhere(scene, verb, stride=1, first=0):
    """All points of a verb, or some of them; what was found at them."""
    begin, do = VERBS[verb]
    start(scene, begin)
    points = listed(do, scene.plan, scene.folder / "points")
    scene.ended = scene.content()
    found, wrong = Counter(), []
    for point in range(first, len(points), stride):
        try:
            found[kill_at(scene, verb, point)] += 1
        except (AssertionError, UserError, OSError) as error:
            wrong.append(f"{point} of {len(points)}, {points[point]}: {error!r:.200}")
    print(  # noqa: T201 - the count is what `make slow` shows
        f"{scene.kind}, {verb}: {len(points)} points, killed at {found.total()}:"
        f" {found['original']} times the original, {found['result']} times the result"
    )
    assert not wrong, "\n".join(wrong)
    # The number of writes differs by a few: SQLite's cache decides, and the clock names folders.
    assert found["over"] < 4
    return found


@pytest.mark.slow
@pytest.mark.parametrize("verb", VERBS)
@pytest.mark.parametrize("kind", KINDS)
def test_killed_at_every_write(tmp_path, kind, verb):
    scene = Scene(tmp_path, kind)
    found = kill_everywhere(scene, verb)
    assert found.total() > 30


@pytest.mark.parametrize("number", range(len(KINDS)))
def test_killed_at_some_writes(tmp_path, number):
    """Every verb in one world or another, at a point or two."""
    scene = Scene(tmp_path, KINDS[number])
    for turn, verb in enumerate(VERBS):
        if turn % len(KINDS) == number:
            kill_everywhere(scene, verb, stride=131, first=7 * turn % 30)
