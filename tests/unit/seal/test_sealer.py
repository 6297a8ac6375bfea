"""Which sealer serves is decided by configuration: neither opens what the other wrote."""

from collections.abc import Callable

import pytest
from hypothesis import given
from hypothesis import strategies as st

from secure_xcom.errors import Tampered, WrongKey
from secure_xcom.model.domain import Domain
from secure_xcom.model.seal import SealContext
from secure_xcom.ports.sealer import Sealer, Unopened
from secure_xcom.ports.store import Head
from secure_xcom.seal.data_keys import DataKeys
from secure_xcom.seal.native import NativeSealer
from secure_xcom.seal.sealer import EnvelopeSealer, encryption_context
from secure_xcom.testing.fakes import InMemoryKeyProvider
from tests.unit.world import PLACE

CONTEXT = SealContext(coordinates=PLACE, object_id="0" * 32, created=1)


class OtherKind(InMemoryKeyProvider):
    scheme = "other"


def _envelope(provider: InMemoryKeyProvider) -> EnvelopeSealer:
    return EnvelopeSealer(DataKeys(provider), Domain(PLACE.dag_id))


def _read(sealer: Sealer, plaintext: bytes) -> Unopened:
    return sealer.read(Head.of(sealer.seal(plaintext, CONTEXT)))


def _open(sealer: Sealer, blob: bytes) -> bytes:
    return sealer.unlock(sealer.read(Head.of(blob))).open(blob)


@pytest.mark.parametrize(
    ("writer", "reader"),
    [
        (NativeSealer, lambda: _envelope(InMemoryKeyProvider())),
        (lambda: _envelope(InMemoryKeyProvider()), NativeSealer),
    ],
    ids=["native object, key configured", "envelope, no key configured"],
)
def test_refuses_what_the_other_sealer_wrote(writer: Callable[[], Sealer], reader: Callable[[], Sealer]) -> None:
    with pytest.raises(Tampered):
        reader().read(Head.of(writer().seal(b"x", CONTEXT)))


def test_asks_no_provider_to_unwrap_a_key_of_another_kind() -> None:
    provider = InMemoryKeyProvider()
    with pytest.raises(WrongKey, match="memory://"):
        _open(_envelope(provider), _envelope(OtherKind()).seal(b"x", CONTEXT))
    assert provider.calls == []


def test_refuses_a_kek_that_is_not_the_configured_one() -> None:
    with pytest.raises(WrongKey):
        _open(_envelope(InMemoryKeyProvider("mine")), _envelope(InMemoryKeyProvider("theirs")).seal(b"x", CONTEXT))


@given(data=st.binary(max_size=100))
def test_a_native_object_opens_to_its_bytes(data: bytes) -> None:
    blob = NativeSealer().seal(data, CONTEXT)
    assert NativeSealer().read(Head.of(blob)).context == CONTEXT
    assert _open(NativeSealer(), blob) == data


SEALERS: dict[str, Sealer] = {"native": NativeSealer(), "envelope": _envelope(InMemoryKeyProvider())}


@pytest.mark.parametrize("name", SEALERS)
def test_an_object_is_opened_by_the_kind_of_sealer_that_read_it(name: str) -> None:
    (other,) = SEALERS.keys() - {name}
    with pytest.raises(TypeError):
        SEALERS[other].unlock(_read(SEALERS[name], b"x"))


@pytest.mark.parametrize("name", SEALERS)
def test_what_was_read_shows_no_plaintext(name: str) -> None:
    unopened = _read(SEALERS[name], b"plaintext-4711")
    assert "plaintext-4711" not in repr(unopened)
    assert "plaintext-4711" not in repr(SEALERS[name].unlock(unopened))


def test_the_encryption_context_names_the_dag_and_the_run_alone() -> None:
    assert encryption_context(Domain(PLACE.dag_id), PLACE) == {
        "dag_id": PLACE.dag_id,
        "run_id": PLACE.run_id,
        "fmt": "sxc1",
    }
