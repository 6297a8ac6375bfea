"""``play``: run all canary Dags in a stack, then look for the canaries in every place that Airflow shows or stores."""

from __future__ import annotations

import json
from collections.abc import Callable, Iterable, Iterator, Mapping
from dataclasses import dataclass, field
from pathlib import Path
from typing import TYPE_CHECKING

import httpx

from tests.airflow.harness import browser, crawl, packs, places
from tests.airflow.harness.canaries import Canaries, Hit, Searcher
from tests.airflow.harness.client import Client
from tests.airflow.harness.failures import ends_of_logs
from tests.airflow.harness.stack import Stack
from tests.airflow.harness.watch import Watch

if TYPE_CHECKING:
    from tests.airflow.harness.scans import Scanned

DAGS = frozenset(
    f"canary_{name}"
    for name in ("async", "giver", "mapped", "plain", "printed", "reader", "retries", "templates", "values")
)
RUN_SECONDS = 300
_WITH_PINS = frozenset({"use_mapped_pin", "use_pin", "use_pin_text"})
_LOG_LINE = r"\[20\d\d-\d\d-\d\d "
_PAGES = {
    "/xcoms?dag_display_name_pattern=canary_values": "blue",
    browser.task_page("canary_values", "make_customer", "xcom"): "return_value",
    browser.task_page("canary_values", "push_keys", "xcom"): "api_token",
    browser.task_page("canary_values", "use_many", "rendered_templates"): "op_args",
    browser.task_page("canary_templates", "bash_environment", "rendered_templates"): "bash_command",
    browser.task_page("canary_values", "print_everything"): _LOG_LINE,
    browser.task_page("canary_retries", "fail"): _LOG_LINE,
    browser.task_page("canary_printed", "show"): _LOG_LINE,
    browser.task_page("canary_printed", "show", "rendered_templates"): "op_args",
}

Objects = Callable[[], Iterable[tuple[str, bytes]]]


@dataclass(frozen=True, kw_only=True)
class Setup:
    """One deployment: a database, and a backend with its settings. ``objects`` lists its store."""

    database: str
    sealed: bool
    settings: Mapping[str, str] = field(default_factory=dict)
    objects: Objects = lambda: ()
    store_is_readable: bool = True
    """Whether the store's own reader may find plaintext: in Vault's KV it does, since Vault is what encrypts it."""


@dataclass(frozen=True, kw_only=True)
class Outcome:
    """All that the tests ask about, after everything has ended."""

    verdicts: dict[str, str]
    states: dict[tuple[str, str], str]
    tasks: dict[tuple[str, str, str, int], str]
    hits: dict[str, list[Hit]]
    searched: dict[str, int]
    statuses: dict[str, int]
    rows: dict[str, object]
    """What the database holds, by ``dag_id/run_id/task_id/map_index/key``."""
    shown: str
    """The first XCom as the XCom list of the UI gets it."""
    stored: frozenset[str]
    modules: frozenset[str]
    refusals: dict[str, int]
    rendered: dict[tuple[str, str, int], dict[str, object]] = field(repr=False)
    """What the REST API shows of the template fields with a pin, by ``dag_id``, ``task_id`` and ``map_index``."""
    told: dict[tuple[str, str, str, int], str]
    """How the logs end of the tasks that did not succeed."""
    pin: str = field(repr=False)
    """The secret that is too short to be masked, and to be searched for."""
    with_browser: bool = False
    """Whether a browser was to open the UI's pages."""
    scan: Scanned | None = None
    """What ``audit scan`` finds, where a browser was to open pages: once on each database, and of the control."""


def play(setup: Setup, directory: Path, *, routes: Iterable[str], with_browser: bool) -> Outcome:
    """Run everything once; ask these routes of the API; ``with_browser`` opens the UI's pages if there is one."""
    canaries = Canaries.generate()
    canaries.write(directory / "canaries.json")
    verdicts = directory / "verdicts"
    verdicts.mkdir()
    settings = {"CANARY_FILE": str(directory / "canaries.json"), "CANARY_VERDICTS": str(verdicts)}
    if setup.sealed:
        settings |= {"AIRFLOW__CORE__XCOM_BACKEND": "secure_xcom.SecureXComBackend", "CANARY_SEALED": "1"}
    extra = {**settings, **setup.settings}
    stack = Stack(home=directory / "home", database=setup.database, extra=extra, triggers=True)
    searcher = Searcher(canaries)
    search = _Search(searcher)
    with stack, Watch(lambda: [process.pid for process in stack.processes.values()], stack.temporary) as watch:
        stack.wait_for_dags(set(DAGS))
        with stack.client("admin") as admin, stack.client("viewer") as viewer:
            states = run_dags(admin, canaries)
            answers = list(crawl.answers(viewer, admin, crawl.requests(admin, routes)))
            search("rest", answers)
            shown = _as_the_list_shows_it(viewer)
            tasks, rendered = _states(admin), _rendered(admin)
        # Last, with a client of its own: Airflow 3.1 closes the connection instead of answering.
        with stack.client("admin") as forger:
            refusals = _write_placeholders(forger) if setup.sealed else {}
        if with_browser and browser.CHROMIUM.exists():
            with browser.logged_in(stack.url) as page:
                search("browser", browser.shown(page, stack.url, _PAGES))
        search("temporary files", [*places.files(stack.temporary), *watch.seen("file")])
    search("processes", watch.seen("process"))
    search("shells", watch.seen("shell"))
    search("database", places.database(setup.database))
    search("database file", places.database_file(setup.database))
    search("task logs", places.files(stack.logs))
    search("component output", places.files(stack.output))
    search("ledger", places.files(stack.home / "secure_xcom", "ledger.db*"))
    if setup.sealed and with_browser:
        search("review pack", packs.review_packs(stack))
    objects = dict(setup.objects())
    search("store", places.stored(objects.items()))
    return Outcome(
        verdicts=_read_verdicts(verdicts),
        states=states,
        tasks=tasks,
        hits=search.hits,
        searched=search.searched,
        statuses={place.rpartition(": ")[0]: int(place.rpartition(": ")[2]) for place, _ in answers},
        rows=places.xcom_rows(setup.database),
        shown=shown,
        stored=frozenset(objects),
        modules=frozenset(json.loads((directory / "modules.json").read_text())),
        refusals=refusals,
        rendered=rendered,
        told=ends_of_logs(stack.logs, (task for task, state in tasks.items() if state != "success")),
        pin=str(canaries.values["pin"]),
        with_browser=with_browser,
        scan=_scanned(setup.database, stack.logs, searcher) if with_browser else None,
    )


