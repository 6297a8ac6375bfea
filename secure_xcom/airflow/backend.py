"""``SecureXComBackend``: Airflow's XCom interface over ``Exchange``.

The base class talks to the supervisor, in messages that differ between Airflow versions. This class decides what the
base class sends, and what becomes of the answer. On the way in, ``serialize_value`` seals. On the way out, the base
class returns database values as they are, and this class opens them against the coordinates that were asked for.
"""

from __future__ import annotations

import asyncio
import logging
from collections.abc import Iterator
from contextlib import contextmanager
from contextvars import ContextVar
from dataclasses import dataclass, field, replace
from typing import Any

from airflow.sdk.bases.xcom import BaseXCom

from secure_xcom.airflow.boundary import async_without_frames, without_frames
from secure_xcom.airflow.host import exchange
from secure_xcom.airflow.internals.compat import AirflowRuntimeError
from secure_xcom.airflow.internals.task_runner import came_back_from_deferral
from secure_xcom.airflow.task_instance import identity_of, running_instance
from secure_xcom.errors import SecureXComError, WrongCoordinates
from secure_xcom.model.coordinates import Coordinates, XComQuery
from secure_xcom.model.value import JSON, node_of

log = logging.getLogger("airflow.task.secure_xcom")


@dataclass(frozen=True, slots=True)
class _Sealed:
    """A value that went through ``Exchange.push`` already, on its way through the base class."""

    row: JSON = field(repr=False)


class SecureXComBackend(BaseXCom):  # type: ignore[misc]  # Airflow ships no types for 3.1
    """Seals sensitive values to a store; set ``[core] xcom_backend = secure_xcom.SecureXComBackend``."""

    @classmethod
    @without_frames
    def set(cls, key: str, value: Any, **place: Any) -> None:
        where, query = _coordinates(key, place), _query(key, place)
        superseded = _superseded(cls, where)
        row = exchange().push(value, where)
        _pushed.add(where)
        try:
            super().set(key, _Sealed(row), **place)
        except AirflowRuntimeError as error:
            _take_back(row, query, error)
            raise
        _drop(superseded, where, query)

    @classmethod
    @async_without_frames
    async def aset(cls, key: str, value: Any, **place: Any) -> None:
        where, query = _coordinates(key, place), _query(key, place)
        superseded = await asyncio.to_thread(_superseded, cls, where)
        row = await asyncio.to_thread(exchange().push, value, where)
        _pushed.add(where)
        try:
            await super().aset(key, _Sealed(row), **place)
        except AirflowRuntimeError as error:
            await asyncio.to_thread(_take_back, row, query, error)
            raise
        await asyncio.to_thread(_drop, superseded, where, query)

    @classmethod
    @without_frames
    def get_one(cls, *, key: str, **place: Any) -> Any:
        with _raw_values():
            row = super().get_one(key=key, **place)
        return _opened(row, _query(key, place))

    @classmethod
    @async_without_frames
    async def aget_one(cls, *, key: str, **place: Any) -> Any:
        with _raw_values():
            row = await super().aget_one(key=key, **place)
        return await asyncio.to_thread(_opened, row, _query(key, place))

    @classmethod
    @without_frames
    def get_all(cls, *, key: str, **place: Any) -> Any:
        with _raw_values():
            rows = super().get_all(key=key, **place)
        return _all_opened(rows, _query_all(key, place))

    @classmethod
    @async_without_frames
    async def aget_all(cls, *, key: str, **place: Any) -> Any:
        with _raw_values():
            rows = await super().aget_all(key=key, **place)
        return await asyncio.to_thread(_all_opened, rows, _query_all(key, place))

    @staticmethod
    @without_frames
    def serialize_value(value: Any, **place: Any) -> Any:
        """Seal ``value`` unless ``set`` has done it already; raises a ``SecureXComError`` when that fails."""
        if isinstance(value, _Sealed):
            return value.row
        known = place.get("key") is not None and place.get("dag_id") is not None
        return exchange().push(value, _coordinates(place.pop("key"), place) if known else None)

    @staticmethod
    @without_frames
    def deserialize_value(result: Any) -> Any:
        """Open a database value for a caller that brings no coordinates, such as a lazy sequence of mapped values."""
        if _wants_raw.get():
            return result.value
        from secure_xcom.airflow.internals.lazy_sequence import query_of_caller
        from secure_xcom.payload.parts import find_placeholder

        query = query_of_caller()
        if query is not None:
            return exchange().pull(result.value, query)
        if find_placeholder(node_of(result.value)).placeholder:
            raise WrongCoordinates("a sealed XCom can only be opened by a pull that names its Dag, run, task and key")
        return BaseXCom.deserialize_value(result)

    @classmethod
    @without_frames
    def purge(cls, xcom: Any, *args: Any) -> None:
        """Note a row whose object ``delete`` will remove; never raises.

        Airflow calls this before it deletes the row. A task that was killed in between would leave a row without its
        object; as it is, it leaves an orphan.
        """
        rows = _deleting.get()
        if rows is not None:
            rows.append(xcom.value)

    @classmethod
    @without_frames
    def delete(cls, key: str, **place: Any) -> None:
        query, rows = _query(key, place), list[JSON]()
        exchange().require_deletion(query)
        token = _deleting.set(rows)
        try:
            super().delete(key, **place)
        finally:
            _deleting.reset(token)
        for row in rows:
            _purge(row, query)


