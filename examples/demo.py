"""``make demo``: run an example Dag through a real Airflow, then show where its secrets are, and where they are not."""

from __future__ import annotations

import json
import secrets
import sys
import tempfile
from dataclasses import dataclass
from pathlib import Path

from rich.console import Console
from rich.table import Table
from sqlalchemy import create_engine, text

from examples.picture import take_picture
from examples.standalone import Standalone

DAGS = Path(__file__).parent / "dags"
DAG, RUN, MAKER, CONSUMER = "payments", "demo", "fetch_credentials", "charge"
RUN_SECONDS = 120

_WIDE = 240
"""Columns of a table that nobody sees on a terminal."""


@dataclass(frozen=True)
class Seen:
    """What can be seen of one XCom, by whom or where."""

    returned: str
    database: str
    rest: str
    listed: str
    log: str
    received: str

    @property
    def public(self) -> dict[str, str]:
        """The places where no secret may be."""
        return {"database": self.database, "REST": self.rest, "UI list": self.listed, "task log": self.log}


def main() -> int:
    """Run the Dag and report; with an argument, also save a picture of the XCom list there (needs Chromium)."""
    picture = Path(sys.argv[1]) if len(sys.argv) > 1 else None
    # In a file and in a pipe each place is one line, as it is on a wide terminal.
    console = Console(width=None if sys.stdout.isatty() else _WIDE)
    given = {"password": secrets.token_urlsafe(18), "api_token": secrets.token_urlsafe(18)}
    with tempfile.TemporaryDirectory(prefix="secure-xcom-demo-") as directory:
        console.print(
            "Starting a real Airflow: API server, scheduler, Dag processor, triggerer; about a minute in all ..."
        )
        seen = _run(Path(directory), given, picture)
    _show(console, seen)
    return _verdict(console, seen, given)


def _run(home: Path, given: dict[str, str], picture: Path | None) -> Seen:
    files = {name: home / f"{name}.json" for name in ("secrets", "returned", "received")}
    for file in files.values():
        file.touch(mode=0o600)
    files["secrets"].write_text(json.dumps(given))
    settings = {f"DEMO_{name.upper()}": str(file) for name, file in files.items()}
    settings["AIRFLOW__CORE__XCOM_BACKEND"] = "secure_xcom.SecureXComBackend"
    with Standalone(home, DAGS, settings) as airflow:
        state = airflow.run(DAG, RUN, RUN_SECONDS)
        if state != "success":
            sys.exit(f"the Dag run ended as {state}: {_log(airflow, MAKER)}{_log(airflow, CONSUMER)}")
        if picture is not None:
            take_picture(airflow, DAG, picture)
        return Seen(
            returned=files["returned"].read_text(),
            database=_database_value(airflow.database),
            rest=json.dumps(_xcom(airflow, deserialize=False, stringify=False)),
            listed=str(_xcom(airflow, deserialize=True, stringify=True)),
            log=_log(airflow, CONSUMER),
            received=files["received"].read_text(),
        )


def _database_value(database: str) -> str:
    query = text("select value from xcom where dag_id = :dag and task_id = :task and key = 'return_value'")
    with create_engine(database).connect() as connection:
        return str(connection.execute(query, {"dag": DAG, "task": MAKER}).scalar_one())


def _xcom(airflow: Standalone, **parameters: bool) -> object:
    path = f"/api/v2/dags/{DAG}/dagRuns/{RUN}/taskInstances/{MAKER}/xcomEntries/return_value"
    return airflow.get(path, **parameters)["value"]


def _log(airflow: Standalone, task: str) -> str:
    return airflow.log(f"/api/v2/dags/{DAG}/dagRuns/{RUN}/taskInstances/{task}/logs/1")


def _show(console: Console, seen: Seen) -> None:
    charging = next(line for line in seen.log.splitlines() if "charging with" in line)
    table = Table(title="One XCom, wherever it can be seen", show_lines=True, title_justify="left")
    table.add_column("where", no_wrap=True)
    table.add_column("what is there", overflow="fold")
    for place, content in (
        ("returned by the task", seen.returned),
        ("metadata database", seen.database),
        ("REST API", seen.rest),
        ("UI, XCom list", seen.listed),
        ("task log", charging),
        ("received by the consumer", seen.received),
    ):
        table.add_row(place, content)
    console.print(table, markup=False)


def _verdict(console: Console, seen: Seen, given: dict[str, str]) -> int:
    leaks = [f"{name} in {place}" for place, content in seen.public.items() for name in given if given[name] in content]
    exact = json.loads(seen.returned) == json.loads(seen.received)
    if not leaks and exact:
        console.print("[bold green]No secret leaked, and the consumer received exactly what was returned.[/]")
        return 0
    problems = leaks + ([] if exact else ["the consumer received something else"])
    console.print(f"[bold red]Failed:[/] {'; '.join(problems)}")
    return 1


if __name__ == "__main__":
    sys.exit(main())
