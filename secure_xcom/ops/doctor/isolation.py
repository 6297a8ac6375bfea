"""``IsolationChecks``: tries what this identity, and this worker, can do to the objects and keys of the other Dag."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from contextlib import contextmanager, suppress
from dataclasses import dataclass
from typing import Final

from secure_xcom.errors import (
    KeyDenied,
    KeyProviderError,
    KeyUnauthenticated,
    ObjectNotFound,
    SecureXComError,
    StoreDenied,
    StoreError,
    StoreUnauthenticated,
)
from secure_xcom.model.seal import DataKey
from secure_xcom.ops.doctor.pair import PROBE, Pair
from secure_xcom.ops.doctor.report import Failed, Skipped, Warned
from secure_xcom.ports.keys import KeyProvider
from secure_xcom.ports.store import Store

ISOLATION: Final = (
    "give each Dag an identity of its own, and apply what `secure-xcom iam` prints: see docs/isolation.md. If all "
    "workers share one identity on purpose, run the doctor with --no-isolation"
)
NOT_ASKED: Final = "not asked for: --no-isolation"
_APPLY: Final = "apply what `secure-xcom iam` prints now: the grant is newer than the policies"
_PLATFORM: Final = "have the platform fix the identity of each worker, such as a service account: see docs/isolation.md"
_SHARED: Final = (
    "Dags are not kept apart: files and keyrings have no identities, and every task of this machine's user can read "
    "what all Dags sealed"
)
_SEPARATE: Final = (
    "set a store and a key with identities, such as vault:// or s3://: see docs/isolation.md. If each Dag may read the "
    "values of all, run the doctor with --no-isolation"
)
_GRANTED: Final = "granted by the routes file"


@dataclass(frozen=True, slots=True, kw_only=True)
class Expected:
    """What the doctor is to expect. ``granted`` says that the routes file lets this Dag read the other's values. With
    ``strict`` it is a finding if this worker can take on the other Dag's identity. ``isolation`` off asks none of it.
    """

    isolation: bool = True
    granted: bool = False
    strict: bool = False


class IsolationChecks:
    """The checks of the other Dag. Reading must work if the routes file grants it; all else must be refused."""

    def __init__(self, pair: Pair, expected: Expected) -> None:
        self._pair = pair
        self._expected = expected
        self._folder = pair.folder(pair.other)

    def write(self) -> str:
        """Put an object below the other Dag's folder, and remove it if that worked."""
        store, name = self.store(), self._name()
        if _is_refused(lambda: store.put(name, PROBE)):
            return "refused"
        with suppress(SecureXComError):
            store.delete(name)
        raise Failed(f"this identity writes below {self._folder}/, another Dag's prefix", ISOLATION)

    def read(self) -> str:
        """Get an object of the other Dag. It is put there with the other identity, if this worker can take it on."""
        store, name = self.store(), self._name()
        with self._put_by_other(name) as is_there:
            refused = _is_refused(lambda: store.get(name))
        if not refused and not self._expected.granted:
            what = "reads" if is_there else "looks"
            raise Failed(f"this identity {what} below {self._folder}/, another Dag's prefix", ISOLATION)
        if not refused:
            return _GRANTED
        conclusive = is_there or self._reports_absence()
        if self._expected.granted and conclusive:
            raise Failed(f"the routes file grants reading below {self._folder}/, and it is refused", _APPLY)
        if self._expected.granted:
            raise Skipped("no object could be put for the check")
        return "refused" if conclusive else "refused, for an absent object: none could be put for the check"

    def delete(self) -> str:
        """Delete an absent object of the other Dag."""
        store = self.store()
        if _is_refused(lambda: store.delete(self._name())):
            return "refused"
        raise Failed(f"this identity deletes below {self._folder}/, another Dag's prefix", ISOLATION)

    def key(self) -> str:
        """Make a data key for the other Dag, and unwrap one that the other identity made."""
        provider, context = self._provider(), self._pair.context(self._pair.other)
        if not _is_refused(lambda: provider.generate(context)):
            raise Failed(f"this identity makes data keys for {self._folder}, another Dag", ISOLATION)
        made = self._made_by_other()
        if made is None:
            return "making is refused; unwrapping was not tried, since no data key of the other Dag could be made"
        refused = _is_refused(lambda: provider.unwrap(made.wrapped, made.kek_id, context))
        if refused and self._expected.granted:
            raise Failed(f"the routes file grants reading {self._folder}, and unwrapping its keys is refused", _APPLY)
        if not refused and not self._expected.granted:
            raise Failed(f"this identity unwraps the data keys of {self._folder}, another Dag", ISOLATION)
        return "refused" if refused else f"making is refused; unwrapping is {_GRANTED}"

    def identity(self) -> str:
        """Act as the other Dag with the credentials that this worker holds."""
        if not self._expected.isolation:
            raise Skipped(NOT_ASKED)
        tried = [attempt() for attempt in (self._writes_as_other, self._makes_keys_as_other)]
        if all(can is None for can in tried):
            raise (Failed if self._expected.strict else Warned)(_SHARED, _SEPARATE)
        if not any(tried):
            return f"this worker cannot act as {self._folder}"
        if self._expected.strict:
            raise Failed(f"this worker can act as {self._folder}, and so can hostile code in any task", _PLATFORM)
        raise Warned(
            f"this worker can act as {self._folder}: the routes stop mistakes, but not hostile code (with --strict "
            "this check fails)",
            _PLATFORM,
        )

    def store(self) -> Store:
        """Return the other Dag's store with the own identity. Raises ``Skipped`` if there is nothing to check."""
        store = self._pair.route_unchecked(self._pair.other).store
        if not self._expected.isolation:
            raise Skipped(NOT_ASKED)
        if store.scheme == "file":
            raise Skipped("every task of this machine's user can read the files of all Dags")
        return store

    def _provider(self) -> KeyProvider:
        provider = self._pair.provider(self._pair.other, self._pair.own)
        if provider.scheme == "local":
            raise Skipped("a keyring has no identities: a process that reads the file opens every value")
        if not self._expected.isolation:
            raise Skipped(NOT_ASKED)
        return provider

    def _name(self) -> str:
        return self._pair.new_name(self._pair.other)

    @contextmanager
    def _put_by_other(self, name: str) -> Iterator[bool]:
        """Keep an object of the other Dag there; yield whether that worked."""
        owner = self._pair.router.route_unchecked(self._pair.other, self._pair.other).store
        try:
            owner.put(name, PROBE)
        except StoreError:
            is_there = False
        else:
            is_there = True
        try:
            yield is_there
        finally:
            if is_there:
                # An identity that may write but not delete is reported by `other-write`.
                with suppress(SecureXComError):
                    owner.delete(name)

    def _reports_absence(self) -> bool:
        """Whether the store reports an absent object as absent. S3 refuses it if the identity may not list."""
        return not _is_refused(
            lambda: self._pair.route_unchecked(self._pair.own).store.get(self._pair.new_name(self._pair.own))
        )

    def _made_by_other(self) -> DataKey | None:
        with suppress(KeyProviderError):
            provider = self._pair.provider(self._pair.other, self._pair.other)
            return provider.generate(self._pair.context(self._pair.other))
        return None

    def _writes_as_other(self) -> bool | None:
        store = self._pair.router.route_unchecked(self._pair.other, self._pair.other).store
        if store.scheme == "file":
            return None
        name = self._name()
        if _is_refused(lambda: store.put(name, PROBE), _NO_IDENTITY):
            return False
        with suppress(SecureXComError):
            store.delete(name)
        return True

    def _makes_keys_as_other(self) -> bool | None:
        provider = self._pair.router.key_provider(self._pair.other, self._pair.other)
        if provider is None or provider.scheme == "local":
            return None
        return not _is_refused(lambda: provider.generate(self._pair.context(self._pair.other)), _NO_IDENTITY)


_DENIED: Final = (StoreDenied, KeyDenied)
_NO_IDENTITY: Final = (*_DENIED, StoreUnauthenticated, KeyUnauthenticated)


def _is_refused(attempt: Callable[[], object], by: tuple[type[SecureXComError], ...] = _DENIED) -> bool:
    """Whether the attempt is refused. An absent object is no refusal: the store looked for it."""
    try:
        attempt()
    except by:
        return True
    except ObjectNotFound:
        return False
    return False
