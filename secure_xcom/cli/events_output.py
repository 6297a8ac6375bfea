"""How ``audit events`` writes entries: an encoder for each format, and the tally of what was written."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass, field, replace
from enum import Enum
from functools import partial
from typing import TYPE_CHECKING, Final

import typer
from rich.table import Table
from rich.text import Text

import secure_xcom
from secure_xcom.cli.console import rendered
from secure_xcom.cli.shown import names
from secure_xcom.ops.audit.events import csv_rows, jsonl, ocsf, otel, syslog, table
from secure_xcom.ops.lineage.render import number
from secure_xcom.ops.lineage.text import visible

if TYPE_CHECKING:
    from secure_xcom.cli.output import Write
    from secure_xcom.ledger.reading import Found, Position, Recorded


class Format(Enum):
    """The formats of entries."""

    TABLE = "table"
    JSONL = "jsonl"
    CSV = "csv"
    OCSF = "ocsf"
    SYSLOG = "syslog"
    OTEL = "otel"
    PROMETHEUS = "prometheus"


def _table(batch: Sequence[Recorded]) -> str:
    rows = Table(*table.HEAD)
    rows.columns[0].min_width = _TIME_WIDTH
    for one in batch:
        rows.add_row(*map(Text, table.row(one)))
    return rendered(rows) if batch else ""


ENCODERS: Final[dict[Format, Callable[[Sequence[Recorded]], str]]] = {
    Format.TABLE: _table,
    Format.JSONL: jsonl.encode,
    Format.CSV: csv_rows.encode,
    Format.OCSF: partial(ocsf.encode, product_version=secure_xcom.__version__),
    Format.SYSLOG: syslog.encode,
    Format.OTEL: partial(otel.encode, product_version=secure_xcom.__version__),
}
"""Each takes a batch. Prometheus has counts, and no entries."""

HEADS: Final = {Format.CSV: csv_rows.HEAD}
"""What stands before the first entry."""

_REPORTED: Final = 10

_TIME_WIDTH: Final = len("2026-01-31T12:00:00.000Z")
"""A time is never broken, so that it can be copied."""


@dataclass(slots=True)
class Tally:
    """Writes batches until ``limit`` entries are written, and says on standard error what they were."""

    form: Format
    write: Write
    limit: int | None = None
    entries: int = 0
    unproved: int = 0
    damaged: int = 0
    last: Position | None = field(default=None)

    @property
    def is_full(self) -> bool:
        """Whether the limit is reached."""
        return self.limit is not None and self.entries >= self.limit

    def add(self, batch: Sequence[Found]) -> None:
        """Write the entries of a batch, and report the damaged rows."""
        from secure_xcom.ledger.reading import Recorded

        found: list[Recorded] = []
        for one in batch:
            if self.is_full:
                break
            if isinstance(one, Recorded):
                found.append(replace(one, entry=names().entry(one.entry)))
                self.entries += 1
                self.unproved += not one.entry.proved
                self.last = one.position
            else:
                self._report(one.chain, one.number)
        if found:
            self.write(ENCODERS[self.form](found))

    def tell(self) -> None:
        """Say what was written, that it is not verified, and where the next page begins if the limit ended this one."""
        unproved = f", {self.unproved} unproved" if self.unproved else ""
        damaged = f", {number(self.damaged, 'damaged row')} passed over" if self.damaged else ""
        entries = "1 entry" if self.entries == 1 else f"{self.entries} entries"
        told = f"{entries}{unproved}{damaged}. Not verified: secure-xcom audit verify does that"
        typer.echo(told, err=True)
        if self.is_full and self.last:
            typer.echo(f"the next page: --after {self.last}", err=True)

    def _report(self, chain: object, place: object) -> None:
        self.damaged += 1
        if self.damaged <= _REPORTED:
            typer.echo(f"damaged: entry {visible(str(place))} of chain {visible(str(chain))}", err=True)
