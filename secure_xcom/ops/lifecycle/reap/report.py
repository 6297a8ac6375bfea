"""``Report``: what a run of reap found and did, for people and machines."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import asdict, dataclass, field
from typing import TYPE_CHECKING

from secure_xcom.ledger.pruning import Pruning
from secure_xcom.model.value import JSON
from secure_xcom.ops.lifecycle.reap.missing import Looked
from secure_xcom.ops.lifecycle.reap.share import implausible
from secure_xcom.ops.lifecycle.reap.summary import Summary, total_of
from secure_xcom.ops.lifecycle.reap.verdict import Judged, Kept, Reason

if TYPE_CHECKING:
    from secure_xcom.ops.explain.shown_names import ShownNames


@dataclass(frozen=True, slots=True, kw_only=True)
class Report:
    """``stores`` has the summary of each store, ``problems`` the error of each that was not listed to its end.

    ``rows`` is ``None`` if the rows were not asked for.
    """

    deleted: bool
    stores: Mapping[str, Summary]
    problems: Mapping[str, str] = field(default_factory=dict)
    named: Sequence[Judged] = ()
    """The first of what was deleted, or would be."""
    rows: Looked | None = None
    pruned: Pruning | None = None
    clock_ahead: float = 0.0
    """Seconds by which this machine's clock is ahead of the database's."""

    @property
    def total(self) -> Summary:
        """The summary of all stores."""
        return total_of(self.stores.values())

    @property
    def implausible(self) -> bool:
        """Whether so large a share looks orphaned that nothing is deleted unless ``--expect`` says how many."""
        return implausible(self.stores) is not None

    @property
    def is_fine(self) -> bool:
        """Whether nothing failed, and no placeholder waits for an object that is gone."""
        rows = self.rows
        has_all = rows is None or not (rows.missing or rows.unknown)
        is_pruned = self.pruned is None or not self.pruned.problems
        return not self.problems and has_all and is_pruned and not self.total.of(Kept.FAILED).objects

    def as_json(self, names: ShownNames) -> dict[str, JSON]:
        """Return the report for machines, with masks for names that are secrets."""
        return {
            "deleted": self.deleted,
            "orphaned": self.total.orphaned,
            "implausible": self.implausible,
            "stores": [
                {"store": names.text(label), "problem": names.text(self.problems.get(label, "")), **_verdicts(summary)}
                for label, summary in self.stores.items()
            ],
            "total": _verdicts(self.total),
            "first": [{"why": one.verdict.value, **_where(one, names)} for one in self.named],
            "rows": None if self.rows is None else _rows(self.rows, names),
            "ledger": None if self.pruned is None else _pruned(self.pruned),
            "clock_ahead_seconds": round(self.clock_ahead, 3),
        }


def _verdicts(summary: Summary) -> dict[str, JSON]:
    def tallies(which: type[Reason | Kept]) -> list[JSON]:
        return [
            {"why": one.value, "objects": summary.of(one).objects, "bytes": summary.of(one).bytes}
            for one in which
            if summary.of(one).objects
        ]

    going = summary.going
    return {
        "objects": going.objects,
        "bytes": going.bytes,
        "reasons": tallies(Reason),
        "kept": tallies(Kept),
    }


def _where(one: Judged, names: ShownNames) -> dict[str, JSON]:
    return {} if one.where is None else asdict(names.coordinates(one.where))


def _pruned(pruned: Pruning) -> dict[str, JSON]:
    return {"entries": pruned.entries, "runs": pruned.runs, "problems": dict(pruned.problems)}


def _rows(rows: Looked, names: ShownNames) -> dict[str, JSON]:
    return {
        "with_placeholder": rows.rows,
        "missing": rows.missing,
        "ended": rows.ended,
        "unread": rows.unread,
        "unknown": rows.unknown,
        "where": [asdict(names.coordinates(where)) for where in rows.where],
    }
