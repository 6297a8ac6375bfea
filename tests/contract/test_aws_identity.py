"""Roles taken on for a domain, and connections: what is asked of STS, how often, and what goes wrong."""

from __future__ import annotations

import json
import logging
from datetime import UTC, datetime, timedelta
from urllib.parse import parse_qs

import pytest

from secure_xcom.adapters.aws.kms import AwsKms
from secure_xcom.adapters.aws.s3 import S3Store
from secure_xcom.errors import KeyUnauthenticated, SecureXComError, StoreUnauthenticated
from secure_xcom.model.domain import Domain
from secure_xcom.ports.identity import Identity as Running
from secure_xcom.settings.uri import AdapterUri
from secure_xcom.testing.fakes import FakeHost
from tests.fixtures.aws import REGION, AwsServer, Identity
from tests.fixtures.stub import Answer, StubServer
from tests.mistakes import mistake
from tests.unit.world import assert_tells_nothing

ROLE = "arn:aws:iam::123456789012:role/airflow-xcom"
ETL = Running(domain=Domain("etl"))
LEASED = "canary-session-token-of-the-role"


def store(server: str, running: Running | None = ETL, more: str = "", role: str = ROLE) -> S3Store:
    uri = f"s3://bucket/prefix?endpoint_url={server}&sts_endpoint_url={server}&role_arn={role}{more}"
    return S3Store.from_uri(AdapterUri.parse(uri, option="store"), running)


def sts_answer(minutes: float = 60) -> Answer:
    end = (datetime.now(UTC) + timedelta(minutes=minutes)).strftime("%Y-%m-%dT%H:%M:%SZ")
    body = (
        '<AssumeRoleResponse xmlns="https://sts.amazonaws.com/doc/2011-06-15/"><AssumeRoleResult><Credentials>'
        f"<AccessKeyId>AKIDOFTHEROLE0000000</AccessKeyId><SecretAccessKey>canary-of-the-role</SecretAccessKey>"
        f"<SessionToken>{LEASED}</SessionToken><Expiration>{end}</Expiration></Credentials></AssumeRoleResult>"
        "</AssumeRoleResponse>"
    )
    return Answer(headers={"Content-Type": "text/xml"}, body=body.encode())


def sts_error(status: int, code: str) -> Answer:
    body = (
        f"<ErrorResponse><Error><Type>Sender</Type><Code>{code}</Code><Message>User: canary-of-the-message"
        "</Message></Error></ErrorResponse>"
    )
    return Answer(status=status, headers={"Content-Type": "text/xml"}, body=body.encode())


def asked_of_sts(stub: StubServer) -> list[dict[str, list[str]]]:
    return [parse_qs(request.body.decode()) for request in stub.requests if b"Action=AssumeRole" in request.body]


def test_the_session_has_the_domains_tag_and_a_policy_for_it_alone(stub: StubServer) -> None:
    stub.answers = [sts_answer(), Answer()]
    store(stub.url).put("etl/object", b"x")
    (sent,) = asked_of_sts(stub)
    assert sent["RoleArn"] == [ROLE]
    assert sent["RoleSessionName"] == ["xcom-etl"]
    assert (sent["Tags.member.1.Key"], sent["Tags.member.1.Value"]) == (["dag_id"], ["etl"])
    assert json.loads(sent["Policy"][0])["Statement"] == [
        {
            "Effect": "Allow",
            "Action": ["s3:GetObject", "s3:PutObject", "s3:PutObjectTagging", "s3:DeleteObject"],
            "Resource": ["arn:aws:s3:::bucket/prefix/etl/*"],
        }
    ]
    assert stub.requests[-1].headers["X-Amz-Security-Token"] == LEASED


def test_grants_are_part_of_the_policy_for_reading_alone(stub: StubServer) -> None:
    stub.answers = [sts_answer(), Answer()]
    readable = (Domain("report"), Domain("risk", is_namespace=True))
    store(stub.url, Running(domain=Domain("etl"), readable=readable)).put("etl/object", b"x")
    _, reading = json.loads(asked_of_sts(stub)[0]["Policy"][0])["Statement"]
    assert reading["Action"] == ["s3:GetObject"]
    assert reading["Resource"] == ["arn:aws:s3:::bucket/prefix/report/*", "arn:aws:s3:::bucket/prefix/@risk/*"]


