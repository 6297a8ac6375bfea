"""``DataKeys``: data keys in this process's memory, so that one call to the key provider serves a whole Dag run."""

from __future__ import annotations

import threading
import time
from collections import OrderedDict
from collections.abc import Callable, Mapping
from concurrent.futures import Future
from typing import Final, Generic, TypeVar

from secure_xcom.model.seal import DataKey
from secure_xcom.ports.keys import KeyProvider

V = TypeVar("V")

MAX_AGE_SECONDS: Final = 300.0
"""Age after which a data key is asked for again: it bounds how long a revoked identity can go on."""

MAX_ENTRIES: Final = 1024


class DataKeys:
    """Caches a key provider's answers by encryption context (sealing) and by wrapped key (opening).

    Threads that want the same key at the same time share one call and its outcome. A failure is not cached.
    """

    def __init__(self, provider: KeyProvider, clock: Callable[[], float] = time.monotonic) -> None:
        self._provider = provider
        self._sealing: _Cache[DataKey] = _Cache(clock)
        self._opening: _Cache[bytes] = _Cache(clock)

    @property
    def kek_type(self) -> str:
        """The provider's scheme, which the envelope names."""
        return self._provider.scheme

    def for_sealing(self, context: Mapping[str, str]) -> DataKey:
        """Return a data key for ``context``; raises a ``KeyProviderError``."""
        return self._sealing.get(tuple(sorted(context.items())), lambda: self._provider.generate(context))

    def for_opening(self, wrapped: bytes, kek_id: str, context: Mapping[str, str]) -> bytes:
        """Return the data key that was wrapped; raises a ``KeyProviderError``."""
        entry = (wrapped, kek_id, tuple(sorted(context.items())))
        return self._opening.get(entry, lambda: self._provider.unwrap(wrapped, kek_id, context))


class _Cache(Generic[V]):
    def __init__(self, clock: Callable[[], float]) -> None:
        self._clock = clock
        self._lock = threading.Lock()
        self._entries: OrderedDict[object, tuple[float, V]] = OrderedDict()
        self._pending: dict[object, Future[V]] = {}

    def get(self, key: object, make: Callable[[], V]) -> V:
        with self._lock:
            if (found := self._fresh(key)) is not None:
                return found
            pending = self._pending.get(key)
            if first := pending is None:
                pending = self._pending[key] = Future()
        # One thread asks the provider; those that want the same key meanwhile get its answer, or its failure.
        if first:
            self._settle(key, make, pending)
        return pending.result()

    def _settle(self, key: object, make: Callable[[], V], pending: Future[V]) -> None:
        try:
            value = make()
        except BaseException as error:
            with self._lock:
                del self._pending[key]
            pending.set_exception(error)
        else:
            with self._lock:
                self._remember(key, value)
                del self._pending[key]
            pending.set_result(value)

    def _fresh(self, key: object) -> V | None:
        entry = self._entries.get(key)
        return entry[1] if entry is not None and self._clock() - entry[0] < MAX_AGE_SECONDS else None

    def _remember(self, key: object, value: V) -> None:
        self._entries.pop(key, None)
        self._entries[key] = (self._clock(), value)
        while len(self._entries) > MAX_ENTRIES:
            self._entries.popitem(last=False)
