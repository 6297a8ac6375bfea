"""``FormerKey``: a key that opens what it sealed, and seals nothing any more; and what a run found under it."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from secure_xcom.assembly.estate import DomainKeys
    from secure_xcom.ops.lifecycle.rewrap.outcome import Summary
    from secure_xcom.seal.rewrapping import Kek


@dataclass(frozen=True, slots=True, kw_only=True)
class FormerKey:
    """``uses`` counts the objects and chain keys that were found under it."""

    kek: Kek
    uses: int
    in_keyring: bool
    """Whether it lies in the keyring of now, and not behind a URI of ``previous_keys``."""

    @property
    def is_absent(self) -> bool:
        """Whether ``previous_keys`` names a place without a key, as a keyring that is not there."""
        return not self.kek[1]

    def __str__(self) -> str:
        return "://".join(self.kek)


def former_keys(known: Iterable[tuple[DomainKeys, Sequence[str]]], summary: Summary) -> list[FormerKey]:
    """Return the former keys of some domains, each once. Raises a ``KeyProviderError``.

    With the keys of each domain come the earlier ones of its keyring, as they were when the run began.
    """
    return list(dict.fromkeys(one for keys, earlier in known for one in _former(keys, earlier, summary)))


def _former(keys: DomainKeys, earlier: Sequence[str], summary: Summary) -> Iterator[FormerKey]:
    if keys.provider is not None:
        for key_id in earlier:
            kek = (keys.provider.scheme, key_id)
            yield FormerKey(kek=kek, uses=summary.under(kek), in_keyring=True)
    for provider in keys.previous:
        kek = (provider.scheme, provider.current())
        yield FormerKey(kek=kek, uses=summary.uses(provider), in_keyring=False)
