"""The doctor's checks of Airflow's configuration."""

from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path

import pytest
from sqlalchemy import select

from secure_xcom.ledger.db.database import Database
from secure_xcom.ledger.db.schema import chains, version
from secure_xcom.ops.doctor.report import Outcome
from secure_xcom.ops.doctor.site import checks
from secure_xcom.settings.settings import Settings
from tests.fixtures.waits import fast_forward
from tests.unit.world import CANARY


@dataclass
class FakeSite:
    version: str = "3.3.2"
    backend: str = "secure_xcom.SecureXComBackend"
    hides_sensitive: bool = True
    shortest_maskable: int = 5


def _failed(site: FakeSite, **options: str) -> dict[str, str]:
    found = checks(site, Settings.parse(options, Path("/nowhere")))
    return {check.name: check.fix for check in found if check.outcome is Outcome.FAILED}


@pytest.mark.parametrize("version", ["3.1.0", "3.1.8", "3.2.2", "3.3.2", "3.3.0rc1"])
def test_a_sound_site_has_nothing_wrong(version: str) -> None:
    pytest.importorskip("airflow.sdk")
    assert _failed(FakeSite(version=version)) == {}


@pytest.mark.parametrize(
    ("site", "options", "name"),
    [
        (FakeSite(version="2.11.0"), {}, "airflow-version"),
        (FakeSite(version="3.0.6"), {}, "airflow-version"),
        (FakeSite(version="3.4.0"), {}, "airflow-version"),
        (FakeSite(version="4.0"), {}, "airflow-version"),
        (FakeSite(version="nonsense"), {}, "airflow-version"),
        (FakeSite(backend="airflow.sdk.bases.xcom.BaseXCom"), {}, "backend"),
        (FakeSite(backend="no_such_package.Backend"), {}, "backend"),
        (FakeSite(backend="secure_xcom.Backend"), {}, "backend"),
        (FakeSite(backend="secure_xcom.Secret"), {}, "backend"),
        (FakeSite(backend="json.dumps"), {}, "backend"),
        (FakeSite(backend=""), {}, "backend"),
        (FakeSite(hides_sensitive=False), {}, "masking"),
        (FakeSite(shortest_maskable=12), {}, "masking"),
        (FakeSite(), {"hide_returned_values": "False"}, "returned-values"),
    ],
    ids=lambda value: str(value) if isinstance(value, str) else "",
)
def test_what_is_wrong_is_found_by_name_with_its_fix(site: FakeSite, options: dict[str, str], name: str) -> None:
    failed = _failed(site, **options)
    assert set(failed) == {name}
    assert failed[name]


def test_without_the_backend_nothing_is_said_of_returned_values() -> None:
    site = FakeSite(backend="airflow.sdk.bases.xcom.BaseXCom")
    found = {check.name: check.outcome for check in checks(site, Settings.parse({}, Path("/nowhere")))}
    assert (found["backend"], found["returned-values"]) == (Outcome.FAILED, Outcome.SKIPPED)


@pytest.mark.parametrize("mode", ["observe", "open-only"])
def test_a_mode_that_seals_nothing_of_itself_is_a_warning(mode: str) -> None:
    found = {check.name: check for check in checks(FakeSite(), Settings.parse({"mode": mode}, Path("/nowhere")))}
    assert (found["mode"].outcome, mode in found["mode"].found) == (Outcome.WARNING, True)


def test_checks_that_need_no_settings_run_without_them() -> None:
    found = {check.name: check.outcome for check in checks(FakeSite(version="2.0"), None)}
    assert found["airflow-version"] is Outcome.FAILED
    assert found["returned-values"] is Outcome.SKIPPED


def _ledger(**options: str) -> tuple[Outcome, str, str]:
    (found,) = (
        check for check in checks(FakeSite(), Settings.parse(options, Path("/nowhere"))) if check.name == "ledger"
    )
    return found.outcome, found.found, found.fix


def _made(tmp_path: Path) -> str:
    url = f"sqlite:///{tmp_path}/ledger.db"
    Database.of(url).write(lambda connection: None)
    return url


def test_a_ledger_that_takes_entries_is_in_order_and_nothing_is_left_in_it(tmp_path: Path) -> None:
    url = _made(tmp_path)
    assert _ledger(ledger=url)[:2] == (Outcome.OK, "sqlite (one machine only): it takes entries")
    assert Database.of(url).read(lambda connection: connection.execute(select(chains)).all()) == []


VAULT = "vault://secret/x?url=https://vault.example&auth=approle&role_id=r"
SHARED = {
    "vault": {"store": VAULT},
    "s3": {"store": "s3://bucket/x", "key": "aws-kms://alias/k"},
    "gs": {"store": "gs://bucket/x", "key": "aws-kms://alias/k"},
    "abfs": {"store": "abfs://container/x", "key": "aws-kms://alias/k"},
    "redis": {"store": "redis://redis.example/x", "key": "aws-kms://alias/k"},
}


