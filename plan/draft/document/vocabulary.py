"""Sets of words, written as people read them."""


def forms(*words: str) -> frozenset[str]:
    """The words of some lines of text, as a set."""
    return frozenset(" ".join(words).split())
