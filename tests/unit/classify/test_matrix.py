"""Each name of a secret in each form in which values and texts write names and values, and harmless ones likewise."""

from __future__ import annotations

import base64
import json
from collections.abc import Callable
from typing import Final

import pytest

from benchmarks.detection.detectors import policy
from secure_xcom.classify import scan
from secure_xcom.model.value import Node, findings_of

POLICY = policy()

PHRASE: Final = "Cinnamon-Bridge12"
RANDOM: Final = "b2PLLm2dkfB97SjoDY64"

SECRETS: Final = {
    "password": PHRASE,
    "pwd": PHRASE,
    "db_pass": "Qw7kd92mX",
    "smtp_pw": "Qw7kd92mX",
    "passphrase": PHRASE,
    "psk": PHRASE,
    "secret": RANDOM,
    "client_secret": RANDOM,
    "webhook_secret": RANDOM,
    "api_key": RANDOM,
    "private_key": RANDOM * 2,
    "license_key": "AB12-CD34-EF56-GH78",
    "token": RANDOM,
    "access_token": RANDOM,
    "auth_token": RANDOM,
    "pin": "4821",
    "otp": "483920",
}

HARMLESS: Final = (
    ("token_count", "4096"),
    ("secret_arn", "arn:aws:secretsmanager:eu-west-1:123456789012:secret:db-AbC123"),
    ("key_id", "1234abcd-12ab-34cd-56ef-1234567890ab"),
    ("password_policy", "strong-v2"),
    ("s3_key", "raw/2026/11/28/orders.parquet"),
    ("primary_key", "order_id"),
    ("secret_name", "prod/db/password"),
    ("token_type", "bearer"),
    ("partition_key", "customer#42"),
    ("password_reset_url", "https://acme.io/reset"),
    ("ssh_key_path", "/etc/keys/id_rsa"),
    ("password_changed_at", "2026-11-28T10:00:00Z"),
    ("csrf_enabled", "true"),
    ("shipping", "4821"),
    ("mapping", "482100"),
    ("author", "Ann Lee"),
    ("password", "${DB_PASSWORD}"),
    ("password", "changeme"),
    ("password", "********"),
    ("token", "<token>"),
    ("token", "expired"),
    ("api_key", "YOUR_API_KEY"),
    ("auth", "oauth2"),
)

Form = Callable[[str, str], Node]

VALUES: Final[dict[str, Form]] = {
    "dict": lambda name, value: {name: value},
    "nested": lambda name, value: {"cfg": {"db": {name: value, "host": "a"}}},
    "list of dicts": lambda name, value: [{"id": 1, name: value}],
    "list of pairs": lambda name, value: [["user", "ann"], [name, value]],
    "name and value": lambda name, value: [{"name": name, "value": value}],
    "Key and Value": lambda name, value: [{"Key": name, "Value": value}],
    "rows below names": lambda name, value: [["id", "user", name], ["1", "ann", value]],
    "columns beside data": lambda name, value: {"columns": ["id", name], "data": [[1, value]]},
    "columns": lambda name, value: {"id": {"0": 1}, name: {"0": value}},
    "arguments": lambda name, value: ["app", "--host", "db", f"--{name.replace('_', '-')}", value],
}

