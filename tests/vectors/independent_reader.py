"""A reader of sealed objects, written from docs/format.md alone: it shares no line with secure-xcom.

Section numbers in comments are the document's. Values come out as section 12 describes them, in JSON.
"""

from __future__ import annotations

import base64
import hashlib
import hmac
import json
import re
import struct
from collections.abc import Iterator
from dataclasses import dataclass
from typing import Any
from urllib.parse import quote_from_bytes

import msgspec
from cryptography.exceptions import InvalidTag
from cryptography.hazmat.primitives.ciphers.aead import AESGCM
from cryptography.hazmat.primitives.hashes import SHA512
from cryptography.hazmat.primitives.kdf.hkdf import HKDF

NAMES = ["dag_id", "key", "map_index", "object_id", "run_id", "task_id"]
TUPLE, SEALED = "builtins.tuple", "secure_xcom.Sealed"


class RefusedError(Exception):
    """The bytes are not what the document describes."""


@dataclass
class Header:
    """What stands before the segments (4)."""

    created: int
    expires: int
    plaintext_bytes: int
    segment_bytes: int
    context: dict[str, Any]
    bound: bytes
    kek_type: str
    kek_id: str
    wrapped: bytes
    salt: bytes
    commitment: bytes
    segments: bytes


@dataclass
class Placeholder:
    """A placeholder and where it was found (3)."""

    path: list[str | int]
    sealed_path: list[str | int]
    encoded: bool
    store: str
    name: str
    index: int


def require(condition: object) -> None:
    """Refuse unless ``condition`` holds."""
    if not condition:
        raise RefusedError


# 1 and 2: text and names.


def text(data: bytes) -> str:
    """Read text, with lone surrogates."""
    try:
        return data.decode("utf-8", "surrogatepass")
    except UnicodeDecodeError as error:
        raise RefusedError from error


def segment_of(part: str) -> str:
    """Encode one coordinate."""
    require(part not in ("", ".", "..") and len(part) <= 1024)
    data = part.encode("utf-8", "surrogatepass")
    escaped = quote_from_bytes(data, safe="").replace("~", "%7E")
    return escaped if len(escaped) <= 150 else f"{escaped[:85]}~{hashlib.sha256(data).hexdigest()}"


def dag_segment_of(dag_id: str) -> str:
    """Encode a dag_id."""
    return segment_of(dag_id).replace("%", "=").replace("~", ":")


def object_name(context: dict[str, Any]) -> str:
    """Give the name of the object with this context."""
    parts = [context[name] for name in ("dag_id", "run_id", "task_id", "map_index", "key")]
    return "/".join([dag_segment_of(parts[0]), *map(segment_of, parts[1:]), context["object_id"]])


def require_name(name: str, asked: dict[str, Any]) -> None:
    """Refuse a name that is none, or of other coordinates than those ``asked`` (``None`` where left open)."""
    segments = name.split("/")
    require(len(segments) == 6 and re.fullmatch(r"[0-9a-f]{32}", segments[5]))
    require(all(re.fullmatch(r"[A-Za-z0-9._%~=:-]{1,150}", part) and part not in (".", "..") for part in segments))
    require(dag_segment_of(asked["dag_id"]) == segments[0])
    for want, found in zip(("run_id", "task_id", "map_index", "key"), segments[1:], strict=False):
        require(asked[want] is None or segment_of(str(asked[want])) == found)


# 4 and 5: the header.


