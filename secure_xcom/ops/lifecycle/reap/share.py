"""``require_plausible``: a wrong prefix or a wrong database makes every object look like an orphan."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Final

from secure_xcom.errors import ConfigurationError
from secure_xcom.ops.lifecycle.reap.summary import Summary, total_of

SHARE: Final = 0.5
"""If a larger share of a store's objects, or of all, looks orphaned, more is wrong than a few deleted runs."""

LEAST: Final = 20
"""Orphans below which no share is looked at: a deployment that begins has few objects, and deletes most of them."""


def require_plausible(survey: Mapping[str, Summary], expected: int | None) -> None:
    """Raise ``ConfigurationError`` if too many objects look orphaned, and nobody has said how many they are."""
    orphaned = total_of(survey.values()).orphaned
    if expected is not None:
        if orphaned != expected:
            raise ConfigurationError(
                f"--expect: {orphaned} objects look orphaned by their names and rows, and not {expected}: nothing was "
                "deleted. Look at what reap prints without --yes, and give the number that it tells"
            )
        return
    if (found := implausible(survey)) is not None:
        label, summary = found
        raise ConfigurationError(
            f"reap: {summary.orphaned} of {summary.named} objects in {label} look orphaned: nothing was "
            "deleted. Check that [secure_xcom] store and [database] sql_alchemy_conn belong together. If they do, "
            f"say that you know: --expect {orphaned}"
        )


def implausible(survey: Mapping[str, Summary]) -> tuple[str, Summary] | None:
    """Return the first store of which too large a share looks orphaned, or all stores together; ``None`` if none is.

    With ``{domain}`` in ``store`` each Dag has a store of its own, of a few objects perhaps.
    """
    judged = (*survey.items(), ("all stores together", total_of(survey.values())))
    return next(((label, summary) for label, summary in judged if is_implausible(summary)), None)


def is_implausible(summary: Summary) -> bool:
    """Whether too large a share of a store's objects looks orphaned."""
    return summary.orphaned >= LEAST and summary.orphaned > SHARE * summary.named
