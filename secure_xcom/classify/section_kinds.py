"""``is_plain_in``: what stays readable in a section, by what the section is called.

Below ``auth`` and ``jwt`` stand settings of any kind. A dict called ``cookie`` may be a jar, and one called ``secret``
holds secrets. Such a dict is a section only if one of its parts proves it.
"""

from __future__ import annotations

import re
from functools import cache
from typing import Final

from secure_xcom.classify.connection_texts import opens_nothing
from secure_xcom.classify.distinct import is_moment
from secure_xcom.classify.name_endings import CODE, PASSWORD
from secure_xcom.classify.name_words import words
from secure_xcom.classify.names import NAME_CONNECTION_STRING, NAME_COOKIE, NAME_SECRET
from secure_xcom.classify.randomness import is_drawn
from secure_xcom.classify.section_patterns import algorithm
from secure_xcom.classify.section_words import ALGORITHMS, COSTS, OPENING, SITES
from secure_xcom.classify.sections import is_name_of_issuer, is_of_codes, is_setting, is_sure_measure
from secure_xcom.classify.stand_ins import hides_any
from secure_xcom.classify.values import Strength, is_harmless
from secure_xcom.classify.words import words_of


def holds_settings(rule: str, node: dict[str, object]) -> bool:
    """Return whether a part of a dict proves that it holds settings too, as what it is called says nothing of."""
    if rule == NAME_COOKIE:
        return any(_normal(key) in _PROVING for key in node) or _is_of_a_site(node)
    if rule == PASSWORD:
        return any(_normal(key) in ALGORITHMS and _is_algorithm(value) for key, value in node.items())
    is_proof = _holds_no_password if rule == NAME_CONNECTION_STRING else _names_a_secret
    return any(is_proof(key, value) for key, value in node.items())


def is_plain_in(rule: str, key: str, value: object, group: str) -> bool:
    """Return whether a part of a section that is sensitive by ``rule`` is no secret."""
    if rule == PASSWORD:
        # A mask or a template is no password here either.
        hides_one = isinstance(value, str) and hides_any().fullmatch(value.strip()) is not None
        is_named = words_of(key)[-1:] == ("env",) and is_setting(key, value)
        return hides_one or is_named or _is_of_hashing(key, value)
    if rule not in (NAME_COOKIE, NAME_CONNECTION_STRING, NAME_SECRET):
        return is_setting(key, value, group) or (
            rule == CODE and (is_of_codes(key, value) or (key == "issuer" and is_name_of_issuer(value)))
        )
    if isinstance(value, (dict, list)):
        return False
    if value is None or (isinstance(value, (bool, str)) and is_harmless(value, Strength.STRONG)):
        return True
    if rule == NAME_COOKIE:
        return _is_attribute(_normal(key), value)
    return _holds_no_password(key, value) if rule == NAME_CONNECTION_STRING else _names_a_secret(key, value)


def is_cookie(part: dict[str, object]) -> bool:
    """Return whether a dict is a cookie of a jar, with a name, a value and attributes, as a browser's driver has it."""
    return {"name", "value", "domain"} <= part.keys() and all(
        key == "value" or (_normal(key) in _OF_A_JAR and _is_of_a_jar(_normal(key), value))
        for key, value in part.items()
    )


def _is_of_a_jar(name: str, value: object) -> bool:
    if value is None or isinstance(value, bool):
        return True
    if isinstance(value, (int, float)):
        return name in ("expires", "expirationdate", "expiry", "maxage", "size", "sourceport")
    if not isinstance(value, str):
        return False
    if name in ("domain", "path"):
        return _place().fullmatch(value) is not None
    if name == "name":
        return len(value) <= _LONGEST_NAME and not any(map(is_drawn, _runs().findall(value)))
    return value.lower() in SITES or is_moment(value) or value.lower() in ("medium", "low", "high", "secure", "")


def _is_of_hashing(key: str, value: object) -> bool:
    """Whether a part says how passwords are hashed: no words that people choose are settings beside one."""
    is_cost = _normal(key) in COSTS and isinstance(value, int) and value % _KIB == 0
    return is_cost or is_sure_measure(key, value) or (_normal(key) in ALGORITHMS and _is_algorithm(value))


def _is_algorithm(value: object) -> bool:
    return isinstance(value, str) and algorithm().fullmatch(value) is not None


def _is_of_a_site(node: dict[str, object]) -> bool:
    """Whether each part is an attribute of a cookie, as it is spelt, and one of them says for which site."""
    return any(_normal(key) == "domain" for key in node) and all(
        value is None or isinstance(value, bool) or _is_attribute(_normal(key), value) for key, value in node.items()
    )


def _is_attribute(name: str, value: object) -> bool:
    """Whether a part is one of a cookie's attributes, and no cookie of that name."""
    if name == "name":
        return isinstance(value, str) and not _CARRYING.isdisjoint(words_of(value)) and is_setting(name, value)
    if name.endswith("url"):
        return not any(map(name.__contains__, OPENING)) and is_setting("url", value)
    if name == "samesite":
        return isinstance(value, str) and value.lower() in SITES
    return name in _ATTRIBUTES and (value == "/" or is_setting(_ATTRIBUTES[name], value))


def _holds_no_password(_: str, value: object) -> bool:
    return isinstance(value, str) and opens_nothing(value, is_called_so=True)


def _names_a_secret(key: str, value: object) -> bool:
    """Whether a part says which object holds the secret: ``{"name": "db-credentials"}``."""
    return words_of(key)[-2:] in _NAMING and isinstance(value, str) and _name().fullmatch(value) is not None


def _normal(key: str) -> str:
    return "".join(filter(str.isalpha, key.lower()))


@cache
def _place() -> re.Pattern[str]:
    """Match a domain, with a dot before it or not, and a path of small words."""
    return re.compile(r"\.?(?:[a-z0-9-]{1,40}\.){0,6}[a-z0-9-]{1,24}|(?:/[a-z][a-z_-]{0,15}){0,4}/?", re.ASCII)


@cache
def _runs() -> re.Pattern[str]:
    return re.compile(r"[A-Za-z0-9]{12,}", re.ASCII)


@cache
def _name() -> re.Pattern[str]:
    """Match a name of words with a dash, of which one tells that it is a secret's."""
    word = "[a-z]{1,16}"
    kind = "(?:secrets?|credentials?|creds|config|configuration|env|tls|certs?|store)"
    return re.compile(rf"(?:{word}-){{1,6}}{kind}|(?:{word}-){{0,5}}{kind}(?:-{word}){{1,3}}", re.ASCII)


_KIB: Final = 1024
"""The memory that hashing takes is a multiple of it."""

_PROVING: Final = words("samesite httponly maxage")
"""Attributes of a cookie (RFC 6265, section 4.1.2) after which nobody calls a cookie."""

_ATTRIBUTES: Final = {
    "domain": "domain",
    "path": "path",
    "maxage": "age",
    "expires": "expires",
    "expiration": "age",
    "inactivity": "idle",
}
"""Other attributes, and what settings of their kind are called elsewhere."""

_LONGEST_NAME: Final = 64

_OF_A_JAR: Final = words(
    "name value domain path expires expirationdate expiry maxage httponly secure samesite session hostonly storeid "
    "partitioned priority size sameparty sourcescheme sourceport"
)
"""Parts of a cookie in WebDriver (section 14) and in the DevTools protocol."""

_CARRYING: Final = words("token tokens session sess cookie jwt auth sid csrf xsrf")

_NAMING: Final = frozenset((("name",), ("secret", "name"), ("existing", "secret"), ("secret", "store")))
"""Names of parts that name an object with a secret."""
