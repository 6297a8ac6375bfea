"""Canaries: unique secrets, and the forms under which a leaked one would be found.

Every canary holds a core of random letters and digits, one for each of its lines. URL quoting, JSON and Python
escapes leave a core as it is, so that searching for it raw covers them all; base64, hexadecimal and UTF-16 are
searched for besides. A hit names the canary and the form, never the value.
"""

from __future__ import annotations

import base64
import json
import os
import secrets
import string
import zlib
from collections.abc import Iterable, Iterator
from dataclasses import dataclass, field
from pathlib import Path

_ALPHABET = string.ascii_letters + string.digits

_TEXTS = """
    plain nested deep deeper in-tuple by-key dataclass pydantic wrapped wrapped-item int-keys lookalike frame
    twice-first twice-second output output-nested connection setup group given try-1 try-2
    mapped-0 mapped-1 mapped-2 expand-0 expand-1 kwargs-0 kwargs-1 template
    before-deferral after-deferral kept-over-deferral deferred-return async-first async-key async-return
    first-run run-first run-second
    frame-column frame-cell frame-index frame-text frame-category beside-surrogate changing under-key
    prefix chain-0 chain-1 chain-2 apart-address apart-settings apart-document apart-table
"""
_KEYS = ("key-of-dict", "key-in-tuple", "key-under-name")
_ODD = ("odd", "template-odd", "long-key", "connection-odd", "printed-odd")
_NUMBERS = ("number", "number-leaf", "number-negative", "frame-number")
_BYTES = ("bytes", "bytes-wrapped", "frame-bytes")


@dataclass(frozen=True, slots=True)
class Hit:
    """Where a canary was found, in which form, and how often in that place."""

    channel: str
    place: str
    canary: str
    form: str


@dataclass(frozen=True, slots=True)
class Canaries:
    """All canaries of one test run by name."""

    values: dict[str, str | int | bytes] = field(repr=False)

    @classmethod
    def generate(cls) -> Canaries:
        """Make fresh ones."""
        values: dict[str, str | int | bytes] = {name: f"canary-{_core()}" for name in _TEXTS.split()}
        values |= {name: f"ä \"{_core()}'\\ /+&=%41<b>\t{{$x}} 日本 \U0001f511" for name in _ODD}
        values |= {name: 10**17 + secrets.randbelow(8 * 10**17) for name in _NUMBERS}
        values |= {name: b"\x00\xff\x80\r'\"\\" + _core().encode() + b"\xc3\xa4\xfe\x01\n" for name in _BYTES}
        # Of the keys of a dict, those with a digit are masked: the others are taken for names.
        values |= {name: f"canary-{_core()}-7" for name in _KEYS}
        # Each core is searched for by itself, so that a part that shows is found.
        values["prefix-longer"] = f"{values['prefix']}.{_core()}"
        values["prefix-longest"] = f"{values['prefix-longer']}.{_core()}"
        values["frame-wide"] = ".".join(_core() for _ in range(6))
        values["surrogate"] = f"\ud83d{_core()}\udc00"
        # Too short to be searched for: no run of it is a core.
        values["pin"] = str(1000 + secrets.randbelow(9000))
        lines = "\n".join(_core() + _core() for _ in range(4))
        values["pem"] = f"-----BEGIN CANARY KEY-----\n{lines}\n-----END CANARY KEY-----\n"
        return cls(values)

    def write(self, path: Path) -> None:
        """Write them where the Dags read them, for this user only."""
        rows = {
            name: ("bytes", value.hex()) if isinstance(value, bytes) else ("plain", value)
            for name, value in self.values.items()
        }
        with os.fdopen(os.open(path, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o600), "w") as file:
            json.dump(rows, file)


class Searcher:
    """Finds canaries in bytes."""

    def __init__(self, canaries: Canaries) -> None:
        self._needles = [
            (needle, name, form) for name, value in canaries.values.items() for form, needle in _forms(value)
        ]

    def search(self, channel: str, documents: Iterable[tuple[str, bytes]]) -> tuple[list[Hit], int]:
        """Return the hits in ``documents``, (place, content) each, and how many bytes were searched."""
        hits, searched = [], 0
        for place, content in documents:
            for data in unpacked(content):
                searched += len(data)
                hits += [Hit(channel, place, name, form) for needle, name, form in self._needles if needle in data]
        return list(dict.fromkeys(hits)), searched


def unpacked(data: bytes) -> Iterator[bytes]:
    """Yield ``data``, and what it decompresses to if it is zlib or gzip."""
    yield data
    if data[:2] in (b"\x1f\x8b", b"\x78\x01", b"\x78\x9c", b"\x78\xda"):
        try:
            yield zlib.decompress(data, wbits=zlib.MAX_WBITS | 32)
        except zlib.error:
            return


def _core() -> str:
    # Of letters alone, one in thirty would be taken for words, under names that are not those of a password.
    return "".join(secrets.choice(_ALPHABET) for _ in range(19)) + secrets.choice(string.digits)


def _cores(value: str | bytes) -> list[bytes]:
    text = value if isinstance(value, str) else value.decode("latin-1")
    runs = "".join(character if character in _ALPHABET else " " for character in text).split()
    return [run.encode() for run in runs if len(run) >= 20]


def _forms(value: str | int | bytes) -> Iterator[tuple[str, bytes]]:
    if isinstance(value, int):
        digits = str(abs(value)).encode()
        yield "raw", digits
        yield "hex", f"{abs(value):x}".encode()
        yield "big-endian", abs(value).to_bytes(8, "big")
        yield "little-endian", abs(value).to_bytes(8, "little")
        yield from _encodings(digits)
        return
    if isinstance(value, bytes):
        yield from _encodings(value)
    for core in _cores(value):
        yield "raw", core
        yield from _encodings(core)


def _encodings(data: bytes) -> Iterator[tuple[str, bytes]]:
    yield "hex", data.hex().encode()
    yield "HEX", data.hex().upper().encode()
    yield "utf-16", b"\x00".join(bytes([byte]) for byte in data)
    for shift in range(3):
        # The characters at the ends also hold bits of the neighbours, which are not known.
        encoded = base64.b64encode(b"\x00" * shift + data)
        start, end = -(-shift * 8 // 6), (shift + len(data)) * 8 // 6
        stable = encoded[start:end]
        yield f"base64+{shift}", stable
        if (urlsafe := stable.translate(bytes.maketrans(b"+/", b"-_"))) != stable:
            yield f"base64url+{shift}", urlsafe
