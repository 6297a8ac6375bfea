"""What Airflow registers is recognised in base64 too, and what a task seals is told to its supervisor in all forms."""

from __future__ import annotations

import base64
import json
from collections.abc import Iterator
from types import SimpleNamespace

import pytest

pytest.importorskip("airflow.sdk")

from airflow.sdk._shared.secrets_masker import SecretsMasker, _secrets_masker, mask_secret, redact
from airflow.sdk.execution_time import task_runner
from airflow.sdk.execution_time.comms import MaskSecret

from secure_xcom.airflow.host import AirflowHost
from secure_xcom.airflow.internals import masker
from secure_xcom.exchange.masking import masking_of

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


ODD = "\u00e9\"'\\\u65e5 "
"""Each of its characters is escaped in another way, by Python, JSON and URLs."""


@pytest.fixture
def supervisor(monkeypatch: pytest.MonkeyPatch) -> list[MaskSecret]:
    """What the supervisor is told."""
    told: list[MaskSecret] = []
    monkeypatch.setattr(task_runner, "SUPERVISOR_COMMS", SimpleNamespace(send=told.append), raising=False)
    _secrets_masker().reset_masker()
    return told


def _handle(told: list[MaskSecret]) -> SecretsMasker:
    """Do what a supervisor does with messages, in a masker of its own."""
    own = SecretsMasker()
    for message in told:
        own.add_mask(message.value, message.name)
    return own


def test_the_supervisor_looks_for_the_forms_that_it_is_sent_and_makes_none_of_them(
    supervisor: list[MaskSecret],
) -> None:
    # 160 texts of 16,000 characters, and forms of their forms, held it up until the scheduler took it for dead.
    texts = [f"{number:04}{ODD * 2_666}" for number in range(40)]
    forms = masking_of(texts, 5).texts
    AirflowHost().mask(forms)
    sent = [text for message in supervisor for text in message.value]
    assert sorted(sent) == sorted(forms)
    replacer = _handle(supervisor).replacer
    assert isinstance(replacer, masker.Replacer)
    assert len(replacer.all) == len(forms) < 30 * len(texts)
    assert sum(map(len, forms)) < 100 * sum(map(len, texts))


def test_the_supervisor_gets_many_characters_in_messages_between_which_its_heart_beats(
    supervisor: list[MaskSecret], monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(masker, "LONGEST_MESSAGE", 1_000)
    texts = [f"{number:04}{'x' * 300}" for number in range(1_000)] + ["y" * 5_000]
    AirflowHost().mask(texts)
    assert [text for message in supervisor for text in message.value] == texts
    assert max(sum(map(len, message.value)) for message in supervisor[:-1]) <= 1_000
    assert len(supervisor) == 335


def test_airflows_own_masker_takes_what_the_supervisor_is_sent(supervisor: list[MaskSecret]) -> None:
    # If the policy were not loaded, nothing but Airflow's own would be there.
    AirflowHost().mask([PASSWORD])
    assert all(_secrets_masker().should_hide_value_for_key(message.name) for message in supervisor)


def test_what_an_adapter_makes_of_a_sealed_text_is_masked_unless_it_would_hide_half_of_every_log(
    supervisor: list[MaskSecret], monkeypatch: pytest.MonkeyPatch
) -> None:
    # Airflow too leaves out what is short, and the words that it never masks.
    monkeypatch.setattr(_secrets_masker(), "secret_mask_adapter", lambda secret: ["", "ok", "airflow", secret[::-1]])
    AirflowHost().mask([PASSWORD])
    sent = {text for message in supervisor for text in message.value}
    assert {PASSWORD, PASSWORD[::-1]} <= sent
    assert sent.isdisjoint({"", "ok", "airflow"})
    assert str(_handle(supervisor).redact(f"ok: airflow has {PASSWORD[::-1]}")) == "ok: airflow has ***"
    assert str(redact(f"ok: airflow has {PASSWORD[::-1]}")) == "ok: airflow has ***"


def test_the_supervisor_masks_a_sealed_text_however_it_is_printed(supervisor: list[MaskSecret]) -> None:
    password = f"{ODD}kQ7xZ2{ODD}"
    AirflowHost().mask(masking_of([password], 5).texts)
    own = _handle(supervisor)
    error = ValueError(f"cannot use { {'passwords': [password]} }", [password])
    header = base64.b64encode(f"u:{password}".encode()).decode()
    for printed in (str(error), repr(str(error)), json.dumps(repr(error)), json.dumps(json.dumps(str([password])))):
        assert "kQ7xZ2" not in str(own.redact(printed))
    assert header[8:-8] not in str(own.redact(header))
