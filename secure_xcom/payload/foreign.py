"""``guarded``: the one place where code of a user's class is called.

What such code raises may quote the value (pydantic's errors do). So each error of its own becomes a ``PayloadError``
that names classes and nothing else, and is raised when the other one is out of reach.
"""

from __future__ import annotations

from itertools import islice
from typing import TYPE_CHECKING, Final, TypeVar

from secure_xcom.errors import PayloadError, translated

if TYPE_CHECKING:
    from collections.abc import Callable

R = TypeVar("R")

MOST_NAMES: Final = 1_000_000
"""Names of one object that are asked for: an iterator of a user's class may have no end."""

_NOT_ALLOWED: Final = (
    "Airflow does not allow the class: add it to [core] allowed_deserialization_classes, as for any XCom"
)


def guarded(call: Callable[[], R], describe: Callable[[str], str]) -> R:
    """Return what ``call`` returns; ``describe`` makes an error's text of the problem's name.

    Raises ``PayloadError`` for an error of that code and for a value that is nested too deeply or contains itself. A
    ``SecureXComError`` passes.
    """
    with translated(Exception, into=lambda error: PayloadError(describe(_problem(error)))):
        return call()


def _problem(error: Exception) -> str:
    if isinstance(error, RecursionError):
        return "it is nested too deeply, or contains itself"
    # A class's own deserialiser may raise this too, so Airflow's words are recognised and not repeated.
    if isinstance(error, ImportError) and hint(lambda: "not found in allow list" in text_of(error), default=False):
        return _NOT_ALLOWED
    return type(error).__name__


def hint(call: Callable[[], R], default: R) -> R:
    """Return what ``call`` returns, or ``default`` if a class's own code fails: hints are not worth an error."""
    try:
        return call()
    except Exception:
        return default


def text_of(value: object) -> str:
    """Return ``str(value)`` as an exact text: ``__str__`` may answer with a subclass that has code of its own."""
    return str.__str__(str(value))


def name_of(kind: type) -> str:
    """Return a class as errors show it, without asking its metaclass."""
    return type.__repr__(kind)


def asked_for_names(owner: object, attribute: str) -> tuple[str, ...]:
    """Return the texts of an attribute such as ``columns``; none if the class's own code fails or has no such thing."""
    return hint(lambda: _names(getattr(owner, attribute, ())), ())


def _names(listed: object) -> tuple[str, ...]:
    if isinstance(listed, (str, bytes)):
        return ()
    return tuple(text_of(name) for name in islice(iter(listed), MOST_NAMES))  # type: ignore[call-overload]
