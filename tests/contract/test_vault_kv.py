"""The Vault KV store, and the way to Vault that it shares, against a real Vault and one that fails on purpose."""

from __future__ import annotations

import base64
import logging
import subprocess
import sys
import time
from collections.abc import Callable, Iterator
from concurrent.futures import ThreadPoolExecutor
from dataclasses import replace
from pathlib import Path

import pytest
import trustme

from secure_xcom.adapters.vault.kv import VaultKVStore
from secure_xcom.assembly.registry import build_store
from secure_xcom.errors import (
    ConfigurationError,
    MissingDependency,
    NotGranted,
    ObjectNotFound,
    ObjectTooLarge,
    SecureXComError,
    StoreDenied,
    StoreError,
    StoreUnauthenticated,
    StoreUnavailable,
    Tampered,
)
from secure_xcom.model.coordinates import Coordinates, TaskInstance
from secure_xcom.model.object_name import object_name
from secure_xcom.ports.store import Store
from secure_xcom.settings.uri import AdapterUri
from secure_xcom.testing.suites import StoreContract, StoreListingContract, StoreReplaceContract
from tests.fixtures.stub import Answer, StubServer, shown
from tests.fixtures.vault import BAD_TOKEN, DENIED, Enter, Role, VaultServer, refusal, store_uri, vault_answer
from tests.fixtures.waits import MANY, Waits, fast_forward
from tests.mistakes import mistake
from tests.unit.world import world as flow

CANARY = "canary-4c1e-of-the-object"
TOKEN = "canary-4c1e-of-the-token"
SECRET_ID = "canary-4c1e-of-the-secret-id"

NAME = "etl/run/task/-1/return_value/" + "0" * 32
PLACE = Coordinates(dag_id="etl", run_id="manual__2026-01-01T00:00:00+00:00", task_id="make", key="return_value")
OPERATIONS = ("put", "get", "delete")

CAS = "check-and-set parameter did not match the current version"
SEALED = vault_answer(data={"data": {"object": [base64.b64encode(b"sealed").decode()]}, "metadata": {"version": 1}})


def build(uri: AdapterUri | str) -> VaultKVStore:
    return VaultKVStore.from_uri(AdapterUri.parse(uri, option="store") if isinstance(uri, str) else uri)


@pytest.fixture(scope="module")
def mount(vault_server: VaultServer) -> str:
    return vault_server.kv()


@pytest.fixture(scope="module")
def role(vault_server: VaultServer, mount: str) -> Role:
    """An identity that may use what is below ``own`` and nothing else, each token for two hours."""
    return vault_server.role(_policy(vault_server, mount))


@pytest.fixture
def stub() -> Iterator[StubServer]:
    server = StubServer()
    yield server
    server.close()


@pytest.fixture
def unhurried(monkeypatch: pytest.MonkeyPatch) -> Waits:
    """Let attempts follow one another at once."""
    return fast_forward(monkeypatch)


@pytest.fixture
def at_stub(stub: StubServer, enter: Enter, unhurried: None) -> VaultKVStore:
    """A store whose Vault is the stub."""
    enter.token(TOKEN)
    return build(f"vault://secret/airflow?url={stub.url}")


class TestVaultKVStore(StoreContract, StoreListingContract, StoreReplaceContract):
    @pytest.fixture
    def store(self, vault_server: VaultServer, mount: str, enter: Enter) -> Store:
        enter.token(vault_server.token)
        return build(store_uri(vault_server, mount))


class TestVaultKVStoreOfOneDagsRole(StoreContract):
    @pytest.fixture
    def store(self, vault_server: VaultServer, mount: str, role: Role, enter: Enter) -> Store:
        enter.role(role)
        return build(store_uri(vault_server, mount, "own", role.params))


def test_a_pull_that_vault_refuses_says_whose_the_value_is_and_is_recorded_as_refused(
    vault_server: VaultServer, mount: str, role: Role, enter: Enter
) -> None:
    enter.token(vault_server.token)
    owner = flow(store=build(store_uri(vault_server, mount, "of-etl")), native=True)  # type: ignore[arg-type]
    row = owner.push("a-password-of-etl", replace(PLACE, key="password"))
    enter.role(role)
    store = build(store_uri(vault_server, mount, "of-etl", role.params))
    reader = flow(store=store, native=True)  # type: ignore[arg-type]
    reader.host.instance = TaskInstance(dag_id="report", run_id="r", task_id="reads")
    with pytest.raises(NotGranted, match=r"the value is another Dag's.*readers in the routes file"):
        reader.pull(row, replace(PLACE, key="password"))
    assert reader.ledger.told == [("read", "refused", "NotGranted")]


