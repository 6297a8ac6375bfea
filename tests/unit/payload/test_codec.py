"""The payload gives back every part as it was, and refuses every other sequence of bytes."""

import datetime as dt
from zoneinfo import ZoneInfo

import msgspec
import pytest
from hypothesis import given
from hypothesis import strategies as st
from msgspec.msgpack import Ext

from secure_xcom.errors import PayloadError, Tampered
from secure_xcom.model.value import Extension, ExtensionKind, Mark, Node
from secure_xcom.payload.encoding import encode
from secure_xcom.payload.parts import InObject, Part, Parts
from tests.unit import any_value
from tests.unit.any_value import same
from tests.unit.payload.branches import decode_parts, encode_parts, in_dict, in_list
from tests.unit.world import ObjectHost, assert_reads_or_refuses


def _round_trip(node: Node) -> Node:
    parts, _ = decode_parts(encode_parts(Part(node)))
    assert isinstance(parts, Part)
    return parts.content


def _exactly(node: Node) -> object:
    """Open extensions up, so that their contents are compared with their types."""
    match node:
        case Extension(kind, content):
            return (kind, _exactly(content))  # type: ignore[arg-type]
        case list():
            return [_exactly(item) for item in node]
        case dict():
            return {key: _exactly(item) for key, item in node.items()}
    return node


@given(value=any_value.values)
def test_any_encoded_value_comes_back_as_it_was(value: object) -> None:
    tree = encode(value, ObjectHost().encode).tree
    assert same(_exactly(_round_trip(tree)), _exactly(tree))


steps = st.one_of(any_value.text, st.integers(0, 2**40))
trees = st.recursive(
    st.builds(Part, any_value.plain_leaves),
    lambda inner: st.one_of(
        st.builds(in_dict, st.dictionaries(any_value.text, inner, max_size=3)),
        st.builds(in_list, st.dictionaries(st.integers(0, 2**40), inner, max_size=3)),
        st.builds(InObject, any_value.text, st.integers(0, 9), inner),
    ),
    max_leaves=8,
)


@given(parts=trees)
def test_the_branches_come_back_with_their_steps_in_order(parts: Parts) -> None:
    opened, has_extensions = decode_parts(encode_parts(parts))
    assert repr(opened) == repr(parts)
    assert not has_extensions


def test_whether_there_are_extensions_is_told() -> None:
    assert decode_parts(encode_parts(in_list({0: Part(["x"]), 3: Part([Extension(ExtensionKind.BYTES, b"x")])})))[1]
    assert not decode_parts(encode_parts(in_list({0: Part(["\ud800", 2**70, {"\ud800": 1}])})))[1]


EXACT: dict[str, Node] = {
    "true is no 1": [True, 1, 1.0],
    "false is no 0": [False, 0, 0.0, -0.0],
    "a key with a lone surrogate": {"\ud800": "\udfff"},
    "an umlaut as a key": {"\xfc": 1},
    "keys of both kinds": {"a": 1, "\ud800": {"\xfc": {"\udfff": 2}}},
    "integers beyond 64 bits": [2**63 - 1, 2**63, 2**64 - 1, 2**64, -(2**63), -(2**63) - 1, 10**5000, -(10**5000)],
    "floats at the edges": [5e-324, 1.7976931348623157e308, float("inf"), float("-inf"), float("nan"), -0.0],
    "a dict's order": {"b": 1, "a": 2, "": 3},
}


@pytest.mark.parametrize("node", EXACT.values(), ids=EXACT.keys())
def test_what_other_formats_blur_stays_apart(node: Node) -> None:
    assert same(_round_trip(node), node)


EXTENSIONS = {
    "bytes": [b"", b"\xff"],
    "bytearrays": [bytearray(), bytearray(b"\xff")],
    "complex numbers": [complex(0.0, -0.0), complex("nan+infj"), complex(1.7e308, 1.7e308)],
    "times": [dt.time(1, 2, 3, 4), dt.time(fold=1), dt.time(tzinfo=dt.UTC), dt.time(tzinfo=ZoneInfo("Europe/Berlin"))],
    "an offset with microseconds": [dt.time(tzinfo=dt.timezone(dt.timedelta(seconds=-7, microseconds=1)))],
    "a zone with a name": [dt.time(tzinfo=dt.timezone(dt.timedelta(hours=1), "CET"))],
    "a zone with a name that UTF-8 cannot hold": [dt.time(tzinfo=dt.timezone(dt.timedelta(hours=1), "\ud800"))],
    "a zone named like its offset": [dt.time(tzinfo=dt.timezone(dt.timedelta(hours=1), "UTC+01:00"))],
    "a dict that Airflow refuses": [{"__classname__": {"__id__": b"x"}, 1: "int", None: "none", (1, "a"): "tuple"}],
}


