"""The facts of a pack: from the settings, the ledger, the scan and the policies; and what was not looked at."""

from __future__ import annotations

import os
import tracemalloc
from collections.abc import Iterator
from dataclasses import replace
from pathlib import Path

import pytest

from secure_xcom.errors import LedgerTampered, LedgerUnavailable
from secure_xcom.ledger.cuts import Cut
from secure_xcom.ledger.verification import Verification
from secure_xcom.ledger.walk import Break
from secure_xcom.model.domain import Domain
from secure_xcom.model.entry import Entry
from secure_xcom.model.event import Event
from secure_xcom.ops.audit.finding import Place, Source, State
from secure_xcom.ops.audit.report import around
from secure_xcom.ops.audit.report.access import History, moment
from secure_xcom.ops.audit.report.advisories import ADVISORIES, PACKAGES, advisories_of
from secure_xcom.ops.audit.report.configured import settings_of
from secure_xcom.ops.audit.report.controls import CONTROLS
from secure_xcom.ops.audit.report.formats import Format, render
from secure_xcom.ops.audit.report.gather import pack_of, recorded
from secure_xcom.ops.audit.report.identities import identities_of
from secure_xcom.ops.audit.report.placed import placed
from secure_xcom.ops.audit.report.sections import document
from secure_xcom.settings.routes_file import RoutesFile
from secure_xcom.settings.settings import Settings
from tests.unit.ops.audit.report.samples import (
    BEGAN,
    DAY,
    SMALL_SCAN,
    Entries,
    evidence,
    finding,
    scan,
    sealed,
    settings,
    small,
    traffic,
)
from tests.unit.ops.lineage.traffic import access, read, task, write

CANARY = "".join(["Tz9", "qLm2", "Xw7k"])


def test_no_secret_of_the_settings_is_in_any_format() -> None:
    section = {
        "ledger": f"postgresql+psycopg2://xcom:{CANARY}@db.example.com/xcom",
        "store": f"vault://secret/xcom?auth=approle&role_id={CANARY}",
        "key": f"vault-transit://transit/xcom?auth=approle&role_id={CANARY}",
    }
    pack = pack_of(evidence(settings=settings(section)))
    assert [form for form in Format if CANARY in render(pack, form)] == []
    (ledger,) = (one for one in pack.settings if one.name == "ledger")
    assert ledger.value == "(set)"
    (store,) = (one for one in pack.settings if one.name == "store")
    assert store.value == "vault://secret/xcom with auth, role_id"


def test_an_option_that_nobody_set_is_a_default() -> None:
    changed = {one.name: one.value for one in settings_of(settings({"ttl": "1h"})) if not one.is_default}
    assert changed == {"ttl": "3600"}


def test_days_count_what_was_sealed_read_and_refused() -> None:
    access_ = small().access
    assert access_ is not None
    assert [(day.sealed, day.reads, day.refused) for day in access_.days] == [(1, 2, 1)] * 3
    assert (access_.dags, access_.entries) == (1, 12)


def test_values_that_were_observed_or_plain_are_counted_apart() -> None:
    who = task("load")
    entries = [write(who, "plain"), access(Event.OBSERVE, who, source=who, key="seen")]
    history = History()
    history.see_dag(entries)
    (day,) = history.access().days
    assert (day.sealed, day.plain, day.observed) == (0, 1, 1)
    assert history.sealed() == ()


def test_who_read_and_who_was_refused_is_named() -> None:
    access_ = small().access
    assert access_ is not None
    done = {(one.reader_dag_id, one.reader_task_id): one.times for one in access_.readings if one.outcome == "done"}
    assert done == {("billing", "charge"): 3, ("billing", "report"): 3}
    (refusal,) = access_.refusals
    assert (refusal.actor_dag_id, refusal.actor_task_id, refusal.error, refusal.times) == (
        "other",
        "thief",
        "NotGranted",
        3,
    )
    assert (refusal.first, refusal.last) == (moment(BEGAN), moment(BEGAN + 2 * DAY))


def test_a_time_that_no_calendar_has_stops_nothing() -> None:
    wild = replace(sealed(write(task("load", dag="billing"), "k")), at=10**18)
    pack = pack_of(evidence(recorded=recorded(Entries(wild, *traffic()), ["billing"], None)))
    for form in Format:
        render(pack, form)


