"""A context has one encoding: what is not that one is refused."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from secure_xcom.errors import Tampered
from secure_xcom.model.contract import Contract, Reader
from secure_xcom.model.coordinates import Coordinates
from secure_xcom.model.seal import SealContext
from secure_xcom.seal.context import FieldReader, context_bytes, parse_context, prefixed, text_of
from tests.unit import any_value
from tests.unit.world import PLACE, assert_reads_or_refuses

CONTEXT = SealContext(coordinates=PLACE, object_id="0" * 32, created=1)
PAIRS = [
    ("dag_id", PLACE.dag_id),
    ("key", PLACE.key),
    ("map_index", "-1"),
    ("object_id", "0" * 32),
    ("run_id", PLACE.run_id),
    ("task_id", PLACE.task_id),
]

contexts = st.builds(
    SealContext,
    coordinates=st.builds(
        Coordinates,
        dag_id=any_value.text,
        run_id=any_value.text,
        task_id=any_value.text,
        key=any_value.text,
        map_index=st.integers(-1, 2**31),
    ),
    object_id=any_value.text,
    created=st.integers(0, 2**64 - 1),
    expires=st.integers(0, 2**64 - 1),
    contract=st.none()
    | st.builds(Contract, readers=st.frozensets(st.builds(Reader, any_value.text, any_value.text)), once=st.booleans()),
)


@given(context=contexts)
def test_parses_back_to_the_context(context: SealContext) -> None:
    assert parse_context(context_bytes(context), context.created, context.expires) == context


@given(first=contexts, second=contexts)
def test_different_contexts_have_different_bytes(first: SealContext, second: SealContext) -> None:
    alike = _described(first) == _described(second)
    assert (context_bytes(first) == context_bytes(second)) is alike


def _described(context: SealContext) -> object:
    return context.coordinates, context.object_id, context.contract


def _wire(pairs: list[tuple[str, str]]) -> bytes:
    return b"".join(prefixed(text.encode(), 2) for pair in pairs for text in pair)


def _with(name: str, value: str) -> bytes:
    return _wire([(key, value if key == name else old) for key, old in PAIRS])


def test_the_pairs_are_the_wire_form() -> None:
    assert _wire(PAIRS) == context_bytes(CONTEXT)


@pytest.mark.parametrize(
    "data",
    {
        "nothing": b"",
        "a pair less": _wire(PAIRS[:-1]),
        "a pair more": _wire([*PAIRS, ("zone", "x")]),
        "a pair twice": _wire([*PAIRS[:-1], PAIRS[0]]),
        "out of order": _wire([PAIRS[1], PAIRS[0], *PAIRS[2:]]),
        "another name": _wire([("dag", "etl"), *PAIRS[1:]]),
        "trailing byte": _wire(PAIRS) + b"\0",
        "a byte less": _wire(PAIRS)[:-1],
        "map index of words": _with("map_index", "one"),
        "map index empty": _with("map_index", ""),
        "map index with a plus": _with("map_index", "+1"),
        "map index with a zero": _with("map_index", "01"),
        "map index of minus zero": _with("map_index", "-0"),
        "map index with a space": _with("map_index", " 1"),
        "map index with an underscore": _with("map_index", "1_0"),
        "map index in other digits": _with("map_index", "\u0661"),
        "map index with two signs": _with("map_index", "--1"),
        "map index endless": _with("map_index", "9" * 5000),
        "no UTF-8": _wire(PAIRS).replace(b"etl", b"\xff\xfe\xfd"),
    }.items(),
    ids=lambda item: item[0],
)
def test_refuses_any_other_encoding(data: tuple[str, bytes]) -> None:
    with pytest.raises(Tampered):
        parse_context(data[1], 0, 0)


@given(data=st.binary(max_size=200))
def test_reads_arbitrary_bytes_or_refuses_them(data: bytes) -> None:
    assert_reads_or_refuses(lambda: parse_context(data, 0, 0))


@pytest.mark.parametrize("width", [1, 2])
def test_a_field_needs_all_its_bytes(width: int) -> None:
    assert FieldReader(prefixed(b"abc", width)).prefixed(width) == b"abc"
    with pytest.raises(Tampered):
        FieldReader(prefixed(b"abc", width)[:-1]).prefixed(width)


def test_bytes_that_are_no_text_are_refused_without_being_quoted() -> None:
    with pytest.raises(Tampered) as caught:
        text_of(b"\xffkanarienvogel")
    assert "kanarienvogel" not in repr(caught.value)
    assert caught.value.__context__ is None
