"""A source damaged in any place: refused with every byte as before, or carried, proved, undone."""

import random
import shutil

import pytest

from migrate.execute import migrate
from migrate.progress import Silence
from migrate.proof.verify import verify
from migrate.rollback import rollback
from plan.errors import UserError

ROWS = (
    "CREATE TABLE b(x INTEGER PRIMARY KEY, y TEXT); CREATE INDEX b_y ON b(y);"
    "WITH RECURSIVE n(i) AS (SELECT 1 UNION ALL SELECT i + 1 FROM n WHERE i < 300)"
    " INSERT INTO b SELECT i, printf('%030d', i * 7919 % 1000) FROM n"
)


def damaged(data):
    """The header bit by bit, the file cut anywhere, and pages with other bytes in them."""
    for place in range(100):
        for flip in (0xFF, 0x01):
            yield data[:place] + bytes([data[place] ^ flip]) + data[place + 1 :]
    for end in range(1, len(data), 1024):
        yield data[:end]
    chance = random.Random(1)
    for _ in range(100):
        place, length = chance.randrange(100, len(data) - 500), chance.choice((1, 4, 64, 500))
        yield data[:place] + chance.randbytes(length) + data[place + length :]


@pytest.mark.slow
def test_damage_in_any_place(world):
    world.make("main.db", "CREATE TABLE a(x)")
    file = world.make("side.db", ROWS)
    plan = world.plan("main.db: a -> shop_a", "side.db: b -> shop_b")
    refused = 0
    for data in damaged(file.read_bytes()):
        file.write_bytes(data)
        before = world.everything()
        try:
            migrate(plan, progress=Silence())
        except UserError:
            refused += 1
            assert world.everything() == before
            continue
        assert verify(plan).holds
        rollback(plan, progress=Silence())
        for folder in world.root.glob("backup-*"):
            shutil.rmtree(folder)
        assert world.everything() == before
    assert refused > 50