class TestWhatVaultKeeps:
    @pytest.fixture
    def store(self, vault_server: VaultServer, mount: str, enter: Enter) -> Store:
        enter.token(vault_server.token)
        return build(store_uri(vault_server, mount, "kept"))

    def test_the_path_is_prefix_and_name_as_it_stands(
        self, vault_server: VaultServer, mount: str, enter: Enter
    ) -> None:
        enter.token(vault_server.token)
        name = object_name(PLACE, "0" * 32)
        build(store_uri(vault_server, mount, "literal/prefix")).put(name, b"sealed")
        assert "manual__2026-01-01T00%3A00%3A00%2B00%3A00" in name
        assert vault_server.below(f"{mount}/metadata/literal/prefix/") == [name]

    @pytest.mark.parametrize("odd", ["%2e%2e", "%2E", "a..b", "...", ".a", "%252e%252e%252f", "+", "*", "?x=1", "a//b"])
    def test_no_name_leads_to_another_path(self, vault_server: VaultServer, mount: str, enter: Enter, odd: str) -> None:
        enter.token(vault_server.token)
        prefix = f"odd/{base64.b16encode(odd.encode()).decode()}"
        store = build(store_uri(vault_server, mount, prefix))
        name = object_name(replace(PLACE, dag_id=odd, task_id=odd), "0" * 32)
        store.put(name, b"sealed")
        assert store.get(name) == b"sealed"
        assert vault_server.below(f"{mount}/metadata/{prefix}/") == [name]
        store.delete(name)
        assert vault_server.below(f"{mount}/metadata/{prefix}/") == []

    def test_without_a_prefix_the_path_is_the_name(self, vault_server: VaultServer, enter: Enter) -> None:
        enter.token(vault_server.token)
        mount = vault_server.kv()
        build(f"vault://{mount}?url={vault_server.url}").put(NAME, b"sealed")
        assert vault_server.below(f"{mount}/metadata/") == [NAME]

    def test_a_mount_of_several_segments_is_written_with_an_escaped_slash(
        self, vault_server: VaultServer, enter: Enter
    ) -> None:
        enter.token(vault_server.token)
        mount = vault_server.kv(below="team/of/")
        build(store_uri(vault_server, mount.replace("/", "%2F"), "xcom")).put(NAME, b"sealed")
        assert vault_server.below(f"{mount}/metadata/xcom/") == [NAME]

    def test_a_deleted_object_leaves_no_version_and_no_metadata(
        self, store: Store, vault_server: VaultServer, mount: str
    ) -> None:
        store.put(NAME, b"sealed")
        store.delete(NAME)
        assert vault_server.ask("GET", f"{mount}/metadata/kept/{NAME}").status_code == 404
        assert vault_server.ask("GET", f"{mount}/data/kept/{NAME}").status_code == 404

    def test_vault_deletes_an_object_when_its_lifetime_is_over(
        self, store: Store, vault_server: VaultServer, mount: str
    ) -> None:
        name = object_name(PLACE, "5" * 32)
        store.put(name, b"sealed", int(time.time()) + 2)
        assert store.get(name) == b"sealed"
        time.sleep(3)
        with pytest.raises(ObjectNotFound):
            store.get(name)
        found = vault_server.data("GET", f"{mount}/metadata/kept/{name}")
        assert found["delete_version_after"] in ("1s", "2s")

    def test_where_a_lifetime_may_not_be_set_the_object_is_kept_until_the_purge(
        self, vault_server: VaultServer, mount: str, role: Role, enter: Enter
    ) -> None:
        enter.role(role)
        store = build(store_uri(vault_server, mount, "own", role.params))
        store.put(NAME, b"sealed", int(time.time()) + 600)
        assert store.get(NAME) == b"sealed"
        assert vault_server.data("GET", f"{mount}/metadata/own/{NAME}")["delete_version_after"] == "0s"
        store.delete(NAME)

    def test_a_put_never_overwrites(self, store: Store) -> None:
        name = object_name(PLACE, "1" * 32)
        store.put(name, b"first")
        with pytest.raises(StoreError, match="another object has this name"):
            store.put(name, b"second")
        assert store.get(name) == b"first"

    def test_the_largest_object_is_one_that_vault_takes(self, store: Store) -> None:
        name, data = object_name(PLACE, "2" * 32), bytes(store.max_object_bytes)
        store.put(name, data)
        assert store.get(name) == data
        store.delete(name)

    def test_an_answer_without_a_version_is_read_and_nothing_is_replaced(
        self, at_stub: VaultKVStore, stub: StubServer
    ) -> None:
        stub.answers = [vault_answer(data={"data": {"object": [base64.b64encode(b"sealed").decode()]}})]
        head = at_stub.head(NAME)
        assert (head.data, head.version) == (b"sealed", "")
        asked = len(stub.requests)
        with pytest.raises(StoreError, match="version"):
            at_stub.replace(NAME, head, b"another")
        assert len(stub.requests) == asked

    def test_no_json_string_is_longer_than_a_recent_vault_takes(self, at_stub: VaultKVStore, stub: StubServer) -> None:
        stub.answers = [vault_answer(data={"version": 1})]
        at_stub.put(NAME, bytes(3 << 20))
        assert max(map(len, stub.requests[0].body.split(b'"'))) < 1 << 20

    @pytest.mark.parametrize(
        "secret",
        [
            {},
            {"password": CANARY},
            {"object": CANARY},
            {"object": None},
            {"object": [CANARY]},
            {"object": [1]},
            {"object": ["c2VhbGVk", "c2V"]},
        ],
        ids=str,
    )
    def test_a_secret_that_is_not_a_whole_object_is_refused(
        self, store: Store, vault_server: VaultServer, mount: str, secret: dict[str, object]
    ) -> None:
        vault_server.data("POST", f"{mount}/data/kept/garbage", {"data": secret})
        with pytest.raises(Tampered) as caught:
            store.get("garbage")
        assert CANARY not in shown(caught.value)

    @pytest.mark.parametrize("how", ["data", "destroy"])
    def test_an_object_that_somebody_deleted_is_not_found(
        self, store: Store, vault_server: VaultServer, mount: str, how: str
    ) -> None:
        name = object_name(PLACE, {"data": "3", "destroy": "4"}[how] * 32)
        store.put(name, b"sealed")
        method, body = {"data": ("DELETE", None), "destroy": ("PUT", {"versions": [1]})}[how]
        assert vault_server.ask(method, f"{mount}/{how}/kept/{name}", body).ok
        with pytest.raises(ObjectNotFound, match="purged"):
            store.get(name)


