"""A reader of sealed objects, written from docs/format.md alone: it shares no line with secure-xcom.

Section numbers in comments are the document's. Values come out as section 12 describes them, in JSON.
"""

from __future__ import annotations

import base64
import hashlib
import hmac
import json
import math
import re
import struct
from collections.abc import Iterator
from dataclasses import dataclass
from typing import Any, cast
from urllib.parse import quote_from_bytes

import msgspec
import pyarrow as pa
from cryptography.exceptions import InvalidTag
from cryptography.hazmat.primitives.ciphers.aead import AESGCM
from cryptography.hazmat.primitives.hashes import SHA512
from cryptography.hazmat.primitives.kdf.hkdf import HKDF

NAMES = ["dag_id", "key", "map_index", "object_id", "run_id", "task_id"]
SEALED = "secure_xcom.Sealed"
OBJECT = {"__classname__", "__version__", "__data__"}
OLD = {"__type", "__var"}


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


def name_at(reference: str, asked: dict[str, Any]) -> str:
    """Complete a placeholder's reference with the Dag, the task and the key that were asked for."""
    require(reference.count("/") == 2 and asked["task_id"] is not None and asked["key"] is not None)
    run_id, map_index, object_id = reference.split("/")
    task_id, key = segment_of(asked["task_id"]), segment_of(asked["key"])
    name = "/".join((dag_segment_of(asked["dag_id"]), run_id, task_id, map_index, key, object_id))
    require_name(name, asked)
    return name


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
    require(magic == b"SXC1" and suite == 1 and flags == 0 and codec == 2 and 12 <= log2 <= 24)
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
    require(magic == b"SXN2")
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


_buffers: list[bytes | None] = []
"""The buffers of the payload that is being read; ``None`` for one that was taken."""


def read_payload(payload: bytes) -> Any:
    """Read the tree of parts, described in JSON."""
    tree, _buffers[:] = _with_buffers(payload) if payload[:1] == b"\xc1" else (payload, [])
    branch = _branch(_unpack(tree), is_root=True)
    require(all(buffer is None for buffer in _buffers))
    return branch


def _with_buffers(payload: bytes) -> tuple[bytes, list[bytes]]:
    require(len(payload) >= 16)
    _, packing, reserved, count, length = struct.unpack(">BBHIQ", payload[:16])
    start = 16 + 8 * count
    require(len(payload) >= start and reserved == 0 and packing in (0, 1) and (count or packing))
    sizes, end, places = struct.unpack(f">{count}Q", payload[16:start]), length, []
    for size in sizes:
        places.append((end, end + -end % 8, end + -end % 8 + size))
        end = places[-1][2]
    require(end <= 1 << 30)
    body = _unpacked(payload[start:], end) if packing else payload[start:]
    require(len(body) == end and not any(any(body[first:begin]) for first, begin, _ in places))
    return body[:length], [body[begin:last] for _, begin, last in places]


def _unpacked(blocks: bytes, size: int) -> bytes:
    body = b""
    while len(body) < size:
        require(len(blocks) >= 4)
        length = int.from_bytes(blocks[:4], "big")
        block, blocks = blocks[4 : 4 + length], blocks[4 + length :]
        try:
            body += pa.Codec("zstd").decompress(block, min(1 << 20, size - len(body)), asbytes=True)
        except OSError as error:
            raise RefusedError from error
    require(not blocks)
    return body


def _taken(number: Any) -> bytes:
    require(type(number) is int and 0 <= number < len(_buffers))
    buffer, _buffers[number] = _buffers[number], None
    require(buffer is not None)
    return cast("bytes", buffer)


def _branch(row: Any, *, is_root: bool = False) -> Any:
    require(isinstance(row, list) and len(row) >= 2 and type(row[0]) is int)
    kind, rest = row[0], row[1:]
    require(len(rest) == (3 if kind == 3 else 1))
    if kind == 0:
        return {"part": described(rest[0])}
    if kind == 4 and is_root:
        return {"large": described(rest[0])}
    if kind == 1:
        return {"dict": [[_step(key, str), _branch(inner)] for key, inner in _pairs(rest[0])]}
    if kind == 2:
        return {"list": [[_step(position, int), _branch(inner)] for position, inner in _pairs(rest[0])]}
    require(kind == 3 and type(described(rest[0])) is str and type(rest[1]) is int)
    return {"object": [described(rest[0]), rest[1], _branch(rest[2])]}


