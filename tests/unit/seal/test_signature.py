"""Detached signatures: ``openssl`` and this package agree on which are good."""

from __future__ import annotations

import shutil
import subprocess
from pathlib import Path

import pytest
from cryptography.hazmat.primitives.asymmetric.ec import SECP256R1, SECP384R1, generate_private_key
from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey
from cryptography.hazmat.primitives.asymmetric.rsa import generate_private_key as generate_rsa_key
from cryptography.hazmat.primitives.serialization import (
    BestAvailableEncryption,
    Encoding,
    NoEncryption,
    PrivateFormat,
    PublicFormat,
)

from secure_xcom.errors import ConfigurationError
from secure_xcom.seal.signature import is_signed, private_key, public_key, sign

CONTENT = b"<!DOCTYPE html>\n" * 1000
PASSPHRASE = "".join(["horse", "-", "staple"]).encode()
MAKERS = {"ed25519": Ed25519PrivateKey.generate, "p256": lambda: generate_private_key(SECP256R1())}
KINDS = pytest.mark.parametrize("kind", MAKERS)
OPENSSL = shutil.which("openssl")


def asked() -> bytes:
    raise AssertionError("a key without a passphrase must not ask for one")


def pems(key: object, passphrase: bytes = b"") -> tuple[bytes, bytes]:
    hidden = BestAvailableEncryption(passphrase) if passphrase else NoEncryption()
    private = key.private_bytes(Encoding.PEM, PrivateFormat.PKCS8, hidden)  # type: ignore[attr-defined]
    public = key.public_key().public_bytes(Encoding.PEM, PublicFormat.SubjectPublicKeyInfo)  # type: ignore[attr-defined]
    return private, public


@KINDS
def test_a_signature_is_good_for_its_content_and_its_key_alone(kind: str) -> None:
    private, public = pems(MAKERS[kind]())
    _, other = pems(MAKERS[kind]())
    signature = sign(private_key(private, asked), CONTENT)
    assert is_signed(public_key(public), signature, CONTENT)
    assert not is_signed(public_key(public), signature, CONTENT + b" ")
    assert not is_signed(public_key(public), signature[:-1], CONTENT)
    assert not is_signed(public_key(public), b"", CONTENT)
    assert not is_signed(public_key(other), signature, CONTENT)


def test_ed25519_signs_the_same_content_alike() -> None:
    private, _ = pems(Ed25519PrivateKey.generate())
    key = private_key(private, asked)
    assert sign(key, CONTENT) == sign(key, CONTENT)


@KINDS
def test_an_encrypted_key_opens_with_its_passphrase_alone(kind: str) -> None:
    private, public = pems(MAKERS[kind](), PASSPHRASE)
    assert is_signed(public_key(public), sign(private_key(private, lambda: PASSPHRASE), CONTENT), CONTENT)
    for wrong in (b"another", b""):
        with pytest.raises(ConfigurationError, match=r"passphrase\s+is another one") as caught:
            private_key(private, lambda wrong=wrong: wrong)
        assert caught.value.__context__ is None


@pytest.mark.parametrize(
    "pem",
    [
        b"",
        b"-----BEGIN PRIVATE KEY-----\nAAAA\n-----END PRIVATE KEY-----\n",
        b"\xff\x00",
        pems(generate_private_key(SECP384R1()))[0],
        pems(generate_rsa_key(65537, 2048))[0],
        pems(Ed25519PrivateKey.generate())[1],
    ],
    ids=["empty", "damaged", "bytes", "p384", "rsa", "public"],
)
def test_what_is_not_a_key_for_signing_is_refused_without_its_content(pem: bytes) -> None:
    with pytest.raises(ConfigurationError, match="Ed25519 key or an ECDSA key on P-256") as caught:
        private_key(pem, asked)
    assert caught.value.__context__ is None
    with pytest.raises(ConfigurationError):
        public_key(pem[:-40] if pem == pems(Ed25519PrivateKey.generate())[1] else pem.replace(b"PUBLIC", b"PUBLIK"))


@KINDS
@pytest.mark.parametrize("is_altered", [False, True], ids=["whole", "altered"])
def test_openssl_says_the_same(kind: str, is_altered: bool, tmp_path: Path) -> None:
    assert OPENSSL, "the tests need the command openssl"
    private, public = pems(MAKERS[kind]())
    signature = sign(private_key(private, asked), CONTENT)
    (tmp_path / "report").write_bytes(CONTENT + b" " * is_altered)
    (tmp_path / "report.sig").write_bytes(signature)
    (tmp_path / "key.pub").write_bytes(public)
    commands = {
        "ed25519": "pkeyutl -verify -rawin -in report -sigfile report.sig -pubin -inkey key.pub",
        "p256": "dgst -sha256 -verify key.pub -signature report.sig report",
    }
    done = subprocess.run([OPENSSL, *commands[kind].split()], cwd=tmp_path, capture_output=True, check=False)
    assert (done.returncode == 0) is not is_altered, done.stdout + done.stderr
