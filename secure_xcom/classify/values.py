"""``is_harmless``: whether what stands under the name of a secret cannot be one, or is not meant as one.

A bool under ``password`` says whether there is one, ``***`` hides one, ``${DB_PASSWORD}`` says where it comes from. How
much else is harmless depends on the name: ``admin`` may well be a password, and is no token.
"""

from __future__ import annotations

import re
from enum import Enum
from functools import cache
from typing import Final

from secure_xcom.classify.distinct import LONGEST_RUN, is_date, is_distinctive

LONGEST_HARMLESS: Final = 512
"""Characters beyond which no text is harmless: no path, reference or placeholder is longer."""

LONGEST_REFERENCE: Final = 253
"""Characters of a name of a secret: Kubernetes' limit (RFC 1123 subdomain names)."""

SHORTEST_DOCUMENTED: Final = 16
"""Characters of the shortest key in AWS's documentation."""

MOST_PARTS: Final = 64
"""Parts of a dict or a list that are looked at; one that has more is not harmless."""


class Strength(Enum):
    """How much a name says about what stands under it."""

    STRONG = "strong"
    """The name is unmistakable, and its value may be any text or number: a password, a secret, a PIN."""

    FAINT = "faint"
    """The name mostly means something harmless, and only what is hard to guess is taken for a secret: tokens."""

    STORED = "stored"
    """The name mostly tells which key of a key service is meant, and may be the key itself: an encryption key."""

    WEAK = "weak"
    """The name has other meanings, or its value is long and random: a token, a key, a cookie."""


def is_harmless(value: object, strength: Strength = Strength.WEAK) -> bool:
    """Return whether a value, as JSON has them, is no secret although its name says so.

    Under any name: ``None``, a bool, an empty text, a mask, a template, a placeholder for people to fill in, a
    reference to a secret store, a path from a root of Unix and a moment as Airflow encodes it.

    Under a weak name also: a small number, a date, any path, the word for a status or for a kind of authentication.
    Where a key of a key service is meant also: its id, its alias, and what it encrypts with. A dict or a list is
    harmless if each of its parts is.
    """
    if isinstance(value, str):
        return _is_harmless_text(value, strength)
    parts = [value]
    looked_at = 0
    while parts:
        part = parts.pop()
        looked_at += 1
        if looked_at > MOST_PARTS:
            return False
        if isinstance(part, dict) and part.get("__classname__") not in _MOMENTS:
            parts.extend(child for key, child in part.items() if not _refers(key, child, strength))
        elif isinstance(part, list):
            parts.extend(part)
        elif not isinstance(part, dict) and not _is_harmless_leaf(part, strength):
            return False
    return True


def _refers(key: str, value: object, strength: Strength) -> bool:
    """Whether a part of a dict only names what holds the secret, as ``{"name": "db-credentials"}`` does."""
    if not isinstance(value, str) or not _is_word(value):
        return False
    role = key.lower().replace("_", "")
    return role in _REFERRING or (strength is Strength.STORED and role in _REFERRING_TO_KEYS)


def _is_word(text: str) -> bool:
    return len(text) <= LONGEST_REFERENCE and not any(map(str.isspace, text)) and "://" not in text


def _is_harmless_leaf(value: object, strength: Strength) -> bool:
    if value is None or isinstance(value, bool):
        return True
    if isinstance(value, (int, float)):
        # Texts of huge numbers are expensive, and Python refuses to write them.
        return strength is not Strength.STRONG and (not abs(value) < _HUGE or not is_distinctive(repr(value)))
    return isinstance(value, str) and _is_harmless_text(value, strength)


def _is_harmless_text(text: str, strength: Strength) -> bool:
    if len(text) > LONGEST_HARMLESS:
        return text.isspace()
    text = text.strip()
    # As most secrets are. The patterns below match paths, signs and words: none is made of letters and digits alone.
    is_opaque = text.isalnum() and text.isascii() and not text.isalpha()
    if not text or _is_documented(text) or (not is_opaque and _stands_for_any().fullmatch(text) is not None):
        return True
    if is_opaque and len(text) >= LONGEST_RUN:
        return False
    if strength is Strength.STRONG:
        return text.lower() in _TRUTHS
    if strength is Strength.FAINT and not is_distinctive(text):
        return True
    return (
        text.lower() in _STATES
        or is_date(text)
        or _is_small_number(text)
        or (not is_opaque and _stands_for_weak().fullmatch(text) is not None)
        or (strength is Strength.STORED and _names_a_key().fullmatch(text) is not None)
    )


def _is_documented(text: str) -> bool:
    return len(text) >= SHORTEST_DOCUMENTED and text.endswith(_DOCUMENTED)


def _is_small_number(text: str) -> bool:
    return text.isascii() and text.lstrip("+-").replace(".", "", 1).isdigit() and not is_distinctive(text)


