"""Airflow's secrets masker: which names it hides, which texts it knows, and how deep it looks.

What makes it linear (``masker``) leans on private names. Where one has moved, Airflow's own functions serve.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from functools import cache
from typing import Final

from airflow.sdk._shared.secrets_masker.secrets_masker import (
    SecretsMasker,
    _secrets_masker,
    redact,
    should_hide_value_for_key,
)

DEEPEST: Final = 200
"""Levels of nesting down to which strings are masked. Airflow stops at five, and shows what lies deeper."""


LONGEST_BY_CONTENT: Final = 65_536
"""Characters of a text in which Airflow's patterns look for secrets. They are not made to be linear in it: this many
cost at most what a long line of a log costs Airflow itself."""


def mask_deeply() -> None:
    """Have the masker of this process, and of its future children, look ``DEEPEST`` levels deep."""
    SecretsMasker.MAX_RECURSION_DEPTH = DEEPEST


def mask_linearly() -> None:
    """Have the masker of this process, and of its future children, search in time linear in what it searches."""
    try:
        from secure_xcom.airflow.internals.masker import install
    except ImportError:
        return
    install()


def register(texts: Sequence[str]) -> bool:
    """Mask texts in this process and in its supervisor; return whether that could be done.

    Raises ``MaskingFailed`` if the supervisor does not take them.
    """
    try:
        from secure_xcom.airflow.internals import masker

        masker.install()
        masker.register(texts)
    except (ImportError, AttributeError):
        return False
    return True


def holds_registered(text: str) -> bool:
    """Whether ``text`` holds a distinctive text that is registered with this process's masker."""
    try:
        return _search()(text)
    except AttributeError:
        return _is_redacted(text)


def content_search() -> Callable[[str], bool] | None:
    """Return what tells whether Airflow's masker would mask a part of a text by what it looks like.

    ``None`` before Airflow 3.4, whose masker knows no such patterns. Those that a deployment registers count too.
    """
    pattern_of = getattr(SecretsMasker, "_get_content_pattern_replacer", None)
    if pattern_of is None:
        return None

    def search(text: str) -> bool:
        pattern = pattern_of(_secrets_masker())
        return pattern is not None and pattern.search(text[:LONGEST_BY_CONTENT]) is not None

    return search


@cache
def _search() -> Callable[[str], bool]:
    # Loaded with the first text that is pushed.
    try:
        from secure_xcom.airflow.internals.masker import holds
    except ImportError:
        return _is_redacted
    return holds


def _is_redacted(text: str) -> bool:
    return bool(redact(text) != text)


__all__ = [
    "content_search",
    "holds_registered",
    "mask_deeply",
    "mask_linearly",
    "register",
    "should_hide_value_for_key",
]
