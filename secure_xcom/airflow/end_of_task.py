"""What happens when the task of this process ends: the exchange has its claims pinned, then consumed or released."""

from __future__ import annotations

from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from secure_xcom.ports.host import EndOfTask

_end: EndOfTask | None = None


def follow(end: EndOfTask) -> None:
    """Tell ``end`` how the task ends."""
    global _end
    _end = end


def followed() -> EndOfTask | None:
    """Return what ``follow`` was given, ``None`` in a task without a claim."""
    return _end


def before_success() -> None:
    """Tell that the task's code has succeeded, before Airflow hears of it. Raises what is to fail the task."""
    if _end is not None:
        _end.before_success()


def before_pausing() -> None:
    """Tell that the task is to go on in another process. Raises what is to fail the task."""
    if _end is not None:
        _end.before_pausing()
