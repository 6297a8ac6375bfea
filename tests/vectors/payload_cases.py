"""The cases of placeholders and payloads: docs/format.md, sections 3 and 7."""

from __future__ import annotations

import datetime as dt
import struct
from collections.abc import Callable, Iterator
from typing import Any
from zoneinfo import ZoneInfo

import msgspec
import numpy as np

from secure_xcom.errors import SecureXComError
from secure_xcom.model.coordinates import Coordinates
from secure_xcom.model.object_name import object_name, reference_of
from secure_xcom.model.placeholder import STAND_IN, Placeholder
from secure_xcom.model.value import Node
from secure_xcom.payload.encoding import encode
from secure_xcom.payload.parts import InObject, Large, Part, Parts, Root, cut, find_placeholder, restore
from tests.unit import world
from tests.unit.payload.branches import decode_parts, encode_parts, in_dict, in_list
from tests.vectors.described import described, described_branch

Case = dict[str, Any]

PLAIN = Coordinates(dag_id="etl", run_id="manual__2026-01-01T00:00:00+00:00", task_id="group.make", key="return_value")


def error_of(call: Callable[[], object]) -> str:
    """The name of the error that ``call`` raises."""
    try:
        call()
    except SecureXComError as error:
        return type(error).__name__
    raise AssertionError("this was to be refused")


def encoded(value: object) -> Node:
    """A value's encoding, as it is sealed."""
    return encode(value, world.ObjectHost().encode).tree


BERLIN = ZoneInfo("Europe/Berlin")
VALUES: dict[str, object] = {
    "none": None,
    "booleans": [True, False],
    "integers": [0, -1, 127, 128, -(2**63), 2**64 - 1],
    "integers beyond 64 bits": [2**64, -(2**63) - 1, 2**200],
    "floats": [0.0, -0.0, 1.5, float("inf"), float("-inf"), float("nan"), 5e-324],
    "text": ["", "plain", "\u00fc\U0001f511", "nul \0"],
    "text with lone surrogates": "a\ud800b\udfff",
    "list": [[], [[]]],
    "dict": {"b": 1, "a": {"\u00fc": []}},
    "dict with a lone surrogate in a key": {"\ud800": 1, "a": {"\udfff": 2}},
    "dict of other keys, which are text in the encoding": {1: "int", None: "none", (1, 2): "tuple", 1.5: "float"},
    "tuple": [(), (1, (2, "x"))],
    "set": {1},
    "frozenset": [frozenset(), frozenset({(1, 2)})],
    "object": world.Login("ann", "hunter2", ("x",)),
    "bytes": [b"", b"\x00\xff"],
    "bytearray": bytearray(b"\x00\xff"),
    "complex": [complex(1.5, -0.0), complex(float("inf"), 0.0)],
    "time": [dt.time(1, 2, 3), dt.time(1, 2, 3, 4, fold=1), dt.time(tzinfo=dt.UTC), dt.time(tzinfo=BERLIN)],
    "time of an offset": [dt.time(tzinfo=dt.timezone(dt.timedelta(seconds=seconds))) for seconds in (19_800, -0.5)],
    "time of an offset with a name": dt.time(tzinfo=dt.timezone(dt.timedelta(hours=1), "CET")),
    "dict with a key that Airflow refuses": {"__classname__": "x", 1: "int", None: "none", (1, b"x"): ["tuple"]},
    "dict that Airflow would take for another thing": {"__type": "x", "__var": b"y", 1: "int"},
    "bytes in a buffer": bytes(range(256)) * 17,
    "several buffers": [bytes(4097), {"a": b"\1" * 5000}, b"\2"],
    "an array of integers": np.arange(6, dtype="<i4").reshape(2, 3),
    "an array of times": np.array(["2026-01-01", "NaT"], dtype="<M8[us]"),
    "an array of text": np.array(["a", "\u00fc"], dtype="<U2"),
    "an array without items": np.empty((0, 2), dtype="<f8"),
    "an array without dimensions": np.array(1.5, dtype="<f8"),
    "all of it in one another": {"a": [({"__id__": {b"x"}},), 1.0, {"t": dt.time(tzinfo=dt.UTC)}]},
}


