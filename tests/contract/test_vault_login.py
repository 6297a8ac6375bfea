"""Kubernetes and JWT logins, renewal of tokens, and Airflow's connections, at a real Vault and at one that fails."""

from __future__ import annotations

import base64
import json
import secrets
import time
from dataclasses import dataclass
from pathlib import Path
from typing import ClassVar

import jwt
import pytest
import trustme
from cryptography.hazmat.primitives import serialization
from cryptography.hazmat.primitives.asymmetric import ec

from secure_xcom.adapters.vault.client import VaultClient
from secure_xcom.adapters.vault.kv import VaultKVStore
from secure_xcom.errors import ObjectNotFound, StoreDenied, StoreUnauthenticated
from secure_xcom.model.domain import Domain
from secure_xcom.ports.identity import Connection, Identity
from secure_xcom.settings.uri import AdapterUri
from secure_xcom.testing.fakes import FakeHost
from tests.fixtures.stub import Answer, StubServer
from tests.fixtures.vault import BAD_TOKEN, Enter, VaultServer, refusal, store_uri, vault_answer
from tests.mistakes import mistake
from tests.unit.world import assert_tells_nothing

NAME = "etl/r/t/-1/k/" + "0" * 32
CANARY = "canary-jwt-41d0"


@pytest.fixture
def mount(vault_server: VaultServer) -> str:
    return vault_server.kv()


@pytest.fixture
def policy(vault_server: VaultServer, mount: str) -> str:
    return vault_server.policy(
        {f"{mount}/data/own/*": ["create", "read"], "auth/token/renew-self": ["update"]},
    )


@dataclass(frozen=True)
class Issuer:
    """Signs tokens, and is known to Vault's JWT method by its public key."""

    mount: str
    key: ec.EllipticCurvePrivateKey

    def sign(self, file: Path, **claims: object) -> Path:
        """Write a token that is good for a minute, unless the claims say otherwise."""
        standing = {"sub": "xcom-etl", "aud": "vault", "exp": time.time() + 60, "iat": time.time()}
        file.write_text(jwt.encode(standing | claims, self.key, "ES256") + "\n")
        return file


@pytest.fixture
def issuer(vault_server: VaultServer, policy: str) -> Issuer:
    key = ec.generate_private_key(ec.SECP256R1())
    public = key.public_key().public_bytes(serialization.Encoding.PEM, serialization.PublicFormat.SubjectPublicKeyInfo)
    name = f"sxc-jwt-{secrets.token_hex(4)}"
    vault_server._make(f"sys/auth/{name}", {"type": "jwt"})
    vault_server.data("POST", f"auth/{name}/config", {"jwt_validation_pubkeys": [public.decode()]})
    role = {
        "role_type": "jwt",
        "user_claim": "sub",
        "bound_audiences": ["vault"],
        "bound_claims": {"sub": "xcom-etl"},
        "token_policies": [policy],
        "token_ttl": 60,
    }
    vault_server.data("POST", f"auth/{name}/role/xcom-etl", role)
    return Issuer(name, key)


def _store(server: VaultServer, mount: str, params: str) -> VaultKVStore:
    return VaultKVStore.from_uri(store_uri(server, mount, "own", params))


def test_a_signed_token_logs_in_once(
    vault_server: VaultServer, mount: str, issuer: Issuer, enter: Enter, tmp_path: Path, sent: list[str]
) -> None:
    file = issuer.sign(tmp_path / "jwt")
    store = _store(vault_server, mount, f"auth=jwt&auth_mount={issuer.mount}&role=xcom-etl&jwt_file={file}")
    store.put(NAME, b"sealed")
    assert store.get(NAME) == b"sealed"
    assert len([request for request in sent if request.endswith("/login")]) == 1
    assert len(sent) == 3


