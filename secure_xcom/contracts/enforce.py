"""``DagContract``: what a Dag's tasks may push and pull. ``authorise``: which tasks may read a value under contract."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field

from secure_xcom.errors import ContractViolation
from secure_xcom.model.contract import Contract, Terms
from secure_xcom.model.coordinates import RETURN_VALUE, Coordinates, TaskInstance, XComQuery, is_airflows


@dataclass(frozen=True, slots=True, kw_only=True)
class TaskContract:
    """The contracts of one task. ``declared_at`` is where they are declared."""

    keys: Mapping[str, Terms]
    upstream: frozenset[str]
    strict: bool
    declared_at: str


@dataclass(frozen=True, slots=True, kw_only=True)
class DagContract:
    """The contracts of one Dag, complete and free of contradictions."""

    dag_id: str
    tasks: Mapping[str, TaskContract] = field(default_factory=dict)

    def for_push(self, writer: TaskInstance | None, where: Coordinates, value: object) -> Terms | None:
        """Return the terms of what is pushed, ``None`` for what no contract is about.

        Raises ``ContractViolation`` when another task than the key's pushes it, or a task under contract pushes what it
        has not declared.
        """
        owners = [task_id for task_id, task in self.tasks.items() if where.key in task.keys]
        if where.key != RETURN_VALUE and owners and owners != [where.task_id]:
            raise _violation(
                "push", writer, where, f"only task {owners[0]} may push it", self.tasks[owners[0]].declared_at
            )
        task = self.tasks.get(where.task_id)
        if task is None or is_airflows(where.key):
            return None
        if writer is None or not writer.is_at(where):
            raise _violation("push", writer, where, f"only task {where.task_id} may push it", task.declared_at)
        if where.key in task.keys:
            return task.keys[where.key]
        if where.key == RETURN_VALUE and not task.strict:
            return _terms_of_parts(task, value)
        raise _violation("push", writer, where, f"the task declares {_listed(task.keys)}", task.declared_at)

    def for_deletion(self, actor: TaskInstance | None, where: Coordinates) -> None:
        """Raise ``ContractViolation`` when another task than its own would delete a key under contract."""
        task = self.tasks.get(where.task_id)
        own = actor is not None and (actor.dag_id, actor.task_id) == (where.dag_id, where.task_id)
        if task is not None and where.key in task.keys and where.dag_id == self.dag_id and not own:
            raise _violation("delete", actor, where, f"only task {where.task_id} may delete it", task.declared_at)

    def for_pull(self, reader: TaskInstance | None, query: XComQuery) -> bool:
        """Return whether the value that is asked for must be under contract.

        Raises ``ContractViolation`` when the key is declared for other readers, and when the reader
        is a task under contract and no upstream task declares the key.
        """
        if is_airflows(query.key or ""):
            return False
        source = self.tasks.get(query.task_id or "") if query.dag_id == self.dag_id else None
        declared = source is not None and _may_read(source, reader, query)
        task = self.tasks.get(reader.task_id) if reader is not None and reader.dag_id == self.dag_id else None
        if task is None or reader is None:
            return declared
        if query.dag_id != self.dag_id:
            # Whether this task may read it, the contract says that comes with the value.
            return True
        if query.task_id in (None, reader.task_id):
            why = "without task_ids it asks for its own: a task under contract names the task_ids that it pulls from"
            raise _violation("read", reader, _place(query), why, task.declared_at)
        if declared and query.task_id in task.upstream:
            return True
        if query.key == RETURN_VALUE and not task.strict and not (source is not None and source.strict):
            return declared
        source_says = (
            _declared_by(query.task_id, source)
            if query.task_id in task.upstream
            else f"{query.task_id} is not upstream of it"
        )
        why = f"it may pull only what its upstream tasks declare, and {source_says}"
        raise _violation("read", reader, _place(query), why, task.declared_at)


def _may_read(source: TaskContract, reader: TaskInstance | None, query: XComQuery) -> bool:
    """Return whether ``source`` declares the key. Raises ``ContractViolation`` if it does, and not for ``reader``."""
    terms = source.keys.get(query.key or "")
    if terms is not None and not (reader is not None and terms.contract.admits(reader)):
        raise _violation("read", reader, _place(query), f"the value is {terms.contract}", source.declared_at)
    return terms is not None


def _declared_by(task_id: str, source: TaskContract | None) -> str:
    return f"{task_id} declares {_listed(source.keys if source else ())}"


def authorise(
    contract: Contract | None, where: Coordinates, reader: TaskInstance | None, *, contract_required: bool
) -> None:
    """Raise ``ContractViolation`` unless ``reader`` may read a value that travels with ``contract``.

    ``contract_required`` says that the Dag's own contract wants it to have one.
    """
    if contract is None:
        if contract_required:
            why = "the value is not under the contract that it should have; clear the task that pushed it"
            raise ContractViolation(why, _told("read", reader, where))
        return
    if reader is None or not contract.admits(reader):
        raise ContractViolation(f"the value is {contract}{_why_nobody(contract, where)}", _told("read", reader, where))


def _why_nobody(contract: Contract, where: Coordinates) -> str:
    if contract.readers or where.key != RETURN_VALUE:
        return ""
    return ", since it holds items of different readers, or one that is read once: pull them by their keys"


def _terms_of_parts(task: TaskContract, value: object) -> Terms | None:
    """Return the terms of a whole dict, which Airflow pushes after its items with ``multiple_outputs``.

    Its readers are those that may read every item; a consume-once item is read nowhere else.
    """
    parts = [task.keys[key] for key in value if key in task.keys] if isinstance(value, Mapping) else []
    if not parts:
        return None
    readers = frozenset.intersection(*(part.contract.readers for part in parts))
    once = any(part.contract.once for part in parts)
    ttls = [part.ttl for part in parts if part.ttl]
    return Terms(contract=Contract(readers=frozenset() if once else readers), ttl=min(ttls, default=0))


def _violation(
    verb: str, actor: TaskInstance | None, where: Coordinates, why: str, declared_at: str
) -> ContractViolation:
    return ContractViolation(why, _told(verb, actor, where), f"contract in {declared_at}")


def _told(verb: str, actor: TaskInstance | None, where: Coordinates) -> str:
    who = str(actor) if actor else "code outside a task"
    return f"{who} may not {verb} key {where.key!r} of task {where.task_id!r} of Dag {where.dag_id!r}"


def _place(query: XComQuery) -> Coordinates:
    return Coordinates(dag_id=query.dag_id, run_id=query.run_id or "", task_id=query.task_id or "", key=query.key or "")


def _listed(names: Iterable[str]) -> str:
    return ", ".join(sorted(names)) or "no keys"
