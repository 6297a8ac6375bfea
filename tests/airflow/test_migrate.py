"""``secure-xcom migrate`` over the tables that Airflow itself makes, on each kind of database."""

from __future__ import annotations

import base64
import errno
import itertools
import json
import os
import pickle
import re
import signal
import sys
import threading
import time
from collections.abc import Callable
from importlib import import_module
from multiprocessing import get_context
from pathlib import Path
from typing import Any

import numpy as np
import pandas as pd
import pytest
from airflow.sdk.serde import serialize
from click.testing import Result
from sqlalchemy import Column, Engine, MetaData, Table, create_engine, text
from typer import Typer
from typer.testing import CliRunner

from secure_xcom.adapters.local.file import FileStore
from secure_xcom.adapters.local.keyring import LocalKeyring
from secure_xcom.airflow.internals.live_database import LiveTable
from secure_xcom.cli.operator import operator
from secure_xcom.errors import ClaimRefused, Expired, MigrationStopped, PayloadError
from secure_xcom.ledger.reading import Damaged
from secure_xcom.model.coordinates import Coordinates
from secure_xcom.model.domain import Domain
from secure_xcom.model.entry import Entry, Outcome
from secure_xcom.model.event import Event
from secure_xcom.model.placeholder import STAND_IN, Placeholder
from secure_xcom.ops.lifecycle.migrate.collecting import Collecting
from secure_xcom.ops.lifecycle.migrate.sealing import Sealing
from secure_xcom.ops.lifecycle.rewrap.objects import Rewrap
from secure_xcom.ops.lifecycle.rewrap.outcome import Fate
from secure_xcom.ports.store import HEAD_BYTES, Head
from secure_xcom.seal.rewrapping import Rewrapping
from tests.airflow.test_audit_scan import NOW, insert
from tests.fixtures.databases import DATABASES, fresh_url

CORE = "kanarienvogel4711"
PLACEHOLDER = Placeholder(rule="name-password", store="file", ref=f"run/-1/{'a' * 32}").to_json()
IDS = {"dag_id": "etl", "run_id": "run", "task_id": "make", "map_index": -1, "timestamp": NOW}


def secret(place: str) -> str:
    return f"{CORE}-{place}-x9"


def made(url: str) -> tuple[Engine, dict[str, Table]]:
    """Make the tables of Airflow's that the command is about, without what they refer to."""
    from airflow.models import import_all_models
    from airflow.models.base import Base

    import_all_models()
    engine, metadata = create_engine(url), MetaData()
    for name in ("xcom", "rendered_task_instance_fields", "log"):
        columns = Base.metadata.tables[name].columns
        Table(name, metadata, *(Column(c.name, c.type, primary_key=c.primary_key) for c in columns))
    metadata.create_all(engine)
    return engine, dict(metadata.tables)


class Deployment:
    """Airflow's tables, the settings of a deployment of the test's own, and the command over both."""

    def __init__(self, url: str, home: Path) -> None:
        self.url, self.home = url, home
        self.engine, self.tables = made(url)
        self._app = Typer(pretty_exceptions_enable=False)
        self._app.command()(import_module("secure_xcom.cli.migrate").migrate)

    def put(self, value: object, key: str = "return_value", **more: Any) -> None:
        """Write an XCom in plaintext, as Airflow's own backend does."""
        insert(self.engine, self.tables["xcom"], {**IDS, "dag_run_id": 7, **more, "key": key, "value": value})

    def row(self, key: str = "return_value", table: str = "xcom", **of: Any) -> Any:
        """What the database holds."""
        where = {"task_id": "make", **of}
        found = self.tables[table] if table in self.tables else Table(table, self.tables["xcom"].metadata)
        query = found.select().where(found.c.key == key, *(found.c[name] == value for name, value in where.items()))
        with self.engine.begin() as connection:
            return connection.execute(query).one().value

    def __call__(self, *arguments: str) -> Result:
        """Call the command; whatever becomes of it, it prints no secret."""
        done = CliRunner(env={"COLUMNS": "200", "TERM": "dumb"}).invoke(self._app, arguments)
        assert done.exception is None or isinstance(done.exception, SystemExit), done.exception
        assert CORE not in done.stdout + done.stderr
        return done

    def report(self, *arguments: str, code: int = 0) -> dict[str, Any]:
        """What the command reports to machines."""
        done = self(*arguments, "--json")
        assert done.exit_code == code, done.output
        return dict(json.loads(done.stdout))

    def pull(self, key: str = "return_value", **of: Any) -> object:
        """What a consuming task gets, through the backend and with the message of the supervisor."""
        from secure_xcom.airflow.backend import SecureXComBackend
        from tests.airflow.supervisor import Database

        place = {"dag_id": "etl", "run_id": "run", "task_id": "make", **of}
        database = Database().install()
        database.rows["etl", "run", str(place["task_id"]), key, -1] = json.dumps(self.row(key, **of))
        return SecureXComBackend.get_one(key=key, **place)

    def push(self, value: object) -> None:
        """Write what a task's push through the backend leaves."""
        from secure_xcom.airflow.backend import SecureXComBackend

        place = {"key": "return_value", "task_id": "make", "dag_id": "etl", "run_id": "run", "map_index": -1}
        self.put(SecureXComBackend.serialize_value(value, **place))

    def objects(self) -> list[Path]:
        """The sealed objects."""
        root = self.home / "secure_xcom" / "store"
        return sorted(path for path in root.rglob("*") if path.is_file()) if root.exists() else []

    def ledger(self) -> list[tuple[str, str, str]]:
        """Event, detail and actor of each entry about the Dag."""
        from secure_xcom.cli.ledger import open_ledger

        found = open_ledger().read("etl")
        assert not any(isinstance(one, Damaged) for one in found)
        return [(one.event.value, one.detail, str(one.actor)) for one in found]

    def holds_plaintext(self) -> bool:
        """Whether a secret shows anywhere: in a table, or in a file of the product."""
        with self.engine.begin() as connection:
            rows = [str(row) for table in self.tables.values() for row in connection.execute(table.select())]
        files = [path.read_bytes() for path in (self.home / "secure_xcom").rglob("*") if path.is_file()]
        return CORE in str(rows) or any(CORE.encode() in data for data in files)