@pytest.mark.parametrize(
    ("key", "resource", "condition"),
    [
        ("alias/k", "arn:aws:kms:*:123456789012:key/*", {"kms:RequestAlias": "alias/k"}),
        (
            "/arn:aws:kms:eu-west-1:123456789012:alias/k",
            "arn:aws:kms:*:123456789012:key/*",
            {"kms:RequestAlias": "alias/k"},
        ),
        (
            "/arn:aws:kms:eu-west-1:123456789012:key/1234abcd-12ab-34cd-56ef-1234567890ab",
            "arn:aws:kms:eu-west-1:123456789012:key/1234abcd-12ab-34cd-56ef-1234567890ab",
            {},
        ),
        (
            "1234abcd-12ab-34cd-56ef-1234567890ab",
            "arn:aws:kms:*:123456789012:key/1234abcd-12ab-34cd-56ef-1234567890ab",
            {},
        ),
    ],
)
def test_a_session_for_kms_is_for_one_key_and_one_context(
    stub: StubServer, key: str, resource: str, condition: dict[str, str]
) -> None:
    stub.answers = [sts_answer(), Answer(status=400, body=b'{"__type": "AccessDeniedException"}')]
    uri = f"aws-kms://{key}?endpoint_url={stub.url}&sts_endpoint_url={stub.url}&role_arn={ROLE}&region_name={REGION}"
    running = Running(domain=Domain("etl"), readable=(Domain("report"),))
    provider = AwsKms.from_uri(AdapterUri.parse(uri, option="key"), running)
    with pytest.raises(SecureXComError):
        provider.generate({"dag_id": "etl"})
    own, reading = json.loads(asked_of_sts(stub)[0]["Policy"][0])["Statement"]
    assert own["Action"] == ["kms:GenerateDataKey", "kms:Decrypt"]
    assert own["Condition"] == {"StringEquals": {"kms:EncryptionContext:dag_id": "etl", **condition}}
    assert reading["Action"] == ["kms:Decrypt"]
    assert reading["Condition"] == {"StringEquals": {"kms:EncryptionContext:dag_id": ["report"], **condition}}
    assert own["Resource"] == reading["Resource"] == [resource]


def test_a_role_is_taken_on_once_for_many_requests(stub: StubServer) -> None:
    stub.answers = [sts_answer(), Answer()]
    made = store(stub.url)
    for number in range(5):
        made.put(f"etl/{number}", b"x")
    assert (len(asked_of_sts(stub)), len(stub.requests)) == (1, 6)


def test_credentials_are_renewed_before_they_end(stub: StubServer) -> None:
    # botocore renews within the last ten minutes whatever happens.
    stub.answers = [sts_answer(minutes=5), Answer(), sts_answer(), Answer()]
    made = store(stub.url)
    for number in range(3):
        made.put(f"etl/{number}", b"x")
    assert len(asked_of_sts(stub)) == 2


def test_nothing_is_asked_before_the_first_request(stub: StubServer) -> None:
    store(stub.url)
    assert stub.requests == []


@pytest.mark.parametrize(
    ("answer", "says"),
    [
        (sts_error(403, "AccessDenied"), "sts:AssumeRole and sts:TagSession"),
        (sts_error(400, "ValidationError"), "role was not given"),
        (sts_error(400, "PackedPolicyTooLarge"), "PackedPolicyTooLarge"),
        (sts_error(403, "RegionDisabledException"), "role was not given"),
        (sts_error(403, "ExpiredToken"), "expired"),
        (sts_error(403, "SignatureDoesNotMatch"), "clock"),
        (sts_error(403, "InvalidClientTokenId"), "credentials"),
    ],
    ids=str,
)
def test_a_role_that_is_not_given_fails_with_what_to_do_and_no_secret(
    stub: StubServer, answer: Answer, says: str
) -> None:
    stub.answers = [answer]
    with pytest.raises(StoreUnauthenticated, match=says) as caught:
        store(stub.url).get("etl/object")
    assert_tells_nothing(caught.value, "canary")
    assert caught.value.__context__ is None
    assert len(stub.requests) == 1


@pytest.mark.parametrize("code", ["Throttling", "ThrottlingException", "RequestLimitExceeded"])
def test_a_throttled_sts_is_asked_again(stub: StubServer, code: str) -> None:
    stub.answers = [sts_error(400, code), sts_error(503, "ServiceUnavailable"), sts_answer(), Answer()]
    store(stub.url).put("etl/object", b"x")
    assert len(asked_of_sts(stub)) == 3


def test_a_clock_that_is_off_is_told(stub: StubServer) -> None:
    from tests.fixtures.aws import s3_error

    stub.answers = [sts_answer(), s3_error(403, "RequestTimeTooSkewed", "canary")]
    with pytest.raises(StoreUnauthenticated, match="clock") as caught:
        store(stub.url).get("etl/object")
    assert_tells_nothing(caught.value, "canary")


def test_a_key_is_refused_in_the_same_way(stub: StubServer) -> None:
    stub.answers = [sts_error(403, "AccessDenied")]
    uri = f"aws-kms://alias/k?endpoint_url={stub.url}&sts_endpoint_url={stub.url}&role_arn={ROLE}"
    with pytest.raises(KeyUnauthenticated, match="sts:TagSession"):
        AwsKms.from_uri(AdapterUri.parse(uri, option="key"), ETL).generate({})


