"""Every error secure-xcom raises, in families named after what a reader can do about them.

No error carries a value, a key or another library's exception: messages hold coordinates, sizes, option names and
the remote side's status code at most. ``translated`` puts an error of ours in the place of another library's, and
keeps no reference to the other, so a log that prints chained tracebacks prints nothing but ours.

Stores and key providers share one list of what can go wrong, ``Fault``. An adapter answers its SDK's exception with a
``Diagnosis``, and its port raises the error.
"""

from __future__ import annotations

from collections.abc import Callable
from contextlib import ContextDecorator
from dataclasses import dataclass
from enum import Enum, unique
from types import TracebackType
from typing import Final, Generic, TypeVar

_E = TypeVar("_E", bound=Exception)


FIRST_LINE: Final = 120
"""The longest first line of an error: Airflow's page of logs shows 150 characters, of which the class takes some."""


class SecureXComError(Exception):
    """Root of all errors of this package; never raised itself.

    Its text begins with the ``reason`` on a short line. The ``details`` follow on lines of their own: who asked, where,
    and where the rule stands. The last line is its section of docs/errors.md.
    """

    def __init__(self, reason: str = "", *details: str) -> None:
        super().__init__(reason, *(detail for detail in details if detail))

    @property
    def message(self) -> str:
        """What happened and what to do, without the section."""
        return "; ".join(map(str, self.args))

    @property
    def on_one_line(self) -> str:
        """All of it, for a table or a warning."""
        return f"{self.message} {self._section}"

    @property
    def _section(self) -> str:
        return f"(docs/errors.md#{type(self).__name__.lower()})"

    @property
    def _lines(self) -> tuple[str, ...]:
        return tuple(map(str, self.args))

    @property
    def _shortest_reason(self) -> int:
        """Where the first line may end at the earliest, if it is broken."""
        return _SHORTEST_REASON

    def __str__(self) -> str:
        # In the text and not in a note: Airflow's UI shows no notes.
        section = self._section
        text = "\n".join(self._lines)
        if "\n" not in text and len(f"{text} {section}") <= FIRST_LINE:
            return f"{text} {section}"
        first, newline, rest = text.partition("\n")
        return f"{_broken(first, self._shortest_reason)}{newline}{rest}\n{section}"


def _broken(line: str, shortest: int) -> str:
    """Break a line that is too long where a sentence or a clause ends, or a word, before the limit."""
    if len(line) <= FIRST_LINE:
        return line
    ends = (line.rfind(mark, 0, FIRST_LINE - len(mark.rstrip())) + len(mark.rstrip()) for mark in (". ", ": ", "; "))
    end = max((end for end in ends if end > shortest), default=line.rfind(" ", 0, FIRST_LINE + 1))
    if end <= 0:
        return f"{line[:FIRST_LINE]}\n{line[FIRST_LINE:]}"
    return f"{line[:end]}\n{line[end:].lstrip()}"


_SHORTEST_REASON: Final = 20
"""Characters: a clause that is shorter, such as an option's name, is no reason yet."""


class ConfigurationError(SecureXComError):
    """The settings are wrong. ``problems`` lists all of them, each with the option's name and the fix.

    The first line has the first of them.
    """

    @property
    def problems(self) -> tuple[str, ...]:
        """All mistakes, each of which begins with the option's name."""
        return self.args

    def named(self, option: str, other: str) -> ConfigurationError:
        """Return the error with the name of ``other`` in the place of that of ``option``, which is parsed as it is."""
        return type(self)(*(f"{other}: {problem.removeprefix(f'{option}: ')}" for problem in self.problems))

    @property
    def _lines(self) -> tuple[str, ...]:
        first, *more = self.problems
        return self._heading + first, *(f"  - {problem}" for problem in more)

    @property
    def _heading(self) -> str:
        count = len(self.problems)
        return f"{count} mistakes in the configuration: " if count > 1 else ""

    @property
    def _shortest_reason(self) -> int:
        # The option's name is no reason yet.
        return len(self._heading) + len(self.problems[0].partition(": ")[0]) + _SHORTEST_REASON


class MissingDependency(ConfigurationError):
    """A configured store or key provider needs a package that is not installed."""


class PayloadError(SecureXComError, TypeError):
    """The value cannot be encoded or decoded: an unsupported type, a cycle, too deep, or too large."""


class Refused(SecureXComError):
    """A rule of secure-xcom forbids the operation; trying again does not help."""


class InvalidCoordinates(Refused):
    """A dag_id, run_id, task_id or key is absent, or cannot name an object safely (``..``)."""


class WrongCoordinates(Refused):
    """A placeholder or an object belongs to other coordinates than those that were asked for."""


class InvalidPlaceholder(Refused):
    """The database row holds something shaped like a placeholder that is not a complete one."""


class NotGranted(Refused):
    """The running task's domain may not read the values of the domain that it asked for."""


class SealedValueReplaced(Refused):
    """The row holds a plain value where the ledger has a sealed one: somebody else than this backend wrote it."""


class Superseded(Refused):
    """The row refers to an object of an earlier push, or of an earlier run of the same id: the row was set back."""


class Expired(Refused):
    """The sealed value's lifetime has ended."""


class InvalidContract(SecureXComError):
    """An ``exclusive(...)`` declaration contradicts itself or the Dag; raised when the Dag is parsed."""


class ContractViolation(Refused):
    """A contract forbids this task to write or to read the value."""


class ClaimRefused(Refused):
    """The consume-once value is held by another task instance, was consumed already, or cannot be claimed from here."""


