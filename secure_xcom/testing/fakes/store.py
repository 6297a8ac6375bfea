"""``InMemoryStore``: a store in a dict."""

from __future__ import annotations

import threading
import time
from collections.abc import Iterator

from secure_xcom.errors import Diagnosis, Fault
from secure_xcom.ports.listing import Listed
from secure_xcom.ports.store import HEAD_BYTES, Head, Store


class InMemoryStore(Store):
    """A store in a dict; counts its calls, so that tests assert on requests."""

    scheme = "memory"

    def __init__(self) -> None:
        self.objects: dict[str, bytes] = {}
        self.written: dict[str, float] = {}
        self.calls: list[tuple[str, str]] = []
        self._lock = threading.Lock()

    def listing(self, folder: str = "", after: str = "") -> Iterator[Listed]:
        """Yield what there is, in the order of the names."""
        self.calls.append(("list", folder))
        for name in sorted(self.objects):
            if name > after and name.startswith(f"{folder}/" if folder else ""):
                yield Listed(name, len(self.objects[name]), self.written.get(name, 0.0))

    def _stat(self, name: str) -> Listed:
        self.calls.append(("stat", name))
        return Listed(name, len(self.objects[name]), self.written[name])

    def _put(self, name: str, data: bytes | bytearray, expires: int) -> None:
        self.calls.append(("put", name))
        self.objects[name] = bytes(data)
        self.written[name] = time.time()

    def _get(self, name: str) -> bytes:
        self.calls.append(("get", name))
        return self.objects[name]

    def _head(self, name: str) -> Head:
        self.calls.append(("head", name))
        data = self.objects[name]
        return Head(data[:HEAD_BYTES], len(data))

    def _replace(self, name: str, old: Head, new: bytes, expires: int) -> bool:
        self.calls.append(("replace", name))
        with self._lock:
            is_old = name in self.objects and old.begins(self.objects[name])
            if is_old:
                self.objects[name] = new
            return is_old

    def _delete(self, name: str) -> None:
        self.calls.append(("delete", name))
        with self._lock:
            self.objects.pop(name, None)

    def _diagnose(self, error: Exception) -> Diagnosis:
        if isinstance(error, KeyError):
            return Diagnosis(
                fault=Fault.NOT_FOUND, where="memory", code="KeyError", advice="the sealed object is not in the store"
            )
        return Diagnosis.unknown("memory", error)
