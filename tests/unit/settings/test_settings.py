"""The ``[secure_xcom]`` section: what stands in it, what stands for it when it is empty, and all mistakes at once."""

from pathlib import Path

import pytest

from secure_xcom.errors import ConfigurationError
from secure_xcom.model.mode import Mode
from secure_xcom.settings.options import OPTIONS
from secure_xcom.settings.previous import PreviousStore
from secure_xcom.settings.settings import LedgerMode, Records, Seal, Settings
from secure_xcom.settings.uri import AdapterUri

HOME = Path("/home/airflow")


def _uri(scheme: str, authority: str, path: str) -> AdapterUri:
    return AdapterUri(scheme=scheme, authority=authority, path=path)


DEFAULTS = Settings(
    store=_uri("file", "", "home/airflow/secure_xcom/store"),
    key=_uri("local", "", "home/airflow/secure_xcom/keyring.json"),
    ledger="sqlite:////home/airflow/secure_xcom/ledger.db",
    home=HOME / "secure_xcom",
)


@pytest.mark.parametrize(
    "section",
    [{}, {option.name: None for option in OPTIONS}, {option.name: " " for option in OPTIONS}],
    ids=["absent", "None", "blank"],
)
def test_with_nothing_set_everything_is_on_one_machine(section: dict[str, str | None]) -> None:
    assert Settings.parse(section, HOME) == DEFAULTS


def test_the_defaults_that_people_read_are_the_defaults() -> None:
    section = {option.name: option.default for option in OPTIONS}
    assert Settings.parse(section, HOME) == DEFAULTS


def test_every_option_is_a_field_of_the_settings() -> None:
    assert {option.name for option in OPTIONS} == set(Settings.__dataclass_fields__) - {"home"}


KEY = {"key": "aws-kms://alias/a"}


@pytest.mark.parametrize(
    ("section", "field", "value"),
    [
        ({"store": "file:///x"}, "store", _uri("file", "", "x")),
        ({"store": "file:///x"}, "key", _uri("local", "", "home/airflow/secure_xcom/keyring.json")),
        ({"store": "vault://secret/x"}, "key", None),
        ({"store": "vault://secret/x", **KEY}, "key", _uri("aws-kms", "alias", "a")),
        ({"store": "s3://b", **KEY}, "store", _uri("s3", "b", "")),
        (KEY, "store", _uri("file", "", "home/airflow/secure_xcom/store")),
        (
            {"previous_stores": "file:///x\n native+vault://secret/a?url=https://v "},
            "previous_stores",
            (
                PreviousStore(uri=_uri("file", "", "x")),
                PreviousStore(uri=AdapterUri.parse("vault://secret/a?url=https://v", option="store"), native=True),
            ),
        ),
        ({"sensitive_keys": "iban, *_pin ,,\n x "}, "sensitive_keys", ("iban", "*_pin", "x")),
        ({"sensitive_keys": "\niban\n*_pin\r\n  card-no.?"}, "sensitive_keys", ("iban", "*_pin", "card-no.?")),
        ({"sensitive_keys": "ib\u200ban"}, "sensitive_keys", ("ib\u200ban",)),
        ({"sensitive_keys": "*"}, "sensitive_keys", ("*",)),
        ({"sensitive_keys": "Paßwort, कुंजी, 鍵*, azure.*"}, "sensitive_keys", ("Paßwort", "कुंजी", "鍵*", "azure.*")),
        ({"ignored_keys": "max_tokens"}, "ignored_keys", ("max_tokens",)),
        ({"ledger_mode": "OFF"}, "ledger_mode", LedgerMode.OFF),
        ({"ledger": "postgresql+psycopg2://u:p@h/d"}, "ledger", "postgresql+psycopg2://u:p@h/d"),
        ({"ledger_mode": "best-effort"}, "ledger_mode", LedgerMode.BEST_EFFORT),
        ({"ledger_records": "all"}, "ledger_records", Records.ALL),
        ({"seal": "ALL"}, "seal", Seal.ALL),
        ({"seal": "sensitive"}, "seal", Seal.SENSITIVE),
        ({"mode": "observe"}, "mode", Mode.OBSERVE),
        ({"mode": " Open-Only "}, "mode", Mode.OPEN_ONLY),
        ({"hide_returned_values": "False"}, "hide_returned_values", False),
        ({"hide_returned_values": "off"}, "hide_returned_values", False),
        ({"hide_returned_values": "1"}, "hide_returned_values", True),
        ({"hide_returned_values": "yes"}, "hide_returned_values", True),
    ],
)
def test_an_option_says_what_it_means(section: dict[str, str], field: str, value: object) -> None:
    assert getattr(Settings.parse(section, HOME), field) == value


