"""reader: feeds and entries in one file, an FTS5 index in another that it attaches."""

from reader import make_reader
from words import words

DATABASE = "feeds.db"
ITEM = (
    "<item><guid>{feed}-{number}</guid><title>{title} {number}</title>"
    "<pubDate>Mon, 0{day} Jan 2024 10:00:00 GMT</pubDate><description>{text}</description></item>"
)
FUNCTIONS = (("randomblob", 1, bytes),)  # a trigger of it numbers changes at random
QUERIES = "größe", "data*", "title: café", '"merge view"', "数据库 OR naïve"


def publish(folder, feed, numbers):
    items = "".join(
        ITEM.format(feed=feed, number=n, day=1 + n % 9, title=words(4), text=words(20))
        for n in numbers
    )
    title = f"<title>Feed {feed} {words(1)}</title>"
    xml = f'<rss version="2.0"><channel>{title}{items}</channel></rss>'
    (folder / f"{feed}.xml").write_text(xml, "utf-8")


def fill(folder):
    for feed in range(5):
        publish(folder, feed, range(40))
    reader = make_reader(str(folder / DATABASE), feed_root=str(folder))
    for feed in range(5):
        reader.add_feed(f"{feed}.xml")
    reader.update_feeds()
    reader.enable_search()
    reader.update_search()
    for number, entry in enumerate(reader.get_entries()):
        if number % 3 == 0:
            reader.mark_entry_as_read(entry)
        if number % 5 == 0:
            reader.set_tag(entry, "note", {"text": words(3)})
    reader.set_feed_user_title("2.xml", words(2))
    reader.delete_feed("3.xml")
    publish(folder, 0, range(20, 60))
    reader.update_feeds()
    reader.update_search()
    reader.close()


def read(database):
    reader = make_reader(str(database), feed_root="")
    says = {
        "entries": [(e.id, e.title, e.read, e.summary) for e in reader.get_entries()],
        "recent": [e.id for e in reader.get_entries(read=True, sort="recent", limit=40)],
        "feeds": [(f.url, f.title, f.user_title) for f in reader.get_feeds()],
        "counts": [str(reader.get_entry_counts()), str(reader.get_feed_counts())],
        "tags": [list(reader.get_tags(e)) for e in reader.get_entries(limit=30)],
    }
    for query in QUERIES:
        says[query] = [(e.id, str(e.metadata)) for e in reader.search_entries(query)]
        says[f"number of {query}"] = str(reader.search_entry_counts(query))
    reader.close()
    return says


WRITES = (
    "UPDATE entries SET title = 'größe again' WHERE feed = '1.xml' AND id LIKE '%7'",
    "DELETE FROM entries WHERE feed = '2.xml' AND id LIKE '%3'",
    "UPDATE feeds SET url = '9.xml' WHERE url = '4.xml'",
    "DELETE FROM entries_search WHERE rowid % 5 = 0",
    "INSERT INTO entries_search(title, content) VALUES ('a new größe', 'naïve crab 🦀')",
    "INSERT INTO entries_search(entries_search) VALUES ('optimize')",
    "INSERT INTO entries_search(entries_search) VALUES ('integrity-check')",
)
SEARCHES = (
    "SELECT feed, id, action FROM changes ORDER BY feed, id, action",
    "SELECT count(*) FROM entry_tags",
    (
        "SELECT rowid, rank, bm25(entries_search, 1, 5), highlight(entries_search, 0, '[', ']'),"
        " snippet(entries_search, 1, '[', ']', '…', 6)"
        " FROM entries_search WHERE entries_search MATCH 'größe NOT data' ORDER BY rank, rowid"
    ),
    "SELECT rowid FROM entries_search('title: größe OR content: crab')",
)
