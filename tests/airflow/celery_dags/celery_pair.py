"""Two tasks: one makes a secret, the other one says what it was given without printing it."""

import hashlib
import json
import os
from pathlib import Path

from airflow.sdk import dag, task


@dag(schedule=None, catchup=False)
def celery_pair() -> None:
    @task
    def make() -> dict[str, object]:
        return {"user": "ann", "password": os.environ["CELERY_CANARY"], "rows": 3}

    @task
    def take(made: dict[str, object]) -> None:
        digest = hashlib.sha256(json.dumps(made, sort_keys=True).encode()).hexdigest()
        print(f"pulled: {made}")
        Path(os.environ["CELERY_VERDICT"]).write_text(digest)

    take(make())


celery_pair()
