"""Which strings are masked when a value is sealed and when it is opened, and which cannot be or must not be."""

import base64
import datetime as dt
from collections.abc import Callable
from dataclasses import replace
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from secure_xcom.assembly.policy import build_policy
from secure_xcom.classify.distinct import is_distinctive
from secure_xcom.classify.forms import printed_forms
from secure_xcom.exchange import masking
from secure_xcom.exchange.exchange import Exchange
from secure_xcom.exchange.masking import LONGEST, MOST_READABLE, masking_of
from secure_xcom.model.origin import Origin
from secure_xcom.model.value import JSON
from secure_xcom.secret import Secret
from secure_xcom.settings.settings import Settings
from secure_xcom.testing.fakes import FakeHost, unrecorded_runtime
from tests.unit import any_value
from tests.unit.exchange.test_cost import Calls
from tests.unit.world import CANARY, PLACE, Login, ObjectHost, query, refusal, world


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
    "a text with quotes": ('it\'s "so-4"', ['it\'s \\"so-4\\"', 'it\'s "so-4"', 'it\\\'s "so-4"']),
    "a text with a quote": ("it's-so-4", ["it's-so-4", "it\\'s-so-4", "it\\\\\\'s-so-4", "it\\\\'s-so-4"]),
    "a text in CSV": ('so "4" it is', ['so ""4"" it is']),
    "a text in JSON of pandas": ("https://h/4", ["https:\\/\\/h\\/4"]),
    "a text in JSON in JSON": ('say "so-4"', ['say \\\\\\"so-4\\\\\\"']),
    "a text with a backslash": ("back\\slash", ["back\\slash", "back\\\\slash"]),
    "a text that is not ASCII": ("gr\u00fcner-Tee-1", ["gr\u00fcner-Tee-1", "gr\\u00fcner-Tee-1", "gr%C3%BCner-Tee-1"]),
    "a text for URLs": ("a/b c&d4", ["a/b c&d4", "a/b%20c%26d4", "a%2Fb%20c%26d4", "a%2Fb+c%26d4"]),
    "a lone surrogate": ("abc\ud800def4", ["abc\ud800def4", "abc\\ud800def4"]),
    "bytes": (CANARY.encode(), [CANARY]),
    "bytes that are no text": (b"\xff" + CANARY.encode(), ["\\xff" + CANARY]),
    "a bytearray": (bytearray(CANARY.encode()), [CANARY]),
    "a dict's values": ({"user": CANARY}, [CANARY]),
    "a dict's values under the names of an encoding": ({"__version__": CANARY}, [CANARY]),
    "a refused dict's values": ({"__id__": CANARY}, [CANARY]),
    "a list in a tuple in a set": ({(CANARY,)}, [CANARY]),
    "a mark in a mark": (Secret([Secret(CANARY)]), [CANARY]),
    "a field of an object": (Login(CANARY, None), [CANARY]),
    "a field of an object in a dict": ({1: [Login("u", {"a": CANARY})]}, [CANARY]),
    "what an object prints": (Login("u", 4), ["Login(user='u', password=4, note=None)"]),
    "a number of many digits": (815_815_815_815, ["815815815815"]),
}


@pytest.mark.parametrize(("value", "texts"), MASKED.values(), ids=MASKED.keys())
def test_masks_in_the_forms_in_which_it_may_be_printed(value: object, texts: list[str]) -> None:
    masked, _ = _masked(value)
    assert [text for text in texts if text not in masked] == []


UNMASKABLE = {
    "a text too short": ("abcd", 1),
    "an empty text": ("", 0),
    "a word": ("Bearer", 1),
    "a text too long": ("x" * (LONGEST + 1), 1),
    "a text as long as can be": ("x" * LONGEST, 0),
    "a small number": (12690, 1),
    "a number of many digits": (815_815_815_815, 1),
    "a fraction": (1234.5, 1),
    "a number beyond words": (10**5000, 1),
    "a complex number": (complex(1, 2), 1),
    "a complex number beyond its size": (complex(1.7e308, 1.7e308), 1),
    "an infinite number": (float("inf"), 1),
    "no number": (float("nan"), 1),
    "a time": (dt.time(12, 30), 1),
    "a date": ("2026-01-01", 1),
    "each leaf": ({"a": "abc", "b": [1, 2], "c": CANARY}, 3),
    "nothing to hide": ([None, True, False, (), {}], 0),
}


