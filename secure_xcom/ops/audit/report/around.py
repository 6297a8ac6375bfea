"""The routes by which a value reaches Airflow's database or logs past any XCom backend, with what a scan found there.

The list is that of SECURITY.md, and of what Airflow 3.3 stores besides XComs. A source is named as ``audit scan`` names
it.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import Final

from secure_xcom.ops.audit.finding import Scan, State
from secure_xcom.ops.audit.report.pack import Route


@dataclass(frozen=True, slots=True, kw_only=True)
class _Known:
    """``sources`` are names of sources, each with its archives."""

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
        sources=("xcom", "trigger", "callback"),
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
        sources=("xcom",),
    ),
    _Known(
        name="rendered templates",
        how="arguments are rendered into the database before the task runs",
        cure="pull the value in the task's body",
        sources=("rendered_task_instance_fields",),
    ),
    _Known(
        name="run configuration and notes",
        how="a person types them when triggering a run, or in the UI",
        cure="pass the id of a connection",
        sources=("dag_run", "backfill", "dag_run_note", "task_instance_note"),
    ),
    _Known(
        name="variables and connections",
        how="they are stored in plaintext without a Fernet key, or can be opened with a known one",
        cure="set a Fernet key of your own, or use a secrets backend",
        sources=("variable", "connection", "connection_test_request"),
    ),
    _Known(
        name="task and asset state",
        how="Airflow 3.3 stores state, and what a deferred task goes on with, past the XCom backend",
        cure="keep secrets out of state, or set a state store that seals",
        sources=("task_state_store", "asset_state_store", "task_instance", "task_instance_history"),
    ),
    _Known(
        name="asset events and human input",
        how="the extra of an event and the parameters of a human-in-the-loop task are stored as they are",
        cure="keep secrets out of them",
        sources=("asset", "asset_event", "hitl_detail", "hitl_detail_history"),
    ),
    _Known(
        name="event log",
        how="Airflow records requests with their parameters",
        cure="pass no secret in a request's parameters; clean the log with airflow db clean",
        sources=("log",),
    ),
    _Known(
        name="Dag files",
        how="code and serialised Dags are stored for the UI, with each literal in them",
        cure="move the literal into a connection, and rotate it",
        sources=("dag_code", "serialized_dag", "import_error", "dag_bundle"),
    ),
    _Known(
        name="task logs",
        how="a task prints a value before it is sealed, or in a form that no mask knows",
        cure="print no secret; set hide_returned_values",
        sources=("task log", "remote task log"),
    ),
    _Known(
        name="descriptions of pools",
        how="a person types them in the UI",
        cure="keep secrets out of them",
        sources=("slot_pool",),
    ),
)


_ARCHIVE: Final = "_airflow_deleted__"
"""Begins the name of a table in which ``airflow db clean`` keeps what it deletes, before the name of its table."""


def routes_around(scan: Scan | None) -> tuple[Route, ...]:
    """Return each route, and how many open findings the scan has at its sources. No source is left out."""
    rest = _Known(name="other sources", how="they hold what people or Dags wrote", cure=_CURE, sources=_unnamed(scan))
    return tuple(_route(known, scan) for known in (*_KNOWN, rest) if known.sources)


_CURE: Final = "move each finding into a connection or a secrets backend, and rotate it"


def _unnamed(scan: Scan | None) -> tuple[str, ...]:
    """Return the sources that belong to no route, those of which there is a finding alone too."""
    if scan is None:
        return ()
    names = {source.name for source in scan.sources} | {finding.place.source for finding in scan.findings}
    return tuple(sorted(name for name in names if not any(_is_of(name, known) for known in _KNOWN)))


def _route(known: _Known, scan: Scan | None) -> Route:
    findings, note = (None, "there was no scan") if scan is None else _found(known, scan)
    return Route(name=known.name, how=known.how, cure=known.cure, sources=known.sources, findings=findings, note=note)


def _found(known: _Known, scan: Scan) -> tuple[int | None, str]:
    """Return a count only if it is one: of sources that were not looked at whole, zero findings say nothing."""
    mine = [source for source in scan.sources if _is_of(source.name, known)]
    count = sum(_is_of(finding.place.source, known) for finding in scan.open_findings)
    gaps = [source for source in mine if source.state not in (State.SCANNED, State.ABSENT)]
    if not mine:
        return (count or None), "the scan names no such source"
    if gaps:
        told = sorted(f"{source.name}: {source.state.value}" for source in gaps)
        return (count or None), "; ".join(told)
    if all(source.state is State.ABSENT for source in mine):
        return 0, "this Airflow has no such source"
    return count, "looked at whole"


def _is_of(name: str, known: _Known) -> bool:
    return any(name == source or name.startswith(f"{_ARCHIVE}{source}__") for source in known.sources)