def _object(data: Any, name: str = "app.Login", version: Any = 1) -> dict[str, Any]:
    return {"__classname__": name, "__version__": version, "__data__": data}


PLACEHOLDER: Any = Placeholder(rule="name", store="s3", ref=reference_of(object_name(PLAIN, "0" * 32))).to_json()


def placeholders() -> Iterator[Case]:
    """Section 3, what is found."""
    node = PLACEHOLDER
    rows: dict[str, Any] = {
        "none": {"user": "ann", "list": [1, "***"]},
        "whole": node,
        "with stand-ins": {"a": node, "b": [None, STAND_IN, {"c": STAND_IN}]},
        "after a stand-in": [STAND_IN, node],
        "in a tuple": _object(["x", node], "builtins.tuple"),
        "in an object": _object({"password": node}),
        "beside an object's data": {"__classname__": "app.Login", "more": [node]},
    }
    for title, row in rows.items():
        found = find_placeholder(row)
        one = found.placeholder
        listed = [{"rule": one.rule, "store": one.store, "ref": one.ref}] if one else []
        yield {"name": title, "row": row, "placeholders": listed, "places": found.places}
    for title, change in {
        "another version": {"__version__": 2},
        "a version of true": {"__version__": True},
        "a version of 1.0": {"__version__": 1.0},
        "a key more": {"url": "x"},
        "no data": {"__data__": None},
        "no rule": {"__data__": {"store": "s3", "ref": "x"}},
        "a rule that is no text": {"__data__": {**node["__data__"], "rule": 1}},
        "a key more in its data": {"__data__": {**node["__data__"], "kek": "x"}},
        "a reference that is no text": {"__data__": {**node["__data__"], "ref": 1}},
    }.items():
        yield _refused_row(title, [{**node, **change}])
    for title, row in {
        "two placeholders": [node, node],
        "a stand-in without a placeholder": {"a": STAND_IN},
        "a placeholder that was made a text": {"a": "secure_xcom.Sealed@version=1(rule='name', store='s3', ref='x')"},
        "one in the text of a tuple": "('ann', secure_xcom.Sealed@version=1(rule='name', store='s3', ref='x'))",
    }.items():
        yield _refused_row(title, row)


def _refused_row(title: str, row: Any) -> Case:
    return {"name": title, "row": row, "refused": error_of(lambda: find_placeholder(row))}


RESTORED: dict[str, tuple[Any, Parts]] = {
    "whole": (PLACEHOLDER, Part(["x"])),
    "in a dict": ({"a": 1, "b": PLACEHOLDER}, in_dict({"b": Part(2)})),
    "in a list": ([PLACEHOLDER, "x", STAND_IN], in_list({0: Part(1), 2: Part({"a": None})})),
    "the first part is not the first of the row": ([STAND_IN, PLACEHOLDER], in_list({1: Part(1), 0: Part(2)})),
    "in an object": (
        _object({"user": "ann", "password": PLACEHOLDER}),
        InObject("app.Login", 1, in_dict({"password": Part("x")})),
    ),
    "in a tuple in a dict": (
        {"a": _object([PLACEHOLDER, 1], "builtins.tuple")},
        in_dict({"a": InObject("builtins.tuple", 1, in_list({0: Part("x")}))}),
    ),
    "all of an object's data": (_object(PLACEHOLDER), InObject("app.Login", 1, Part(5))),
}

