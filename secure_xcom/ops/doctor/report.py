"""``Check``: one line of the doctor's report. ``run`` makes it of what a check returns or raises."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from enum import Enum

from secure_xcom.errors import SecureXComError


class Outcome(Enum):
    """The outcome of a check.

    ``WARNING`` means that everything works, and that an operator should know what else is possible. ``SKIPPED`` means
    that there was nothing to check, or no means to check it.
    """

    OK = "ok"
    WARNING = "warning"
    FAILED = "failed"
    SKIPPED = "skipped"


@dataclass(frozen=True, slots=True, kw_only=True)
class Check:
    """The result of one check: ``found`` says what the check saw, ``fix`` what to do about it."""

    name: str
    outcome: Outcome
    found: str
    fix: str = ""
    is_pending: bool = False
    """Whether the first push is still to make what it checks."""


class Failed(Exception):  # noqa: N818 - never leaves the doctor
    """Raised by a check that found something wrong."""

    def __init__(self, found: str, fix: str) -> None:
        self.found, self.fix = found, fix
        super().__init__(found)


class Warned(Exception):  # noqa: N818 - never leaves the doctor
    """Raised by a check that found nothing wrong, and something that the operator should know."""

    def __init__(self, found: str, fix: str, *, is_pending: bool = False) -> None:
        self.found, self.fix, self.is_pending = found, fix, is_pending
        super().__init__(found)


class Skipped(Exception):  # noqa: N818 - never leaves the doctor
    """Raised by a check that has nothing to check, or cannot check it; the text says why."""


class NotMadeYet(Skipped):
    """Raised by a check of what the first push makes."""


def run(name: str, check: Callable[[], str], fix: str) -> Check:
    """Run one check, which returns what it found if all is well.

    A ``SecureXComError`` fails the check with ``fix`` as the advice. Any other exception passes.
    """
    try:
        return Check(name=name, outcome=Outcome.OK, found=check())
    except Skipped as reason:
        pending = isinstance(reason, NotMadeYet)
        return Check(name=name, outcome=Outcome.SKIPPED, found=str(reason), is_pending=pending)
    except Warned as warning:
        return Check(
            name=name,
            outcome=Outcome.WARNING,
            found=warning.found,
            fix=warning.fix,
            is_pending=warning.is_pending,
        )
    except Failed as failure:
        return Check(name=name, outcome=Outcome.FAILED, found=failure.found, fix=failure.fix)
    except SecureXComError as error:
        # Our errors hold no secret. Any other exception is a bug of ours, and its traceback is wanted.
        return Check(name=name, outcome=Outcome.FAILED, found=error.on_one_line, fix=fix)
