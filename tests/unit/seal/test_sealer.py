"""Which sealer serves is decided by configuration: neither opens what the other wrote."""

from collections.abc import Callable

import pytest
from hypothesis import given
from hypothesis import strategies as st

from secure_xcom.errors import SecureXComError, Tampered, WrongKey
from secure_xcom.model.domain import Domain
from secure_xcom.model.seal import SealContext
from secure_xcom.ports.sealer import Sealer
from secure_xcom.seal.data_keys import DataKeys
from secure_xcom.seal.sealer import EnvelopeSealer, NativeSealer, encryption_context
from secure_xcom.testing.fakes import InMemoryKeyProvider
from tests.unit.world import PLACE

CONTEXT = SealContext(coordinates=PLACE, object_id="0" * 32, created=1)


class OtherKind(InMemoryKeyProvider):
    scheme = "other"


def _envelope(provider: InMemoryKeyProvider) -> EnvelopeSealer:
    return EnvelopeSealer(DataKeys(provider), Domain(PLACE.dag_id))


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
        reader().open(writer().seal(b"x", CONTEXT), lambda context: None)


def test_asks_no_provider_to_unwrap_a_key_of_another_kind() -> None:
    provider = InMemoryKeyProvider()
    with pytest.raises(WrongKey, match="memory://"):
        _envelope(provider).open(_envelope(OtherKind()).seal(b"x", CONTEXT), lambda context: None)
    assert provider.calls == []


def test_refuses_a_kek_that_is_not_the_configured_one() -> None:
    with pytest.raises(WrongKey):
        _envelope(InMemoryKeyProvider("mine")).open(
            _envelope(InMemoryKeyProvider("theirs")).seal(b"x", CONTEXT), lambda context: None
        )


@given(data=st.binary(max_size=100))
def test_a_native_object_opens_to_its_bytes(data: bytes) -> None:
    seen: list[SealContext] = []
    assert NativeSealer().open(NativeSealer().seal(data, CONTEXT), seen.append) == data
    assert seen == [CONTEXT]


@pytest.mark.parametrize("sealer", [NativeSealer(), _envelope(InMemoryKeyProvider())], ids=["native", "envelope"])
def test_what_admit_raises_is_what_open_raises(sealer: Sealer) -> None:
    class NotThisOneError(SecureXComError):
        pass

    def refuse(context: SealContext) -> None:
        raise NotThisOneError

    with pytest.raises(NotThisOneError):
        sealer.open(sealer.seal(b"x", CONTEXT), refuse)


def test_the_encryption_context_names_the_dag_and_the_run_alone() -> None:
    assert encryption_context(Domain(PLACE.dag_id), PLACE) == {
        "dag_id": PLACE.dag_id,
        "run_id": PLACE.run_id,
        "fmt": "sxc1",
    }
