"""``scanned``: what ``audit scan`` finds of the canaries in a deployment that ran, by place."""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path

from secure_xcom.airflow.audit_sources import AuditSources, Narrowed
from secure_xcom.airflow.host import AirflowHost
from secure_xcom.airflow.internals.tables import TABLES
from secure_xcom.ops.audit.finding import Finding, Place, Source
from secure_xcom.ops.audit.scan.checkpoint import Checkpoint
from secure_xcom.ops.audit.scan.fingerprint import KEY_BYTES, Fingerprints
from secure_xcom.ops.audit.scan.gather import Gathered
from secure_xcom.ops.audit.scan.hits import Hit, text_of
from secure_xcom.ops.audit.scan.rules import build_rules
from secure_xcom.ops.audit.scan.run import Run
from secure_xcom.settings.settings import Settings
from tests.airflow.harness.canaries import Searcher

COLUMNS = frozenset(f"{table.name}.{column.name}" for table in TABLES for column in table.columns)
"""The columns that the scan looks at, as ``places.database`` names them."""


@dataclass(frozen=True, slots=True)
class Scanned:
    """The findings have no secret, so ``canaries`` says which of them were told apart: (place, canary)."""

    findings: tuple[Finding, ...]
    sources: tuple[Source, ...]
    canaries: frozenset[tuple[str, str]]


def scanned(database: str, logs: Path, searcher: Searcher) -> Scanned:
    """Scan a database and a folder of logs by the rules of a deployment without settings."""
    rules = build_rules(Settings.parse({}, Path("/nowhere")), AirflowHost())
    gathered = _Watched(Fingerprints(b"k" * KEY_BYTES), rules.excerpt)
    gathered.watch(searcher)
    run = Run(rules.judge, gathered, Checkpoint(asked="", began=""))
    with AuditSources(database, logs, Narrowed()) as sources:
        looked_at = tuple(run.scan(source) for source in sources.wanted(frozenset()))
    return Scanned(gathered.findings, looked_at, frozenset(gathered.canaries))


class _Watched(Gathered):
    """Keeps which canaries the secrets hold that it is told of."""

    def watch(self, searcher: Searcher) -> None:
        self._searcher = searcher
        self.canaries: set[tuple[str, str]] = set()

    def add(self, hit: Hit, place: Place, when: str, *, is_named: bool) -> None:
        super().add(hit, place, when, is_named=is_named)
        where = place.name if place.source == "task log" else f"{place.source}.{place.column}"
        secret = text_of(hit.secret).encode("utf-8", "surrogatepass")
        self.canaries |= {(where, found.canary) for found in self._searcher.search("scan", [(where, secret)])[0]}
