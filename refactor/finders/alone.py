"""A literal that is nothing but a name: what becomes of it, in statements and elsewhere."""

import ast
from collections.abc import Hashable, Iterable, Iterator, Sequence
from pathlib import PurePosixPath

from msgspec.structs import replace

from refactor.databases.weighing import ON_EACH, Place
from refactor.finders.apis import table_taken
from refactor.finders.askedfor import asked_at_run_time
from refactor.finders.bydefault import is_for_several, is_open
from refactor.finders.completed import frames, is_impossible
from refactor.finders.constantly import calls_getting
from refactor.finders.finder import Ignored, Surroundings
from refactor.finders.keyed import keys_elsewhere
from refactor.finders.siblings import listed_with
from refactor.finders.sql import tables_in_sql
from refactor.finders.strange import asked_apart, comparison_of, is_asked_for, strange_uses
from refactor.flow.consumers import What
from refactor.flow.reach import Use
from refactor.legacy import Meaning
from refactor.python.callsites import is_constant
from refactor.python.outline import Context, Scope, Usage
from refactor.python.strings import Text
from refactor.python.syntax import dotted, walked
from refactor.references import Evidence, Reason, Reference
from refactor.sql.cursor import REFUSED
from refactor.sql.names import quoted, table_names

_LOOK_UP = "SELECT 1 FROM sqlite_master WHERE name = ?"
_OF_OBJECTS = frozenset({"self", "cls", "closing", "connect", "sqlite3", "apsw"})
"""What an object's own connection is made of, where nothing else says which it is."""
_ITSELF = frozenset({"self", "cls", "super()"})
_MOST_SAID = 3
"""So many of the things that are done with a name tell enough of it."""
_DECIDE = "follow the literal, and change it if it is"


def followed(
    text: Text, meanings: Sequence[Meaning], around: Surroundings, *, follows: bool = True
) -> tuple[Reference, ...] | None:
    """What a name refers to by all that becomes of it; None if nothing of it tells.

    Args:
        text: the literal.
        meanings: the tables that it may mean.
        around: the file that it stands in.
        follows: whether it may change along with what it is compared with.
    """
    at = text.place(0, len(text.text))
    if at is None:
        return None
    journey = around.abroad.journey(around.source.path, around.flow, text)
    named = [(each, [*_named(text, at, where, each, around)]) for where, each in journey.statements]
    running = [(where, _runs(each.context)) for where, each in journey.statements]
    known: list[tuple[Hashable, Reference]] = [
        (runs, it) for runs, (_, found) in zip(running, named, strict=True) for it in found
    ]
    known += [
        (None, it) for where, use in journey.uses for it in _looked_up(text, at, where, use, around)
    ]
    taken = {use: tuple(table_taken(text, where, use, around)) for where, use in journey.uses}
    known += [(None, it) for each in taken.values() for it in each]
    references = _without_odd_combinations(
        known, shared=_is_shared(text, journey.statements, around)
    )
    if not references:
        return _following(text, at, meanings, journey.uses, around) if follows else None
    if len({it.new for it in meanings}) > 1 and any(it.question for it in references):
        beside = frozenset() if around.beside else listed_with(text, around)
        if beside:
            return followed(text, meanings, replace(around, beside=beside), follows=follows)
    references = _of_its_class(references, text, around)
    strange = [
        *_not_a_table(text, at, journey.statements, named, around),
        *strange_uses(text, meanings, [it for it in journey.uses if not taken[it[1]]], around),
        *asked_at_run_time(asked_apart(text, meanings, journey.asked, around), around),
    ]
    if not strange and all(it.certain for it in references):
        strange += keys_elsewhere(text, around)
    first = references[0]
    flow = Evidence(Reason.FLOW, f"goes into {_listed(it.clause for it in references)}")
    question, mend = _question(references, strange)
    if question is None and first.new is None:
        return None
    # The paths of all that it may be wait for the answer.
    asked = [it.database for it in meanings] if question else []
    return (
        replace(
            first,
            new=None if question else first.new,
            group=meanings[0].old if question else first.group,
            databases=tuple(
                dict.fromkeys((*(db for it in references for db in it.databases), *asked))
            ),
            evidence=(*first.evidence, flow),
            question=question,
            mend=mend,
            blocking=question is not None and any(it.pressing for it in references),
        ),
    )


def _runs(context: Context) -> Hashable:
    """What runs a statement, or the constant that it is."""
    return context.scope, context.inside, context.target, context.key


