"""``measure_in``: what stays readable in a Secret of Kubernetes: nothing, periods, switches, masks, templates.

So do a user, a host, a port and the name of a database, as in any other section, and the address of a host or of a
database without a password. An id and any other address stay sealed: they may let somebody in.
"""

from __future__ import annotations

import base64
import binascii
import re
from collections.abc import Sequence
from functools import cache
from typing import Final

from secure_xcom.classify.connection_texts import is_bare_host
from secure_xcom.classify.fill_ins import asks_for_a_secret
from secure_xcom.classify.name_words import VENDORS, words
from secure_xcom.classify.randomness import is_drawn
from secure_xcom.classify.section_patterns import mail, run
from secure_xcom.classify.section_words import IDS, STAGES
from secure_xcom.classify.sections import is_measure, is_setting, names_of
from secure_xcom.classify.stand_ins import hides_any
from secure_xcom.classify.words import words_of

Words = tuple[str, ...]

_SHORTEST: Final = 2
"""Digits of a number that everybody could guess."""

_WHO: Final = words("user username usr")
_MAIL: Final = words("email mail")
_SERVERS: Final = words("server servers")
_WHO_AND_WHERE: Final = _WHO | _MAIL | _SERVERS | words("host hostname db dbname database")

_LONGEST_OF_HOST: Final = 16
"""Letters and digits of a part of an address from which it may let somebody in."""

_ADDRESSES: Final = (("url",), ("uri",), ("dsn",), ("endpoint",), ("broker",), ("brokers",), ("servers",), ("address",))

_KINDS: Final = (("type",), ("provider",), ("engine",), ("driver",), ("dialect",))

LONGEST: Final = 256
"""Characters of a part that is read; no measure is longer, in base64 either."""


MOST_SECRETS: Final = 64
"""Names of secrets that a user is looked for beside."""


def measure_in(key: str, value: object, secrets: Sequence[Words], *, is_encoded: bool) -> str | None:
    """Return the text of a part of ``data``, which is in base64, or of ``stringData``, if it is one of these.

    A user is one beside a password alone, as ``DB_USER`` is beside ``DB_PASSWORD``: a Secret may have users for names
    and their passwords for values. ``secrets`` are the words of names of secrets in it.
    """
    if isinstance(value, int) and not is_encoded:
        # As a chart's values have ports, periods and switches.
        return str(value) if is_measure(key, value if isinstance(value, bool) else str(value)[:LONGEST]) else None
    if not isinstance(value, str) or len(value) > LONGEST:
        return None
    text = _decoded(value) if is_encoded else value
    if text is None:
        # A chart's template is written before anything is encoded, and so is a text for people to replace.
        is_open = any(pattern().fullmatch(value.strip()) for pattern in (hides_any, _mark))
        return value if is_encoded and is_open else None
    if stands_for_secret(text) or (len(text) <= _SHORTEST and text.isdecimal()):
        return text
    is_readable = (
        is_measure(key, text)
        or _says_which(key, text)
        or _says_who_or_where(key, text, secrets)
        or (words_of(key)[-1:] in _ADDRESSES and _is_address(text))
    )
    return text if is_readable and not _is_id(key) else None


def stands_for_secret(text: str) -> bool:
    """Return whether nothing stands there, a mask, a template, a request in words, or an address with one in it.

    Other placeholders, such as ``changeme``, are deployed as they are.
    """
    text = text.strip()
    if (address := _login().fullmatch(text)) is not None:
        return bool(address["password"]) and stands_for_secret(address["password"])
    return not text or any(pattern().fullmatch(text) for pattern in (hides_any, _order)) or asks_for_a_secret(text)


def _is_address(text: str) -> bool:
    is_one = is_bare_host(text) or _database().fullmatch(text) is not None
    return is_one and not any(len(part) >= _LONGEST_OF_HOST or is_drawn(part) for part in run().findall(text))


