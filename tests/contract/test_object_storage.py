"""Object storage through Airflow's ``ObjectStoragePath``: in memory, on files, on Azurite, on fake-gcs-server."""

from __future__ import annotations

import base64
import json
import logging
import os
import re
import socket
from collections.abc import Callable, Iterator
from contextlib import suppress
from pathlib import Path
from types import SimpleNamespace

import aiohttp
import azure.core.exceptions
import gcsfs.core
import gcsfs.retry
import google.auth.exceptions
import google.oauth2.credentials
import pytest
import requests

from secure_xcom.adapters.object_storage.store import ObjectStorage
from secure_xcom.assembly.registry import build_store
from secure_xcom.errors import (
    MissingDependency,
    ObjectNotFound,
    ObjectTooLarge,
    StoreDenied,
    StoreError,
    StoreUnauthenticated,
    StoreUnavailable,
)
from secure_xcom.model.coordinates import Coordinates
from secure_xcom.model.domain import MAX_PREFIX_BYTES, Domain
from secure_xcom.model.object_name import object_name
from secure_xcom.ports.identity import Identity
from secure_xcom.ports.store import Store
from secure_xcom.settings.uri import AdapterUri
from secure_xcom.testing.fakes import FakeHost
from secure_xcom.testing.suites import StoreContract, StoreListingContract, StoreReplaceContract
from tests.fixtures.object_storage import AirflowStorage, AzureServer, GoogleServer
from tests.fixtures.stub import Answer, StubServer, shown
from tests.fixtures.waits import fast_forward
from tests.mistakes import mistake

CANARY = "canary-4c1e-of-the-object"
TOKEN = "canary-9b20-of-the-token"
NAME = "etl/run/task/-1/return_value/" + "0" * 32
LONGEST_NAME = object_name(
    Coordinates(dag_id="é" * 250, run_id="é" * 250, task_id="é" * 250, key="é" * 512, map_index=10**9), "0" * 32
)
DATE = "Thu, 01 Jan 2026 00:00:00 GMT"


def google_error(status: int) -> Answer:
    """An error as Google words it."""
    content = {"error": {"code": status, "message": CANARY, "errors": [{"reason": "any"}]}}
    return Answer(status=status, headers={"Content-Type": "application/json"}, body=json.dumps(content).encode())


def azure_error(status: int, code: str) -> Answer:
    """An error as Azure words it."""
    text = f"<?xml version='1.0'?><Error><Code>{code}</Code><Message>{CANARY}</Message></Error>"
    return Answer(
        status=status, headers={"Content-Type": "application/xml", "x-ms-error-code": code}, body=text.encode()
    )


def azure_object(data: bytes) -> Answer:
    """A blob as Azure sends the range that begins it."""
    headers = {
        "Content-Range": f"bytes 0-{len(data) - 1}/{len(data)}",
        "ETag": '"1"',
        "Last-Modified": DATE,
        "x-ms-blob-type": "BlockBlob",
    }
    return Answer(status=206, headers=headers, body=data)


def _what(case: object) -> str:
    """Name a case in a table of faults."""
    match case:
        case Answer(status=status, headers=headers):
            return f"{status} {headers.get('x-ms-error-code', '')}".strip()
        case Exception():
            return type(case).__name__
    return getattr(case, "__name__", "")


@pytest.fixture
def no_waiting(monkeypatch: pytest.MonkeyPatch) -> None:
    """Nobody waits between attempts."""

    async def at_once(*args: object) -> None:
        pass

    fast_forward(monkeypatch)
    monkeypatch.setattr(gcsfs.retry, "asyncio", SimpleNamespace(sleep=at_once))
    monkeypatch.setattr("azure.storage.blob._shared.policies_async.AsyncStorageRetryPolicy.sleep", at_once)


@pytest.fixture
def stub() -> Iterator[StubServer]:
    """A server that answers as it is told."""
    server = StubServer()
    yield server
    server.close()


@pytest.fixture
def at_stub_of_google(stub: StubServer, airflow_storage: AirflowStorage) -> ObjectStorage:
    """A store whose Google is the stub."""
    return _google_at(airflow_storage, stub.url)


