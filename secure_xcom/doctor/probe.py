"""Checks of the store and the key with a probe value: what a Dag needs works, and what it must not do is refused.

A refusal is proved by trying. Each probe has a fresh name, and is removed by who wrote it.
"""

from __future__ import annotations

import time
from collections.abc import Callable, Iterator, Mapping
from contextlib import suppress
from typing import Final

from secure_xcom.assembly import Router
from secure_xcom.doctor.report import Check, Failed, Outcome, Skipped, run
from secure_xcom.errors import (
    KeyDenied,
    KeyProviderError,
    ObjectNotFound,
    SecureXComError,
    StoreDenied,
    StoreError,
)
from secure_xcom.model import Coordinates, DataKey, SealContext
from secure_xcom.names import new_object_id, object_name
from secure_xcom.ports import Clocked, KeyProvider, MadeOnFirstUse, Probed
from secure_xcom.routes import Route
from secure_xcom.seal.sealer import encryption_context

SKEW_SECONDS: Final = 60.0
"""AWS refuses requests that are five minutes off (Amazon S3 API reference, "RequestTimeTooSkewed")."""

_PROBE: Final = b"secure-xcom doctor"
_RUN: Final = "secure-xcom-doctor"
_ISOLATION: Final = (
    "see docs/isolation.md: give each Dag an identity of its own, and apply what `secure-xcom iam` prints"
)


