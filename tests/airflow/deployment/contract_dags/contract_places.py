"""Values that tasks write at the place of another one: in each try, in each poke, and one task after another."""

from __future__ import annotations

import os
from datetime import timedelta
from pathlib import Path

from airflow.sdk import dag, task
from airflow.sdk.execution_time.xcom import XCom
from contract_kit import CANARY, tell


def write(ti, key, value):
    XCom.set(key=key, value=f"{CANARY}-{value}", dag_id=ti.dag_id, run_id=ti.run_id, task_id="target")


@dag(schedule=None, default_args={"retry_delay": timedelta(seconds=1)})
def places():
    @task
    def target():
        """Has run before the others write, since what lies at its place is deleted when it starts."""

    @task(retries=1)
    def writes_in_each_try(ti=None):
        write(ti, "password", f"try-{ti.try_number}")
        if ti.try_number == 1:
            raise ValueError("the first try fails")

    @task
    def writes_after_another(ti=None):
        write(ti, "password", "another")

    # A scheduler that hears of a poke's end only after the next one was queued fails the sensor.
    @task.sensor(mode="reschedule", poke_interval=20, timeout=300)
    def writes_in_each_poke(ti=None):
        is_first = not Path(os.environ["CONTRACT_VERDICTS"], "poked.jsonl").exists()
        write(ti, "token", "first" if is_first else "second")
        tell("poked", is_first)
        return not is_first

    @task
    def reads(ti=None):
        tell("places", [ti.xcom_pull(task_ids="target", key=key) for key in ("password", "token")])

    start, done = target(), reads()
    start >> writes_in_each_try() >> writes_after_another() >> done
    start >> writes_in_each_poke() >> done


places()
