"""What ``secure-xcom migrate`` prints."""

from __future__ import annotations

import json
from typing import TYPE_CHECKING, Final

from rich.table import Table
from rich.text import Text

from secure_xcom.cli.console import console, print_table
from secure_xcom.cli.shown import names
from secure_xcom.ops.lifecycle.migrate.tally import Done
from secure_xcom.ops.lineage.text import visible

if TYPE_CHECKING:
    from secure_xcom.ops.lifecycle.migrate.plan import Report
    from secure_xcom.ops.lifecycle.migrate.tally import Problem

_CHANGES: Final = {
    Done.SEALED: "seal",
    Done.MOVED: "move",
    Done.LARGE: "move to where large values go",
    Done.MASKED: "mask",
    Done.REVERSED: "write back",
}


def print_report(report: Report, top: int, *, is_real: bool) -> None:
    """Print what was done, or would be, by rule and Dag, and what was left."""
    for name, rows in report.rows.items():
        _say(f"{name}: {rows:,} rows looked at")
    for kind, count in report.done.items():
        would = f"would {_CHANGES[kind]}" if not is_real and kind in _CHANGES else kind.value
        _say(f"{would}: {count:,}")
    if report.groups:
        table = Table("Dag", "rule", "parts", title="what is sensitive")
        for dag_id, rule, parts in report.groups[:top]:
            table.add_row(_text(names().name(dag_id)), _text(rule), str(parts))
        print_table(table)
    if len(report.groups) > top:
        _say(f"and {len(report.groups) - top} more: --top {len(report.groups)} shows them, --json too")
    if report.problems:
        table = Table("count", "left, since it is", "the first of them", title="left as it is")
        for one in report.problems[:top]:
            why = f"{one.left.value}\n{names().text(one.why)}" if one.why else one.left.value
            table.add_row(str(one.count), _text(why), _text("\n".join(_examples(one))), end_section=True)
        print_table(table)


def report_as_json(report: Report, *, is_real: bool) -> str:
    """Return the report for machines. It holds coordinates, names of rules and counts, and no value."""
    return json.dumps(
        {
            "dry_run": not is_real,
            "rows": report.rows,
            "done": {kind.name.lower(): report.done.get(kind, 0) for kind in Done},
            "sensitive": [
                {"dag_id": names().name(dag), "rule": rule, "parts": parts} for dag, rule, parts in report.groups
            ],
            "left": [
                {
                    "reason": one.left.name.lower(),
                    "why": names().text(one.why),
                    "count": one.count,
                    "examples": _examples(one),
                }
                for one in report.problems
            ],
            "stopped": names().text(report.stopped),
            "interrupted": report.is_interrupted,
        },
        indent=2,
    )


def _examples(problem: Problem) -> list[str]:
    return [visible(str(names().coordinates(where))) for where in problem.examples]


def _say(text: str) -> None:
    console().print(visible(text), soft_wrap=True)


def _text(text: str) -> Text:
    """Return text that neither rich nor the terminal takes for markup."""
    return Text("\n".join(map(visible, text.split("\n"))))
