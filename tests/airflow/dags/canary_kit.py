"""What the canary Dags share: where their secrets come from, and where they say what they got.

A canary is read when a task runs, from a file outside of everything that is swept, so that no Dag's source and no
process's environment holds one. A consumer compares what it got with that file and writes a verdict, never a value.
"""

from __future__ import annotations

import json
import os
import re
from dataclasses import dataclass, field
from pathlib import Path
from types import SimpleNamespace

from airflow.sdk.bases.xcom import BaseXCom
from pydantic import BaseModel

from secure_xcom import Secret

SEALED = os.environ.get("CANARY_SEALED") == "1"
"""Whether secure-xcom is the backend; under Airflow's own some cases are left out, which it cannot store at all."""


@dataclass
class Account:
    """A dataclass that Airflow serialises by its fields."""

    user: str
    password: str


class Login(BaseModel):
    """A pydantic model that Airflow serialises by its fields."""

    user: str
    password: str


@dataclass
class Changing:
    """Hides its secret only from whoever asks first: who asks again gets it under an innocent name."""

    password: str
    asked: int = field(default=0, compare=False, repr=False)
    __version__ = 1

    def serialize(self) -> dict:
        """Answer Airflow's serialiser."""
        self.asked += 1
        return {"password": self.password} if self.asked == 1 else {"note": self.password}

    @staticmethod
    def deserialize(data: dict, version: int) -> Changing:
        """Answer Airflow's deserialiser; only the first answer holds a password."""
        return Changing(data["password"])


def canary(name: str) -> str | int | bytes:
    """Return the canary called ``name``; raises ``KeyError`` for one that the test did not make."""
    kind, value = json.loads(Path(os.environ["CANARY_FILE"]).read_text())[name]
    return bytes.fromhex(value) if kind == "bytes" else value


def secret(value: object) -> object:
    """Wrap ``value`` in ``Secret`` where there is a backend that takes one."""
    return Secret(value) if SEALED else value


def as_airflow(value: object) -> object:
    """Return what Airflow's own backend hands out for ``value``."""
    row = json.loads(json.dumps(BaseXCom.serialize_value(value)))
    return BaseXCom.deserialize_value(SimpleNamespace(value=row))


def check(case: str, got: object, expected: object) -> None:
    """Record whether ``got`` is ``expected``, types included all the way down."""
    verdict = "ok" if _same(got, expected) else f"wrong: a {_shape(got)} instead of a {_shape(expected)}"
    path = Path(os.environ["CANARY_VERDICTS"], re.sub(r"\W", "-", case))
    path.write_text(json.dumps({"case": case, "verdict": verdict}))


def _same(got: object, expected: object) -> bool:
    if type(got) is not type(expected):
        return False
    if isinstance(expected, dict):
        # Not by order: PostgreSQL's jsonb, in which Airflow keeps XComs, has an order of its own.
        return got.keys() == expected.keys() and all(_same(got[key], value) for key, value in expected.items())
    if isinstance(expected, (list, tuple)):
        return len(got) == len(expected) and all(map(_same, got, expected))
    if type(expected).__name__ == "DataFrame":
        names = list(got.index.names) == list(expected.index.names)
        return names and bool(got.equals(expected)) and list(got.dtypes) == list(expected.dtypes)
    if isinstance(expected, float):
        return repr(got) == repr(expected)
    return bool(got == expected)


def _shape(value: object) -> str:
    """Types only, three levels deep."""
    name = type(value).__name__
    if isinstance(value, dict):
        return f"{name}({', '.join(f'{type(k).__name__}: {_shape(v)}' for k, v in value.items())})"
    if isinstance(value, (list, tuple)):
        return f"{name}({', '.join(map(_shape, value))})"
    return name
