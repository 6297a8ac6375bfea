"""Fixtures that several test modules share live in ``tests/fixtures``; here they are only listed."""

# airflow uses the others.
pytest_plugins = [
    "tests.fixtures.aws",
    "tests.fixtures.databases",
    "tests.fixtures.mariadb",
    "tests.fixtures.object_storage",
    "tests.fixtures.postgres",
    "tests.fixtures.redis",
    "tests.fixtures.skips",
    "tests.fixtures.vault",
    "tests.fixtures.airflow",
]
