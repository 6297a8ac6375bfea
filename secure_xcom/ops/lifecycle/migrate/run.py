"""``Run``: goes through the tables page by page, and keeps how far it came."""

from __future__ import annotations

import time
from collections.abc import Callable, Sequence
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Final, Protocol

from secure_xcom.ops.audit.scan.run import Progress
from secure_xcom.ops.lifecycle.migrate.budget import Budget
from secure_xcom.ops.lifecycle.migrate.cells import Page, Table
from secure_xcom.ops.lifecycle.migrate.checkpoint import Checkpoint
from secure_xcom.ops.lifecycle.migrate.tally import Tally

if TYPE_CHECKING:
    from secure_xcom.ops.lifecycle.migrate.cells import Key

_EVERY: Final = 5.0
"""Seconds between two checkpoints."""


class Handler(Protocol):
    """What is done with the pages of a table."""

    def handle(self, table: Table, page: Page) -> None:
        """Do it, and count it."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Part:
    """A table, what is done with it, and what that has come to."""

    table: Table
    handler: Handler
    tally: Tally


@dataclass(slots=True, kw_only=True)
class Run:
    """One migration. ``is_secret`` says whether the text of a key is a secret itself: no checkpoint has such a key."""

    checkpoint: Checkpoint
    budget: Budget
    save: Callable[[Checkpoint], None] = lambda _: None
    is_secret: Callable[[str], bool] = lambda _: False
    progress: Progress = field(default_factory=Progress)
    _saved: float = field(default_factory=time.monotonic)

    def go(self, parts: Sequence[Part]) -> None:
        """Handle the tables. Raises what ends the migration; the checkpoint is saved then, too."""
        try:
            for part in parts:
                if part.table.name not in self.checkpoint.through and not self.budget.is_spent:
                    self._through(part)
        finally:
            self.save(self.checkpoint)
            self.progress.closed()

    def _through(self, part: Part) -> None:
        name = part.table.name
        self.progress.began(name, part.table.total())
        for page in part.table.pages(self.checkpoint.reached.get(name)):
            part.handler.handle(part.table, page)
            self.progress.advanced(name, page.rows)
            if self.budget.is_spent:
                # A page may have more to do: the next run begins with it.
                return
            self._reached(name, page.reached)
        self.checkpoint.through.append(name)
        self.checkpoint.reached.pop(name, None)
        self.progress.ended(name)

    def _reached(self, name: str, key: Key | None) -> None:
        if key is not None and not any(isinstance(part, str) and self.is_secret(part) for part in key):
            self.checkpoint.reached[name] = list(key)
        if time.monotonic() - self._saved >= _EVERY:
            self.save(self.checkpoint)
            self._saved = time.monotonic()
