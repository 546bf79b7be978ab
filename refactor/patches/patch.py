"""Patches that `git apply` accepts, from the bytes before and after.

An edit never adds or removes a line, so hunks follow from line numbers. Lines end at LF alone: a
form feed, a bare CR or U+2028 inside a line is nothing special to git.

What a patch has to hold, found by experiment with git 2.39. `git apply` alone compares with the
work tree after undoing git's own conversion (`eol=crlf`, `core.autocrlf`, `working-tree-encoding`,
filters), `--index`, `--cached` and `-3` compare with the index, which holds the converted bytes:

    index     work tree   git converts   lines in the patch   applies with
    LF        LF          no or yes      LF                   all
    CRLF      CRLF        no             CRLF                 all
    LF        CRLF        yes            LF                   all; CRLF: `git apply` alone
    CRLF      CRLF        since then     CRLF                 all that git allows; LF: plain only

So: where the bytes before are the index's, they go into the patch as they are; otherwise git itself
is asked (in a scratch index and object folder, the repository is not written to) what it would
store for them, which covers every conversion there is. After `git apply` the work tree holds what
git checks out for the new content; for a file whose newlines agree with its attributes that is
`after` to the byte.
"""

import hashlib
import os
import re
import stat
import tempfile
from collections.abc import Iterable, Iterator, Mapping, Sequence
from functools import partial
from itertools import pairwise
from pathlib import Path, PurePosixPath

from msgspec import Struct

from refactor.code.git import GitError, in_work_tree, run_git

_SUBMODULE = "160000"
_NEEDS_QUOTES = re.compile(rb"[\x00-\x1f\x7f\"\\]")
_ESCAPES = {7: "a", 8: "b", 9: "t", 10: "n", 11: "v", 12: "f", 13: "r", 34: '"', 92: "\\"}
_NO_NEWLINE = b"\n\\ No newline at end of file\n"
# Doubts about line ends arise when the user commits; a split index would be written beside theirs.
_UNSEEN = ("-c", "core.safecrlf=false", "-c", "core.splitIndex=false")


class FileChange(Struct, frozen=True):
    """A file's bytes before and after; the path is relative to the root that retable works on."""

    path: PurePosixPath
    before: bytes
    after: bytes


class Patch(Struct, frozen=True):
    """One patch, the files in it, and the changed files that no text patch can carry, with why."""

    text: bytes
    files: tuple[PurePosixPath, ...]
    not_carried: tuple[tuple[PurePosixPath, str], ...]
    untracked: tuple[PurePosixPath, ...] = ()
    """The files in it that git does not know, which `git am` and `--index` want."""


def patch_text(root: Path, changes: Iterable[FileChange], context: int = 3) -> Patch:
    """Return one patch of all changes, in the order of their paths.

    Its paths start at the top of the git repository, where `git apply` is to be run; outside git
    they start at root. The same changes give the same bytes.

    Raises:
        ValueError: a change adds or removes a line, or a path comes twice.
        GitError: git refuses to read its repository.
    """
    return next(patch_texts(root, (changes,), context))


def patch_texts(
    root: Path, series: Iterable[Iterable[FileChange]], context: int = 3
) -> Iterator[Patch]:
    """Yield a patch for each of several sets of changes, as `patch_text` does for one."""
    repository: _Repository | None = None
    for changes in series:
        changed = _checked(changes)
        if not changed:
            yield Patch(b"", (), ())
            continue
        repository = repository or _repository(root)
        yield _patch(repository, changed, context)


def _patch(repository: "_Repository", changed: Sequence[FileChange], context: int) -> Patch:
    pieces: list[bytes] = []
    files: list[PurePosixPath] = []
    not_carried: list[tuple[PurePosixPath, str]] = []
    for path, outcome in _stored(repository, changed):
        if isinstance(outcome, str):
            not_carried.append((path, outcome))
        else:
            pieces.append(_file_patch(repository, outcome, context))
            files.append(path)
    known = repository.entries
    untracked = (it for it in files if repository.is_git and repository.name(it) not in known)
    return Patch(b"".join(pieces), tuple(files), tuple(not_carried), tuple(untracked))