@pytest.mark.parametrize(("value", "count"), UNMASKABLE.values(), ids=UNMASKABLE.keys())
def test_counts_what_would_be_printed_all_the_same(value: object, count: int) -> None:
    assert _masked(value)[1] == count


COMMON = ["abc", "", True, None, "ab\ncd", "Bearer", "error", 12690, "2026-01-01", "in_progress", "1.2.3", "text/html"]


@pytest.mark.parametrize("value", COMMON)
def test_masks_nothing_that_would_hide_half_of_every_log(value: object) -> None:
    assert _masked(value)[0] == set()


def test_the_names_of_the_run_are_not_masked() -> None:
    there = world()
    there.push(Secret([PLACE.dag_id, PLACE.run_id, PLACE.task_id, CANARY]))
    assert there.host.masked == [CANARY]


def test_a_short_line_is_a_word() -> None:
    masked, _ = _masked(f"BEGIN\n{CANARY}\n--4--")
    assert CANARY in masked
    assert not {"BEGIN", "--4--"} & masked


def test_the_name_of_a_class_is_no_secret() -> None:
    masked, _ = _masked(Login("u", (CANARY, CANARY)))
    assert CANARY in masked
    assert "builtins.tuple" not in masked


def test_the_keys_of_a_dict_are_not_masked() -> None:
    assert _masked({"environment": CANARY})[0] == {CANARY}


def test_many_values_are_all_masked() -> None:
    values = [f"value-{number:06}" for number in range(20_000)]
    assert _masked(values) == (set(values), 0)


def test_a_value_is_masked_when_it_is_sealed_and_again_when_it_is_opened() -> None:
    there = world()
    row = there.push({"password": CANARY})
    assert there.host.masked == [CANARY]
    there.pull(row)
    assert there.host.masked == [CANARY, CANARY]


def test_a_sealed_object_is_masked_when_it_is_sealed_and_again_when_it_is_opened() -> None:
    there = world(host=ObjectHost())
    row = there.push({"password": Login("u", CANARY)})
    first = set(there.host.masked)
    there.host.masked.clear()
    there.pull(row)
    assert first == set(there.host.masked) >= {CANARY, repr(Login("u", CANARY))}


def test_one_warning_a_call_names_the_coordinates() -> None:
    there = world()
    row = there.push({"password": 1, "token": [2, "ab"]})
    assert there.host.warnings == [(PLACE, 3)]
    there.pull(row)
    assert there.host.warnings == [(PLACE, 3)] * 2


def test_what_is_not_sealed_is_not_masked() -> None:
    there = world()
    there.pull(there.push({"password": CANARY, "user": "somebody-4711", "n": 1}))
    assert set(there.host.masked) == {CANARY}
    assert there.host.warnings == []


@given(value=any_value.values)
def test_any_value_can_be_asked_about(value: object) -> None:
    assert refusal(lambda: _masked(value)) is None


TOKEN = "a-token-of-2026-x"


@pytest.mark.parametrize(
    ("key", "masked"), [(TOKEN, True), (Secret(TOKEN), True), ("content-type", False), ("a-name-without-digits", False)]
)
def test_a_key_that_looks_like_a_token_is_masked(key: object, masked: bool) -> None:
    text = key.reveal() if isinstance(key, Secret) else key
    assert (text in _masked({key: 1})[0]) is masked


