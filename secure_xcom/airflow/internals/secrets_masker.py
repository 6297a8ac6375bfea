"""Airflow's secrets masker: what it hides, how deep it looks, and the pattern of the texts that it knows."""

from __future__ import annotations

import re
from collections.abc import Sequence
from contextlib import suppress
from typing import Final

from airflow.sdk._shared.secrets_masker.secrets_masker import SecretsMasker, redact, should_hide_value_for_key

DEEPEST: Final = 200
"""Levels of nesting down to which strings are masked. Airflow stops at five, and shows what lies deeper."""


def mask_deeply() -> None:
    """Have the masker of this process, and of its future children, look ``DEEPEST`` levels deep."""
    SecretsMasker.MAX_RECURSION_DEPTH = DEEPEST


def register_together(texts: Sequence[str]) -> None:
    """Put texts into the masker of this process with one compilation of its pattern.

    Airflow's ``mask_secret`` compiles the pattern anew for each text: 41 s for a thousand, 0.1 s together. Call it
    next all the same: it tells the supervisor, and registers the texts here if a private name has moved.
    """
    with suppress(ImportError, AttributeError):
        _register(texts)


def _register(texts: Sequence[str]) -> None:
    from airflow.sdk._shared.secrets_masker.secrets_masker import SECRETS_TO_SKIP_MASKING, _secrets_masker

    masker = _secrets_masker()
    forms = [
        form for text in texts if text.lower() not in SECRETS_TO_SKIP_MASKING for form in masker._adaptations(text)
    ]
    new = {re.escape(form) for form in forms if len(form) >= masker.min_length_to_mask} - masker.patterns
    # A text that is among the patterns but not in the replacer would never be masked: both change, or neither.
    if new and hasattr(masker, "replacer"):
        patterns = masker.patterns | new
        masker.replacer, masker.patterns = re.compile("|".join(patterns)), patterns


__all__ = ["mask_deeply", "redact", "register_together", "should_hide_value_for_key"]
