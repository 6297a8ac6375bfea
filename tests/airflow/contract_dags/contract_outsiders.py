"""Tasks of another Dag: one that the contract names, and one that it does not."""

from __future__ import annotations

import os

from airflow.sdk import dag, task
from contract_kit import CANARY, attempt, tell

FROM = {"dag_id": "violations", "task_ids": "source", "key": "for_other_dag"}


@dag(schedule=None)
def outsiders():
    @task
    def welcome(ti=None):
        tell("welcome", ti.xcom_pull(run_id=os.environ["CONTRACT_RUN"], **FROM) == CANARY)

    @task
    def intruder(ti=None):
        attempt("intruder", lambda: ti.xcom_pull(run_id=os.environ["CONTRACT_RUN"], **FROM))

    welcome() >> intruder()


outsiders()
