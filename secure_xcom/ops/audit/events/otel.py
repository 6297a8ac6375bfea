"""OpenTelemetry logs as OTLP in JSON lines: a batch a line, as the file exporter and the collector's receiver have it.

A host is a resource, so a line has a ``resourceLogs`` for each host of the batch. Names are those of the semantic
conventions where these have one: ``service.*``, ``host.name``, ``error.type``, ``log.record.uid``.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import TYPE_CHECKING, Any, Final

from secure_xcom.model.entry import Outcome
from secure_xcom.ops.audit.events.fields import PRODUCT, Field, fields, sentence, uid
from secure_xcom.ops.audit.events.jsonl import line

if TYPE_CHECKING:
    from secure_xcom.ledger.reading import Recorded

_SEVERITY: Final = {
    Outcome.DONE: (9, "INFO"),
    Outcome.EXPIRED: (10, "INFO2"),
    Outcome.REFUSED: (13, "WARN"),
    Outcome.FAILED: (17, "ERROR"),
}
"""SeverityNumber and its short name (OpenTelemetry specification, logs data model)."""

_SCOPE: Final = "secure_xcom.ledger"
_ELSEWHERE: Final = ("time", "event", "host", "error", "chain", "number")
"""What the record says in a place of its own, or under the name of a convention."""


def encode(batch: Sequence[Recorded], product_version: str) -> str:
    """Return one line for the batch; an empty batch has none. ``product_version`` is this package's."""
    by_host: dict[str, list[Recorded]] = {}
    for one in batch:
        by_host.setdefault(one.entry.host, []).append(one)
    of_hosts = [_of_host(host, found, product_version) for host, found in by_host.items()]
    return line({"resourceLogs": of_hosts}) if of_hosts else ""


def _of_host(host: str, found: Sequence[Recorded], product_version: str) -> dict[str, Any]:
    resource = {"service.name": PRODUCT, "service.version": product_version, "host.name": host}
    scope = {"name": _SCOPE, "version": product_version}
    logs = {"scope": scope, "logRecords": [_record(one) for one in found]}
    return {"resource": {"attributes": _attributes(resource)}, "scopeLogs": [logs]}


def _record(recorded: Recorded) -> dict[str, Any]:
    entry = recorded.entry
    number, text = _SEVERITY[entry.outcome]
    own = {_own(name): field for name, field in fields(recorded).items() if name not in _ELSEWHERE}
    return {
        # 64-bit numbers are texts in OTLP's JSON.
        "timeUnixNano": str(entry.at * 1_000_000),
        "severityNumber": number,
        "severityText": text,
        "eventName": f"xcom.{entry.event.value}",
        "body": {"stringValue": sentence(entry)},
        "attributes": _attributes({"log.record.uid": uid(recorded), "error.type": entry.error, **own}),
    }


def _own(name: str) -> str:
    return f"xcom.{name.replace('actor_', 'actor.', 1)}"


def _attributes(found: Mapping[str, Field]) -> list[dict[str, Any]]:
    return [{"key": name, "value": _value(field)} for name, field in found.items() if field not in ("", None)]


def _value(field: Field) -> dict[str, Any]:
    # A bool is an int too.
    if isinstance(field, bool):
        return {"boolValue": field}
    return {"intValue": str(field)} if isinstance(field, int) else {"stringValue": field}
