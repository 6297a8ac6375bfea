"""``secure-xcom audit verify`` as people call it."""

from __future__ import annotations

import json
import re
import stat
from importlib import import_module
from pathlib import Path

import pytest

from secure_xcom.errors import ConfigurationError, LedgerUnavailable
from secure_xcom.ledger.db.schema import chain_keys, chains, entries
from secure_xcom.ledger.lazy import LazyLedger
from secure_xcom.ops.audit.anchor import anchor_beside, write_anchor
from tests.unit.cli.conftest import Command, Disk, recorded_later
from tests.unit.ops.lineage.traffic import task, write


@pytest.fixture
def recorded(ledger: LazyLedger) -> LazyLedger:
    for run in ("one", "two"):
        ledger.append([write(task("fetch", run=run), key) for key in ("a", "b", "c")])
    return ledger


@pytest.fixture
def anchor(tmp_path: Path) -> Path:
    return tmp_path / "anchor.json"


def test_a_whole_ledger_is_told_with_its_size(recorded: LazyLedger, command: Command) -> None:
    done = command("audit", "verify", "--no-anchor")
    assert (done.exit_code, done.stdout) == (0, "2 runs, 8 entries: whole\n")
    assert done.stderr == "without an anchor, verification cannot find a run or a ledger that is gone or was set back\n"


@pytest.mark.parametrize(("options", "code"), [((), 1), (("--allow-empty",), 0)])
def test_an_empty_ledger_is_not_whole(command: Command, options: tuple[str, ...], code: int) -> None:
    done = command("audit", "verify", *options)
    assert (done.exit_code, done.stdout) == (code, "0 runs, 0 entries: there is nothing to verify\n")
    assert json.loads(command("audit", "verify", "--json", *options).stdout)["whole"] is False


def test_an_empty_ledger_leaves_no_anchor(command: Command, anchor: Path) -> None:
    assert command("audit", "verify", "--anchor", str(anchor)).exit_code == 1
    assert not anchor.exists()


def test_a_cut_exits_with_1_until_it_is_accepted_and_is_never_whole(
    recorded: LazyLedger, disk: Disk, command: Command, anchor: Path
) -> None:
    disk.execute(f"DELETE FROM {chain_keys}")
    recorded_later(disk).append([write(task("fetch", run="three"), "a")])
    done = command("audit", "verify", "--anchor", str(anchor))
    assert (done.exit_code, anchor.exists()) == (1, False)
    assert done.stdout.endswith("3 runs, 11 entries: 2 cut\n")
    ids = re.findall(r"^cut: .*--accept ([0-9a-f]{16})$", done.stdout, re.MULTILINE)
    assert len(ids) == 2
    options = [word for ident in ids for word in ("--accept", ident)]
    assert command("audit", "verify", *options[:2]).exit_code == 1
    done = command("audit", "verify", *options, "--anchor", str(anchor))
    assert (done.exit_code, anchor.exists()) == (0, True)
    assert done.stdout.count("accepted cut: ") == 2
    assert "whole" not in done.stdout
    found = json.loads(command("audit", "verify", *options, "--json").stdout)
    assert (found["whole"], [cut["accepted"] for cut in found["cuts"]]) == (False, [True, True])
    disk.execute(f"DELETE FROM {entries} WHERE run_id = 'one' AND number = 2")
    assert command("audit", "verify", *options).exit_code == 1


def test_an_accepted_cut_that_is_none_is_told(recorded: LazyLedger, command: Command) -> None:
    done = command("audit", "verify", "--accept", "0123456789abcdef")
    assert "--accept 0123456789abcdef: there is no such cut now" in done.stderr
    assert done.exit_code == 0


def test_entries_without_proof_are_told(recorded: LazyLedger, command: Command) -> None:
    recorded.append_kept([write(task("fetch", run="two"), "d")], [""])
    done = command("audit", "verify")
    assert done.exit_code == 0
    assert done.stdout.startswith("unproved: 1 entries of Dag dag, run two, came from a worker's disk")
    found = json.loads(command("audit", "verify", "--json").stdout)
    assert found["unproved"] == [{"dag_id": "dag", "run_id": "two", "entries": 1}]


BREAKS = {
    "changed": f"UPDATE {entries} SET task_id = 'other' WHERE run_id = 'one' AND number = 2",
    "missing": f"DELETE FROM {entries} WHERE run_id = 'one' AND number = 2",
    "cut off": f"DELETE FROM {entries} WHERE run_id = 'one' AND number >= 2",
}


@pytest.mark.parametrize("problem", BREAKS)
def test_the_first_broken_link_of_a_run_is_named_and_exits_with_1(
    recorded: LazyLedger, disk: Disk, command: Command, problem: str
) -> None:
    disk.execute(BREAKS[problem])
    done = command("audit", "verify")
    assert done.exit_code == 1
    broken, size = done.stdout.splitlines()
    assert broken.startswith(f"broken: Dag dag, run one, entry 2: {problem}")
    assert size.startswith("2 runs, ")
    assert size.endswith(": 1 broken")


