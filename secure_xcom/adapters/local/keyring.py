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
from collections.abc import Callable, Collection, Mapping
from pathlib import Path
from typing import Final

from secure_xcom.errors import ConfigurationError, Diagnosis, Fault, KeyDenied, WrongKey, translated
from secure_xcom.model.seal import DataKey, WrappedKey
from secure_xcom.ports.identity import Identity
from secure_xcom.ports.keys import KeyProvider
from secure_xcom.ports.private_file import create_private_file, locked, write_private_file_in
from secure_xcom.ports.private_path import (
    make_private_directory,
    private_directories,
    read_private_file,
    real_path,
    require_room,
)
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

    @property
    def path(self) -> Path:
        """Where the file is, as the setting names it."""
        return self._path

    @classmethod
    def from_uri(cls, uri: AdapterUri, identity: Identity | None = None) -> LocalKeyring:  # noqa: ARG003
        """``local:///absolute/path``, no parameters."""
        uri.require_params((), option="key")
        if uri.authority or not uri.path:
            raise ConfigurationError("key: local:// takes an absolute path, as in local:///etc/airflow/keyring.json")
        return cls(Path("/", uri.path))

    def is_made(self) -> bool:
        """Whether the file is there. Raises ``KeyDenied`` if it cannot be made."""
        with translated(OSError, into=self._cannot_be_made):
            require_room(self._path, _OPTION)
        return real_path(self._path, _OPTION).exists()

    def _cannot_be_made(self, error: OSError) -> KeyDenied:
        return KeyDenied(f"the keyring {self._path} cannot be made: {os.strerror(error.errno or 0)}")

    def rotate(self) -> str:
        """Add a fresh key and make it the primary one; return its id. The other keys stay, and open what they sealed.

        The file is replaced in one step. Raises a ``KeyProviderError`` or ``ConfigurationError``.
        """
        return self._attempt(self._rotate)

    def retire(self, ids: Collection[str]) -> None:
        """Remove keys that nothing uses any more. Raises ``ConfigurationError`` for the primary key, as ``rotate``."""
        self._attempt(lambda: self._change(lambda primary, keys: (primary, _without(primary, keys, ids))))

    def changed(self) -> float:
        """Return when the file was last written, in Unix seconds. Raises a ``KeyProviderError``."""
        return self._attempt(lambda: real_path(self._path, _OPTION).stat().st_mtime)

    def _rotate(self) -> str:
        if not self._path.exists():
            return self._read(create=True)[0]
        fresh = secrets.token_hex(8)
        self._change(lambda _, keys: (fresh, {**keys, fresh: secrets.token_bytes(_KEY_BYTES)}))
        return fresh

    def _change(self, change: Callable[[str, dict[str, bytes]], tuple[str, dict[str, bytes]]]) -> None:
        path = real_path(self._path, _OPTION)
        # Of two that rotate at once, the second one must not drop the key of the first, which may be in use already.
        with private_directories(path.parent, (), _OPTION, make=False) as (directory,), locked(directory):
            primary, keys = change(*self._read(create=False))
            write_private_file_in(directory, path.name, _encoded(primary, keys))

    def _generate(self, context: Mapping[str, str]) -> DataKey:
        plaintext = secrets.token_bytes(_KEY_BYTES)
        made = self._wrap(plaintext, context)
        return DataKey(plaintext=plaintext, wrapped=made.wrapped, kek_id=made.kek_id)

    def _wrap(self, key: bytes, context: Mapping[str, str]) -> WrappedKey:
        from secure_xcom.seal import cipher

        primary, keys = self._read(create=True)
        wrapped = cipher.wrap_key(keys[primary], key, _bytes(context), secrets.token_bytes(cipher.NONCE_BYTES))
        return WrappedKey(kek_type=self.scheme, kek_id=primary, wrapped=wrapped, was_seen=True)

    def _holds(self, kek_id: str) -> bool:
        # Before its first push, a new keyring is not there yet; the earlier ones are asked then.
        return self._path.exists() and kek_id in self._read(create=False)[1]

    def _current(self) -> str:
        return self._read(create=False)[0] if self._path.exists() else ""

    def _earlier(self) -> tuple[str, ...]:
        if not self._path.exists():
            return ()
        primary, keys = self._read(create=False)
        return tuple(sorted(keys.keys() - {primary}))

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
    make_private_directory(path.parent, _OPTION)
    create_private_file(path, _encoded(key_id, {key_id: secrets.token_bytes(_KEY_BYTES)}), _OPTION)


def _encoded(primary: str, keys: Mapping[str, bytes]) -> bytes:
    encoded = {key_id: base64.b64encode(key).decode() for key_id, key in keys.items()}
    return json.dumps({"version": 1, "primary": primary, "keys": encoded}).encode()


def _without(primary: str, keys: dict[str, bytes], ids: Collection[str]) -> dict[str, bytes]:
    if primary in ids:
        raise ConfigurationError("key: the primary key of a keyring is in use: rotate before you retire it")
    return {key_id: key for key_id, key in keys.items() if key_id not in ids}


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
