"""``SecureXComBackend`` in this process, the supervisor played by a dict: order of steps, requests, coordinates."""

from __future__ import annotations

import asyncio
import json
import os
import sys
import threading
from collections.abc import Iterator
from configparser import InterpolationSyntaxError
from pathlib import Path
from types import SimpleNamespace

import pytest

from secure_xcom.contracts.enforce import DagContract, TaskContract
from secure_xcom.errors import (
    ConfigurationError,
    ContractViolation,
    ObjectNotFound,
    Refused,
    SecureXComError,
    StoreUnavailable,
    WrongCoordinates,
)
from secure_xcom.model.contract import Contract, Reader, Terms
from secure_xcom.model.coordinates import TaskInstance
from secure_xcom.testing.fakes import InMemoryKeyProvider, InMemoryStore, SingleRoute, unrecorded_runtime
from tests.airflow.facts import HAS_ASYNC_XCOMS
from tests.mistakes import mistake

CANARY = "canary-of-the-backend"
MAKE = {"dag_id": "etl", "run_id": "run-1", "task_id": "make"}
MAKER = SimpleNamespace(**MAKE, map_index=-1, try_number=1, id="try-1")
"""The task instance ``make`` as Airflow has it in its process."""


class World:
    """The backend over an in-memory store, with the database it writes to."""

    def __init__(self) -> None:
        from secure_xcom.airflow import host as bridge
        from secure_xcom.airflow.backend import SecureXComBackend
        from secure_xcom.assembly.build import build_policy
        from secure_xcom.exchange.exchange import Exchange
        from secure_xcom.settings.settings import Settings
        from tests.airflow.supervisor import Database

        self.backend = SecureXComBackend
        self.store, self.keys, self.host = InMemoryStore(), InMemoryKeyProvider(), bridge.AirflowHost()
        self.database = Database().install()
        self.exchange = Exchange(
            unrecorded_runtime(self.host, SingleRoute(self.store, self.keys), lambda: 0.0),
            build_policy(Settings.parse({}, Path("/nowhere")), self.host),
        )

    def push(self, value: object, key: str = "return_value", **place: object) -> None:
        """Push as the task ``make`` does, unless told otherwise."""
        self.backend.set(key, value, **(MAKE | place))

    def delete(self, key: str = "return_value") -> None:
        """Delete as the task ``make`` does when it is tried again."""
        with pytest.MonkeyPatch.context() as patch:
            patch.setattr(self.host, "running", lambda: TaskInstance(dag_id="etl", run_id="run-1", task_id="make"))
            self.backend.delete(key, **MAKE)

    def row(self, key: str = "return_value", **place: object) -> object:
        """What the database holds."""
        where = MAKE | {"map_index": -1} | place
        return json.loads(
            self.database.rows[where["dag_id"], where["run_id"], where["task_id"], key, where["map_index"]]
        )


@pytest.fixture
def world(monkeypatch: pytest.MonkeyPatch) -> Iterator[World]:
    from secure_xcom.airflow import backend

    there = World()
    monkeypatch.setattr(backend, "exchange", lambda: there.exchange)
    monkeypatch.setattr(backend, "_pushed", set())
    monkeypatch.setattr(backend, "running_instance", lambda: MAKER)
    yield there
    from airflow.sdk._shared.secrets_masker import _secrets_masker
    from airflow.sdk.execution_time import task_runner

    _secrets_masker().reset_masker()
    del task_runner.SUPERVISOR_COMMS


def test_a_second_push_deletes_the_first_object_once_the_row_is_written(world: World) -> None:
    from airflow.sdk.execution_time.comms import SetXCom

    world.push({"password": "first"})
    (first,) = world.store.objects
    send, there_when_written = world.database.send, []

    def watch(msg: object) -> object:
        if isinstance(msg, SetXCom):
            there_when_written.append(first in world.store.objects)
        return send(msg)

    world.database.send = watch  # type: ignore[method-assign]
    world.push({"password": "second"})
    assert there_when_written == [True]
    assert first not in world.store.objects
    assert world.backend.get_one(key="return_value", **MAKE) == {"password": "second"}


