"""``look_of``: what a value looks like, in classes that are too coarse to give it away.

Reports and proposals are made of these classes alone. No value, no part of one and no hash of one leaves this module.
"""

from __future__ import annotations

import math
import re
from collections import Counter
from dataclasses import dataclass
from enum import Enum, unique
from functools import lru_cache
from typing import TYPE_CHECKING, Final

from secure_xcom.classify.randomness import turns_of

if TYPE_CHECKING:
    from secure_xcom.model.value import Node


@unique
class Shape(Enum):
    """What a value is, as people would say it."""

    EMPTY = "empty"
    BOOLEAN = "boolean"
    COUNT = "count"
    NUMBER = "number"
    DATE = "date"
    WORD = "word"
    MASKED = "masked"
    PATH = "path"
    IDENTIFIER = "identifier"
    URL = "URL"
    TEXT = "text"
    RANDOM = "random"
    STRUCTURE = "structure"
    SEALED = "sealed before"

    # Each value is counted by its look: the enumeration's own hash is computed in Python.
    __hash__ = object.__hash__


HARMLESS: Final = frozenset({Shape.EMPTY, Shape.BOOLEAN, Shape.COUNT, Shape.DATE, Shape.WORD, Shape.MASKED, Shape.PATH})
"""What looks harmless under whatever name it stands. A path names a file, and does not hold it."""

_OPAQUE: Final = frozenset({Shape.RANDOM, Shape.IDENTIFIER, Shape.TEXT})

_HIGH: Final = 3.5
_MEDIUM: Final = 2.5
"""Bits a character. Texts of 16 and more random letters and digits lie above 3.5, English words below it."""

_LOOKED_AT: Final = 128
"""Characters of a text from which its classes are made: long texts cost no more than short ones."""

_SHORTEST_RANDOM: Final = 16
_LONGEST_RANDOM: Final = 4096
"""Characters. What is longer is a document or a file."""

_WEIGHTS: Final = [0.0, *(count * math.log2(count) for count in range(1, _LOOKED_AT + 1))]

_LARGEST_COUNT: Final = 1_000_000

_TURNS: Final = 0.28
"""Share of neighbours of different kinds. Random base64 has 0.6, base36 0.4, and names with digits in them 0.2."""

_LENGTHS: Final = ((8, "1-7"), (16, "8-15"), (32, "16-31"), (64, "32-63"), (256, "64-255"))

_DATE: Final = re.compile(r"\d{4}-?\d\d-?\d\d(?:[T _]\d\d[\d:.]{0,16}(?:Z|[+-]\d\d:?\d\d)?)?", re.ASCII)
_NUMBER: Final = re.compile(r"[+-]?\d{1,40}(?:\.\d{1,40})?", re.ASCII)
_TRUTHS: Final = frozenset({"true", "false", "yes", "no", "on", "off", "none", "null"})
_WORD: Final = re.compile(r"(?:[A-Z]?[a-z]{1,15}|[A-Z]{1,16})(?:[_ -](?:[A-Z]?[a-z]{1,15}|[A-Z]{1,16})){0,3}", re.ASCII)
_MASKED: Final = re.compile(r"[*x]{3,}|<[^<>]{1,60}>|\$?\{\{?[^{}]{1,120}\}?\}", re.ASCII | re.IGNORECASE)
_PATH: Final = re.compile(r"[\w./:=@+ *-]*", re.ASCII)
_URL: Final = re.compile(r"[a-z][a-z0-9+.-]{1,20}://", re.ASCII)
_HEX: Final = re.compile(r"(?:0x)?[0-9a-f-]{8,128}|(?:0x)?[0-9A-F-]{8,128}", re.ASCII)
_TOKEN: Final = re.compile(r"[A-Za-z0-9+/=_.~:|!@#$%^&*-]+", re.ASCII)
_PATHS: Final = ("/", "./", "../", "arn:", *(f"{scheme}://" for scheme in ("s3", "s3a", "gs", "abfs", "abfss", "hdfs")))
"""What a path begins with. An ARN names a thing of AWS's as a path names a file."""