def _checked(changes: Iterable[FileChange]) -> list[FileChange]:
    """Return what really changes, sorted, or refuse what our edits can never do."""
    changed = sorted(
        (change for change in changes if change.before != change.after),
        key=lambda change: os.fsencode(change.path),
    )
    for change in changed:
        if not _keeps_lines(change):
            raise ValueError(f"{change.path}: a change adds or removes a line")
    for first, second in pairwise(changed):
        if first.path == second.path:
            raise ValueError(f"{first.path}: two changes of one file")
    return changed


def _keeps_lines(change: FileChange) -> bool:
    newlines = change.before.count(b"\n") == change.after.count(b"\n")
    return newlines and len(_lines(change.before)) == len(_lines(change.after))


class _Entry(Struct, frozen=True):
    """What the index says of a file."""

    mode: str
    blob: str


class _Repository(Struct, frozen=True):
    """Where patches are applied, and what its index holds; outside git an empty one."""

    is_git: bool
    root: Path
    prefix: str
    hash_name: str
    entries: Mapping[str, _Entry]

    @property
    def top(self) -> Path:
        """The folder in which the paths of a patch start."""
        depth = self.prefix.count("/")
        return self.root.parents[depth - 1] if depth else self.root

    def name(self, path: PurePosixPath) -> str:
        """Return a path as git calls it."""
        return f"{self.prefix}{path}"

    def blob(self, data: bytes) -> str:
        """Return the id under which git would store these bytes."""
        header = b"blob %d\0" % len(data)
        return hashlib.new(self.hash_name, header + data, usedforsecurity=False).hexdigest()


def _repository(root: Path) -> _Repository:
    root = Path(os.path.realpath(root))
    if not in_work_tree(root):
        return _Repository(is_git=False, root=root, prefix="", hash_name="sha1", entries={})
    # The prefix comes last: it may itself hold a line break.
    said = run_git(root, "rev-parse", "--show-object-format", "--show-prefix")
    hash_name, prefix = os.fsdecode(said).removesuffix("\n").split("\n", 1)
    listed = run_git(root, "ls-files", "-z", "--stage", "--full-name", ":/")
    return _Repository(
        is_git=True, root=root, prefix=prefix, hash_name=hash_name, entries=_entries(listed)
    )


def _entries(listed: bytes) -> dict[str, _Entry]:
    """Return what `git ls-files -z --stage` has printed, by name."""
    entries = {}
    for line in listed.split(b"\0"):
        facts, _, name = line.partition(b"\t")
        # Stages 1 to 3 are the sides of an unfinished merge: nothing the index could stand for.
        if facts.endswith(b" 0"):
            mode, blob, _ = facts.decode("ascii").split(" ")
            entries[os.fsdecode(name)] = _Entry(mode, blob)
    return entries


# What git would store.


def _stored(
    repository: _Repository, changes: Sequence[FileChange]
) -> Iterator[tuple[PurePosixPath, FileChange | str]]:
    """Yield each change as git would store it, or why no text patch can carry it."""
    obstacles = {change.path: _obstacle(repository, change.path) for change in changes}
    unlike = [
        change
        for change in changes
        if not obstacles[change.path] and not _is_stored_as_is(repository, change)
    ]
    try:
        converted = _converted(repository, unlike)
    except GitError as error:
        converted = {}
        obstacles.update(
            (change.path, f"git could not convert it: {error.said}") for change in unlike
        )
    for change in changes:
        outcome = converted.get(change.path, change)
        if obstacles[change.path]:
            yield change.path, obstacles[change.path]
        elif outcome.before == outcome.after:
            yield change.path, "git stores the same content before and after, through a filter"
        elif not _keeps_lines(outcome):
            yield change.path, "a filter of git adds or removes lines"
        else:
            yield change.path, outcome