class TestIsolation:
    @pytest.mark.parametrize("operation", OPERATIONS)
    def test_a_dags_role_cannot_touch_another_dags_objects(
        self, vault_server: VaultServer, mount: str, role: Role, enter: Enter, sent: list[str], operation: str
    ) -> None:
        enter.token(vault_server.token)
        build(store_uri(vault_server, mount, f"other-{operation}")).put(NAME, b"sealed")
        enter.role(role)
        store = build(store_uri(vault_server, mount, f"other-{operation}", role.params))
        del sent[:]
        with pytest.raises(StoreDenied, match="Grant create and read"):
            _call(store, operation)
        # A refused put looks whether its object is there already, from an attempt whose answer was lost.
        asked = {"put": ["POST", "GET"]}.get(operation, [operation.upper()])
        assert [request.split()[0] for request in sent] == ["POST", *asked]
        stored = vault_server.data("GET", f"{mount}/data/other-{operation}/{NAME}")
        assert stored["data"] == {"object": [base64.b64encode(b"sealed").decode()]}


class TestIdentity:
    @pytest.mark.parametrize("operation", OPERATIONS)
    @pytest.mark.parametrize("token", [TOKEN, "hvs.CAESIJ0", "revoked"])
    def test_a_token_that_vault_does_not_know_is_not_taken_for_a_refusal(
        self, vault_server: VaultServer, mount: str, enter: Enter, sent: list[str], token: str, operation: str
    ) -> None:
        if token == "revoked":
            token = vault_server.token_for(_policy(vault_server, mount))
            vault_server.revoke(token)
        enter.token(token)
        with pytest.raises(StoreUnauthenticated, match="Vault does not accept them"):
            _call(build(store_uri(vault_server, mount, "own")), operation)
        assert len(sent) == 1

    def test_without_a_token_nothing_is_asked(self, stub: StubServer, enter: Enter) -> None:
        with pytest.raises(StoreUnauthenticated, match="VAULT_TOKEN"):
            build(f"vault://secret?url={stub.url}").get(NAME)
        assert stub.requests == []

    def test_a_token_file_is_read_anew_when_its_token_has_expired(
        self, vault_server: VaultServer, mount: str, enter: Enter, sent: list[str]
    ) -> None:
        policy = _policy(vault_server, mount)
        first, second = vault_server.token_for(policy), vault_server.token_for(policy)
        file = enter.home / ".vault-token"
        file.write_text(f"{first}\n")
        store = build(store_uri(vault_server, mount, "own"))
        store.put(object_name(PLACE, "a" * 32), b"sealed")
        vault_server.revoke(first)
        file.write_text(second)
        assert store.get(object_name(PLACE, "a" * 32)) == b"sealed"
        assert len(sent) == 3

    def test_one_login_serves_all_operations(
        self, vault_server: VaultServer, mount: str, role: Role, enter: Enter, sent: list[str]
    ) -> None:
        enter.role(role)
        store = build(store_uri(vault_server, mount, "own", role.params))
        for operation in OPERATIONS:
            _call(store, operation)
        assert [request.partition(f"/{NAME}")[0] for request in sent] == [
            f"POST /v1/auth/{role.auth_mount}/login",
            f"POST /v1/{mount}/data/own",
            f"GET /v1/{mount}/data/own",
            f"DELETE /v1/{mount}/metadata/own",
        ]

    def test_a_token_that_has_run_out_is_replaced_by_one_new_login(
        self, vault_server: VaultServer, mount: str, enter: Enter, sent: list[str]
    ) -> None:
        role = vault_server.role(_policy(vault_server, mount), token_num_uses=1)
        enter.role(role)
        store = build(store_uri(vault_server, mount, "own", role.params))
        name = object_name(PLACE, "b" * 32)
        store.put(name, b"sealed")
        assert store.get(name) == b"sealed"
        login, data = f"POST /v1/auth/{role.auth_mount}/login", f"/v1/{mount}/data/own"
        assert [request.partition("/etl/")[0] for request in sent] == [
            login,
            f"POST {data}",
            f"GET {data}",
            login,
            f"GET {data}",
        ]

    def test_threads_whose_token_has_expired_share_one_new_login(
        self, vault_server: VaultServer, mount: str, role: Role, enter: Enter, sent: list[str]
    ) -> None:
        enter.role(role)
        store = build(store_uri(vault_server, mount, "own", role.params))
        name = object_name(PLACE, "c" * 32)
        store.put(name, b"sealed")
        vault_server.revoke(store._client._client.token)
        with ThreadPoolExecutor(8) as pool:
            assert set(pool.map(store.get, [name] * 16)) == {b"sealed"}
        assert len([request for request in sent if request.endswith("/login")]) == 2

    def test_a_new_login_that_helps_nothing_is_the_last(self, stub: StubServer, enter: Enter) -> None:
        enter.role(Role(role_id="dag", secret_id=SECRET_ID, auth_mount="approle"))
        first, second = (vault_answer(auth={"client_token": f"{TOKEN}-{count}"}) for count in range(2))
        stub.answers = [first, refusal(403, *BAD_TOKEN[0]), second, refusal(403, *BAD_TOKEN[0])]
        with pytest.raises(StoreUnauthenticated):
            build(f"vault://secret?url={stub.url}&auth=approle&role_id=dag").get(NAME)
        assert len(stub.requests) == 4

    @pytest.mark.parametrize("wrong", ["role_id", "secret_id", "auth_mount"])
    def test_a_login_that_is_refused_is_tried_once(
        self, vault_server: VaultServer, mount: str, role: Role, enter: Enter, sent: list[str], wrong: str
    ) -> None:
        role = replace(role, **{wrong: "wrong"})
        enter.role(role)
        with pytest.raises(StoreUnauthenticated, match=f"AppRole login at {role.auth_mount}"):
            build(store_uri(vault_server, mount, "own", role.params)).get(NAME)
        assert len(sent) == 1

    def test_a_secret_id_is_read_from_its_file(
        self, vault_server: VaultServer, mount: str, role: Role, enter: Enter, tmp_path: Path
    ) -> None:
        (tmp_path / "secret-id").write_text(f"{role.secret_id}\n")
        store = build(store_uri(vault_server, mount, "own", f"{role.params}&secret_id_file={tmp_path}/secret-id"))
        store.put(object_name(PLACE, "d" * 32), b"sealed")
        assert store.get(object_name(PLACE, "d" * 32)) == b"sealed"

    def test_an_absent_secret_id_file_is_named(self, stub: StubServer, enter: Enter) -> None:
        with pytest.raises(StoreUnauthenticated, match="/no/such/file holds no secret id"):
            build(f"vault://secret?url={stub.url}&auth=approle&role_id=dag&secret_id_file=/no/such/file").get(NAME)
        assert stub.requests == []

    def test_a_role_id_may_come_from_the_environment(
        self, stub: StubServer, enter: Enter, monkeypatch: pytest.MonkeyPatch
    ) -> None:
        monkeypatch.setenv("VAULT_ROLE_ID", "role-of-the-environment")
        with pytest.raises(StoreError):
            build(f"vault://secret?url={stub.url}&auth=approle").get(NAME)
        assert b"role-of-the-environment" in stub.requests[0].body


