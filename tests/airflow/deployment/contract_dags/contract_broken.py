"""A contract that the Dag contradicts: it is to be an import error that names the line."""

from __future__ import annotations

from airflow.sdk import dag, task

from secure_xcom import Key, exclusive


@dag(schedule=None)
def broken():
    @task
    def make():
        pass

    @task
    def beside():
        pass

    make()
    beside()


exclusive(broken(), {"make": [Key("secret", readers=["beside"])]})
