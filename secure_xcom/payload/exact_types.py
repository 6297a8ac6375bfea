"""Which types Airflow's encoding or one of our own holds exactly, and which of them may be the keys of a dict."""

from __future__ import annotations

import datetime as dt
from typing import TYPE_CHECKING, Final, NoReturn

from secure_xcom.errors import PayloadError
from secure_xcom.model.value import ExtensionKind
from secure_xcom.payload.foreign import name_of
from secure_xcom.secret import Secret

if TYPE_CHECKING:
    from collections.abc import Mapping

EXACT: Final = frozenset({str, int, float, bool})

EXTENSIONS: Final[Mapping[type, ExtensionKind]] = {
    bytes: ExtensionKind.BYTES,
    bytearray: ExtensionKind.BYTEARRAY,
    complex: ExtensionKind.COMPLEX,
    dt.time: ExtensionKind.TIME,
}
"""What Airflow refuses, and a node of its own holds."""


def exact_key(key: object) -> str:
    if isinstance(key, str):
        return str.__str__(key)
    raise TypeError


def holds_mark(key: object) -> bool:
    members = key if isinstance(key, (tuple, frozenset)) else ()
    return isinstance(key, Secret) or any(holds_mark(member) for member in members)


def require_exact_key(key: object) -> None:
    """Raise ``PayloadError`` for a key of a refused dict that is an object: two could be encoded alike."""
    if isinstance(key, Secret):
        return require_exact_key(key.reveal())
    if type(key) in (tuple, frozenset):
        for member in key:  # type: ignore[attr-defined]
            require_exact_key(member)
    elif key is not None and type(key) not in EXACT and type(key) not in EXTENSIONS:
        _refuse_key(type(key))
    return None


def _refuse_key(kind: type) -> NoReturn:
    raise PayloadError(
        f"a dict with one of Airflow's reserved keys, or with a Secret in a key, has a key of {name_of(kind)}: use "
        "text and numbers for the keys"
    )
