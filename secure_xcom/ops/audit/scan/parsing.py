"""``parsed``: JSON of a database as the tree that the classifier walks; what this backend sealed is one marked node."""

from __future__ import annotations

import json
import re
import zlib
from collections.abc import Sequence
from itertools import zip_longest
from typing import TYPE_CHECKING, Final

from secure_xcom.errors import InvalidPlaceholder, translated
from secure_xcom.model.placeholder import SEALED_CLASSNAME, STAND_IN, Placeholder

if TYPE_CHECKING:
    from secure_xcom.model.value import Node

SEALED_NODE: Final[Node] = {"": "sealed"}
"""Stands for each placeholder and stand-in. The classifier passes by this one object."""

_RULE: Final = re.compile(r"[a-z0-9-]{1,72}", re.ASCII)
"""``content-`` and an id, which has 64 characters at most (``classify.content.custom``), or an id of this product's."""

_STORE: Final = re.compile(r"[a-z][a-z0-9+.-]{0,15}", re.ASCII)

_REFERENCE: Final = re.compile(r"[\w.%~=:-]{1,150}/-?[0-9]{1,10}/[0-9a-f]{32}", re.ASCII)
"""A run, an index and an object's id (``model.object_name``)."""

_MOST_SIBLINGS: Final = 16
"""Values beside a repeated name that are looked at with each of its values: a pair of name and value has two."""


def parsed(text: str) -> Node:
    """Parse JSON. Raises ``ValueError`` for a text that is not JSON, and ``RecursionError`` for one that is too deep.

    Only a whole placeholder counts as sealed: a row could claim to be one, and hold a secret beside the claim. An
    object that has a name twice becomes a list of objects: most parsers drop all its values but the last, and a
    reader of the text sees them all.
    """
    # Python's own parser takes what Airflow's encoder writes and JSON has not: NaN, and lone surrogates.
    found: Node = json.loads(text, object_pairs_hook=_object if holds_sealed(text) else _plain_object)
    return _without_stand_ins(found) if STAND_IN in text else found


def holds_sealed(text: str) -> bool:
    """Whether a text holds what this backend writes in place of a sealed value."""
    return SEALED_CLASSNAME in text or STAND_IN in text


def decompressed(data: bytes, most: int) -> str:
    """Return the text in compressed data. Raises ``ValueError`` if it is damaged or longer than ``most`` bytes."""
    stream = zlib.decompressobj()
    with translated(zlib.error, into=lambda _: ValueError("damaged")):
        plain = stream.decompress(data, most)
    if not stream.eof:
        raise ValueError("too long or cut")
    return plain.decode("utf-8", "surrogateescape")


def _plain_object(pairs: list[tuple[str, Node]]) -> Node:
    node = dict(pairs)
    return node if len(node) == len(pairs) else _with_repeated(node, pairs)


def _object(pairs: list[tuple[str, Node]]) -> Node:
    node = dict(pairs)
    return _without_placeholder(node) if len(node) == len(pairs) else _with_repeated(node, pairs)


def _with_repeated(last: dict[str, Node], pairs: Sequence[tuple[str, Node]]) -> Node:
    """Return the object as parsers see it, and one for each earlier value of a name.

    Each value with parts is in one of them alone, so that a walk through nested ones takes no longer than the text.
    """
    values: dict[str, list[Node]] = {}
    for name, value in pairs:
        values.setdefault(name, []).append(value)
    beside = [(name, value) for name, value in last.items() if not isinstance(value, (dict, list))][:_MOST_SIBLINGS]
    repeated = ((name, earlier[:-1]) for name, earlier in values.items() if len(earlier) > 1)
    rounds = zip_longest(*([(name, value) for value in earlier] for name, earlier in repeated))
    return [last, *({**dict(beside), **dict(filter(None, each))} for each in rounds)]


def _without_placeholder(node: dict[str, Node]) -> Node:
    if not Placeholder.claims(node):
        return node
    try:
        found = Placeholder.parse(node)
    except InvalidPlaceholder:
        return node
    return SEALED_NODE if _is_written_by_a_push(found) else node


def _is_written_by_a_push(found: Placeholder) -> bool:
    """Whether its fields have the forms that a push gives them. One with others may hold anything in them."""
    return bool(_RULE.fullmatch(found.rule) and _STORE.fullmatch(found.store) and _REFERENCE.fullmatch(found.ref))


def _without_stand_ins(node: Node) -> Node:
    if isinstance(node, list):
        return [_without_stand_ins(item) for item in node]
    if isinstance(node, dict) and node is not SEALED_NODE:
        return {key: _without_stand_ins(item) for key, item in node.items()}
    return SEALED_NODE if node == STAND_IN else node
