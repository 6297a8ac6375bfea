"""The Airflow in which the modules of this folder run their Dags."""

from __future__ import annotations

from typing import TYPE_CHECKING

import pytest

from tests.airflow.deployment.deployed import Deployment, deployment_in

if TYPE_CHECKING:
    from collections.abc import Iterator


@pytest.fixture(scope="package")
def deployment(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Deployment]:
    """One running Airflow, which ends with the last test of the folder."""
    made = deployment_in(tmp_path_factory.mktemp("deployment"))
    with made.stack:
        yield made
