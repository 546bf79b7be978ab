import codecs
import os
import re
import subprocess
from pathlib import PurePosixPath

import pytest
from hypothesis import example, given
from hypothesis import strategies as st

from refactor import takers
from refactor.code import sieve
from refactor.code.sieve import files_matching, files_naming, files_with, lines_naming
from refactor.databases import outsiders
from refactor.tablefiles import STEMS
from refactor.text.cutnames import BEGINS_NAME

WORDS = ("old", "notifications.db", "My Table", "a-b", "$x", "tablé", "a.b*c")
A, B = PurePosixPath("a.py"), PurePosixPath("b.py")


def naive(data, words):
    """Whether the bytes of a UTF-8 text hold one of the words, said as plainly as can be."""
    for word in words:
        left = rb"(?<![A-Za-z0-9_])" if re.match(r"[A-Za-z0-9_]", word) else b""
        right = rb"(?![A-Za-z0-9_])" if re.search(r"[A-Za-z0-9_]$", word) else b""
        if re.search(left + re.escape(word.encode()) + right, data, re.IGNORECASE):
            return True
    return False


def written(root, contents):
    paths = []
    for name, data in contents.items():
        path = root / os.fsdecode(name) if isinstance(name, bytes) else root / name
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_bytes(data)
        paths.append(PurePosixPath(path.relative_to(root).as_posix()))
    return paths


def through(root, data, words=WORDS):
    """Whether one file passes, alone and in company."""
    paths = written(root, {"a.py": data, "b.py": b"nothing\n"})
    alone = files_naming(root, paths[:1], words)
    both = files_naming(root, paths, words)
    assert alone == both
    assert B not in both
    return A in both


@pytest.mark.parametrize(
    ("data", "expected"),
    [
        pytest.param(b"SELECT * FROM old", True, id="no newline"),
        pytest.param(b"x\r\nFROM OLD\r\n", True, id="upper case, CRLF"),
        pytest.param(b"x\rFROM old\ry", True, id="bare carriage returns"),
        pytest.param(b"old_2 my_old bold olds old2 2old", False, id="longer names"),
        pytest.param("éold oldé".encode(), True, id="only ASCII makes longer words"),
        pytest.param("\u212aold \u017f".encode(), True, id="beside a letter that folds to ASCII"),
        pytest.param(b"data/notifications.db", True, id="a file name"),
        pytest.param(b"notificationsXdb notifications.dbx", False, id="a dot is a dot"),
        pytest.param(b"[my table]", True, id="a space"),
        pytest.param(b"x a-B y", True, id="a hyphen"),
        pytest.param(b"y$x.", True, id="an edge that is no word character"),
        pytest.param("TABLé".encode(), True, id="beyond ASCII"),
        pytest.param("TABLÉ".encode(), False, id="folds as SQLite does"),
        pytest.param(b"a.b*c", True, id="characters of patterns"),
        pytest.param(b"a.bbbc", False, id="that mean nothing here"),
        pytest.param(b"", False, id="empty"),
        pytest.param(codecs.BOM_UTF8 + b"old", True, id="BOM"),
        pytest.param(b"\0\nold", True, id="NUL before"),
        pytest.param(b"old\n" + b"x" * 100_000 + b"\0", True, id="NUL long after"),
        pytest.param(b"x" * 3_000_000 + b" old", True, id="a very long line"),
        pytest.param(b"\xe9 old", True, id="latin-1 on the line"),
        pytest.param(b"\xe9\nold\n\xe9 old", True, id="latin-1 elsewhere"),
        pytest.param(b"\xe9 nothing", False, id="latin-1 without a name"),
        pytest.param("tablé".encode("latin-1"), True, id="a latin-1 name"),
        pytest.param("šold".encode("utf-16-be"), True, id="utf-16-be without BOM"),
        pytest.param("from old".encode("utf-16"), True, id="utf-16"),
        pytest.param("\ufefftablé".encode("utf-16-be"), True, id="utf-16-be, beyond ASCII"),
        pytest.param("from old".encode("utf-32"), True, id="utf-32"),
        pytest.param("アold".encode("shift_jis"), True, id="a double-byte neighbour"),
        pytest.param(b'# coding: iso-2022-jp\n\x1b$B%"\x1b(Bold', True, id="escapes as neighbours"),
        pytest.param(b"# coding: utf-7\n+AG8-ld", True, id="an encoding that hides letters"),
        pytest.param(b"# coding: klingon\n", True, id="unknown encoding, for the reader to say"),
        pytest.param(b"# coding: utf8\nx\n", False, id="utf-8 declared"),
    ],
)
def test_what_passes(tmp_path, data, expected):
    assert through(tmp_path, data) is expected


