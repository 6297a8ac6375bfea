"""Values that are read once, by tasks that fail, are killed, are tried again, or give up."""

from __future__ import annotations

import os
import signal
from datetime import timedelta
from pathlib import Path

from airflow.sdk import TriggerRule, dag, task
from contract_kit import CANARY, attempt, tell

from secure_xcom import Key, exclusive

SOURCES = ["retried", "killed", "released", "kept", "rendered", "first_try", "skipping", "rescheduled", "child"]


@dag(schedule=None, default_args={"retry_delay": timedelta(seconds=1)})
def once():  # noqa: C901 - one task after the other
    @task
    def make(ti=None):
        for name in SOURCES:
            ti.xcom_push(name, {"of": name, "token": CANARY})

    def pull(ti, name):
        return ti.xcom_pull(task_ids="make", key=name) == {"of": name, "token": CANARY}

    @task(retries=1)
    def reads_again_on_a_retry(ti=None):
        tell("retried", pull(ti, "retried"))
        if ti.try_number == 1:
            raise ValueError("the first try fails")

    @task(retries=1)
    def reads_again_when_it_was_killed(ti=None):
        tell("killed", pull(ti, "killed"))
        if ti.try_number == 1:
            os.kill(os.getpid(), signal.SIGKILL)

    @task
    def fails_for_good(ti=None):
        tell("failed", [pull(ti, "released"), pull(ti, "kept")])
        raise ValueError("the only try fails")

    @task(trigger_rule=TriggerRule.ALL_DONE)
    def gets_what_was_released(ti=None):
        tell("released", pull(ti, "released"))

    @task(trigger_rule=TriggerRule.ALL_DONE)
    def is_refused_what_is_kept(ti=None):
        attempt("kept", lambda: pull(ti, "kept"))

    @task.bash(env={"TOKEN": "{{ ti.xcom_pull(task_ids='make', key='rendered')['token'] }}"}, append_env=True)
    def reads_in_a_template():
        return 'test "$TOKEN" = "$CONTRACT_CANARY"'

    @task(retries=1)
    def reads_in_its_first_try(ti=None):
        if ti.try_number == 1:
            tell("first_try", pull(ti, "first_try"))
            raise ValueError("the first try fails, and the next one reads nothing")

    # A scheduler that hears of a poke's end only after the next one was queued fails the sensor.
    @task.sensor(mode="reschedule", poke_interval=20, timeout=300)
    def reads_in_its_first_poke(ti=None):
        if Path(os.environ["CONTRACT_VERDICTS"], "rescheduled.jsonl").exists():
            return True
        tell("rescheduled", pull(ti, "rescheduled"))
        return False

    @task
    def reads_in_a_child(ti=None):
        child = os.fork()
        if child == 0:
            tell("child", pull(ti, "child"))
            os._exit(0)
        os.waitpid(child, 0)

    @task.short_circuit
    def reads_and_skips_what_follows(ti=None):
        tell("skipping", pull(ti, "skipping"))
        return False

    @task
    def is_skipped():
        pass

    made = make()
    failed = fails_for_good()
    made >> [reads_again_on_a_retry(), reads_again_when_it_was_killed(), failed, reads_in_a_template()]
    made >> [reads_in_its_first_try(), reads_in_its_first_poke(), reads_in_a_child()]
    made >> reads_and_skips_what_follows() >> is_skipped()
    failed >> [gets_what_was_released(), is_refused_what_is_kept()]


exclusive(
    once(),
    {
        "make": [
            Key("retried", readers=["reads_again_on_a_retry"], consume="once"),
            Key("killed", readers=["reads_again_when_it_was_killed"], consume="once"),
            Key("released", readers=["fails_for_good", "gets_what_was_released"], consume="once"),
            Key("kept", readers=["fails_for_good", "is_refused_what_is_kept"], consume="once", on_failure="keep"),
            Key("rendered", readers=["reads_in_a_template"], consume="once"),
            Key("first_try", readers=["reads_in_its_first_try"], consume="once"),
            Key("rescheduled", readers=["reads_in_its_first_poke"], consume="once"),
            Key("child", readers=["reads_in_a_child"], consume="once"),
            Key("skipping", readers=["reads_and_skips_what_follows"], consume="once"),
        ]
    },
)
