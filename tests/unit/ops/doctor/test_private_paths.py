"""The doctor says of each private path what the worker would say, also before the path is made."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path

import pytest

from secure_xcom.adapters.local.file import FileStore
from secure_xcom.adapters.local.keyring import LocalKeyring
from secure_xcom.errors import ConfigurationError
from secure_xcom.ledger.db.database import Database
from secure_xcom.ledger.spool import Spool
from secure_xcom.ops.audit.anchor import read_anchor, write_anchor
from secure_xcom.ops.doctor.report import Outcome, run
from secure_xcom.ports.private_path import make_private_directory
from tests.ledger.site import entry

LOOKS = {
    "keyring": lambda home: LocalKeyring(home / "keyring.json").is_made(),
    "store": lambda home: FileStore(home / "store").is_made(),
    "spool": lambda home: Spool(home / "spool").count(),
    "ledger": lambda home: Database.of(f"sqlite:///{home}/ledger.db").reach(),
}


@pytest.mark.parametrize("name", LOOKS)
@pytest.mark.parametrize("depth", [0, 1], ids=["home", "above"])
def test_a_path_that_others_can_change_is_found_with_its_cure(tmp_path: Path, name: str, depth: int) -> None:
    home = tmp_path / "airflow" / "secure_xcom"
    make_private_directory(home, "home")
    (home, home.parent)[depth].chmod(0o777)
    found = run(name, lambda: str(LOOKS[name](home)), "fix")
    assert found.outcome is Outcome.FAILED
    assert "mode 0777" in found.found
    assert f"chmod o-w {(home, home.parent)[depth]}" in found.found


@pytest.mark.parametrize("name", LOOKS)
def test_looking_makes_nothing(tmp_path: Path, name: str) -> None:
    LOOKS[name](tmp_path / "airflow" / "secure_xcom")
    assert list(tmp_path.iterdir()) == []


def test_a_ledger_below_a_directory_that_others_can_change_takes_no_entry(tmp_path: Path) -> None:
    tmp_path.chmod(0o777)
    with pytest.raises(ConfigurationError, match=r"(?s)ledger: SQLite's file.*mode 0777"):
        Database.of(f"sqlite:///{tmp_path}/x/ledger.db").write(lambda connection: None)
    assert list(tmp_path.iterdir()) == []


@pytest.mark.parametrize("use", ["keep", "replay"])
def test_a_spool_that_others_can_change_is_not_used(tmp_path: Path, use: str) -> None:
    directory = tmp_path / "spool"
    spool, appended, warned = Spool(directory), [], []
    spool.keep([entry()], [""])
    directory.chmod(0o777)
    calls = {
        "keep": lambda: spool.keep([entry()], [""]),
        "replay": lambda: spool.replay(lambda *batch: appended.append(batch), warned.append),
    }
    with pytest.raises(ConfigurationError, match=r"(?s)the ledger's spool.*mode 0777.*chmod o-w"):
        calls[use]()
    assert (appended, len([*directory.iterdir()])) == ([], 1)


@pytest.mark.parametrize("use", [read_anchor, lambda path: write_anchor(path, {})], ids=["read", "write"])
def test_an_anchor_that_others_can_exchange_is_neither_read_nor_written(
    tmp_path: Path, use: Callable[[Path], object]
) -> None:
    path = tmp_path / "anchor.json"
    write_anchor(path, {})
    tmp_path.chmod(0o777)
    with pytest.raises(ConfigurationError, match=r"(?s)--anchor.*mode 0777.*chmod o-w"):
        use(path)
