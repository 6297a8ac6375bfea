"""``Rewrapping``: envelopes whose data key a previous key has wrapped, to the same envelopes under the key of now.

No value is opened. What is replaced stands outside the bound header (docs/format.md, section 4).
"""

from __future__ import annotations

from collections.abc import Sequence
from typing import TYPE_CHECKING, TypeAlias

from secure_xcom.errors import WrongKey
from secure_xcom.model.domain import Domain
from secure_xcom.seal.data_keys import Cache, chosen
from secure_xcom.seal.sealer import encryption_context

if TYPE_CHECKING:
    from secure_xcom.model.seal import WrappedKey
    from secure_xcom.ports.keys import KeyProvider
    from secure_xcom.seal.envelope import Header

Kek: TypeAlias = tuple[str, str]
"""The kind and the id of a key, as a header names it."""


class Rewrapping:
    """Moves the objects of one domain to its key, with one request for each wrapped data key and not for each object.

    With ``every``, what the key has wrapped already is wrapped again, for a key that was rotated under its name.
    """

    def __init__(
        self, domain: Domain, provider: KeyProvider, previous: Sequence[KeyProvider] = (), *, every: bool = False
    ) -> None:
        self._domain = domain
        self._provider = provider
        self._providers = (provider, *previous)
        self._every = every
        self._answers: Cache[WrappedKey] = Cache()
        self.seen = 0
        """How many data keys were in this process's memory in the clear."""

    def is_current(self, header: Header) -> bool:
        """Whether there is nothing to do for an object. Raises a ``KeyProviderError``."""
        return not self._every and (header.kek_type, header.kek_id) == self.kek

    @property
    def kek(self) -> Kek:
        """The key of now. Raises a ``KeyProviderError``."""
        return self._provider.scheme, self._provider.current()

    def wrapped(self, header: Header) -> WrappedKey:
        """Return the data key of an object, wrapped by the key of now. Raises a ``KeyProviderError``."""
        where = header.context.coordinates
        asked = (header.wrapped, header.kek_type, header.kek_id, where.run_id)
        return self._answers.get(asked, lambda: self._asked(header))

    def _asked(self, header: Header) -> WrappedKey:
        context = encryption_context(self._domain, header.context.coordinates)
        source = chosen(self._providers, header.kek_type, header.kek_id)
        moved = source.rewrap(header.wrapped, header.kek_id, context, into=self._provider)
        self.seen += moved.was_seen
        return moved

    def require_known(self, header: Header) -> None:
        """Raise ``WrongKey`` for an object under a key that is not configured. No service is asked."""
        if not chosen(self._providers, header.kek_type, header.kek_id).holds(header.kek_id):
            raise WrongKey(
                f"the object is sealed under {header.kek_type}://{header.kek_id[:200]!r}, which is not configured: "
                "name it in previous_keys"
            )
