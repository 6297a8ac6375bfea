"""What real operators return, judged by what they know of it: beside Airflow's own backend, in the same run."""

from __future__ import annotations

import base64
import itertools
import secrets
import sqlite3
import string
import threading
from collections.abc import Iterator
from functools import cached_property
from http.server import BaseHTTPRequestHandler, HTTPServer
from pathlib import Path
from types import SimpleNamespace
from typing import Any
from uuid import uuid4

import pytest

pytest.importorskip("airflow.sdk")

from airflow.providers.common.sql.hooks.sql import DbApiHook, fetch_one_handler
from airflow.providers.common.sql.operators.sql import SQLExecuteQueryOperator
from airflow.providers.standard.operators.bash import BashOperator
from airflow.sdk import DAG, BaseOperator
from airflow.sdk.bases.xcom import BaseXCom
from airflow.sdk.execution_time.context import set_current_context

from secure_xcom import SecureXComBackend
from secure_xcom.airflow import host, origins
from secure_xcom.airflow.host import AirflowHost, exchange
from secure_xcom.model.coordinates import Coordinates
from secure_xcom.model.origin import Origin
from tests.airflow.supervisor import Database

PLACE = {"dag_id": "etl", "task_id": "make", "map_index": -1}


@pytest.fixture
def password() -> str:
    """A password that says nothing by itself. What one test has sealed is registered in the next."""
    return "perro-" + "".join(secrets.choice(string.ascii_lowercase) for _ in range(8))


@pytest.fixture
def token() -> str:
    """A token of no provider."""
    return f"cs5k{secrets.token_hex(14)}"


class _Hook(DbApiHook):
    """A database in memory, with a table of logins."""

    conn_name_attr = "conn_id"

    def __init__(self, password: str) -> None:
        super().__init__()
        self._password = password

    def get_conn(self) -> sqlite3.Connection:
        connection = sqlite3.connect(":memory:")
        connection.execute("CREATE TABLE logins (id, login, password)")
        connection.execute(
            "INSERT INTO logins VALUES (1, 'laura', ?), (2, 'miguel', ?)", (self._password, self._password)
        )
        return connection

    def get_autocommit(self, conn: Any) -> bool:
        return False


class _Query(SQLExecuteQueryOperator):
    password = ""

    @cached_property
    def _hook(self) -> DbApiHook:
        return _Hook(self.password)


def _query(sql: str, password: str, **options: Any) -> _Query:
    with DAG("etl"):
        operator = _Query(task_id="make", sql=sql, conn_id="any", **options)
    operator.password = password
    return operator


