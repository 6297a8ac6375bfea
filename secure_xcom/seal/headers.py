"""``described``: what an object says of itself, of whichever of our forms it is. Nothing of it is authentic."""

from __future__ import annotations

from secure_xcom.model.seal import SealContext
from secure_xcom.ports.store import Head
from secure_xcom.seal.native import NATIVE_MAGIC, unframe


def described(head: Head) -> SealContext:
    """Return the context that stands in an object's header. Raises ``Tampered`` for anything but an object of ours."""
    if head.data.startswith(NATIVE_MAGIC):
        context, _ = unframe(NATIVE_MAGIC, head.data)
        return context
    from secure_xcom.seal.envelope import parse_header

    return parse_header(head.data, head.size).context
