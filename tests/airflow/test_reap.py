"""``reap`` over the table that Airflow itself makes, on each kind of database: what goes, what stays and why."""

from __future__ import annotations

import errno
import time
from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import replace
from pathlib import Path

import pytest
from sqlalchemy import create_engine

from secure_xcom.adapters.local.file import FileStore
from secure_xcom.airflow.internals.xcom_references import XComReferences
from secure_xcom.errors import (
    ConfigurationError,
    Diagnosis,
    LedgerUnavailable,
    ObjectNotFound,
    StoreDenied,
    StoreUnavailable,
)
from secure_xcom.ledger.generations import place_of_key
from secure_xcom.ledger.lazy import LazyLedger
from secure_xcom.model.claim import Offer
from secure_xcom.model.coordinates import Coordinates
from secure_xcom.model.entry import Entry, Outcome
from secure_xcom.model.event import Event
from secure_xcom.model.object_name import object_name
from secure_xcom.model.object_place import ObjectPlace
from secure_xcom.model.placeholder import Placeholder
from secure_xcom.ops.lifecycle.probe import PROBE, place_of_probe
from secure_xcom.ops.lifecycle.reap.checkpoint import read_checkpoint, write_checkpoint
from secure_xcom.ops.lifecycle.reap.judge import Judge, Limits
from secure_xcom.ops.lifecycle.reap.report import Report
from secure_xcom.ops.lifecycle.reap.rows import Row
from secure_xcom.ops.lifecycle.reap.run import Place
from secure_xcom.ops.lifecycle.reap.share import LEAST, is_implausible, require_plausible
from secure_xcom.ops.lifecycle.reap.summary import Summary
from secure_xcom.ports import private_file
from secure_xcom.ports.listing import Listed
from secure_xcom.ports.store import Head, Store
from tests.airflow.reaped import CANARY, GRACE, OLD, Deployment, at, counted, task_at
from tests.fixtures.databases import DATABASES, fresh_url

LONG = "ß" * 80


@pytest.fixture(params=DATABASES)
def deployment(request: pytest.FixtureRequest, tmp_path: Path) -> Deployment:
    return Deployment(fresh_url(request, str(request.param), tmp_path), tmp_path).make()


@pytest.fixture
def local(tmp_path: Path) -> Deployment:
    return Deployment(f"sqlite:///{tmp_path / 'airflow.db'}", tmp_path).make()


PLACES = {
    "plain": at(),
    "mapped": at(map_index=3),
    "odd": at(key="a/b %~'\\_", run="manual__2026-01-01T00:00:00+00:00", task="g.t", dag="e tl=:~%"),
    "long key": at(key=LONG),
    "long task": at(task=LONG),
    "long run": at(run=LONG),
    "long dag": at(dag=LONG),
    "all long": at(key=LONG + "k", run=LONG + "r", task=LONG + "t", dag=LONG + "d"),
}


def test_exactly_the_objects_of_rows_stay_whatever_their_coordinates_are(deployment: Deployment) -> None:
    live = {deployment.push(place) for place in PLACES.values()}
    superseded = [deployment.push(place, row=False) for place in PLACES.values()]
    beside = [
        deployment.push(at(key=f"{place.key}-", run=place.run_id, dag=place.dag_id), row=False)
        for place in PLACES.values()
    ]
    assert deployment.reaping().survey()["store"].orphaned == len(superseded + beside)
    summary = deployment.reap()
    assert set(deployment.names()) == live
    assert counted(summary) == {"LIVE": len(live), "SUPERSEDED": len(superseded), "ROW_GONE": len(beside)}
    assert all(deployment.pull(place) == {"user": "ann", "password": CANARY} for place in PLACES.values())
    assert deployment.missing().missing == 0


def test_what_a_run_a_dag_or_an_xcom_leaves_behind_goes_and_each_deletion_is_recorded_first(local: Deployment) -> None:
    live = local.push(at())
    gone = [local.push(at(run="deleted")), local.push(at(key="other")), local.push(at(dag="dropped"))]
    local.drop_run("etl", "deleted")
    local.drop(at(key="other"))
    local.drop_run("dropped", "run")
    summary = local.reap()
    assert local.names() == [live]
    assert summary.going.objects == 3
    assert summary.going.bytes > 300
    recorded = [*local.purged("etl"), *local.purged("dropped")]
    assert {entry.object_id for entry in recorded} == {name.rpartition("/")[2] for name in gone}
    assert {(entry.event, entry.outcome, entry.actor, entry.detail) for entry in recorded} == {
        (Event.PURGE, Outcome.DONE, None, "reaped: its row is gone")
    }
    assert local.ledger.verify().breaks == ()


