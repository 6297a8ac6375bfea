"""``EnvelopeSealer``: envelope encryption under the data keys of a key provider.

Configuration alone chooses between it and ``NativeSealer``. Neither looks at an object's bytes to decide which of the
two it should be.
"""

from __future__ import annotations

import os
from dataclasses import dataclass, field
from typing import TYPE_CHECKING

from secure_xcom.model.coordinates import Coordinates
from secure_xcom.model.domain import Domain
from secure_xcom.model.pieces import Bytes, Pieces
from secure_xcom.model.seal import SealContext
from secure_xcom.ports.sealer import Unopened
from secure_xcom.seal.data_keys import DataKeys

if TYPE_CHECKING:
    from secure_xcom.ports.store import Head
    from secure_xcom.seal.envelope import Header


@dataclass(frozen=True, slots=True)
class Envelope:
    """An envelope whose header was parsed and not yet authenticated."""

    header: Header

    @property
    def context(self) -> SealContext:
        """What the header says."""
        return self.header.context


@dataclass(frozen=True, slots=True)
class UnlockedEnvelope:
    """An envelope whose header is authentic, and the key that opens its segments."""

    header: Header
    key: bytes = field(repr=False)

    def open(self, blob: Bytes) -> bytearray:
        from secure_xcom.seal import envelope

        return envelope.open_segments(self.header, blob, self.key)


class EnvelopeSealer:
    """Seals for one domain: a data key for each Dag run, cached for a bounded time, and a derived key for each object.

    ``cryptography`` is imported with the first object: a task that seals nothing needs none.
    """

    encrypts = True

    def __init__(self, data_keys: DataKeys, domain: Domain) -> None:
        self._data_keys = data_keys
        self._domain = domain

    def seal(self, plaintext: bytes | Pieces, context: SealContext) -> bytearray:
        from secure_xcom.seal import cipher, envelope

        key = self._data_keys.for_sealing(encryption_context(self._domain, context.coordinates))
        kek = (self._data_keys.kek_type, key.kek_id, key.wrapped)
        return envelope.seal_envelope(plaintext, context, key.plaintext, os.urandom(cipher.SALT_BYTES), kek)

    def read(self, head: Head) -> Envelope:
        from secure_xcom.seal import envelope

        return Envelope(envelope.parse_header(head.data, head.size))

    def unlock(self, unopened: Unopened) -> UnlockedEnvelope:
        from secure_xcom.seal import envelope

        if not isinstance(unopened, Envelope):
            raise TypeError("an object is opened by the sealer that read it")
        header = unopened.header
        # The context is built from what the flow admitted, so a key provider unwraps for no other Dag or run.
        expected = encryption_context(self._domain, header.context.coordinates)
        key = self._data_keys.for_opening(header.wrapped, header.kek_type, header.kek_id, expected)
        return UnlockedEnvelope(header, envelope.authenticate_header(header, key))


def encryption_context(domain: Domain, coordinates: Coordinates) -> dict[str, str]:
    """Return the encryption context: coarse, so that a data key serves a whole run, and never secret.

    CloudTrail shows it. ``dag_id`` is the domain's segment, which a policy compares with the identity's session tag.
    """
    return {"dag_id": domain.segment, "run_id": coordinates.run_id, "fmt": "sxc1"}
