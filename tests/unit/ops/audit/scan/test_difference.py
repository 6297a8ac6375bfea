"""What changed from one scan to the next, and what the example Dag posts of it."""

from __future__ import annotations

from dataclasses import replace
from pathlib import Path

import msgspec
import pytest

from examples.dags import audit_nightly
from secure_xcom.ops.audit.finding import Finding, Place, Scan, Severity, Source, State
from secure_xcom.ops.audit.scan.difference import difference, lines
from tests.unit.ops.audit.report.samples import finding


def scan(*findings: Finding, state: State = State.SCANNED) -> Scan:
    return Scan(
        began="2026-01-01T03:00:00+00:00",
        ended="2026-01-01T03:01:00+00:00",
        airflow="",
        product="1",
        database="sqlite",
        sources=(
            Source(name="xcom", state=state, passed_over={}),
            Source(name="log", state=State.SCANNED, passed_over={}),
        ),
        findings=findings,
    )


ONE, TWO, THREE = finding(1), finding(2, severity=Severity.CRITICAL), finding(3, place=Place(source="log"))


def test_what_is_new_and_what_is_gone_is_told_by_fingerprint() -> None:
    # The run seen last and the count are others each night.
    again = replace(ONE, count=9, place=replace(ONE.place, run_id="another"))
    found = difference(scan(ONE, THREE), scan(again, TWO))
    assert (found.new, found.gone, found.unseen) == ((TWO,), (THREE,), ())


def test_what_stayed_or_was_accepted_is_no_news() -> None:
    assert not difference(scan(ONE), scan(ONE, replace(TWO, accepted="known (me, until 2027-01-01)")))


@pytest.mark.parametrize("state", [State.PARTLY, State.UNREADABLE])
def test_nothing_is_gone_from_a_source_that_was_not_looked_at_whole(state: State) -> None:
    found = difference(scan(ONE), scan(state=state))
    assert (found.gone, found.unseen, found.not_looked_at) == ((), (ONE,), ("xcom",))
    assert lines(found) == ["not looked at whole: xcom"]


def test_nothing_is_gone_from_a_source_that_was_left_out() -> None:
    found = difference(scan(ONE), scan(state=State.LEFT_OUT))
    assert (found.gone, found.unseen, found.not_looked_at) == ((), (ONE,), ())


def test_a_line_has_no_excerpt_and_a_hostile_name_stays_on_it() -> None:
    (line,) = lines(difference(scan(), scan(replace(ONE, place=Place(source="xcom", dag_id="a\nnew: b")))))
    assert line.startswith("new: high content-github-token, xcom: ")
    assert "\n" not in line
    assert "***" not in line


def _written(path: Path, content: Scan) -> Path:
    path.write_bytes(msgspec.json.encode(content))
    return path


def test_the_example_posts_what_changed_and_is_silent_otherwise(tmp_path: Path) -> None:
    before, now = _written(tmp_path / "a", scan(ONE)), _written(tmp_path / "b", scan(TWO))
    assert [line.partition(" ")[0] for line in audit_nightly.message(before, now).splitlines()] == ["new:", "gone:"]
    assert audit_nightly.message(now, now) == ""


def test_the_example_counts_what_a_message_has_no_room_for(tmp_path: Path) -> None:
    many = scan(*(finding(number) for number in range(audit_nightly.MOST_LINES + 3)))
    said = audit_nightly.message(_written(tmp_path / "a", scan()), _written(tmp_path / "b", many)).splitlines()
    assert (len(said), said[-1]) == (audit_nightly.MOST_LINES + 1, "and 3 more")


def test_the_example_is_a_dag_that_scans_and_then_posts() -> None:
    made = audit_nightly.audit_nightly()
    assert {name: set(made.task_dict[name].downstream_task_ids) for name in made.task_dict} == {
        "scan": {"post"},
        "post": set(),
    }


def test_the_password_of_the_examples_database_may_hold_any_character() -> None:
    connection = audit_nightly.Connection(
        conn_id="audit_database",
        conn_type="postgres",
        login="reader",
        password="p@:/?",
        host="db",
        port=5432,
        schema="airflow",
    )
    assert audit_nightly.database_url(connection) == "postgresql+psycopg2://reader:p%40%3A%2F%3F@db:5432/airflow"
