"""What the two AWS adapters share: which endpoints they accept, and that boto3 is imported late."""

from __future__ import annotations

import importlib.util
import subprocess
import sys
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

import pytest

from secure_xcom.adapters.aws import LazyClient, Location
from secure_xcom.assembly.registry import build_key_provider, build_store
from secure_xcom.errors import ConfigurationError, MissingDependency
from secure_xcom.model.domain import Domain
from secure_xcom.model.object_name import new_object_id, object_name
from secure_xcom.ports.identity import Identity as WorkerIdentity
from secure_xcom.settings.uri import AdapterUri
from tests.fixtures.aws import Identity
from tests.fixtures.stub import StubServer
from tests.unit.world import CANARY, PLACE, assert_tells_nothing

BUILDERS = {
    "store": (build_store, "s3://bucket/prefix"),
    "key": (build_key_provider, "aws-kms://alias/airflow-xcom"),
}


@pytest.mark.parametrize(
    ("url", "accepted"),
    [
        ("https://minio.example.com", True),
        ("https://minio.example.com:9000/base", True),
        ("https://[fd00::1]:9000", True),
        ("http://127.0.0.1:9000", True),
        ("http://127.8.9.1", True),
        ("http://localhost:9000", True),
        ("http://[::1]:9000", True),
        ("http://minio.example.com", False),
        ("http://10.0.0.7:9000", False),
        ("http://0.0.0.0:9000", False),
        ("http://localhost.example.com", False),
        ("http://127.0.0.1.example.com", False),
        ("http://127.0.0.1@evil.example.com", False),
        ("https://user:password@minio.example.com", False),
        ("https://", False),
        ("https://host:port", False),
        ("ftp://127.0.0.1", False),
        ("minio.example.com:9000", False),
        ("", False),
    ],
)
def test_an_endpoint_that_others_could_listen_to_is_refused(url: str, accepted: bool) -> None:
    uri = AdapterUri(scheme="s3", authority="bucket", path="", params={"endpoint_url": url})
    if accepted:
        assert Location.of(uri, option="store").endpoint_url == url
    else:
        with pytest.raises(ConfigurationError, match="store: endpoint_url must") as caught:
            Location.of(uri, option="store")
        assert "password" not in str(caught.value)


@pytest.mark.parametrize("variable", ["AWS_ENDPOINT_URL", "AWS_ENDPOINT_URL_S3"])
def test_an_endpoint_in_the_clear_from_the_environment_is_refused_too(
    aws_identity: Identity, monkeypatch: pytest.MonkeyPatch, variable: str
) -> None:
    monkeypatch.setenv(variable, "http://s3.example.com")
    with (
        pytest.raises(ConfigurationError, match="endpoint of boto3's configuration must begin with https"),
        LazyClient("s3", Location()).use(),
    ):
        pass


TOKEN = f"{CANARY}-web-identity"
ROLE = "arn:aws:iam::111122223333:role/x"


@pytest.mark.parametrize("variable", ["AWS_ENDPOINT_URL", "AWS_ENDPOINT_URL_STS"])
@pytest.mark.parametrize(
    "role", ["", f"&sts_endpoint_url=https://sts.example.com&role_arn={ROLE}"], ids=["pod", "role"]
)
@pytest.mark.parametrize(
    ("option", "uri"),
    [
        ("store", "s3://bucket/p?endpoint_url=https://s3.example.com"),
        ("key", "aws-kms://alias/k?endpoint_url=https://kms.example.com"),
    ],
    ids=["store", "key"],
)
def test_a_web_identity_token_never_goes_to_an_sts_in_the_clear(
    stub: StubServer, monkeypatch: pytest.MonkeyPatch, tmp_path: Path, variable: str, role: str, option: str, uri: str
) -> None:
    (tmp_path / "token").write_text(TOKEN)
    for name in ("AWS_ACCESS_KEY_ID", "AWS_SECRET_ACCESS_KEY", "AWS_SESSION_TOKEN"):
        monkeypatch.delenv(name, raising=False)
    monkeypatch.setenv("AWS_WEB_IDENTITY_TOKEN_FILE", str(tmp_path / "token"))
    monkeypatch.setenv("AWS_ROLE_ARN", "arn:aws:iam::111122223333:role/pod")
    monkeypatch.setenv(variable, "http://sts.example.com")
    # What would leave this machine in the clear is caught here.
    monkeypatch.setenv("HTTP_PROXY", stub.url)
    monkeypatch.delenv("NO_PROXY", raising=False)
    parsed = AdapterUri.parse(uri + role + "&region_name=eu-central-1", option=option)
    identity = WorkerIdentity(domain=Domain("etl"))
    use: dict[str, Callable[[], object]] = {
        "store": lambda: build_store(parsed, identity).get(object_name(PLACE, new_object_id())),
        "key": lambda: build_key_provider(parsed, identity).generate({"dag_id": "etl", "run_id": "r", "fmt": "sxc1"}),
    }
    with pytest.raises(ConfigurationError, match="sts endpoint of boto3's configuration must begin with") as caught:
        use[option]()
    assert_tells_nothing(caught.value, TOKEN)
    assert stub.requests == []


@pytest.mark.parametrize("option", BUILDERS)
def test_building_an_adapter_imports_no_boto3(option: str) -> None:
    build, uri = BUILDERS[option]
    code = (
        "import sys; from secure_xcom.assembly import registry; from secure_xcom.settings.uri import AdapterUri\n"
        f"registry.{build.__name__}(AdapterUri.parse({uri!r}, option={option!r}))\n"
        "print([name for name in sys.modules if name.partition('.')[0] in ('boto3', 'botocore')])"
    )
    assert subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True).stdout == "[]\n"


@pytest.mark.parametrize("option", BUILDERS)
def test_a_missing_boto3_is_told_when_the_adapter_is_built(option: str, monkeypatch: pytest.MonkeyPatch) -> None:
    build, uri = BUILDERS[option]
    monkeypatch.setattr(importlib.util, "find_spec", lambda name: None)
    with pytest.raises(MissingDependency, match=rf"{option}: .*: install boto3 \(the extra s3 of this package\)"):
        build(AdapterUri.parse(uri, option=option))


def test_threads_share_one_client(aws_identity: Identity) -> None:
    lazy: LazyClient[object] = LazyClient("s3", Location())

    def identify(_: int) -> int:
        with lazy.use() as client:
            return id(client)

    with ThreadPoolExecutor(8) as pool:
        assert len(set(pool.map(identify, range(16)))) == 1