class ClaimLost(Refused):
    """The claim's lease ended while its holder worked, and another task instance may hold the value now."""


class PoolEmpty(Refused):
    """The pool has nothing to claim now. More may come: wait for it with ``Pool.ready`` in a sensor."""


class NothingToReveal(SecureXComError):
    """There is no XCom at the coordinates that an operator named, or it holds nothing sealed."""


class MaskingFailed(SecureXComError):
    """A secret could not be registered with Airflow's masker: the task would log it in plaintext."""


class Tampered(SecureXComError):
    """A sealed object was altered, cut, or sealed under a key that does not belong to it."""


class StoreError(SecureXComError):
    """The store did not do what was asked; subclasses say why."""


class ObjectNotFound(StoreError):
    """The sealed object is gone: purged, expired, or never written."""


class StoreDenied(StoreError):
    """The store knows this identity and refuses it."""


class StoreUnauthenticated(StoreError):
    """The store does not accept the credentials: missing, expired or malformed."""


class StoreUnavailable(StoreError):
    """The store was not reached or was overloaded until the deadline ended."""


class ObjectTooLarge(StoreError):
    """The object is larger than the store takes."""


class KeyProviderError(SecureXComError):
    """The key provider did not do what was asked; subclasses say why."""


class KeyDenied(KeyProviderError):
    """The key provider refuses this identity, or the key does not exist for it."""


class KeyUnauthenticated(KeyProviderError):
    """The key provider does not accept the credentials: missing, expired or malformed."""


class KeyUnavailable(KeyProviderError):
    """The key provider was not reached or was overloaded until the deadline ended."""


class WrongKey(KeyProviderError):
    """The object's data key was wrapped by a key that is not configured, or for other coordinates."""


class MigrationStopped(SecureXComError):
    """``secure-xcom migrate`` could not go on. What it had done stays, and the same command goes on from there."""


class LedgerError(SecureXComError):
    """The ledger did not do what was asked; subclasses say why."""


class LedgerUnavailable(LedgerError):
    """The ledger's database was not reached, or was locked or read-only, until the deadline ended."""


class LedgerTampered(LedgerError):
    """The ledger's database holds something that the ledger did not write: it was changed or cut off."""


class LedgerSchema(LedgerError):
    """The ledger's database has a schema that this version does not know."""


@unique
class Fault(Enum):
    """What is wrong at a store or a key provider, with the errors that the two ports raise for it.

    A fault that passes by itself is ``UNAVAILABLE`` and is tried again; no other is.
    """

    NOT_FOUND = (ObjectNotFound, KeyDenied)
    """The object, or the key, is not there."""
    DENIED = (StoreDenied, KeyDenied)
    """The identity is known and lacks the right."""
    UNAUTHENTICATED = (StoreUnauthenticated, KeyUnauthenticated)
    """The credentials are missing, expired or malformed."""
    UNAVAILABLE = (StoreUnavailable, KeyUnavailable)
    """The other side was not reached, or is overloaded."""
    TOO_LARGE = (ObjectTooLarge, KeyProviderError)
    """The object, or the request, has more bytes than the other side takes."""
    WRONG_KEY = (StoreError, WrongKey)
    """Another key, or another context, wrapped the data key."""
    FAILED = (StoreError, KeyProviderError)
    """Anything else; a wrong setting most of the time."""

    def __init__(self, store_error: type[StoreError], key_error: type[KeyProviderError]) -> None:
        self.store_error = store_error
        self.key_error = key_error


@dataclass(frozen=True, slots=True, kw_only=True)
class Diagnosis:
    """What an adapter makes of its SDK's exception, none of whose own words it repeats: they may quote."""

    fault: Fault
    where: str
    """The place that was asked, such as ``S3 bucket my-bucket``."""
    code: str
    """The other side's status or error code, or the class of the exception."""
    advice: str
    """What happened and what to do, such as the right to grant."""

    @classmethod
    def unknown(cls, where: str, error: Exception) -> Diagnosis:
        """Diagnose an exception that the adapter does not know."""
        return cls(fault=Fault.FAILED, where=where, code=type(error).__name__, advice="the request failed unexpectedly")

    @property
    def told(self) -> tuple[str, str]:
        """The reason and the detail of the error that the port raises."""
        return f"{self.code}: {self.advice}", self.where


class translated(ContextDecorator, Generic[_E]):  # noqa: N801 - reads like contextlib.suppress
    """Raise ``into(error)`` in the place of an error of ``kinds``: a context manager, or a decorator.

    ::

        with translated(ValueError, into=lambda _: Tampered("the header is not UTF-8")):
            return data.decode()

    The new error has neither ``__cause__`` nor ``__context__``, and no frame of its traceback holds the old one.
    An error of ours passes, unless ``kinds`` names its family. If ``into`` returns the error itself, it passes too.
    """

    def __init__(self, kinds: type[_E] | tuple[type[_E], ...], into: Callable[[_E], Exception]) -> None:
        self._kinds = kinds if isinstance(kinds, tuple) else (kinds,)
        self._ours = tuple(kind for kind in self._kinds if issubclass(kind, SecureXComError))
        self._into = into

    def __enter__(self) -> None:
        return None

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        if not isinstance(error, self._ours if isinstance(error, SecureXComError) else self._kinds):
            return
        replacement = self._into(error)
        if replacement is error:
            return
        # The traceback of what is raised shows the locals of this frame.
        del error, trace
        try:
            raise replacement
        finally:
            # Python has set it to the old error, and would with ``raise ... from None`` too.
            replacement.__context__ = None
            del replacement
