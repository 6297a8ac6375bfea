"""Airflow's secrets masker: which names it hides, which texts it knows, and how deep it looks.

What makes it linear (``masker``) leans on private names. Where one has moved, Airflow's own functions serve.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from functools import cache
from typing import Final

from airflow.sdk._shared.secrets_masker.secrets_masker import SecretsMasker, redact, should_hide_value_for_key

DEEPEST: Final = 200
"""Levels of nesting down to which strings are masked. Airflow stops at five, and shows what lies deeper."""


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


__all__ = ["holds_registered", "mask_deeply", "mask_linearly", "register", "should_hide_value_for_key"]
