"""diskcache: rows that are counted by triggers, in WAL mode; keys and values of every type."""

import diskcache
from words import words

DATABASE = "cache.db"
POLICY = {"eviction_policy": "least-frequently-used", "tag_index": True, "statistics": True}


def fill(folder):
    with diskcache.Cache(str(folder), **POLICY) as cache:
        for number in range(300):
            cache.set(f"key {number}", words(5), tag=[None, "größe"][number % 2])
        for number in range(40):
            cache.set(number, b"\x00\xff" * number)
            cache[1.5 * number, "ü"] = {"deep": [number]}
        for number in range(0, 300, 7):
            cache.delete(f"key {number}")
        for number in range(0, 300, 5):
            cache.get(f"key {number}")
        cache.push("first", prefix="queue")


def read(database):
    diskcache.core.DBNAME = database.name
    with diskcache.Cache(str(database.parent), **POLICY) as cache:
        says = {
            "keys": [repr(key) for key in cache],
            "backwards": [repr(key) for key in reversed(cache)],
            "values": [repr(cache.get(key, expire_time=True, tag=True)) for key in list(cache)],
            "queue": repr(cache.peek(prefix="queue")),
            "number": len(cache),
        }
        cache["one more"] = 1
        says["number with one more"] = len(cache)
        del cache["one more"]
    return says


WRITES = (
    "INSERT INTO Cache(key, raw, size) VALUES ('by hand', 1, 700), ('again', 1, 7)",
    "UPDATE Cache SET size = 70 WHERE key = 'by hand'",
    "DELETE FROM Cache WHERE key = 'again'",
)
SEARCHES = ("SELECT * FROM Settings ORDER BY key", "SELECT max(rowid), count(*) FROM Cache")
