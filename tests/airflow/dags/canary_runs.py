"""Pulls across runs and across Dags: the test starts the run ``second`` and the reader when ``first`` has ended."""

from __future__ import annotations

import canary_kit as kit
from airflow.sdk import dag, task
from airflow.sdk.bases.xcom import BaseXCom


@dag(schedule=None)
def canary_giver():
    """Only its first run pushes the token."""

    @task
    def give(run_id=None, ti=None):
        if run_id == "first":
            ti.xcom_push(key="token", value=kit.canary("first-run"))
        return {"password": kit.canary(f"run-{run_id}")}

    @task
    def use(value, run_id=None, ti=None):
        kit.check(f"own-run-{run_id}", value, {"password": kit.canary(f"run-{run_id}")})
        token = ti.xcom_pull(task_ids="give", key="token", include_prior_dates=True)
        kit.check(f"prior-dates-{run_id}", token, kit.canary("first-run"))

    use(give())


@dag(schedule=None)
def canary_reader():
    """Reads another Dag's secret."""

    @task
    def read(ti=None):
        got = ti.xcom_pull(dag_id="canary_giver", run_id="first", task_ids="give")
        kit.check("cross-dag", got, {"password": kit.canary("run-first")})
        token = ti.xcom_pull(dag_id="canary_giver", run_id="first", task_ids="give", key="token")
        kit.check("cross-dag-key", token, kit.canary("first-run"))

    @task
    def read_without_the_backend():
        """What a worker does on which secure-xcom is not configured: it has Airflow's own backend."""
        try:
            got = BaseXCom.get_one(dag_id="canary_giver", run_id="first", task_id="give", key="return_value")
        except ImportError:
            got = "refused"
        kit.check("without-backend", got, "refused" if kit.SEALED else {"password": kit.canary("run-first")})

    read()
    read_without_the_backend()


canary_giver()
canary_reader()
