"""``secure-xcom audit scan`` over the tables that Airflow itself makes, on each kind of database."""

from __future__ import annotations

import base64
import json
import os
import sys
from collections.abc import Callable, Mapping
from contextlib import suppress
from datetime import UTC, datetime
from importlib import import_module
from pathlib import Path
from typing import Any
from uuid import UUID

import pandas as pd
import pytest
from airflow.sdk.serde import serialize
from airflow.utils.db import _REVISION_HEADS_MAP
from click.testing import Result
from cryptography.fernet import Fernet
from sqlalchemy import Column, Engine, MetaData, Table, create_engine, inspect, text
from sqlalchemy.exc import SQLAlchemyError
from typer import Typer
from typer.testing import CliRunner

from secure_xcom.airflow.audit_sources import NAMES, AuditSources, Narrowed
from secure_xcom.airflow.internals.snapshot import Snapshot
from secure_xcom.airflow.internals.tables import TABLES
from secure_xcom.classify.content.invention import invent
from secure_xcom.errors import ConfigurationError
from secure_xcom.model.placeholder import STAND_IN, Placeholder
from secure_xcom.ops.audit.finding import Finding, Source, State
from secure_xcom.ops.audit.scan.checkpoint import Checkpoint
from secure_xcom.ops.audit.scan.fernet import KNOWN_KEYS
from secure_xcom.ops.audit.scan.fingerprint import Fingerprints
from secure_xcom.ops.audit.scan.gather import Gathered
from secure_xcom.ops.audit.scan.logs import CUT
from secure_xcom.ops.audit.scan.rules import Rules, build_rules
from secure_xcom.ops.audit.scan.run import Run
from secure_xcom.ops.audit.scan.sources import Unscannable
from secure_xcom.settings.settings import Settings
from secure_xcom.testing.fakes import FakeHost
from tests.fixtures.databases import DATABASES, fresh_url

HEAD = list(_REVISION_HEADS_MAP.values())[-1]
"""The revision of the schema that this Airflow makes."""
OLD = datetime(2020, 1, 1, tzinfo=UTC)
NOW = datetime(2026, 1, 1, tzinfo=UTC)
REF = f"run/-1/{'a' * 32}"
CORE = "kanarienvogel4711"
TOKEN = invent("ghp_<30 base62><checksum>")
RULES = build_rules(Settings.parse({}, Path("/nowhere")), FakeHost(listed=()))


@pytest.fixture(params=DATABASES)
def url(request: pytest.FixtureRequest, tmp_path: Path) -> str:
    return fresh_url(request, str(request.param), tmp_path)


@pytest.fixture
def sqlite_url(tmp_path: Path) -> str:
    return f"sqlite:///{tmp_path / 'airflow.db'}"


def made(url: str, *, without: str = "") -> tuple[Engine, dict[str, Table]]:
    """Make Airflow's tables. What they refer to is left out, and so are the conditions on what must be there."""
    from airflow.models import import_all_models
    from airflow.models.base import Base

    import_all_models()
    engine = create_engine(url)
    metadata = MetaData()
    known = {name: table for name, table in Base.metadata.tables.items() if name != without}
    wanted = {table.name for table in TABLES} | {"dag_run", "task_instance"}
    tables = {
        name: Table(name, metadata, *(Column(c.name, c.type, primary_key=c.primary_key) for c in known[name].columns))
        for name in wanted & known.keys()
    }
    metadata.create_all(engine)
    migrated(engine, HEAD)
    return engine, tables


def migrated(engine: Engine, revision: str) -> None:
    """Write the schema's revision."""
    with engine.begin() as connection:
        connection.execute(text("DROP TABLE IF EXISTS alembic_version"))
        connection.execute(text("CREATE TABLE alembic_version (version_num VARCHAR(32) NOT NULL)"))
        connection.execute(text("INSERT INTO alembic_version VALUES (:revision)"), {"revision": revision})


def insert(engine: Engine, table: Table, values: Mapping[str, Any]) -> None:
    """Write one row; its key's columns get something, if ``values`` has nothing for them."""
    import uuid

    given = dict(values)
    for column in table.primary_key.columns:
        kind = column.type.python_type
        # Airflow 3.1 takes ids of PostgreSQL's type for texts.
        given.setdefault(column.name, {int: 7, str: str(uuid.UUID(int=7)), uuid.UUID: uuid.UUID(int=7)}[kind])
    with engine.begin() as connection:
        connection.execute(table.insert().values(given))


def secret(place: str) -> str:
    return f"{CORE}-{place}-x9"


def _dict(place: str) -> dict[str, str]:
    return {"rows": "3", "db_password": secret(place)}


IDS = {"dag_id": "etl", "run_id": "run", "task_id": "make", "map_index": 2}