MOVED: dict[str, tuple[Any, Parts]] = {
    "moved to another key": ({"a": PLACEHOLDER, "b": 1}, in_dict({"b": Part(2)})),
    "moved to another position": (["x", PLACEHOLDER], in_list({0: Part(1)})),
    "beyond the end": ([PLACEHOLDER], in_list({0: Part(1), 1: Part(2)})),
    "one missing": ({"a": PLACEHOLDER, "b": 1}, in_dict({"a": Part(1), "b": Part(2)})),
    "one for a part that is not the first": ([STAND_IN, PLACEHOLDER], in_list({0: Part(1), 1: Part(2)})),
    "one more": ({"a": PLACEHOLDER, "b": STAND_IN}, in_dict({"a": Part(1)})),
    "one deeper": ({"a": [PLACEHOLDER]}, in_dict({"a": Part(1)})),
    "a list made a dict": ({"0": PLACEHOLDER}, in_list({0: Part(1)})),
    "a dict made a list": ([PLACEHOLDER], in_dict({"0": Part(1)})),
    "a dict made an object": (_object(PLACEHOLDER), in_dict({"__data__": Part(1)})),
    "a dict given a class": ({"a": PLACEHOLDER, "__classname__": "app.Login"}, in_dict({"a": Part(1)})),
    "a dict made an old encoding": ({"a": PLACEHOLDER, "__type": "x", "__var": 1}, in_dict({"a": Part(1)})),
    "an object made a dict": ({"__data__": PLACEHOLDER}, InObject("app.Login", 1, Part(1))),
    "an object of another class": (_object(PLACEHOLDER, "app.Other"), InObject("app.Login", 1, Part(1))),
    "an object of another version": (_object(PLACEHOLDER, version=2), InObject("app.Login", 1, Part(1))),
    "an object of a version of true": (_object(PLACEHOLDER, version=True), InObject("app.Login", 1, Part(1))),
    "an object with another key": ({**_object(PLACEHOLDER), "more": 1}, InObject("app.Login", 1, Part(1))),
}


def restored() -> Iterator[Case]:
    """Section 3, how parts are put back."""
    for name, (row, parts) in RESTORED.items():
        opened = restore(row, parts, find_placeholder(row).places)
        yield {"name": name, "row": row, "payload": encode_parts(parts).hex(), "encoding": described(opened)}
    for name, (row, parts) in MOVED.items():
        error = error_of(lambda row=row, parts=parts: restore(row, parts, find_placeholder(row).places))  # type: ignore[misc]
        yield {"name": name, "row": row, "payload": encode_parts(parts).hex(), "refused": error}


def payloads() -> Iterator[Case]:
    """Section 7."""
    for name, value in VALUES.items():
        _, parts = cut(encoded(value), "rule", None)
        yield _payload(name, parts)
    yield _payload(
        "a branch of each kind", in_dict({"a": in_list({3: InObject("app.Login", 1, in_dict({"b": Part("x")}))})})
    )
    yield _payload("several parts", in_dict({"\ud800": Part(1), "a": in_list({2**40: Part(2), 0: Part([3])})}))
    yield _payload("branches that lead to nothing", in_list({0: in_dict({}), 1: in_list({})}))
    yield _payload("a large value", Large({"a": [1, "x"]}))


def _payload(name: str, parts: Root) -> Case:
    return {"name": name, "branches": described_branch(parts), "payload": encode_parts(parts).hex()}


def with_buffers(
    buffers: list[bytes],
    tree: Any,
    *,
    sizes: list[int] | None = None,
    packing: int = 0,
    reserved: int = 0,
    padding: bytes | None = None,
) -> bytes:
    """A payload with buffers, written field by field."""
    body = encoded_tree = msgspec.msgpack.encode(tree)
    for buffer in buffers:
        body += (padding or b"\0") * (-len(body) % 8) + buffer
    sizes = [len(buffer) for buffer in buffers] if sizes is None else sizes
    lead = struct.pack(">BBHIQ", 0xC1, packing, reserved, len(sizes), len(encoded_tree))
    return lead + struct.pack(f">{len(sizes)}Q", *sizes) + body


def blob(number: int) -> msgspec.msgpack.Ext:
    """Bytes that stand in a buffer."""
    return msgspec.msgpack.Ext(9, msgspec.msgpack.encode(number))