class Probes:
    """The checks for the Dag ``own``, with ``other`` as the one that must be out of its reach."""

    def __init__(self, router: Router, own: str, other: str, *, isolation: bool = True) -> None:
        self._router = router
        self._own = own
        self._other = other
        self._isolation = isolation

    def checks(self) -> Iterator[Check]:
        """Run the checks; where one that others stand on fails, those are skipped."""
        key = run(self._key_name(), self._key, "check [secure_xcom] key, the network, and the rights of this identity")
        store = run("store", self._store, "check [secure_xcom] store, the network, and the rights of this identity")
        yield from (key, store, run("clock", self._clock, "check the network"))
        sound = key.outcome is store.outcome is Outcome.OK or (self._is_native() and store.outcome is Outcome.OK)
        yield run("round-trip", self._round_trip if sound else _needs("store and key"), "report a bug")
        checks: tuple[tuple[str, Callable[[], str]], ...] = (
            ("other-write", self._other_write),
            ("other-read", self._other_read),
            ("other-delete", self._other_delete),
            ("list", self._list),
            ("unprotected-put", self._unprotected_put),
        )
        for name, check in checks:
            yield run(name, check if store.outcome is Outcome.OK else _needs("store"), _ISOLATION)
        yield run("other-key", self._other_key if key.outcome is not Outcome.FAILED else _needs("key"), _ISOLATION)

    def _is_native(self) -> bool:
        return self._router.scheme_of_key(self._own) is None

    def _key_name(self) -> str:
        return "keyring" if self._router.scheme_of_key(self._own) == "local" else "key"

    def _key(self) -> str:
        provider = self._provider(self._own, self._own)
        _require_made(provider)
        made = provider.generate(self._context(self._own))
        if provider.unwrap(made.wrapped, made.kek_id, self._context(self._own)) != made.plaintext:
            raise Failed(f"{provider.scheme}:// unwraps to another key", "check [secure_xcom] key")
        return f"{provider.scheme}:// makes and unwraps a data key"

    def _store(self) -> str:
        route, name = self._way(self._own), self._name(self._own)
        _require_made(route.store)
        route.store.put(route.folder + name, _PROBE)
        try:
            found = route.store.get(route.folder + name)
        finally:
            route.store.delete(route.folder + name)
        if found != _PROBE:
            raise Failed(f"{route.store.scheme}:// gave back something else", "check what stands between")
        return f"{route.store.scheme}:// writes, reads and deletes below {self._router.domain_of(self._own).segment}/"

    def _clock(self) -> str:
        clocks: list[object] = [self._way(self._own).store, self._router.key_provider(self._own, self._own)]
        skews = [clock.server_time() - time.time() for clock in clocks if isinstance(clock, Clocked)]
        if not skews:
            raise Skipped("no server is asked")
        skew = max(skews, key=abs)
        if abs(skew) > SKEW_SECONDS:
            raise Failed(f"this machine's clock is {-skew:+.0f} s off the server's", "synchronise it (NTP, chrony)")
        return f"within {abs(skew):.0f} s of the server's"

    def _round_trip(self) -> str:
        route, where = self._way(self._own), self._place(self._own)
        context = SealContext(coordinates=where, object_id=new_object_id(), created=int(time.time()))
        name = route.folder + object_name(where, context.object_id)
        route.store.put(name, route.sealer.seal(_PROBE, context))
        try:
            data = route.store.get(name)
        finally:
            route.store.delete(name)
        if route.sealer.open(data, lambda _: None) != _PROBE:
            raise Failed("the probe came back as something else", "report a bug")
        if _PROBE in data and not route.store.native:
            raise Failed("the probe lay in the store in plaintext", "report a bug")
        return "a probe value is sealed and opened"

    def _other_write(self) -> str:
        route, name = self._foreign(), self._name(self._other)
        try:
            route.store.put(route.folder + name, _PROBE)
        except StoreDenied:
            return "refused"
        with suppress(SecureXComError):
            route.store.delete(route.folder + name)
        raise Failed(f"this identity writes below {self._segment}/, another Dag's prefix", _ISOLATION)

    def _other_read(self) -> str:
        foreign, name = self._foreign(), self._name(self._other)
        owner = self._router.way(self._other, self._other)
        try:
            owner.store.put(owner.folder + name, _PROBE)
        except StoreError:
            return self._missing_read(foreign, name)
        try:
            foreign.store.get(foreign.folder + name)
        except StoreDenied:
            return "refused"
        finally:
            # One identity for both may write here and not delete: `other-write` tells of it.
            with suppress(SecureXComError):
                owner.store.delete(owner.folder + name)
        raise Failed(f"this identity reads below {self._segment}/, another Dag's prefix", _ISOLATION)

    def _missing_read(self, foreign: Route, name: str) -> str:
        """Without an object to read: "not found" tells that the right is there, a refusal does not tell all."""
        try:
            foreign.store.get(foreign.folder + name)
        except StoreDenied:
            return "refused, for an object that is not there: none could be put for the check"
        except ObjectNotFound:
            pass
        raise Failed(f"this identity looks below {self._segment}/, another Dag's prefix", _ISOLATION)

    def _other_delete(self) -> str:
        route = self._foreign()
        try:
            route.store.delete(route.folder + self._name(self._other))
        except StoreDenied:
            return "refused"
        raise Failed(f"this identity deletes below {self._segment}/, another Dag's prefix", _ISOLATION)

    def _list(self) -> str:
        route = self._foreign()
        if not isinstance(route.store, Probed):
            raise Skipped(f"{route.store.scheme}:// lists nothing")
        for dag_id in (self._own, self._other):
            try:
                route.store.list_below(self._router.domain_of(dag_id).segment)
            except StoreDenied:
                continue
            except ObjectNotFound:
                # It was looked for: nothing is there to be listed.
                pass
            raise Failed("this identity lists objects, whose names hold Dags, runs and keys", _NO_LIST)
        return "refused"

    def _unprotected_put(self) -> str:
        route, name = self._way(self._own), self._name(self._own)
        if not isinstance(route.store, Probed):
            raise Skipped(f"{route.store.scheme}:// has no encryption of its own")
        try:
            if not route.store.put_unprotected(route.folder + name):
                raise Skipped("no server-side encryption is configured; what is written is sealed all the same")
        except StoreDenied:
            return "refused"
        route.store.delete(route.folder + name)
        raise Failed("the store takes objects without the server-side encryption that is configured", _BUCKET_POLICY)

    def _other_key(self) -> str:
        foreign = self._provider(self._other, self._own)
        if foreign.scheme == "local":
            raise Skipped("a keyring knows no identities: who reads the file opens everything")
        if not self._isolation:
            raise Skipped("not asked for")
        with suppress(KeyDenied):
            foreign.generate(self._context(self._other))
            raise Failed(f"this identity makes data keys for {self._segment}, another Dag", _ISOLATION)
        made = self._made_by_other()
        with suppress(KeyDenied):
            if made is not None:
                foreign.unwrap(made.wrapped, made.kek_id, self._context(self._other))
                raise Failed(f"this identity unwraps the data keys of {self._segment}, another Dag", _ISOLATION)
        return "refused"

    def _made_by_other(self) -> DataKey | None:
        with suppress(KeyProviderError):
            return self._provider(self._other, self._other).generate(self._context(self._other))
        return None

    def _foreign(self) -> Route:
        """The other Dag's objects, as this one's identity sees them."""
        route = self._router.way(self._other, self._own)
        if not self._isolation:
            raise Skipped("not asked for")
        if route.store.scheme == "file":
            raise Skipped("files know no Dags: every task of this machine's user reads them")
        return route

    def _way(self, dag_id: str) -> Route:
        return self._router.way(dag_id, self._own)

    def _provider(self, owner: str, running: str) -> KeyProvider:
        provider = self._router.key_provider(owner, running)
        if provider is None:
            raise Skipped("the store's own encryption serves")
        return provider

    @property
    def _segment(self) -> str:
        return self._router.domain_of(self._other).segment

    def _context(self, dag_id: str) -> Mapping[str, str]:
        return encryption_context(self._router.domain_of(dag_id), self._place(dag_id))

    def _name(self, dag_id: str) -> str:
        return object_name(self._place(dag_id), new_object_id())

    def _place(self, dag_id: str) -> Coordinates:
        return Coordinates(dag_id=dag_id, run_id=_RUN, task_id="probe", key="probe")


_NO_LIST: Final = "take the list right away: only the operator's reap needs it"
_BUCKET_POLICY: Final = "apply the bucket policy that `secure-xcom iam aws` prints"


def _require_made(adapter: object) -> None:
    if isinstance(adapter, MadeOnFirstUse) and not adapter.is_made():
        raise Skipped("is made by the first push")


def _needs(what: str) -> Callable[[], str]:
    def skip() -> str:
        raise Skipped(f"needs {what}")

    return skip
