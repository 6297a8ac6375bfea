"""A scan's metrics: each series once, whatever an archive is called, and neither a place nor an excerpt."""

from __future__ import annotations

import ast
import re

import pytest

from secure_xcom.ops.audit.finding import Place, Scan, Severity, Source, State
from secure_xcom.ops.audit.scan import prometheus
from tests.unit.ops.audit.report.samples import finding

LINE = re.compile(r'secure_xcom_scan_\w+(?:\{(?:\w+="(?:[^"\\\n]|\\[\\"n])*",?)+\})? -?[0-9.]+')
"""A sample as the text format 0.0.4 has it."""

HOSTILE = {
    "quote": '_airflow_deleted__xcom__"} 1',
    "line": "_airflow_deleted__xcom__\nsecure_xcom_scan_complete 1",
    "backslash": "_airflow_deleted__xcom__\\",
    "escape": "_airflow_deleted__xcom__\x1b[31m",
    "surrogate": "_airflow_deleted__xcom__\udcff",
    "direction": "_airflow_deleted__xcom__\u202e",
}


def scan(*sources: Source, accepted: str = "") -> Scan:
    found = tuple(
        finding(number, severity=Severity.HIGH, accepted=accepted, place=Place(source=source.name, dag_id="fraud"))
        for number, source in enumerate(sources)
    )
    return Scan(
        began="2026-01-01T03:00:00+00:00",
        ended="2026-01-01T03:01:00+00:00",
        airflow="",
        product="1",
        database="sqlite",
        sources=sources,
        findings=found,
    )


def source(name: str, state: State = State.SCANNED) -> Source:
    return Source(name=name, state=state, looked_at=7, protected=2, passed_over={})


@pytest.mark.parametrize("name", HOSTILE.values(), ids=HOSTILE)
def test_a_hostile_name_is_the_text_of_one_label(name: str) -> None:
    lines = prometheus.encode(scan(source("xcom"), source(name))).encode().decode().splitlines()
    samples = [line for line in lines if not line.startswith("# ")]
    assert [line for line in samples if not LINE.fullmatch(line)] == []
    assert len(samples) == len(set(samples))
    assert samples.count("secure_xcom_scan_complete 1") == 1
    (shown,) = {found[1] for line in samples if (found := re.search(r'source="(_airflow(?:[^"\\]|\\.)*)"', line))}
    # Two escapes: the format's own, and the visible one of what is not printed.
    once = ast.literal_eval(f'"{shown}"')
    assert ast.literal_eval(f"'{once}'") == name


def test_findings_are_counted_by_severity_and_by_whether_they_are_accepted() -> None:
    text = prometheus.encode(scan(source("xcom"), accepted="known (me, until 2027-01-01)"))
    assert 'secure_xcom_scan_findings{source="xcom",severity="high",accepted="true"} 1\n' in text
    assert 'secure_xcom_scan_findings{source="xcom",severity="critical",accepted="false"} 0\n' in text
    assert "secure_xcom_scan_ended_timestamp_seconds 1767236460.0\n" in text


@pytest.mark.parametrize(
    ("state", "complete"), [(State.SCANNED, 1), (State.ABSENT, 1), (State.PARTLY, 0), (State.UNREADABLE, 0)]
)
def test_what_was_not_looked_at_is_a_series(state: State, complete: int) -> None:
    text = prometheus.encode(scan(source("xcom", state)))
    assert f'secure_xcom_scan_source_state{{source="xcom",state="{state.value}"}} 1.0\n' in text
    assert f"secure_xcom_scan_complete {complete}\n" in text


def test_no_place_and_no_excerpt_of_a_finding_is_shown() -> None:
    one = scan(source("xcom"))
    text = prometheus.encode(one)
    assert not any(hidden in text for hidden in ("fraud", one.findings[0].excerpt, one.findings[0].fingerprint))
