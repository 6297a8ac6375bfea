"""Patterns of paths."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from secure_xcom.model.path_pattern import is_path_alone, is_well_formed
from secure_xcom.ops.tune.steps import name_in, parsed, pattern_of, step_of, written


def test_positions_are_one_step() -> None:
    assert written(pattern_of("out", ("items", 3, "token"))) == "out.items[*].token"


@pytest.mark.parametrize(
    "key",
    [
        *("2026-01-02", "12345678", "manual__2026-01-01T00:00:00", "q7ZtX9bV4mKp2LsW8nRd", "a" * 65, "", "***", "日本"),
        *("job_1234567", "1234abcd-12ab-34cd-56ef-1234567890ab", "run-0a1b2c3d4e", "\ud800", "[*]"),
    ],
)
def test_a_key_that_is_no_name_is_any_step(key: str) -> None:
    assert step_of(key) == "*"


@pytest.mark.parametrize("key", ["password", "clientSecret", "api-key", "X-Api-Key", "part1", "_id", "facade"])
def test_a_name_stays_what_it_is(key: str) -> None:
    assert step_of(key) == key


def test_a_dot_in_a_name_is_written_as_patterns_compare_it() -> None:
    assert written(pattern_of("out", ("spark.hadoop.key",))) == "out.spark_hadoop_key"


def test_a_reported_path_is_the_same_pattern_as_the_value() -> None:
    assert parsed("out.items[3].token") == parsed("out.items[*].token") == pattern_of("out", ("items", 3, "token"))


@pytest.mark.parametrize("path", ["", "[", "]..[", "." * 10_000, "a." * 100_000])
def test_a_reported_path_of_any_form_has_a_pattern(path: str) -> None:
    assert 0 < len(parsed(path)) <= 12


@pytest.mark.parametrize(
    ("path", "name"),
    [("out.items[*].token", "token"), ("out.tokens[*][*]", "tokens"), ("out.2026-01-02", None), ("out[*]", "out")],
)
def test_the_name_is_the_last_step_that_is_one(path: str, name: str | None) -> None:
    assert name_in(parsed(path)) == name


@given(st.text(max_size=80), st.lists(st.text(max_size=80) | st.integers(0, 99), max_size=20))
def test_each_pattern_of_more_than_a_key_is_one_that_the_settings_take(key: str, path: list[str | int]) -> None:
    pattern = written(pattern_of(key, path))
    assert is_well_formed(pattern)
    assert len(pattern) < 12 * 66


def test_what_is_written_for_a_list_is_a_path() -> None:
    assert is_path_alone(written(pattern_of("out", (0, "x"))))
