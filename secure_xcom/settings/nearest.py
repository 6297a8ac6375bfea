"""What a misspelt name may have meant. A mistake alone loads this module."""

from __future__ import annotations

from difflib import get_close_matches
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Collection, Iterable


def nearest(name: str, known: Iterable[str]) -> str | None:
    """Return the known name that is most like ``name``; ``None`` if each is too different."""
    return next(iter(get_close_matches(name, sorted(known), n=1)), None)


def no_such_option(name: str, known: Collection[str]) -> str:
    """Return the problem of an option that does not exist: what it may have meant first, then all that there are."""
    meant = nearest(name.lower(), known)
    hint = f"did you mean {meant}? The" if meant else "the"
    return f"{name}: no such option; {hint} options are {', '.join(known)}"
