"""Tools that find secrets in values: secure-xcom, Airflow's masker, and scanners of files."""

import json
import subprocess
import tempfile
from collections.abc import Callable, Collection, Mapping
from copy import deepcopy
from dataclasses import dataclass
from functools import partial
from pathlib import Path

from airflow.sdk._shared.secrets_masker import DEFAULT_SENSITIVE_FIELDS, SecretsMasker

from benchmarks.detection.corpus import Case, Steps, leaves
from secure_xcom.classify import Policy, scan
from secure_xcom.classify.content import RULES, ContentRules
from secure_xcom.classify.json_texts import WithJson
from secure_xcom.classify.key_names import rule_of_key_name
from secure_xcom.classify.key_rules import is_harmless_under
from secure_xcom.classify.names import Names
from secure_xcom.model.value import findings_of

SUFFIXES = {".env": ".env.properties", ".tfvars": ".tfvars.properties"}
"""What a file is called for scanners: detect-secrets reads a value without quotes in a known kind of file alone."""

Findings = list[set[Steps]]
"""For each case, the labelled parts that a detector takes for secrets."""


@dataclass(frozen=True, slots=True)
class Detector:
    """A detector; ``find`` looks at all cases at once, because a scanner needs seconds to start."""

    name: str
    find: Callable[[Collection[Case]], Findings]


def policy() -> Policy:
    """Return the policy of a deployment that configures nothing."""
    names = Names(judge=rule_of_key_name, is_harmless=is_harmless_under).compiled()
    content = WithJson(ContentRules(RULES, names.is_sensitive_in_text), names, shapes=True)
    return Policy(names=names, holds_registered_secret=lambda _: False, content=content, shapes=True)


def _ours(cases: Collection[Case]) -> Findings:
    judge = policy()
    return [
        {
            steps
            for finding in findings_of(scan(case.value, case.key, judge, origin=case.origin))
            for steps in case.labels
            if steps[: len(finding.path)] == finding.path
        }
        for case in cases
    ]


def airflows_masker() -> SecretsMasker:
    """Return Airflow's masker as a deployment that configures nothing has it; no secret is registered."""
    masker = SecretsMasker()
    masker.sensitive_variables_fields = list(DEFAULT_SENSITIVE_FIELDS)
    masker.hide_sensitive_var_conn_fields = True
    return masker


def _airflow(cases: Collection[Case]) -> Findings:
    masker = airflows_masker()
    found = []
    for case in cases:
        masked = dict(leaves(masker.redact(deepcopy(case.value), case.key)))
        # Where a whole list or dict is masked, its parts are gone.
        found.append(
            {steps for steps, value in leaves(case.value) if masked.get(steps, ...) != value} & set(case.labels)
        )
    return found


def _by_lines(scan_folder: Callable[[Path], Mapping[str, set[int]]], cases: Collection[Case]) -> Findings:
    with tempfile.TemporaryDirectory(prefix="detection-") as name:
        folder = Path(name)
        lines = []
        for number, case in enumerate(cases):
            text, places = case.text()
            (folder / f"f{number:04}{SUFFIXES.get(case.suffix, case.suffix)}").write_text(text, encoding="utf-8")
            lines.append(places)
        hits = scan_folder(folder)
    return [
        {steps for steps, at in places.items() if not hits.get(f"f{number:04}", set()).isdisjoint(at)}
        for number, places in enumerate(lines)
    ]


def _detect_secrets(executable: Path, folder: Path) -> dict[str, set[int]]:
    # It reports no file outside the folder that it runs in.
    command = (executable, "scan", "--all-files", "--no-verify", ".")
    run = subprocess.run(command, check=True, capture_output=True, text=True, cwd=folder)
    results = json.loads(run.stdout)["results"]
    return {_id_of(file): {hit["line_number"] for hit in hits} for file, hits in results.items()}


def _id_of(file: str) -> str:
    return Path(file).name.partition(".")[0]


def _credsweeper(executable: Path, folder: Path) -> dict[str, set[int]]:
    output = folder.with_suffix(".results")
    try:
        command = (executable, "--path", str(folder), "--save-json", str(output), "--no-stdout")
        subprocess.run((*command, "--log", "error"), check=True, capture_output=True)
        hits = json.loads(output.read_text(encoding="utf-8"))
    finally:
        output.unlink(missing_ok=True)
    found: dict[str, set[int]] = {}
    for line in (line for hit in hits for line in hit["line_data_list"]):
        found.setdefault(_id_of(line["path"]), set()).add(line["line_num"])
    return found


def detectors(directory: Path) -> list[Detector]:
    """Return secure-xcom, Airflow's masker, and those scanners whose executables are in a directory."""
    found = [Detector("secure-xcom", _ours), Detector("Airflow's masker", _airflow)]
    for tool, scan_folder in (("detect-secrets", _detect_secrets), ("credsweeper", _credsweeper)):
        if (executable := directory / tool).exists():
            found.append(Detector(tool, partial(_by_lines, partial(scan_folder, executable))))
    return found
