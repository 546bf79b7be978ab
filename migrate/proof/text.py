"""The record of a migration's proof, for people: no line is wider than a terminal."""

import re
from collections.abc import Iterator
from textwrap import wrap

from migrate.proof.account import Broken, Fate, Proof, Source
from migrate.proof.digests import STATEMENT_END
from plan.errors import counted
from plan.model import folded

WIDTH = 100
_PIECES = re.compile(r"(?:\"(?:[^\"]|\"\")*\"|''|[^\s\"'])+\s*|.", re.DOTALL)


def as_text(proof: Proof) -> str:
    """The whole record."""
    parts = (
        _head(proof),
        _titled(f"Tables of {proof.target}", _tables(proof)),
        _titled("Indexes, triggers, views", _objects(proof)),
        _titled("Foreign keys", _foreign_keys(proof)),
        _titled("Files of the backup", _files(proof)),
        _again(proof),
    )
    return "\n".join(line.rstrip() for part in parts for line in part) + "\n"


def _head(proof: Proof) -> Iterator[str]:
    yield "Proof of a migration"
    yield ""
    says = "every row and every object is there as it was"
    facts = (
        ("result", says if proof.holds else "DOES NOT HOLD: " + "; ".join(proof.problems)),
        ("target", f"{proof.target}, schema version {proof.schema_version}"),
        ("plan", f"{proof.plan}; what it says of databases has the digest"),
        ("", proof.plan_digest),
        ("run", f"{proof.run}; this report is of {proof.made}"),
        ("made by", f"retable {proof.retable} with SQLite {proof.sqlite}"),
        ("checked", f"{proof.check}, and each row's rowid, types and bytes"),
        ("digests", proof.digests),
    )
    for name, text in facts:
        yield from _wrapped(text, f"  {name:<9}", " " * 11)


def _titled(title: str, lines: Iterator[str]) -> Iterator[str]:
    yield from ("", title, "=" * len(title))
    yield from lines


def _tables(proof: Proof) -> Iterator[str]:
    """Each table of the result: where its rows came from, and their digests."""
    yield ""
    for result in proof.results:
        sources = [it for it in proof.tables if folded(it.to) == folded(result.table)]
        for it in sources:
            yield from _wrapped(_came(it), "  ", "    ")
            if it.digest and (len(sources) > 1 or it.digest != result.digest):
                yield f"    sha3-256 {it.digest} before"
        if len(sources) > 1:
            yield from _wrapped(
                f"{result.table} as a whole: {counted(result.rows, 'row')}", "  ", "    "
            )
        both = len(sources) == 1 and sources[0].digest == result.digest
        if result.digest:
            yield f"    sha3-256 {result.digest} {'before and after' if both else 'after'}"
        else:
            yield from _wrapped(f"no digest: {result.no_digest}", "    ", "    ")


def _came(it: Source) -> str:
    """Where rows came from, where they went, and how many."""
    how = it.way if it.rule is None else f"{it.way} by {it.rule}"
    said = [
        f"{it.database}: {it.table} -> {it.to}",
        how,
        counted(it.rows, "row"),
        f"{it.equal:,} equal",
    ]
    if it.set_aside:
        said.append(f"{it.set_aside:,} set aside in retable_rejects")
    if it.followed:
        said.append(f"names in {', '.join(it.followed)} follow the renames")
    if it.rowids_moved_by:
        said.append(f"rowids moved by {it.rowids_moved_by:,}")
    return ", ".join(said)


def _again(proof: Proof) -> Iterator[str]:
    """How to make a digest again, of one table for all."""
    results = {folded(it.table): it for it in proof.results if it.digest}
    known = [it for it in proof.tables if it.digest and folded(it.to) in results]
    if not known:
        return
    # One whose digest is the same before and after, if there is any.
    it = min(known, key=lambda it: it.digest != results[folded(it.to)].digest)
    yield from _titled("How to make a digest again", iter(("",)))
    yield "  In the sqlite3 shell; proof.json has these statements for each table."
    yield from _wrapped(f"{it.table} as it was, in {it.file} beside this report:", "  ", "  ")
    for statement in it.sql:
        yield from lines_of(statement)
    yield from _wrapped(f"{it.to} as it is, in {proof.target}:", "  ", "  ")
    yield from lines_of(results[folded(it.to)].sql)


def _objects(proof: Proof) -> Iterator[str]:
    others = [it for it in proof.objects if it.kind != "table" or it.now is None]
    yield ""
    for it in others:
        yield from _wrapped(f"{it.database}: {it.kind} {it.name} {_fate(it)}", "  ", "    ")
    if not others:
        yield "  there were none"
    if proof.made_by_retable:
        made = ", ".join(proof.made_by_retable)
        yield from _wrapped(f"made by retable: {made}", "  ", "    ")


def _fate(it: Fate) -> str:
    if it.fate == "renamed":
        return f"is now {it.now}: {it.why}"
    return f"left behind: {it.why}" if it.now is None else "arrived"


def _foreign_keys(proof: Proof) -> Iterator[str]:
    yield ""
    for when, found in (("before", proof.foreign_keys_before), ("after", proof.foreign_keys_after)):
        if not found:
            yield f"  {when}: no row breaks one"
        for it in found:
            yield from _wrapped(f"{when}: {it.database}: {_broken(it)}", "  ", "    ")


def _broken(it: Broken) -> str:
    if it.rows < 0:
        return f"a key of {it.table} refers to no key"
    return f"{counted(it.rows, 'row')} of {it.table} without the row that is meant"


def _files(proof: Proof) -> Iterator[str]:
    yield ""
    for it in proof.backup:
        yield from _wrapped(f"{it.file}: {it.bytes:,} bytes", "  ", "    ")
        yield f"    sha256 {it.sha256}"


def lines_of(sql: str) -> Iterator[str]:
    """A statement on lines that are not too long.

    The text of a query is part of its digest, so a line may not break within it: there the text
    is put together from pieces.
    """
    body, tail = sql.removesuffix(STATEMENT_END), ""
    ends, begins = "", "      "
    if body != sql:
        tail, ends, begins = STATEMENT_END, "'", "      || '"
    *pieces, last = _PIECES.findall(body)
    line = start = "    "
    for piece in (*pieces, last + tail):
        if len(line) + len(piece.rstrip() + ends) > WIDTH and line not in (start, begins):
            yield line + ends
            line = begins
        line += piece
    yield line


def _wrapped(text: str, first: str, rest: str) -> list[str]:
    return wrap(
        text, WIDTH, initial_indent=first, subsequent_indent=rest,
        break_long_words=False, break_on_hyphens=False,
    ) or [first]  # fmt: skip
