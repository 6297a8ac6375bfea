"""``KEY_RULES``: the rules about names, as reports and documents show them."""

from __future__ import annotations

import re
from dataclasses import dataclass
from typing import Final

from secure_xcom.classify import name_endings
from secure_xcom.classify.labels import is_said
from secure_xcom.classify.values import MOST_PARTS, Strength, is_harmless


@dataclass(frozen=True, slots=True, kw_only=True)
class KeyRule:
    """One rule about names, for people; ``strength`` is what ``classify.values`` judges the value by."""

    id: str
    description: str
    reason: str
    strength: Strength
    example: str
    counterexample: str


KEY_RULES: Final = (
    KeyRule(
        id=name_endings.PASSWORD,
        description="the name of a password, a passphrase or a password's hash",
        reason="It opens an account to anybody. A password may be any text, so nearly any value is sealed.",
        strength=Strength.STRONG,
        example="db_pwd",
        counterexample="password_policy",
    ),
    KeyRule(
        id=name_endings.SALT,
        description="the salt with which passwords, codes or signatures are made",
        reason="Settings of applications keep it secret. A number of one or two digits tells how often is hashed.",
        strength=Strength.STRONG,
        example="password_salt",
        counterexample="salt_length",
    ),
    KeyRule(
        id=name_endings.PASS,
        description="a password that is called a pass",
        reason="Passes of tests and compilers are called so too, so that words for a state are left alone.",
        strength=Strength.WEAK,
        example="smtp_pass",
        counterexample="first_pass",
    ),
    KeyRule(
        id=name_endings.SECRET,
        description="the name of a secret",
        reason="The name says so, and the value may be any text. A secret's name, ARN or version opens nothing.",
        strength=Strength.STRONG,
        example="clientSecret",
        counterexample="SecretArn",
    ),
    KeyRule(
        id=name_endings.PRIVATE_KEY,
        description="the name of a private key",
        reason="It signs and decrypts as its owner. Its values are long: words and paths are left alone.",
        strength=Strength.WEAK,
        example="ssh_private_key",
        counterexample="private_key_path",
    ),
    KeyRule(
        id=name_endings.KEY,
        description="the name of a key that opens, signs or encrypts",
        reason="The word before tells what it opens: api, access, signing, account. Other keys open nothing.",
        strength=Strength.WEAK,
        example="storage_account_key",
        counterexample="partition_key",
    ),
    KeyRule(
        id=name_endings.ENCRYPTION_KEY,
        description="the name of an encryption key",
        reason="It decrypts what it encrypted. A key's id, alias or algorithm opens nothing.",
        strength=Strength.STORED,
        example="encryption_key",
        counterexample="snapshot_encryption_key",
    ),
    KeyRule(
        id=name_endings.TOKEN,
        description="the name of a token that is handed out to log in",
        reason="It is accepted in place of a password. Tokens that continue a list or are counted open nothing.",
        strength=Strength.WEAK,
        example="sas_token",
        counterexample="next_page_token",
    ),
    KeyRule(
        id=name_endings.TOKENS,
        description="the name of tokens, which are handed out, or counted and listed by language models",
        reason="A list of tokens may be accepted in place of passwords. Words and numbers are left alone.",
        strength=Strength.FAINT,
        example="tokens",
        counterexample="total_tokens",
    ),
    KeyRule(
        id=name_endings.CREDENTIALS,
        description="the name of credentials, or of a header or a parameter that carries them",
        reason="Below it stand a user and a password, or what is sent in their place.",
        strength=Strength.WEAK,
        example="authorization",
        counterexample="credentials_provider",
    ),
    KeyRule(
        id=name_endings.COOKIE,
        description="the name of cookies",
        reason="A session's cookie is accepted in place of a login.",
        strength=Strength.WEAK,
        example="session_cookie",
        counterexample="cookie_domain",
    ),
    KeyRule(
        id=name_endings.CODE,
        description="the name of a code or a number that lets somebody in",
        reason="Codes are short, so that numbers are sealed too. Other codes are of errors, countries and states.",
        strength=Strength.STRONG,
        example="pin_code",
        counterexample="status_code",
    ),
    KeyRule(
        id=name_endings.CONNECTION_STRING,
        description="the name of a connection string",
        reason="It holds a user and a password beside the host.",
        strength=Strength.WEAK,
        example="connectionString",
        counterexample="connection_id",
    ),
    KeyRule(
        id=name_endings.URL,
        description="the name of an address that is signed, or that anybody may post to",
        reason="Who has the address needs no password. Addresses with a password in them are found by their content.",
        strength=Strength.WEAK,
        example="presigned_url",
        counterexample="password_reset_url",
    ),
    KeyRule(
        id=name_endings.LINK,
        description="the name of a link with which somebody accepts, confirms or activates something",
        reason="Such a link opens an account. Only an address with a random part is sealed.",
        strength=Strength.DRAWN,
        example="activationUrl",
        counterexample="documentation_url",
    ),
    KeyRule(
        id=name_endings.QUALIFIED,
        description="the name of a password with words behind it that say what it is for",
        reason="Such words cannot be listed, and some say that another thing stands there: a value has to look chosen.",
        strength=Strength.CHOSEN,
        example="password_acme",
        counterexample="password_policy",
    ),
    KeyRule(
        id=name_endings.FILE,
        description="the name of a file's content that holds credentials",
        reason="Such files exist to log in with: kubeconfig, keytab, netrc, a service account's key.",
        strength=Strength.WEAK,
        example="kubeconfig",
        counterexample="kubeconfig_path",
    ),
    KeyRule(
        id=name_endings.VARIABLE,
        description="a variable, a name with dots, or one such as enc_key, that is called the key of something",
        reason="Services are many, and their keys look random: only such a value is sealed.",
        strength=Strength.OPAQUE,
        example="LASTFM_KEY",
        counterexample="CACHE_KEY",
    ),
    KeyRule(
        id=name_endings.UNLISTED,
        description="the name of a field that is called the key of something, a licence, or the key of a product",
        reason="Most such keys find something, and some open it: only a value that looks random is sealed.",
        strength=Strength.DRAWN,
        example="lastfm_key",
        counterexample="customer_id",
    ),
)
"""The rules, in the order in which documents list them."""

