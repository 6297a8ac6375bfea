"""What a value looks like, in classes that do not give it away."""

from __future__ import annotations

import random
import string
import time

import pytest
from hypothesis import given
from hypothesis import strategies as st

from secure_xcom.model.value import Node
from secure_xcom.ops.tune.look import HARMLESS, Shape, bits, is_random, look_of

SHAPES: dict[Shape, list[Node]] = {
    Shape.EMPTY: [None, "", "  "],
    Shape.BOOLEAN: [True, False, "true", "No"],
    Shape.COUNT: [0, -3, 4096, "17"],
    Shape.NUMBER: [1.5, 10**9, "1234567890123"],
    Shape.DATE: ["2026-01-02", "20260102", "2026-01-02T03:04:05.678+00:00", "2026-01-02 03:04:05Z"],
    Shape.WORD: ["done", "Bearer", "IN_PROGRESS", "us-east-west", "not found"],
    Shape.MASKED: ["***", "xxxx", "<your token>", "{{ var.value.x }}", "${TOKEN}"],
    Shape.PATH: ["/run/secrets/key.pem", "s3://bucket/day=3/part.parquet", "arn:aws:iam::111122223333:role/a"],
    Shape.IDENTIFIER: ["1234abcd-12ab-34cd-56ef-1234567890ab", "d41d8cd98f00b204e9800998ecf8427e"],
    Shape.URL: ["https://example.com/?a=1"],
    Shape.TEXT: ["it was done, and well", "a" * 200, "Summer2026!"],
    Shape.RANDOM: ["q7Zt" + "X9bV4mKp2LsW8nRd", "zX3" * 3 + "9aQ1wE5rT7yU2iO4p"],
    Shape.STRUCTURE: [[], {"a": 1}],
}


@pytest.mark.parametrize(("shape", "value"), [(shape, value) for shape, values in SHAPES.items() for value in values])
def test_a_value_has_the_shape_that_people_would_say(shape: Shape, value: Node) -> None:
    assert look_of(value).shape is shape


@pytest.mark.parametrize(
    ("alphabet", "share"),
    [(string.ascii_letters + string.digits, 0.97), (string.ascii_lowercase + string.digits, 0.8)],
    ids=["base62", "base36"],
)
def test_most_random_texts_look_random(alphabet: str, share: float) -> None:
    drawn = random.Random(1)
    texts = ["".join(drawn.choices(alphabet, k=24)) for _ in range(500)]
    assert sum(map(is_random, texts)) > share * 500


@pytest.mark.parametrize(
    "text",
    [
        "extract_and_load_customers_v2_2026_01",
        "scheduled__2026-01-01T00:00:00+00:00",
        "org.apache.spark.sql.Dataset2Parquet",
        "1234abcd-12ab-34cd-56ef-1234567890ab",
        "a sentence of some more words, and no secret",
    ],
)
def test_names_of_things_do_not_look_random(text: str) -> None:
    assert not look_of(text).is_suspicious


def test_a_password_of_words_is_not_harmless_for_its_length() -> None:
    assert not look_of("Summer2026!").is_harmless
    assert {Shape.RANDOM, Shape.TEXT, Shape.IDENTIFIER, Shape.URL, Shape.STRUCTURE}.isdisjoint(HARMLESS)


@given(st.text(max_size=300))
def test_no_look_holds_a_part_of_the_text(text: str) -> None:
    classes = str(look_of("\x00" + text + "\x00"))
    assert "\x00" not in classes
    assert len(classes) < 60


@given(st.text(min_size=1, max_size=128))
def test_entropy_lies_between_nothing_and_that_of_different_characters(text: str) -> None:
    assert -1e-9 <= bits(text) <= 7 + 1e-9


def test_equal_classes_are_one_object() -> None:
    assert look_of("q7ZtX9bV4mKp2LsW8nRd") is look_of("w8RdX2bV4mKp7LsZ9nQt")


@pytest.mark.parametrize("text", ["aA1" * 400_000, "a-" * 600_000, "0" * 1_200_000, "/" * 1_200_000, "A_" * 600_000])
def test_a_text_of_a_megabyte_costs_no_more_than_a_short_one(text: str) -> None:
    started = time.perf_counter()
    for _ in range(100):
        look_of(text)
    assert time.perf_counter() - started < 1
