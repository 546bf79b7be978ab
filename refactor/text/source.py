"""One file's bytes, encoding and newlines: in and out unchanged.

Reading never raises for what a file holds: a file that cannot be carried through text and back is
an `Unreadable` with a sentence for the user. Newlines are not translated and a byte order mark is
kept apart, so an offset into `Source.text` means the same character before and after an edit.
"""

import codecs
import re
from collections.abc import Iterator
from pathlib import Path, PurePosixPath

from msgspec import Struct

# The longer mark first: UTF-32-LE begins with the two bytes of UTF-16-LE.
_MARKS = (
    (codecs.BOM_UTF8, "utf-8"),
    (codecs.BOM_UTF32_LE, "utf-32-le"),
    (codecs.BOM_UTF32_BE, "utf-32-be"),
    (codecs.BOM_UTF16_LE, "utf-16-le"),
    (codecs.BOM_UTF16_BE, "utf-16-be"),
)
_NEWLINE = re.compile(rb"\r\n|\r|\n")
# https://peps.python.org/pep-0263/, on bytes: the line of the cookie may itself be Latin-1.
_COOKIE = re.compile(rb"[ \t\f]*#.*?coding[:=][ \t]*([-\w.]+)", re.DOTALL)
_BLANK = re.compile(rb"[ \t\f]*(?:#.*)?", re.DOTALL)


class Source(Struct, frozen=True):
    """One file as it is: its bytes, and its text without newline translation or BOM."""

    path: PurePosixPath
    data: bytes
    text: str
    encoding: str
    bom: bytes

    def encoded(self, text: str) -> bytes:
        """Return the text as bytes in this file's encoding, behind its BOM.

        Raises:
            UnicodeEncodeError: the encoding has no bytes for a character of the text.
        """
        # A byte that was not UTF-8 sits in the text as a surrogate, and goes back as it came.
        return self.bom + text.encode(self.encoding, "surrogateescape")


class Unreadable(Struct, frozen=True):
    """A file that was not looked at, and why, in words for its owner."""

    path: PurePosixPath
    why: str


def read_python(root: Path, path: PurePosixPath) -> Source | Unreadable:
    """Return a Python file in the encoding that Python itself would use for it."""
    data = _bytes_of(root, path)
    if isinstance(data, str):
        return Unreadable(path, data)
    bom = codecs.BOM_UTF8 if data.startswith(codecs.BOM_UTF8) else b""
    body = data[len(bom) :]
    line, declared = declared_encoding(body)
    encoding = declared or "utf-8"
    if bom and encoding != "utf-8":
        return Unreadable(
            path, f"line {line} declares the encoding {encoding}, but the file has a UTF-8 BOM"
        )
    try:
        codecs.lookup(encoding)
        text = body.decode(encoding)
    except LookupError:
        return Unreadable(
            path, f"line {line} declares the encoding {encoding}, which Python does not know"
        )
    except UnicodeError as error:
        return Unreadable(path, _undecodable(body, encoding, error, declared=bool(declared)))
    if "\0" in text:
        line = text.count("\n", 0, text.index("\0")) + 1
        return Unreadable(path, f"line {line} holds a NUL byte, which Python refuses")
    return _proved(Source(path, data, text, encoding, bom))


def read_text(root: Path, path: PurePosixPath) -> Source | Unreadable:
    """Return a text file: as its BOM says, else UTF-8 in which other bytes survive untouched."""
    data = _bytes_of(root, path)
    if isinstance(data, str):
        return Unreadable(path, data)
    bom, encoding = next((mark for mark in _MARKS if data.startswith(mark[0])), (b"", "utf-8"))
    body = data[len(bom) :]
    if encoding == "utf-8":
        if b"\0" in body:
            line = body.count(b"\n", 0, body.index(b"\0")) + 1
            return Unreadable(path, f"line {line} holds a NUL byte: not a text file")
        return _proved(Source(path, data, body.decode("utf-8", "surrogateescape"), encoding, bom))
    try:
        text = body.decode(encoding)
    except UnicodeError as error:
        return Unreadable(path, _undecodable(body, encoding, error, declared=True))
    return _proved(Source(path, data, text, encoding, bom))


def declared_encoding(body: bytes) -> tuple[int, str]:
    """Return the line and codec name of the PEP 263 cookie, or `(0, "")` without one."""
    for number, line in enumerate(_first_lines(body), start=1):
        if cookie := _COOKIE.match(line):
            return number, _normal_name(cookie[1].decode("ascii", "replace"))
        if not _BLANK.fullmatch(line):
            break
    return 0, ""


def _first_lines(body: bytes) -> Iterator[bytes]:
    start = 0
    for _ in range(2):
        end = _NEWLINE.search(body, start)
        yield body[start : end.start() if end else len(body)]
        if end is None:
            return
        start = end.end()


def _normal_name(name: str) -> str:
    """Return the codec for a cookie's spelling; Emacs writes `utf-8-unix` and `latin-1-dos`."""
    short = name[:12].lower().replace("_", "-")
    if re.fullmatch(r"utf-8(-.*)?", short):
        return "utf-8"
    if re.fullmatch(r"(latin-1|iso-8859-1|iso-latin-1)(-.*)?", short):
        return "iso-8859-1"
    return name


def _bytes_of(root: Path, path: PurePosixPath) -> bytes | str:
    """Return the file's bytes, or the reason why there are none."""
    try:
        return (root / path).read_bytes()
    except OSError as error:
        return f"cannot be read: {error.strerror or error}"


def _undecodable(body: bytes, encoding: str, error: UnicodeError, *, declared: bool) -> str:
    # Not every codec says where: some raise a bare UnicodeError.
    if not isinstance(error, UnicodeDecodeError):
        return f"is not valid {encoding}: {error}"
    line = body.count(b"\n", 0, error.start) + 1
    byte = f"the byte 0x{body[error.start]:02x}" if error.start < len(body) else "the end"
    mend = "" if declared else ", and no encoding is declared"
    return f"line {line}: {byte} is not valid {encoding}{mend}"


def _proved(source: Source) -> Source | Unreadable:
    """Return the source if its text gives back its bytes, else say that it does not.

    UTF-8 does, also where bytes are none: https://peps.python.org/pep-0383/
    """
    if source.encoding == "utf-8":
        return source
    try:
        same = source.encoded(source.text) == source.data
    except UnicodeError:
        same = False
    if same:
        return source
    return Unreadable(
        source.path, f"its {source.encoding} text does not survive decoding and encoding"
    )
