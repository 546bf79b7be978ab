"""What the check finds, all of one make: where it is, which rule says so, and whether it counts."""

import re
from collections import Counter
from collections.abc import Callable, Iterable, Iterator, Sequence
from enum import StrEnum
from hashlib import sha256
from pathlib import PurePosixPath

from msgspec import Struct
from msgspec.structs import replace

from plan.model import folded
from refactor.found import FileSearch, Search
from refactor.ignores import Ignore, ignores_in
from refactor.livehistory import LiveHistory
from refactor.notes import Notes
from refactor.prose import Mention, Mentions
from refactor.references import Reference
from refactor.rules import (
    HISTORY_IN_USE,
    PROSE,
    UNKNOWN_RULE,
    UNPARSED_FILE,
    UNREADABLE_FILE,
    UNUSED_IGNORE,
    Level,
    Rule,
    near,
    rule_called,
    rule_for,
)
from refactor.search import Searcher
from refactor.text.lines import Lines
from refactor.text.source import Source, Unreadable

_LINE = re.compile(r"line (\d{1,9})\b", re.ASCII)

Only = Callable[[PurePosixPath], bool]


class Silenced(StrEnum):
    """Why a finding does not count."""

    IGNORED = "ignored"
    BASELINE = "baseline"


class Finding(Struct, frozen=True):
    """One thing that the check says of one place."""

    rule: Rule
    path: PurePosixPath
    """Relative to the plan's folder."""
    message: str
    line: int = 1
    column: int = 1
    """Both from 1, columns in characters."""
    end_line: int = 1
    end_column: int = 1
    """Behind the last character."""
    old: str = ""
    """What stands there, as written; empty where it is about the whole file."""
    new: str | None = None
    """What must stand there instead, if that is certain."""
    mend: str = ""
    silenced: Silenced | None = None
    reason: str = ""
    """Why it is ignored, in the words of whoever did."""
    reference: Reference | None = None

    @property
    def fails(self) -> bool:
        """Whether the check fails for it."""
        return self.silenced is None and self.rule.level is Level.ERROR

    @property
    def order(self) -> tuple[str, int, int, str, str]:
        """By file, place and rule."""
        return self.path.as_posix(), self.line, self.column, self.rule.code, self.message


def message_of(reference: Reference) -> str:
    """What a reference becomes, or what is asked, in one line."""
    meant = reference.database or "database not decided"
    if reference.certain:
        return f"{reference.old} → {reference.new} [{reference.clause}, {meant}]"
    # A mend of several lines is to be pasted, which one line could not be.
    mend = "the plan can answer" if "\n" in reference.mend else reference.mend
    asks = "review" if reference.blocking else "perhaps"
    return f"{reference.old} → ? {asks}: {reference.question} ({mend})"


def findings_of(
    search: Search,
    searcher: Searcher,
    notes: Notes,
    *,
    strict: bool = False,
    only: Only = lambda _path: True,
) -> tuple[Finding, ...]:
    """All findings, ignored ones too, in the order of files and places.

    Args:
        search: what was found.
        searcher: who found it.
        notes: what else there is to say.
        strict: whether prose and identifiers count.
        only: the files that were searched.
    """
    found = [_of_reference(it) for it in search.references]
    found += [
        replace(_of_reference(it.reference), silenced=Silenced.IGNORED, reason=it.ignore.reason)
        for it in search.left
    ]
    found += [_of_file(UNREADABLE_FILE, it.path, it.why) for it in search.unreadable]
    found += [_of_file(UNPARSED_FILE, it.path, it.why) for it in search.others if it.misnamed]
    found += [_of_file(HISTORY_IN_USE, it.path, _used(it)) for it in notes.live]
    found += _Beyond(search, searcher, only).findings(strict=strict)
    return tuple(sorted(found, key=lambda it: it.order))


def _of_reference(reference: Reference) -> Finding:
    old = reference.old
    return Finding(
        rule=rule_for(reference),
        path=reference.path,
        message=message_of(reference),
        line=reference.line,
        column=reference.column,
        end_line=reference.line + old.count("\n"),
        end_column=(reference.column if "\n" not in old else 1) + len(old.rpartition("\n")[2]),
        old=old,
        new=reference.new if reference.certain else None,
        mend=reference.mend if reference.question else "",
        reference=reference,
    )


def _of_file(rule: Rule, path: PurePosixPath, why: str) -> Finding:
    said = _LINE.match(why)
    line = int(said[1]) if said else 1
    return Finding(rule, path, why, line=line, end_line=line)


def _used(file: LiveHistory) -> str:
    uses = "".join(f" ({use})" for use in file.used[:1])
    return f"{file.question.partition(chr(10))[0]}{uses}"


