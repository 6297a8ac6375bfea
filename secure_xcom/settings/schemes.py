"""Which schemes stores and keys take: those of this package, and those that other distributions declare."""

from __future__ import annotations

from typing import TYPE_CHECKING, Final

from secure_xcom.errors import ConfigurationError, translated
from secure_xcom.settings.uri import AdapterUri

if TYPE_CHECKING:
    from collections.abc import Iterable, Mapping

STORES: Final = ("abfs", "abfss", "airflow+*", "file", "gcs", "gs", "redis", "s3", "vault")

KEY_PROVIDERS: Final = ("aws-kms", "local", "vault-transit")

_OURS: Final[Mapping[str, tuple[str, ...]]] = {"store": STORES, "large_store": STORES, "key": KEY_PROVIDERS}
"""Beside the table of their classes, ``assembly.registry``, so that a misspelt scheme is found when it is parsed."""


def own_scheme(option: str, scheme: str) -> str | None:
    """Return the entry of this package for a scheme, such as ``airflow+*``; ``None`` if there is no entry."""
    return next((name for name in (scheme, f"{scheme.partition('+')[0]}+*") if name in _OURS[option]), None)


def known_uri(text: str, option: str) -> AdapterUri:
    """Parse the value of ``option``. Raises ``ConfigurationError``, also if its scheme does not exist."""
    uri = AdapterUri.parse(text, option=option)
    require_known(option, uri.scheme)
    return uri


def previous_uris(texts: Iterable[str]) -> tuple[AdapterUri, ...]:
    """Parse the values of ``previous_keys``. Raises ``ConfigurationError``."""

    with translated(ConfigurationError, into=lambda error: error.named("key", "previous_keys")):
        return tuple(known_uri(text, "key") for text in texts)


def require_known(option: str, scheme: str) -> None:
    """Raise ``ConfigurationError``, with the schemes that there are, unless this package or another one has it."""
    if own_scheme(option, scheme) is not None:
        return
    # The metadata of all distributions is read for a scheme of another package alone.
    from secure_xcom.settings.entry_points import GROUPS, declared, schemes
    from secure_xcom.settings.nearest import nearest

    if declared(GROUPS[option], scheme):
        return
    known = {*_OURS[option], *schemes(GROUPS[option])}
    meant = nearest(scheme, known)
    hint = f"; did you mean {meant}://?" if meant else ""
    raise ConfigurationError(f"{option}: unknown scheme {scheme}://; known: {', '.join(sorted(known))}{hint}")
