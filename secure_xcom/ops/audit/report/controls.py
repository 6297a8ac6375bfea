"""The control map: which section of the pack is evidence for which control, and what the evidence does not show.

Identifiers and topics are facts about SOC 2 (AICPA trust services criteria of 2017, points of focus of 2022), ISO/IEC
27001:2022 Annex A, PCI DSS 4.0, NIST SP 800-53 revision 5 and CIS Controls version 8. The standards' texts are not
repeated. A row never says that a control is met: that is for the auditor.
"""

from __future__ import annotations

from typing import Final

from secure_xcom.ops.audit.report.pack import Control

_SOC: Final = "SOC 2"
_ISO: Final = "ISO/IEC 27001:2022"
_PCI: Final = "PCI DSS 4.0"
_NIST: Final = "NIST SP 800-53 r5"
_CIS: Final = "CIS Controls v8"

_ENCRYPTED: Final = ("sealed", "keys")
_LEAST: Final = ("identities", "domains", "checks")
_LOGGED: Final = ("access", "verification")

_AT_REST: Final = "what is sealed, and what a scan found in plaintext"
_NOT_AT_REST: Final = "not disks, backups or other databases"
_WHO_MAY: Final = "who may read which domain, by generated policy"
_NOT_WHO_MAY: Final = "not what is applied, nor who approves rights"
_WHO_DID: Final = "each recorded access, and whether the chain holds"
_NOT_WHO_DID: Final = "neither values off the record, nor the readers of a log"
_KEYS: Final = "where keys lie, who may use them, and their age"
_NOT_KEYS: Final = "not the provider's rotation and administration"
_FLAWS: Final = "versions that matter against dated advisories"
_NOT_FLAWS: Final = "no complete list, and no schedule of updates"
_WATCHED: Final = "refusals by day, and failed checks"
_NOT_WATCHED: Final = "not that somebody is alerted, or acts"
_KEPT: Final = "the lifetimes of the sealed values of each domain"
_NOT_KEPT: Final = "not the retention of logs, backups, plain values"


def _row(  # noqa: PLR0913 - a row of the table
    framework: str, ident: str, topic: str, evidence: tuple[str, ...], shows: str, limits: str
) -> Control:
    return Control(framework=framework, id=ident, topic=topic, evidence=evidence, shows=shows, limits=limits)


