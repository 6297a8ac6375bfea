"""``secure-xcom explain`` about names, values and rules."""

from __future__ import annotations

import importlib
import json
from pathlib import Path
from typing import Any

import pytest
from typer.testing import CliRunner, Result

from secure_xcom.classify.content.invention import invent
from secure_xcom.cli import app
from secure_xcom.settings.settings import Settings
from tests.unit.world import CANARY, ObjectHost

ROUTES = """
[namespace.payments]
dags = ["pay_*"]
readers = ["report"]
key = "vault-transit://transit/{domain}?role=xcom-{domain}"
ttl = "2h"

[dag.etl]
store = "s3://etl-bucket/xcom?conn_id=etl_credentials"
"""


@pytest.fixture
def options(tmp_path: Path) -> dict[str, str | None]:
    """The options of the deployment, which a test may change."""
    (tmp_path / "routes.toml").write_text(ROUTES)
    return {"sensitive_keys": "iban, **.items[*].pin", "ignored_keys": "password_hint"}


@pytest.fixture(autouse=True)
def _deployment(monkeypatch: pytest.MonkeyPatch, tmp_path: Path, options: dict[str, str | None]) -> None:
    monkeypatch.delenv("COLUMNS", raising=False)
    for name in ("explain", "explain_value"):
        # The package has the function in the place of its module.
        module = importlib.import_module(f"secure_xcom.cli.{name}")
        monkeypatch.setattr(module, "settings", lambda: Settings.parse(options, tmp_path))
    monkeypatch.setattr("secure_xcom.airflow.host.AirflowHost", lambda: ObjectHost(registered=[CANARY]))


def _explain(*arguments: str, given: str | bytes | None = None) -> Result:
    return CliRunner().invoke(app, ["explain", *arguments], input=given)


def _told(*arguments: str) -> list[dict[str, object]]:
    done = _explain(*arguments, "--json")
    assert done.exit_code == 0, done.output
    told: list[dict[str, object]] = json.loads(done.stdout)
    return told