ROWS: dict[str, dict[str, Any]] = {
    "xcom": {**IDS, "key": "return_value", "timestamp": NOW, "value": _dict("xcom")},
    "rendered_task_instance_fields": {**IDS, "rendered_fields": {"env": _dict("rendered")}},
    "dag_run": {"id": 7, "dag_id": "etl", "run_id": "run", "run_after": NOW, "conf": _dict("conf")},
    "dag_run_note": {"dag_run_id": 7, "content": f"log in with password={secret('note')}"},
    "task_instance_note": {"content": f"postgresql://ann:{secret('tinote')}@db/sales"},
    "task_instance": {**IDS, "next_kwargs": {"__var": _dict("next"), "__type": "dict"}},
    "task_instance_history": {**IDS, "next_kwargs": _dict("history")},
    "log": {"id": 7, "dag_id": "etl", "dttm": NOW, "event": "cli", "extra": json.dumps({"conf": _dict("event")})},
    "variable": {"key": "smtp_password", "val": secret("variable"), "is_encrypted": False},
    "connection": {"conn_id": "db", "password": secret("connection"), "extra": json.dumps(_dict("extra"))},
    "connection_test_request": {"connection_id": "db", "password": secret("test")},
    "import_error": {"filename": "dag.py", "stacktrace": f"  File x\n  DB_PASSWORD={secret('import')}\n"},
    "trigger": {"classpath": "a.B", "kwargs": json.dumps({"__var": _dict("trigger")})},
    "asset": {"name": "sales", "uri": "s3://sales", "extra": _dict("asset")},
    "asset_event": {"source_dag_id": "etl", "extra": _dict("assetevent")},
    "task_state_store": {**IDS, "key": "api_token", "value": json.dumps(secret("taskstate"))},
    "asset_state_store": {"key": "state", "value": json.dumps(_dict("assetstate"))},
    "hitl_detail": {"params_input": _dict("hitl")},
    "hitl_detail_history": {"params": _dict("hitlhistory")},
    "backfill": {"dag_id": "etl", "dag_run_conf": _dict("backfill")},
    "callback": {"data": {"kwargs": _dict("callback")}},
    "serialized_dag": {"dag_id": "etl", "data": {"dag": {"tasks": [_dict("serialized")]}}},
    "dag_code": {"dag_id": "etl", "fileloc": "etl.py", "source_code": f"import os\nPASSWORD = '{secret('code')}'\n"},
    "dag_bundle": {"name": "git", "template_params": _dict("bundle")},
    "slot_pool": {"pool": "p", "description": f"password: {secret('pool')}"},
}
"""A canary in each table. Its place is the table's."""


def filled(url: str) -> Engine:
    engine, tables = made(url)
    for name, values in ROWS.items():
        if name in tables:
            insert(engine, tables[name], {key: one for key, one in values.items() if key in tables[name].columns})
    return engine


def scanned(
    url: str,
    *names: str,
    narrowed: Narrowed | None = None,
    logs: Path | None = None,
    checkpoint: Checkpoint | None = None,
) -> tuple[tuple[Finding, ...], dict[str, Source]]:
    run = _run(RULES, checkpoint)
    with AuditSources(url, logs, narrowed or Narrowed()) as sources:
        sources.require_airflow()
        found = {source.name: run.scan(source) for source in sources.wanted(frozenset(names))}
    return run.gathered.findings, found


def _run(
    rules: Rules, checkpoint: Checkpoint | None = None, save: Callable[[Checkpoint], None] = lambda _: None
) -> Run:
    state = checkpoint or Checkpoint(asked="", began="")
    return Run(rules.judge, Gathered(Fingerprints(b"k" * 32), rules.excerpt, state.findings), state, save)


def test_a_scan_cannot_write(url: str) -> None:
    engine, _ = made(url)
    snapshot = Snapshot(url)
    said = ""
    with suppress(Unscannable), snapshot.reading() as connection:
        try:
            connection.execute(text("DELETE FROM xcom"))
        except SQLAlchemyError as error:
            said = str(error).lower()
            raise
    assert "read" in said
    snapshot.close()
    engine.dispose()


def test_a_canary_in_each_place_is_found_there_and_shows_nowhere(url: str, tmp_path: Path) -> None:
    engine = filled(url)
    with engine.begin() as connection:
        connection.execute(text("CREATE TABLE _airflow_deleted__xcom__20260101 AS SELECT * FROM xcom"))
    logs = tmp_path / "logs"
    folder = logs / "dag_id=etl" / "run_id=run" / "task_id=make"
    folder.mkdir(parents=True)
    (folder / "attempt=1.log").write_text(f'{{"event": "one"}}\n{{"event": "DB_PASSWORD={secret("log")}"}}\n')
    findings, sources = scanned(url, logs=logs)
    states = {name: (one.state, one.problem, one.passed_over) for name, one in sources.items()}
    newer = {name for name, one in sources.items() if one.state is State.ABSENT}
    assert newer == {table.name for table in TABLES} - set(inspect(engine).get_table_names())
    assert {name for name, state in states.items() if state[0] is not State.SCANNED} == newer
    places = {finding.place.source for finding in findings}
    assert {*ROWS, "task log", "_airflow_deleted__xcom__20260101"} - places == newer
    assert CORE not in repr(findings) + repr(sources)
    by_source = {finding.place.source: finding for finding in findings}
    xcom = by_source["xcom"]
    assert (xcom.rule, xcom.severity.value, xcom.place.part) == ("name-password", "high", "return_value.db_password")
    assert (xcom.place.dag_id, xcom.place.run_id, xcom.place.task_id, xcom.place.map_index) == ("etl", "run", "make", 2)
    assert xcom.last_seen == "2026-01-01T00:00:00+00:00"
    assert by_source["dag_run_note"].place.dag_id == "etl"
    assert (by_source["task log"].place.task_id, by_source["task log"].place.line) == ("make", 2)
    assert (by_source["dag_code"].place.name, by_source["dag_code"].place.line) == ("etl.py", 2)


