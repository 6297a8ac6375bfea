"""The Vault Transit key provider against a real Vault and one that fails on purpose."""

from __future__ import annotations

import base64
import json
import secrets
from collections.abc import Iterator

import pytest

from secure_xcom.adapters.vault.transit import VaultTransit
from secure_xcom.errors import (
    KeyDenied,
    KeyProviderError,
    KeyUnauthenticated,
    KeyUnavailable,
    SecureXComError,
    WrongKey,
)
from secure_xcom.model.seal import DataKey
from secure_xcom.ports.keys import KeyProvider
from secure_xcom.settings.uri import AdapterUri
from secure_xcom.testing.suites import KeyProviderContract, RewrapContract
from tests.fixtures.stub import Answer, StubServer, shown
from tests.fixtures.vault import BAD_TOKEN, DENIED, Enter, Role, VaultServer, key_uri, refusal, vault_answer
from tests.fixtures.waits import MANY, fast_forward
from tests.mistakes import mistake

CONTEXT = KeyProviderContract.context
CANARY = "canary-91d0-of-vaults-answer"
TOKEN = "canary-91d0-of-the-token"
OPERATIONS = ("generate", "unwrap")

PLAINTEXT = bytes(range(32))
TEXT = base64.b64encode(PLAINTEXT).decode()
WRAPPED = DataKey(plaintext=PLAINTEXT, wrapped=b"vault:v1:d3JhcHBlZA==", kek_id="transit/key")
IS_DERIVED = refusal(400, "missing 'context' for key derivation; the key was created using a derived key, which means")
DATA_KEY = vault_answer(data={"plaintext": TEXT, "ciphertext": WRAPPED.wrapped.decode(), "key_version": 1})


def build(uri: AdapterUri | str) -> VaultTransit:
    return VaultTransit.from_uri(AdapterUri.parse(uri, option="key") if isinstance(uri, str) else uri)


@pytest.fixture(scope="module")
def mount(vault_server: VaultServer) -> str:
    return vault_server.mount("transit")


@pytest.fixture(scope="module")
def key(vault_server: VaultServer, mount: str) -> str:
    return vault_server.transit_key(mount)


@pytest.fixture(scope="module")
def role(vault_server: VaultServer, mount: str, key: str) -> Role:
    """An identity with the two permissions that the documentation tells to grant, on one key."""
    granted = ["update"]
    policy = vault_server.policy({f"{mount}/datakey/plaintext/{key}": granted, f"{mount}/decrypt/{key}": granted})
    return vault_server.role(policy)


@pytest.fixture
def provider(vault_server: VaultServer, mount: str, key: str, enter: Enter) -> VaultTransit:
    enter.token(vault_server.token)
    return build(key_uri(vault_server, mount, key))


@pytest.fixture
def stub() -> Iterator[StubServer]:
    server = StubServer()
    yield server
    server.close()


@pytest.fixture
def at_stub(stub: StubServer, enter: Enter, monkeypatch: pytest.MonkeyPatch) -> VaultTransit:
    """A provider whose Vault is the stub; it does not wait between attempts."""
    fast_forward(monkeypatch)
    enter.token(TOKEN)
    return build(f"vault-transit://transit/key?url={stub.url}")


class TestVaultTransit(KeyProviderContract, RewrapContract):
    @pytest.fixture
    def provider(self, vault_server: VaultServer, mount: str, key: str, enter: Enter) -> KeyProvider:
        enter.token(vault_server.token)
        return build(key_uri(vault_server, mount, key))


class TestVaultTransitOfOneDagsRole(KeyProviderContract):
    @pytest.fixture
    def provider(self, vault_server: VaultServer, mount: str, key: str, role: Role, enter: Enter) -> KeyProvider:
        enter.role(role)
        return build(key_uri(vault_server, mount, key, role.params))


