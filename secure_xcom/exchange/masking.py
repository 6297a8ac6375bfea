"""Under which strings a sealed value may turn up in a log, and which values cannot be masked at all."""

from __future__ import annotations

import ast
import base64
import json
import re
import warnings
from contextlib import suppress
from dataclasses import dataclass
from datetime import time
from itertools import islice
from typing import TYPE_CHECKING, Final

from secure_xcom.classify.common_words import is_uncommon
from secure_xcom.classify.distinct import LONGEST_RUN, is_distinctive
from secure_xcom.classify.forms import LONGEST_DEEP, deep_forms, printed_forms
from secure_xcom.payload.leaves import UNMASKABLE, PasswordText

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable, Iterator, Sequence

    from secure_xcom.model.coordinates import Coordinates
    from secure_xcom.ports.host import Host

LONGEST: Final = 262_144
"""Characters beyond which a string is not masked: nothing prints it as it is."""

MOST_DEEP: Final = 1 << 20
"""Characters of one value's texts that are escaped again and again: those of a long one become some twenty, kept twice,
in the task and in its supervisor."""

_SHORT_COUNTS: Final = 16
"""How many times as much a character of a short text counts, which is escaped four times."""

_LONGEST_UTF8: Final = 4
"""Bytes of a character in UTF-8, at most."""

_PLAIN: Final = re.compile(r"[A-Za-z0-9_.~-]+")
"""A text that is printed as it is everywhere: Python, JSON and URLs escape nothing in it."""

_PARTED: Final = re.compile(r"[\s:,;@\"'<{&]|=[^=]")
"""What stands in a text that has other parts than one secret."""

_QUANTUM: Final = 4
"""Characters that base64 has at a time (RFC 4648 section 4)."""

_LONGEST_PRINTED: Final = 4096
"""Characters of a text with several secrets that a command prints."""

_MOST_PARTS: Final = 1000
"""Secrets within one text that are masked by themselves."""

MOST_READABLE: Final = 256
"""Values that cannot be masked, of which the texts are known: a rendered argument is compared with each."""

_SHORTEST_WORD: Final = 2
"""Characters of a word of a text that is looked for by itself: a letter or a sign tells nothing."""

_SEPARATORS: Final = re.compile("[-_., ]")
"""What a template takes out of a number: ``47-11`` becomes ``4711``."""

_LITERAL: Final = re.compile(r"[\s\d.+(\[{'\"-]", re.ASCII)
"""Begins what Python may read as a literal."""

_LONGEST_NUMBER: Final = 32

_LARGE: Final = 100
"""A number from which its whole part tells it, when a template rounds it."""

