"""``Check``: one line of the doctor's report. ``Refusal`` and ``checked`` turn what a check raises into one."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from enum import Enum

from secure_xcom.errors import SecureXComError


class Outcome(Enum):
    """What came of a check. ``SKIPPED`` is neither good nor bad: there was nothing to check, or no way to."""

    OK = "ok"
    FAILED = "failed"
    SKIPPED = "skipped"


@dataclass(frozen=True, slots=True, kw_only=True)
class Check:
    """A check by its name; ``found`` says what was seen, ``fix`` what to do about it."""

    name: str
    outcome: Outcome
    found: str
    fix: str = ""


class Failed(Exception):  # noqa: N818 - never leaves the doctor
    """A check found something wrong."""

    def __init__(self, found: str, fix: str) -> None:
        self.found, self.fix = found, fix
        super().__init__(found)


class Skipped(Exception):  # noqa: N818 - never leaves the doctor
    """There was nothing to check."""


def run(name: str, check: Callable[[], str], fix: str) -> Check:
    """Run one check; ``check`` returns what it found in order. An error of ours fails it, with ``fix``."""
    try:
        return Check(name=name, outcome=Outcome.OK, found=check())
    except Skipped as reason:
        return Check(name=name, outcome=Outcome.SKIPPED, found=str(reason))
    except Failed as failure:
        return Check(name=name, outcome=Outcome.FAILED, found=failure.found, fix=failure.fix)
    except SecureXComError as error:
        # Our errors hold no secret and say what to do; any other would be a bug, and is shown as one.
        return Check(name=name, outcome=Outcome.FAILED, found=str(error), fix=fix)
