"""A plan file in TOML becomes a `Plan`, or every problem in it at once."""

import hashlib
import re
import tomllib
from collections.abc import Iterable, Mapping
from pathlib import Path

from plan import keys
from plan.errors import PlanError, Problem
from plan.model import (
    Action,
    Api,
    Binding,
    Broken,
    Claim,
    Code,
    Compat,
    Database,
    Description,
    Domain,
    MergeRule,
    NamesWithin,
    ObjectKind,
    Plan,
    PlannedObject,
    PlannedTable,
    Skip,
    TakenNames,
    Wanted,
)
from plan.own import CATALOG
from plan.rules import problems_of
from plan.slots import Slot, slots_of
from plan.toml_section import UNKNOWN_KEY, Section

_TOP = ("plan", "database", "domain", "skip", "object", "describe", "names", "code")


def load_plan(file: Path) -> Plan:
    """Read and check a plan.

    Raises:
        PlanError: the file cannot be read, is not TOML, or says something that cannot be
            carried out; it names every problem found, in the file's order.
    """
    data = _bytes_of(file)
    text = _text_of(file, data)
    values = _values_of(file, text)
    problems: list[Problem] = []
    plan = _plan(Section(values, "", _TOP, problems), file, hashlib.sha256(data).hexdigest())
    problems = _with_questions(problems, slots_of(text))
    noted = {problem.where for problem in problems}
    # What the rules say of a stand-in merely follows from what is noted already.
    problems.extend(problem for problem in problems_of(plan) if problem.where not in noted)
    if problems:
        ordered = _in_order(problems, values)
        raise PlanError(tuple(Problem(plan.place_of(p.where), p.what, p.mend) for p in ordered))
    return plan


def _bytes_of(file: Path) -> bytes:
    try:
        return file.read_bytes()
    except FileNotFoundError as error:
        mend = "give the path of your plan, usually retable.toml"
        raise _unreadable(str(file), "there is no such file", mend) from error
    except IsADirectoryError as error:
        mend = "give the path of your plan, usually retable.toml in it"
        raise _unreadable(str(file), "is a folder, not a plan", mend) from error
    except OSError as error:
        what = f"cannot be read: {error.strerror}"
        raise _unreadable(str(file), what, "make it readable for you") from error


def _text_of(file: Path, data: bytes) -> str:
    try:
        return data.decode("utf-8-sig")  # some editors begin files with a BOM
    except UnicodeDecodeError as error:
        line = error.object[: error.start].count(b"\n") + 1
        raise _unreadable(
            f"{file.name}: line {line}", f"is not UTF-8: {error.reason}", "save the file as UTF-8"
        ) from error


def _values_of(file: Path, text: str) -> dict[str, object]:
    try:
        values = tomllib.loads(text)
    except RecursionError as error:
        what = "its values are nested too deeply"
        raise _unreadable(file.name, what, "a plan needs three levels") from error
    except ValueError as error:  # TOMLDecodeError is one, and so is a number beyond all measure
        raise _not_toml(file, str(error)) from error
    if not values:
        mend = 'begin with [plan] and target = "path/of/the.db"'
        raise _unreadable(file.name, "the plan is empty", mend)
    return values


def _not_toml(file: Path, message: str) -> PlanError:
    said = re.fullmatch(r"(?s)(.*) \(at (?:(line \d+, column \d+)|end of document)\)", message)
    what, place = said.groups() if said else (message, None)
    where = f"{file.name}: {place or 'end of the file'}" if said else file.name
    return _unreadable(where, f"is not TOML: {what}", "correct this first, then the rest is read")


def _unreadable(where: str, what: str, mend: str) -> PlanError:
    return PlanError((Problem(where, what, mend),))


def _with_questions(problems: list[Problem], slots: Iterable[Slot]) -> list[Problem]:
    """The problems, and each open question as the one thing that is said of its place."""
    asked = {slot.where: slot.problem() for slot in slots}
    kept = [it for it in problems if it.where not in asked or it.what == UNKNOWN_KEY]
    return [*kept, *asked.values()]


def _in_order(problems: Iterable[Problem], values: Mapping[str, object]) -> list[Problem]:
    """Sort problems as the file has its sections, so that a reader walks it once."""
    rank = {key: number for number, key in enumerate(values)}

    def place(problem: Problem) -> tuple[int, list[int]]:
        top = re.split(r"[.\[]", problem.where, maxsplit=1)[0]
        return rank.get(top, -1), [int(n) for n in re.findall(r"\[(\d{1,9})\]", problem.where)]

    return sorted(problems, key=place)


