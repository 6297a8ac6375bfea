"""Which parts of a dict only tell of a secret: its name, its owner, its date, and where it is stored.

``{"id": "a1", "ownerArn": "arn:...", "createdAt": "..."}`` under ``api_key`` describes a key and holds none. The walk
looks at these parts by their own names and contents all the same.
"""

from __future__ import annotations

import re
from typing import Final

from secure_xcom.classify.name_words import MEASURED_LAST_WORDS, words
from secure_xcom.classify.randomness import is_random
from secure_xcom.classify.stand_ins import key_of_a_map
from secure_xcom.classify.words import words_of

LONGEST_REFERENCE: Final = 253
"""Characters of a name of a secret: Kubernetes' limit (RFC 1123 subdomain names)."""

MOST_NAMES: Final = 64
"""Names in a list that are looked at; a list that has more is no description."""

_ID_OF_KEY: Final = re.compile("A[KSBC][A-Z]{2}[A-Z2-7]{16}|LTAI[A-Za-z0-9]{12,26}", re.ASCII)
"""The id of an access key at AWS (IAM User Guide, "Unique identifiers"), and at Alibaba Cloud."""


def describes(key: str, value: object, *, names_keys: bool) -> bool:
    """Return whether a part of a dict tells of a secret, as ``{"name": "db-credentials"}`` does.

    A part does if its name ends like one that describes, and its value is a word, an address without a user and a
    query, or a list of such. Only that of an id may look random: ``{"ref": ...}`` may hold the secret itself. Where
    ``names_keys`` is true, the key of a key service is meant, and its id too describes. A number does if its name says
    what it measures, as in ``{"length": 16}``, and so does a variable with a number for a default.
    """
    last = words_of(key)[-1:]
    if isinstance(value, (int, float)) and not isinstance(value, bool):
        if last == ("mode",):
            return 0 <= value <= _LARGEST_MODE
        is_version = last == ("version",) and 0 <= value <= _LARGEST_VERSION
        return bool(last) and (last[0] in MEASURED_LAST_WORDS or is_version or _is_cost(last[0], value))
    if isinstance(value, str) and len(value) <= LONGEST_REFERENCE and _MEASURE.fullmatch(value) is not None:
        return bool(last) and last[0] in MEASURED_LAST_WORDS
    if key in _FORMS:
        return isinstance(value, str) and _FORMS[key].fullmatch(value) is not None
    if last == ("description",):
        return isinstance(value, str) and len(value) <= LONGEST_REFERENCE and not _holds_opaque(value)
    if not (_describing(key, last) or (names_keys and _normal(key) in _DESCRIBING_KEYS)):
        return False
    values = [_TEMPLATE.sub("", each) if isinstance(each, str) else each for each in _listed(value)]
    if len(values) > MOST_NAMES or not all(isinstance(each, str) and _is_name(each) for each in values):
        return False
    return (bool(last) and last[0] in _OPAQUE) or not any(_holds_opaque(str(each)) for each in values)


def _is_cost(name: str, value: float) -> bool:
    """Return whether a number says how a password is hashed: in few rounds, or in thousands of iterations."""
    if name in _COSTS and 0 <= value <= _LARGEST_COST:
        return True
    number = int(value) if abs(value) < _MOST_ITERATIONS else 0
    return name == "iteration" and number > 0 and (number % 1000 == 0 or number & (number - 1) == 0)


def _listed(value: object) -> list[object]:
    return value[: MOST_NAMES + 1] if isinstance(value, list) else [value]


def selects_a_secret(part: dict[str, object]) -> bool:
    """Return whether a dict names an object of Kubernetes and a key in it: ``{"name": "db", "key": "password"}``.

    The key is made of words: elsewhere what stands beside a name may be the secret.
    """
    name, key = part.get("name"), part.get("key")
    return (
        part.keys() <= _SELECTOR
        and isinstance(name, str)
        and (_is_word(name) or _OF_CHART.fullmatch(name) is not None)
        and isinstance(key, str)
        and key_of_a_map().fullmatch(key) is not None
    )


def is_id_of_a_key(name: str, text: str) -> bool:
    """Return whether a text is the id of an access key under its name: by itself it opens nothing.

    Within a longer text its secret may stand near.
    """
    return _ID_OF_KEY.fullmatch(text) is not None and words_of(name)[-2:] in _IDS_OF_KEYS


