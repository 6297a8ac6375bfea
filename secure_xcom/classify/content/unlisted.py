"""Rules for the keys of services that nobody listed: they say that they are one, or stand on a line of their own."""

from __future__ import annotations

import re
from typing import Final

from secure_xcom.classify.content.late import late
from secure_xcom.classify.content.rule import Rule, row
from secure_xcom.classify.key_names import rule_of_key_name
from secure_xcom.classify.name_words import words
from secure_xcom.classify.names import NAME_VARIABLE
from secure_xcom.classify.randomness import is_drawn, is_random

_ACTS: Final = "Acts as its owner."

_KINDS_OF_TOKENS: Final = tuple(
    f"_{kind}_" for kind in ("sk", "pat", "oat", "sat", "uat", "api", "live", "prod", "sandbox")
)
"""What providers write between their name and what is random in a token."""


def _is_of_a_product(found: re.Match[str]) -> bool:
    """Whether a name stands before the kind of token, and small letters, capitals and digits take turns behind it."""
    before = found.string[max(0, found.start() - _LONGEST_NAME) : found.start()]
    after = found.string[found.end() : found.end() + 1]
    return (
        (len(found["secret"]) >= _LONG or found[0].startswith(_SURE))
        and is_drawn(found["secret"])
        and is_random(found["secret"])
        and _product().search(before) is not None
        and not (after.isalnum() or after in ("_", "-"))
    )


def _is_key_of_an_address(found: re.Match[str]) -> bool:
    """Whether the query is that of an address of the web, and the value was drawn, or is a number in hexadecimal."""
    secret, before = found["secret"], found.string[max(0, found.start() - _LONGEST_ADDRESS) : found.start()]
    # What is quick comes first: a text made for it has such a query at each thirtieth character.
    start = max(before.rfind("http://"), before.rfind("https://"))
    if start < 0 or not (_hexadecimal().fullmatch(secret) or (is_drawn(secret) and is_random(secret))):
        return False
    address = _query().fullmatch(before, start)
    return address is not None and not address["host"].endswith("docs.google.com")


def _is_line_of_a_key(found: re.Match[str]) -> bool:
    """Whether the value was drawn, or is a UUID below the address of what it opens."""
    if "-" in found["secret"]:
        before = found.string[max(0, found.start() - _LONGEST_ADDRESS) : found.start()]
        return _line_of_address().search(before) is not None
    return is_drawn(found["secret"]) and is_random(found["secret"])


def _is_of_a_variable(found: re.Match[str]) -> bool:
    """Whether a variable of that name holds a key of something, and its value was drawn."""
    before = found.string[max(0, found.start() - _LONGEST_NAME) : found.start()]
    name = _variable().search(before)
    if name is None or not _FINDING.isdisjoint(name[0].lower().split("_")):
        return False
    is_one = rule_of_key_name(f"{name[0]}_KEY") == NAME_VARIABLE
    return is_one and is_drawn(found["secret"]) and is_random(found["secret"])


_FIRST: Final = "ABCDEFGHIJKLMNOPQRSTUVWXYZ0123456789abcdefghjkmopqstuvwxyz"
"""What a key begins with. ``task_id``, ``task_name`` and their like, which each line of a log has, begin otherwise."""

_KEYS_OF_QUERIES: Final = (
    "key",
    "chave",
    "clave",
    "verifier",
    "_oauth",
    "oauth",
    "auth",
    "session",
    "sessionid",
    "sid",
)
"""Parameters under which a key, or what a login gave, stands in the query of an address."""

_FINDING: Final = words(
    """
    lock bucket issue dist distribution record run dag queue job sccache cargo gradle composite agg aggregate trace span
    correlation transaction metric fingerprint version artifact result target
    """
)
"""Kinds of keys that find something in the texts of builds and runs. In a dict the value alone decides about them."""

_LONGEST_NAME: Final = 32
_LONGEST_ADDRESS: Final = 256

