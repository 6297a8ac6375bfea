"""Whether a payload says of itself that it was sealed for its size alone."""

from __future__ import annotations

import pytest

from secure_xcom.errors import Tampered
from secure_xcom.model.pieces import Pieces
from secure_xcom.payload.buffers import LEAD, Unsealed
from secure_xcom.payload.codec import encode_parts
from secure_xcom.payload.parts import InDict, Large, Part, Root
from secure_xcom.payload.size_alone import is_for_size_alone

ROOTS: dict[str, tuple[Root, bool]] = {
    "a text": (Large("x"), True),
    "what has a form of its own": (Large([2**70, "\ud800"]), True),
    "a secret": (Part("x"), False),
    "a secret that looks like the branch": (Part([4, "x"]), False),
    "a secret in a dict": (InDict((("password", Part("x")),)), False),
}


@pytest.mark.parametrize(("root", "expected"), ROOTS.values(), ids=ROOTS)
@pytest.mark.parametrize("buffers", [0, 3])
def test_the_branch_tells(root: Root, expected: bool, buffers: int) -> None:
    unsealed: Unsealed = encode_parts(root)
    for _ in range(buffers):
        unsealed.add(Pieces([b"\x92\x04" * 4]))
    assert is_for_size_alone(b"".join(unsealed.payload())) is expected


def test_a_compressed_value_is_no_secret() -> None:
    payload = b"".join(encode_parts(Large("x" * 10_000)).payload(share=1.0))
    assert len(payload) < 10_000
    assert is_for_size_alone(payload)


def test_an_empty_payload_is_none() -> None:
    assert not is_for_size_alone(b"")


def test_a_payload_that_breaks_off_is_refused() -> None:
    with pytest.raises(Tampered):
        is_for_size_alone(bytes((LEAD, 0)))
