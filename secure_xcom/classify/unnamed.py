"""``looks_like_a_key``: whether a text that stands alone looks like a key or a token, and like nothing else.

A digest, the id of a commit and the number of a query are as random. They are in hexadecimal, shorter, or in a form of
their own, and what is in none of these forms was made to be hard to guess.
"""

from __future__ import annotations

import base64
import re
from functools import cache, lru_cache
from typing import Final

from secure_xcom.classify.distinct import SHORTEST_ALONE
from secure_xcom.classify.name_words import words
from secure_xcom.classify.randomness import LONGEST
from secure_xcom.classify.words import words_of

SHAPE_RANDOM: Final = "shape-random"
"""The text looks like a key or a token, and has no name."""

_LONGEST_RUN: Final = 2.7
"""Characters of a run, on the average: a capital with small letters, capitals, or digits. Words have 3 and more. Of a
thousand random texts ten have more than 2.6."""

_OF_IDS: Final = words(
    """
    next job jobs order orders object objects list scroll query queries submit search event events trace
    id ids hash hashes digest checksum checksums sum sha etag fingerprint signature cursor page pages paging marker
    continuation version versions revision commit address wallet transaction file files upload document image blob
    cid block receipt handle message encode encoded compress compressed
    """
)
"""Words of tasks that return what is random and opens nothing."""

_FIELDS: Final = (0x08, 0x0A, 0x10, 0x12)
"""How messages in Google's Protocol Buffers begin: their first two fields, as a number or as bytes with a length."""

_NUMBERS: Final = (0x08, 0x10)


def looks_like_a_key(text: str) -> bool:
    """Return whether a text is 32 random bytes in base64, or more letters and digits that take turns."""
    if len(text) > 2 * LONGEST:
        return False
    text = text.strip(' \t\r\n"')
    if not SHORTEST_ALONE <= len(text) <= LONGEST or _key().fullmatch(text) is None or is_of_another_form(text):
        return False
    if _address().fullmatch(text) is not None:
        return False
    runs = _run().findall(text)
    return sum(map(len, runs)) <= _LONGEST_RUN * len(runs) and not _is_readable(text)


def is_of_another_form(text: str) -> bool:
    """Return whether a text is an id in a form of its own, or begins as what is encoded or numbered does."""
    return _other().match(text) is not None


@lru_cache(maxsize=1024)
def is_called_after_an_id(task_id: str) -> bool:
    """Return whether a task is called after what is random and no secret: ``upload_file``, ``get_next_page``."""
    return not _OF_IDS.isdisjoint(words_of(task_id.rpartition(".")[2]))


def _is_readable(text: str) -> bool:
    """Whether a text is the base64 of a text, or of a message such as the token of a page."""
    data = base64.urlsafe_b64decode(text[: len(text) // 4 * 4])
    if "\ufffd" not in data.decode(errors="replace").rstrip("\ufffd"):
        return True
    first, length = data[0], data[1]
    return first in _FIELDS and (first in _NUMBERS or length <= len(data) - 2)


@cache
def _key() -> re.Pattern[str]:
    """Match small letters, capitals and digits, or 32 bytes in base64, as Fernet writes keys (RFC 4648 section 5)."""
    kinds = "".join(rf"(?=[^{kind}]{{0,512}}[{kind}])" for kind in ("a-z", "A-Z", "0-9"))
    return re.compile(rf"{kinds}(?:[A-Za-z0-9_-]{{40,512}}|[A-Za-z0-9_-]{{43}}=)")


@cache
def _address() -> re.Pattern[str]:
    """Match 32 bytes in base58, which has no letters that look like others: addresses of wallets, and of contents."""
    return re.compile("[1-9A-HJ-NP-Za-km-z]{43,46}")


@cache
def _run() -> re.Pattern[str]:
    return re.compile("[A-Z]?[a-z]+|[A-Z]+|[0-9]+")


@cache
def _other() -> re.Pattern[str]:
    """Match ids of Google's files (``1`` or ``0B``), of IPFS, addresses of wallets, and texts with a beginning.

    Such are what AWS's KMS encrypted, what was compressed, pictures and documents, and what a service calls an id.
    """
    files = "(?:1|0B)[A-Za-z0-9_-]{32,43}$"
    encoded = "QlpoO|CiQA|AQICAH|AQEB|H4sI|UEsDB|iVBOR|JVBER|PD94|LS0t"
    return re.compile(rf"{files}|Qm[A-Za-z0-9]{{44}}$|xp(?:ub|rv)|{encoded}|(?:[a-z]{{2,12}}|[A-Z]{{2,12}})_")