class TestIsolation:
    @pytest.mark.parametrize("operation", OPERATIONS)
    def test_a_dags_role_cannot_use_another_dags_key(
        self, vault_server: VaultServer, mount: str, role: Role, enter: Enter, operation: str
    ) -> None:
        other = vault_server.transit_key(mount)
        enter.token(vault_server.token)
        sealed = build(key_uri(vault_server, mount, other)).generate(CONTEXT)
        enter.role(role)
        with pytest.raises(KeyDenied, match="Grant update on datakey/plaintext/"):
            _call(build(key_uri(vault_server, mount, other, role.params)), operation, sealed)

    def test_what_another_key_wrapped_is_refused_even_under_this_keys_name(
        self, vault_server: VaultServer, mount: str, provider: VaultTransit, enter: Enter
    ) -> None:
        other = build(key_uri(vault_server, mount, vault_server.transit_key(mount))).generate(CONTEXT)
        own = provider.generate(CONTEXT)
        with pytest.raises(WrongKey, match="was not wrapped for this Dag run"):
            provider.unwrap(other.wrapped, own.kek_id, CONTEXT)

    @pytest.mark.parametrize("kek_id", ["", "transit/other", "other/key", "transit/key/", "transit%2Fkey", "../key"])
    def test_a_kek_that_is_not_the_configured_one_is_refused_unasked(
        self, at_stub: VaultTransit, stub: StubServer, kek_id: str
    ) -> None:
        with pytest.raises(WrongKey, match="another Transit key than the configured transit/key"):
            at_stub.unwrap(WRAPPED.wrapped, kek_id, CONTEXT)
        assert stub.requests == []

    @pytest.mark.parametrize("operation", OPERATIONS)
    def test_a_key_that_ignores_the_context_is_refused(
        self, vault_server: VaultServer, mount: str, enter: Enter, operation: str
    ) -> None:
        enter.token(vault_server.token)
        name = vault_server.transit_key(mount, derived=False)
        text = vault_server.data("POST", f"{mount}/datakey/plaintext/{name}")["ciphertext"]
        sealed = DataKey(plaintext=b"", wrapped=str(text).encode(), kek_id=f"{mount}/{name}")
        provider = build(key_uri(vault_server, mount, name))
        for _ in range(2):
            with mistake(r"is not derived.*derived=true"):
                _call(provider, operation, sealed)


class TestRotation:
    def test_what_an_older_version_wrapped_still_opens(
        self, vault_server: VaultServer, mount: str, key: str, provider: VaultTransit
    ) -> None:
        old = provider.generate(CONTEXT)
        vault_server.data("POST", f"{mount}/keys/{key}/rotate")
        new = provider.generate(CONTEXT)
        assert [provider.unwrap(each.wrapped, each.kek_id, CONTEXT) for each in (old, new)] == [
            old.plaintext,
            new.plaintext,
        ]
        assert old.kek_id == new.kek_id
        assert old.wrapped.split(b":")[1] != new.wrapped.split(b":")[1]

    def test_what_a_retired_version_wrapped_says_so(self, vault_server: VaultServer, mount: str, enter: Enter) -> None:
        enter.token(vault_server.token)
        name = vault_server.transit_key(mount)
        provider = build(key_uri(vault_server, mount, name))
        old = provider.generate(CONTEXT)
        vault_server.data("POST", f"{mount}/keys/{name}/rotate")
        vault_server.data("POST", f"{mount}/keys/{name}/config", {"min_decryption_version": 2})
        with pytest.raises(WrongKey, match="below min_decryption_version"):
            provider.unwrap(old.wrapped, old.kek_id, CONTEXT)