_LONGEST_INT_BITS: Final = 10_000
"""Python refuses to print integers of more than 4,300 digits."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Masking:
    """``texts`` are to be masked; ``unmaskable`` counts the values that may be printed all the same.

    ``readable`` has the texts that a reader would see of those, ``None`` if they are too many or not known.
    """

    texts: tuple[str, ...]
    unmaskable: int
    readable: frozenset[str] | None = frozenset()


def nothing(_: str) -> Iterable[str]:
    """Return that a text has no part that is a secret by itself."""
    return ()


def masking_of(
    leaves: Iterable[object],
    shortest: int,
    common: frozenset[str] = frozenset(),
    secrets_in: Callable[[str], Iterable[str]] = nothing,
) -> Masking:
    """Tell how to mask ``leaves``; a string below ``shortest`` characters cannot be.

    ``secrets_in`` returns the parts of a text that are secrets by themselves: a consumer may take it apart.

    What is not distinctive, or among the ``common`` texts of the run, is counted as unmaskable: its mask would alter
    lines that have nothing to do with it. A word that is a password is masked, unless it is a common one. A number
    counts as unmaskable, since Airflow leaves it as it is where it is one.
    """
    texts: dict[str, None] = {}
    readable: list[object] = []
    unmaskable, left = 0, MOST_DEEP
    least = max(shortest, LONGEST_RUN)
    for leaf in leaves:
        if (
            type(leaf) is str
            and least <= len(leaf) <= LONGEST
            and leaf.isalnum()
            and leaf.isascii()
            and leaf not in common
            and not _is_encoded(leaf)
        ):
            # Many are such tokens, which are distinctive and printed alike: this saves five calls for each.
            texts[leaf] = None
            continue
        text = leaf if isinstance(leaf, str) else _text(leaf)
        # There may be many thousands: no call asks for the class.
        is_spoken = leaf.__class__ is PasswordText
        tells = is_distinctive(text) or (is_spoken and is_uncommon(text))
        fits = shortest <= len(text) <= LONGEST and tells and text not in common
        if fits:
            left -= _cost(text)
            _keep(texts, leaf, text, shortest, is_deep=left >= 0)
        shows = (not fits or isinstance(leaf, (int, float, complex))) and leaf != ""
        unmaskable += shows
        # No call: there may be many thousands, of which so many are compared with what is rendered.
        readable += (leaf,) * (shows and unmaskable <= MOST_READABLE)
        if is_spoken and (" " in text or "\n" in text or len(text) % _QUANTUM == 0):
            for part in _printed_parts(text):
                if shortest <= len(part) <= LONGEST and part not in common:
                    _keep(texts, part, part, shortest, is_deep=left >= 0)
        if isinstance(leaf, str) and (_PARTED.search(text) or _is_encoded(text)):
            # Nothing prints the whole of a long text, and its parts are printed all the same.
            for part in islice(secrets_in(text[:LONGEST]), _MOST_PARTS):
                if part not in texts and len(part) >= shortest and is_distinctive(part) and part not in common:
                    left -= _cost(part)
                    _keep(texts, part, part, shortest, is_deep=left >= 0)
    return Masking(
        texts=tuple(texts), unmaskable=unmaskable, readable=_readable(readable) if unmaskable <= MOST_READABLE else None
    )


def _readable(leaves: Sequence[object]) -> frozenset[str] | None:
    """Return the texts of leaves as templates render them, whole or by words, if each is known."""
    texts: set[str] = set()
    for leaf in leaves:
        if isinstance(leaf, str) and leaf != UNMASKABLE and len(leaf) <= LONGEST_DEEP:
            words = (word for word in (*leaf.split(), _SEPARATORS.sub("", leaf)) if len(word) >= _SHORTEST_WORD)
            texts.update(filter(None, printed_forms(leaf)), words, _as_numbers(leaf), _as_native(leaf))
        elif isinstance(leaf, (int, float)) and (text := _text(leaf)):
            texts.update((text,), _as_numbers(text))
        else:
            return None
    return frozenset(texts)


def _as_numbers(text: str) -> Iterator[str]:
    """Yield how a template writes a text that reads as a number: as a number, and its whole part.

    Separators amid the digits are left to the comparison.
    """
    if len(text) > _LONGEST_NUMBER:
        return
    for read in (float, lambda digits: int(digits, 0)):
        with suppress(ValueError, OverflowError):
            number = read(text)
            yield str(number)
            for whole in {int(number), round(number)}:
                if whole == number or abs(whole) >= _LARGE:
                    yield str(whole)


def _as_native(text: str) -> Iterator[str]:
    """Yield what stands in a text that native rendering reads as a literal: ``47,11`` becomes two numbers."""
    if len(text) > _LONGEST_NUMBER or not _LITERAL.match(text):
        return
    parts: list[object] = []
    # What cannot be hashed is a TypeError: ``{{1}}``. Python warns on standard error of odd literals, with a part of
    # the text.
    with suppress(ValueError, SyntaxError, TypeError), warnings.catch_warnings(action="ignore"):
        parts.append(ast.literal_eval(text))
    while parts:
        part = parts.pop()
        if isinstance(part, (tuple, list, set)):
            parts.extend(part)
        elif isinstance(part, dict):
            parts.extend((*part, *part.values()))
        elif len(said := str(part)) >= _SHORTEST_WORD:
            yield said


def _printed_parts(text: str) -> Iterator[str]:
    """Yield what a reader makes of a printed secret: the text without ends of lines, words, and what base64 encodes."""
    if text != text.strip() and is_uncommon(text.strip()):
        yield text.strip()
    if len(text) > _LONGEST_PRINTED:
        return
    from secure_xcom.classify.content.encoded_text import decoded

    for said in (text, decoded(text) or ""):
        each = said.split()
        yield from (word for word in each if word != text and (is_distinctive(word) or is_uncommon(said.strip())))


def _is_encoded(text: str) -> bool:
    """Whether a text begins as the base64 of a longer one does: its reader decodes it."""
    if len(text) <= LONGEST_RUN:
        return False
    # A task that pushes nothing secret needs none of the rules about contents.
    from secure_xcom.classify.content.encoded_text import text_in

    return text_in(text) is not None


def _cost(text: str) -> int:
    return len(text) * (_SHORT_COUNTS if len(text) <= LONGEST_DEEP else 1)


def _keep(texts: dict[str, None], leaf: object, text: str, shortest: int, *, is_deep: bool) -> None:
    """Add a text, and each of its other forms that is distinctive, once."""
    texts[text] = None
    for form in _other_forms(leaf, text, is_deep=is_deep):
        if form not in texts and len(form) >= shortest and is_distinctive(form):
            texts[form] = None


def mask(
    host: Host, leaves: Iterable[object], where: Coordinates | None, secrets_in: Callable[[str], Iterable[str]]
) -> None:
    """Have the host mask what it can, and warn once of what it cannot."""
    masking = masking_of(leaves, host.shortest_maskable, _names_of(where), secrets_in)
    if masking.texts:
        host.mask(masking.texts)
    if masking.unmaskable:
        host.warn_unmaskable(where, masking.unmaskable, masking.readable)


def _other_forms(leaf: object, text: str, *, is_deep: bool) -> Iterable[str]:
    if isinstance(leaf, (bytes, bytearray)):
        return (*printed_forms(text), *_printed_bytes(leaf, is_deep=is_deep))
    if _PLAIN.fullmatch(text):
        return ()
    return (*printed_forms(text), *deep_forms(text)) if is_deep else printed_forms(text)


def _names_of(where: Coordinates | None) -> frozenset[str]:
    """Return the names that each line of the task's log may hold."""
    return frozenset() if where is None else frozenset((where.dag_id, where.run_id, where.task_id, where.key))


def _text(leaf: object) -> str:
    match leaf:
        case bytes() | bytearray() if len(leaf) > _LONGEST_UTF8 * LONGEST:
            return ""
        case bytes() | bytearray():
            return leaf.decode("utf-8", "backslashreplace")
        case int() if leaf.bit_length() > _LONGEST_INT_BITS:
            return ""
        case int() | float() | complex():
            return repr(leaf)
        case time():
            return leaf.isoformat()
    return ""


def _printed_bytes(leaf: bytes | bytearray, *, is_deep: bool) -> Iterator[str]:
    """How bytes are printed that UTF-8 cannot read: as a literal, in hexadecimal and in base64."""
    literal = repr(bytes(leaf))[2:-1]
    yield literal
    # Once more escaped, as within the repr or the JSON of a text that holds the literal.
    yield repr(literal)[1:-1]
    yield json.dumps(literal)[1:-1]
    if is_deep:
        yield from deep_forms(literal)
    yield leaf.hex()
    yield leaf.hex().upper()
    # Without the padding, which may be left out.
    yield base64.b64encode(leaf).decode().rstrip("=")
    yield base64.urlsafe_b64encode(leaf).decode().rstrip("=")