def test_a_second_push_of_something_plain_deletes_the_first_object(world: World) -> None:
    world.push({"password": "first"})
    world.push({"user": "ann"})
    assert world.store.objects == {}


def test_a_row_that_is_not_written_leaves_the_earlier_value_readable(
    world: World, monkeypatch: pytest.MonkeyPatch
) -> None:
    world.push({"password": "first"})
    send = world.database.send

    def refuse_writes(msg: object) -> object:
        if type(msg).__name__ == "SetXCom":
            raise ConnectionError("the supervisor is gone")
        return send(msg)

    monkeypatch.setattr(world.database, "send", refuse_writes)
    with pytest.raises(ConnectionError):
        world.push({"password": "second"})
    assert world.backend.get_one(key="return_value", **MAKE) == {"password": "first"}


@pytest.mark.parametrize(
    "place",
    [{"task_id": "other"}, {"run_id": "run-0"}, {"map_index": 3}],
    ids=["another-task", "another-run", "another-mapped-instance"],
)
@pytest.mark.parametrize("second", [{"password": "second"}, {"user": "ann"}], ids=["sealed", "plain"])
def test_a_push_to_another_place_deletes_the_object_that_an_earlier_process_left_there(
    place: dict[str, object], second: object, world: World, monkeypatch: pytest.MonkeyPatch
) -> None:
    from secure_xcom.airflow import backend

    for value in ({"password": "of an earlier poke"}, {"password": "of an earlier try"}, second):
        monkeypatch.setattr(backend, "_pushed", set())
        world.push(value, **place)
    assert len(world.store.objects) == ("password" in str(second))
    assert world.backend.get_one(key="return_value", **(MAKE | place)) == second


def test_what_a_mapped_instance_finds_at_its_own_place_airflow_has_deleted(
    world: World, monkeypatch: pytest.MonkeyPatch
) -> None:
    from airflow.sdk.execution_time.comms import GetXCom

    from secure_xcom.airflow import backend

    mapped = SimpleNamespace(**MAKE, map_index=3, try_number=1, id="try-1")
    monkeypatch.setattr(backend, "running_instance", lambda: mapped)
    world.push({"password": CANARY}, map_index=3)
    assert world.database.count(GetXCom) == 0
    world.push({"password": CANARY})
    assert world.database.count(GetXCom) == 1


def test_a_row_that_is_not_there_is_not_asked_for_since_airflow_would_log_an_error(world: World) -> None:
    from airflow.sdk.execution_time.comms import GetXCom, GetXComCount

    world.push({"password": CANARY}, task_id="other")
    assert [world.database.count(kind) for kind in (GetXComCount, GetXCom)] == [1, 0]


def _refuse_rows(world: World, monkeypatch: pytest.MonkeyPatch, error: str, detail: dict[str, object] | None) -> None:
    """Have the API answer each row with an error, as its supervisor tells a task."""
    from airflow.sdk.exceptions import AirflowRuntimeError, ErrorType
    from airflow.sdk.execution_time.comms import ErrorResponse

    send = world.database.send

    def refusing(msg: object) -> object:
        if type(msg).__name__ == "SetXCom":
            raise AirflowRuntimeError(ErrorResponse(error=ErrorType(error), detail=detail))
        return send(msg)

    monkeypatch.setattr(world.database, "send", refusing)


REFUSALS: dict[str, tuple[str, dict[str, object] | None]] = {
    "forbidden": ("API_SERVER_ERROR", {"status_code": 403}),
    "no-such-run": ("API_SERVER_ERROR", {"status_code": 404}),
    "too-large": ("API_SERVER_ERROR", {"status_code": 413}),
    "not-valid": ("API_SERVER_ERROR", {"status_code": 422, "message": "invalid"}),
}
DOUBTS: dict[str, tuple[str, dict[str, object] | None]] = {
    "failed": ("API_SERVER_ERROR", {"status_code": 500}),
    "gateway": ("API_SERVER_ERROR", {"status_code": 502}),
    "conflict": ("API_SERVER_ERROR", {"status_code": 409}),
    "no-answer": ("GENERIC_ERROR", None),
    "odd": ("API_SERVER_ERROR", {"status_code": "403"}),
}


