"""``rule_of_nested``: what the ``key``, the ``url`` and the ``community`` of a dict are, by what the dict is called.

``{"lastfm": {"key": ...}}`` is ``lastfm.key``, and ``{"webhook": {"url": ...}}`` is ``webhook.url``. Such a key is the
name of an account, an issue or an object as often. So its value has to look random too, or an address to have something
in it that nobody writes. A ``community`` of people is no password, and one of ``snmp`` is.
"""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator, Mapping
from functools import cache
from typing import TYPE_CHECKING, Final

from secure_xcom.classify.names import NAME_UNLISTED

if TYPE_CHECKING:
    from secure_xcom.classify.names import NameRules
    from secure_xcom.model.value import Node

LONGEST: Final = 64
"""Characters of a name of a dict that is read."""

KEYS: Final = ("key", "Key", "KEY")
ADDRESSES: Final = ("url", "Url", "uri")
COMMUNITIES: Final = ("community",)
ENDS: Final = (*KEYS, *ADDRESSES, *COMMUNITIES)
"""Last words of names of secrets that mostly name something else if they stand alone."""

_SURE: Final = ("api", "access", "private", "encryption", "signing")
"""What a dict is called whose ``key`` is a secret whatever it looks like."""


_ANSWERS: Final = ("", "return_value", "data", "result", "response", "body", "payload", "output", "json")
"""What an answer is called, or nothing: its key is one of whatever service was asked."""


_OF_OBJECTS: Final = frozenset(
    (
        *("bucket", "Bucket", "filename", "fileName", "file", "path", "size", "byte_size", "Size", "etag", "ETag"),
        *("content_type", "contentType", "ContentType", "lastModified", "LastModified", "last_modified", "VersionId"),
        *("url", "value", "doc_count", "count", "byteSize", "checksum", "topic", "offset", "partition", "docs", "rows"),
        *("hasMore", "page", "items"),
    )
)
"""What stands beside a key that finds something."""

_SHORTEST_OF_ANSWER: Final = 24
"""Characters of the key of an answer: those of files, issues and drawings are shorter."""

_NUMBER_OF_KEY: Final = 15
"""Digits of the shortest id of such a key."""

_PUBLIC_KEY: Final = 44
"""Characters of a public key of Curve25519 in base64."""

_CONTENT_ID: Final = re.compile("Qm[1-9A-HJ-NP-Za-km-z]{44}|baf[a-z2-7]{56,}", re.ASCII)
"""The id of a content in IPFS."""


def rule_of_nested(names: NameRules, name: str, key: str, child: Node, beside: Mapping[str, Node]) -> str | None:
    """Return the rule by which what stands under ``key`` in a dict called ``name`` is sensitive."""
    # The value first: nobody has asked about most names of dicts.
    if not isinstance(child, str) or len(name) > LONGEST or not _is_likely(name, key, child):
        return None
    if key in KEYS and name in _ANSWERS:
        is_key = _may_be_key_of_answer(beside) and _is_drawn(child) and not _is_public(child, beside.get("key_id"))
        return NAME_UNLISTED if is_key and not names.is_certain(key) else None
    return names.rule_of(_nested(name, key), child)


def nested_names(name: str, keys: tuple[str, ...]) -> Iterator[str]:
    """Yield the names of those of a dict's keys that are judged with the dict's own."""
    return (_nested(name, key) for key in ENDS if key in keys)


def keys_of_answer(name: str, keys: tuple[str, ...]) -> tuple[str, ...]:
    """Return those of a dict's keys under which what looks drawn is sensitive, because the dict is an answer."""
    return tuple(key for key in keys if key in KEYS) if name in _ANSWERS and _may_be_key_of_answer(keys) else ()


def _may_be_key_of_answer(keys: Iterable[str]) -> bool:
    """Return whether nothing beside a key says that it finds a file, an object or a count."""
    return _OF_OBJECTS.isdisjoint(keys)


def _is_public(text: str, number: Node) -> bool:
    """Whether a text is the public key with which secrets are sent to GitHub: 32 bytes in base64, beside a number."""
    is_number = isinstance(number, str) and number.isdigit() and len(number) >= _NUMBER_OF_KEY
    return is_number and len(text) == _PUBLIC_KEY


def _is_drawn(text: str) -> bool:
    from secure_xcom.classify.randomness import looks_drawn

    return len(text) >= _SHORTEST_OF_ANSWER and looks_drawn(text) and _CONTENT_ID.fullmatch(text) is None


def _nested(name: str, key: str) -> str:
    """Return the name of a part of a dict, as a file of properties has it."""
    return f"{name}.{key.lower()}"


def _is_likely(name: str, key: str, text: str) -> bool:
    if key in ADDRESSES:
        return text.startswith("http") and _unwritten().search(text) is not None
    if key in COMMUNITIES or name.lower().endswith(_SURE):
        return True
    from secure_xcom.classify.randomness import looks_random

    return looks_random(text)


@cache
def _unwritten() -> re.Pattern[str]:
    """Match a letter and a digit in one run of eight or more, behind the host of an address."""
    return re.compile(r"[/=](?=[A-Za-z]{0,64}[0-9])(?=[0-9]{0,64}[A-Za-z])[A-Za-z0-9]{8}", re.ASCII)
