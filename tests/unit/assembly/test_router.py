"""The way to each domain's objects: folder, key, identity and grants."""

from dataclasses import replace
from pathlib import Path

import pytest

from secure_xcom.assembly.build import build
from secure_xcom.assembly.estate import Estate
from secure_xcom.assembly.router import Router
from secure_xcom.errors import ConfigurationError, InvalidCoordinates, NotGranted, SecureXComError
from secure_xcom.model.coordinates import Coordinates, TaskInstance
from secure_xcom.settings.settings import Settings
from secure_xcom.testing.fakes import FakeHost
from tests.unit.world import CANARY, assert_tells_nothing, query

ROUTES = """
[namespace.payments]
dags = ["settlement", "pay_*"]
readers = ["report"]

[dag.vip]
key = "local://{home}/vip.json"
"""

OUT = Coordinates(dag_id="settlement", run_id="r", task_id="t", key="password")


@pytest.fixture
def host() -> FakeHost:
    """A host that runs the task which pushes, until a test says otherwise."""
    made = FakeHost()
    made.instance = TaskInstance(dag_id=OUT.dag_id, run_id="r", task_id="t")
    return made


@pytest.fixture
def settings(tmp_path: Path) -> Settings:
    file = tmp_path / "routes.toml"
    file.write_text(ROUTES.replace("{home}", str(tmp_path)))
    return Settings.parse({"routes": str(file)}, tmp_path)


def _files(home: Path) -> list[str]:
    store = home / "secure_xcom" / "store"
    return ["/".join(path.relative_to(store).parts[:3]) for path in store.rglob("*") if path.is_file()]


def test_the_dags_of_a_namespace_share_its_folder(tmp_path: Path, settings: Settings, host: FakeHost) -> None:
    exchange = build(settings, host)
    row = exchange.push(CANARY, OUT)
    assert _files(tmp_path) == ["@payments/settlement/r"]
    assert exchange.pull(row, query(OUT)) == CANARY
    exchange.purge(row, query(OUT))
    assert _files(tmp_path) == []


@pytest.mark.parametrize("dag_id", ["settlement", "pay_out", "report"])
def test_the_namespaces_own_dags_and_those_that_were_granted_read_its_values(
    settings: Settings, host: FakeHost, dag_id: str
) -> None:
    exchange = build(settings, host)
    row = exchange.push(CANARY, OUT)
    host.instance = TaskInstance(dag_id=dag_id, run_id="r", task_id="t")
    assert exchange.pull(row, query(OUT)) == CANARY


@pytest.mark.parametrize("dag_id", ["payments", "@payments", "reports", "vip", "xpay_out"])
def test_a_dag_that_was_not_granted_is_refused_before_anything_is_read(
    settings: Settings, host: FakeHost, dag_id: str
) -> None:
    exchange = build(settings, host)
    row = exchange.push(CANARY, OUT)
    host.instance = TaskInstance(dag_id=dag_id, run_id="r", task_id="t")
    for call in (lambda: exchange.pull(row, query(OUT)), lambda: exchange.pull_all([row], query(OUT))):
        with pytest.raises(NotGranted, match="may not read the values of namespace 'payments'") as caught:
            call()
        assert_tells_nothing(caught.value)


def test_what_is_not_sealed_is_read_across_domains_without_a_grant(settings: Settings, host: FakeHost) -> None:
    host.instance = TaskInstance(dag_id="other", run_id="r", task_id="t")
    assert build(settings, host).pull({"user": "u"}, query(OUT)) == {"user": "u"}


def test_without_a_routes_file_any_dag_reads_as_far_as_its_identity_does(tmp_path: Path, host: FakeHost) -> None:
    exchange = build(Settings.parse({}, tmp_path), host)
    row = exchange.push(CANARY, OUT)
    host.instance = TaskInstance(dag_id="other", run_id="r", task_id="t")
    assert exchange.pull(row, query(OUT)) == CANARY


def test_a_domain_with_its_own_key_is_sealed_under_it_alone(tmp_path: Path, settings: Settings, host: FakeHost) -> None:
    place = Coordinates(dag_id="vip", run_id="r", task_id="t", key="password")
    host.instance = TaskInstance(dag_id="vip", run_id="r", task_id="t")
    exchange = build(settings, host)
    row = exchange.push(CANARY, place)
    assert (tmp_path / "vip.json").exists()
    (tmp_path / "vip.json").unlink()
    with pytest.raises(SecureXComError):
        build(settings, host).pull(row, query(place))


def test_an_object_moved_to_the_folder_of_a_namespace_does_not_open(
    tmp_path: Path, settings: Settings, host: FakeHost
) -> None:
    row = build(Settings.parse({}, tmp_path), host).push(CANARY, OUT)
    store = tmp_path / "secure_xcom" / "store"
    (store / "@payments").mkdir()
    (store / "settlement").rename(store / "@payments" / "settlement")
    with pytest.raises(SecureXComError) as caught:
        build(settings, host).pull(row, query(OUT))
    assert_tells_nothing(caught.value)


def test_adapters_are_made_once_for_each_identity(settings: Settings, host: FakeHost) -> None:
    router = Router(settings, host)
    first, again, other = router.route("etl", "etl"), router.route("etl", "etl"), router.route("etl2", "etl2")
    assert first.store is again.store
    assert first.store is not other.store


