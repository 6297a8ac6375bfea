"""Which texts are distinctive: the secrets of real life are, and what turns up in every log is not."""

from __future__ import annotations

import datetime as dt
import string
import uuid
from typing import Final

import pytest
from hypothesis import given
from hypothesis import strategies as st

from secure_xcom.classify.distinct import LONG, MEDIUM, SHORTEST, SHORTEST_NUMBER, is_distinctive
from tests.unit.any_value import surrogates

DISTINCTIVE: Final = {
    "a word, a number and a word": "hunter2-prod",
    "a word and a digit": "hunter2",
    "digits in place of letters": "s3cr3t",
    "signs in place of letters": "P@ssw0rd",
    "signs alone in place of letters": "P@ssword",
    "a season and a year": "Sommer2024",
    "a word, digits and a sign": "Tr0ub4dor&3",
    "signs": "!@#$%^&*",
    "five characters": "a1b2c",
    "a passphrase": "correct horse battery staple",
    "a passphrase with hyphens": "correct-horse-battery",
    "of letters, long": "kXqPzRtWmVbNcLdY",
    "not of ASCII": "gr\u00fcner-Tee-1",
    "of another script": "\u043f\u0430\u0440\u043e\u043b\u044c2024",
    "with a space in front": " hunter2-prod",
    "a UUID": "550e8400-e29b-41d4-a716-446655440000",
    "a UUID in capitals": "550E8400-E29B-41D4-A716-446655440000",
    "a UUID without hyphens": "550e8400e29b41d4a716446655440000",
    "a hash": "d41d8cd98f00b204e9800998ecf8427e",
    "base64": "c2VjcmV0LWtleQ==",
    "an API key of AWS": "AKIAIOSFODNN7EXAMPLE",
    "a secret key of AWS": "wJalrXUtnFEMI/K7MDENG/bPxRfiCYEXAMPLEKEY",
    "an API key of GitHub": "ghp_16C7e42F292c6912E7710c838347Ae178B4a",
    "an API key of Slack": "xoxb-1234-abcd",
    "a short API key": "sk-abc123",
    "a JSON web token": "eyJhbGciOiJIUzI1NiJ9.eyJzdWIiOiIxIn0.c2lnbmF0dXJl",
    "a key in PEM": "-----BEGIN PRIVATE KEY-----\nMIIBVQIBADANBgkqhkiG9w0BAQEFAASCAT8w\n-----END PRIVATE KEY-----\n",
    "a URL with a password": "postgresql://etl:hunter2@db/prod",
    "a card's number": "4111111111111111",
    "a card's number with spaces": "4111 1111 1111 1111",
    "a card's number with hyphens": "4111-1111-1111-1111",
    "an IBAN": "DE89370400440532013000",
    "an IBAN with spaces": "DE89 3704 0044 0532 0130 00",
    "a phone number": "+49 170 1234567",
    "a number of nine digits": "815815815",
    "a negative number of nine digits": "-815815815",
    "a number of nine digits with underscores": "815_815_815",
    "a number of ten digits that is no time": "8158158158",
    "a number of a time's digits, and one more": "19999999999",
    "a number of eight digits that is no date, and a letter": "81581581x",
    "a date, and more": "2026-01-01 hunter2",
    "a date and a time, and more": "2026-01-01T00:00:00+00:00 hunter2",
    "a name longer than that of a run, and a date": "x" * 60 + "__2026-01-01",
    "a version, and more": "1.2.3/hunter2",
    "a known name, and more": "us-east-1-hunter2",
    "a status, and more": "success: hunter2",
}

