"""``Fingerprints``: what tells that two scans found the same secret, and tells nothing without the key.

HMAC-SHA256 (RFC 2104) over the rule, the place without its run, and the secret. A bare hash of a password would be
guessed offline, from a baseline that lies in a repository.
"""

from __future__ import annotations

import hmac
import os
import re
import secrets
from contextlib import suppress
from pathlib import Path
from typing import Final

from secure_xcom.errors import ConfigurationError, translated
from secure_xcom.ops.audit.finding import Place
from secure_xcom.ports.private_file import create_private_file
from secure_xcom.ports.private_path import read_private_file

KEY_BYTES: Final = 32

_SHOWN_BYTES: Final = 16
"""Bytes of the MAC that are kept: enough that no two of a deployment's findings are the same by chance."""

_POSITION: Final = re.compile(r"\[\d+\]", re.ASCII)


class Fingerprints:
    """Makes fingerprints with one key."""

    def __init__(self, key: bytes) -> None:
        self._key = key

    def of(self, rule: str, place: Place, secret: str, *, is_named: bool) -> str:
        """Return the fingerprint of a secret at a place; a name counts where it is the value's own."""
        name = place.name if is_named else ""
        part = _POSITION.sub("[*]", place.part)
        return self.of_texts(rule, place.source, place.dag_id, place.task_id, name, place.column, part, secret)

    def of_texts(self, *texts: str) -> str:
        """Return the MAC of texts, each with its length before it, so that no other texts have the same one."""
        # A lone surrogate, which a text from a database may hold, has an encoding of its own.
        encoded = [text.encode("utf-8", "surrogatepass") for text in texts]
        message = b"".join(len(each).to_bytes(8, "big") + each for each in encoded)
        return hmac.digest(self._key, message, "sha256")[:_SHOWN_BYTES].hex()


def read_or_make_key(path: Path | None) -> bytes:
    """Return the key in a private file, which is made if it is absent; without a file, a key of this scan alone.

    Raises ``ConfigurationError`` if it cannot be read or made, or if others can read it.
    """
    if path is None:
        return secrets.token_bytes(KEY_BYTES)

    with translated(OSError, into=lambda error: _unusable(path, error)):
        with suppress(FileNotFoundError):
            return _checked(read_private_file(path, _what(path)), path)
        # Of two scans that begin together, the first one's key stands.
        with suppress(FileExistsError):
            create_private_file(path, secrets.token_hex(KEY_BYTES).encode() + b"\n", _what(path))
        return _checked(read_private_file(path, _what(path)), path)


def read_key(path: Path, needed_by: str) -> bytes:
    """Return the key in a private file, with which fingerprints were made: by a new one no finding would be known.

    Raises ``ConfigurationError``, also for an absent file.
    """
    absent = ConfigurationError(
        f"{_what(path)}: there is no such file, and the fingerprints in {needed_by} need the key that they were made "
        "with: put it there, or name its file with --fingerprint-key"
    )
    with translated(
        OSError, into=lambda error: absent if isinstance(error, FileNotFoundError) else _unusable(path, error)
    ):
        return _checked(read_private_file(path, _what(path)), path)


def place_key(path: Path, key: bytes) -> None:
    """Have a key in a file too, so that what it made can be read by that file alone.

    Raises as ``read_or_make_key`` does, and for a file with another key.
    """
    with translated(OSError, into=lambda error: _unusable(path, error)):
        create_private_file(path, key.hex().encode() + b"\n", _what(path))
        found = _checked(read_private_file(path, _what(path)), path)
    if found != key:
        raise ConfigurationError(
            f"{_what(path)}: is not the key that the fingerprints are made with: remove it with its baseline, or name "
            "one key with --fingerprint-key"
        )


def _checked(content: bytes, path: Path) -> bytes:
    with translated((ValueError, UnicodeDecodeError), into=lambda _: _damaged(path)):
        key = bytes.fromhex(content.decode("ascii").strip())
    if len(key) != KEY_BYTES:
        raise _damaged(path)
    return key


def _unusable(path: Path, error: OSError) -> ConfigurationError:
    return ConfigurationError(f"{_what(path)}: cannot be used: {os.strerror(error.errno or 0)}")


def _damaged(path: Path) -> ConfigurationError:
    return ConfigurationError(
        f"{_what(path)}: holds no key of {KEY_BYTES} bytes in hexadecimal: restore it, or remove it and write the "
        "baseline anew"
    )


def _what(path: Path) -> str:
    return f"the fingerprints' key {path}"
