"""What stands beside a value names it: variables, headers, tables, manifests."""

from __future__ import annotations

import pytest

from secure_xcom.classify import Policy, scan
from secure_xcom.classify.names import Names
from secure_xcom.classify.paths import PathPatterns
from secure_xcom.model.value import DATA, Node, Path, findings_of

POLICY = Policy(
    names=Names(judge=lambda name: "name" if "pass" in name.lower() or "auth" in name.lower() else None).compiled(),
    holds_registered_secret=lambda _: False,
    shapes=True,
)


def _tuple(*items: Node) -> Node:
    return {"__classname__": "builtins.tuple", "__version__": 1, DATA: list(items)}


KUBERNETES: Node = {"kind": "Secret", "metadata": {"name": "db"}, "data": {"a": "eA=="}, "stringData": {"b": "y"}}

FOUND: dict[str, tuple[Node, set[Path]]] = {
    "a variable": ({"name": "DB_PASSWORD", "value": "x"}, {("value",)}),
    "a variable in capitals": ({"Name": "DB_PASSWORD", "Value": "x"}, {("Value",)}),
    "a parameter": ({"ParameterKey": "DbPassword", "ParameterValue": "x"}, {("ParameterValue",)}),
    "an output": ({"OutputKey": "DbPassword", "OutputValue": "x"}, {("OutputValue",)}),
    "variables of a container": (
        {"env": [{"name": "USER", "value": "ann"}, {"name": "DB_PASSWORD", "value": "x"}]},
        {("env", 1, "value")},
    ),
    "a name in two spellings": (
        {"name": "USER", "NAME": "DB_PASSWORD", "value": "x", "n": 1},
        {("value",)},
    ),
    "a name in two spellings, the other way round": (
        {"NAME": "DB_PASSWORD", "name": "USER", "value": "x"},
        {("value",)},
    ),
    "a name and a value in two spellings": (
        {"name": "USER", "NAME": "DB_PASSWORD", "value": "ann", "VALUE": "x"},
        {("value",), ("VALUE",)},
    ),
    "a kind in two spellings": ({"kind": "ConfigMap", "Kind": "Secret", "data": {"a": "eA=="}}, {("data",)}),
    "a kind in two spellings, the other way round": (
        {"Kind": "Secret", "kind": "ConfigMap", "data": {"a": "eA=="}},
        {("data",)},
    ),
    "a type in three spellings": (
        {"type": "String", "Type": "SecureString", "TYPE": "String", "value": "", "Value": "x"},
        {("Value",)},
    ),
    "columns and fields": (
        {"columns": ["id", "user"], "fields": ["user", "password"], "data": [["ann", "x"]]},
        {("data", 0, 1)},
    ),
    "columns in two spellings": (
        {"Columns": ["user", "password"], "columns": ["a", "b"], "rows": [["ann", "x"]]},
        {("rows", 0, 1)},
    ),
    "fewer fields than columns": (
        {"columns": ["user", "password"], "fields": ["a"], "data": [["ann", "x"]]},
        {("data", 0, 1)},
    ),
    "columns as a tuple": (
        {"columns": _tuple("user", "password"), "data": [["ann", "x"]]},
        {("data", 0, 1)},
    ),
    "a table whose rows are a tuple": (
        {"columns": ["user", "password"], "data": _tuple(["ann", "x"])},
        {("data", DATA, 0, 1)},
    ),
    "columns as a cursor describes them": (
        {"columns": [_tuple("user", 25, None), ["password", 25, None]], "data": [["ann", "x"]]},
        {("data", 0, 1)},
    ),
    "a schema with its fields as a tuple": (
        {"schema": {"fields": _tuple({"name": "user"}, {"name": "password"})}, "data": [["ann", "x"]]},
        {("data", 0, 1)},
    ),
    "a variable of another name": ({"name": "USER", "value": "x"}, set()),
    "a sentence beside a value": ({"name": "please do not use a password here, it is late", "value": "x"}, set()),
    "a header": (["Authorization", "Bearer x"], {(1,)}),
    "a header that tells nothing": (["X-Request-Id", "7"], set()),
    "two words": (["password", "email"], set()),
    "the pairs of a dict": ([["user", "ann"], ["password", "x"]], {(1, 1)}),
    "tuples of a dict": ([_tuple("user", "ann"), _tuple("password", "x")], {(1, DATA, 1)}),
    "rows that are no pairs": ([["password", "x"], ["password", "y"]], set()),
    "rows below their names": (
        [["user", "password", "n"], ["ann", "x", 1], ["bob", "y", 2]],
        {(1, 1), (2, 1)},
    ),
    "two columns below their names": ([["user", "password"], ["ann", "x"]], {(1, 1)}),
    "tuples below their names": ([_tuple("user", "password"), _tuple("ann", "x")], {(1, DATA, 1)}),
    "a row of settings": ([7, "smtp_password", "hunter2", "2024-05-05"], {(2,)}),
    "a row with a null": (["smtp_password", "hunter22", None], {(1,)}),
    "a pair": (["DB_PASSWORD", "hunter2"], {(1,)}),
    "rows of settings": ([[1, "smtp_password", "hunter2"], [2, "smtp_host", "mail7"]], {(0, 2)}),
    "a tuple of settings": (_tuple("dbPassword", "hunter2"), {(DATA, 1)}),
    "an operator between a name and its value": (["ann", "Cleartext-Password", ":=", "hunter2"], {(3,)}),
    "a row of a catalogue with types": (["users", "password_hash", "varchar(255)", "NO"], set()),
    "a row of columns": (["id", "db_password", "address1", "created_at"], set()),
    "a key and a column": (["api_key", "address1"], set()),
    "a key of a ticket": (["jira_key", "ACME-1234"], set()),
    "a type beside a name": (["db_password", "datetime64[ns]"], set()),
    "an algorithm beside a name": ([1, "password_hash", "argon2id"], set()),
    "a period beside a name": ([1, "db_password", "30days"], set()),
    "a row of names": (["accessToken", "refreshToken2", "user_password", "user_password_2"], set()),
    "a row of a test's results": (["test_login_password", "0.35s", "PASS"], set()),
    "a row of words": (["reset_password", "weekly", "enabled"], set()),
    "a row with a path": (["secret_key", "/etc/keys/k1", "s3://keys/k1"], set()),
    "a row that is longer than a setting": (["DB_PASSWORD", "hunter2", *map(str, range(20))], set()),
    "rows of a catalogue": ([["users", "password", "varchar"], ["users", "email", "varchar"]], set()),
    "rows of several lengths": ([["user", "password"], ["ann", "x", 1]], set()),
    "names alone": ([["user", "password"]], set()),
    "a table": (
        {"columns": ["user", "password"], "data": [["ann", "x"], ["bob", "y"]]},
        {("data", 0, 1), ("data", 1, 1)},
    ),
    "a table of tuples": (
        {"columns": ["user", "password"], "rows": [_tuple("ann", "x")]},
        {("rows", 0, DATA, 1)},
    ),
    "a table with a schema": (
        {"schema": {"fields": [{"name": "password"}, {"name": "n"}]}, "rows": [{"f": ["x", 1]}]},
        {("rows", 0, "f", 0)},
    ),
    "a table without rows": ({"columns": ["password"], "data": "x"}, set()),
    "a table of other columns": ({"columns": ["user"], "data": [["ann"]]}, set()),
    "a manifest": (KUBERNETES, {("data",), ("stringData",)}),
    "a manifest of another kind": ({"kind": "ConfigMap", "data": {"a": "b"}}, set()),
    "Docker's configuration": ({"auths": {"registry": {"auth": "x"}}}, {("auths",)}),
    "a marked output": ({"db": {"value": "x", "sensitive": True}}, {("db", "value")}),
    "an output that is not marked": ({"db": {"value": "x", "sensitive": False}}, set()),
    "names that are no text": ({"name": 7, "value": "x"}, set()),
    "an empty value": ({"name": "DB_PASSWORD", "value": None}, set()),
}


