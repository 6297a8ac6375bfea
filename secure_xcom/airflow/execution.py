"""Around a task's execution: before it, the task takes over the claims of its earlier processes; after it, the claims
that the task holds are pinned, or left to the process in which the task goes on."""

from __future__ import annotations

import os
from collections.abc import Callable
from functools import partial
from typing import Any

from secure_xcom.airflow import end_of_task
from secure_xcom.airflow.internals.compat import PAUSES, SUCCESSES
from secure_xcom.airflow.internals.task_runner import came_back, wrap_execution
from secure_xcom.airflow.task_instance import remember
from secure_xcom.errors import PayloadError
from secure_xcom.secret import Secret


def follow_execution(adopt: Callable[[], None]) -> None:
    """Follow the tasks that this process executes. ``adopt`` takes over what a task's earlier processes had claimed."""
    wrap_execution(partial(_follow, adopt))


def _follow(adopt: Callable[[], None], instance: Any, execute: Callable[[], object]) -> object:
    global _has_forked
    _has_forked = False
    remember(instance)
    # The first process of a task has no earlier one, and asks the ledger for nothing.
    if instance.try_number > 1 or came_back(instance):
        adopt()
    try:
        result = execute()
    except BaseException as error:
        # Handled outside of this block, so that an error about a claim does not carry what the task raised.
        ended = error
    else:
        _require_countable(instance, result)
        _succeed(adopt)
        return result
    if isinstance(ended, SUCCESSES):
        _succeed(adopt)
    elif isinstance(ended, PAUSES):
        end_of_task.before_pausing()
    try:
        raise ended
    finally:
        # The traceback holds this frame, and with it the task's values.
        del ended


def _require_countable(instance: Any, result: object) -> None:
    """Raise ``PayloadError`` if a task expands over a ``Secret``: Airflow would say that its type cannot be mapped."""
    if isinstance(result, Secret) and next(instance.task.iter_mapped_dependants(), None) is not None:
        raise PayloadError(
            "a task expands over one Secret: return a list with a Secret for each item, as in "
            "[Secret(item) for item in items]",
            f"task {instance.task.task_id} returns it, and Airflow counts the items",
        )


def _succeed(adopt: Callable[[], None]) -> None:
    if _has_forked:
        # A child process may have claimed something, and left it to this process to end.
        adopt()
    end_of_task.before_success()


def _remember_fork() -> None:
    global _has_forked
    _has_forked = True


_has_forked = False
"""Whether the task has forked its process: the child may claim something for the task."""

os.register_at_fork(after_in_parent=_remember_fork)