class TestRequests:
    @pytest.mark.parametrize("operation", OPERATIONS)
    def test_each_operation_is_one_request_after_one_that_asks_whether_the_key_is_derived(
        self, provider: VaultTransit, mount: str, key: str, sent: list[str], operation: str
    ) -> None:
        sealed = provider.generate(CONTEXT)
        del sent[:]
        path = {"generate": f"{mount}/datakey/plaintext/{key}", "unwrap": f"{mount}/decrypt/{key}"}[operation]
        _call(provider, operation, sealed)
        assert sent == [f"POST /v1/{path}"]

    @pytest.mark.parametrize("operation", OPERATIONS)
    def test_the_first_operation_asks_without_a_context_before_it_asks_with_one(
        self, at_stub: VaultTransit, stub: StubServer, operation: str
    ) -> None:
        stub.answers = [IS_DERIVED, DATA_KEY]
        _call(at_stub, operation)
        first, second = (json.loads(request.body) for request in stub.requests)
        assert second == {**first, "context": base64.b64encode(_canonical(CONTEXT)).decode()}

    def test_the_order_of_the_context_does_not_matter(self, provider: VaultTransit) -> None:
        sealed = provider.generate(CONTEXT)
        assert provider.unwrap(sealed.wrapped, sealed.kek_id, dict(reversed(CONTEXT.items()))) == sealed.plaintext

    @pytest.mark.parametrize("status", [429, 503])
    @pytest.mark.parametrize("operation", OPERATIONS)
    def test_a_request_that_came_at_a_bad_time_is_made_again(
        self, at_stub: VaultTransit, stub: StubServer, operation: str, status: int
    ) -> None:
        stub.answers = [IS_DERIVED, refusal(status), refusal(status), DATA_KEY]
        _call(at_stub, operation)
        assert len(stub.requests) == 4

    @pytest.mark.parametrize(
        ("answer", "error", "requests"),
        [
            (refusal(403, DENIED), KeyDenied, 1),
            (refusal(403, *BAD_TOKEN[0]), KeyUnauthenticated, 1),
            (refusal(403, *BAD_TOKEN[1]), KeyUnauthenticated, 1),
            (refusal(400, "encryption key not found"), KeyDenied, 1),
            (refusal(404), KeyDenied, 1),
            (refusal(404, 'no handler for route "transit/decrypt/key". route entry not found.'), KeyProviderError, 1),
            (refusal(400, "cipher: message authentication failed"), WrongKey, 1),
            (refusal(400, "invalid ciphertext: no prefix"), WrongKey, 1),
            (refusal(400, "message decryption not supported for key type ed25519"), KeyProviderError, 1),
            (refusal(400, "something else"), KeyProviderError, 1),
            (refusal(413), KeyProviderError, 1),
            (Answer(status=307, headers={"Location": "http://127.0.0.1:9"}), KeyProviderError, 1),
            (vault_answer(data={}), KeyProviderError, 1),
            (vault_answer(data={"plaintext": TEXT[:-4], "ciphertext": "vault:v1:"}), KeyProviderError, 1),
            (vault_answer(data={"plaintext": "?", "ciphertext": "vault:v1:"}), KeyProviderError, 1),
            (refusal(500, "internal error"), KeyUnavailable, MANY),
            (refusal(503, "Vault is sealed"), KeyUnavailable, MANY),
        ],
        ids=lambda value: f"{value.status} {value.body.decode().strip()}" if isinstance(value, Answer) else "",
    )
    def test_a_failure_is_told_by_its_kind_and_only_what_may_pass_is_tried_again(
        self,
        at_stub: VaultTransit,
        stub: StubServer,
        answer: Answer,
        error: type[KeyProviderError],
        requests: int,
    ) -> None:
        stub.answers = [IS_DERIVED, answer]
        with pytest.raises(KeyProviderError) as caught:
            _call(at_stub, "unwrap")
        assert type(caught.value) is error
        assert min(len(stub.requests) - 1, MANY) == requests