def test_a_dag_that_only_the_ledger_knows_is_covered() -> None:
    ends = {"c": (1, "m", "billing", "run")}
    found = recorded(Entries(*traffic(), verification=Verification(runs=1, entries=12, breaks=(), ends=ends)), [], None)
    assert found.history is not None
    assert found.history.dags == 1


class Silent(Entries):
    def verify(self, anchor: object = None) -> Verification:
        raise LedgerUnavailable("the ledger's database does not answer")


class Damaged(Entries):
    def stream(self, dag_id: str) -> Iterator[Entry]:
        if dag_id == "damaged":
            raise LedgerTampered("a row of the ledger is damaged")
        return super().stream(dag_id)


def test_a_ledger_that_does_not_answer_is_a_gap() -> None:
    pack = pack_of(evidence(recorded=recorded(Silent(), ["billing"], None)))
    assert (pack.access, pack.verified) == (None, None)
    assert "the ledger does not answer: LedgerUnavailable" in {gap.why for gap in pack.gaps}


def test_the_entries_of_one_dag_that_are_damaged_are_a_gap_and_the_others_are_counted() -> None:
    found = recorded(Damaged(*traffic()), ["billing", "damaged"], None)
    assert found.history is not None
    assert found.history.dags == 1
    assert [gap.what for gap in found.gaps] == ["entries about Dag damaged, or the rest of them"]


def test_what_is_counted_grows_with_keys_and_runs_and_not_with_entries() -> None:
    history, load = History(), task("load")
    tracemalloc.start()
    # Each has texts of its own, as rows have.
    history.see_dag(read(task("use"), load, f"key-{number % 3}") for number in range(20_000))
    peak = tracemalloc.get_traced_memory()[1]
    tracemalloc.stop()
    assert peak < 500_000
    assert [(one.times, one.runs) for one in history.access().readings] == [(6_667, 1), (6_667, 1), (6_666, 1)]


def test_entries_before_a_damaged_one_are_counted_and_the_rest_is_a_gap() -> None:
    class Ending(Entries):
        def stream(self, dag_id: str) -> Iterator[Entry]:
            yield from list(super().stream(dag_id))[:4]
            raise LedgerTampered("a row of the ledger is damaged")

    found = recorded(Ending(*traffic()), ["billing"], None)
    assert found.history is not None
    assert (found.history.dags, found.history.access().entries, len(found.history.access().readings)) == (1, 4, 3)
    assert [gap.why for gap in found.gaps] == ["they cannot be read: LedgerTampered"]


def test_each_part_is_announced_once_and_dags_one_by_one() -> None:
    told: list[tuple[str, int]] = []
    recorded(Entries(*traffic()), ["billing", "other"], None, lambda what, total: told.append((what, total)))
    assert told == [("verify the ledger", 1), *[("read the ledger, a Dag at a time", 2)] * 2]


@pytest.mark.parametrize(
    ("verification", "verdict"),
    [
        (Verification(runs=0, entries=0, breaks=(), ends={}), "There is nothing to verify"),
        (Verification(runs=1, entries=2, breaks=(), ends={}), "The ledger is whole"),
        (
            Verification(
                runs=1, entries=2, breaks=(), cuts=(Cut(dag_id="d", generation=2, problem="p", id="i"),), ends={}
            ),
            "The chains hold, with 1 cut",
        ),
        (
            Verification(runs=1, entries=2, breaks=(Break(dag_id="d", run_id="r", number=1, problem="p"),), ends={}),
            "The ledger is broken in 1 place",
        ),
    ],
    ids=["empty", "whole", "cut", "broken"],
)
def test_the_verdict_on_the_ledger(verification: Verification, verdict: str) -> None:
    found = recorded(Entries(verification=verification), [], None)
    assert found.verified is not None
    assert found.verified.verdict == verdict
    assert "none was given" in found.verified.anchor
    anchored = recorded(Entries(verification=verification), [], {}).verified
    assert anchored is not None
    assert anchored.anchor == "compared with an earlier verification"


def test_a_pack_without_a_scan_says_so() -> None:
    pack = pack_of(evidence(scan=None))
    assert "no scan was given with --scan" in {gap.why for gap in pack.gaps}
    for form in (Format.HTML, Format.MARKDOWN):
        assert "There was no scan" in render(pack, form)
    assert {one.findings for one in pack.routes_around} == {None}


