"""The AWS KMS key provider against moto's server, and a server that fails on purpose."""

from __future__ import annotations

import base64
import json
import logging

import pytest

from secure_xcom.adapters.aws import Location
from secure_xcom.adapters.aws.kms import AwsKms
from secure_xcom.errors import (
    KeyDenied,
    KeyProviderError,
    KeyUnauthenticated,
    KeyUnavailable,
    WrongKey,
)
from secure_xcom.ports.keys import KeyProvider
from secure_xcom.settings.uri import AdapterUri
from secure_xcom.testing.suites import KeyProviderContract, RewrapContract
from tests.fixtures.aws import (
    REGION,
    SECRET_KEY,
    SESSION_TOKEN,
    AwsServer,
    Identity,
    kms_answer,
)
from tests.fixtures.stub import Answer, StubServer, shown
from tests.fixtures.waits import MANY
from tests.mistakes import mistake

ALIAS = "alias/airflow-xcom"
KEY_ID = "1234abcd-12ab-34cd-56ef-1234567890ab"
ARN = f"arn:aws:kms:us-east-2:111122223333:key/{KEY_ID}"
CONTEXT = {"dag_id": "etl", "run_id": "manual__2026-01-01T00:00:00+00:00", "fmt": "sxc1"}
CANARY = b"canary-7f3a-in-place-of-a-key!!!"
IN_THE_CLEAR = base64.b64encode(CANARY).decode()
WRAPPED = base64.b64encode(b"wrapped").decode()
GENERATED = kms_answer(KeyId=ARN, Plaintext=IN_THE_CLEAR, CiphertextBlob=WRAPPED)
DECRYPTED = kms_answer(KeyId=ARN, Plaintext=IN_THE_CLEAR)


def build(uri: str) -> AwsKms:
    return AwsKms.from_uri(AdapterUri.parse(uri, option="key"))


@pytest.fixture
def at_stub(stub: StubServer) -> AwsKms:
    """A provider whose server is the stub."""
    return AwsKms(ALIAS, Location(endpoint_url=stub.url))


class TestAwsKmsByAlias(KeyProviderContract, RewrapContract):
    @pytest.fixture
    def provider(self, moto_server: AwsServer, aws_identity: Identity) -> KeyProvider:
        kms = moto_server.kms
        if not any(found["AliasName"] == ALIAS for found in kms.list_aliases()["Aliases"]):
            kms.create_alias(AliasName=ALIAS, TargetKeyId=kms.create_key()["KeyMetadata"]["KeyId"])
        return build(f"aws-kms://{ALIAS}?endpoint_url={moto_server.url}")


class TestAwsKmsByArn(KeyProviderContract, RewrapContract):
    @pytest.fixture
    def provider(self, moto_server: AwsServer, aws_identity: Identity) -> KeyProvider:
        arn = moto_server.kms.create_key()["KeyMetadata"]["Arn"]
        return build(f"aws-kms:///{arn}?endpoint_url={moto_server.url}")


class TestWhatKmsSees:
    def test_a_data_key_is_asked_for_with_the_context(self, at_stub: AwsKms, stub: StubServer) -> None:
        stub.answers = [GENERATED]
        key = at_stub.generate(CONTEXT)
        assert (key.plaintext, key.wrapped, key.kek_id) == (CANARY, b"wrapped", ALIAS)
        assert _query(stub) == [
            ("GenerateDataKey", {"KeyId": ALIAS, "KeySpec": "AES_256", "EncryptionContext": CONTEXT})
        ]

    def test_unwrapping_names_the_configured_key_so_that_kms_takes_no_other(
        self, at_stub: AwsKms, stub: StubServer
    ) -> None:
        stub.answers = [DECRYPTED]
        assert at_stub.unwrap(b"wrapped", ALIAS, CONTEXT) == CANARY
        assert _query(stub) == [("Decrypt", {"KeyId": ALIAS, "CiphertextBlob": WRAPPED, "EncryptionContext": CONTEXT})]

    @pytest.mark.parametrize("kek_id", ["", "alias/other", "ALIAS/airflow-xcom", ARN, KEY_ID])
    def test_another_keys_id_is_refused_before_anything_is_asked(
        self, at_stub: AwsKms, stub: StubServer, kek_id: str
    ) -> None:
        with pytest.raises(WrongKey, match=f"configured {ALIAS}"):
            at_stub.unwrap(b"wrapped", kek_id, CONTEXT)
        assert stub.requests == []

    def test_a_key_wrapped_by_another_key_of_the_account_is_refused(
        self, moto_server: AwsServer, aws_identity: Identity
    ) -> None:
        ours, theirs = (moto_server.kms.create_key()["KeyMetadata"]["Arn"] for _ in range(2))
        foreign = build(f"aws-kms:///{theirs}?endpoint_url={moto_server.url}").generate(CONTEXT)
        with pytest.raises(KeyProviderError):
            build(f"aws-kms:///{ours}?endpoint_url={moto_server.url}").unwrap(foreign.wrapped, ours, CONTEXT)


