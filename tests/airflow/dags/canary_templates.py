"""Secrets in templates: Airflow stores what it rendered, and shows it."""

from __future__ import annotations

import canary_kit as kit
from airflow.providers.standard.operators.bash import BashOperator
from airflow.providers.standard.operators.python import PythonOperator
from airflow.sdk import dag, task

PULLED = "{{ ti.xcom_pull(task_ids='make')['password'] }}"
ODD = "{{ ti.xcom_pull(task_ids='make_odd')['password'] }}"


def _compare(value, whole, templates_dict=None, **_):
    kit.check("template-argument", value, kit.canary("template"))
    kit.check("template-odd", whole, f"postgresql://ann:{kit.canary('template-odd')}@db")
    kit.check("templates-dict", templates_dict, {"dsn": f"ann:{kit.canary('template')}"})


@dag(schedule=None)
def canary_templates():
    """Bash gets a secret in its command and its environment, Python in its arguments."""

    @task
    def make():
        return {"password": kit.canary("template"), "port": 5432}

    @task
    def make_odd():
        return {"password": kit.canary("template-odd")}

    # The shell lives long enough for the test to see, in its command line and environment, that Bash got the value.
    in_command = BashOperator(task_id="bash_command", bash_command=f"sleep 0.5; echo 'got {PULLED}'", do_xcom_push=True)
    in_environment = BashOperator(
        task_id="bash_environment",
        bash_command='sleep 0.5; echo "$DATABASE_SETTING"; echo "postgresql://ann:$DATABASE_SETTING@db"',
        env={"DATABASE_SETTING": PULLED},
        append_env=True,
        do_xcom_push=True,
    )

    @task
    def use_output(command, environment):
        kit.check("bash-command", command, f"got {kit.canary('template')}")
        kit.check("bash-environment", environment, f"postgresql://ann:{kit.canary('template')}@db")

    in_python = PythonOperator(
        task_id="python_arguments",
        python_callable=_compare,
        op_kwargs={"value": PULLED, "whole": f"postgresql://ann:{ODD}@db"},
        templates_dict={"dsn": f"ann:{PULLED}"},
    )
    made = make()
    [made, make_odd()] >> in_python
    made >> [in_command, in_environment]
    use_output(in_command.output, in_environment.output)


canary_templates()
