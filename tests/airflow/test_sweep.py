"""secure-xcom in a running Airflow: every consumer gets its value, and nobody else does, wherever they look."""

from __future__ import annotations

import re
from collections.abc import Iterator
from urllib.parse import quote

import pytest

from secure_xcom.model.object_name import reference_of
from tests.airflow.cases import CASES, FAILING_RUN, FAILING_TASK, rendered_with_the_pin
from tests.airflow.facts import LISTS_SHOW_PLACEHOLDERS, REFUSES_IN_WORDS
from tests.airflow.harness.browser import CHROMIUM
from tests.airflow.harness.sweep import Outcome

pytestmark = pytest.mark.airflow

SEARCHED = [
    "database",
    "task logs",
    "component output",
    "rest",
    "processes",
    "ledger",
]
"""Where a run always leaves something to be searched."""


LEDGER_KEY = "/secure-xcom/ledger/-1/chain-key/"
"""A store that encrypts by itself keeps the keys of the ledger too."""


def test_every_consumer_gets_the_exact_value(outcome: Outcome) -> None:
    assert outcome.verdicts == dict.fromkeys(CASES, "ok")


def test_only_the_task_that_is_meant_to_fail_does(outcome: Outcome) -> None:
    assert [task for task, state in outcome.tasks.items() if state != "success"] == [FAILING_TASK], outcome.told
    assert [run for run, state in outcome.states.items() if state != "success"] == [FAILING_RUN]


@pytest.mark.parametrize("channel", [*SEARCHED, "temporary files"])
def test_no_canary_is_in(channel: str, outcome: Outcome) -> None:
    assert outcome.hits[channel] == []
    assert outcome.searched[channel] > 0 or channel not in SEARCHED


def test_no_canary_is_in_a_review_pack(outcome: Outcome) -> None:
    assert outcome.hits.get("review pack", []) == []
    assert (outcome.searched.get("review pack", 0) > 0) is outcome.with_browser


def test_a_scan_has_no_finding_in_xcoms_nor_in_what_follows_from_them(outcome: Outcome) -> None:
    if outcome.scan is not None:
        assert outcome.scan.canaries == frozenset()
        following = {"xcom", "rendered_task_instance_fields", "task_instance", "task_instance_history", "task log"}
        found = [(one.rule, one.place) for one in outcome.scan.findings if one.place.source in following]
        assert found == []
        assert sum(source.protected for source in outcome.scan.sources if source.name == "xcom") > 0


def test_no_canary_is_on_a_page_that_a_browser_shows(outcome: Outcome) -> None:
    if outcome.with_browser and not CHROMIUM.exists():
        pytest.skip("there is no browser: apt-get install chromium")
    assert outcome.hits.get("browser", []) == []
    assert (outcome.searched.get("browser", 0) > 0) is outcome.with_browser


def test_no_canary_was_ever_in_the_database_file(outcome: Outcome) -> None:
    assert outcome.hits["database file"] == []


def test_no_canary_is_in_the_bytes_that_the_store_keeps(outcome: Outcome) -> None:
    assert outcome.hits["store"] == []
    assert outcome.stored


def test_the_api_answers_every_question_of_the_sweep(outcome: Outcome) -> None:
    failed = {place for place, status in outcome.statuses.items() if status >= 500 or status == 422}
    assert failed == (set() if LISTS_SHOW_PLACEHOLDERS else {*_loading_a_placeholder(outcome)})
    assert sum(status == 200 for status in outcome.statuses.values()) > 500


def _loading_a_placeholder(outcome: Outcome) -> Iterator[str]:
    """Yield the requests that have an XCom loaded, of those that have a placeholder in a list."""
    for place, row in outcome.rows.items():
        dag_id, run_id, task_id, map_index, key = place.split("/", 4)
        path = f"dagRuns/{run_id}/taskInstances/{task_id}/xcomEntries/{quote(key, safe='')}?deserialize=true&"
        if _lists_a_placeholder(row):
            asked = (one for one in outcome.statuses if f"/{dag_id}/{path}" in one)
            yield from (one for one in asked if f"map_index={map_index} " in one)


def _lists_a_placeholder(node: object, *, within: bool = False) -> bool:
    if isinstance(node, dict):
        is_placeholder = node.get("__classname__") == "secure_xcom.Sealed"
        return (is_placeholder and within) or any(_lists_a_placeholder(child, within=within) for child in node.values())
    return isinstance(node, list) and any(_lists_a_placeholder(child, within=True) for child in node)


def test_an_argument_with_a_secret_too_short_to_be_masked_shows_nothing_of_it(outcome: Outcome) -> None:
    expected = rendered_with_the_pin("***")
    assert {place: outcome.rendered[place] | fields for place, fields in expected.items()} == {
        place: outcome.rendered[place] for place in expected
    }
    assert not any(outcome.pin in str(outcome.rendered[place]) for place in expected)


def test_the_store_holds_the_objects_that_rows_refer_to_and_no_other(outcome: Outcome) -> None:
    """So the objects of a failed try, of a second push and of a push before a deferral are gone."""
    values = {name for name in outcome.stored if LEDGER_KEY not in name}
    references = {reference for row in outcome.rows.values() for reference in _references(row)}
    assert (len(values), {reference_of(name) for name in values}) == (len(references), references)


def test_the_xcom_list_shows_a_placeholder(outcome: Outcome) -> None:
    # On one line; PostgreSQL's jsonb has an order of its own.
    shown = re.fullmatch(r"secure_xcom\.Sealed@version=1\((.*)\)", outcome.shown)
    assert shown is not None
    parts = dict(part.split("=", 1) for part in re.split(", ?", shown[1].replace("'", "")))
    assert parts.keys() == {"rule", "store", "ref"}
    assert parts["rule"] == "name-token"
    assert parts["ref"].startswith("first/-1/")


def test_what_is_not_sensitive_stays_readable(outcome: Outcome) -> None:
    row = outcome.rows["canary_values/main/make_customer/-1/return_value"]
    assert (row["user"], row["count"], row["ratio"]) == ("ann", 3, 0.5)
    assert row["nested"][1]["rows"][:2] == [1, 2]


@pytest.mark.parametrize("method", ["POST", "PATCH"])
def test_the_public_api_refuses_a_placeholder(method: str, outcome: Outcome) -> None:
    assert outcome.refusals[method] in ((400, 422) if REFUSES_IN_WORDS else (500,))
    assert "canary_giver/first/give/-1/forged" not in outcome.rows


def test_a_task_that_seals_nothing_imports_no_cloud_sdk(outcome: Outcome) -> None:
    # What else it loads is listed in ``test_first_push``.
    assert {"boto3", "botocore", "hvac"}.isdisjoint(name.partition(".")[0] for name in outcome.modules)


def _references(node: object) -> set[str]:
    if isinstance(node, dict):
        if node.get("__classname__") == "secure_xcom.Sealed":
            return {node["__data__"]["ref"]}
        node = list(node.values())
    return {one for child in node for one in _references(child)} if isinstance(node, list) else set()