@pytest.mark.parametrize("option", ["sensitive_keys", "ignored_keys"])
@pytest.mark.parametrize(
    "text",
    [
        "iban; *_pin",
        "iban *_pin",
        "iban\t*_pin",
        '["iban","*_pin"]',
        '"iban","*_pin"',
        "'iban'",
        "“iban”",
        "^iban$",
        "iban|card_pin",
        "[ib]*an",
        "(iban)",
        "{iban,pin}",
        ".*pin",
        "pin+",
        r"\w*pin",
        "iban=1",
        "iban # the account",
        "db/password",
        "a:b",
    ],
)
def test_a_pattern_in_another_syntax_is_refused_with_how_to_write_it(text: str, option: str) -> None:
    with pytest.raises(ConfigurationError, match=rf"(?s){option}: not a pattern: .*iban, \*_pin") as caught:
        Settings.parse({option: f"x, {text}\n y"}, HOME)
    assert len(caught.value.problems) == 1


@pytest.mark.parametrize("text", ["*", "a, *", "**", "?*", "??", "*_*", "*.*", "-"])
def test_ignoring_every_name_is_refused_with_what_to_set_instead(text: str) -> None:
    with pytest.raises(ConfigurationError, match=r"ignored_keys: .*mode = open-only") as caught:
        Settings.parse({"ignored_keys": text}, HOME)
    assert len(caught.value.problems) == 1


MISTAKEN: list[tuple[dict[str, str | None], list[str]]] = [
    ({"store": "bucket"}, ["store"]),
    ({"key": "key"}, ["key"]),
    ({"ledger": "oracle://scott:tiger@db/x"}, ["ledger"]),
    ({"ledger": "ledger.db"}, ["ledger"]),
    ({"ledger": "sqlite://"}, ["ledger"]),
    ({"ledger": "sqlite:///:memory:"}, ["ledger"]),
    ({"ledger": "sqlite:///relative.db"}, ["ledger"]),
    ({"ledger": "sqlite:////x.db?mode=memory&uri=true"}, ["ledger"]),
    ({"ledger": "sqlite+pysqlite:///relative.db"}, ["ledger"]),
    ({"ledger_mode": "maybe", "ledger_records": "some"}, ["ledger_mode", "ledger_records"]),
    ({"store": "s3://b"}, ["key"]),
    ({"store": "gs://b"}, ["key"]),
    ({"store": "s3://b", "key": "nonsense"}, ["key"]),
    ({"store": "valut://secret/airflow"}, ["store"]),
    ({"store": "s3://b", "key": "aws-kmss://alias/a"}, ["key"]),
    ({"store": "files:///x", "key": "file:///x"}, ["store", "key"]),
    ({"seal": "some"}, ["seal"]),
    ({"mode": "strict"}, ["mode"]),
    ({"hide_returned_values": "maybe"}, ["hide_returned_values"]),
    ({"previous_stores": "x"}, ["previous_stores"]),
    ({"previous_stores": "file:///x valut://secret/x file://y"}, ["previous_stores"]),
    ({"previous_stores": "native+file:///x"}, ["previous_stores"]),
    ({"previous_stores": "file:///x?a=1&a=2", "seal": "some"}, ["previous_stores", "seal"]),
    ({"store": "file:///x", "previous_stores": "file:///y file:///x"}, ["previous_stores"]),
    ({"large_store": "file:///x", "previous_stores": "file:///y file:///x"}, ["previous_stores"]),
    ({"store": "vault://secret/x", "previous_stores": "vault://secret/y"}, ["previous_stores"]),
    (
        {
            "store": "vault://secret/x",
            "key": "local:///k",
            "large_store": "file:///x",
            "previous_stores": "native+vault://secret/x",
        },
        ["previous_stores"],
    ),
    ({"store": "vault://secret/x", "previous_stores": "s3://b"}, ["previous_stores"]),
    ({"stroe": "x"}, ["stroe"]),
    ({"stroe": None}, ["stroe"]),
    ({"Store": "file:///x"}, ["Store"]),
    (
        {"stroe": "x", "store": "a b", "key": "c", "seal": "d", "mode": "e", "hide_returned_values": "f"},
        ["stroe", "store", "key", "seal", "mode", "hide_returned_values"],
    ),
    ({"stroe": "x", "store": "s3://b"}, ["stroe", "key"]),
]


@pytest.mark.parametrize(("section", "names"), MISTAKEN, ids=["+".join(names) for _, names in MISTAKEN])
def test_all_mistakes_are_told_at_once_by_the_options_names(section: dict[str, str | None], names: list[str]) -> None:
    with pytest.raises(ConfigurationError) as caught:
        Settings.parse(section, HOME)
    assert [problem.partition(": ")[0] for problem in caught.value.problems] == names
    told = " ".join(str(caught.value).split())
    assert all(" ".join(problem.split()) in told for problem in caught.value.problems)


