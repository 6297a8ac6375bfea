"""``guarded``: the one place where code of a user's class is called.

What such code raises may quote the value (pydantic's errors do). So every foreign error becomes a ``PayloadError`` that
names classes and nothing else, and is raised when the foreign one is out of reach.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Final, TypeVar

from secure_xcom.errors import PayloadError, translated

if TYPE_CHECKING:
    from collections.abc import Callable

R = TypeVar("R")

_NOT_ALLOWED: Final = "add it to [core] allowed_deserialization_classes, as for any XCom"


def guarded(call: Callable[[], R], describe: Callable[[str], str]) -> R:
    """Return what ``call`` returns; ``describe`` makes an error's text of the problem's name.

    Raises ``PayloadError`` for a foreign error and for a value that is nested too deeply or contains itself. A
    ``SecureXComError`` passes.
    """
    with translated(Exception, into=lambda error: PayloadError(describe(_problem(error)))):
        return call()


def _problem(error: Exception) -> str:
    if isinstance(error, RecursionError):
        return "it is nested too deeply, or contains itself"
    # A class's own deserialiser may raise this too, so Airflow's words are recognised and not repeated.
    if isinstance(error, ImportError) and "not found in allow list" in str(error):
        return _NOT_ALLOWED
    return type(error).__name__


def asked_for_names(owner: object, attribute: str) -> tuple[str, ...]:
    """Return the texts of an attribute such as ``columns``; none if the class's own code fails or has no such thing."""
    try:
        listed = getattr(owner, attribute, ())
        return tuple(str(name) for name in listed) if not isinstance(listed, (str, bytes)) else ()
    except Exception:
        # Names are a hint: a class whose property fails is judged by its encoding alone.
        return ()