def test_what_the_scan_did_not_look_at_whole_is_a_gap() -> None:
    gaps = {gap.what: gap.why for gap in small().gaps}
    assert gaps["variable of the scan"] == "permission denied"
    assert gaps["task log of the scan"] == "a limit"
    assert gaps["2 rows or files of task log"] == "larger than 16 MiB"


@pytest.mark.parametrize(
    ("route", "findings", "note"),
    [
        ("REST API", 2, "looked at whole"),
        ("rendered templates", 0, "looked at whole"),
        ("variables and connections", None, "variable: unreadable"),
        ("task logs", 1, "task log: partly"),
        ("task and asset state", None, "the scan names no such source"),
    ],
)
def test_each_route_around_the_backend_says_what_was_found_there(route: str, findings: int | None, note: str) -> None:
    (found,) = (one for one in small().routes_around if one.name == route)
    assert (found.findings, found.note) == (findings, note)


def test_a_source_that_this_airflow_lacks_holds_nothing() -> None:
    absent = scan(sources=(Source(name="task_state_store", state=State.ABSENT, passed_over={}),))
    (found,) = (one for one in around.routes_around(absent) if one.name == "task and asset state")
    assert (found.findings, found.note) == (0, "this Airflow has no such source")


@pytest.mark.parametrize(
    ("source", "route"),
    [
        ("_airflow_deleted__xcom__20260101000000", "a worker without the backend"),
        ("log", "event log"),
        ("task log", "task logs"),
        ("a_table_of_a_later_airflow", "other sources"),
        ("xcom_of_a_plugin", "other sources"),
    ],
)
def test_each_source_belongs_to_a_route(source: str, route: str) -> None:
    seen = Source(name=source, state=State.SCANNED, passed_over={})
    found = around.routes_around(scan(finding(place=Place(source=source)), sources=(seen,)))
    assert [one.findings for one in found if one.name == route] == [1]
    assert route in {"other sources", "task logs", "event log"} or all(one.name != "other sources" for one in found)


def test_a_route_that_security_md_names_is_in_the_pack() -> None:
    names = {one.name for one in small().routes_around}
    assert {"REST API", "trigger events", "operator extra links", "tasks in other languages"} <= names
    assert "a worker without the backend" in names


def test_placeholders_are_counted_by_key_with_their_store_and_rule() -> None:
    holder = '{"a": [{"__classname__": "secure_xcom.Sealed", "__version__": 1, "__data__": %s}]}'
    good = holder % '{"rule": "name-password", "store": "file", "ref": "x"}'
    rows = [("d", "t", "k", good), ("d", "t", "k", good), ("d", "t", "k", holder % "{}"), ("d", "t", "k", None)]
    long = ("d", "t", "k", holder % f'{{"rule": "{"r" * 101}", "store": "file", "ref": "x"}}')
    found, unread = placed([*rows, ("d", "t", "k", '"only secure_xcom.Sealed"'), ("d", "t", "k", "[" * 100_000), long])
    (((placeholder, count),),) = found.values()
    assert (placeholder.rule, placeholder.store, placeholder.ref, count) == ("name-password", "file", "", 2)
    assert unread == 4


def test_a_key_that_only_the_database_knows_is_listed() -> None:
    (one,) = pack_of(evidence(recorded=recorded(Entries(), [], None))).sealed
    assert (one.writes, one.rows, one.stores, one.rules) == (0, 3, ("file",), ("name-password",))


AWS = {
    "store": "s3://bucket/xcom?role_arn=arn:aws:iam::111122223333:role/airflow-xcom",
    "key": "aws-kms:///arn:aws:kms:eu-west-1:111122223333:key/1234abcd-12ab-34cd-56ef-1234567890ab",
}


@pytest.mark.parametrize(
    ("section", "kind", "has_rights"),
    [
        ({}, "the worker's user", False),
        ({"store": "vault://secret/xcom?auth=approle&role_id=xcom-{domain}"}, "Vault", True),
        ({"store": "vault://secret/xcom"}, "Vault", False),
        (AWS, "AWS", True),
        ({"store": "redis://localhost/x", "key": "local:///srv/keyring.json"}, "redis://", False),
    ],
    ids=["local", "vault", "vault-token", "aws", "redis"],
)
def test_the_policies_that_the_settings_generate_are_listed(
    section: dict[str, str | None], kind: str, has_rights: bool
) -> None:
    domains = ((Domain("billing"), (Domain("report"),)), (Domain("report"), ()))
    (found,) = identities_of(settings(section), domains)
    assert found.kind == kind
    assert bool(found.permissions) is has_rights
    assert bool(found.problem) is not has_rights
    assert "\n" not in found.problem


