"""``moment_of``: the moments that people give to commands."""

from __future__ import annotations

import pytest

from secure_xcom.cli.moment import milliseconds

MOMENTS = {
    "0": 1_000_000,
    "1s": 999_000,
    "1970-01-01": 0,
    "1970-01-01T00:00:01": 1_000,
    "1970-01-01T00:00:01Z": 1_000,
    "1970-01-01T01:00:00.5+01:00": 500,
    "7 d": None,
    "yesterday": None,
    "": None,
    "99999-01-01": None,
}


@pytest.mark.parametrize(("text", "at"), MOMENTS.items())
def test_a_moment_is_iso_8601_or_how_long_ago_it_was(text: str, at: int | None) -> None:
    assert milliseconds(text, 1_000.0) == at
