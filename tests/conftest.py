"""Fixtures that several test modules share live in ``tests/fixtures``; here they are only listed."""

pytest_plugins = [
    "tests.fixtures.airflow",
    "tests.fixtures.aws",
    "tests.fixtures.postgres",
    "tests.fixtures.skips",
    "tests.fixtures.vault",
]
