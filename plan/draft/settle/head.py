"""The plan's own keys: folders, the version, old names, documentation."""

import posixpath
import re
from collections.abc import Sequence
from dataclasses import dataclass

from plan.draft.document.claims import Asked, OfKey, Said, Statement
from plan.draft.document.wishes import (
    ARCHIVE,
    BACKUP,
    COMPAT,
    DESCRIPTIONS,
    METADATA,
    VERSION,
)
from plan.draft.model import DraftHead, Fact, asked
from plan.draft.settle.speech import Speech
from plan.errors import counted
from plan.model import folded
from plan.own import CATALOG, OWN_TABLES, OWN_VIEWS

_DATE = re.compile(
    r"<[^<>]*>|\{[^{}]*\}|\$\([^()]*\)|\$\{?\w+\}?"
    r"|(?:YYYY|yyyy)[-_]?(?:MM|mm)[-_]?(?:DD|dd)(?:[-_T]?(?:HH|hh)\w*(?:[-_:]\w\w)*)?"
    r"|%Y[-_%\w]*|(?<=[-_])(?:DATE|date|timestamp|TIMESTAMP)\b"
)
_COMPATS = (
    '"view": all old names can be read',
    '"writable": all old names can be read and written',
    '"none": no old name lives on',
)
_SHOWN = 6
_DESCRIPTIONS = (
    '"tables": each table needs a description: here, about = "…" on its line',
    '"columns": each column needs one too',
    '"optional": none is refused for the lack of one',
)


@dataclass(frozen=True, slots=True)
class Head:
    """Judges the keys of the section `[plan]`."""

    statements: Sequence[Statement]
    speech: Speech

    def of(self, target: Fact, new_names: Sequence[str], undescribed: Sequence[str]) -> DraftHead:
        """The section; what the document does not speak of is left out."""
        return DraftHead(
            target=target,
            backup=self._folder(BACKUP, "backup-{date}", "The folder for backups"),
            archive=self._folder(ARCHIVE, "archive", "The folder for the files of old databases"),
            metadata=self._metadata(new_names),
            schema_version=self._version(),
            compat=self._compat(),
            descriptions=self._descriptions(len(set(map(folded, new_names))), undescribed),
        )

    def _said(self, key: str) -> list[OfKey]:
        return [it for it in self.statements if isinstance(it, OfKey) and it.key == key]

    def _asks(self, key: str) -> list[Asked]:
        return [
            it
            for it in self.statements
            if isinstance(it, Asked) and not it.databases and key in it.keys
        ]

    def _folder(self, key: str, usual: str, what: str) -> Fact | None:
        told = {folder_of(str(it.value)): it for it in self._said(key) if it.value}
        asks = self._asks(key)
        said = [*(it.said for it in told.values()), *(it.said for it in asks)]
        sources = self.speech.source(*said)
        if len(told) == 1 and not asks:
            return Fact(next(iter(told)), sources)
        if not said:
            return None
        mentioned = [folder_of(folder) for it in asks for folder in it.folders]
        answers = dict.fromkeys([*told, *mentioned, usual])
        lines = self._lines([it.said for it in told.values()], asks)
        return asked(
            f"{lines} {what}: which?",
            *(f'"{it}"' + (": the usual one" if it == usual else "") for it in answers),
            sources=sources,
        )

    def _metadata(self, new_names: Sequence[str]) -> Fact | None:
        told = self._said(METADATA)
        names = dict.fromkeys(str(it.value) for it in told)
        sources = self.speech.source(*(it.said for it in told))
        mine = set(map(folded, new_names))
        reserved = set(map(folded, (*OWN_TABLES, *OWN_VIEWS)))
        if not told:
            return None
        if len(names) == 1 and not (mine | reserved) & set(map(folded, names)):
            return Fact(next(iter(names)), sources)
        lines = self._lines([it.said for it in told], ())
        return asked(
            f"{lines} In which table is each table described?",
            *(
                f'"{it}": this table of yours, which keeps its rows'
                for it in names
                if folded(it) in mine
            ),
            f'"{CATALOG}": one that retable makes, the usual one',
            sources=sources,
        )

    def _version(self) -> Fact | None:
        told, asks = self._said(VERSION), self._asks(VERSION)
        numbers = dict.fromkeys(int(str(it.value)) for it in told)
        said = [*(it.said for it in told), *(it.said for it in asks)]
        sources = self.speech.source(*said)
        if len(numbers) == 1 and not asks:
            return Fact(next(iter(numbers)), sources)
        if not said:
            return None
        lines = self._lines([it.said for it in told], asks)
        return asked(
            f"{lines} The version becomes the target's user_version: a whole number, without"
            " quotes.",
            *(str(number) for number in dict.fromkeys([*numbers, 1])),
            sources=sources,
        )

    def _compat(self) -> Fact | None:
        told, asks = self._said(COMPAT), self._asks(COMPAT)
        said = [*(it.said for it in told), *(it.said for it in asks)]
        sources = self.speech.source(*said)
        if not said:
            return None
        if not asks and {it.value for it in told} == {"none"}:
            return Fact("none", sources)
        lines = self._lines([it.said for it in told], asks)
        return asked(f"{lines} How do old names live on?", *_COMPATS, sources=sources)

    def _descriptions(self, planned: int, undescribed: Sequence[str]) -> Fact | None:
        told, asks = self._said(DESCRIPTIONS), self._asks(DESCRIPTIONS)
        said = [*(it.said for it in told), *(it.said for it in asks)]
        sources = self.speech.source(*said)
        values = {it.value for it in told if it.value}
        short = [it for it in told if it.count and it.count.number > planned]
        if not said and undescribed:
            which = ", ".join(undescribed[:_SHOWN]) + (" …" if undescribed[_SHOWN:] else "")
            return asked(
                f"{self.speech.name} does not say what {len(undescribed)} of"
                f" {counted(planned, 'table')} hold: {which}. What must be described?",
                *_DESCRIPTIONS,
            )
        if not said:
            return None
        if not asks and not short and values <= {"tables"}:
            return Fact("tables", sources)
        if not asks and not short and values == {"columns"}:
            return Fact("columns", sources)
        lines = self._lines([it.said for it in told], asks)
        has = f" The plan has {counted(planned, 'table')}." if short else ""
        return asked(f"{lines}{has} What must be described?", *_DESCRIPTIONS, sources=sources)

    def _lines(self, told: Sequence[Said], asks: Sequence[Asked]) -> str:
        parts = [f"{self.speech.all_of(told)}."] if told else []
        parts += [f"{self.speech.at(it.said)} asks: “{it.said.words}”" for it in asks]
        return " ".join(parts)


def folder_of(path: str) -> str:
    """A folder as the plan writes it: the moment of the run as `{date}`."""
    return posixpath.normpath(_DATE.sub("{date}", path.replace("\\", "/")).rstrip("/"))