_STRENGTHS: Final = {rule.id: rule.strength for rule in KEY_RULES}


def is_harmless_under(rule: str, value: object) -> bool:
    """Return whether ``value`` is harmless under a name that is sensitive by this rule; an unknown rule is strong."""
    if rule == name_endings.PASS and isinstance(value, str) and value.lower() in _PASSWORDS:
        return False
    if rule == name_endings.CODE and isinstance(value, str) and _is_join(value):
        return True
    if rule == name_endings.SALT and _is_no_salt(value):
        return True
    if rule in _UNSPOKEN and isinstance(value, str) and is_said(value):
        return True
    if rule == name_endings.LINK:
        from secure_xcom.classify.links import lets_in

        return not (isinstance(value, str) and lets_in(value))
    if rule in _ADDRESSES and value and _are_addresses(rule, value):
        return True
    if rule in _SENT and isinstance(value, str) and value.startswith(("http://", "https://")):
        from secure_xcom.classify.connection_texts import is_where_tokens_are_asked_for

        if is_where_tokens_are_asked_for(value):
            return True
    return is_harmless(value, _STRENGTHS.get(rule, Strength.STRONG))


def _is_no_salt(value: object) -> bool:
    if isinstance(value, int):
        return 0 <= value < _FEWEST_OF_A_SALT
    if not isinstance(value, str):
        return False
    is_few = len(value) < len(str(_FEWEST_OF_A_SALT)) and value.isdigit()
    return is_few or value in _NAMESPACES or _DOTTED.fullmatch(value) is not None


def _are_addresses(rule: str, value: object) -> bool:
    """Whether a text is an address that opens nothing, or a dict or a list holds such addresses alone."""
    from secure_xcom.classify.connection_texts import is_bare_host, opens_nothing

    if isinstance(value, str) and rule == name_endings.URL:
        return is_bare_host(value) or (len(value.split()) > 1 and not any(map(value.__contains__, "/=?")))
    if isinstance(value, str):
        return opens_nothing(value, is_called_so=True)
    parts = list(value.values()) if isinstance(value, dict) else value
    return (
        rule == name_endings.CONNECTION_STRING
        and isinstance(parts, list)
        and len(parts) <= MOST_PARTS
        and all(isinstance(part, str) and bool(part) and _are_addresses(rule, part) for part in parts)
    )


def _is_join(text: str) -> bool:
    """Whether a text is a join of SQL, which stands under ``join_code`` as a code of an invitation does."""
    said = text.lower().split()
    return _JOINS.issuperset(said) and not _SURE_JOINS.isdisjoint(said)


_NAMESPACES: Final = ("session", "cookie", "signed cookie", "encrypted cookie", "cookie-session", "user auth")
_DOTTED: Final = re.compile(r"[a-z_]{2,32}(?:\.[A-Za-z_]{2,32}){2,8}")
"""Salts that code has, which keep signatures for different purposes apart (Django, Flask, Rails, Phoenix)."""

_FEWEST_OF_A_SALT: Final = 100
"""A number below it says how often is hashed, which some libraries call a salt as well."""

_UNSPOKEN: Final = (name_endings.TOKEN, name_endings.TOKENS, name_endings.COOKIE)
"""Rules under whose names stands what programs make, and never two words. A key of a network may be made of some."""

_SENT: Final = (name_endings.CREDENTIALS, name_endings.TOKEN)
"""Rules under whose names it may stand where a token is asked for: ``{"auth": "https://accounts.acme.com/api"}``."""

_ADDRESSES: Final = (name_endings.URL, name_endings.CONNECTION_STRING)

_PASSWORDS: Final = frozenset(("password", "secret", "passwd"))
"""Words for kinds of authentication that are passwords under a pass, and no states of a test."""

_JOINS: Final = frozenset(("left", "right", "full", "inner", "outer", "cross", "natural", "anti", "semi", "join"))
_SURE_JOINS: Final = frozenset(("outer", "inner", "join"))
"""Words of a join, beside which the others are no names of people."""