@pytest.mark.parametrize(("error", "detail"), REFUSALS.values(), ids=REFUSALS)
def test_a_push_takes_its_object_back_if_the_row_is_refused(
    error: str, detail: dict[str, object], world: World, monkeypatch: pytest.MonkeyPatch
) -> None:
    from airflow.sdk.exceptions import AirflowRuntimeError

    world.push({"password": "first"})
    (first,) = world.store.objects
    _refuse_rows(world, monkeypatch, error, detail)
    with pytest.raises(AirflowRuntimeError):
        world.push({"password": "second"})
    assert list(world.store.objects) == [first]


@pytest.mark.parametrize(("error", "detail"), DOUBTS.values(), ids=DOUBTS)
def test_an_object_stays_whose_row_may_have_been_written(
    error: str, detail: dict[str, object] | None, world: World, monkeypatch: pytest.MonkeyPatch
) -> None:
    from airflow.sdk.exceptions import AirflowRuntimeError

    _refuse_rows(world, monkeypatch, error, detail)
    with pytest.raises(AirflowRuntimeError):
        world.push({"password": CANARY})
    assert len(world.store.objects) == 1


def test_an_object_that_cannot_be_taken_back_hides_nothing_of_airflows_error(
    world: World, monkeypatch: pytest.MonkeyPatch, caplog: pytest.LogCaptureFixture
) -> None:
    from airflow.sdk.exceptions import AirflowRuntimeError

    def fail(_: str) -> None:
        raise StoreUnavailable("out of reach")

    _refuse_rows(world, monkeypatch, "API_SERVER_ERROR", {"status_code": 403})
    monkeypatch.setattr(world.store, "delete", fail)
    with caplog.at_level("WARNING"), pytest.raises(AirflowRuntimeError, match="403"):
        world.push({"password": CANARY})
    assert "left as an orphan" in caplog.text


def test_an_asynchronous_push_takes_its_object_back_too(world: World, monkeypatch: pytest.MonkeyPatch) -> None:
    if not HAS_ASYNC_XCOMS:
        pytest.skip("opt-in: async XCom methods are new in Airflow 3.3")
    from airflow.sdk.exceptions import AirflowRuntimeError

    _refuse_rows(world, monkeypatch, "API_SERVER_ERROR", {"status_code": 403})
    with pytest.raises(AirflowRuntimeError):
        asyncio.run(world.backend.aset("return_value", {"password": CANARY}, **MAKE))
    assert world.store.objects == {}


def test_a_first_push_asks_the_database_for_nothing(world: World) -> None:
    from airflow.sdk.execution_time.comms import GetXCom, MaskSecret, SetXCom

    world.push({"password": CANARY})
    assert [world.database.count(kind) for kind in (GetXCom, SetXCom, MaskSecret)] == [0, 1, 1]
    assert world.keys.calls == ["generate"]
    assert [operation for operation, _ in world.store.calls] == ["put"]


def test_a_plain_push_and_pull_touch_neither_store_nor_key(world: World) -> None:
    world.push({"user": "ann"})
    assert world.backend.get_one(key="return_value", **MAKE) == {"user": "ann"}
    assert (world.store.calls, world.keys.calls) == ([], [])


def test_a_failed_push_writes_no_row(world: World, monkeypatch: pytest.MonkeyPatch) -> None:
    def fail(*_: object) -> None:
        raise StoreUnavailable("out of reach")

    monkeypatch.setattr(world.store, "put", fail)
    with pytest.raises(StoreUnavailable):
        world.push({"password": CANARY})
    assert world.database.rows == {}


def test_values_of_mapped_instances_come_together_in_their_order(world: World) -> None:
    for index in range(20):
        world.push({"password": f"{CANARY}-{index}"}, map_index=index)
    world.store.calls.clear()
    pulled = world.backend.get_all(key="return_value", **MAKE)
    assert pulled == [{"password": f"{CANARY}-{index}"} for index in range(20)]
    assert len(world.store.calls) == 20


