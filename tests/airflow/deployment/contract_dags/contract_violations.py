"""A Dag under contract, and tasks that break it, each in a way of its own."""

from __future__ import annotations

from concurrent.futures import ThreadPoolExecutor
from contextlib import suppress

from airflow.sdk import dag, task
from airflow.sdk.execution_time.xcom import XCom
from contract_kit import CANARY, attempt, tell

from secure_xcom import Key, Reader, SecureXComError, exclusive


@dag(schedule=None)
def violations():  # noqa: C901 - one task after the other
    @task
    @exclusive("declared", Key("for_other_dag", readers=[Reader("outsiders", "welcome")]))
    def source(ti=None):
        ti.xcom_push("declared", {"card": CANARY})
        ti.xcom_push("for_other_dag", CANARY)
        return "free"

    @exclusive(Key("read_once", readers=["first", "second"], consume="once"))
    @task
    def source_of_one(ti=None):
        ti.xcom_push("read_once", CANARY)

    @task
    def ordinary(ti=None):
        ti.xcom_push("loose", "not under contract")
        return "loose"

    @task
    @exclusive("told")
    def reader(ti=None):
        got = ti.xcom_pull(task_ids="source", key="declared")
        free = ti.xcom_pull(task_ids="source")
        ti.xcom_push("told", 1)
        tell("reader", [got == {"card": CANARY}, free])

    @task
    def pushes_anothers_key(ti=None):
        attempt("pushes_anothers_key", lambda: ti.xcom_push("declared", CANARY))

    @task
    @exclusive("own")
    def pushes_undeclared_key(ti=None):
        attempt("pushes_undeclared_key", lambda: ti.xcom_push("undeclared", CANARY))

    @task
    @exclusive("own_strict", strict=True)
    def returns_though_strict():
        return CANARY

    @task(multiple_outputs=True)
    @exclusive(Key("part", readers=["takes_a_part"]))
    def in_parts():
        return {"part": CANARY}

    @task
    def takes_a_part(ti=None):
        tell("part", ti.xcom_pull(task_ids="in_parts", key="part") == CANARY)

    @task
    def takes_all_parts(ti=None):
        attempt("takes_all_parts", lambda: ti.xcom_pull(task_ids="in_parts"))

    @task
    def deletes_anothers_key(ti=None):
        place = {"dag_id": ti.dag_id, "run_id": ti.run_id, "task_id": "source", "map_index": -1}
        attempt("deletes_anothers_key", lambda: XCom.delete(key="declared", **place))

    def call_back(context):
        with suppress(SecureXComError):
            attempt("callback", lambda: context["ti"].xcom_pull(task_ids="source", key="declared"))
        with suppress(SecureXComError), ThreadPoolExecutor() as threads:
            threads.submit(
                attempt, "callback_in_a_thread", lambda: context["ti"].xcom_push("declared", CANARY)
            ).result()

    @task(on_success_callback=call_back)
    def pulls_in_a_callback():
        pass

    @task
    def pulls_without_being_named(ti=None):
        attempt("pulls_without_being_named", lambda: ti.xcom_pull(task_ids="source", key="declared"))

    @task
    @exclusive("own_a")
    def pulls_undeclared_key(ti=None):
        attempt("pulls_undeclared_key", lambda: ti.xcom_pull(task_ids="ordinary", key="loose"))

    @task
    @exclusive("own_b")
    def pulls_without_task_ids(ti=None):
        attempt("pulls_without_task_ids", lambda: ti.xcom_pull(key="declared"))

    @task
    @exclusive("own_c")
    def pulls_from_beside(ti=None):
        attempt("pulls_from_beside", lambda: ti.xcom_pull(task_ids="reader", key="told"))

    @task
    @exclusive(Key("return_value", readers=["gathers"]))
    def spread(number):
        return {"number": number}

    @task
    def spread_plainly(number):
        return number

    @task
    def gathers(numbers):
        tell("gathers", [value["number"] for value in numbers])

    @task
    def gathers_unnamed(numbers):
        attempt("gathers_unnamed", lambda: list(numbers))

    @task
    @exclusive("own_d", strict=True)
    def gathers_undeclared(numbers):
        attempt("gathers_undeclared", lambda: list(numbers))

    @task
    def first(ti=None):
        tell("first", ti.xcom_pull(task_ids="source_of_one", key="read_once") == CANARY)

    @task
    def second(ti=None):
        attempt("second", lambda: ti.xcom_pull(task_ids="source_of_one", key="read_once"))

    @task
    def end(ti=None):
        pass

    made = source()
    last = end()
    named = reader()
    [made, ordinary()] >> named
    for violator in (
        pushes_anothers_key,
        pushes_undeclared_key,
        returns_though_strict,
        pulls_without_being_named,
        pulls_undeclared_key,
        pulls_without_task_ids,
        pulls_in_a_callback,
        deletes_anothers_key,
    ):
        named >> violator() >> last
    made >> pulls_from_beside() >> last
    numbers = spread.expand(number=[1, 2])
    [gathers(numbers), gathers_unnamed(numbers)] >> last
    gathers_undeclared(spread_plainly.expand(number=[1, 2])) >> last
    in_parts() >> [takes_a_part(), takes_all_parts()] >> last
    source_of_one() >> first() >> second() >> last


violations()