class TestFaults:
    @pytest.mark.parametrize("operation", OPERATIONS)
    def test_a_missing_key_is_denied_and_not_made(
        self, vault_server: VaultServer, mount: str, enter: Enter, operation: str
    ) -> None:
        enter.token(vault_server.token)
        name = f"missing-{secrets.token_hex(4)}"
        sealed = DataKey(plaintext=b"", wrapped=WRAPPED.wrapped, kek_id=f"{mount}/{name}")
        with pytest.raises(KeyDenied, match="there is no such key"):
            _call(build(key_uri(vault_server, mount, name)), operation, sealed)
        assert vault_server.ask("GET", f"{mount}/keys/{name}").status_code == 404

    def test_a_missing_mount_says_what_to_check(self, vault_server: VaultServer, enter: Enter) -> None:
        enter.token(vault_server.token)
        with pytest.raises(KeyProviderError, match="Check that the mount is a Transit engine"):
            build(key_uri(vault_server, "no-such-mount", "key")).generate(CONTEXT)

    def test_a_key_that_only_signs_says_which_type_to_make(
        self, vault_server: VaultServer, mount: str, enter: Enter
    ) -> None:
        enter.token(vault_server.token)
        name = vault_server.transit_key(mount, type="ed25519")
        with pytest.raises(KeyProviderError, match="aes256-gcm96"):
            build(key_uri(vault_server, mount, name)).generate(CONTEXT)

    @pytest.mark.parametrize("wrapped", [b"", b"\xff\xfe", b"vault:v0:", b"vault:v1:", b"vault:v99:AAAA", bytes(40)])
    def test_a_wrapped_key_that_is_none_is_the_wrong_key(self, provider: VaultTransit, wrapped: bytes) -> None:
        kek_id = provider.generate(CONTEXT).kek_id
        with pytest.raises(WrongKey):
            provider.unwrap(wrapped, kek_id, CONTEXT)

    def test_a_token_that_vault_does_not_know_is_not_taken_for_a_refusal(
        self, vault_server: VaultServer, mount: str, key: str, enter: Enter, sent: list[str]
    ) -> None:
        enter.token(TOKEN)
        with pytest.raises(KeyUnauthenticated, match="Vault does not accept them"):
            build(key_uri(vault_server, mount, key)).generate(CONTEXT)
        assert len(sent) == 1

    @pytest.mark.parametrize("operation", OPERATIONS)
    @pytest.mark.parametrize("status", [200, 400, 403, 404, 503])
    def test_no_error_repeats_what_it_was_given(
        self, at_stub: VaultTransit, stub: StubServer, operation: str, status: int
    ) -> None:
        body = json.dumps({"errors": [CANARY, TOKEN], "data": {"plaintext": f"{TEXT}{CANARY}", "ciphertext": CANARY}})
        answer = Answer(status=status, headers={"Content-Type": "application/json"}, body=body.encode())
        stub.answers = [IS_DERIVED, answer]
        with pytest.raises(SecureXComError) as caught:
            _call(at_stub, operation)
        told = shown(caught.value)
        assert not [secret for secret in (CANARY, TOKEN, TEXT) if secret in told]


@pytest.mark.usefixtures("enter")
class TestUri:
    @pytest.mark.parametrize(
        ("uri", "problem"),
        [
            ("vault-transit://?url=https://vault", "mount first"),
            ("vault-transit://transit?url=https://vault", "a mount and a key"),
            ("vault-transit://transit/a/b?url=https://vault", "a mount and a key"),
            ("vault-transit://transit/key", "needs Vault's address"),
            ("vault-transit://transit/key?url=http://vault", "http:// is for this machine only"),
            ("vault-transit://transit/key?url=https://vault&context=off", "knows no parameter 'context'"),
        ],
    )
    def test_refuses_what_cannot_work_and_names_the_option(self, uri: str, problem: str) -> None:
        with mistake(f"key: .*{problem}"):
            build(uri)


def _call(provider: KeyProvider, operation: str, sealed: DataKey = WRAPPED) -> None:
    if operation == "generate":
        provider.generate(CONTEXT)
    else:
        provider.unwrap(sealed.wrapped, sealed.kek_id, CONTEXT)


def _canonical(context: object) -> bytes:
    return json.dumps(context, sort_keys=True, separators=(",", ":")).encode()