_line_of_address: Final = late(r"(?:^|\n)url(?: ?= ?|: {1,4})https?://[^\s]{4,200}$")
_variable: Final = late(r"(?:(?<![A-Za-z0-9_])|(?<=\\[nrt]))[A-Z][A-Z0-9]{1,24}(?:_[A-Z0-9]{1,24}){0,4}$")
_hexadecimal: Final = late(r"[0-9a-f]{31,64}|[0-9A-F]{31,64}", re.ASCII)
_query: Final = late(
    r"https?://(?P<host>[\w.:@-]{3,250}|\[[0-9a-f:.]{2,45}\](?::[0-9]{2,5})?)(?:/[^\s?#\"'<>]{0,250})?(?:\?[^\s#\"'<>]{0,250})?"
)

_LONG: Final = 32
_SURE: Final = ("_sk_", "_pat_", "_oat_", "_sat_", "_uat_")
"""Kinds after which a shorter text is a token too. Jobs and tables are called by their stage as well."""

_product: Final = late(
    r"(?<![A-Za-z0-9_/.-])(?!(?:pk|pub|public|publishable|anon|client|site|cs|ppk)(?![a-z0-9]))[a-z][a-z0-9]{1,11}(?:[_-](?:v[0-9]|org|team|user|app))?$",
    re.ASCII,
)

RULES: Final[tuple[Rule, ...]] = (
    row(
        "product-token",
        "Token that says whose it is and what for, as product_pat_... does",
        "Acts as its owner. Providers that nobody listed name their tokens so.",
        _KINDS_OF_TOKENS,
        r"_[a-z]{2,7}+_(?>(?>live|test|prod|v[0-9]|eu|us)_)?+(?P<secret>[A-Za-z0-9]{24,256}+)",
        example="acme_pat_<40 base62>",
        counterexample="acme_pat_<40 lower>",
        source="https://github.blog/engineering/platform-security/behind-githubs-new-authentication-token-formats/",
        boundary="",
        check=_is_of_a_product,
    ),
    row(
        "secret-key",
        "Key that begins as those of many services do",
        _ACTS,
        ("sk-", *(f"sk_{first}" for first in _FIRST)),
        r"sk[_\-](?P<secret>[A-Za-z0-9]{28,64}+)(?![\w\-])",
        example="sk_<32 base62>",
        counterexample="sk_<32 lower>",
        source="https://docs.pagar.me/reference/autentica%C3%A7%C3%A3o-2",
        check=lambda found: is_drawn(found["secret"]) and is_random(found["secret"]),
    ),
    row(
        "key-in-address",
        "Key in the query of an address",
        "Calls the interface as its owner.",
        tuple(f"{sign}{name}=" for sign in "?&" for name in _KEYS_OF_QUERIES),
        rf"[?&](?>{'|'.join(_KEYS_OF_QUERIES)})=(?P<secret>[A-Za-z0-9]{{24,64}}+)(?![\w./%\-])",
        example="https://api.internal/v1/prices?key=<32 HEX>&format=json",
        counterexample="https://api.internal/v1/prices?key=orders",
        source="https://partner.steamgames.com/doc/webapi_overview/auth",
        boundary="",
        check=_is_key_of_an_address,
    ),
    row(
        "variable-key",
        "Variable that is called the key of something",
        _ACTS,
        "_KEY=",
        r"_KEY=[\"']?+(?P<secret>[A-Za-z0-9]{20,64}+)(?![^\s\"';,)\\])",
        example="LASTFM_KEY=<32 base62>",
        counterexample="CACHE_KEY=<32 base62>",
        source="https://12factor.net/config",
        boundary="",
        check=_is_of_a_variable,
    ),
    row(
        "key-line",
        "Line of settings whose name says nothing but that it is a key",
        "What stands there is random, as the keys of services are.",
        ("\nkey=", "\nkey =", "\nkey:"),
        r"\nkey(?> ?+= ?+|: {1,4}+)"
        r"(?P<secret>(?>[0-9a-f]{8}(?>-[0-9a-f]{4}){3}-[0-9a-f]{12}|[A-Za-z0-9]{24,64}+))(?![^\r\n])",
        example="[api]\nkey=<32 base62>\nsite=https://chat.internal\n",
        counterexample="[cache]\nkey=orders\n",
        source="https://zulip.com/api/configuring-python-bindings",
        boundary="",
        check=_is_line_of_a_key,
    ),
)
