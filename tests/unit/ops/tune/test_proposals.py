"""Which settings are proposed, and what they would change."""

from __future__ import annotations

import time
from itertools import product

import pytest
from hypothesis import given
from hypothesis import strategies as st

from secure_xcom.classify import Policy
from secure_xcom.model.placeholder import Placeholder
from secure_xcom.ops.tune.effect import Entry, Option, effect_of
from secure_xcom.ops.tune.proposals import PAGES, Proposal, effect_of_all, proposals
from secure_xcom.ops.tune.report import report_of
from tests.unit.ops.tune.deployment import CANARY, add, policy, random_text, tallied

PLAIN = policy()
JUDGE = policy(judged=["token_count", "token_type", "password", "apikey"])
PLACEHOLDER = Placeholder(rule="name", store="vault", ref="x/y").to_json()


def values(**named: object) -> list[object]:
    """Six values of dicts, in which a callable makes a new text each time."""
    return [{name: value(n) if callable(value) else value for name, value in named.items()} for n in range(6)]


def made(pushed: list[object], of: Policy = PLAIN, key: str = "return_value") -> list[tuple[str, str]]:
    found = proposals(tallied(pushed, of, key=key).groups, of)
    return sorted((one.entry.option.name, one.entry.pattern) for one in found)


def test_a_name_whose_values_look_secret_is_proposed_as_sensitive() -> None:
    assert made(values(pin=random_text, user="ann")) == [("SENSITIVE", "pin")]


def test_a_name_whose_values_sometimes_look_secret_is_proposed_at_its_place_alone() -> None:
    mixed = [*values(pin="done") * 3, *values(inner={"pin": random_text(1)})]
    assert made(mixed) == [("SENSITIVE", "return_value.inner.pin")]


@pytest.mark.parametrize("name", ["value", "data", "URL", "id"])
def test_a_name_that_says_nothing_is_proposed_at_its_place_alone(name: str) -> None:
    assert made(values(**{name: random_text})) == [("SENSITIVE", f"return_value.{name}")]


def test_a_text_that_is_returned_by_itself_has_no_name_to_propose() -> None:
    assert made([random_text(n) for n in range(6)]) == []
    assert made([[random_text(n)] for n in range(6)]) == []


def test_a_key_that_was_chosen_by_the_author_is_a_name() -> None:
    assert made([random_text(n) for n in range(6)], key="licence") == [("SENSITIVE", "licence")]


def test_what_several_names_share_is_proposed_for_all_of_airflow() -> None:
    found = values(customer_iban=random_text, ibanCode=random_text, pin=random_text)
    assert made(found) == [("AIRFLOW", "iban"), ("SENSITIVE", "pin")]


def test_a_shared_part_is_not_proposed_if_harmless_names_have_it_too() -> None:
    found = values(customer_iban=random_text, ibanCode=random_text, iban_country="de", iban_bank="ing")
    assert made(found) == [("SENSITIVE", "customer_iban"), ("SENSITIVE", "ibanCode")]


def test_what_airflow_hides_and_our_rules_do_not_is_proposed_if_it_may_be_secret() -> None:
    found = values(session_token="Summer2026!", token_limit=4096, token_kind="Bearer")
    assert made(found) == [("SENSITIVE", "session_token")]


def test_a_sealed_name_of_counts_is_proposed_as_ignored() -> None:
    found = values(token_count=lambda n: n, token_type="bearer", password=random_text)
    assert made(found, JUDGE) == [("IGNORED", "token_count"), ("IGNORED", "token_type")]


def test_a_password_that_looks_like_a_word_is_never_proposed_as_ignored() -> None:
    assert made(values(password="hunter"), JUDGE) == []


def test_a_password_that_is_always_the_same_is_not_harmless_for_that() -> None:
    assert made(values(apikey="Summer2026!x"), JUDGE) == []


def test_a_sealed_name_that_is_harmless_at_one_place_is_proposed_there() -> None:
    found = [*values(usage={"token_count": 3}), *values(token_count=random_text)]
    assert made(found, JUDGE) == [("IGNORED", "return_value.usage.token_count")]


def test_too_few_values_prove_nothing() -> None:
    assert made(values(token_count=1)[:2], JUDGE) == []


def test_what_is_sealed_already_cannot_be_seen_and_is_not_proposed_as_ignored() -> None:
    assert made(values(token_count=PLACEHOLDER), JUDGE) == []
    assert made([*values(token_count=1), *values(token_count=PLACEHOLDER)], JUDGE) == []


def test_what_airflow_has_registered_stays_sealed() -> None:
    assert made(values(note=CANARY)) == []
    tally = tallied(values(note=CANARY), PLAIN)
    effect = effect_of([Entry(Option.IGNORED, "note")], tally.groups)
    assert (effect.before, effect.after) == (6, 6)


@pytest.mark.parametrize("ignored", ["pin", "**.pin", "return_value.pin", "*in"])
def test_what_the_operator_ignores_is_decided(ignored: str) -> None:
    of = policy(ignored=[ignored])
    assert made(values(pin=random_text), of) == []
    assert report_of(tallied(values(pin=random_text), of)).unsealed == ()


