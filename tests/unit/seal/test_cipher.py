"""The cryptography's edges: sizes around a segment, keys that do not belong, and the commitment."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from secure_xcom.errors import Tampered
from secure_xcom.model.pieces import Pieces
from secure_xcom.seal import cipher

SEGMENT = 64
KEY = bytes(range(32))


def _encrypted(plaintext: bytes) -> bytearray:
    sealed = bytearray(cipher.sealed_size(len(plaintext), SEGMENT))
    cipher.encrypt_segments(KEY, Pieces((plaintext,)), SEGMENT, memoryview(sealed))
    return sealed


@given(plaintext=st.binary(max_size=5 * SEGMENT))
def test_segments_decrypt_to_what_was_encrypted(plaintext: bytes) -> None:
    sealed = _encrypted(plaintext)
    assert len(sealed) == cipher.sealed_size(len(plaintext), SEGMENT)
    assert cipher.decrypt_segments(KEY, memoryview(sealed), len(plaintext), SEGMENT) == plaintext


@pytest.mark.parametrize(("size", "segments"), [(0, 1), (1, 1), (63, 1), (64, 1), (65, 2), (128, 2), (129, 3)])
def test_each_started_segment_has_a_tag_and_none_is_empty_but_the_only_one(size: int, segments: int) -> None:
    assert cipher.sealed_size(size, SEGMENT) == size + segments * cipher.TAG_BYTES


def test_equal_segments_encrypt_differently() -> None:
    sealed = _encrypted(bytes(3 * SEGMENT))
    step = SEGMENT + cipher.TAG_BYTES
    assert len({bytes(sealed[number * step : (number + 1) * step]) for number in range(3)}) == 3


@pytest.mark.parametrize("size", [0, 10, SEGMENT, 2 * SEGMENT])
def test_an_empty_object_is_authenticated_like_any_other(size: int) -> None:
    sealed = _encrypted(bytes(size))
    sealed[-1] ^= 1
    with pytest.raises(Tampered):
        cipher.decrypt_segments(KEY, memoryview(sealed), size, SEGMENT)


@pytest.mark.parametrize("kept", [1, 2])
def test_a_first_part_of_the_segments_is_not_the_whole(kept: int) -> None:
    sealed = _encrypted(bytes(3 * SEGMENT))
    cut = memoryview(sealed)[: kept * (SEGMENT + cipher.TAG_BYTES)]
    with pytest.raises(Tampered):
        cipher.decrypt_segments(KEY, cut, kept * SEGMENT, SEGMENT)


@pytest.mark.parametrize("position", ["data key", "salt", "header"])
def test_each_input_changes_both_the_key_and_the_commitment(position: str) -> None:
    inputs = {"data key": KEY, "salt": bytes(32), "header": b"header"}
    key, commitment = cipher.derive(*inputs.values())
    other_key, other_commitment = cipher.derive(*{**inputs, position: b"another one of some length......"}.values())
    assert len(key) == len(commitment) == 32
    assert key != other_key
    assert commitment != other_commitment


@pytest.mark.parametrize("found", [b"", b"\0" * 31, b"\0" * 33, b"\0" * 31 + b"\1", b"\1" + b"\0" * 31])
def test_refuses_another_commitment(found: bytes) -> None:
    with pytest.raises(Tampered):
        cipher.require_commitment(bytes(32), found)


def test_a_wrapped_key_opens_under_its_own_kek_and_context_alone() -> None:
    wrapped = cipher.wrap_key(KEY, b"data key", b"context", bytes(12))
    assert cipher.unwrap_key(KEY, wrapped, b"context") == b"data key"
    assert cipher.unwrap_key(bytes(32), wrapped, b"context") is None
    assert cipher.unwrap_key(KEY, wrapped, b"another") is None


@given(wrapped=st.binary(max_size=80))
def test_arbitrary_bytes_are_no_wrapped_key(wrapped: bytes) -> None:
    assert cipher.unwrap_key(KEY, wrapped, b"context") is None
