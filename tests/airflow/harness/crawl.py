"""Every GET route of Airflow's REST API, the public and the UI's own, asked for every object there is.

The routes are read from Airflow's own OpenAPI documents; a path parameter that this module does not know how to fill
is an error, so that a route of a later version is not left out unseen.
"""

from __future__ import annotations

import importlib.util
import itertools
import re
from collections.abc import Iterable, Iterator, Mapping
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass
from pathlib import Path
from urllib.parse import quote

import httpx
import yaml

from tests.airflow.harness.client import Client

Place = Mapping[str, str]
"""Path parameters of one object."""

_DOCUMENTS = ("v2-rest-api-generated.yaml", "_private_ui.yaml")
_INSTANCE = "/api/v2/dags/{dag_id}/dagRuns/{dag_run_id}/taskInstances/{task_id}"
XCOM_ROUTES = (
    f"{_INSTANCE}/xcomEntries/{{xcom_key}}",
    f"{_INSTANCE}/logs/{{try_number}}",
    f"{_INSTANCE}/{{map_index}}",
)
"""The routes that show most, in every version of the API."""

CONTROL_ROUTES = (*XCOM_ROUTES, "/api/v2/dags/{dag_id}/dagRuns/{dag_run_id}/wait")
"""The routes in whose answers the control must find canaries, so that finding none elsewhere says something."""

_SYNONYMS = {"run_id": "dag_run_id", "task_try_number": "try_number"}
_NO_READING = frozenset(
    {
        "/api/v2/auth/login",
        "/api/v2/auth/logout",
        "/api/v2/backfills",
        "/api/v2/connections/enqueue-test",
        "/ui/backfills",
        "/ui/pending_partitioned_dag_run/{dag_id}",
    }
)
"""Routes that answer a GET with no data of a run: redirects, a connection's test, backfills and partitions."""

_CONCURRENT = 4
_LIMIT = {"limit": "100"}

_OF_NO_CANARY = frozenset(
    {
        "asset_alias_id",
        "asset_id",
        "backfill_id",
        "connection_id",
        "event_log_id",
        "import_error_id",
        "key",
        "option",
        "partition_key",
        "pool_name",
        "section",
        "variable_key",
    }
)
"""Objects that the canary Dags do not make, or that their list shows whole; the lists are asked for."""

_FORMS = [
    {"deserialize": deserialize, "stringify": stringify}
    for deserialize, stringify in itertools.product(("true", "false"), repeat=2)
]
_SINCE = {"start_date": "2026-01-01T00:00:00Z"}
_ACCEPTED: Mapping[str, tuple[str, ...]] = {
    "logs": ("application/json", "application/x-ndjson"),
    "dagSources": ("application/json", "text/plain"),
}


@dataclass(frozen=True, slots=True)
class Request:
    """One GET."""

    path: str
    params: tuple[tuple[str, str], ...] = ()
    accept: str = "application/json"

    def __str__(self) -> str:
        query = "&".join(f"{name}={value}" for name, value in self.params)
        return f"GET {self.path}{'?' if query else ''}{query} ({self.accept})"


def routes() -> list[str]:
    """The path templates of all GET routes of the installed Airflow."""
    found = importlib.util.find_spec("airflow")
    assert found is not None
    (package,) = found.submodule_search_locations or []
    folder = Path(package, "api_fastapi", "core_api", "openapi")
    documents = [yaml.load((folder / name).read_text(), yaml.CSafeLoader) for name in _DOCUMENTS]
    found_routes = [path for document in documents for path, verbs in document["paths"].items() if "get" in verbs]
    return [path for path in found_routes if path not in _NO_READING]


def requests(client: Client, templates: Iterable[str]) -> list[Request]:
    """All requests for all objects that ``client`` sees."""
    places = list(_places(client))
    return list(dict.fromkeys(request for template in templates for request in _fill(template, places)))


