"""The rules of the check: one table that findings, ignores, `retable explain` and the docs share.

A code or a slug never changes its meaning and is never given to another rule.
"""

from collections.abc import Iterable
from enum import StrEnum

from msgspec import Struct

from plan.errors import Problem, ProblemsError
from refactor.references import Kind, Reference


class Level(StrEnum):
    """What a finding does to the check."""

    ERROR = "error"
    """It fails."""
    NOTE = "note"
    """It is shown, and does not fail."""


class Rule(Struct, frozen=True):
    """One thing that the check can say."""

    code: str
    slug: str
    title: str
    """What it is, in one line."""
    means: str
    why: str
    mend: str
    before: str = ""
    """An example that has the finding; empty where none can be shown."""
    after: str = ""
    """The example mended."""
    level: Level = Level.ERROR
    ignorable: bool = False
    """Whether a comment in the code can silence it."""
    baselined: bool = False
    """Whether a baseline may hold it."""
    strict: bool = False
    """Whether it is only looked for with `--strict`."""

    def __str__(self) -> str:
        """Name it both ways."""
        return f"{self.code} {self.slug}"


TABLE_NAME = Rule(
    code="RT001",
    slug="table-name",
    title="The code names a table by its old name.",
    means="This is certain: SQL, or what a library takes as a table's name, says the old name here,"
    " and its new name is known.",
    why="Once the databases are migrated, the statement fails with `no such table`, or finds the"
    " table of another database that has the name now.",
    before='db.execute("SELECT id FROM orders")',
    after='db.execute("SELECT id FROM shop_order")',
    mend="`retable apply` makes the edit, `retable patch` writes it down for review. Where the old"
    " name is right, such as for a table of a program that is not yours, say so on its line:"
    " `# retable: ignore[table-name] why`.",
    ignorable=True,
    baselined=True,
)
DATABASE_PATH = Rule(
    code="RT002",
    slug="database-path",
    title="The code names the file of a database that was merged into another.",
    means="A string is the path of a database with the action `merge`; its tables are in the"
    " plan's target now.",
    why="Afterwards the file is in the archive. Opening its old path makes an empty database"
    " there, and the program works on nothing without a word.",
    before='sqlite3.connect("data/users.db")',
    after='sqlite3.connect("data/shop.db")',
    mend="`retable apply` or `retable patch`. Where the old file is meant, such as in a script"
    " that reads the archive: `# retable: ignore[database-path] why`.",
    ignorable=True,
    baselined=True,
)
OPEN_QUESTION = Rule(
    code="RT003",
    slug="open-question",
    title="The code names an old table or database, and only a person can say which is meant.",
    means="That something old is named is beyond doubt; what must stand there instead is not. The"
    " message asks the question. The rename of that table is withheld until it is answered.",
    why="A guess would read or write the wrong table. No answer leaves code that breaks.",
    before='def notes(db):\n    return db.execute("SELECT text FROM notes")',
    after='# retable.toml\n[[code.binding]]\npaths = "shop/notes.py"\ndatabase = "data/shop.db"',
    mend="`retable patch` shows the lines for the plan that answer it. Or change the code by hand."
    " Or, if it is no reference at all: `# retable: ignore[open-question] why`, and it holds"
    " nothing up any more.",
    ignorable=True,
    baselined=True,
)
PERHAPS = Rule(
    code="RT004",
    slug="perhaps",
    title="This may be an old name, and may as well be something else.",
    means="A word that is a table's old name stands where a table's name could: in a setting, in"
    " SQL that is only shown to people, in a list of words. Nothing is edited.",
    why="If it is the table, it has to follow; retable does not guess.",
    before="table: orders    # a setting that some program reads",
    after="table: shop_order",
    mend="Change it by hand if it is the table. If it is not, and you would rather not see it"
    " again: `# retable: ignore[perhaps] why`.",
    level=Level.NOTE,
    ignorable=True,
)
UNREADABLE_FILE = Rule(
    code="RT005",
    slug="unreadable-file",
    title="A file that holds an old name cannot be read.",
    means="It does not parse, or its bytes are not in the encoding that it declares, or it cannot"
    " be opened. What it refers to is not known. The check ends with exit status 2.",
    why="Silence would say that the file is clean.",
    mend="Mend the file, or name it in `code.exclude` of the plan if it is history.",
)
UNUSED_IGNORE = Rule(
    code="RT006",
    slug="unused-ignore",
    title="A comment ignores something that is not there.",
    means="Nothing on the lines that a `retable: ignore` speaks for is a finding of a rule that"
    " it names.",
    why="It would silently hide the next old name that comes to stand on this line.",
    before='db.execute("SELECT id FROM shop_order")  # retable: ignore[table-name]',
    after='db.execute("SELECT id FROM shop_order")',
    mend="Remove the comment, or the rule from its brackets.",
)
UNKNOWN_RULE = Rule(
    code="RT007",
    slug="unknown-rule",
    title="A comment ignores a rule that does not exist, or that cannot be ignored.",
    means="What stands in the brackets of a `retable: ignore` is no code and no slug of a rule that"
    " can be ignored. The comment does nothing for it.",
    why="Who wrote it believes that something is ignored.",
    before='db.execute("SELECT id FROM orders")  # retable: ignore[tablename]',
    after='db.execute("SELECT id FROM orders")  # retable: ignore[table-name]',
    mend="Write one of the rules that `retable explain` lists.",
)
STALE_BASELINE = Rule(
    code="RT008",
    slug="stale-baseline",
    title="The baseline holds more than there is.",
    means="Leftovers of a file and rule have become fewer than the baseline allows for, or the"
    " file is gone.",
    why="What is allowed for and not there is room in which a new leftover would go unnoticed.",
    mend="`retable check --update-baseline`, and commit the file. Where the file was renamed, its"
    " leftovers are found under the new name, and the same command writes them down there.",
)
PROSE = Rule(
    code="RT009",
    slug="prose",
    title="A comment or a docstring says an old name (--strict).",
    means="The old name of a table, or of a moved database's file, stands in prose as a word. It"
    " may well be an ordinary word. It is never edited.",
    why="Comments that name what is gone mislead those who read them.",
    before='"""All rows of bugs."""',
    after='"""All rows of tracking_bug."""',
    mend="Reword it, or say `# retable: ignore[prose]` at the end of the docstring or the comment.",
    ignorable=True,
    baselined=True,
    strict=True,
)
IDENTIFIER = Rule(
    code="RT010",
    slug="identifier",
    title="An identifier holds an old name (--strict).",
    means="The name of a variable, a function, a class or an attribute is the old name of a table,"
    " or has it among its words, in either style: `load_bugs`, `BugsView`. It is never edited.",
    why="It works, and yet speaks of a table that nobody can find.",
    before="bugs_count = count(TRACKING_BUG)",
    after="tracking_bug_count = count(TRACKING_BUG)",
    mend="Rename it with your editor, or say `# retable: ignore[identifier]` on its line.",
    ignorable=True,
    baselined=True,
    strict=True,
)
UNPARSED_FILE = Rule(
    code="RT011",
    slug="unparsed-file",
    title="A file is not what its name says, and was only looked through.",
    means="A settings file, a notebook or a template holds old names and could not be parsed, for"
    " the reason that is said. Only whole paths of databases were sought in it.",
    why="What its values name is not known; a template that looks like YAML may be right all the"
    " same, so it does not fail the check.",
    mend="Mend it, look through it by hand, or name it in `code.exclude` of the plan.",
    level=Level.NOTE,
)
HISTORY_IN_USE = Rule(
    code="RT012",
    slug="history-in-use",
    title="The plan excludes a file as history, and live code uses it.",
    means="Code that is not excluded imports, runs or mentions this file, which names old tables.",
    why="If it runs again after the migration, it looks for tables that are gone. It is not"
    " checked while it is excluded.",
    mend="Name it in `live` or `history` of `[code]` in the plan: `retable patch` prints the"
    " lines.",
    level=Level.NOTE,
)

