"""``Sealer``: plaintext bytes to the bytes a store keeps, and back. Two of them, chosen by configuration alone.

``EnvelopeSealer`` encrypts under data keys of a key provider. ``NativeSealer`` frames the bytes for a store that is
an encryption boundary of its own (Vault KV) and for which no key is configured. Neither ever looks at the bytes to
decide which of the two it should be.
"""

from __future__ import annotations

import os
from typing import Final

from secure_xcom.errors import WrongKey
from secure_xcom.model.coordinates import Coordinates
from secure_xcom.model.domain import Domain
from secure_xcom.model.seal import SealContext
from secure_xcom.ports.sealer import Admit
from secure_xcom.seal.data_keys import DataKeys

NATIVE_MAGIC: Final = b"SXN1"


class EnvelopeSealer:
    """Envelope encryption for one domain: a data key for each Dag run, cached for a bounded time, and a derived key for
    each object."""

    encrypts = True

    def __init__(self, data_keys: DataKeys, domain: Domain) -> None:
        self._data_keys = data_keys
        self._domain = domain

    def seal(self, plaintext: bytes, context: SealContext) -> bytes:
        from secure_xcom.seal import cipher, envelope

        key = self._data_keys.for_sealing(encryption_context(self._domain, context.coordinates))
        kek = (self._data_keys.kek_type, key.kek_id, key.wrapped)
        return envelope.seal_envelope(plaintext, context, key.plaintext, os.urandom(cipher.SALT_BYTES), kek)

    def open(self, data: bytes, admit: Admit) -> bytes:
        from secure_xcom.seal import envelope

        header = envelope.parse_header(data)
        admit(header.context)
        if header.kek_type != self._data_keys.kek_type:
            raise WrongKey(
                f"the object is sealed under a key of another kind than the configured {self._data_keys.kek_type}://: "
                "set [secure_xcom] key to the one that sealed it"
            )
        expected = encryption_context(self._domain, header.context.coordinates)
        key = self._data_keys.for_opening(header.wrapped, header.kek_id, expected)
        return envelope.open_envelope(header, data, key)


class NativeSealer:
    """No encryption of our own: the store keeps the bytes encrypted, and its policy says who may write them."""

    encrypts = False

    def seal(self, plaintext: bytes, context: SealContext) -> bytes:
        from secure_xcom.seal import native as framing

        return framing.frame(NATIVE_MAGIC, plaintext, context)

    def open(self, data: bytes, admit: Admit) -> bytes:
        from secure_xcom.seal import native as framing

        context, plaintext = framing.unframe(NATIVE_MAGIC, data)
        admit(context)
        return plaintext


def encryption_context(domain: Domain, coordinates: Coordinates) -> dict[str, str]:
    """Coarse, so that a data key serves a whole run, and never secret: CloudTrail shows it.

    ``dag_id`` is the domain's segment, which a policy compares with the identity's session tag.
    """
    return {"dag_id": domain.segment, "run_id": coordinates.run_id, "fmt": "sxc1"}