class TestFaults:
    @pytest.mark.parametrize(
        ("code", "status", "error", "requests"),
        [
            ("InvalidCiphertextException", 400, WrongKey, 1),
            ("IncorrectKeyException", 400, WrongKey, 1),
            ("AccessDeniedException", 400, KeyDenied, 1),
            ("NotFoundException", 400, KeyDenied, 1),
            ("DisabledException", 400, KeyDenied, 1),
            ("KMSInvalidStateException", 400, KeyDenied, 1),
            ("ExpiredTokenException", 400, KeyUnauthenticated, 1),
            ("InvalidSignatureException", 400, KeyUnauthenticated, 1),
            ("MissingAuthenticationTokenException", 400, KeyUnauthenticated, 1),
            ("UnrecognizedClientException", 400, KeyUnauthenticated, 1),
            ("InvalidKeyUsageException", 400, KeyProviderError, 1),
            ("ValidationException", 400, KeyProviderError, 1),
            ("ThrottlingException", 400, KeyUnavailable, MANY),
            ("DependencyTimeoutException", 500, KeyUnavailable, MANY),
            ("KMSInternalException", 500, KeyUnavailable, MANY),
            ("KeyUnavailableException", 500, KeyUnavailable, MANY),
        ],
    )
    def test_a_failure_is_told_by_its_kind_and_only_what_may_pass_is_tried_again(
        self, at_stub: AwsKms, stub: StubServer, code: str, status: int, error: type[KeyProviderError], requests: int
    ) -> None:
        stub.answers = [kms_answer(status, __type=code, message="no")]
        with pytest.raises(KeyProviderError, match=rf"(?s){code}: .*KMS key {ALIAS}\n") as caught:
            at_stub.unwrap(b"wrapped", ALIAS, CONTEXT)
        assert type(caught.value) is error
        assert min(len(stub.requests), MANY) == requests

    def test_a_throttled_request_is_made_again(self, at_stub: AwsKms, stub: StubServer) -> None:
        throttled = kms_answer(400, __type="ThrottlingException")
        stub.answers = [throttled, throttled, GENERATED]
        assert at_stub.generate(CONTEXT).plaintext == CANARY
        assert len(stub.requests) == 3

    def test_an_unreachable_endpoint_is_unavailable(self, at_stub: AwsKms, stub: StubServer) -> None:
        stub.close()
        with pytest.raises(KeyUnavailable, match="endpoint_url"):
            at_stub.generate(CONTEXT)

    def test_a_key_that_is_not_there_is_denied(self, moto_server: AwsServer, aws_identity: Identity) -> None:
        provider = build(f"aws-kms://alias/no-such-key?endpoint_url={moto_server.url}")
        with pytest.raises(KeyDenied, match="no such key in this account and region"):
            provider.generate(CONTEXT)

    def test_without_a_region_the_error_says_where_to_set_it(
        self, aws_identity: Identity, monkeypatch: pytest.MonkeyPatch
    ) -> None:
        monkeypatch.delenv("AWS_DEFAULT_REGION")
        with pytest.raises(KeyProviderError, match="Set region_name"):
            build(f"aws-kms://{ALIAS}").generate(CONTEXT)

    def test_a_role_that_cannot_be_assumed_is_a_matter_of_credentials(
        self, at_stub: AwsKms, stub: StubServer, monkeypatch: pytest.MonkeyPatch, tmp_path
    ) -> None:
        (tmp_path / "token").write_text("token")
        monkeypatch.delenv("AWS_ACCESS_KEY_ID")
        monkeypatch.setenv("AWS_WEB_IDENTITY_TOKEN_FILE", str(tmp_path / "token"))
        monkeypatch.setenv("AWS_ROLE_ARN", "arn:aws:iam::111122223333:role/worker")
        monkeypatch.setenv("AWS_ENDPOINT_URL_STS", stub.url)
        body = b"<ErrorResponse><Error><Code>AccessDenied</Code></Error></ErrorResponse>"
        stub.answers = [Answer(status=403, headers={"Content-Type": "text/xml"}, body=body)]
        with pytest.raises(KeyUnauthenticated):
            at_stub.generate(CONTEXT)


