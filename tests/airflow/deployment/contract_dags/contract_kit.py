"""What the Dags under contract share: how a task tells the test what it got, or what it was refused."""

from __future__ import annotations

import json
import os
from collections.abc import Callable
from pathlib import Path

from secure_xcom import SecureXComError

CANARY = os.environ.get("CONTRACT_CANARY", "")


def tell(name: str, told: object) -> None:
    """Write down what the task ``name`` has to tell, a line for each time."""
    with Path(os.environ["CONTRACT_VERDICTS"], f"{name}.jsonl").open("a") as file:
        file.write(json.dumps(told) + "\n")


def attempt(name: str, call: Callable[[], object]) -> None:
    """Do what a contract forbids, tell what came of it, and fail as the task would."""
    try:
        got = call()
    except SecureXComError as error:
        tell(name, [type(error).__name__, str(error)])
        raise
    tell(name, ["got", got])