CONTROLS: Final = (
    _row(_SOC, "CC6.1", "logical access, encryption", (*_ENCRYPTED, "identities", "findings"), _AT_REST, _NOT_AT_REST),
    _row(_SOC, "CC6.3", "least privilege, separation of duties", _LEAST, _WHO_MAY, _NOT_WHO_MAY),
    _row(
        _SOC,
        "CC6.7",
        "data in transmission and movement",
        ("around", "checks"),
        "which routes avoid the backend, and what is there",
        "not the encryption of Airflow's own traffic",
    ),
    _row(_SOC, "CC7.1", "configuration and new weaknesses", ("settings", "checks", "dependencies"), _FLAWS, _NOT_FLAWS),
    _row(_SOC, "CC7.2", "monitoring for anomalies", ("access", "checks"), _WATCHED, _NOT_WATCHED),
    _row(
        _SOC,
        "CC7.3",
        "evaluation of security events",
        ("findings", "access"),
        "what was found, how bad it is, and what is accepted",
        "not that an event was evaluated in time",
    ),
    _row(_ISO, "A.5.15", "access control", ("identities", "domains"), _WHO_MAY, _NOT_WHO_MAY),
    _row(_ISO, "A.5.17", "authentication information", ("findings", "around"), _AT_REST, _NOT_AT_REST),
    _row(_ISO, "A.5.28", "collection of evidence", ("verification",), _WHO_DID, _NOT_WHO_DID),
    _row(_ISO, "A.8.3", "restriction of access to information", _LEAST, _WHO_MAY, _NOT_WHO_MAY),
    _row(_ISO, "A.8.8", "technical vulnerabilities", ("dependencies",), _FLAWS, _NOT_FLAWS),
    _row(_ISO, "A.8.10", "deletion of information", ("domains",), _KEPT, _NOT_KEPT),
    _row(
        _ISO,
        "A.8.11",
        "data masking",
        ("sealed", "checks"),
        "what is sealed, and whether Airflow masks",
        "not secrets that never passed through an XCom",
    ),
    _row(_ISO, "A.8.12", "prevention of data leakage", ("findings", "around"), _AT_REST, _NOT_AT_REST),
    _row(_ISO, "A.8.15", "logging", _LOGGED, _WHO_DID, _NOT_WHO_DID),
    _row(_ISO, "A.8.16", "monitoring", ("access",), _WATCHED, _NOT_WATCHED),
    _row(_ISO, "A.8.24", "use of cryptography", ("keys", "sealed"), _KEYS, _NOT_KEYS),
    _row(
        _PCI,
        "3.5.1",
        "stored account data unreadable",
        ("sealed", "findings"),
        _AT_REST,
        "not where account data is",
    ),
    _row(_PCI, "3.6.1", "protection of keys", ("keys", "identities"), _KEYS, _NOT_KEYS),
    _row(_PCI, "3.7.4", "end of a key's cryptoperiod", ("keys",), _KEYS, _NOT_KEYS),
    _row(_PCI, "6.3.3", "security patches", ("dependencies",), _FLAWS, _NOT_FLAWS),
    _row(_PCI, "7.2.1", "access by need to know", _LEAST, _WHO_MAY, _NOT_WHO_MAY),
    _row(_PCI, "8.6.2", "no passwords in scripts and files", ("findings", "around"), _AT_REST, _NOT_AT_REST),
    _row(_PCI, "10.2.1", "audit logs of access", _LOGGED, _WHO_DID, _NOT_WHO_DID),
    _row(
        _PCI,
        "10.3.4",
        "detection of changed audit logs",
        ("verification",),
        "whether an entry was changed, dropped or cut off",
        "not a ledger replaced before its first anchor",
    ),
    _row(_NIST, "AC-3", "access enforcement", _LEAST, _WHO_MAY, _NOT_WHO_MAY),
    _row(_NIST, "AC-6", "least privilege", ("identities", "checks"), _WHO_MAY, _NOT_WHO_MAY),
    _row(_NIST, "AU-2", "events to log", ("access", "settings"), _WHO_DID, _NOT_WHO_DID),
    _row(
        _NIST,
        "AU-9",
        "protection of audit information",
        ("verification",),
        "whether an entry was changed, dropped or cut off",
        "not who may write to the ledger's database",
    ),
    _row(
        _NIST,
        "AU-10",
        "non-repudiation",
        ("verification",),
        "that a domain's key signed each entry",
        "not which person acted",
    ),
    _row(_NIST, "IA-5", "management of authenticators", ("findings", "around"), _AT_REST, _NOT_AT_REST),
    _row(_NIST, "SC-12", "establishment and management of keys", ("keys",), _KEYS, _NOT_KEYS),
    _row(_NIST, "SC-28", "protection of information at rest", (*_ENCRYPTED, "findings"), _AT_REST, _NOT_AT_REST),
    _row(_NIST, "SI-2", "flaw remediation", ("dependencies",), _FLAWS, _NOT_FLAWS),
    _row(_NIST, "SI-4", "system monitoring", ("access", "checks"), _WATCHED, _NOT_WATCHED),
    _row(_CIS, "3.3", "access control lists of data", _LEAST, _WHO_MAY, _NOT_WHO_MAY),
    _row(_CIS, "3.4", "retention of data", ("domains",), _KEPT, _NOT_KEPT),
    _row(_CIS, "3.11", "encryption of sensitive data at rest", (*_ENCRYPTED, "findings"), _AT_REST, _NOT_AT_REST),
    _row(_CIS, "3.14", "log of access to sensitive data", _LOGGED, _WHO_DID, _NOT_WHO_DID),
    _row(_CIS, "7.4", "patches of applications", ("dependencies",), _FLAWS, _NOT_FLAWS),
    _row(_CIS, "8.2", "collection of audit logs", ("access",), _WHO_DID, _NOT_WHO_DID),
    _row(
        _CIS,
        "16.11",
        "vetted modules for security",
        ("dependencies", "keys"),
        "that the primitives are a kept library's",
        "no review of the code that calls them",
    ),
)
