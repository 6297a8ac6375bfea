"""``secure-xcom audit events`` as people call it."""

from __future__ import annotations

import json
import os
import re
import signal
import stat
import subprocess
import sys
from collections.abc import Iterator
from dataclasses import replace
from pathlib import Path

import pytest

from secure_xcom.errors import LedgerUnavailable
from secure_xcom.ledger.db.schema import entries
from secure_xcom.ledger.following import Following
from secure_xcom.ledger.lazy import LazyLedger
from secure_xcom.model.entry import Entry
from secure_xcom.model.event import Event
from tests.unit.cli.conftest import Command, Disk, events_module
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
    assert "7 entries, 1 unproved. Not verified: secure-xcom audit verify does that" in done.stderr


def test_pages_follow_one_another_by_the_cursor_that_each_prints(recorded: LazyLedger, command: Command) -> None:
    whole = command("audit", "events", "--json").stdout.splitlines()
    pages, after = [], ()
    while True:
        done = command("audit", "events", "--json", "--limit", "2", *after)
        assert done.exit_code == 0
        if not done.stdout:
            break
        pages.append(done.stdout.splitlines())
        cursor = re.search(r"^the next page: --after (\S+)$", done.stderr, re.MULTILINE)
        assert cursor
        after = ("--after", cursor[1])
    assert [len(page) for page in pages] == [2, 2, 2]
    assert [line for page in pages for line in page] == whole


def test_a_list_that_no_limit_ended_has_no_next_page(recorded: LazyLedger, command: Command) -> None:
    assert "the next page" not in command("audit", "events").stderr


def test_a_table_has_a_hundred_rows_unless_more_are_asked_for(ledger: LazyLedger, command: Command) -> None:
    ledger.append([at(0, write(task("fetch"), f"k{number}")) for number in range(120)])
    assert command("audit", "events", "--event", "write").stdout.count("write") == 100
    assert command("audit", "events", "--limit", "110", "--event", "write").stdout.count("write") == 110
    assert len(command("audit", "events", "--format", "csv").stdout.splitlines()) == 122


def test_an_empty_list_says_that_nothing_has_what_was_asked_for(recorded: LazyLedger, command: Command) -> None:
    done = command("audit", "events", "--run", "nope")
    assert (done.exit_code, "the ledger has no entry with all that was asked for" in done.stderr) == (0, True)


@pytest.mark.parametrize("form", FORMATS)
def test_nothing_recorded_is_an_empty_list_and_makes_no_ledger(disk: Disk, command: Command, form: str) -> None:
    done = command("audit", "events", "--format", form)
    assert (done.exit_code, done.stdout.count("\n")) == (0, 1 if form == "csv" else 0)
    assert done.stderr == "0 entries. Not verified: secure-xcom audit verify does that\n"
    assert not disk.path.exists()


def test_a_damaged_row_is_reported_passed_over_and_exits_with_1(
    recorded: LazyLedger, disk: Disk, command: Command
) -> None:
    disk.execute(f"UPDATE {entries} SET event = 'x', chain = char(27) || '[2J' WHERE event = 'write'")
    done = command("audit", "events", "--json")
    assert (done.exit_code, len(done.stdout.splitlines())) == (1, 5)
    assert "damaged: entry 1 of chain \\x1b[2J\n5 entries, 1 damaged row passed over." in done.stderr


@pytest.mark.parametrize("name", [name for name in HOSTILE if name and "\ud800" not in name], ids=ascii)
@pytest.mark.parametrize("form", ["table", "syslog"])
def test_a_hostile_name_reaches_the_terminal_as_text(
    ledger: LazyLedger, command: Command, name: str, form: str
) -> None:
    ledger.append([replace(write(task(name, dag=name), name), host=name, detail=name)])
    done = command("audit", "events", "--format", form)
    assert done.exit_code == 0
    assert all(line.replace("\ufeff", "").isprintable() for line in done.stdout.split("\n"))


WRONG = {
    "a cursor of another kind": ("--after", "1"),
    "no time": ("--since", "yesterday"),
    "an unknown event": ("--event", "party"),
    "no entries": ("--limit", "0"),
    "a file that never ends": ("--follow", "--output", "x"),
    "verification of entries": ("--verify",),
    "counts that go down": ("--format", "prometheus", "--since", "7d"),
    "a page of counts": ("--format", "prometheus", "--limit", "3"),
    "counts that follow": ("--format", "prometheus", "--follow"),
    "looks without a pause": ("--follow", "--interval", "0.01"),
}


@pytest.mark.parametrize("options", WRONG.values(), ids=WRONG)
def test_what_makes_no_sense_exits_with_2(recorded: LazyLedger, command: Command, options: tuple[str, ...]) -> None:
    done = command("audit", "events", *options)
    assert (done.exit_code, done.stdout) == (2, "")


def test_a_file_appears_whole_for_its_owner_alone(recorded: LazyLedger, command: Command, tmp_path: Path) -> None:
    file = tmp_path / "out" / "events.jsonl"
    assert command("audit", "events", "--json", "--output", str(file)).exit_code == 2
    file.parent.mkdir()
    file.write_text("of yesterday")
    done = command("audit", "events", "--json", "--output", str(file))
    assert (done.exit_code, done.stdout) == (0, "")
    assert file.read_text() == command("audit", "events", "--json").stdout
    assert stat.S_IMODE(file.stat().st_mode) == 0o600
    assert [path.name for path in file.parent.iterdir()] == [file.name]