COMMON: Final = {
    "nothing": "",
    "a character": "x",
    "four characters": "a1-$",
    "spaces": " " * 20,
    "white space": "\t\n\r \u3000\u2003" * 5,
    "signs, short": "-----",
    "an ellipsis": "......",
    # Numbers.
    "zero": "00000",
    "a count": "12690",
    "a number of eight digits": "81581581",
    "a negative number": "-81581581",
    "a number with separators": "1,234,567",
    "a number with underscores": "1_000_000",
    "a fraction": "12345.67",
    "a fraction with an exponent": "1.23456e-10",
    "a percentage": "23.75%",
    # Times.
    "a Unix time": "1700000000",
    "a Unix time with a fraction": "1700000000.123456",
    "a Unix time in milliseconds": "1700000000123",
    "a Unix time in microseconds": "1700000000123456",
    "a Unix time in nanoseconds": "1700000000123456789",
    "a year and a month": "2026-01",
    "a date": "2026-01-31",
    "a date without hyphens": "20260131",
    "a date with dots": "2026.01.31",
    "a date with underscores": "2026_01_31",
    "a German date": "31.12.2026",
    "a German date, short": "1.1.26",
    "a British date": "31/12/2026",
    "a Dutch date": "31-12-2026",
    "a time": "23:59",
    "a time with seconds": "23:59:59",
    "a time with microseconds": "23:59:59.123456",
    "a time with a comma": "23:59:59,123",
    "a time with a zone": "23:59:59+02:00",
    "a duration": "0:00:05.123456",
    "a date and a time": "2026-01-31T23:59:59",
    "a date and a time with a space": "2026-01-31 23:59:59",
    "a date and a time in a log": "2026-01-31 23:59:59,123",
    "a date and a time with microseconds": "2026-01-31T23:59:59.123456",
    "a date and a time with nanoseconds": "2026-01-31T23:59:59.123456789Z",
    "a date and a time in UTC": "2026-01-31T23:59:59Z",
    "a date and a time in UTC, spelled out": "2026-01-31 23:59:59 UTC",
    "a date and a time with an offset": "2026-01-31T23:59:59.123456+00:00",
    "a date and a time with an offset without a colon": "2026-01-31T23:59:59-0530",
    "a date and a time in a file's name": "2026-01-31_23-59-59",
    "ts_nodash": "20260131T235959",
    "ts_nodash_with_tz": "20260131T235959+0000",
    # Names of runs.
    "a manual run": "manual__2026-01-01T00:00:00+00:00",
    "a manual run amid a second": "manual__2026-01-01T00:00:00.123456+00:00",
    "a scheduled run": "scheduled__2026-01-01T00:00:00+00:00",
    "a backfill": "backfill__2026-01-01T00:00:00+00:00",
    "a run of an asset": "asset_triggered__2026-01-01T00:00:00.123456+00:00",
    "a run of a dataset": "dataset_triggered__2026-01-01T00:00:00+00:00",
    # Words.
    "false": "False",
    "true and false": "true/false",
    "a header": "Content-Type",
    "a scheme": "Bearer",
    "a host": "localhost",
    "a domain": "example.com",
    "a sentence": "Not found.",
    "a command": "Stop!",
    "a key of a log": "message:",
    "words with spaces": "no such table",
    "words of another script": "\u043d\u0435 \u043d\u0430\u0439\u0434\u0435\u043d\u043e",
    "words with umlauts": "Stra\u00dfe \u00f6ffnen",
    "an environment": "production",
    "a type": "RuntimeError",
    "a type's whole name": "builtins.tuple",
    "text": "text/html",
    "XML": "application/xml",
    "a status of two words": "in_progress",
    "a status of three words": "up_for_retry",
    "a status of a task": "upstream_failed",
    # Names with digits that everybody knows.
    "a version": "1.2.3",
    "a version's tag": "v2.10.1",
    "a release candidate": "2.10.0rc1",
    "a beta": "3.0.0-beta",
    "an encoding": "utf-8",
    "an encoding in capitals": "UTF-16",
    "a hash's name": "sha256",
    "a hash's name with a hyphen": "SHA-512",
    "a processor": "x86_64",
    "a region": "us-east-1",
    "a longer region": "ap-southeast-2",
    "a protocol": "HTTP/1.1",
    "a type of numbers": "float64",
    "a standard": "ISO-8859-1",
}


@pytest.mark.parametrize("text", DISTINCTIVE.values(), ids=DISTINCTIVE.keys())
def test_a_secret_is_distinctive(text: str) -> None:
    assert is_distinctive(text)


@pytest.mark.parametrize("text", COMMON.values(), ids=COMMON.keys())
def test_what_turns_up_by_itself_is_not_distinctive(text: str) -> None:
    assert not is_distinctive(text)


STATES: Final = """
    none removed scheduled queued running success restarting failed up_for_retry upstream_failed skipped deferred
    pending completed cancelled canceled started stopped active inactive enabled disabled error warning info debug
    critical healthy unhealthy unknown created updated deleted accepted rejected succeeded in-progress not_started
    """.split()  # noqa: SIM905 - a list of words reads best as words


@pytest.mark.parametrize("state", STATES)
@pytest.mark.parametrize("spell", [str.lower, str.upper, str.title], ids=["lower", "upper", "title"])
def test_a_status_is_not_distinctive_in_any_spelling(state: str, spell: type[str]) -> None:
    assert not is_distinctive(spell(state))


BUILTIN_ERRORS: Final = [
    error.__name__
    for error in (ValueError, TypeError, KeyError, OSError, RuntimeError, TimeoutError, MemoryError, LookupError)
]


@pytest.mark.parametrize("name", [*BUILTIN_ERRORS, "DataFrame", "NoneType", "list", "bytearray", "datetime.date"])
def test_the_name_of_a_type_is_not_distinctive(name: str) -> None:
    assert not is_distinctive(name)


# Where the lines are drawn.


