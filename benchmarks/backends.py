"""The backends that are compared, each ready to push and pull."""

from __future__ import annotations

import logging
import os
import secrets
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path

from airflow.providers.common.io.xcom import backend as common_io
from airflow.sdk._shared.secrets_masker import _secrets_masker
from airflow.sdk.bases.xcom import BaseXCom

from secure_xcom.airflow import backend as ours
from secure_xcom.airflow.host import AirflowHost
from secure_xcom.assembly.build import build
from secure_xcom.exchange.exchange import Exchange
from secure_xcom.settings.settings import Settings
from secure_xcom.testing.fakes import InMemoryStore

BUCKET = "bench"


@dataclass(frozen=True)
class Backend:
    """A backend under test; ``use`` makes it the one whose settings are in force."""

    name: str
    kind: type[BaseXCom]
    use: Callable[[], None]


def plain() -> Backend:
    """Airflow's own."""
    return Backend("BaseXCom", BaseXCom, lambda: None)


def object_storage(name: str, path: str) -> Backend:
    """The common-io provider's, every value above 0 bytes in the store."""

    def use() -> None:
        os.environ["AIRFLOW__COMMON_IO__XCOM_OBJECTSTORAGE_PATH"] = path
        os.environ["AIRFLOW__COMMON_IO__XCOM_OBJECTSTORAGE_THRESHOLD"] = "0"
        for cached in (common_io._get_base_path, common_io._get_threshold, common_io._get_compression):
            cached.cache_clear()

    return Backend(f"XComObjectStorageBackend {name}", common_io.XComObjectStorageBackend, use)


def secure(name: str, section: dict[str, str | None], home: Path) -> Backend:
    """Ours, with the settings of ``section``."""
    exchange = build(Settings.parse(section, home), AirflowHost())
    return Backend(f"secure-xcom {name}", ours.SecureXComBackend, lambda: use_exchange(exchange))


def use_exchange(exchange: Exchange) -> None:
    """Have the backend use this exchange."""
    ours.exchange = lambda: exchange


def forget_masked() -> None:
    """Empty Airflow's masker: each task starts in a process of its own, and this one plays many tasks."""
    _secrets_masker().reset_masker()


class SlowStore(InMemoryStore):
    """A store in memory, a round trip away."""

    scheme = "slow"

    def __init__(self, seconds: float) -> None:
        super().__init__()
        self._seconds = seconds

    def _get(self, name: str) -> bytes:
        time.sleep(self._seconds)
        return super()._get(name)


@contextmanager
def aws() -> Iterator[str]:
    """A moto server with a bucket and a key; yields its address."""
    import boto3
    from moto.server import ThreadedMotoServer

    logging.getLogger("werkzeug").setLevel(logging.ERROR)
    logging.getLogger("botocore").setLevel(logging.ERROR)
    logging.getLogger("aiobotocore").setLevel(logging.ERROR)
    credentials = {"AWS_ACCESS_KEY_ID": "bench", "AWS_SECRET_ACCESS_KEY": secrets.token_hex(8)}
    os.environ.update(credentials | {"AWS_DEFAULT_REGION": "us-east-1"})
    server = ThreadedMotoServer(ip_address="127.0.0.1", port=0, verbose=False)
    server.start()
    address = "http://{}:{}".format(*server.get_host_and_port())
    os.environ["AWS_ENDPOINT_URL"] = address
    try:
        boto3.client("s3").create_bucket(Bucket=BUCKET)
        kms = boto3.client("kms")
        key = kms.create_key()["KeyMetadata"]["KeyId"]
        kms.create_alias(AliasName="alias/bench", TargetKeyId=key)
        yield address
    finally:
        server.stop()