@pytest.mark.parametrize("scheme", SHARED)
def test_sqlite_beside_a_store_that_other_machines_reach_is_warned_of(tmp_path: Path, scheme: str) -> None:
    outcome, found, fix = _ledger(ledger=_made(tmp_path), **SHARED[scheme])
    assert outcome is Outcome.WARNING
    assert f"beside {scheme}://" in found
    assert fix.startswith("set [secure_xcom] ledger to a database that all workers reach")


def test_the_warning_comes_before_the_first_push_too_and_the_ledger_is_pending(tmp_path: Path) -> None:
    settings = Settings.parse({"store": VAULT, "ledger": f"sqlite:///{tmp_path}/ledger.db"}, tmp_path)
    (found,) = (check for check in checks(FakeSite(), settings) if check.name == "ledger")
    assert (found.outcome, found.is_pending) == (Outcome.WARNING, True)
    assert "the first push makes it" in found.found


def test_a_route_with_a_shared_store_is_warned_of(tmp_path: Path) -> None:
    routes = tmp_path / "routes.toml"
    routes.write_text(f'[dag.etl]\nstore = "{VAULT}"\n')
    outcome, found, _ = _ledger(ledger=_made(tmp_path), routes=str(routes))
    assert outcome is Outcome.WARNING
    assert "beside vault://" in found


def test_a_ledger_that_is_made_on_first_use_is_not_made(tmp_path: Path) -> None:
    assert _ledger(ledger=f"sqlite:///{tmp_path}/x/ledger.db")[0] is Outcome.SKIPPED
    assert list(tmp_path.iterdir()) == []


def test_a_ledger_that_cannot_be_made_is_found(tmp_path: Path) -> None:
    (tmp_path / "file").touch()
    outcome, found, _ = _ledger(ledger=f"sqlite:///{tmp_path}/file/ledger.db")
    assert outcome is Outcome.FAILED
    assert f"{tmp_path}/file/ledger.db cannot be made or opened (Not a directory)" in " ".join(found.split())
    assert "[secure_xcom] ledger" in found


def test_a_ledger_is_found_that_cannot_be_made_although_the_modes_allow_it() -> None:
    outcome, found, _ = _ledger(ledger="sqlite:////proc/nonexist/x.db")
    assert outcome is Outcome.FAILED
    assert "/proc/nonexist/x.db cannot be made or opened" in found


def test_a_ledger_that_is_off_is_no_fault() -> None:
    assert _ledger(ledger_mode="off")[0] is Outcome.SKIPPED


def _newer(url: str) -> None:
    Database.of(url).write(lambda connection: connection.execute(version.update().values(version=99)) and None)


def _no_table(url: str) -> None:
    Database.of(url).write(lambda connection: chains.drop(connection))


@pytest.mark.parametrize(("wrong", "words"), [(_newer, "schema 99"), (_no_table, "OperationalError")])
def test_a_ledger_that_takes_nothing_is_found(tmp_path: Path, wrong: Callable[[str], None], words: str) -> None:
    url = _made(tmp_path)
    wrong(url)
    outcome, found, fix = _ledger(ledger=url)
    assert outcome is Outcome.FAILED
    assert words in found
    assert fix


def test_a_ledger_that_is_not_reached_is_found_without_its_password(monkeypatch: pytest.MonkeyPatch) -> None:
    fast_forward(monkeypatch)
    url = f"postgresql+psycopg2://xcom:{CANARY}@127.0.0.1:1/ledger"
    outcome, found, fix = _ledger(ledger=url)
    assert outcome is Outcome.FAILED
    assert CANARY not in found + fix


@pytest.mark.parametrize(
    ("names", "outcome", "words"),
    [
        ((), Outcome.SKIPPED, "no entries on this machine wait"),
        (("1.json", "2.json"), Outcome.OK, "2 batches of entries on this machine wait"),
        (("1.json", "2.rejected"), Outcome.FAILED, "refuses 1 batches of entries, which were set aside"),
    ],
    ids=["empty", "waiting", "set aside"],
)
def test_entries_that_are_not_in_the_ledger_are_told(
    tmp_path: Path, names: tuple[str, ...], outcome: Outcome, words: str
) -> None:
    settings = Settings.parse({"ledger_mode": "best-effort"}, tmp_path)
    for name in names:
        (settings.home / "spool").mkdir(parents=True, exist_ok=True)
        (settings.home / "spool" / name).touch()
    (found,) = (check for check in checks(FakeSite(), settings) if check.name == "spool")
    assert found.outcome is outcome
    assert words in found.found
