"""What a task returns, judged by what the task is called."""

from __future__ import annotations

from pathlib import Path

import pytest

from secure_xcom.assembly.policy import build_policy
from secure_xcom.classify import scan, scan_row
from secure_xcom.classify.task_names import NAME_TASK, hands_out_a_secret
from secure_xcom.exchange.exchange import Exchange
from secure_xcom.model.coordinates import Coordinates, TaskInstance, XComQuery
from secure_xcom.model.origin import Origin
from secure_xcom.model.value import JSON
from secure_xcom.settings.settings import Settings
from secure_xcom.testing.fakes import FakeHost, InMemoryKeyProvider, InMemoryStore, SingleRoute, unrecorded_runtime

TOKEN = "cs5kiux9wvdfzg7a9hfbxmm6f0vryal9"
UUID = "bfcfdecb-ace5-40c3-952a-6ef961206ced"

HANDING_OUT = """
    get_token getToken fetch_api_key auth.get_access_token generate_password get_jwt read_secret session_token
    api_key obtain_credentials login vault_login authenticate salesforce_log_in get_clave_api rotate_secret
    create_session reset_password read_vault fetch_from_conjur get_otp
""".split()  # noqa: SIM905 - a list of words reads best as words

OTHERS = """
    check_token send_otp notify_password_change get_next_page_token count_tokens revoke_key extract
    get_data close_session get_secret_name sync_to_vault vault validate_password get_partition_key save_password
    token.extract get_token.check delete_api_key upload_private_key
""".split()  # noqa: SIM905 - a list of words reads best as words

HARMLESS = (
    "ok",
    "token",
    "refreshed",
    "prod-db-password",
    "arn:aws:secretsmanager:eu-west-1:123456789012:secret:db-AbCdEf",
    "projects/a/secrets/db/versions/3",
    "/run/secrets/db_1",
    "https://accounts.internal/oauth2/token",
    "2026-11-30T10:00:00Z",
    "the token was refreshed 3 minutes ago",
    "4711",
    "get_token__v2",
    "kv/data/prod#password",
    "db-prod-1.internal:5432",
    "user+etl@acme.io",
    "ORD-2024-00042",
    "#general",
    "@channel",
    "col1,col2",
    "i-0abc1234def567890",
)


def _rule_of(value: JSON, task_id: str, key: str = "return_value", **options: str) -> object:
    policy = build_policy(Settings.parse(options, Path("/nowhere")), FakeHost(listed=()))
    return scan(value, key, policy, origin=Origin(task_id=task_id))


@pytest.mark.parametrize("task_id", HANDING_OUT)
def test_a_task_that_is_called_after_what_it_hands_out_is_told(task_id: str) -> None:
    assert hands_out_a_secret(task_id)


@pytest.mark.parametrize("task_id", OTHERS)
def test_a_task_that_is_called_after_what_it_does_is_not(task_id: str) -> None:
    assert not hands_out_a_secret(task_id)


@pytest.mark.parametrize(
    "text", [TOKEN, UUID, "es9fk2xq7lmzpr4v", "Winter!Boot77", "Boot77winter", "0f99a7336e0ea4b28d3fa899c270208c"]
)
def test_what_such_a_task_returns_is_sealed_if_it_looks_like_a_secret(text: str) -> None:
    assert _rule_of(text, "get_token") == NAME_TASK
    assert _rule_of(text, "extract") is None


@pytest.mark.parametrize("text", HARMLESS)
def test_what_looks_like_none_stays_readable(text: str) -> None:
    assert _rule_of(text, "get_token") is None


TUPLE = {"__classname__": "builtins.tuple", "__version__": 1, "__data__": [TOKEN, "bearer"]}

SEVERAL: dict[str, tuple[JSON, object]] = {
    "a list": ([TOKEN, 3600], {0: NAME_TASK}),
    "a tuple": (TUPLE, {"__data__": {0: NAME_TASK}}),
    "a list with what is a secret by itself": (
        [TOKEN, {"password": "dragon"}],
        {0: NAME_TASK, 1: {"password": "name-password"}},
    ),
    "a long list": ([TOKEN] * 9, None),
    "a list of words": (["bearer", "ok"], None),
    "a dict of one field that says nothing": ({"value": TOKEN}, {"value": NAME_TASK}),
    "a dict of one field that says what it is": ({"job": TOKEN}, None),
    "a field that says nothing beside others": ({"value": TOKEN, "size": 3}, {"value": NAME_TASK}),
    "a field that says nothing within another": ({"data": {"value": TOKEN}}, {"data": {"value": NAME_TASK}}),
    "an answer in JSON": ({"body": f'{{"value": "{TOKEN}"}}', "n": 1}, {"body": NAME_TASK}),
    "a part that its name tells too": (
        {"data": {"value": TOKEN, "password": "dragon"}},
        {"data": {"value": NAME_TASK, "password": "name-password"}},
    ),
    "a UUID beside others": ({"value": UUID, "size": 3}, None),
    "a state under a name that says nothing": ({"result": "rotated", "n": 3}, None),
    "two fields that say what they are": ({"job": TOKEN, "n": 1}, None),
}