def test_declared_latin_1_passes_only_when_it_must(tmp_path):
    data = b"# coding: latin-1\nx = '\xe9'\n"
    assert not through(tmp_path, data, ["old"])
    assert through(tmp_path, data + b"old", ["old"])
    assert through(tmp_path, data, ["tablé"]), "a name beyond ASCII could be spelled anyhow"


def test_nothing_to_look_for_or_at(tmp_path):
    paths = written(tmp_path, {"a.py": b"old"})
    assert files_naming(tmp_path, paths, []) == frozenset()
    assert files_naming(tmp_path, paths, [""]) == frozenset()
    assert files_naming(tmp_path, [], ["old"]) == frozenset()


def test_what_cannot_be_read_passes_for_the_reader_to_say(tmp_path):
    (tmp_path / "folder").mkdir()
    missing = [PurePosixPath("missing.py"), PurePosixPath("folder")]
    assert files_naming(tmp_path, missing, ["old"]) == frozenset(missing)


def test_only_listed_files_pass(tmp_path):
    written(tmp_path, {"folder/a.py": b"old", "a.py": b"old", "b.py": b"old"})
    assert files_naming(tmp_path, [A], ["old"]) == {A}


def test_hidden_and_ignored_files_pass(tmp_path):
    subprocess.run(["git", "init", "-q"], cwd=tmp_path, check=True)
    (tmp_path / ".gitignore").write_text("*\n")
    (tmp_path / ".ignore").write_text("*\n")
    paths = written(tmp_path, {".hidden/.a.py": b"old", "b.py": b"old", "node_modules/c": b"old"})
    assert files_naming(tmp_path, paths, ["old"]) == frozenset(paths)


@pytest.mark.parametrize(
    "name",
    ["😀.py", "sp ace.py", "new\nline.py", "ta\tb.py", "co:lon:1:.py", "-", "-f", "é.py", "*.py"],
)
def test_odd_names_pass(tmp_path, name):
    paths = written(tmp_path, {name: b"old", "other.py": b"x"})
    assert files_naming(tmp_path, paths, ["old"]) == {PurePosixPath(name)}


def test_names_that_are_not_utf8_pass(tmp_path):
    try:
        paths = written(tmp_path, {b"caf\xe9.py": b"old", b"th\xe9.py": b"x"})
    except OSError:
        pytest.skip("this file system knows UTF-8 names only")
    assert files_naming(tmp_path, paths, ["old"]) == {paths[0]}


def test_a_relative_root(tmp_path, monkeypatch):
    paths = written(tmp_path, {"sub/-": b"old"})
    monkeypatch.chdir(tmp_path)
    assert files_naming(type(tmp_path)(), paths, ["old"]) == frozenset(paths)


@pytest.mark.parametrize("data", [b"a\nb", b"x a\r\nb y"])
def test_words_with_a_line_break_are_found(tmp_path, data):
    assert through(tmp_path, data, ["a\nb"])
    assert not through(tmp_path, b"a b", ["a\nb", "c\0d"])


def test_more_words_than_a_pattern_holds(tmp_path, monkeypatch):
    def refuse(*_, **__):
        raise ValueError("compiled regex exceeds size limit")

    monkeypatch.setattr(sieve, "search", refuse)
    assert through(tmp_path, b"from old")
    assert not through(tmp_path, b"from new")


def test_files_are_asked_about_in_chunks(tmp_path, monkeypatch):
    monkeypatch.setattr(sieve, "_CHUNK", 2)
    contents = {f"{number}.py": b"old" if number % 3 else b"x" for number in range(7)}
    expected = {PurePosixPath(name) for name, data in contents.items() if data == b"old"}
    assert files_naming(tmp_path, written(tmp_path, contents), ["old"]) == expected


PIECES = st.sampled_from(
    [
        *(b"old", b"OLD", b"_", b"x", b" ", b"\n", b"\r\n", b"\r", b"\xe9", b"\0", b"\xc2"),
        *(b"notifications", b".db", b"$x", b"a-b", b"My Table", b"# coding: latin-1\n"),
        *(codecs.BOM_UTF8, b"\xff\xfe", "from old".encode("utf-16-le")),
        *(piece.encode() for piece in ("é", "tablé", "😀")),
    ]
)
NAMES = st.sampled_from(["a.py", ".b.sql", "😀.py", "dir/é x.py", "dir/.c/d.py", "e:1:.py"])


@given(st.dictionaries(NAMES, st.lists(PIECES).map(b"".join), max_size=6))
@example({})
@example({"a.py": b"old"})
def test_never_a_false_negative(tmp_path_factory, contents):
    root = tmp_path_factory.mktemp("tree")
    paths = written(root, contents)
    passed = {str(path) for path in files_naming(root, paths, WORDS)}
    for name, data in contents.items():
        if naive(data, WORDS):
            assert name in passed
        elif b"\0" not in data and b"coding" not in data and is_utf8(data):
            assert name not in passed, "plain files pass for a reason"