def test_the_source_of_a_file_with_several_dags_is_one_finding_with_the_number_of_its_rows(sqlite_url: str) -> None:
    engine, tables = made(sqlite_url)
    rows = [("a", "three.py"), ("b", "three.py"), ("c", "three.py"), ("a", "other.py")]
    for number, (dag_id, fileloc) in enumerate(rows):
        row = {**ROWS["dag_code"], "id": UUID(int=number), "dag_id": dag_id, "fileloc": fileloc}
        insert(engine, tables["dag_code"], row)
    findings, _ = scanned(sqlite_url, "dag_code")
    assert sorted((one.place.name, one.place.line, one.count) for one in findings) == [
        ("other.py", 2, 1),
        ("three.py", 2, 3),
    ]
    narrowed, _ = scanned(sqlite_url, "dag_code", narrowed=Narrowed(dags=("b",)))
    assert [(one.place.name, one.count) for one in narrowed] == [("three.py", 1)]
    assert {one.fingerprint for one in narrowed} < {one.fingerprint for one in findings}


FRAME = {"user": ["ann"], "api_key": [secret("frame")]}


def test_the_columns_of_a_data_frame_that_airflow_stored_are_looked_at(url: str) -> None:
    engine, tables = made(url)
    frames = {"out": serialize([pd.DataFrame(FRAME)]), "plain": serialize(pd.DataFrame({"user": ["ann"]}))}
    for key, value in frames.items():
        insert(engine, tables["xcom"], {**IDS, "key": key, "value": value})
    findings, sources = scanned(url)
    assert [(one.rule, one.place.name, one.place.part) for one in findings] == [("name-key", "out", "out[0]")]
    assert sources["xcom"].passed_over == {}


def test_without_pyarrow_a_data_frame_counts_as_passed_over(sqlite_url: str, monkeypatch: pytest.MonkeyPatch) -> None:
    engine, tables = made(sqlite_url)
    insert(engine, tables["xcom"], {**IDS, "key": "out", "value": serialize(pd.DataFrame(FRAME))})
    monkeypatch.setitem(sys.modules, "pyarrow", None)
    _, sources = scanned(sqlite_url)
    (said,) = sources["xcom"].passed_over
    assert "a data frame, which only pyarrow can read" in said


def test_the_name_that_a_mapped_instance_gave_itself_is_looked_at(sqlite_url: str) -> None:
    engine, tables = made(sqlite_url)
    insert(engine, tables["task_instance"], {**IDS, "rendered_map_index": f"login with password={secret('name')}"})
    findings, _ = scanned(sqlite_url, "task_instance")
    assert [finding.place.part for finding in findings] == ["rendered_map_index"]
    assert CORE not in repr(findings)


def test_what_this_backend_sealed_and_what_airflow_encrypted_is_protected(sqlite_url: str) -> None:
    engine, tables = made(sqlite_url)
    placeholder = Placeholder(rule="name-password", store="file", ref=REF).to_json()
    insert(engine, tables["xcom"], {**ROWS["xcom"], "value": {"password": placeholder, "token": STAND_IN}})
    token = Fernet(Fernet.generate_key()).encrypt(secret("own").encode()).decode()
    insert(engine, tables["variable"], {"key": "smtp_password", "val": token, "is_encrypted": True})
    findings, sources = scanned(sqlite_url, "xcom", "variable")
    assert findings == ()
    assert [one.protected for one in sources.values()] == [1, 1]


def test_a_claim_to_be_sealed_hides_nothing(sqlite_url: str) -> None:
    engine, tables = made(sqlite_url)
    forged = Placeholder(rule="r", store="file", ref=REF).to_json() | {"more": secret("forged")}
    insert(engine, tables["xcom"], {**ROWS["xcom"], "value": {"password": forged}})
    assert [one.rule for one in scanned(sqlite_url, "xcom")[0]] == ["name-password"]


def test_a_baseline_that_accepts_one_connections_password_accepts_it_in_no_other(sqlite_url: str) -> None:
    engine, tables = made(sqlite_url)
    for number, conn_id in enumerate(("test", "production")):
        insert(engine, tables["connection"], {"id": number, "conn_id": conn_id, "password": secret("shared")})
    findings = scanned(sqlite_url, "connection")[0]
    assert {one.place.name for one in findings} == {"test", "production"}
    assert len({one.fingerprint for one in findings}) == 2


