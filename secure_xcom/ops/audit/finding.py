"""``Scan``: what a scan of a live Airflow found, and what it did not look at. No field holds a secret.

``audit scan`` writes it, ``audit report`` and CI read it. Its JSON is the msgspec encoding of these types.
"""

from __future__ import annotations

import json
from dataclasses import dataclass
from enum import StrEnum, unique

import msgspec


@unique
class Severity(StrEnum):
    """How bad a finding is, from the worst down. ``--fail-on`` compares by ``rank``."""

    CRITICAL = "critical"
    HIGH = "high"
    MEDIUM = "medium"
    LOW = "low"

    @property
    def rank(self) -> int:
        """0 for the worst."""
        return list(Severity).index(self)


@unique
class State(StrEnum):
    """What became of one source."""

    SCANNED = "scanned"
    PARTLY = "partly"
    """Some of its rows could not be looked at, or the scan was cut short, by a limit or a failure."""
    UNREADABLE = "unreadable"
    """It is there and could not be read at all."""
    ABSENT = "absent"
    """This Airflow has no such table, or keeps no such files."""
    LEFT_OUT = "left out"
    """The operator asked for other sources."""


@dataclass(frozen=True, slots=True, kw_only=True, order=True)
class Place:
    """Where a secret lies: a source, such as ``xcom`` or ``task log``, and a row or file of it.

    ``part`` is the path within the value, as the operator's patterns write it. A ``line`` counts from 1, and is 0 where
    there are no lines.
    """

    source: str
    dag_id: str = ""
    run_id: str = ""
    task_id: str = ""
    map_index: int = -1
    name: str = ""
    """The XCom's key, the variable's or connection's id, the file's path below its root, or the row's id."""
    column: str = ""
    part: str = ""
    line: int = 0


@dataclass(frozen=True, slots=True, kw_only=True)
class Finding:
    """One secret in plaintext. The same secret at one kind of place (all runs of a task, say) is one finding.

    ``fingerprint`` is a keyed HMAC over rule, place without its run, and the secret: it stays the same from scan to
    scan with one key, and tells nothing without it. Times are ISO 8601 in UTC, empty if the source has none.
    """

    fingerprint: str
    rule: str
    severity: Severity
    place: Place
    """The one seen last."""
    excerpt: str
    """What the secret looks like, masked: its kind, length class and at most what its rule's public prefix says."""
    count: int = 1
    first_seen: str = ""
    last_seen: str = ""
    accepted: str = ""
    """Why it was accepted, and by whom, of a finding that the baseline has; empty of any other."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Source:
    """What was looked at of one source: counts of rows (or files), and of those passed over, by reason."""

    name: str
    state: State
    looked_at: int = 0
    total: int | None = None
    """``None`` if it was not counted."""
    passed_over: dict[str, int]
    """Reasons in words, such as ``larger than 16 MiB``, with how many."""
    problem: str = ""
    """Why it is partly or not readable."""
    protected: int = 0
    """Values that this backend sealed, or that Airflow encrypted with a key of the operator's."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Scan:
    """One scan. ``is_complete`` is off as soon as one source that was asked for was not looked at whole."""

    began: str
    ended: str
    airflow: str
    """The schema's revision as Airflow names it, or empty."""
    product: str
    """This package's version."""
    database: str
    """The kind of database alone, such as ``postgresql``: never its address."""
    sources: tuple[Source, ...]
    findings: tuple[Finding, ...]

    @property
    def is_complete(self) -> bool:
        """Whether each source that was asked for was looked at whole."""
        return not any(source.state in (State.PARTLY, State.UNREADABLE) for source in self.sources)

    @property
    def open_findings(self) -> tuple[Finding, ...]:
        """The findings that no baseline accepts."""
        return tuple(finding for finding in self.findings if not finding.accepted)


def as_text(value: object, indent: int | None = None) -> str:
    """Return the JSON of a scan, or of its state, in ASCII, so that no terminal takes a name for more than text.

    A lone surrogate, which the name of a file may hold, is replaced by its escape: no parser has to accept one.
    """
    return json.dumps(_encodable(msgspec.to_builtins(value)), indent=indent)


def _encodable(value: object) -> object:
    match value:
        case str():
            return value.encode("utf-8", "backslashreplace").decode()
        case dict():
            return {_encodable(name): _encodable(item) for name, item in value.items()}
        case list() | tuple():
            return [_encodable(item) for item in value]
    return value
