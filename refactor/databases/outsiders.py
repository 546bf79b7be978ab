"""Which modules may open a file that is none of the plan's, as by whoever calls them.

`store.rows(sqlite3.connect("vendor.db"))` says it in another module than the one with the SQL.
"""

import re
import sys
from collections.abc import Callable, Collection, Iterable, Iterator
from functools import cached_property
from pathlib import PurePosixPath

from refactor.databases.databasepaths import SUFFIX, database_in, is_test, may_name, other_database
from refactor.databases.drivers import CLIENTS, MAY_OPEN, OTHER_DRIVERS, SENDERS
from refactor.databases.givers import FIXTURES, fixture_files
from refactor.legacy import Legacy
from refactor.python.assignments import LOADS
from refactor.python.modules import Modules, module_name
from refactor.python.outline import Scope, last_part
from refactor.text.lines import places
from refactor.text.source import Source, Unreadable

_MAY_SPELL = rf"{SUFFIX}[\"'?]"
"""What a line has in which a file is spelled: to look for what begins with a letter is cheap."""
_OPENING = re.compile(rf"{MAY_OPEN.pattern}\(([^)\n]*)")
"""What is opened, as it is written: the same again is the same file."""
_FINDS = re.compile(r"\b(?:r?glob|iglob|iterdir|listdir|scandir)\(")
_MAKES = re.compile(rf"(?:\}}|%s|\+\s*[\"'])\.{SUFFIX}[\"'?]")
"""What a path is made with whose name is put together."""
_HANDS = 2
"""So many modules may hand on where such a file is: settings, and what opens it by them."""
_SPELLED = re.compile(rf"[\"']([^\"'\n]*\.{SUFFIX})[\"'?]")
_OPENED = re.compile(
    r"\b(?:(?:\w*sq\w*|apsw)\.(?:connect|Connection)|create_\w*engine|SqliteDatabase)\(\s*([^\n]*)"
)
"""How a driver for SQLite is given a path."""
_OPENINGS = ("connect(", "Connection(", "ngine(", "SqliteDatabase(")
"""What it is called by: the pattern for it would look at each character."""
_SETS_ENTRIES = re.compile(
    r"(?m)^[ \t]*([\w.]+)(?:(?:\[[^\]\n]*\])*\.(?:update|configure)\(|(?:\[[^\]\n]*\])+\s*=[^=])"
)
"""How an entry of a dictionary is set, or several are, or what makes sessions is bound."""
_NAME = re.compile(r"\b[A-Za-z_]\w*(?:\.\w+)*\b(?![.(])")
"""Names and attributes, but for those of which only another attribute or a call counts."""
_GIVEN = r"\b%s\b(?:\s*:[^=,\n]+)?\s*=(?!=)([^\n]*)"
"""What a name, or a parameter by default, is given."""
_UNPACKED = r"(?m)^[ \t]*%s[ \t]*,[ \t]*\w+[ \t]*=([^\n]*)"
"""What it is given the first part of."""
_WORD = re.compile(r"\w+")
_OF_OBJECTS = ("self", "cls")
_BY_NOBODY = '"?"'
"""Such a path, as if it was given a text that tells nothing."""
_TEXT = re.compile(r"(?<!\[)[\"']([^\"'\n]*)[\"']")
"""The texts on a line; what the path ends with is the last of them."""
_ENDED = re.compile(rf"\.{SUFFIX}(?:\?|\Z)|memory")
"""What tells a file of a database's, or none at all."""
_UNSAID = re.compile(r"environ\b|getenv|\bargv\b|add_argument\(|click\.|typer\.|load\(")
"""How a program gets to know what its code does not say."""
_FETCHES = (
    *("input(", "askopenfilename(", "getOpenFileName(", "urlretrieve(", ".extract("),
    *("shutil.copy", "copyfile(", "filename", "glob(", "iterdir(", "listdir(", "scandir("),
)
"""What gives a path that a user picks, or of a file that is found, copied or loaded."""
_CHOOSES = (".raw(", ".engines[", ".get_engine(", f".{LOADS}(")
"""What a statement is executed by, where it says itself which database it is for, or loads it."""
_ALIASES = ("connections[", "connections.get(", "get_connection(", "current_app.config[")
"""How Django, Tortoise and Flask are asked for one of several databases."""
_HAVE_ALIASES = frozenset({"django", "flask", "tortoise"})