class TestRequests:
    def test_each_operation_is_one_request(self, at_stub: VaultKVStore, stub: StubServer) -> None:
        stub.answers = [vault_answer(data={"version": 1}), SEALED, Answer(status=204)]
        for operation in OPERATIONS:
            _call(at_stub, operation)
        assert [(request.method, request.path) for request in stub.requests] == [
            ("POST", f"/v1/secret/data/airflow/{NAME}"),
            ("GET", f"/v1/secret/data/airflow/{NAME}"),
            ("DELETE", f"/v1/secret/metadata/airflow/{NAME}"),
        ]

    @pytest.mark.parametrize("status", [429, 500, 502, 503])
    def test_a_request_that_came_at_a_bad_time_is_made_again(
        self, at_stub: VaultKVStore, stub: StubServer, status: int
    ) -> None:
        stub.answers = [refusal(status), refusal(status), SEALED]
        assert at_stub.get(NAME) == b"sealed"
        assert len(stub.requests) == 3

    def test_a_change_of_leader_that_takes_20_seconds_fails_nothing(
        self, at_stub: VaultKVStore, stub: StubServer, unhurried: Waits, monkeypatch: pytest.MonkeyPatch
    ) -> None:
        # Of the tests' clock, whatever the waits are: the stub has no leader until then.
        answers = {True: refusal(503, "Vault is sealed"), False: SEALED}
        monkeypatch.setattr(stub, "_next", lambda request: answers[unhurried.now < 20])
        assert at_stub.get(NAME) == b"sealed"
        assert 20 <= unhurried.now <= 30

    def test_503_so_many_times_in_a_row_is_not_too_often(self, at_stub: VaultKVStore, stub: StubServer) -> None:
        stub.answers = [*[refusal(503)] * (MANY - 1), SEALED]
        assert at_stub.get(NAME) == b"sealed"
        assert len(stub.requests) == MANY

    def test_a_put_whose_answer_was_lost_is_recognised_as_done(self, at_stub: VaultKVStore, stub: StubServer) -> None:
        stub.answers = [refusal(503), refusal(400, CAS), SEALED]
        at_stub.put(NAME, b"sealed")
        assert [request.method for request in stub.requests] == ["POST", "POST", "GET"]

    @pytest.mark.parametrize(
        ("answer", "error", "requests"),
        [
            (refusal(403, DENIED), StoreDenied, 1),
            (refusal(403, *BAD_TOKEN[0]), StoreUnauthenticated, 1),
            (refusal(403, *BAD_TOKEN[1]), StoreUnauthenticated, 1),
            (Answer(status=403, body=b"<html>forbidden</html>"), StoreDenied, 1),
            (Answer(status=401), StoreUnauthenticated, 1),
            (refusal(404), ObjectNotFound, 1),
            (refusal(404, 'no handler for route "secret/data/x". route entry not found.'), StoreError, 1),
            (refusal(400, "something else"), StoreError, 1),
            (refusal(405, "unsupported operation"), StoreError, 1),
            (refusal(413, "error parsing JSON"), ObjectTooLarge, 1),
            (refusal(500, "1 error occurred: * put failed due to value being too large"), ObjectTooLarge, 1),
            (Answer(body=b"<html>welcome</html>"), StoreError, 1),
            (refusal(400, "Upgrading from non-versioned to versioned data."), StoreUnavailable, MANY),
            (refusal(412, "required index state not present"), StoreUnavailable, MANY),
            (refusal(429), StoreUnavailable, MANY),
            (refusal(500, "internal error"), StoreUnavailable, MANY),
            (refusal(503, "Vault is sealed"), StoreUnavailable, MANY),
            (Answer(status=502, body=b"<html>bad gateway</html>"), StoreUnavailable, MANY),
            (Answer(body=b"{", length=100), StoreUnavailable, MANY),
        ],
        ids=lambda value: f"{value.status} {value.body.decode().strip()}" if isinstance(value, Answer) else "",
    )
    def test_a_failure_is_told_by_its_kind_and_only_what_may_pass_is_tried_again(
        self, at_stub: VaultKVStore, stub: StubServer, answer: Answer, error: type[StoreError], requests: int
    ) -> None:
        stub.answers = [answer]
        with pytest.raises(StoreError) as caught:
            at_stub.get(NAME)
        assert type(caught.value) is error
        assert min(len(stub.requests), MANY) == requests

    def test_an_unreachable_vault_is_tried_a_bounded_number_of_times(
        self, at_stub: VaultKVStore, monkeypatch: pytest.MonkeyPatch
    ) -> None:
        tried: list[object] = []

        def refuse(address: object, *rest: object, **more: object) -> None:
            tried.append(address)
            raise ConnectionRefusedError

        monkeypatch.setattr("urllib3.util.connection.create_connection", refuse)
        with pytest.raises(StoreUnavailable, match="Check the network and url"):
            at_stub.get(NAME)
        assert len(tried) >= MANY


