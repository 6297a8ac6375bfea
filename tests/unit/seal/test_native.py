"""The frame of a store that encrypts by itself: it carries the context, strictly, and authenticates nothing."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from secure_xcom.errors import Tampered
from secure_xcom.model.seal import SealContext
from secure_xcom.seal.native import frame, unframe
from tests.unit.world import PLACE, assert_reads_or_refuses

MAGIC = b"SXN2"
CONTEXT = SealContext(coordinates=PLACE, object_id="0" * 32, created=5, expires=9)


@given(plaintext=st.binary(max_size=100))
def test_unframes_to_context_and_bytes(plaintext: bytes) -> None:
    framed = frame(MAGIC, plaintext, CONTEXT)
    context, start = unframe(MAGIC, framed)
    assert (context, framed[start:]) == (CONTEXT, plaintext)


def test_refuses_each_cut_of_the_header() -> None:
    framed = frame(MAGIC, b"", CONTEXT)
    for length in range(len(framed)):
        with pytest.raises(Tampered):
            unframe(MAGIC, framed[:length])


@given(data=st.one_of(st.binary(max_size=200), st.binary(max_size=200).map(lambda tail: MAGIC + tail)))
def test_reads_arbitrary_bytes_or_refuses_them(data: bytes) -> None:
    assert_reads_or_refuses(lambda: unframe(MAGIC, data))


@pytest.mark.parametrize("magic", [b"SXN0", b"SXN1", b"SXC2"])
def test_refuses_a_whole_frame_of_another_version(magic: bytes) -> None:
    with pytest.raises(Tampered):
        unframe(MAGIC, frame(magic, b"", CONTEXT))