def test_a_long_text_of_lines_is_masked_by_its_lines() -> None:
    lines = [f"line-{number:06}" for number in range(LONGEST // 12)]
    masked, unmaskable = _masked("\n".join(lines))
    assert set(lines) <= masked
    assert unmaskable == 0


def _calls(leaves: list[object]) -> int:
    with Calls() as calls:
        found = masking_of(leaves, 5)
    assert len(found.texts) >= len(leaves)
    return calls.count


@pytest.mark.parametrize("text", ["1", "1, 2, ", "ab1 ", "2026-01-01 ", "a\u00fc1 ", "a"])
def test_whether_a_long_text_is_masked_costs_the_same_at_any_length(text: str) -> None:
    short, long = text * (3_000 // len(text)), text * (250_000 // len(text))
    with Calls() as calls:
        assert is_distinctive(short)
        assert is_distinctive(long)
    assert calls.count < 12


@pytest.mark.parametrize("make", [lambda n: f"abcdef{n}", lambda n: f"pw-{n}.a_b~C", lambda n: 9_815_815_810_000 + n])
def test_a_text_that_is_printed_alike_everywhere_costs_a_few_calls(make: Callable[[int], object]) -> None:
    assert _calls([make(number) for number in range(10_000)]) < 35 * 10_000


def test_a_long_number_costs_a_few_calls() -> None:
    assert _calls(["1" * 250_000]) < 100


def test_each_form_is_looked_at_once() -> None:
    looked: list[str] = []
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(masking, "is_distinctive", lambda text: bool(looked.append(text)) or is_distinctive(text))
        masking_of(["1, 2, " * 40_000, CANARY], 5)
    assert len(looked) == len({*looked})


@given(text=st.text(st.sampled_from("aZ09_.~-"), min_size=1))
def test_a_text_that_is_taken_for_printed_alike_everywhere_is(text: str) -> None:
    assert {*printed_forms(text)} == {text}


SPOKEN: dict[str, object] = {
    "one word": {"password": "Sommerregen"},
    "two words": {"user": "ann", "password": "dragonfly-Tiger"},
    "a word deeper down": [{"db": {"password": "Sommerregen"}}],
    "a word in a dict that is sealed as a whole": {"secret": {"a": 1, "password": "Sommerregen"}},
    "a word in an object": Login("ann", "Sommerregen"),
}


@pytest.mark.parametrize("value", SPOKEN.values(), ids=SPOKEN)
def test_a_password_of_letters_alone_is_masked_in_the_producer_and_in_the_consumer(value: object) -> None:
    pushing, pulling = world(host=ObjectHost()), world(host=ObjectHost())
    row = pushing.push(value)
    word = "dragonfly-Tiger" if "Tiger" in repr(value) else "Sommerregen"
    assert word in pushing.host.masked
    pulling.store.objects |= pushing.store.objects
    pulling.keys._keys |= pushing.keys._keys
    pulling.pull(row)
    assert word in pulling.host.masked


NAMELESS: dict[str, JSON] = {
    "a word in a list": {"passwords": ["Sommerregen"]},
    "an argument": ["mysql", "--password", "Sommerregen"],
    "a pair of a name and a value": [["user", "ann"], ["password", "Sommerregen"]],
    "a cell of a table": {"columns": ["user", "password"], "data": [["ann", "Sommerregen"], ["bob", "Sommerregen"]]},
    "a variable of a container": [{"name": "DB_PASSWORD", "value": "Sommerregen"}],
}


@pytest.mark.parametrize("value", NAMELESS.values(), ids=NAMELESS)
def test_a_word_is_masked_where_no_key_beside_it_is_called_a_password(value: JSON) -> None:
    by_rules = build_policy(Settings.parse({}, Path("/nowhere")), FakeHost(listed=()))
    pushing, pulling = world(), world()
    row = Exchange(unrecorded_runtime(pushing.host, pushing.routes, lambda: 0.0), by_rules).push(value, PLACE)
    assert "Sommerregen" in pushing.host.masked
    pulling.store.objects |= pushing.store.objects
    pulling.keys._keys |= pushing.keys._keys
    Exchange(unrecorded_runtime(pulling.host, pulling.routes, lambda: 0.0), by_rules).pull(row, query(PLACE))
    assert "Sommerregen" in pulling.host.masked


PRINTED: dict[str, tuple[str, str]] = {
    "a word and the end of its line": ("Sommerregen\n", "Sommerregen"),
    "two secrets": ("x4Tr9kQzPp7ab wJ9Lr2mZq8Vt\n", "wJ9Lr2mZq8Vt"),
    "base64": (base64.b64encode(b"x4Tr-9kQzPp7\n").decode(), "x4Tr-9kQzPp7"),
    "a word in base64": (base64.b64encode(b"Sommerregen\n").decode(), "Sommerregen"),
}


@pytest.mark.parametrize(("printed", "secret"), PRINTED.values(), ids=PRINTED)
def test_what_a_reader_makes_of_a_printed_secret_is_masked(printed: str, secret: str) -> None:
    by_rules = build_policy(Settings.parse({}, Path("/nowhere")), FakeHost(listed=()))
    pushing, pulling = world(), world()
    pushing.host.made = Origin(command="cat /run/secrets/db")
    where = replace(PLACE, key="return_value")
    row = Exchange(unrecorded_runtime(pushing.host, pushing.routes, lambda: 0.0), by_rules).push(printed, where)
    assert secret in pushing.host.masked
    pulling.store.objects |= pushing.store.objects
    pulling.keys._keys |= pushing.keys._keys
    Exchange(unrecorded_runtime(pulling.host, pulling.routes, lambda: 0.0), by_rules).pull(row, query(where))
    assert secret in pulling.host.masked


def test_words_of_settings_within_a_sealed_dict_are_not_masked() -> None:
    by_rules = build_policy(Settings.parse({}, Path("/nowhere")), FakeHost(listed=()))
    there = world()
    value = {"password": {"rules": ["uppercase", "lowercase"], "x": "k3Jd92LmQx7v"}}
    Exchange(unrecorded_runtime(there.host, there.routes, lambda: 0.0), by_rules).push(value, PLACE)
    assert "uppercase" not in there.host.masked


def test_a_whole_value_under_the_name_of_a_password_is_masked_if_it_is_a_word() -> None:
    there = world()
    there.push("Sommerregen", replace(PLACE, key="db_password"))
    assert there.host.masked == ["Sommerregen"]


@pytest.mark.parametrize(
    "value",
    [
        {"password": "production"},
        {"password": "postgres"},
        {"password": "Airflow"},
        {"password": "dragon"},
        {"password": "task instance"},
        {"password": "airflow_worker"},
        {"password": "public.users"},
        {"token": "Sommerregen"},
        {"password": {"where": "Sommerregen"}},
    ],
    ids=[
        "a stage",
        "a service",
        "a product",
        "a short word",
        "a message",
        "a user",
        "a table",
        "no password",
        "beside a password",
    ],
)
def test_a_word_that_logs_say_by_themselves_is_not_masked(value: JSON) -> None:
    there = world()
    there.push(value)
    assert there.host.masked == []


READABLE = {
    "a word and a number": ([CANARY, "abc", 4711, 0.5], {"abc", "4711", "0.5"}),
    "words": (["red fox"], {"red fox", "red", "fox"}),
    "a text that is escaped": (["a'b"], {"a'b"}),
    "a number with a fraction": ([4711.6], {"4711.6", "4711", "4712"}),
    "numbers with a comma": (["47,11"], {"47,11", "47", "11"}),
    "a text in quotes": (["'47'"], {"'47'", "47"}),
    "a set in a set": (["{{1}}"], {"{{1}}"}),
    "a list for a key": (["{[1]:2}"], {"{[1]:2}"}),
    "no literal": (["1or"], {"1or"}),
    "what can be masked": ([CANARY], set()),
    "bytes": ([b"abc"], None),
    "more than are compared": ([*range(MOST_READABLE + 1)], None),
    "a long text": (["ab " * LONGEST], None),
}


@pytest.mark.parametrize(("leaves", "texts"), READABLE.values(), ids=READABLE.keys())
def test_tells_what_a_reader_would_see_of_what_cannot_be_masked(leaves: list[object], texts: set[str] | None) -> None:
    readable = masking_of(leaves, 5).readable
    assert readable is None if texts is None else readable is not None and texts <= readable


def test_a_single_letter_of_a_text_is_not_looked_for() -> None:
    readable = masking_of(["a - x1"], 8).readable
    assert readable is not None
    assert "x1" in readable
    assert readable.isdisjoint(("a", "-"))
