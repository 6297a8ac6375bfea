"""``opens_nothing``: whether a connection string tells where data is and holds no password.

``Server=db1;Database=sales;Trusted_Connection=True;``, ``host=db1 dbname=sales`` and ``Data Source=app.db`` are read by
their keywords: each has to hold a template, or to be one that holds no secret. Any other keyword may hold one.
"""

from __future__ import annotations

import re
from functools import cache
from typing import Final

from secure_xcom.classify.fill_ins import asks_for_a_secret
from secure_xcom.classify.name_words import VENDORS, words
from secure_xcom.classify.randomness import is_camel_case, is_drawn, is_random
from secure_xcom.classify.stand_ins import stands_for_any

LONGEST: Final = 512
"""Characters of a text that is read."""

MOST_PARTS: Final = 24


def opens_nothing(text: str, *, is_called_so: bool = False) -> bool:
    """Return whether a text is a connection string of ADO.NET, ODBC, PostgreSQL or Redis without a password.

    Where no name says that it is one, it needs two keywords and has no user: a cookie may look alike.
    """
    if len(text) > LONGEST:
        return False
    is_spaced = ";" not in text and _spaced().fullmatch(text) is not None
    parts = text.split() if is_spaced else [part for part in text.split(";") if part.strip()]
    if is_called_so and len(parts) == 1 and _cache().fullmatch(text.strip().lower()) is not None:
        return True
    pairs = [tuple(side.strip() for side in part.split("=", 1)) for part in parts]
    if not 1 <= len(pairs) <= MOST_PARTS or any(len(pair) != 2 for pair in pairs):
        return False
    keywords = [pair[0].lower().replace(" ", "").replace("_", "") for pair in pairs]
    if not is_called_so and (len(pairs) == 1 or not _USERS.isdisjoint(keywords)):
        return False
    return not _PLACES.isdisjoint(keywords) and all(
        _is_plain(keyword, pair[1]) for keyword, pair in zip(keywords, pairs, strict=True)
    )


def is_bare_host(text: str) -> bool:
    """Return whether an address of the web is that of a host, with words for a hook at most, or made of templates.

    Any other path, a query and a label that looks random may be what lets somebody post to it.
    """
    if len(text) > LONGEST or (found := _address().fullmatch(text.strip())) is None:
        return False
    steps = (found["path"] or "").split("/")[1:]
    runs = _run().findall(found["host"])
    return _STEPS.issuperset(steps) and not any(_is_random(run) or is_drawn(run) for run in runs)


def is_where_tokens_are_asked_for(text: str) -> bool:
    """Return whether an address of the web is one of OAuth or OpenID Connect, or the root of an interface.

    Its host has a name, and its path has steps that everybody knows. Any other address may let somebody in.
    """
    if len(text) > LONGEST or (found := _endpoint().fullmatch(text.strip())) is None:
        return False
    return not any(
        _is_random(run) or is_drawn(run) or _hexadecimal().search(run) for run in _run().findall(found["host"])
    )


def _is_plain(keyword: str, value: str) -> bool:
    if stands_for_any().fullmatch(value) is not None or asks_for_a_secret(value):
        return True
    if keyword in _PASSWORDS:
        return not value
    if keyword in _SWITCHES:
        return _switch().fullmatch(value) is not None
    pattern = _place() if keyword in _PLACES else _user() if keyword in _USERS else None
    return (
        pattern is not None and pattern.fullmatch(value) is not None and not any(map(_is_random, _run().findall(value)))
    )


def _is_random(run: str) -> bool:
    """Whether letters and digits look random, and are no words with capitals, as in ``AuthCore``."""
    return is_random(run) and not is_camel_case(run)


@cache
def _spaced() -> re.Pattern[str]:
    """Match keywords and values as libpq reads them, with white space between pairs and none within."""
    return re.compile(r"\s*(?:[a-z_]{2,32}=[^\s='\"]*\s+)+[a-z_]{2,32}=[^\s='\"]*\s*", re.ASCII)


@cache
def _address() -> re.Pattern[str]:
    variable = r"\$?\{[A-Za-z_]\w{0,63}\}"
    host = rf"(?P<host>(?:[A-Za-z0-9-]{{1,63}}\.){{0,8}}[A-Za-z0-9-]{{1,63}}|{variable})"
    return re.compile(
        rf"https?://{host}(?::[0-9]{{2,5}}|:{variable})?(?P<path>(?:/[a-z0-9-]{{1,24}}){{1,6}})?/?(?:{variable})?",
        re.ASCII,
    )