@pytest.mark.parametrize("values", EXTENSIONS.values(), ids=EXTENSIONS.keys())
def test_what_airflow_refuses_comes_back_as_it_was(values: list[object]) -> None:
    tree = encode(values, ObjectHost().encode).tree
    assert same(_exactly(_round_trip(tree)), _exactly(tree))


def test_a_mark_is_never_written() -> None:
    with pytest.raises(TypeError, match="taken off"):
        encode_parts(Part([Mark("x")]))


def test_what_is_nested_too_deeply_is_a_payload_error() -> None:
    node: Node = "x"
    for _ in range(100_000):
        node = [node]
    with pytest.raises(PayloadError, match="too deeply") as caught:
        encode_parts(Part(node))
    assert caught.value.__context__ is None


def test_keys_that_utf_8_holds_cost_no_second_encoding() -> None:
    node: Node = "x" * 1000
    for _ in range(100):
        node = {"\xfc": node}
    assert len(encode_parts(Part(node))) < 1500


# Other sequences of bytes.


def _part(content: object) -> bytes:
    return msgspec.msgpack.encode([0, content])


def _ext(code: int, content: object) -> bytes:
    return _part(Ext(code, msgspec.msgpack.encode(content)))


_P = [0, "x"]
MALFORMED = {
    "nothing": b"",
    "no list": msgspec.msgpack.encode(1),
    "an empty list": msgspec.msgpack.encode([]),
    "a part too short": msgspec.msgpack.encode([0]),
    "a part too long": msgspec.msgpack.encode([0, 1, 2]),
    "a list of paths": msgspec.msgpack.encode([[["a"], False, 1]]),
    "two paths": msgspec.msgpack.encode([[["a"], False, 1], [["b"], False, 2]]),
    "a kind that does not exist": msgspec.msgpack.encode([5, []]),
    "a negative kind": msgspec.msgpack.encode([-1, "x"]),
    "a kind of false": msgspec.msgpack.encode([False, "x"]),
    "a kind of true": msgspec.msgpack.encode([True, [["a", _P]]]),
    "a kind of 0.0": msgspec.msgpack.encode([0.0, "x"]),
    "a kind of text": msgspec.msgpack.encode(["0", "x"]),
    "a kind of None": msgspec.msgpack.encode([None, "x"]),
    "a map as a dict": msgspec.msgpack.encode([1, {"a": _P}]),
    "a dict's key of a number": msgspec.msgpack.encode([1, [[1, _P]]]),
    "a dict's key of None": msgspec.msgpack.encode([1, [[None, _P]]]),
    "a dict's key of bytes": msgspec.msgpack.encode([1, [[b"a", _P]]]),
    "a dict's key of a list": msgspec.msgpack.encode([1, [[[], _P]]]),
    "a dict's key of an extension": msgspec.msgpack.encode([1, [[Ext(6, b"\xc4\x01x"), _P]]]),
    "a dict's pair of one": msgspec.msgpack.encode([1, [["a"]]]),
    "a dict's pair of three": msgspec.msgpack.encode([1, [["a", _P, 1]]]),
    "a dict's pair of no list": msgspec.msgpack.encode([1, [1]]),
    "a dict's child that is no branch": msgspec.msgpack.encode([1, [["a", "x"]]]),
    "a position of text": msgspec.msgpack.encode([2, [["0", _P]]]),
    "a position of true": msgspec.msgpack.encode([2, [[True, _P]]]),
    "a position of 0.0": msgspec.msgpack.encode([2, [[0.0, _P]]]),
    "a position below zero": msgspec.msgpack.encode([2, [[-1, _P]]]),
    "an object without a version": msgspec.msgpack.encode([3, "app.Login", _P]),
    "an object of no class": msgspec.msgpack.encode([3, None, 1, _P]),
    "an object of a version of true": msgspec.msgpack.encode([3, "app.Login", True, _P]),
    "an object of a version of text": msgspec.msgpack.encode([3, "app.Login", "1", _P]),
    "an object of no branch": msgspec.msgpack.encode([3, "app.Login", 1, "x"]),
    "trailing bytes": _part(1) + b"\0",
    "an unknown extension": _ext(99, 1),
    "extension zero": _ext(0, 1),
    "the extension after the last": _ext(9, "x"),
    "an extension without content": _part(Ext(6, b"")),
    "an extension with trailing bytes": _part(Ext(3, b"\xa30x1\x90")),
    "a map of three": _ext(1, [["a", 1, 2]]),
    "a map with a list as key": _ext(1, [[[], 1]]),
    "a map of a map": _ext(1, {"a": 1}),
    "pairs of three": _ext(2, [[1, 2, 3]]),
    "pairs of a number": _ext(2, [1]),
    "an integer of words": _ext(3, "five"),
    "an integer that is one": _ext(3, 5),
    "a text of numbers": _ext(4, [1, 2]),
    "a text of text": _ext(4, "text"),
    "a text that is no UTF-8": _ext(4, b"\xff"),
    "a bytearray of text": _ext(6, "text"),
    "bytes of text": _ext(5, "text"),
    "bytes of numbers": _ext(5, [1, 2]),
    "a complex number of words": _ext(7, ["a", "b"]),
    "a complex number of three": _ext(7, [1.0, 2.0, 3.0]),
    "a time without a zone": _ext(8, ["00:00:00", 0]),
    "a time of a map": _ext(8, {"0": 1}),
    "an impossible time": _ext(8, ["25:00:00", 0, False]),
    "a fold of two": _ext(8, ["00:00:00", 2, False]),
    "an offset of a day": _ext(8, ["00:00:00", 0, 86400.0]),
    "an offset that is no number": _ext(8, ["00:00:00", 0, float("nan")]),
    "an empty zone": _ext(8, ["00:00:00", 0, None]),
    "a zone that nobody knows": _ext(8, ["00:00:00", 0, "Mars/Olympus"]),
    "a zone that is a directory": _ext(8, ["00:00:00", 0, "America"]),
    "a zone above its directory": _ext(8, ["00:00:00", 0, "../../etc/passwd"]),
    "a zone of an endless name": _ext(8, ["00:00:00", 0, "x" * 5000]),
}


