"""The routes by which a value reaches Airflow's database or logs past any XCom backend, with what a scan found there.

The list is that of SECURITY.md, and of what Airflow 3.3 stores besides XComs. A source is named as ``audit scan`` names
it.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import Final

from secure_xcom.ops.audit.finding import Scan, Source, State
from secure_xcom.ops.audit.report.pack import Route


@dataclass(frozen=True, slots=True, kw_only=True)
class _Known:
    """``sources`` are names of sources, or how they begin."""

    name: str
    how: str
    cure: str
    sources: tuple[str, ...]


_KNOWN: Final = (
    _Known(
        name="REST API",
        how="POST and PATCH of an XCom write a plain value, and the server asks no backend",
        cure="leave XCom write access to few roles; declare contracts, whose readers refuse a plain value",
        sources=("xcom",),
    ),
    _Known(
        name="trigger events",
        how="the server pushes the XComs of a TriggerEvent",
        cure="return no secret from a trigger: look it up in the task",
        sources=("xcom", "trigger"),
    ),
    _Known(
        name="operator extra links",
        how="a link is stored as an XCom of its own, which Airflow reads",
        cure="put no token into the URL of a link",
        sources=("xcom",),
    ),
    _Known(
        name="tasks in other languages",
        how="a Task SDK of another language writes its XComs to the API",
        cure="pass references to secrets between such tasks",
        sources=("xcom",),
    ),
    _Known(
        name="a worker without the backend",
        how="a process whose configuration lacks [core] xcom_backend writes plain values",
        cure="set the backend on workers, triggerer and API server, and run doctor on each",
        sources=("xcom", "xcom archive", "_airflow_deleted"),
    ),
    _Known(
        name="rendered templates",
        how="arguments are rendered into the database before the task runs",
        cure="pull the value in the task's body",
        sources=("rendered",),
    ),
    _Known(
        name="run configuration and notes",
        how="a person types them when triggering a run, or in the UI",
        cure="pass the id of a connection",
        sources=("dag_run", "note", "task_instance_note"),
    ),
    _Known(
        name="variables and connections",
        how="they are stored in plaintext without a Fernet key, or can be opened with a known one",
        cure="set a Fernet key of your own, or use a secrets backend",
        sources=("variable", "connection"),
    ),
    _Known(
        name="task and asset state",
        how="Airflow 3.3 stores them past the XCom backend",
        cure="keep secrets out of state, or set a state store that seals",
        sources=("task_state", "asset_state", "task state", "asset state"),
    ),
    _Known(
        name="asset events and human input",
        how="the extra of an event and the parameters of a human-in-the-loop task are stored as they are",
        cure="keep secrets out of them",
        sources=("asset_event", "asset event", "hitl"),
    ),
    _Known(
        name="Dag files",
        how="code and serialised Dags are stored for the UI, with each literal in them",
        cure="move the literal into a connection, and rotate it",
        sources=("dag_code", "serialized_dag", "dag code", "serialised", "import_error", "import error"),
    ),
    _Known(
        name="task logs",
        how="a task prints a value before it is sealed, or in a form that no mask knows",
        cure="print no secret; set hide_returned_values",
        sources=("task log", "log"),
    ),
)


def routes_around(scan: Scan | None) -> tuple[Route, ...]:
    """Return each route, and how many open findings the scan has at its sources."""
    return tuple(_route(known, scan) for known in _KNOWN)


def _route(known: _Known, scan: Scan | None) -> Route:
    findings, note = (None, "there was no scan") if scan is None else _found(known, scan)
    return Route(name=known.name, how=known.how, cure=known.cure, sources=known.sources, findings=findings, note=note)


def _found(known: _Known, scan: Scan) -> tuple[int | None, str]:
    mine = [source for source in scan.sources if _is_of(source.name, known)]
    count = sum(_is_of(finding.place.source, known) for finding in scan.open_findings)
    gaps = [source for source in mine if source.state not in (State.SCANNED, State.ABSENT)]
    if not mine:
        return (count or None), "the scan names no such source"
    if gaps:
        return (count or None), "; ".join(f"{source.name}: {source.state.value}" for source in _sorted(gaps))
    if all(source.state is State.ABSENT for source in mine):
        return 0, "this Airflow has no such source"
    return count, "looked at whole"


def _is_of(name: str, known: _Known) -> bool:
    plain = name.lower()
    # ``log`` is Airflow's event log and ``task log`` its files: neither begins like the other.
    return any(plain == source or (source != "xcom" and plain.startswith(source)) for source in known.sources)


def _sorted(sources: list[Source]) -> list[Source]:
    return sorted(sources, key=lambda source: source.name)
