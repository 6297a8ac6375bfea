"""What was sealed under one version of Airflow opens under this one: docs/changing.md, on Airflow's version."""

from __future__ import annotations

import json
from importlib.metadata import version
from pathlib import Path

import pytest

from secure_xcom.airflow.internals.compat import deserialize, serialize
from secure_xcom.assembly.build import build
from secure_xcom.model.value import JSON
from secure_xcom.settings.settings import Settings
from secure_xcom.testing import FakeHost
from tests.airflow.serde_of import VALUES
from tests.docs.values import host, query, where

ENCODED = {path.stem: json.loads(path.read_text()) for path in (Path(__file__).parent / "serde").glob("*.json")}
"""What the serialiser of each version has made of the values."""


class Versioned(FakeHost):
    """The host of a task whose Airflow encodes as one version did, and decodes as this one does."""

    def __init__(self, release: str, name: str) -> None:
        super().__init__()
        self.instance = host("etl").instance
        self._value, self._encoded = VALUES[name]["password"], ENCODED[release][name]["password"]

    def encode(self, value: object) -> JSON:
        """Return what that version has made of the value; what lies around it is encoded alike by all."""
        return self._encoded if value is self._value else super().encode(value)

    def decode(self, encoded: JSON) -> object:
        """Decode as the installed Airflow does."""
        return deserialize(encoded)


@pytest.mark.parametrize("name", VALUES)
@pytest.mark.parametrize("release", sorted(ENCODED))
def test_a_value_that_was_sealed_under_a_version_opens_under_this_one(tmp_path: Path, release: str, name: str) -> None:
    worker = Versioned(release, name)
    row = build(Settings.parse({}, tmp_path), worker).push(VALUES[name], where("etl"))
    assert "secure_xcom.Sealed" in json.dumps(row)
    assert build(Settings.parse({}, tmp_path), worker).pull(row, query("etl")) == VALUES[name]


def test_the_installed_version_makes_what_was_kept_of_it() -> None:
    made = {name: serialize(value) for name, value in VALUES.items()}
    assert json.loads(json.dumps(made)) == ENCODED[version("apache-airflow-core")]
