"""``secure-xcom audit events`` as people call it."""

from __future__ import annotations

import csv
import io
import json
import re
from dataclasses import replace
from pathlib import Path

import pytest

from secure_xcom.ledger.db.schema import entries
from secure_xcom.ledger.lazy import LazyLedger
from secure_xcom.model.entry import Entry
from secure_xcom.model.event import Event
from tests.unit.cli.conftest import Command, Disk
from tests.unit.ops.lineage.traffic import HOSTILE, access, read, task, write

FORMATS = ("table", "jsonl", "csv", "ocsf", "syslog", "otel")
DAY = 86_400_000
START = 1_767_225_600_000
"""2026-01-01."""


def at(day: float, entry: Entry) -> Entry:
    return replace(entry, at=int(START + day * DAY), host="worker-1")


@pytest.fixture
def recorded(ledger: LazyLedger) -> LazyLedger:
    """Three days of two Dags: a write, a read, a refusal and an expiry."""
    fetch, load = task("fetch", run="one"), task("load", dag="other", run="theirs", index=2)
    ledger.append(
        [at(0, replace(write(fetch, "raw"), object_id="0" * 32)), at(1, read(task("use", run="one"), fetch, "raw"))]
    )
    ledger.append([at(2, access(Event.READ, load, source=fetch, key="raw", error="NotGranted"))])
    ledger.append([at(3, access(Event.CLAIM, load, source=fetch, key="raw", error="Expired"))])
    return ledger


def listed(command: Command, *options: str) -> list[dict[str, object]]:
    done = command("audit", "events", "--json", *options)
    assert done.exit_code == 0, done.stderr
    found = [json.loads(line) for line in done.stdout.splitlines()]
    return [one for one in found if one["event"] != "run"]


FILTERS = {
    "dag": (("--dag", "dag"), [0, 1, 2, 3]),
    "another dag": (("--dag", "other"), []),
    "run": (("--run", "one"), [0, 1, 2, 3]),
    "task": (("--task", "fetch"), [0, 1, 2, 3]),
    "another task": (("--task", "use"), []),
    "key": (("--key", "raw"), [0, 1, 2, 3]),
    "another key": (("--key", "raw "), []),
    "event": (("--event", "read"), [1, 2]),
    "events": (("--event", "read", "--event", "write"), [0, 1, 2]),
    "outcome": (("--outcome", "expired", "--outcome", "refused"), [2, 3]),
    "actor's dag": (("--actor-dag", "other"), [2, 3]),
    "object": (("--object", "0" * 32), [0]),
    "since": (("--since", "2026-01-02"), [1, 2, 3]),
    "since with a zone": (("--since", "2026-01-02T01:00:00+01:00"), [1, 2, 3]),
    "until": (("--until", "2026-01-03T00:00:00Z"), [0, 1]),
    "since long ago": (("--since", "99999d"), [0, 1, 2, 3]),
    "all together": (("--dag", "dag", "--event", "read", "--outcome", "done", "--since", "2026-01-01"), [1]),
}


@pytest.mark.parametrize(("options", "days"), FILTERS.values(), ids=FILTERS)
def test_a_filter_admits_what_has_it(
    recorded: LazyLedger, command: Command, options: tuple[str, ...], days: list[int]
) -> None:
    found = listed(command, *options)
    assert [one["time"] for one in found] == [f"2026-01-{day + 1:02d}T00:00:00.000Z" for day in days]


def test_the_table_says_who_did_what_and_whether_it_is_proved(recorded: LazyLedger, command: Command) -> None:
    recorded.append_kept([at(4, write(task("fetch", run="one"), "late"))], [""])
    done = command("audit", "events", columns=300)
    assert done.exit_code == 0
    rows = [
        [cell.strip() for cell in re.split("[│┃]", row)[1:-1]]
        for row in done.stdout.splitlines()
        if re.search("[│┃]", row)
    ]
    assert rows[0] == ["time", "event", "outcome", "XCom", "by", "host", "proved"]
    xcom = "raw of task fetch of Dag dag, run one"
    assert rows[-2][2:] == [
        *("expired (Expired)", xcom, "task load[2] (try 1) of Dag other, run theirs", "worker-1", "yes")
    ]
    assert rows[-1][-1] == "no"
    assert "7 entries, 1 unproved. They are not verified: secure-xcom audit verify does that" in done.stderr
