"""The S3 store against moto's server, MinIO, and a server that fails on purpose."""

from __future__ import annotations

import logging
import time

import pytest

from secure_xcom.adapters.aws import Location
from secure_xcom.adapters.aws.s3 import S3Store
from secure_xcom.errors import (
    ObjectNotFound,
    ObjectTooLarge,
    StoreDenied,
    StoreError,
    StoreUnauthenticated,
    StoreUnavailable,
)
from secure_xcom.model.coordinates import Coordinates
from secure_xcom.model.domain import MAX_PREFIX_BYTES
from secure_xcom.model.object_name import object_name
from secure_xcom.ports.store import Store
from secure_xcom.settings.uri import AdapterUri
from secure_xcom.testing.suites import StoreContract, StoreListingContract, StoreReplaceContract
from tests.fixtures.aws import SECRET_KEY, SESSION_TOKEN, AwsServer, Identity, s3_error
from tests.fixtures.stub import Answer, StubServer, shown
from tests.fixtures.waits import MANY
from tests.mistakes import mistake

CANARY = "canary-7f3a-of-the-object"
NAME = "etl/run/task/-1/return_value/" + "0" * 32
LONGEST_NAME = object_name(
    Coordinates(dag_id="é" * 250, run_id="é" * 250, task_id="é" * 250, key="é" * 512, map_index=10**9), "0" * 32
)


def build(uri: str) -> S3Store:
    return S3Store.from_uri(AdapterUri.parse(uri, option="store"))


@pytest.fixture
def at_stub(stub: StubServer) -> S3Store:
    """A store whose server is the stub."""
    return S3Store("xcom", "airflow", location=Location(endpoint_url=stub.url))


class TestS3StoreOnMoto(StoreContract, StoreListingContract, StoreReplaceContract):
    # moto compares an ETag and writes in two steps. MinIO shows that of many one wins.
    replaces_in_one_step = False

    @pytest.fixture
    def store(self, moto_server: AwsServer, aws_identity: Identity) -> Store:
        return build(f"s3://{moto_server.bucket()}/airflow/xcom?endpoint_url={moto_server.url}")


class TestS3StoreOnMinio(StoreContract, StoreListingContract, StoreReplaceContract):
    @pytest.fixture
    def store(self, minio_server: AwsServer, monkeypatch: pytest.MonkeyPatch) -> Store:
        minio_server.identity.enter(monkeypatch)
        return build(f"s3://{minio_server.bucket()}/airflow/xcom?endpoint_url={minio_server.url}")


@pytest.mark.usefixtures("aws_identity")
class TestWhatS3Sees:
    @pytest.mark.parametrize(("prefix", "key"), [("", NAME), ("a/b", f"a/b/{NAME}")], ids=["no prefix", "prefix"])
    def test_the_key_is_prefix_and_name(self, moto_server: AwsServer, prefix: str, key: str) -> None:
        bucket = moto_server.bucket()
        build(f"s3://{bucket}/{prefix}?endpoint_url={moto_server.url}").put(NAME, b"sealed")
        assert _keys(moto_server, bucket) == [key]

    def test_a_percent_sign_of_a_name_is_a_percent_sign_of_the_key(self, moto_server: AwsServer) -> None:
        bucket, name = (
            moto_server.bucket(),
            object_name(Coordinates(dag_id="d", run_id="a/b %41", task_id="t", key="k"), "0" * 32),
        )
        build(f"s3://{bucket}?endpoint_url={moto_server.url}").put(name, b"sealed")
        assert _keys(moto_server, bucket) == [name]
        assert name.startswith("d/a%2Fb%20%2541/")

    def test_the_content_type_says_nothing_about_the_value(self, moto_server: AwsServer) -> None:
        bucket = moto_server.bucket()
        build(f"s3://{bucket}?endpoint_url={moto_server.url}").put(NAME, b"sealed")
        assert moto_server.s3.head_object(Bucket=bucket, Key=NAME)["ContentType"] == "application/octet-stream"

    def test_a_kms_key_for_the_bucket_encrypts_once_more(self, moto_server: AwsServer) -> None:
        bucket, key = moto_server.bucket(), moto_server.kms.create_key()["KeyMetadata"]["Arn"]
        build(f"s3://{bucket}?endpoint_url={moto_server.url}&sse_kms_key_id={key}").put(NAME, b"sealed")
        head = moto_server.s3.head_object(Bucket=bucket, Key=NAME)
        assert (head["ServerSideEncryption"], head["SSEKMSKeyId"]) == ("aws:kms", key)

    @pytest.mark.parametrize(
        ("seconds", "tag"),
        [
            (1, "1"),
            (86_400, "1"),
            (86_500, "2"),
            (4 * 86_400, "7"),
            (364 * 86_400, "365"),
            (366 * 86_400, None),
            (0, None),
        ],
    )
    def test_a_lifetime_is_a_tag_that_a_lifecycle_rule_can_go_by(
        self, moto_server: AwsServer, seconds: int, tag: str | None
    ) -> None:
        bucket = moto_server.bucket()
        expires = int(time.time()) + seconds if seconds else 0
        build(f"s3://{bucket}?endpoint_url={moto_server.url}").put(NAME, b"sealed", expires)
        tags = moto_server.s3.get_object_tagging(Bucket=bucket, Key=NAME)["TagSet"]
        assert tags == ([{"Key": "secure-xcom-days", "Value": tag}] if tag else [])

    def test_without_one_the_bucket_decides(self, at_stub: S3Store, stub: StubServer) -> None:
        at_stub.put(NAME, b"sealed")
        assert not [name for name in stub.requests[0].headers if "server-side-encryption" in name.lower()]

    def test_the_longest_name_below_the_longest_prefix_is_a_key_that_s3_takes(self, moto_server: AwsServer) -> None:
        bucket, prefix = moto_server.bucket(), "p" * MAX_PREFIX_BYTES
        build(f"s3://{bucket}/{prefix}?endpoint_url={moto_server.url}").put(LONGEST_NAME, b"sealed")
        (key,) = _keys(moto_server, bucket)
        assert 800 < len(key.encode()) <= 1024