def test_a_token_that_was_replaced_is_read_anew(
    vault_server: VaultServer, mount: str, issuer: Issuer, enter: Enter, tmp_path: Path
) -> None:
    file = issuer.sign(tmp_path / "jwt", exp=time.time() - 3600)
    store = _store(vault_server, mount, f"auth=jwt&auth_mount={issuer.mount}&role=xcom-etl&jwt_file={file}")
    with pytest.raises(StoreUnauthenticated):
        store.get(NAME)
    issuer.sign(file)
    with pytest.raises(ObjectNotFound):
        store.get(NAME)


@pytest.mark.parametrize(
    ("claims", "params"),
    [
        ({"sub": "xcom-report"}, "role=xcom-etl"),
        ({"aud": "another-service"}, "role=xcom-etl"),
        ({"exp": 1}, "role=xcom-etl"),
        ({}, "role=xcom-report"),
        ({}, "role=xcom-etl&auth_mount=none"),
    ],
    ids=["another Dag's", "another audience", "expired", "unknown role", "no such mount"],
)
def test_a_login_that_is_refused_says_so_once_and_holds_no_secret(
    vault_server: VaultServer,
    mount: str,
    issuer: Issuer,
    enter: Enter,
    tmp_path: Path,
    sent: list[str],
    claims: dict[str, object],
    params: str,
) -> None:
    file = issuer.sign(tmp_path / "jwt", **claims)
    if "auth_mount" not in params:
        params += f"&auth_mount={issuer.mount}"
    with pytest.raises(StoreUnauthenticated, match="the jwt login at") as caught:
        _store(vault_server, mount, f"auth=jwt&{params}&jwt_file={file}").get(NAME)
    assert_tells_nothing(caught.value, file.read_text().strip())
    assert len(sent) == 1


@pytest.mark.parametrize("content", [None, "", "  \n", b"\xff\xfe"], ids=["missing", "empty", "blank", "not text"])
@pytest.mark.parametrize("kind", ["jwt", "kubernetes"])
def test_without_a_token_nothing_is_asked(
    vault_server: VaultServer, enter: Enter, tmp_path: Path, sent: list[str], kind: str, content: str | bytes | None
) -> None:
    file = tmp_path / "jwt"
    if content is not None:
        file.write_bytes(content if isinstance(content, bytes) else content.encode())
    with pytest.raises(StoreUnauthenticated, match="holds no token"):
        _store(vault_server, "secret", f"auth={kind}&role=r&jwt_file={file}").get(NAME)
    assert sent == []


@pytest.fixture
def kubernetes(vault_server: VaultServer, policy: str, stub: StubServer) -> str:
    """A Kubernetes auth method whose cluster is the stub: it says whom a token belongs to."""
    name = f"sxc-kubernetes-{secrets.token_hex(4)}"
    vault_server._make(f"sys/auth/{name}", {"type": "kubernetes"})
    vault_server.data(
        "POST",
        f"auth/{name}/config",
        # Vault asks for the cluster's CA, whatever the cluster's address is.
        {"kubernetes_host": stub.url, "disable_local_ca_jwt": True, "kubernetes_ca_cert": _authority()},
    )
    role = {
        "bound_service_account_names": ["xcom-etl"],
        "bound_service_account_namespaces": ["airflow"],
        "token_policies": [policy],
        "token_ttl": 60,
    }
    vault_server.data("POST", f"auth/{name}/role/xcom-etl", role)
    return name


def _authority() -> str:
    return trustme.CA().cert_pem.bytes().decode()


def _pod(file: Path, account: str) -> tuple[Path, Answer]:
    """A pod's token, and what the cluster says of it."""
    claims = {
        "kubernetes.io": {"namespace": "airflow", "serviceaccount": {"name": account, "uid": "u"}},
        "sub": f"system:serviceaccount:airflow:{account}",
        "aud": ["https://kubernetes.default.svc"],
        "iat": int(time.time()) - 10,
        "nbf": int(time.time()) - 10,
        "exp": int(time.time()) + 600,
    }
    file.write_text(jwt.encode(claims, ec.generate_private_key(ec.SECP256R1()), "ES256"))
    user = {"username": f"system:serviceaccount:airflow:{account}", "uid": "u", "groups": ["system:serviceaccounts"]}
    review = {"apiVersion": "authentication.k8s.io/v1", "kind": "TokenReview"}
    review["status"] = {"authenticated": True, "user": user, "audiences": claims["aud"]}
    return file, Answer(status=201, headers={"Content-Type": "application/json"}, body=json.dumps(review).encode())


