"""The table of rules: each row keeps what it promises."""

import re
import runpy

import pytest

from secure_xcom.classify.content import FAMILIES, RULES, ContentRules, Rule
from secure_xcom.classify.content.invention import invent
from secure_xcom.classify.content.linear import problem_of
from secure_xcom.classify.rules import STORED
from tests.root import ROOT

_EACH = pytest.mark.parametrize("rule", RULES, ids=lambda rule: rule.id)
_AROUND = {
    "alone": "{}",
    "in a sentence": "it is {} now",
    "in a line": "VALUE={}",
    "in quotes": '"{}"',
    "after an escaped line end": "a\\n{}",
    "after a letter that is not ASCII": "é{}",
}


def _only(rule: Rule) -> ContentRules:
    return ContentRules((rule,), is_sensitive_name=lambda _: False)


@_EACH
def test_a_rule_matches_its_example_and_not_its_counterexample(rule: Rule) -> None:
    assert _only(rule).rule_of(invent(rule.example)) == rule.id
    assert _only(rule).rule_of(invent(rule.counterexample)) is None


@_EACH
@pytest.mark.parametrize("around", _AROUND.values(), ids=_AROUND)
def test_a_rule_matches_its_example_amid_other_text(rule: Rule, around: str) -> None:
    example = invent(rule.example)
    text = around.replace("{}", example)
    (first, *_) = _only(rule).explain(text)
    assert first[0] == rule.id
    assert 0 <= first[1] < first[2] <= len(text)


@_EACH
def test_no_rule_matches_its_example_with_a_placeholder_for_what_is_invented(rule: Rule) -> None:
    assert _only(rule).rule_of(
        re.sub(r"<(\d+) [^<>]+>", lambda piece: "x" * int(piece[1]), rule.example)
    ) != rule.id or (
        # What is invented is a small part of these: the decoded text counts.
        "<b64" in rule.example
        # Nothing is invented: its password is the word for one.
        or rule.id in ("url-default-credentials", "url-guessed-credentials")
    )


@_EACH
def test_no_pattern_can_go_back(rule: Rule) -> None:
    assert problem_of(rule.pattern) is None


@_EACH
def test_a_row_is_complete(rule: Rule) -> None:
    assert re.fullmatch(r"[a-z0-9]+(-[a-z0-9]+)*", rule.id)
    assert rule.description
    assert rule.reason.endswith(".")
    assert rule.literals
    assert all(literal.isascii() for literal in rule.literals)
    assert rule.source.startswith("https://")


def test_no_id_is_taken_twice() -> None:
    assert len({rule.id for rule in RULES}) == len(RULES)


def test_the_page_of_rules_is_the_one_that_the_table_makes() -> None:
    generated = runpy.run_path(str(ROOT / "docs" / "generate_rules.py"))["page"]()
    assert generated == (ROOT / "docs" / "rules.md").read_text(), "run: python docs/generate_rules.py"


def test_the_page_of_rules_has_a_row_for_each_rule() -> None:
    listed = re.findall(r"^\| `([a-z0-9-]+)` \|", (ROOT / "docs" / "rules.md").read_text(), re.MULTILINE)
    assert listed == [*(rule.id for rules in FAMILIES.values() for rule in rules), *(rule.id for rule in STORED)]