def test_a_misspelt_option_is_told_with_those_that_exist() -> None:
    with pytest.raises(
        ConfigurationError, match=r"(?s)stroe: no such option; did you mean store\? The options are .*store"
    ):
        Settings.parse({"stroe": "x"}, HOME)


@pytest.mark.parametrize(
    ("name", "hint"),
    [
        ("sensitive_key", "did you mean sensitive_keys? The"),
        ("Ledger_Mod", "did you mean ledger_mode? The"),
        ("xyzzy", "the"),
    ],
)
def test_the_nearest_option_comes_first_if_one_is_near(name: str, hint: str) -> None:
    with pytest.raises(ConfigurationError) as caught:
        Settings.parse({name: "x"}, HOME)
    (problem,) = caught.value.problems
    assert problem.startswith(f"{name}: no such option; {hint} options are clock_skew, ")


@pytest.mark.parametrize(
    ("option", "uri", "problem"),
    [
        ("store", "valut://secret/airflow", "store: unknown scheme valut://; known: abfs, "),
        ("store", "files:///x", "store: unknown scheme files://; known: abfs, "),
        ("key", "aws-kmss://alias/a", "key: unknown scheme aws-kmss://; known: aws-kms, local, vault-transit"),
    ],
)
def test_a_misspelt_scheme_is_reported_with_the_nearest_one(option: str, uri: str, problem: str) -> None:
    with pytest.raises(ConfigurationError) as caught:
        Settings.parse({option: uri}, HOME)
    (found,) = caught.value.problems
    assert found.startswith(problem)
    meant = {"valut": "vault", "files": "file", "aws-kmss": "aws-kms"}[uri.partition(":")[0]]
    assert found.endswith(f"; did you mean {meant}://?")


def test_a_scheme_that_resembles_none_is_reported_without_a_guess() -> None:
    with pytest.raises(ConfigurationError) as caught:
        Settings.parse({"store": "gopher://x"}, HOME)
    (problem,) = caught.value.problems
    assert problem.startswith("store: unknown scheme gopher://; known: abfs, ")
    assert "did you mean" not in problem


def test_previous_keys_are_parsed_in_their_order(tmp_path: Path) -> None:
    settings = Settings.parse({"key": "local:///c", "previous_keys": "local:///a\n  aws-kms://alias/b"}, tmp_path)
    assert [(uri.scheme, uri.path) for uri in settings.previous_keys] == [("local", "a"), ("aws-kms", "b")]


@pytest.mark.parametrize(
    ("options", "problem"),
    [
        ({"key": "local:///a", "previous_keys": "local:///a"}, "previous_keys: local://a is named twice"),
        (
            {"key": "vault-transit://t/k?url=https://b.example", "previous_keys": "vault-transit://t/k"},
            "previous_keys: vault-transit://t/k is named twice",
        ),
        ({"key": "local:///a", "previous_keys": "nope://a"}, "previous_keys: unknown scheme nope"),
        ({"store": "vault://secret/x", "previous_keys": "local:///a"}, "previous_keys: need a key"),
    ],
    ids=["the key itself", "one id on two servers", "an unknown scheme", "without a key"],
)
def test_previous_keys_that_could_not_be_distinguished_are_refused(
    tmp_path: Path, options: dict[str, str], problem: str
) -> None:
    with pytest.raises(ConfigurationError) as caught:
        Settings.parse(options, tmp_path)
    assert any(problem in one for one in caught.value.problems)


@pytest.mark.parametrize(("text", "threshold"), [("", -1), ("-1", -1), ("0", 0), ("1000000", 1_000_000)])
def test_a_threshold_is_a_number_of_bytes(text: str, threshold: int) -> None:
    assert Settings.parse({"large_threshold": text}, HOME).large_threshold == threshold


@pytest.mark.parametrize("text", ["-2", "1MB", "1.5", "1_000", "\u0661", "1" * 19])
def test_another_threshold_is_a_mistake(text: str) -> None:
    with pytest.raises(ConfigurationError) as caught:
        Settings.parse({"large_threshold": text}, HOME)
    assert caught.value.problems == ("large_threshold: must be a whole number from -1 on",)


def test_a_large_store_that_does_not_encrypt_needs_a_key() -> None:
    with pytest.raises(ConfigurationError) as caught:
        Settings.parse({"store": "vault://secret/xcom", "large_store": "s3://bucket/large"}, HOME)
    assert caught.value.problems == ("key: needed with large_store = s3://",)
    assert Settings.parse({"store": "vault://secret/xcom", "large_store": "vault://secret/large"}, HOME).large_store