class Outsiders:
    """Answers where it is worth to ask who calls: it only tells where nobody does such a thing."""

    def __init__(
        self,
        legacy: Legacy,
        matching: Callable[[str], frozenset[PurePosixPath]],
        source: Callable[[PurePosixPath], Source | Unreadable],
        imports: Callable[[PurePosixPath], tuple[tuple[str, str], ...]],
        importing: Callable[[Collection[str]], Iterable[PurePosixPath]],
        modules: Modules,
    ) -> None:
        """Look through some code.

        Args:
            legacy: the plan's files.
            matching: the Python files with a line that a pattern of ripgrep's matches.
            source: what a file says.
            imports: what a module imports.
            importing: the modules that import one of some.
            modules: what they define.
        """
        self._importing = importing
        self._legacy = legacy
        self._matching = matching
        self._source = source
        self._imports = imports
        self._modules = modules
        self._several: dict[PurePosixPath, frozenset[str]] = {}
        self._making: dict[PurePosixPath, bool] = {}
        self._choices: dict[PurePosixPath, bool] = {}
        self._setting: dict[PurePosixPath, bool] = {}
        self._offers: dict[PurePosixPath, bool] = {}
        self._near: dict[PurePosixPath, bool] = {}
        self._sending: dict[PurePosixPath, bool] = {}
        self._senders: dict[tuple[PurePosixPath, str], bool] = {}

    def reach(self, path: PurePosixPath, *, from_afar: bool = False) -> bool:
        """Whether a module that spells a file which is none of the plan's imports this one.

        Or one from which this one imports a dictionary that it sets an entry of, or what it binds.

        Args:
            path: the module.
            from_afar: whether one counts too that gets such a file from another module, or may
                open what is of another system.
        """
        name = module_name(path)
        if name in self._imported or path.parent.name in self._imported:
            return True
        sets = self._set
        if sets and not sets.isdisjoint(self._taken_by(path)):
            return True
        taking = [*self._importing(frozenset({name}))] if from_afar else []
        return any(not is_test(str(it)) for it in taking) and not self._opening.isdisjoint(taking)

    def are_made_for(self, path: PurePosixPath) -> bool:
        """Whether a module makes up files' names, or imports one that does: `f"{name}.db"`."""
        if not self._makers:
            return False
        known = self._making.get(path)
        if known is None:
            taken = (last_part(it) for names in self._imports(path) for it in names)
            known = path in self._makers or not self._names_of_makers.isdisjoint(taken)
            self._making[path] = known
        return known

    def opens_several(self, path: PurePosixPath, scope: Scope) -> bool:
        """Whether a function or its class may open several files, or such as it finds or makes up.

        That is only what its text looks like; tests open what they like.
        """
        known = self._several.get(path)
        if known is None:
            text = "" if is_test(str(path)) else self._text(path)
            found = _opening_several(text) if "connect" in text else ()
            known = self._several[path] = frozenset(found)
        function = last_part(scope.function)
        return bool(known) and (function in known or bool(scope.owner and "__init__" in known))

    def may_choose(self, path: PurePosixPath) -> bool:
        """Whether a module may say by itself that something is opened on another file."""
        known = self._choices.get(path)
        if known is None:
            text = self._text(path)
            known = any(it in text for it in _CHOOSES) or (
                "subprocess" in text
                and any(f"{it}{end}" in text for it in CLIENTS for end in "\"'")
            )
            known = known or (not is_test(str(path)) and self._opens_others(path, text))
            self._choices[path] = known
        return known

    def start_programs(self, path: PurePosixPath) -> bool:
        """Whether a module may start other programs."""
        return "subprocess" in self._text(path)

    def _opens_others(self, path: PurePosixPath, text: str) -> bool:
        """Whether a module may open a file that no ending tells, or one of several.

        That is only what its text looks like, and that of what it imports.
        """
        starts = {text.rfind("\n", 0, at) + 1 for it in _OPENINGS for at in places(text, it)}
        calls = (it for at in starts for it in _opened_on_line(text, at))
        files = frozenset(map(_first, calls))
        if len(frozenset(map(last_part, files))) > 1 and (
            any(map(str.isupper, files)) or _UNSAID.search(text)
        ):
            return True
        for file in files:
            names, values = frozenset[str](), [file]
            if not any(it[:1] != "?" for it in _TEXT.findall(file)):
                names = frozenset(_NAME.findall(file))
                values = [_first(it) for name in names for it in self._given(name, path, text)]
            ends = (texts[-1] for it in values if (texts := _TEXT.findall(it)))
            if any(it in value for value in values for it in _FETCHES) or any(
                not _ENDED.search(it) for it in ends
            ):
                return True
            if _are_each_of(names, text):
                return True
        return False

    def _given(self, dotted: str, path: PurePosixPath, text: str) -> list[str]:
        """What a name or an attribute is given in a module, or else in what this imports for it."""
        name, (root, *_) = last_part(dotted), dotted.split(".")
        said = re.compile(_GIVEN % name)
        given: list[str] = said.findall(text)
        if not given and f"{name}, " in text:
            given += re.findall(_UNPACKED % name, text)
        for each in () if given else (text, *self._texts_behind(root, path)):
            given += said.findall(each) if name in each else ()
            if not given and _is_required(name, each):
                return [_BY_NOBODY]
        return given

    def _texts_behind(self, name: str, path: PurePosixPath) -> Iterator[str]:
        """The modules that a module may import a name from, or that it imports by this name."""
        if name in _OF_OBJECTS or not any(name in map(last_part, it) for it in self._imports(path)):
            return
        names = self._modules.names(path)
        module, taken = names.imports.get(name, ("", "")) if names else ("", "")
        for source in map(self._source, self._behind(module, taken, path) if module else ()):
            if isinstance(source, Source):
                yield source.text

    def offer(self, path: PurePosixPath) -> bool:
        """Whether a module may get what such a one opens, as by a name or an alias."""
        known = self._offers.get(path)
        if known is None:
            known = self.spell_near(path) or any(map(self.may_choose, self._taken_from(path)))
            self._offers[path] = known
        return known

    def spell_near(self, path: PurePosixPath) -> bool:
        """Whether a module, one that it imports or its fixtures spell such a file, or an alias."""
        known = self._near.get(path)
        if known is None:
            known = self._near[path] = (
                path in self._offering
                or not self._offered.isdisjoint(self._taken_by(path))
                or not self._fixtures.isdisjoint(fixture_files(path))
            )
        return known

    def may_send(self, path: PurePosixPath, by: str = "") -> bool:
        """Whether a module, or one that it imports, may send SQL to somebody else.

        Args:
            path: the module.
            by: the only name that a method may have which does it.
        """
        known = self._senders.get((path, by))
        if known is None:
            every = dict.fromkeys((path, *self._taken_from(path)))
            near = [it for it in every if not by or f"def {by}(" in self._text(it)]
            known = self._senders[path, by] = any(map(self._sends, near))
        return known

    def _sends(self, path: PurePosixPath) -> bool:
        known = self._sending.get(path)
        if known is None:
            text = self._text(path)
            named = any(it in text for it in SENDERS)
            taken = {it.partition(".")[0] for it, _ in self._imports(path)} if named else ()
            known = self._sending[path] = not SENDERS.isdisjoint(taken)
        return known

    def _text(self, path: PurePosixPath) -> str:
        source = self._source(path)
        return source.text if isinstance(source, Source) else ""

    def _taken_from(self, path: PurePosixPath) -> Iterator[PurePosixPath]:
        """The modules of the code that a module imports, or imports something from."""
        names = self._modules.names(path)
        for module, taken in names.imports.values() if names else ():
            if module.partition(".")[0] not in sys.stdlib_module_names:
                yield from self._behind(module, taken, path)

    def _behind(self, module: str, taken: str, path: PurePosixPath) -> Iterator[PurePosixPath]:
        """The files that an import of something from a module may mean."""
        yield from self._modules.imported(module, path)
        if taken:
            inside = f"{module}{'' if module.endswith('.') else '.'}{taken}"
            yield from self._modules.imported(inside, path)

    def _taken_by(self, path: PurePosixPath) -> frozenset[str]:
        """The last parts of what a module imports whose names are known already."""
        names = self._modules.names(path)
        imports = names.outline.imports if names else ()
        return frozenset(last_part(it) for _, *both in imports for it in both)

    def may_be_set(self, path: PurePosixPath) -> bool:
        """Whether the tests in a module may set a name of another to a file that is not planned."""
        known = self._setting.get(path)
        if known is None:
            text = self._text(path) if is_test(str(path)) else ""
            sets = "patch" in text or "setattr(" in text
            known = self._setting[path] = sets and self._spells(path)
        return known

    @cached_property
    def _offering(self) -> frozenset[PurePosixPath]:
        """The modules that spell other files, or ask Django or Flask for what settings say."""
        near = ((it, self._source(it)) for it in self._importing(_HAVE_ALIASES))
        asking = (
            path
            for path, source in near
            if isinstance(source, Source) and any(it in source.text for it in _ALIASES)
        )
        return frozenset((*self._spellers, *asking))

    @cached_property
    def _offered(self) -> frozenset[str]:
        """The last parts of their names."""
        return frozenset(map(module_name, self._offering))

    @cached_property
    def _imported(self) -> frozenset[str]:
        """The last parts of what such modules import."""
        taken = (it for path in self._spellers for it in self._imports(path))
        return frozenset(last_part(it) for names in taken for it in names) - {""}

    @cached_property
    def _spellers(self) -> frozenset[PurePosixPath]:
        """The modules that spell a file which is none of the plan's."""
        return frozenset(filter(self._spells, self._spelling))

    @cached_property
    def _opening(self) -> frozenset[PurePosixPath]:
        """The modules that spell such a file, or open what is of another database system.

        And those that may get it from them, by two imports.

        Compared by the last part of their names: it only says where it is worth to look closer.
        """
        drivers = (it for it in self._importing(OTHER_DRIVERS) if not is_test(str(it)))
        found = new = self._spellers.union(drivers)
        for _ in range(_HANDS):
            taking = self._importing(frozenset(map(module_name, new))) if new else ()
            new = frozenset(it for it in taking if not is_test(str(it))) - found
            found |= new
        return found

    @cached_property
    def _spelling(self) -> tuple[PurePosixPath, ...]:
        """The modules that spell the ending of a database's file."""
        return tuple(it for it in self._ended if not is_test(str(it)))

    @cached_property
    def _fixtures(self) -> frozenset[PurePosixPath]:
        """The files of pytest's fixtures that spell a file which is none of the plan's."""
        return frozenset(it for it in self._ended if it.name == FIXTURES and self._spells(it))

    @cached_property
    def _ended(self) -> frozenset[PurePosixPath]:
        """The same, tests among them."""
        return self._matching(_MAY_SPELL)

    @cached_property
    def _makers(self) -> frozenset[PurePosixPath]:
        """The modules that open a file and put names of files together."""
        return frozenset(it for it in self._spelling if self._makes(it))

    @cached_property
    def _names_of_makers(self) -> frozenset[str]:
        """What they are called where they, or the packages they are in, are imported."""
        return frozenset(it for path in self._makers for it in (path.stem, path.parent.name))

    def _makes(self, path: PurePosixPath) -> bool:
        text = self._text(path)
        return bool(_MAKES.search(text) and MAY_OPEN.search(text))

    @cached_property
    def _set(self) -> frozenset[str]:
        """The names of what such modules set entries of, or bind, and the modules that have it."""
        found: set[str] = set()
        for path in sorted(self._spellers):
            text = self._text(path)
            names = {it for said in _SETS_ENTRIES.findall(text) for it in said.split(".")}
            for module, name in self._imports(path) if names else ():
                own = module.partition(".")[0] not in sys.stdlib_module_names
                if own and not names.isdisjoint((name, last_part(module))):
                    found |= {name, last_part(module)}
        return frozenset(found - {""})

    def _spells(self, path: PurePosixPath) -> bool:
        source = self._source(path)
        return isinstance(source, Source) and any(map(self._is_other, _written(source.text)))

    def _is_other(self, text: str) -> bool:
        legacy = self._legacy
        return (
            other_database(text)
            and database_in(text, legacy) is None
            and not may_name(text, legacy)
        )


