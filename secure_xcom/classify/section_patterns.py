"""The patterns of ``classify.sections``: how settings and their names are spelt.

Each is compiled when the first value in a section is looked at.
"""

from __future__ import annotations

import re
from functools import cache
from typing import Final


@cache
def key_of_settings() -> re.Pattern[str]:
    algorithm = "(?i:ed25519|(?:aes|sha|hmac|rsa|[hre]s)_?[0-9]{3,4})(?![A-Za-z0-9])"
    letter = "[A-Za-z\u00c0-\u00ff]"
    word = f"(?:{algorithm}|(?:{letter}+[0-9]{{1,2}}(?![0-9]))?{letter}*)"
    return re.compile(rf"{word}(?:[_.-](?:[0-9]{{1,2}}(?![A-Za-z0-9])|{word})){{0,7}}")


_HOST: Final = r"(?:[a-z0-9-]{1,24}\.){0,8}[a-z0-9-]{1,24}(?::[0-9]{1,5})?"
_WORD: Final = "[A-Za-z]{1,16}[0-9]{0,2}"


@cache
def label() -> re.Pattern[str]:
    """Match words that are joined, an address of mail, and a host."""
    domain = r"(?:[a-z0-9-]{1,24}\.)"
    joined = rf"\*|{_WORD}(?:[._-](?:{_WORD}|[0-9]{{1,2}})){{0,8}}"
    return re.compile(rf"{joined}(?:@{domain}{{1,8}}[a-z]{{2,16}})?|{domain}{_HOST}")


@cache
def mail() -> re.Pattern[str]:
    """Match an address of mail, in whose name numbers end words."""
    part = "[A-Za-z]{0,16}[0-9]{0,10}"
    return re.compile(
        rf"(?=[^@]{{3}}){part}(?:[._-]{part}){{0,4}}@(?:[a-z0-9-]{{1,24}}\.){{1,4}}[a-z]{{2,8}}", re.ASCII
    )


@cache
def algorithm() -> re.Pattern[str]:
    """Match the name of an algorithm (RFC 7518 sections 3.1, 4.1 and 5.1, and what libraries call digests)."""
    name = "ed25519|eddsa|sha-?1|argon2(?:id?|d)?|bcrypt|scrypt|pbkdf2|md5|rsa|ecdsa|dir|chacha20(?:-poly1305)?"
    bits = "(?:128|192|224|256|384|512|2048|3072|4096)"
    sized = rf"(?:aes|sha|hmac|rsa|[hrep]s)[_-]?{bits}(?:[_-]?(?:gcm|cbc|ctr|kw))?|a{bits}(?:gcm|kw|gcmkw|cbc-hs{bits})"
    joined = rf"(?:{name}|{sized})"
    return re.compile(rf"{joined}(?:[_+-](?:{joined}|es|oaep|poly1305)){{0,3}}", re.ASCII | re.IGNORECASE)


@cache
def address() -> re.Pattern[str]:
    """Match an address without a user and a query, and a path: three steps at most, of a few small words.

    Keycloak's have more: ``/realms/acme/protocol/openid-connect/token``.
    """
    steps = r"(?:/(?:\.well-known|[a-z]{1,16}(?:[_-][a-z]{1,16}){0,3}|v[0-9](?:\.[0-9])?|oauth2(?:callback)?))"
    realm = "/realms/[a-z]{1,16}(?:[_-][a-z]{1,16}){0,2}/protocol/openid-connect/[a-z]{4,16}"
    path = rf"(?:{steps}{{0,3}}/?|(?:/auth)?{realm})"
    return re.compile(rf"[a-z][a-z0-9+.-]{{1,24}}://{_HOST}{path}|\.{{0,2}}{steps}{{1,4}}(?:\.[a-z]{{2,5}})?")


@cache
def unspeakable() -> re.Pattern[str]:
    """Match what no word of a language has: five consonants in a row, or four that are a word."""
    consonant = "[b-df-hj-np-tv-xz]"
    return re.compile(rf"{consonant}{{5}}|(?<![a-z]){consonant}{{4}}(?![a-z])", re.IGNORECASE)


@cache
def acronym() -> re.Pattern[str]:
    return re.compile(r"(?<![a-z])(?:smtps?|https?|html|grpcs?|mqtts?|xmpp|nntp)(?![a-z])", re.IGNORECASE)


@cache
def carrier() -> re.Pattern[str]:
    """Match the name of a header or a cookie that carries a token: ``satoken``, ``x-acme-token``."""
    return re.compile(r"(?:x[-_])?(?:[a-z]{1,12}[-_]){0,3}(?:token|jwt|session|authorization)|satoken", re.ASCII)