def test_no_row_is_none(world: World) -> None:
    assert world.backend.get_one(key="return_value", **MAKE) is None


def test_a_row_moved_to_another_task_is_refused(world: World) -> None:
    world.push({"password": CANARY})
    world.database.rows["etl", "run-1", "other", "return_value", -1] = json.dumps(world.row())
    with pytest.raises(ObjectNotFound):
        world.backend.get_one(key="return_value", **(MAKE | {"task_id": "other"}))


def test_a_pull_of_prior_dates_takes_a_value_of_another_run_and_of_no_other_task(world: World) -> None:
    world.push({"password": CANARY})
    moved = json.dumps(world.row())
    world.database.rows["etl", "run-2", "make", "return_value", -1] = moved
    world.database.rows["etl", "run-2", "other", "return_value", -1] = moved
    later = MAKE | {"run_id": "run-2"}
    assert world.backend.get_one(key="return_value", include_prior_dates=True, **later) == {"password": CANARY}
    with pytest.raises(WrongCoordinates):
        world.backend.get_one(key="return_value", **later)
    with pytest.raises(ObjectNotFound):
        world.backend.get_one(key="return_value", include_prior_dates=True, **(later | {"task_id": "other"}))


def _lazy(task_id: str, run_id: str = "run-1") -> object:
    from airflow.sdk.execution_time.lazy_sequence import LazyXComSequence

    operator = SimpleNamespace(dag_id="etl", task_id=task_id)
    return LazyXComSequence(
        xcom_arg=SimpleNamespace(operator=operator, key="return_value"), ti=SimpleNamespace(run_id=run_id)
    )


@pytest.fixture
def lazily(world: World, monkeypatch: pytest.MonkeyPatch) -> World:
    """The backend as the one that lazy sequences ask."""
    from airflow.sdk.execution_time import xcom

    monkeypatch.setattr(xcom, "XCom", world.backend)
    return world


def test_a_lazy_sequence_opens_items_and_slices(lazily: World) -> None:
    for index in range(3):
        lazily.push({"password": f"{CANARY}-{index}"}, map_index=index)
    assert _lazy("make")[1] == {"password": f"{CANARY}-1"}  # type: ignore[index]
    assert [value["password"] for value in _lazy("make")[1:]] == [f"{CANARY}-1", f"{CANARY}-2"]  # type: ignore[index]


@pytest.mark.parametrize(("task", "run"), [("other", "run-1"), ("make", "run-2")], ids=["task", "run"])
def test_a_lazy_sequence_refuses_a_row_of_another(task: str, run: str, lazily: World) -> None:
    lazily.push({"password": CANARY}, map_index=0)
    lazily.database.rows["etl", run, task, "return_value", 0] = json.dumps(lazily.row(map_index=0))
    with pytest.raises((WrongCoordinates, ObjectNotFound)):
        _lazy(task, run)[0]  # type: ignore[index]


@pytest.mark.parametrize("value", [{"password": CANARY}, {"user": "ann"}], ids=["sealed", "plain"])
def test_a_lazy_sequence_is_under_the_readers_contract(
    value: object, lazily: World, monkeypatch: pytest.MonkeyPatch
) -> None:
    lazily.push(value, map_index=0)
    own = TaskContract(keys={}, upstream=frozenset({"make"}), strict=True, declared_at="etl.py:7")
    reader = TaskInstance(dag_id="etl", run_id="run-1", task_id="read")
    monkeypatch.setattr(lazily.host, "running", lambda: reader)
    monkeypatch.setattr(lazily.host, "declared", lambda: DagContract(dag_id="etl", tasks={"read": own}))
    with pytest.raises(ContractViolation, match=r"(?s)task read .* may not read key 'return_value' of task 'make'"):
        _lazy("make")[0]  # type: ignore[index]