@pytest.mark.parametrize(
    ("text", "shortest"),
    [
        ("a1" * 40, SHORTEST),
        ("1" + "a" * 79, SHORTEST),
        ("$a" * 40, MEDIUM),
        ("abcdef" * 10, LONG),
        ("\u00e4" * 80, LONG),
    ],
    ids=["letters and digits", "a digit and letters", "letters and signs", "letters", "letters not of ASCII"],
)
def test_a_text_is_distinctive_from_its_kind_s_length_on(text: str, shortest: int) -> None:
    answers = [is_distinctive(text[:length]) for length in range(len(text))]
    assert answers == [length >= shortest for length in range(len(text))]


@pytest.mark.parametrize("separator", ["", ",", "_", " "], ids=["none", "commas", "underscores", "spaces"])
def test_a_number_is_distinctive_from_its_digits_on(separator: str) -> None:
    # Neither a date nor a time, however many digits are taken.
    digits = "8" * 30
    answers = [is_distinctive(separator.join(digits[:number])) for number in range(30)]
    assert answers == [number >= SHORTEST_NUMBER for number in range(30)]


@pytest.mark.parametrize("text", ["in_progress", "2026-01-01", "us-east-1", "12345678", "1.2.3"])
def test_what_is_common_is_distinctive_with_a_password_behind_it(text: str) -> None:
    assert not is_distinctive(text)
    assert is_distinctive(f"{text}:hunter2-prod")


# Any text.


@given(text=st.text(surrogates))
def test_any_text_can_be_asked_about(text: str) -> None:
    assert is_distinctive(text) in (True, False)


@given(text=st.text(surrogates, max_size=SHORTEST - 1))
def test_no_short_text_is_distinctive(text: str) -> None:
    assert not is_distinctive(text)


@given(text=st.text(st.characters(categories=["Zs", "Zl", "Zp"], include_characters="\t\n\r\v\f")))
def test_no_white_space_is_distinctive(text: str) -> None:
    assert not is_distinctive(text)


@given(number=st.integers(-(10 ** (SHORTEST_NUMBER - 1)) + 1, 10 ** (SHORTEST_NUMBER - 1) - 1))
def test_no_small_number_is_distinctive(number: int) -> None:
    assert not is_distinctive(str(number))
    assert not is_distinctive(f"{number:,}")
    assert not is_distinctive(f"{number:_}")


@given(number=st.integers(10**19, 10**60))
def test_each_number_beyond_any_time_is_distinctive(number: int) -> None:
    assert is_distinctive(str(number))
    assert is_distinctive(str(-number))
    assert is_distinctive(f"{number:,}")


@given(second=st.integers(1_500_000_000, 1_999_999_999), factor=st.sampled_from([1, 10**3, 10**6, 10**9]))
def test_no_unix_time_of_these_years_is_distinctive(second: int, factor: int) -> None:
    assert not is_distinctive(str(second * factor))


_letters = st.characters(categories=["L"])


@given(text=st.text(_letters, max_size=LONG - 1))
def test_no_word_is_distinctive(text: str) -> None:
    assert not is_distinctive(text)


@given(words=st.lists(st.text(_letters, min_size=1, max_size=4), max_size=3), separator=st.sampled_from(" _./:-"))
def test_no_few_words_are_distinctive(words: list[str], separator: str) -> None:
    assert not is_distinctive(separator.join(words))


@given(
    first=st.sampled_from(string.ascii_letters),
    rest=st.text(string.ascii_letters + string.digits, min_size=MEDIUM - 1, max_size=40),
    digit=st.sampled_from(string.digits),
)
def test_each_token_of_letters_and_a_digit_is_distinctive(first: str, rest: str, digit: str) -> None:
    # No name that is common and as long consists of these alone.
    assert is_distinctive(first + rest + digit)


@given(value=st.uuids())
def test_each_uuid_is_distinctive(value: uuid.UUID) -> None:
    assert is_distinctive(str(value))
    assert is_distinctive(value.hex)
    assert is_distinctive(value.urn)


@given(text=st.text(min_size=65), sign=st.sampled_from("#$%&'()*/;<=>?@[]^`{|}~"))
def test_each_text_longer_than_any_date_is_distinctive(text: str, sign: str) -> None:
    assert is_distinctive(text + sign)


_FIRST: Final = dt.datetime(1000, 1, 1)  # noqa: DTZ001 - Hypothesis asks for one without a zone
"""Of the years before, ``strftime`` leaves out the zeros in front."""

_moments = st.datetimes(
    min_value=_FIRST,
    timezones=st.one_of(
        st.none(),
        st.just(dt.UTC),
        st.builds(dt.timezone, st.integers(-1439, 1439).map(lambda m: dt.timedelta(minutes=m))),
    ),
)


