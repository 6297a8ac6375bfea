"""``is_record``: whether a dict called ``authorization`` is one of a payment or a transfer, and no credentials.

Interfaces of banks call what they have allowed an authorization: it has an id, a decision or an amount, and a moment.
"""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping
from typing import Final

from secure_xcom.classify.distinct import is_moment
from secure_xcom.classify.name_words import words
from secure_xcom.classify.randomness import looks_random
from secure_xcom.classify.words import words_of

MOST_PARTS: Final = 64
"""Parts of a record, in dicts in it too."""

_FEWEST: Final = 4
"""Parts below which a dict may as well hold the credentials."""


def is_record(name: str, node: Mapping[str, object]) -> bool:
    """Return whether a dict of this name is a record of what was allowed.

    It has an id, a decision or an amount, and nothing else in it looks random or is called as a value may be.
    """
    if words_of(name)[-1:] not in (("authorization",), ("authorizations",)):
        return False
    parts = [*_leaves(node)]
    return (
        _FEWEST <= len(parts) <= MOST_PARTS
        and any(map(_is_id, (key for key, _ in parts)))
        and any(words_of(key)[-1:] in _TELLING for key, _ in parts)
        and all(_is_harmless(key, value) for key, value in parts)
    )


def _is_harmless(key: str, value: object) -> bool:
    if not isinstance(value, str):
        return not isinstance(value, (list, dict))
    if not _CARRYING.isdisjoint(words_of(key)):
        return False
    return is_moment(value) or _is_id(key) or not (looks_random(value) or _OPAQUE.search(value) is not None)


def _is_id(key: str) -> bool:
    said = words_of(key)
    return said[-1:] == ("id",) and _OPENING.isdisjoint(said)


def _leaves(node: Mapping[str, object]) -> Iterator[tuple[str, object]]:
    for key, value in node.items():
        if isinstance(value, dict):
            yield from _leaves(value)
        else:
            yield key, value


_TELLING: Final = (("decision",), ("amount",), ("currency",))
"""What a payment has, and no login."""

_OPENING: Final = words("session token device")

_OPAQUE: Final = re.compile(r"[0-9a-fA-F-]{16}|[A-Za-z0-9+/]{8,}={1,2}$", re.ASCII)

_CARRYING: Final = words(
    """
    value val data header headers basic bearer blob raw content text string key scheme auth username login type uri url
    phrase answer word words seed access parameter hmac signature verify grant code state session cookie
    """
)
"""Words of names under which credentials stand, and of those beside them."""
