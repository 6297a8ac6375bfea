"""The packages that the guarantees lean on, and the public advisories about them, compiled by hand on one date.

The table goes out of date the next day, so the pack says its date and advises a scanner. Each row names its source. The
bounds are those of the advisories: NVD, and GitHub's advisories where NVD has no range.
"""

from __future__ import annotations

import re
from collections.abc import Iterator
from importlib.metadata import PackageNotFoundError, version
from typing import Final

from secure_xcom.ops.audit.report.pack import Advisory, Dependency

COMPILED: Final = "2026-11-29"
"""When the table was compiled, from advisories published up to June 2026: later ones are not in it."""

PACKAGES: Final = {
    "apache-airflow-core": "the host: its API server, scheduler and metadata database",
    "apache-airflow-task-sdk": "runs the tasks, and masks logs",
    "boto3": "asks S3 and KMS",
    "cryptography": "all cryptographic primitives",
    "hvac": "asks Vault",
    "jinja2": "renders templates in Airflow",
    "msgspec": "encodes sealed values",
    "redis": "asks Redis",
    "requests": "carries the requests of hvac",
    "sqlalchemy": "reads and writes the ledger",
    "urllib3": "carries the requests of boto3 and hvac",
}


def _nvd(  # noqa: PLR0913 - a row of the table
    cve: str, package: str, severity: str, about: str, *, since: str = "", fixed: str
) -> Advisory:
    return Advisory(
        id=cve,
        package=package,
        since=since,
        fixed=fixed,
        severity=severity,
        about=about,
        source=f"https://nvd.nist.gov/vuln/detail/{cve}",
    )


_AIRFLOW: Final = "apache-airflow-core"

ADVISORIES: Final = (
    _nvd("CVE-2026-22922", _AIRFLOW, "medium", "task logs without the right to them", since="3.1.0", fixed="3.1.7"),
    _nvd("CVE-2026-28779", _AIRFLOW, "high", "session cookie for the whole host", since="3.0.0", fixed="3.1.8"),
    _nvd("CVE-2026-30911", _AIRFLOW, "high", "human input of other tasks", since="3.1.0", fixed="3.1.8"),
    _nvd("CVE-2026-25917", _AIRFLOW, "low", "code in the API server by an XCom's extra link", fixed="3.2.0"),
    _nvd("CVE-2026-30912", _AIRFLOW, "high", "stack traces of SQL errors in answers of the API", fixed="3.2.0"),
    _nvd("CVE-2026-31987", _AIRFLOW, "high", "tokens of tasks in logs", fixed="3.2.0"),
    _nvd("CVE-2026-32228", _AIRFLOW, "high", "Dags triggered without the right to them", fixed="3.2.0"),
    _nvd("CVE-2026-33858", _AIRFLOW, "high", "code in the API server by an XCom", fixed="3.2.0"),
    _nvd("CVE-2026-42359", _AIRFLOW, "high", "code in the triggerer by an XCom that was patched", fixed="3.2.2"),
    _nvd("CVE-2026-45360", _AIRFLOW, "high", "code in the scheduler by a reference of a deadline", fixed="3.2.2"),
    _nvd("CVE-2026-45426", _AIRFLOW, "medium", "logs of other Dags with a worker's token", fixed="3.2.2"),
    _nvd("CVE-2026-26007", "cryptography", "high", "SECT curves, which this product does not use", fixed="46.0.5"),
    _nvd("CVE-2026-34073", "cryptography", "low", "name constraints of certificates, unused here", fixed="46.0.6"),
    _nvd("CVE-2026-39892", "cryptography", "medium", "buffers that are not contiguous, unused here", fixed="46.0.7"),
    _nvd("CVE-2024-56326", "jinja2", "medium", "breakout of the sandbox by str.format", fixed="3.1.5"),
    _nvd("CVE-2025-27516", "jinja2", "medium", "breakout of the sandbox by the filter attr", fixed="3.1.6"),
    _nvd("CVE-2024-47081", "requests", "medium", "credentials of .netrc to another host", fixed="2.32.4"),
    _nvd("CVE-2026-21441", "urllib3", "high", "decompression without limit at a redirect", since="1.22", fixed="2.6.3"),
    _nvd("CVE-2026-44432", "urllib3", "high", "decompression without limit in streams", since="2.6.0", fixed="2.7.0"),
)


def dependencies() -> tuple[Dependency, ...]:
    """Return the packages that are installed here, with the advisories that their versions have."""
    return tuple(_installed())


def _installed() -> Iterator[Dependency]:
    for package, role in PACKAGES.items():
        try:
            found = version(package)
        except PackageNotFoundError:
            continue
        yield Dependency(package=package, version=found, role=role, advisories=advisories_of(package, found))


def advisories_of(package: str, found: str) -> tuple[Advisory, ...]:
    """Return the advisories of the table that a version has."""
    return tuple(
        one
        for one in ADVISORIES
        if one.package == package and _number(one.since or "0") <= _number(found) < _number(one.fixed)
    )


def _number(text: str) -> tuple[int, ...]:
    """Return a version's release, without zeros at its end. A pre-release counts as its release."""
    release = re.match(r"\d+(?:\.\d+)*", text)
    parts = [int(part) for part in release[0].split(".")] if release else []
    while parts and parts[-1] == 0:
        parts.pop()
    return tuple(parts)
