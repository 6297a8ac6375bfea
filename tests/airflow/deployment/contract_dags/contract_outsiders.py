"""Tasks of another Dag: one that the contract names, and one that it does not."""

from __future__ import annotations

import os

from airflow.sdk import TriggerRule, dag, task
from airflow.sdk.execution_time.xcom import XCom
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

    @task
    def forges():
        place = {"dag_id": "violations", "run_id": os.environ["CONTRACT_RUN"], "task_id": "source", "map_index": -1}
        attempt("forges", lambda: XCom.set(key="for_other_dag", value="forged", **place))

    @task(trigger_rule=TriggerRule.ALL_DONE)
    def after():
        pass

    forges() >> after() >> welcome() >> intruder()


outsiders()
