"""Fixtures that several test modules share live in ``tests/fixtures``; here they are only listed."""

from __future__ import annotations

import atexit
import os
import shutil
import tempfile

import pytest

# The suites are ours and installed: without this, a failed assertion of theirs would not show its values.
pytest.register_assert_rewrite("secure_xcom.testing.suites")

# Importing Airflow writes its configuration into AIRFLOW_HOME; a developer's own is left alone.
os.environ["AIRFLOW_HOME"] = _home = tempfile.mkdtemp(prefix="secure-xcom-tests-")
atexit.register(shutil.rmtree, _home, ignore_errors=True)

# airflow uses the others.
pytest_plugins = [
    "tests.fixtures.aws",
    "tests.fixtures.beside",
    "tests.fixtures.databases",
    "tests.fixtures.mariadb",
    "tests.fixtures.object_storage",
    "tests.fixtures.postgres",
    "tests.fixtures.redis",
    "tests.fixtures.skips",
    "tests.fixtures.smtp",
    "tests.fixtures.vault",
    "tests.fixtures.stores",
    "tests.fixtures.airflow",
    "tests.fixtures.workers",
]
