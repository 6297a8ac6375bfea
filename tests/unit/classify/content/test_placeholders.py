"""What stands in the place of a secret, and what is one."""

import string

import pytest
from hypothesis import given
from hypothesis import strategies as st

from secure_xcom.classify.content.checksum import base62_crc32
from secure_xcom.classify.content.invention import invent
from secure_xcom.classify.content.placeholders import entropy, is_placeholder

PLACEHOLDERS = [
    "",
    "changeme",
    "CHANGE_ME",
    "<token>",
    "your-api-key",
    "xxxxxxxxxxxx",
    "********",
    "${VAR}",
    "{{ var.value.x }}",
    "%(password)s",
    "$PASSWORD",
    "%s",
    "sk-...",
    "AKIAIOSFODNN7EXAMPLE",
    "abcdefghijklmnop",
    "1234567890",
    "12345678901234567890",
    "0123456789abcdef",
    "deadbeefdeadbeefdeadbeef",
    "00000000-0000-0000-0000-000000000000",
    "password",
    "REDACTED",
    "aaaaaaaaaaaaaaaaaaaaaaaab",
]
SECRETS = [
    "tr0ub4dor",
    "hunter2",
    "correct horse battery staple",
    "S3cr3t!pass",
    "P@ssw0rd-2024",
    "<26 base62>",
    "<40 hex>",
]


@pytest.mark.parametrize("text", PLACEHOLDERS)
def test_a_placeholder_is_known(text: str) -> None:
    assert is_placeholder(text)


@pytest.mark.parametrize("text", SECRETS)
def test_a_secret_is_no_placeholder(text: str) -> None:
    assert not is_placeholder(invent(text))


@given(st.binary(min_size=20, max_size=40).filter(lambda data: len(set(data)) > 18))
def test_random_hexadecimal_digits_are_no_placeholder(data: bytes) -> None:
    assert entropy(data.hex()) > 2
    assert not is_placeholder(data.hex()) or "0123" in data.hex()


@given(st.text(string.printable, max_size=50))
def test_any_text_is_answered(text: str) -> None:
    assert is_placeholder(text) in (True, False)


def test_the_checksum_is_the_one_that_github_documents() -> None:
    # The token of the example that is discussed beside GitHub's article; it never worked.
    assert base62_crc32("zQWBuTSOoRi4A9spHcVY5ncnsDkxkJ") == "0mLq17"


def test_an_invented_text_is_always_the_same_and_has_the_length_it_says() -> None:
    assert invent("a<30 base62>b") == invent("a<30 base62>b")
    assert len(invent("<30 base62>")) == 30
    assert invent("<8 digits>").isdigit()
