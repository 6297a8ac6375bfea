"""What cannot be masked does not reach the rendered template fields, which Airflow stores and shows."""

from __future__ import annotations

import json
import os
import subprocess
import sys

import pytest

from tests.root import ROOT

pytest.importorskip("airflow.sdk")

SECRETS = {"a text": "4711", "a number": 4711, "a dict": {"pin": "0"}}


@pytest.fixture(scope="module", params=SECRETS.values(), ids=SECRETS.keys())
def fields(request: pytest.FixtureRequest) -> dict[str, object]:
    """Rendered fields by what the argument was, where the sealed value cannot be masked."""
    environment = os.environ | {"PYTHONPATH": os.pathsep.join(sys.path)}
    command = [sys.executable, "-P", "-W", "ignore", "-m", "tests.airflow.rendered", json.dumps(request.param)]
    done = subprocess.run(command, cwd=ROOT, env=environment, capture_output=True, text=True, check=False)
    assert done.returncode == 0, done.stderr
    found: dict[str, object] = json.loads(done.stdout.splitlines()[-1])
    return found


def test_an_argument_that_holds_it_shows_stars_and_its_neighbours_show_themselves(fields: dict[str, object]) -> None:
    assert fields["an argument"] == "***"
    assert fields["within a dict"] == {"pin": "***", "n": 3, "name": "ann"}
    assert fields["within a list"] == ["***", "open"]
    assert fields["within a tuple"] == ["***", "open"]
    assert fields["a template"] == "***"
    # Airflow 3.1 has the items of what a function returns rendered one by one.
    assert fields["a function"] in ("***", ["***"])
    assert fields["within a named tuple"] == ["***", 1]
    # Airflow 3.1 prints the whole list.
    assert fields["within an object"] in (["***", "Setting(open)"], "['***', Setting(open)]")
    assert fields["mapped arguments"] == {"pin": "***"}


def test_a_part_of_an_argument_that_is_rendered_by_itself_shows_stars(fields: dict[str, object]) -> None:
    assert fields["a part of an argument"] == {"argument": "***", "argument.sql": "***"}


def test_an_argument_without_it_shows_what_it_is(fields: dict[str, object]) -> None:
    assert fields["another value"] == "ann"
    assert fields["a function without it"] == ["ann"]
    assert fields["a template of another value"] == "name=ann"


def test_what_an_operator_made_of_its_arguments_shows_stars(fields: dict[str, object]) -> None:
    assert fields["before and after"] == ["open", "***"]
