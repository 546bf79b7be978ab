"""All references in one file: what the finders say of its texts, and what its comments allow."""

import ast
import re
from collections.abc import Iterable, Iterator
from zlib import crc32

from msgspec.structs import replace

from plan.model import folded
from refactor.answers import answered
from refactor.code.codebase import Reading, Unread
from refactor.doubted import doubted
from refactor.evidence import Evidence
from refactor.finders import FINDERS, Found, Ignored, Surroundings
from refactor.finders.coined import names_coined
from refactor.finders.descriptors import names_told
from refactor.finders.endings import paths_ended
from refactor.finders.entries import asked_of_entries
from refactor.finders.filenames import tables_after_files
from refactor.finders.guessed import tables_guessed
from refactor.finders.identifiers import names_taken
from refactor.finders.implied import tables_implied
from refactor.finders.keywords import tables_in_keywords
from refactor.finders.listfiles import tables_in_listfiles
from refactor.finders.made import names_made
from refactor.finders.pieced import names_pieced
from refactor.finders.prefixes import parts_of_names
from refactor.finders.reflected import names_reflected
from refactor.finders.routes import names_for_urls
from refactor.finders.stems import files_by_stem
from refactor.found import FileSearch, OtherFile, Told, strings_of
from refactor.hits import account, named_by
from refactor.ignores import Obeyed, obeyed
from refactor.kinds import NOTHING as NO_CONTENTS
from refactor.python.strings import Text
from refactor.references import Kind, Reason, Reference

_WORD = re.compile(r"[A-Za-z0-9_]+")