@pytest.fixture
def at_stub_of_azure(stub: StubServer, airflow_storage: AirflowStorage) -> ObjectStorage:
    """A store whose Azure is the stub."""
    from adlfs import AzureBlobFileSystem

    at = AzureServer(url=stub.url, account="account", key=base64.b64encode(TOKEN.encode()).decode())
    airflow_storage.bring("abfs", make=lambda conn_id: AzureBlobFileSystem(connection_string=at.connection_string()))
    return airflow_storage.store("abfs://container/xcom")


@pytest.fixture
def in_memory(airflow_storage: AirflowStorage) -> ObjectStorage:
    """A store of the test's own, in memory."""
    from fsspec.implementations.memory import MemoryFileSystem

    made = MemoryFileSystem(global_store=False, skip_instance_cache=True)
    airflow_storage.bring("memory", make=lambda conn_id: made)
    return airflow_storage.store("airflow+memory://bucket/airflow/xcom")


class TestInMemory(StoreContract, StoreListingContract, StoreReplaceContract):
    replaces_in_one_step = False

    @pytest.fixture
    def store(self, in_memory: ObjectStorage) -> Store:
        return in_memory


class TestOnFiles(StoreContract, StoreListingContract, StoreReplaceContract):
    replaces_in_one_step = False

    @pytest.fixture
    def store(self, airflow_storage: AirflowStorage, tmp_path: Path) -> Store:
        return airflow_storage.store(f"airflow+file://{tmp_path}/xcom")


class TestOnAzurite(StoreContract, StoreListingContract, StoreReplaceContract):
    replaces_in_one_step = False

    @pytest.fixture
    def store(self, azurite: AzureServer, airflow_storage: AirflowStorage) -> Store:
        return airflow_storage.store(f"abfs://{azurite.bucket()}/airflow/xcom?conn_id=azurite")


class TestOnFakeGcs(StoreContract, StoreListingContract, StoreReplaceContract):
    replaces_in_one_step = False

    @pytest.fixture
    def store(self, fake_gcs: GoogleServer, airflow_storage: AirflowStorage) -> Store:
        return airflow_storage.store(f"gs://{fake_gcs.bucket()}/airflow/xcom?conn_id=fake_gcs")