@cache
def _endpoint() -> re.Pattern[str]:
    said = "oauth2?|auth|token|authorize|authorization|common|connect|protocol|openid-connect|identity|login|realms"
    step = rf"(?:api|v[0-9](?:\.[0-9])?|{said})"
    host = r"(?P<host>localhost|[a-z][a-z-]{0,30}(?:\.[a-z0-9][a-z0-9-]{0,30}){0,6}\.[a-z]{2,16})"
    realm = "(?:/auth)?/realms/[a-z]{1,16}(?:-[a-z]{1,16}){0,2}/protocol/openid-connect/[a-z]{4,16}"
    return re.compile(rf"https?://{host}(?::[0-9]{{2,5}})?(?:{realm}|(?:/{step}){{1,5}})/?", re.ASCII)


@cache
def _hexadecimal() -> re.Pattern[str]:
    return re.compile("[0-9a-f]{8}")


@cache
def _place() -> re.Pattern[str]:
    """Match a host with a port, an instance, the name of a database, and the path of a file with one."""
    host = r"(?:(?:tcp|sb|https|amqps)://|tcp:)?[\w.(){}$~-]{0,128}(?:\\[\w$-]{1,64})?(?:[,:][0-9]{2,5})?/?"
    return re.compile(
        rf"{host}|[.~|\w-]{{0,32}}(?:[/\\][\w. -]{{1,64}}){{1,12}}\.(?:db|sqlite3?|db3|mdf|sdf)", re.ASCII
    )


@cache
def _user() -> re.Pattern[str]:
    return re.compile(r"[\w.@$(){}-]{0,128}", re.ASCII)


@cache
def _switch() -> re.Pattern[str]:
    return re.compile(r"[A-Za-z]{1,16}|[0-9]{1,5}", re.ASCII)


@cache
def _run() -> re.Pattern[str]:
    return re.compile(r"[A-Za-z0-9]{8,}", re.ASCII)


@cache
def _cache() -> re.Pattern[str]:
    """Match the address of a cache as StackExchange.Redis reads it, and settings after it that are switches.

    Azure's emulator of a storage account counts too, and servers of ZooKeeper with the path of their data.
    """
    listed = r"(?:[a-z0-9-]{1,63}\.){1,8}[a-z0-9-]{1,63}:[0-9]{2,5}"
    host = r"(?:localhost|127\.0\.0\.1|redis|cache|memcached|rabbitmq|kafka|mongo|mongodb|postgres|mysql|db)"
    option = "(?:abortconnect|ssl|allowadmin|connecttimeout|synctimeout|connectretry|defaultdatabase|resolvedns)"
    options = rf"(?:, ?{option}=(?:true|false|[0-9]{{1,5}})){{0,8}}"
    return re.compile(
        rf"localhost|:?memory:?|usedevelopmentstorage=true;?|{host}:[0-9]{{2,5}}{options}|"
        rf"(?:[a-z0-9-]{{1,63}}\.){{2}}{listed}(?:,{listed}){{0,15}}(?:/[a-z][a-z_/-]{{0,63}})?"
    )


_STEPS: Final = VENDORS | words(
    """
    api v1 v2 v3 webhook webhooks hook hooks callback callbacks event events notify notification notifications alert
    alerts bot incoming receive receiver update updates message messages trigger listener payment payments order orders
    telegram whatsapp github gitlab slack stripe paypal deploy
    """
)
"""Steps of a path that tell what is posted there, and let nobody post."""

_PLACES: Final = words(
    """
    server datasource address hostaddr addr networkaddress host hostname filename initialcatalog database dbname
    attachdbfilename endpoint blobendpoint queueendpoint tableendpoint fileendpoint endpointsuffix entitypath
    """
)
_USERS: Final = words("userid uid username user accountname sharedaccesskeyname")
_PASSWORDS: Final = words("password pwd accountkey sharedaccesskey sharedaccesssignature secret")

_SWITCHES: Final = words(
    """
    port integratedsecurity trustedconnection encrypt trustservercertificate multipleactiveresultsets
    persistsecurityinfo defaultendpointsprotocol transporttype
    connecttimeout connectiontimeout timeout commandtimeout pooling maxpoolsize minpoolsize
    applicationintent multisubnetfailover applicationname clientencoding
    sslmode mode cache foreignkeys version charset allowuservariables
    treattinyasboolean includeerrordetail keepalive allowpublickeyretrieval convertzerodatetime journalmode
    """
)
"""Keywords whose values are switches, numbers and names of modes."""