def _pairs(node: Any) -> list[Any]:
    require(isinstance(node, list) and all(isinstance(pair, list) and len(pair) == 2 for pair in node))
    return list(node)


def _step(step: Any, kind: type) -> Any:
    step = described(step)
    require(type(step) is kind and (kind is str or step >= 0))
    return step


def _unpack(data: bytes) -> Any:
    try:
        return msgspec.msgpack.decode(data)
    except msgspec.DecodeError as error:
        raise RefusedError from error


def described(node: Any) -> Any:
    """Describe a node of an encoding: what JSON holds as it is, anything else as an object of one key."""
    match node:
        case None | bool() | int() | str():
            return node
        case float():
            return {"float": node.hex()}
        case list():
            return [described(item) for item in node]
        case dict():
            return {"dict": [[key, described(item)] for key, item in node.items()]}
        case msgspec.msgpack.Ext(code=code, data=data):
            require(code in EXTENSIONS)
            kind, describe = EXTENSIONS[code]
            content = _unpack(bytes(data))
            require(type(content) is kind)
            return describe(content)
    raise RefusedError


def _time(content: Any) -> Any:
    written, fold, zone = content
    require(fold in (0, 1))
    return {"time": [written, fold, described(zone)]}


def _array(content: Any) -> Any:
    require(len(content) == 3 and isinstance(content[1], str) and isinstance(content[2], list))
    number, dtype, shape = content
    item = re.fullmatch(r"[<>|][biufcSUmM]([1-9][0-9]{0,8})(\[([1-9][0-9]{0,8})?[A-Za-z\u03bc]{1,7}\])?", dtype)
    require(item and all(type(length) is int and length >= 0 for length in shape))
    buffer = _taken(number)
    width = int(item[1]) * (4 if dtype[1] == "U" else 1)
    require(math.prod(shape) * width == len(buffer))
    return {"array": [dtype, shape, buffer.hex()]}


def _table(kind: str) -> Any:
    """Tables are described as their streams: to read Arrow's format is left to Arrow's readers."""

    def describe(content: Any) -> Any:
        require(content and len(content) == (2 if kind == "series" else 1))
        stream = _taken(content[0])
        # An encapsulated message of Arrow's begins so.
        require(
            stream[:4] == b"\xff\xff\xff\xff"
            and b"ARROW:extension:" not in stream[: 8 + int.from_bytes(stream[4:8], "little")]
        )
        return {kind: [stream.hex(), *map(described, content[1:])]}

    return describe


EXTENSIONS: dict[int, tuple[type, Any]] = {
    1: (list, lambda pairs: {"dict": [[described(key), described(item)] for key, item in _pairs(pairs)]}),
    2: (list, lambda pairs: {"pairs": [[described(key), described(item)] for key, item in _pairs(pairs)]}),
    3: (str, lambda digits: int(digits, 16)),
    4: (bytes, lambda data: text(data)),
    5: (bytes, lambda data: {"bytes": data.hex()}),
    6: (bytes, lambda data: {"bytearray": data.hex()}),
    7: (list, lambda pair: {"complex": [part.hex() for part in pair]}),
    8: (list, _time),
    9: (int, lambda number: {"bytes": _taken(number).hex()}),
    10: (list, _table("frame")),
    11: (list, _table("series")),
    12: (list, _array),
    13: (list, _table("arrow")),
    14: (list, _table("polars")),
    15: (list, _table("polars_series")),
}


# 3: placeholders, and the way back.


def find_placeholder(row: Any) -> tuple[tuple[str, str, str] | None, int]:
    """Find the rule, the store and the name in a row's placeholder, and how many places are to be filled."""
    found = list(_search(row))
    placeholders = [one for one in found if one is not None]
    require(len(placeholders) == (1 if found else 0))
    return (placeholders[0] if found else None), len(found)


def _search(node: Any) -> Iterator[tuple[str, str, str] | None]:
    if isinstance(node, list):
        for item in node:
            yield from _search(item)
    elif _claims(node):
        yield _placeholder(node)
    elif node == "*** (sealed)":
        yield None
    elif isinstance(node, str):
        require("secure_xcom.Sealed@version=" not in node)
    elif isinstance(node, dict):
        for item in node.values():
            yield from _search(item)


