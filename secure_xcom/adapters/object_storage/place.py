"""Where ``gs://``, ``abfs://`` and ``airflow+SCHEME://`` may lead."""

from __future__ import annotations

import re
from typing import Final

from secure_xcom.errors import ConfigurationError
from secure_xcom.model.domain import MAX_PREFIX_BYTES
from secure_xcom.settings.uri import AdapterUri

ANY_SCHEME: Final = "airflow+"
"""Stands before a scheme that Airflow knows and that has no name of its own here."""

DIRECTORIES: Final = ("file", "local")
"""Where a put must make directories first. Other schemes have no directories, and making one could make a bucket."""

_BUCKETS: Final = ("gs", "gcs", "abfs", "abfss")
_BUCKET: Final = re.compile(r"[a-z0-9$][a-z0-9._-]{2,221}", re.ASCII)
_PATH: Final = re.compile(r"[A-Za-z0-9._~=+/-]*", re.ASCII)


def require_place(uri: AdapterUri) -> None:
    """Raise ``ConfigurationError`` for a place that a client could take for another one."""
    protocol, example = uri.scheme.removeprefix(ANY_SCHEME), f"{uri.scheme}://my-bucket/airflow/xcom"
    if protocol in _BUCKETS and not _BUCKET.fullmatch(uri.authority):
        raise ConfigurationError(f"store: {uri.scheme}:// takes a bucket or container and a prefix, as in {example}")
    if protocol in DIRECTORIES and (uri.authority or not uri.path):
        raise ConfigurationError(f"store: {uri.scheme}:// takes an absolute path, as in {uri.scheme}:///mnt/xcom")
    if not protocol or not (uri.authority or uri.path):
        raise ConfigurationError(f"store: {ANY_SCHEME}SCHEME:// takes a place, as in {ANY_SCHEME}oss://my-bucket/xcom")
    if not _PATH.fullmatch(f"{uri.authority.removeprefix('$')}/{uri.path}"):
        raise ConfigurationError(
            f"store: {uri.scheme}:// takes letters, digits and . _ ~ = + - in its prefix: one client or another "
            "takes other characters for a version, a query or a connection"
        )
    if len(uri.path) > MAX_PREFIX_BYTES:
        raise ConfigurationError(
            f"store: the prefix has {len(uri.path)} bytes, and the limit of object storage for a name leaves "
            f"{MAX_PREFIX_BYTES}: shorten it"
        )
