"""A task that has nothing to hide; it tells which modules its process has imported."""

from __future__ import annotations

import json
import os
import sys
from pathlib import Path

from airflow.sdk import dag, task


@dag(schedule=None)
def canary_plain():
    """Plain data only."""

    @task
    def give():
        return {"rows": [1, 2.5, None, True, "text"], "pair": (1, 2)}

    @task
    def take(value, ti=None):
        assert value == {"rows": [1, 2.5, None, True, "text"], "pair": (1, 2)}
        ti.xcom_push(key="count", value=len(value["rows"]))
        modules = sorted(sys.modules)
        Path(os.environ["CANARY_VERDICTS"]).with_name("modules.json").write_text(json.dumps(modules))

    take(give())


canary_plain()
