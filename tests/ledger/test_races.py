"""Many processes want the same values, on real databases."""

from __future__ import annotations

from collections import Counter
from collections.abc import Callable, Sequence
from multiprocessing.connection import Connection
from multiprocessing.process import BaseProcess
from multiprocessing.synchronize import Barrier
from pathlib import Path

from secure_xcom.errors import ClaimRefused, PoolEmpty
from secure_xcom.model.claim import State
from tests.ledger.site import PROCESSES, Site, offer, task

RACERS = 32
RACES = 250
"""A claim that does not look again once it may write is won twice in 98 of 100 races: these find what is in 2 of 100.

What takes long is not to claim but to wait for one another: 250 races take a third of the CPU time of 1000.
"""

POOL = 1000

_SQLITE_HALLS = 4
"""SQLite lets who waits for its lock sleep for long: races on several files pass in the time of one."""

_SECONDS = 120
"""How long to wait for one another before the test fails."""

Work = Callable[[Site, int, Barrier, Sequence[str]], list[str]]


def test_of_32_processes_that_race_for_a_value_exactly_one_claims_it(site: Site, tmp_path: Path) -> None:
    halls = [site]
    if site.url.startswith("sqlite"):
        halls = [Site(f"sqlite:///{tmp_path / str(hall)}/ledger.db", tmp_path) for hall in range(_SQLITE_HALLS)]
    races = [_offered(hall, RACES // len(halls)) for hall in halls]
    running = [_Hall(_race, hall, object_ids) for hall, object_ids in zip(halls, races, strict=True)]
    won = [object_id for hall in running for mine in hall.result() for object_id in mine]
    assert Counter(won) == dict.fromkeys([object_id for hall in races for object_id in hall], 1)


def test_32_processes_empty_a_pool_and_each_value_goes_to_one_of_them(site: Site) -> None:
    object_ids = _offered(site, POOL, "orders")
    got = _Hall(_empty, site, object_ids).result()
    assert Counter(object_id for mine in got for object_id in mine) == dict.fromkeys(object_ids, 1)
    assert {site.claims().state(object_id) for object_id in object_ids[::100]} == {State.CONSUMED}


def test_no_consumer_of_a_pool_leaves_empty_handed_while_there_is_a_value_for_each(site: Site) -> None:
    object_ids = _offered(site, RACERS * 3, "orders")
    got = _Hall(_take_three, site, object_ids).result()
    assert sorted(map(len, got)) == [3] * RACERS
    assert sorted(object_id for mine in got for object_id in mine) == sorted(object_ids)


def test_one_consumer_gets_a_pools_values_oldest_first(site: Site) -> None:
    object_ids = _offered(site, 100, "orders")
    claims = site.claims()
    assert [claims.claim_next("orders", None, task()).object_id for _ in object_ids] == object_ids


def _offered(site: Site, count: int, pool: str = "") -> list[str]:
    claims, values = site.claims(), [offer(pool=pool) for _ in range(count)]
    for value in values:
        claims.offer(value)
    return [value.object_id for value in values]


def _race(site: Site, number: int, together: Barrier, object_ids: Sequence[str]) -> list[str]:
    claims, me, won = site.claims(), task(number), []
    for object_id in object_ids:
        together.wait(_SECONDS)
        try:
            won.append(claims.claim(object_id, me).object_id)
        except ClaimRefused:
            continue
    return won


def _empty(site: Site, number: int, together: Barrier, object_ids: Sequence[str]) -> list[str]:
    claims, me, got = site.claims(), task(number), []
    together.wait(_SECONDS)
    while True:
        try:
            claim = claims.claim_next("orders", None, me)
        except PoolEmpty:
            return got
        claims.consume(claim)
        got.append(claim.object_id)


def _take_three(site: Site, number: int, together: Barrier, object_ids: Sequence[str]) -> list[str]:
    claims, me = site.claims(), task(number)
    together.wait(_SECONDS)
    return [claims.claim_next("orders", None, me).object_id for _ in range(3)]


class _Hall:
    """Racers in processes of their own, which begin together."""

    def __init__(self, work: Work, site: Site, object_ids: Sequence[str]) -> None:
        # Kept here: the barrier is no more in any process when it is forgotten in this one.
        self._together = PROCESSES.Barrier(RACERS)
        self._processes: list[BaseProcess] = []
        self._results: list[Connection] = []
        for number in range(RACERS):
            result, answer = PROCESSES.Pipe(duplex=False)
            arguments = (answer, work, site, number, self._together, object_ids)
            self._processes.append(PROCESSES.Process(target=_report, args=arguments, daemon=True))
            self._processes[-1].start()
            answer.close()
            self._results.append(result)

    def result(self) -> list[list[str]]:
        """Return what each racer has won. One that failed has sent nothing: ``EOFError``, below its own words."""
        try:
            return [result.recv() for result in self._results]
        finally:
            for process in self._processes:
                process.kill()
                process.join()


def _report(answer: Connection, work: Work, *arguments: object) -> None:
    answer.send(work(*arguments))
