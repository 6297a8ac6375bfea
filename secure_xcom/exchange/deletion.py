"""``Deletion``: the objects of rows that Airflow deletes, replaces or refuses."""

from __future__ import annotations

import threading
from contextlib import suppress
from typing import TYPE_CHECKING, Final

from secure_xcom.errors import NotGranted, SecureXComError, StoreUnavailable
from secure_xcom.exchange.admission import ReadRequest
from secure_xcom.exchange.push import require_own
from secure_xcom.model.event import Event
from secure_xcom.model.object_name import name_at, object_id_of, object_name, reference_of
from secure_xcom.model.placeholder import Placeholder
from secure_xcom.model.value import JSON, node_of
from secure_xcom.payload.parts import find_placeholder

if TYPE_CHECKING:
    from collections.abc import Callable, Sequence

    from secure_xcom.exchange.runtime import Runtime
    from secure_xcom.model.coordinates import Coordinates, XComQuery

PURGE_SECONDS: Final = 10.0
"""How long a purge waits for the store to delete one object: it holds up the start of a task."""


_REFUSED: Final = "Airflow refused the row"

_SUPERSEDED: Final = "superseded by another push"


class Deletion:
    """Safe to use from several threads."""

    def __init__(self, runtime: Runtime) -> None:
        self._runtime = runtime
        self._host = runtime.host
        self._deleted: set[str] = set()

    def purge(self, row: JSON, query: XComQuery) -> None:
        """Delete the object of a row; see ``Exchange.purge``."""
        placeholder = find_placeholder(node_of(row)).placeholder
        if placeholder is not None:
            self._delete(placeholder, ReadRequest(query=query, reader=self._host.running()))

    def drop(self, earlier: Sequence[str], where: Coordinates) -> None:
        """Delete the objects that a push at ``where`` has superseded; see ``Exchange.drop_earlier``.

        One that cannot be deleted keeps none of the others: the row of each could be written back.
        """
        failures: list[SecureXComError] = []
        store = self._runtime.routes.route(where.dag_id, where.dag_id).store.scheme
        request = ReadRequest(query=where.as_query(), reader=self._host.running())
        for object_id in earlier:
            if object_id not in self._deleted:
                reference = reference_of(object_name(where, object_id))
                try:
                    self._delete(Placeholder(rule="", store=store, ref=reference), request, _SUPERSEDED)
                except SecureXComError as error:
                    failures.append(error)
        if failures:
            raise failures[0]

    def take_back(self, row: JSON, query: XComQuery) -> None:
        """Delete the object of a row that Airflow refused; see ``Exchange.take_back``."""
        placeholder = find_placeholder(node_of(row)).placeholder
        request = ReadRequest(query=query, reader=self._host.running())
        if placeholder is None:
            self._runtime.record_plain(Event.PURGE, request.where, request.reader, _REFUSED)
            return
        # Nobody else can have heard of a value without a row; one that is read once was on offer all the same.
        with suppress(SecureXComError):
            self._runtime.claims.withdraw(object_id_of(placeholder.ref))
        self._delete(placeholder, request, _REFUSED)

    def _delete(self, placeholder: Placeholder, request: ReadRequest, detail: str = "") -> None:
        query, reader, recorder = request.query, request.reader, self._runtime.recorder
        with self._runtime.recorded_failures(Event.PURGE, request.where, reader):
            require_own(reader, request.where)
            route = self._runtime.routes.route(query.dag_id, reader.dag_id if reader else None)
            name = name_at(placeholder.ref, query)
        deleted = object_id_of(placeholder.ref)
        # The entry of a failure names the object too: the row goes, so nothing may bring the object back.
        with self._runtime.recorded_failures(Event.PURGE, request.where, reader, deleted):
            _within(PURGE_SECONDS, lambda: route.delete(name))
            recorder.record(recorder.entry(Event.PURGE, request.where, reader, object_id=deleted, detail=detail))
            if route.elsewhere:
                # A move that had read the object may have put its copy since. One that puts it later finds the entry.
                _within(PURGE_SECONDS, lambda: route.delete_again(name))
        self._deleted.add(deleted)

    def require_allowed(self, query: XComQuery) -> None:
        """Raise a ``Refused`` unless the running task may delete what is asked for."""
        request = ReadRequest(query=query, reader=self._host.running())
        with self._runtime.recorded_failures(Event.PURGE, request.where, request.reader):
            if request.reader is None:
                raise NotGranted(
                    "XComs can be deleted only by a task of the same Dag; this code does not run in a task"
                )
            require_own(request.reader, request.where)
            declared = self._host.declared()
            if declared is not None:
                declared.for_deletion(request.reader, request.where)


def _within(seconds: float, call: Callable[[], None]) -> None:
    """Run ``call`` in a thread and wait at most ``seconds``; what it raises in that time is raised here."""
    failures: list[Exception] = []

    def run() -> None:
        try:
            call()
        except Exception as error:
            failures.append(error)

    # A daemon: the store's own deadline ends it, and it must not keep the task's process alive until then.
    thread = threading.Thread(target=run, name="secure-xcom-purge", daemon=True)
    thread.start()
    thread.join(seconds)
    if failures:
        raise failures[0]
    if thread.is_alive():
        raise StoreUnavailable(f"the store did not answer within {seconds:.0f} s; the object may be left as an orphan")