def _are_each_of(names: Collection[str], text: str) -> bool:
    """Whether a loop gives one of some names, in a module that finds files."""
    roots = {it.partition(".")[0] for it in names}.difference(_OF_OBJECTS)
    if not roots or not ("glob(" in text or "dir(" in text):  # of `listdir(` and its kin
        return False
    heads = (text[at : text.find("\n", at)].partition(" in ") for at in places(text, "for "))
    return any(joint and not roots.isdisjoint(_WORD.findall(head)) for head, joint, _ in heads)


def _is_required(name: str, text: str) -> bool:
    """Whether a field of this name is declared, and given nothing: `path: str`."""
    for at in places(text, f"{name}:"):
        start, end = text.rfind("\n", 0, at) + 1, text.find("\n", at)
        declared = text[at + len(name) + 1 : end if end >= 0 else len(text)]
        alone = start < at and text[start:at].isspace() and "=" not in declared
        if alone and ("|" in declared or len(declared.split()) == 1):  # more are prose
            return True
    return False


def _opening_several(text: str) -> Iterator[str]:
    """The functions of a module that may open several files; nothing for what is in none."""
    opening: list[tuple[str, str, int]] = []
    for number, piece in enumerate(text.split("def ")):
        if "connect" in piece or "open_" in piece:
            name, _, body = piece.partition("(") if number else ("", "", piece)
            opening.append((name, body, len(frozenset(_OPENING.findall(body)))))
    makes = 1 if any(it for *_, it in opening) and _MAKES.search(text) else 2
    for name, body, count in opening:
        if count >= makes or (count and _FINDS.search(body)):
            yield name


def _opened_on_line(text: str, start: int) -> Iterator[str]:
    """What is opened on the line that starts there; where that is broken, on the next one."""
    end = text.find("\n", start)
    line = text[start : end if end >= 0 else len(text)]
    for match in _OPENED.finditer(line):
        at = start + match.start()
        whole = _OPENED.match(text, at)  # it may be broken behind its bracket
        yield whole[1] if whole else match[1]


def _first(text: str) -> str:
    """What stands before the first comma of a text, or before the bracket that ends it."""
    depth = 0
    for at, sign in enumerate(text):
        depth += (sign in "([{") - (sign in ")]}")
        if depth < 0 or (sign == "," and not depth):
            return text[:at]
    return text


def _written(text: str) -> Iterator[str]:
    """What may be a database's file among what a module spells."""
    return (match[1] for match in _SPELLED.finditer(text))