def _claims(node: Any) -> bool:
    return isinstance(node, dict) and node.get("__classname__") == SEALED


def _placeholder(node: dict[str, Any]) -> tuple[str, str, str]:
    require(set(node) == OBJECT and type(node["__version__"]) is int and node["__version__"] == 1)
    data = node["__data__"]
    require(isinstance(data, dict) and set(data) == {"rule", "store", "ref"})
    require(all(isinstance(text, str) for text in data.values()))
    return data["rule"], data["store"], data["ref"]


def put_back(row: Any, tree: Any) -> Any:
    """Put the parts of a described tree into a row, and describe the encoding that this gives."""
    _check_places(row, tree)
    put = [0]
    encoding = _put(row, tree, put)
    require(put[0] == find_placeholder(row)[1])
    return encoding


def _check_places(row: Any, tree: Any) -> None:
    """Require the placeholder where the first part of the tree goes, and a stand-in for each other part."""
    first, *others = list(_places(row, tree)) or [None]
    require(_claims(first) and all(other == "*** (sealed)" for other in others))


def _places(node: Any, tree: Any) -> Iterator[Any]:
    ((kind, content),) = tree.items()
    if kind in ("part", "large"):
        yield node
        return
    for step, inner in [("__data__", content[2])] if kind == "object" else content:
        try:
            child = node[step]
        except (LookupError, TypeError):
            raise RefusedError from None
        yield from _places(child, inner)


def _put(node: Any, tree: Any, put: list[int]) -> Any:
    ((kind, content),) = tree.items()
    if kind in ("part", "large"):
        put[0] += 1
        return content
    if kind == "list":
        children = dict(content)
        require(isinstance(node, list) and all(position < len(node) for position in children))
        return [_child(item, position, children, put) for position, item in enumerate(node)]
    require(isinstance(node, dict))
    if kind == "object":
        classname, version, inner = content
        require(set(node) == OBJECT and node["__classname__"] == classname)
        require(type(node["__version__"]) is int and node["__version__"] == version)
        children = {"__data__": inner}
    else:
        children = dict(content)
        require("__classname__" not in node and not set(node) >= OLD and set(children) <= set(node))
    return {"dict": [[key, _child(item, key, children, put)] for key, item in node.items()]}


def _child(node: Any, step: Any, children: dict[Any, Any], put: list[int]) -> Any:
    return _put(node, children[step], put) if step in children else described(node)


def handed_out(encoding: Any) -> Any:
    """Describe the value that Airflow rebuilds from a described encoding; of an object, its class and its data."""
    match encoding:
        case list():
            return [handed_out(item) for item in encoding]
        case {"pairs": pairs}:
            return {"dict": [[handed_out(key), handed_out(item)] for key, item in pairs]}
        case {"dict": pairs}:
            fields = dict(pairs)
            return _rebuilt(fields) if set(fields) == OBJECT else {"dict": [[k, handed_out(v)] for k, v in pairs]}
    return encoding


def _rebuilt(fields: dict[str, Any]) -> Any:
    name, data = fields["__classname__"], handed_out(fields["__data__"])
    if name == "builtins.tuple":
        return {"tuple": data}
    if name in ("builtins.set", "builtins.frozenset"):
        return {name.removeprefix("builtins."): sorted(data, key=json.dumps)}
    return {"object": [name, fields["__version__"], data]}


def open_row(row: Any, asked: dict[str, Any], objects: dict[str, bytes], keyring: dict[str, Any]) -> Any:
    """Open a row and describe its value."""
    placeholder, _ = find_placeholder(row)
    require(placeholder is not None)
    _, _, reference = placeholder
    name = name_at(reference, asked)
    require(name in objects)
    header = read_header(objects[name])
    require(all(asked[key] is None or str(asked[key]) == header.context[key] for key in asked))
    require(object_name(header.context) == name and header.kek_type == "local")
    data_key = unwrap_local(keyring, header.kek_id, header.wrapped, encryption_context(header.context))
    return handed_out(put_back(row, read_payload(open_envelope(header, data_key))))
