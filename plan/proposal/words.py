"""A name's words, and one of them in the singular; a word that is not known well stays as it is."""

import re

_LETTER = r"(?:(?![A-Z])[^\W\d_])"
_WORD = re.compile(rf"[A-Z]+(?=[A-Z]{_LETTER})|[A-Z]?(?:{_LETTER}|\d)+|[A-Z]+\d*")
_NOISE = frozenset({"tbl", "tb", "tab", "table", "t"})
"""What some put before every table's name."""

_IRREGULAR = {
    "people": "person", "children": "child", "men": "man", "women": "woman", "mice": "mouse",
    "feet": "foot", "teeth": "tooth", "indices": "index", "vertices": "vertex",
    "matrices": "matrix", "appendices": "appendix", "analyses": "analysis", "crises": "crisis",
    "diagnoses": "diagnosis", "theses": "thesis", "hypotheses": "hypothesis",
    "leaves": "leaf", "halves": "half", "shelves": "shelf", "lives": "life", "knives": "knife",
    "wives": "wife", "wolves": "wolf", "thieves": "thief", "loaves": "loaf", "ids": "id",
    "ips": "ip", "ads": "ad", "movies": "movie", "cookies": "cookie", "zombies": "zombie",
    "calories": "calorie", "selfies": "selfie", "quizzes": "quiz", "caches": "cache",
    "niches": "niche", "heroes": "hero", "echoes": "echo", "vetoes": "veto",
    "potatoes": "potato", "menus": "menu", "gpus": "gpu", "cpus": "cpu", "skus": "sku",
    "urls": "url", "apis": "api", "emojis": "emoji", "taxis": "taxi",
    "topics": "topic", "metrics": "metric", "comics": "comic", "clinics": "clinic",
    "critics": "critic", "uses": "use", "excuses": "excuse", "axes": "axes",
}  # fmt: skip
_SINGULAR_WORDS = (
    "news series species status means data metadata media analytics statistics stats physics"
    " lens bus gas alias atlas bias canvas chaos corpus campus bonus virus menu os ios macos dns"
    " sms gps aws css js rss tls ssl https pos sos kudos ethos cosmos axis basis iris always"
    " address access process class business success progress press mess loss boss pass cross"
    " this his its has was as is us plus minus versus census consensus focus radius"
    " genus nexus syllabus stimulus apparatus texas kansas paris pajamas nas saas paas iaas"
    " redis postgres kubernetes jenkins sass less wordpress express sales goods"
)
"""Words that end in s and are no plural, or have no other form."""
_SINGULAR = frozenset(_SINGULAR_WORDS.split())


def words_of(name: str) -> tuple[str, ...]:
    """The words of a name in lower case: `UserAccounts`, `user_accounts`, `tblUserAccounts`."""
    words = [word.lower() for word in _WORD.findall(name)]
    while len(words) > 1 and words[0] in _NOISE:
        del words[0]
    return tuple(words)


def singular(word: str) -> str:
    """The word for one of them, where that is sure."""
    if word in _IRREGULAR:
        return _IRREGULAR[word]
    if word in _SINGULAR or len(word) <= 3 or not word.endswith("s") or not word.isascii():  # noqa: PLR2004 - the shortest plurals are listed
        return word
    if word.endswith(("ss", "us", "is", "ics")):
        return word
    if word.endswith("ies"):
        return word[:-3] + "y" if len(word) > 4 else word[:-1]  # noqa: PLR2004 - ties, pies
    if word.endswith("es") and _adds_es(word[:-2]):
        return word[:-2]
    return word[:-1]


def _adds_es(stem: str) -> bool:
    """Whether a word takes `es` in the plural: box, batch, class, status, but not case, size."""
    if stem.endswith(("ss", "sh", "ch", "x", "zz")):
        return True
    if stem.endswith("us"):
        return not stem.endswith(("ous", "aus"))
    return stem in _SINGULAR


def singular_words(words: tuple[str, ...]) -> tuple[str, ...]:
    """The words, the last of them in the singular."""
    return (*words[:-1], singular(words[-1])) if words else ()