class Bytes:
    """Takes fields from the front."""

    def __init__(self, data: bytes) -> None:
        self.data = data
        self.at = 0

    def take(self, count: int) -> bytes:
        """Take ``count`` bytes."""
        require(self.at + count <= len(self.data))
        self.at += count
        return self.data[self.at - count : self.at]

    def prefixed(self, bits: int) -> bytes:
        """Take a field that follows its length."""
        return self.take(int.from_bytes(self.take(bits // 8), "big"))


def read_context(data: bytes) -> dict[str, Any]:
    """Read the six pairs, or the eight of a value under contract."""
    fields = Bytes(data)
    context: dict[str, Any] = {}
    while fields.at < len(data):
        name, value = text(fields.prefixed(16)), fields.prefixed(16)
        require(name not in context)
        context[name] = read_readers(value) if name == "readers" else text(value)
    require(list(context) in (NAMES, sorted([*NAMES, "consume", "readers"])))
    require(context.get("consume", "once") in ("once", "many"))
    require(re.fullmatch(r"0|-?[1-9][0-9]*", context["map_index"], re.ASCII) and len(context["map_index"]) <= 11)
    return context


def read_readers(data: bytes) -> list[list[str]]:
    """Read the readers of a contract, which stand in the order of their bytes, each once."""
    fields = Bytes(data)
    found, readers = [], []
    while fields.at < len(data):
        start = fields.at
        readers.append([text(fields.prefixed(16)), text(fields.prefixed(16))])
        found.append(data[start : fields.at])
    require(found == sorted(set(found)))
    return readers


def read_header(envelope: bytes) -> Header:
    """Read the header, without believing it."""
    fields = Bytes(envelope)
    magic, suite, flags, log2, codec = struct.unpack(">4sBBBB", fields.take(8))
    require(magic == b"SXC1" and suite == 1 and flags == 0 and codec == 1 and 12 <= log2 <= 24)
    created, expires, length = struct.unpack(">QQQ", fields.take(24))
    context = read_context(fields.prefixed(16))
    return Header(
        created=created,
        expires=expires,
        plaintext_bytes=length,
        segment_bytes=2**log2,
        context=context,
        bound=envelope[: fields.at],
        kek_type=text(fields.prefixed(8)),
        kek_id=text(fields.prefixed(16)),
        wrapped=fields.prefixed(16),
        salt=fields.take(32),
        commitment=fields.take(32),
        segments=envelope[fields.at :],
    )


def read_frame(frame: bytes) -> tuple[dict[str, Any], bytes]:
    """Read a frame (8): its context with the times, and the payload."""
    fields = Bytes(frame)
    magic, created, expires = struct.unpack(">4sQQ", fields.take(20))
    require(magic == b"SXN1")
    context = read_context(fields.prefixed(16))
    return {**context, "created": created, "expires": expires}, frame[fields.at :]


# 6: encryption.


def open_envelope(header: Header, data_key: bytes) -> bytes:
    """Return the payload."""
    info = b"secure-xcom envelope v1" + hashlib.sha256(header.bound).digest()
    derived = HKDF(algorithm=SHA512(), length=64, salt=header.salt, info=info).derive(data_key)
    require(hmac.compare_digest(derived[32:], header.commitment))
    sealed_segments = list(_cut(header))
    payload = b""
    for number, sealed in enumerate(sealed_segments):
        last = number == len(sealed_segments) - 1
        try:
            payload += AESGCM(derived[:32]).decrypt(number.to_bytes(11, "big") + bytes([last]), sealed, None)
        except InvalidTag as error:
            raise RefusedError from error
    require(len(payload) == header.plaintext_bytes)
    return payload


def _cut(header: Header) -> Iterator[bytes]:
    count = max(1, -(-header.plaintext_bytes // header.segment_bytes))
    require(len(header.segments) == header.plaintext_bytes + 16 * count)
    for number in range(count):
        start = number * (header.segment_bytes + 16)
        yield header.segments[start : start + header.segment_bytes + 16]


def encryption_context(context: dict[str, Any]) -> dict[str, str]:
    """Give the encryption context of a Dag that is a domain of its own."""
    return {"dag_id": dag_segment_of(context["dag_id"]), "fmt": "sxc1", "run_id": context["run_id"]}


def unwrap_local(keyring: dict[str, Any], kek_id: str, wrapped: bytes, context: dict[str, str]) -> bytes:
    """Unwrap a data key with a keyring file's content."""
    require(keyring["version"] == 1 and kek_id in keyring["keys"])
    key = base64.b64decode(keyring["keys"][kek_id], validate=True)
    canonical = json.dumps(context, sort_keys=True, separators=(",", ":"))
    try:
        return AESGCM(key).decrypt(wrapped[:12], wrapped[12:], canonical.encode("ascii"))
    except (InvalidTag, ValueError) as error:
        raise RefusedError from error


# 7: the payload.


def read_payload(payload: bytes) -> list[dict[str, Any]]:
    """Read the parts, their values described in JSON."""
    rows = _unpack(payload)
    require(isinstance(rows, list) and all(isinstance(row, list) and len(row) == 3 for row in rows))
    return [
        {"path": [described(step) for step in path], "encoded": flag, "value": described(value)}
        for path, flag, value in rows
    ]


def _unpack(data: bytes) -> Any:
    try:
        return msgspec.msgpack.decode(data)
    except msgspec.DecodeError as error:
        raise RefusedError from error


def described(node: Any) -> Any:
    """Describe a MessagePack value: what JSON holds as it is, anything else as an object of one key."""
    match node:
        case None | bool() | int() | str():
            return node
        case float():
            return {"float": node.hex()}
        case bytes():
            return {"bytes": node.hex()}
        case list():
            return [described(item) for item in node]
        case dict():
            return {"dict": [[key, described(item)] for key, item in node.items()]}
        case msgspec.msgpack.Ext(code=code, data=data):
            require(code in EXTENSIONS)
            return EXTENSIONS[code](_unpack(bytes(data)))
    raise RefusedError


def _clock(name: str) -> Any:
    def describe(content: Any) -> Any:
        written, fold, zone = content
        require(fold in (0, 1))
        return {name: [written, fold, described(zone)]}

    return describe


EXTENSIONS: dict[int, Any] = {
    1: lambda items: {"tuple": described(items)},
    2: lambda items: {"set": sorted(described(items), key=json.dumps)},
    3: lambda items: {"frozenset": sorted(described(items), key=json.dumps)},
    4: lambda pairs: {"dict": described(pairs)},
    5: lambda digits: int(digits, 16),
    6: lambda data: text(data),
    7: lambda data: {"bytearray": data.hex()},
    8: lambda pair: {"complex": [part.hex() for part in pair]},
    9: lambda written: {"decimal": written},
    10: lambda data: {"uuid": data.hex()},
    11: lambda written: {"date": written},
    12: _clock("time"),
    13: _clock("datetime"),
    14: lambda numbers: {"timedelta": numbers},
    15: lambda encoding: {"object": described(encoding)},
}


# 3: placeholders, and the way back.


def find_placeholders(row: Any) -> list[Placeholder]:
    """Find the placeholders of a row, in the order in which they stand."""
    return list(_search(row, [], [], encoded=False))


def _search(node: Any, path: list[str | int], sealed: list[str | int], *, encoded: bool) -> Iterator[Placeholder]:
    if isinstance(node, list):
        for position, item in enumerate(node):
            yield from _search(item, [*path, position], [*sealed, position], encoded=encoded)
    if not isinstance(node, dict):
        return
    if node.get("__classname__") == SEALED:
        yield _placeholder(node, path, sealed, encoded=encoded)
    elif not encoded and node.get("__classname__") == TUPLE and isinstance(node.get("__data__"), list):
        yield from _search(node["__data__"], path, sealed, encoded=False)
    else:
        is_object = "__classname__" in node
        for key, item in node.items():
            step = f"{key}\0{node['__classname__']}\0{node.get('__version__')}" if is_object else key
            yield from _search(item, [*path, key], [*sealed, step], encoded=encoded or is_object)


def _placeholder(node: dict[str, Any], path: list[str | int], sealed: list[str | int], *, encoded: bool) -> Placeholder:
    require(set(node) == {"__classname__", "__version__", "__data__"} and node["__version__"] == 1)
    data = node["__data__"]
    require(isinstance(data, dict) and set(data) == {"value", "store", "ref"} and data["value"] == "***")
    require(isinstance(data["store"], str) and isinstance(data["ref"], str))
    name, hash_sign, number = data["ref"].rpartition("#")
    require(hash_sign and re.fullmatch(r"(0|[1-9][0-9]{0,8})", number, re.ASCII))
    return Placeholder(path, sealed, encoded, data["store"], name, int(number))


def open_row(row: Any, asked: dict[str, Any], store: str, objects: dict[str, bytes], keyring: dict[str, Any]) -> Any:
    """Open a row and describe its value; of an object, the encoding that Airflow would rebuild it from."""
    placeholders = find_placeholders(row)
    require({(one.store, one.name) for one in placeholders} == {(store, placeholders[0].name)})
    name = placeholders[0].name
    require_name(name, asked)
    require(name in objects)
    header = read_header(objects[name])
    require(all(asked[key] is None or str(asked[key]) == header.context[key] for key in asked))
    require(object_name(header.context) == name and header.kek_type == "local")
    data_key = unwrap_local(keyring, header.kek_id, header.wrapped, encryption_context(header.context))
    parts = read_payload(open_envelope(header, data_key))
    require(len(parts) == len(placeholders) and {one.index for one in placeholders} == set(range(len(parts))))
    for one in placeholders:
        require(parts[one.index]["path"] == one.sealed_path and parts[one.index]["encoded"] is one.encoded)
    return _restored(row, [], {json.dumps(one.path): parts[one.index]["value"] for one in placeholders})


def _restored(node: Any, path: list[str | int], parts: dict[str, Any]) -> Any:
    if (found := json.dumps(path)) in parts:
        return parts[found]
    if isinstance(node, list):
        return [_restored(item, [*path, position], parts) for position, item in enumerate(node)]
    if isinstance(node, dict) and node.get("__classname__") == TUPLE:  # no vector has one within an object
        return {"tuple": _restored(node["__data__"], path, parts)}
    if isinstance(node, dict):
        return {"dict": [[key, _restored(item, [*path, key], parts)] for key, item in node.items()]}
    return described(node)