def run_dags(admin: Client, canaries: Canaries) -> dict[tuple[str, str], str]:
    """Start every Dag, and what needs an earlier run when that has ended; return how each run ended."""
    for connection_id, password in (("canary", "connection"), ("canary_odd", "connection-odd")):
        connection = {"connection_id": connection_id, "conn_type": "postgres", "host": "db", "login": "ann"}
        answer = admin.http.post("/api/v2/connections", json={**connection, "password": canaries.values[password]})
        assert answer.status_code == 201, answer.text
    # No other Dag has a run of the giver's names: Airflow 3.1 would repeat a value that is pulled with prior dates.
    first, second = ("canary_giver", "first"), ("canary_giver", "second")
    alone = {(dag_id, browser.RUN_ID) for dag_id in DAGS - {"canary_giver"}}
    reader = ("canary_reader", browser.RUN_ID)
    for dag_id, run_id in (first, *sorted(alone - {reader})):
        admin.trigger(dag_id, run_id, "2026-01-01T00:00:00Z")
    admin.wait_for_runs({first}, RUN_SECONDS)
    for dag_id, run_id in (second, reader):
        admin.trigger(dag_id, run_id, "2026-01-02T00:00:00Z")
    return admin.wait_for_runs({first, second, *alone}, RUN_SECONDS)


class _Search:
    def __init__(self, searcher: Searcher) -> None:
        self._searcher = searcher
        self.hits: dict[str, list[Hit]] = {}
        self.searched: dict[str, int] = {}

    def __call__(self, channel: str, documents: Iterable[tuple[str, bytes]] | Iterator[tuple[str, bytes]]) -> None:
        self.hits[channel], self.searched[channel] = self._searcher.search(channel, documents)


def _states(admin: Client) -> dict[tuple[str, str, str, int], str]:
    rows = admin.task_instances()
    return {(row["dag_id"], row["dag_run_id"], row["task_id"], row["map_index"]): row["state"] for row in rows}


def _rendered(admin: Client) -> dict[tuple[str, str, int], dict[str, object]]:
    # One by one: the list of Airflow 3.1 has no fields.
    rows = map(admin.task_instance, (row for row in admin.task_instances() if row["task_id"] in _WITH_PINS))
    return {(row["dag_id"], row["task_id"], row["map_index"]): row["rendered_fields"] for row in rows}


def _scanned(database: str, logs: Path, searcher: Searcher) -> Scanned:
    # Each start of pytest reads this module, and this one imports Airflow.
    from tests.airflow.harness.scans import scanned

    return scanned(database, logs, searcher)


def _read_verdicts(directory: Path) -> dict[str, str]:
    rows = (json.loads(path.read_text()) for path in directory.iterdir())
    return {row["case"]: row["verdict"] for row in rows}


def _as_the_list_shows_it(viewer: Client) -> str:
    path = "/api/v2/dags/canary_giver/dagRuns/first/taskInstances/give/xcomEntries/token"
    return str(viewer.http.get(path, params={"deserialize": "true", "stringify": "true"}).json()["value"])


def _write_placeholders(admin: Client) -> dict[str, int]:
    """Try to forge a placeholder through the public API, in both ways it has; return the answers' statuses."""
    path = "/api/v2/dags/canary_giver/dagRuns/first/taskInstances/give/xcomEntries"
    value = admin.http.get(f"{path}/token").json()["value"]
    value = json.loads(value) if isinstance(value, str) else value
    assert value["__classname__"] == "secure_xcom.Sealed"
    return {
        "POST": _status(lambda: admin.http.post(path, json={"key": "forged", "value": value})),
        "PATCH": _status(lambda: admin.http.patch(f"{path}/token", json={"value": value, "map_index": -1})),
    }


def _status(ask: Callable[[], httpx.Response]) -> int:
    """The status of an answer; 500 where the server gives none, as Airflow 3.1 does when its own encoder refuses."""
    try:
        return ask().status_code
    except httpx.TransportError:
        return 500
