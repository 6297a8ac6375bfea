"""``ENDINGS``: the last words by which the name of a secret is known, and those by which it is not.

The words are in ``classify.name_tables``. The longest ending counts, and of two that are the same the later: ``key`` is
no secret, ``access-key`` is a secret, and ``kms-key`` is a name.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from typing import Final

from secure_xcom.classify import name_tables as tables
from secure_xcom.classify import names_abroad as abroad
from secure_xcom.classify.name_words import VENDORS
from secure_xcom.classify.names import (
    NAME_CREDENTIALS,
    NAME_LINK,
    NAME_QUALIFIED,
    NAME_TOKEN,
    NAME_UNLISTED,
    NAME_VARIABLE,
)

PASSWORD: Final = "name-password"  # noqa: S105 - a rule's id
SALT: Final = "name-salt"
PASS: Final = "name-pass"  # noqa: S105 - a rule's id
SECRET: Final = "name-secret"  # noqa: S105 - a rule's id
KEY: Final = "name-key"
ENCRYPTION_KEY: Final = "name-encryption-key"
PRIVATE_KEY: Final = "name-private-key"
TOKEN: Final = NAME_TOKEN
TOKENS: Final = "name-tokens"
CREDENTIALS: Final = NAME_CREDENTIALS
COOKIE: Final = "name-cookie"
CODE: Final = "name-code"
CONNECTION_STRING: Final = "name-connection-string"
URL: Final = "name-url"
FILE: Final = "name-file"
VARIABLE: Final = NAME_VARIABLE
UNLISTED: Final = NAME_UNLISTED
LINK: Final = NAME_LINK
QUALIFIED: Final = NAME_QUALIFIED


def _endings() -> Iterator[tuple[str, str | None]]:
    yield from _each(abroad.passwords(), PASSWORD)
    yield from _each(abroad.keys(), KEY)
    yield from _each(abroad.tokens(), TOKEN)
    yield from _each(abroad.secrets(), SECRET)
    yield from _each(abroad.codes(), CODE)
    yield from _each(abroad.open_names(), UNLISTED)
    yield from _each(tables.PASSWORDS, PASSWORD)
    yield from _each(tables.HARMLESS_PASSWORDS, None)
    yield from _each(tables.SALTS, SALT)
    yield from _each(("pass",), PASS)
    yield from _each(_joined(tables.HARMLESS_PASSES, "pass"), None)
    yield from _each(tables.SECRETS, SECRET)
    yield from _each(_joined(tables.SECRETS_IN_PLURAL, "secrets"), SECRET)
    yield from _each((f"secrets-{purpose}" for purpose in tables.PURPOSES), SECRET)
    # What is drawn at random is no name of a Secret.
    yield from _each(tables.HARMLESS_SECRETS, UNLISTED)
    yield from _each(_joined(tables.OPENING | VENDORS, "key"), KEY)
    yield from _each(_joined(tables.OPENING_IN_PLURAL, "keys"), KEY)
    yield from _each(("encryption-key", "key-encryption-key"), ENCRYPTION_KEY)
    yield from _each(tables.KEYS, KEY)
    yield from _each(("enc-key", "sec-key", "pay-key", "routing-key"), VARIABLE)
    yield from _each(("product-key", "serial-key", "new-key", "old-key", "license", "licence", "kek", "dek"), UNLISTED)
    yield from _each(("session", "session-id", "sessionid", "bearer"), UNLISTED)
    yield from _each(("webhook", "web-hook"), LINK)
    yield from _each(("key-pem",), KEY)
    yield from _each((f"{kind}-key-{content}" for kind in tables.OPENING for content in tables.CONTENTS), KEY)
    yield from _each(tables.HARMLESS_KEYS, None)
    yield from _each(_joined(tables.STORED, "encryption-key"), None)
    yield from _each(tables.PRIVATE_KEYS, PRIVATE_KEY)
    yield from _each((f"private-key-{content}" for content in tables.CONTENTS), PRIVATE_KEY)
    yield from _each(("token",), TOKEN)
    yield from _each(_joined(tables.HARMLESS_TOKENS, "token"), None)
    yield from _each(tables.PUBLISHED_TOKENS, None)
    yield from _each(tables.TOKENS_ALL_THE_SAME, TOKEN)
    yield from _each(("token-content",), None)
    yield from _each(_joined(tables.TOKENS_IN_PLURAL, "tokens"), TOKEN)
    yield from _each(tables.CREDENTIALS, CREDENTIALS)
    yield from _each(tables.HARMLESS_CREDENTIALS, None)
    yield from _each(_joined(tables.AUTHS, "auth"), CREDENTIALS)
    yield from _each(tables.COOKIES, COOKIE)
    yield from _each(_joined(tables.HARMLESS_COOKIES, "cookie", "cookies"), None)
    yield from _each(_joined(tables.CODES, "code", "codes"), CODE)
    yield from _each(tables.PINS, CODE)
    yield from _each(tables.CONNECTION_STRINGS, CONNECTION_STRING)
    yield from _each((f"key-vault-{noun}" for noun in tables.IN_A_VAULT), None)
    yield from _each(
        (
            f"{tables.STORED_IN}-{noun}"
            for noun in (*tables.IN_A_VAULT, "security-token", "client-secret", "client-key")
        ),
        None,
    )
    yield from _each(tables.VARIABLES, None)
    yield from _each(tables.FILES, FILE)
    yield from _each(tables.URLS, URL)


def _each(endings: Iterable[str], rule: str | None) -> Iterator[tuple[str, str | None]]:
    return ((ending, rule) for ending in endings)


def _joined(qualifiers: Iterable[str], *nouns: str) -> Iterator[str]:
    return (f"{qualifier}-{noun}" for qualifier in qualifiers for noun in nouns)


ENDINGS: Final = {tuple(ending.split("-")): rule for ending, rule in _endings()}
"""Last words of a name and the rule by which it is the name of a secret, or ``None``."""

LONGEST_ENDING: Final = max(map(len, ENDINGS))

WHOLE_NAMES: Final = {
    ("secrets",): SECRET,
    ("tokens",): TOKENS,
    ("auth",): CREDENTIALS,
    ("authorization",): CREDENTIALS,
    ("auths",): CREDENTIALS,
    ("bearer",): CREDENTIALS,
    ("authorization", "bearer"): CREDENTIALS,
    ("encrypt", "password"): None,
    ("key", "content"): KEY,
    ("key", "data"): KEY,
    ("plaintext",): KEY,
    ("plaintext", "value"): KEY,
    ("value", "plaintext"): KEY,
    ("key", "api"): KEY,
    ("key", "access"): UNLISTED,
    ("key", "refresh"): UNLISTED,
}
"""Names that are a secret's only if nothing stands beside them: ``authorization`` is a header, ``auths`` are Docker's
registries, and KMS of AWS gives out its data keys as ``Plaintext``. The last are in the order of Romance languages."""

ORDERED_NAMES: Final = {
    ("enable", "password"): PASSWORD,
    ("enable", "secret"): SECRET,
    ("embed", "token"): TOKEN,
    ("support", "pin"): CODE,
    ("validate", "code"): CODE,
}
"""Names that sound like an order, or are one. On a router of Cisco's the first are its administrator's passwords. The
last two say whether a proxy passes something on."""