@pytest.fixture
def _nothing_listed(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("secure_xcom.airflow.host.AirflowHost", lambda: ObjectHost(listed=()))


@pytest.mark.usefixtures("_nothing_listed")
@pytest.mark.parametrize(
    ("value", "told", "rule", "path"),
    [
        ([[1, "laura", "perro-verde"]], ("--columns", "id, login,password"), "name-password", "return_value[0][2]"),
        ("perro-verde", ("--command", "vault kv get -field=password db"), "name-command", "return_value"),
        ("cs5kiux9wvdfzg7a9hfbxmm6f0vryal9", ("--endpoint", "/oauth/token"), "name-endpoint", "return_value"),
    ],
)
def test_what_the_operator_knows_tells(value: object, told: tuple[str, str], rule: str, path: str) -> None:
    assert _told(json.dumps(value)) == []
    (part,) = _told(json.dumps(value), *told)
    assert (part["rule"], part["path"]) == (rule, path)


@pytest.mark.usefixtures("_nothing_listed")
@pytest.mark.parametrize(
    "value",
    [
        {"passwords": ["zaunkoenig", "feldhase"]},
        ["--password", "zaunkoenig"],
        {"credentials": {"password": "zaunkoenig"}},
    ],
    ids=["a list", "an argument", "a dict"],
)
def test_words_that_logs_hide_are_counted_within_a_part(value: object) -> None:
    (part,) = _told(json.dumps(value))
    assert part["masked"] == part["texts"] > 0


def test_what_a_task_is_called_tells_what_it_returns() -> None:
    value = json.dumps("cs5kiux9wvdfzg7a9hfbxmm6f0vryal9")
    assert _told(value) == []
    assert [told["rule"] for told in _told(value, "--task", "get_token")] == ["name-task"]


def test_each_part_that_would_be_sealed_has_its_path_and_its_rule() -> None:
    value = {"iban": "DE02 1203 0000 0000 2020 51", "items": [{"pin": 4711, "n": 1}], "url": f"x{CANARY}", "n": 3}
    assert {told["path"]: told["rule"] for told in _told(json.dumps(value))} == {
        "return_value.iban": "name-configured",
        "return_value.items[0].pin": "name-configured",
        "return_value.url": "registered",
    }


def test_it_says_what_logs_would_hide() -> None:
    told = _told(json.dumps({"iban": ["ok", "DE02120300000000202051"]}))
    assert [(each["texts"], each["masked"]) for each in told] == [(2, 1)]


def test_it_says_what_airflow_alone_would_hide_and_why_it_is_not_sealed() -> None:
    done = _explain(json.dumps({"password_hint": "the usual", "n": 1}))
    assert "return_value.password_hint" in done.stdout
    assert "sealed by rule: none" in done.stdout
    assert "the usual" not in done.output


@pytest.mark.parametrize("name", ["[/x]", "[core]", "[red]a[/red]", ":key:"])
def test_square_brackets_of_a_name_are_no_markup(name: str) -> None:
    done = _explain(json.dumps({name: {"iban": CANARY}}), "--key", name)
    assert done.exit_code == 0, done.output
    assert f"{name}.{name}.iban" in done.stdout


def test_each_setting_names_the_section_that_decides_it() -> None:
    assert "[secure_xcom]" in _explain("iban", "--dag", "other").stdout


@pytest.mark.parametrize("more", [(), ("--json",)], ids=["table", "json"])
def test_a_name_that_is_a_secret_is_not_shown(more: tuple[str, ...]) -> None:
    token = invent("ghp_<30 base62><checksum>")
    done = _explain(json.dumps({"a": {token: 1}, "iban": CANARY}), "--key", token, *more)
    assert "***.iban" in done.stdout
    assert token not in done.output


@pytest.mark.parametrize(
    ("name", "says"),
    [
        ("password_hint", "[secure_xcom] ignored_keys names it"),
        ("password_policy", "no rule takes this name for that of a secret"),
        ("token", "what stands there is not secret"),
    ],
)
def test_why_a_part_that_airflow_hides_is_not_sealed_is_said(
    name: str, says: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("secure_xcom.airflow.host.AirflowHost", lambda: ObjectHost(listed=()))
    assert says in _explain(json.dumps({name: "none"})).stdout


def test_the_key_of_the_push_counts() -> None:
    assert [told["path"] for told in _told('"DE02120300000000202051"', "--key", "iban")] == ["iban"]


def test_an_argument_of_several_lines_is_a_text_and_is_not_shown() -> None:
    done = _explain("login,password\nann,Hy6nB4cD1sF0")
    assert "text-table" in done.stdout, done.output
    assert "Hy6nB4cD1sF0" not in done.output


@pytest.mark.parametrize("how", ["argument", "file", "standard input"])
def test_json_comes_from_an_argument_a_file_or_standard_input(how: str, tmp_path: Path) -> None:
    text = json.dumps({"iban": CANARY})
    (tmp_path / "value.json").write_text(text)
    argument = {"argument": text, "file": f"@{tmp_path / 'value.json'}", "standard input": "-"}[how]
    done = _explain(argument, given=text)
    assert done.exit_code == 0
    assert "return_value.iban" in done.stdout
    assert CANARY not in done.output


NO_JSON: dict[str, tuple[str | bytes, str]] = {
    "cut": ('{"password":\n "hunter2hunter2', "it does not parse at line 2, column 2; in JSON a text stands in quotes"),
    "a name without quotes": (
        "{hunter2hunter2",
        "it does not parse at line 1, column 2; in JSON a text stands in quotes",
    ),
    "no UTF-8": (b'{"password": "\xff\xfehunter2hunter2"}', "it is not UTF-8 at byte 15"),
    "too deep": ("[" * 100_000, "it is nested too deeply"),
    "many digits": ("[" + "1" * 5_000 + "]", "a number in it has too many digits"),
    "empty": ("", "it does not parse at line 1, column 1; in JSON a text stands in quotes"),
}


@pytest.mark.parametrize(("text", "says"), NO_JSON.values(), ids=NO_JSON.keys())
def test_what_is_no_json_exits_with_2_and_is_not_quoted(text: str | bytes, says: str) -> None:
    done = _explain("-", given=text)
    assert (done.exit_code, done.stderr) == (2, f"standard input is no JSON: {says}\n")
    assert "hunter2" not in done.output


def test_an_argument_that_begins_like_json_is_told_so() -> None:
    done = _explain("{hunter2hunter2")
    assert done.exit_code == 2
    assert "the argument, which begins like JSON, is no JSON: it does not parse at line 1, column 2" in done.stderr
    assert "hunter2" not in done.output


def test_a_file_that_is_not_there_exits_with_2(tmp_path: Path) -> None:
    done = _explain(f"@{tmp_path / 'none.json'}")
    assert (done.exit_code, done.stdout) == (2, "")
    assert "cannot be read (FileNotFoundError)" in done.stderr


@pytest.mark.parametrize(
    ("name", "says"),
    [
        ("iban", "sealed by rule name-configured. The operator says so"),
        (
            "authorization",
            "not sensitive by its name alone: what could be a secret there is sealed by rule name-credentials.",
        ),
        ("password_hint", "not sensitive by its name"),
        ("rows", "not sensitive by its name"),
    ],
)
def test_a_name_is_explained(name: str, says: str) -> None:
    assert says in _explain(name).stdout


@pytest.mark.parametrize("subject", ["hunter2-Qx9", "5", "password"])
def test_what_was_taken_for_a_key_is_said_and_how_to_ask_for_a_value_or_a_rule(subject: str) -> None:
    done = _explain(subject)
    assert done.exit_code == 0
    assert done.stdout.startswith(f"the key {subject}: ")
    assert done.stderr.startswith("taken for a key. A value is JSON: '\"...\"'")
    assert "--rule ID" in done.stderr
    assert _explain(subject, "--json").stderr == ""


def test_the_id_of_a_rule_alone_is_taken_for_a_key_and_leads_to_the_rule() -> None:
    done = _explain("name-password")
    assert (done.exit_code, done.stdout.startswith("the key name-password: ")) == (0, True)
    assert done.stderr.endswith("There is a rule of this id too: secure-xcom explain --rule name-password\n")


@pytest.mark.parametrize(
    "arguments", [("",), (" ",), ("--rule", ""), ("", "--dag", "etl"), ("--dag-file", "")], ids=str
)
def test_an_empty_subject_is_an_error_of_usage(arguments: tuple[str, ...]) -> None:
    done = _explain(*arguments)
    assert (done.exit_code, done.stdout) == (2, "")
    assert "it is empty" in done.stderr


def test_a_rule_is_explained_with_an_example() -> None:
    done = _explain("--rule", "registered")
    assert done.stdout.startswith("registered\n\nfinds:   a text that holds what Airflow's secrets masker knows\n")
    assert json.loads(_explain("--rule", "registered", "--json").stdout)["id"] == "registered"


def test_an_unknown_rule_exits_with_2_and_names_the_nearest() -> None:
    done = _explain("--rule", "registred")
    assert (done.exit_code, done.stdout) == (2, "")
    assert "did you mean registered?" in done.stderr


@pytest.mark.parametrize("arguments", [[], ["password", "--rule", "registered"]], ids=["nothing", "both"])
def test_one_subject_is_explained_at_a_time(arguments: list[str]) -> None:
    assert _explain(*arguments).exit_code == 2


def test_the_source_of_dags_is_searched_and_findings_exit_with_1(tmp_path: Path) -> None:
    first, second = tmp_path / "first.py", tmp_path / "second.py"
    first.write_text(f'iban = "{CANARY}"\n')
    second.write_text("rows = 3\n")
    done = _explain("--dag-file", str(first), str(second))
    assert done.exit_code == 1
    assert f"{first}:1: literal iban, rule name-configured: The operator says so" in done.stdout
    assert CANARY not in done.output
    assert _explain("--dag-file", str(second)).exit_code == 0


def test_a_dag_file_that_cannot_be_parsed_exits_with_2_after_the_others(tmp_path: Path) -> None:
    broken, good = tmp_path / "broken.py", tmp_path / "good.py"
    broken.write_text(f'iban = "{CANARY}\n')
    good.write_text('iban = "DE02120300000000202051"\n')
    done = _explain("--dag-file", str(broken), str(tmp_path / "none.py"), str(good))
    assert done.exit_code == 2
    assert "good.py:1" in done.stdout
    assert "broken.py" in done.stderr
    assert "none.py: cannot be read (FileNotFoundError)" in done.stderr
    assert CANARY not in done.output


def _told_for(dag_id: str, *arguments: str) -> dict[str, Any]:
    done = _explain(*arguments, "--dag", dag_id, "--json")
    assert done.exit_code == 0, done.output
    told: dict[str, Any] = json.loads(done.stdout)
    return told


@pytest.mark.parametrize(
    ("dag_id", "name", "value", "decided_by"),
    [
        ("pay_daily", "domain", "namespace 'payments'", "[namespace.payments] of the routes file"),
        ("pay_daily", "key", "vault-transit://transit/payments--team", "[namespace.payments] of the routes file"),
        ("pay_daily", "ttl", "7200 seconds", "[namespace.payments] of the routes file"),
        ("pay_daily", "readers", "Dag 'report'", "[namespace.payments] of the routes file"),
        ("pay_daily", "mode", "enforce", "[secure_xcom], for all Dags"),
        ("etl", "store", "s3://etl-bucket/xcom", "[dag.etl] of the routes file"),
        ("etl", "domain", "Dag 'etl'", "its id"),
        ("nobody_knows", "readers", "no other Dag", "the routes file"),
        ("nobody_knows", "ttl", "no end", "[secure_xcom], for all Dags"),
        ("nobody_knows", "seal", "sensitive", "[secure_xcom], for all Dags"),
    ],
)
def test_what_holds_for_a_dag_is_told_with_the_setting_that_decides_it(
    dag_id: str, name: str, value: str, decided_by: str, options: dict[str, str | None], tmp_path: Path
) -> None:
    options["routes"] = str(tmp_path / "routes.toml")
    assert _told_for(dag_id, "iban")["dag"][name] == {"value": value, "decided_by": decided_by}


def test_no_parameter_of_an_address_is_printed(options: dict[str, str | None], tmp_path: Path) -> None:
    options["routes"] = str(tmp_path / "routes.toml")
    for dag_id in ("etl", "pay_daily"):
        for done in (_explain("iban", "--dag", dag_id), _explain("iban", "--dag", dag_id, "--json")):
            assert done.exit_code == 0
            assert "credentials" not in done.output
            assert "role=" not in done.output


@pytest.mark.parametrize(("mode", "is_sealed"), [("enforce", True), ("observe", False), ("open-only", False)])
def test_the_mode_decides_what_becomes_of_a_finding(mode: str, is_sealed: bool, options: dict[str, str | None]) -> None:
    options["mode"] = mode
    told = _told_for("etl", json.dumps({"iban": CANARY}))
    assert [(part["rule"], part["sealed"]) for part in told["parts"]] == [("name-configured", is_sealed)]
    assert (f"mode = {mode}" in told["dag"]["outcome"]) is not is_sealed
    assert CANARY not in json.dumps(told)


def test_a_table_about_the_dag_stands_before_that_about_the_value() -> None:
    done = _explain(json.dumps({"iban": CANARY}), "--dag", "etl")
    assert done.exit_code == 0
    assert done.stdout.index("its id") < done.stdout.index("A contract in") < done.stdout.index("return_value.iban")


@pytest.mark.parametrize("dag_id", ["", ".", "..", "a/b", "a b", "x" * 251, "a\n"])
def test_what_cannot_be_the_id_of_a_dag_exits_with_2(dag_id: str) -> None:
    done = _explain("iban", "--dag", dag_id)
    assert (done.exit_code, done.stdout) == (2, "")
    assert "not the id of a Dag" in done.stderr


def test_a_dag_that_two_namespaces_claim_exits_with_2(options: dict[str, str | None], tmp_path: Path) -> None:
    (tmp_path / "routes.toml").write_text('[namespace.a]\ndags = ["x*"]\n[namespace.b]\ndags = ["*y"]\n')
    options["routes"] = str(tmp_path / "routes.toml")
    assert _explain("iban", "--dag", "xy").exit_code == 2


@pytest.mark.parametrize("arguments", [["--rule", "registered"], ["--dag-file", "dag.py"], []])
def test_a_dag_is_asked_about_with_a_key_or_a_value_alone(arguments: list[str]) -> None:
    done = _explain(*arguments, "--dag", "etl")
    assert done.exit_code == 2
    assert "--dag DAG" in done.stderr


def test_a_copy_of_what_is_sealed_is_told_too() -> None:
    told = _told(json.dumps({"password": "tr0ub4dor-77", "hint": "it is tr0ub4dor-77"}))
    assert [(part["path"], part["rule"]) for part in told] == [
        ("return_value.hint", "registered"),
        ("return_value.password", "name-airflow"),
    ]