class TestWhatTheCloudSees:
    @pytest.mark.parametrize(("prefix", "key"), [("", NAME), ("a/b", f"a/b/{NAME}")], ids=["no prefix", "prefix"])
    def test_a_blob_is_called_by_prefix_and_name(
        self, azurite: AzureServer, airflow_storage: AirflowStorage, prefix: str, key: str
    ) -> None:
        container = azurite.bucket()
        airflow_storage.store(f"abfs://{container}/{prefix}?conn_id=azurite").put(NAME, b"sealed")
        assert azurite.blobs(container) == {key: b"sealed"}

    @pytest.mark.parametrize(("prefix", "key"), [("", NAME), ("a/b", f"a/b/{NAME}")], ids=["no prefix", "prefix"])
    def test_an_object_is_called_by_prefix_and_name(
        self, fake_gcs: GoogleServer, airflow_storage: AirflowStorage, prefix: str, key: str
    ) -> None:
        bucket = fake_gcs.bucket()
        airflow_storage.store(f"gs://{bucket}/{prefix}?conn_id=fake_gcs").put(NAME, b"sealed")
        assert list(fake_gcs.objects(bucket)) == [key]

    def test_the_longest_name_below_the_longest_prefix_is_one_that_azure_and_google_take(
        self, azurite: AzureServer, fake_gcs: GoogleServer, airflow_storage: AirflowStorage
    ) -> None:
        container, bucket, prefix = azurite.bucket(), fake_gcs.bucket(), "p" * MAX_PREFIX_BYTES
        airflow_storage.store(f"abfs://{container}/{prefix}?conn_id=azurite").put(LONGEST_NAME, b"sealed")
        airflow_storage.store(f"gs://{bucket}/{prefix}?conn_id=fake_gcs").put(LONGEST_NAME, b"sealed")
        assert list(azurite.blobs(container)) == list(fake_gcs.objects(bucket)) == [f"{prefix}/{LONGEST_NAME}"]

    @pytest.mark.parametrize("size", [50, 65], ids="{} MiB".format)
    def test_an_object_that_goes_there_in_parts_is_one_object(
        self, azurite: AzureServer, fake_gcs: GoogleServer, airflow_storage: AirflowStorage, size: int
    ) -> None:
        # gcsfs cuts at 50 MiB and Azure's client at 64.
        data, container, bucket = os.urandom(1024) * 1024 * size, azurite.bucket(), fake_gcs.bucket()
        for uri in (f"abfs://{container}?conn_id=azurite", f"gs://{bucket}?conn_id=fake_gcs"):
            store = airflow_storage.store(uri)
            store.put(NAME, data)
            assert store.get(NAME) == data
        assert list(azurite.blobs(container)) == list(fake_gcs.objects(bucket)) == [NAME]

    @pytest.mark.parametrize(
        ("expires", "custom_time"), [(1893456000, "2030-01-01T00:00:00Z"), (0, None)], ids=["a lifetime", "none"]
    )
    def test_google_is_told_when_a_lifetime_ends(
        self, fake_gcs: GoogleServer, airflow_storage: AirflowStorage, expires: int, custom_time: str | None
    ) -> None:
        bucket = fake_gcs.bucket()
        airflow_storage.store(f"gs://{bucket}?conn_id=fake_gcs").put(NAME, b"sealed", expires)
        assert fake_gcs.objects(bucket)[NAME].get("customTime") == custom_time

    def test_azure_is_not_and_takes_the_object(self, azurite: AzureServer, airflow_storage: AirflowStorage) -> None:
        store = airflow_storage.store(f"abfs://{azurite.bucket()}?conn_id=azurite")
        store.put(NAME, b"sealed", 1893456000)
        assert store.get(NAME) == b"sealed"

    @pytest.mark.parametrize(("scheme", "conn_id"), [("abfs", "azurite"), ("gs", "fake_gcs")])
    def test_what_another_worker_did_is_seen_though_the_client_has_listed_the_folder(
        self, request: pytest.FixtureRequest, airflow_storage: AirflowStorage, scheme: str, conn_id: str
    ) -> None:
        server = request.getfixturevalue(conn_id)
        bucket = server.bucket()
        store = airflow_storage.store(f"{scheme}://{bucket}?conn_id={conn_id}")
        store.put(NAME, b"sealed")
        assert store._root.fs.ls(f"{bucket}/{NAME}".rpartition("/")[0])
        server.remove(bucket, NAME)
        with pytest.raises(ObjectNotFound):
            store.get(NAME)
        server.write(bucket, NAME, b"again")
        assert store.get(NAME) == b"again"


class TestRequests:
    def test_each_operation_is_one_request_to_google(self, at_stub_of_google: ObjectStorage, stub: StubServer) -> None:
        stub.answers = [Answer(body=b"{}"), Answer(body=b"sealed"), Answer(status=204)]
        at_stub_of_google.put(NAME, b"sealed")
        assert at_stub_of_google.get(NAME) == b"sealed"
        at_stub_of_google.delete(NAME)
        assert [request.method for request in stub.requests] == ["POST", "GET", "DELETE"]

    def test_each_operation_is_one_request_to_azure(self, at_stub_of_azure: ObjectStorage, stub: StubServer) -> None:
        written = Answer(status=201, headers={"ETag": '"1"', "Last-Modified": DATE})
        stub.answers = [written, azure_object(b"sealed"), Answer(status=202)]
        at_stub_of_azure.put(NAME, b"sealed")
        assert at_stub_of_azure.get(NAME) == b"sealed"
        at_stub_of_azure.delete(NAME)
        assert [request.method for request in stub.requests] == ["PUT", "GET", "DELETE"]

    def test_nothing_is_asked_before_the_first_operation(self, airflow_storage: AirflowStorage) -> None:
        asked = []
        airflow_storage.bring("gs", make=asked.append)
        airflow_storage.store("gs://bucket/xcom?conn_id=absent")
        assert asked == []

    def test_an_oversized_object_is_refused_and_no_more_of_it_read_than_tells(
        self, in_memory: ObjectStorage, monkeypatch: pytest.MonkeyPatch
    ) -> None:
        in_memory.put(NAME, b"x" * 1000)
        monkeypatch.setattr(in_memory, "max_object_bytes", 10)
        read = _record(in_memory, monkeypatch, "cat_file")
        with pytest.raises(ObjectTooLarge, match="more than 10 bytes"):
            in_memory.get(NAME)
        assert [len(data) for data in read] == [11]

    def test_a_put_that_is_tried_again_replaces_what_the_first_try_left(self, in_memory: ObjectStorage) -> None:
        in_memory.put(NAME, b"hal")
        in_memory.put(NAME, b"whole")
        assert in_memory.get(NAME) == b"whole"

    @pytest.mark.usefixtures("no_waiting")
    def test_a_server_that_never_answers_is_given_up(
        self, airflow_storage: AirflowStorage, monkeypatch: pytest.MonkeyPatch
    ) -> None:
        monkeypatch.setattr("secure_xcom.adapters.object_storage.store.TIMEOUT_SECONDS", 0.05)
        with socket.create_server(("127.0.0.1", 0)) as silent:
            store = _google_at(airflow_storage, f"http://127.0.0.1:{silent.getsockname()[1]}")
            with pytest.raises(StoreUnavailable, match="FSTimeoutError"):
                store.get(NAME)


