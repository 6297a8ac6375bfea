"""Mapped tasks that push secrets, that are expanded over secrets, and all the ways to pull theirs."""

from __future__ import annotations

import canary_kit as kit
from airflow.sdk import dag, task


def _one(index):
    return {"secret": kit.canary(f"mapped-{index}")}


@dag(schedule=None)
def canary_mapped():
    """Three instances each."""

    @task
    def push(index):
        return _one(index)

    @task
    def gather(values, ti=None):
        every = [_one(0), _one(1), _one(2)]
        print(list(values))
        kit.check("mapped-list", list(values), every)
        kit.check("mapped-index", values[1], _one(1))
        kit.check("mapped-last", values[-1], _one(2))
        kit.check("mapped-slice", list(values[1:]), every[1:])
        kit.check("mapped-reversed", list(values[::-1]), every[::-1])
        kit.check("mapped-indexes", list(ti.xcom_pull(task_ids="push", map_indexes=[2, 0])), [_one(2), _one(0)])
        kit.check("mapped-one-index", ti.xcom_pull(task_ids="push", map_indexes=1), _one(1))
        kit.check("mapped-pull-all", list(ti.xcom_pull(task_ids="push")), every)
        kit.check("mapped-task-list", list(ti.xcom_pull(task_ids=["push"])), every)

    @task
    def make_list():
        return [kit.secret(kit.canary(f"expand-{index}")) for index in range(2)]

    @task(map_index_template="{{ task.op_kwargs['value'] }}")
    def expand_over(value, ti=None):
        kit.check(f"expand-{ti.map_index}", value, kit.canary(f"expand-{ti.map_index}"))

    @task
    def make_kwargs():
        return [{"password": kit.canary(f"kwargs-{index}"), "number": index} for index in range(2)]

    @task
    def expand_kwargs_over(password, number):
        kit.check(f"expand-kwargs-{number}", password, kit.canary(f"kwargs-{number}"))

    @task
    def chain(value):
        return {"token": value["secret"] + "/" + value["secret"]}

    @task
    def use_chain(values):
        doubled = ["/".join([_one(index)["secret"]] * 2) for index in range(3)]
        kit.check("mapped-chain", [value["token"] for value in values], doubled)

    pushed = push.expand(index=[0, 1, 2])
    gather(pushed)
    use_chain(chain.expand(value=pushed))
    expand_over.expand(value=make_list())
    expand_kwargs_over.expand_kwargs(make_kwargs())


canary_mapped()
