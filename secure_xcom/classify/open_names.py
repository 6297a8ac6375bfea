"""``rule_of_name_alone``: by which rule a name is that of a secret, unless it leaves that open and its value decides.

``authorization`` is a header with a token in one interface, and a kind or a structure of settings in the next. Such a
name has its rule all the same, and what could be a secret under it is sealed. What a reader may not conclude is that a
secret stands there. In most of the labelled interfaces it is something harmless, which the gate of ``classify.values``
knows: a bool, a kind, a list of descriptions, the id of a key of a key service.
"""

from __future__ import annotations

from collections.abc import Iterable
from typing import Final

from secure_xcom.classify.key_names import rule_of_key_name
from secure_xcom.classify.name_endings import ORDERED_NAMES
from secure_xcom.classify.name_words import words
from secure_xcom.classify.names import JUDGED_BY_VALUE
from secure_xcom.classify.words import words_of


def _parted(names: Iterable[str]) -> frozenset[tuple[str, ...]]:
    return frozenset(tuple(name.split("-")) for name in names)


_WHOLE: Final = _parted(
    words(
        """
        authorization authorizations auth auths cookie cookies http-cookie http-cookies client-credentials
        tokens secrets secret-environment-variables key-data totp passkey passkeys pass
        """
    )
)
"""Names that are open if nothing stands beside them: ``cookies`` may be settings. A ``session_cookie`` is a secret."""

_ENDINGS: Final = _parted(
    words(
        """
        encryption-key auth-data
        api-keys access-keys access-tokens account-tokens id-tokens
        email-otp phone-otp google-otp okta-otp rsa-token yubikey-token
        ssh-key agent-key auth-header device-token source-token card-token merchant-token
        provision-token terminate-token execute-token launch-token create-token delete-token
        tls-secret environment-secret account-secret cloud-secret config-secret
        """
    )
)
"""Which key is meant, or which kind of data; lists, whose parts mostly tell of keys; and factors of a login.

Then come keys that are public or only named, and tokens that name a device or a card. After them come tokens of AWS
that tell requests apart, named after what was asked for. The last line has Secrets in Kubernetes and other stores.
"""

_ENCODED: Final = words("list encoded variable env")
"""A list mostly has descriptions. ``secret_encoded`` asks how a secret is written, ``password_variable`` where."""

_ASKING: Final = words(
    "with censored enable reuse display issue any enter register set same export valid breached revoke store"
)
"""A name that begins with them mostly stands above a bool or a mask, and ``has`` makes it such a name anywhere."""

_HISTORY: Final = _parted(words("last-used last-modified last-rotated"))
"""What follows is a date, or a description of the last one."""

_STORES: Final = _parted(words("from-key-vault from-header"))
"""What stands before them tells how something is read there. It may be what was read there, too."""


def rule_of_name_alone(name: str) -> str | None:
    """As ``rule_of_key_name``, but ``None`` for a name that leaves open whether it is that of a secret."""
    rule = rule_of_key_name(name)
    return None if rule is None or rule in JUDGED_BY_VALUE or _leaves_open(words_of(name)) else rule


def _leaves_open(name_words: tuple[str, ...]) -> bool:
    """Return whether a name that is made of these words does not say by itself that a secret stands there."""
    return bool(name_words) and (
        name_words in _WHOLE
        or (name_words[0] in _ASKING and name_words not in ORDERED_NAMES and name_words[:2] != ("set", "cookie"))
        or "has" in name_words[:-1]
        or (name_words[-1] in _ENCODED and name_words[-2:] != ("sensitive", "variable"))
        or name_words[:2] in _HISTORY
        or name_words[-2:] in _ENDINGS
        or not _STORES.isdisjoint((name_words[-2:], name_words[-3:]))
    )
