"""Whether two envelopes are one object whose data key was wrapped anew in between."""

from __future__ import annotations

from secure_xcom.seal.envelope import parse_header


def is_rewrapped(one: bytes, other: bytes) -> bool:
    """Whether two envelopes differ in nothing but what leads to the data key. Raises ``Tampered`` for anything else."""
    first, second = parse_header(one, len(one)), parse_header(other, len(other))
    parts = [(header.bound, header.salt, header.commitment) for header in (first, second)]
    return parts[0] == parts[1] and memoryview(one)[first.size :] == memoryview(other)[second.size :]
