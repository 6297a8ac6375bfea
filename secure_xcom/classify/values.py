"""``is_harmless``: whether what stands under the name of a secret cannot be one, or is not meant as one.

A bool under ``password`` says whether there is one, ``***`` hides one, ``${DB_PASSWORD}`` says where it comes from. How
much else is harmless depends on the name: ``admin`` may well be a password, and is no token.
"""

from __future__ import annotations

import re
from enum import Enum
from functools import cache
from typing import Final

from secure_xcom.classify.connection_texts import opens_nothing
from secure_xcom.classify.descriptions import describes, selects_a_secret
from secure_xcom.classify.distinct import LONGEST_RUN, is_date, is_distinctive, is_moment
from secure_xcom.classify.fill_ins import asks_for_a_secret
from secure_xcom.classify.labels import is_label
from secure_xcom.classify.randomness import looks_drawn, looks_random
from secure_xcom.classify.schemas import judged_of_schema
from secure_xcom.classify.stand_ins import (
    LONGEST_PUBLIC_KEY,
    STATES,
    TRUTHS,
    names_a_key,
    public_key,
    stands_for_any,
    stands_for_weak,
)

LONGEST_HARMLESS: Final = 512
"""Characters beyond which no text is harmless: no path, reference or placeholder is longer."""

SHORTEST_DOCUMENTED: Final = 16
"""Characters of the shortest key in AWS's documentation."""

MOST_PARTS: Final = 256
"""Parts of a dict or a list that are looked at; one that has more is not harmless."""


class Strength(Enum):
    """How much a name says about what stands under it."""

    STRONG = "strong"
    """The name is unmistakable, and its value may be any text or number: a password, a secret, a PIN."""

    FAINT = "faint"
    """The name mostly means something harmless, and only what is hard to guess is taken for a secret: tokens."""

    OPAQUE = "opaque"
    """The name may mean anything, and only what looks random is taken for a secret: an environment variable."""

    DRAWN = "drawn"
    """As opaque, and words with a number are not meant: a field that is called the key of something."""

    CHOSEN = "chosen"
    """The name may mean anything, and only letters with digits, as people choose them, are taken for a secret."""

    STORED = "stored"
    """The name mostly tells which key of a key service is meant, and may be the key itself: an encryption key."""

    WEAK = "weak"
    """The name has other meanings, or its value is long and random: a token, a key, a cookie."""


def is_harmless(value: object, strength: Strength = Strength.WEAK) -> bool:
    """Return whether a value, as JSON has them, is no secret although its name says so.

    Under any name: ``None``, a bool, an empty text, a mask, a template, a placeholder for people to fill in, a
    reference to a secret store, a path from a root of Unix, a number with a fraction, a date with its time, a moment as
    Airflow encodes it, and what a schema says of a field.

    Under a weak name also: a small number, a date, any path, the word for a status or for a kind of authentication,
    a public key, a certificate, and the address of a database.
    Where a key of a key service is meant also: its id, its alias, and what it encrypts with. A dict or a list is
    harmless if each of its parts is. A part that tells of the secret counts as harmless, by ``classify.descriptions``.
    """
    if strength is Strength.OPAQUE:
        return not isinstance(value, str) or not looks_random(value.strip()) or is_harmless(value, Strength.WEAK)
    if strength is Strength.DRAWN:
        return not isinstance(value, str) or not looks_drawn(value.strip()) or is_harmless(value, Strength.WEAK)
    if strength is Strength.CHOSEN:
        return not isinstance(value, str) or not _may_be_chosen(value.strip()) or is_harmless(value, Strength.WEAK)
    if isinstance(value, str):
        return _is_harmless_text(value, strength)
    parts = [value]
    looked_at = 0
    while parts:
        part = parts.pop()
        looked_at += 1
        if looked_at > MOST_PARTS or (isinstance(part, (dict, list)) and len(part) > MOST_PARTS):
            return False
        if isinstance(part, dict):
            parts.extend(_telling_parts(part, strength))
        elif isinstance(part, list):
            parts.extend(part)
        elif not _is_harmless_leaf(part, strength):
            return False
    return True


def _may_be_chosen(text: str) -> bool:
    return _CHOSEN.fullmatch(text) is not None


_CHOSEN: Final = re.compile(
    r"(?=[^0-9]{0,127}[0-9])(?=[^A-Za-z]{0,127}[A-Za-z])(?=[^A-Z!-/:-@]{0,127}[A-Z!-/:-@])[!-~]{8,128}", re.ASCII
)
"""Letters, digits, and a capital or a sign among them."""


def _telling_parts(part: dict[str, object], strength: Strength) -> list[object]:
    """Return what has to be harmless in a dict: all that does not only tell of a secret."""
    if part.get("__classname__") in _MOMENTS or selects_a_secret(part):
        return []
    if (judged := judged_of_schema(part)) is not None:
        return judged
    names_keys = strength is Strength.STORED
    hinted = _is_hint(part)
    return [
        child
        for key, child in part.items()
        if not describes(key, child, names_keys=names_keys)
        and not (hinted and key == "hint")
        and not _names_a_key(key, child)
    ]


def names_keys(value: object) -> bool:
    """Return whether a dict says under which keys of a Secret things stand, and nothing else."""
    return isinstance(value, dict) and bool(value) and all(_names_a_key(str(key), part) for key, part in value.items())


def _names_a_key(key: str, child: object) -> bool:
    """Whether a part says under which key of a Secret something stands: ``adminPasswordKey: admin-password``."""
    return key.endswith("Key") and isinstance(child, str) and _NAME_OF_KEY.fullmatch(child) is not None


