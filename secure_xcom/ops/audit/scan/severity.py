"""``severity_of``: how bad a secret in plaintext is, by its rule and by how hard it is to guess.

Critical is what opens an account or a server by itself. High is what most likely does. Medium is what is short-lived,
guessable, or needs another part. Low is what a name alone hints at.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Final

from secure_xcom.classify.content.table import FAMILIES
from secure_xcom.classify.distinct import is_distinctive
from secure_xcom.classify.key_rules import KEY_RULES
from secure_xcom.classify.rules import KNOWN_FERNET_KEY, PLAIN_PASSWORD
from secure_xcom.classify.values import Strength
from secure_xcom.ops.audit.finding import Severity

if TYPE_CHECKING:
    from secure_xcom.model.value import Node

_CRITICAL_FAMILIES: Final = ("AWS", "Cloud providers", "Code hosting", "Package registries", "Infrastructure")
"""Their tokens have a form of their own, mostly with a checksum, and open an account or what is built from it."""

_BY_RULE: Final = {
    PLAIN_PASSWORD: Severity.CRITICAL,
    # Everybody can decrypt it: the key stands in public documents.
    KNOWN_FERNET_KEY: Severity.CRITICAL,
    # The reader of a private key acts as its owner, until it is replaced everywhere.
    "content-private-key": Severity.CRITICAL,
    "content-putty-private-key": Severity.CRITICAL,
    "content-json-web-key": Severity.CRITICAL,
    # A host, a user and a password in one text.
    "content-url-credentials": Severity.CRITICAL,
    "content-jdbc-oracle-credentials": Severity.CRITICAL,
    "content-mysql-dsn-credentials": Severity.CRITICAL,
    # These name a key, and open nothing without its secret.
    "content-aws-access-key-id": Severity.MEDIUM,
    "content-google-hmac-key-id": Severity.MEDIUM,
    "content-alibaba-access-key-id": Severity.MEDIUM,
    "content-tencent-secret-id": Severity.MEDIUM,
    # Signed addresses expire, in hours or days.
    "content-aws-presigned-url": Severity.MEDIUM,
    "content-google-signed-url": Severity.MEDIUM,
    "content-signed-url": Severity.MEDIUM,
    "shape-signed-form": Severity.MEDIUM,
}

_CRITICAL_RULES: Final = frozenset(f"content-{rule.id}" for family in _CRITICAL_FAMILIES for rule in FAMILIES[family])

_STRENGTHS: Final = {rule.id: rule.strength for rule in KEY_RULES}


def severity_of(rule: str, secret: Node) -> Severity:
    """Return the severity of a secret that was found by ``rule``."""
    if (known := _BY_RULE.get(rule)) is not None:
        return known
    if rule in _CRITICAL_RULES:
        return Severity.CRITICAL
    is_opaque = _is_opaque(secret)
    strength = _STRENGTHS.get(rule)
    if strength in (Strength.WEAK, Strength.OPAQUE, Strength.DRAWN, Strength.FAINT):
        return Severity.HIGH if is_opaque and strength is not Strength.FAINT else Severity.LOW
    return Severity.HIGH if is_opaque else Severity.MEDIUM


def _is_opaque(secret: Node) -> bool:
    """Whether a secret is hard to guess. All of an object may hold a text that is."""
    if isinstance(secret, str):
        return is_distinctive(secret)
    return isinstance(secret, (dict, list)) or not isinstance(secret, (int, float)) or is_distinctive(repr(secret))