class TestRequests:
    def test_each_operation_is_one_request(self, at_stub: S3Store, stub: StubServer) -> None:
        at_stub.put(NAME, b"sealed")
        at_stub.get(NAME)
        stub.answers = [Answer(status=204)]
        at_stub.delete(NAME)
        assert [(request.method, request.path.partition("?")[0]) for request in stub.requests] == [
            (method, f"/xcom/airflow/{NAME}") for method in ("PUT", "GET", "DELETE")
        ]

    def test_requests_share_a_connection(self, at_stub: S3Store, stub: StubServer) -> None:
        stub.answers = [Answer(body=b"sealed")]
        assert [at_stub.get(NAME) for _ in range(3)] == [b"sealed"] * 3
        assert stub.connections == 1

    def test_a_throttled_request_is_made_again(self, at_stub: S3Store, stub: StubServer) -> None:
        stub.answers = [s3_error(503, "SlowDown"), s3_error(503, "SlowDown"), Answer(body=b"sealed")]
        assert at_stub.get(NAME) == b"sealed"
        assert len(stub.requests) == 3

    def test_a_throttled_put_sends_the_whole_object_again(self, at_stub: S3Store, stub: StubServer) -> None:
        stub.answers = [s3_error(503, "SlowDown"), Answer()]
        at_stub.put(NAME, b"sealed")
        assert [b"sealed" in request.body for request in stub.requests] == [True, True]

    def test_a_body_that_breaks_off_is_fetched_again(self, at_stub: S3Store, stub: StubServer) -> None:
        stub.answers = [Answer(body=b"sea", length=6), Answer(body=b"sealed")]
        assert at_stub.get(NAME) == b"sealed"
        assert len(stub.requests) == 2

    def test_an_oversized_object_is_refused_unread(self, at_stub: S3Store, stub: StubServer) -> None:
        # The body never comes: reading any of it would end in StoreUnavailable.
        stub.answers = [Answer(length=at_stub.max_object_bytes + 1)]
        with pytest.raises(ObjectTooLarge):
            at_stub.get(NAME)
        assert len(stub.requests) == 1

    def test_an_unreachable_endpoint_is_tried_a_bounded_number_of_times(
        self, at_stub: S3Store, stub: StubServer
    ) -> None:
        sent = _count_sent(at_stub)
        stub.close()
        with pytest.raises(StoreUnavailable, match="endpoint_url"):
            at_stub.get(NAME)
        assert len(sent) >= MANY

    @pytest.mark.parametrize(
        ("answer", "error", "requests"),
        [
            (s3_error(403, "AccessDenied"), StoreDenied, 1),
            (s3_error(403, "AllAccessDisabled"), StoreDenied, 1),
            (s3_error(400, "ExpiredToken"), StoreUnauthenticated, 1),
            (s3_error(400, "InvalidToken"), StoreUnauthenticated, 1),
            (s3_error(403, "InvalidAccessKeyId"), StoreUnauthenticated, 1),
            (s3_error(403, "SignatureDoesNotMatch"), StoreUnauthenticated, 1),
            (s3_error(403, "RequestTimeTooSkewed"), StoreUnauthenticated, 1),
            (s3_error(404, "NoSuchKey"), ObjectNotFound, 1),
            (s3_error(404, "NoSuchBucket"), StoreError, 1),
            (s3_error(400, "KMS.DisabledException"), StoreError, 1),
            (s3_error(403, "InvalidObjectState"), StoreDenied, 1),
            (s3_error(501, "NotImplemented"), StoreError, 1),
            (Answer(status=403), StoreDenied, 1),
            (Answer(status=404), StoreError, 1),
            (s3_error(503, "SlowDown"), StoreUnavailable, MANY),
            (s3_error(500, "InternalError"), StoreUnavailable, MANY),
            (s3_error(400, "RequestTimeout"), StoreUnavailable, MANY),
            (s3_error(400, "KMS.ThrottlingException"), StoreUnavailable, MANY),
            (Answer(status=502, body=b"<html>bad gateway</html>"), StoreUnavailable, MANY),
        ],
        ids=lambda value: getattr(value, "__name__", str(value)),
    )
    def test_a_failure_is_told_by_its_kind_and_only_what_may_pass_is_tried_again(
        self, at_stub: S3Store, stub: StubServer, answer: Answer, error: type[StoreError], requests: int
    ) -> None:
        stub.answers = [answer]
        with pytest.raises(StoreError) as caught:
            at_stub.get(NAME)
        assert type(caught.value) is error
        assert min(len(stub.requests), MANY) == requests

    def test_without_credentials_nothing_is_asked(
        self, at_stub: S3Store, stub: StubServer, monkeypatch: pytest.MonkeyPatch
    ) -> None:
        monkeypatch.delenv("AWS_ACCESS_KEY_ID")
        monkeypatch.delenv("AWS_SECRET_ACCESS_KEY")
        with pytest.raises(StoreUnauthenticated, match="role, profile or environment"):
            at_stub.put(NAME, b"sealed")
        assert stub.requests == []