@pytest.mark.parametrize("data", MALFORMED.values(), ids=MALFORMED.keys())
def test_refuses_malformed_content(data: bytes) -> None:
    with pytest.raises(Tampered) as caught:
        decode_parts(data)
    assert caught.value.__context__ is None


_wire = st.recursive(
    st.one_of(
        st.none(),
        st.booleans(),
        st.integers(-(2**63), 2**64 - 1),
        st.integers(0, 4),
        st.floats(),
        st.text(max_size=20),
        st.binary(max_size=20),
    ),
    lambda inner: st.one_of(
        st.lists(inner, max_size=4),
        st.dictionaries(st.text(max_size=3), inner, max_size=3),
        st.builds(lambda code, content: Ext(code, msgspec.msgpack.encode(content)), st.integers(0, 9), inner),
    ),
    max_leaves=8,
)


@given(data=st.one_of(st.binary(max_size=60), _wire.map(msgspec.msgpack.encode), _wire.map(_part)))
def test_reads_arbitrary_content_or_refuses_it(data: bytes) -> None:
    assert_reads_or_refuses(lambda: decode_parts(data))


@pytest.mark.parametrize("size", [10**10, 2**62], ids=str)
def test_a_number_is_no_bytearrays_size(size: int) -> None:
    with pytest.raises(Tampered):
        decode_parts(_ext(6, size))


def test_branches_nested_without_end_are_refused() -> None:
    data = b"\x92\x02\x91\x92\x00" * 100_000 + b"\x92\x00\x01"
    with pytest.raises((PayloadError, Tampered)) as caught:
        decode_parts(data)
    assert caught.value.__context__ is None