class TestTransport:
    @pytest.mark.parametrize("operation", OPERATIONS)
    def test_a_redirect_is_not_followed_and_not_taken_for_a_success(
        self, at_stub: VaultKVStore, stub: StubServer, operation: str
    ) -> None:
        elsewhere = StubServer()
        stub.answers = [Answer(status=307, headers={"Location": f"{elsewhere.url}/v1/secret/data/{NAME}"})]
        with pytest.raises(StoreError, match="status 307, a redirect, which is never followed: set url"):
            _call(at_stub, operation)
        elsewhere.close()
        assert (len(stub.requests), elsewhere.requests) == (1, [])

    def test_a_proxy_of_the_environment_does_not_see_a_plain_request(
        self, at_stub: VaultKVStore, stub: StubServer, monkeypatch: pytest.MonkeyPatch
    ) -> None:
        proxy = StubServer()
        for name in ("HTTP_PROXY", "http_proxy", "ALL_PROXY", "all_proxy"):
            monkeypatch.setenv(name, proxy.url)
        stub.answers = [SEALED]
        assert at_stub.get(NAME) == b"sealed"
        proxy.close()
        assert proxy.requests == []

    @pytest.mark.parametrize(
        ("params", "variable", "header"),
        [
            ("", None, None),
            ("", "team-of-the-environment", "team-of-the-environment"),
            ("&namespace=team-of-the-uri", "team-of-the-environment", "team-of-the-uri"),
        ],
        ids=["none", "environment", "uri"],
    )
    def test_the_namespace_is_sent(
        self,
        stub: StubServer,
        enter: Enter,
        monkeypatch: pytest.MonkeyPatch,
        params: str,
        variable: str | None,
        header: str | None,
    ) -> None:
        enter.token(TOKEN)
        if variable:
            monkeypatch.setenv("VAULT_NAMESPACE", variable)
        stub.answers = [SEALED]
        build(f"vault://secret?url={stub.url}{params}").get(NAME)
        assert stub.requests[0].headers.get("X-Vault-Namespace") == header

    def test_the_address_may_come_from_the_environment(
        self, stub: StubServer, enter: Enter, monkeypatch: pytest.MonkeyPatch
    ) -> None:
        enter.token(TOKEN)
        monkeypatch.setenv("VAULT_ADDR", f"{stub.url}/")
        stub.answers = [SEALED]
        assert build("vault://secret/airflow").get(NAME) == b"sealed"
        assert stub.requests[0].path == f"/v1/secret/data/airflow/{NAME}"

    @pytest.mark.parametrize("trusted", ["uri", "environment"])
    def test_a_private_ca_is_trusted_once_it_is_named(
        self, tls_vault: VaultServer, enter: Enter, monkeypatch: pytest.MonkeyPatch, tmp_path: Path, trusted: str
    ) -> None:
        enter.token(TOKEN)
        if trusted == "environment":
            monkeypatch.setenv("VAULT_CACERT", str(tmp_path / "ca.pem"))
        params = f"&ca_cert={tmp_path}/ca.pem" if trusted == "uri" else ""
        with pytest.raises(StoreUnauthenticated):
            build(f"vault://secret?url={tls_vault.url}{params}").get(NAME)

    def test_nothing_turns_the_verification_off(
        self, tls_vault: VaultServer, enter: Enter, sent: list[str], monkeypatch: pytest.MonkeyPatch
    ) -> None:
        enter.token(TOKEN)
        monkeypatch.setenv("VAULT_SKIP_VERIFY", "true")
        with pytest.raises(StoreError, match="certificate is not trusted: name its CA in ca_cert"):
            build(f"vault://secret?url={tls_vault.url}").get(NAME)
        assert len(sent) == 1

    @pytest.fixture
    def tls_vault(self, start_vault: Callable[..., VaultServer], tmp_path: Path) -> VaultServer:
        """A Vault whose certificate a CA has issued that nobody knows."""
        authority = trustme.CA()
        authority.cert_pem.write_to_path(tmp_path / "ca.pem")
        issued = authority.issue_cert("127.0.0.1")
        issued.private_key_and_cert_chain_pem.write_to_path(tmp_path / "server.pem")
        file = str(tmp_path / "server.pem")
        return start_vault(listener={"tls_cert_file": file, "tls_key_file": file})


