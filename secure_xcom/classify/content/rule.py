"""``Rule``: one row of the table of content rules, and the characters that its tokens are made of."""

from __future__ import annotations

import re
from collections.abc import Callable
from dataclasses import dataclass
from typing import Final

Check = Callable[[re.Match[str]], bool]
"""Whether what a pattern matched is a secret: a checksum, a decoded header, or what stands nearby."""

SECRET: Final = "secret"  # noqa: S105 - the name of a group
"""The group of a pattern that holds the secret itself; without it, all that matched is the secret."""

WORD: Final = r"A-Za-z0-9_"
"""The characters of tokens that are letters and digits."""

URL_SAFE: Final = r"A-Za-z0-9_\-"
"""The characters of tokens that hold hyphens too: base64 for URLs (RFC 4648, section 5)."""

BASE64: Final = r"A-Za-z0-9+/"
"""The characters of base64 (RFC 4648, section 4) without its padding."""

ENTROPY: Final = 2.4
"""Bits for each character from which a text is random enough: 16 random hexadecimal digits have 2.5 at the least."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Rule:
    """What a kind of secret looks like. A text is sensitive if one rule matches anywhere in it."""

    id: str
    """In lower case with hyphens. Findings show it after ``content-``."""
    description: str
    """The kind of secret, in a few words."""
    reason: str
    """What a reader of the secret can do with it."""
    literals: tuple[str, ...]
    """One of these stands at the beginning of each match. The pattern is tried only where one of them is found."""
    pattern: str
    """A regular expression that matches from the literal on, and that never goes back: see ``content.linear``."""
    example: str
    """A text that matches, in the notation of ``content.invention``: no push protection takes it for a secret."""
    counterexample: str
    """A text that looks alike and does not match, in the same notation."""
    source: str
    """The provider's page on the token, where its format is to be checked."""
    boundary: str = WORD
    """A class of characters, none of which stands before or after a match. It holds each that a long match may hold:
    so no stretch of a text is read twice."""
    check: Check | None = None
    checks_itself: bool = False
    """Whether ``check`` looks at the match alone, and not around it: then a text that repeats one is checked once."""
    entropy: float = ENTROPY
    """The least Shannon entropy of the secret, in bits for each character."""


def row(  # noqa: PLR0913 - a row of the table
    id: str,  # noqa: A002 - the name of the field
    description: str,
    reason: str,
    literals: str | tuple[str, ...],
    pattern: str,
    *,
    example: str,
    counterexample: str,
    source: str,
    boundary: str = WORD,
    check: Check | None = None,
    checks_itself: bool = False,
    entropy: float = ENTROPY,
) -> Rule:
    """Return a rule of the built-in table; ``literals`` may be one text, in which spaces separate them."""
    return Rule(
        id=id,
        description=description,
        reason=reason,
        literals=tuple(literals.split()) if isinstance(literals, str) else literals,
        pattern=pattern,
        example=example,
        counterexample=counterexample,
        source=source,
        boundary=boundary,
        check=check,
        checks_itself=checks_itself,
        entropy=entropy,
    )
