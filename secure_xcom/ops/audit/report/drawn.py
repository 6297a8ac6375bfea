"""What is drawn: the amounts and lines of the charts, made of the pack."""

from __future__ import annotations

from collections import Counter
from collections.abc import Callable, Iterable
from datetime import date, timedelta
from itertools import groupby
from typing import Final, TypeAlias

from secure_xcom.ops.audit.finding import Scan, Severity
from secure_xcom.ops.audit.report.document import Bars, Edge, Graph
from secure_xcom.ops.audit.report.pack import Access, Day, Reading

MOST_BARS: Final = 30
"""Bars over time: beyond it days are joined to weeks, and weeks to longer spans."""

MOST_NODES: Final = 16
"""Nodes of one side of a graph that can still be read on paper."""

_OTHERS: Final = "all others"

_Name: TypeAlias = Callable[[Reading], str]
_Amounts: TypeAlias = Callable[[Day], tuple[int, ...]]


def findings_by_place(scan: Scan) -> Bars:
    """Return how many findings of which severity are at which source, accepted ones included."""
    counts = Counter((finding.place.source, finding.severity) for finding in scan.findings)
    sources = sorted({source for source, _ in counts})
    rows = tuple((source, tuple(counts[source, severity] for severity in Severity)) for source in sources)
    return Bars("Findings by place and severity", tuple(severity.value for severity in Severity), rows)


def sealed_over_time(access: Access) -> Bars:
    """Return how many writes were sealed, recorded plain, or only observed."""
    rows = _spans(access.days, lambda day: (day.sealed, day.plain, day.observed))
    return Bars("Writes over time", ("sealed", "plain", "observed only"), rows, is_over_time=True, shades=(3, 1, 2))


def refusals_over_time(access: Access) -> Bars:
    """Return how many actions were refused, expired or failed."""
    rows = _spans(access.days, lambda day: (day.refused,))
    return Bars("Refusals over time", ("refused, expired or failed",), rows, is_over_time=True)


def readers(access: Access) -> Graph:
    """Return which task read the keys of which task. The busiest have names; the rest of each side is one node."""
    owners = _busiest(access.readings, _owner)
    tasks = _busiest(access.readings, _reader)
    lines: Counter[tuple[str, str, bool]] = Counter()
    for one in access.readings:
        left = _owner(one) if _owner(one) in owners else _OTHERS
        right = _reader(one) if _reader(one) in tasks else _OTHERS
        lines[left, right, one.outcome != "done"] += one.times
    edges = (Edge(left, right, str(times), is_dotted=dotted) for (left, right, dotted), times in sorted(lines.items()))
    return Graph("Who read the values of whom", ("written by", "read by"), tuple(edges))


def _owner(one: Reading) -> str:
    return f"{one.dag_id}.{one.task_id}"


def _reader(one: Reading) -> str:
    if one.reader_dag_id or one.reader_task_id:
        return f"{one.reader_dag_id}.{one.reader_task_id}"
    return "code outside a task"


def _busiest(readings: Iterable[Reading], name: _Name) -> set[str]:
    counts: Counter[str] = Counter()
    for one in readings:
        counts[name(one)] += one.times
    ordered = sorted(counts, key=lambda each: (-counts[each], each))
    return set(ordered if len(ordered) <= MOST_NODES else ordered[: MOST_NODES - 1])


def _spans(days: tuple[Day, ...], amounts: _Amounts) -> tuple[tuple[str, tuple[int, ...]], ...]:
    """Join days to as few spans of equal length as are needed. A span is named by its first day; empty ones show."""
    dated = [(date.fromisoformat(day.day), amounts(day)) for day in days if _is_date(day.day)]
    if not dated:
        return ()
    first, last = dated[0][0], dated[-1][0]
    length = -(-((last - first).days + 1) // MOST_BARS)
    sums = {
        number: tuple(map(sum, zip(*(each for _, each in group), strict=True)))
        for number, group in groupby(dated, key=lambda one: (one[0] - first).days // length)
    }
    empty = tuple(0 for _ in dated[0][1])
    count = (last - first).days // length + 1
    return tuple(
        ((first + timedelta(days=number * length)).isoformat(), sums.get(number, empty)) for number in range(count)
    )


def _is_date(text: str) -> bool:
    try:
        date.fromisoformat(text)
    except ValueError:
        return False
    return True