def _without_odd_combinations(
    found: Sequence[tuple[Hashable, Reference]], *, shared: bool
) -> list[Reference]:
    """The references without the doubtful ones whose clause is certain where the same runs.

    Of several values in one statement not all combinations occur, and only those need compile. Of
    those that are in doubt, what can be read tells more than what cannot: the list of columns that
    a builder begins with is empty. But what one call says of a name that others share is not said
    for all of them.
    """
    sure = {(runs, it.clause) for runs, it in found if it.certain}
    readable = {(runs, it.clause) for runs, it in found if not _is_refused(it)}
    return [
        it
        for runs, it in found
        if it.certain
        or it.mend == ON_EACH
        or (shared and is_open(it))
        or (
            (runs, it.clause) not in sure
            and not (_is_refused(it) and (runs, it.clause) in readable)
        )
    ]


def _of_its_class(found: list[Reference], text: Text, around: Surroundings) -> list[Reference]:
    """Of references that contradict, those that fit what the class of an attribute executes itself.

    The columns that the others name belong to another class of its family.
    """
    scope = text.context.scope
    both = len({it.new for it in found}) > 1 and all(it.certain for it in found)
    if not both or not scope.owner or scope.function:
        return found
    sql = f"SELECT 1 FROM {quoted(text.text, '')}"
    decision = around.binder.decide(text.text, sql, Place(around.source.path, scope))
    meant = {it.database for it in decision.meanings} if decision.question is None else set()
    return [it for it in found if meant.issuperset(it.databases)] or found


def _is_shared(
    text: Text, statements: Iterable[tuple[PurePosixPath, Text]], around: Surroundings
) -> bool:
    """Whether a name is a constant by itself, which several calls may be given.

    What a class has for its own methods goes together with all else that it has.
    """
    context, outline = text.context, around.outline
    if outline is None or context.inside is not None or context.key:
        return False
    if context.scope.owner and any(it.context.scope.owner for _, it in statements):
        return False
    return (context.scope, context.target) not in outline.parameters


def _is_refused(reference: Reference) -> bool:
    return reference.question is not None and reference.question.startswith(REFUSED)


def _question(references: Sequence[Reference], strange: Sequence[str]) -> tuple[str | None, str]:
    """What must be asked about a name that goes into these places."""
    asked = next((it for it in references if it.question), None)
    if asked is not None:
        return asked.question, asked.mend
    if len({it.new for it in references}) > 1:
        options = _listed(f"{it.new} in {it.clause}" for it in references)
        return f"it would have to be {options}: what should stand here?", _DECIDE
    if strange:
        places = _listed(it.clause for it in references)
        return f"it goes into {places}, and is {_first(strange)}: is it the table?", _DECIDE
    return None, ""


def _named(
    text: Text, at: int, where: PurePosixPath, statement: Text, around: Surroundings
) -> Iterator[Reference]:
    """The references of a statement that are this literal, decided where it runs or starts."""
    if text.context.key or text.context.within:
        around = replace(around, named=(around.source.path, text.context))
    runs = Place(where, statement.context.scope, statement.context, named=around.named)
    if around.beside and not around.binder.is_one(where, statement.context):
        around = replace(around, beside=frozenset())
    started = _started(text.context, statement)
    mine = _mine(text, at, statement, where, around)
    sure = all(it.certain for it in mine) and started.inside is None
    told = started.inside is not None or text.context.scope != Scope()
    settled = (
        sure or is_constant(statement.context) or _is_of_itself(text, where, statement, around)
    )
    settled = settled or around.binder.runs_elsewhere(runs, wholly=told)
    settled = settled or around.binder.is_told_by_entry(runs)
    settled = settled or (all(it.certain for it in mine) and around.binder.runs_on_one(runs))
    owner = (around.source.path, text.context.scope.owner)
    by_class = _is_of_heir(text, where, statement, around) if not settled else False
    if not settled and (by_class or (_is_of_class(text) and around.binder.is_run_by(owner, runs))):
        mine = _mine(text, at, statement, where, replace(around, judged_for=owner))
    elif not settled and not is_for_several(text, where, mine, around):
        mine = _mine(text, at, replace(statement, context=started), around.source.path, around)
    if any(it.question for it in mine) and started.inside is not None:
        asked = around.binder.asked_for(around.source.path, started, where, statement.context)
        if asked - {text.text}:
            here = replace(around, beside=around.beside | asked)
            mine = _mine(text, at, replace(statement, context=started), around.source.path, here)
    if any(it.question for it in mine) and _is_told_by_object(text, statement):
        given = text.context
        context = replace(
            started, inside=given.inside, argument=given.argument, within=given.within
        )
        by_call = _mine(text, at, replace(statement, context=context), around.source.path, around)
        mine = by_call if by_call and all(it.certain for it in by_call) else mine
    if any(it.question for it in mine):
        mine = _by_calls(text, at, statement, around) or mine
    yield from mine