def deployment_of(url: str, home: Path, patch: pytest.MonkeyPatch) -> Deployment:
    from secure_xcom.airflow import host

    home.mkdir(mode=0o700, exist_ok=True)
    patch.setenv("AIRFLOW_HOME", str(home))
    patch.setenv("AIRFLOW__DATABASE__SQL_ALCHEMY_CONN", url)
    patch.setenv("AIRFLOW__CORE__XCOM_BACKEND", "secure_xcom.SecureXComBackend")
    host.exchange.cache_clear()
    return Deployment(url, home)


@pytest.fixture(params=DATABASES)
def deployment(request: pytest.FixtureRequest, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Any:
    yield deployment_of(fresh_url(request, str(request.param), tmp_path), tmp_path / "home", monkeypatch)
    _forget()


@pytest.fixture
def sqlite(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Any:
    yield deployment_of(f"sqlite:///{tmp_path / 'airflow.db'}", tmp_path / "home", monkeypatch)
    _forget()


def _forget() -> None:
    from airflow.sdk._shared.secrets_masker import _secrets_masker
    from airflow.sdk.execution_time import task_runner

    from secure_xcom.airflow import host

    host.exchange.cache_clear()
    _secrets_masker().reset_masker()
    if hasattr(task_runner, "SUPERVISOR_COMMS"):
        del task_runner.SUPERVISOR_COMMS


VALUES: dict[str, Any] = {
    "a part": {"user": "ann", "password": secret("part")},
    "deep": [{"rows": 3, "db": {"api_token": secret("deep"), "ratio": 0.1, "none": None}}],
    "text": f"export DB_PASSWORD={secret('text')}",
    "tuple": {"__classname__": "builtins.tuple", "__version__": 1, "__data__": [{"password": secret("tuple")}]},
    "unicode": {"größe": "Ä\u2028", "password": secret("ü€😀")},
    "stand-in": {"note": STAND_IN[:3], "password": f"{secret('two')}\n\\u0041"},
    "numbers": {"password": secret("n"), "big": 2**63 - 1, "small": -1, "float": 1.5e-07, "yes": True},
}


def test_each_value_is_sealed_in_place_and_the_consumer_pulls_what_it_always_got(deployment: Deployment) -> None:
    for key, value in VALUES.items():
        deployment.put(value, key)
    deployment.put({"rows": 3}, "plain")
    deployment.put(secret("key"), "db_password")
    report = deployment.report("--yes")
    assert report["done"]["sealed"] == len(VALUES) + 1
    assert report["left"] == []
    assert len(deployment.objects()) == len(VALUES) + 1
    assert not deployment.holds_plaintext()
    assert deployment.row("plain") == {"rows": 3}
    for key, value in VALUES.items():
        expected = tuple(value["__data__"]) if key == "tuple" else value
        assert deployment.pull(key) == expected
    assert deployment.pull("db_password") == secret("key")
    written = [entry for entry in deployment.ledger() if entry[0] == "write"]
    assert written == [("write", "migrated", "None")] * (len(VALUES) + 1)


def test_the_row_is_what_a_push_of_the_value_would_have_stored(sqlite: Deployment) -> None:
    from secure_xcom.airflow.host import exchange
    from secure_xcom.model.coordinates import Coordinates

    value = VALUES["deep"]
    sqlite.put(value)
    sqlite("--yes")
    pushed = exchange().push(value, Coordinates(dag_id="etl", run_id="run", task_id="make", key="return_value"))

    def without_id(row: object) -> str:
        return json.dumps(row).rpartition("/")[0]

    assert without_id(sqlite.row()) == without_id(pushed)
    names = [path.relative_to(sqlite.home).parent for path in sqlite.objects()]
    assert len(names) == 2
    assert names[0] == names[1]


def test_a_dry_run_counts_by_rule_and_dag_and_changes_nothing(deployment: Deployment) -> None:
    deployment.put({"password": secret("a"), "api_token": secret("b")})
    deployment.put({"password": secret("c")}, dag_id="other", run_id="r2", dag_run_id=8)
    before = deployment.row(dag_id="etl")
    report = deployment.report("--dry-run")
    assert report["dry_run"]
    assert report["done"]["sealed"] == 2
    assert {(one["dag_id"], one["rule"]): one["parts"] for one in report["sensitive"]} == {
        ("etl", "name-password"): 1,
        ("etl", "name-token"): 1,
        ("other", "name-password"): 1,
    }
    assert deployment.row(dag_id="etl") == before
    assert deployment.objects() == []


@pytest.mark.parametrize("arguments", [(), ("--reverse",)], ids=["seal", "reverse"])
def test_without_yes_and_without_a_terminal_nothing_is_changed(
    sqlite: Deployment, arguments: tuple[str, ...], monkeypatch: pytest.MonkeyPatch
) -> None:
    sqlite.put({"password": secret("a")})
    if arguments:
        sqlite("--yes")
        monkeypatch.setenv("AIRFLOW__SECURE_XCOM__MODE", "open-only")
    before = sqlite.row()
    done = sqlite(*arguments)
    assert done.exit_code == 2
    assert "nothing was changed: with --yes" in done.stderr
    assert sqlite.row() == before


@pytest.mark.parametrize(("arguments", "said"), [((), "nothing to seal"), (("--reverse",), "nothing to write back")])
def test_without_anything_to_do_it_says_so_and_asks_nothing(
    sqlite: Deployment, arguments: tuple[str, ...], said: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    sqlite.put({"user": "ann"})
    monkeypatch.setenv("AIRFLOW__SECURE_XCOM__MODE", "open-only" if arguments else "enforce")
    done = sqlite(*arguments)
    assert (done.exit_code, said in done.stderr) == (0, True)


FRAME = pd.DataFrame({"user": ["ann", "bob"], "api_key": [secret("a"), secret("b")], "n": [1, 2]})


def test_a_data_frame_with_a_secret_is_sealed_and_comes_back_equal(
    deployment: Deployment, monkeypatch: pytest.MonkeyPatch
) -> None:
    deployment.put(serialize(FRAME))
    deployment.put(serialize({"frames": [FRAME], "rows": 2}), "within")
    deployment.put(serialize(FRAME[["user", "n"]]), "plain")
    before = [deployment.row(key) for key in ("return_value", "within", "plain")]
    assert {group["rule"]: group["parts"] for group in deployment.report("--dry-run")["sensitive"]} == {"name-key": 2}
    done = deployment.report("--yes")["done"]
    assert (done["sealed"], done["plain"]) == (2, 1)
    assert deployment.row("plain") == before[2]
    shown = json.dumps([deployment.row(), deployment.row("within")])
    assert "__data__" in shown
    assert before[0]["__data__"] not in shown
    pd.testing.assert_frame_equal(deployment.pull(), FRAME)
    within: Any = deployment.pull("within")
    pd.testing.assert_frame_equal(within["frames"][0], FRAME)
    monkeypatch.setenv("AIRFLOW__SECURE_XCOM__MODE", "open-only")
    assert deployment.report("--reverse", "--yes")["done"]["reversed"] == 2
    assert [deployment.row(key) for key in ("return_value", "within", "plain")] == before


def test_without_pyarrow_a_data_frame_is_left_and_told_of(sqlite: Deployment, monkeypatch: pytest.MonkeyPatch) -> None:
    sqlite.put(serialize(FRAME))
    sqlite.put({"password": secret("p")}, "other")
    monkeypatch.setitem(sys.modules, "pyarrow", None)
    report = sqlite.report("--yes", code=1)
    assert report["done"]["sealed"] == 1
    assert [(one["reason"], "install pyarrow" in one["why"]) for one in report["left"]] == [("refused", True)]


def test_a_second_run_passes_over_what_the_first_one_sealed(deployment: Deployment) -> None:
    deployment.put({"password": secret("a")})
    deployment("--yes")
    row, objects = deployment.row(), deployment.objects()
    assert deployment.report("--yes")["done"] | {"sealed_before": 0} == {
        **dict.fromkeys(deployment.report("--dry-run")["done"], 0),
        "already": 1,
        "sealed_before": 0,
    }
    assert (deployment.row(), deployment.objects()) == (row, objects)


def test_reversed_rows_are_what_they_were_and_their_objects_are_gone(
    deployment: Deployment, monkeypatch: pytest.MonkeyPatch
) -> None:
    for key, value in VALUES.items():
        deployment.put(value, key)
    before = {key: deployment.row(key) for key in VALUES}
    deployment("--yes")
    assert deployment("--reverse", "--yes").exit_code == 2
    monkeypatch.setenv("AIRFLOW__SECURE_XCOM__MODE", "open-only")
    report = deployment.report("--reverse", "--yes")
    assert report["done"]["reversed"] == len(VALUES)
    assert {key: deployment.row(key) for key in VALUES} == before
    assert deployment.objects() == []
    events = [(event, detail) for event, detail, _ in deployment.ledger()]
    by = f"by {operator()}: reversed"
    assert events.count(("reveal", by)) == events.count(("purge", "reversed")) == len(VALUES)


def test_a_large_value_moves_with_its_threshold_and_comes_back(
    deployment: Deployment, monkeypatch: pytest.MonkeyPatch
) -> None:
    large, small = list(range(5000)), [1, 2]
    deployment.put(large, "large")
    deployment.put(small, "small")
    before = deployment.row("large")
    monkeypatch.setenv("AIRFLOW__SECURE_XCOM__LARGE_THRESHOLD", "1000")
    asked = deployment.report("--dry-run")
    assert (asked["done"]["large"], asked["done"]["plain"], deployment.row("large")) == (1, 1, before)
    assert deployment.report("--yes")["done"]["large"] == 1
    assert len(json.dumps(deployment.row("large"))) < 1000
    assert (deployment.pull("large"), deployment.pull("small")) == (large, small)
    assert deployment.report("--yes")["done"] == dict.fromkeys(asked["done"], 0) | {"already": 1, "plain": 1}
    monkeypatch.setenv("AIRFLOW__SECURE_XCOM__MODE", "open-only")
    assert deployment.report("--reverse", "--yes")["done"]["reversed"] == 1
    assert deployment.row("large") == before
    assert deployment.objects() == []


LARGE = {
    "a frame": (
        lambda: pd.DataFrame({"n": range(2000), "t": pd.date_range("2026-01-01", periods=2000, tz="UTC")}),
        True,
    ),
    "frames in a dict": (lambda: {"all": [pd.DataFrame({"n": range(2000)})], "rows": 2000}, True),
    "a list": (lambda: [*range(2000)], True),
    "an array": (lambda: np.arange(2000), False),
    "bytes": (lambda: b"x" * 9000, False),
}
"""Values that hold no secret, and whether Airflow's own backend can store them."""


@pytest.mark.parametrize(("make", "is_storable"), LARGE.values(), ids=LARGE)
def test_large_values_go_back_as_airflow_stores_them_and_those_that_it_refuses_stay_sealed(
    sqlite: Deployment, monkeypatch: pytest.MonkeyPatch, make: Callable[[], object], is_storable: bool
) -> None:
    monkeypatch.setenv("AIRFLOW__SECURE_XCOM__LARGE_THRESHOLD", "1000")
    value = make()
    sqlite.push(value)
    assert len(sqlite.objects()) == 1
    monkeypatch.setenv("AIRFLOW__SECURE_XCOM__MODE", "open-only")
    report = sqlite.report("--reverse", "--yes", code=0 if is_storable else 1)
    assert report["done"]["reversed"] == is_storable
    assert len(sqlite.objects()) == 1 - is_storable
    if is_storable:
        assert sqlite.row() == serialize(value)
    assert_same(sqlite.pull(), value)


def assert_same(found: object, value: object) -> None:
    """Fail unless both are equal; pandas and numpy compare item by item."""
    if isinstance(value, pd.DataFrame):
        pd.testing.assert_frame_equal(found, value)
    elif isinstance(value, dict):
        assert isinstance(found, dict)
        pd.testing.assert_frame_equal(found["all"][0], value["all"][0])
        assert found["rows"] == value["rows"]
    elif isinstance(value, np.ndarray):
        np.testing.assert_array_equal(found, value)
    else:
        assert found == value


def test_a_task_that_rewrites_or_deletes_the_row_meanwhile_wins(
    deployment: Deployment, monkeypatch: pytest.MonkeyPatch
) -> None:
    for key in ("kept", "rewritten", "deleted"):
        deployment.put({"password": secret(key)}, key)
    xcom = deployment.tables["xcom"]
    record = Collecting.taken
    interfered: list[bool] = []

    def interfere(self: Collecting) -> Any:
        if not interfered:
            interfered.append(True)
            with deployment.engine.begin() as task:
                task.execute(xcom.update().where(xcom.c.key == "rewritten").values(value={"rows": 1}))
                task.execute(xcom.delete().where(xcom.c.key == "deleted"))
        return record(self)

    monkeypatch.setattr(Collecting, "taken", interfere)
    report = deployment.report("--yes")
    assert (report["done"]["sealed"], report["done"]["overtaken"]) == (1, 2)
    assert deployment.row("rewritten") == {"rows": 1}
    assert deployment.pull("kept") == {"password": secret("kept")}
    assert len(deployment.objects()) == 1
    purges = [detail for event, detail, _ in deployment.ledger() if event == "purge"]
    assert purges == ["the row was rewritten or deleted meanwhile"] * 2


def test_what_a_writer_writes_during_a_migration_is_what_the_consumer_pulls(
    postgres_server: Any, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("secure_xcom.airflow.internals.live_database.ROWS", 5)
    deployment = deployment_of(postgres_server.database(), tmp_path / "home", monkeypatch)
    last = {f"k{number}": secret("first") for number in range(40)}
    for key, value in last.items():
        deployment.put({"password": value}, key)
    ended = threading.Event()

    def write() -> None:
        xcom = deployment.tables["xcom"]
        for number in itertools.count():
            key = f"k{number * 7 % 40}"
            with deployment.engine.begin() as task:
                task.execute(xcom.update().where(xcom.c.key == key).values(value={"password": secret(str(number))}))
                last[key] = secret(str(number))
            if ended.is_set():
                return

    writer = threading.Thread(target=write)
    writer.start()
    deployment("--yes")
    ended.set()
    writer.join()
    for key, value in last.items():
        assert deployment.pull(key) == {"password": value}
    deployment("--yes")
    assert not deployment.holds_plaintext()
    assert {key: deployment.pull(key) for key in last} == {key: {"password": value} for key, value in last.items()}
    _forget()


STEPS = {
    "an object is stored": ("secure_xcom.adapters.local.file:FileStore.put", "after"),
    "before the ledger": ("secure_xcom.ops.lifecycle.migrate.collecting:Collecting.taken", "before"),
    "before the rows": ("secure_xcom.airflow.internals.live_database:LiveTable.replace", "before"),
    "amid the rows": ("secure_xcom.airflow.internals.live_database:LiveTable._replaced", "after"),
    "after the rows": ("secure_xcom.airflow.internals.live_database:LiveTable.replace", "after"),
    "a moved object is deleted": ("secure_xcom.airflow.migrate_tables:StorageObjects.delete", "before"),
}
"""What a process is about to call, or has called, when it is killed."""


def die_at(step: str) -> None:
    """Have this process be killed where a step says."""
    path, when = STEPS[step]
    module, _, name = path.partition(":")
    owner, _, method = name.partition(".")
    cls = getattr(import_module(module), owner)
    original = getattr(cls, method)

    def dying(*arguments: Any) -> Any:
        if when == "after":
            original(*arguments)
        os.kill(os.getpid(), signal.SIGKILL)

    setattr(cls, method, dying)


def _killed(step: str, deployment: Deployment, arguments: tuple[str, ...]) -> None:
    die_at(step)
    deployment(*arguments)


def kill_at(step: str, deployment: Deployment, *arguments: str) -> None:
    process = get_context("fork").Process(target=_killed, args=(step, deployment, arguments))
    process.start()
    process.join(60)
    assert process.exitcode == -signal.SIGKILL


@pytest.mark.parametrize("step", STEPS)
def test_a_run_after_a_kill_completes_and_nothing_is_lost(
    sqlite: Deployment, step: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    paths = _stored_outside(sqlite, tmp_path, monkeypatch, {"outside": {"password": secret("outside")}})
    values = {key: {"password": secret(key)} for key in ("one", "two")}
    for key, value in values.items():
        sqlite.put(value, key)
    kill_at(step, sqlite, "--yes")
    for key, value in values.items():
        assert sqlite.pull(key) == value
    assert sqlite.report("--yes")["left"] == []
    assert not sqlite.holds_plaintext()
    for key, value in (values | {"outside": {"password": secret("outside")}}).items():
        assert sqlite.pull(key) == value
    # A kill between the row and its old object leaves that one, which docs/migrating.md tells to delete.
    assert [path.exists() for path in paths] == [step == "a moved object is deleted"]


@pytest.mark.parametrize("step", ["amid the rows", "after the rows"])
def test_a_kill_amid_the_way_back_loses_nothing(
    deployment: Deployment, step: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    values = {key: {"password": secret(key)} for key in ("one", "two")}
    for key, value in values.items():
        deployment.put(value, key)
    deployment("--yes")
    monkeypatch.setenv("AIRFLOW__SECURE_XCOM__MODE", "open-only")
    kill_at(step, deployment, "--reverse", "--yes")
    assert {key: deployment.pull(key) for key in values} == values
    deployment.report("--reverse", "--yes")
    assert {key: deployment.row(key) for key in values} == values


def _stored_outside(
    deployment: Deployment, folder: Path, patch: pytest.MonkeyPatch, values: dict[str, Any]
) -> list[Path]:
    """Have ``XComObjectStorageBackend`` write values, and put the rows that it makes."""
    from airflow.providers.common.io.xcom import backend

    base = folder / "storage"
    patch.setenv("AIRFLOW__COMMON_IO__XCOM_OBJECTSTORAGE_PATH", f"file://{base}")
    patch.setenv("AIRFLOW__COMMON_IO__XCOM_OBJECTSTORAGE_THRESHOLD", "0")
    patch.setenv("AIRFLOW__COMMON_IO__XCOM_OBJECTSTORAGE_COMPRESSION", "gzip")
    for cached in (backend._get_base_path, backend._get_compression, backend._get_threshold):
        cached.cache_clear()
    for key, value in values.items():
        row = backend.XComObjectStorageBackend.serialize_value(
            value, key=key, task_id="make", dag_id="etl", run_id="run"
        )
        deployment.put(row, key)
    return [path for path in base.rglob("*") if path.is_file()]


def test_rows_of_the_object_storage_backend_move_with_their_objects(
    sqlite: Deployment, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    values = {"secret": {"password": secret("outside"), "rows": {1, 2}}, "plain": {"rows": [1, 2]}, "scalar": 7}
    paths = _stored_outside(sqlite, tmp_path, monkeypatch, values)
    assert len(paths) == 3
    report = sqlite.report("--yes")
    assert (report["done"]["moved"], report["left"]) == (3, [])
    assert [path for path in paths if path.exists()] == []
    assert sqlite.pull("secret") == {"password": secret("outside"), "rows": {1, 2}}
    assert (sqlite.row("plain"), sqlite.row("scalar")) == ({"rows": [1, 2]}, 7)
    assert len(sqlite.objects()) == 1


@pytest.mark.parametrize(
    "below", ["../outside.json", "a/../../outside.json", "/outside.json", "./outside.json"], ids=["up", "on", "//", "."]
)
def test_a_path_out_of_the_configured_one_is_a_text_and_is_not_followed(
    sqlite: Deployment, tmp_path: Path, monkeypatch: pytest.MonkeyPatch, below: str
) -> None:
    _stored_outside(sqlite, tmp_path, monkeypatch, {})
    outside = tmp_path / "outside.json"
    outside.write_text('{"password": "x"}')
    sqlite.put(f"file://{tmp_path}/storage/{below}", "path")
    assert sqlite.report("--yes")["done"]["moved"] == 0
    assert outside.exists()


def test_an_object_that_is_gone_or_too_large_leaves_its_row(
    sqlite: Deployment, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    paths = _stored_outside(sqlite, tmp_path, monkeypatch, {"gone": {"rows": 1}})
    paths[0].unlink()
    monkeypatch.setattr("secure_xcom.airflow.migrate_tables.LARGEST", 100)
    _stored_outside(sqlite, tmp_path, monkeypatch, {"large": "x" * 200})
    report = sqlite.report("--yes", code=1)
    assert [(one["reason"], one["count"]) for one in report["left"]] == [("object", 2)]
    assert str(sqlite.row("large")).startswith("file:")


def test_what_a_task_handed_out_is_sealed_and_in_an_archive_masked(sqlite: Deployment) -> None:
    handed_out = f"Zx9{CORE}Q7"
    sqlite.put(handed_out, task_id="get_token")
    sqlite.put("a1b2c3d4e5", task_id="extract")
    archive = "_airflow_deleted__xcom__20260101"
    with sqlite.engine.begin() as connection:
        connection.execute(text(f"CREATE TABLE {archive} AS SELECT * FROM xcom"))
    columns = [Column(column.name, column.type) for column in sqlite.tables["xcom"].columns]
    sqlite.tables[archive] = Table(archive, MetaData(), *columns)
    done = sqlite.report("--yes")["done"]
    assert (done["sealed"], done["masked"]) == (1, 1)
    assert sqlite.row(task_id="extract") == "a1b2c3d4e5"
    assert sqlite.row(task_id="get_token", table=archive) == "***"
    assert sqlite.pull(task_id="get_token") == handed_out


def test_an_archive_is_masked_for_good_and_left_where_asked(deployment: Deployment) -> None:
    deployment.put({"user": "ann", "password": secret("archived"), "n": [{"api_token": secret("t")}]})
    deployment.put(secret("key"), "db_password")
    archive = "_airflow_deleted__xcom__20260101"
    with deployment.engine.begin() as connection:
        connection.execute(text(f"CREATE TABLE {archive} AS SELECT * FROM xcom"))
        connection.execute(text("DELETE FROM xcom"))
    columns = [Column(column.name, column.type) for column in deployment.tables["xcom"].columns]
    deployment.tables[archive] = Table(archive, MetaData(), *columns)
    assert deployment.report("--yes", "--no-archives")["done"]["masked"] == 0
    assert deployment.report("--yes")["done"]["masked"] == 2
    assert deployment.row(table=archive) == {"user": "ann", "password": "***", "n": [{"api_token": "***"}]}
    assert deployment.row("db_password", table=archive) == "***"
    assert deployment.objects() == []
    assert deployment.report("--yes")["done"]["masked"] == 0


def test_a_data_frame_in_an_archive_is_masked_whole(sqlite: Deployment) -> None:
    archive = "_airflow_deleted__xcom__20260101"
    sqlite.put({"frame": serialize(FRAME), "plain": serialize(FRAME[["user"]])})
    with sqlite.engine.begin() as connection:
        connection.execute(text(f"CREATE TABLE {archive} AS SELECT * FROM xcom"))
        connection.execute(text("DELETE FROM xcom"))
    columns = [Column(column.name, column.type) for column in sqlite.tables["xcom"].columns]
    sqlite.tables[archive] = Table(archive, MetaData(), *columns)
    assert sqlite.report("--yes")["done"]["masked"] == 1
    assert sqlite.row(table=archive) == {"frame": "***", "plain": serialize(FRAME[["user"]])}


def test_a_rendered_data_frame_is_masked(sqlite: Deployment) -> None:
    where = {name: IDS[name] for name in ("dag_id", "run_id", "task_id", "map_index")}
    rendered = sqlite.tables["rendered_task_instance_fields"]
    fields = {"op_args": [str(FRAME), "fine"], "frames": str([FRAME]), "plain": str(FRAME[["user", "n"]])}
    insert(sqlite.engine, rendered, {**where, "rendered_fields": fields})
    assert sqlite.report("--yes", "--mask", "rendered")["done"]["masked"] == 1
    with sqlite.engine.begin() as connection:
        (found,) = connection.execute(rendered.select())
    assert found.rendered_fields == {"op_args": ["***", "fine"], "frames": "***", "plain": fields["plain"]}


def test_rendered_fields_and_the_event_log_are_masked_where_asked(deployment: Deployment) -> None:
    fields = {"env": {"DB_PASSWORD": secret("rendered"), "ROWS": "3"}, "bash_command": "echo hello"}
    where = {name: IDS[name] for name in ("dag_id", "run_id", "task_id", "map_index")}
    rendered, log = deployment.tables["rendered_task_instance_fields"], deployment.tables["log"]
    insert(deployment.engine, rendered, {**where, "rendered_fields": fields})
    extras = {1: json.dumps({"conf": {"password": secret("e")}}), 2: f"run --x\npassword={secret('t')} --y", 3: "plain"}
    for number, extra in extras.items():
        insert(deployment.engine, log, {"id": number, "dag_id": "etl", "dttm": NOW, "event": "cli", "extra": extra})
    assert deployment.report("--yes")["done"]["masked"] == 0
    assert deployment.report("--yes", "--mask", "rendered", "--mask", "events")["done"]["masked"] == 3
    with deployment.engine.begin() as connection:
        (found,) = connection.execute(rendered.select())
        lines = [row.extra for row in connection.execute(log.select().order_by(log.c.id))]
    assert found.rendered_fields == {"env": {"DB_PASSWORD": "***", "ROWS": "3"}, "bash_command": "echo hello"}
    assert [json.loads(lines[0]), *lines[1:]] == [{"conf": {"password": "***"}}, "run --x\npassword=*** --y", "plain"]
    assert deployment.report("--yes", "--mask", "rendered", "--mask", "events")["done"]["masked"] == 0


def test_what_a_consumer_rendered_of_a_sealed_value_is_masked(sqlite: Deployment) -> None:
    core = secret("pulled")
    sqlite.put({"password": core, "pin": 4711, "host": "db1"})
    rendered = sqlite.tables["rendered_task_instance_fields"]
    fields = {"bash_command": f"echo {core} | login db1", "op_args": [[f"--q={core}"], 4711], "env": None}
    for number, dag in enumerate(("etl", "other")):
        where = {"dag_id": dag, "run_id": "run", "task_id": "use", "map_index": number}
        insert(sqlite.engine, rendered, {**where, "rendered_fields": fields})
    assert sqlite.report("--dry-run", "--mask", "rendered")["done"]["masked"] == 1
    assert sqlite.report("--yes", "--mask", "rendered")["done"]["masked"] == 1
    with sqlite.engine.begin() as connection:
        found = {row.dag_id: row.rendered_fields for row in connection.execute(rendered.select())}
    assert found["etl"] == {"bash_command": "echo *** | login db1", "op_args": [["--q=***"], 4711], "env": None}
    # It was rendered by another Dag, whose tasks nobody says to have pulled it.
    assert found["other"] == fields


def test_each_secret_of_a_table_in_an_event_is_masked_whole(sqlite: Deployment) -> None:
    log, core = sqlite.tables["log"], CORE
    extra = f"user,password\nann,{core}\nbob,{core}-2024\ncid,2024-{core}\n"
    insert(sqlite.engine, log, {"id": 1, "dag_id": "etl", "dttm": NOW, "event": "cli", "extra": extra})
    assert sqlite.report("--yes", "--mask", "events")["done"]["masked"] == 1
    with sqlite.engine.begin() as connection:
        (found,) = connection.execute(log.select())
    assert found.extra == "user,password\nann,***\nbob,***\ncid,***\n"


def test_pickles_are_reported_with_their_place_and_never_loaded(sqlite: Deployment) -> None:
    class Trap:
        def __reduce__(self) -> Any:
            return os.kill, (os.getpid(), signal.SIGKILL)

    pickled = pickle.dumps(Trap())
    sqlite.put(base64.b64encode(pickled).decode(), "base64")
    with sqlite.engine.begin() as connection:
        connection.execute(text("CREATE TABLE _xcom_archive AS SELECT * FROM xcom"))
        connection.execute(text("UPDATE _xcom_archive SET value = :value, key = 'binary'"), {"value": pickled})
    report = sqlite.report("--yes", code=1)
    assert {one["reason"]: one["examples"] for one in report["left"]} == {
        "pickled_text": ["dag_id='etl' run_id='run' task_id='make' map_index=-1 key='base64'"],
        "pickled": ["dag_id='etl' run_id='run' task_id='make' map_index=-1 key='binary'"],
    }


@pytest.mark.parametrize(
    ("value", "reason"),
    [
        ({"password": STAND_IN}, "forged"),
        ({"__classname__": "secure_xcom.Sealed", "password": secret("forged")}, "forged"),
        ({"password": {**PLACEHOLDER}, "token": secret("besides")}, "besides"),
    ],
    ids=["stand-in", "damaged", "besides"],
)
def test_a_row_that_claims_to_be_sealed_is_not_taken_for_a_sealed_one(
    sqlite: Deployment, value: object, reason: str
) -> None:
    sqlite.put(value)
    assert [one["reason"] for one in sqlite.report("--yes", code=1)["left"]] == [reason]


def test_a_text_that_only_mentions_the_product_is_sealed_like_any_other(sqlite: Deployment) -> None:
    value = {"password": secret("a"), "note": "see secure_xcom.Sealed"}
    sqlite.put(value)
    assert sqlite.report("--yes")["done"]["sealed"] == 1
    assert sqlite.pull() == value


def test_what_airflow_itself_reads_is_left_and_the_rest_is_sealed(sqlite: Deployment) -> None:
    sqlite.put({"password": secret("link")}, "skipmixin_key")
    sqlite.put({"password": secret("a")})
    report = sqlite.report("--yes", code=1)
    assert [one["reason"] for one in report["left"]] == ["refused"]
    assert report["done"]["sealed"] == 1


def test_a_database_that_goes_away_amid_a_page_changes_none_of_it_and_the_next_run_completes(
    postgres_server: Any, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    deployment = deployment_of(postgres_server.database(), tmp_path / "home", monkeypatch)
    values = {f"k{number}": {"password": secret(str(number))} for number in range(3)}
    for key, value in values.items():
        deployment.put(value, key)
    replaced = LiveTable._replaced
    with monkeypatch.context() as patch:

        def lose(self: LiveTable, connection: Any, change: Any) -> bool:
            done = replaced(self, connection, change)
            with deployment.engine.begin() as other:
                own = "SELECT pg_terminate_backend(pid) FROM pg_stat_activity WHERE pid <> pg_backend_pid()"
                other.execute(text(f"{own} AND datname = current_database()"))
            return done

        patch.setattr(LiveTable, "_replaced", lose)
        done = deployment("--yes")
    assert (done.exit_code, "MigrationStopped" in done.stderr) == (1, True)
    assert {key: deployment.row(key) for key in values} == values
    deployment.report("--yes")
    assert {key: deployment.pull(key) for key in values} == values
    assert not deployment.holds_plaintext()
    _forget()


def test_a_full_disk_of_the_store_stops_it_and_leaves_no_object_of_its_page(
    sqlite: Deployment, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("secure_xcom.airflow.internals.live_database.ROWS", 4)
    for number in range(8):
        sqlite.put({"password": secret(str(number))}, f"k{number}")
    put, stored = FileStore._put, itertools.count()

    def full(self: FileStore, *arguments: Any) -> None:
        if next(stored) >= 6:
            raise OSError(errno.ENOSPC, "No space left on device")
        put(self, *arguments)

    with monkeypatch.context() as patch:
        patch.setattr(FileStore, "_put", full)
        report = sqlite.report("--yes", code=1)
    assert "StoreError" in report["stopped"] or "StoreUnavailable" in report["stopped"]
    assert report["done"]["sealed"] == 4
    assert len(sqlite.objects()) == 4
    assert sqlite.report("--yes")["done"]["sealed"] == 4
    assert not sqlite.holds_plaintext()


def test_it_reads_pages_of_bounded_size_each_in_a_transaction_of_its_own(
    deployment: Deployment, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("secure_xcom.airflow.internals.live_database.ROWS", 10)
    monkeypatch.setattr("secure_xcom.airflow.internals.live_database.INLINE", 200)
    rows = [
        {
            **IDS,
            "dag_run_id": number // 7,
            "key": f"k{number:03}",
            "value": {"password": secret("x"), "pad": "x" * size},
        }
        for number in range(45)
        for size in [500 if number == 13 else 1]
    ]
    with deployment.engine.begin() as connection:
        connection.execute(deployment.tables["xcom"].insert(), rows)
    sizes: list[int] = []
    handle = Sealing.handle

    def watch(self: Sealing, table: Any, page: Any) -> None:
        sizes.append(len(page.cells))
        handle(self, table, page)

    monkeypatch.setattr(Sealing, "handle", watch)
    report = deployment.report("--yes")
    assert (report["rows"]["xcom"], report["done"]["sealed"]) == (45, 45)
    assert (sum(sizes), max(sizes), sizes.count(1)) == (45, 10, 1)


def test_a_limit_ends_it_and_a_checkpoint_goes_on_from_there(
    deployment: Deployment, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("secure_xcom.airflow.internals.live_database.ROWS", 5)
    for number in range(12):
        deployment.put({"password": secret(str(number))}, f"k{number:02}")
    state = deployment.home / "state.json"
    asked = ("--yes", "--checkpoint", str(state))
    first = deployment(*asked, "--limit", "7", "--json")
    assert re.search(r"ended\s+at\s+--limit", first.stderr)
    # Of a page that it did not end, only what it sealed.
    assert [group["parts"] for group in json.loads(first.stdout)["sensitive"]] == [7]
    assert state.stat().st_mode & 0o777 == 0o600
    second = deployment.report(*asked)
    assert second["done"]["sealed"] == 5
    assert second["rows"]["xcom"] == 7
    assert not state.exists()
    deployment.put({"password": secret("new")}, "new")


def test_a_limit_counts_what_was_changed_and_passes_over_what_cannot_be(sqlite: Deployment) -> None:
    # No store takes a key of dots, and these two come first.
    sqlite.put({"password": secret("a")}, "..")
    sqlite.put({"password": secret("b")}, ".")
    for key in "xyz":
        sqlite.put({"password": secret(key)}, key)
    state = sqlite.home / "state.json"
    for left in (2, 1, 0):
        found = json.loads(sqlite("--yes", "--limit", "1", "--checkpoint", str(state), "--json").stdout)
        assert (found["done"]["sealed"], {one["reason"] for one in found["left"]}) == (1, {"refused"})
        assert [group["parts"] for group in found["sensitive"]] == [1]
        assert len(sqlite.objects()) == 3 - left


def test_a_limit_ends_no_page_before_its_last_object_was_tried(
    sqlite: Deployment, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    folder = tmp_path / "objects"
    folder.mkdir()
    monkeypatch.setenv("AIRFLOW__COMMON_IO__XCOM_OBJECTSTORAGE_PATH", f"file://{folder}")
    for key in "ab":
        sqlite.put(f"file://{folder}/gone-{key}", key)
    (folder / "there").write_text(json.dumps({"password": secret("c")}))
    sqlite.put(f"file://{folder}/there", "c")
    found = json.loads(sqlite("--yes", "--limit", "1", "--json").stdout)
    assert found["done"]["moved"] == 1
    assert sqlite.pull("c") == {"password": secret("c")}


def test_what_cannot_be_written_back_does_not_use_up_a_limit(
    sqlite: Deployment, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("AIRFLOW__SECURE_XCOM__TTL", "1s")
    monkeypatch.setenv("AIRFLOW__SECURE_XCOM__CLOCK_SKEW", "0")
    sqlite.put({"password": secret("a")}, "a")
    sqlite("--yes")
    time.sleep(1.1)
    monkeypatch.setenv("AIRFLOW__SECURE_XCOM__TTL", "0")
    sqlite.put({"password": secret("b")}, "b")
    sqlite("--yes")
    monkeypatch.setenv("AIRFLOW__SECURE_XCOM__MODE", "open-only")
    assert json.loads(sqlite("--reverse", "--yes", "--limit", "1", "--json").stdout)["done"]["reversed"] == 1
    assert sqlite.row("b") == {"password": secret("b")}


def test_a_large_value_that_no_row_takes_back_stays(sqlite: Deployment, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("AIRFLOW__SECURE_XCOM__LARGE_THRESHOLD", "1000")
    sqlite.put([float("nan"), *range(2000)], "n")
    assert sqlite.report("--yes")["done"]["large"] == 0


def test_a_checkpoint_counts_for_the_same_rules_alone(sqlite: Deployment, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("secure_xcom.airflow.internals.live_database.ROWS", 1)
    sqlite.put(list(range(2000)), "a")
    for key in "bc":
        sqlite.put({"password": secret(key)}, key)
    asked = ("--yes", "--checkpoint", str(sqlite.home / "state.json"))
    sqlite(*asked, "--limit", "1")
    monkeypatch.setenv("AIRFLOW__SECURE_XCOM__LARGE_THRESHOLD", "1000")
    refused = sqlite(*asked)
    assert (refused.exit_code, sqlite.report("--yes")["done"]["large"]) == (2, 1)


def test_a_dag_without_rows_is_said_to_have_none(deployment: Deployment) -> None:
    deployment.put({"password": secret("a")}, "a")
    with deployment.engine.begin() as connection:
        connection.exec_driver_sql("CREATE TABLE dag (dag_id VARCHAR(250))")
        connection.exec_driver_sql("INSERT INTO dag VALUES ('absent')")
    assert re.search(r"no\s+row\s+of\s+absent", deployment("--dry-run", "--dag", "absent").stderr)
    beside = deployment("--dry-run", "--dag", "absent", "--dag", "etl")
    assert re.search(r"no\s+row\s+of\s+absent:", beside.stderr)
    assert "no row" not in deployment("--dry-run", "--dag", "etl").stderr


@pytest.mark.parametrize("more", [("--dry-run",), ("--yes",), ("--dry-run", "--dag", "etl")], ids=str)
def test_a_dag_that_airflow_does_not_know_is_a_mistake(sqlite: Deployment, more: tuple[str, ...]) -> None:
    sqlite.put({"password": secret("a")}, "a")
    before = sqlite.row("a")
    done = sqlite("--dag", "etll", *more)
    assert (done.exit_code, "Airflow knows no such Dag: etll" in done.stderr) == (2, True)
    assert sqlite.row("a") == before


def test_a_database_that_goes_away_before_the_first_page_is_reported(
    sqlite: Deployment, monkeypatch: pytest.MonkeyPatch
) -> None:
    def gone(_: object) -> set[str]:
        raise MigrationStopped("Airflow's database is gone")

    sqlite.put({"password": secret("a")}, "a")
    monkeypatch.setattr("secure_xcom.airflow.internals.live_database.LiveTable.dags", gone)
    stopped = sqlite("--yes", "--dag", "etl")
    assert (stopped.exit_code, "stopped:" in stopped.stderr) == (1, True)


def test_a_checkpoint_in_no_folder_is_refused_by_its_name(sqlite: Deployment) -> None:
    sqlite.put({"password": secret("a")}, "a")
    refused = sqlite("--yes", "--checkpoint", str(sqlite.home / "nowhere" / "state.json"))
    assert (refused.exit_code, ".key" in refused.stderr) == (2, False)
    assert re.search(r"--checkpoint:.*nowhere\s+is\s+no\s+folder", refused.stderr, re.DOTALL)


def test_a_refused_value_is_counted_once(sqlite: Deployment, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("secure_xcom.exchange.migration.Migration.selection_of", _refusing)
    sqlite.put({"password": secret("a")}, "a")
    report = json.loads(sqlite("--yes", "--json").stdout)
    assert report["done"] == dict.fromkeys(report["done"], 0)
    assert [(one["reason"], one["count"]) for one in report["left"]] == [("refused", 1)]


def _refusing(*_: object) -> None:
    raise PayloadError("not this one")


def test_consume_once_and_expired_values_are_not_written_back(
    sqlite: Deployment, monkeypatch: pytest.MonkeyPatch
) -> None:
    from secure_xcom.exchange import migration

    sqlite.put({"password": secret("a")}, "a")
    sqlite("--yes")
    monkeypatch.setenv("AIRFLOW__SECURE_XCOM__MODE", "open-only")
    for error, reason, code in ((ClaimRefused("once"), "once", 1), (Expired("over"), "expired", 0)):
        with monkeypatch.context() as patch:

            def refuse(*_: object, error: Exception = error) -> None:
                raise error

            patch.setattr(migration.Migration, "_require_reversible", refuse)
            reports = [sqlite.report("--reverse", how, code=code) for how in ("--dry-run", "--yes")]
        for report in reports:
            assert [one["reason"] for one in report["left"]] == [reason]
            assert report["done"]["reversed"] == 0
    assert len(sqlite.objects()) == 1


@pytest.mark.parametrize(("event", "reason", "code"), [("consume", "ended", 0), ("claim", "irreversible", 1)])
def test_a_value_that_was_consumed_is_counted_and_fails_no_way_back(
    sqlite: Deployment, monkeypatch: pytest.MonkeyPatch, event: str, reason: str, code: int
) -> None:
    from secure_xcom.cli.ledger import open_ledger

    sqlite.put({"password": secret("a")}, "a")
    sqlite("--yes")
    (sealed,) = sqlite.objects()
    sealed.unlink()
    where = Coordinates(dag_id="etl", run_id="run", task_id="make", key="a")
    gone = Entry(at=1_767_225_600_000, event=Event(event), outcome=Outcome.DONE, where=where, object_id=sealed.name)
    open_ledger().append([gone])
    monkeypatch.setenv("AIRFLOW__SECURE_XCOM__MODE", "open-only")
    for how in ("--dry-run", "--yes"):
        report = sqlite.report("--reverse", how, code=code)
        assert [(one["reason"], one["count"]) for one in report["left"]] == [(reason, 1)]


def test_a_rewrap_between_the_header_and_the_rest_does_not_stop_the_way_back(
    sqlite: Deployment, monkeypatch: pytest.MonkeyPatch
) -> None:
    value = {"password": secret("a") + "x" * HEAD_BYTES}
    sqlite.put(value)
    sqlite("--yes")
    _rewrapped_amid_reads(sqlite, monkeypatch)
    monkeypatch.setenv("AIRFLOW__SECURE_XCOM__MODE", "open-only")
    assert sqlite.report("--reverse", "--yes")["done"]["reversed"] == 1
    assert sqlite.row() == value


def _rewrapped_amid_reads(deployment: Deployment, patch: pytest.MonkeyPatch) -> None:
    """Have the object wrapped under a new key once its header was read, and before the rest is."""
    whole, keyring = FileStore.whole, LocalKeyring(deployment.home / "secure_xcom" / "keyring.json")
    done = itertools.count()

    def rewrapping(self: FileStore, name: str, head: Head) -> bytes:
        if next(done) == 0:
            keyring.rotate()
            rewrapping = Rewrapping(Domain("etl"), keyring, ())
            rewrap = Rewrap(lambda _: rewrapping, dry_run=False)
            assert rewrap.object(self, name).fate is Fate.REWRAPPED
        return whole(self, name, head)

    patch.setattr(FileStore, "whole", rewrapping)


@pytest.mark.parametrize(
    ("variable", "value", "arguments", "said"),
    [
        ("CORE__XCOM_BACKEND", "airflow.sdk.bases.xcom.BaseXCom", ("--yes",), "xcom_backend"),
        ("SECURE_XCOM__MODE", "observe", ("--yes",), "mode: is observe"),
        ("SECURE_XCOM__MODE", "enforce", ("--yes", "--reverse"), "mode: is enforce"),
        ("SECURE_XCOM__MODE", "enforce", ("--dry-run", "--reverse"), "mode: is enforce"),
        ("SECURE_XCOM__MODE", "open-only", ("--reverse", "--mask", "events"), "--mask"),
    ],
    ids=["backend", "observe", "enforce", "enforce, dry run", "mask"],
)
def test_a_deployment_that_would_go_on_otherwise_is_refused(
    sqlite: Deployment,
    monkeypatch: pytest.MonkeyPatch,
    variable: str,
    value: str,
    arguments: tuple[str, ...],
    said: str,
) -> None:
    sqlite.put({"password": secret("a")})
    monkeypatch.setenv(f"AIRFLOW__{variable}", value)
    done = sqlite(*arguments)
    assert (done.exit_code, said in done.stderr) == (2, True)
    assert sqlite.row() == {"password": secret("a")}
