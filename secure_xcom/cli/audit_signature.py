"""The detached signature of a report, with keys in files, and a passphrase that never is an argument."""

from __future__ import annotations

import os
import sys
from pathlib import Path
from typing import Final

import typer

from secure_xcom.errors import ConfigurationError, translated
from secure_xcom.ports.private_path import read_private_file

SIGNATURE: Final = ".sig"
"""What the name of a signature ends in, after the name of its file."""


def signature_of(path: Path, variable: str, content: bytes) -> bytes:
    """Return the signature by the private key in ``path``. Raises ``ConfigurationError``."""
    from secure_xcom.seal.signature import private_key, sign

    with translated(OSError, into=lambda error: _unreadable("--sign-key", path, error)):
        pem = read_private_file(path, "--sign-key: the file")
    return sign(private_key(pem, lambda: _passphrase(variable)), content)


def is_verified(path: Path, key: Path) -> bool:
    """Whether ``path`` has a signature beside it that is good. Raises ``ConfigurationError``."""
    from secure_xcom.seal.signature import is_signed, public_key

    signature = path.with_name(path.name + SIGNATURE)
    signer = public_key(_content("--key", key))
    return is_signed(signer, _content("--verify-signature", signature), _content("--verify-signature", path))


def _passphrase(variable: str) -> bytes:
    if variable:
        found = os.environ.get(variable)
        if found is None:
            raise ConfigurationError(f"--passphrase-env: there is no environment variable {variable}")
        return found.encode()
    if not sys.stdin.isatty():
        raise ConfigurationError("--sign-key: the key has a passphrase: name its variable with --passphrase-env")
    return str(typer.prompt("passphrase of the key", hide_input=True, err=True)).encode()


def _content(option: str, path: Path) -> bytes:
    with translated(OSError, into=lambda error: _unreadable(option, path, error)):
        return path.read_bytes()


def _unreadable(option: str, path: Path, error: OSError) -> ConfigurationError:
    return ConfigurationError(f"{option} {path}: the file cannot be read: {os.strerror(error.errno or 0)}")
