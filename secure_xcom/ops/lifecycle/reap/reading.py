"""``Reading``: reads how objects begin, which tells what they are, their age and their lifetime."""

from __future__ import annotations

from collections.abc import Sequence
from concurrent.futures import ThreadPoolExecutor
from dataclasses import replace
from typing import Final

from secure_xcom.errors import ObjectNotFound, ObjectTooLarge, StoreError, Tampered
from secure_xcom.model.object_name import object_name
from secure_xcom.ops.lifecycle.reap.judge import Limits
from secure_xcom.ops.lifecycle.reap.verdict import Judged, Kept, Reason, Verdict
from secure_xcom.ports.listing import UNKNOWN_TIME
from secure_xcom.ports.store import Head, Store
from secure_xcom.seal.headers import described

CONCURRENT: Final = 16
"""Requests to a store at a time: half of what a pull may have, which goes on beside it."""


class Reading:
    """Looks into one store. Safe to use from several threads."""

    def __init__(self, store: Store, limits: Limits, pool: ThreadPoolExecutor) -> None:
        self._store = store
        self._limits = limits
        self._pool = pool

    def read(self, judged: Sequence[Judged], *, live: bool) -> list[Judged]:
        """Look at what is to be deleted, and with ``live`` at what has a row too, whose lifetime may have ended."""
        return list(self._pool.map(lambda one: self._read(one) if _is_asked(one, live=live) else one, judged))

    def _read(self, one: Judged) -> Judged:
        name = one.listed.name
        try:
            head = self._store.head(name)
            written = one.listed.written
            if written == UNKNOWN_TIME and one.goes:
                written = self._store.stat(name).written
            return self._told(one, head, written)
        except ObjectNotFound:
            return replace(one, verdict=Kept.GONE)
        except (Tampered, ObjectTooLarge):
            return replace(one, verdict=Kept.CONTENT)
        except StoreError:
            return replace(one, verdict=Kept.FAILED)

    def _told(self, one: Judged, head: Head, written: float) -> Judged:
        context = described(head)
        if one.place is None or object_name(context.coordinates, context.object_id) != one.place.below_folder:
            return replace(one, verdict=Kept.CONTENT)
        verdict: Verdict = one.verdict
        if one.goes and self._limits.is_young(written, context.created):
            verdict = Kept.YOUNG
        elif one.verdict is Kept.LIVE and self._limits.has_expired(context.expires):
            verdict = Reason.EXPIRED
        return replace(one, verdict=verdict, where=context.coordinates, size=head.size)


def _is_asked(one: Judged, *, live: bool) -> bool:
    if one.verdict is Reason.UNFINISHED:
        # It has no header as long as it is not whole.
        return False
    return one.goes or (live and one.verdict is Kept.LIVE)
