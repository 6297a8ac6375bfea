"""What the task of this process would have sealed, in the mode that only observes: one summary at its end."""

from __future__ import annotations

import logging
from collections import Counter
from typing import TYPE_CHECKING, Final

if TYPE_CHECKING:
    from collections.abc import Mapping

log = logging.getLogger("airflow.task.secure_xcom")

MOST_PLACES: Final = 20
"""Places that a summary names; the ledger has more of them."""

_counts: Counter[tuple[str, str]] = Counter()


def add(counts: Mapping[tuple[str, str], int]) -> None:
    """Count what a push would have sealed, until the task ends."""
    _counts.update(counts)


def summarise() -> None:
    """Log one line about the task, if there is anything to tell, and begin anew."""
    if not _counts:
        return
    places = [f"{path} by {rule} ({count})" for (path, rule), count in _counts.most_common(MOST_PLACES)]
    others = f" and {len(_counts) - MOST_PLACES} other places" if len(_counts) > MOST_PLACES else ""
    log.warning("secure-xcom: would seal %d value(s): %s%s", _counts.total(), ", ".join(places), others)
    _counts.clear()
