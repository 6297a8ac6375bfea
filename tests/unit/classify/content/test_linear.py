"""No pattern goes back, and no text makes the rules work more than in proportion to its length."""

import re
import time
from dataclasses import replace

import pytest

from secure_xcom.classify.content import RULES, ContentRules, Rule
from secure_xcom.classify.content.invention import invent
from secure_xcom.classify.content.linear import problem_of
from secure_xcom.classify.content.named_values import NamedValues
from secure_xcom.classify.content.verify import Verifier

# Its megabytes would take twice as long to trace, and what they run through is covered by the rules' own tests.
pytestmark = pytest.mark.no_cover

MEGABYTE = 1_000_000
_ALL = ContentRules(RULES)

REFUSED = {
    "(a+)+b": "not possessive",
    "a*b": "not possessive",
    "[a-z]{1,9}x": "not possessive",
    "a*?b": "not possessive",
    "(?:a|ab)c": "atomic group",
    "(a|b)": "atomic group",
    "a|b": "atomic group",
    "a++": "no upper bound",
    "a{3,}+": "no upper bound",
    "(?>(?>a{1,200}+){1,200}+){1,200}+": "characters",
    r"(a)\1": "refers to a group",
    "(?P<x>a)(?P=x)": "group that is not known",
    "(a)?+(?(1)b)": "group that is not known",
    "(": "not a regular expression",
    "a{1,99999999999999999999}+": "not a regular expression",
    "(?x)a #": "group that is not known",
    "acme_(?:){1000000}x": "characters",
    "acme_(?:x{0}){1000000}x": "characters",
}
TAKEN = [
    "a{3}",
    "a{3,9}+",
    "a?+",
    "(?>a|b)",
    "(?=a|b)c",
    "[+*|(]{2}",
    r"\(\*\+\|",
    "[]a-z]{2}",
    "[^]a]",
    r"[\]*]",
    "(?P<secret>a{2})",
    "(?i:a)",
    "a{x}",
    "a{}",
]


@pytest.mark.parametrize(("pattern", "problem"), REFUSED.items(), ids=REFUSED)
def test_a_pattern_that_could_go_back_is_refused(pattern: str, problem: str) -> None:
    assert problem in (problem_of(pattern) or "")


@pytest.mark.parametrize("pattern", TAKEN)
def test_a_pattern_that_cannot_go_back_is_taken(pattern: str) -> None:
    re.compile(pattern)
    assert problem_of(pattern) is None


def _made_for(rule: Rule) -> list[str]:
    """Return units whose repetition makes the rule try often, and read far."""
    literal, example = rule.literals[0], invent(rule.example)
    return [literal, f"{literal} ", f"{literal}a", example[:-1], f"{example[: len(example) // 2]} ", f".{literal}"]


