"""Where a Dag's contracts are kept: as attributes of the Dag, and of the functions of its tasks.

The policy asks this of each Dag that is parsed, and a push of its Dag. Without a contract, nothing more is loaded.
"""

from __future__ import annotations

from dataclasses import replace
from functools import partial
from typing import TYPE_CHECKING, Any, Final

from secure_xcom.errors import InvalidContract

if TYPE_CHECKING:
    from collections.abc import Iterator

    from secure_xcom.contracts.declare import Declaration
    from secure_xcom.contracts.enforce import DagContract

DECLARED: Final = "_secure_xcom_declared"
"""Attribute of a Dag, and of a task's function, that holds its declarations."""

RESOLVED: Final = "_secure_xcom_resolved"
"""Attribute of a Dag that holds its contract, ``None`` for none, once its declarations are matched with it."""


def contract_of(dag: Any) -> DagContract | None:
    """Return what a complete Dag declares, ``None`` for nothing. Raises ``InvalidContract``."""
    if not hasattr(dag, RESOLVED):
        setattr(dag, RESOLVED, _resolved(dag))
    contract: DagContract | None = getattr(dag, RESOLVED)
    return contract


def first_declared_at(dag: Any) -> str | None:
    """Return the line of a Dag's first declaration, ``None`` if it declares nothing."""
    return next((declaration.declared_at for _, declaration in declarations(dag)), None)


def declarations(dag: Any) -> Iterator[tuple[Any, Declaration]]:
    """Yield what was declared with the Dag, without a task, and with its tasks' functions, each with its task."""
    for declaration in getattr(dag, DECLARED, ()):
        yield None, declaration
    for task in dag.task_dict.values():
        function = getattr(task, "partial_kwargs", {}).get("python_callable") or getattr(task, "python_callable", None)
        while isinstance(function, partial):
            function = function.func
        for declaration in getattr(function, DECLARED, ()):
            yield task, declaration


def _resolved(dag: Any) -> DagContract | None:
    found = list(declarations(dag))
    if not found:
        return None
    from secure_xcom.contracts.declare import resolve

    declared = [said if task is None else _declared_with(task, said) for task, said in found]
    downstream = {task_id: task.downstream_task_ids for task_id, task in dag.task_dict.items()}
    contract = resolve(dag.dag_id, downstream, declared)
    return contract if contract.tasks else None


def _declared_with(task: Any, declaration: Declaration) -> Declaration:
    from secure_xcom.airflow.internals.operators import runs_source_elsewhere

    if runs_source_elsewhere(getattr(task, "operator_class", type(task))):
        raise InvalidContract(
            "its operator runs the function's source in another interpreter, which does not know exclusive: "
            "write exclusive(dag, {...})",
            f"task {task.task_id!r}",
            declaration.declared_at,
        )
    return replace(declaration, task_id=task.task_id)
