"""The report in short: a first line that counts, what was skipped as one line, and a last line that sums up."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterator, Sequence
from typing import Final

from secure_xcom.ops.doctor.report import Check, Outcome

_SKIPPED: Final = "skipped"


def counts(checks: Sequence[Check]) -> str:
    """Return the first line: how many checks had which outcome."""
    found = Counter(check.outcome for check in checks)
    warnings = found[Outcome.WARNING]
    return (
        f"{found[Outcome.OK]} ok, {warnings} warning{'' if warnings == 1 else 's'}, {found[Outcome.FAILED]} failed, "
        f"{found[Outcome.SKIPPED]} skipped"
    )


def shown(checks: Sequence[Check]) -> Iterator[Check]:
    """Yield the checks for people: those that were skipped are one, the last. What the first push makes is shown."""
    folded = [check for check in checks if check.outcome is Outcome.SKIPPED and not check.is_pending]
    yield from (check for check in checks if check not in folded)
    if folded:
        names = ", ".join(check.name for check in folded)
        yield Check(name=_SKIPPED, outcome=Outcome.SKIPPED, found=names, fix="--verbose says why")


def verdict(checks: Sequence[Check]) -> str:
    """Return the last line: what failed, or what is still to be made, or that the deployment is ready."""
    failed = sum(check.outcome is Outcome.FAILED for check in checks)
    if failed:
        return f"{failed} failed: do what is said of {'it' if failed == 1 else 'each'}, and run the doctor again"
    pending = [check.name for check in checks if check.is_pending]
    if pending:
        return f"nothing failed: the first push makes {', '.join(pending)}: run the doctor again after it"
    if any(check.outcome is Outcome.WARNING for check in checks):
        return "nothing failed: read the warnings"
    return "ready: nothing failed"
