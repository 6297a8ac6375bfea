"""``vault://mount/prefix``: sealed objects as secrets of a KV version 2 engine.

Vault encrypts what it keeps and its policies say who may touch which path, so without a configured key an object
lies there as it is. Each object is one secret of one version, ``{"object": [base64, ...]}``; its path begins with the
domain's segment, so that a policy can give a role one domain's folder: ``secure-xcom iam vault`` prints such policies.
"""

from __future__ import annotations

import base64
import time
from collections.abc import Iterator, Mapping
from datetime import datetime
from typing import Final

from secure_xcom.adapters.vault import VaultClient, VaultFailure, diagnose
from secure_xcom.adapters.vault.address import mount_of
from secure_xcom.errors import Diagnosis, Fault, StoreError, Tampered, translated
from secure_xcom.ports.identity import Identity
from secure_xcom.ports.listing import Level, Listed, walk
from secure_xcom.ports.store import Head, Store
from secure_xcom.settings.uri import AdapterUri

MAX_REQUEST_BYTES: Final = 32 << 20
"""Vault's default ``max_request_size``, of the listener."""

_PIECE: Final = 1_000_000
"""Characters of one JSON string: Vault takes 1,048,576 (``max_json_string_value_length``, since 1.16.25 and 1.20.3)."""

_NO_OBJECT: Final = "the secret in Vault is not a whole object that secure-xcom wrote"


