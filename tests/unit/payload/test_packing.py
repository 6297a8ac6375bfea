"""Compressed content gives what was compressed, and no more memory than the sizes that were declared."""

from __future__ import annotations

import random
import struct
import tracemalloc

import pyarrow as pa
import pytest

from secure_xcom.errors import MissingDependency, Tampered
from secure_xcom.model.pieces import Pieces
from secure_xcom.payload import packing
from secure_xcom.payload.packing import BLOCK_BYTES, FAR, NEAR, packed, unpacked

TEXT = b"the same words again and again, " * 8000


@pytest.mark.parametrize("size", [4096, BLOCK_BYTES - 1, BLOCK_BYTES, BLOCK_BYTES + 1, 2 * BLOCK_BYTES + 5])
def test_content_comes_back(size: int) -> None:
    content = (TEXT * 10)[:size]
    blocks = packed(Pieces((content[:100], content[100:])), FAR)
    assert blocks is not None
    assert sum(map(len, blocks)) < size / 2
    assert unpacked(memoryview(b"".join(blocks)), size) == content


@pytest.mark.parametrize("size", [0, 1, 4095])
def test_little_is_not_compressed(size: int) -> None:
    assert packed(Pieces((TEXT[:size],)), FAR) is None


@pytest.mark.parametrize(("share", "is_packed"), [(FAR, True), (NEAR, False)], ids=["far", "near"])
def test_what_shrinks_to_a_third_is_compressed_for_a_network_alone(share: float, is_packed: bool) -> None:
    generator = random.Random(1)
    content = Pieces((b"".join(generator.randbytes(1) + b"abcdefg" for _ in range(20_000)),))
    assert (packed(content, share) is not None) is is_packed


def _block(content: bytes) -> bytes:
    block = pa.Codec("zstd").compress(content, asbytes=True)
    return struct.pack(">I", len(block)) + block


REFUSED = {
    "nothing": (b"", 10),
    "a length that is cut": (b"\0\0", 10),
    "a block that is cut": (_block(TEXT)[:-1], len(TEXT)),
    "a block more": (_block(TEXT) * 2, len(TEXT)),
    "a byte more": (_block(TEXT) + b"x", len(TEXT)),
    "less than declared": (_block(TEXT), len(TEXT) + 1),
    "more than declared": (_block(TEXT), len(TEXT) - 1),
    "no Zstandard": (b"\0\0\0\4abcd", 10),
    "a bomb in a block": (_block(bytes(64 << 20)), 10),
    "a bomb in each block": (_block(bytes(64 << 20)) * 2, BLOCK_BYTES + 1),
}


@pytest.mark.parametrize(("blocks", "size"), REFUSED.values(), ids=REFUSED.keys())
def test_refuses_content_of_another_size(blocks: bytes, size: int) -> None:
    tracemalloc.start()
    before = pa.total_allocated_bytes()
    try:
        with pytest.raises(Tampered) as caught:
            unpacked(memoryview(blocks), size)
        assert tracemalloc.get_traced_memory()[1] < 8 << 20
    finally:
        tracemalloc.stop()
    assert pa.total_allocated_bytes() - before < 8 << 20
    assert caught.value.__context__ is None


def test_a_worker_without_a_library_says_what_to_install(monkeypatch: pytest.MonkeyPatch) -> None:
    blocks = packed(Pieces((TEXT,)), FAR)
    assert blocks is not None
    monkeypatch.setattr(packing, "_library", lambda name: None)
    with pytest.raises(MissingDependency, match="pyarrow"):
        unpacked(memoryview(b"".join(blocks)), len(TEXT))
