"""``guarded``: the one place where code of a user's class is called.

What such code raises may quote the value (pydantic's errors do). So each error of its own becomes a ``PayloadError``
that names classes and nothing else, and is raised when the other one is out of reach. Its warnings may quote too
(pydantic's do), and a log shows them before anything is masked: their text is withheld.
"""

from __future__ import annotations

import os
import warnings
from threading import RLock, get_ident
from typing import TYPE_CHECKING, Final, TypeVar

from secure_xcom.errors import PayloadError, SecureXComError, translated

if TYPE_CHECKING:
    from collections.abc import Callable
    from typing import TextIO

R = TypeVar("R")

_LIBRARIES: Final = frozenset(("pyarrow", "pandas", "polars", "numpy"))
"""What tables and arrays need to be encoded and decoded."""

_NOT_ALLOWED: Final = (
    "Airflow does not allow the class: add it to [core] allowed_deserialization_classes, as for any XCom"
)


def guarded(call: Callable[[], R], subject: Callable[[], str], failed: str) -> R:
    """Return what ``call`` returns. An error's text says of which ``subject`` what has ``failed``, and why.

    Raises ``PayloadError`` for an error of that code and for a value that is nested too deeply or contains itself. A
    ``SecureXComError`` passes without what stands behind it. So does, as it is, what ends the task: a timeout,
    ``SystemExit`` and any other ``BaseException``, as under Airflow's own backend.
    """
    try:
        with translated(Exception, into=lambda error: PayloadError(f"{subject()} {failed}: {_problem(error)}")):
            return _withheld.during(call, subject)
    except SecureXComError as error:
        # That code may have raised it, over an error that quotes.
        error.__cause__ = error.__context__ = None
        error.__dict__.pop("__notes__", None)
        raise


class _Withheld:
    """Withholds the text of the warnings that a thread shows while code of a user's class runs in it.

    The filters stay in force. ``warnings.showwarning`` is replaced for that time alone, and passes on the warnings of
    all other threads; ``warnings.catch_warnings`` would take theirs too. No lock is held while the code runs.
    """

    def __init__(self) -> None:
        self.subjects: dict[int, Callable[[], str]] = {}
        """What runs, by the thread in which it runs."""
        self._lock = RLock()

    def during(self, call: Callable[[], R], subject: Callable[[], str]) -> R:
        thread = get_ident()
        before = self.subjects.get(thread)
        if before is not None:
            self.subjects[thread] = subject
            try:
                return call()
            finally:
                self.subjects[thread] = before
        with self._lock:
            self.subjects[thread] = subject
            if not isinstance(warnings.showwarning, _Show):
                warnings.showwarning = _Show(warnings.showwarning, self.subjects)
        try:
            return call()
        finally:
            self._end(thread)

    def _end(self, thread: int) -> None:
        with self._lock:
            self.subjects.pop(thread, None)
            # Code that has replaced it in the meantime may put it back; from then on it passes on all that it gets.
            if not self.subjects and isinstance(warnings.showwarning, _Show):
                warnings.showwarning = warnings.showwarning.shown

    def renew(self) -> None:
        """Let go of what other threads of the parent process held when this process was forked."""
        self._lock = RLock()
        for thread in [*self.subjects]:
            if thread != get_ident():
                self._end(thread)


class _Show:
    """Takes the place of ``warnings.showwarning``."""

    def __init__(self, shown: Callable[..., None], subjects: dict[int, Callable[[], str]]) -> None:
        self.shown = shown
        self._subjects = subjects

    def __call__(  # noqa: PLR0913 - the signature is that of warnings.showwarning
        self,
        message: Warning | str,
        category: type[Warning],
        filename: str,
        lineno: int,
        file: TextIO | None = None,
        line: str | None = None,
    ) -> None:
        subject = self._subjects.get(get_ident())
        if subject is not None:
            message = Warning(f"{subject()} gave a warning: its text is withheld, because it may quote the value")
        self.shown(message, category, filename, lineno, file, line)


_withheld: Final = _Withheld()

os.register_at_fork(after_in_child=_withheld.renew)


def _problem(error: Exception) -> str:
    if isinstance(error, RecursionError):
        return "it is nested too deeply, or contains itself"
    # A class's own deserialiser may raise this too, so Airflow's words are recognised and not repeated.
    if isinstance(error, ImportError) and hint(lambda: "not found in allow list" in text_of(error), default=False):
        return _NOT_ALLOWED
    # A module's name may come from a value, so that none but these is repeated.
    if type(error) is ModuleNotFoundError and type(error.name) is str and error.name in _LIBRARIES:
        return f"the library {error.name} is not installed here"
    return type(error).__name__


def hint(call: Callable[[], R], default: R) -> R:
    """Return what ``call`` returns, or ``default`` if a class's own code fails: hints are not worth an error."""
    try:
        return call() if get_ident() in _withheld.subjects else _withheld.during(call, _an_object)
    except Exception:
        return default


def _an_object() -> str:
    return "an object"


def text_of(value: object) -> str:
    """Return ``str(value)`` as an exact text: ``__str__`` may answer with a subclass that has code of its own."""
    return str.__str__(str(value))


def name_of(kind: type) -> str:
    """Return a class as errors show it, without asking its metaclass."""
    return type.__repr__(kind)
