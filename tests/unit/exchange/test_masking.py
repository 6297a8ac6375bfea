"""Under which strings a sealed value is masked, at push and at pull, and what cannot be masked."""

from decimal import Decimal

import pytest
from hypothesis import given

from secure_xcom.exchange.masking import LONGEST, MOST, SHORTEST_LINE
from secure_xcom.secret import Secret
from tests.unit import any_value
from tests.unit.world import CANARY, PLACE, Login, ObjectHost, world

ENOUGH = "x" * SHORTEST_LINE


def _masked(*values: object) -> tuple[set[str], int]:
    """The texts that the host masks when ``values`` are sealed, and how many values it cannot mask."""
    there = world(host=ObjectHost())
    there.push([Secret(value) for value in values])
    assert len(there.host.warnings) <= 1
    return set(there.host.masked), sum(count for _, count in there.host.warnings)


MASKED = {
    "a text": (CANARY, [CANARY]),
    "a text in space": (f"  {CANARY}\n", [CANARY, f"  {CANARY}\n"]),
    "a text of lines": (f"{CANARY}\n  line-of-{CANARY}\n\nab", [CANARY, f"line-of-{CANARY}"]),
    "a text with quotes": ('it\'s "so"', ['it\'s \\"so\\"', 'it\'s "so"', 'it\\\'s "so"']),
    "a text with a backslash": ("back\\slash", ["back\\slash", "back\\\\slash"]),
    "a text that is not ASCII": ("gr\u00fcner Tee", ["gr\u00fcner Tee", "gr\\u00fcner Tee", "gr%C3%BCner%20Tee"]),
    "a text for URLs": ("a/b c&d", ["a/b c&d", "a/b%20c%26d", "a%2Fb%20c%26d", "a%2Fb+c%26d"]),
    "a lone surrogate": ("abc\ud800def", ["abc\ud800def", "abc\\ud800def"]),
    "bytes": (CANARY.encode(), [CANARY]),
    "bytes that are no text": (b"\xff" + CANARY.encode(), ["\\xff" + CANARY]),
    "a bytearray": (bytearray(CANARY.encode()), [CANARY]),
    "a dict's values": ({"user": CANARY}, [CANARY]),
    "a dict's values under the names of an encoding": ({"__version__": CANARY}, [CANARY]),
    "a list in a tuple in a set": ({(CANARY,)}, [CANARY]),
    "a mark in a mark": (Secret([Secret(CANARY)]), [CANARY]),
    "a field of an object": (Login(CANARY, None), [CANARY]),
    "a field of an object in a dict": ({1: [Login("u", {"a": CANARY})]}, [CANARY]),
}


@pytest.mark.parametrize(("value", "texts"), MASKED.values(), ids=MASKED.keys())
def test_masks_in_the_forms_in_which_it_may_be_printed(value: object, texts: list[str]) -> None:
    masked, _ = _masked(value)
    assert [text for text in texts if text not in masked] == []


UNMASKABLE = {
    "a text too short": ("abcd", 1),
    "an empty text": ("", 1),
    "a text too long": ("x" * (LONGEST + 1), 1),
    "a text as long as can be": ("x" * LONGEST, 0),
    "a number": (123456, 1),
    "a fraction": (1234.5, 1),
    "a number beyond words": (10**5000, 1),
    "a complex number": (complex(1, 2), 1),
    "a complex number beyond its size": (complex(1.7e308, 1.7e308), 1),
    "an infinite number": (float("inf"), 1),
    "no number": (float("nan"), 1),
    "an object of no content": (Decimal("1.5"), 1),
    "each leaf": ({"a": "abc", "b": [1, 2], "c": CANARY}, 3),
    "nothing to hide": ([None, True, False, (), {}], 0),
}


@pytest.mark.parametrize(("value", "count"), UNMASKABLE.values(), ids=UNMASKABLE.keys())
def test_counts_what_airflow_would_print_all_the_same(value: object, count: int) -> None:
    assert _masked(value)[1] == count


def test_a_number_is_masked_where_it_is_printed() -> None:
    assert _masked(123456)[0] == {"123456"}


@pytest.mark.parametrize("value", ["abc", "", True, None, "ab\ncd"])
def test_masks_nothing_that_would_hide_half_of_every_log(value: object) -> None:
    assert not [text for text in _masked(value)[0] if len(text) < ObjectHost.shortest_maskable]


def test_a_short_line_is_a_word() -> None:
    masked, _ = _masked(f"BEGIN\n{ENOUGH}\n{ENOUGH[1:]}y")
    assert ENOUGH in masked
    assert "BEGIN" not in masked


def test_the_name_of_a_class_is_no_secret() -> None:
    there = world(host=ObjectHost())
    there.push(Login("u", (CANARY, CANARY)))
    assert CANARY in there.host.masked
    assert "builtins.tuple" not in there.host.masked
    assert there.host.warnings == []


def test_the_keys_of_a_dict_are_not_masked() -> None:
    assert _masked({"environment": CANARY})[0] == {CANARY}


def test_many_values_are_masked_up_to_a_bound_and_the_rest_counted() -> None:
    masked, unmaskable = _masked([f"value-{number:06}" for number in range(MOST + 10)])
    assert len(masked) == MOST
    assert unmaskable == 10


def test_a_value_is_masked_when_it_is_sealed_and_again_when_it_is_opened() -> None:
    there = world()
    row = there.push({"password": CANARY})
    assert there.host.masked == [CANARY]
    there.pull(row)
    assert there.host.masked == [CANARY, CANARY]


def test_the_fields_of_a_sealed_object_are_masked_when_it_is_opened() -> None:
    there = world(host=ObjectHost())
    row = there.push({"password": Login("u", CANARY)})
    there.host.masked.clear()
    there.pull(row)
    assert CANARY in there.host.masked


def test_one_warning_a_call_names_the_coordinates() -> None:
    there = world()
    row = there.push({"password": 1, "token": [2, "ab"]})
    assert there.host.warnings == [(PLACE, 3)]
    there.pull(row)
    assert there.host.warnings == [(PLACE, 3)] * 2


def test_what_is_not_sealed_is_not_masked() -> None:
    there = world()
    there.pull(there.push({"password": CANARY, "user": "somebody", "n": 1}))
    assert set(there.host.masked) == {CANARY}
    assert there.host.warnings == []


@given(value=any_value.values)
def test_any_value_can_be_asked_about(value: object) -> None:
    _masked(value)


TOKEN = "a-token-of-2026-x"


@pytest.mark.parametrize(
    ("key", "masked"), [(TOKEN, True), (Secret(TOKEN), True), ("content-type", False), ("a-name-without-digits", False)]
)
def test_a_key_that_looks_like_a_token_is_masked(key: object, masked: bool) -> None:
    text = key.reveal() if isinstance(key, Secret) else key
    assert (text in _masked({key: 1})[0]) is masked


def test_a_long_text_of_lines_is_masked_by_its_lines_and_counted() -> None:
    lines = [f"line-{number:06}" for number in range(LONGEST // 10)]
    masked, unmaskable = _masked("\n".join(lines))
    assert set(lines[:500]) <= masked
    assert len(masked) <= MOST
    assert unmaskable == 1