def test_a_pods_service_account_logs_in(
    vault_server: VaultServer, mount: str, kubernetes: str, stub: StubServer, enter: Enter, tmp_path: Path
) -> None:
    file, answer = _pod(tmp_path / "token", "xcom-etl")
    stub.answers = [answer]
    store = _store(vault_server, mount, f"auth=kubernetes&auth_mount={kubernetes}&role=xcom-etl&jwt_file={file}")
    store.put(NAME, b"sealed")
    assert store.get(NAME) == b"sealed"


def test_another_dags_service_account_is_refused(
    vault_server: VaultServer, mount: str, kubernetes: str, stub: StubServer, enter: Enter, tmp_path: Path
) -> None:
    file, answer = _pod(tmp_path / "token", "xcom-report")
    stub.answers = [answer]
    with pytest.raises(StoreUnauthenticated, match="the kubernetes login at"):
        _store(vault_server, mount, f"auth=kubernetes&auth_mount={kubernetes}&role=xcom-etl&jwt_file={file}").get(NAME)


# Renewal: at a stub, with a clock of the test's own.


class Clock:
    now = 0.0

    def __call__(self) -> float:
        return self.now


def _login(text: str, seconds: int = 90, *, renewable: bool = True) -> Answer:
    return vault_answer(auth={"client_token": text, "lease_duration": seconds, "renewable": renewable})


READ = vault_answer(data={"data": {"object": [base64.b64encode(b"sealed").decode()]}})


@pytest.fixture
def clock() -> Clock:
    return Clock()


@pytest.fixture
def at_stub(stub: StubServer, enter: Enter, clock: Clock, monkeypatch: pytest.MonkeyPatch) -> VaultKVStore:
    """A store whose Vault is the stub, where it logs in with an AppRole."""
    enter.nobody()
    monkeypatch.setenv("VAULT_SECRET_ID", CANARY)
    uri = AdapterUri.parse(f"vault://kv?url={stub.url}&auth=approle&role_id=dag", option="store")
    client = VaultClient.from_uri(uri, option="store")
    client._token._clock = clock
    return VaultKVStore(client, "kv")


def _paths(stub: StubServer) -> list[str]:
    return [request.path.removeprefix("/v1/").partition("/data/")[0] for request in stub.requests]


LOGIN, RENEWAL, KV = "auth/approle/login", "auth/token/renew-self", "kv"


def test_a_token_is_renewed_when_two_thirds_of_its_lease_are_gone(
    stub: StubServer, at_stub: VaultKVStore, clock: Clock
) -> None:
    stub.answers = [_login("one"), READ, READ, _login("one"), READ, READ]
    for clock.now in (0, 59, 61, 100):
        at_stub.get(NAME)
    assert _paths(stub) == [LOGIN, KV, KV, RENEWAL, KV, KV]


def test_a_token_that_cannot_be_renewed_is_replaced(stub: StubServer, at_stub: VaultKVStore, clock: Clock) -> None:
    stub.answers = [_login("one", renewable=False), READ, _login("two"), READ]
    for clock.now in (0, 61):
        at_stub.get(NAME)
    assert _paths(stub) == [LOGIN, KV, LOGIN, KV]
    assert stub.requests[-1].headers["X-Vault-Token"] == "two"


def test_a_token_near_its_maximum_is_replaced(stub: StubServer, at_stub: VaultKVStore, clock: Clock) -> None:
    stub.answers = [_login("one"), READ, _login("one", 5), _login("two"), READ]
    for clock.now in (0, 61):
        at_stub.get(NAME)
    assert _paths(stub) == [LOGIN, KV, RENEWAL, LOGIN, KV]
    assert stub.requests[-1].headers["X-Vault-Token"] == "two"


