"""Values of every kind, pushed under every kind of key; pulled, compared and printed."""

from __future__ import annotations

import json
import logging

import canary_kit as kit
import structlog
from airflow.sdk import BaseHook, dag, setup, task, task_group, teardown

log = logging.getLogger(__name__)

LONG_KEY = "x" * 50 + " ß日本/password" * 30
"""Over 400 characters, sensitive by its name, and nothing that a path or a URL takes as it is."""


def customer(mark=lambda value: value) -> dict:
    """A value with sensitive leaves in each kind of container, and one that only ``mark`` makes so, deep down."""
    return {
        "user": "ann",
        "password": kit.canary("plain"),
        "nested": [{"api_key": kit.canary("nested")}, {"rows": [1, 2, {"secret": kit.canary("deep")}]}],
        "pair": (1, {"passwd": kit.canary("in-tuple")}),
        "settings": {"a": {"b": {"c": {"d": {"e": {"f": [mark(kit.canary("deeper"))]}}}}}},
        "count": 3,
        "ratio": 0.5,
    }


def pushed() -> dict[str, object]:
    """XCom key -> value."""
    values: dict[str, object] = {
        "api_token": kit.canary("by-key"),
        "pem_secret": kit.canary("pem"),
        "odd_secret": kit.canary("odd"),
        "account_number_secret": kit.canary("number"),
        "numbers": {"token": kit.canary("number-leaf"), "negative_secret": -kit.canary("number-negative")},
        "account": kit.Account(user="ann", password=kit.canary("dataclass")),
        "login": kit.Login(user="ann", password=kit.canary("pydantic")),
        "empties": {"password": None, "token": "", "secret": [], "api_key": {}, "n": None},
        "none_secret": None,
        "empty_secret": "",
        "int_keys_secret": {1: kit.canary("int-keys"), (2, 3): {"x"}},
        LONG_KEY: kit.canary("long-key"),
    }
    if kit.SEALED:
        values["nan_secret"] = [float("nan"), float("inf"), -0.0]
        values["innocent"] = kit.secret(kit.canary("wrapped"))
        values["wrapped_list"] = [kit.secret(kit.canary("wrapped-item")), "open"]
        values["bytes_secret"] = kit.canary("bytes")
        values["wrapped_bytes"] = {"blob": kit.secret(kit.canary("bytes-wrapped")), "size": 7}
        values["lookalike"] = {
            "__classname__": "secure_xcom.Sealed",
            "__version__": 1,
            "__data__": {"rule": "name", "store": "file", "ref": "b/-1/0"},
            "password": kit.canary("lookalike"),
        }
        values["frame"] = kit.secret(frame())
    return values


def expected() -> dict[str, object]:
    """What ``pushed`` comes back as: the same, with the keys that Airflow makes, and without the wrapper."""
    values = pushed() | {"int_keys_secret": {"1": kit.canary("int-keys"), "(2, 3)": {"x"}}}
    if not kit.SEALED:
        return values
    return values | {
        "innocent": kit.canary("wrapped"),
        "wrapped_list": [kit.canary("wrapped-item"), "open"],
        "wrapped_bytes": {"blob": kit.canary("bytes-wrapped"), "size": 7},
        "frame": frame(),
    }


def frame() -> object:
    """A DataFrame with one sensitive column."""
    import pandas as pd

    return pd.DataFrame({"id": [1, 2], "iban": [kit.canary("frame"), "none"], "ratio": [0.5, float("nan")]})


@task
def make_customer():
    return customer(mark=kit.secret)


@task
def use_customer(value):
    kit.check("argument", value, customer())


@task
def push_keys(ti=None):
    for key, value in pushed().items():
        ti.xcom_push(key=key, value=value)


@task
def pull_keys(ti=None):
    for key, value in expected().items():
        kit.check(f"key-{key[:20]}", ti.xcom_pull(task_ids="push_keys", key=key), value)


@task
def push_twice(ti=None):
    ti.xcom_push(key="token", value=kit.canary("twice-first"))
    ti.xcom_push(key="token", value=kit.canary("twice-second"))


@task
def pull_twice(ti=None):
    kit.check("second-push", ti.xcom_pull(task_ids="push_twice", key="token"), kit.canary("twice-second"))


@task(multiple_outputs=True)
def make_many():
    return {"token": kit.canary("output"), "colour": "blue", "extra": {"password": kit.canary("output-nested")}}


@task
def use_many(token, everything):
    kit.check("multiple-outputs", token, kit.canary("output"))
    whole = {"token": kit.canary("output"), "colour": "blue", "extra": {"password": kit.canary("output-nested")}}
    kit.check("multiple-outputs-whole", everything, whole)


@task
def print_everything(ti=None):
    pem, odd, whole = (
        ti.xcom_pull(task_ids=task_id, key=key)
        for task_id, key in (
            ("push_keys", "pem_secret"),
            ("push_keys", "odd_secret"),
            ("make_customer", "return_value"),
        )
    )
    print(pem)
    for line in pem.splitlines():
        print("line:", line)
    print(repr(pem), json.dumps(pem), json.dumps(pem, ensure_ascii=False))
    print(odd, repr(odd), [odd], json.dumps(odd), json.dumps({"x": odd}, ensure_ascii=False))
    print(whole, repr(whole), json.dumps(whole, indent=1))
    log.info("whole %s, odd %r", whole, odd)
    structlog.get_logger("canary").info("an event", odd=odd, whole=whole)
    log.warning("an extra", extra={"value": odd, "whole": whole})
    if kit.SEALED:
        print(ti.xcom_pull(task_ids="push_keys", key="innocent"))
        blob = ti.xcom_pull(task_ids="push_keys", key="bytes_secret")
        print(blob, repr(blob), blob.hex(), str(blob)[2:-1])
        print(ti.xcom_pull(task_ids="push_keys", key="account_number_secret"))
    account = ti.xcom_pull(task_ids="push_keys", key="account")
    login = ti.xcom_pull(task_ids="push_keys", key="login")
    print(account, login, login.model_dump_json())


@task
def push_connection_uri():
    password = BaseHook.get_connection("canary").password
    return f"postgresql://ann:{password}@db/sales"


@task
def use_connection_uri(uri):
    kit.check("registered", uri, f"postgresql://ann:{kit.canary('connection')}@db/sales")


@setup
def start_cluster():
    return {"host": "h", "password": kit.canary("setup")}


@teardown
def stop_cluster(cluster):
    kit.check("teardown", cluster, {"host": "h", "password": kit.canary("setup")})


@task_group
def group():
    @task
    def make():
        return {"token": kit.canary("group")}

    @task
    def use(value):
        kit.check("task-group", value, {"token": kit.canary("group")})

    use(make())


@dag(schedule=None)
def canary_values():
    """Producers and consumers in one run."""
    made = make_customer()
    keys = push_keys()
    use_customer(made)
    keys >> pull_keys()
    push_twice() >> pull_twice()
    many = make_many()
    use_many(many["token"], many)
    [made, keys] >> print_everything()
    use_connection_uri(push_connection_uri())
    cluster = start_cluster()
    grouped = group()
    cluster >> grouped >> stop_cluster(cluster)


canary_values()
