"""What docs/backup.md and SECURITY.md say of each loss, on one machine with the default settings."""

import json
import shutil
from pathlib import Path

import pytest

from secure_xcom.assembly.build import build, build_ledger
from secure_xcom.errors import ClaimRefused, KeyDenied, ObjectNotFound, WrongKey
from secure_xcom.ledger.verification import Verification
from secure_xcom.model.value import JSON
from secure_xcom.settings.settings import Settings
from tests.docs.values import VALUE, host, query, where, writer


class Site:
    """A machine whose worker starts anew for each push and pull, so that nothing is kept in memory."""

    def __init__(self, home: Path) -> None:
        self.home = home
        self.keyring = home / "secure_xcom" / "keyring.json"
        self.store = home / "secure_xcom" / "store"
        self.section: dict[str, str] = {}

    def push(self, dag_id: str = "known") -> JSON:
        return build(self._settings(), writer(dag_id)).push(VALUE, where(dag_id))

    def pull(self, row: JSON, dag_id: str = "known", task_id: str = "t") -> object:
        return build(self._settings(), host(dag_id, task_id)).pull(row, query(dag_id))

    def lose_ledger(self) -> None:
        for file in self.keyring.parent.glob("ledger.db*"):
            file.unlink()

    def verify(self) -> bool:
        return not self.verification().breaks

    def verification(self) -> Verification:
        return build_ledger(self._settings(), host("known")).verify()

    def _settings(self) -> Settings:
        return Settings.parse(self.section, self.home)


@pytest.fixture
def site(tmp_path: Path) -> Site:
    return Site(tmp_path)


def test_without_its_keyring_a_value_does_not_open(site: Site) -> None:
    row = site.push()
    site.keyring.unlink()
    with pytest.raises(KeyDenied, match="keyring"):
        site.pull(row)


def test_a_push_after_the_loss_makes_a_new_keyring_and_begins_a_new_chain(site: Site) -> None:
    site.push()
    before = site.keyring.read_bytes()
    site.keyring.unlink()
    assert site.pull(site.push()) == VALUE
    assert site.keyring.read_bytes() != before
    assert [cut.generation for cut in site.verification().cuts] == [2, 1]


def test_a_dag_that_the_ledger_does_not_know_goes_on_under_the_new_keyring(site: Site) -> None:
    site.push()
    site.keyring.unlink()
    assert site.pull(site.push("new"), "new") == VALUE


@pytest.mark.parametrize("mode", ["best-effort", "off"])
def test_where_no_entry_is_required_pushes_go_on_under_the_new_keyring(mode: str, site: Site) -> None:
    site.push()
    site.keyring.unlink()
    site.section = {"ledger_mode": mode}
    assert site.pull(site.push()) == VALUE


def test_a_keyring_with_the_keys_of_both_opens_what_either_has_sealed(site: Site) -> None:
    earlier = site.push()
    lost = json.loads(site.keyring.read_text())
    site.keyring.unlink()
    later = site.push("new")
    made = json.loads(site.keyring.read_text())
    site.keyring.write_text(json.dumps({**lost, "keys": {**lost["keys"], **made["keys"]}}))
    assert site.pull(earlier) == site.pull(later, "new") == site.pull(site.push()) == VALUE
    assert site.verify()


def test_after_a_change_of_the_key_pushes_go_on_and_earlier_values_do_not_open(site: Site) -> None:
    row = site.push()
    site.section = {"key": f"local://{site.home}/another.json"}
    assert site.pull(site.push()) == VALUE
    with pytest.raises(WrongKey):
        site.pull(row)


def test_without_its_object_a_value_is_not_found_and_pushes_go_on(site: Site) -> None:
    row = site.push()
    shutil.rmtree(site.store)
    with pytest.raises(ObjectNotFound):
        site.pull(row)
    assert site.pull(site.push()) == VALUE


def test_without_the_ledger_values_open_and_pushes_begin_a_new_one(site: Site) -> None:
    row = site.push()
    site.lose_ledger()
    assert site.pull(row) == VALUE
    assert site.pull(site.push()) == VALUE
    assert site.verify()


def test_without_the_ledger_a_consume_once_value_cannot_be_claimed(site: Site) -> None:
    row = site.push("once")
    site.lose_ledger()
    with pytest.raises(ClaimRefused):
        site.pull(row, "once")


def test_a_ledger_that_was_set_back_offers_a_claimed_value_again(site: Site) -> None:
    row = site.push("once")
    backup = {file: file.read_bytes() for file in site.keyring.parent.glob("ledger.db*")}
    assert site.pull(row, "once") == VALUE
    site.lose_ledger()
    for file, content in backup.items():
        file.write_bytes(content)
    assert site.pull(row, "once", task_id="u") == VALUE
