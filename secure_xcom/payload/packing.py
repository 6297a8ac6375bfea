"""Compression of large values with Zstandard (RFC 8878), where it helps and where a library for it is installed.

Only values that hold no secret are compressed: the size of what is sealed shows, and a compressed size tells of the
content. No library is asked for: pyarrow has one, ``zstandard`` is one, and Python has one from 3.14 on.
"""

from __future__ import annotations

import importlib
import struct
from typing import TYPE_CHECKING, Any, Final

from secure_xcom.errors import MissingDependency, Tampered, translated
from secure_xcom.model.pieces import Bytes, Pieces

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator

PACKING: Final = 1
"""Zstandard, in blocks."""

BLOCK_BYTES: Final = 1 << 20
"""What is compressed by itself. A reader takes no more memory for a block, whatever the block says."""

SMALLEST: Final = 4096
"""Bytes below which nothing is gained."""

FAR: Final = 0.6
"""The share of its size to which a sample has to shrink for a store across a network, which takes time for each byte.

Above it the time is worth more, and both copies would be large.
"""

NEAR: Final = 0.1
"""The same for a local disk, to which bytes are written several times faster than they are compressed."""

_LEVEL: Final = 1
"""Zstandard's fastest of the usual levels, at several hundred megabytes a second."""

_SAMPLES: Final = 4
_SAMPLE_BYTES: Final = 1 << 16

_LENGTH: Final = struct.Struct(">I")


def packed(body: Pieces, share: float) -> list[Bytes] | None:
    """Return the compressed blocks of ``body``, each behind its length; ``None`` where that would not help.

    It helps where a sample of ``body`` shrinks to ``share`` of its size, or to less.
    """
    compress = _compressor() if body.size >= SMALLEST else None
    if compress is None or not _helps(compress, body, share):
        return None
    blocks: list[Bytes] = []
    for segment in body.segments(BLOCK_BYTES):
        block = compress(segment)
        blocks += [_LENGTH.pack(len(block)), block]
    return blocks


def _helps(compress: Callable[[Bytes], bytes], body: Pieces, share: float) -> bool:
    samples = [*_samples(body)]
    return sum(len(compress(sample)) for sample in samples) <= share * sum(map(len, samples))


def _samples(body: Pieces) -> Iterator[memoryview]:
    """Yield some parts of the longest pieces: what is between is taken to be like them."""
    for piece in sorted(body, key=len, reverse=True)[:_SAMPLES]:
        step = max(len(piece) // _SAMPLES, _SAMPLE_BYTES)
        for start in range(0, len(piece), step):
            yield piece[start : start + _SAMPLE_BYTES]


def unpacked(blocks: memoryview, size: int) -> bytearray:
    """Return ``size`` bytes; raises ``Tampered`` unless the blocks hold exactly these.

    Raises ``MissingDependency`` where no library is installed.
    """
    decompress = _decompressor()
    body, position = bytearray(size), 0
    for start in range(0, size, BLOCK_BYTES):
        expected = min(BLOCK_BYTES, size - start)
        end = position + _LENGTH.size
        if end > len(blocks):
            raise _malformed()
        position = end + _LENGTH.unpack(blocks[position:end])[0]
        if position > len(blocks):
            raise _malformed()
        with translated(Exception, into=lambda _: _malformed()):
            block = decompress(blocks[end:position], expected)
        if len(block) != expected:
            raise _malformed()
        body[start : start + expected] = block
    if position != len(blocks):
        raise _malformed()
    return body


def _malformed() -> Tampered:
    return Tampered("the sealed object's compressed content is not what its sizes say")


def _compressor() -> Callable[[Bytes], bytes] | None:
    if (pyarrow := _library("pyarrow")) is not None:
        codec = pyarrow.Codec("zstd", compression_level=_LEVEL)
        return lambda data: bytes(codec.compress(data, asbytes=True))
    if (zstandard := _library("zstandard")) is not None:
        return lambda data: bytes(zstandard.ZstdCompressor(level=_LEVEL).compress(data))
    if (zstd := _library("compression.zstd")) is not None:
        return lambda data: bytes(zstd.compress(data, _LEVEL))
    return None


def _decompressor() -> Callable[[Bytes, int], Bytes]:
    if (pyarrow := _library("pyarrow")) is not None:
        codec = pyarrow.Codec("zstd")
        return lambda data, size: memoryview(codec.decompress(pyarrow.py_buffer(data), decompressed_size=size))
    if (zstandard := _library("zstandard")) is not None:
        return lambda data, size: zstandard.ZstdDecompressor().stream_reader(data).read(size + 1)
    if (zstd := _library("compression.zstd")) is not None:
        return lambda data, size: zstd.ZstdDecompressor().decompress(data, max_length=size + 1)
    raise MissingDependency(
        "the value is compressed with Zstandard, and this worker has no library for it: install pyarrow or zstandard"
    )


def _library(name: str) -> Any:  # noqa: ANN401 - none of them is a dependency
    try:
        return importlib.import_module(name)
    except ImportError:
        return None
