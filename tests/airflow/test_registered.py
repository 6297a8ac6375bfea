"""What Airflow registers, such as a connection's password, is recognised in base64 too."""

from __future__ import annotations

import base64
from collections.abc import Iterator

import pytest

pytest.importorskip("airflow.sdk")

from airflow.sdk._shared.secrets_masker import _secrets_masker, mask_secret, redact

from secure_xcom.airflow.host import AirflowHost
from secure_xcom.airflow.internals import masker

PASSWORD = "p@ss-9fK2xQ-word"


@pytest.fixture(autouse=True)
def _registered() -> Iterator[None]:
    masker.install()
    _secrets_masker().reset_masker()
    mask_secret(PASSWORD)
    yield
    _secrets_masker().reset_masker()


@pytest.mark.parametrize("user", ["", "u", "us", "usr", "someone"])
@pytest.mark.parametrize("encode", [base64.b64encode, base64.urlsafe_b64encode], ids=["standard", "for URLs"])
def test_a_registered_secret_is_recognised_in_base64(user: str, encode: object) -> None:
    header = f"Basic {encode(f'{user}:{PASSWORD}'.encode()).decode()}"  # type: ignore[operator]
    assert AirflowHost().holds_registered_secret(header)
    assert base64.b64encode(PASSWORD.encode()).decode()[4:-4] not in str(redact(header))


def test_many_texts_of_one_registration_are_not_looked_for_in_base64() -> None:
    _secrets_masker().reset_masker()
    mask_secret([f"{PASSWORD}-{number}" for number in range(masker.MOST_IN_BASE64 + 1)])
    assert not AirflowHost().holds_registered_secret(base64.b64encode(f"{PASSWORD}-7".encode()).decode())
    assert AirflowHost().holds_registered_secret(f"{PASSWORD}-7")