@dataclass(frozen=True, slots=True, eq=False)
class Look:
    """A value's classes: what it is, how long, and how random. There is one object of each kind."""

    shape: Shape
    length: str = "-"
    entropy: str = "-"

    @property
    def is_harmless(self) -> bool:
        """Whether it cannot well be a secret."""
        return self.shape in HARMLESS

    @property
    def is_suspicious(self) -> bool:
        """Whether it looks secret under whatever name it stands."""
        return self.shape is Shape.RANDOM

    @property
    def is_opaque(self) -> bool:
        """Whether it may be a secret if its name says so."""
        return self.shape in _OPAQUE and self.entropy != "low"

    def __str__(self) -> str:
        if self.length == "-":
            return self.shape.value
        return f"{self.shape.value}, {self.length} characters, {self.entropy} entropy"


@lru_cache(maxsize=1024)
def _look(shape: Shape, length: str = "-", entropy: str = "-") -> Look:
    return Look(shape, length, entropy)


_STRUCTURE: Final = _look(Shape.STRUCTURE)
_BOOLEAN: Final = _look(Shape.BOOLEAN)
_COUNT: Final = _look(Shape.COUNT)
_OF_NUMBERS: Final = _look(Shape.NUMBER)
SEALED: Final = _look(Shape.SEALED)


def look_of(node: Node) -> Look:
    """Return the classes of a value, in time that does not depend on its length."""
    match node:
        case None | "":
            return _look(Shape.EMPTY)
        case bool():
            return _BOOLEAN
        case int():
            return _COUNT if abs(node) <= _LARGEST_COUNT else _OF_NUMBERS
        case float():
            return _OF_NUMBERS
        case str():
            return _of_text(node)
    return _STRUCTURE


def is_random(text: str) -> bool:
    """Whether a text looks like the output of a random generator: long, of one piece, and of mixed characters."""
    if not _SHORTEST_RANDOM <= len(text) <= _LONGEST_RANDOM or not _TOKEN.fullmatch(text[:_LOOKED_AT]):
        return False
    head = text[:_LOOKED_AT]
    return turns_of(head) >= _TURNS and bits(head) >= _HIGH


def bits(text: str) -> float:
    """Return the Shannon entropy of the beginning of a text, in bits a character."""
    head = text[:_LOOKED_AT]
    return math.log2(len(head)) - sum(map(_WEIGHTS.__getitem__, Counter(head).values())) / len(head)


def _of_text(text: str) -> Look:
    shape = _shape(text)
    if shape in HARMLESS:
        return _look(shape)
    entropy = bits(text)
    named = "high" if entropy >= _HIGH else "medium" if entropy >= _MEDIUM else "low"
    return _look(shape, _length_class(len(text)), named)


def _length_class(length: int) -> str:
    return next((name for end, name in _LENGTHS if length < end), "256 and more")


def _shape(text: str) -> Shape:
    if len(text) <= _LOOKED_AT and (shape := _shape_of_short(text)) is not None:
        return shape
    return Shape.RANDOM if is_random(text) else Shape.TEXT


def _shape_of_short(text: str) -> Shape | None:
    if text.isspace():
        return Shape.EMPTY
    if len(text) <= len("false") and text.lower() in _TRUTHS:
        return Shape.BOOLEAN
    if _DATE.fullmatch(text):
        return Shape.DATE
    if _NUMBER.fullmatch(text):
        return Shape.COUNT if len(text) < len(str(_LARGEST_COUNT)) else Shape.NUMBER
    if _MASKED.fullmatch(text):
        return Shape.MASKED
    if _WORD.fullmatch(text):
        return Shape.WORD
    if text.startswith(_PATHS) and _PATH.fullmatch(text) and not is_random(text):
        return Shape.PATH
    if _URL.match(text):
        return Shape.URL
    return Shape.IDENTIFIER if _HEX.fullmatch(text) else None
