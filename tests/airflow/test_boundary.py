"""An error of ours leaves from a frame that holds no value."""

from __future__ import annotations

import asyncio
import traceback
from collections.abc import Callable
from types import SimpleNamespace

import pytest

from secure_xcom.errors import SecureXComError, StoreUnavailable

pytest.importorskip("airflow.sdk")

CANARY = "canary-in-a-frame"
PLACE = {"dag_id": "etl", "run_id": "run", "task_id": "make"}


class Failing:
    """An exchange that fails with the value in its hands."""

    def push(self, value: object, where: object) -> object:
        copied = [value]
        raise StoreUnavailable(f"down at {len(copied)}")

    def pull(self, row: object, query: object) -> object:
        opened = [CANARY]
        raise StoreUnavailable(f"down at {len(opened)}")

    def pull_all(self, rows: object, query: object) -> object:
        return self.pull(rows, query)

    def put(self, value: object, *place: object) -> None:
        self.push(value, place)


@pytest.fixture
def backend(monkeypatch: pytest.MonkeyPatch) -> object:
    from airflow.sdk.bases.xcom import BaseXCom

    from secure_xcom.airflow import backend

    async def row(cls: object, **place: object) -> list[str]:
        return ["row"]

    monkeypatch.setattr(backend, "exchange", Failing)
    monkeypatch.setattr(BaseXCom, "get_one", classmethod(lambda cls, **place: "row"))
    monkeypatch.setattr(BaseXCom, "get_all", classmethod(lambda cls, **place: ["row"]))
    monkeypatch.setattr(BaseXCom, "aget_one", classmethod(row), raising=False)
    monkeypatch.setattr(BaseXCom, "aget_all", classmethod(row), raising=False)
    return backend.SecureXComBackend


CALLS: dict[str, Callable[[object], object]] = {
    "set": lambda backend: backend.set("key", _value(), **PLACE),  # type: ignore[attr-defined]
    "aset": lambda backend: asyncio.run(backend.aset("key", _value(), **PLACE)),  # type: ignore[attr-defined]
    "get_one": lambda backend: backend.get_one(key="key", **PLACE),  # type: ignore[attr-defined]
    "aget_one": lambda backend: asyncio.run(backend.aget_one(key="key", **PLACE)),  # type: ignore[attr-defined]
    "get_all": lambda backend: backend.get_all(key="key", **PLACE),  # type: ignore[attr-defined]
    "aget_all": lambda backend: asyncio.run(backend.aget_all(key="key", **PLACE)),  # type: ignore[attr-defined]
    "serialize_value": lambda backend: backend.serialize_value(_value(), key="key", **PLACE),  # type: ignore[attr-defined]
}


def _value() -> dict[str, str]:
    # Made anew, so that no other frame holds it.
    return {"password": "-".join(["canary", "in", "a", "frame"])}


@pytest.mark.parametrize("call", CALLS.values(), ids=CALLS.keys())
def test_no_local_variable_of_a_frame_holds_the_value(call: Callable[[object], object], backend: object) -> None:
    with pytest.raises(SecureXComError) as caught:
        call(backend)
    assert caught.value.__context__ is None
    shown = traceback.TracebackException.from_exception(caught.value, capture_locals=True)
    held = {name: text for frame in shown.stack for name, text in (frame.locals or {}).items() if CANARY in text}
    assert held == {}


def test_an_item_that_a_pool_does_not_take_is_in_no_frame(monkeypatch: pytest.MonkeyPatch) -> None:
    from secure_xcom.airflow import pool
    from secure_xcom.model.coordinates import TaskInstance

    writer = TaskInstance(dag_id="etl", run_id="run", task_id="make")
    monkeypatch.setattr(pool, "_running", lambda name: writer)
    monkeypatch.setattr(pool, "_exchange", Failing)
    with pytest.raises(SecureXComError) as caught:
        pool.Pool("work").put(_value())
    shown = traceback.TracebackException.from_exception(caught.value, capture_locals=True)
    assert not [text for frame in shown.stack for text in (frame.locals or {}).values() if CANARY in text]


def test_any_other_error_keeps_its_frames() -> None:
    from secure_xcom.airflow.boundary import without_frames

    def fails(value: object) -> None:
        raise KeyError(value)

    with pytest.raises(KeyError) as caught:
        without_frames(fails)(SimpleNamespace())
    assert "fails" in [frame.name for frame in traceback.extract_tb(caught.value.__traceback__)]