def _by_calls(text: Text, at: int, statement: Text, around: Surroundings) -> list[Reference]:
    """The references of a constant, where all calls that get it say the same; nothing if not."""
    found = [
        _mine(text, at, replace(statement, context=_started(given, statement)), path, around)
        for path, given in calls_getting(text, around)
    ]
    agree = len({it.new for each in found for it in each}) == 1
    sure = agree and all(each and all(it.certain for it in each) for each in found)
    return found[0] if sure else []


def _started(given: Context, statement: Text) -> Context:
    """What surrounds a name where it is given to what puts it into a statement."""
    started = replace(statement.context, scope=given.scope, inside=None, target="", key="")
    if isinstance(given.inside, ast.Call):
        # The statement may run on several files: on which it does here says the call.
        inside, argument = given.inside, given.argument
        started = replace(started, inside=inside, argument=argument, within=given.within)
    return started


def is_kept(text: Text, meanings: Sequence[Meaning], around: Surroundings) -> bool:
    """Whether all that becomes of a name is that of a table in a database which the plan keeps."""
    at = text.place(0, len(text.text))
    journey = around.abroad.journey(around.source.path, around.flow, text)
    if at is None or not journey.statements:
        return False
    stays = all(_stays(text, at, *it, around) for it in journey.statements)
    return stays and not any(strange_uses(text, meanings, journey.uses, around))


def _stays(
    text: Text, at: int, where: PurePosixPath, statement: Text, around: Surroundings
) -> bool:
    named = {statement.starts[it.start + bool(it.quote)] for it in table_names(statement.text)}
    if at not in named:
        return False
    started = _started(text.context, statement)
    place = Place(around.source.path, started.scope, started)
    if around.binder.decide(text.text, statement.text, place).stays:
        return True
    said_by = (around.source.path, text.context)
    runs = Place(where, statement.context.scope, statement.context, named=said_by)
    told = around.binder.is_told_by_entry(runs)
    return told and around.binder.decide(text.text, statement.text, runs).stays


def _mine(
    text: Text, at: int, statement: Text, path: PurePosixPath, around: Surroundings
) -> list[Reference]:
    """The references of a statement that are this literal, by what surrounds it in a module."""
    found = tables_in_sql(statement, replace(around, judged_in=path))
    known = () if found is None or isinstance(found, Ignored) else found
    return [it for it in known if it.start == at and it.old == text.text]


def _is_told_by_object(text: Text, statement: Text) -> bool:
    """Whether an object's method gets the name, and runs the statement on what the object has.

    What another parameter of the method says, the object does not tell.
    """
    match text.context.inside, statement.context.inside:
        case ast.Call(func=ast.Attribute()), ast.Call(func=runs):
            return _is_of_object(runs)
    return False


def _is_of_heir(text: Text, where: PurePosixPath, statement: Text, around: Surroundings) -> bool:
    """Whether a class has the name, or gives it to its own method, and a base runs the statement.

    It does on what an object has.
    """
    owner, base = text.context.scope.owner, statement.context.scope.owner
    runs, gives = statement.context.inside, text.context.inside
    own = gives is None or (isinstance(gives, ast.Call) and _is_method_of_self(gives.func))
    if not owner or not own or not isinstance(runs, ast.Call):
        return False
    kin = around.abroad.kin
    return _is_of_object(runs.func) and (where, base) in kin.bases(around.source.path, owner)


def _is_of_itself(text: Text, where: PurePosixPath, statement: Text, around: Surroundings) -> bool:
    """Whether a class has the name, and itself runs the statement on what its objects have."""
    runs = statement.context.inside
    return (
        text.context.inside is None
        and isinstance(runs, ast.Call)
        and text.context.scope.owner == statement.context.scope.owner != ""
        and where == around.source.path
        and _is_of_object(runs.func)
    )


def _is_of_class(text: Text) -> bool:
    """Whether a class has the name, for all its objects."""
    scope = text.context.scope
    return bool(scope.owner) and not scope.function and text.context.inside is None


def _is_method_of_self(func: ast.expr) -> bool:
    """Whether a method is called on the object itself, or by `super()`."""
    return isinstance(func, ast.Attribute) and dotted(func.value) in _ITSELF


def _is_of_object(runs: ast.expr) -> bool:
    """Whether what runs a statement is an object's own, whatever that is."""
    names = {it.id for it in walked(runs) if isinstance(it, ast.Name)}
    return bool(names & {"self", "cls"}) and names <= _OF_OBJECTS