@pytest.fixture
def database(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> Database:
    monkeypatch.setenv("AIRFLOW__SECURE_XCOM__STORE", f"file://{tmp_path}/store")
    monkeypatch.setenv("AIRFLOW__SECURE_XCOM__KEY", f"local://{tmp_path}/keyring.json")
    exchange.cache_clear()
    return Database().install()


def _returned(operator: BaseOperator, database: Database) -> tuple[object, str, object, object]:
    """Execute and push as Airflow does; return the result, our row, and what both backends hand out."""
    place = {**PLACE, "run_id": uuid4().hex}
    instance = SimpleNamespace(**place, try_number=1, id="1", task=operator)
    with set_current_context({"ti": instance}):  # type: ignore[typeddict-item]
        result = operator.execute({"ti": instance})  # type: ignore[typeddict-item]
        SecureXComBackend.set("return_value", result, **place)
        row = next(iter(database.rows.values()))
        ours = SecureXComBackend.get_one(key="return_value", **place)
        BaseXCom.set("return_value", result, **place)
        airflows = BaseXCom.get_one(key="return_value", **place)
    return result, row, ours, airflows


@pytest.mark.parametrize(
    ("sql", "options"),
    [
        ("SELECT * FROM logins", {}),
        ("SELECT login, password FROM logins WHERE id = 1", {"handler": fetch_one_handler}),
        ("SELECT 1; SELECT login, password FROM logins", {"split_statements": True}),
        ("SELECT id FROM logins; SELECT password FROM logins", {"split_statements": True, "return_last": False}),
    ],
)
def test_a_password_in_rows_is_sealed_by_its_column(
    sql: str, options: dict[str, Any], database: Database, password: str
) -> None:
    _, row, ours, airflows = _returned(_query(sql, password, **options), database)
    assert password not in row
    assert "secure_xcom.Sealed" in row
    assert ours == airflows
    assert password in str(ours)


def test_other_columns_stay_readable(database: Database, password: str) -> None:
    operator = _query("SELECT login, password AS note FROM logins", password)
    _, row, ours, airflows = _returned(operator, database)
    assert password in row
    assert ours == airflows


@pytest.mark.parametrize(
    "command", ["echo {token} > token; cat token", "export API_TOKEN={token} && printenv API_TOKEN"]
)
def test_a_token_that_a_command_prints_is_sealed(command: str, database: Database, token: str) -> None:
    with DAG("etl"):
        operator = BashOperator(task_id="make", bash_command=command.format(token=token))
    _, row, ours, airflows = _returned(operator, database)
    assert token not in row
    assert ours == airflows == token


def test_what_another_command_prints_stays_readable(database: Database, token: str) -> None:
    with DAG("etl"):
        operator = BashOperator(task_id="make", bash_command=f"export TOKEN={token}; echo {token} | tr -d ' '")
    _, row, ours, airflows = _returned(operator, database)
    assert token in row
    assert ours == airflows


class _Answers(BaseHTTPRequestHandler):
    answer = ""

    def do_POST(self) -> None:
        self.send_response(200)
        self.end_headers()
        self.wfile.write(self.answer.encode())

    def log_message(self, *_: object) -> None:
        """Say nothing."""


@pytest.fixture
def port(token: str, monkeypatch: pytest.MonkeyPatch) -> Iterator[int]:
    monkeypatch.setattr(_Answers, "answer", f'"{token}"')
    with HTTPServer(("127.0.0.1", 0), _Answers) as server:
        threading.Thread(target=server.serve_forever, daemon=True).start()
        yield server.server_port
        server.shutdown()


@pytest.mark.parametrize(("endpoint", "is_sealed"), [("/admin/token", True), ("/admin/jobs", False)])
def test_a_token_that_an_address_answers_with_is_sealed(
    endpoint: str, is_sealed: bool, database: Database, token: str, port: int, monkeypatch: pytest.MonkeyPatch
) -> None:
    http = pytest.importorskip(
        "airflow.providers.http.operators.http", reason="opt-in: the edges have no provider for HTTP"
    )
    monkeypatch.setenv("AIRFLOW_CONN_MAGENTO", f"http://127.0.0.1:{port}")
    with DAG("etl"):
        operator = http.HttpOperator(task_id="make", http_conn_id="magento", endpoint=endpoint, method="POST")
    _, row, ours, airflows = _returned(operator, database)
    assert (token not in row) is is_sealed
    assert ours == airflows == f'"{token}"'


class _Failing:
    def __getitem__(self, _: object) -> object:
        raise RuntimeError("from a driver")

    def __iter__(self) -> Iterator[object]:
        raise RuntimeError("from a cursor")


class _Text(str):
    def __len__(self) -> int:
        raise RuntimeError("from a text")


@pytest.mark.parametrize(
    "told",
    [
        {"_hook": SimpleNamespace(descriptions=[_Failing(), (_Failing(), _Failing())])},
        {"_hook": SimpleNamespace(descriptions=[itertools.repeat(("a",))])},
        {"bash_command": _Text("cat token"), "endpoint": _Text("/token")},
        {"_hook": SimpleNamespace(descriptions=7)},
        {"_hook": SimpleNamespace(descriptions=[None, 7, [7], [[]], [[7]], []])},
        {"_hook": 7},
        {"command": ["sh", "-c"]},
        {"command": [1, None]},
        {"bash_command": 7, "endpoint": 7},
    ],
    ids=lambda told: "-".join(told),
)
def test_what_an_operator_tells_in_no_known_form_changes_nothing(
    told: dict[str, Any], database: Database, password: str
) -> None:
    with DAG("etl"):
        operator = BaseOperator(task_id="make")
    vars(operator).update(told)
    operator.execute = lambda context: [["laura", password]]  # type: ignore[method-assign]
    _, row, ours, airflows = _returned(operator, database)
    assert password in row
    assert ours == airflows


def test_the_output_of_a_remote_command_is_read_through_its_base64(database: Database, password: str) -> None:
    with DAG("etl"):
        operator = BaseOperator(task_id="make")
    vars(operator)["command"] = "vault kv get -field=password secret/db"
    printed = base64.b64encode(password.encode()).decode()
    operator.execute = lambda context: printed  # type: ignore[method-assign]
    _, row, ours, airflows = _returned(operator, database)
    assert printed not in row
    assert ours == airflows == printed


class _Slotted:
    """An operator's stand-in that keeps nothing in a dict."""

    __slots__ = ("task_id",)


@pytest.mark.parametrize("task", [None, _Slotted(), SimpleNamespace()], ids=["none", "slots", "empty"])
def test_what_is_no_operator_tells_nothing(task: object, database: Database) -> None:
    place = {**PLACE, "run_id": uuid4().hex}
    instance = SimpleNamespace(**place, try_number=1, id="1", task=task)
    with set_current_context({"ti": instance}):  # type: ignore[typeddict-item]
        told = AirflowHost().origin(Coordinates(**place, key="return_value"))
    assert told == Origin(task_id="make")


def test_each_attribute_that_tells_is_looked_for_before_anything_is_loaded() -> None:
    assert frozenset((*origins._COMMANDS, "_hook", "endpoint")) == host._TELLING


def test_a_command_and_an_address_stand_in_no_repr() -> None:
    told = repr(Origin(task_id="make", command="login -p x4Tr-9kQ", endpoint="/a?api_key=x4Tr-9kQ"))
    assert "x4Tr-9kQ" not in told
