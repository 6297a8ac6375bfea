"""``secure-xcom tune`` over the table that Airflow itself makes, on each kind of database."""

from __future__ import annotations

import json
import sqlite3
import subprocess
import sys
from collections.abc import Sequence
from datetime import UTC, datetime
from pathlib import Path

import pytest
from sqlalchemy import JSON, Column, Engine, Integer, LargeBinary, MetaData, String, Table, create_engine, text
from sqlalchemy.exc import SQLAlchemyError
from typer.testing import CliRunner

from secure_xcom.airflow.internals import metadata
from secure_xcom.airflow.internals.metadata import XComRows, _reading
from secure_xcom.cli import app
from secure_xcom.errors import ConfigurationError
from secure_xcom.ops.tune.rows import MOST_CHARACTERS, Problem, Row
from tests.fixtures.databases import DATABASES, fresh_url
from tests.mistakes import mistake

CANARY = "kanarienvogel-4711"


@pytest.fixture(params=DATABASES)
def url(request: pytest.FixtureRequest, tmp_path: Path) -> str:
    return fresh_url(request, str(request.param), tmp_path)


def made(url: str) -> tuple[Engine, Table]:
    """Make Airflow's table. What it refers to is left out."""
    from airflow.models.xcom import XComModel

    table = XComModel.__table__
    copied = Table("xcom", MetaData(), *(Column(c.name, c.type, primary_key=c.primary_key) for c in table.columns))
    engine = create_engine(url)
    copied.create(engine)
    return engine, copied


def fill(url: str, values: Sequence[object], dag: str = "etl") -> Engine:
    """Write XComs as Airflow does."""
    engine, table = made(url)
    rows = [
        {
            "dag_run_id": number,
            "task_id": "make",
            "map_index": -1,
            "key": f"key_{number}",
            "dag_id": dag if number % 2 == 0 else "other",
            "run_id": f"run_{number}",
            "value": value,
            "timestamp": datetime(2026, 1, 1, tzinfo=UTC),
        }
        for number, value in enumerate(values)
    ]
    with engine.begin() as connection:
        connection.execute(table.insert(), rows)
    return engine


def read(rows: XComRows) -> list[object]:
    return [row.value if isinstance(row, Row) else row for row in rows]


VALUES = [{"a": [1, "x"]}, "text", 12, 1.5, True, None, [], "1", "ü\u2028", {"password": CANARY}]


def test_each_value_is_read_as_it_was_written(url: str) -> None:
    fill(url, VALUES)
    rows = XComRows(url)
    assert rows.total() == len(VALUES)
    assert sorted(map(json.dumps, read(rows))) == sorted(map(json.dumps, VALUES))


def test_only_the_dags_that_are_named_are_read(url: str) -> None:
    fill(url, range(10))
    rows = XComRows(url, dags=["etl", "absent"])
    assert (rows.total(), sorted(map(str, read(rows)))) == (5, ["0", "2", "4", "6", "8"])


@pytest.mark.parametrize(("limit", "every", "expected"), [(3, 1, 3), (None, 5, 2), (1, 5, 1), (99, 1, 10)])
def test_a_sample_and_a_limit_read_less(url: str, limit: int | None, every: int, expected: int) -> None:
    fill(url, range(10))
    rows = XComRows(url, limit=limit, every=every)
    assert (rows.total(), len(read(rows))) == (expected, expected)


def test_a_value_that_is_too_large_stays_in_the_database(url: str) -> None:
    engine = fill(url, ["x"])
    if engine.dialect.name == "mysql":
        pytest.importorskip("pymysql")
        with engine.connect() as connection:
            if connection.scalar(text("SELECT @@max_allowed_packet")) < 2 * MOST_CHARACTERS:
                pytest.skip("opt-in: the server takes no value of that size")
    with engine.begin() as connection:
        connection.execute(text("UPDATE xcom SET value = :value"), {"value": json.dumps("x" * MOST_CHARACTERS)})
    assert read(XComRows(url)) == [Problem.TOO_LARGE]


def test_what_is_no_json_is_a_problem_and_the_rest_is_read(tmp_path: Path) -> None:
    url = f"sqlite:///{tmp_path / 'airflow.db'}"
    engine = fill(url, [1, 2, 3])
    with engine.begin() as connection:
        connection.execute(text("UPDATE xcom SET value = CAST(x'22ff22' AS TEXT) WHERE key = 'key_0'"))
        connection.execute(text("UPDATE xcom SET value = x'8004' WHERE key = 'key_1'"))
        connection.execute(text("UPDATE xcom SET key = x'ff' WHERE key = 'key_2'"))
    found = read(XComRows(url))
    assert found[0] == "\udcff"
    assert found[1:] == [Problem.NOT_JSON, Problem.NOT_A_ROW]