def is_utf8(data):
    try:
        data.decode()
    except UnicodeDecodeError:
        return False
    return True


@pytest.mark.parametrize(
    ("contents", "met"),
    [
        pytest.param("x = 1  # mark: it\n", True, id="as it is spelled"),
        pytest.param("x = 1  # MARK: IT\n", False, id="in another case"),
        pytest.param("x = 1  # mark: items\n", False, id="a longer word"),
        pytest.param("x = 'BUGS'\n", True, id="a word, in either case"),
        pytest.param("x = 'é bugs'\n".encode("utf-16"), True, id="a word in UTF-16"),
        pytest.param("# mark: it é\n".encode("utf-16"), True, id="a phrase in UTF-16"),
    ],
)
def test_phrases_are_met_beside_words(tmp_path, contents, met):
    file = PurePosixPath("a.py")
    data = contents if isinstance(contents, bytes) else contents.encode()
    (tmp_path / file).write_bytes(data)
    assert (file in files_naming(tmp_path, [file], ["bugs"], ["mark: it"])) is met


@pytest.mark.parametrize(("whole", "met"), [(True, False), (False, True)])
def test_pieces_of_words_are_met_on_request(tmp_path, whole, met):
    file = PurePosixPath("a.py")
    (tmp_path / file).write_text("load_Bugs_now = 1\n")
    assert (file in files_with(tmp_path, [file], ["bugs"], whole=whole)) is met


def test_the_lines_that_name_something_are_all_of_them_or_none(tmp_path):
    files = {
        "a.md": "old\nnothing\nthe OLD one, older\n\told\r\n",
        "b.md": "older, and cold\n",
        "c.md": "naïve old ☕\nolé\n",
        "utf16.md": "old".encode("utf-16"),
        "latin.md": b"old \xe9\nold\n",
        "nul.md": b"old\0old\n",
    }
    for name, text in files.items():
        data = text if isinstance(text, bytes) else text.encode()
        (tmp_path / name).write_bytes(data)
    found = lines_naming(tmp_path, [PurePosixPath(name) for name in files], {"old"})
    assert found.files == {PurePosixPath(name) for name in files.keys() - {"b.md"}}
    assert found.lines == {
        PurePosixPath("a.md"): "old\nthe OLD one, older\n\told\r\n",
        PurePosixPath("c.md"): "naïve old ☕\n",
    }


# What a line may be made of that one of the patterns looks for.
PIECES = (
    *(
        "from ",
        "FROM",
        "\\nfrom",
        "into",
        " update",
        "join ",
        "table",
        "create ",
        "insert  or ignore ",
    ),
    *(
        "delete",
        "select",
        "pragma",
        "sqlite_master",
        "index_list",
        "users",
        "a_{x}",
        "%s",
        "$x",
        "{",
    ),
    *('"', "'", "`", "[", " + ", "\\", "\r", "(", "<kind>", "app.get", "route", "split", "loads"),
    *(".stem", "splitext(", ".name", ".rsplit(", "data.db", "db'", ".sqlite?", "é", "\x85", "\xa0"),
)


@pytest.mark.parametrize(
    "pattern",
    [
        pytest.param(takers._DUE, id="where a name is due"),
        pytest.param(takers._BEGINS, id="how SQL begins"),
        pytest.param(takers._ROUTES, id="routes"),
        pytest.param(takers._PARTS, id="parts of texts"),
        pytest.param(STEMS, id="stems"),
        pytest.param(BEGINS_NAME, id="beginnings of names"),
        pytest.param(outsiders._MAY_SPELL, id="files"),
    ],
)
@given(line=st.lists(st.sampled_from(PIECES), max_size=6).map("".join))
@example(line="select")
@example(line="FROM\r")
@example(line="INSERT INTO")
def test_a_few_files_match_as_many_do(tmp_path_factory, pattern, line):
    root = tmp_path_factory.getbasetemp() / "few"
    alone = written(root, {"a.py": f"x\n{line}\ny".encode()})
    # A search among many is the same where most of them are not there.
    many = [*alone, *(PurePosixPath(f"{number}.gone") for number in range(sieve._FEW))]
    assert files_matching(root, alone, pattern) == files_matching(root, many, pattern)


def test_a_large_file_is_for_ripgrep(tmp_path):
    paths = written(tmp_path, {"a.py": b"x\n" * sieve._PIECE + b"splitext(y)\n", "b.py": b"x"})
    assert files_matching(tmp_path, paths, STEMS) == (A,)
