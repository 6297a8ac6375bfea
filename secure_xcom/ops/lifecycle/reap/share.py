"""``require_plausible``: a wrong prefix or a wrong database makes every object look like an orphan."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Final

from secure_xcom.errors import ConfigurationError
from secure_xcom.ops.lifecycle.reap.summary import Summary

SHARE: Final = 0.5
"""Of the objects of a store more than this share looks orphaned: then more is wrong than a few deleted runs."""

LEAST: Final = 20
"""Orphans below which no share is looked at: a deployment that begins has few objects, and deletes most of them."""


def require_plausible(survey: Mapping[str, Summary], expected: int | None) -> None:
    """Raise ``ConfigurationError`` if too many objects look orphaned, and nobody has said how many they are."""
    orphaned = sum(summary.orphaned for summary in survey.values())
    if expected is not None:
        if orphaned != expected:
            raise ConfigurationError(
                f"--expect: {orphaned} objects look orphaned by their names and rows, and not {expected}: nothing was "
                "deleted. Look at what reap prints without --yes, and give the number that it tells"
            )
        return
    for label, summary in survey.items():
        if is_implausible(summary):
            raise ConfigurationError(
                f"reap: {summary.orphaned} of {summary.named} objects in {label} look orphaned: nothing was "
                "deleted. Check that [secure_xcom] store and [database] sql_alchemy_conn belong together. If they do, "
                f"say that you know: --expect {orphaned}"
            )


def is_implausible(summary: Summary) -> bool:
    """Whether too large a share of a store's objects looks orphaned."""
    return summary.orphaned >= LEAST and summary.orphaned > SHARE * summary.named
