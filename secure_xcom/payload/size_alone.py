"""Whether a payload holds a value that was sealed for its size alone. No more than its beginning is looked at."""

from __future__ import annotations

from typing import TYPE_CHECKING, Final

from secure_xcom.payload.buffers import tree_begins
from secure_xcom.payload.parts import Large

if TYPE_CHECKING:
    from secure_xcom.model.pieces import Bytes

_LARGE: Final = bytes((0x92, int(Large.__struct_config__.tag)))  # type: ignore[arg-type]  # a number, as it is written
"""How MessagePack begins the branch ``Large``: an array of two, of which the first is its tag."""


def is_for_size_alone(payload: Bytes) -> bool:
    """Whether there is nothing to mask in it. Raises ``Tampered`` for a payload of another layout."""
    begin = tree_begins(payload, len(_LARGE))
    # A secret is never compressed.
    return begin is None or begin == _LARGE