def _says_which(key: str, text: str) -> bool:
    """Whether a part says which service is meant, as Service Bindings do, in which region of AWS, or in which stage."""
    last = words_of(key)[-1:]
    if last in (("env",), ("environment",)) and text in STAGES:
        return True
    return (last in _KINDS and text.lower() in VENDORS) or (
        last == ("region",) and _region().fullmatch(text) is not None
    )


def _says_who_or_where(key: str, text: str, secrets: Sequence[Words]) -> bool:
    *before, last = words_of(key) or ("",)
    if last not in _WHO_AND_WHERE:
        return False
    is_beside = any([*name[: len(before)]] == before for name in secrets[:MOST_SECRETS])
    if last in _MAIL and mail().fullmatch(text) is None:
        return False
    if last in _SERVERS and not (is_bare_host(text) or text in VENDORS or _server().fullmatch(text) is not None):
        return False
    is_name = ":" not in text or last not in _WHO
    return is_beside and is_name and is_setting(key, text) and not any(map(is_drawn, run().findall(text)))


@cache
def _login() -> re.Pattern[str]:
    """Match the address of a database with a user and a password, and no more than words behind it."""
    return re.compile(
        r"[a-z][a-z0-9+]{1,24}://[\w.-]{0,63}:(?P<password>[^\s:/@?#]{1,64})@[\w.-]{1,128}(?::[0-9]{2,5})?"
        r"(?:/[\w.-]{0,63})?(?:\?(?:[a-z_]{1,24}=[a-z-]{1,24}&?){1,4})?",
        re.ASCII,
    )


@cache
def _order() -> re.Pattern[str]:
    """Match an order in capitals, with its stage, and a placeholder that says nothing but who fills it in."""
    said = (
        "(?:MANAGED|SET|FILLED|BY|IN|FROM|SECRETS?|MANAGER|VAULT|ENV|VALUE|REPLACE|ME|HERE|EXTERNAL|TOKEN|PASSWORD|KEY)"
    )
    stage = "(?:PROD|PRODUCTION|STAGING|DEPLOYMENT)"
    return re.compile(rf"(?:CHANGE|REPLACE)[_-](?:ME|THIS|IT)(?:[_-]IN[_-]{stage})?|PLACEHOLDER(?:_{said}){{1,6}}")


@cache
def _mark() -> re.Pattern[str]:
    """Match what people replace before anything is encoded: ``<BASE64_PLACEHOLDER>``."""
    return re.compile(r"<(?=[^>]{0,64}(?i:base64|placeholder|replace|encoded))[A-Za-z0-9_ .-]{1,64}>")


@cache
def _server() -> re.Pattern[str]:
    """Match a host with a dot in its name, or with a port."""
    return re.compile(
        r"(?:[a-z][a-z0-9-]{0,24}\.){1,6}[a-z]{2,16}(?::[0-9]{2,5})?|[a-z][a-z-]{1,24}:[0-9]{2,5}", re.ASCII
    )


@cache
def _database() -> re.Pattern[str]:
    """Match the address of a database with a port, and neither a user nor a password."""
    scheme = "(?:rediss?|amqps?|mongodb|postgres(?:ql)?|mysql)"
    return re.compile(rf"{scheme}://[a-z][a-z0-9.-]{{0,63}}:[0-9]{{2,5}}(?:/[a-z0-9_-]{{0,32}})?", re.ASCII)


@cache
def _region() -> re.Pattern[str]:
    return re.compile(r"[a-z]{2}-(?:gov-)?[a-z]{4,9}-[1-9]", re.ASCII)


def _is_id(key: str) -> bool:
    """Whether a name ends with an id, which may open a session."""
    return not IDS.isdisjoint(names_of(key)[-1:])


def _decoded(text: str) -> str | None:
    """Return the text that a part stands for, or ``None`` if it holds bytes, or anything but base64."""
    try:
        return base64.b64decode(text, validate=True).decode("ascii")
    except (binascii.Error, UnicodeDecodeError, ValueError):
        return None
