"""``Observer``: what a push would seal, counted by where it stands, for the log and the ledger."""

from __future__ import annotations

import json
from collections import Counter
from typing import TYPE_CHECKING, Final

from secure_xcom.errors import SecureXComError
from secure_xcom.model.event import Event
from secure_xcom.model.value import DATA, Finding, Path

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence

    from secure_xcom.exchange.runtime import Runtime
    from secure_xcom.model.coordinates import Coordinates

MOST_ENTRIES: Final = 50
"""Entries of one push: a value may have as many names as parts, and the others are counted in the last entry."""

LONGEST_PATTERN: Final = 300
"""Characters of a pattern: a key may be a text of any length."""

OTHERS: Final = "**"
"""Stands for the places beyond ``MOST_ENTRIES``."""

Place = tuple[str, str]
"""A pattern of paths, as the operator writes it, and a rule."""


class Observer:
    """Tells the host and the ledger how often something would have been sealed, and where. Never fails a push."""

    def __init__(self, runtime: Runtime) -> None:
        self._runtime = runtime
        self._records = True

    def observe(self, where: Coordinates | None, findings: Sequence[Finding]) -> None:
        """Tell of what one push would have sealed."""
        counts = counted(findings, where.key if where else "")
        self._runtime.host.report(counts)
        if where is not None and self._records:
            self._record(where, counts)

    def _record(self, where: Coordinates, counts: Mapping[Place, int]) -> None:
        recorder, actor = self._runtime.recorder, self._runtime.host.running()
        details = [json.dumps({"path": path, "rule": rule, "count": count}) for (path, rule), count in counts.items()]
        entries = [recorder.entry(Event.OBSERVE, where, actor, detail=detail) for detail in details]
        try:
            recorder.record(*entries)
        except SecureXComError as error:
            # What only observes stops nothing, and holds up no other push of this task.
            self._records = False
            self._runtime.host.warn(f"secure-xcom: what this task would seal is not in the ledger: {error.on_one_line}")


def counted(findings: Sequence[Finding], key: str) -> Mapping[Place, int]:
    """Count findings by pattern and rule, the positions of lists as ``[*]``."""
    counts = Counter((pattern_of(finding.path, key), finding.rule) for finding in findings)
    most = counts.most_common(MOST_ENTRIES)
    kept = dict(most)
    for (_, rule), count in (counts - Counter(kept)).items():
        kept[OTHERS, rule] = kept.get((OTHERS, rule), 0) + count
    return kept


def pattern_of(path: Path, key: str) -> str:
    """Return the pattern of a path: ``return_value.items[*].token``."""
    steps = ["[*]" if isinstance(step, int) else f".{step}" for step in path if step != DATA]
    return (key + "".join(steps))[:LONGEST_PATTERN]
