"""``read``: a cell's JSON as the tree that a push would have encoded, or why it is left as it is."""

from __future__ import annotations

import base64
import binascii
import json
import re
from typing import Final

import msgspec

from secure_xcom.errors import InvalidPlaceholder
from secure_xcom.model.placeholder import STAND_IN, Placeholder
from secure_xcom.model.value import JSON, node_of
from secure_xcom.ops.audit.scan.parsing import holds_sealed
from secure_xcom.ops.lifecycle.migrate.cells import PICKLED, Cell
from secure_xcom.ops.lifecycle.migrate.tally import Left
from secure_xcom.payload.parts import find_placeholder

_decode: Final = msgspec.json.Decoder().decode

_PICKLE_IN_BASE64: Final = re.compile(r"gA[I-X][A-Za-z0-9+/]{8,}={0,2}", re.ASCII)
"""How a pickle of protocol 2 to 5 begins in base64: the bytes 80 and 02 to 05."""


class Tree:
    """A value as Airflow's serialiser encoded it. Nothing prints it. ``is_sealed`` says that a push sealed parts."""

    __slots__ = ("is_sealed", "json")

    def __init__(self, tree: JSON, *, is_sealed: bool = False) -> None:
        self.json = tree
        self.is_sealed = is_sealed

    @property
    def rest(self) -> JSON:
        """What stands in a sealed row beside its sealed parts."""
        return without_sealed(self.json)


def read(cell: Cell) -> Tree | Left:
    """Parse a cell, or say why it is left. Nothing in it is decoded to an object, and nothing is ever unpickled."""
    text = cell.text
    if text is None:
        return Left.PICKLED if isinstance(cell.stored, bytes) and cell.stored.startswith(PICKLED) else Left.DAMAGED
    tree = parsed(text)
    if tree is None:
        return Left.DAMAGED
    if holds_sealed(text):
        return _recognised(tree)
    return Left.PICKLED_TEXT if is_pickle_in_base64(tree.json) else tree


def _recognised(tree: Tree) -> Tree | Left:
    try:
        return Tree(tree.json, is_sealed=find_placeholder(node_of(tree.json)).placeholder is not None)
    except InvalidPlaceholder:
        return Left.FORGED


def without_sealed(node: JSON) -> JSON:
    """Return a row with nothing in place of what a push sealed. What is on another path stays where it is."""
    if Placeholder.claims(node) or node == STAND_IN:
        return None
    if isinstance(node, dict):
        return {key: without_sealed(item) for key, item in node.items()}
    return [without_sealed(item) for item in node] if isinstance(node, list) else node


def parsed(text: str | bytes) -> Tree | None:
    """Parse JSON as Airflow writes it, ``NaN`` included; ``None`` for what is not JSON, or nested too deeply."""
    try:
        return Tree(_decode(text))
    except (msgspec.DecodeError, UnicodeError):
        pass
    except RecursionError:
        return None
    try:
        return Tree(json.loads(text))
    except (ValueError, RecursionError):
        return None


def is_pickle_in_base64(value: JSON) -> bool:
    """Whether a text is a pickle in base64. It is looked at, and never loaded."""
    if not isinstance(value, str) or not _PICKLE_IN_BASE64.fullmatch(value):
        return False
    try:
        data = base64.b64decode(value, validate=True)
    except (binascii.Error, ValueError):
        return False
    # A pickle ends with STOP (``pickletools``).
    return data.endswith(b".")
