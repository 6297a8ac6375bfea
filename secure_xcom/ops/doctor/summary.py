"""The report in short: the skipped checks of isolation as one line, and a last line that sums up."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from typing import Final

from secure_xcom.ops.doctor.isolation import NOT_ASKED
from secure_xcom.ops.doctor.report import Check, Outcome

_IDENTITY: Final = "other-identity"
_OF_ISOLATION: Final = (
    "other-write",
    "other-read",
    "other-delete",
    "list",
    "unprotected-put",
    "other-key",
    _IDENTITY,
    "other-rights",
)


def shown(checks: Sequence[Check]) -> Iterator[Check]:
    """Yield the checks for people: those of isolation that were left out are one check, ``isolation``."""
    of_isolation = [check for check in checks if check.name in _OF_ISOLATION]
    if all(check.outcome is Outcome.SKIPPED for check in of_isolation):
        left_out = of_isolation
    else:
        left_out = [check for check in of_isolation if check.found == NOT_ASKED]
    for check in checks:
        if check not in left_out:
            yield check
        elif check.name == _IDENTITY:
            # This check is skipped for the reason that holds for all of them.
            yield Check(name="isolation", outcome=check.outcome, found=check.found)


def verdict(checks: Sequence[Check]) -> str:
    """Return the last line: what failed, or what is still to be made, or that the deployment is ready."""
    failed = sum(check.outcome is Outcome.FAILED for check in checks)
    if failed:
        return f"{failed} failed: do what the last column says, and run the doctor again"
    pending = [check.name for check in checks if check.is_pending]
    if pending:
        return f"nothing failed: run the doctor again after the first push, which makes {', '.join(pending)}"
    return "ready: nothing failed"