TEXTS: Final[dict[str, Form]] = {
    "JSON": lambda name, value: json.dumps({"a": 1, name: value}),
    "JSON in a text": lambda name, value: "Response: " + json.dumps({"a": 1, name: value}),
    "JSON in JSON": lambda name, value: json.dumps({"body": json.dumps({name: value})}),
    "lines of JSON": lambda name, value: json.dumps({"id": 1}) + "\n" + json.dumps({name: value}),
    "a dict of Python's": lambda name, value: f"got { {'a': 1, name: value}!r} ok",
    "an object of Python's": lambda name, value: f"Config(host='db', {name}='{value}')",
    "YAML": lambda name, value: f"host: db\n{name}: {value}\nport: 1\n",
    "environment": lambda name, value: f"HOST=db\n{name.upper()}={value}\n",
    "export": lambda name, value: f"export {name.upper()}='{value}'",
    "INI": lambda name, value: f"[db]\nhost = db\n{name} = {value}\n",
    "TOML": lambda name, value: f'[db]\nhost = "db"\n{name} = "{value}"\n',
    "HCL": lambda name, value: f'provider "x" {{\n  {name} = "{value}"\n}}\n',
    "properties": lambda name, value: f"db.host=db\ndb.{name}={value}\n",
    "an element of XML": lambda name, value: f"<cfg><{name}>{value}</{name}></cfg>",
    "an attribute of XML": lambda name, value: f'<db host="a" {name}="{value}"/>',
    "a property of XML": lambda name, value: f'<property name="{name}" value="{value}"/>',
    "CSV": lambda name, value: f"id,user,{name}\n1,ann,{value}\n2,bob,{value}\n",
    "Markdown": lambda name, value: f"| id | user | {name} |\n|---|---|---|\n| 1 | ann | {value} |\n",
    "a table of psql": lambda name, value: f" id | user | {name}\n----+------+-----\n  1 | ann  | {value}\n(1 row)\n",
    "an option": lambda name, value: f"app --host db --{name.replace('_', '-')} {value} run",
    "an option with a sign": lambda name, value: f"app --host db --{name.replace('_', '-')}={value} run",
    "a parameter of PowerShell": lambda name, value: f"Connect-X -A b -{name.title().replace('_', '')} '{value}'",
    "a query": lambda name, value: f"https://api.acme.io/v1/x?a=1&{name}={value}&b=2",
    "logfmt": lambda name, value: f"level=info msg=ok {name}={value} user=ann",
    "a log": lambda name, value: f"2026-11-28 INFO connecting user=ann {name}: {value}",
    "a sentence": lambda name, value: f"Your {name.replace('_', ' ')} is {value}. Keep it safe.",
    "JavaScript": lambda name, value: f"const cfg = {{ host: 'a', {name}: '{value}' }};",
    "PHP": lambda name, value: f"'{name}' => '{value}',",
    "an update in SQL": lambda name, value: f"UPDATE users SET {name} = '{value}' WHERE id=1",
    "an insertion in SQL": lambda name, value: f"INSERT INTO users (id, name, {name}) VALUES (1, 'ann', '{value}')",
    "a connection string": lambda name, value: f"Server=db;Database=x;User Id=ann;{name}={value};",
    "libpq": lambda name, value: f"host=db dbname=x user=ann {name}={value}",
    "base64": lambda name, value: base64.b64encode(json.dumps({name: value, "n": 12}).encode()).decode(),
    "a form": lambda name, value: f"user=ann&{name}={value}",
    "a dash": lambda name, value: f"{name} - {value}",
    "an arrow": lambda name, value: f"{name} -> {value}",
    "a space": lambda name, value: f"user ann\n{name} {value}\n",
    "cells of HTML": lambda name, value: f"<tr><td>{name}</td><td>{value}</td></tr>",
    "a container's environment": lambda name, value: f"env:\n  - name: {name.upper()}\n    value: {value}\n",
    "setx": lambda name, value: f"setx {name.upper()} {value}",
}


def _is_noticed(value: Node) -> bool:
    return next(findings_of(scan(value, "return_value", POLICY)), None) is not None


@pytest.mark.parametrize("form", [*VALUES, *TEXTS])
def test_each_name_of_a_secret_is_noticed_in_each_form(form: str) -> None:
    written = {**VALUES, **TEXTS}[form]
    assert [name for name, value in SECRETS.items() if not _is_noticed(written(name, value))] == []


@pytest.mark.parametrize("form", [*VALUES, *TEXTS])
def test_no_harmless_value_is_noticed_in_any_form(form: str) -> None:
    written = {**VALUES, **TEXTS}[form]
    assert [(name, value) for name, value in HARMLESS if _is_noticed(written(name, value))] == []


NAMES_WITH_A_TAIL: Final = {
    "password_acme": PHRASE,
    "password_tmp": PHRASE,
    "pwd_globex": PHRASE,
    "token_initech": RANDOM,
    "secret_eu": RANDOM,
    "github_bearer": RANDOM,
    "webhook": f"https://hooks.acme.io/x/{RANDOM}",
}

HARMLESS_TAILS: Final = {
    "password_policy": "strong-v2",
    "password_reuse_prevention": "last-24",
    "password_profile": "pw-90days",
    "token_initech": "refreshed",
    "secret_acme": "db-credentials-v2",
    "webhook": "https://acme.io/hooks/orders",
    "password_acme": "rotated",
}


@pytest.mark.parametrize("name", NAMES_WITH_A_TAIL)
def test_what_a_secret_is_for_may_stand_behind_its_noun(name: str) -> None:
    assert _is_noticed({name: NAMES_WITH_A_TAIL[name], "rows": 1})


@pytest.mark.parametrize("name", HARMLESS_TAILS)
def test_another_noun_behind_it_says_what_stands_there(name: str) -> None:
    assert not _is_noticed({name: HARMLESS_TAILS[name], "rows": 1})