class VaultKVStore(Store):
    """Keeps objects below ``mount/prefix``, one request for each operation.

    An object with a lifetime takes a request more, which has Vault delete it (``delete_version_after``), if the policy
    allows that. A put never overwrites, and a delete leaves neither versions nor metadata. Vault's storage has a limit
    of its own, often far lower than ``max_object_bytes``: integrated storage takes 1 MiB (``max_entry_size``), which an
    object of 768 KiB fills in base64.

    Permissions:
        - ``create`` to push and ``read`` to pull on ``mount/data/prefix/...``.
        - ``delete`` to purge on ``mount/metadata/prefix/...``.
        - ``create`` and ``update`` on both for ``secure-xcom rewrap``, for the operator alone.
        - Only to have Vault end lifetimes: ``create`` on ``mount/metadata/...`` and ``update`` on ``mount/data/...``.
    """

    scheme = "vault"
    native = True
    max_object_bytes = MAX_REQUEST_BYTES // 4 * 3 - 1024

    def __init__(self, client: VaultClient, mount: str, prefix: str = "") -> None:
        self._client = client
        self._mount = mount
        self._prefix = f"{prefix}/" if prefix else ""
        self._limits = True

    @classmethod
    def from_uri(cls, uri: AdapterUri, identity: Identity | None = None) -> VaultKVStore:
        """``vault://mount/prefix`` and the parameters of ``VaultClient.from_uri``."""
        mount = mount_of(uri, option="store", example="vault://secret/airflow/xcom")
        return cls(VaultClient.from_uri(uri, identity, option="store"), mount, uri.path)

    def list_below(self, folder: str) -> None:
        """Ask for the names below ``folder``."""
        self._attempt(
            lambda: self._client.call(
                lambda vault: vault.secrets.kv.v2.list_secrets(self._prefix + folder, mount_point=self._mount)
            )
        )

    def put_unprotected(self, name: str) -> bool:  # noqa: ARG002 - there is no such thing in Vault
        """Vault encrypts whatever it keeps."""
        return False

    def server_time(self) -> float:
        """Vault tells the time to anybody."""
        return self._attempt(self._client.server_time)

    def listing(self, folder: str = "", after: str = "") -> Iterator[Listed]:
        """Ask for one folder at a time, which needs ``list`` on ``mount/metadata/...``.

        Vault lists names alone. It tells an object's size only to readers of the object.
        """
        return walk(lambda below: self._attempt(lambda: self._level(below)), folder, after)

    def _level(self, folder: str) -> Level:
        path = f"{self._prefix}{folder}".removesuffix("/")
        try:
            answer = self._client.call(lambda vault: vault.secrets.kv.v2.list_secrets(path, mount_point=self._mount))
        except VaultFailure as failure:
            if failure.fault is Fault.NOT_FOUND:
                return Level()
            raise
        match answer:
            case {"data": {"keys": list(keys)}}:
                names, above = [str(key) for key in keys], f"{folder}/" if folder else ""
                objects = [Listed(above + name) for name in names if not name.endswith("/")]
                return Level(objects, [name[:-1] for name in names if name.endswith("/")])
        raise StoreError("the answer lists no names", f"Vault KV at {self._mount}")

    def _stat(self, name: str) -> Listed:
        """Ask for the metadata, which needs ``read`` on ``mount/metadata/...`` and shows no secret."""
        answer = self._client.call(
            lambda vault: vault.secrets.kv.v2.read_secret_metadata(self._prefix + name, mount_point=self._mount)
        )
        match answer:
            case {"data": {"created_time": str(created)}}:
                with translated(ValueError, into=lambda _: StoreError("the answer tells no time")):
                    return Listed(name, written=datetime.fromisoformat(created).timestamp())
        raise StoreError("the answer tells no time", f"Vault KV at {self._mount}")

    def _put(self, name: str, data: bytes | bytearray, expires: int) -> None:
        if expires and self._limits:
            self._limit(name, max(1, expires - int(time.time())))
        # An earlier try may have been carried out though its answer was lost: then what is there is this object.
        try:
            created = self._created(name, {"object": _pieces(data)})
        except VaultFailure as failure:
            # To an object that is there, a policy of "create" alone says no before check-and-set is looked at.
            if failure.fault is not Fault.DENIED or not self._holds(name, data):
                raise
            return
        if not created and self._get(name) != data:
            raise StoreError("another object has this name, and none is ever overwritten", f"Vault KV at {self._mount}")

    def _limit(self, name: str, seconds: int) -> None:
        """Have Vault delete the version that comes next, where that is allowed; elsewhere it is left to the purge."""
        try:
            self._client.call(
                lambda vault: vault.secrets.kv.v2.update_metadata(
                    self._prefix + name, delete_version_after=f"{seconds}s", mount_point=self._mount
                )
            )
        except VaultFailure as failure:
            if failure.fault is not Fault.DENIED:
                raise
            # A policy does not change from one value to the next: it is asked once.
            self._limits = False

    def _created(self, name: str, secret: Mapping[str, object]) -> bool:
        try:
            answer = self._client.call(
                lambda vault: vault.secrets.kv.v2.create_or_update_secret(
                    self._prefix + name, secret, cas=0, mount_point=self._mount
                )
            )
        except VaultFailure as failure:
            if failure.says("check-and-set parameter did not match"):
                return False
            raise
        if answer is None:
            self._undo(name)
        return True

    def _holds(self, name: str, data: bytes | bytearray) -> bool:
        try:
            return self._get(name) == data
        except (VaultFailure, StoreError, Tampered):
            return False

    def _undo(self, name: str) -> None:
        """Take back what a KV version 1 engine took for a secret called ``data/...``; nothing else would delete it."""
        self._client.call(
            lambda vault: vault.secrets.kv.v2.delete_latest_version_of_secret(
                self._prefix + name, mount_point=self._mount
            )
        )
        raise VaultFailure(Fault.FAILED, "the engine is KV version 1")

    def _replace(self, name: str, old: Head, new: bytes, expires: int) -> bool:
        """Write the next version if the version is still the one that was read; Vault then drops the old version."""
        if not old.version:
            raise StoreError(
                "the answer told no version, so that nothing can be replaced safely", f"Vault KV at {self._mount}"
            )
        seconds = {"delete_version_after": f"{max(1, expires - int(time.time()))}s"} if expires else {}
        # Before the write, so that a process that stops between the two leaves no old version.
        self._client.call(
            lambda vault: vault.secrets.kv.v2.update_metadata(
                self._prefix + name, max_versions=1, mount_point=self._mount, **seconds
            )
        )
        try:
            self._client.call(
                lambda vault: vault.secrets.kv.v2.create_or_update_secret(
                    self._prefix + name, {"object": _pieces(new)}, cas=int(old.version), mount_point=self._mount
                )
            )
        except VaultFailure as failure:
            if not failure.says("check-and-set parameter did not match"):
                raise
            self._remove_empty(name)
            return False
        return True

    def _remove_empty(self, name: str) -> None:
        """Remove the metadata of an object that was deleted meanwhile: to limit its versions has made them anew."""
        answer = self._client.call(
            lambda vault: vault.secrets.kv.v2.read_secret_metadata(self._prefix + name, mount_point=self._mount)
        )
        match answer:
            case {"data": {"versions": {**versions}}} if not versions:
                self._delete(name)

    def _head(self, name: str) -> Head:
        data, version = self._read(name)
        return Head(data, len(data), version)

    def _get(self, name: str) -> bytes:
        return self._read(name)[0]

    def _read(self, name: str) -> tuple[bytes, str]:
        answer = self._client.call(
            lambda vault: vault.secrets.kv.v2.read_secret_version(
                self._prefix + name, mount_point=self._mount, raise_on_deleted_version=True
            )
        )
        match answer:
            case {"data": {"data": {"object": list(pieces)}, **told}}:
                with translated((TypeError, ValueError), into=lambda _: Tampered(_NO_OBJECT)):
                    return base64.b64decode("".join(pieces), validate=True), _version_of(told)
        raise Tampered(_NO_OBJECT)

    def _delete(self, name: str) -> None:
        self._client.call(
            lambda vault: vault.secrets.kv.v2.delete_metadata_and_all_versions(
                self._prefix + name, mount_point=self._mount
            )
        )

    def _diagnose(self, error: Exception) -> Diagnosis:
        return diagnose(error, f"Vault KV at {self._mount}", _ADVICE)


def _version_of(told: Mapping[object, object]) -> str:
    """Return the version of a secret that was read, empty if the answer does not tell it."""
    match told.get("metadata"):
        case {"version": int(version)}:
            return str(version)
    return ""


def _pieces(data: bytes | bytearray) -> list[str]:
    text = base64.b64encode(data).decode()
    return [text[start : start + _PIECE] for start in range(0, len(text), _PIECE)]


_ADVICE: Final[Mapping[Fault, str]] = {
    Fault.NOT_FOUND: "the sealed object is not there: it was purged, or lies elsewhere. Clear the task that pushed it",
    Fault.DENIED: (
        "no policy of this identity allows it. Grant create and read on data/, delete on metadata/, for the Dag; "
        "and where create on metadata/ is granted for lifetimes, update on data/ too"
    ),
    Fault.TOO_LARGE: (
        "larger than this Vault takes. Push less, use an s3:// store, or raise max_entry_size and max_request_size"
    ),
    Fault.FAILED: "the request was refused. Check that the mount is a KV version 2 engine, url and namespace",
}
