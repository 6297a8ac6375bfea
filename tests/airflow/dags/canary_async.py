"""Tasks that run on an event loop, and one that is deferred between two pushes of one key."""

from __future__ import annotations

import inspect
from datetime import timedelta

import canary_kit as kit
from airflow.providers.standard.triggers.temporal import TimeDeltaTrigger
from airflow.sdk import BaseOperator, dag, task
from airflow.sdk.execution_time.task_runner import RuntimeTaskInstance

HAS_ASYNC = inspect.iscoroutinefunction(getattr(RuntimeTaskInstance, "axcom_pull", None))


class Deferred(BaseOperator):
    """Pushes a secret, waits in the triggerer, and pushes another one under the same key."""

    def execute(self, context):
        context["ti"].xcom_push(key="token", value=kit.canary("before-deferral"))
        context["ti"].xcom_push(key="first_token", value=kit.canary("kept-over-deferral"))
        # Long enough for the scheduler to hear of the deferral before the trigger fires: it fails the task otherwise.
        self.defer(trigger=TimeDeltaTrigger(timedelta(seconds=15)), method_name="resume")

    def resume(self, context, event=None):
        own = context["ti"].xcom_pull(task_ids=self.task_id, key="token")
        kit.check("own-after-deferral", own, kit.canary("before-deferral"))
        context["ti"].xcom_push(key="token", value=kit.canary("after-deferral"))
        return {"password": kit.canary("deferred-return")}


@dag(schedule=None)
def canary_async():
    """The async tasks are there from Airflow 3.3 on."""
    deferred = Deferred(task_id="deferred")

    @task
    def use_deferred(value, ti=None):
        kit.check("deferred", value, {"password": kit.canary("deferred-return")})
        kit.check("deferred-key", ti.xcom_pull(task_ids="deferred", key="token"), kit.canary("after-deferral"))
        kit.check(
            "over-deferral", ti.xcom_pull(task_ids="deferred", key="first_token"), kit.canary("kept-over-deferral")
        )

    use_deferred(deferred.output)

    if HAS_ASYNC:

        @task
        async def push_async(ti=None):
            await ti.axcom_push(key="api_token", value=kit.canary("async-first"))
            await ti.axcom_push(key="api_token", value=kit.canary("async-key"))
            return {"password": kit.canary("async-return")}

        @task
        async def pull_async(value, ti=None):
            kit.check("async-argument", value, {"password": kit.canary("async-return")})
            got = await ti.axcom_pull(task_ids="push_async", key="api_token")
            print(got)
            kit.check("async-pull", got, kit.canary("async-key"))
            several = await ti.axcom_pull(task_ids=["push_async"], key="return_value")
            kit.check("async-pull-list", list(several), [{"password": kit.canary("async-return")}])

        pull_async(push_async())


canary_async()