class TestSecrets:
    def test_no_error_repeats_what_it_was_given(
        self, at_stub: AwsKms, stub: StubServer, monkeypatch: pytest.MonkeyPatch
    ) -> None:
        Identity(session_token=SESSION_TOKEN).enter(monkeypatch)
        secrets = (IN_THE_CLEAR, CANARY.decode(), SECRET_KEY, SESSION_TOKEN)
        for code in ("AccessDeniedException", "ValidationException", "ThrottlingException", " ".join(secrets)):
            stub.answers = [kms_answer(400, __type=code, message=" ".join(secrets), Plaintext=IN_THE_CLEAR)]
            with pytest.raises(KeyProviderError) as caught:
                at_stub.unwrap(b"wrapped", ALIAS, CONTEXT)
            told = shown(caught.value)
            assert not [secret for secret in secrets if secret in told]

    def test_no_log_at_debug_holds_a_data_key_or_the_session_token(
        self, at_stub: AwsKms, stub: StubServer, monkeypatch: pytest.MonkeyPatch, caplog: pytest.LogCaptureFixture
    ) -> None:
        Identity(session_token=SESSION_TOKEN).enter(monkeypatch)
        caplog.set_level(logging.DEBUG, logger="")
        stub.answers = [GENERATED, DECRYPTED]
        at_stub.generate(CONTEXT)
        at_stub.unwrap(b"wrapped", ALIAS, CONTEXT)
        assert caplog.records
        secrets = (IN_THE_CLEAR, CANARY.decode(), SECRET_KEY, SESSION_TOKEN)
        assert not [secret for secret in secrets if secret in caplog.text]


class TestUri:
    @pytest.mark.parametrize(
        ("uri", "key", "region"),
        [
            (f"aws-kms://{ALIAS}", ALIAS, REGION),
            ("aws-kms://alias/team/xcom", "alias/team/xcom", REGION),
            (f"aws-kms:///{ALIAS}", ALIAS, REGION),
            (f"aws-kms://{KEY_ID}", KEY_ID, REGION),
            ("aws-kms://mrk-" + "0a" * 16, "mrk-" + "0a" * 16, REGION),
            (f"aws-kms:///{ARN}", ARN, "us-east-2"),
            (f"aws-kms://{ARN}", ARN, "us-east-2"),
            (f"aws-kms:///{ARN}?region_name=us-west-1", ARN, "us-west-1"),
            (
                "aws-kms:///arn:aws:kms:us-east-2:111122223333:alias/x",
                "arn:aws:kms:us-east-2:111122223333:alias/x",
                "us-east-2",
            ),
        ],
    )
    def test_names_the_key_and_its_region(
        self, stub: StubServer, monkeypatch: pytest.MonkeyPatch, uri: str, key: str, region: str
    ) -> None:
        stub.answers = [GENERATED]
        monkeypatch.setenv("AWS_ENDPOINT_URL_KMS", stub.url)
        assert build(uri).generate(CONTEXT).kek_id == key
        assert json.loads(stub.requests[0].body)["KeyId"] == key
        assert f"/{region}/kms/aws4_request" in stub.requests[0].headers["Authorization"]

    @pytest.mark.parametrize(
        ("uri", "problem"),
        [
            ("aws-kms://", "takes an alias, a key id or an ARN"),
            ("aws-kms://airflow-xcom", "takes an alias, a key id or an ARN"),
            ("aws-kms://alias/", "takes an alias, a key id or an ARN"),
            ("aws-kms://alias/name*", "takes an alias, a key id or an ARN"),
            (f"aws-kms://{KEY_ID}/more", "takes an alias, a key id or an ARN"),
            ("aws-kms:///arn:aws:s3:::bucket", "takes an alias, a key id or an ARN"),
            (f"aws-kms://{ALIAS}?region=eu-west-1", "knows no parameter 'region'"),
            (f"aws-kms://{ALIAS}?endpoint_url=http://kms.example.com", "must begin with https"),
        ],
    )
    def test_refuses_what_cannot_work_and_names_the_option(self, uri: str, problem: str) -> None:
        with mistake(f"key: .*{problem}"):
            build(uri)


def _query(stub: StubServer) -> list[tuple[str, object]]:
    return [
        (request.headers["X-Amz-Target"].removeprefix("TrentService."), json.loads(request.body))
        for request in stub.requests
    ]