def test_a_plain_row_of_a_lazy_sequence_does_not_take_the_place_of_a_value_under_contract(
    lazily: World, monkeypatch: pytest.MonkeyPatch
) -> None:
    lazily.push({"user": "ann"}, map_index=0)
    readers = frozenset({Reader("etl", "read")})
    terms = {"return_value": Terms(contract=Contract(readers=readers))}
    make = TaskContract(keys=terms, upstream=frozenset(), strict=False, declared_at="etl.py:7")
    monkeypatch.setattr(lazily.host, "running", lambda: TaskInstance(dag_id="etl", run_id="run-1", task_id="read"))
    monkeypatch.setattr(lazily.host, "declared", lambda: DagContract(dag_id="etl", tasks={"make": make}))
    with pytest.raises(ContractViolation, match="not under the contract that it should have"):
        _lazy("make")[0]  # type: ignore[index]


def test_a_caller_without_coordinates_is_refused(world: World) -> None:
    world.push({"password": CANARY})
    with pytest.raises(WrongCoordinates):
        world.backend.deserialize_value(SimpleNamespace(value=world.row()))
    assert world.backend.deserialize_value(SimpleNamespace(value={"user": "ann"})) == {"user": "ann"}


def test_a_sensitive_value_without_coordinates_is_refused_and_a_plain_one_is_not(world: World) -> None:
    with pytest.raises(Refused):
        world.backend.serialize_value({"password": CANARY})
    assert world.backend.serialize_value({"user": "ann"}) == {"user": "ann"}


def test_airflows_own_backend_fails_on_a_placeholder(world: World) -> None:
    from airflow.sdk.bases.xcom import BaseXCom

    world.push({"password": CANARY})
    with pytest.raises(ImportError, match=r"secure_xcom\.Sealed was not found in allow list"):
        BaseXCom.get_one(key="return_value", **MAKE)


def test_a_retry_deletes_the_objects_of_the_earlier_try(world: World) -> None:
    world.push({"password": CANARY})
    world.delete()
    assert world.store.objects == {}
    assert world.database.rows == {}


@pytest.mark.parametrize(
    "row",
    [
        {"__classname__": "secure_xcom.Sealed"},
        {"__classname__": "secure_xcom.Sealed", "__version__": 1, "__data__": {"ref": "../../etc/passwd"}},
    ],
    ids=["partial", "forged"],
)
def test_a_purge_of_what_is_no_placeholder_deletes_the_row_and_does_not_fail(world: World, row: object) -> None:
    world.push({"password": CANARY}, key="kept")
    world.database.rows["etl", "run-1", "make", "return_value", -1] = json.dumps(row)
    world.delete()
    assert [key for *_, key, _ in world.database.rows] == ["kept"]
    assert len(world.store.objects) == 1


def test_a_purge_never_deletes_the_object_of_another_key(world: World) -> None:
    world.push({"password": CANARY}, key="kept")
    world.database.rows["etl", "run-1", "make", "return_value", -1] = json.dumps(world.row("kept"))
    world.delete()
    assert world.backend.get_one(key="kept", **MAKE) == {"password": CANARY}


def test_what_is_no_task_deletes_nothing(world: World) -> None:
    world.push({"password": CANARY})
    with pytest.raises(Refused, match="deleted only by a task of the same Dag"):
        world.backend.delete("return_value", **MAKE)
    assert world.backend.get_one(key="return_value", **MAKE) == {"password": CANARY}


def test_a_purge_that_hangs_does_not_hold_up_the_task(world: World, monkeypatch: pytest.MonkeyPatch) -> None:
    from secure_xcom.exchange import deletion

    released, ended = threading.Event(), threading.Event()

    def hang(_: str) -> None:
        released.wait(30)
        ended.set()

    world.push({"password": CANARY})
    monkeypatch.setattr(deletion, "PURGE_SECONDS", 0.05)
    monkeypatch.setattr(world.store, "delete", hang)
    world.delete()
    assert not ended.is_set()
    assert world.database.rows == {}
    released.set()


def test_a_purge_that_fails_is_logged_and_does_not_fail_the_task(
    world: World, monkeypatch: pytest.MonkeyPatch, caplog: pytest.LogCaptureFixture
) -> None:
    def fail(_: str) -> None:
        raise StoreUnavailable("out of reach")

    world.push({"password": CANARY})
    monkeypatch.setattr(world.store, "delete", fail)
    with caplog.at_level("WARNING"):
        world.delete()
    assert "left as an orphan" in caplog.text
    assert CANARY not in caplog.text


