"""By which rule a name is sensitive."""

import pytest

from secure_xcom.classify.names import NAME_AIRFLOW, NAME_CONFIGURED, Names
from secure_xcom.testing.fakes import FakeHost

PATTERNS = [
    # (pattern, names it must match, names it must not match)
    ("iban", ["iban", "IBAN", " iban "], ["ibans", "my_iban", "iba"]),
    ("*_pin", ["card_pin", "CARD_PIN", "card-pin", "card.pin", "card pin"], ["pin", "card_pins", "cardpin"]),
    ("*pin*", ["pin", "spinning"], ["pan"]),
    ("pin?", ["pin1", "pins"], ["pin", "pin12"]),
    ("pin[0-9]", ["pin[0-9]", "pin_0_9_"], ["pin0"]),
    ("x-api-key", ["x-api-key", "X-API-Key", "x_api_key", "x.api.key", "x api key"], ["xapikey", "x-api-key-2"]),
    ("hush!", ["hush!", "hush?"], ["hush"]),
    ("card.number", ["card.number", "card-number", "card  number"], ["cardnumber"]),
    ("a--b", ["a-b", "a--b", "a..b"], ["ab"]),
    ("Straße", ["straße", "STRAße"], ["strasse"]),
    ("[", ["["], ["a"]),
    ("*", ["anything", ""], []),
]


@pytest.mark.parametrize(("pattern", "names", "others"), PATTERNS, ids=[pattern for pattern, _, _ in PATTERNS])
def test_a_pattern_matches_whole_names_as_airflow_compares_them(
    pattern: str, names: list[str], others: list[str]
) -> None:
    rule_of = Names(sensitive=[pattern]).compiled().rule_of
    assert [name for name in names if rule_of(name) != NAME_CONFIGURED] == []
    assert [name for name in others if rule_of(name) is not None] == []


@pytest.mark.parametrize(
    ("name", "rule"),
    [
        ("password", NAME_AIRFLOW),
        ("db_password", NAME_AIRFLOW),
        ("my_iban", NAME_CONFIGURED),
        ("token_iban", NAME_CONFIGURED),
        ("next_page_token", None),
        ("ignored_iban", None),
        ("user", None),
    ],
)
def test_ignored_goes_before_configured_and_configured_before_airflow(name: str, rule: str | None) -> None:
    names = Names(listed=FakeHost().hides_name, sensitive=["*_iban"], ignored=["next_page_token", "ignored_*"])
    rule_of = names.compiled().rule_of
    assert rule_of(name) == rule


def test_the_host_is_asked_for_the_name_as_it_is_and_once() -> None:
    asked: list[str] = []

    def hides_name(name: str) -> bool:
        asked.append(name)
        return False

    rule_of = Names(listed=hides_name).compiled().rule_of
    rule_of("X-Name")
    rule_of("X-Name")
    assert asked == ["X-Name"]


READ_ALIKE = {
    "full-width letters": "\uff50\uff41\uff53\uff53\uff57\uff4f\uff52\uff44",
    "a zero-width space": "pass\u200bword",
    "a zero-width joiner": "pass\u200dword",
    "a soft hyphen": "pass\u00adword",
    "a byte order mark": "\ufeffpassword",
    "a mark for direction": "pass\u202eword",
    "mathematical letters": "\U0001d429\U0001d41a\U0001d42c\U0001d42c\U0001d430\U0001d428\U0001d42b\U0001d41d",
    "camel case and a zero-width space": "user\u200bPassword",
}


@pytest.mark.parametrize("name", READ_ALIKE.values(), ids=READ_ALIKE.keys())
def test_a_name_is_compared_as_people_read_it(name: str) -> None:
    assert Names(listed=lambda text: "password" in text.lower()).compiled().rule_of(name) == "name-airflow"
    assert Names(sensitive=("*password",)).compiled().rule_of(name) == "name-configured"


def test_a_pattern_is_compared_as_people_read_it() -> None:
    assert Names(sensitive=("pass\u200bword",)).compiled().rule_of("password") == "name-configured"
