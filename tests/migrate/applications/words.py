"""Texts of words from several scripts, the same in every run."""

import random

WORDS = (
    "tábla", "žluťoučký", "größe", "数据库", "表格", "index", "query", "naïve", "café", "search",
    "data", "🦀", "merge", "view",
)  # fmt: skip
_DICE = random.Random(5)


def words(count):
    return " ".join(_DICE.choice(WORDS) for _ in range(count))
