"""The disk fails at one operation, or from one on: that is said, and no half is left."""

import errno
import json
import os
import signal
from collections import Counter

import apsw
import pytest

from plan.errors import UserError
from tests.migrate.scenes import (
    KINDS,
    Scene,
    do_migrate,
    do_rollback,
    goes_back,
    run_apart,
)

VERBS = {"migrate": ("before", do_migrate), "rollback": ("migrated", do_rollback)}


class Failing:
    """Fails at the n-th operation, or from it on; what came of it stands in a file."""

    def __init__(self, scene, how, point=-1):
        self.aside = scene.folder / "said"
        self.how, self.point, self.seen = how, point, 0
        self.reads = "read" in how

    def __call__(self, write):
        if write.kind == "wrote" or write.half:
            return
        point, self.seen = self.seen, self.seen + 1
        if point != self.point and not ("on" in self.how and 0 <= self.point < point):
            return
        if "Ctrl-C" in self.how:
            os.kill(os.getpid(), signal.SIGINT)
        elif write.who == "sqlite":
            raise apsw.FullError("full") if "full" in self.how else apsw.IOError("failed")
        else:
            code = errno.ENOSPC if "full" in self.how else errno.EIO
            raise OSError(code, os.strerror(code), write.path)

    def run(self, verb, plan):
        """What is said in the end, and how many operations there were."""

        def said(plan):
            try:
                verb(plan)
                what = "done"
            except (UserError, KeyboardInterrupt) as error:
                what = f"{type(error).__name__}: {error}"
            self.point = -1
            self.aside.write_text(json.dumps([what, self.seen]))

        self.aside.unlink(missing_ok=True)
        assert run_apart(said, plan, self, reads=self.reads) == 0, "it ended with a traceback"
        return json.loads(self.aside.read_text())


def fail_at(scene, verb, how, point):
    """One point: what is said, what is there, and how it ends when the disk works again."""
    first, do = VERBS[verb]
    scene.take(first)
    what, _ = Failing(scene, how, point).run(do, scene.plan)
    found = scene.hold()
    if what != "done":
        assert "\n" not in what
        if verb == "migrate" and found == "original" and "on" not in how:
            assert scene.bytes() == scene.files
            assert not scene.elsewhere(), what
    if verb == "migrate":
        do_migrate(scene.plan)
        assert scene.content() == scene.after
    goes_back(scene)
    return f"{found}, {'done' if what == 'done' else 'refused'}"


def fail_everywhere(scene, verb, how, stride=1, first=0):
    begin, do = VERBS[verb]
    scene.take(begin)
    scene.started = scene.content()
    what, total = Failing(scene, how).run(do, scene.plan)
    assert what == "done"
    scene.ended = scene.content()
    found, wrong = Counter(), []
    for point in range(total)[first::stride]:
        try:
            found[fail_at(scene, verb, how, point)] += 1
        except (AssertionError, UserError, OSError) as error:
            wrong.append(f"{point} of {total}: {error!r:.300}")
    print(f"{scene.kind}, {verb}, {how}: {total} operations, {dict(found)}")  # noqa: T201
    assert not wrong, "\n".join(wrong)
    return found


HOW = (
    "failing",
    "failing reads too",
    "full",
    "failing from then on",
    "full from then on",
    "Ctrl-C",
)


@pytest.mark.slow
@pytest.mark.parametrize("how", HOW)
@pytest.mark.parametrize("verb", VERBS)
@pytest.mark.parametrize("kind", KINDS)
def test_the_disk_fails_anywhere(tmp_path, kind, verb, how):
    fail_everywhere(Scene(tmp_path, kind), verb, how, stride=5 if "read" in how else 1)


def test_the_disk_fails_at_the_end_of_the_way_back(tmp_path):
    fail_everywhere(Scene(tmp_path, "journal"), "rollback", "failing", first=-10)


@pytest.mark.parametrize("number", range(len(HOW)))
def test_the_disk_fails_somewhere(tmp_path, number):
    scene = Scene(tmp_path, KINDS[number])
    for turn, verb in enumerate(VERBS):
        fail_everywhere(scene, verb, HOW[number], stride=211, first=17 + 30 * turn)