@pytest.mark.parametrize(("value", "paths"), FOUND.values(), ids=FOUND.keys())
def test_a_value_is_judged_by_what_stands_beside_it(value: Node, paths: set[Path]) -> None:
    assert {finding.path for finding in findings_of(scan(value, "out", POLICY))} == paths


@pytest.mark.parametrize("value", [value for value, _ in FOUND.values()], ids=FOUND.keys())
def test_without_shapes_the_names_of_keys_count_alone(value: Node) -> None:
    policy = Policy(names=Names().compiled(), holds_registered_secret=lambda _: False)
    assert scan(value, "out", policy) is None


def test_what_the_operator_ignores_has_no_shape() -> None:
    policy = Policy(
        names=Names(ignored=["data"]).compiled(),
        holds_registered_secret=lambda _: False,
        shapes=True,
        ignored_paths=PathPatterns(["out.stringData"]),
    )
    assert scan(KUBERNETES, "out", policy) is None


def test_a_table_is_visited_once() -> None:
    asked: list[str] = []
    policy = Policy(
        names=Names().compiled(), holds_registered_secret=lambda text: asked.append(text) is not None, shapes=True
    )
    scan({"columns": ["a", "b"], "data": [["longer", "y"]] * 3}, "out", policy)
    assert sum(text.count("longer") for text in asked) == 3
