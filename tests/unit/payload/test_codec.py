"""The payload gives back every value with its exact type, and refuses every other sequence of bytes."""

import datetime as dt
from decimal import Decimal
from uuid import UUID
from zoneinfo import ZoneInfo

import msgspec
import pytest
from hypothesis import given
from hypothesis import strategies as st
from msgspec.msgpack import Ext

from secure_xcom.errors import PayloadError, Tampered
from secure_xcom.model.value import JSON, Part, Path
from secure_xcom.payload.codec import decode_parts, encode_parts
from secure_xcom.payload.serde import Objects
from secure_xcom.secret import Secret
from tests.unit import any_value
from tests.unit.any_value import bare, same
from tests.unit.world import CANARY, Login, ObjectHost, assert_reads_or_refuses, assert_tells_nothing


def _no_object(value: object) -> JSON:
    raise AssertionError(f"{type(value)} went through the host's serialisation")


def _round_trip(value: object) -> object:
    (part,) = decode_parts(_encoded(value), _no_object)
    return part.value


def _encoded(value: object, path: Path = ()) -> bytes:
    return encode_parts([Part(path=path, encoded=False, value=value)], _no_object)


@given(value=any_value.values)
def test_any_value_comes_back_with_its_exact_type(value: object) -> None:
    assert same(_round_trip(value), value)


@given(value=any_value.marked)
def test_marks_come_off_wherever_they_stand(value: object) -> None:
    assert same(_round_trip(value), bare(value))


@given(parts=st.lists(st.tuples(st.lists(st.one_of(any_value.text, st.integers(0, 2**40))).map(tuple), st.booleans())))
def test_paths_and_their_order_come_back(parts: list[tuple[Path, bool]]) -> None:
    sent = [Part(path=path, encoded=encoded, value=None) for path, encoded in parts]
    assert decode_parts(encode_parts(sent, _no_object), _no_object) == sent


EXACT = {
    "true is no 1": [True, 1, 1.0],
    "false is no 0": [False, 0, 0.0, -0.0],
    "a tuple is no list": [(), [], ((),), [[]]],
    "a frozenset is no set": [set(), frozenset(), {1}, frozenset({1})],
    "bytes are no bytearray": [b"", bytearray(), b"\xff", bytearray(b"\xff"), ""],
    "keys of all types": {1: "int", "1": "text", 1.5: "float", None: "none", (1, "1"): "tuple", b"1": "bytes"},
    "a key of True": {True: 1},
    "a key with a lone surrogate": {"\ud800": "\udfff"},
    "an umlaut as a key": {"\xfc": 1},
    "integers beyond 64 bits": [2**63 - 1, 2**63, 2**64 - 1, 2**64, -(2**63), -(2**63) - 1, 10**5000, -(10**5000)],
    "floats at the edges": [5e-324, 1.7976931348623157e308, float("inf"), float("-inf"), float("nan"), -0.0],
    "a date is no datetime": [dt.date(2026, 1, 1), dt.datetime(2026, 1, 1)],  # noqa: DTZ001
    "microseconds": [dt.timedelta(microseconds=-1), dt.timedelta.max, dt.time(1, 2, 3, 4), dt.datetime.max],  # noqa: DTZ901
    "an hour that happens twice": [
        dt.datetime(2026, 10, 25, 2, 30, fold=fold, tzinfo=ZoneInfo("Europe/Berlin")) for fold in (0, 1)
    ],
    "the two kinds of UTC": [dt.datetime(2026, 1, 1, tzinfo=zone) for zone in (dt.UTC, ZoneInfo("UTC"))],
    "an offset with microseconds": dt.time(tzinfo=dt.timezone(dt.timedelta(seconds=-7, microseconds=1))),
    "a zone with a name": dt.time(tzinfo=dt.timezone(dt.timedelta(hours=1), "CET")),
    "a zone with a name that UTF-8 cannot hold": dt.time(tzinfo=dt.timezone(dt.timedelta(hours=1), "\ud800")),
    "a zone named like its offset": dt.time(tzinfo=dt.timezone(dt.timedelta(hours=1), "UTC+01:00")),
    "decimals as written": [
        Decimal(text) for text in ("1.10", "1.1", "-0", "0E-7", "1E+999999", "NaN", "-sNaN12", "-Infinity")
    ],
    "an id": UUID("12345678-1234-5678-1234-567812345678"),
    "complex numbers": [complex(0.0, -0.0), complex("nan+infj"), complex(1.7e308, 1.7e308)],
    "a dict's order": {"b": 1, "a": 2, 0: 3},
}


