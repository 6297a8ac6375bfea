"""OCSF 1.6.0 (Open Cybersecurity Schema Framework): an API Activity event (6003) a line.

API Activity, and not Datastore Activity (6005): an entry names the caller, the operation and the resource, and says
nothing of the database, bucket or table that the latter demands. What OCSF has no attribute for is ``unmapped``.
"""

from __future__ import annotations

import re
from collections.abc import Mapping, Sequence
from typing import TYPE_CHECKING, Any, Final
from urllib.parse import quote

from secure_xcom.model.entry import Outcome
from secure_xcom.model.event import Event
from secure_xcom.ops.audit.events.fields import PRODUCT, fields, operator_of, sentence, uid
from secure_xcom.ops.audit.events.jsonl import line

if TYPE_CHECKING:
    from secure_xcom.ledger.reading import Recorded
    from secure_xcom.model.coordinates import Coordinates, TaskInstance
    from secure_xcom.model.entry import Entry

VERSION: Final = "1.6.0"
"""Of the schema, from which the numbers and names in this module are: schema.ocsf.io/1.6.0/classes/api_activity."""

_CLASS_UID: Final = 6003
_CLASS_NAME: Final = "API Activity"

_CREATE, _READ, _UPDATE, _DELETE = (1, "Create"), (2, "Read"), (3, "Update"), (4, "Delete")
_ACTIVITY: Final = {
    Event.WRITE: _CREATE,
    Event.READ: _READ,
    Event.REVEAL: _READ,
    Event.CLAIM: _UPDATE,
    Event.CONSUME: _UPDATE,
    Event.RELEASE: _UPDATE,
    Event.PURGE: _DELETE,
}
_OTHER: Final = 99
"""For any other event; its name is then the source's own."""

_SEVERITY: Final = {
    Outcome.DONE: (1, "Informational"),
    Outcome.EXPIRED: (2, "Low"),
    Outcome.REFUSED: (3, "Medium"),
    Outcome.FAILED: (3, "Medium"),
}
_SUCCESS, _FAILURE = (1, "Success"), (2, "Failure")

_TASK: Final = "Airflow task instance"
_HOSTNAME: Final = re.compile(r"[A-Za-z0-9._-]{1,253}")


def encode(batch: Sequence[Recorded], product_version: str) -> str:
    """Return an event for each entry, each on a line. ``product_version`` is this package's."""
    return "".join(line(_event(one, product_version)) for one in batch)


def _event(recorded: Recorded, product_version: str) -> dict[str, Any]:
    entry = recorded.entry
    activity_id, activity = _ACTIVITY.get(entry.event, (_OTHER, entry.event.value.capitalize()))
    severity_id, severity = _SEVERITY[entry.outcome]
    status_id, status = _SUCCESS if entry.outcome is Outcome.DONE else _FAILURE
    event = {
        "metadata": _metadata(recorded, product_version),
        "time": entry.at,
        "category_uid": 6,
        "category_name": "Application Activity",
        "class_uid": _CLASS_UID,
        "class_name": _CLASS_NAME,
        "activity_id": activity_id,
        "activity_name": activity,
        "type_uid": _CLASS_UID * 100 + activity_id,
        "type_name": f"{_CLASS_NAME}: {activity}",
        "severity_id": severity_id,
        "severity": severity,
        "status_id": status_id,
        "status": status,
        "status_code": entry.error or entry.outcome.value,
        "status_detail": entry.detail,
        "message": sentence(entry),
        "actor": _actor(entry),
        "api": {"operation": entry.event.value, "service": {"name": PRODUCT}},
        "src_endpoint": _endpoint(entry.host),
        "resources": [_resource(entry)],
        "unmapped": fields(recorded),
    }
    return _filled(event)


def _metadata(recorded: Recorded, product_version: str) -> dict[str, Any]:
    product = {"name": PRODUCT, "vendor_name": PRODUCT, "version": product_version}
    place = {"uid": uid(recorded), "sequence": recorded.number, "log_name": "ledger"}
    return {"version": VERSION, "product": product, "event_code": recorded.entry.event.value, **place}


def _actor(entry: Entry) -> dict[str, Any]:
    if (actor := entry.actor) is None:
        operator, _ = operator_of(entry)
        return {"app_name": PRODUCT} | ({"user": {"name": operator}} if operator else {})
    name = {"uid": _path(actor, str(actor.try_number)), "name": actor.task_id, "domain": actor.dag_id}
    return {"app_name": "Apache Airflow", "user": _filled({**name, "type_id": _OTHER, "type": _TASK})}


def _resource(entry: Entry) -> dict[str, Any]:
    where = entry.where
    kind = "Airflow XCom" if where.key else "Airflow Dag run"
    found = {"uid": _path(where, where.key), "name": where.key, "namespace": where.dag_id, "type": kind}
    return _filled(found)


def _endpoint(host: str) -> dict[str, Any]:
    """Return the host by its name; ``name`` takes any text, and one of the two must be there."""
    return {"hostname": host} if _HOSTNAME.fullmatch(host) else {"name": host or "unknown"}


def _path(where: Coordinates | TaskInstance, last: str) -> str:
    parts = (where.dag_id, where.run_id, where.task_id, str(where.map_index), last)
    return "/".join(quote(part, safe="", errors="backslashreplace") for part in parts)


def _filled(attributes: Mapping[str, Any]) -> dict[str, Any]:
    """Leave out what is empty, as OCSF does."""
    return {name: value for name, value in attributes.items() if value not in ("", None)}
