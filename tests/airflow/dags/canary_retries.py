"""Failures: on the first try, for good, and what the callbacks of such tasks pull and print."""

from __future__ import annotations

from datetime import timedelta

import canary_kit as kit
from airflow.sdk import dag, task

AT_ONCE = timedelta(seconds=0)


def _callback(name):
    def pull_and_print(context):
        got = context["ti"].xcom_pull(task_ids="give", key="return_value")
        print("callback", name, got)
        kit.check(f"callback-{name}", got, {"password": kit.canary("given")})

    return pull_and_print


@dag(schedule=None)
def canary_retries():
    """Ends as failed: one of its tasks is meant to."""

    @task
    def give():
        return {"password": kit.canary("given")}

    @task(
        retries=1, retry_delay=AT_ONCE, on_retry_callback=_callback("retry"), on_success_callback=_callback("success")
    )
    def flaky(ti=None):
        token = kit.canary(f"try-{ti.try_number}")
        ti.xcom_push(key="token", value=token)
        ti.xcom_push(key=f"token_of_try_{ti.try_number}", value=token)
        if ti.try_number == 1:
            raise RuntimeError(f"cannot log in with {token}")
        return {"password": token}

    @task
    def use_second_try(value, ti=None):
        kit.check("second-try", value, {"password": kit.canary("try-2")})
        kit.check("second-try-key", ti.xcom_pull(task_ids="flaky", key="token"), kit.canary("try-2"))
        kit.check("first-try-gone", ti.xcom_pull(task_ids="flaky", key="token_of_try_1"), None)

    @task(on_failure_callback=_callback("failure"))
    def fail(ti=None):
        password = ti.xcom_pull(task_ids="give")["password"]
        try:
            int(password)
        except ValueError as error:
            raise KeyError(f"no such user: ann/{password}", {"password": password}) from error

    given = give()
    given >> fail()
    value = flaky()
    given >> value
    use_second_try(value)


canary_retries()
