import ast
import codecs
from pathlib import PurePosixPath

import pytest
from hypothesis import given
from hypothesis import strategies as st

from refactor.text.source import Source, Unreadable, declared_encoding, read_python, read_text

FILE = PurePosixPath("pkg/a.py")


def written(tmp_path, data):
    (tmp_path / "pkg").mkdir(exist_ok=True)
    (tmp_path / FILE).write_bytes(data)
    return tmp_path


@pytest.mark.parametrize(
    ("data", "encoding", "text"),
    [
        pytest.param(b"", "utf-8", "", id="empty"),
        pytest.param(b"x = 1", "utf-8", "x = 1", id="no newline at the end"),
        pytest.param("x = 'é'\n".encode(), "utf-8", "x = 'é'\n", id="utf-8"),
        pytest.param(b"a\r\nb\nc\rd\f\n", "utf-8", "a\r\nb\nc\rd\f\n", id="newlines as they are"),
        pytest.param(
            b"# coding: latin-1\nx = '\xe9'\n",
            "iso-8859-1",
            "# coding: latin-1\nx = 'é'\n",
            id="latin-1 cookie",
        ),
        pytest.param(
            b"# \xe9 coding: latin-1\n",
            "iso-8859-1",
            "# é coding: latin-1\n",
            id="the cookie's own line is not utf-8",
        ),
        pytest.param(
            b"#! \xe9\r# vim: set fileencoding=cp1252 :\r",
            "cp1252",
            "#! é\r# vim: set fileencoding=cp1252 :\r",
            id="second line, bare carriage returns",
        ),
        pytest.param(
            b"# -*- coding: utf-8-unix -*-\n",
            "utf-8",
            "# -*- coding: utf-8-unix -*-\n",
            id="as Emacs spells it",
        ),
        pytest.param(
            "# coding: shift_jis\nx = 'あ'\n".encode("shift_jis"),
            "shift_jis",
            "# coding: shift_jis\nx = 'あ'\n",
            id="a multi-byte encoding",
        ),
    ],
)
def test_python_comes_in_and_goes_out_unchanged(tmp_path, data, encoding, text):
    source = read_python(written(tmp_path, data), FILE)
    assert source == Source(FILE, data, text, encoding, b"")
    assert source.encoded(text) == data


def test_the_bom_is_kept_apart(tmp_path):
    data = codecs.BOM_UTF8 + b"# coding: utf-8\nx = 1\n"
    source = read_python(written(tmp_path, data), FILE)
    assert isinstance(source, Source)
    assert source.text.startswith("# coding")
    assert source.encoded(source.text.replace("1", "2")) == data.replace(b"1", b"2")


@pytest.mark.parametrize(
    ("data", "why"),
    [
        pytest.param(
            b"x = 1\ny = '\xe9'\n",
            "line 2: the byte 0xe9 is not valid utf-8, and no encoding is declared",
            id="latin-1 without a cookie",
        ),
        pytest.param(
            b"# coding: ascii\ny = '\xe9'\n",
            "line 2: the byte 0xe9 is not valid ascii",
            id="the cookie is wrong",
        ),
        pytest.param(
            b"\n# coding: klingon\n",
            "line 2 declares the encoding klingon, which Python does not know",
            id="unknown encoding",
        ),
        pytest.param(
            b"# coding: rot13\n",
            "line 1 declares the encoding rot13, which Python does not know",
            id="a codec that is no encoding",
        ),
        pytest.param(
            codecs.BOM_UTF8 + b"# coding: latin-1\n",
            "line 1 declares the encoding iso-8859-1, but the file has a UTF-8 BOM",
            id="BOM and cookie disagree",
        ),
        pytest.param(
            b"x = 1\n\0", "line 2 holds a NUL byte, which Python refuses", id="NUL in Python"
        ),
        pytest.param(
            b"# coding: utf-7\nx = '+AGE-'\n",
            "its utf-7 text does not survive decoding and encoding",
            id="two spellings of one text",
        ),
        pytest.param(
            b"# coding: undefined\n",
            "is not valid undefined: ",
            id="a codec with bare errors",
        ),
    ],
)
def test_what_python_files_cannot_be_carried(tmp_path, data, why):
    outcome = read_python(written(tmp_path, data), FILE)
    assert isinstance(outcome, Unreadable)
    assert outcome.path == FILE
    assert outcome.why.startswith(why)


