"""``PreviousStore``: a store from which objects are still read and purged, and into which nothing is put any more."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Final

from secure_xcom.errors import ConfigurationError, translated
from secure_xcom.settings.schemes import STORES, known_uri, own_scheme
from secure_xcom.settings.uri import AdapterUri

OPTION: Final = "previous_stores"

NATIVE: Final = "native+"
"""Before a URI: the store's own encryption served there, and no ``key``. No object's bytes decide that (ADR 0006)."""

_NATIVE_SCHEME: Final = "vault"


@dataclass(frozen=True, slots=True, kw_only=True)
class PreviousStore:
    """Where objects were put before. ``native`` says that they lie there in frames, and not in envelopes."""

    uri: AdapterUri
    native: bool = False

    @classmethod
    def parse(cls, text: str) -> PreviousStore:
        """Parse one entry of the option. Raises ``ConfigurationError``."""
        native = text.startswith(NATIVE)
        with named():
            uri = known_uri(text.removeprefix(NATIVE), "store")
        if native and uri.scheme != _NATIVE_SCHEME and own_scheme("store", uri.scheme) in STORES:
            raise ConfigurationError(cls(uri=uri).not_native)
        return cls(uri=uri, native=native)

    def __str__(self) -> str:
        """Return the place, without its parameters, as a person knows it."""
        place = "/".join(part for part in (self.uri.authority, self.uri.path) if part)
        slash = "" if self.uri.authority else "/"
        return f"{NATIVE if self.native else ''}{self.uri.scheme}://{slash}{place}"

    @property
    def not_native(self) -> str:
        """What is wrong if the store encrypts nothing itself, and is said to."""
        return f"{OPTION}: {NATIVE} does not stand before {self.uri.scheme}://, which encrypts nothing itself"

    @property
    def without_key(self) -> str:
        """What is wrong if no ``key`` is configured, and the store is not said to do without."""
        if self.uri.scheme == _NATIVE_SCHEME:
            return (
                f"{OPTION}: {self.uri.scheme}:// holds envelopes, which need the key that sealed them; write "
                f"{NATIVE}{self.uri.scheme}:// if it was used without a key"
            )
        return f"{OPTION}: {self.uri.scheme}:// holds envelopes: set key to the one that sealed them"


def named() -> translated[ConfigurationError]:
    """Put this option's name in the place of that of ``store``, as which its URIs are parsed and made."""
    return translated(ConfigurationError, into=lambda error: error.named("store", OPTION))