_HUGE: Final = 1e300

_REFERRING: Final = frozenset(
    (
        *("name", "secretname", "ref", "file", "filename", "path", "source", "kind", "namespace"),
        *("type", "authtype", "authorizationtype", "authorizertype", "authorizerid", "scheme", "algorithm"),
    )
)
"""Keys under which a dict names its secret, as Kubernetes and Compose do, or tells of which kind it is."""

_REFERRING_TO_KEYS: Final = frozenset(
    ("id", "arn", "alias", "keyid", "keyarn", "keyname", "kmskeyid", "kmskeyarn", "kmskeyname", "kmsmasterkeyid")
)
"""Keys under which a dict names a key of a key service. Below a token an ``id`` may be the token, as in OpenStack."""

_MOMENTS: Final = frozenset(
    {"datetime.datetime", "datetime.date", "datetime.time", "datetime.timedelta", "pendulum.datetime.DateTime"}
)
"""Classes of moments, as Airflow's serialiser writes them in ``__classname__``."""

_DOCUMENTED: Final = ("EXAMPLE", "EXAMPLEKEY")
"""The keys in AWS's documentation end so (IAM User Guide, "Manage access keys")."""


@cache
def _stands_for_any() -> re.Pattern[str]:
    """Match what stands in the place of a secret under any name. No part of a pattern may begin where another ends."""
    return re.compile("|".join((*_MASKS, *_TEMPLATES, *_REFERENCES, *_PLACEHOLDERS, _ROOTED_PATH)))


@cache
def _stands_for_weak() -> re.Pattern[str]:
    return re.compile("|".join((*_PATHS, *_CONSTANTS)))


@cache
def _names_a_key() -> re.Pattern[str]:
    return re.compile("|".join(_NAMES_OF_KEYS))


_NAMES_OF_KEYS: Final = (
    r"(?:key/)?(?:[0-9a-fA-F]{8}(?:-[0-9a-fA-F]{4}){3}-[0-9a-fA-F]{12}|mrk-[0-9a-f]{32})",
    r"alias/[\w/-]{1,250}",
    r"(?i:aes|rsa|ecc?|hmac|sha|des)[_-]?[0-9]{1,4}(?:[_-](?i:cbc|gcm|ctr|oaep|kwp?|sha[_-]?[0-9]{1,3})){0,3}",
)
"""Ids, ids of several regions and aliases of AWS's KMS ("Key identifiers" in its guide), and algorithms."""

_HIDDEN: Final = "(?i:redacted|masked|hidden|secret|sensitive|removed|filtered|scrubbed)"

_MASKS: Final = (
    r"[*\u2022\u25cf]{2,}|\.{3,}|\u2026|-{2,}|_{3,}",
    rf"[\[(<*]{{1,3}}{_HIDDEN}[\])>*]{{1,3}}|REDACTED|MASKED|HIDDEN",
    r"\((?:sensitive value|known after apply|sensitive)\)",
)
"""What programs write where they hide a text; the last line is Terraform's."""

_TEMPLATES: Final = (
    r"\{\{(?![^{}]*default)[^{}]*\}\}|\{%[^{}%]*%\}|\$\{\{[^{}]*\}\}|#\{[^{}]*\}|<%[^<>%]*%>",
    r"\$\{[\w. ]+(?::?-?|:?\?[^{}]*|:?-?(?i:[\w. -]*(?:change|replace)[_ -]?(?:me|this|it)[\w. -]*))\}",
    r"\$\{\w+:[A-Z][A-Z0-9_]*\}|\$\([^()]*\)|\$[A-Z]+(?:_[A-Z0-9]+)*|%[A-Z_][A-Z0-9_]*%",
    r"%\([a-zA-Z_]\w*\)s|%s|\{[A-Za-z_.]+\}|<[A-Za-z][A-Za-z_ .:/-]*>|\[[A-Za-z]+(?:[_ -]+[A-Za-z]+)+\]",
)
"""Jinja, Helm, GitHub Actions, Ruby and ERB; shells and Windows; Python, and words in brackets for people to fill in.

A template with a default, as in ``${DB_PASSWORD:-x}``, is not harmless: the default may be the secret.
"""

