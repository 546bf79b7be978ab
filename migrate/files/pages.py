"""The pages of a database file as far as they hold something.

SQLite does not keep the former bytes of a page that was free already when a transaction began:
taking the transaction back leaves other bytes there, which mean nothing. What is free stands in
a chain of trunk pages: https://sqlite.org/fileformat2.html#the_freelist
"""

import hashlib
import struct
from pathlib import Path
from typing import BinaryIO

from migrate.files.parts import digest_of

_CHUNK = 1 << 20
_SMALLEST = 512
_CHECKSUM = 8


def digest_of_content(path: Path) -> str | None:
    """SHA-256 of a file's bytes, those of free pages left out; None if there are none at all."""
    if path.stat().st_size == 0:
        return None
    with path.open("rb") as file:
        header = file.read(100)
        size = int.from_bytes(header[16:18], "big")
        size = 65536 if size == 1 else size
        free = _free_pages(file, header, size) if size else frozenset()
        if not free:
            return digest_of(path)
        digest = hashlib.sha256()
        file.seek(0)
        number, at_once = 1, max(1, _CHUNK // size)
        while chunk := bytearray(file.read(size * at_once)):
            for place in range(at_once):
                if number + place in free:
                    chunk[place * size : (place + 1) * size] = bytes(size)
            digest.update(chunk)
            number += at_once
        return digest.hexdigest()


def _free_pages(file: BinaryIO, header: bytes, size: int) -> frozenset[int]:
    """The numbers of all pages that are free and tell nothing of other pages."""
    trunk, left = int.from_bytes(header[32:36], "big"), int.from_bytes(header[36:40], "big")
    found: set[int] = set()
    while trunk and left > 0:
        file.seek((trunk - 1) * size)
        page = file.read(size)
        count = min(int.from_bytes(page[4:8], "big"), size // 4 - 2)
        found.update(int.from_bytes(page[n : n + 4], "big") for n in range(8, 8 + 4 * count, 4))
        trunk, left = int.from_bytes(page[:4], "big"), left - 1 - count
    return frozenset(found)


def has_checksums(path: Path) -> bool:
    """Whether a program keeps a checksum in each page: https://sqlite.org/cksumvfs.html.

    That VFS reserves 8 bytes of a page for it. Others may too, so the first page is computed.
    """
    with path.open("rb") as file:
        size = int.from_bytes(file.read(100)[16:18], "big")
        file.seek(0)
        page = file.read(65536 if size == 1 else size)
    if len(page) < _SMALLEST or page[20] != _CHECKSUM:
        return False
    one = two = 0
    for first, second in struct.iter_unpack("<II", page[:-_CHECKSUM]):
        one = (one + first + two) & 0xFFFFFFFF
        two = (two + second + one) & 0xFFFFFFFF
    return struct.pack("<II", one, two) == page[-_CHECKSUM:]
