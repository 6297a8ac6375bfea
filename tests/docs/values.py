"""Values that were pushed before something was changed or lost: one of any Dag, and one that may be read once."""

from __future__ import annotations

from secure_xcom.contracts.enforce import DagContract, TaskContract
from secure_xcom.model.contract import Contract, Reader, Terms
from secure_xcom.model.coordinates import Coordinates, TaskInstance, XComQuery
from secure_xcom.testing import FakeHost

VALUE = {"password": "correct horse battery"}

ONCE = Contract(readers=frozenset({Reader("once", "t"), Reader("once", "u")}), once=True)
CONTRACTS = {
    "once": DagContract(
        dag_id="once",
        tasks={
            "t": TaskContract(
                keys={"k": Terms(contract=ONCE)}, upstream=frozenset(), strict=False, declared_at="orders.py:1"
            )
        },
    )
}
"""The Dag ``once`` pushes a consume-once value, which the tasks ``t`` and ``u`` may read."""


def where(dag_id: str) -> Coordinates:
    """Return the coordinates of the value of a Dag."""
    return Coordinates(dag_id=dag_id, run_id="r", task_id="t", key="k")


def query(dag_id: str) -> XComQuery:
    """Return what its reader asks for."""
    place = where(dag_id)
    return XComQuery(
        dag_id=dag_id, run_id=place.run_id, task_id=place.task_id, key=place.key, map_index=place.map_index
    )


def host(dag_id: str, task_id: str = "t") -> FakeHost:
    """Return the host of a task of the Dag."""
    made = FakeHost()
    made.instance = TaskInstance(dag_id=dag_id, run_id="r", task_id=task_id, map_index=-1, try_number=1, try_id="1")
    return made


def writer(dag_id: str) -> FakeHost:
    """Return the host of the task that pushes, with its contract."""
    made = host(dag_id)
    made.contract = CONTRACTS.get(dag_id)
    return made
