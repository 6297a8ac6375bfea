"""The commands over a ledger of the test's own, in place of the one that the settings name."""

from __future__ import annotations

import sqlite3
from collections.abc import Callable
from importlib import import_module
from pathlib import Path

import pytest
from click.testing import Result
from typer import Typer
from typer.testing import CliRunner

from secure_xcom.ledger.lazy import LazyLedger
from secure_xcom.ops.explain.shown_names import built_in_shown_names
from secure_xcom.testing.fakes import InMemoryStore, SingleRoute

Command = Callable[..., Result]

# The package's names are the commands: by import alone the modules cannot be had.
audit_module, events_module, lineage_module, keys_module = (
    import_module(f"secure_xcom.cli.{name}") for name in ("audit", "audit_events", "lineage", "ledger_keys")
)

app = Typer(pretty_exceptions_enable=False)
app.command("lineage")(lineage_module.lineage)
app.add_typer(audit_module.app, name="audit")
app.add_typer(keys_module.app, name="ledger")


class Disk:
    """The ledger's file, which a test may change and set back."""

    def __init__(self, path: Path) -> None:
        self.path = path

    def execute(self, statement: str) -> None:
        with sqlite3.connect(self.path, isolation_level=None) as connection:
            connection.execute(statement)

    def keep(self) -> Disk:
        """Return a copy of the ledger as it is now."""
        kept = Disk(self.path.with_suffix(".old"))
        with sqlite3.connect(self.path) as now, sqlite3.connect(kept.path) as copy:
            now.backup(copy)
        return kept

    def set_back(self, kept: Disk) -> None:
        with sqlite3.connect(kept.path) as copy, sqlite3.connect(self.path) as now:
            copy.backup(now)


@pytest.fixture(autouse=True)
def names(monkeypatch: pytest.MonkeyPatch) -> None:
    """Have names judged by the built-in rules: the settings of this machine's Airflow are none of a test's."""
    monkeypatch.setattr("secure_xcom.cli.shown._of_deployment", built_in_shown_names)


@pytest.fixture
def disk(tmp_path: Path) -> Disk:
    return Disk(tmp_path / "ledger.db")


@pytest.fixture
def ledger(disk: Disk) -> LazyLedger:
    return recorded_later(disk)


STORE = InMemoryStore()


def recorded_later(disk: Disk) -> LazyLedger:
    """Return the ledger as another process has it."""
    return LazyLedger(f"sqlite:///{disk.path}", SingleRoute(STORE, None), lambda: 1_767_225_600.0)


@pytest.fixture
def command(ledger: LazyLedger, disk: Disk, monkeypatch: pytest.MonkeyPatch) -> Command:
    """Call ``secure-xcom`` with arguments."""
    for module in (audit_module, events_module, lineage_module, keys_module):
        monkeypatch.setattr(module, "open_ledger", lambda: ledger)
    for module in (audit_module, events_module):
        monkeypatch.setattr(module, "default_anchor", lambda: disk.path.with_name("ledger.db-anchor.json"))
    monkeypatch.setattr(lineage_module, "record_plain_values", lambda: True)

    def call(*arguments: str, columns: int | None = None) -> Result:
        # The runner's output is a terminal of so many columns, or else a pipe. There a row of a table is a line.
        monkeypatch.setattr("secure_xcom.cli.console._is_terminal", lambda: columns is not None)
        monkeypatch.setattr("secure_xcom.cli.console._WIDEST", 10_000)
        done = CliRunner(env={"COLUMNS": str(columns or 200), "TERM": "dumb"}).invoke(app, arguments)
        assert done.exception is None or isinstance(done.exception, SystemExit), done.exception
        return done

    return call