def test_json_holds_the_same(recorded: LazyLedger, disk: Disk, command: Command) -> None:
    whole = {"whole": True, "runs": 2, "entries": 8, "breaks": [], "cuts": [], "unproved": [], "pruned": []}
    assert json.loads(command("audit", "verify", "--json").stdout) == whole
    disk.execute(BREAKS["missing"])
    done = command("audit", "verify", "--json")
    assert done.exit_code == 1
    found = json.loads(done.stdout)
    assert (found["whole"], found["runs"], found["entries"]) == (False, 2, 7)
    (problem,) = found["breaks"]
    assert (problem["dag_id"], problem["run_id"], problem["number"]) == ("dag", "one", 2)


def test_a_name_from_a_broken_ledger_reaches_the_terminal_as_text(
    recorded: LazyLedger, disk: Disk, command: Command
) -> None:
    disk.execute(f"UPDATE {chains} SET run_id = '\x1b[2J' || char(10) || '[red]' WHERE run_id = 'one'")
    done = command("audit", "verify")
    assert done.exit_code == 1
    assert "run \\x1b[2J\\n[red], entry 0: the run's name was changed" in done.stdout


def test_the_first_anchor_is_made_for_its_owner_alone_and_told_to_be_new(
    recorded: LazyLedger, command: Command, anchor: Path
) -> None:
    done = command("audit", "verify", "--anchor", str(anchor))
    assert done.exit_code == 0
    assert "the anchor is new" in done.stderr
    assert stat.S_IMODE(anchor.stat().st_mode) == 0o600
    ends = json.loads(anchor.read_text())
    assert sorted(length for length, *_ in ends.values()) == [2, 3, 3]
    assert list(anchor.parent.glob(".anchor*")) == []


def test_the_anchor_lies_beside_the_ledger_unless_told_otherwise(
    recorded: LazyLedger, disk: Disk, command: Command
) -> None:
    beside = disk.path.with_name("ledger.db-anchor.json")
    for options in (("--no-anchor",), ("--anchor", str(disk.path.with_name("elsewhere.json")))):
        assert command("audit", "verify", *options).exit_code == 0
        assert not beside.exists()
    done = command("audit", "verify")
    assert (done.exit_code, stat.S_IMODE(beside.stat().st_mode)) == (0, 0o600)
    assert "the anchor is new" in done.stderr
    done = command("audit", "verify")
    assert done.stderr == (
        f"the anchor is {beside}. A writer of the ledger who can write it too, as the workers' user can, can set both "
        "back unnoticed: keep it elsewhere with --anchor\n"
    )


def test_a_ledger_that_was_set_back_alone_is_found_with_the_anchor_beside_it(
    recorded: LazyLedger, disk: Disk, command: Command
) -> None:
    before = disk.keep()
    recorded.append([write(task("fetch", run="one"), "d")])
    assert command("audit", "verify").exit_code == 0
    disk.set_back(before)
    done = command("audit", "verify")
    assert (done.exit_code, "at the last verification" in done.stdout) == (1, True)
    # Metrics compare with it too, and leave it as it is.
    assert "secure_xcom_ledger_breaks 1\n" in command("audit", "events", "--format", "prometheus", "--verify").stdout


def test_an_anchor_and_no_anchor_exclude_each_other(recorded: LazyLedger, command: Command, anchor: Path) -> None:
    done = command("audit", "verify", "--anchor", str(anchor), "--no-anchor")
    assert (done.exit_code, done.stdout, anchor.exists()) == (2, "", False)


PLACES = {
    "SQLite": ("sqlite:////var/lib/ledger.db", "/var/lib/ledger.db-anchor.json"),
    "a server": ("postgresql+psycopg2://xcom:canary@db/ledger", "/home/secure_xcom/ledger-anchor.json"),
    "memory": ("sqlite://", "/home/secure_xcom/ledger-anchor.json"),
}


@pytest.mark.parametrize(("url", "place"), PLACES.values(), ids=PLACES)
def test_each_ledger_has_a_place_for_its_anchor(url: str, place: str) -> None:
    assert anchor_beside(url, Path("/home/secure_xcom")) == Path(place)


def test_a_ledger_of_no_kind_is_told_without_its_password() -> None:
    with pytest.raises(ConfigurationError) as caught:
        anchor_beside("xcom:canary@db", Path())
    assert "canary" not in str(caught.value)


def test_the_directory_of_an_anchor_is_made_for_a_server_alone(tmp_path: Path) -> None:
    path = tmp_path / "secure_xcom" / "ledger-anchor.json"
    with pytest.raises(ConfigurationError, match="--no-anchor writes none"):
        write_anchor(path, {})
    write_anchor(path, {}, makes_directory=True)
    assert stat.S_IMODE(path.parent.stat().st_mode) == 0o700