class TestFork:
    def test_a_child_of_a_process_that_used_the_store_can_use_it(
        self, fake_gcs: GoogleServer, airflow_storage: AirflowStorage
    ) -> None:
        uri = f"gs://{fake_gcs.bucket()}/xcom?conn_id=fake_gcs"
        store = airflow_storage.store(uri)
        store.put(NAME, b"of the parent")
        child = os.fork()
        if not child:
            # An exchange, and so its stores, are made anew in each process.
            with suppress(BaseException):
                os._exit(0 if airflow_storage.store(uri).get(NAME) == b"of the parent" else 1)
            os._exit(2)
        assert os.waitstatus_to_exitcode(os.waitpid(child, 0)[1]) == 0
        assert store.get(NAME) == b"of the parent"


class TestFaults:
    @pytest.mark.parametrize(
        ("answer", "error"),
        [
            (google_error(400), StoreError),
            (google_error(401), StoreUnauthenticated),
            (google_error(403), StoreDenied),
            (google_error(404), ObjectNotFound),
            (google_error(408), StoreUnavailable),
            (google_error(410), StoreError),
            (google_error(429), StoreUnavailable),
            (google_error(500), StoreUnavailable),
            (google_error(503), StoreUnavailable),
            (Answer(status=403), StoreDenied),
            (Answer(status=502, body=b"<html>bad gateway</html>"), StoreUnavailable),
            (Answer(body=b"sea", length=6), StoreUnavailable),
        ],
        ids=_what,
    )
    @pytest.mark.usefixtures("no_waiting")
    def test_googles_answers_are_told_by_their_kind(
        self, at_stub_of_google: ObjectStorage, stub: StubServer, answer: Answer, error: type[StoreError]
    ) -> None:
        stub.answers = [answer]
        with pytest.raises(StoreError) as caught:
            at_stub_of_google.get(NAME)
        assert type(caught.value) is error
        assert CANARY not in shown(caught.value)

    @pytest.mark.parametrize(
        ("answer", "error"),
        [
            (azure_error(400, "InvalidHeaderValue"), StoreError),
            (azure_error(401, "NoAuthenticationInformation"), StoreUnauthenticated),
            (azure_error(403, "AuthenticationFailed"), StoreUnauthenticated),
            (azure_error(403, "AuthorizationPermissionMismatch"), StoreDenied),
            (azure_error(403, "AuthorizationFailure"), StoreDenied),
            (azure_error(404, "BlobNotFound"), ObjectNotFound),
            (azure_error(404, "ContainerNotFound"), ObjectNotFound),
            (azure_error(409, "BlobArchived"), StoreError),
            (azure_error(429, "TooManyRequests"), StoreUnavailable),
            (azure_error(500, "InternalError"), StoreUnavailable),
            (azure_error(503, "ServerBusy"), StoreUnavailable),
            (Answer(status=403), StoreDenied),
            (Answer(status=502, body=b"<html>bad gateway</html>"), StoreUnavailable),
        ],
        ids=_what,
    )
    @pytest.mark.usefixtures("no_waiting")
    def test_azures_answers_are_told_by_their_kind(
        self, at_stub_of_azure: ObjectStorage, stub: StubServer, answer: Answer, error: type[StoreError]
    ) -> None:
        stub.answers = [answer]
        with pytest.raises(StoreError) as caught:
            at_stub_of_azure.get(NAME)
        assert type(caught.value) is error
        assert CANARY not in shown(caught.value)

    @pytest.mark.parametrize(
        ("foreign", "error"),
        [
            (FileNotFoundError(CANARY), ObjectNotFound),
            (PermissionError(CANARY), StoreDenied),
            (OSError(f"Forbidden: {CANARY}"), StoreDenied),
            (OSError(28, CANARY), StoreError),
            (TimeoutError(CANARY), StoreUnavailable),
            (ConnectionResetError(CANARY), StoreUnavailable),
            (RuntimeError(CANARY), StoreError),
            (requests.exceptions.ProxyError(CANARY), StoreUnavailable),
            (google.auth.exceptions.DefaultCredentialsError(CANARY), StoreUnauthenticated),
            (google.auth.exceptions.RefreshError(CANARY), StoreUnauthenticated),
            (google.auth.exceptions.TransportError(CANARY), StoreUnavailable),
            (gcsfs.retry.HttpError({"code": "503", "message": CANARY}), StoreUnavailable),
            (gcsfs.retry.ChecksumError(CANARY), StoreUnavailable),
            (azure.core.exceptions.ClientAuthenticationError(CANARY), StoreUnauthenticated),
            (azure.core.exceptions.ServiceRequestError(CANARY), StoreUnavailable),
            (azure.core.exceptions.ServiceResponseError(CANARY), StoreUnavailable),
            (aiohttp.ServerDisconnectedError(CANARY), StoreUnavailable),
        ],
        ids=_what,
    )
    @pytest.mark.parametrize("operation", ["put", "get", "delete"])
    @pytest.mark.usefixtures("no_waiting")
    def test_a_clients_exception_is_told_by_its_kind_and_nothing_of_it_is_left(
        self, in_memory: ObjectStorage, monkeypatch, operation: str, foreign: Exception, error: type[StoreError]
    ) -> None:
        for method in ("pipe_file", "cat_file", "rm_file"):
            monkeypatch.setattr(in_memory._root.fs, method, _raising(foreign))
        if operation == "delete" and error is ObjectNotFound:
            in_memory.delete(NAME)
            return
        with pytest.raises(StoreError) as caught:
            _call(in_memory, operation)
        assert type(caught.value) is (StoreError if operation == "put" and error is ObjectNotFound else error)
        assert CANARY not in shown(caught.value)

    @pytest.mark.parametrize("place", ["abfs://no-such-place?conn_id=azurite", "gs://no-such-place?conn_id=fake_gcs"])
    def test_a_put_where_there_is_no_bucket_says_so(
        self, azurite: AzureServer, fake_gcs: GoogleServer, airflow_storage: AirflowStorage, place: str
    ) -> None:
        with pytest.raises(StoreError, match=r"there is no (abfs|gs)://no-such-place: create it, or set") as caught:
            airflow_storage.store(place).put(NAME, b"sealed")
        assert not isinstance(caught.value, ObjectNotFound)

    def test_a_put_never_makes_a_bucket(self, fake_gcs: GoogleServer, airflow_storage: AirflowStorage) -> None:
        store = airflow_storage.store("gs://no-such-place?conn_id=fake_gcs")
        for _ in range(2):
            with pytest.raises(StoreError):
                store.put(NAME, b"sealed")

    def test_an_object_that_vanished_says_who_must_run_again(self, in_memory: ObjectStorage) -> None:
        with pytest.raises(ObjectNotFound, match="Clear the task that pushed it"):
            in_memory.get(NAME)

    @pytest.mark.parametrize("operation", ["put", "get", "delete"])
    def test_a_wrong_key_is_refused_and_not_repeated(
        self, azurite: AzureServer, airflow_storage: AirflowStorage, operation: str
    ) -> None:
        wrong = base64.b64encode(b"canary-account-key").decode()
        airflow_storage.connect("wrong", connection_string=azurite.connection_string(wrong))
        # Azure says AuthenticationFailed, Azurite AuthorizationFailure.
        with pytest.raises((StoreUnauthenticated, StoreDenied)) as caught:
            _call(airflow_storage.store(f"abfs://{azurite.bucket()}?conn_id=wrong"), operation)
        assert wrong not in shown(caught.value)

    def test_no_log_at_debug_holds_the_account_key_or_the_object(
        self, azurite: AzureServer, airflow_storage: AirflowStorage, caplog: pytest.LogCaptureFixture
    ) -> None:
        caplog.set_level(logging.DEBUG, logger="")
        store = airflow_storage.store(f"abfs://{azurite.bucket()}?conn_id=azurite")
        store.put(NAME, CANARY.encode())
        store.get(NAME)
        told = "\n".join(record.getMessage() for record in caplog.records)
        assert NAME in told
        assert CANARY not in told
        assert azurite.key not in told

    def test_no_log_at_debug_holds_the_token_or_the_object(
        self, at_stub_of_google: ObjectStorage, stub: StubServer, caplog: pytest.LogCaptureFixture
    ) -> None:
        caplog.set_level(logging.DEBUG, logger="")
        stub.answers = [Answer(body=b"{}"), google_error(400), google_error(401), google_error(403)]
        at_stub_of_google.put(NAME, b"sealed-canary")
        for _ in stub.answers[1:]:
            with pytest.raises(StoreError):
                at_stub_of_google.put(NAME, b"sealed-canary")
        assert [TOKEN in str(request.headers) and b"sealed-canary" in request.body for request in stub.requests] == [
            True
        ] * 4
        told = "\n".join(f"{record.getMessage()} {record.exc_text}" for record in caplog.records)
        assert stub.url in told
        assert TOKEN not in told
        assert "sealed-canary" not in told