def test_a_renewal_that_fails_is_tried_again_later_and_the_token_serves_meanwhile(
    stub: StubServer, at_stub: VaultKVStore, clock: Clock
) -> None:
    stub.answers = [_login("one"), READ, refusal(503, "sealed"), READ, READ, _login("one"), READ]
    for clock.now in (0, 61, 65, 72):
        assert at_stub.get(NAME) == b"sealed"
    assert _paths(stub) == [LOGIN, KV, RENEWAL, KV, KV, RENEWAL, KV]


def test_a_token_that_ended_is_replaced_and_the_request_made_again(
    stub: StubServer, at_stub: VaultKVStore, clock: Clock
) -> None:
    stub.answers = [_login("one"), refusal(403, *BAD_TOKEN[0]), _login("two"), READ]
    assert at_stub.get(NAME) == b"sealed"
    assert _paths(stub) == [LOGIN, KV, LOGIN, KV]


def test_a_token_that_nobody_renews_is_told_when_it_ended(stub: StubServer, enter: Enter) -> None:
    enter.token(CANARY)
    stub.answers = [refusal(403, *BAD_TOKEN[0])]
    uri = AdapterUri.parse(f"vault://kv?url={stub.url}", option="store")
    with pytest.raises(StoreUnauthenticated, match="Vault does not accept them") as caught:
        VaultKVStore.from_uri(uri).get(NAME)
    assert_tells_nothing(caught.value, CANARY)
    assert len(stub.requests) == 1


def test_a_real_token_outlives_its_first_lease(
    vault_server: VaultServer, mount: str, policy: str, enter: Enter, sent: list[str]
) -> None:
    role = vault_server.role(policy, token_ttl=60, token_max_ttl=3600)
    enter.role(role)
    clock = Clock()
    client = VaultClient.from_uri(store_uri(vault_server, mount, "own", role.params), option="store")
    client._token._clock = clock
    store = VaultKVStore(client, mount, "own")
    store.put(NAME, b"sealed")
    clock.now = 41
    assert store.get(NAME) == b"sealed"
    assert len([request for request in sent if request.endswith("/auth/token/renew-self")]) == 1


# Airflow's connections.


class Connected(FakeHost):
    found: ClassVar[Connection] = Connection()
    asked = 0

    def connection(self, conn_id: str) -> Connection:
        """The one that the test set."""
        type(self).asked += 1
        return self.found


def _connected(found: Connection, params: str = "") -> VaultKVStore:
    host = Connected()
    type(host).found, type(host).asked = found, 0
    uri = AdapterUri.parse(f"vault://kv?conn_id=vault_xcom{params}", option="store")
    return VaultKVStore.from_uri(uri, Identity(domain=Domain("etl"), connections=host))


def _at(stub: StubServer, **given: object) -> Connection:
    port = int(stub.url.rpartition(":")[2])
    return Connection(**({"host": "127.0.0.1", "port": port} | given))  # type: ignore[arg-type]


@pytest.mark.parametrize(
    ("given", "path"),
    [
        ({"password": CANARY}, None),
        ({"password": CANARY, "extra": {"auth_type": "token"}}, None),
        ({"login": "dag", "password": CANARY, "extra": {"auth_type": "approle"}}, "auth/approle/login"),
        (
            {"password": CANARY, "extra": {"auth_type": "approle", "role_id": "dag", "auth_mount_point": "own"}},
            "auth/own/login",
        ),
        ({"extra": {"auth_type": "jwt", "jwt_role": "dag", "jwt_token": CANARY}}, "auth/jwt/login"),
    ],
)
def test_a_connection_says_where_and_how(
    stub: StubServer, enter: Enter, given: dict[str, object], path: str | None
) -> None:
    stub.answers = [READ] if path is None else [_login("leased"), READ]
    store = _connected(_at(stub, **given))
    assert Connected.asked == 0
    assert store.get(NAME) == b"sealed"
    assert store.get(NAME) == b"sealed"
    assert Connected.asked == 1
    token = CANARY if path is None else "leased"
    assert _paths(stub) == ([KV, KV] if path is None else [path, KV, KV])
    assert stub.requests[-1].headers["X-Vault-Token"] == token


