"""The baseline of ``audit scan``: the file that is read, the one that is written, and the key of their fingerprints."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING

import typer

if TYPE_CHECKING:
    from datetime import date

    from secure_xcom.ops.audit.finding import Scan
    from secure_xcom.ops.audit.scan.baseline import Accepted


@dataclass(frozen=True, slots=True, kw_only=True)
class Baselines:
    """The files that hold fingerprints from scan to scan, as the operator gave them."""

    given: Path | None
    written: Path | None
    checkpoint: Path | None
    key: Path | None

    def entries(self) -> Sequence[Accepted]:
        """Return what was accepted so far. Raises ``ConfigurationError``."""
        from secure_xcom.ops.audit.scan.baseline import read_baseline

        known = self.given or self.written
        return read_baseline(known) if known else ()

    def fingerprints_key(self, entries: Sequence[Accepted]) -> bytes:
        """Return the key. It is made if nothing needs an earlier one. Raises ``ConfigurationError``."""
        from secure_xcom.ops.audit.scan.fingerprint import place_key, read_key, read_or_make_key

        path = self._key_file(self.given or self.written or self.checkpoint)
        if entries and path is not None:
            key = read_key(path, f"{self.given or self.written}")
        else:
            key = read_or_make_key(path)
        if self.written is not None and (beside := self._key_file(self.written)) not in (None, path):
            place_key(beside, key)
        return key

    def write(self, found: Scan, entries: Sequence[Accepted], today: date, *, is_narrowed: bool) -> None:
        """Write what was found, and what was accepted of what was not looked at, if the operator asked for it."""
        from secure_xcom.ops.audit.scan.baseline import not_looked_at, write_baseline

        if self.written is None:
            return
        kept = not_looked_at(found, entries, is_narrowed=is_narrowed)
        write_baseline(self.written, found.findings, entries, today, kept)
        typer.echo(
            f"written: {self.written}. A finding is accepted once its reason and its owner stand there", err=True
        )
        if kept:
            typer.echo(f"{len(kept)} of its entries stay as they were: this scan did not look for them", err=True)
        typer.echo(f"its fingerprints need the key in {self._key_file(self.written)}: keep that one secret", err=True)

    def _key_file(self, beside: Path | None) -> Path | None:
        from secure_xcom.ops.audit.scan.baseline import key_beside

        return self.key or (key_beside(beside) if beside else None)
