"""``is_plain_in``: what stays readable in a section, by what the section is called.

Below ``auth`` and ``jwt`` stand settings of any kind. A dict called ``cookie`` may be a jar, one called ``secret`` holds
secrets, and one of connection strings nothing else, so that less is read there.
"""

from __future__ import annotations

from typing import Final

from secure_xcom.classify.connection_texts import opens_nothing
from secure_xcom.classify.descriptions import describes
from secure_xcom.classify.name_words import words
from secure_xcom.classify.names import NAME_CONNECTION_STRING, NAME_COOKIE, NAME_SECRET
from secure_xcom.classify.sections import is_setting
from secure_xcom.classify.values import Strength, is_harmless


def is_plain_in(rule: str, key: str, value: object, group: str) -> bool:
    """Return whether a part of a section that is sensitive by ``rule`` is no secret."""
    if rule == NAME_COOKIE:
        return _is_attribute(key, value)
    if rule == NAME_CONNECTION_STRING:
        return isinstance(value, str) and (opens_nothing(value) or is_harmless(value, Strength.STRONG))
    if rule == NAME_SECRET:
        return is_harmless(value, Strength.STRONG) or describes(key, value, names_keys=False)
    return is_setting(key, value, group)


def _is_attribute(key: str, value: object) -> bool:
    """Whether a part is one of a cookie's attributes, and no cookie of that name."""
    name = "".join(filter(str.isalpha, key.lower()))
    if isinstance(value, str) and name in _MODES:
        return value.lower() in _MODES[name] or is_harmless(value, Strength.STRONG)
    return name in _ATTRIBUTES and (value == "/" or is_setting(key, value))


_ATTRIBUTES: Final = words("domain path name maxage expires secure httponly partitioned samesite inactivity")
"""Attributes of a cookie (RFC 6265, section 4.1.2), and what servers call them."""

_MODES: Final = {"samesite": words("strict lax none unset")}
"""Values of attributes that are words."""
