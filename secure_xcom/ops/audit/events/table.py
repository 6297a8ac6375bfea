"""The table of entries, as people read it: a row an entry."""

from __future__ import annotations

from typing import TYPE_CHECKING, Final

from secure_xcom.ops.audit.events.fields import by_whom, time, why, xcom_of
from secure_xcom.ops.lineage.text import visible

if TYPE_CHECKING:
    from secure_xcom.ledger.reading import Recorded

HEAD: Final = ("time", "event", "outcome", "XCom", "by", "host", "proved")


def row(recorded: Recorded) -> tuple[str, ...]:
    """Return a row's cells, in the order of ``HEAD``. No name in them is more than text."""
    entry = recorded.entry
    return (
        time(entry.at),
        entry.event.value,
        f"{entry.outcome.value}{why(entry)}",
        xcom_of(entry.where),
        by_whom(entry),
        visible(entry.host) if entry.host else "",
        "yes" if entry.proved else "no",
    )