class Inspector:
    """Looks through one file after the other."""

    def __init__(self, evidence: Evidence) -> None:
        """Ask this evidence."""
        self._evidence = evidence

    def certain_in(self, reading: Reading) -> list[Reference]:
        """What would be changed in a file that has been read, without what is asked beside it."""
        plain, told, _ = self._told_in(reading)
        _, heard = self._heard(reading, plain, told)
        return [it for it in heard.references if it.certain]

    def search_reading(self, reading: Reading) -> FileSearch:
        """Find the references in a file that has been read."""
        contents = reading.contents
        plain, told, around = self._told_in(reading)
        for reference in tuple(self._asked_beside(reading, told, around)):
            told.references.setdefault(reference.start, reference)
        found, heard = self._heard(reading, plain, told)
        references = heard.references
        found.reasons[:0] = (it.part for it in heard.left)
        if contents.otherwise:
            found.reasons.append((0, len(reading.source.text), contents.otherwise))
        hits = self._evidence.codebase.kinds_of_hits(reading.source.text)
        accounts, ignored = account(hits, references, found.reasons)
        unread = None
        if contents.unread is not None:
            # The words that were not looked at are those of a file that is not read.
            looked_at = named_by(references, hits)
            accounts, _ = account(looked_at, references, ())
            missed = len(hits) - len(looked_at)
            if missed or contents.misnamed:
                unread = OtherFile(reading.source.path, missed, contents.unread, contents.misnamed)
            ignored = ()
        return FileSearch(
            path=reading.source.path,
            references=references,
            ignored=ignored,
            texts=tuple(it.by_itself() for it in found.texts),
            accounts=accounts,
            unread=unread,
            strings=strings_of(reading.outline if references else None),
            digest=crc32(reading.source.data),
            left=heard.left,
            ignores=heard.ignores,
        )

    def _told_in(self, reading: Reading) -> tuple[Told, Told, Surroundings]:
        """What is said of a file's texts, outside of Python and in it, and what the last saw."""
        plain = Told(reasons=list(reading.contents.accounts))
        if reading.contents is not NO_CONTENTS:
            around = self._evidence.surroundings(reading.source, None)
            plain.add(
                self._told(self._evidence.codebase.plain_texts(reading), around, templates=True)
            )
        around = self._evidence.surroundings(reading.module, reading.outline)
        return plain, self._told(self._evidence.codebase.texts(reading), around), around

    def _asked_beside(
        self, reading: Reading, told: Told, around: Surroundings
    ) -> Iterator[Reference]:
        """Questions about names that no text says as they are: nothing of it is changed."""
        tree = reading.outline.tree if reading.outline else self._tree(reading)
        yield from tables_implied(around)
        yield from tables_guessed(around)
        yield from names_coined(around)
        yield from names_pieced(around, told.references)
        yield from names_made(around)
        yield from paths_ended(around)
        yield from files_by_stem(around)
        yield from parts_of_names(around)
        yield from names_for_urls(around)
        yield from tables_in_listfiles(around)
        if tree:
            yield from names_taken(tree, around)
            yield from names_told(tree, around)
            yield from names_reflected(tree, around)
            yield from tables_in_keywords(tree, around)
            yield from tables_after_files(tree, around)

    def _heard(self, reading: Reading, plain: Told, told: Told) -> tuple[Told, Obeyed]:
        """All that was said of a file, and what is left of it where its comments are obeyed."""
        python = reading.contents.python
        plain.add(told.carried(python, reading.source) if python else told)
        references = tuple(
            plain.references[start].as_spelled(reading.source.text)
            for start in sorted(plain.references)
        )
        if reading.contents.advisory:
            references = tuple(self._advised(it) for it in references)
        is_module = self._evidence.codebase.is_python(reading.source.path)
        return plain, obeyed(reading.source, python, references, is_module=is_module)

    def _tree(self, reading: Reading) -> ast.Module | None:
        """The tree of a module none of whose strings could refer."""
        is_module = reading.contents is NO_CONTENTS
        return self._evidence.codebase.tree_of(reading.source.path) if is_module else None

    def _told(
        self, texts: Iterable[Text | Unread], around: Surroundings, *, templates: bool = False
    ) -> Told:
        """What the finders say of some texts.

        Of the texts that a template may become, the one that asks decides.
        """
        told = Told()
        for text in texts:
            found, read = self._found_in(text, around)
            if isinstance(found, Ignored):
                told.reasons.append((text.start, text.end, found.why))
                continue
            told.reasons.append((text.start, text.end, "a word in SQL that names no old table"))
            for reference in found:
                if not (templates and reference.certain and reference.start in told.references):
                    told.references[reference.start] = reference
            # What another module spells gets its new names there.
            told.texts |= dict.fromkeys(it.without_foreign(self._names_old) for it in read)
        told.references |= {it.start: it for it in doubted(told, around)}
        told.references |= {it.start: it for it in answered(told, around)}
        return told

    def _names_old(self, text: str) -> bool:
        return self._evidence.codebase.words.are_in(text)

    def _advised(self, reference: Reference) -> Reference:
        """A reference in documentation: it holds nothing up, and a guess is not good enough."""
        meanings = self._evidence.legacy.meanings.get(folded(reference.group), ())
        if (
            reference.certain
            and reference.kind is Kind.TABLE
            and len({folded(it.new) for it in meanings}) > 1
            and any(it.reason is Reason.CONNECTION for it in reference.evidence)
        ):
            # What one example opens says little of the next, and after an edit says another thing.
            question = f"only what the document opens elsewhere says that it is {reference.new}"
            mend = "decide by reading the text"
            return replace(reference, new=None, question=question, mend=mend, blocking=False)
        return replace(reference, blocking=False)

    def _found_in(
        self, text: Text | Unread, around: Surroundings
    ) -> tuple[Found, tuple[Text, ...]]:
        """What the finders say of a text, and what they have read; the first to say it decides."""
        if isinstance(text, Unread):
            return tuple(self._asked(text, around)), ()
        for finder in FINDERS:
            found = finder.find(text, around)
            if found is not None:
                if text.context.key and around.outline and not isinstance(found, Ignored):
                    found = asked_of_entries(text, found, around)
                return found, finder.reads(text, around)
        return Ignored("text that is not SQL"), ()

    def _asked(self, unread: Unread, around: Surroundings) -> Iterator[Reference]:
        """A question for each old table that an expression names which cannot be read."""
        text = around.source.text
        for hit in self._evidence.codebase.words.hits_in_source(text):
            word = _WORD.match(text, hit)
            meanings = self._evidence.legacy.meanings.get(folded(word[0]), ()) if word else ()
            if not word or not meanings or not unread.start <= hit < unread.end:
                continue
            yield around.table_reference(
                hit,
                word[0],
                meanings,
                clause="unread",
                question=f"this expression cannot be read ({unread.why}): is it the table?",
                mend="read it, and change it by hand if it is",
                blocking=True,
            )