_REFERENCES: Final = (
    r"arn:aws[a-z-]*:[\w.-]+:[\w-]*:[0-9]*:[\w+=,.@:/*-]+",
    r"projects/[\w.:-]+/secrets/[\w-]+(?:/versions/[\w-]+)?",
    r"projects/[\w.:-]+/locations/[\w-]+/keyRings/[\w-]+/cryptoKeys/[\w-]+(?:/cryptoKeyVersions/[0-9]+)?",
    r"/subscriptions/[0-9a-fA-F-]{36}/resource[gG]roups/[\w.()-]+/providers/[\w.]+(?:/[\w.-]+)+",
    r"ocid1\.[a-z0-9]+\.[a-z0-9-]+\.[a-z0-9-]*(?:\.[a-z0-9_-]+){1,2}",
    r"https://[a-z0-9-]+\.vault\.azure\.net/[\w/.-]*|@Microsoft\.KeyVault\([^()]*\)",
    r"op://[\w ./-]+|(?:ref\+)?(?:vault|awssm|awsssm|gcpsecrets|azurekeyvault|secretref|keyref|ssm)://?[\w./#:@+-]+",
    r"vault:[\w-]+(?:/[\w-]+)+(?:#[\w.-]+)?|secretref:[\w.-]+",
)
"""Names in the secret stores of AWS, Google, Azure, Oracle, 1Password and Vault, as their documentation writes them."""

_PLACEHOLDERS: Final = (
    r"(?i:change[_ -]?(?:me|this|it)(?:[_ -]?(?:please|now|too|in[_ -]production))?[!.]*)",
    r"(?i:replace[_ -]?(?:me|this)|fill[_ -]?me[_ -]?in)",
    r"(?i:(?:your|insert|enter)[_ -](?:[a-z0-9]+[_ -]){0,6}(?:password|secret|token|key|credentials?|value|here))",
    r"(?i:todo|tbd|fixme|placeholder|null|none|nil|undefined|n/a|<none>|\(none\)|not[_ -]set|unset|example|dummy)",
    r"[xX]{3,}(?:-[xX]{3,})*\.*|[A-Za-z_-]{1,12}[xX]{6,}",
    r"(?i:replace[_ -]with[_ -][a-z _-]+|[a-z_-]{0,24}(?<![a-z])your[_ -][a-z][a-z _-]{0,60})",
    r"\{\}|\[\]|string",
)
"""What people write until there is a secret, as in ``YOUR_API_KEY`` and ``insert-token-here``."""

_ROOTS: Final = "etc|var|opt|home|usr|run|tmp|mnt|root|srv|app|data|dev|proc|Users|secrets|keys|certs|config|workspace"

_ROOTED_PATH: Final = rf"/(?:{_ROOTS})(?:/[\w.@ -]+)+/?"
"""As in ``/run/secrets/db``, or the shell's ``PWD``: nobody has such a password."""

_EXTENSIONS: Final = "pem|key|keytab|keystore|crt|ca|cer|der|p12|pfx|jks|json|ya?ml|toml|ini|txt|env|conf|kdbx|ppk|pub"

_PATHS: Final = (
    r"(?:~|\.{1,2})(?:/[\w.@ -]+)+/?",
    rf"(?:[A-Za-z]:)?(?:[/\\]?[\w.@ -]+[/\\])*[\w@ -][\w.@ -]*\.(?i:{_EXTENSIONS})",
    r"(?:s3|gs|abfss?|wasbs?|file|hdfs|dbfs)://?[\w.@/ -]+",
)
"""Where a secret is kept; a path has a known extension, a scheme or stands below a home."""

_CONSTANTS: Final = (r"[A-Z]{2,15}(?:_[A-Z]{2,15}){1,5}|(?i:scram-sha-(?:1|256|512)|aws4-hmac-sha256)",)
"""Members of enumerations, as ``AWS_IAM`` and ``CUSTOM_JWT``."""

_TRUTHS: Final = frozenset(("true", "false", "yes", "no"))
"""What a text says in place of a bool."""

_STATES: Final = frozenset(
    """
    true false yes no on off enabled enable disabled disable active inactive valid invalid expired revoked expiring
    unknown ok pass passed fail failed error success succeeded failed failure pending required optional allowed
    denied present absent available unavailable new ready creating created updating updated deleting deleted
    rotating rotated verified unverified authorized unauthorized authenticated unauthenticated allow deny default
    auto automatic manual inherit inherited open closed public private internal external managed custom any all
    never always sometimes missing found approved rejected granted refused accepted declined completed cancelled
    confirmed

    bearer basic digest negotiate ntlm kerberos ldap saml saml2 oauth oauth1 oauth2 oidc openid iam jwt opaque mac
    hmac token tokens password passwd secret key keys apikey api_key api-key cookie cookies session sessions
    credentials certificate certificates mtls tls ssl x509 pkce plain login gssapi scram sasl spnego ntlmv2 md5
    crypt sso publickey keyboard-interactive

    rsa dsa ecdsa ed25519 ed448 ec okp oct aes aes-128 aes-256 aes128 aes256 aes-256-gcm des 3des sha1 sha256 sha384
    sha512 hs256 hs384 hs512 rs256 rs384 rs512 es256 es384 es512 ps256 eddsa sse-s3 sse-kms aws:kms aws s3 kms
    """.split()  # noqa: SIM905 - a list of words reads best as words
)
"""Words for a status, for kinds of authentication and for algorithms."""
