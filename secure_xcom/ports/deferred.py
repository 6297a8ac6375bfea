"""``deferred``: an object that is made when one of its methods is first used.

A task that seals nothing then loads neither the ledger nor any adapter.
"""

from __future__ import annotations

import threading
from typing import TYPE_CHECKING, TypeVar, cast

if TYPE_CHECKING:
    from collections.abc import Callable

T = TypeVar("T")


class _Deferred:
    __slots__ = ("_lock", "_make", "_object")

    def __init__(self, make: Callable[[], object]) -> None:
        self._make: Callable[[], object] | None = make
        self._lock = threading.RLock()
        self._object: object = None

    def __getattr__(self, name: str) -> object:
        with self._lock:
            if self._make is not None:
                self._object, self._make = self._make(), None
        return getattr(self._object, name)


def deferred(make: Callable[[], T]) -> T:
    """Return what stands for ``make()``, which is called once, by the thread that first needs it.

    What ``make`` raises is raised there, and the next use tries again.
    """
    return cast("T", _Deferred(make))
