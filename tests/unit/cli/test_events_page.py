"""``docs/events.md`` shows what the command prints."""

from __future__ import annotations

import re
from dataclasses import replace

import pytest

import secure_xcom
from secure_xcom.cli.events_output import Format
from secure_xcom.ledger.lazy import LazyLedger
from secure_xcom.model.event import Event
from tests.root import ROOT
from tests.unit.cli.conftest import Command
from tests.unit.ops.lineage.traffic import access, read, task, write

PAGE = (ROOT / "docs" / "events.md").read_text()
VERSION = "1.2.3"
"""What the page has in the place of the package's version."""

SHORT = ("--limit", "2")
SHOWN: dict[str, tuple[str, ...]] = {
    "table": ("--dag", "fraud"),
    "jsonl": ("--format", "jsonl", "--outcome", "refused"),
    "csv": ("--format", "csv", "--dag", "fraud", "--since", "2026-01-02"),
    "ocsf": ("--format", "ocsf", "--outcome", "refused"),
    "syslog": ("--format", "syslog", "--dag", "fraud", "--since", "2026-01-02"),
    "otel": ("--format", "otel", "--outcome", "refused"),
    "prometheus": ("--format", "prometheus"),
}


@pytest.fixture(autouse=True)
def fraud(ledger: LazyLedger) -> None:
    """The traffic that the page is about."""
    fetch, validate = (task(name, dag="fraud", run="one") for name in ("fetch", "validate"))
    load = task("load", dag="report", run="theirs")
    seconds = iter(range(0, 100, 5))

    def at(day: int, entry: object, host: str) -> object:
        moment = 1_767_225_600_000 + day * 86_400_000 + next(seconds) * 1000
        return replace(entry, at=moment, host=host, object_id="4f1c" * 8)  # type: ignore[type-var]

    refused = access(Event.READ, load, source=fetch, key="raw_txns", error="NotGranted")
    ledger.append(
        [
            at(0, write(fetch, "raw_txns"), "worker-1"),
            at(0, read(validate, fetch, "raw_txns"), "worker-2"),
            at(1, replace(refused, step="authorise"), "worker-2"),
        ]  # type: ignore[list-item]
    )


@pytest.mark.parametrize("form", SHOWN)
def test_an_example_is_the_printed_one(command: Command, form: str) -> None:
    options = " ".join(SHOWN[form])
    shown = re.search(
        rf"^```console\n\$ secure-xcom audit events {re.escape(options)}\n(.*?)^```$", PAGE, re.MULTILINE | re.DOTALL
    )
    assert shown, options
    printed = command("audit", "events", *SHOWN[form], columns=130).stdout.replace(secure_xcom.__version__, VERSION)
    lines = [line.rstrip() for line in printed.splitlines()]
    if form == "prometheus":
        # The page leaves out series of the same metric.
        assert [line for line in shown[1].splitlines() if line != "..." and line not in lines] == []
    else:
        assert shown[1].splitlines() == lines


def test_the_page_shows_each_format() -> None:
    assert set(SHOWN) == {form.value for form in Format}
    assert all(f"`{form.value}`" in PAGE for form in Format)


def test_what_stands_on_standard_error_is_the_printed_one(command: Command) -> None:
    assert command("audit", "events", *SHORT).stderr in PAGE
