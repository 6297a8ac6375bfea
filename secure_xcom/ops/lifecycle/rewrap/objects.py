"""``Rewrap``: one object at a time to the key of its domain. What is read from a store is trusted for nothing.

A header names a key, which is compared with the configured ones before anything is asked of it. It names coordinates,
which must give the object's own name. The encryption context is built of the folder that the object lies in and of its
run, so that a key provider is asked for no other domain's data key.
"""

from __future__ import annotations

import threading
from collections.abc import Callable
from contextlib import nullcontext
from functools import partial
from typing import TYPE_CHECKING, Final

from secure_xcom.errors import (
    InvalidCoordinates,
    KeyUnauthenticated,
    KeyUnavailable,
    ObjectNotFound,
    SecureXComError,
    StoreUnauthenticated,
    StoreUnavailable,
    Tampered,
)
from secure_xcom.model.domain import NAMESPACE_SIGN, Domain
from secure_xcom.model.object_name import object_name
from secure_xcom.ops.lifecycle.rewrap.outcome import Fate, Outcome
from secure_xcom.ports.store import Head
from secure_xcom.seal.envelope import Header, parse_header, rewrapped
from secure_xcom.seal.native import NATIVE_MAGIC
from secure_xcom.seal.rewrapping import Rewrapping

if TYPE_CHECKING:
    from secure_xcom.model.seal import WrappedKey
    from secure_xcom.ports.store import Store

OUT_OF_REACH = (KeyUnavailable, KeyUnauthenticated, StoreUnavailable, StoreUnauthenticated)
"""What would fail for every other object too, after as long a wait: it ends the run, which can be begun again."""


_SLASHES: Final = 5
"""Of an object's name below the folder of its namespace."""


class Rewrap:
    """Safe to use from several threads; of large objects it holds one at a time.

    ``rewrapping_of`` returns what moves a domain's objects, ``None`` where the store encrypts them itself.
    """

    def __init__(self, rewrapping_of: Callable[[Domain], Rewrapping | None], *, dry_run: bool) -> None:
        self._rewrapping_of = rewrapping_of
        self._dry_run = dry_run
        self._large = threading.Lock()

    def object(self, store: Store, name: str) -> Outcome:
        """Move an object, unless it is under the key of now. Raises what ``OUT_OF_REACH`` lists."""
        return _reported(name, lambda: self._object(store, name))

    def chain_key(self, domain: Domain, name: str, sealed: bytes, write: Callable[[bytes], bool]) -> Outcome:
        """As ``object``, for a chain key in the ledger's database; ``write`` replaces it if it is the same."""
        return _reported(name, lambda: self._chain_key(domain, name, sealed, write))

    def _object(self, store: Store, name: str) -> Outcome:
        folder, below = _split(name)
        if below.count("/") != _SLASHES:
            return Outcome(name=name, fate=Fate.NOT_OURS)
        head = store.head(name)
        found = _found(head, folder, below)
        rewrapping = self._rewrapping_of(found[1]) if found is not None else None
        if found is None or rewrapping is None:
            is_framed = store.native and head.data.startswith(NATIVE_MAGIC)
            return Outcome(name=name, fate=Fate.NATIVE if is_framed else Fate.NOT_OURS)
        header = found[0]

        def write(key: WrappedKey) -> int | None:
            return self._written(store, name, head, header, key)

        return self._judged(name, header, rewrapping, write)

    def _chain_key(self, domain: Domain, name: str, sealed: bytes, replace: Callable[[bytes], bool]) -> Outcome:
        rewrapping = self._rewrapping_of(domain)
        if rewrapping is None or not sealed:
            return Outcome(name=name, fate=Fate.NATIVE)
        header = parse_header(sealed, len(sealed))

        def write(key: WrappedKey) -> int | None:
            return 0 if replace(rewrapped(sealed, header, key)) else None

        return self._judged(name, header, rewrapping, write)

    def _judged(
        self, name: str, header: Header, rewrapping: Rewrapping, write: Callable[[WrappedKey], int | None]
    ) -> Outcome:
        """Decide on an object, and have it written; ``write`` returns its size, ``None`` if it has changed."""
        outcome = partial(Outcome, name=name, kek=(header.kek_type, header.kek_id))
        if rewrapping.is_current(header):
            return outcome(fate=Fate.CURRENT)
        if self._dry_run:
            rewrapping.require_known(header)
            return outcome(fate=Fate.REWRAPPED)
        key = rewrapping.wrapped(header)
        if key.wrapped == header.wrapped:
            return outcome(fate=Fate.CURRENT)
        size = write(key)
        return outcome(fate=Fate.CHANGED) if size is None else outcome(fate=Fate.REWRAPPED, bytes=size)

    def _written(self, store: Store, name: str, head: Head, header: Header, key: WrappedKey) -> int | None:
        is_large = len(head.data) < head.size
        with self._large if is_large else nullcontext():
            whole = store.get(name) if is_large else head.data
            if not head.begins(whole):
                return None
            new = rewrapped(whole, header, key)
            return len(new) if store.replace(name, head, new, header.context.expires) else None


def _reported(name: str, move: Callable[[], Outcome]) -> Outcome:
    try:
        return move()
    except OUT_OF_REACH:
        raise
    except ObjectNotFound:
        return Outcome(name=name, fate=Fate.CHANGED)
    except SecureXComError as error:
        return Outcome(name=name, fate=Fate.FAILED, problem=f"{type(error).__name__}: {error.message}")


def _split(name: str) -> tuple[str, str]:
    """Return the namespace's label, empty for a Dag that is a domain, and the rest of the name."""
    if not name.startswith(NAMESPACE_SIGN):
        return "", name
    folder, _, below = name.partition("/")
    return folder.removeprefix(NAMESPACE_SIGN), below


def _found(head: Head, folder: str, below: str) -> tuple[Header, Domain] | None:
    """Return the header and the domain of an object that bears its own name; ``None`` for anything else."""
    try:
        header = parse_header(head.data, head.size)
        context = header.context
        if object_name(context.coordinates, context.object_id) != below:
            return None
    except (Tampered, InvalidCoordinates):
        return None
    return header, Domain(folder, is_namespace=True) if folder else Domain(context.coordinates.dag_id)
