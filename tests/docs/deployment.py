"""A machine with values on it; each push and pull is that of a new worker."""

from __future__ import annotations

from dataclasses import dataclass, field

from secure_xcom.assembly.build import build
from secure_xcom.model.value import JSON
from secure_xcom.settings.settings import Settings
from tests.docs.page import Machine
from tests.docs.values import VALUE, host, query, where, writer

LIB = "/var/lib/airflow/secure_xcom"


@dataclass
class Deployment:
    """A machine, and the rows of what was pushed there first, by their Dags."""

    machine: Machine
    rows: dict[str, JSON] = field(default_factory=dict)

    def push(self, dag_id: str = "settlement", value: object = VALUE) -> JSON:
        return build(self._settings(), writer(dag_id)).push(value, where(dag_id))

    def pull(self, row: JSON, dag_id: str = "settlement") -> object:
        return build(self._settings(), host(dag_id)).pull(row, query(dag_id))

    def _settings(self) -> Settings:
        return Settings.parse(self.machine.section(), self.machine.home)
