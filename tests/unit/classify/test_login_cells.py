"""Passwords in lists that have no names, by what stands around them, and by what the task is called."""

from __future__ import annotations

from pathlib import Path

import pytest

from secure_xcom.assembly.policy import build_policy
from secure_xcom.classify import scan
from secure_xcom.model.origin import Origin
from secure_xcom.model.value import Node
from secure_xcom.settings.settings import Settings
from secure_xcom.testing.fakes import FakeHost


def _selected(value: Node, task_id: str = "extract", key: str = "return_value", **options: str) -> object:
    policy = build_policy(Settings.parse(options, Path("/nowhere")), FakeHost(listed=()))
    return scan(value, key, policy, origin=Origin(task_id=task_id))


def _tuple(*items: Node) -> Node:
    return {"__classname__": "builtins.tuple", "__version__": 1, "__data__": [*items]}


LOGINS: dict[str, tuple[list[Node], int]] = {
    "of mail": (["imap.acme.io", 993, "facturen@acme.io", "Erwtensoep-met-worst", "INBOX"], 3),
    "of mail with a sign": (["smtp.strato.example", 465, "reports@acme.example", "Backofen+Montag", "ssl"], 3),
    "of a row": (["ACME", "sftp.acme.test", "acme_in", "Tulpe#1987", 22], 3),
    "of a row with a number": ([12, "Jysk", "ftp.jl.example.dk", "nordfragt", "Sommerhus#19", 21, "/ind"], 4),
    "before where it opens": (["FIN_READER", "welkom01!", "exa-scan.corp.local:1521/FINP"], 1),
    "of a database": (["10.20.4.17", 5432, "loader", "Kw8#Tulp", "dwh"], 3),
    "of Oracle": (["ora-core1.bank.local", 1521, "COREPRD", "DWH_EXTRACT", "Zins.Tag_4419"], 4),
    "of an address": (["https://crm.acme.io:8443/soap", "svc_crm", "Winter!24", 8443], 2),
}


@pytest.mark.parametrize(("items", "at"), LOGINS.values(), ids=LOGINS)
def test_a_password_is_told_by_its_host_and_its_user(items: list[Node], at: int) -> None:
    assert _selected(items) == {at: "name-password"}
    assert _selected(_tuple(*items)) == {"__data__": {at: "name-password"}}
    assert _selected([items, items]) == {0: {at: "name-password"}, 1: {at: "name-password"}}
    assert _selected({"smtp": items}) == {"smtp": {at: "name-password"}}


HARMLESS: dict[str, list[Node]] = {
    "a database and its schema": ["db.acme.io", 5432, "sales", "public"],
    "a database and a table": ["db.acme.io", 5432, "sales", "public.orders_2026"],
    "a path": ["sftp.acme.io", 22, "acme_in", "/upload/2026"],
    "a file": ["sftp.acme.io", 22, "acme_in", "orders_2026-11-30.csv"],
    "a mode": ["smtp.acme.io", 587, "bot@acme.io", "STARTTLS"],
    "an address after a user": ["smtp.acme.io", 587, "bot@acme.io", "ops@acme.io"],
    "a sentence": ["smtp.acme.io", 587, "bot@acme.io", "Report of November 2026"],
    "a number": ["db.acme.io", 5432, "loader", 4711],
    "a date": ["db.acme.io", 5432, "loader", "2026-11-30"],
    "an environment": ["db.acme.io", 5432, "loader", "PROD_EU"],
    "no port": ["db.acme.io", "sales", "Orders2026"],
    "another port": ["db.acme.io", 17, "sales", "Orders2026"],
    "another host": ["db.acme.io", 5432, "loader", "replica-2.acme.io"],
    "an address of the web": ["db.acme.io", 5432, "loader", "https://docs.acme.io"],
    "a version": ["pypi.acme.io", 443, "airflow", "3.3.2"],
    "names of a table": ["id", "host.name", "user", "password"],
    "servers": ["srv-eu1", "node7", "db.acme.io"],
    "two hosts": ["a.acme.io", "b.acme.io", 443],
    "a host alone": ["a.acme.io"],
    "a database with a year": ["db.acme.io", 5432, "warehouse", "Analytics2024"],
    "a folder": ["sftp.acme.io", 22, "upload", "Inbound-Files"],
    "a right": ["db.acme.io", 5432, "etl_user", "Read-Only"],
    "a group of readers": ["kafka.acme.io", 9092, "payments", "Payments-Consumer"],
    "a collation": ["db.acme.io", 1433, "sales", "SQL_Latin1_General_CP1_CI_AS"],
    "a team": ["acme.io", "ann@acme.io", "Data-Engineering"],
    "a surname": ["acme.io", "ann@acme.io", "McDonald"],
    "a number of a phone": ["acme.io", "ann@acme.io", "+49-151-1234"],
    "a zone": ["acme.io", "ann@acme.io", "Europe/Berlin"],
    "a commit": ["main", "9fceb02", "https://git.acme.io/r"],
    "a file and a commit": ["main.py", "ann@acme.io", "a1b2c3d"],
    "a version of Python": ["3.11", 21, "python", "CPython-64bit"],
    "a price": ["12.50", 110, "Ann", "Order#A77b"],
    "a folder of mail": ["imap.acme.io", 993, "ann@acme.io", "Newsletter"],
    "a folder with a year": ["imap.acme.io", 993, "ann@acme.io", "Archive2024"],
    "a state": ["smtp.acme.io", 587, "ann@acme.io", "Hello!"],
    "a system": ["10.0.0.1", 22, "open", "Ubuntu22"],
    "a report": ["ftp.acme.io", 21, "inbox", "Report-2024Q1"],
    "a table": ["db.acme.io", 1433, "DWH", "dbo.Orders$"],
    "a short code": ["db.acme.io", 5432, "etl", "Prod#1"],
    "an engine": ["ch.acme.io", 8123, "default", "MergeTree(7)"],
    "a file of Google": ["docs.google.com", "1BxiMVs0XRA5nFMdKvBdBZjgmUUqptlbs74OgvE2upms"],
    "a request": ["api.acme.io", "req_7Kq2Lm9Xz4Vb8Np3"],
    "a person": ["Mr.Smith", 25, "Berlin", "Flat-4b"],
}


