"""The envelope under attack: whatever is done to its bytes, it opens to what was sealed or not at all."""

import struct
from dataclasses import dataclass, replace

import pytest
from hypothesis import given
from hypothesis import strategies as st

from secure_xcom.errors import Tampered
from secure_xcom.model.coordinates import Coordinates
from secure_xcom.model.domain import Domain
from secure_xcom.model.object_name import new_object_id
from secure_xcom.model.seal import SealContext
from secure_xcom.ports.store import Head
from secure_xcom.seal import envelope
from secure_xcom.seal.cipher import TAG_BYTES
from secure_xcom.seal.data_keys import DataKeys
from secure_xcom.seal.envelope import parse_header
from secure_xcom.seal.sealer import EnvelopeSealer
from secure_xcom.testing.fakes import InMemoryKeyProvider
from tests.unit.world import CANARY, PLACE, assert_reads_or_refuses, assert_tells_nothing, refusal

SEGMENT = 1 << 12
"""The smallest segment that a reader accepts: several of them fit a small test."""


@dataclass
class Sealing:
    """A sealer, its key provider and the reader's side of it."""

    keys: InMemoryKeyProvider
    sealer: EnvelopeSealer

    def seal(self, plaintext: bytes, place: Coordinates = PLACE) -> bytes:
        return self.sealer.seal(plaintext, SealContext(coordinates=place, object_id=new_object_id(), created=1))

    def open(self, data: bytes) -> bytes:
        return self.sealer.unlock(self.sealer.read(Head.of(data))).open(data)

    def refuses(self, data: bytes) -> bool:
        """Whether ``data`` is refused with an error of ours; any other error fails the test."""
        error = refusal(lambda: self.open(data))
        if error is not None:
            assert_tells_nothing(error)
        return error is not None


@pytest.fixture
def sealing() -> Sealing:
    keys = InMemoryKeyProvider()
    return Sealing(keys, EnvelopeSealer(DataKeys(keys), Domain(PLACE.dag_id)))


