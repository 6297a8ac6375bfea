"""Who may read whose values, as the documents take it."""

from __future__ import annotations

from secure_xcom.model.domain import Domain
from secure_xcom.ops.iam.domains import describe, readers_by_owner

ETL, REPORT, TEAM = Domain("etl"), Domain("report"), Domain("risk", is_namespace=True)


def test_every_domain_is_listed_with_its_readers_in_order() -> None:
    assert readers_by_owner(((TEAM, (REPORT, ETL)), (ETL, ()))) == {ETL: (), REPORT: (), TEAM: (ETL, REPORT)}
    assert list(readers_by_owner(((TEAM, (REPORT, ETL)),))) == [ETL, REPORT, TEAM]


def test_a_domain_that_is_listed_twice_has_all_its_readers_and_is_none_of_them() -> None:
    assert readers_by_owner(((ETL, (REPORT,)), (ETL, (TEAM, ETL))))[ETL] == (REPORT, TEAM)


def test_a_domain_is_described_in_one_short_line_of_ascii() -> None:
    assert describe(TEAM) == "namespace 'risk'"
    assert describe(Domain("a\n\u2028\"'b")) == r"""Dag 'a\n\u2028"\'b'"""
    assert len(describe(Domain("x" * 250))) <= len("Dag ") + 80
