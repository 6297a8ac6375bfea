"""``docs/lineage.md`` shows what the commands print."""

from __future__ import annotations

import textwrap

import pytest

from secure_xcom.ledger.db.schema import entries
from secure_xcom.ledger.lazy import LazyLedger
from secure_xcom.model.event import Event
from tests.root import ROOT
from tests.unit.cli.conftest import Command, Disk
from tests.unit.ops.lineage.traffic import access, read, task, write

PAGE = (ROOT / "docs" / "lineage.md").read_text()


@pytest.fixture(autouse=True)
def fraud(ledger: LazyLedger) -> None:
    """The traffic that the page is about."""
    for run in ("one", "two"):
        fetch, validate = (task(name, dag="fraud", run=run) for name in ("fetch", "validate"))
        ledger.append(
            [
                *(write(fetch, "raw_txns"), read(validate, fetch, "raw_txns")),
                *(write(validate, "valid_txns"), write(validate, "error_count")),
                *(read(task("features", dag="fraud", run=run, index=i), validate, "valid_txns") for i in range(3)),
            ]
        )
    load = task("load", dag="report", run="theirs")
    ledger.append([access(Event.READ, load, source=validate, key="valid_txns", error="NotGranted")])


def test_the_table_is_the_printed_one(command: Command) -> None:
    printed = command("lineage", "fraud", columns=104).stdout
    assert "\n".join(line.rstrip() for line in printed.splitlines()) in PAGE


def test_the_suggestion_is_the_printed_one(command: Command) -> None:
    printed = command("lineage", "fraud", "--suggest").stdout
    assert textwrap.indent(printed, "   ", lambda line: line.strip() != "") in PAGE


def test_the_verification_is_the_printed_one(command: Command, disk: Disk) -> None:
    assert command("audit", "verify").stdout in PAGE
    disk.execute(f"DELETE FROM {entries} WHERE run_id = 'one' AND number = 2")
    assert command("audit", "verify").stdout in PAGE
