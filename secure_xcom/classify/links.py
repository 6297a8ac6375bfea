"""``lets_in``: whether an address is one of a page for one person: it ends with what was made at random.

``https://acme.okta.com/welcome/<20 random characters>`` opens an account to its reader, and
``https://acme.com/invitations/how-to-invite`` opens a page.
"""

from __future__ import annotations

import re
from typing import Final
from urllib.parse import parse_qsl, urlsplit

from secure_xcom.classify.randomness import is_drawn, is_random

LONGEST: Final = 4096
"""Characters of an address that is read."""

_SHORTEST: Final = 16
"""Characters of what lets somebody in. Ids of accounts and of pages are shorter."""

_LAST: Final = 2
"""Steps at the end of a path, of which one may be what lets somebody in."""


def lets_in(address: str) -> bool:
    """Return whether the last steps of a path, a value of its query or its fragment looks random."""
    if len(address) > LONGEST:
        return False
    try:
        parts = urlsplit(address.strip())
    except ValueError:
        return False
    if parts.scheme not in ("https", "http"):
        return False
    asked = [re.sub("[/+ ]", "", value) for _, value in parse_qsl(parts.query)]
    return any(map(_is_made_at_random, (*parts.path.split("/")[-_LAST:], *asked, parts.fragment)))


def _is_made_at_random(step: str) -> bool:
    run = step.replace("-", "").replace("_", "").rstrip("=")
    if len(run) < _SHORTEST or _RUN.fullmatch(run) is None:
        return False
    if not any(map(str.isdigit, run)):
        return len(run) >= _SHORTEST_OF_LETTERS and is_random(run) and _WORDS.fullmatch(run) is None
    return is_random(run) or (run.islower() and is_drawn(run))


_RUN: Final = re.compile(r"(?![0-9a-f]+$)[A-Za-z0-9~]+", re.ASCII)
"""Matches letters and digits. Commits, digests and UUIDs are numbers in hexadecimal, and open nothing."""

_WORDS: Final = re.compile("[A-Z]?[a-z]+(?:[A-Z][a-z]+)*", re.ASCII)
"""Matches words with capitals."""

_SHORTEST_OF_LETTERS: Final = 20
"""Characters of a run without a digit: shorter ones may be words with capitals."""