@pytest.mark.parametrize("read", [read_python, read_text])
def test_a_missing_file_is_said(tmp_path, read):
    assert read(tmp_path, FILE) == Unreadable(FILE, "cannot be read: No such file or directory")


@pytest.mark.parametrize(
    ("data", "encoding", "bom"),
    [
        pytest.param(b"SELECT '\xe9\xff';\r\n", "utf-8", b"", id="latin-1 bytes survive"),
        pytest.param(codecs.BOM_UTF8 + b"x\xe9", "utf-8", codecs.BOM_UTF8, id="BOM, bad bytes"),
        pytest.param("\ufeffé\r\n".encode("utf-16-le"), "utf-16-le", b"\xff\xfe", id="utf-16-le"),
        pytest.param("\ufeffé\r\n".encode("utf-16-be"), "utf-16-be", b"\xfe\xff", id="utf-16-be"),
        pytest.param(
            "\ufeffé".encode("utf-32-le"), "utf-32-le", codecs.BOM_UTF32_LE, id="utf-32-le"
        ),
    ],
)
def test_text_comes_in_and_goes_out_unchanged(tmp_path, data, encoding, bom):
    source = read_text(written(tmp_path, data), FILE)
    assert isinstance(source, Source)
    assert (source.encoding, source.bom) == (encoding, bom)
    assert source.encoded(source.text) == data
    assert not source.text.startswith("\ufeff")


@pytest.mark.parametrize(
    ("data", "why"),
    [
        pytest.param(b"a\nb\0c", "line 2 holds a NUL byte: not a text file", id="NUL, no BOM"),
        pytest.param(
            b"\xff\xfea", "line 1: the byte 0x61 is not valid utf-16-le", id="half a unit"
        ),
    ],
)
def test_what_text_cannot_be_carried(tmp_path, data, why):
    assert read_text(written(tmp_path, data), FILE) == Unreadable(FILE, why)


@given(st.binary())
def test_any_bytes_are_carried_or_refused(tmp_path_factory, data):
    root = written(tmp_path_factory.mktemp("any"), data)
    for outcome in (read_text(root, FILE), read_python(root, FILE)):
        if isinstance(outcome, Source):
            assert outcome.encoded(outcome.text) == data


COOKIES = st.sampled_from(
    [
        b"# coding: latin-1",
        b"#coding=cp1252",
        b"# vim: fileencoding=utf-8",
        b"# coding: utf_8_sig",
        b"# coding : latin-1",
        b"coding: latin-1",
        b"# coding: Latin_1-Unix",
        b"\f # coding:\tiso-8859-15",
        b"# coding: utf8",
        b"# coding: ISO-LATIN-1",
        b"# \xe9 coding: latin-1",
        b"#",
        b"x = 1",
        b"\\",
        b"",
    ]
)


@given(
    st.lists(COOKIES, min_size=1, max_size=3),
    st.sampled_from([b"\n", b"\r\n", b"\r"]),
    st.sampled_from([b"", codecs.BOM_UTF8]),
)
def test_the_same_encoding_as_python_itself(tmp_path_factory, heads, newline, bom):
    data = bom + newline.join([*heads, b"s = '\xc3\xa9'", b""])
    outcome = read_python(written(tmp_path_factory.mktemp("same"), data), FILE)
    try:
        tree = ast.parse(data)
    except SyntaxError:
        return
    if isinstance(outcome, Unreadable):
        # Python does not look at the bytes of comments when it believes them to be UTF-8.
        assert "is not valid utf-8" in outcome.why
        assert "\ufffd" in data.decode("utf-8", "replace")
        return
    assert ast.dump(tree) == ast.dump(ast.parse(outcome.text))


def test_the_third_line_declares_nothing():
    assert declared_encoding(b"#\n#\n# coding: latin-1\n") == (0, "")
    assert declared_encoding(b"x\n# coding: latin-1\n") == (0, "")
