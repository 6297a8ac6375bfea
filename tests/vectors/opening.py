"""Opens an envelope whole, as the flow does in steps."""

from __future__ import annotations

from secure_xcom.seal.envelope import authenticate_header, open_segments, parse_header


def open_envelope(sealed: bytes, data_key: bytes) -> bytes:
    """Return the plaintext. Raises ``Tampered``."""
    header = parse_header(sealed, len(sealed))
    return open_segments(header, sealed, authenticate_header(header, data_key))
