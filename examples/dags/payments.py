"""A Dag like any other: nothing in it knows of secure-xcom.

One task fetches credentials, the next uses them. What they hand each other holds a password and an API token beside
things that are no secret. The demonstration passes both secrets in by a file, so that it can look for them later.
"""

from __future__ import annotations

import json
import os
from pathlib import Path

from airflow.sdk import dag, task


@dag(schedule=None, tags=["example"])
def payments():
    @task
    def fetch_credentials() -> dict[str, object]:
        given = json.loads(Path(os.environ["DEMO_SECRETS"]).read_text())
        credentials = {
            "user": "billing",
            "password": given["password"],
            "endpoints": [{"url": "https://payments.example/v1", "api_token": given["api_token"]}],
            "retries": 3,
        }
        Path(os.environ["DEMO_RETURNED"]).write_text(json.dumps(credentials))
        return credentials

    @task
    def charge(credentials: dict[str, object]) -> str:
        print("charging with", credentials)
        Path(os.environ["DEMO_RECEIVED"]).write_text(json.dumps(credentials))
        return f"charged as {credentials['user']}"

    charge(fetch_credentials())


payments()
