"""A name that is a secret itself: no field of a finding shows it, and so no output does."""

from __future__ import annotations

import contextlib
import io
import json
from collections.abc import Iterator, Sequence
from datetime import date
from pathlib import Path

import pytest

from secure_xcom.classify.content.invention import invent
from secure_xcom.cli.audit_scan_tables import print_scan
from secure_xcom.ops.audit.finding import Scan, State, as_text
from secure_xcom.ops.audit.report.formats import Format, render
from secure_xcom.ops.audit.report.gather import pack_of
from secure_xcom.ops.audit.scan import prometheus
from secure_xcom.ops.audit.scan.baseline import compared, read_baseline, write_baseline
from secure_xcom.ops.audit.scan.checkpoint import Checkpoint
from secure_xcom.ops.audit.scan.difference import difference, lines
from secure_xcom.ops.audit.scan.fingerprint import Fingerprints
from secure_xcom.ops.audit.scan.gather import Gathered
from secure_xcom.ops.audit.scan.rules import build_rules
from secure_xcom.ops.audit.scan.run import Run
from secure_xcom.ops.audit.scan.sources import Batch, Column, Cursor, Form
from secure_xcom.settings.settings import Settings
from secure_xcom.testing.fakes import FakeHost
from tests.unit.ops.audit.report.samples import evidence

RULES = build_rules(Settings.parse({}, Path("/nowhere")), FakeHost(listed=()))
NAME, INSIDE = invent("ghp_<30 base62><checksum>"), invent("glpat-<20 base62>")

VALUES = {
    "JSON": (Form.JSON, json.dumps({NAME: {"password": "kanarienvogel4711"}})),
    "JSON of one text": (Form.JSON, json.dumps(f"x {INSIDE}")),
    "damaged JSON": (Form.JSON, f'{{"a": {INSIDE}'),
    "a text": (Form.TEXT, f"x {INSIDE}"),
    "a text that is JSON": (Form.TEXT, json.dumps({NAME: [INSIDE]})),
    "a log": (Form.LOG, f"x {INSIDE}"),
    "Python": (Form.PYTHON, f'x = {{"{NAME}": "{INSIDE}"}}'),
    "damaged Python": (Form.PYTHON, f"x = ( {INSIDE}"),
    "a password": (Form.PASSWORD, "kanarienvogel4711"),
}


class Rows:
    """One row whose ids are all secrets."""

    name = "variable"
    is_told_by_name = True
    shortfall = ""

    def __init__(self, form: Form, text: str, *, is_named: bool) -> None:
        self.columns: Sequence[Column] = (Column(name="val", form=form),)
        self.is_named = is_named
        self._text = text

    def total(self) -> int:
        return 1

    def batches(self, after: Cursor | None) -> Iterator[Batch]:
        yield Batch(rows=[(NAME, NAME, NAME, -1, NAME, None, self._text)])


def scanned(source: Rows) -> Scan:
    gathered = Gathered(Fingerprints(b"k" * 32), RULES.excerpt)
    looked_at = Run(RULES.judge, gathered, Checkpoint(asked="", began="")).scan(source)
    assert looked_at.state in (State.SCANNED, State.PARTLY)
    times = {"began": "2026-01-01T00:00:00+00:00", "ended": "2026-01-01T00:01:00+00:00"}
    return Scan(**times, airflow="", product="", database="sqlite", sources=(looked_at,), findings=gathered.findings)


def outputs(scan: Scan, folder: Path) -> Iterator[str]:
    """Yield each output in which a finding may stand."""
    folder.chmod(0o700)
    write_baseline(folder / "baseline.toml", scan.findings, (), date(2026, 1, 1))
    yield (folder / "baseline.toml").read_text()
    table = io.StringIO()
    with contextlib.redirect_stdout(table):
        found = compared(scan.findings, read_baseline(folder / "baseline.toml"), date(2026, 1, 1))
        print_scan(scan, found, 50)
    yield table.getvalue()
    yield as_text(scan)
    yield as_text(Checkpoint(asked="", began="", findings=list(scan.findings)))
    yield prometheus.encode(scan)
    empty = Scan(began="", ended="", airflow="", product="", database="", sources=(), findings=())
    yield "\n".join(lines(difference(empty, scan)))
    pack = pack_of(evidence(scan=scan))
    yield from (render(pack, form) for form in Format)


@pytest.mark.parametrize("is_named", [True, False], ids=["named by its row", "not named"])
@pytest.mark.parametrize(("form", "text"), VALUES.values(), ids=VALUES.keys())
def test_no_output_shows_a_name_that_is_a_secret(form: Form, text: str, tmp_path: Path, *, is_named: bool) -> None:
    scan = scanned(Rows(form, text, is_named=is_named))
    assert len(scan.findings) >= 5, "of four ids and the value"
    for output in outputs(scan, tmp_path):
        assert NAME not in output
        assert INSIDE not in output