def test_a_second_run_finds_nothing(local: Deployment) -> None:
    local.push(at(), row=False)
    local.reap()
    assert counted(local.reap()) == {}


def test_the_first_orphans_are_named_of_each_store_in_turn(local: Deployment) -> None:
    for key in "abc":
        local.push(at(key=key), row=False)
    reaping = local.reaping(places=[Place(label=label, store=local.store) for label in ("one", "two")])
    reaping.preview()
    named = [one.where.key for one in reaping.named if one.where is not None]
    assert len(named) == 6
    assert named[::2] == named[1::2]


def test_a_dry_run_deletes_nothing_and_records_nothing(local: Deployment) -> None:
    local.push(at(), row=False)
    before = local.names()
    assert counted(local.reaping().preview()["store"]) == {"ROW_GONE": 1}
    assert local.names() == before
    assert local.purged() == []


YOUNG = {"by both": (0.0, 0.0), "by the store": (0.0, OLD), "by the worker": (OLD, 0.0)}


@pytest.mark.parametrize(("by_store", "by_worker"), YOUNG.values(), ids=YOUNG.keys())
def test_what_one_clock_calls_young_stays(local: Deployment, by_store: float, by_worker: float) -> None:
    name = local.push(at(), age=by_worker, row=False)
    local.backdate(name, by_store)
    assert counted(local.reap()) == {"YOUNG": 1}
    assert local.names() == [name]


def test_a_store_that_tells_no_times_is_asked_for_each_orphan(local: Deployment) -> None:
    young, old = local.push(at(), row=False), local.push(at(key="old"), row=False)
    local.backdate(young, 0)
    assert counted(local.reap(store=Hiding(local.store))) == {"YOUNG": 1, "ROW_GONE": 1}
    assert (young in local.names(), old in local.names()) == (True, False)


def test_a_value_past_its_lifetime_goes_though_it_has_a_row_and_its_row_is_no_finding(local: Deployment) -> None:
    local.routes.ttl = 60
    name = local.push(at())
    local.routes.ttl = 0
    kept = local.push(at(key="endless"))
    assert counted(local.reap(lifetimes=False)) == {"LIVE": 2}
    assert counted(local.reap()) == {"EXPIRED": 1, "LIVE": 1}
    assert local.names() == [kept] != [name]
    looked = local.missing()
    assert (looked.rows, looked.missing, looked.ended) == (2, 0, 1)


def test_a_row_whose_object_is_gone_is_named_and_its_value_is_not(local: Deployment) -> None:
    name = local.push(at())
    local.push(at(key="there"))
    local.store.delete(name)
    looked = local.missing()
    assert (looked.rows, looked.missing, looked.where) == (2, 1, [at()])
    assert CANARY not in repr(looked)