def _obstacle(repository: _Repository, path: PurePosixPath) -> str:
    """Return why `git apply` would refuse to touch a path, or an empty text."""
    for part in (path, *path.parents):
        if part != PurePosixPath() and (repository.root / part).is_symlink():
            return f"{part} is a symbolic link"
        entry = repository.entries.get(repository.name(part))
        if entry and entry.mode == _SUBMODULE:
            return f"{part} is a submodule, which takes patches of its own"
    return ""


def _is_stored_as_is(repository: _Repository, change: FileChange) -> bool:
    """Tell whether the bytes before are those of the index: then no conversion is at work."""
    entry = repository.entries.get(repository.name(change.path))
    return entry is not None and entry.blob == repository.blob(change.before)


def _converted(
    repository: _Repository, changes: Sequence[FileChange]
) -> Mapping[PurePosixPath, FileChange]:
    """Return the changes between the bytes that `git add` would store; outside git, none.

    Raises:
        GitError: a filter that git requires fails.
    """
    if not changes or (not repository.entries and not in_work_tree(repository.root)):
        return {}
    before = _added(repository, {repository.name(one.path): one.before for one in changes})
    after = _added(repository, {repository.name(one.path): one.after for one in changes})
    names = {one.path: repository.name(one.path) for one in changes}
    return {path: FileChange(path, before[name], after[name]) for path, name in names.items()}


def _added(repository: _Repository, contents: Mapping[str, bytes]) -> Mapping[str, bytes]:
    """Return what `git add` would store for contents, by asking it to in a scratch folder."""
    with tempfile.TemporaryDirectory(prefix="retable-") as folder:
        scratch = Path(folder)
        work = scratch / "work"
        files = {**_attribute_files(repository, contents), **contents}
        for name, data in files.items():
            (work / name).parent.mkdir(parents=True, exist_ok=True)
            (work / name).write_bytes(data)
        git = partial(
            run_git, work, *_UNSEEN, environment=_scratch_environment(repository, scratch)
        )
        git("update-index", "-z", "--index-info", stdin=_index_info(repository, contents))
        names = b"".join(os.fsencode(name) + b"\0" for name in contents)
        git("update-index", "--add", "-z", "--stdin", stdin=names)
        lines = git("ls-files", "-z", "--stage").split(b"\0")
        blobs = {
            os.fsdecode(line.partition(b"\t")[2]): line.split(b" ")[1] for line in lines if line
        }
        asked = b"".join(blobs[name] + b"\n" for name in contents)
        return dict(zip(contents, _batch(git("cat-file", "--batch", stdin=asked)), strict=True))


def _attribute_files(repository: _Repository, names: Iterable[str]) -> dict[str, bytes]:
    """Return the `.gitattributes` files of the work tree that bear on the names."""
    folders = {folder for name in names for folder in PurePosixPath(name).parents}
    paths = {str(folder / ".gitattributes") for folder in folders}
    return {
        path: (repository.top / path).read_bytes()
        for path in paths
        if (repository.top / path).is_file()
    }


def _index_info(repository: _Repository, names: Iterable[str]) -> bytes:
    """Return the entries which decide on conversions: attributes, and the files' own.

    Git leaves the CRLFs of a file alone that it already stores with CRLFs.
    """
    wanted = {*names, *(name for name in repository.entries if name.endswith(".gitattributes"))}
    return b"".join(
        f"{entry.mode} {entry.blob} 0\t".encode() + os.fsencode(name) + b"\0"
        for name, entry in repository.entries.items()
        if name in wanted
    )


def _scratch_environment(repository: _Repository, scratch: Path) -> dict[str, str]:
    """Return what makes git read the user's repository and write only into scratch."""
    place = ("rev-parse", "--path-format=absolute")
    git_dir = os.fsdecode(run_git(repository.root, *place, "--git-dir")).removesuffix("\n")
    objects = os.fsdecode(run_git(repository.root, *place, "--git-path", "objects"))
    quoted = objects.removesuffix("\n").replace("\\", "\\\\").replace('"', '\\"')
    (scratch / "objects").mkdir()
    return {
        "GIT_DIR": git_dir,
        "GIT_WORK_TREE": str(scratch / "work"),
        "GIT_INDEX_FILE": str(scratch / "index"),
        "GIT_OBJECT_DIRECTORY": str(scratch / "objects"),
        "GIT_ALTERNATE_OBJECT_DIRECTORIES": f'"{quoted}"',
    }