def test_what_sts_says_to_a_refusal_shows_in_no_log(stub: StubServer, caplog: pytest.LogCaptureFixture) -> None:
    stub.answers = [sts_error(403, "AccessDenied")]
    with caplog.at_level(logging.DEBUG), pytest.raises(StoreUnauthenticated):
        store(stub.url).put("etl/object", b"x")
    assert "canary-of-the-message" not in caplog.text


def test_the_credentials_of_a_role_show_in_no_log(stub: StubServer, caplog: pytest.LogCaptureFixture) -> None:
    stub.answers = [sts_answer(), Answer()]
    with caplog.at_level(logging.DEBUG):
        store(stub.url).put("etl/object", b"x")
    assert LEASED not in caplog.text
    assert "canary-of-the-role" not in caplog.text


@pytest.mark.parametrize(
    ("uri", "says"),
    [
        ("role_arn=xcom", "is an IAM role's ARN"),
        ("role_arn=arn:aws:iam::123456789012:user/x", "is an IAM role's ARN"),
        ("role_arn=arn:aws:iam::1234:role/x", "is an IAM role's ARN"),
        ("role_arn=arn:aws:iam::123456789012:role/{domain}", "is an IAM role's ARN"),
        (f"role_arn={ROLE}&sts_endpoint_url=http://sts.example", "sts_endpoint_url must begin with https://"),
        ("sts_endpoint_url=https://sts.example", "needs role_arn"),
        (f"role={ROLE}", "knows no parameter 'role'"),
    ],
)
def test_a_mistaken_parameter_is_told_before_anything_is_asked(uri: str, says: str) -> None:
    for option, build in (("store=s3://bucket", S3Store), ("key=aws-kms://alias/k", AwsKms)):
        name, _, base = option.partition("=")
        with mistake(says):
            build.from_uri(AdapterUri.parse(f"{base}?{uri}", option=name), ETL)


def test_a_role_without_a_task_is_told() -> None:
    with mistake("need a running task"):
        store("http://127.0.0.1:1", None)


def test_a_policy_that_sts_would_not_take_is_told_with_what_to_do() -> None:
    many = tuple(Domain(f"a-dag-with-quite-a-long-name-{number}") for number in range(40))
    with mistake("STS takes 2048: grant it fewer domains"):
        store("http://127.0.0.1:1", Running(domain=Domain("etl"), readable=many))


def test_the_longest_names_fit_into_the_policy() -> None:
    domain, other = Domain("\u00fc" * 250), Domain("x" * 250)
    store("http://127.0.0.1:1", Running(domain=domain, readable=(other,)), "&sse_kms_key_id=alias/" + "x" * 200)


class Connected(FakeHost):
    """Airflow with one AWS connection."""

    def aws_session(self, conn_id: str, region_name: str | None) -> object:
        import boto3.session

        assert conn_id == "aws_xcom"
        return boto3.session.Session("AKIDOFTHECONNECTION0", "canary-of-the-connection", region_name=region_name)


def test_a_connections_credentials_are_used(stub: StubServer) -> None:
    running = Running(domain=Domain("etl"), connections=Connected())
    uri = f"s3://bucket?endpoint_url={stub.url}&conn_id=aws_xcom&region_name={REGION}"
    S3Store.from_uri(AdapterUri.parse(uri, option="store"), running).put("etl/object", b"x")
    assert "AKIDOFTHECONNECTION0" in stub.requests[0].headers["Authorization"]


def test_a_role_is_taken_on_with_a_connections_credentials(stub: StubServer) -> None:
    stub.answers = [sts_answer(), Answer()]
    running = Running(domain=Domain("etl"), connections=Connected())
    store(stub.url, running, f"&conn_id=aws_xcom&region_name={REGION}").put("etl/object", b"x")
    assert "AKIDOFTHECONNECTION0" in stub.requests[0].headers["Authorization"]
    assert "AKIDOFTHEROLE0000000" in stub.requests[1].headers["Authorization"]


def test_a_connection_that_does_not_exist_is_told(stub: StubServer) -> None:
    running = Running(domain=Domain("etl"), connections=FakeHost())
    uri = f"s3://bucket?endpoint_url={stub.url}&conn_id=none"
    with mistake("there is no connection none"):
        S3Store.from_uri(AdapterUri.parse(uri, option="store"), running).get("etl/object")


def test_a_key_is_made_and_unwrapped_with_a_role(moto_server: AwsServer, aws_identity: Identity) -> None:
    arn = moto_server.kms.create_key()["KeyMetadata"]["Arn"]
    server = f"endpoint_url={moto_server.url}&sts_endpoint_url={moto_server.url}"
    uri = AdapterUri.parse(f"aws-kms:///{arn}?{server}&role_arn={ROLE}", option="key")
    provider = AwsKms.from_uri(uri, ETL)
    made = provider.generate({"dag_id": "etl"})
    assert provider.unwrap(made.wrapped, made.kek_id, {"dag_id": "etl"}) == made.plaintext
