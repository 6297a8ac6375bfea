"""Data frames of pandas' in an opened value, as Airflow's own backend stores them."""

from __future__ import annotations

from typing import TYPE_CHECKING

from secure_xcom.model.value import Extension, ExtensionKind, node_of
from secure_xcom.payload.foreign import guarded, name_of

if TYPE_CHECKING:
    from collections.abc import Callable

    from secure_xcom.model.value import JSON, Node


def frames_stored(tree: Node, encode_object: Callable[[object], JSON]) -> Node:
    """Return the tree with its frames encoded by Airflow's serialiser, which refuses all other tables and arrays.

    Raises ``PayloadError`` for a frame that Airflow does not take.
    """
    if isinstance(tree, Extension) and tree.kind is ExtensionKind.FRAME:
        frame = tree.content
        subject = f"a value of type {name_of(type(frame))}"
        return node_of(guarded(lambda: encode_object(frame), lambda: subject, "cannot be encoded"))
    if isinstance(tree, dict):
        return {key: frames_stored(item, encode_object) for key, item in tree.items()}
    return [frames_stored(item, encode_object) for item in tree] if isinstance(tree, list) else tree
