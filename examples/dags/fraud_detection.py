"""Exclusive contracts: who may write and read each value, declared beside tasks that know nothing of it.

Card transactions go from task to task. Each value is sealed whole, only the next task may read it, and the raw
transactions are read once and gone a day later, whatever happens.
"""

from __future__ import annotations

from datetime import timedelta

from airflow.sdk import dag, task

from secure_xcom import Key, exclusive

TRANSACTIONS = [
    {"id": 1, "card": "4556 7375 8689 9855", "amount": 12.5, "country": "DE"},
    {"id": 2, "card": "4024 0071 1234 5678", "amount": 9800.0, "country": "KY"},
    {"id": 3, "card": "", "amount": 4.0, "country": "DE"},
]


@dag(schedule=None, tags=["example"])
def fraud_detection():
    @task
    def fetch_transactions(ti=None):
        ti.xcom_push("raw_txns", TRANSACTIONS)

    @task
    def validate(ti=None):
        raw = ti.xcom_pull(task_ids="fetch_transactions", key="raw_txns")
        valid = [transaction for transaction in raw if transaction["card"]]
        ti.xcom_push("valid_txns", valid)
        ti.xcom_push("error_count", len(raw) - len(valid))

    @task
    def build_features(ti=None):
        valid = ti.xcom_pull(task_ids="validate", key="valid_txns")
        ti.xcom_push("features", {row["id"]: [row["amount"], row["country"] != "DE"] for row in valid})

    @task
    def score(ti=None):
        features = ti.xcom_pull(task_ids="build_features", key="features")
        errors = ti.xcom_pull(task_ids="validate", key="error_count")
        suspicious = [number for number, (amount, abroad) in features.items() if abroad and amount > 1000]
        return {"suspicious": suspicious, "unreadable": errors}

    fetch_transactions() >> validate() >> build_features() >> score()


fraud = fraud_detection()

exclusive(
    fraud,
    {
        "fetch_transactions": [Key("raw_txns", readers=["validate"], consume="once", ttl=timedelta(hours=24))],
        "validate": ["valid_txns", Key("error_count", readers=["score"])],
        "build_features": ["features"],
    },
)