def test_a_file_stays_as_it_was_if_the_export_fails(
    recorded: LazyLedger, command: Command, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    file = tmp_path / "events.jsonl"
    file.write_text("of yesterday")

    def fails(*arguments: object) -> object:
        yield from ()
        raise LedgerUnavailable("the database is away")

    monkeypatch.setattr(LazyLedger, "batches", fails)
    assert command("audit", "events", "--json", "--output", str(file)).exit_code == 2
    assert file.read_text() == "of yesterday"
    assert not list(tmp_path.glob(".tmp-*"))


def test_metrics_are_for_a_collector_of_another_user(recorded: LazyLedger, command: Command, tmp_path: Path) -> None:
    file = tmp_path / "secure-xcom.prom"
    before = os.umask(0o077)
    try:
        done = command("audit", "events", "--format", "prometheus", "--dag", "dag", "--output", str(file))
    finally:
        os.umask(before)
    assert done.exit_code == 0
    assert stat.S_IMODE(file.stat().st_mode) == 0o644
    assert 'secure_xcom_ledger_entries_total{event="read",outcome="refused"} 1\n' in file.read_text()
    assert "breaks" not in file.read_text()


def test_metrics_of_a_verification_exit_with_1_for_a_break(recorded: LazyLedger, disk: Disk, command: Command) -> None:
    done = command("audit", "events", "--format", "prometheus", "--verify")
    assert (done.exit_code, "secure_xcom_ledger_breaks 0\n" in done.stdout) == (0, True)
    disk.execute(f"DELETE FROM {entries} WHERE event = 'write'")
    done = command("audit", "events", "--format", "prometheus", "--verify")
    assert (done.exit_code, "secure_xcom_ledger_breaks 1\n" in done.stdout) == (1, True)


def test_follow_goes_on_after_an_outage(
    recorded: LazyLedger, command: Command, monkeypatch: pytest.MonkeyPatch
) -> None:
    ends = Following._lengths_now
    looks: list[int] = []

    def sometimes(self: Following) -> dict[str, int]:
        looks.append(1)
        if len(looks) == 2:
            raise LedgerUnavailable("the ledger's database is away")
        if len(looks) == 3:
            recorded.append([at(-1, write(task("fetch", run="one"), "late"))])
        return ends(self)

    monkeypatch.setattr(Following, "_lengths_now", sometimes)
    monkeypatch.setattr(events_module, "pause", lambda seconds: len(looks) < 3)
    done = command("audit", "events", "--json", "--follow", "--key", "late")
    assert (done.exit_code, len(done.stdout.splitlines())) == (0, 1)
    assert "the ledger's database is away. It is asked again" in done.stderr


SCRIPT = """
import sys
from importlib import import_module
from secure_xcom.ledger.lazy import LazyLedger
module = import_module("secure_xcom.cli.audit_events")
module.open_ledger = lambda: LazyLedger(sys.argv[1], None, None)
import_module("secure_xcom.cli.audit").app(sys.argv[2:])
"""


@pytest.fixture
def following(disk: Disk, ledger: LazyLedger) -> Iterator[subprocess.Popen[str]]:
    """``--follow`` in a process of its own, of a ledger that has one entry."""
    ledger.append([at(0, write(task("fetch"), "first"))])
    options = ["events", "--follow", "--json", "--event", "write", "--interval", "0.5"]
    arguments = [sys.executable, "-P", "-c", SCRIPT, f"sqlite:///{disk.path}", *options]
    pipes = {"stdout": subprocess.PIPE, "stderr": subprocess.PIPE}
    # A suite that a script runs in the background inherits that interrupts are ignored.
    with subprocess.Popen(arguments, **pipes, text=True, preexec_fn=_heed_interrupts) as process:
        yield process
        process.kill()


def _heed_interrupts() -> None:
    signal.signal(signal.SIGINT, signal.SIG_DFL)


def test_follow_prints_what_is_recorded_and_ends_in_peace(following: subprocess.Popen[str], ledger: LazyLedger) -> None:
    assert following.stdout
    assert following.stderr
    assert json.loads(following.stdout.readline())["key"] == "first"
    ledger.append([at(-3, write(task("fetch"), "second"))])
    assert json.loads(following.stdout.readline())["key"] == "second"
    following.send_signal(signal.SIGINT)
    assert following.wait(timeout=60) == 0
    assert following.stdout.read() == ""
    assert following.stderr.read().startswith("2 entries. Not verified")


def test_follow_ends_when_its_reader_goes_though_nothing_is_recorded(following: subprocess.Popen[str]) -> None:
    assert following.stdout
    assert following.stderr
    following.stdout.readline()
    following.stdout.close()
    assert following.wait(timeout=60) == 0
    assert following.stderr.read().startswith("1 entry. Not verified")


def test_a_reader_that_has_enough_ends_an_export(disk: Disk, ledger: LazyLedger) -> None:
    ledger.append([at(0, replace(write(task("fetch"), f"k{number}"), detail="d" * 500)) for number in range(400)])
    arguments = [sys.executable, "-P", "-c", SCRIPT, f"sqlite:///{disk.path}", "events", "--format", "ocsf"]
    with subprocess.Popen(arguments, stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True) as process:
        assert process.stdout
        assert process.stderr
        process.stdout.readline()
        process.stdout.close()
        assert process.wait(timeout=60) == 0
        assert "Traceback" not in process.stderr.read()
