"""No pattern goes back, and no text makes the rules work more than in proportion to its length."""

import re
import time

import pytest

from secure_xcom.classify.content import RULES, ContentRules, Rule
from secure_xcom.classify.content.invention import invent
from secure_xcom.classify.content.linear import problem_of
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
