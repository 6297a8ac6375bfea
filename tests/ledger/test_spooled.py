"""Nobody's words but a domain's own are signed as proved: what any process of the user drops into the spool is not."""

from __future__ import annotations

import time
from collections.abc import Callable
from dataclasses import replace
from pathlib import Path
from typing import Any

import msgspec
import pytest

from secure_xcom.errors import LedgerUnavailable
from secure_xcom.exchange.recorder import Recorder
from secure_xcom.ledger.ledger import SqlLedger
from secure_xcom.ledger.rows import row_of
from secure_xcom.ledger.spool import Spool
from secure_xcom.model.entry import Entry
from secure_xcom.model.event import Event
from tests.ledger.site import Site, entry, task

VICTIM = entry(at=7, dag_id="victim", event=Event.READ, detail="forged")


class Worker:
    """A worker's process: a ledger that may be away, and the disk."""

    def __init__(self, site: Site, directory: Path) -> None:
        self.site, self.spool, self.directory = site, Spool(directory), directory
        self.warnings: list[str] = []

    def record(self, *entries: Entry, required: bool = True) -> None:
        self._recorder(self.site.ledger, best_effort=not required).record(*entries)

    def record_while_away(self, *entries: Entry) -> None:
        ledger = Away(self.site.ledger)
        self._recorder(ledger, best_effort=True).record(*entries)

    def _recorder(self, ledger: Any, *, best_effort: bool) -> Recorder:
        return Recorder(
            ledger=ledger,
            clock=time.time,
            host="w",
            warn=self.warnings.append,
            spool=self.spool,
            best_effort=best_effort,
        )

    def drop(self, *kept: dict[str, object]) -> None:
        """Write a file as any process of the worker's user can."""
        self.directory.mkdir(exist_ok=True)
        (self.directory / "0000000000000001-00.json").write_bytes(msgspec.json.encode(kept))

    def kept(self) -> list[dict[str, Any]]:
        (path,) = self.directory.glob("*.json")
        return list(msgspec.json.decode(path.read_bytes()))


class Away:
    """The ledger of a process whose database has gone away; it knows the keys that it knew."""

    def __init__(self, ledger: SqlLedger) -> None:
        self.prove = ledger.prove

    def append(self, new: object) -> None:
        raise LedgerUnavailable("down")

    append_kept = append


@pytest.fixture
def worker(sqlite_site: Site, tmp_path: Path) -> Worker:
    made = Worker(sqlite_site, tmp_path / "spool")
    made.record(entry(), entry(dag_id="victim"))
    return made


def _proved(worker: Worker, dag_id: str) -> list[bool]:
    return [one.proved for one in worker.site.ledger.read(dag_id)]


def test_what_the_process_kept_itself_is_proved(worker: Worker) -> None:
    worker.record_while_away(entry(at=5), entry(at=6, dag_id="victim"))
    worker.record(entry(at=8))
    assert _proved(worker, "etl") == [True, True, True]
    assert _proved(worker, "victim") == [True, True]
    assert worker.site.verify().unproved == {}


def test_what_another_process_kept_is_proved(worker: Worker) -> None:
    worker.record_while_away(entry(at=5))
    again = Worker(Site(worker.site.url, worker.site.directory), worker.directory)
    again.record(entry(at=8))
    assert _proved(again, "etl") == [True, True, True]


@pytest.mark.parametrize("required", [True, False])
@pytest.mark.parametrize("proof", ["", "0" * 64], ids=["none", "zeros"])
def test_a_file_that_was_dropped_into_the_spool_is_recorded_as_unproved(
    worker: Worker, proof: str, *, required: bool
) -> None:
    """The attack: any process of the user speaks in the name of another Dag, also with ``ledger_mode = required``."""
    row = {**row_of(VICTIM), "proved": 1}
    worker.drop({"row": row, "proof": proof})
    worker.record(entry(at=8), required=required)
    assert [(one.detail, one.proved) for one in worker.site.ledger.read("victim")] == [("", True), ("forged", False)]
    found = worker.site.verify()
    assert (found.breaks, found.unproved) == ((), {("victim", "run"): 1})


CHANGES: dict[str, Callable[[dict[str, Any]], object]] = {
    "another object": lambda one: one["row"].update(object_id="f" * 32),
    "another event": lambda one: one["row"].update(event="purge"),
    "another task": lambda one: one["row"].update(actor_task_id="other"),
    "another Dag": lambda one: one["row"].update(actor_dag_id="victim"),
    "another time": lambda one: one["row"].update(at=4),
    "a cut proof": lambda one: one.update(proof=one["proof"][:-1]),
}


@pytest.mark.parametrize("change", CHANGES)
def test_the_proof_of_one_entry_proves_no_other(worker: Worker, change: str) -> None:
    worker.record_while_away(entry(at=5))
    (kept,) = worker.kept()
    CHANGES[change](kept)
    for path in worker.directory.iterdir():
        path.unlink()
    worker.drop(kept)
    worker.record(entry(at=8))
    assert sum(worker.site.verify().unproved.values()) == 1


def test_an_entry_that_was_kept_without_the_domains_key_at_hand_is_unproved(sqlite_site: Site, tmp_path: Path) -> None:
    worker = Worker(sqlite_site, tmp_path / "spool")
    worker.record_while_away(entry(at=5))
    worker.record(entry(at=8))
    assert _proved(worker, "etl") == [False, True]


def test_a_claim_that_was_dropped_into_the_spool_proves_no_claim(worker: Worker) -> None:
    claim = entry(at=7, event=Event.CLAIM, object_id="a" * 32)
    worker.drop({"row": row_of(claim), "proof": ""})
    worker.record(entry(at=8))
    assert not worker.site.ledger.has_claimed(claim)
    worker.record(replace(claim, actor=task()))
    assert worker.site.ledger.has_claimed(claim)


@pytest.mark.parametrize("content", [{"row": {}}, {"proof": ""}, {"row": [], "proof": ""}, {"row": {}, "proof": 1}])
def test_a_file_of_another_form_is_set_aside(worker: Worker, content: dict[str, object]) -> None:
    worker.drop(content)
    worker.record(entry(at=8))
    assert worker.spool.count() == (0, 1)
    assert worker.site.verify().breaks == ()