def test_a_namespace_goes_with_the_login_too(stub: StubServer, enter: Enter) -> None:
    stub.answers = [_login("leased"), READ]
    extra = {"auth_type": "approle", "role_id": "dag", "namespace": "team"}
    _connected(_at(stub, password=CANARY, extra=extra)).get(NAME)
    assert [request.headers["X-Vault-Namespace"] for request in stub.requests] == ["team", "team"]


@pytest.mark.parametrize(
    ("given", "says"),
    [
        ({"host": None}, "names no host"),
        ({"host": "vault.example", "extra": {"use_tls": False}}, "in the clear"),
        ({"host": "user@vault.example"}, "in the clear"),
        ({"password": CANARY, "extra": {"verify": False}}, "turns TLS verification off"),
        ({"password": CANARY, "extra": {"auth_type": "ldap"}}, "auth_type is one of approle, jwt, kubernetes, token"),
        ({"extra": {"auth_type": "token"}}, "lacks what auth_type token needs"),
        ({"extra": {"auth_type": "approle"}}, "lacks what auth_type approle needs"),
        ({"extra": {"auth_type": "kubernetes"}}, "lacks what auth_type kubernetes needs"),
        ({"extra": {"auth_type": "jwt", "jwt_role": "dag"}}, "lacks what auth_type jwt needs"),
    ],
)
def test_a_connection_that_cannot_serve_is_told_without_its_secret(
    stub: StubServer, enter: Enter, given: dict[str, object], says: str
) -> None:
    with mistake(says) as caught:
        _connected(_at(stub, **given)).get(NAME)
    assert_tells_nothing(caught.value, CANARY)
    assert stub.requests == []


@pytest.mark.parametrize(
    ("uri", "says"),
    [
        ("vault://kv?conn_id=c&url=https://vault", "knows no parameter 'url'"),
        ("vault://kv?conn_id=c&auth=approle", "knows no parameter 'auth'"),
        ("vault://kv?url=https://vault&auth=kubernetes", "auth=kubernetes needs role="),
        ("vault://kv?url=https://vault&auth=jwt&role=r", "auth=jwt needs role= and jwt_file="),
        ("vault://kv?url=https://vault&auth=jwt&role_id=r", "knows no parameter 'role_id'"),
    ],
)
def test_a_mistaken_uri_is_told(enter: Enter, uri: str, says: str) -> None:
    with mistake(says):
        VaultKVStore.from_uri(
            AdapterUri.parse(uri, option="store"), Identity(domain=Domain("etl"), connections=FakeHost())
        )


def test_a_connection_without_a_task_is_told(enter: Enter) -> None:
    with mistake("conn_id needs a running task"):
        VaultKVStore.from_uri(AdapterUri.parse("vault://kv?conn_id=c", option="store"))


def test_a_denied_request_is_no_reason_to_log_in_again(
    vault_server: VaultServer, mount: str, policy: str, enter: Enter, sent: list[str]
) -> None:
    role = vault_server.role(policy)
    enter.role(role)
    store = VaultKVStore.from_uri(store_uri(vault_server, mount, "other", role.params))
    for _ in range(2):
        with pytest.raises(StoreDenied):
            store.get(NAME)
    assert len(sent) == 3


def test_a_put_whose_answer_was_lost_is_found_done(
    vault_server: VaultServer, mount: str, policy: str, enter: Enter
) -> None:
    role = vault_server.role(policy)
    enter.role(role)
    store = VaultKVStore.from_uri(store_uri(vault_server, mount, "own", role.params))
    store.put(NAME, b"sealed")
    store.put(NAME, b"sealed")
    with pytest.raises(StoreDenied):
        store.put(NAME, b"another")
    assert store.get(NAME) == b"sealed"