def array(number: int, dtype: str, shape: list[Any]) -> msgspec.msgpack.Ext:
    """An array that stands in a buffer."""
    return msgspec.msgpack.Ext(12, msgspec.msgpack.encode([number, dtype, shape]))


REFUSED_PAYLOADS: dict[str, bytes] = {
    "nothing": b"",
    "a kind that does not exist": msgspec.msgpack.encode([5, "x"]),
    "a kind of false": msgspec.msgpack.encode([False, "x"]),
    "a part of two values": msgspec.msgpack.encode([0, "x", "y"]),
    "a dict's key of a number": msgspec.msgpack.encode([1, [[1, [0, "x"]]]]),
    "a position of text": msgspec.msgpack.encode([2, [["0", [0, "x"]]]]),
    "a position of true": msgspec.msgpack.encode([2, [[True, [0, "x"]]]]),
    "a position below zero": msgspec.msgpack.encode([2, [[-1, [0, "x"]]]]),
    "an object without a version": msgspec.msgpack.encode([3, "app.Login", [0, "x"]]),
    "an object of a version of true": msgspec.msgpack.encode([3, "app.Login", True, [0, "x"]]),
    "an extension that is not listed": msgspec.msgpack.encode([0, msgspec.msgpack.Ext(16, b"\xc0")]),
    "bytes of a buffer that is not there": msgspec.msgpack.encode([0, msgspec.msgpack.Ext(9, b"\x00")]),
    "a large value below a branch": msgspec.msgpack.encode([1, [["a", [4, "x"]]]]),
    "a buffer that is taken twice": with_buffers([b"x"], [0, [blob(0), blob(0)]]),
    "a buffer that is not taken": with_buffers([b"x"], [0, 1]),
    "a buffer of another number": with_buffers([b"x"], [0, blob(1)]),
    "a buffer that is cut": with_buffers([bytes(9)], [0, blob(0)])[:-1],
    "a byte after the buffers": with_buffers([bytes(9)], [0, blob(0)]) + b"\0",
    "a padding that is not zero": with_buffers([b"x"], [0, blob(0)], padding=b"\1"),
    "buffers of more than the largest size": with_buffers([b"x"], [0, blob(0)], sizes=[2**62]),
    "buffers whose sizes overflow": with_buffers([b"x"], [0, blob(0)], sizes=[2**64 - 1]),
    "a packing that is not listed": with_buffers([b"x"], [0, blob(0)], packing=2),
    "a packing that is nothing, of nothing": with_buffers([], [0, 1]),
    "a reserved byte": with_buffers([b"x"], [0, blob(0)], reserved=1),
    "compressed content of another size": with_buffers([b"x" * 9], [0, blob(0)], packing=1),
    "an array of objects": with_buffers([bytes(8)], [0, array(0, "|O8", [1])]),
    "an array of records": with_buffers([bytes(8)], [0, array(0, "|V8", [1])]),
    "an array larger than its buffer": with_buffers([bytes(8)], [0, array(0, "<i8", [2])]),
    "an array of a length below zero": with_buffers([bytes(8)], [0, array(0, "<i8", [-1, -1])]),
    "an array of texts without a character": with_buffers([b""], [0, array(0, "<U0", [1 << 29])]),
    "an array of times in no unit": with_buffers([bytes(8)], [0, array(0, "<M8[0D]", [1])]),
    "an array of a length of true": with_buffers([bytes(8)], [0, array(0, "<i8", [True])]),
    "a table that is no stream of Arrow's": with_buffers([bytes(8)], [0, msgspec.msgpack.Ext(13, b"\x91\x00")]),
    "a bytearray of a number": msgspec.msgpack.encode([0, msgspec.msgpack.Ext(6, b"\x07")]),
    "a byte more": msgspec.msgpack.encode([0, "x"]) + b"\0",
}


def refused_payloads() -> Iterator[Case]:
    """Section 7, what is refused."""
    for name, payload in REFUSED_PAYLOADS.items():
        yield {"name": name, "payload": payload.hex(), "error": error_of(lambda payload=payload: decode_parts(payload))}  # type: ignore[misc]
