"""The databases of a draft: one action each, and one target, or a question."""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass

from plan.draft.document.claims import Asked, Mention, OfDatabase, OfTarget, Said, Statement
from plan.draft.document.vocabulary import forms
from plan.draft.document.words import has, words_in
from plan.draft.found import Files
from plan.draft.model import DraftDatabase, Fact, Source, asked
from plan.draft.settle.places import Places
from plan.draft.settle.speech import ACTIONS, Speech, choices, rows_of
from plan.errors import counted
from plan.model import Action

_SAMPLE = 6
_APART = forms("separate separately external apart alone untouched independent off")
_NEVER_IN_PASSING = (Action.DELETE, Action.KEEP)
"""What a sentence on the way is not enough for: the tables would be left behind."""


@dataclass(frozen=True, slots=True)
class Standing:
    """What is known of all databases together."""

    target: Fact
    databases: tuple[DraftDatabase, ...]
    stated: tuple[tuple[str, Action | None], ...]
    """The action that the document gives each, whether or not it is also asked about."""
    lines: tuple[tuple[str, Said], ...]
    """A line that gives it."""

    def action(self, path: str | None) -> Action | None:
        """The stated action of a database."""
        return dict(self.stated).get(path) if path is not None else None

    def line(self, path: str) -> Said | None:
        """The line that states it."""
        return dict(self.lines).get(path)

    @property
    def carried(self) -> tuple[str, ...]:
        """The databases whose tables come along, the target first."""
        paths = [path for path, action in self.stated if action in (Action.TARGET, Action.MERGE)]
        return tuple(sorted(paths, key=lambda path: path != self.target.value))

    @property
    def target_path(self) -> str | None:
        """The target, if it is known."""
        return str(self.target.value) if self.target.known else None


def standing_of(
    statements: Sequence[Statement], places: Places, files: Files, speech: Speech
) -> Standing:
    """Judge every database that the document mentions."""
    claims = {path: [] for path in places.paths}  # type: dict[str, list[OfDatabase]]
    asks: dict[str, list[Asked]] = {path: [] for path in places.paths}
    targets: list[tuple[str, Said]] = []
    for statement in statements:
        match statement:
            case OfDatabase():
                claims[places.of(statement.path) or statement.path].append(statement)
                if statement.action is Action.TARGET:
                    targets.append((places.of(statement.path) or statement.path, statement.said))
            case OfTarget():
                targets.append((places.of(statement.path) or statement.path, statement.said))
            case Asked():
                for name in statement.databases:
                    asks[places.of(name) or name].append(statement)
    for statement in statements:
        if isinstance(statement, Mention):
            path = places.of(statement.path) or statement.path
            if claims.get(path) == [] and not any(at == path for at, _ in targets):
                claims[path].append(OfDatabase(path, statement.said, listed=False))
    target = _target(targets, places, speech)
    judged = [
        _judged(path, claims[path], asks[path], targets, target, files, speech)
        for path in places.paths
    ]
    unnamed = [_unnamed(path, target, speech) for path in files.unnamed]
    return Standing(
        target,
        (*(database for database, _, _ in judged), *unnamed),
        tuple((path, action) for path, (_, action, _) in zip(places.paths, judged, strict=True)),
        tuple(
            (path, said)
            for path, (_, _, said) in zip(places.paths, judged, strict=True)
            if said is not None
        ),
    )


def _target(targets: Sequence[tuple[str, Said]], places: Places, speech: Speech) -> Fact:
    paths = tuple(dict.fromkeys(path for path, _ in targets))
    sources = speech.source(*(said for _, said in targets))
    if len(paths) == 1:
        return Fact(paths[0], sources)
    if not paths:
        return asked(
            f"{speech.name} does not say into which file all tables go. Its path, old or new?",
            *(f'"{path}"' for path in places.paths),
        )
    lines = speech.all_of(said for _, said in targets)
    return asked(
        f"Several files are named as the one that all tables go into: {lines}. Which is it?",
        *(f'"{path}"' for path in paths),
        sources=sources,
    )


def _judged(
    path: str,
    claims: Sequence[OfDatabase],
    asks: Sequence[Asked],
    targets: Sequence[tuple[str, Said]],
    target: Fact,
    files: Files,
    speech: Speech,
) -> tuple[DraftDatabase, Action | None, Said | None]:
    told = [it for it in claims if it.action or it.unclear]
    firm = [it for it in told if it.listed] or told
    receives = [said for at, said in targets if at == path]
    actions = list(dict.fromkeys(_action(it, receives=bool(receives)) for it in firm))
    if receives and Action.TARGET not in actions:
        actions.append(Action.TARGET)
    said = [it.said for it in firm] or receives
    lines = tuple(dict.fromkeys((*said, *receives)))
    stated = actions[0] if len(actions) == 1 else None
    if (stated is Action.TARGET and not target.known) or (
        stated is Action.KEEP and not targets and not _apart(firm)
    ):
        stated = None
    doubts = list(_doubts(path, claims, actions, firm, lines, asks, target, files, speech))
    sources = speech.source(*lines, *(it.said for it in asks))
    action = (
        asked(
            " ".join([*doubts, f"What becomes of {path}?"]),
            *choices(_open_to(path, target), first=stated.value if stated else None),
            sources=sources,
        )
        if doubts or stated is None
        else Fact(stated.value, sources)
    )
    about = next((it for it in claims if it.about), None)
    named = speech.source(*(it.said for it in claims[:1])) or sources
    database = DraftDatabase(
        path=_path(path, stated, named, files, speech),
        action=action,
        about=Fact(about.about, speech.source(about.said)) if about else None,
    )
    return database, stated, said[0] if said else None