@pytest.mark.parametrize("rule", RULES, ids=lambda rule: rule.id)
def test_attempts_on_text_made_for_a_rule_read_in_proportion_to_its_length(
    rule: Rule, monkeypatch: pytest.MonkeyPatch
) -> None:
    for unit in _made_for(rule):
        few, many = (_work(rule, unit, length, monkeypatch) for length in (MEGABYTE // 200, MEGABYTE // 50))
        assert many <= 4.5 * few + 10_000, unit[:20]


def _work(rule: Rule, unit: str, length: int, monkeypatch: pytest.MonkeyPatch) -> int:
    """Count the attempts of a rule and the characters that they matched."""
    work = 0
    match = Verifier(rule).match

    def counted(text: str, start: int) -> re.Match[str] | None:
        nonlocal work
        found = match(text, start)
        work += 1 + (found.end() - found.start() if found else 0)
        return found

    monkeypatch.setattr(Verifier, "match", property(lambda _: counted))
    ContentRules((rule,), is_sensitive_name=lambda _: False).explain((unit * (length // len(unit) + 1))[:length])
    monkeypatch.undo()
    return work


# It walks the same lines again and again, which smaller tests trace.
@pytest.mark.no_cover
@pytest.mark.parametrize("rule", RULES, ids=lambda rule: rule.id)
def test_a_megabyte_made_for_a_rule_takes_no_longer_than_anybody_waits(rule: Rule) -> None:
    literal = rule.literals[0]
    text = (f"{literal} " * (MEGABYTE // (len(literal) + 1) + 1))[:MEGABYTE]
    before = time.perf_counter()
    ContentRules((rule,), is_sensitive_name=lambda _: False).rule_of(text)
    # Generous, since the machine may do other things: a pattern that goes back takes hours.
    assert time.perf_counter() - before < 10


@pytest.mark.parametrize(
    "unit", ["key=", "password: ", "_auth:", "token=a ", "secret=secret", '"key":"a",', "<key>", "://a:"]
)
def test_a_megabyte_of_names_takes_no_longer_than_anybody_waits(unit: str) -> None:
    before = time.perf_counter()
    _ALL.rule_of((unit * (MEGABYTE // len(unit) + 1))[:MEGABYTE])
    assert time.perf_counter() - before < 10


@pytest.mark.parametrize("unit", ["auth:", ":_auth", "_auth:", "key:", "token:auth_", "password:x/"])
def test_a_value_that_holds_many_names_is_not_read_again_for_each_of_them(
    unit: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    text = (unit * (MEGABYTE // 10 // len(unit) + 1))[: MEGABYTE // 10]
    read = 0
    value_at = NamedValues(lambda _: True)._value

    def counted(text: str, start: int) -> re.Match[str] | None:
        nonlocal read
        found = value_at(text, start)
        read += found.end() - found.start() if found else 0
        return found

    monkeypatch.setattr(NamedValues, "_value", property(lambda _: counted))
    ContentRules((), is_sensitive_name=lambda _: True).rule_of(text)
    # Of 512 characters 85 names in a row would each have read the rest.
    assert 0 < read <= 6 * len(text)


def _asked(text: str) -> int:
    """Count the names that are judged."""
    names: list[str] = []

    def is_sensitive(name: str) -> bool:
        names.append(name)
        return False

    ContentRules((), is_sensitive_name=is_sensitive).rule_of(text)
    return len(names)


@pytest.mark.parametrize("unit", ["token=a ", "password: ", '"token": "', "key="])
def test_a_name_that_stands_in_a_text_again_and_again_is_judged_once_a_piece(unit: str) -> None:
    pieces = MEGABYTE // 10 // (1 << 16) + 1
    assert 1 <= _asked((unit * MEGABYTE)[: MEGABYTE // 10]) <= 2 * pieces


@pytest.mark.parametrize("unit", ["--token :", "--token =", "--password 9f2 "])
def test_a_match_that_stands_in_a_text_again_and_again_is_checked_once_a_piece(unit: str) -> None:
    (rule,) = (rule for rule in RULES if rule.id == "command-line-secret")
    checked: list[str] = []

    def check(found: re.Match[str]) -> bool:
        checked.append(found[0])
        return False

    text = (unit * MEGABYTE)[: MEGABYTE // 10]
    ContentRules((replace(rule, check=check),), is_sensitive_name=lambda _: False).rule_of(text)
    # Where a piece ends, a match may be cut.
    assert 1 <= len(checked) <= 4 * (len(text) // (1 << 16) + 1)


def test_a_check_that_looks_around_is_asked_at_each_match() -> None:
    (rule,) = (rule for rule in RULES if rule.id == "command-line-secret")
    checked: list[int] = []

    def check(found: re.Match[str]) -> bool:
        checked.append(found.start())
        return False

    rules = ContentRules((replace(rule, check=check, checks_itself=False),), is_sensitive_name=lambda _: False)
    rules.rule_of("--token 9fK2xQ77 " * 3)
    assert len(checked) == 3


def _attempts(rule: Rule, text: str, monkeypatch: pytest.MonkeyPatch) -> int:
    attempts = 0
    match = Verifier(rule).match

    def counted(text: str, start: int) -> re.Match[str] | None:
        nonlocal attempts
        attempts += 1
        return match(text, start)

    monkeypatch.setattr(Verifier, "match", property(lambda _: counted))
    ContentRules((rule,), is_sensitive_name=lambda _: False).explain(text)
    monkeypatch.undo()
    return attempts


def test_a_run_of_one_character_is_tried_where_it_begins(monkeypatch: pytest.MonkeyPatch) -> None:
    (rule,) = (rule for rule in RULES if rule.id == "twitter-bearer-token")
    run = "A" * (MEGABYTE // 10)
    assert _attempts(rule, run, monkeypatch) <= 2 * (len(run) // (1 << 16) + 1)
    assert _attempts(rule, f"{'A' * 30} {'A' * 30}", monkeypatch) == 2


def test_a_run_is_tried_everywhere_by_a_rule_that_may_begin_amid_it() -> None:
    (rule,) = (rule for rule in RULES if rule.id == "twitter-bearer-token")
    signs = replace(rule, literals=("====",), pattern=r"====[a-z]{8}", boundary="a-z", entropy=0, check=None)
    assert ContentRules((signs,), is_sensitive_name=lambda _: False).rule_of("=======qwkzvbnm") == rule.id