def answers(viewer: Client, admin: Client, asked: Iterable[Request]) -> Iterator[tuple[str, bytes]]:
    """Yield (request, answer) as the viewer gets it, or the admin where the viewer is not allowed to ask."""

    def ask(request: Request) -> tuple[str, bytes]:
        who, answer = "viewer", _get(viewer, request)
        if answer[0] == 403:
            who, answer = "admin", _get(admin, request)
        return f"{who} {request}: {answer[0]}", answer[1]

    with ThreadPoolExecutor(_CONCURRENT) as pool:
        yield from pool.map(ask, asked)


def _get(client: Client, request: Request) -> tuple[int, bytes]:
    try:
        answer = client.http.get(request.path, params=request.params, headers={"Accept": request.accept})
    except httpx.TransportError:
        # Airflow 3.1 breaks the connection where a list holds an object that its API would have to load.
        return 500, b""
    return answer.status_code, answer.content + b"\n" + str(dict(answer.headers)).encode()


def _places(client: Client) -> Iterator[Place]:
    yield {}
    for dag_id in client.dag_ids():
        yield {"dag_id": dag_id}
        yield {"dag_id": dag_id, "version_number": "1"}
    for run in client.runs():
        yield {"dag_id": run["dag_id"], "dag_run_id": run["dag_run_id"]}
    for row in client.task_instances():
        instance = {name: str(row[name]) for name in ("dag_id", "dag_run_id", "task_id", "map_index")}
        yield instance
        for number in range(1, max(1, row["try_number"]) + 1):
            yield {**instance, "try_number": str(number)}
    for row in client.xcoms():
        place = {name: str(row[name]) for name in ("dag_id", "task_id", "map_index")}
        yield {**place, "dag_run_id": row["run_id"], "xcom_key": row["key"]}


def _fill(template: str, places: Iterable[Place]) -> Iterator[Request]:
    named = {_SYNONYMS.get(name, name) for name in re.findall(r"{(\w+)}", template)}
    if named & _OF_NO_CANARY:
        return
    # A task instance is found by its map index, in the path or beside it.
    wanted = named | ({"map_index"} if "task_id" in named and "/dagRuns/" in template else set())
    matching = [place for place in places if place.keys() == wanted]
    if not matching and "/tasks/" in template:
        matching = _distinct(places, ("dag_id", "task_id"))
    assert matching or "hitlDetails" in template, f"nothing to fill {template} with"
    for place in matching:
        path = _path(template, place)
        beside = [] if "{map_index}" in template or "map_index" not in place else [("map_index", place["map_index"])]
        for query, accept in itertools.product(_queries(template, place, places), _accepted(template)):
            yield Request(path, (*query, *beside), accept)


def _path(template: str, place: Place) -> str:
    return re.sub(r"{(\w+)}", lambda name: quote(place[_SYNONYMS.get(name[1], name[1])], safe=""), template)


def _distinct(places: Iterable[Place], names: tuple[str, ...]) -> list[Place]:
    rows = {tuple(place[name] for name in names) for place in places if place.keys() >= set(names)}
    return [dict(zip(names, row, strict=True)) for row in sorted(rows)]


def _accepted(template: str) -> tuple[str, ...]:
    return next((formats for step, formats in _ACCEPTED.items() if step in template.split("/")), ("application/json",))


def _queries(template: str, place: Place, places: Iterable[Place]) -> list[list[tuple[str, str]]]:
    """The ways to ask a route for one object: what its query parameters make it show."""
    last = template.split("/")[-1]
    if last == "wait":
        run = place.items()
        tasks = {other["task_id"] for other in places if run <= other.items() and "task_id" in other}
        return [[("interval", "1"), *(("result", task_id) for task_id in sorted(tasks))]]
    if last == "{xcom_key}":
        return [list(form.items()) for form in _FORMS]
    if last == "structure_data":
        return [[("dag_id", other["dag_id"])] for other in places if other.keys() == {"dag_id"}]
    if last == "historical_metrics_data":
        return [list(_SINCE.items())]
    if "logs" in template.split("/"):
        return [[("full_content", "true")], [("full_content", "false")]]
    if "ti_summaries" in template:
        runs = {run["dag_run_id"] for run in places if place.items() <= run.items() and "dag_run_id" in run}
        return [[("run_ids", run_id) for run_id in sorted(runs)]]
    return [list(_LIMIT.items())]