class TestFaults:
    def test_an_object_that_vanished_says_who_must_run_again(
        self, moto_server: AwsServer, aws_identity: Identity
    ) -> None:
        bucket = moto_server.bucket()
        store = build(f"s3://{bucket}?endpoint_url={moto_server.url}")
        store.put(NAME, b"sealed")
        moto_server.s3.delete_object(Bucket=bucket, Key=NAME)
        with pytest.raises(ObjectNotFound, match="Clear the task that pushed it"):
            store.get(NAME)

    @pytest.mark.parametrize("operation", ["put", "get", "delete"])
    def test_a_missing_bucket_is_no_missing_object(
        self, moto_server: AwsServer, aws_identity: Identity, operation: str
    ) -> None:
        store = build(f"s3://no-such-bucket-here?endpoint_url={moto_server.url}")
        with pytest.raises(
            StoreError, match=r"(?s)NoSuchBucket: there is no such bucket.*S3 bucket no-such-bucket-here"
        ) as caught:
            _call(store, operation)
        assert not isinstance(caught.value, ObjectNotFound)

    @pytest.mark.parametrize("operation", ["put", "get", "delete"])
    @pytest.mark.parametrize("wrong", ["access_key", "secret_key", "session_token"])
    def test_wrong_credentials_are_not_taken_for_a_refusal(
        self, minio_server: AwsServer, monkeypatch: pytest.MonkeyPatch, wrong: str, operation: str
    ) -> None:
        right = minio_server.identity
        parts = {"access_key": right.access_key, "secret_key": right.secret_key, wrong: "wrong-credential"}
        Identity(**parts).enter(monkeypatch)
        store = build(f"s3://{minio_server.bucket()}?endpoint_url={minio_server.url}")
        with pytest.raises(StoreUnauthenticated):
            _call(store, operation)

    @pytest.mark.parametrize("operation", ["put", "get", "delete"])
    def test_an_identity_of_one_dag_cannot_touch_another_dags_objects(
        self, minio_server: AwsServer, monkeypatch: pytest.MonkeyPatch, operation: str
    ) -> None:
        bucket = minio_server.bucket()
        minio_server.s3.put_object(Bucket=bucket, Key=f"xcom/other/{NAME}", Body=b"sealed")
        minio_server.assume(_only_below(bucket, "xcom/etl/")).enter(monkeypatch)
        store = build(f"s3://{bucket}/xcom?endpoint_url={minio_server.url}")
        store.put(NAME, b"own")
        assert store.get(NAME) == b"own"
        with pytest.raises(StoreDenied, match="s3:GetObject"):
            _call(store, operation, f"other/{NAME}")
        assert _body(minio_server, bucket, f"xcom/other/{NAME}") == b"sealed"