_wants_raw: ContextVar[bool] = ContextVar("secure_xcom_wants_raw", default=False)

_deleting: ContextVar[list[JSON] | None] = ContextVar("secure_xcom_deleting", default=None)
"""The rows that are being deleted."""

_pushed: set[Coordinates] = set()
"""Where this process has pushed. A second push supersedes the object of the first one."""


@contextmanager
def _raw_values() -> Iterator[None]:
    """Have the base class return database values as they are within the block, instead of opening them."""
    token = _wants_raw.set(True)
    try:
        yield
    finally:
        _wants_raw.reset(token)


def _opened(row: JSON, query: XComQuery) -> object:
    if row is None:
        return _all_opened(None, query)
    return exchange().pull(row, query)


def _all_opened(rows: list[JSON] | None, query: XComQuery) -> list[object] | None:
    # A contract may forbid the question, even if there is no value.
    values = exchange().pull_all(rows or [], query)
    return None if rows is None else values


def _superseded(backend: type[BaseXCom], where: Coordinates) -> JSON:
    """Return the row that a push replaces, if there may be one.

    When a task instance starts, Airflow deletes the rows at its own place, unless it was deferred. So the first push of
    a key there replaces none, and costs no extra request. At any other place an earlier try may have left a row, an
    earlier poke, or another task.
    """
    again = where in _pushed
    instance = running_instance()
    if not again and _is_own(where, instance) and not came_back_from_deferral(instance):
        return None
    from secure_xcom.airflow.internals.xcom import database_value, has_rows

    return database_value(backend, where) if again or has_rows(where) else None


def _is_own(where: Coordinates, instance: Any | None) -> bool:
    """Whether a push goes to the place of the running task instance. Code outside a task has none to compare with."""
    if instance is None:
        return True
    own = identity_of(instance)
    return (where.dag_id, where.run_id, where.task_id, where.map_index) == (
        own.dag_id,
        own.run_id,
        own.task_id,
        own.map_index,
    )


def _take_back(row: JSON, query: XComQuery, error: AirflowRuntimeError) -> None:
    """Delete the object of a row that Airflow refused; raises nothing, since Airflow's own error is on its way.

    Where the row may have been written all the same, its object stays.
    """
    from secure_xcom.airflow.internals.xcom import is_refusal

    if not is_refusal(error):
        return
    try:
        exchange().take_back(row, query)
    except SecureXComError as failure:
        _warn_of_orphan(failure)


def _purge(row: JSON, query: XComQuery) -> None:
    """Delete the object of a row that is gone or superseded; raises nothing, since at the start of a retry an error
    would fail the task."""
    if row is None:
        return
    try:
        exchange().purge(row, query)
    except SecureXComError as error:
        _warn_of_orphan(error)


def _drop(superseded: JSON, where: Coordinates, query: XComQuery) -> None:
    """Delete what a push has superseded, now that its row is written: the row before, and what earlier tries left."""
    _purge(superseded, query)
    try:
        exchange().drop_earlier(where)
    except SecureXComError as error:
        _warn_of_orphan(error)


def _warn_of_orphan(error: SecureXComError) -> None:
    log.warning("secure-xcom: an object could not be purged and may be left as an orphan: %s", error)


def _coordinates(key: str, place: dict[str, Any]) -> Coordinates:
    return Coordinates(
        dag_id=place["dag_id"],
        run_id=place["run_id"],
        task_id=place["task_id"],
        key=key,
        map_index=_map_index(place),
    )


def _query(key: str, place: dict[str, Any]) -> XComQuery:
    """Return what a pull of one value asks for. With ``include_prior_dates`` the value may come from any run."""
    run_id = None if place.get("include_prior_dates") else place["run_id"]
    return XComQuery(
        dag_id=place["dag_id"], run_id=run_id, task_id=place["task_id"], key=key, map_index=_map_index(place)
    )


def _query_all(key: str, place: dict[str, Any]) -> XComQuery:
    return replace(_query(key, place), map_index=None)


def _map_index(place: dict[str, Any]) -> int:
    """Return the map index; without one Airflow means -1, that of a task that is not mapped."""
    map_index = place.get("map_index")
    return -1 if map_index is None else int(map_index)