class TestFaults:
    @pytest.mark.parametrize("operation", OPERATIONS)
    def test_a_missing_mount_is_no_missing_object(
        self, vault_server: VaultServer, enter: Enter, operation: str
    ) -> None:
        enter.token(vault_server.token)
        with pytest.raises(StoreError, match="Check that the mount is a KV version 2 engine") as caught:
            _call(build(store_uri(vault_server, "no-such-mount")), operation)
        assert type(caught.value) is StoreError

    def test_a_kv_version_1_engine_is_refused_and_keeps_nothing(self, vault_server: VaultServer, enter: Enter) -> None:
        enter.token(vault_server.token)
        mount = vault_server.mount("kv", version="1")
        with pytest.raises(StoreError, match="KV version 1"):
            build(store_uri(vault_server, mount)).put(NAME, b"sealed")
        assert vault_server.below(f"{mount}/") == []

    @pytest.mark.parametrize(
        "options",
        [
            {"storage": {"max_value_size": str(1 << 20)}},
            {"listener": {"tls_disable": True, "max_request_size": 1 << 20}},
        ],
        ids=["storage", "listener"],
    )
    def test_an_object_over_vaults_own_limit_is_too_large(
        self, start_vault: Callable[..., VaultServer], enter: Enter, sent: list[str], options: dict[str, object]
    ) -> None:
        server = start_vault(**options)
        enter.token(server.token)
        store = build(store_uri(server, server.kv()))
        store.put(NAME, bytes(700 << 10))
        with pytest.raises(ObjectTooLarge, match="raise max_entry_size and max_request_size"):
            store.put(object_name(PLACE, "1" * 32), bytes(1 << 20))
        assert len(sent) == 2

    @pytest.mark.usefixtures("unhurried")
    def test_a_sealed_vault_is_unavailable(
        self, start_vault: Callable[..., VaultServer], enter: Enter, sent: list[str]
    ) -> None:
        server = start_vault()
        enter.token(server.token)
        store = build(store_uri(server, server.kv()))
        server.data("PUT", "sys/seal")
        for operation in OPERATIONS:
            with pytest.raises(StoreUnavailable, match="status 503: not reached, sealed or overloaded"):
                _call(store, operation)
        assert len(sent) >= MANY * len(OPERATIONS)


