"""docs/backup.md, run as it stands: each part is backed up, lost, and restored, and then values open."""

from __future__ import annotations

import json
import shutil
import sqlite3
from collections.abc import Callable
from contextlib import closing
from pathlib import Path

import pytest

from secure_xcom.errors import ClaimRefused, KeyDenied, ObjectNotFound, SecureXComError, WrongKey
from secure_xcom.model.value import JSON
from tests.docs.deployment import Deployment
from tests.docs.page import sections
from tests.docs.values import VALUE

PAGE = sections("docs/backup.md")
KEY, OBJECTS, LEDGER, DATABASE, CHECK = PAGE["Restore order"]
MERGE, *ACCEPT = PAGE["The keyring is lost"]

Deploy = Callable[..., Deployment]


@pytest.fixture
def deployment(deploy: Deploy) -> Deployment:
    """A machine whose metadata database has the rows, and of which there is a backup."""
    made: Deployment = deploy()
    with closing(sqlite3.connect(_database(made))) as database, database:
        database.execute("CREATE TABLE xcom (dag_id TEXT, value TEXT)")
        database.executemany(
            "INSERT INTO xcom VALUES (?, ?)", [(name, json.dumps(row)) for name, row in made.rows.items()]
        )
    made.machine.do(PAGE["What to back up"])
    return made


def _database(deployment: Deployment) -> Path:
    return deployment.machine.root / "var/airflow/airflow.db"


def _place(deployment: Deployment, name: str) -> Path:
    return deployment.machine.root / "var/airflow/secure_xcom" / name


def _row(deployment: Deployment, dag_id: str = "settlement") -> JSON:
    """The row as the metadata database has it now."""
    with closing(sqlite3.connect(f"file:{_database(deployment)}?mode=ro", uri=True)) as database:
        ((value,),) = database.execute("SELECT value FROM xcom WHERE dag_id = ?", (dag_id,))
    return json.loads(value)


def _pull(deployment: Deployment, dag_id: str = "settlement") -> object:
    return deployment.pull(_row(deployment, dag_id), dag_id)


def _lose_ledger(deployment: Deployment) -> None:
    for file in _place(deployment, "").glob("ledger.db*"):
        file.unlink()


def _lose_all(deployment: Deployment) -> None:
    shutil.rmtree(_database(deployment).parent)
    _place(deployment, "").mkdir(mode=0o700, parents=True)


LOSSES: dict[str, tuple[Callable[[Deployment], object], list, str, type[Exception]]] = {
    "keyring": (lambda at: _place(at, "keyring.json").unlink(), [KEY], "settlement", KeyDenied),
    "objects": (lambda at: shutil.rmtree(_place(at, "store")), [OBJECTS], "settlement", ObjectNotFound),
    "ledger": (_lose_ledger, [LEDGER], "once", ClaimRefused),
    "rows": (lambda at: _database(at).unlink(), [DATABASE], "settlement", sqlite3.OperationalError),
    "all": (_lose_all, [KEY, OBJECTS, LEDGER, DATABASE], "settlement", sqlite3.OperationalError),
}
"""What takes a part away, what restores it, and which Dag's value fails in between, with which error."""


@pytest.mark.parametrize("loss", LOSSES)
def test_what_was_lost_is_restored_and_every_value_opens(deployment: Deployment, loss: str) -> None:
    lose, restore, dag_id, error = LOSSES[loss]
    lose(deployment)
    with pytest.raises((SecureXComError, sqlite3.OperationalError)) as caught:
        _pull(deployment, dag_id)
    assert caught.type is error
    deployment.machine.do([*restore, CHECK])
    assert [_pull(deployment, name) for name in ("settlement", "once")] == [VALUE, VALUE]
    assert deployment.pull(deployment.push()) == VALUE


def test_the_keys_of_a_copy_and_of_a_new_keyring_open_what_either_has_sealed(deployment: Deployment) -> None:
    _place(deployment, "keyring.json").unlink()
    later = deployment.push()
    with pytest.raises(WrongKey):
        _pull(deployment)
    deployment.machine.do([MERGE])
    assert _place(deployment, "keyring.json").stat().st_mode & 0o777 == 0o600
    assert [deployment.pull(later), _pull(deployment), _pull(deployment, "once")] == [VALUE] * 3
    deployment.machine.do(ACCEPT)


def test_without_a_copy_the_cuts_are_accepted(deployment: Deployment) -> None:
    _place(deployment, "keyring.json").unlink()
    for dag_id in ("settlement", "once"):
        deployment.push(dag_id)
    deployment.machine.do(ACCEPT)


def test_a_ledger_that_was_set_back_is_reported_and_a_new_anchor_begun(deployment: Deployment) -> None:
    assert _pull(deployment) == VALUE
    deployment.machine.do([CHECK, LEDGER, *PAGE["The ledger is lost or set back"]])


def test_each_block_of_the_page_is_run() -> None:
    run = {"What to back up", "Restore order", "The keyring is lost", "The ledger is lost or set back"}
    assert {title for title, blocks in PAGE.items() if blocks} == run
    assert {block.language for blocks in PAGE.values() for block in blocks} == {"sh"}