_NAME_OF_KEY: Final = re.compile(
    "(?:{word}[-_.]){{0,4}}(?:password|passwd|secret|token|key|user|username|cert|cookie)".format(
        word="(?:admin|user|root|password|postgres|postgresql|mysql|mariadb|mongodb|redis|rabbitmq|keycloak|replication|"
        "replica|client|api|db|database|access|app|default|erlang|tls|ca|secret|token|key|auth|smtp|ldap|metrics)"
    ),
    re.ASCII,
)


def _is_hint(part: dict[str, object]) -> bool:
    """Whether a dict tells a secret's first three characters, as Entra does beside the id of a key."""
    hint, key = part.get("hint"), part.get("keyId")
    is_told = isinstance(key, str) and _UUID.fullmatch(key) is not None
    return is_told and isinstance(hint, str) and len(hint) <= _LONGEST_HINT


def _is_harmless_leaf(value: object, strength: Strength) -> bool:
    if value is None or isinstance(value, bool):
        return True
    if isinstance(value, float) and not value.is_integer():
        # A moment, a share: PINs and passwords have no fraction.
        return True
    if isinstance(value, (int, float)):
        # Texts of huge numbers are expensive, and Python refuses to write them.
        return strength is not Strength.STRONG and (not abs(value) < _HUGE or not is_distinctive(repr(value)))
    return isinstance(value, str) and _is_harmless_text(value, strength)


def _is_harmless_text(text: str, strength: Strength) -> bool:
    if len(text) > LONGEST_HARMLESS:
        return text.isspace() or (strength is not Strength.STRONG and is_public_key(text))
    text = text.strip()
    # As most secrets are. The patterns below match paths, signs and words: none is made of letters and digits alone.
    is_opaque = text.isalnum() and text.isascii() and not text.isalpha()
    if not text or _is_documented(text) or (not is_opaque and _stands_for_a_secret(text)) or _encodes_a_request(text):
        return True
    if (default := _default_in(text)) is not None:
        is_place = strength is not Strength.STRONG and stands_for_weak().fullmatch(default) is not None
        return is_place or _is_harmless_text(default, Strength.STRONG)
    if is_opaque and len(text) >= LONGEST_RUN:
        return False
    if strength is Strength.STRONG:
        return text.lower() in TRUTHS or is_moment(text)
    if strength is Strength.FAINT and not is_distinctive(text):
        return True
    return (
        text.lower() in STATES
        or is_date(text)
        or is_public_key(text)
        or _is_small_number(text)
        or (not is_opaque and (stands_for_weak().fullmatch(text) is not None or opens_nothing(text)))
        or (strength is Strength.STORED and names_a_key().fullmatch(text) is not None)
    )


def _stands_for_a_secret(text: str) -> bool:
    """Whether a text is a mask, a reference, a template or a placeholder."""
    return stands_for_any().fullmatch(text) is not None or asks_for_a_secret(text) or is_label(text)


def _encodes_a_request(text: str) -> bool:
    """Whether a text is a placeholder in base64, as in the Secrets of Kubernetes: ``your-slack-token-here``."""
    if len(text) % 4 or not text.isascii() or not SHORTEST_DOCUMENTED <= len(text) <= _LONGEST_ENCODED:
        return False
    from secure_xcom.classify.content.encoded_text import decoded

    said = decoded(text)
    return said is not None and said.isascii() and asks_for_a_secret(said)


_LONGEST_ENCODED: Final = 172
"""Characters in base64 of the longest request that is read."""


def _default_in(text: str) -> str | None:
    """Return the default of a template, which may be the secret, or ``None`` for any other text."""
    for _ in range(_DEEPEST_DEFAULT):
        if not text.startswith(("${", "{{")) or (found := _default().fullmatch(text)) is None:
            return None
        text = (found["shell"] or found["jinja"] or "").strip()
        if not text.startswith("${"):
            return "" if text in ("~", "null") else text
    return None


@cache
def _default() -> re.Pattern[str]:
    """Match a variable of Compose, Spring or Jinja with a default."""
    return re.compile(
        r"\$\{[A-Za-z][\w.-]{0,63}:-?(?P<shell>[^\n]{0,400})\}|"
        r"\{\{ ?[\w.]{1,64} ?\| ?default\((?P<quote>['\"])(?P<jinja>[^'\"{}\n]{0,400})(?P=quote)\) ?\}\}",
        re.ASCII,
    )


_DEEPEST_DEFAULT: Final = 4
"""Variables in one another that are looked at."""


def _is_documented(text: str) -> bool:
    return len(text) >= SHORTEST_DOCUMENTED and text.endswith(_DOCUMENTED)


def is_public_key(text: str) -> bool:
    """Return whether a text is a public key or a certificate from its beginning to its end."""
    return (
        len(text) <= LONGEST_PUBLIC_KEY
        and text.startswith(("ssh-", "ecdsa-", "-----BEGIN "))
        and public_key().fullmatch(text.strip()) is not None
    )


def _is_small_number(text: str) -> bool:
    return text.isascii() and text.lstrip("+-").replace(".", "", 1).isdigit() and not is_distinctive(text)


_LONGEST_HINT: Final = 3
_UUID: Final = re.compile(r"[0-9a-f]{8}-(?:[0-9a-f]{4}-){3}[0-9a-f]{12}", re.ASCII)

_HUGE: Final = 1e300

_MOMENTS: Final = frozenset(
    {"datetime.datetime", "datetime.date", "datetime.time", "datetime.timedelta", "pendulum.datetime.DateTime"}
)
"""Classes of moments, as Airflow's serialiser writes them in ``__classname__``."""

_DOCUMENTED: Final = ("EXAMPLE", "EXAMPLEKEY")
"""The keys in AWS's documentation end so (IAM User Guide, "Manage access keys")."""