class TestSecrets:
    @pytest.mark.parametrize("status", [307, 400, 403, 404, 413, 418, 503])
    @pytest.mark.parametrize("operation", OPERATIONS)
    def test_no_error_repeats_what_it_was_given(
        self, at_stub: VaultKVStore, stub: StubServer, operation: str, status: int
    ) -> None:
        stub.answers = [refusal(status, f"{CANARY} {TOKEN}", CAS)]
        with pytest.raises(SecureXComError) as caught:
            at_stub.put(NAME, CANARY.encode()) if operation == "put" else _call(at_stub, operation)
        told = shown(caught.value)
        assert not [secret for secret in (CANARY, TOKEN) if secret in told]

    @pytest.mark.parametrize("status", [200, 400, 403, 503])
    def test_no_error_of_a_login_repeats_the_secret_id(
        self, stub: StubServer, enter: Enter, unhurried: None, status: int
    ) -> None:
        enter.role(Role(role_id="dag", secret_id=SECRET_ID, auth_mount="approle"))
        stub.answers = [refusal(status, f"{SECRET_ID} {TOKEN}")]
        with pytest.raises(StoreError) as caught:
            build(f"vault://secret?url={stub.url}&auth=approle&role_id=dag").get(NAME)
        assert SECRET_ID.encode() in stub.requests[0].body
        told = shown(caught.value)
        assert not [secret for secret in (SECRET_ID, TOKEN) if secret in told]

    def test_a_token_that_no_header_can_hold_is_not_repeated(self, stub: StubServer, enter: Enter) -> None:
        enter.token(f"{TOKEN}\nX-Other: header")
        with pytest.raises(StoreError) as caught:
            build(f"vault://secret?url={stub.url}").get(NAME)
        assert type(caught.value) is StoreError
        assert TOKEN not in shown(caught.value)
        assert stub.requests == []

    def test_no_log_at_debug_holds_the_token_or_the_object(
        self, at_stub: VaultKVStore, stub: StubServer, caplog: pytest.LogCaptureFixture
    ) -> None:
        caplog.set_level(logging.DEBUG, logger="")
        held = base64.b64encode(CANARY.encode()).decode()
        stub.answers = [vault_answer(data={"version": 1}), vault_answer(data={"data": {"object": [held]}})]
        at_stub.put(NAME, CANARY.encode())
        assert at_stub.get(NAME) == CANARY.encode()
        assert caplog.records
        assert not [secret for secret in (CANARY, held, TOKEN) if secret in caplog.text]