@cache
def party() -> re.Pattern[str]:
    """Match words in capitals, as an audience is called: ``OrdersAPIAudience``."""
    return re.compile(r"(?:[A-Z][a-z]{1,14}|[A-Z]{2,4}(?![a-z])){1,6}", re.ASCII)


@cache
def person() -> re.Pattern[str]:
    """Match the name of a person: two words or more, each with a capital."""
    return re.compile(r"[A-Z][a-z]{1,15}(?: [A-Z][a-z]{1,15}){1,3}", re.ASCII)


@cache
def chinese() -> re.Pattern[str]:
    """Match words in Chinese, which stand where an address is to be filled in."""
    return re.compile("[\u4e00-\u9fff]{2,16}")


@cache
def version() -> re.Pattern[str]:
    return re.compile(r"v?[0-9]{1,2}(?:\.[0-9]{1,2}){1,2}", re.ASCII)


@cache
def prefix() -> re.Pattern[str]:
    """Match words before a colon, with which the keys of a cache begin: ``online_token:``."""
    return re.compile(r"(?:[a-z]{2,16}[_:-]){1,4}(?<=:)", re.ASCII)


@cache
def title() -> re.Pattern[str]:
    """Match up to three words with a capital each: ``Acme Portal``."""
    return re.compile(r"[A-Z][A-Za-z]{1,15}(?: [A-Z][A-Za-z]{1,15}){0,2}", re.ASCII)


@cache
def network() -> re.Pattern[str]:
    """Match an address of IPv4 or a range of such, the machine itself, and any."""
    return re.compile(r"\*|localhost|::1|[0-9]{1,3}(?:\.[0-9]{1,3}){3}(?:/[0-9]{1,2})?", re.ASCII)


@cache
def variable() -> re.Pattern[str]:
    """Match the name of an environment variable that says what it holds: ``ZONE1_PASSWORD``."""
    noun = "(?:PASSWORD|PASSWD|PASSPHRASE|PASS|SECRET|TOKEN|KEY|USER|USERNAME|URL|DSN|CREDENTIALS)"
    return re.compile(rf"(?:[A-Z]{{2,16}}[0-9]{{0,2}}_){{1,6}}{noun}", re.ASCII)


@cache
def listing() -> re.Pattern[str]:
    """Match words with a comma between them: ``GOOGLE,GITHUB``."""
    word = "(?:[a-z]{2,16}|[A-Z]{2,16}|[A-Z][a-z]{1,15})(?:[._:-][a-z]{2,16}){0,3}"
    return re.compile(rf"{word}(?:, ?{word}){{1,15}}", re.ASCII)


@cache
def default() -> re.Pattern[str]:
    """Match a variable with a default: ``${JWT_TTL:86400}``."""
    return re.compile(r"\$\{[A-Za-z][\w.-]{0,63}:-?([\w .:/@*-]{1,128})\}", re.ASCII)


@cache
def run() -> re.Pattern[str]:
    return re.compile(r"[A-Za-z0-9]{8,}", re.ASCII)


@cache
def public_id() -> re.Pattern[str]:
    return re.compile(r"[A-Za-z0-9][\w.@-]{0,99}", re.ASCII)


@cache
def number() -> re.Pattern[str]:
    """Match an id as nobody chooses a password: hexadecimal digits, a UUID, a number."""
    return re.compile(r"[0-9a-f]{16,64}|[0-9a-f]{8}-(?:[0-9a-f]{4}-){3}[0-9a-f]{12}|[0-9]{1,8}|default", re.ASCII)


@cache
def period() -> re.Pattern[str]:
    unit = "(?:ms|[smhdw]|seconds?|minutes?|hours?|days?|weeks?|months?|years?)"
    iso = "P(?=[0-9T])(?:[0-9]{1,3}D)?(?:T(?:[0-9]{1,3}[HMS]){1,3})?"
    clock = "(?:[0-9]{1,3}[.])?[0-9]{1,2}:[0-9]{2}:[0-9]{2}"
    return re.compile(rf"[0-9]{{1,5}}|[0-9]{{1,4}} ?{unit}|{iso}|{clock}", re.ASCII)


@cache
def schedule() -> re.Pattern[str]:
    """Match when a job runs: five to seven fields of cron, one of which is a star."""
    field = "[0-9*/?,-]{1,8}"
    return re.compile(rf"(?=[^*]{{0,48}}[*])(?:{field} ){{4,6}}{field}", re.ASCII)
