"""``LogReader`` and ``text_of_log``: a log as text, whether it is compressed, coloured or in another encoding."""

from __future__ import annotations

import gzip
import re
from typing import IO, Final, Protocol, cast

_MOST_TIMES: Final = 200
"""How many times as large as its file a log may be. Logs are ten times, and what is made to fill a disk a thousand."""

_LEAST: Final = 1024 * 1024

BEYOND: Final = f"a compressed file, beyond {_MOST_TIMES} times its size"
PACKED: Final = "a compressed file, of a kind other than gzip"
OTHER_ENCODING: Final = "a file that is not in UTF-8, searched for what is ASCII"

_GZIP: Final = b"\x1f\x8b"

_PACKED: Final = (b"BZh", b"\xfd7zXZ\x00", b"\x28\xb5\x2f\xfd", b"PK\x03\x04", b"\x04\x22\x4d\x18")
"""What files of bzip2, xz, Zstandard, zip and LZ4 begin with."""

_CONTROL: Final = re.compile(
    r"(?:(?:\x1b|\\(?:u001[bB]|x1[bB]|0?33|e))\[|[\x9b\udc9b]|\\u009[bB])(?:[0-?]+[ -/]*[@-~]|[mKHJ])"
)
"""What colours text on a terminal (ECMA-48, 5.4), as it is and as JSON and Python escape it. It parts a name from its
value. Without a number only frequent ones count: other letters may begin a token."""


class Readable(Protocol):
    """A file that was opened."""

    def read(self, size: int, /) -> bytes:
        """Return at most so many bytes, none at its end."""


class LogReader:
    """Reads a log, decompressed if gzip compressed it. ``size`` is how many bytes are read at most.

    What a file begins with tells what it is: the name of a rotated log may end in a number. Raises what ``file`` does,
    ``OSError`` and ``EOFError`` for damaged data, and ``zlib.error``.
    """

    def __init__(self, file: Readable, size: int, piece: int) -> None:
        head = file.read(min(piece, size))
        self._file: Readable = _Joined(head, file)
        self.size = size
        self.is_packed = head.startswith(_PACKED)
        self._is_zipped = head.startswith(_GZIP)
        if self._is_zipped:
            # GzipFile only reads, though it is typed to want more.
            self._file = gzip.GzipFile(fileobj=cast("IO[bytes]", self._file))
            self.size = max(_LEAST, size * _MOST_TIMES)

    def read(self, size: int, /) -> bytes:
        """Return at most so many bytes, none at the end."""
        return self._file.read(size)

    def goes_on(self) -> bool:
        """Whether there is more of a compressed log than ``size``."""
        return self._is_zipped and bool(self._file.read(1))


class _Joined:
    """A file whose beginning was read already."""

    def __init__(self, head: bytes, file: Readable) -> None:
        self._head = head
        self._file = file

    def read(self, size: int, /) -> bytes:
        if not self._head:
            return self._file.read(size)
        found, self._head = self._head[:size], self._head[size:]
        return found


def is_in_another_encoding(data: bytes) -> bool:
    """Whether a log is not in UTF-8: UTF-16 and UTF-32 have zeros beside each ASCII character."""
    return b"\x00" in data


def text_of_log(data: bytes) -> str:
    """Return the text that people see, in time linear to ``data``. Without zeros, UTF-16 shows its ASCII characters."""
    return _CONTROL.sub("", data.replace(b"\x00", b"").decode("utf-8", "surrogateescape"))
