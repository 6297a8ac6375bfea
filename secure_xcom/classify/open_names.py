"""``leaves_open``: whether a name may be that of a secret or of something else, so that only its value decides.

``authorization`` is a header with a token in one interface, and a kind or a structure of settings in the next. Such a
name has its rule all the same, and what could be a secret under it is sealed. What a reader may not conclude is that a
secret stands there. Below each of these names, most of the labelled interfaces have something harmless, which the gate
of ``classify.values`` knows: a bool, a kind, a list of descriptions, a key of a key service.
"""

from __future__ import annotations

from typing import Final

from secure_xcom.classify.name_words import words

_WHOLE: Final = frozenset(
    tuple(name.split("-"))
    for name in words(
        """
        authorization authorizations auth auths cookie cookies http-cookie http-cookies tokens client-credentials
        secret-environment-variables totp passkey passkeys
        """
    )
)
"""Names that are open if nothing stands beside them: a ``session_cookie`` is a secret, and ``cookies`` may be settings."""

_ENDINGS: Final = frozenset(
    tuple(ending.split("-"))
    for ending in words(
        """
        encryption-key auth-data
        api-keys access-keys access-tokens account-tokens id-tokens
        email-otp phone-otp google-otp okta-otp
        """
    )
)
"""The first line tells which key or which kind of data. Lists of keys mostly tell their names and dates, and factors
how somebody logs in: with a code by e-mail."""

_LAST_WORDS: Final = words("list encoded")
"""A list mostly has descriptions, and ``secret_encoded`` asks how a secret is written."""

_STORES: Final = (("key", "vault"), ("header",))
"""What ``from`` leads to: the part before it tells how something gets there. It may be what came from there too."""


def leaves_open(name_words: tuple[str, ...]) -> bool:
    """Return whether a name, as ``words_of`` gives it, does not say by itself that a secret stands under it."""
    if not name_words:
        return False
    return (
        name_words in _WHOLE
        or name_words[-1] in _LAST_WORDS
        or name_words[-2:] in _ENDINGS
        or any(name_words[-len(store) - 1 :] == ("from", *store) for store in _STORES)
    )