@pytest.mark.parametrize("items", HARMLESS.values(), ids=HARMLESS)
def test_what_else_stands_beside_a_host_stays_readable(items: list[Node]) -> None:
    assert _selected(items) is None


def test_a_key_that_looks_drawn_stands_beside_the_host_of_a_tenant() -> None:
    rows: Node = [
        ["acme", "acme.freshdesk.com", "b2PLLm2dkfB97SjoDY64"],
        ["nord", "nord.freshdesk.com", "x9QLLm3dkgB17SkoDZ62"],
    ]
    assert _selected(rows) == {0: {2: "name-key"}, 1: {2: "name-key"}}
    assert _selected([["acme", "https://docs.acme.io/d", "b2PLLm2dkfB97SjoDY64"]]) is None


def test_an_item_that_the_operator_ignores_stays_readable() -> None:
    assert _selected(LOGINS["of mail"][0], ignored_keys="return_value[3]") is None


PAIR = {1: "name-task"}


@pytest.mark.parametrize("task_id", ["get_credentials", "login", "fetch_db_credentials", "read_creds"])
def test_a_task_that_is_called_after_a_login_returns_a_user_and_a_password(task_id: str) -> None:
    assert _selected(["dwh_writer", "wolkenbruch#9"], task_id) == PAIR
    assert _selected(_tuple("dwh_writer", "Schlehe-Weg-2"), task_id) == {"__data__": PAIR}
    assert _selected(["dwh_writer", "wolkenbruch#9"]) is None


@pytest.mark.parametrize("second", ["Enterprise", "eu-central-1", "reader", "ann@acme.io", "2026-11-30", ""])
def test_what_else_such_a_task_returns_stays_readable(second: str) -> None:
    assert _selected(["ann", second], "get_credentials") is None


@pytest.mark.parametrize("task_id", ["load_accounts", "ftp_users", "etl.read_logins"])
def test_a_task_that_is_called_after_users_returns_a_password_for_each(task_id: str) -> None:
    value: Node = [["filiale01", "Birnbaum44"], _tuple("filiale02", "Schlehe-Weg-2")]
    assert _selected(value, task_id) == {0: PAIR, 1: {"__data__": PAIR}}
    assert _selected(value) is None
    assert _selected(value, task_id, ignored_keys="return_value[*][1]") is None


@pytest.mark.parametrize(
    "value",
    [
        [["1200", "Bank"], ["1400", "Forderungen"]],
        [["ann", "reader"], ["bob", "admin"]],
        [["ann", "ann@acme.io"], ["bob", "bob@acme.io"]],
        [["ann", "2026-11-30"], ["bob", "2026-11-29"]],
        [["ann", "Birnbaum44", 1]],
        [["ann", 4]],
        [["ann", "AnnMiller"]],
        [["ann", "Level3"], ["bob", "Level4"]],
        [["user1", "Created7"]],
        [["ann", "Premium-Plan"]],
        [["Checking", "DE89-3704a"]],
        [],
        ["ann", "bob"],
        {"ann": "Berlin"},
    ],
    ids=str,
)
def test_what_else_is_said_of_users_stays_readable(value: Node) -> None:
    assert _selected(value, "load_accounts") is None


@pytest.mark.parametrize("text", ["kupfer-Lawine-distel-40", "Schneehase-7", "Tulpe#1987", "nebel2Horn"])
def test_a_task_that_is_called_after_a_password_returns_one(text: str) -> None:
    assert _selected(text, "generate_password") == "name-task"
    assert _selected(text) is None


@pytest.mark.parametrize(
    "text",
    [
        "ok",
        "rotated",
        "prod-db-password",
        "/run/secrets/db1",
        "https://vault.acme.io/v1/x",
        "2026-11-30",
        "v3",
        "SUCCESS",
        "kv/prod/db1",
        "reader@acme.io",
    ],
)
def test_how_it_went_and_where_it_is_kept_stays_readable(text: str) -> None:
    assert _selected(text, "generate_password") is None
