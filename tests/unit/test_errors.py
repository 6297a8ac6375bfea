"""Every error is one of ours, in a family that tells what to do."""

import pytest

from secure_xcom import errors
from secure_xcom.errors import ConfigurationError, PayloadError, SecureXComError

ALL = [kind for kind in vars(errors).values() if isinstance(kind, type) and issubclass(kind, Exception)]


@pytest.mark.parametrize("kind", ALL, ids=lambda kind: kind.__name__)
def test_has_one_root_and_says_what_it_means(kind: type[Exception]) -> None:
    assert issubclass(kind, SecureXComError)
    assert kind.__doc__


def test_the_families_are_the_ones_that_readers_know() -> None:
    families = {kind.__name__ for kind in ALL if kind.__bases__[0] is SecureXComError}
    assert families == {
        "ConfigurationError",
        "PayloadError",
        "Refused",
        "Tampered",
        "StoreError",
        "KeyProviderError",
        "InvalidContract",
        "LedgerError",
    }


def test_a_payload_error_is_the_type_error_that_airflow_raises() -> None:
    assert issubclass(PayloadError, TypeError)


def test_a_configuration_error_lists_all_problems() -> None:
    error = ConfigurationError("store: wrong", "key: missing")
    assert error.problems == ("store: wrong", "key: missing")
    assert str(error).splitlines()[1:] == ["  - store: wrong", "  - key: missing"]