def _plan(top: Section, file: Path, digest: str) -> Plan:
    head = top.section("plan", keys.HEAD.names)
    target = head.path("target")
    compat = head.choice("compat", Compat, Compat.NONE, instead=Compat.NONE)
    domains = tuple(_domain(item, compat) for item in top.sections("domain", keys.DOMAIN.names))
    return Plan(
        file=file.absolute(),
        digest=digest,
        target=target,
        backup=head.path("backup", "backup-{date}"),
        archive=head.path("archive", "archive"),
        metadata=head.text("metadata", CATALOG),
        schema_version=head.whole("schema_version", 1),
        databases=tuple(
            _database(item, target) for item in top.sections("database", keys.DATABASE.names)
        ),
        domains=tuple(domain for domain, _ in domains),
        tables=tuple(table for _, tables in domains for table in tables),
        skips=tuple(map(_skip, top.sections("skip", keys.SKIP.names))),
        code=_code(top.section("code", keys.CODE.names, required=False)),
        objects=tuple(map(_object, top.sections("object", keys.OBJECT.names))),
        taken_names=head.choice(
            "taken_names", TakenNames, TakenNames.PREFIX, instead=TakenNames.PREFIX
        ),
        broken=head.choice("broken", Broken, Broken.REFUSE, instead=Broken.CARRY),
        descriptions=head.choice("descriptions", Wanted, Wanted.TABLES, instead=Wanted.OPTIONAL),
        described=tuple(
            _description(name, item) for name, item in top.by_name("describe", keys.DESCRIBE.names)
        ),
        names=tuple(map(_names, top.sections("names", keys.NAMES.names))),
    )


def _database(section: Section, target: str) -> Database:
    path = section.path("path")
    return Database(
        path=path,
        action=section.choice(
            "action",
            Action,
            # The likeliest, so that a misspelt word raises no second problem elsewhere.
            instead=Action.TARGET if path and path == target else Action.MERGE,
        ),
        about=section.remark("about"),
        key=section.where,
    )


def _domain(section: Section, compat: Compat) -> tuple[Domain, tuple[PlannedTable, ...]]:
    name = section.text("name")
    return (
        Domain(name=name, about=section.remark("about"), key=section.where),
        tuple(_table(table, name, compat) for table in section.sections("table", keys.TABLE.names)),
    )


def _table(section: Section, domain: str, compat: Compat) -> PlannedTable:
    old = section.text("from")
    new = section.text("to", old)
    # What the plan says of all its tables concerns those that lose their name.
    usual = compat if old != new else Compat.NONE
    return PlannedTable(
        old=old,
        database=section.path("in"),
        new=new,
        domain=domain,
        about=section.remark("about"),
        # Whoever wrote something here meant the tables to meet.
        merge=section.choice("merge", MergeRule, MergeRule.REFUSE, instead=MergeRule.KEEP_TARGET),
        compat=section.choice("compat", Compat, usual, instead=Compat.NONE),
        key=section.where,
    )


def _skip(section: Section) -> Skip:
    return Skip(
        table=section.text("table"),
        database=section.path("in"),
        claim=section.choice("claim", Claim, Claim.EMPTY, instead=Claim.EMPTY),
        key=section.where,
    )


def _object(section: Section) -> PlannedObject:
    return PlannedObject(
        old=section.text("name"),
        database=section.path("in"),
        new=section.text("to"),
        kind=section.choice("kind", ObjectKind, ObjectKind.ANY, instead=ObjectKind.ANY),
        key=section.where,
    )


def _description(name: str, section: Section) -> Description:
    return Description(
        name=name,
        about=section.remark("about"),
        domain=section.text("domain", ""),
        columns=section.remarks("columns"),
        key=section.where,
    )


def _names(section: Section) -> NamesWithin:
    return NamesWithin(
        database=section.path("in"),
        table=section.text("table"),
        columns=section.texts("column"),
        key=section.where,
    )


def _code(section: Section) -> Code:
    return Code(
        paths=section.texts("paths", (".",)),
        exclude=section.texts("exclude", ()),
        live=section.texts("live", ()),
        history=section.texts("history", ()),
        docs=section.truth("docs", default=False),
        bindings=tuple(map(_binding, section.sections("binding", keys.BINDING.names))),
        apis=tuple(map(_api, section.sections("api", keys.API.names))),
    )


def _binding(section: Section) -> Binding:
    return Binding(
        paths=section.texts("paths"),
        within=section.texts("within", ()),
        database=section.path("database"),
        key=section.where,
    )


def _api(section: Section) -> Api:
    return Api(
        call=section.text("call"), arguments=section.arguments("argument"), key=section.where
    )
