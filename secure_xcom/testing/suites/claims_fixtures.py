"""``ClaimsFixtures``: what the suites of claims and of pools share."""

from __future__ import annotations

import time
from collections.abc import Callable
from typing import ClassVar, Final

import pytest

from secure_xcom.model.claim import Offer
from secure_xcom.model.coordinates import TaskInstance
from secure_xcom.model.object_name import new_object_id
from secure_xcom.ports.ledger import Claims

OpenClaims = Callable[[], Claims]
"""Opens the claims of one ledger as another process of a worker does."""

EndLeases = Callable[[], None]
"""Lets every lease end that has an end."""

LONG_AGO: Final = 1
"""A time that has passed, in Unix seconds."""

THREADS: Final = 8
"""How many race."""


class ClaimsFixtures:
    """Claims under test. ``open_claims`` is to begin with an empty ledger in each test."""

    lease_seconds: ClassVar[int] = 2
    """What ``end_leases`` waits for. Where ``end_leases`` is overridden, a longer lease suits slow machines."""

    @pytest.fixture
    def open_claims(self) -> OpenClaims:
        """Answer with what opens the claims under test, for each call as another process of a worker does."""
        raise NotImplementedError

    @pytest.fixture
    def end_leases(self) -> EndLeases:
        """Answer with what lets leases end; override it to skip the wait."""
        return lambda: time.sleep(self.lease_seconds + 0.5)

    @pytest.fixture
    def claims(self, open_claims: OpenClaims) -> Claims:
        """The claims as this process has them."""
        return open_claims()

    def offer_of(self, **fields: object) -> Offer:
        given = {"object_id": new_object_id(), "name": "etl/object.sxc", "lease_seconds": self.lease_seconds, **fields}
        return Offer(**given)  # type: ignore[arg-type]  # each is of its field's type

    def offered(self, claims: Claims, **fields: object) -> str:
        offer = self.offer_of(**fields)
        claims.offer(offer)
        return offer.object_id


def task(number: int = 0) -> TaskInstance:
    return TaskInstance(dag_id="etl", run_id="run", task_id="work", map_index=number)
