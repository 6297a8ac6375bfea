"""``local:///path/keyring.json``: key encryption keys in a file, for one machine.

The file is JSON: ``{"version": 1, "primary": "<id>", "keys": {"<id>": "<base64 of 32 bytes>"}}``. It is made on first
use with mode 0600. It is refused when another user owns it or may read it, or can change a directory above it:
``ports.private_path`` has the rule. New data keys are wrapped under ``primary``;
the other keys still open what they sealed.
"""

from __future__ import annotations

import base64
import json
import os
import secrets
from collections.abc import Mapping
from pathlib import Path
from typing import Final

from secure_xcom.errors import ConfigurationError, Diagnosis, Fault, WrongKey, translated
from secure_xcom.model.seal import DataKey
from secure_xcom.ports.identity import Identity
from secure_xcom.ports.keys import KeyProvider
from secure_xcom.ports.private_file import create_private_file
from secure_xcom.ports.private_path import make_private_directory, read_private_file, real_path
from secure_xcom.settings.uri import AdapterUri

_KEY_BYTES: Final = 32
_OPTION: Final = "key: the keyring"


class LocalKeyring(KeyProvider):
    """Wraps data keys with AES-256-GCM, the encryption context as associated data.

    Permissions:
        The worker's user reads the keyring, and nobody else does. To have it made on first use, the user may write to
        its directory.
    """

    scheme = "local"

    def __init__(self, path: Path) -> None:
        self._path = path

    @classmethod
    def from_uri(cls, uri: AdapterUri, identity: Identity | None = None) -> LocalKeyring:  # noqa: ARG003
        """``local:///absolute/path``, no parameters."""
        uri.require_params((), option="key")
        if uri.authority or not uri.path:
            raise ConfigurationError("key: local:// takes an absolute path, as in local:///etc/airflow/keyring.json")
        return cls(Path("/", uri.path))

    def is_made(self) -> bool:
        return real_path(self._path, _OPTION).exists()

    def _generate(self, context: Mapping[str, str]) -> DataKey:
        from secure_xcom.seal import cipher

        primary, keys = self._read(create=True)
        plaintext = secrets.token_bytes(cipher.KEY_BYTES)
        wrapped = cipher.wrap_key(keys[primary], plaintext, _bytes(context), secrets.token_bytes(cipher.NONCE_BYTES))
        return DataKey(plaintext=plaintext, wrapped=wrapped, kek_id=primary)

    def _unwrap(self, wrapped: bytes, kek_id: str, context: Mapping[str, str]) -> bytes:
        from secure_xcom.seal import cipher

        _, keys = self._read(create=False)
        if kek_id not in keys:
            raise WrongKey(
                "the keyring does not hold the key that sealed this object: restore the keyring it came from"
            )
        plaintext = cipher.unwrap_key(keys[kek_id], wrapped, _bytes(context))
        if plaintext is None:
            raise WrongKey("the object's data key was not wrapped by this keyring for this Dag run")
        return plaintext

    def _read(self, *, create: bool) -> tuple[str, dict[str, bytes]]:
        if create and not self._path.exists():
            _create(real_path(self._path, _OPTION))
        return _parse(read_private_file(self._path, _OPTION), self._path)

    def _diagnose(self, error: Exception) -> Diagnosis:
        where = f"the keyring {self._path}"
        match error:
            case FileNotFoundError():
                fault, advice = Fault.NOT_FOUND, "there is no such file. Restore the one that sealed this object"
            case PermissionError():
                fault, advice = Fault.DENIED, "this user cannot read it. Make the worker's user its owner"
            case OSError(errno=number) if number is not None:
                fault, advice = Fault.UNAVAILABLE, f"{os.strerror(number)}. Check the disk and the mount"
            case _:
                return Diagnosis.unknown(where, error)
        return Diagnosis(fault=fault, where=where, code=type(error).__name__, advice=advice)


def _create(path: Path) -> None:
    """Write a keyring of one fresh key, unless another process was faster."""
    key_id = secrets.token_hex(8)
    key = base64.b64encode(secrets.token_bytes(_KEY_BYTES)).decode()
    content = json.dumps({"version": 1, "primary": key_id, "keys": {key_id: key}})
    make_private_directory(path.parent, _OPTION)
    create_private_file(path, content.encode(), _OPTION)


def _parse(data: bytes, path: Path) -> tuple[str, dict[str, bytes]]:
    problem = ConfigurationError(
        f"key: {path} is not a keyring: it must hold version, primary and keys of 32 bytes each"
    )
    with translated((ValueError, TypeError), into=lambda _: problem):
        match json.loads(data):
            case {"version": 1, "primary": str(primary), "keys": dict(encoded)} if primary in encoded:
                keys = {key_id: base64.b64decode(key, validate=True) for key_id, key in encoded.items()}
                if all(len(key) == _KEY_BYTES for key in keys.values()):
                    return primary, keys
    raise problem


def _bytes(context: Mapping[str, str]) -> bytes:
    return json.dumps(context, sort_keys=True, separators=(",", ":")).encode()