class TestConfiguration:
    @pytest.mark.parametrize(
        ("uri", "problem"),
        [
            ("gs://", "takes a bucket or container and a prefix, as in gs://my-bucket/airflow/xcom"),
            ("gs:///xcom", "takes a bucket or container and a prefix"),
            ("gs://Bucket/xcom", "takes a bucket or container and a prefix"),
            ("gs://a/xcom", "takes a bucket or container and a prefix"),
            ("abfs://container%3Fx/xcom", "takes a bucket or container and a prefix"),
            ("abfs://container:443/xcom", "takes a bucket or container and a prefix"),
            ("abfs://container@account/xcom", "credentials do not belong in the URI"),
            ("gs://bucket/a%23b", "takes letters, digits and"),
            ("gs://bucket/a%3Fgeneration=1", "takes letters, digits and"),
            ("abfs://container/a%40b", "takes letters, digits and"),
            ("abfs://container/a%20b", "takes letters, digits and"),
            ("gs://bucket/é", "takes letters, digits and"),
            ("gs://bucket/../other", "an empty, '.' or '..' segment"),
            (f"gs://bucket/{'p' * (MAX_PREFIX_BYTES + 1)}", "shorten it"),
            ("gs://bucket/xcom?conn=google", "knows no parameter 'conn'; it knows: conn_id"),
            ("abfs://container/xcom?account_key=x", "knows no parameter 'account_key'; it knows: conn_id"),
            ("gs://bucket/xcom?conn_id=", "conn_id: names no connection"),
            ("airflow+://bucket", "airflow+SCHEME:// takes a place, as in airflow+oss://my-bucket/xcom"),
            ("airflow+memory://", "takes a place"),
            ("airflow+file://", "takes an absolute path, as in airflow+file:///mnt/xcom"),
            ("airflow+file://host/path", "takes an absolute path"),
            ("airflow+local://host/path", "takes an absolute path"),
            ("airflow+oss://bucket@other/path", "credentials do not belong in the URI"),
            ("airflow+oss://bucket%40other/path", "takes letters, digits and"),
        ],
    )
    def test_a_uri_that_cannot_work_is_told(self, uri: str, problem: str) -> None:
        with mistake(f"store: .*{re.escape(problem)}"):
            _build(uri)

    @pytest.mark.parametrize(
        "uri",
        [
            "gs://bucket",
            "gcs://my_bucket.example.com/airflow/xcom",
            "abfs://container/a=b/~c",
            "abfss://$root/xcom?conn_id=wasb_default",
            "airflow+oss://bucket/xcom?conn_id=oss_default",
            "airflow+memory://bucket",
            "airflow+file:///mnt/xcom",
        ],
    )
    def test_a_uri_that_can_is_taken_and_its_scheme_is_the_stores(self, uri: str) -> None:
        assert _build(uri).scheme == uri.partition(":")[0]

    @pytest.mark.parametrize("identity", [None, Identity(domain=Domain("etl"))], ids=["nobody", "no Airflow"])
    def test_outside_of_airflow_there_is_no_such_store(self, identity: Identity | None) -> None:
        with mistake("gs:// is reached through Airflow, and needs a running task"):
            build_store(AdapterUri.parse("gs://bucket", option="store"), identity)

    def test_an_absent_connection_is_told_and_never_another_identity_taken(
        self, airflow_storage: AirflowStorage
    ) -> None:
        asked = []
        airflow_storage.bring("gs", make=asked.append)
        with mistake("no connection 'absent'") as caught:
            airflow_storage.store("gs://bucket/xcom?conn_id=absent").get(NAME)
        assert asked == []
        assert caught.value.__context__ is None

    @pytest.mark.parametrize(
        ("uri", "advice"),
        [
            ("gs://bucket", "install apache-airflow-providers-google"),
            ("abfss://container", "install apache-airflow-providers-microsoft-azure"),
            ("airflow+nosuch://place", "brings nosuch://; install the provider that does"),
        ],
    )
    def test_a_scheme_that_no_provider_brings_says_what_to_install(
        self, airflow_storage: AirflowStorage, uri: str, advice: str
    ) -> None:
        with mistake(advice, MissingDependency) as caught:
            airflow_storage.store(uri).get(NAME)
        assert caught.value.__context__ is None

    def test_a_provider_without_its_client_says_what_to_install(self, airflow_storage: AirflowStorage) -> None:
        airflow_storage.bring("gs", make=_raising(ImportError(CANARY)))
        with mistake("apache-airflow-providers-google", MissingDependency) as caught:
            airflow_storage.store("gs://bucket").get(NAME)
        assert CANARY not in shown(caught.value)

    def test_a_connection_that_its_provider_cannot_use_is_told_without_its_fields(
        self, airflow_storage: AirflowStorage
    ) -> None:
        airflow_storage.bring("gs", make=_raising(ValueError(CANARY)))
        airflow_storage.connect("broken")
        with pytest.raises(StoreError, match=r"(?s)ValueError: the request failed\. Check .* the connection") as caught:
            airflow_storage.store("gs://bucket?conn_id=broken").get(NAME)
        assert CANARY not in shown(caught.value)


def _build(uri: str) -> Store:
    return build_store(AdapterUri.parse(uri, option="store"), Identity(domain=Domain("etl"), connections=FakeHost()))


def _call(store: Store, operation: str) -> None:
    getattr(store, operation)(*((NAME, b"sealed") if operation == "put" else (NAME,)))


def _raising(error: Exception) -> Callable[..., object]:
    def call(*args: object, **options: object) -> object:
        raise error

    return call


def _record(store: ObjectStorage, monkeypatch: pytest.MonkeyPatch, method: str) -> list[bytes]:
    """Keep what a method of the store's client returns from now on."""
    returned: list[bytes] = []
    original = getattr(store._root.fs, method)

    def call(*args: object, **options: object) -> object:
        returned.append(original(*args, **options))
        return returned[-1]

    monkeypatch.setattr(store._root.fs, method, call)
    return returned


def _google_at(airflow_storage: AirflowStorage, url: str) -> ObjectStorage:
    def make(conn_id: str | None) -> object:
        return gcsfs.core.GCSFileSystem(endpoint_url=url, token=google.oauth2.credentials.Credentials(TOKEN))

    airflow_storage.bring("gs", make=make)
    return airflow_storage.store("gs://bucket/xcom")