@given(moment=_moments)
def test_no_date_and_no_time_is_distinctive_as_python_prints_them(moment: dt.datetime) -> None:
    precisions = ["auto", "minutes", "seconds", "milliseconds", "microseconds"]
    texts = [
        str(moment),
        str(moment.date()),
        str(moment.timetz()),
        *(moment.isoformat(timespec=precision) for precision in precisions),
        *(moment.timetz().isoformat(timespec=precision) for precision in precisions),
    ]
    assert [text for text in texts if is_distinctive(text)] == []


FORMATS: Final = [
    "%Y-%m-%d",
    "%Y%m%d",
    "%Y.%m.%d",
    "%Y_%m_%d",
    "%d.%m.%Y",
    "%d.%m.%y",
    "%d/%m/%Y",
    "%d-%m-%Y",
    "%H:%M",
    "%H:%M:%S",
    "%H:%M:%S.%f",
    "%H%M%S",
    "%Y-%m-%d %H:%M",
    "%Y-%m-%d %H:%M:%S",
    "%Y-%m-%d %H:%M:%S,000",
    "%Y-%m-%d %H:%M:%S %Z",
    "%Y-%m-%dT%H:%M:%SZ",
    "%Y-%m-%dT%H:%M:%S%z",
    "%Y-%m-%dT%H:%M:%S.%f%z",
    "%Y-%m-%dT%H-%M-%S",
    "%Y-%m-%d_%H-%M-%S",
    "%Y%m%d%H%M%S",
    "%Y%m%d_%H%M%S",
    "%Y%m%dT%H%M%S",
    "%Y%m%dT%H%M%SZ",
    "%Y%m%dT%H%M%S%z",
    "%d.%m.%Y %H:%M:%S",
    "%d/%m/%Y %H:%M",
]


@pytest.mark.parametrize("spelling", FORMATS)
@given(moment=st.datetimes(min_value=_FIRST, timezones=st.just(dt.UTC)))
def test_no_date_and_no_time_is_distinctive_in_a_common_spelling(spelling: str, moment: dt.datetime) -> None:
    assert not is_distinctive(moment.strftime(spelling))


@given(
    moment=_moments.filter(lambda moment: moment.tzinfo is not None),
    type_=st.sampled_from(
        ["manual", "scheduled", "backfill", "dataset_triggered", "asset_triggered", "asset_materialization"]
    ),
)
def test_no_run_of_airflow_with_a_logical_date_has_a_distinctive_name(moment: dt.datetime, type_: str) -> None:
    assert not is_distinctive(f"{type_}__{moment.isoformat()}")


# Texts that a pattern which is not linear would be busy with for years.

HUGE: Final = {
    "digits": ("1" * 1_000_000, True),
    "digits and a letter": ("1" * 1_000_000 + "x", True),
    "digits and exponents": ("1e" * 500_000, True),
    "digits and dots": ("1." * 500_000, True),
    "digits and spaces": ("1 " * 500_000 + "x", True),
    "letters": ("a" * 1_000_000, True),
    "words": ("a " * 500_000 + "1", True),
    "words and underscores": ("a_" * 500_000 + "_1", True),
    "underscores": ("_" * 1_000_000, True),
    "signs": ("-" * 1_000_000, True),
    "dates": ("2026-01-01T" * 100_000, True),
    "spaces": (" " * 1_000_000, False),
    "spaces and a letter": (" " * 1_000_000 + "x", True),
    "surrogates": ("\ud800" * 1_000_000, True),
    "underscores, as long as a date may be": ("_" * 63 + "1", True),
    "versions, as long as a date may be": ("1.1.1.1" + "-" * 56 + ".", True),
}


@pytest.mark.parametrize(("text", "answer"), HUGE.values(), ids=HUGE.keys())
def test_a_huge_text_is_answered(text: str, answer: bool) -> None:
    assert is_distinctive(text) is answer


@pytest.mark.parametrize(
    "text", ["123-45-6789", "010190-1234", "19900101-1234", "199001011234", "1234ABCD", "db_password__1234"]
)
def test_the_number_of_a_person_and_a_code_are_distinctive_though_they_begin_like_a_date(text: str) -> None:
    assert is_distinctive(text)


@pytest.mark.parametrize(
    "text",
    ["2026/01/01", "12/31/2026", "manual__2026-01-01T00:00:00.1+00:00_AbCdEfGh", "in_progress\n", "text/event-stream"],
)
def test_a_date_in_slashes_a_run_and_a_word_with_its_line_end_are_common(text: str) -> None:
    assert not is_distinctive(text)


@pytest.mark.parametrize(
    "text", ["20240101_Pa55w0rd", "12:30_Tr0ub4dr", "admin__2024-01-01_aB3xK9zQ", "1.2correcthorsebatterystaple9"]
)
def test_a_secret_that_begins_like_a_date_or_a_version_is_distinctive(text: str) -> None:
    assert is_distinctive(text)
