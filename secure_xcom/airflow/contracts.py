"""``exclusive``: a Dag file's contracts, kept with the Dag and matched with it when the Dag is complete.

The Dag policy matches it at the end of the parse. ``exclusive`` may therefore stand before or after the lines that put
the tasks in order. A Dag that no policy has seen is matched when its first task asks for its contract.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from inspect import isfunction
from typing import Any, TypeVar, overload

from secure_xcom.airflow.declarations import DECLARED, RESOLVED
from secure_xcom.contracts.declare import Declaration, Key, line_above
from secure_xcom.errors import InvalidContract

F = TypeVar("F")


@overload
def exclusive(dag: Any, keys: Mapping[str, Sequence[str | Key]], /, *, strict: bool = False) -> None: ...


@overload
def exclusive(*keys: str | Key, strict: bool = False) -> Callable[[F], F]: ...


def exclusive(*arguments: Any, strict: bool = False) -> Callable[[F], F] | None:
    """Declare contracts: ``exclusive(dag, {"task_id": ["key", Key(...)]})``, or ``@exclusive("key", ...)`` on a task.

    A task under contract may push only the keys that are declared for it, and ``return_value`` unless ``strict``. Only
    the readers of a key may pull it. A task under contract may pull only what tasks upstream of it declare. The
    decorator stands above or below ``@task``. Raises ``InvalidContract``, at once or at the end of the parse, with the
    line to change.
    """
    declared_at = line_above(1)
    if arguments and not isinstance(arguments[0], (str, Key)):
        _declare(arguments, strict, declared_at)
        return None

    def decorate(task: F) -> F:
        # Below @task this is the function itself, above it Airflow's decorator around it.
        function = getattr(task, "function", task)
        # The tasks of a task group would not carry the contract.
        if not isfunction(function) or hasattr(task, "tg_class"):
            raise InvalidContract("@exclusive stands directly above or below @task, or above a function", declared_at)
        kept = getattr(function, DECLARED, ())
        keys = _keys(arguments, declared_at)
        declaration = Declaration(task_id="", keys=keys, strict=strict, declared_at=declared_at)
        setattr(function, DECLARED, (*kept, declaration))
        return task

    return decorate


def _declare(arguments: tuple[Any, ...], strict: bool, declared_at: str) -> None:
    if len(arguments) != 2 or not hasattr(arguments[0], "task_dict") or not isinstance(arguments[1], Mapping):
        raise InvalidContract('write exclusive(dag, {"task_id": ["key"]}), or @exclusive("key") on a task', declared_at)
    dag, keys = arguments
    new = [
        Declaration(
            task_id=str(task_id), keys=_keys(listed, declared_at, str(task_id)), strict=strict, declared_at=declared_at
        )
        for task_id, listed in keys.items()
    ]
    setattr(dag, DECLARED, (*getattr(dag, DECLARED, ()), *new))
    vars(dag).pop(RESOLVED, None)


def _keys(listed: Any, declared_at: str, task: str = "") -> tuple[Key, ...]:
    where = f"{declared_at}: task {task!r}" if task else declared_at
    if isinstance(listed, str) or not isinstance(listed, Sequence):
        raise InvalidContract("give the keys of a task as a list", where)
    wrong = [one for one in listed if not isinstance(one, (str, Key))]
    if wrong:
        raise InvalidContract(f"a key is a text or a Key, not a {type(wrong[0]).__name__}", where)
    keys = tuple(one if isinstance(one, Key) else Key(one, declared_at=declared_at) for one in listed)
    for key in keys:
        readers = () if key.readers is None else key.readers
        if not isinstance(key.name, str) or isinstance(readers, str) or not isinstance(readers, Sequence):
            raise InvalidContract(f"a Key has a text for its name and a list of readers, not {key!r}", key.declared_at)
    return keys