@pytest.mark.parametrize(("value", "selected"), SEVERAL.values(), ids=SEVERAL)
def test_of_several_values_each_that_looks_like_a_secret_is_sealed(value: JSON, selected: object) -> None:
    assert _rule_of(value, "get_token") == selected


PASSWORDS: dict[str, tuple[str, JSON, object]] = {
    "a password of words": ("read_secret", "Cinnamon-Bridge12", NAME_TASK),
    "a password from a store": ("read_conjur", "Cinnamon-Bridge12", NAME_TASK),
    "a password that is new": ("reset_password", "Cinnamon-Bridge12", NAME_TASK),
    "a user and a password": ("fetch_creds", "svc_etl Qw7kd92mX", NAME_TASK),
    "a user and a password with a sign": ("get_credentials", "svc_etl:Cinnamon-Bridge12", NAME_TASK),
    "a password under its user": ("get_password", {"svc_etl": "Cinnamon-Bridge12"}, {"svc_etl": NAME_TASK}),
    "an answer in JSON": ("get_password", '{"result": {"value": "Cinnamon-Bridge12"}}', NAME_TASK),
    "a code of digits": ("get_otp", "483920", NAME_TASK),
    "a cookie": ("get_cookie", f"sid={TOKEN}", NAME_TASK),
    "the id of a version": ("rotate_secret", UUID, None),
    "a token in place of another": ("renew_token", UUID, NAME_TASK),
    "how it went": ("rotate_password", {"svc_etl": "rotated"}, None),
    "when it was": ("rotate_password", {"db-prod": "2026-11-28"}, None),
    "what it stands for": ("get_password", {"bucket": "acme-data-2026"}, None),
    "a user and a role": ("get_credentials", "svc_etl/prod-1", None),
    "a password like a host and a port": ("get_password", "summer:2024", NAME_TASK),
    "a key in place of another": ("reset_api_key", UUID, NAME_TASK),
    "a number of another task": ("extract", "483920", None),
}


@pytest.mark.parametrize(("task_id", "value", "selected"), PASSWORDS.values(), ids=PASSWORDS)
def test_what_a_task_returns_that_is_called_after_a_password_is_sealed(
    task_id: str, value: JSON, selected: object
) -> None:
    assert _rule_of(value, task_id) == selected


def test_an_answer_keeps_what_the_operator_ignores() -> None:
    assert _rule_of({"value": TOKEN, "data": TOKEN}, "get_token", ignored_keys="data") == {"value": NAME_TASK}


def test_an_item_that_the_operator_ignores_stays_readable() -> None:
    assert _rule_of([TOKEN, TOKEN], "get_token", ignored_keys="return_value[1]") == {0: NAME_TASK}


def test_another_key_says_what_stands_there_itself() -> None:
    assert _rule_of(TOKEN, "get_token", key="name") is None


@pytest.mark.parametrize(
    "options",
    [
        {"ignored_keys": "return_value"},
        {"ignored_keys": "return_value, **.x"},
        {"names": "airflow"},
    ],
)
def test_the_operator_has_the_last_word(options: dict[str, str]) -> None:
    assert _rule_of(TOKEN, "get_token", **options) is None


def test_paths_of_the_operator_do_not_hide_it() -> None:
    assert _rule_of(TOKEN, "get_token", sensitive_keys="**.pin", ignored_keys="**.name") == NAME_TASK


def test_a_row_that_holds_it_is_not_clean() -> None:
    policy = build_policy(Settings.parse({}, Path("/nowhere")), FakeHost(listed=()))
    assert scan_row(TOKEN, "return_value", policy, {}, origin=Origin(task_id="get_token")) == NAME_TASK


@pytest.mark.parametrize("value", [TOKEN, [TOKEN, 3600], [TOKEN, UUID]])
def test_the_consumer_gets_what_the_task_returned(value: JSON) -> None:
    where = Coordinates(dag_id="etl", run_id="r", task_id="get_token", key="return_value")
    host = FakeHost(listed=())
    host.instance = TaskInstance(dag_id="etl", run_id="r", task_id="get_token")
    runtime = unrecorded_runtime(host, SingleRoute(InMemoryStore(), InMemoryKeyProvider()), lambda: 0.0)
    exchange = Exchange(runtime, build_policy(Settings.parse({}, Path("/nowhere")), host))
    row = exchange.push(value, where)
    assert TOKEN not in str(row)
    query = XComQuery(dag_id="etl", run_id="r", task_id="get_token", key="return_value", map_index=-1)
    assert exchange.pull(row, query) == value
