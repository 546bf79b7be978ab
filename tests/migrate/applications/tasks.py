"""huey: a queue in WAL mode, pickled values, keys of two columns."""

from huey import SqliteHuey
from words import words

DATABASE = "huey.db"


def fill(folder):
    queue = SqliteHuey("größe", filename=str(folder / DATABASE))

    @queue.task()
    def shout(text):
        return text.upper()

    for number in range(150):
        shout.schedule((words(2),), delay=1000 + number) if number % 3 else shout(words(3))
    for _ in range(70):
        task = queue.dequeue()
        queue.add_schedule(task) if task.eta else queue.execute(task)
    for number in range(30):
        queue.put(f"key {number} ü", {"value": number})
    queue.storage.close()


def read(database):
    queue = SqliteHuey("größe", filename=str(database))
    store = queue.storage
    says = {
        "waiting": [bytes(data).hex() for data in store.enqueued_items()],
        "scheduled": [bytes(data).hex() for data in store.scheduled_items()],
        "results": {key: bytes(data).hex() for key, data in store.result_items().items()},
        "numbers": [store.queue_size(), store.schedule_size(), store.result_store_size()],
        "kept": [queue.get(f"key {number} ü", peek=True) for number in range(40)],
    }
    store.close()
    return says


WRITES = (
    "INSERT INTO task(queue, data) VALUES ('größe', x'00ff')",
    "DELETE FROM schedule WHERE id % 2",
    "REPLACE INTO kv(queue, key, value) SELECT queue, key, x'01' FROM kv WHERE key LIKE '%1 ü'",
)
SEARCHES = (
    "SELECT * FROM task ORDER BY id",
    "SELECT * FROM schedule ORDER BY id",
    "SELECT * FROM kv ORDER BY queue, key",
)