def _open_to(path: str, target: Fact) -> list[tuple[str, str]]:
    """What may become of a database: not the target, where that is another."""
    taken = target.known and target.value != path
    return [it for it in ACTIONS if not (taken and it[0] == Action.TARGET)]


def _apart(claims: Sequence[OfDatabase]) -> bool:
    """Whether it is said to be kept away from the others, so that it cannot be the target."""
    return any(has(words_in(claim.said.words), _APART) for claim in claims)


def _action(claim: OfDatabase, *, receives: bool) -> Action | None:
    """The action that is meant: what all is folded into is also said to be kept."""
    if claim.unclear:
        return None
    return Action.TARGET if receives and claim.action is Action.KEEP else claim.action


def _doubts(
    path: str,
    claims: Sequence[OfDatabase],
    actions: Sequence[Action | None],
    firm: Sequence[OfDatabase],
    lines: Sequence[Said],
    asks: Sequence[Asked],
    target: Fact,
    files: Files,
    speech: Speech,
) -> Iterator[str]:
    """Why its action is not certain, one sentence each."""
    if len(actions) > 1:
        yield f"The document is of two minds: {speech.all_of(lines)}."
    elif None in actions:
        yield f"{speech.all_of(it.said for it in firm)}, which is no clear action."
    elif actions and not any(it.listed for it in firm) and actions[0] in _NEVER_IN_PASSING:
        yield f"{speech.all_of(it.said for it in firm)}, in passing."
    elif not actions:
        seen = f" at line {claims[0].said.line}" if claims else ""
        yield f"{speech.name} names it{seen} and does not say what becomes of it."
    elif actions == [Action.TARGET] and not target.known:
        yield "There can be one target only."
    elif actions == [Action.KEEP] and not target.known and not target.sources and not _apart(firm):
        # What all goes into is often just said to be kept.
        yield f"{speech.all_of(lines)}, and no file is named as the one that all tables go into."
    for question in asks:
        yield f"{speech.at(question.said)} asks: “{question.said.words}”"
        if len(actions) == 1 and actions[0]:
            yield f"{speech.at(lines[0])} says {actions[0].value}."
    yield from _counts(path, claims, files, speech)


def _counts(path: str, claims: Sequence[OfDatabase], files: Files, speech: Speech) -> Iterator[str]:
    """Numbers of the document that are not those of the file."""
    found = files.at(path)
    if found is None or found.why_not:
        return
    rows = [table.rows for table in found.tables]
    total = None if None in rows else sum(it or 0 for it in rows)
    for claim in claims:
        for count, real, noun in (
            (claim.tables, len(found.tables), "table"),
            (claim.rows, total, "row"),
        ):
            if count and real is not None and count.exact and count.number != real:
                names = [f"{it.name} ({rows_of(it.rows)})" for it in found.tables[:_SAMPLE]]
                more = "…" if len(found.tables) > _SAMPLE else ""
                has = f": {', '.join(names)}{more}" if noun == "table" and names else ""
                yield (
                    f"{speech.at(claim.said)} says {counted(count.number, noun)}, and the file has"
                    f" {counted(real, noun)}{has}. Is it the file that is meant?"
                )


def _path(
    path: str, stated: Action | None, sources: tuple[Source, ...], files: Files, speech: Speech
) -> Fact:
    found = files.at(path)
    if not files.checked or (found and not found.why_not):
        return Fact(path, sources)
    if found:
        why = f"{path} cannot be read ({found.why_not})."
        return asked(f"{why} The path of the file, once that is mended?", sources=sources)
    if stated is Action.TARGET:
        return Fact(path, sources)  # it may be made anew; its tables are asked about one by one
    return asked(
        f"{speech.name} speaks of {path}, and there is no such file. Where is it?"
        " (Write its path here and wherever else it is named, or delete this entry.)",
        sources=sources,
    )


def _unnamed(path: str, target: Fact, speech: Speech) -> DraftDatabase:
    question = asked(
        f"{path} lies beside the others, and {speech.name} does not say what becomes"
        " of it. What does? (Delete this entry if it has nothing to do with all this.)",
        *choices(_open_to(path, target), first="keep"),
    )
    return DraftDatabase(Fact(path, (Source("found there"),)), question)
