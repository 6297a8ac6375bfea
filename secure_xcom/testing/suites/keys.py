"""``KeyProviderContract``: what every key provider does."""

from __future__ import annotations

import secrets
from collections.abc import Mapping
from typing import ClassVar

import pytest

from secure_xcom.errors import KeyProviderError, WrongKey
from secure_xcom.ports.keys import KeyProvider


class KeyProviderContract:
    """What every key provider does, whatever is behind it."""

    context: ClassVar[Mapping[str, str]] = {
        "dag_id": "etl",
        "run_id": "manual__2026-01-01T00:00:00+00:00",
        "fmt": "sxc1",
    }

    @pytest.fixture
    def provider(self) -> KeyProvider:
        """Answer with the key provider under test."""
        raise NotImplementedError

    def test_unwraps_what_it_wrapped(self, provider: KeyProvider) -> None:
        key = provider.generate(self.context)
        assert provider.unwrap(key.wrapped, key.kek_id, self.context) == key.plaintext

    def test_makes_a_fresh_256_bit_key_each_time(self, provider: KeyProvider) -> None:
        first, second = provider.generate(self.context), provider.generate(self.context)
        assert len(first.plaintext) == len(second.plaintext) == 32
        assert first.plaintext != second.plaintext
        assert first.wrapped != second.wrapped

    def test_the_wrapped_key_does_not_hold_the_key(self, provider: KeyProvider) -> None:
        key = provider.generate(self.context)
        assert key.plaintext not in key.wrapped

    def test_repr_does_not_show_the_key(self, provider: KeyProvider) -> None:
        key = provider.generate(self.context)
        assert repr(key.plaintext) not in repr(key)

    @pytest.mark.parametrize(
        "change",
        [{"dag_id": "other"}, {"run_id": "other"}, {"fmt": "sxc2"}, {"extra": "pair"}],
        ids=lambda change: next(iter(change)),
    )
    def test_refuses_another_context(self, provider: KeyProvider, change: dict[str, str]) -> None:
        key = provider.generate(self.context)
        with pytest.raises(WrongKey):
            provider.unwrap(key.wrapped, key.kek_id, {**self.context, **change})

    def test_refuses_a_missing_context(self, provider: KeyProvider) -> None:
        key = provider.generate(self.context)
        with pytest.raises(KeyProviderError):
            provider.unwrap(key.wrapped, key.kek_id, {})

    def test_refuses_a_kek_that_is_not_configured(self, provider: KeyProvider) -> None:
        key = provider.generate(self.context)
        with pytest.raises(WrongKey):
            provider.unwrap(key.wrapped, "somebody-elses-key", self.context)

    def test_refuses_each_altered_byte_of_the_wrapped_key(self, provider: KeyProvider) -> None:
        key = provider.generate(self.context)
        positions = {0, 1, len(key.wrapped) // 2, len(key.wrapped) - 2, len(key.wrapped) - 1}
        for position in positions:
            altered = bytearray(key.wrapped)
            altered[position] ^= 1
            with pytest.raises(KeyProviderError):
                provider.unwrap(bytes(altered), key.kek_id, self.context)

    def test_refuses_a_cut_wrapped_key(self, provider: KeyProvider) -> None:
        key = provider.generate(self.context)
        for length in (0, 1, 11, 12, 28, len(key.wrapped) - 1):
            with pytest.raises(KeyProviderError):
                provider.unwrap(key.wrapped[:length], key.kek_id, self.context)

    def test_holds_the_kek_that_it_wraps_under_and_no_other(self, provider: KeyProvider) -> None:
        key = provider.generate(self.context)
        assert provider.current() == key.kek_id
        assert provider.holds(key.kek_id)
        assert not provider.holds("somebody-elses-key")


class RewrapContract:
    """What every key provider does for an operator, who has more rights than a worker."""

    context: ClassVar[Mapping[str, str]] = KeyProviderContract.context

    @pytest.fixture
    def provider(self) -> KeyProvider:
        """Answer with the key provider under test."""
        raise NotImplementedError

    def test_unwraps_a_data_key_that_it_was_given(self, provider: KeyProvider) -> None:
        key = secrets.token_bytes(32)
        wrapped = provider.wrap(key, self.context)
        assert key not in wrapped.wrapped
        assert (wrapped.kek_type, wrapped.kek_id) == (provider.scheme, provider.current())
        assert provider.unwrap(wrapped.wrapped, wrapped.kek_id, self.context) == key

    def test_a_rewrapped_key_opens_for_the_same_context_alone(self, provider: KeyProvider) -> None:
        key = provider.generate(self.context)
        moved = provider.rewrap(key.wrapped, key.kek_id, self.context, into=provider)
        assert provider.unwrap(moved.wrapped, moved.kek_id, self.context) == key.plaintext
        with pytest.raises(WrongKey):
            provider.unwrap(moved.wrapped, moved.kek_id, {**self.context, "run_id": "other"})

    def test_rewraps_for_no_other_context(self, provider: KeyProvider) -> None:
        key = provider.generate(self.context)
        with pytest.raises(WrongKey):
            provider.rewrap(key.wrapped, key.kek_id, {**self.context, "run_id": "other"}, into=provider)

    def test_rewraps_from_no_kek_that_is_not_configured(self, provider: KeyProvider) -> None:
        key = provider.generate(self.context)
        with pytest.raises(WrongKey):
            provider.rewrap(key.wrapped, "somebody-elses-key", self.context, into=provider)
