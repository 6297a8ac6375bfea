"""``Store``: where sealed bytes live."""

from __future__ import annotations

from abc import ABC, abstractmethod
from contextlib import suppress
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, ClassVar, Final

from secure_xcom.errors import (
    ConfigurationError,
    Diagnosis,
    ObjectNotFound,
    ObjectTooLarge,
    StoreDenied,
    StoreError,
    StoreUnavailable,
    Tampered,
)
from secure_xcom.ports.calls import DEADLINE_SECONDS, R, diagnosed, retried

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator

    from secure_xcom.ports.identity import Identity
    from secure_xcom.ports.listing import Listed
    from secure_xcom.settings.uri import AdapterUri

MAX_OBJECT_BYTES: Final = 1 << 30
"""Largest sealed object, 1 GiB: it is held in memory twice while it is opened."""

HEAD_BYTES: Final = 1 << 18
"""What of an object is read before its header was judged, 256 KiB: more than any header has (docs/format.md)."""


@dataclass(frozen=True, slots=True)
class Head:
    """The first ``HEAD_BYTES`` of an object, or all of a smaller one, and the size of the whole object in bytes.

    ``version`` is the store's own mark of this content, for ``Store.replace``; empty where the store has no such mark.
    """

    data: bytes = field(repr=False)
    size: int
    version: str = ""

    def begins(self, whole: bytes) -> bool:
        """Whether an object that was read whole is the one that begins so."""
        return len(whole) == self.size and whole.startswith(self.data)

    @classmethod
    def of(cls, whole: bytes) -> Head:
        """Return the head of an object that was read whole already: all of it."""
        return cls(whole, len(whole))


class Store(ABC):
    """Keeps opaque bytes under names that are never reused. Safe to use from several threads.

    ``native`` says that the store encrypts and controls access itself, at object level (Vault KV), so that a value
    may be kept there without an envelope when no key is configured. ``near`` says that it is a local disk, so that
    writing bytes takes less time than compressing them.
    """

    scheme: str
    native: ClassVar[bool] = False
    near: ClassVar[bool] = False
    max_object_bytes: int = MAX_OBJECT_BYTES
    deadline_seconds: float = DEADLINE_SECONDS

    @classmethod
    def from_uri(cls, uri: AdapterUri, identity: Identity | None = None) -> Store:  # noqa: ARG003
        """Make the store that ``[secure_xcom] store`` names, for ``identity``. No network is touched.

        Raises ``ConfigurationError`` for what cannot work, and ``ImportError`` when a package is not installed.
        """
        raise ConfigurationError(f"store: {uri.scheme}:// cannot be named in the settings")

    def put(self, name: str, data: bytes | bytearray, expires: int = 0) -> None:
        """Write a new object; when this returns it is durable. Raises a ``StoreError``.

        ``expires``, in Unix seconds, 0 for never, is when the store may drop the object by itself. That frees space and
        narrows what leaks; what holds a reader to it is the authenticated header.
        """
        if len(data) > self.max_object_bytes:
            raise ObjectTooLarge(
                f"{self.scheme}:// takes objects of at most {self.max_object_bytes} bytes, this one has {len(data)}: "
                "push a smaller value, or use a store for large objects"
            )
        self._attempt(lambda: self._put(name, data, expires))

    def get(self, name: str) -> bytes:
        """Return an object whole. Raises ``ObjectNotFound`` or another ``StoreError``."""
        return self._attempt(lambda: self._get(name))

    def head(self, name: str) -> Head:
        """Return how an object begins, in one request. Raises ``ObjectNotFound`` or another ``StoreError``."""
        head = self._attempt(lambda: self._head(name))
        if head.size > self.max_object_bytes:
            raise ObjectTooLarge(
                f"the object has {head.size} bytes, over the limit of {self.max_object_bytes}: this store has not "
                "written it"
            )
        return head

    def whole(self, name: str, head: Head) -> bytes:
        """Return the object that begins with ``head``, which is asked for again only if there is more of it.

        Raises ``Tampered`` if another object has its name meanwhile, or what ``get`` raises.
        """
        if len(head.data) == head.size:
            return head.data
        whole = self.get(name)
        if not head.begins(whole):
            raise Tampered("the store gave two different objects under one name, and none is ever overwritten")
        return whole

    def delete(self, name: str) -> None:
        """Remove an object; one that is not there is no error. Raises a ``StoreError``."""
        self._attempt(lambda: self._delete(name))

    def replace(self, name: str, old: Head, new: bytes, expires: int = 0) -> bool:
        """Write ``new`` in the place of the object that begins with ``old``, which ``head`` returned.

        Return ``False``, with nothing written, if another object stands there now or none does: a write or a delete
        that came first stands, and what was deleted stays deleted. ``expires`` is as for ``put``. No reader ever finds
        nothing in between. Raises a ``StoreError``.
        """
        if len(new) > self.max_object_bytes:
            raise ObjectTooLarge(f"{self.scheme}:// takes objects of at most {self.max_object_bytes} bytes")
        if self._attempt(lambda: self._replace(name, old, new, expires)):
            return True
        # An earlier try may have been carried out though its answer was lost: then what is there is the new object.
        with suppress(ObjectNotFound, StoreDenied):
            head = self.head(name)
            return head.begins(new)
        return False

    def stat(self, name: str) -> Listed:
        """Tell what the store knows of an object without reading it. Raises ``ObjectNotFound`` or a ``StoreError``.

        Of a value past its lifetime, which the store itself has deleted, there may be something left for a while.
        """
        return self._attempt(lambda: self._stat(name))

    @abstractmethod
    def listing(self, folder: str = "", after: str = "") -> Iterator[Listed]:
        """Yield whatever lies below ``folder``, ``""`` for all, page by page. Raises a ``StoreError``.

        ``folder`` has whole segments of names and no slash at its end. What is not an object of ours is yielded too.
        An object that is put or deleted meanwhile may be yielded or not. ``after`` is a name that was yielded: what
        the store lists before it, in an order that does not change, need not be yielded again. A store without such an
        order yields all of it again.
        """

    @abstractmethod
    def _put(self, name: str, data: bytes | bytearray, expires: int) -> None: ...

    @abstractmethod
    def _get(self, name: str) -> bytes: ...

    def _head(self, name: str) -> Head:
        """Read the beginning alone, where objects can be larger than ``HEAD_BYTES``."""
        return Head.of(self._get(name))

    def _replace(self, name: str, old: Head, new: bytes, expires: int) -> bool:  # noqa: ARG002
        """Replace an object in one step if it is still the old one, and return whether it was."""
        raise StoreError(f"{self.scheme}:// cannot replace an object: its adapter has no _replace")

    @abstractmethod
    def _delete(self, name: str) -> None: ...

    @abstractmethod
    def _stat(self, name: str) -> Listed: ...

    @abstractmethod
    def _diagnose(self, error: Exception) -> Diagnosis:
        """Say what an exception of the adapter's library means, and repeat none of its words."""

    def _attempt(self, call: Callable[[], R]) -> R:
        return retried(call, self._error_of, StoreUnavailable, self.deadline_seconds)

    def _error_of(self, error: Exception) -> StoreError:
        diagnosis = diagnosed(self._diagnose, error, self.scheme)
        return diagnosis.fault.store_error(*diagnosis.told)