def one(pushed: list[object], of: Policy, dag: str = "other") -> Proposal:
    tally = add(tallied(pushed, of), pushed, dag=dag)
    (proposal,) = proposals(tally.groups, of)
    return proposal


def test_an_effect_counts_the_values_before_and_after_and_the_false_alarms() -> None:
    pushed = [*values(pin=random_text), *values(pin="none")[:2]]
    effect = one(pushed, PLAIN).effect
    assert (effect.before, effect.after, effect.dags) == (0, 16, 2)
    assert (effect.false_alarms, effect.missed) == (4, 0)


def test_an_entry_for_all_of_airflow_tells_what_else_it_changes() -> None:
    proposal = one(values(customer_iban=random_text, ibanCode=random_text), PLAIN)
    assert proposal.pages == PAGES
    assert one(values(pin=random_text), PLAIN).pages == ()


def test_ignoring_what_may_be_secret_is_told_as_missed() -> None:
    tally = tallied([*values(token_count=3), *values(token_count=random_text)], JUDGE)
    effect = effect_of([Entry(Option.IGNORED, "token_count")], tally.groups)
    assert (effect.before, effect.after, effect.missed) == (12, 0, 6)


def test_entries_together_count_a_value_once() -> None:
    tally = tallied(values(pin=random_text), PLAIN)
    entries = [Entry(Option.SENSITIVE, "pin"), Entry(Option.SENSITIVE, "**.pin"), Entry(Option.AIRFLOW, "pin")]
    assert effect_of(entries, tally.groups).after == 6


def test_what_the_operator_ignores_stays_as_it_is() -> None:
    of = policy(ignored=["pin"])
    effect = effect_of_all([Entry(Option.AIRFLOW, "pin")], tallied(values(pin=random_text), of).groups, of)
    assert (effect.before, effect.after) == (0, 0)


def test_the_effect_on_names_that_are_spelt_otherwise_is_counted() -> None:
    tally = tallied(values(**{"api-code": random_text, "api_code": random_text, "apiCode": random_text}), PLAIN)
    effect = effect_of_all([Entry(Option.SENSITIVE, "api-code")], tally.groups, PLAIN)
    assert effect.after == effect_of([Entry(Option.SENSITIVE, "api-code")], tally.groups).after == 12


WORDS = ["".join(letters) for letters in product("abcdefghij", repeat=4)]


# It walks the same lines again and again, which smaller tests trace.
@pytest.mark.no_cover
@pytest.mark.parametrize("name", ["{}", "{}_code", "token_{}"])
def test_ten_thousand_places_are_judged_in_seconds(name: str) -> None:
    judge = policy(judged=[f"token_{word}" for word in WORDS])
    tally = tallied([{name.format(word): 3 if "token" in name else random_text(3) for word in WORDS}] * 3, judge)
    started = time.perf_counter()
    report = report_of(tally)
    assert len(report.unsealed) + len(report.harmless) == len(WORDS)
    assert time.perf_counter() - started < 30


def test_ignored_wins_over_sensitive_as_it_does_in_the_classifier() -> None:
    tally = tallied(values(pin=random_text), PLAIN)
    assert effect_of([Entry(Option.SENSITIVE, "pin"), Entry(Option.IGNORED, "pin")], tally.groups).after == 0


@given(st.lists(st.sampled_from(["pin", "iban", "token_count", "data", "x"]), min_size=1, max_size=4), st.booleans())
def test_the_effect_is_what_the_classifier_then_does(steps: list[str], is_list: bool) -> None:
    value: object = random_text(1)
    for step in reversed(steps):
        value = {step: [value] if is_list else value}
    tally = tallied([value] * 4, PLAIN)
    for proposal in proposals(tally.groups, PLAIN):
        assert proposal.entry.option is Option.SENSITIVE
        after = tallied([value] * 4, policy(sensitive=[proposal.entry.pattern]))
        assert sum(group.sealed.total() for group in after.groups) == proposal.effect.after


def test_no_report_holds_a_value() -> None:
    pushed = values(pin=lambda n: f"{random_text(n)}{CANARY.upper()}", password=f"x{CANARY}", token_count=3)
    report = report_of(tallied(pushed, JUDGE))
    assert report.proposals
    assert "kanarienvogel" not in repr(report).lower()
    assert random_text(1) not in repr(report)


def test_a_report_tells_the_places_with_their_rules_and_looks() -> None:
    report = report_of(tallied(values(token_count=3, pin=random_text), JUDGE))
    (sealed,) = report.sealed
    (unsealed,) = report.unsealed
    (harmless,) = report.harmless
    assert (sealed.path, sealed.values, sealed.because, sealed.looks) == (
        "return_value.token_count",
        6,
        "name-judged",
        (("count", 6),),
    )
    assert sealed.always_the_same
    assert (unsealed.path, unsealed.because) == ("return_value.pin", "looks random")
    assert harmless.because == "looks harmless, sealed by name-judged"
    assert (report.rows, report.sealed_values, report.plain_values) == (6, 6, 6)