def test_an_anchor_follows_a_ledger_that_grows(recorded: LazyLedger, command: Command, anchor: Path) -> None:
    command("audit", "verify", "--anchor", str(anchor))
    recorded.append([write(task("fetch", run="one"), "d"), write(task("fetch", run="three"), "a")])
    done = command("audit", "verify", "--anchor", str(anchor))
    assert (done.exit_code, done.stdout, done.stderr) == (0, "3 runs, 11 entries: whole\n", "")
    assert sorted(length for length, *_ in json.loads(anchor.read_text()).values()) == [1, 3, 3, 4]


@pytest.mark.parametrize("goes_on", [False, True])
def test_a_ledger_that_was_set_back_whole_is_found_with_an_anchor_only(
    recorded: LazyLedger, disk: Disk, command: Command, anchor: Path, *, goes_on: bool
) -> None:
    before = disk.keep()
    recorded.append([write(task("fetch", run="one"), "d")])
    command("audit", "verify", "--anchor", str(anchor))
    kept = anchor.read_bytes()
    disk.set_back(before)
    if goes_on:
        recorded.append([write(task("fetch", run="one"), "another")])
    assert command("audit", "verify", "--no-anchor").exit_code == 0
    done = command("audit", "verify", "--anchor", str(anchor))
    assert done.exit_code == 1
    assert "at the last verification" in done.stdout
    assert anchor.read_bytes() == kept


def test_a_broken_ledger_leaves_no_new_anchor(recorded: LazyLedger, disk: Disk, command: Command, anchor: Path) -> None:
    disk.execute(BREAKS["changed"])
    assert command("audit", "verify", "--anchor", str(anchor)).exit_code == 1
    assert not anchor.exists()


DAMAGED = [
    b"",
    b"{",
    b"[]",
    b"null",
    b"\xff\xfe",
    b'{"chain": 1}',
    b'{"chain": [1]}',
    b'{"chain": [-1, "mac"]}',
    b'{"chain": ["1", "mac"]}',
    b'{"chain": [1, "mac", 2]}',
    b'{"chain": [1, null]}',
    b'{"\xff": [1, "mac"]}',
]


@pytest.mark.parametrize("content", DAMAGED, ids=repr)
def test_a_damaged_anchor_is_told_on_one_line_exits_with_2_and_stays(
    recorded: LazyLedger, command: Command, anchor: Path, content: bytes
) -> None:
    anchor.write_bytes(content)
    done = command("audit", "verify", "--anchor", str(anchor))
    assert done.exit_code == 2
    assert done.stdout == ""
    assert f"--anchor {anchor}: the file is damaged" in done.stderr
    assert anchor.read_bytes() == content


@pytest.mark.parametrize("where", ["a directory", "below a file", "in no directory"])
def test_an_anchor_that_cannot_be_is_told_and_exits_with_2(
    recorded: LazyLedger, disk: Disk, command: Command, tmp_path: Path, where: str
) -> None:
    path = {"a directory": tmp_path, "below a file": disk.path / "x", "in no directory": tmp_path / "no" / "x"}[where]
    done = command("audit", "verify", "--anchor", str(path))
    assert done.exit_code == 2
    assert f"--anchor {path}: the file cannot be" in done.stderr


def test_a_ledger_that_does_not_answer_is_neither_whole_nor_broken(
    command: Command, monkeypatch: pytest.MonkeyPatch
) -> None:
    def fails() -> LazyLedger:
        raise LedgerUnavailable("the ledger's database is locked")

    monkeypatch.setattr(import_module("secure_xcom.cli.audit"), "open_ledger", fails)
    done = command("audit", "verify")
    assert (done.exit_code, done.stdout) == (2, "")
    assert done.stderr == "LedgerUnavailable: the ledger's database is locked (docs/errors.md#ledgerunavailable)\n"


def test_a_ledger_that_is_not_there_is_told_and_is_not_made(disk: Disk, command: Command) -> None:
    done = command("audit", "verify")
    assert done.exit_code == 1
    assert "the ledger is empty: nothing was recorded yet, or all entries are gone" in done.stderr
    assert command("lineage", "dag").exit_code == 1
    assert not disk.path.exists()


def test_a_ledger_that_is_gone_is_found_with_an_anchor(
    recorded: LazyLedger, disk: Disk, command: Command, anchor: Path
) -> None:
    command("audit", "verify", "--anchor", str(anchor))
    kept = anchor.read_bytes()
    disk.path.unlink()
    done = command("audit", "verify", "--anchor", str(anchor))
    assert done.exit_code == 1
    assert "Dag dag, run one, entry 1: gone whole since the last verification" in done.stdout
    assert anchor.read_bytes() == kept