@pytest.mark.usefixtures("enter")
class TestUri:
    @pytest.mark.parametrize(
        ("uri", "problem"),
        [
            ("vault:///prefix?url=https://vault", "mount first"),
            ("vault://vault.example.com:8200/secret?url=https://vault", "mount first"),
            ("vault://..?url=https://vault", "mount first"),
            ("vault://a%2F..%2Fb?url=https://vault", "mount first"),
            ("vault://secret", "needs Vault's address, in url= or VAULT_ADDR"),
            ("vault://secret?url=vault.example.com:8200", "must begin with https"),
            ("vault://secret?url=http://vault.example.com:8200", "http:// is for this machine only"),
            ("vault://secret?url=http://127.0.0.1.example.com", "http:// is for this machine only"),
            ("vault://secret?url=http://0.0.0.0:8200", "http:// is for this machine only"),
            ("vault://secret?url=https://vault:port", "must begin with https"),
            (f"vault://secret?url=https://user:{TOKEN}@vault", "credentials have no place in it"),
            (f"vault://secret?url=https://vault/?token={TOKEN}", "credentials have no place in it"),
            ("vault://secret?url=https://vault&ca_cert=/no/such/file", "no CA certificate at /no/such/file"),
            (f"vault://secret?url=https://vault&token={TOKEN}", "knows no parameter 'token'"),
            (f"vault://secret?url=https://vault&auth=approle&secret_id={TOKEN}", "knows no parameter 'secret_id'"),
            ("vault://secret?url=https://vault&role_id=dag", "knows no parameter 'role_id'"),
            ("vault://secret?url=https://vault&verify=false", "knows no parameter 'verify'"),
            ("vault://secret?url=https://vault&auth=magic", "auth must be one of approle, jwt, kubernetes, token"),
            ("vault://secret?url=https://vault&auth=approle", "role_id= or VAULT_ROLE_ID"),
        ],
    )
    def test_refuses_what_cannot_work_and_names_the_option(self, uri: str, problem: str) -> None:
        with mistake(f"store: .*{problem}") as caught:
            build(uri)
        assert TOKEN not in shown(caught.value)

    def test_tells_all_problems_of_the_address_at_once(self) -> None:
        with pytest.raises(ConfigurationError) as caught:
            build("vault://secret?ca_cert=/no/such/file")
        assert len(caught.value.problems) == 2

    @pytest.mark.parametrize(
        "url",
        [
            "https://vault",
            "https://vault.example.com:8200/",
            "HTTPS://vault",
            "http://localhost:8200",
            "http://127.0.0.1:8200",
            "http://127.8.8.8",
            "http://[::1]:8200",
        ],
    )
    def test_takes_an_address_that_nobody_can_listen_to(self, url: str) -> None:
        assert isinstance(build(f"vault://secret?url={url}"), VaultKVStore)

    def test_says_what_to_install(self, monkeypatch: pytest.MonkeyPatch) -> None:
        monkeypatch.setitem(sys.modules, "hvac", None)
        with mistake(r"install hvac \(the extra vault of this package\)", MissingDependency):
            build_store(AdapterUri.parse("vault://secret?url=https://vault", option="store"))

    def test_building_imports_neither_hvac_nor_requests(self) -> None:
        code = (
            "import sys; from secure_xcom.assembly.registry import build_key_provider, build_store\n"
            "from secure_xcom.settings.uri import AdapterUri\n"
            "build_store(AdapterUri.parse('vault://kv/prefix?url=https://vault', option='store'))\n"
            "build_key_provider(AdapterUri.parse('vault-transit://transit/key?url=https://vault', option='key'))\n"
            "print(sorted({'hvac', 'requests', 'urllib3'} & set(sys.modules)))"
        )
        result = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True)
        assert result.stdout.strip() == "[]"


def _policy(server: VaultServer, mount: str) -> str:
    """What the store's documentation tells to grant, below ``own``."""
    return server.policy({f"{mount}/data/own/*": ["create", "read"], f"{mount}/metadata/own/*": ["delete"]})


def _call(store: Store, operation: str) -> None:
    store.put(NAME, b"changed") if operation == "put" else getattr(store, operation)(NAME)