RULES = (
    TABLE_NAME,
    DATABASE_PATH,
    OPEN_QUESTION,
    PERHAPS,
    UNREADABLE_FILE,
    UNUSED_IGNORE,
    UNKNOWN_RULE,
    STALE_BASELINE,
    PROSE,
    IDENTIFIER,
    UNPARSED_FILE,
    HISTORY_IN_USE,
)


def rule_for(reference: Reference) -> Rule:
    """What kind of leftover a reference is."""
    if reference.certain:
        return TABLE_NAME if reference.kind is Kind.TABLE else DATABASE_PATH
    return OPEN_QUESTION if reference.blocking else PERHAPS


_BY_NAME = {name.lower(): rule for rule in RULES for name in (rule.code, rule.slug)}


def rule_called(name: str) -> Rule | None:
    """The rule with this code or slug, in either case."""
    return _BY_NAME.get(name.strip().lower())


def near(name: str, rules: Iterable[Rule] = RULES) -> list[str]:
    """The names of rules that somebody may have meant, best first."""
    from difflib import get_close_matches  # noqa: PLC0415 - for mistakes only

    names = [it for rule in rules for it in (rule.slug, rule.code.lower())]
    found = get_close_matches(name.strip().lower(), names, n=3, cutoff=0.6)
    return [str(_BY_NAME[it]) for it in dict.fromkeys(found)]


class UnknownRuleError(ProblemsError):
    """No rule has this code or slug."""


def rule_or_error(name: str) -> Rule:
    """The rule with this code or slug.

    Raises:
        UnknownRuleError: there is none; says what may have been meant.
    """
    rule = rule_called(name)
    if rule:
        return rule
    meant = near(name)
    mend = f"did you mean {' or '.join(meant)}?" if meant else "`retable explain` lists them all"
    raise UnknownRuleError((Problem(name, "is no rule", mend),))
