"""anki: columns compared by a collation that only anki has."""

from anki.collection import Collection

DATABASE = "collection.anki2"


def fill(folder):
    collection = Collection(str(folder / DATABASE))
    for _ in range(20):
        note = collection.new_note(collection.models.by_name("Basic"))
        note["Front"] = "größe"
        collection.add_note(note, collection.decks.id("Words"))
    collection.close()
