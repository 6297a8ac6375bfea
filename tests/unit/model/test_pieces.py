"""Pieces give the bytes that they are made of, in segments of a length, and copy what spans pieces alone."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from secure_xcom.model.pieces import Pieces


@given(pieces=st.lists(st.binary(max_size=20)), length=st.integers(1, 9))
def test_segments_are_the_joined_bytes_cut_at_the_length(pieces: list[bytes], length: int) -> None:
    joined = b"".join(pieces)
    cut = [bytes(segment) for segment in Pieces(pieces).segments(length)]
    assert cut == [joined[start : start + length] for start in range(0, len(joined), length)]
    assert (bytes(Pieces(pieces)), Pieces(pieces).size) == (joined, len(joined))


@pytest.mark.parametrize("length", [1, 4, 8])
def test_a_segment_within_a_piece_is_not_copied(length: int) -> None:
    data = bytearray(16)
    segments = [*Pieces((data,)).segments(length)]
    data[:] = b"x" * 16
    assert b"".join(segments) == bytes(data)


def test_pieces_do_not_print_what_they_hold() -> None:
    assert repr(Pieces((b"canary",))) == "Pieces(6 bytes)"


def test_pieces_of_pieces_are_these() -> None:
    pieces = Pieces((b"x",))
    assert Pieces.of(pieces) is pieces
    assert bytes(Pieces.of(b"y")) == b"y"
