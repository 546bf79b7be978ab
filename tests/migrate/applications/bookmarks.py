"""buku: one table, and functions that SQLite learns from the program."""

import buku
from words import words

DATABASE = "bookmarks.db"
FUNCTIONS = ("REGEXP", 2, buku.regexp), ("NETLOC", 1, buku.get_netloc)


def fill(folder):
    marks = buku.BukuDb(dbfile=str(folder / DATABASE))
    for number in range(150):
        url = f"http://{'abc'[number % 3]}.test/{number}?größe"
        tags = f",{words(1)},{words(1)},"
        marks.add_rec(url, title_in=words(4), tags_in=tags, desc=words(9), fetch=False)
    for number in range(140, 20, -17):
        marks.delete_rec(number, chatty=False)
    for number in range(5, 100, 9):
        marks.update_rec(number, url="", title_in=f"new {words(2)}", tags_in="+,extra,")
    marks.close()


def read(database):
    marks = buku.BukuDb(dbfile=str(database))
    says = {
        "all": marks.get_rec_all(),
        "ordered": marks.get_rec_all(order=["-netloc", "+title"]),
        "words": marks.searchdb(["größe", "data"]),
        "parts": marks.searchdb(["fé"], deep=True, all_keywords=True),
        "patterns": marks.searchdb(["^new .*", "view$"], regex=True),
        "tagged": marks.search_by_tag("extra"),
        "tags": marks.get_tag_all(),
    }
    marks.close()
    return says


WRITES = (
    "INSERT INTO bookmarks(URL) VALUES ('http://new.test')",
    "UPDATE bookmarks SET tags = tags || 'more,' WHERE metadata REGEXP '^new'",
)
SEARCHES = ("SELECT * FROM bookmarks ORDER BY NETLOC(URL), id",)