class TestSecrets:
    def test_no_error_repeats_what_it_was_given(
        self, stub: StubServer, at_stub: S3Store, monkeypatch: pytest.MonkeyPatch
    ) -> None:
        Identity(session_token=SESSION_TOKEN).enter(monkeypatch)
        for code in ("AccessDenied", "InvalidRequest", "SlowDown", f"{CANARY}<{SECRET_KEY}>"):
            stub.answers = [s3_error(400, code, message=f"{CANARY} {SECRET_KEY} {SESSION_TOKEN}")]
            with pytest.raises(StoreError) as caught:
                at_stub.put(NAME, CANARY.encode())
            told = shown(caught.value)
            assert not [secret for secret in (CANARY, SECRET_KEY, SESSION_TOKEN) if secret in told]

    def test_no_log_at_debug_holds_the_session_token_or_the_object(
        self, stub: StubServer, at_stub: S3Store, monkeypatch: pytest.MonkeyPatch, caplog: pytest.LogCaptureFixture
    ) -> None:
        Identity(session_token=SESSION_TOKEN).enter(monkeypatch)
        caplog.set_level(logging.DEBUG, logger="")
        stub.answers = [Answer(), Answer(body=CANARY.encode())]
        at_stub.put(NAME, CANARY.encode())
        at_stub.get(NAME)
        assert caplog.records
        assert not [secret for secret in (CANARY, SECRET_KEY, SESSION_TOKEN) if secret in caplog.text]


class TestUri:
    @pytest.mark.parametrize(
        ("uri", "problem"),
        [
            ("s3:///prefix", "bucket and a prefix"),
            ("s3://a", "bucket and a prefix"),
            ("s3://bucket:9000/prefix", "bucket and a prefix"),
            ("s3://bucket/" + "p" * (MAX_PREFIX_BYTES + 1), "shorten it"),
            ("s3://bucket/" + "é" * (MAX_PREFIX_BYTES // 2 + 1), "shorten it"),
            ("s3://bucket?region=eu-west-1", "knows no parameter 'region'"),
            ("s3://bucket?endpoint_url=http://s3.example.com", "must begin with https"),
        ],
    )
    def test_refuses_what_cannot_work_and_names_the_option(self, uri: str, problem: str) -> None:
        with mistake(f"store: .*{problem}"):
            build(uri)


def _keys(server: AwsServer, bucket: str) -> list[str]:
    return [found["Key"] for found in server.s3.list_objects_v2(Bucket=bucket).get("Contents", [])]


def _body(server: AwsServer, bucket: str, key: str) -> bytes:
    return server.s3.get_object(Bucket=bucket, Key=key)["Body"].read()


def _call(store: Store, operation: str, name: str = NAME) -> None:
    store.put(name, b"changed") if operation == "put" else getattr(store, operation)(name)


def _only_below(bucket: str, prefix: str) -> object:
    statement = {
        "Effect": "Allow",
        "Action": ["s3:GetObject", "s3:PutObject", "s3:DeleteObject"],
        "Resource": f"arn:aws:s3:::{bucket}/{prefix}*",
    }
    return {"Version": "2012-10-17", "Statement": [statement]}


def _count_sent(store: S3Store) -> list[str]:
    sent: list[str] = []
    with store._client.use() as s3:
        s3.meta.events.register("before-send.s3", lambda request, **rest: sent.append(request.method))
    return sent


@pytest.mark.usefixtures("aws_identity")
class TestPages:
    def test_a_listing_of_several_pages_leaves_nothing_out(
        self, moto_server: AwsServer, monkeypatch: pytest.MonkeyPatch
    ) -> None:
        monkeypatch.setattr("secure_xcom.adapters.aws.s3._PAGE", 2)
        store = build(f"s3://{moto_server.bucket()}/xcom?endpoint_url={moto_server.url}")
        names = [f"etl/run/task/-1/key/{number:032x}" for number in range(5)]
        for name in names:
            store.put(name, b"data")
        assert [one.name for one in store.listing()] == names
        assert [one.name for one in store.listing("etl", names[2])] == names[3:]
