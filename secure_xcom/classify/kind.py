"""``Kind``: one kind of dict, which is recognised by keys that stand together and by what stands under one of them.

A role is a key in lower case without signs, so that ``keyName`` and ``key_name`` play the same one.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from typing import Final

from secure_xcom.model.value import Node

ByRole = Mapping[str, Node]

_LONGEST: Final = 512
"""Characters of a text that is compared with a pattern; no address or path of a secret is longer."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Kind:
    """One kind of dict."""

    id: str
    needs: frozenset[str]
    """Roles that a dict of this kind has."""
    secret: tuple[str, ...]
    """Roles of what is secret in it, as a whole."""
    source: str
    """Where the kind is documented."""
    holds: Callable[[ByRole], bool] = lambda _: True
    """Whether a dict that has the roles is of this kind, judged by what stands under them."""


def is_true(role: str) -> Callable[[ByRole], bool]:
    """Return whether a part is true."""
    return lambda node: node[role] is True


def says(role: str, text: str) -> Callable[[ByRole], bool]:
    """Return whether a part is this text."""
    return lambda node: node[role] == text


def text_matches(role: str, pattern: re.Pattern[str]) -> Callable[[ByRole], bool]:
    """Return whether a part is a text that a pattern matches."""

    def is_match(node: ByRole) -> bool:
        text = node[role]
        return isinstance(text, str) and len(text) <= _LONGEST and pattern.fullmatch(text) is not None

    return is_match


def holds_dicts(role: str) -> Callable[[ByRole], bool]:
    """Return whether a part is a dict of dicts."""

    def is_so(node: ByRole) -> bool:
        children = node[role]
        return (
            isinstance(children, dict) and bool(children) and all(isinstance(each, dict) for each in children.values())
        )

    return is_so


def is_no_placeholder(role: str) -> Callable[[ByRole], bool]:
    """Return whether a part is a text, and none that stands in the place of a secret."""

    def is_so(node: ByRole) -> bool:
        # What judges values is not loaded for a push without such a dict.
        from secure_xcom.classify.values import Strength, is_harmless

        return isinstance(node[role], str) and not is_harmless(node[role], Strength.STRONG)

    return is_so


def are_no_protocols(node: ByRole) -> bool:
    """Return whether ``auth`` and ``priv`` are passwords of SNMPv3, of eight characters or more, and no algorithms."""
    return all(len(str(node[role])) >= _SHORTEST_OF_SNMP and is_no_placeholder(role)(node) for role in ("auth", "priv"))


def are_keys(first: str, second: str) -> Callable[[ByRole], bool]:
    """Return whether two parts are keys as Azure hands them out."""

    def is_so(node: ByRole) -> bool:
        return all(
            isinstance(text, str) and _KEY.fullmatch(text) is not None and len(set(text)) > _FEWEST_KINDS
            for text in (node[first], node[second])
        )

    return is_so


def is_json_web_key(part: str) -> Callable[[ByRole], bool]:
    """Return whether a dict is a JSON Web Key, and this part of it holds a secret."""
    is_secret = is_no_placeholder(part)
    return lambda node: node["kty"] in ("EC", "RSA", "OKP", "oct", "AKP") and is_secret(node)


def looks_drawn(value: Node) -> bool:
    """Return whether a value was drawn at random."""
    from secure_xcom.classify.randomness import looks_random

    return isinstance(value, str) and looks_random(value)


def looks_hexadecimal(role: str) -> Callable[[ByRole], bool]:
    """Return whether a part is 16 bytes or 20 as hexadecimal digits, of many kinds."""

    def is_so(node: ByRole) -> bool:
        text = node[role]
        return isinstance(text, str) and _DIGITS.fullmatch(text) is not None and len(set(text)) > _FEWEST_KINDS

    return is_so


def is_of_snmp(role: str) -> Callable[[ByRole], bool]:
    """Return whether the version of SNMP stands beside a community."""
    is_secret = is_no_placeholder("community")
    return lambda node: str(node[role]).lower() in _VERSIONS_OF_SNMP[role] and is_secret(node)


VAULT_OF_AZURE: Final = re.compile(r"https://[a-z0-9-]+\.vault\.[a-z.-]+/secrets/[\w/-]+", re.ASCII | re.IGNORECASE)
_FEWEST_KINDS: Final = 4

_KEY: Final = re.compile(
    r"[0-9A-Fa-f]{32}|[0-9A-Za-z]{52}|[0-9A-Za-z]{84}|[0-9A-Za-z+/]{43}=|[0-9A-Za-z+/]{86}==", re.ASCII
)
"""Keys as Azure hands them out in pairs: 16, 32 or 64 bytes."""

_DIGITS: Final = re.compile(r"[0-9a-f]{32}(?:[0-9a-f]{8})?", re.ASCII)

UUID: Final = re.compile(r"[0-9a-f]{8}-(?:[0-9a-f]{4}-){3}[0-9a-f]{12}", re.ASCII | re.IGNORECASE)
VERSION_AT_GOOGLE: Final = re.compile(r"projects/[\w:.-]+(?:/locations/[\w-]+)?/secrets/[\w-]+/versions/\w+", re.ASCII)

_SHORTEST_OF_SNMP: Final = 8
"""Characters of a password (RFC 3414 section 11.2)."""

_VERSIONS_OF_SNMP: Final = {
    **dict.fromkeys(("ver", "version"), ("2c", "v2c", "snmpv2c")),
    "snmpversion": ("1", "2", "2c", "v1", "v2", "v2c"),
}
"""What says the version of SNMP; many a thing has a version 2."""
