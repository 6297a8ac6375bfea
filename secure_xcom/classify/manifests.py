"""``setting_in``: what stays readable in a Secret of Kubernetes: empty parts, and the settings beside a password.

A manifest holds a user, a region and what nobody has filled in yet beside a password. What the parts are called tells
them apart, as in ``classify.sections``. An address stays sealed: who put it into a Secret may know why.
"""

from __future__ import annotations

import base64
import binascii
from typing import Final

from secure_xcom.classify.sections import is_setting

LONGEST: Final = 256
"""Characters of a part that is read; no setting is longer, in base64 either."""


def setting_in(key: str, value: object, *, is_encoded: bool) -> str | None:
    """Return the text of a part of ``data``, which is in base64, or of ``stringData``, if it is a setting."""
    if not isinstance(value, str) or len(value) > LONGEST:
        return None
    text = _decoded(value) if is_encoded else value
    is_plain = text is not None and (not text or ("://" not in text and is_setting(key, text)))
    return text if is_plain else None


def _decoded(text: str) -> str | None:
    """Return the text that a part stands for, or ``None`` if it holds bytes, or anything but base64."""
    try:
        return base64.b64decode(text, validate=True).decode("ascii")
    except (binascii.Error, UnicodeDecodeError, ValueError):
        return None