class _Beyond:
    """What is found besides references, in files with comments for us or by a strict look."""

    def __init__(self, search: Search, searcher: Searcher, only: Only) -> None:
        self._codebase = searcher.codebase
        self._legacy = searcher.legacy
        self._mentions = Mentions(searcher.legacy)
        self._only = only
        self._searched = {it.path: it for it in search.files}
        ran = {path for path, _, _ in search.migrations}
        self._beyond = ran | {it.path for it in search.unreadable}

    def findings(self, *, strict: bool) -> Iterator[Finding]:
        marked = {path for path in self._codebase.marked if self._is_looked_at(path)}
        widely = self._widely() if strict else ()
        for path in sorted({*marked, *widely}):
            source = self._codebase.source(path)
            if isinstance(source, Unreadable):
                continue
            ignores = self._ignores(source) if path in marked else ()
            mentions = self._unspoken(source, ignores)
            if strict:
                yield from self._said(source, mentions, ignores)
            yield from _faults(ignores, self._searched.get(path), mentions)

    def _is_looked_at(self, path: PurePosixPath) -> bool:
        return self._only(path) and path not in self._beyond

    def _widely(self) -> tuple[PurePosixPath, ...]:
        """The files that may mention an old name."""
        found = {*self._codebase.code, *self._codebase.mentioning(self._mentions.pieces)}
        return tuple(path for path in found if self._is_looked_at(path))

    def _ignores(self, source: Source) -> tuple[Ignore, ...]:
        searched = self._searched.get(source.path)
        if searched:
            return searched.ignores
        reading = self._codebase.reading(source.path)
        python = None if isinstance(reading, Unreadable) else reading.contents.python
        return ignores_in(source, python, is_module=self._codebase.is_python(source.path))

    def _unspoken(self, source: Source, ignores: tuple[Ignore, ...]) -> tuple[Mention, ...]:
        """The mentions that are no references."""
        searched = self._searched.get(source.path)
        references = (
            (*searched.references, *(it.reference for it in searched.left)) if searched else ()
        )
        known = {it.start for it in references}
        is_module = self._codebase.is_python(source.path)
        found = self._mentions.of(source, marked=bool(ignores), is_module=is_module)
        return tuple(it for it in found if it.start not in known)

    def _said(
        self, source: Source, mentions: Iterable[Mention], ignores: Sequence[Ignore]
    ) -> Iterator[Finding]:
        lines = Lines(source.text)
        for it in mentions:
            line, column = lines.place(it.start)
            ignore = next((one for one in ignores if one.covers(it.start, it.rule)), None)
            yield Finding(
                rule=it.rule,
                path=source.path,
                message=self._mentioned(it),
                line=line,
                column=column,
                end_line=line,
                end_column=column + len(it.text),
                old=it.text,
                silenced=Silenced.IGNORED if ignore else None,
                reason=ignore.reason if ignore else "",
            )

    def _mentioned(self, mention: Mention) -> str:
        new = sorted({it.new for it in self._legacy.meanings.get(mention.old, ())})
        now = f" ({' or '.join(new)} now)" if new else ""
        if mention.rule is PROSE:
            return f"{mention.text} in prose{now}"
        return f"{mention.text} holds the old name {mention.old}{now}"


def _faults(
    ignores: Iterable[Ignore], searched: FileSearch | None, mentions: Sequence[Mention]
) -> Iterator[Finding]:
    """What is wrong with comments for us: rules that are none, and nothing to ignore."""
    left = searched.left if searched else ()
    for ignore in ignores:
        if not ignore.binding:
            continue
        for name in ignore.unknown:
            yield _of_ignore(UNKNOWN_RULE, ignore, _unknown(name))
        places = [(it.reference.start, rule_for(it.reference)) for it in left]
        places += [(it.start, it.rule) for it in mentions]
        used = {rule for start, rule in places if ignore.covers(start, rule)}
        if not ignore.names and not used:
            yield _of_ignore(UNUSED_IGNORE, ignore, "nothing here is a finding: remove it")
        idle = [rule.slug for rule in ignore.rules if rule not in used]
        if idle:
            said = f"no finding of {', '.join(idle)} is here: remove it"
            yield _of_ignore(UNUSED_IGNORE, ignore, said)


def _unknown(name: str) -> str:
    if not name:
        return "no rule is in the brackets: name one, or leave them out"
    if rule_called(name):
        return f"{name} cannot be ignored by a comment"
    meant = near(name)
    mend = f"did you mean {' or '.join(meant)}?" if meant else "`retable explain` lists them"
    return f"{name} is no rule ({mend})"


def _of_ignore(rule: Rule, ignore: Ignore, message: str) -> Finding:
    return Finding(
        rule=rule,
        path=ignore.path,
        message=message,
        line=ignore.line,
        column=ignore.column,
        end_line=ignore.line,
        end_column=ignore.column + len(ignore.said),
        old=ignore.said,
    )


def fingerprints(findings: Iterable[Finding], line_of: Callable[[Finding], str]) -> tuple[str, ...]:
    """For each finding what is the same from run to run, and when its line moves.

    Args:
        findings: in the order of files and places.
        line_of: the text of the line that a finding is on.
    """
    seen: Counter[str] = Counter()
    prints = []
    for it in findings:
        subject = folded(it.old) if it.old else it.message
        parts = (it.path.as_posix(), it.rule.code, subject, line_of(it).strip())
        told = "\0".join(parts)
        seen[told] += 1
        data = f"{told}\0{seen[told]}".encode("utf-8", "surrogatepass")
        prints.append(sha256(data).hexdigest()[:20])
    return tuple(prints)