def test_the_database_is_only_read(url: str) -> None:
    fill(url, [1])
    with _reading(url, into=lambda error: ConfigurationError(str(error))) as connection:
        problem = None
        try:
            connection.execute(text("DELETE FROM xcom"))
        except SQLAlchemyError as error:
            problem = str(error).lower()
    assert problem is not None
    assert "read" in problem
    assert read(XComRows(url)) == [1]


def test_a_file_that_is_absent_is_not_made(tmp_path: Path) -> None:
    with mistake("there is no file .*absent.db, and AIRFLOW_HOME is"):
        read(XComRows(f"sqlite:///{tmp_path / 'absent.db'}"))
    assert list(tmp_path.iterdir()) == []


def test_a_path_with_signs_of_a_url_is_the_file(tmp_path: Path) -> None:
    path = tmp_path / "a b%20?c#d.db"
    with sqlite3.connect(path) as made_there:
        made_there.execute("CREATE TABLE here (x INT)")
    connection = metadata._read_only_sqlite(str(path))
    assert connection.execute("SELECT count(*) FROM here").fetchone() == (0,)
    connection.close()


SCHEMAS = {
    "nothing": ([], "has no table xcom"),
    "Airflow 1": ([("execution_date", String(50)), ("value", JSON())], "without dag_id, task_id, dag_run_id"),
    "Airflow 2": (
        [("dag_run_id", Integer()), ("dag_id", String(9)), ("task_id", String(9)), ("value", LargeBinary())],
        "holds XComs as bytes",
    ),
}


@pytest.mark.parametrize("schema", SCHEMAS)
def test_the_database_of_another_airflow_is_refused(url: str, schema: str) -> None:
    columns, said = SCHEMAS[schema]
    engine = create_engine(url)
    engine.connect().close()
    if columns:
        Table("xcom", MetaData(), Column("key", String(9)), *(Column(*each) for each in columns)).create(engine)
    for ask in (read, lambda rows: rows.total()):
        with pytest.raises(ConfigurationError) as raised:
            ask(XComRows(url))
        assert said in str(raised.value)
        assert "is not one of Airflow 3.1 or later" in str(raised.value)


@pytest.mark.parametrize(
    ("url", "said"),
    [
        (f"postgresql+psycopg2://u:{CANARY}@127.0.0.1:1/x", "does not answer here"),
        (f"mysql+pymysql://u:{CANARY}@127.0.0.1:1/x", "does not answer here"),
        (f"nothing://u:{CANARY}@h/x", "does not answer here"),
        (CANARY, "does not answer here"),
        ("", "does not answer here"),
        (f"postgresql+asyncpg://u:{CANARY}@h/x", "has an asynchronous driver"),
        (f"mysql+mysqlconnector://u:{CANARY}@h/x", "driver mysql is not installed"),
    ],
)
def test_a_database_that_does_not_answer_is_an_error_without_its_url(url: str, said: str) -> None:
    with pytest.raises(ConfigurationError) as raised:
        read(XComRows(url))
    assert said in str(raised.value)
    assert CANARY not in str(raised.value)
    assert raised.value.__context__ is None


def test_rows_are_fetched_in_batches(url: str, monkeypatch: pytest.MonkeyPatch) -> None:
    fill(url, range(1_000))
    monkeypatch.setattr(metadata, "_BATCH", 10)
    assert sorted(map(str, read(XComRows(url)))) == sorted(map(str, range(1_000)))


def test_a_dag_that_airflow_does_not_know_is_a_mistake(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    url = f"sqlite:///{tmp_path / 'airflow.db'}"
    fill(url, [1, 2])
    monkeypatch.setenv("AIRFLOW_HOME", str(tmp_path))
    monkeypatch.setenv("AIRFLOW__DATABASE__SQL_ALCHEMY_CONN", url)
    codes = {}
    for dag in ("etl", "etll"):
        done = CliRunner(env={"COLUMNS": "200"}).invoke(app, ["tune", "--dag", dag])
        codes[dag] = done.exit_code, "Airflow knows no such Dag: etll" in done.stderr
    assert codes == {"etl": (0, False), "etll": (2, True)}


def test_the_command_reads_airflows_database(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    url = f"sqlite:///{tmp_path / 'airflow.db'}"
    fill(url, [{"password": f"{CANARY}{number}", "token_count": number} for number in range(8)])
    for name, value in {
        "AIRFLOW_HOME": str(tmp_path),
        "AIRFLOW__DATABASE__SQL_ALCHEMY_CONN": url,
        "AIRFLOW__SECURE_XCOM__NAMES": "airflow",
        "COLUMNS": "200",
    }.items():
        monkeypatch.setenv(name, value)
    run = "import sys; from secure_xcom.cli import app; sys.argv[0] = 'secure-xcom'; app()"
    done = subprocess.run(
        [sys.executable, "-c", run, "tune", "--json", "--fail-on", "harmless"],
        capture_output=True,
        text=True,
        check=False,
    )
    assert done.returncode == 1, done.stderr
    found = json.loads(done.stdout)
    assert (found["rows"], found["sealed_values"]) == (8, 16)
    assert CANARY not in done.stdout + done.stderr
