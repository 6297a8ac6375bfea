"""Values that leave the database because of their size, and hold no secret."""

from __future__ import annotations

from typing import TYPE_CHECKING

from secure_xcom.model.placeholder import LARGE
from secure_xcom.model.value import CLASSNAME
from secure_xcom.payload.codec import encode_parts
from secure_xcom.payload.parts import Large

if TYPE_CHECKING:
    from secure_xcom.model.pieces import Pieces
    from secure_xcom.model.value import JSON, Node
    from secure_xcom.payload.buffers import Unsealed
    from secure_xcom.ports.store import Store

_LONGEST_NAME = 100
"""Characters of a class's name that a placeholder shows: a class may have any name."""


def encoded_above(threshold: int, tree: Node) -> Unsealed | None:
    """Encode a value; ``None`` if that gives no more than ``threshold`` bytes. Raises ``PayloadError``."""
    unsealed = encode_parts(Large(tree))
    return unsealed if unsealed.size > threshold else None


def packed_for(store: Store, unsealed: Unsealed) -> Pieces:
    """Return the payload of a value without a secret, compressed if that pays on the way to its store."""
    from secure_xcom.payload.packing import FAR, NEAR

    return unsealed.payload(share=NEAR if store.near else FAR)


def kind_of(encoded: JSON) -> str:
    """Return the class of an encoded object, as its encoding names it, or of what stands in the row."""
    from secure_xcom.payload.foreign import name_of

    classname = encoded.get(CLASSNAME) if isinstance(encoded, dict) else None
    return classname if isinstance(classname, str) and classname.isprintable() else name_of(type(encoded))


def large_rule(kind: str, size: int) -> str:
    """Return what the placeholder tells people: the value's class (``payload.foreign.name_of``) and its size."""
    name = kind.removeprefix("<class '").removesuffix("'>")[:_LONGEST_NAME]
    return f"{LARGE} ({name}, {size:,} bytes)"
