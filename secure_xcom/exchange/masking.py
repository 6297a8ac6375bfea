"""Under which strings a sealed value may turn up in a log, and which values Airflow cannot mask at all."""

from __future__ import annotations

import base64
import json
from collections.abc import Callable, Iterable, Iterator
from dataclasses import dataclass
from decimal import Decimal
from itertools import islice
from typing import Final
from urllib.parse import quote, quote_plus
from uuid import UUID

from secure_xcom.errors import PayloadError
from secure_xcom.model.coordinates import Coordinates
from secure_xcom.model.value import CLASSNAME, DATA, JSON, VERSION
from secure_xcom.ports.host import Host
from secure_xcom.secret import Secret

LONGEST: Final = 16_384
"""Characters beyond which a string is not masked: Airflow compiles all masked strings into one pattern."""

LONGEST_OF_LINES: Final = 262_144
"""Characters up to which a text that is too long is at least masked line by line."""

SHORTEST_LINE: Final = 8
"""Characters below which a line of a longer text is not masked by itself: such lines are words, not secrets."""

SHORTEST_KEY: Final = 16
"""Characters below which a dict's key is taken for a name."""

MOST: Final = 1_000
"""Strings that one push or pull registers: Airflow compiles the pattern anew for each, 17 ms at a thousand."""

_LONGEST_INT_BITS: Final = 10_000
"""Python refuses to print integers of more than 4,300 digits."""

_ENCODED: Final = {CLASSNAME, VERSION, DATA}
"""The keys of Airflow's encoding of an object, of which one is the object's content."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Masking:
    """``texts`` are to be masked; ``unmaskable`` counts the values that Airflow would print all the same."""

    texts: tuple[str, ...]
    unmaskable: int


def leaves_of(values: Iterable[object], encode: Callable[[object], JSON]) -> Iterator[object]:
    """Yield what ``values`` are made of: the members of containers, and the fields of objects by ``encode``.

    Booleans and ``None`` are left out: hiding these words would hide half of every log. An object that cannot be
    encoded is a leaf itself.
    """
    for value in values:
        match value:
            case None | bool():
                continue
            case str() | bytes() | bytearray() | int() | float() | complex() | Decimal() | UUID():
                yield value
            case Secret():
                yield from leaves_of([value.reveal()], encode)
            case dict() if value.keys() == _ENCODED:
                yield from leaves_of([value[DATA]], encode)
            case dict():
                yield from leaves_of(filter(_may_be_secret, value), encode)
                yield from leaves_of(value.values(), encode)
            case list() | tuple() | set() | frozenset():
                yield from leaves_of(value, encode)
            case _:
                yield from _fields(value, encode)


def masking_of(leaves: Iterable[object], shortest: int) -> Masking:
    """Tell how to mask ``leaves``; a string below ``shortest`` characters cannot be.

    A number is masked where it is printed, and counted as unmaskable, since Airflow leaves it as it is wherever
    it stands as a number.
    """
    texts: dict[str, None] = {}
    unmaskable = 0
    for leaf in leaves:
        text = _text(leaf)
        fits = shortest <= len(text) <= LONGEST and len(texts) < MOST
        if fits:
            forms = (*_printed_forms(text), *_printed_bytes(leaf))
            texts.update(dict.fromkeys(form for form in forms if len(form) >= shortest))
        elif LONGEST < len(text) <= LONGEST_OF_LINES and len(texts) < MOST:
            lines = (line for line in _lines(text) if len(line) <= LONGEST)
            texts.update(dict.fromkeys(islice(lines, MOST - len(texts))))
        unmaskable += not fits or isinstance(leaf, (int, float, complex))
    return Masking(texts=tuple(texts), unmaskable=unmaskable)


def mask(host: Host, leaves: Iterable[object], coordinates: Coordinates | None) -> None:
    """Have the host mask what it can, and warn of what it cannot."""
    masking = masking_of(leaves, host.shortest_maskable)
    if masking.texts:
        host.mask(masking.texts)
    if masking.unmaskable:
        host.warn_unmaskable(coordinates, masking.unmaskable)


def _may_be_secret(key: object) -> bool:
    """Whether a dict's key is masked too: names are short or have no digit, tokens are long and have some."""
    text = key.reveal() if isinstance(key, Secret) else key
    return isinstance(text, str) and len(text) >= SHORTEST_KEY and any(character.isdecimal() for character in text)


def _fields(value: object, encode: Callable[[object], JSON]) -> Iterator[object]:
    try:
        encoded = encode(value)
    except PayloadError:
        yield value
    else:
        yield from leaves_of([encoded], encode)


def _text(leaf: object) -> str:
    match leaf:
        case str():
            return leaf
        case bytes() | bytearray():
            return leaf.decode("utf-8", "backslashreplace")
        case int() if leaf.bit_length() > _LONGEST_INT_BITS:
            return ""
        case int():
            # An enum's own repr would be its name.
            return int.__repr__(leaf)
        case float() | complex():
            return repr(leaf)
        case Decimal() | UUID():
            return str(leaf)
    return ""


def _printed_forms(text: str) -> Iterator[str]:
    """The ways in which people and programs print a string: as it is, by line, escaped for Python, JSON and URLs."""
    yield text
    yield text.strip()
    yield from _lines(text)
    yield repr(text)[1:-1]
    yield json.dumps(text)[1:-1]
    yield json.dumps(text, ensure_ascii=False)[1:-1]
    try:
        yield quote(text)
        yield quote(text, safe="")
        yield quote_plus(text)
    except UnicodeEncodeError:
        return


def _lines(text: str) -> list[str]:
    lines = [line.strip() for line in text.splitlines()]
    return [line for line in lines if len(line) >= SHORTEST_LINE] if len(lines) > 1 else []


def _printed_bytes(leaf: object) -> Iterator[str]:
    """How bytes are printed that UTF-8 cannot read: as a literal, in hexadecimal and in base64."""
    if isinstance(leaf, (bytes, bytearray)):
        literal = repr(bytes(leaf))[2:-1]
        yield literal
        # Once more escaped, as within the repr or the JSON of a text that holds the literal.
        yield repr(literal)[1:-1]
        yield json.dumps(literal)[1:-1]
        yield leaf.hex()
        yield leaf.hex().upper()
        # Without the padding, which may be left out.
        yield base64.b64encode(leaf).decode().rstrip("=")
        yield base64.urlsafe_b64encode(leaf).decode().rstrip("=")
