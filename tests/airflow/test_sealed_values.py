"""The placeholders that ``audit report`` counts, in the table that Airflow itself makes, on each kind of database."""

from __future__ import annotations

from pathlib import Path

import pytest
from sqlalchemy import text

from secure_xcom.airflow.internals.placeholders import sealed_values
from secure_xcom.errors import ConfigurationError
from secure_xcom.model.placeholder import Placeholder
from secure_xcom.ops.audit.report.placed import placed
from tests.airflow.test_tune import CANARY, fill
from tests.fixtures.databases import DATABASES, fresh_url

SEALED = Placeholder(rule="name-password", store="vault", ref="a/b").to_json()


@pytest.fixture(params=DATABASES)
def url(request: pytest.FixtureRequest, tmp_path: Path) -> str:
    return fresh_url(request, str(request.param), tmp_path)


def test_the_values_with_a_placeholder_are_counted_and_no_other_leaves_the_database(url: str) -> None:
    fill(url, [{"user": "ann", "password": SEALED}, {"password": CANARY}, SEALED, "secure_xcom.Sealed", None, 7])
    rows = list(sealed_values(url))
    assert CANARY not in str(rows)
    found, unread = placed(rows)
    kinds = {place: [(one.rule, one.store, count) for one, count in each] for place, each in found.items()}
    assert kinds == {
        ("etl", "make", "key_0"): [("name-password", "vault", 1)],
        ("etl", "make", "key_2"): [("name-password", "vault", 1)],
    }
    assert unread == 0


def test_a_row_that_cannot_be_read_is_counted_and_the_rest_is_read(tmp_path: Path) -> None:
    url = f"sqlite:///{tmp_path / 'airflow.db'}"
    engine = fill(url, [SEALED, SEALED, SEALED])
    with engine.begin() as connection:
        broken = '"secure_xcom.Sealed\xff'.encode("latin-1").hex()
        connection.execute(text(f"UPDATE xcom SET value = CAST(x'{broken}' AS TEXT) WHERE key = 'key_0'"))
    found, unread = placed(sealed_values(url))
    assert (len(found), unread) == (2, 1)


def test_a_database_that_does_not_answer_is_an_error_without_its_url() -> None:
    with pytest.raises(ConfigurationError, match="does not answer here") as raised:
        list(sealed_values(f"postgresql+psycopg2://u:{CANARY}@127.0.0.1:1/x"))
    assert CANARY not in str(raised.value)