def _not_a_table(
    text: Text,
    at: int,
    statements: Iterable[tuple[PurePosixPath, Text]],
    named: Sequence[tuple[Text, Sequence[Reference]]],
    around: Surroundings,
) -> Iterator[str]:
    """Where in a statement the literal stands, and is no table's name."""
    size = len(text.text)
    certain = (it for it, found in named if found and all(each.certain for each in found))
    sure = frames(certain, at, size)
    for where, statement in statements:
        names = {
            (name.start + bool(name.quote), name.end - bool(name.quote))
            for name in table_names(statement.text)
        }
        for index, start in enumerate(statement.starts):
            if (
                start == at
                and (index, index + size) not in names
                and not is_impossible(statement.text, index, size, sure, around)
            ):
                runs = statement.context.inside
                line = runs.lineno if runs else around.lines.place(statement.start)[0]
                other = f" of {where}" if runs and where != around.source.path else ""
                yield f"a part of something else in the SQL of line {line}{other}"


def _looked_up(
    text: Text, at: int, where: PurePosixPath, use: Use, around: Surroundings
) -> Iterator[Reference]:
    """A reference where the name is given to a statement that asks the catalog for it."""
    if use.what is not What.PARAMETER or not is_asked_for(use):
        return
    inside = use.node if isinstance(use.node, ast.Call) else None
    running = Context(use.scope, callee=use.callee, argument="0", inside=inside)
    if around.beside and not around.binder.is_one(where, running):
        around = replace(around, beside=frozenset())
    there = Place(where, use.scope, beside=around.beside)
    decision = around.binder.decide(text.text, _LOOK_UP, there)
    if decision.question:
        place = Place(around.source.path, text.context.scope, beside=around.beside)
        decision = around.binder.decide(text.text, _LOOK_UP, place)
        if decision.question and isinstance(text.context.inside, ast.Call):
            # What it is handed on with, as `exists(db, "old")`, tells what it is looked up in.
            handed = replace(place, context=text.context)
            decision = around.binder.decide(text.text, _LOOK_UP, handed)
    if decision.stays:
        return
    says = "a name that the statement looks up in the catalog"
    yield around.table_reference(
        at,
        text.text,
        decision.meanings,
        new=None if decision.question else decision.meanings[0].new,
        clause="sqlite_master",
        evidence=(Evidence(Reason.GRAMMAR, says), *decision.evidence),
        question=decision.question,
        mend=decision.mend,
        blocking=decision.question is not None,
    )


def _following(
    text: Text,
    at: int,
    meanings: Sequence[Meaning],
    uses: Sequence[tuple[PurePosixPath, Use]],
    around: Surroundings,
) -> tuple[Reference, ...] | None:
    """A reference where a name is only compared with such as go into SQL: it changes with them.

    So does a key of a dictionary in which only such are looked up, and what else is there.
    """
    is_key = text.context.usage is Usage.KEY
    compared = [
        comparison_of(text, where, use, around) for where, use in uses if use.what is What.COMPARED
    ]
    met = "compared with" if compared else "looked up by" if is_key else "looked up with"
    path = around.source.path
    asking = around.abroad.guards.looking_up(text, around.flow) if is_key else ()
    found = [comparison_of(text, path, use, around) for use in asking]
    looked_up = (
        comparison_of(text, where, use, around) for where, use in uses if use.what is What.KEY
    )
    found += filter(None, looked_up)  # the others are strange, or are not
    compared += [it for it in found if it is None or it.same]
    leaders = [
        [
            reference
            for same in (comparison.same if comparison else ())
            for reference in followed(same, meanings, around, follows=False) or ()
        ]
        for comparison in compared
    ]
    known = [it for each in leaders for it in each]
    if not known:
        return None
    spelled = [known[0].new, text.spelled(meanings[0].new, at, at + len(text.text))]
    values = {_unescaped(it.new) for it in known}
    new = next((it for it in reversed(spelled) if {_unescaped(it)} == values), None)
    sure = all(leaders) and all(it.certain for it in known) and new is not None
    if not sure or any(strange_uses(text, meanings, uses, around)):
        new = None
    line, column = around.lines.place(at)
    says = f"{met} what goes into {known[0].clause}"
    return (
        replace(
            known[0],
            start=at,
            line=line,
            column=column,
            new=new,
            group=known[0].group if new else meanings[0].old,
            evidence=(Evidence(Reason.FLOW, says), *known[0].evidence),
            question=None if new else f"it is {says}: is it the table?",
            mend="" if new else _DECIDE,
            blocking=new is None,
        ),
    )


def _unescaped(new: str | None) -> str | None:
    return new.replace('\\"', '"') if new else None


def _first(items: Iterable[str]) -> str:
    """The first few of many things, and how many more there are."""
    each = [*dict.fromkeys(items)]
    more = len(each) - _MOST_SAID
    return _listed([*each[:_MOST_SAID], f"{more} more"] if more > 1 else each)


def _listed(items: Iterable[str]) -> str:
    return " and ".join(dict.fromkeys(items))