@pytest.fixture
def small_segments(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(envelope, "SEGMENT_LOG2", SEGMENT.bit_length() - 1)


@pytest.mark.usefixtures("small_segments")
@pytest.mark.parametrize("size", [0, 1, SEGMENT - 1, SEGMENT, SEGMENT + 1, 2 * SEGMENT, 3 * SEGMENT + 7], ids=str)
def test_opens_to_what_was_sealed(sealing: Sealing, size: int) -> None:
    plaintext = bytes(index % 251 for index in range(size))
    assert sealing.open(sealing.seal(plaintext)) == plaintext


@given(plaintext=st.binary(max_size=200), created=st.integers(0, 2**64 - 1), expires=st.integers(0, 2**64 - 1))
def test_the_reader_sees_the_writers_context(plaintext: bytes, created: int, expires: int) -> None:
    context = SealContext(coordinates=PLACE, object_id=new_object_id(), created=created, expires=expires)
    sealer = EnvelopeSealer(DataKeys(InMemoryKeyProvider()), Domain(PLACE.dag_id))
    blob = sealer.seal(plaintext, context)
    unopened = sealer.read(Head.of(blob))
    assert unopened.context == context
    assert sealer.unlock(unopened).open(blob) == plaintext


def test_the_plaintext_is_not_in_the_envelope(sealing: Sealing) -> None:
    assert CANARY.encode() not in sealing.seal(CANARY.encode())


def test_two_seals_of_one_value_have_nothing_in_common(sealing: Sealing) -> None:
    first, second = sealing.seal(CANARY.encode()), sealing.seal(CANARY.encode())
    start = parse_header(first, len(first)).size
    assert first[start:] != second[start:]
    assert parse_header(first, len(first)).salt != parse_header(second, len(second)).salt


@pytest.mark.parametrize("mask", [0x01, 0x80, 0xFF], ids=hex)
def test_refuses_each_altered_byte(sealing: Sealing, mask: int) -> None:
    sealed = sealing.seal(CANARY.encode())
    opened = []
    for position in range(len(sealed)):
        altered = bytearray(sealed)
        altered[position] ^= mask
        if not sealing.refuses(bytes(altered)):
            opened.append(position)
    assert opened == []


def test_refuses_each_truncation(sealing: Sealing) -> None:
    sealed = sealing.seal(CANARY.encode())
    assert [length for length in range(len(sealed)) if not sealing.refuses(sealed[:length])] == []


@pytest.mark.parametrize("tail", [b"\0", b"\0" * TAG_BYTES, b"SXC1", b"\xff" * 5000], ids=len)
def test_refuses_trailing_bytes(sealing: Sealing, tail: bytes) -> None:
    assert sealing.refuses(sealing.seal(CANARY.encode()) + tail)


@pytest.mark.parametrize("removed", range(60))
def test_refuses_missing_first_bytes(sealing: Sealing, removed: int) -> None:
    assert sealing.refuses(sealing.seal(CANARY.encode())[removed + 1 :])


FIXED = {
    # field: (format, offset, values of which none is the one that this version writes)
    "magic": ("4s", 0, [b"SXC0", b"SXC2", b"SXN2", b"sxc1", b"\0\0\0\0"]),
    "suite": ("B", 4, [0, 2, 255]),
    "flags": ("B", 5, [1, 128, 255]),
    "segment_log2": ("B", 6, [0, 11, 12, 19, 21, 24, 25, 63, 64, 255]),
    "codec": ("B", 7, [0, 1, 3, 255]),
    "created": (">Q", 8, [0, 2, 2**64 - 1]),
    "expires": (">Q", 16, [1, 2**64 - 1]),
    "plaintext_bytes": (">Q", 24, [0, 1, len(CANARY) - 1, len(CANARY) + 1, 2**20, 2**32, 2**63, 2**64 - 1]),
    "context_length": (">H", 32, [0, 1, 65535]),
}
WRONG = [(name, value) for name, (_, _, values) in FIXED.items() for value in values]


@pytest.mark.parametrize(("field", "value"), WRONG, ids=[f"{name}={value}" for name, value in WRONG])
def test_refuses_another_value_of_a_fixed_field(sealing: Sealing, field: str, value: object) -> None:
    layout, offset, _ = FIXED[field]
    sealed = bytearray(sealing.seal(CANARY.encode()))
    struct.pack_into(layout, sealed, offset, value)
    assert sealing.refuses(bytes(sealed))


@pytest.mark.parametrize("field", ["magic", "suite", "flags", "codec"])
def test_asks_for_no_key_to_read_another_version(sealing: Sealing, field: str) -> None:
    layout, offset, values = FIXED[field]
    sealed = bytearray(sealing.seal(b"x"))
    struct.pack_into(layout, sealed, offset, values[0])
    with pytest.raises(Tampered):
        sealing.open(bytes(sealed))
    assert "unwrap" not in sealing.keys.calls


def test_asks_for_no_key_to_read_the_context(sealing: Sealing) -> None:
    assert sealing.sealer.read(Head.of(sealing.seal(b"x"))).context.coordinates == PLACE
    assert "unwrap" not in sealing.keys.calls


SWAPPED = ["bound", "wrapped", "salt", "commitment", "segments"]


def _pieces(sealed: bytes) -> dict[str, bytes]:
    """Cut an envelope into what an attacker may put together anew."""
    header = parse_header(sealed, len(sealed))
    tail = header.size - 64
    return {
        "bound": header.bound,
        "wrapped": sealed[len(header.bound) : tail],
        "salt": header.salt,
        "commitment": header.commitment,
        "segments": sealed[header.size :],
    }


@pytest.mark.parametrize(
    ("field", "elsewhere"),
    # Within one run a data key serves both envelopes, and the wrapped keys are the same bytes: nothing to swap.
    [(field, {"key": "other"}) for field in SWAPPED if field != "wrapped"]
    + [(field, {"run_id": "other"}) for field in SWAPPED],
)
def test_refuses_a_piece_of_another_envelope(sealing: Sealing, field: str, elsewhere: dict[str, str]) -> None:
    mine, other = _pieces(sealing.seal(b"a" * 40)), _pieces(sealing.seal(b"b" * 40, replace(PLACE, **elsewhere)))
    assert sealing.refuses(b"".join({**mine, field: other[field]}.values()))


@pytest.mark.parametrize("field", SWAPPED)
def test_refuses_all_but_one_piece_of_another_envelope(sealing: Sealing, field: str) -> None:
    mine, other = _pieces(sealing.seal(b"a" * 40)), _pieces(sealing.seal(b"b" * 40, replace(PLACE, run_id="other")))
    assert sealing.refuses(b"".join({**other, field: mine[field]}.values()))


def _move(order: list[int]) -> object:
    return pytest.param(order, id="-".join(map(str, order)) or "none")


@pytest.mark.usefixtures("small_segments")
@pytest.mark.parametrize(
    "order",
    [_move(order) for order in ([1, 0, 2, 3], [0, 2, 1, 3], [0, 1, 3, 2], [3, 1, 2, 0], [0, 1, 2], [1, 2, 3], [0, 3])]
    + [_move(order) for order in ([], [3], [0, 0, 1, 2, 3], [0, 1, 2, 3, 3], [0, 0, 2, 3], [0, 1, 1, 3], [0, 1, 2, 2])],
)
def test_refuses_segments_reordered_dropped_or_repeated(sealing: Sealing, order: list[int]) -> None:
    sealed = sealing.seal(bytes(4 * SEGMENT))
    start, step = parse_header(sealed, len(sealed)).size, SEGMENT + TAG_BYTES
    segments = [sealed[start + number * step : start + (number + 1) * step] for number in range(4)]
    assert sealing.refuses(sealed[:start] + b"".join(segments[number] for number in order))


@pytest.mark.usefixtures("small_segments")
@pytest.mark.parametrize("kept", [0, 1, 2, 3])
def test_refuses_dropped_segments_with_the_length_adjusted(sealing: Sealing, kept: int) -> None:
    sealed = bytearray(sealing.seal(bytes(4 * SEGMENT)))
    start = parse_header(bytes(sealed), len(sealed)).size
    struct.pack_into(">Q", sealed, 24, kept * SEGMENT)
    assert sealing.refuses(bytes(sealed[: start + max(kept * (SEGMENT + TAG_BYTES), TAG_BYTES)]))


@pytest.mark.usefixtures("small_segments")
def test_refuses_a_segment_of_another_object_at_the_same_place(sealing: Sealing) -> None:
    mine, other = _pieces(sealing.seal(b"a" * 2 * SEGMENT)), _pieces(sealing.seal(b"b" * 2 * SEGMENT))
    step = SEGMENT + TAG_BYTES
    assert sealing.refuses(b"".join({**mine, "segments": mine["segments"][:step] + other["segments"][step:]}.values()))


def test_an_impossible_length_costs_no_memory(sealing: Sealing) -> None:
    sealed = bytearray(sealing.seal(b"x"))
    struct.pack_into(">Q", sealed, 24, 2**50)
    with pytest.raises(Tampered, match="sizes are impossible"):
        parse_header(bytes(sealed), len(sealed))


@given(data=st.one_of(st.binary(max_size=300), st.binary(max_size=300).map(lambda tail: b"SXC1\x01\0\x14\x01" + tail)))
def test_reads_arbitrary_bytes_or_refuses_them(data: bytes) -> None:
    assert_reads_or_refuses(lambda: parse_header(data, len(data)))
