"""``secure-xcom ledger rekey`` as people call it."""

from __future__ import annotations

import json

import pytest

from secure_xcom.errors import StoreUnavailable
from secure_xcom.ledger.chain_keys import ChainKeys
from secure_xcom.ledger.db.schema import chain_keys
from secure_xcom.ledger.lazy import LazyLedger
from tests.unit.cli.conftest import Command, Disk
from tests.unit.ops.lineage.traffic import task, write

LOST = "the ledger has no key of this domain (KeyGone)"


@pytest.fixture
def recorded(ledger: LazyLedger) -> LazyLedger:
    ledger.append([write(task("fetch", run="one"), "a")])
    return ledger


@pytest.mark.parametrize(
    ("options", "words"), [((), "sealed anew"), (("--dry-run",), "would be sealed anew")], ids=["done", "dry run"]
)
def test_a_key_that_opens_is_sealed_anew_and_exits_with_0(
    recorded: LazyLedger, command: Command, options: tuple[str, ...], words: str
) -> None:
    done = command("ledger", "rekey", *options)
    assert (done.exit_code, done.stdout) == (0, f"Dag dag: {words}\n")
    assert command("audit", "verify").stdout.endswith(": whole\n")


@pytest.mark.parametrize(
    ("options", "words", "cuts"),
    [((), "a new chain was begun", 2), (("--dry-run",), "a new chain would be begun", 0)],
    ids=["done", "dry run"],
)
def test_a_key_that_is_gone_begins_a_new_chain_and_exits_with_1(
    recorded: LazyLedger, disk: Disk, command: Command, options: tuple[str, ...], words: str, cuts: int
) -> None:
    disk.execute(f"DELETE FROM {chain_keys}")
    recorded._made = None
    done = command("ledger", "rekey", *options)
    assert (done.exit_code, done.stdout) == (1, f"Dag dag: {words}: {LOST}\n")
    assert len(json.loads(command("audit", "verify", "--json").stdout)["cuts"]) == cuts


def test_a_key_out_of_reach_exits_with_2_and_says_why(
    recorded: LazyLedger, command: Command, monkeypatch: pytest.MonkeyPatch
) -> None:
    def fails(*_: object) -> bytes:
        raise StoreUnavailable("not now")

    monkeypatch.setattr(ChainKeys, "_open", fails)
    done = command("ledger", "rekey")
    assert (done.exit_code, done.stdout) == (2, "Dag dag: out of reach: StoreUnavailable: not now\n")


def test_json_holds_the_same(recorded: LazyLedger, command: Command) -> None:
    done = command("ledger", "rekey", "--json")
    assert json.loads(done.stdout) == [
        {"dag_id": "dag", "former": False, "outcome": "sealed", "generations": [1], "problem": ""}
    ]


def test_an_empty_ledger_has_no_keys_and_is_not_made(disk: Disk, command: Command) -> None:
    done = command("ledger", "rekey")
    assert (done.exit_code, done.stdout) == (0, "the ledger has no chain key yet\n")
    assert not disk.path.exists()
