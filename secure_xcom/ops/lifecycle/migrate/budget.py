"""``Budget``: how many values may still be changed."""

from __future__ import annotations

import sys
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from typing import TypeVar

T = TypeVar("T")


@dataclass(slots=True)
class Budget:
    """Of a migration without a limit it is never spent."""

    left: int = sys.maxsize

    def portions(self, work: Sequence[T]) -> Iterator[Sequence[T]]:
        """Yield some work in portions that may be done still, until all is yielded or nothing may be changed any more.

        Before the next portion, ``spend`` notes how much the last one changed: what is refused costs nothing.
        """
        start = 0
        while start < len(work) and not self.is_spent:
            portion = work[start : start + self.left]
            start += len(portion)
            yield portion

    def spend(self, changed: int) -> None:
        """Note how many values were changed."""
        self.left -= changed

    @property
    def is_spent(self) -> bool:
        """Whether nothing more may be changed."""
        return self.left <= 0
