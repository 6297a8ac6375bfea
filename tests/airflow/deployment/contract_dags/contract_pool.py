"""A pool: a producer puts, a sensor waits, mapped tasks take one each, and one of them fails at first."""

from __future__ import annotations

from datetime import timedelta

from airflow.sdk import dag, task
from contract_kit import CANARY, tell

from secure_xcom import Pool, SecureXComError

orders = Pool("orders", lease=timedelta(seconds=60))
parts = Pool("parts")

COUNT = 4


@dag(schedule=None)
def pool():
    @task
    def produce():
        for number in range(COUNT):
            orders.put({"number": number, "card": CANARY})
            parts.put(number, shard=number)

    @task.sensor(poke_interval=1, timeout=60)
    def wait():
        return orders.ready()

    @task(retries=1, retry_delay=timedelta(seconds=1), max_active_tis_per_dagrun=2)
    def consume(number, ti=None):
        with orders.claim() as taken:
            tell("taken", [ti.map_index, ti.try_number, taken.value["number"], taken.value["card"] == CANARY])
            if number == 2 and ti.try_number == 1:
                raise ValueError("what was taken goes back")
        tell("shards", [ti.map_index, parts.claim(shard=ti.map_index).value])

    @task
    def find_it_empty():
        try:
            orders.claim()
        except SecureXComError as error:
            tell("empty", type(error).__name__)

    produce() >> wait() >> consume.expand(number=list(range(COUNT))) >> find_it_empty()


pool()
