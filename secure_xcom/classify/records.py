"""``is_record``: whether a dict called ``authorization`` is one of a payment or a transfer, and no credentials.

Interfaces of banks call what they have allowed an authorization: it has an id, a moment or a decision, and amounts.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from typing import Final

from secure_xcom.classify.distinct import is_moment
from secure_xcom.classify.name_words import words
from secure_xcom.classify.randomness import looks_random
from secure_xcom.classify.words import words_of

MOST_PARTS: Final = 64
"""Parts of a record, in dicts in it too."""

_FEWEST: Final = 4
"""Parts below which a dict of an id and a state may as well hold the credentials."""


def is_record(name: str, node: Mapping[str, object]) -> bool:
    """Return whether a dict of this name is a record of what was allowed.

    It has an id, a moment or a decision, and nothing else in it looks random or is called as a value may be.
    """
    if words_of(name)[-1:] not in (("authorization",), ("authorizations",)):
        return False
    parts = [*_leaves(node)]
    return (
        _FEWEST <= len(parts) <= MOST_PARTS
        and any(_is_id(key) for key, _ in parts)
        and any(
            words_of(key)[-1:] in _DECIDING or (isinstance(value, str) and is_moment(value)) for key, value in parts
        )
        and all(_is_harmless(key, value) for key, value in parts)
    )


def _is_harmless(key: str, value: object) -> bool:
    if not isinstance(value, str):
        return not isinstance(value, (list, dict))
    return _CARRYING.isdisjoint(words_of(key)) and (_is_id(key) or not looks_random(value))


def _is_id(key: str) -> bool:
    return words_of(key)[-1:] == ("id",)


def _leaves(node: Mapping[str, object]) -> Iterator[tuple[str, object]]:
    for key, value in node.items():
        if isinstance(value, dict):
            yield from _leaves(value)
        else:
            yield key, value


_DECIDING: Final = (("decision",), ("status",), ("state",))

_CARRYING: Final = words(
    "value val data header headers basic bearer blob raw content text string key scheme auth user username login"
)
"""Words of names under which credentials stand, and of those beside them."""
