"""``DataKeys``: data keys in this process's memory, so that one call to the key provider serves a whole Dag run."""

from __future__ import annotations

import threading
import time
from collections import OrderedDict
from collections.abc import Callable, Mapping, Sequence
from concurrent.futures import Future
from typing import Final, Generic, TypeVar

from secure_xcom.errors import WrongKey
from secure_xcom.model.seal import DataKey
from secure_xcom.ports.keys import KeyProvider

V = TypeVar("V")

MAX_AGE_SECONDS: Final = 300.0
"""Age after which a data key is asked for again: it bounds how long a revoked identity can go on."""

MAX_ENTRIES: Final = 1024


class DataKeys:
    """Caches key providers' answers by encryption context (sealing) and by wrapped key (opening).

    ``provider`` seals and opens; those of ``previous`` keys open what they sealed, and seal nothing. Threads that want
    the same key at the same time share one call and its outcome. A failure is not cached.
    """

    def __init__(
        self,
        provider: KeyProvider,
        clock: Callable[[], float] = time.monotonic,
        *,
        previous: Sequence[KeyProvider] = (),
    ) -> None:
        self._provider = provider
        self._providers = (provider, *previous)
        self._sealing: Cache[DataKey] = Cache(clock)
        self._opening: Cache[bytes] = Cache(clock)

    @property
    def kek_type(self) -> str:
        """The scheme of the provider that seals, which the envelope names."""
        return self._provider.scheme

    def for_sealing(self, context: Mapping[str, str]) -> DataKey:
        """Return a data key for ``context``; raises a ``KeyProviderError``."""
        return self._sealing.get(tuple(sorted(context.items())), lambda: self._provider.generate(context))

    def for_opening(self, wrapped: bytes, kek_type: str, kek_id: str, context: Mapping[str, str]) -> bytes:
        """Return the data key that was wrapped; raises a ``KeyProviderError``."""
        entry = (wrapped, kek_type, kek_id, tuple(sorted(context.items())))
        return self._opening.get(
            entry, lambda: chosen(self._providers, kek_type, kek_id).unwrap(wrapped, kek_id, context)
        )


def chosen(providers: Sequence[KeyProvider], kek_type: str, kek_id: str) -> KeyProvider:
    """Return the one of the configured providers that a header names. Nothing else of an object has a say in it.

    Where a kind is configured once its provider is returned as it is, since it compares the id itself. Raises
    ``WrongKey`` for a kind that is not configured.
    """
    of_kind = [provider for provider in providers if provider.scheme == kek_type]
    if not of_kind:
        kinds = ", ".join(dict.fromkeys(f"{provider.scheme}://" for provider in providers))
        raise WrongKey(
            f"the object is sealed under a key of another kind than the configured {kinds}: "
            "name the one that sealed it in [secure_xcom] key or previous_keys"
        )
    if len(of_kind) == 1:
        return of_kind[0]
    # Where no provider holds it, the first one says so in its own words.
    return next((provider for provider in of_kind if provider.holds(kek_id)), of_kind[0])


class Cache(Generic[V]):
    """Answers by what was asked, for ``MAX_AGE_SECONDS`` and at most ``MAX_ENTRIES`` of them."""

    def __init__(self, clock: Callable[[], float] = time.monotonic) -> None:
        self._clock = clock
        self._lock = threading.Lock()
        self._entries: OrderedDict[object, tuple[float, V]] = OrderedDict()
        self._pending: dict[object, Future[V]] = {}

    def get(self, key: object, make: Callable[[], V]) -> V:
        """Return the answer for ``key``, which ``make`` gives the first time. Raises what it raises."""
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