def test_async_methods_leave_the_event_loop_free(world: World) -> None:
    if not HAS_ASYNC_XCOMS:
        pytest.skip("opt-in: async XCom methods are new in Airflow 3.3")
    threads: set[int] = set()
    put, get = world.store._put, world.store._get

    def remember_put(name: str, data: bytes, expires: int) -> None:
        threads.add(threading.get_ident())
        put(name, data, expires)

    def remember_get(name: str) -> bytes:
        threads.add(threading.get_ident())
        return get(name)

    world.store._put, world.store._get = remember_put, remember_get  # type: ignore[method-assign]

    async def both_ways() -> tuple[object, object]:
        await world.backend.aset("return_value", {"password": "first"}, **MAKE)
        await world.backend.aset("return_value", {"password": CANARY}, **MAKE)
        one = await world.backend.aget_one(key="return_value", **MAKE)
        return one, await world.backend.aget_all(key="return_value", **MAKE)

    assert asyncio.run(both_ways()) == ({"password": CANARY}, [{"password": CANARY}])
    assert threading.get_ident() not in threads
    assert len(world.store.objects) == 1


def test_a_forked_process_makes_clients_of_its_own(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    from secure_xcom.airflow.host import exchange

    monkeypatch.setenv("AIRFLOW__SECURE_XCOM__STORE", f"file://{tmp_path}")
    monkeypatch.setenv("AIRFLOW__SECURE_XCOM__KEY", f"local://{tmp_path}/keyring.json")
    exchange.cache_clear()
    before = exchange()
    assert exchange() is before
    child = os.fork()
    if child == 0:
        os._exit(exchange() is before)
    assert os.waitstatus_to_exitcode(os.waitpid(child, 0)[1]) == 0
    exchange.cache_clear()


def test_an_option_that_does_not_exist_is_reported(monkeypatch: pytest.MonkeyPatch) -> None:
    from secure_xcom.airflow.settings import read_settings

    monkeypatch.setenv("AIRFLOW__SECURE_XCOM__STROE", "file:///x")
    with pytest.raises(ConfigurationError, match="stroe"):
        read_settings()


def test_the_ledgers_url_may_come_from_a_command(monkeypatch: pytest.MonkeyPatch) -> None:
    from secure_xcom.airflow.settings import read_settings

    url = "postgresql+psycopg2://xcom:secret@db/ledger"
    monkeypatch.setenv("AIRFLOW__SECURE_XCOM__LEDGER_CMD", f"echo {url}")
    assert read_settings().ledger == url
    assert "secret" not in repr(read_settings())


def test_a_command_that_fails_is_told_without_its_words(monkeypatch: pytest.MonkeyPatch) -> None:
    from secure_xcom.airflow.settings import hides_returned_values, read_settings

    monkeypatch.setenv("AIRFLOW__SECURE_XCOM__LEDGER_CMD", f"ls /{CANARY}")
    with mistake("Airflow could not read it") as caught:
        read_settings()
    assert CANARY not in str(caught.value)
    assert caught.value.__context__ is None
    assert hides_returned_values() is True


def test_a_command_without_an_answer_does_not_lead_to_another_ledger(monkeypatch: pytest.MonkeyPatch) -> None:
    from secure_xcom.airflow.settings import read_settings

    monkeypatch.setenv("AIRFLOW__SECURE_XCOM__LEDGER_CMD", "true")
    with mistake("ledger_cmd: Airflow got no value"):
        read_settings()


@pytest.mark.parametrize("option", ["store", "ledger"])
def test_a_percent_sign_that_airflow_cannot_read_is_told_without_what_follows(
    monkeypatch: pytest.MonkeyPatch, option: str
) -> None:
    from secure_xcom.airflow.internals.compat import conf
    from secure_xcom.airflow.settings import read_settings

    def misread(section: str, name: str, **_: object) -> str | None:
        if name == option:
            raise InterpolationSyntaxError(name, section, f"'%' must be followed by '%' or '(', found: '%{CANARY}'")
        return None

    monkeypatch.setattr(conf, "getsection", lambda _: {})
    monkeypatch.setattr(conf, "get", misread)
    with mistake(f"{option}: in airflow.cfg write %% for %") as caught:
        read_settings()
    assert CANARY not in str(caught.value)
    assert caught.value.__context__ is None


def test_masking_together_hides_what_masking_one_by_one_hides(world: World) -> None:
    from airflow.sdk._shared.secrets_masker import _secrets_masker, redact

    texts = [CANARY, "with (regex) [characters]", "with (regex) [characters] and a tail"]
    world.host.mask(texts)
    assert redact(" / ".join([*texts, "abcd"])) == "*** / *** / *** / abcd"
    _secrets_masker().reset_masker()
    for text in texts:
        _secrets_masker().add_mask(text)
    assert redact(" / ".join([*texts, "abcd"])) == "*** / *** / *** / abcd"


def test_what_airflow_registers_is_masked_as_airflow_masks_it(world: World) -> None:
    from airflow.sdk._shared.secrets_masker import _secrets_masker, redact

    world.host.mask([CANARY])
    _secrets_masker().add_mask({"password": "hunter2-prod", "user": "not-a-secret"})
    _secrets_masker().add_mask(["airflow", "abc", "in-a-list-1"])
    assert redact("hunter2-prod not-a-secret airflow abc in-a-list-1") == "*** not-a-secret airflow abc ***"


def test_the_keys_of_a_dict_are_masked_where_a_log_or_a_rendered_field_holds_one(world: World) -> None:
    from airflow.sdk._shared.secrets_masker import _secrets_masker, redact

    world.host.mask([CANARY])
    _secrets_masker().add_mask("timestamp")
    line = {"event": [({f"as {CANARY}": "x", 4: "y"},)], "timestamp": 1}
    assert redact(line) == {"event": [({"as ***": "x", 4: "y"},)], "timestamp": 1}


def test_a_dict_that_is_too_deep_for_its_keys_to_be_masked_is_hidden(world: World) -> None:
    from airflow.sdk._shared.secrets_masker import _secrets_masker

    from secure_xcom.airflow.internals.masker import _with_keys

    world.host.mask([CANARY])
    deep: object = 1
    for _ in range(5_000):
        deep = {CANARY: deep}
    assert _with_keys(lambda _, item: item)(_secrets_masker(), deep) == "***"


def test_texts_are_masked_though_a_name_that_makes_it_linear_has_moved(world: World) -> None:
    from airflow.sdk._shared.secrets_masker import redact

    from secure_xcom.airflow.internals import secrets_masker

    with pytest.MonkeyPatch.context() as patch:
        patch.setitem(sys.modules, "secure_xcom.airflow.internals.masker", None)
        secrets_masker._search.cache_clear()
        world.host.mask([CANARY])
        assert world.host.holds_registered_secret(f"a {CANARY}")
    secrets_masker._search.cache_clear()
    assert redact(CANARY) == "***"


def test_every_error_of_a_pull_is_one_of_ours(world: World) -> None:
    world.push({"password": CANARY})
    world.store.objects.clear()
    with pytest.raises(SecureXComError) as caught:
        world.backend.get_one(key="return_value", **MAKE)
    assert caught.value.__context__ is None


def test_an_option_that_does_not_exist_in_the_file_is_reported(world: World, monkeypatch: pytest.MonkeyPatch) -> None:
    from secure_xcom.airflow.internals.compat import conf
    from secure_xcom.airflow.settings import read_settings

    monkeypatch.setattr(conf, "getsection", lambda _: {"sensitive_key": "iban"})
    with pytest.raises(ConfigurationError, match="sensitive_key: no such option"):
        read_settings()


def test_a_line_of_what_airflow_registers_is_masked_only_if_it_tells_a_secret(world: World) -> None:
    from airflow.sdk._shared.secrets_masker import _secrets_masker, redact

    world.host.mask([CANARY])
    text = "host: db\nusername\npassword: hunter2-prod\nCompleted\n"
    _secrets_masker().add_mask(text)
    assert redact("username ann Completed") == "username ann Completed"
    assert redact(f"a {text} b") == "a *** b"
