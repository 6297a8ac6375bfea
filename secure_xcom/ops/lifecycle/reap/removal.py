"""``Removal``: deletes orphans, each after its entry in the ledger.

The entry comes first. A process that dies between the two leaves an entry and an object, and the next run deletes that
and records it again. The other way about, an object would be gone without a trace.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Sequence
from concurrent.futures import ThreadPoolExecutor
from contextlib import suppress
from dataclasses import replace
from itertools import groupby
from typing import Protocol

from secure_xcom.errors import SecureXComError, StoreError
from secure_xcom.model.entry import Entry, Outcome
from secure_xcom.model.event import Event
from secure_xcom.ops.lifecycle.reap.verdict import Judged, Kept, Reason
from secure_xcom.ports.store import Store


class Recorded(Protocol):
    """The ledger, as far as a removal needs it."""

    def append(self, new: Sequence[Entry]) -> None:
        """Append entries. Raises a ``SecureXComError``."""


class Removal:
    """Deletes from one store. Safe to use from several threads. Without a ``ledger`` nothing is recorded."""

    def __init__(
        self, store: Store, ledger: Recorded | None, clock: Callable[[], float], host: str, pool: ThreadPoolExecutor
    ) -> None:
        self._store = store
        self._ledger = ledger
        self._clock = clock
        self._host = host
        self._pool = pool

    def remove(self, judged: Sequence[Judged]) -> list[Judged]:
        """Delete what ``goes``; of what could not be recorded or deleted the verdict is ``FAILED``. Raises nothing."""
        going = [one for one in judged if one.goes]
        # An unfinished file never was a value: the ledger has nothing to say of it.
        unfinished = [one for one in going if one.verdict is Reason.UNFINISHED]
        recorded = self._recorded([one for one in going if one.verdict is not Reason.UNFINISHED])
        done = [*self._pool.map(self._remove, (*unfinished, *recorded))]
        self._record_failures([one for one in done if one.verdict is Kept.FAILED])
        by_name = {one.listed.name: one for one in done}
        return [by_name.get(one.listed.name, _failed(one)) if one.goes else one for one in judged]

    def _recorded(self, going: Sequence[Judged]) -> list[Judged]:
        """Return what the ledger took. A run whose chain is damaged keeps no other run from being cleaned."""
        if self._ledger is None:
            return list(going)
        taken: list[Judged] = []
        for _, group in groupby(sorted(going, key=_run_of), key=_run_of):
            of_run = list(group)
            with suppress(SecureXComError):
                self._ledger.append([self._entry(one, Outcome.DONE) for one in of_run])
                taken += of_run
        return taken

    def _remove(self, one: Judged) -> Judged:
        try:
            self._store.delete(one.listed.name)
        except StoreError:
            return _failed(one)
        return one

    def _record_failures(self, failed: Iterable[Judged]) -> None:
        for one in failed:
            if self._ledger is not None and one.where is not None:
                with suppress(SecureXComError):
                    self._ledger.append([self._entry(one, Outcome.FAILED)])

    def _entry(self, one: Judged, outcome: Outcome) -> Entry:
        assert one.where is not None  # noqa: S101 - what goes was read
        assert one.place is not None  # noqa: S101
        failed = outcome is Outcome.FAILED
        return Entry(
            at=int(self._clock() * 1000),
            event=Event.PURGE,
            outcome=outcome,
            where=one.where,
            host=self._host,
            step="store" if failed else "",
            error="StoreError" if failed else "",
            object_id=one.place.object_id,
            detail="reaped" if failed else f"reaped: {one.verdict.value}",
        )


def _failed(one: Judged) -> Judged:
    return replace(one, verdict=Kept.FAILED)


def _run_of(one: Judged) -> tuple[str, str]:
    return (one.where.dag_id, one.where.run_id) if one.where else ("", "")
