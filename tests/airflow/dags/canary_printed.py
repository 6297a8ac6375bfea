"""Values that are hard to mask: each is printed, rendered into arguments and templates, raised, and returned again."""

from __future__ import annotations

import ast
import csv
import json
import logging
import traceback
from datetime import timedelta
from urllib.parse import urlsplit

import canary_kit as kit
import structlog
from airflow.providers.standard.operators.python import PythonOperator
from airflow.sdk import BaseHook, dag, task

log = logging.getLogger(__name__)

KINDS = [
    "frame_column",
    "frame_whole",
    "frame_index",
    "frame_dtypes",
    "frame_wide",
    "keys",
    "keys_under_name",
    "prefixes",
    "overlaps",
    "odd",
    "changing",
    *(["surrogate"] if kit.SEALED else []),
]
"""Each value's XCom key; Airflow's own backend cannot store a lone surrogate."""

FORMS = ["uri", "json_text", "ascii_json_text", "literal", "cell"]
"""The forms of a connection's password, each an XCom under a name that says nothing."""

PULLED = "{{ ti.xcom_pull(task_ids='make', key='KIND') }}"
PIN = "{{ ti.xcom_pull(task_ids='make_pin', key='login_secret') }}"


def frames() -> dict[str, object]:
    """Tables that are sensitive by a column, by their index, and by nothing that they hold."""
    import pandas as pd

    return {
        "frame_column": pd.DataFrame({"user": ["ann", "bob"], "password": [kit.canary("frame-column"), None]}),
        "frame_whole": pd.DataFrame({"note": [kit.canary("frame-cell"), "open"], "n": [1, 2]}),
        "frame_index": pd.DataFrame({"n": [1, 2]}, index=pd.Index([kit.canary("frame-index"), "b"], name="password")),
        "frame_dtypes": pd.DataFrame(
            {
                "text": pd.Series([kit.canary("frame-text"), None], dtype="string"),
                "category": pd.Series([kit.canary("frame-category"), "b"], dtype="category"),
                "number": [kit.canary("frame-number"), -1],
                "nullable": pd.Series([kit.canary("frame-number"), None], dtype="Int64"),
                "blob": [kit.canary("frame-bytes"), b""],
                "ratio": [0.25, float("nan")],
                "flag": [True, False],
                "when": pd.to_datetime(["2026-01-01", None]),
                "zoned": pd.to_datetime(["2026-01-01", "2026-01-02"]).tz_localize("UTC"),
                "span": pd.to_timedelta([1, 2], unit="h"),
            }
        ),
        "frame_wide": pd.DataFrame({"token": [kit.canary("frame-wide"), "b"]}),
    }


def values() -> dict[str, object]:
    """XCom key -> value, before anything is wrapped in ``Secret``."""
    chain = [kit.canary(f"chain-{number}") for number in range(3)]
    made = frames() | {
        "keys": {kit.canary("key-of-dict"): kit.canary("under-key"), ("bob", kit.canary("key-in-tuple")): [1]},
        "keys_under_name": {"password": {kit.canary("key-under-name"): {"user": "ann"}}, "n": 1},
        # The shortest first, so that the longer ones are not yet known when it is registered.
        "prefixes": {"passwords": [kit.canary(f"prefix{longer}") for longer in ("", "-longer", "-longest")]},
        "overlaps": {"tokens": [f"{chain[0]}.{chain[1]}", f"{chain[1]}.{chain[2]}"]},
        "odd": {"passwords": [kit.canary("printed-odd")]},
        "changing": kit.Changing(kit.canary("changing")),
    }
    if kit.SEALED:
        made["surrogate"] = {"passwords": [kit.canary("surrogate"), kit.canary("beside-surrogate")], "n": 1}
    return made


def marked(made: dict[str, object]) -> dict[str, object]:
    """Wrap what no name tells to be sensitive."""
    return made | {kind: kit.secret(made[kind]) for kind in ("frame_whole", "frame_dtypes", "keys")}


def expected() -> dict[str, object]:
    """Return what Airflow's own backend hands out for the values."""
    made = values()
    plain = {kind: kit.as_airflow(value) for kind, value in made.items() if kind != "surrogate"}
    return plain | {kind: made[kind] for kind in made.keys() - plain.keys()}


def passwords() -> dict[str, object]:
    """The connection's password in each form."""
    import pandas as pd

    connection = BaseHook.get_connection("canary_odd")
    password = connection.password
    return {
        "uri": connection.get_uri(),
        "json_text": json.dumps({"dsn": password}, ensure_ascii=False),
        "ascii_json_text": json.dumps({"dsn": password}),
        "literal": repr({"dsn": password}),
        "cell": pd.DataFrame({"id": [1, 2], "note": ["none", f"as {password} says"]}),
    }


def refuse(value: object) -> None:
    """Fail as a library does that quotes what it was given."""
    raise ValueError(f"cannot use {value}", value)


def show(kind: str, value: object) -> None:
    """Print and log a value in every way that people do."""
    print(kind, value)
    print(repr(value), [value])
    if hasattr(value, "to_dict"):
        print(value.to_dict(), value.to_csv())
        # What pandas cannot write as JSON is not printed that way.
        if kind != "frame_dtypes":
            print(value.to_json())
    log.info("a message with %s, and %r", value, value)
    log.warning("an extra", extra={"value": value})
    # Airflow's encoder of log lines refuses a lone surrogate, as it is printed only in the repr.
    shown = repr(value) if kind == "surrogate" else value
    structlog.get_logger("canary").info("an event", value=shown, inner={"value": [shown]})
    try:
        refuse(value)
    except ValueError as error:
        # First of all: Airflow's filter leaves the error with masked arguments.
        traceback.print_exc()
        print(repr(str(error)), json.dumps(repr(error)), json.dumps(json.dumps(str(value))))
        log.error("caught %s", error, exc_info=True)
        log.warning("caught", exc_info=True)
        structlog.get_logger("canary").warning("caught", exc_info=True)


