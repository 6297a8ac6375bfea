"""What is authenticated with a sealed object, the key that seals it, and what is done with findings."""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from secure_xcom.model.contract import Contract
    from secure_xcom.model.coordinates import Coordinates


@dataclass(frozen=True, slots=True, kw_only=True)
class SealContext:
    """What is authenticated with a sealed object, and travels inside it.

    ``created`` and ``expires`` are Unix seconds; ``expires`` 0 is never. ``contract`` is ``None`` for a value that
    every identity may read that the store and the key allow.
    """

    coordinates: Coordinates
    object_id: str
    created: int
    expires: int = 0
    contract: Contract | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class DataKey:
    """A data key in the clear beside its wrapped form."""

    plaintext: bytes = field(repr=False)
    wrapped: bytes
    kek_id: str


@dataclass(frozen=True, slots=True, kw_only=True)
class WrappedKey:
    """A data key as an envelope holds it. ``was_seen`` says that it was in this process's memory in the clear."""

    kek_type: str
    kek_id: str
    wrapped: bytes
    was_seen: bool = False