def test_domains_have_their_readers_and_lifetimes() -> None:
    routes = RoutesFile.parse({"dag": {"etl": {"readers": ["report"], "ttl": "2h"}}})
    pack = pack_of(evidence(settings=replace(settings({"ttl": "24h"}), routes=routes)))
    assert [(one.readers, one.ttl, one.reason_of_ttl) for one in pack.domains] == [
        (("Dag 'report'",), "7200 seconds", "the routes file"),
        ((), "86400 seconds", "the ttl of all Dags"),
    ]


def test_the_age_of_a_keyring_is_that_of_its_file(tmp_path: Path) -> None:
    (tmp_path / "secure_xcom").mkdir()
    keyring = tmp_path / "secure_xcom" / "keyring.json"
    keyring.write_text(CANARY)
    os.utime(keyring, (1_767_225_600, 1_767_225_600))
    (key,) = pack_of(evidence(settings=Settings.parse({}, tmp_path))).keys
    assert key.changed == "the keyring last changed at 2026-01-01T00:00:00+00:00"


@pytest.mark.parametrize(
    ("package", "version", "found"),
    [
        ("cryptography", "46.0.4", ["CVE-2026-26007", "CVE-2026-34073", "CVE-2026-39892"]),
        ("cryptography", "46.0.6", ["CVE-2026-39892"]),
        ("cryptography", "50.0.2", []),
        ("urllib3", "2.6.3", ["CVE-2026-44432"]),
        ("urllib3", "1.21", []),
        ("apache-airflow-core", "3.2.0", ["CVE-2026-42359", "CVE-2026-45360", "CVE-2026-45426"]),
        ("apache-airflow-core", "3.2.0rc1", ["CVE-2026-42359", "CVE-2026-45360", "CVE-2026-45426"]),
        ("jinja2", "3.1", ["CVE-2024-56326", "CVE-2025-27516"]),
        ("jinja2", "unknown", ["CVE-2024-56326", "CVE-2025-27516"]),
    ],
)
def test_a_version_has_the_advisories_of_its_range(package: str, version: str, found: list[str]) -> None:
    assert [one.id for one in advisories_of(package, version)] == found


def test_each_advisory_is_of_a_listed_package_and_names_its_source() -> None:
    assert {one.package for one in ADVISORIES} <= set(PACKAGES)
    assert all(one.source.startswith("https://") and one.id in one.source for one in ADVISORIES)


def test_each_control_points_to_sections_and_says_what_they_do_not_show() -> None:
    sections = {one.id for one in document(small()).sections}
    assert {section for one in CONTROLS for section in one.evidence} <= sections
    assert all(one.shows and one.limits for one in CONTROLS)
    assert len({one.framework for one in CONTROLS}) == 5
    assert len({(one.framework, one.id) for one in CONTROLS}) == len(CONTROLS)


def test_a_long_table_says_how_many_rows_it_leaves_out_and_the_json_has_them() -> None:
    many = scan(*(finding(number) for number in range(60)))
    pack = pack_of(evidence(scan=many))
    assert "20 more rows are in the JSON." in render(pack, Format.HTML)
    assert render(pack, Format.JSON).count('"fingerprint"') == 60


def test_a_busy_graph_keeps_sixteen_nodes_a_side() -> None:
    owner = task("load", dag="billing")
    entries = [read(task(f"reader{number}"), owner, "k") for number in range(40)]
    page = render(pack_of(evidence(recorded=recorded(Entries(*entries), ["billing"], None))), Format.HTML)
    assert page.count('class="node"') == 1 + 16
    assert "all others" in page


def test_a_year_is_drawn_in_thirty_bars_at_most() -> None:
    who = task("load", dag="billing")
    entries = [sealed(write(who, "k"), day=day) for day in range(0, 365, 7)]
    page = render(
        pack_of(evidence(scan=SMALL_SCAN, recorded=recorded(Entries(*entries), ["billing"], None))), Format.HTML
    )
    chart = page.partition("Writes over time</title>")[2].partition("</svg>")[0]
    assert 20 <= chart.count("<rect") - 3 <= 30