@pytest.mark.parametrize("value", EXACT.values(), ids=EXACT.keys())
def test_what_other_formats_blur_stays_apart(value: object) -> None:
    assert same(_round_trip(value), value)


class _Loud(str):
    """Prints something else than it is."""

    __slots__ = ()

    def __str__(self) -> str:
        return "***"


class _Complex(complex):
    """As numpy's complex128: its parts are no exact floats."""

    @property
    def real(self) -> float:  # type: ignore[override]
        return _Float(1.0)


class _Float(float):
    __slots__ = ()


@pytest.mark.parametrize(
    ("value", "expected"),
    [(_Loud("what it is"), "what it is"), (_Float(1.5), 1.5), (_Complex(1, 2), complex(1, 2))],
    ids=["str", "float", "complex"],
)
def test_a_subclass_of_a_primitive_comes_back_as_the_primitive(value: object, expected: object) -> None:
    parts = decode_parts(encode_parts([Part(path=(), encoded=False, value=value)], lambda v: v), _no_object)  # type: ignore[return-value,arg-type]
    assert same(parts[0].value, expected)


@pytest.mark.parametrize(
    "login", [Login("u", CANARY), Login("u", Secret(CANARY)), Login("u", [Secret(Secret(CANARY))])]
)
def test_an_object_goes_through_the_hosts_serialisation_without_its_marks(login: Login) -> None:
    host = ObjectHost()
    objects = Objects(host.encode, host.decode)
    (part,) = decode_parts(
        encode_parts([Part(path=(), encoded=False, value={1: login})], objects.encode), objects.decode
    )
    assert part.value == {1: Login("u", bare(login.password))}


def test_an_object_that_nobody_can_encode_is_refused_without_being_quoted() -> None:
    class Opaque:
        def __repr__(self) -> str:
            return CANARY

    objects = Objects(ObjectHost().encode, ObjectHost().decode)
    with pytest.raises(PayloadError) as caught:
        encode_parts([Part(path=(), encoded=False, value=[Opaque()])], objects.encode)
    assert_tells_nothing(caught.value)


def _deep(levels: int) -> bytes:
    return b"\x91" * levels + b"\xc0"


def _deep_extension() -> bytes:
    data = b"\xc0"
    while len(data) < 60_000:
        data = msgspec.msgpack.encode(Ext(1, b"\x91" + data))
    return data


@pytest.mark.parametrize("data", [_deep(100_000), _deep_extension()], ids=["arrays", "extensions"])
def test_content_nested_too_deeply_is_a_payload_error(data: bytes) -> None:
    with pytest.raises(PayloadError, match="too deeply"):
        decode_parts(data, _no_object)


def _row(value: object) -> bytes:
    return msgspec.msgpack.encode([[[], False, value]])


def _ext(code: int, content: object) -> bytes:
    return _row(Ext(code, msgspec.msgpack.encode(content)))