@pytest.mark.parametrize(
    "options",
    [
        {"routes": "{home}/routes.toml"},
        {"store": "vault://secret/x?url=https://v&auth=approle&role_id=xcom-{domain}&secret_id_file=/s"},
        {"key": "vault-transit://transit/xcom-{domain}?url=https://v"},
        {"key": "aws-kms://alias/x?role_arn=arn:aws:iam::111122223333:role/xcom"},
        {"large_store": "vault://secret/x?url=https://v&auth=approle&role_id=xcom-{domain}&secret_id_file=/s"},
        {"previous_stores": "s3://bucket/x?role_arn=arn:aws:iam::111122223333:role/xcom"},
    ],
    ids=[
        *("grants", "store identity", "key of each domain", "key identity"),
        *("identity for large values", "identity at a previous store"),
    ],
)
def test_where_dags_are_kept_apart_what_is_no_task_seals_and_opens_nothing(
    tmp_path: Path, settings: Settings, host: FakeHost, options: dict[str, str]
) -> None:
    filled = {name: text.replace("{home}", str(tmp_path)) for name, text in options.items()}
    router = Router(Settings.parse(filled, tmp_path), host)
    with pytest.raises(NotGranted, match=r"(?s)only a task may seal or open values.*of Dag 'settlement'"):
        router.route("settlement", None)


@pytest.mark.parametrize("value", [CANARY, "plain"], ids=["sealed", "plain"])
def test_where_dags_are_kept_apart_what_is_no_task_pushes_and_deletes_nothing(
    settings: Settings, host: FakeHost, value: str
) -> None:
    host.instance = None
    exchange = build(settings, host)
    for call in (lambda: exchange.push(value, OUT), lambda: exchange.require_deletion(query(OUT))):
        with pytest.raises(NotGranted, match=r"only (by )?a task"):
            call()


def test_with_one_identity_for_all_a_dags_callback_opens_its_values(tmp_path: Path, host: FakeHost) -> None:
    exchange = build(Settings.parse({}, tmp_path), host)
    row = exchange.push(CANARY, OUT)
    host.instance = None
    assert exchange.pull(row, query(OUT)) == CANARY


def test_a_dag_without_a_segment_has_no_route(settings: Settings, host: FakeHost) -> None:
    host.instance = TaskInstance(dag_id="..", run_id="r", task_id="t")
    with pytest.raises(InvalidCoordinates):
        build(settings, host).push(CANARY, Coordinates(dag_id="..", run_id="r", task_id="t", key="password"))


def test_the_deadline_of_retries_is_that_of_the_settings(tmp_path: Path) -> None:
    options = {"retry_deadline": "2m", "key": f"local://{tmp_path}/keyring.json"}
    router = Router(Settings.parse(options, tmp_path), FakeHost())
    provider = router.key_provider("etl", "etl")
    assert provider is not None
    assert provider.deadline_seconds == router.route("etl", "etl").store.deadline_seconds == 120


def test_a_route_of_its_own_has_the_same_deadline(settings: Settings, tmp_path: Path) -> None:
    router = Router(replace(settings, retry_deadline=0), FakeHost())
    provider = router.key_provider("vip", "vip")
    assert provider is not None
    assert provider.deadline_seconds == 0


def test_a_mistake_in_the_large_store_names_its_own_option(tmp_path: Path, host: FakeHost) -> None:
    settings = Settings.parse({"large_threshold": "100", "large_store": "file://srv/large"}, tmp_path)
    with pytest.raises(ConfigurationError, match=r"^large_store: file:// takes an absolute path"):
        Router(settings, host).check()


def test_large_values_of_a_namespace_go_to_its_folder_in_the_large_store(tmp_path: Path, host: FakeHost) -> None:
    options = {"large_threshold": "100", "large_store": f"file://{tmp_path}/large"}
    file = tmp_path / "routes.toml"
    file.write_text(ROUTES.replace("{home}", str(tmp_path)))
    exchange = build(Settings.parse({**options, "routes": str(file)}, tmp_path), host)
    where = replace(OUT, key="rows")
    value = ["a row"] * 100
    row = exchange.push(value, where)
    (stored,) = [path for path in (tmp_path / "large").rglob("*") if path.is_file()]
    assert stored.relative_to(tmp_path / "large").parts[0].startswith("@")
    assert not (tmp_path / "secure_xcom" / "store").exists()
    assert exchange.pull(row, query(where)) == value


def test_a_domain_with_a_store_of_its_own_keeps_its_large_values_there(tmp_path: Path, host: FakeHost) -> None:
    file = tmp_path / "routes.toml"
    file.write_text(f'[dag.settlement]\nstore = "file://{tmp_path}/own"\n')
    options = {"large_threshold": "100", "large_store": f"file://{tmp_path}/large", "routes": str(file)}
    exchange = build(Settings.parse(options, tmp_path), host)
    exchange.push(["a row"] * 100, replace(OUT, key="rows"))
    assert [path for path in (tmp_path / "own").rglob("*") if path.is_file()]
    assert not (tmp_path / "large").exists()


def test_two_stores_of_one_name_at_two_endpoints_are_two_places(tmp_path: Path, host: FakeHost) -> None:
    here, there = (f"s3://bucket/x?endpoint_url=https://{name}.example&region_name=r" for name in ("a", "b"))
    settings = Settings.parse({"store": here, "previous_stores": there, "key": f"local://{tmp_path}/k.json"}, tmp_path)
    assert list(Router(settings, host).stores(())) == [
        "s3://bucket/x?endpoint_url=https://a.example",
        "s3://bucket/x?endpoint_url=https://b.example",
    ]
    assert len(list(Estate(settings, host).places())) == 2
