"""``Probes``: checks by trying, with a probe value, that what a Dag needs works and all else is refused.

Each probe has a fresh name, and the identity that wrote a probe removes it.
"""

from __future__ import annotations

import time
from collections.abc import Callable, Iterator
from typing import Final

from secure_xcom.assembly.router import Router
from secure_xcom.errors import KeyDenied, ObjectNotFound, StoreDenied, translated
from secure_xcom.model.object_name import encode_segment, new_object_id, object_name
from secure_xcom.model.seal import SealContext
from secure_xcom.ops.doctor.isolation import ISOLATION, Expected, IsolationChecks
from secure_xcom.ops.doctor.pair import PROBE, RUN, Pair, place
from secure_xcom.ops.doctor.report import Check, Failed, NotMadeYet, Outcome, Skipped, run
from secure_xcom.ports.probes import Clocked, MadeOnFirstUse, Probed
from secure_xcom.ports.routes import Route

SKEW_SECONDS: Final = 60.0
"""AWS refuses requests that are five minutes off (Amazon S3 API reference, "RequestTimeTooSkewed")."""


class Probes:
    """The checks of the store and the key for the Dag ``own``, which must not reach the Dag ``other``."""

    def __init__(self, router: Router, own: str, other: str, expected: Expected = Expected()) -> None:  # noqa: B008 - it is frozen
        self._router = router
        self._own = own
        self._pair = Pair(router, own, other)
        self._isolation_checks = IsolationChecks(self._pair, expected)

    def checks(self) -> Iterator[Check]:
        """Run the checks. A check that needs another one is skipped if that one fails."""
        key = run(self._key_name(), self._key, "check [secure_xcom] key, the network, and the rights of this identity")
        store = run("store", self._store, "check [secure_xcom] store, the network, and the rights of this identity")
        yield from (key, store)
        if (large := self._pair.route_unchecked(self._own).large) is not None:
            yield run("large-store", lambda: self._tried(large), "check [secure_xcom] large_store as you check store")
        yield run("clock", self._clock, "check the network")
        sound = key.outcome is store.outcome is Outcome.OK or (self._is_native() and store.outcome is Outcome.OK)
        yield run("round-trip", self._round_trip if sound else _needs("store and key"), "report a bug")
        checks: tuple[tuple[str, Callable[[], str]], ...] = (
            ("other-write", self._isolation_checks.write),
            ("other-read", self._isolation_checks.read),
            ("other-delete", self._isolation_checks.delete),
            ("list", self._list),
            ("unprotected-put", self._unprotected_put),
        )
        for name, check in checks:
            yield run(name, check if store.outcome is Outcome.OK else _needs("store"), ISOLATION)
        has_key, has_store = key.outcome is not Outcome.FAILED, store.outcome is not Outcome.FAILED
        yield run("other-key", self._isolation_checks.key if has_key else _needs("key"), ISOLATION)
        yield run(
            "other-identity", self._isolation_checks.identity if has_key and has_store else _needs("store and key"), ""
        )

    def _is_native(self) -> bool:
        return self._router.scheme_of_key(self._own) is None

    def _key_name(self) -> str:
        return "keyring" if self._router.scheme_of_key(self._own) == "local" else "key"

    def _key(self) -> str:
        provider = self._pair.provider(self._own, self._own)
        _require_made(provider)
        made = provider.generate(self._pair.context(self._own))
        with translated(KeyDenied, into=lambda error: _cannot_open(provider.scheme, error)):
            unwrapped = provider.unwrap(made.wrapped, made.kek_id, self._pair.context(self._own))
        if unwrapped != made.plaintext:
            raise Failed(f"{provider.scheme}:// unwrapped a data key to another one", "check [secure_xcom] key")
        return f"{provider.scheme}:// makes and unwraps a data key"

    def _store(self) -> str:
        return self._tried(self._pair.route_unchecked(self._own))

    def _tried(self, route: Route) -> str:
        store, name = route.store, self._pair.new_name(self._own)
        _require_made(store)
        store.put(name, PROBE)
        try:
            found = store.get(name)
        finally:
            store.delete(name)
        if found != PROBE:
            raise Failed(
                f"{store.scheme}:// returned other bytes than it was given", "check the proxies on the path to it"
            )
        return f"{store.scheme}:// writes, reads and deletes below {self._pair.folder(self._own)}/"

    def _clock(self) -> str:
        clocks: list[object] = [
            self._pair.route_unchecked(self._own).store,
            self._router.key_provider(self._own, self._own),
        ]
        skews = [clock.server_time() - time.time() for clock in clocks if isinstance(clock, Clocked)]
        if not skews:
            raise Skipped("neither the store nor the key has a server's clock")
        skew = max(skews, key=abs)
        if abs(skew) > SKEW_SECONDS:
            raise Failed(f"this machine's clock is {-skew:+.0f} s off the server's", "synchronise it (NTP, chrony)")
        return f"within {abs(skew):.0f} s of the server's"

    def _round_trip(self) -> str:
        route, where = self._pair.route_unchecked(self._own), place(self._own)
        context = SealContext(coordinates=where, object_id=new_object_id(), created=int(time.time()))
        name = route.folder + object_name(where, context.object_id)
        route.store.put(name, route.sealer.seal(PROBE, context))
        try:
            head = route.store.head(name)
            data = route.store.whole(name, head)
        finally:
            route.store.delete(name)
        if route.sealer.unlock(route.sealer.read(head)).open(data) != PROBE:
            raise Failed("the probe came back as something else", "report a bug")
        if PROBE in data and not route.store.native:
            raise Failed("the store holds the probe in plaintext", "report a bug")
        return "a probe value is sealed and opened"

    def _list(self) -> str:
        store = self._isolation_checks.store()
        if not isinstance(store, Probed):
            raise Skipped(f"{store.scheme}:// cannot list")
        for folder in self._folders():
            try:
                store.list_below(folder)
            except StoreDenied:
                continue
            except ObjectNotFound:
                # The store looked for it, so listing is allowed.
                pass
            raise Failed("this identity can list objects, whose names hold Dags, runs and keys", _NO_LIST)
        return "refused"

    def _folders(self) -> Iterator[str]:
        """Yield the whole prefix, each Dag's folder and one below it: a policy's pattern may match any of them."""
        yield ""
        for dag_id in (self._own, self._pair.other):
            folder = self._pair.folder(dag_id)
            yield from (folder, f"{folder}/{encode_segment(RUN)}")

    def _unprotected_put(self) -> str:
        store, name = self._pair.route_unchecked(self._own).store, self._pair.new_name(self._own)
        if not isinstance(store, Probed):
            raise Skipped(f"{store.scheme}:// has no encryption of its own")
        try:
            if not store.put_unprotected(name):
                raise Skipped("no server-side encryption is configured; every object is sealed all the same")
        except StoreDenied:
            return "refused"
        store.delete(name)
        raise Failed("the store takes objects without the server-side encryption that is configured", _BUCKET_POLICY)


_NO_LIST: Final = "remove the right to list: only the operator, who looks for orphans, needs it"
_BUCKET_POLICY: Final = "apply the bucket policy that `secure-xcom iam aws` prints"


def _cannot_open(scheme: str, error: KeyDenied) -> Failed:
    return Failed(
        f"{scheme}:// makes a data key and may not unwrap it: pushes succeed, and their pulls fail. {error.message}",
        "grant this identity the right to decrypt for the Dag, as `secure-xcom iam` prints it",
    )


def _require_made(adapter: object) -> None:
    if isinstance(adapter, MadeOnFirstUse) and not adapter.is_made():
        raise NotMadeYet("the first push makes it")


def _needs(what: str) -> Callable[[], str]:
    def skip() -> str:
        raise Skipped(f"needs {what}")

    return skip
