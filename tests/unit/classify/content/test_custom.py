"""Rules of a TOML file, and all mistakes of it at once."""

import pytest

from secure_xcom.classify.content import RULES, ContentRules
from secure_xcom.classify.content.custom import MOST_RULES, rules_from_toml
from secure_xcom.errors import ConfigurationError

CANARY = "canary-4711"
VALID = {
    "id": "acme-token",
    "description": "Token of ACME",
    "reason": "Calls ACME.",
    "literals": ["acme_"],
    "pattern": "acme_[A-Za-z0-9]{32}",
    "example": "acme_<32 base62>",
    "counterexample": "acme_<8 base62>",
    "source": "https://acme.example",
}


def _toml(*rules: dict[str, object]) -> str:
    return "\n".join(
        "[[rule]]\n" + "\n".join(f"{name} = {_value(value)}" for name, value in rule.items()) for rule in rules
    )


def _value(value: object) -> str:
    return f"'{value}'" if isinstance(value, str) else str(value)


def _problems(text: str) -> tuple[str, ...]:
    with pytest.raises(ConfigurationError) as raised:
        rules_from_toml(text)
    assert CANARY not in str(raised.value)
    return raised.value.problems


def test_a_rule_of_a_file_finds_what_it_describes() -> None:
    (rule,) = rules_from_toml(_toml(VALID))
    rules = ContentRules((*RULES, rule))
    assert rules.rule_of("the gateway's token is acme_Zq81LmNo93KdYt27RwPbXc64HsVfGj05") == "acme-token"


def test_a_file_without_rules_has_none() -> None:
    assert rules_from_toml("") == ()


WRONG = {
    "no TOML": (f"{CANARY} = [", "not TOML"),
    "something else": (f"{CANARY} = 1", "something else"),
    "a number of thousands of digits": (f"a = {'1' * 6000}", "not TOML"),
    "an example of endless length": (_toml({**VALID, "example": "acme_<99999999999999999999 hex>"}), "example"),
    "an unknown field": (_toml({**VALID, CANARY: 1}), "unknown field"),
    "no description": (_toml({**VALID, "description": " "}), "description: a text is missing"),
    "a wrong id": (_toml({**VALID, "id": "Acme Token"}), "id: up to 64"),
    "no regular expression": (_toml({**VALID, "pattern": f"({CANARY}"}), "not a regular expression"),
    "a pattern that goes back": (_toml({**VALID, "pattern": "acme_(a+)+"}), "not possessive"),
    "a pattern without an end": (_toml({**VALID, "pattern": "acme_a++"}), "no upper bound"),
    "a pattern that reads too far": (_toml({**VALID, "pattern": "acme_[a-z]{1,999}+"}), "may read"),
    "no literal": (_toml({**VALID, "literals": []}), "literals: a list"),
    "a literal that is short": (_toml({**VALID, "literals": ["a"]}), "literals: each"),
    "an example that does not match": (_toml({**VALID, "example": CANARY}), "example: the rule does not match"),
    "a counterexample that does": (_toml({**VALID, "counterexample": "acme_<32 base62>"}), "counterexample: the rule"),
    "an unknown alphabet": (_toml({**VALID, "example": "acme_<32 runes>"}), "alphabet"),
    "an id twice": (_toml(VALID, VALID), "taken"),
    "a negative entropy": (_toml({**VALID, "entropy": -1}), "entropy"),
    "too many rules": ("[[rule]]\n" * (MOST_RULES + 1), "more than"),
}


@pytest.mark.parametrize(("text", "problem"), WRONG.values(), ids=WRONG)
def test_a_mistake_is_reported(text: str, problem: str) -> None:
    assert any(problem in one for one in _problems(text))


def test_all_mistakes_are_reported_at_once() -> None:
    problems = _problems(_toml({**VALID, "id": "A", "source": ""}, VALID, {**VALID, "id": "b", "pattern": "a*"}))
    assert [one.partition(":")[0] for one in problems] == ["rule 1", "rule 1", "rule 3"]