@task(task_id="make")
def make(ti=None):
    for kind, value in marked(values()).items():
        ti.xcom_push(key=kind, value=value)


@task(task_id="show")
def show_all(*arguments):
    wanted = expected()
    for kind, value in zip(KINDS, arguments, strict=True):
        kit.check(f"printed-{kind}", value, wanted[kind])
        show(kind, value)
    # The runner has asked the argument that changes for what it shows of it.
    return marked(dict(zip(KINDS, arguments, strict=True)) | {"changing": kit.Changing(kit.canary("changing"))})


@task
def show_again(value):
    wanted = expected()
    for kind in KINDS:
        kit.check(f"again-{kind}", value[kind], kit.as_airflow(wanted[kind]) if kind != "surrogate" else wanted[kind])
    print(value)


def _render(texts):
    wanted = expected()
    for kind in KINDS:
        if isinstance(wanted[kind], dict):
            # PostgreSQL's jsonb, in which Airflow keeps XComs, has an order of its own.
            kit.check(f"rendered-{kind}", ast.literal_eval(texts[kind][1:-1]), wanted[kind])
        else:
            kit.check(f"rendered-{kind}", texts[kind], f"<{wanted[kind]}>")
        print(texts[kind])


@task(retries=1, retry_delay=timedelta(seconds=0))
def fail_once(ti=None):
    """Raise what the runner logs: a message and arguments that hold every value."""
    got = {kind: ti.xcom_pull(task_ids="make", key=kind) for kind in KINDS}
    if ti.try_number == 1:
        raise RuntimeError(f"cannot use {got}", *got.values())


@task
def push_connection(ti=None):
    for form, value in passwords().items():
        ti.xcom_push(key=form, value=value)


@task(retries=1, retry_delay=timedelta(seconds=0))
def use_connection(*arguments, ti=None):
    """Raise each form first, then print it, and return it. The arguments are rendered before the password is known."""
    rendered = dict(zip(FORMS, arguments, strict=True))
    if ti.try_number == 1:
        raise RuntimeError(f"cannot connect with {rendered}", *arguments)
    got = {form: ti.xcom_pull(task_ids="push_connection", key=form) for form in FORMS}
    for form, value in (got | rendered).items():
        show(form, value)
    # Only now: to fetch the connection is to register its password.
    for form, value in passwords().items():
        kit.check(f"password-{form}", [got[form], rendered[form]], [kit.as_airflow(value)] * 2)
    return rendered


@task
def use_connection_again(value):
    print(value)
    log.info("a message with %s", value)
    for form, password in passwords().items():
        kit.check(f"password-again-{form}", value[form], kit.as_airflow(password))


@task
def make_pin(ti=None):
    ti.xcom_push(key="login_secret", value=kit.canary("pin"))
    return {"password": kit.canary("pin")}


@task
def make_pins():
    return [kit.secret(kit.canary("pin")), kit.secret(kit.canary("pin"))]


@task
def use_pin(whole, pin):
    kit.check("pin-argument", [whole, pin], [{"password": kit.canary("pin")}, kit.canary("pin")])


@task
def use_mapped_pin(pin, ti=None):
    kit.check(f"pin-mapped-{ti.map_index}", pin, kit.canary("pin"))


def _use_pin_text(pin, text):
    kit.check("pin-template", [pin, text], [kit.canary("pin"), f"the pin is {kit.canary('pin')}"])


@task
def make_texts():
    """Texts that their contents give away, among which the secret is one part."""
    secret = {part: kit.canary(f"apart-{part}") for part in ("address", "settings", "document", "table")}
    return {
        "address": f"postgresql://ann:{secret['address']}@db.internal/sales",
        "settings": f"DB_HOST=db.internal\nDB_PASSWORD={secret['settings']}\n",
        "document": json.dumps({"user": "ann", "password": secret["document"]}),
        "table": f"user,password\nann,{secret['table']}\n",
    }


@task
def take_apart(texts):
    found = {
        "address": urlsplit(texts["address"]).password,
        "settings": texts["settings"].rpartition("=")[2].strip(),
        "document": json.loads(texts["document"])["password"],
        "table": next(csv.DictReader(texts["table"].splitlines()))["password"],
    }
    for part, secret in found.items():
        kit.check(f"apart-{part}", secret, kit.canary(f"apart-{part}"))
        print(part, secret, [secret])
        log.warning("a part: %s", secret)


@dag(schedule=None)
def canary_printed():
    """Each value reaches its consumers in one run."""
    made = make()
    arguments = [made[kind] for kind in KINDS]
    show_again(show_all(*arguments))
    rendered = PythonOperator(
        task_id="render",
        python_callable=_render,
        op_kwargs={"texts": {kind: f"<{PULLED.replace('KIND', kind)}>" for kind in KINDS}},
    )
    made >> [rendered, fail_once()]
    pushed = push_connection()
    use_connection_again(use_connection(*(pushed[form] for form in FORMS)))
    pin = make_pin()
    use_pin(pin, pin["login_secret"])
    pin >> PythonOperator(
        task_id="use_pin_text",
        python_callable=_use_pin_text,
        op_kwargs={"pin": PIN, "text": f"the pin is {PIN}"},
    )
    use_mapped_pin.expand(pin=make_pins())
    take_apart(make_texts())


canary_printed()