MALFORMED = {
    "nothing": b"",
    "no list": msgspec.msgpack.encode(1),
    "no rows": msgspec.msgpack.encode([1]),
    "a row too short": msgspec.msgpack.encode([[[], False]]),
    "a row too long": msgspec.msgpack.encode([[[], False, 1, 2]]),
    "a path that is no list": msgspec.msgpack.encode([["a", False, 1]]),
    "a path step of None": msgspec.msgpack.encode([[[None], False, 1]]),
    "a path step of True": msgspec.msgpack.encode([[[True], False, 1]]),
    "a flag that is a number": msgspec.msgpack.encode([[[], 0, 1]]),
    "trailing bytes": _row(1) + b"\0",
    "an unknown extension": _ext(99, 1),
    "extension zero": _ext(0, 1),
    "an extension without content": _row(Ext(1, b"")),
    "an extension with trailing bytes": _row(Ext(1, b"\x90\x90")),
    "a tuple of a number": _ext(1, 1),
    "a set of lists": _ext(2, [[]]),
    "pairs of three": _ext(4, [[1, 2, 3]]),
    "pairs with a list as key": _ext(4, [[[], 1]]),
    "an integer of words": _ext(5, "five"),
    "an integer that is one": _ext(5, 5),
    "a text of numbers": _ext(6, [1, 2]),
    "a text of text": _ext(6, "text"),
    "a text that is no UTF-8": _ext(6, b"\xff"),
    "a bytearray of text": _ext(7, "text"),
    "a complex number of words": _ext(8, ["a", "b"]),
    "a decimal of words": _ext(9, "many"),
    "a decimal of a map": _ext(9, {"a": 1}),
    "a UUID of text": _ext(10, "x" * 16),
    "a UUID of numbers": _ext(10, ["x"] * 16),
    "a UUID too short": _ext(10, b"x" * 15),
    "a date that is none": _ext(11, "2026-02-30"),
    "a date that is a number": _ext(11, 1),
    "a time without a zone": _ext(12, ["00:00:00", 0]),
    "a time of a map": _ext(12, {"0": 1}),
    "a fold of two": _ext(13, ["2026-01-01T00:00:00", 2, False]),
    "an offset of a day": _ext(13, ["2026-01-01T00:00:00", 0, 86400.0]),
    "an offset that is no number": _ext(13, ["2026-01-01T00:00:00", 0, float("nan")]),
    "a zone that is none": _ext(13, ["2026-01-01T00:00:00", 0, None]),
    "a zone that nobody knows": _ext(13, ["2026-01-01T00:00:00", 0, "Mars/Olympus"]),
    "a zone that is a directory": _ext(13, ["2026-01-01T00:00:00", 0, "America"]),
    "a zone above its directory": _ext(13, ["2026-01-01T00:00:00", 0, "../../etc/passwd"]),
    "a zone of an endless name": _ext(13, ["2026-01-01T00:00:00", 0, "x" * 5000]),
    "a duration of text": _ext(14, ["1", "2", "3"]),
    "a duration beyond all": _ext(14, [10**12, 0, 0]),
}


@pytest.mark.parametrize("data", MALFORMED.values(), ids=MALFORMED.keys())
def test_refuses_malformed_content(data: bytes) -> None:
    with pytest.raises(Tampered) as caught:
        decode_parts(data, _no_object)
    assert caught.value.__context__ is None


_wire = st.recursive(
    st.one_of(
        st.none(),
        st.booleans(),
        st.integers(-(2**63), 2**64 - 1),
        st.floats(),
        st.text(max_size=20),
        st.binary(max_size=20),
    ),
    lambda inner: st.one_of(
        st.lists(inner, max_size=4),
        st.dictionaries(st.text(max_size=3), inner, max_size=3),
        st.builds(lambda code, content: Ext(code, msgspec.msgpack.encode(content)), st.integers(0, 16), inner),
    ),
    max_leaves=8,
)


@given(data=st.one_of(st.binary(max_size=60), _wire.map(msgspec.msgpack.encode), _wire.map(_row)))
def test_reads_arbitrary_content_or_refuses_it(data: bytes) -> None:
    assert_reads_or_refuses(lambda: decode_parts(data, lambda encoded: encoded))


@pytest.mark.parametrize("size", [10**10, 2**62], ids=str)
def test_a_number_is_no_bytearrays_size(size: int) -> None:
    part = [[], False, Ext(7, msgspec.msgpack.encode(size))]
    with pytest.raises(Tampered):
        decode_parts(msgspec.msgpack.encode([part]), _no_object)