@pytest.mark.parametrize("refuses", [False, True], ids=["a move is through meanwhile", "the store of now refuses"])
def test_an_object_that_is_in_one_of_the_stores_is_not_missing(
    refuses: bool, local: Deployment, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    name = local.push(at())
    now, previous = local.store, FileStore(tmp_path / "previous")
    route = local.routes.route("etl", None)
    elsewhere = replace(route, elsewhere=(replace(route, store=previous),))
    monkeypatch.setattr(local.routes, "route_unchecked", lambda *_: elsewhere)
    whole = now.get(name)
    now.delete(name)

    def refused(_: str) -> Listed:
        raise StoreDenied("no")

    def moved(name: str) -> Listed:
        now.put(name, whole)
        raise ObjectNotFound("moved")

    if refuses:
        previous.put(name, whole)
        monkeypatch.setattr(now, "stat", refused)
    else:
        monkeypatch.setattr(previous, "stat", moved)
    looked = local.missing()
    assert (looked.rows, looked.missing, looked.unknown) == (1, 0, 0)


def test_rows_that_hold_no_whole_placeholder_are_counted(local: Deployment) -> None:
    local.write(at(), {"text": "secure_xcom.Sealed"})
    local.write(at(key="forged"), {"__classname__": "secure_xcom.Sealed", "__version__": 1, "__data__": {}})
    local.write(at(key="moved"), {"a": Placeholder(rule="r", store="file", ref="a/b").to_json()})
    local.write(at(key="plain"), [1])
    looked = local.missing()
    assert (looked.rows, looked.unread, looked.missing) == (3, 2, 0)


def test_a_value_too_large_to_be_fetched_keeps_its_object(deployment: Deployment) -> None:
    live = deployment.push(at())
    row = deployment.value(at())
    deployment.write(at(), {**row, "more": ["x" * 1000] * 100})
    orphan = deployment.push(at(), row=False)
    assert counted(deployment.reap()) == {"LIVE": 1, "SUPERSEDED": 1}
    assert deployment.names() == [live] != [orphan]


NO_NAMES = (
    "readme.txt",
    "etl/run/make/-1/login/short",
    "etl/run/make/01/login/" + "0" * 32,
    "etl/run/make/-1/lo%2ain/" + "0" * 32,
    "etl/run/make/-1/lo%67in/" + "0" * 32,
    "etl/run/make/-1/%ff/" + "0" * 32,
    "etl/run/make/-1/%00/" + "0" * 32,
    "team/etl/run/make/-1/login/" + "0" * 32,
    "@team/@team/etl/run/make/-1/login/" + "0" * 32,
    "etl/run/make/-1/login/" + "0" * 32 + ".tmp",
)


def test_what_is_not_ours_is_left_alone_and_counted(local: Deployment) -> None:
    for name in NO_NAMES:
        local.store.put(name, b"another product's")
        local.backdate(name, OLD)
    assert counted(local.reap()) == {"NAME": len(NO_NAMES)}
    assert set(local.names()) == set(NO_NAMES)


def test_a_name_of_ours_with_other_content_is_left_alone_and_counted(local: Deployment) -> None:
    name = local.push(at(), row=False)
    place = name.rpartition("/")[0]
    moved = {f"{place}/{'1' * 32}": local.store.get(name), f"{place}/{'2' * 32}": b"SXC1", f"{place}/{'3' * 32}": b""}
    for other, content in moved.items():
        local.store.put(other, content)
        local.backdate(other, OLD)
    assert counted(local.reap()) == {"ROW_GONE": 1, "CONTENT": 3}
    assert set(local.names()) == set(moved)


@pytest.mark.parametrize(("age", "left"), [(0.0, 1), (OLD, 0)], ids=["young", "old"])
def test_what_a_killed_push_has_begun_to_write_goes_after_the_grace_period(
    local: Deployment, monkeypatch: pytest.MonkeyPatch, age: float, left: int
) -> None:
    live = local.push(at())
    begun = begin(local, at(key="killed"), monkeypatch)
    local.backdate(begun, age)
    assert counted(local.reap()) == {"LIVE": 1, ("YOUNG" if left else "UNFINISHED"): 1}
    assert (live in local.names(), len(local.names())) == (True, 1 + left)
    assert local.purged() == []


def begin(local: Deployment, where: Coordinates, monkeypatch: pytest.MonkeyPatch) -> str:
    """Leave what a kill would leave: the content is written, and neither named nor removed."""
    before = set(local.names())
    with monkeypatch.context() as patch:
        patch.setattr(private_file, "_rename", fail)
        patch.setattr(private_file, "_unlink", lambda *_: None)
        with pytest.raises(StoreDenied):
            local.exchange.push({"password": CANARY}, where)
    (begun,) = set(local.names()) - before
    return begun


def test_the_probe_of_a_killed_move_goes_after_the_grace_period_and_a_value_of_its_name_stays(
    local: Deployment,
) -> None:
    where = place_of_probe("etl")
    live = local.push(where)
    old, young = (object_name(where, id_ * 32) for id_ in "ab")
    for name, age in ((old, OLD), (young, 0)):
        local.store.put(name, PROBE)
        local.backdate(name, age)
    assert counted(local.reap()) == {"UNFINISHED": 1, "YOUNG": 1, "LIVE": 1}
    assert set(local.names()) == {live, young}
    assert local.purged() == []


def test_what_a_killed_push_of_another_dag_has_begun_is_not_looked_at(
    local: Deployment, monkeypatch: pytest.MonkeyPatch
) -> None:
    own, other = (begin(local, at(dag=dag), monkeypatch) for dag in ("etl", "other"))
    for name in (own, other):
        local.backdate(name, OLD)
    assert counted(local.reap(dags=frozenset({"etl"}))) == {"UNFINISHED": 1}
    assert local.names() == [other]


@pytest.mark.parametrize("name", [".tmp-0123456789abcdef", "etl/.tmp-xyz", f"etl/run/make/-1/key/.tmp-{'0' * 15}"])
def test_a_file_that_only_looks_unfinished_stays(local: Deployment, name: str) -> None:
    local.store.put(name, b"another product's")
    local.backdate(name, OLD)
    assert counted(local.reap()) == {"NAME": 1}
    assert local.names() == [name]


def fail(*_: object) -> None:
    raise PermissionError(errno.EACCES, "not named")


def test_the_objects_of_a_namespace_lie_in_its_folder(local: Deployment) -> None:
    name = local.push(at(), row=False)
    local.store.put(f"@team/{name}", local.store.get(name))
    local.backdate(f"@team/{name}", OLD)
    assert counted(local.reap()) == {"ROW_GONE": 2}


def test_only_the_dags_that_were_asked_for_are_looked_at(local: Deployment) -> None:
    kept = local.push(at(dag="other"), row=False)
    local.push(at(), row=False)
    assert counted(local.reap(dags=frozenset({"etl"}))) == {"ROW_GONE": 1}
    assert local.names() == [kept]


class TestValuesThatAreReadOnce:
    def test_of_a_pool_stay_while_they_are_on_offer_or_claimed(self, local: Deployment) -> None:
        offered, claimed = local.put(), local.put(pool="claimed")
        local.ledger.claims().claim(claimed.rpartition("/")[2], task_at(at(task="use")))
        local.write(at(), 1)
        assert counted(local.reap()) == {"OFFERED": 1, "CLAIMED": 1}
        assert set(local.names()) == {offered, claimed}

    def test_of_a_pool_go_with_their_run_unless_the_pool_is_across_runs(self, local: Deployment) -> None:
        local.put(run="gone")
        across = local.put(run="gone", across_runs=True)
        assert counted(local.reap()) == {"RUN_GONE": 1, "OFFERED": 1}
        assert local.names() == [across]

    def test_of_a_pool_go_if_they_were_never_offered(self, local: Deployment) -> None:
        for pool in ("orders", "o" * 200):
            name = local.put(pool=pool)
            local.ledger.claims().withdraw(name.rpartition("/")[2])
        local.write(at(), 1)
        assert counted(local.reap()) == {"NEVER_OFFERED": 2}

    def test_of_a_pool_stay_if_the_ledger_is_another_one(self, local: Deployment) -> None:
        """One whose run is there, one whose run is gone, and one of a pool across runs."""
        local.write(at(), 1)
        there = {local.put(), local.put(run="gone"), local.put(run="gone", across_runs=True)}
        local.ledger = LazyLedger(f"sqlite:///{local.directory / 'another.db'}", local.routes, time.time)
        assert counted(local.reap()) == {"UNRECORDED": 3}
        assert set(local.names()) == there

    def test_of_a_pool_go_with_their_run_if_their_put_died_before_its_entry(self, local: Deployment) -> None:
        """A ledger that was begun anew knows the runs since then, and no value of before."""
        local.put(run="gone")
        local.put(run="\\gone", pool="cut" * 50)
        local.write(at(), 1)
        kept = local.put()
        local.ledger = LazyLedger(f"sqlite:///{local.directory / 'another.db'}", local.routes, time.time)
        for run in ("run", "gone", "\\gone"):
            local.put(run=run, age=0)
        assert counted(local.reap()) == {"YOUNG": 3, "RUN_GONE": 2, "UNRECORDED": 1}
        assert kept in local.names()

    def test_are_deleted_once_they_are_consumed(self, local: Deployment) -> None:
        claims = local.ledger.claims()
        claims.consume(claims.claim(local.put().rpartition("/")[2], task_at(at(task="use"))))
        assert counted(local.reap()) == {"SPENT": 1}

    def test_stay_under_a_claim_though_their_row_is_gone(self, local: Deployment) -> None:
        name = local.push(at(), row=False)
        object_id = name.rpartition("/")[2]
        claims = local.ledger.claims()
        claims.offer(Offer(object_id=object_id, name=name, lease_seconds=300))
        claim = claims.claim(object_id, task_at(at(task="use")))
        assert counted(local.reap()) == {"CLAIMED": 1}
        claims.release(claim)
        assert counted(local.reap()) == {"ROW_GONE": 1}

    def test_an_xcom_whose_key_looks_like_a_pools_is_none(self, local: Deployment) -> None:
        name = local.push(at(key="pool:orders"))
        assert counted(local.reap()) == {"LIVE": 1}
        assert local.names() == [name]


def test_the_ledgers_keys_stay_in_a_store_that_encrypts_by_itself(local: Deployment) -> None:
    name = object_name(place_of_key("etl"), "0" * 32)
    local.store.put(name, b"SXN2")
    local.backdate(name, OLD)
    assert counted(local.reap()) == {"KEY": 1}


def test_without_a_ledger_orphans_go_and_a_pools_values_stay(local: Deployment) -> None:
    local.push(at(), row=False)
    pooled = local.put()
    limits = Limits(clock=time.time, least_age=GRACE)
    assert counted(local.reap(ledger=None, judge=Judge(local.references, None, limits))) == {
        "ROW_GONE": 1,
        "OFFERED": 1,
    }
    assert local.names() == [pooled]


class TestARowThatAppears:
    def test_between_listing_and_deletion_keeps_its_object(self, local: Deployment) -> None:
        name = local.push(at(), row=False)
        rows = Then(local.references, lambda: local.write(at(), {"ref": name.rpartition("/")[2]}))
        assert counted(local.reap(rows=rows)) == {"LIVE": 1}
        assert local.names() == [name]
        assert local.purged() == []

    def test_does_not_keep_a_value_past_its_lifetime(self, local: Deployment) -> None:
        local.routes.ttl = 60
        local.push(at())
        assert counted(local.reap()) == {"EXPIRED": 1}
        assert local.names() == []


class TestAStore:
    def test_that_lists_an_object_twice_and_one_that_was_deleted_does_no_harm(self, local: Deployment) -> None:
        live, orphan = local.push(at()), local.push(at(key="orphan"), row=False)
        again = Listed(orphan, 1, time.time() - OLD)
        gone = Listed(f"{orphan[:-1]}{'0' if orphan[-1] != '0' else '1'}", 1, time.time() - OLD)
        summary = local.reap(store=Hiding(local.store, extra=[again, again, gone]), batch=1)
        assert counted(summary) == {"LIVE": 1, "ROW_GONE": 1, "GONE": 3}
        assert local.names() == [live]

    def test_that_breaks_off_is_told_and_what_it_listed_was_dealt_with(self, local: Deployment) -> None:
        local.push(at(), row=False)
        reaping = local.reaping(store=Hiding(local.store, breaks=True), batch=1)
        assert counted(reaping.delete()["store"]) == {"ROW_GONE": 1}
        assert reaping.problems == {"store": "StoreUnavailable: the listing broke off"}

    def test_that_does_not_delete_is_told_and_the_ledger_says_so(self, local: Deployment) -> None:
        name = local.push(at(), row=False)
        assert counted(local.reap(store=Hiding(local.store, keeps=True))) == {"FAILED": 1}
        assert local.names() == [name]
        assert [entry.outcome for entry in local.purged()] == [Outcome.DONE, Outcome.FAILED]


def test_what_the_ledger_does_not_take_is_not_deleted(local: Deployment) -> None:
    name = local.push(at(), row=False)
    assert counted(local.reap(ledger=Refusing())) == {"FAILED": 1}
    assert local.names() == [name]


def test_a_database_that_goes_away_ends_the_run_and_deletes_nothing_more(local: Deployment) -> None:
    names = [local.push(at(key=f"k{number}"), row=False) for number in range(4)]

    def lose() -> None:
        raise ConfigurationError("the database does not answer here")

    with pytest.raises(ConfigurationError):
        local.reap(rows=Then(local.references, lose, after=3), batch=2)
    assert len(local.names()) == 2
    assert counted(local.reap()) == {"ROW_GONE": 2}
    assert set(names) > set(local.names())


def test_a_database_without_airflows_tables_is_refused(tmp_path: Path) -> None:
    url = f"sqlite:///{tmp_path / 'x.db'}"
    create_engine(url).connect().close()
    with pytest.raises(ConfigurationError, match="has no table xcom"):
        XComReferences(url).check()


class TestAWrongDatabase:
    def test_is_refused_since_all_look_orphaned(self, local: Deployment) -> None:
        for number in range(LEAST):
            local.push(at(key=f"k{number}"), row=False)
        survey = local.reaping().survey()
        with pytest.raises(ConfigurationError, match=f"--expect {LEAST}"):
            require_plausible(survey, None)
        with pytest.raises(ConfigurationError, match=f"{LEAST} objects look orphaned .* and not 19"):
            require_plausible(survey, LEAST - 1)
        require_plausible(survey, LEAST)

    def test_is_refused_though_each_dag_has_a_store_of_few_objects(self) -> None:
        survey = {f"file:///store/dag{number}": Summary(named=2, orphaned=2) for number in range(10)}
        with pytest.raises(ConfigurationError, match=r"20 of 20 objects in all stores together [\s\S]* --expect 20"):
            require_plausible(survey, None)
        assert Report(deleted=False, stores=survey).implausible
        survey["file:///store/live"] = Summary(named=20, orphaned=0)
        require_plausible(survey, None)

    @pytest.mark.parametrize(
        ("named", "orphaned", "refused"),
        [(19, 19, False), (20, 20, True), (40, 20, False), (39, 20, True), (10**6, 499_999, False)],
    )
    def test_is_told_by_the_share_of_a_store(self, named: int, orphaned: int, refused: bool) -> None:
        assert is_implausible(Summary(named=named, orphaned=orphaned)) is refused


def test_an_interrupted_run_goes_on_where_it_ended(local: Deployment, tmp_path: Path) -> None:
    for number in range(6):
        local.push(at(key=f"k{number}"), row=False)
    path = tmp_path / "kept" / "checkpoint.json"

    def stop() -> None:
        raise KeyboardInterrupt

    with pytest.raises(KeyboardInterrupt):
        local.reap(
            rows=Then(local.references, stop, after=4),
            batch=2,
            checkpoint=read_checkpoint(path, "question"),
            save=lambda checkpoint: write_checkpoint(path, checkpoint),
        )
    assert len(local.names()) == 2
    assert path.stat().st_mode & 0o777 == 0o600
    assert read_checkpoint(path, "another").reached == {}
    store = Hiding(local.store)
    summary = local.reap(checkpoint=read_checkpoint(path, "question"), store=store, batch=2)
    assert counted(summary) == {"ROW_GONE": 6}
    assert store.began_after[0] != ""
    assert local.names() == []


def test_a_damaged_checkpoint_is_refused(tmp_path: Path) -> None:
    path = tmp_path / "checkpoint.json"
    path.write_text("{")
    path.chmod(0o600)
    with pytest.raises(ConfigurationError, match="it is damaged"):
        read_checkpoint(path, "")


class Then:
    """Rows that do something after so many looks at them."""

    def __init__(self, rows: XComReferences, act: Callable[[], None], after: int = 1) -> None:
        self._rows, self._act, self._left = rows, act, after

    def look(self, places: Sequence[ObjectPlace]) -> Mapping[str, Row]:
        if self._left == 0:
            self._act()
        self._left -= 1
        return self._rows.look(places)

    def has_run(self, places: Sequence[ObjectPlace]) -> frozenset[str]:
        return self._rows.has_run(places)


class Refusing:
    """A ledger that takes nothing."""

    def append(self, new: Sequence[Entry]) -> None:
        raise LedgerUnavailable("the ledger's database does not answer")


class Hiding(Store):
    """A store that tells no times, lists what else it is told to, and fails as it is told to."""

    scheme = "hiding"

    def __init__(
        self, store: Store, extra: Sequence[Listed] = (), *, breaks: bool = False, keeps: bool = False
    ) -> None:
        self._store, self._extra, self._breaks, self._keeps = store, extra, breaks, keeps
        self.began_after: list[str] = []

    def listing(self, folder: str = "", after: str = "") -> Iterator[Listed]:
        self.began_after.append(after)
        # As a page of a listing: what is deleted since is listed all the same.
        yield from [Listed(one.name, one.size) for one in self._store.listing(folder, after)]
        yield from self._extra
        if self._breaks:
            raise StoreUnavailable("the listing broke off")

    def head(self, name: str) -> Head:
        return self._store.head(name)

    def stat(self, name: str) -> Listed:
        return self._store.stat(name)

    def delete(self, name: str) -> None:
        if self._keeps:
            raise StoreDenied("no right to delete")
        self._store.delete(name)

    def _put(self, name: str, data: bytes, expires: int) -> None: ...
    def _get(self, name: str) -> bytes: ...
    def _delete(self, name: str) -> None: ...
    def _stat(self, name: str) -> Listed: ...
    def _diagnose(self, error: Exception) -> Diagnosis: ...