def _batch(answer: bytes) -> Iterator[bytes]:
    """Yield the contents that `git cat-file --batch` has printed."""
    at = 0
    while at < len(answer):
        start = answer.index(b"\n", at) + 1
        size = int(answer[at:start].split()[2])
        yield answer[start : start + size]
        at = start + size + 1


# From bytes to a patch.


def _file_patch(repository: _Repository, change: FileChange, context: int) -> bytes:
    name = os.fsencode(repository.name(change.path))
    old, new = _quoted(b"a/" + name), _quoted(b"b/" + name)
    # Where a name ends cannot be seen otherwise, when it holds a space.
    tab = b"\t" if b" " in name else b""
    entry = repository.entries.get(repository.name(change.path))
    mode = entry.mode if entry else _mode(repository.root / change.path)
    blobs = f"{repository.blob(change.before)}..{repository.blob(change.after)}"
    header = (
        b"diff --git %b %b\n" % (old, new),
        # Full ids and the mode let `git apply -3` fall back on a merge.
        f"index {blobs} {mode}\n".encode("ascii"),
        b"--- %b%b\n" % (old, tab),
        b"+++ %b%b\n" % (new, tab),
    )
    return b"".join((*header, *_hunks(_lines(change.before), _lines(change.after), context)))


def _mode(path: Path) -> str:
    """Return the mode that git would give to a file which it does not know."""
    try:
        executable = path.stat().st_mode & stat.S_IXUSR
    except OSError:
        executable = 0
    return "100755" if executable else "100644"


def _lines(data: bytes) -> list[bytes]:
    """Return the lines with their LF; only the last one may lack it."""
    lines = [line + b"\n" for line in data.split(b"\n")]
    last = lines.pop()[:-1]
    return [*lines, last] if last else lines


def _hunks(before: Sequence[bytes], after: Sequence[bytes], context: int) -> Iterator[bytes]:
    changed = [at for at, (old, new) in enumerate(zip(before, after, strict=True)) if old != new]
    for group in _groups(changed, 2 * context + 1):
        start, end = max(group[0] - context, 0), min(group[-1] + context + 1, len(before))
        length = f",{end - start}" if end - start != 1 else ""
        yield f"@@ -{start + 1}{length} +{start + 1}{length} @@\n".encode("ascii")
        at = start
        for run in _groups(group, 1):
            yield from _marked(b" ", before[at : run[0]])
            at = run[-1] + 1
            yield from _marked(b"-", before[run[0] : at])
            yield from _marked(b"+", after[run[0] : at])
        yield from _marked(b" ", before[at:end])


def _groups(numbers: Iterable[int], distance: int) -> Iterator[list[int]]:
    """Yield rising numbers in groups whose members lie at most a distance apart."""
    group: list[int] = []
    for number in numbers:
        if group and number - group[-1] > distance:
            yield group
            group = []
        group.append(number)
    if group:
        yield group


def _marked(mark: bytes, lines: Iterable[bytes]) -> Iterator[bytes]:
    for line in lines:
        yield mark + line if line.endswith(b"\n") else mark + line + _NO_NEWLINE


def _quoted(name: bytes) -> bytes:
    """Return a name as git writes it; bytes beyond ASCII stay, as with `core.quotePath=false`."""
    if not _NEEDS_QUOTES.search(name):
        return name
    return b'"' + _NEEDS_QUOTES.sub(_escape, name) + b'"'


def _escape(match: re.Match[bytes]) -> bytes:
    byte = match[0][0]
    return b"\\" + (_ESCAPES[byte].encode("ascii") if byte in _ESCAPES else b"%03o" % byte)