def names_a_copy(key: str, value: object, remote: object) -> bool:
    """Return whether a part names the copy of what an ExternalSecret reads.

    As in ``{"secretKey": "db-password", "remoteRef": {"key": "prod/db"}}``.
    """
    is_reference = key == "secretKey" and isinstance(remote, dict) and isinstance(remote.get("key"), str)
    return is_reference and isinstance(value, str) and _COPY.fullmatch(value) is not None


def _describing(key: str, last: tuple[str, ...]) -> bool:
    if last and last[0] in _NUMBERS:
        # A ``secret_id`` is the secret of Vault's AppRole, a session's id is a cookie, and an ``id`` may be a token.
        return _OPENING.isdisjoint(before := words_of(key)[:-1]) and bool(before)
    return bool(last) and last[0] in _DESCRIBING


def _is_name(text: str) -> bool:
    if "://" in text:
        return len(text) <= LONGEST_REFERENCE and not any(mark in text for mark in "@?#") and not _has_spaces(text)
    return _is_word(text)


def _is_word(text: str) -> bool:
    return len(text) <= LONGEST_REFERENCE and not _has_spaces(text) and "://" not in text


def _holds_opaque(text: str) -> bool:
    """Whether a run of letters and digits looks random: small letters, capitals and digits take turns."""
    return any(is_random(run) for run in _RUN.findall(text))


def _has_spaces(text: str) -> bool:
    return any(map(str.isspace, text))


def _normal(key: str) -> str:
    return key.lower().replace("_", "")


_DESCRIBING: Final = words(
    """
    name names ref refs file filename path source kind namespace type scheme algorithm mode method provider status
    state arn arns crn alias username owner version region account at date time timestamp by from issuer audience
    subject sub kid iss aud url urls uri uris endpoint
    """
)
"""Last words of names under which a dict tells of a secret, as AWS's, Kubernetes' and Compose's interfaces do."""

_LARGEST_VERSION: Final = 99
_LARGEST_COST: Final = 99
_MOST_ITERATIONS: Final = 10_000_000

_COSTS: Final = words("iteration round cost strength")
"""Last words of names under which it stands how a password is hashed."""

_IDS_OF_KEYS: Final = (("key", "id"), ("credential", "id"))

_NUMBERS: Final = words("id ids")

_OPAQUE: Final = _NUMBERS | words("arn arns crn kid version account sub subject")
"""Last words of names of what is random, and opens nothing."""

_FORMS: Final = {
    "env": re.compile(r"[A-Z][A-Z0-9]{0,31}(?:_{1,2}[A-Z0-9]{1,32}){1,8}", re.ASCII),
    "environment": re.compile(r"[A-Z][A-Z0-9]{0,31}(?:_{1,2}[A-Z0-9]{1,32}){1,8}", re.ASCII),
    "resolved": re.compile(r"https?://[\w.:-]{1,128}(?:/[\w.@%~+-]{1,128}){0,16}", re.ASCII),
}
"""What a variable of an environment is called, and where a package comes from."""

_MEASURE: Final = re.compile(r"\$\{[A-Z][A-Z0-9_]{0,63}:-?[0-9]{1,3}\}", re.ASCII)
"""A variable with a number for a default: ``${OTP_LENGTH:6}``."""

_COPY: Final = re.compile(r"[A-Za-z]{1,16}[0-9]{0,2}(?:[._-][A-Za-z]{1,16}[0-9]{0,2}){0,8}", re.ASCII)
"""The key of a Secret, as people write it."""

_TEMPLATE: Final = re.compile(r"\{\{[^{}]{0,128}\}\}")
"""What Helm writes in a name: the rest of it is looked at."""

_OF_CHART: Final = re.compile(
    r"\{\{[^{}]{0,128}\}\}(?:-(?:postgresql|mysql|mariadb|mongodb|redis|rabbitmq|db|app|auth|tls|secrets?|credentials)){0,3}"
)
"""The name of an object that a chart makes, with what it is for."""

_LARGEST_MODE: Final = 0o777
"""Rights on a file, as in ``{"secretName": "db", "defaultMode": 420}``."""

_RUN: Final = re.compile(r"[A-Za-z0-9]{16,}", re.ASCII)
_OPENING: Final = words("secret session sess token auth device")
"""Words of ids that are accepted in place of a password, or that nobody can tell from these."""

_DESCRIBING_KEYS: Final = frozenset(("id", "keyid", "kmskeyid", "kmsmasterkeyid", "kmskeyserviceaccount"))
"""Further names of a key of a key service."""

_SELECTOR: Final = frozenset(("name", "key", "optional", "namespace"))
"""The fields of a ``SecretKeySelector`` in Kubernetes' interface, and the namespace that its operators add."""