def test_a_binary_value_that_is_too_large_is_counted_and_not_taken_for_an_empty_one(
    sqlite_url: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("secure_xcom.airflow.internals.table_rows.LARGEST", 100)
    engine, tables = made(sqlite_url)
    packed = os.urandom(200)
    insert(engine, tables["serialized_dag"], {"dag_id": "etl", "data": None, "data_compressed": packed})
    source = scanned(sqlite_url, "serialized_dag")[1]["serialized_dag"]
    assert (source.state, source.passed_over) == (State.PARTLY, {"data_compressed is damaged or too large": 1})


def test_a_task_that_is_called_after_a_secret_is_none_and_what_it_is_given_is(sqlite_url: str) -> None:
    engine, tables = made(sqlite_url)
    inner = {"children": {"creds": ["operator", "creds"]}}
    graph = {"children": {"token": ["operator", "token"], "group": ["taskgroup", inner]}}
    task = {"__var": {"task_id": "token", "op_kwargs": {"password": secret("given")}}}
    dag = {"tasks": [task], "task_group": graph, "edge_info": {"token": {"creds": {"label": "then"}}}}
    insert(engine, tables["serialized_dag"], {"dag_id": "etl", "data": {"dag": dag}})
    assert [one.place.part for one in scanned(sqlite_url, "serialized_dag")[0]] == [
        "data.dag.tasks[0].__var.op_kwargs.password"
    ]


def test_what_a_task_hands_out_is_found_by_what_the_task_is_called(sqlite_url: str) -> None:
    engine, tables = made(sqlite_url)
    for number, task_id in enumerate(("get_token", "extract")):
        row = ROWS["xcom"] | {"dag_run_id": number, "task_id": task_id, "value": f"Zx9{CORE}Q7"}
        insert(engine, tables["xcom"], row)
    (finding,) = scanned(sqlite_url, "xcom")[0]
    assert (finding.rule, finding.place.task_id) == ("name-task", "get_token")
    assert CORE not in repr(finding)


def test_an_archive_that_is_not_there_is_a_mistake_and_no_scan_of_nothing(sqlite_url: str) -> None:
    made(sqlite_url)
    with pytest.raises(ConfigurationError, match="--table: 1 of the archives"):
        scanned(sqlite_url, "_airflow_deleted__xcom__typo")


@pytest.mark.parametrize("key", KNOWN_KEYS)
def test_what_a_public_fernet_key_encrypts_is_plaintext(sqlite_url: str, key: str) -> None:
    engine, tables = made(sqlite_url)
    token = Fernet(key.encode()).encrypt(secret("known").encode()).decode()
    insert(engine, tables["connection"], {"conn_id": "db", "password": token, "is_encrypted": True})
    (finding,) = scanned(sqlite_url, "connection")[0]
    assert (finding.rule, finding.severity.value) == ("known-fernet-key", "critical")


def test_the_same_secret_in_all_runs_of_a_task_is_one_finding(sqlite_url: str) -> None:
    engine, tables = made(sqlite_url)
    for number in range(5):
        values = ROWS["xcom"] | {"run_id": f"r{number}", "dag_run_id": number, "timestamp": NOW.replace(day=1 + number)}
        insert(engine, tables["xcom"], values)
    (finding,) = scanned(sqlite_url, "xcom")[0]
    assert (finding.count, finding.place.run_id) == (5, "r4")
    assert (finding.first_seen[:10], finding.last_seen[:10]) == ("2026-01-01", "2026-01-05")


def test_an_id_that_is_a_secret_is_found_and_masked(sqlite_url: str) -> None:
    engine, tables = made(sqlite_url)
    insert(engine, tables["xcom"], ROWS["xcom"] | {"value": 1, "key": TOKEN, "run_id": TOKEN})
    saved: list[Checkpoint] = []
    run = _run(RULES, save=saved.append)
    with AuditSources(sqlite_url, None, Narrowed()) as sources:
        run.scan(sources.wanted({"xcom"})[0])
    assert {one.place.column for one in run.gathered.findings} == {"name", "run_id"}
    assert TOKEN not in repr(run.gathered.findings) + repr(saved)


@pytest.mark.parametrize(("size", "state"), [(70_000, State.SCANNED), (9_000_000, State.PARTLY)])
def test_a_large_value_is_read_alone_and_a_larger_one_stays_in_the_database(
    sqlite_url: str, size: int, state: State
) -> None:
    engine, tables = made(sqlite_url)
    insert(engine, tables["xcom"], ROWS["xcom"] | {"value": {"a": "x" * size, "password": secret("large")}})
    insert(engine, tables["xcom"], ROWS["xcom"] | {"key": "second"})
    findings, sources = scanned(sqlite_url, "xcom")
    assert sources["xcom"].state is state
    assert sources["xcom"].looked_at == 2
    assert len(findings) == (2 if state is State.SCANNED else 1)


def test_a_damaged_value_is_counted_and_looked_at_as_text(sqlite_url: str) -> None:
    engine, tables = made(sqlite_url)
    insert(engine, tables["xcom"], ROWS["xcom"])
    with engine.begin() as connection:
        damaged = b'{"password": "' + secret("damaged").encode() + b"\xff"
        connection.execute(text("UPDATE xcom SET value = CAST(:value AS TEXT)"), {"value": damaged})
    findings, sources = scanned(sqlite_url, "xcom")
    assert sources["xcom"].state is State.PARTLY
    assert sum(sources["xcom"].passed_over.values()) == 1
    assert [one.place.source for one in findings] == ["xcom"]


def test_a_table_that_each_airflow_has_is_missed_and_a_newer_one_is_not(sqlite_url: str) -> None:
    engine = filled(sqlite_url)
    migrated(engine, "509b94a1042d")
    with engine.begin() as connection:
        for table in ("log", "callback"):
            connection.execute(text(f"DROP TABLE IF EXISTS {table}"))
        connection.execute(text("ALTER TABLE connection DROP COLUMN extra"))
        connection.execute(text("ALTER TABLE variable DROP COLUMN val"))
        connection.execute(text("ALTER TABLE variable DROP COLUMN description"))
    sources = scanned(sqlite_url)[1]
    states = {name: sources[name].state for name in ("log", "callback", "connection", "variable", "xcom")}
    assert states == {
        "log": State.UNREADABLE,
        "callback": State.ABSENT,
        "connection": State.PARTLY,
        "variable": State.UNREADABLE,
        "xcom": State.SCANNED,
    }


@pytest.mark.parametrize(
    ("revision", "callback", "state_store"),
    [
        ("cc92b33c6709", State.ABSENT, State.ABSENT),
        ("509b94a1042d", State.ABSENT, State.ABSENT),
        ("1d6611b6ab7c", State.UNREADABLE, State.ABSENT),
        ("d2f4e1b3c5a7", State.UNREADABLE, State.UNREADABLE),
        ("of-a-migration-half-way", State.UNREADABLE, State.UNREADABLE),
        ("", State.UNREADABLE, State.UNREADABLE),
    ],
    ids=["3.1.0", "3.1.8", "3.2", "3.3", "unknown", "none"],
)
def test_a_table_that_a_schema_has_and_this_user_does_not_see_is_unreadable(
    sqlite_url: str, revision: str, callback: State, state_store: State
) -> None:
    engine = filled(sqlite_url)
    migrated(engine, revision)
    with engine.begin() as connection:
        for table in ("callback", "task_state_store"):
            connection.execute(text(f"DROP TABLE IF EXISTS {table}"))
    sources = scanned(sqlite_url, "callback", "task_state_store")[1]
    assert (sources["callback"].state, sources["task_state_store"].state) == (callback, state_store)


def test_a_table_that_mariadb_hides_without_a_grant_is_unreadable(mariadb_server: Any) -> None:
    url = mariadb_server.database()
    engine = filled(url)
    hidden = {"callback", "task_state_store"} & set(inspect(engine).get_table_names())
    with engine.begin() as connection:
        connection.execute(text("CREATE OR REPLACE USER auditor@'%' IDENTIFIED BY 'auditor'"))
        for table in ("alembic_version", "xcom"):
            connection.execute(text(f"GRANT SELECT ON {table} TO auditor@'%'"))
    narrowed = str(engine.url.set(username="auditor", password="auditor").render_as_string(hide_password=False))
    sources = scanned(narrowed, "xcom", "callback", "task_state_store")[1]
    assert {name for name, one in sources.items() if one.state is State.UNREADABLE} == hidden


def test_the_database_of_another_product_is_a_mistake_in_the_settings(sqlite_url: str) -> None:
    with create_engine(sqlite_url).begin() as connection:
        connection.execute(text("CREATE TABLE customers (id INT)"))
    with pytest.raises(ConfigurationError, match="no table of Airflow"):
        scanned(sqlite_url)


def test_a_user_that_may_read_some_tables_only_gets_those(postgres_server: Any) -> None:
    url = postgres_server.database()
    engine = filled(url)
    with engine.begin() as connection:
        connection.execute(text("DROP ROLE IF EXISTS auditor"))
        connection.execute(text("CREATE ROLE auditor LOGIN PASSWORD 'auditor'"))
        connection.execute(text("GRANT SELECT ON ALL TABLES IN SCHEMA public TO auditor"))
        connection.execute(text("REVOKE SELECT ON variable FROM auditor"))
    narrowed = str(engine.url.set(username="auditor", password="auditor").render_as_string(hide_password=False))
    findings, sources = scanned(narrowed)
    assert sources["variable"].state is State.UNREADABLE
    assert sources["variable"].problem == "InsufficientPrivilege 42501"
    others = {name: one.state for name, one in sources.items() if name not in ("variable", "task log")}
    assert set(others.values()) - {State.ABSENT} == {State.SCANNED}
    # An older Airflow lacks some of the tables.
    absent = {name for name, state in others.items() if state is State.ABSENT}
    assert {one.place.source for one in findings} == ROWS.keys() - {"variable"} - absent


def test_a_moment_that_python_has_not_hides_no_row(postgres_server: Any) -> None:
    url = postgres_server.database()
    engine = filled(url)
    with engine.begin() as connection:
        connection.execute(text("UPDATE xcom SET timestamp = '20000-01-01'"))
        connection.execute(text("UPDATE log SET dttm = 'infinity'"))
    findings, sources = scanned(url, "xcom", "log")
    assert {one.state for one in sources.values()} == {State.SCANNED}
    assert [(one.place.source, one.last_seen) for one in findings] == [("log", ""), ("xcom", "")]


def test_a_locked_table_and_a_lost_connection_are_told_and_the_rest_is_read(
    postgres_server: Any, monkeypatch: pytest.MonkeyPatch
) -> None:
    from secure_xcom.airflow.internals import snapshot

    monkeypatch.setitem(snapshot._PATIENCE, "postgresql", "SET LOCAL lock_timeout = '200ms'")
    url = postgres_server.database()
    engine = filled(url)
    run = _run(RULES)
    with engine.connect() as other, AuditSources(url, None, Narrowed()) as sources:
        other.execute(text("LOCK TABLE variable IN ACCESS EXCLUSIVE MODE"))
        wanted = {source.name: source for source in sources.wanted(frozenset())}
        assert run.scan(wanted["variable"]).state is State.UNREADABLE
        assert run.scan(wanted["xcom"]).state is State.SCANNED
        other.execute(
            text(
                "SELECT pg_terminate_backend(pid) FROM pg_stat_activity WHERE pid <> pg_backend_pid() "
                "AND datname = current_database()"
            )
        )
        assert run.scan(wanted["log"]).state is State.UNREADABLE
        assert run.scan(wanted["trigger"]).state is State.SCANNED


def test_an_interrupted_scan_goes_on_and_counts_each_row_once(url: str, monkeypatch: pytest.MonkeyPatch) -> None:
    from secure_xcom.airflow.internals import table_rows

    monkeypatch.setattr(table_rows, "ROWS", 10)
    monkeypatch.setattr("secure_xcom.ops.audit.scan.run._EVERY", 0.0)
    engine, tables = made(url)
    rows = [
        ROWS["xcom"]
        | {"dag_run_id": number, "value": {"password": secret(str(number % 3)), "a": "x" * (number == 4) * 70_000}}
        for number in range(45)
    ]
    with engine.begin() as connection:
        connection.execute(tables["xcom"].insert(), rows)
    saved: list[bytes] = []

    def save(checkpoint: Checkpoint) -> None:
        import msgspec

        saved.append(msgspec.json.encode(checkpoint))
        if len(saved) == 3:
            raise KeyboardInterrupt

    with AuditSources(url, None, Narrowed()) as sources, pytest.raises(KeyboardInterrupt):
        _run(RULES, save=save).scan(sources.wanted({"xcom"})[0])
    import msgspec

    assert CORE.encode() not in saved[-1]
    checkpoint = msgspec.json.decode(saved[-1], type=Checkpoint)
    assert checkpoint.reached["xcom"].looked_at == 29
    findings, looked = scanned(url, "xcom", checkpoint=checkpoint)
    assert looked["xcom"].looked_at == 45
    assert [one.count for one in findings] == [15, 15, 15]


@pytest.mark.parametrize(
    ("narrowed", "expected"),
    [
        (Narrowed(dags=("etl",)), 5),
        (Narrowed(since=NOW.replace(day=4)), 7),
        (Narrowed(sample=5), 2),
        (Narrowed(dags=("absent",)), 0),
    ],
    ids=["dag", "since", "sample", "absent"],
)
def test_less_is_looked_at_on_request(url: str, narrowed: Narrowed, expected: int) -> None:
    engine, tables = made(url)
    for number in range(10):
        own = {"dag_run_id": number, "dag_id": ("etl", "other")[number % 2], "timestamp": NOW.replace(day=1 + number)}
        insert(engine, tables["xcom"], ROWS["xcom"] | own)
    source = scanned(url, "xcom", narrowed=narrowed)[1]["xcom"]
    assert (source.looked_at, source.total) == (expected, expected)
    assert source.state is (State.PARTLY if narrowed.sample > 1 else State.SCANNED)


@pytest.mark.parametrize(
    ("table", "times", "is_looked_at"),
    [
        ("xcom", {"timestamp": NOW}, True),
        ("xcom", {"timestamp": OLD}, False),
        ("dag_run", {"run_after": OLD, "created_at": OLD, "updated_at": NOW}, True),
        ("dag_run", {"run_after": OLD, "created_at": OLD, "updated_at": None}, True),
        ("dag_run", {"run_after": OLD, "created_at": OLD, "updated_at": OLD}, False),
        ("dag_run_note", {"created_at": OLD, "updated_at": NOW}, True),
        ("task_instance_note", {"created_at": OLD, "updated_at": NOW}, True),
        ("task_instance", {"start_date": OLD, "updated_at": NOW}, True),
        ("task_instance", {"start_date": OLD, "updated_at": None}, True),
        ("task_instance", {"updated_at": OLD}, False),
        ("task_instance_history", {"updated_at": OLD}, True),
        ("log", {"dttm": NOW}, True),
        ("log", {"dttm": None}, True),
        ("log", {"dttm": OLD}, False),
        ("connection_test_request", {"created_at": OLD, "updated_at": NOW}, True),
        ("import_error", {"timestamp": NOW}, True),
        ("import_error", {"timestamp": None}, True),
        ("import_error", {"timestamp": OLD}, False),
        ("trigger", {"created_date": OLD}, True),
        ("asset", {"created_at": OLD, "updated_at": NOW}, True),
        ("asset_event", {"timestamp": NOW}, True),
        ("asset_event", {"timestamp": OLD}, False),
        ("task_state_store", {"updated_at": NOW}, True),
        ("asset_state_store", {"updated_at": NOW}, True),
        ("hitl_detail", {"created_at": OLD, "responded_at": NOW}, True),
        ("hitl_detail", {"created_at": NOW, "responded_at": None}, True),
        ("hitl_detail", {"created_at": OLD, "responded_at": None}, False),
        ("hitl_detail_history", {"created_at": OLD, "responded_at": None}, True),
        ("backfill", {"created_at": OLD, "updated_at": NOW}, True),
        ("callback", {"created_at": OLD}, True),
        ("serialized_dag", {"created_at": OLD, "last_updated": NOW}, True),
        ("dag_code", {"created_at": OLD, "last_updated": NOW}, True),
        ("variable", {}, True),
        ("connection", {}, True),
        ("rendered_task_instance_fields", {}, True),
        ("dag_bundle", {"last_refreshed": OLD}, True),
        ("slot_pool", {}, True),
    ],
)
def test_what_was_written_since_is_told_by_the_last_write(
    sqlite_url: str, table: str, times: dict[str, datetime | None], is_looked_at: bool
) -> None:
    engine, tables = made(sqlite_url)
    if table not in tables:
        # This Airflow has no such table.
        return
    # An older one lacks some of the columns.
    own = {name: one for name, one in (ROWS[table] | times).items() if name in tables[table].columns}
    insert(engine, tables[table], own)
    source = scanned(sqlite_url, table, narrowed=Narrowed(since=NOW.replace(year=2025)))[1][table]
    assert (source.state, source.looked_at) == (State.SCANNED, int(is_looked_at))


def test_a_large_value_of_a_row_whose_key_is_of_bytes_is_read(sqlite_url: str) -> None:
    engine, tables = made(sqlite_url)
    insert(engine, tables["xcom"], ROWS["xcom"] | {"value": {"a": "x" * 70_000, "password": secret("bytes")}})
    with engine.begin() as connection:
        connection.execute(text("UPDATE xcom SET key = CAST(key AS BLOB)"))
    findings, sources = scanned(sqlite_url, "xcom")
    assert (sources["xcom"].state, sources["xcom"].looked_at) == (State.SCANNED, 1)
    assert len(findings) == 1


def test_a_large_value_that_is_not_found_again_is_passed_over(sqlite_url: str, monkeypatch: pytest.MonkeyPatch) -> None:
    engine, tables = made(sqlite_url)
    insert(engine, tables["xcom"], ROWS["xcom"] | {"value": {"a": "x" * 70_000, "password": secret("lost")}})
    monkeypatch.setattr("secure_xcom.airflow.internals.table_rows._key", lambda values: ["another"] * len(values))
    source = scanned(sqlite_url, "xcom")[1]["xcom"]
    assert (source.state, source.looked_at, sum(source.passed_over.values())) == (State.PARTLY, 0, 1)


def test_a_link_a_growing_file_and_invalid_bytes_stop_nothing(sqlite_url: str, tmp_path: Path) -> None:
    made(sqlite_url)
    logs, outside = tmp_path / "logs", tmp_path / "outside"
    logs.mkdir()
    outside.mkdir()
    (outside / "secret.log").write_text(f"password={secret('outside')}\n")
    (logs / "link").symlink_to(outside)
    (logs / "file.log").symlink_to(outside / "secret.log")
    (logs / "latest").symlink_to("bytes.log")
    os.mkfifo(logs / "pipe")
    (logs / "bytes.log").write_bytes(b"\xff\xfe\n" * 400_000 + f"\ntoken={TOKEN}\n".encode() + b"x" * 3_000_000)
    findings, sources = scanned(sqlite_url, "task log", logs=logs)
    assert sources["task log"].state is State.PARTLY
    assert sources["task log"].passed_over == {"a symbolic link out of the folder": 2, "a pipe or a device": 1, CUT: 1}
    assert [(one.place.name, one.place.line) for one in findings] == [("bytes.log", 400_002)]


@pytest.mark.parametrize(
    ("size", "passed_over"), [(1_000_000, {}), (5_000_000, {CUT: 2})], ids=["searched-whole", "searched-in-pieces"]
)
def test_a_line_that_is_searched_in_pieces_is_counted(
    sqlite_url: str, tmp_path: Path, size: int, passed_over: dict[str, int]
) -> None:
    made(sqlite_url)
    logs = tmp_path / "logs"
    logs.mkdir()
    # The second secret lies across the end of the first piece.
    line = f"{'x ' * (size // 2)}token={TOKEN}\n"
    (logs / "a.log").write_text(f"{'y ' * (512 * 1024 - 20)}token={TOKEN} \n{line}{line}")
    findings, sources = scanned(sqlite_url, "task log", logs=logs)
    assert sources["task log"].passed_over == passed_over
    assert sum(one.count for one in findings) == 3


def _moved(monkeypatch: pytest.MonkeyPatch, base: str) -> None:
    """Have Airflow move task logs to ``base``."""
    monkeypatch.setenv("AIRFLOW__LOGGING__REMOTE_LOGGING", "True")
    monkeypatch.setenv("AIRFLOW__LOGGING__REMOTE_BASE_LOG_FOLDER", base)
    monkeypatch.setenv("AIRFLOW__LOGGING__REMOTE_LOG_CONN_ID", "")


def test_a_canary_in_a_log_that_was_moved_away_is_found_with_its_place(
    sqlite_url: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    made(sqlite_url)
    for dag in ("etl", "other"):
        folder = tmp_path / "remote" / f"dag_id={dag}" / "run_id=run" / "task_id=make"
        folder.mkdir(parents=True)
        (folder / "attempt=1.log").write_text(f"begun\nDB_PASSWORD={secret('remote')}\n")
    _moved(monkeypatch, f"file://{tmp_path}/remote")
    findings, sources = scanned(sqlite_url, "remote task log", narrowed=Narrowed(dags=("etl",)))
    assert [(one.place.source, one.place.dag_id, one.place.line) for one in findings] == [("remote task log", "etl", 2)]
    assert sources["remote task log"].state is State.SCANNED
    assert CORE not in repr(findings)


@pytest.mark.parametrize(
    "base", ["cloudwatch://arn:aws:logs:eu-west-1:1:log-group:a", "wasb-logs", "file:///nowhere/at/all"]
)
def test_remote_logs_that_cannot_be_read_are_reported(
    sqlite_url: str, base: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    made(sqlite_url)
    _moved(monkeypatch, base)
    _, sources = scanned(sqlite_url, "remote task log")
    assert sources["remote task log"].state is State.UNREADABLE


def test_each_table_has_a_canary() -> None:
    assert [name for name in NAMES if name not in (*ROWS, "task log", "remote task log")] == []


def test_a_canary_is_found_however_its_row_spells_it(sqlite_url: str) -> None:
    """What passes by harmless rows passes by no secret."""
    engine, tables = made(sqlite_url)
    encoded = base64.b64encode(f"ann:{secret('basic')}".encode()).decode()
    values = {
        "escaped": {"PASSW\u00d6RD": 1, "db_\uff50assword": secret("wide")},
        "humps": {"dbPassWord": secret("humps")},
        "pairs": [["Authorization", f"Basic {encoded}"]],
        "named": {"name": "DB_PASSWORD", "value": secret("named")},
        "table": {"columns": ["user", "password"], "rows": [["ann", secret("table")]]},
        "text": f"export DB_PASSWORD={secret('text')}",
        "in_json": json.dumps({"db": {"password": secret("json")}}),
        "pat": {"pat": secret("pat")},
        "token": f"see {TOKEN}",
    }
    for key, value in values.items():
        insert(engine, tables["xcom"], ROWS["xcom"] | {"key": key, "value": value})
    insert(engine, tables["xcom"], ROWS["xcom"] | {"key": "db_password", "value": secret("key")})
    insert(engine, tables["xcom"], ROWS["xcom"] | {"key": "harmless", "value": {"path": "/a/b", "url": "s3://a/b"}})
    found = {one.place.name for one in scanned(sqlite_url, "xcom")[0]}
    assert found == {*values, "db_password"}


Scan = Callable[..., Result]


@pytest.fixture
def scan(sqlite_url: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Scan:
    """The command over a database of the test's own."""
    module = import_module("secure_xcom.cli.audit_scan")
    tmp_path.chmod(0o700)
    monkeypatch.setattr("secure_xcom.airflow.audit_sources.metadata_url", lambda: sqlite_url)
    monkeypatch.setattr(module, "settings", lambda: Settings.parse({}, tmp_path))
    monkeypatch.setattr(module, "_logs", lambda: tmp_path / "logs")
    app = Typer(pretty_exceptions_enable=False)
    app.command()(module.scan)
    return lambda *args: CliRunner().invoke(app, ["--table", "xcom", "--fail-on", "low", *args])


def test_a_scan_with_a_checkpoint_looks_anew_once_the_last_one_ended(
    sqlite_url: str, scan: Scan, tmp_path: Path
) -> None:
    engine, tables = made(sqlite_url)
    state = str(tmp_path / "state.json")
    assert scan("--checkpoint", state).exit_code == 0
    insert(engine, tables["xcom"], ROWS["xcom"])
    assert scan("--checkpoint", state).exit_code == 1


def test_the_state_of_a_scan_serves_the_same_question_of_the_same_database(
    sqlite_url: str, scan: Scan, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    made(sqlite_url)
    state = tmp_path / "state.json"
    question = ("--checkpoint", str(state), "--since", "7d")
    monkeypatch.setattr("secure_xcom.ops.audit.scan.checkpoint.Path.unlink", lambda *_, **__: None)
    assert [scan(*question).exit_code for _ in range(2)] == [0, 0]
    other = tmp_path / "other.db"
    other.write_bytes((tmp_path / "airflow.db").read_bytes())
    monkeypatch.setattr("secure_xcom.airflow.audit_sources.metadata_url", lambda: f"sqlite:///{other}")
    result = scan(*question)
    assert (result.exit_code, "of another database" in " ".join(result.stderr.split())) == (2, True)


@pytest.mark.parametrize("since", ["0001-01-01T00:00:00+14:00", "99999999d"])
def test_a_time_before_all_rows_is_one(sqlite_url: str, scan: Scan, since: str) -> None:
    made(sqlite_url)
    assert scan("--since", since).exit_code == 0


@pytest.mark.parametrize("since", ["\x1b[31m", "9" * 40, "9999-12-31T23:00:00-14:00", "2999-01-01"])
def test_a_time_that_none_is_is_a_mistake_of_the_options(scan: Scan, since: str) -> None:
    result = scan("--since", since)
    assert (result.exit_code, "--since" in result.stderr) == (2, True)


def test_a_file_whose_name_is_no_text_stops_no_report(sqlite_url: str, scan: Scan, tmp_path: Path) -> None:
    made(sqlite_url)
    logs = tmp_path / "logs"
    logs.mkdir()
    (logs / os.fsdecode(b"\xff\x1b[31m.log")).write_text(f"DB_PASSWORD={secret('name')}\n")
    for more in ((), ("--json",), ("--output", str(tmp_path / "out.json"))):
        result = scan("--table", "task log", *more)
        assert (result.exit_code, type(result.exception)) == (1, SystemExit)
        assert CORE not in result.output
        assert "\x1b" not in result.output
