"""``Pieces``: bytes that lie in several places and are never joined, so that a large value is held in memory once."""

from __future__ import annotations

from typing import TYPE_CHECKING, TypeAlias

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator

Bytes: TypeAlias = bytes | bytearray | memoryview


class Pieces:
    """Bytes in the order of their pieces, which must not change while this is used."""

    __slots__ = ("_views", "size")

    def __init__(self, pieces: Iterable[Bytes]) -> None:
        self._views = [memoryview(piece).cast("B") for piece in pieces if len(piece)]
        self.size = sum(map(len, self._views))

    @classmethod
    def of(cls, data: bytes | Pieces) -> Pieces:
        """Return ``data`` as pieces."""
        return data if isinstance(data, Pieces) else cls((data,))

    def __iter__(self) -> Iterator[memoryview]:
        return iter(self._views)

    def __bytes__(self) -> bytes:
        return b"".join(self._views)

    def __repr__(self) -> str:
        return f"Pieces({self.size} bytes)"

    def segments(self, length: int) -> Iterator[Bytes]:
        """Yield ``length`` bytes at a time, of which the last may be shorter, and none is empty.

        Only a segment that lies in several pieces is copied.
        """
        gathered = bytearray()
        for piece in self._views:
            view = piece
            while len(view):
                if not gathered and len(view) >= length:
                    yield view[:length]
                    view = view[length:]
                    continue
                missing = length - len(gathered)
                gathered += view[:missing]
                view = view[missing:]
                if len(gathered) == length:
                    yield gathered
                    gathered = bytearray()
        if gathered:
            yield gathered
