"""What cannot be masked does not reach the rendered template fields, which Airflow stores and shows."""

from __future__ import annotations

import json
import logging
import os
import subprocess
import sys

import pytest

from tests.root import ROOT

pytest.importorskip("airflow.sdk")

from secure_xcom.airflow.host import AirflowHost
from secure_xcom.airflow.internals import rendering
from secure_xcom.airflow.internals.unmaskable import MOST, Opened
from secure_xcom.model.coordinates import Coordinates

SECRETS = {"a text": ("4711", ["4711"]), "a number": (4711, ["4711"]), "a word": ("Anna", ["anna"])}


def _rendered(secret: object, readable: list[str] | None) -> dict[str, object]:
    environment = os.environ | {"PYTHONPATH": os.pathsep.join(sys.path)}
    command = [sys.executable, "-P", "-W", "ignore", "-m", "tests.airflow.rendered"]
    done = subprocess.run(
        [*command, json.dumps(secret), json.dumps(readable)],
        cwd=ROOT,
        env=environment,
        capture_output=True,
        text=True,
        check=False,
    )
    assert done.returncode == 0, done.stderr
    found: dict[str, object] = json.loads(done.stdout.splitlines()[-1])
    return found


@pytest.fixture(scope="module", params=SECRETS.values(), ids=SECRETS.keys())
def fields(request: pytest.FixtureRequest) -> dict[str, object]:
    """Rendered fields by what the argument was, where the sealed value cannot be masked and is known."""
    return _rendered(*request.param)


@pytest.fixture(scope="module", params=["4711", 4711, {"pin": "0"}], ids=["a text", "a number", "a dict"])
def unknown(request: pytest.FixtureRequest) -> dict[str, object]:
    """Rendered fields by what the argument was, where nobody knows which texts of the value cannot be masked."""
    return _rendered(request.param, None)


def test_an_argument_that_holds_it_shows_stars_and_its_neighbours_show_themselves(
    fields: dict[str, object], unknown: dict[str, object]
) -> None:
    for found in (fields, unknown):
        assert found["an argument"] == "***"
        assert found["within a dict"] == {"pin": "***", "n": 3, "name": "ann"}
        assert found["a template"] == "***"
        # Airflow 3.1 has the items of what a function returns rendered one by one.
        assert found["a function"] in ("***", ["***"])
        assert found["within a named tuple"] == ["***", 1]
        # Airflow 3.1 prints the whole list.
        assert found["within an object"] in (["***", "Setting(open)"], "['***', Setting(open)]")
        assert found["mapped arguments"] == {"pin": "***"}


def test_of_a_value_in_an_argument_the_part_that_holds_it_shows_stars(
    fields: dict[str, object], unknown: dict[str, object]
) -> None:
    assert fields["within a list"] == [{"pin": "***"}, "open"]
    assert fields["within a tuple"] == [["***"], "open"]
    assert unknown["within a list"] == unknown["within a tuple"] == ["***", "open"]


def test_a_part_of_an_argument_that_is_rendered_by_itself_shows_stars(
    fields: dict[str, object], unknown: dict[str, object]
) -> None:
    assert unknown["a part of an argument"] == {"argument": "***", "argument.sql": "***"}
    assert fields["a part of an argument"] == {"argument": {"sql": "***"}, "argument.sql": "***"}


def test_what_was_rendered_with_another_part_of_the_value_shows_itself(
    fields: dict[str, object], unknown: dict[str, object]
) -> None:
    assert fields["a template of another part"] == "host=db1"
    assert fields["an argument with other parts"] == {"all": {"pin": "***", "host": "db1"}}
    assert unknown["a template of another part"] == "***"


def test_an_argument_without_it_shows_what_it_is(fields: dict[str, object]) -> None:
    assert fields["another value"] == "ann"
    assert fields["a function without it"] == ["ann"]
    assert fields["a template of another value"] == "name=ann"


def test_a_number_with_separators_shows_stars() -> None:
    found = _rendered(4711, ["4711"])
    assert found["a number with separators"] == found["a number with points"] == "***"


def test_a_template_that_reads_another_field_shows_stars(fields: dict[str, object]) -> None:
    for what in ("that reads a field", "with a variable", "with braces", "of the runner"):
        assert fields[f"a template {what}"] == "***"
    assert fields["a template with the task's name"] == "make of task.2010"


def test_a_label_of_the_context_shows_stars_if_it_holds_what_was_pulled(fields: dict[str, object]) -> None:
    assert fields["a label from the context"] == "***"
    assert fields["a label of other things"] == "for Berlin"


def test_what_many_tasks_of_one_process_opened_is_held_up_to_a_limit() -> None:
    opened = Opened()
    for number in range(3 * MOST):
        opened.note(frozenset({str(number)}))
    assert opened.since(0) is None
    assert opened.since(3 * MOST - 2) == {str(3 * MOST - 1), str(3 * MOST - 2)}
    assert str(3 * MOST - 1) in opened.known()
    assert len(opened.known()) < MOST


def test_what_an_operator_made_of_its_arguments_shows_stars(fields: dict[str, object]) -> None:
    assert fields["before and after"] == ["open", "***"]


def test_it_is_warned_once_of_each_value_that_cannot_be_masked(
    monkeypatch: pytest.MonkeyPatch, caplog: pytest.LogCaptureFixture
) -> None:
    monkeypatch.setattr(rendering, "hide_unmaskable", lambda: None)
    monkeypatch.setattr(rendering, "_opened", Opened())
    host, places = AirflowHost(), [Coordinates(dag_id="etl", run_id="r", task_id=task, key="k") for task in "ab"]
    with caplog.at_level(logging.WARNING):
        for place in (*places, *places, places[0]):
            host.warn_unmaskable(place, 1, frozenset({"4711"}))
    assert [record.args[1] for record in caplog.records if record.args] == places
