"""Lifetimes: a value opens until its end, and from then on no way leads to it."""

from dataclasses import replace
from pathlib import Path

import pytest

from secure_xcom.assembly.build import build
from secure_xcom.errors import ConfigurationError, Expired, SecureXComError
from secure_xcom.model.coordinates import TaskInstance
from secure_xcom.settings.duration import seconds_of
from secure_xcom.settings.routes_file import RoutesFile
from secure_xcom.settings.settings import Settings
from secure_xcom.testing.fakes import FakeHost
from tests.unit.world import CANARY, PLACE, assert_tells_nothing, query

START = 1_767_225_600.0


class Clock:
    now = START

    def __call__(self) -> float:
        return self.now


@pytest.fixture
def clock(monkeypatch: pytest.MonkeyPatch) -> Clock:
    made = Clock()
    monkeypatch.setattr("secure_xcom.assembly.build.time.time", made)
    return made


def _settings(home: Path, **options: str) -> Settings:
    return Settings.parse(options, home)


@pytest.mark.parametrize(
    ("after", "opens"),
    [(0, True), (3600, True), (3660, True), (3661, False), (10**9, False), (-(10**6), True)],
)
def test_a_value_opens_until_its_lifetime_and_the_skew_have_gone(
    tmp_path: Path, clock: Clock, after: int, opens: bool
) -> None:
    exchange = build(_settings(tmp_path, ttl="1h", clock_skew="60s"), FakeHost())
    row = exchange.push({"password": CANARY}, PLACE)
    clock.now = START + after
    if opens:
        assert exchange.pull(row, query(PLACE)) == {"password": CANARY}
    else:
        for call in (lambda: exchange.pull(row, query(PLACE)), lambda: exchange.pull_all([row], query(PLACE))):
            with pytest.raises(Expired, match="ended its lifetime: clear the producing task") as caught:
                call()
            assert_tells_nothing(caught.value)


def test_without_a_lifetime_a_value_never_ends(tmp_path: Path, clock: Clock) -> None:
    exchange = build(_settings(tmp_path), FakeHost())
    row = exchange.push({"password": CANARY}, PLACE)
    clock.now = START + 10**10
    assert exchange.pull(row, query(PLACE)) == {"password": CANARY}


def test_what_was_pushed_keeps_the_lifetime_it_was_given(tmp_path: Path, clock: Clock) -> None:
    row = build(_settings(tmp_path, ttl="1h"), FakeHost()).push({"password": CANARY}, PLACE)
    clock.now = START + 4000
    with pytest.raises(Expired):
        build(_settings(tmp_path, ttl="0"), FakeHost()).pull(row, query(PLACE))


def test_a_lifetime_that_was_prolonged_in_the_store_is_noticed(tmp_path: Path, clock: Clock) -> None:
    exchange = build(_settings(tmp_path, ttl="1h"), FakeHost())
    row = exchange.push({"password": CANARY}, PLACE)
    (file,) = [path for path in (tmp_path / "secure_xcom" / "store").rglob("*") if path.is_file()]
    data = file.read_bytes()
    before = int(START + 3600).to_bytes(8, "big")
    assert data.count(before) == 1
    file.write_bytes(data.replace(before, int(START + 10**8).to_bytes(8, "big")))
    clock.now = START + 4000
    with pytest.raises(SecureXComError) as caught:
        exchange.pull(row, query(PLACE))
    assert not isinstance(caught.value, Expired)
    assert_tells_nothing(caught.value)


def test_an_expired_value_is_purged_all_the_same(tmp_path: Path, clock: Clock) -> None:
    exchange = build(_settings(tmp_path, ttl="1s"), FakeHost())
    row = exchange.push({"password": CANARY}, PLACE)
    clock.now = START + 1000
    exchange.purge(row, query(PLACE))
    assert not [path for path in (tmp_path / "secure_xcom" / "store").rglob("*") if path.is_file()]


@pytest.mark.parametrize(
    ("route", "dag_id", "lifetime"),
    [("", "etl", 7200), ('[dag.etl]\nttl = "10m"', "etl", 600), ('[dag.etl]\nttl = "10m"', "other", 7200)],
)
def test_a_domain_may_have_a_shorter_lifetime(
    tmp_path: Path, clock: Clock, route: str, dag_id: str, lifetime: int
) -> None:
    (tmp_path / "routes.toml").write_text(route)
    options = {"ttl": "2h", "clock_skew": "0", "routes": str(tmp_path / "routes.toml")}
    host = FakeHost()
    host.instance = TaskInstance(dag_id=dag_id, run_id=PLACE.run_id, task_id=PLACE.task_id)
    exchange = build(_settings(tmp_path, **options), host)
    place = replace(PLACE, dag_id=dag_id)
    row = exchange.push({"password": CANARY}, place)
    clock.now = START + lifetime
    exchange.pull(row, query(place))
    clock.now += 1
    with pytest.raises(Expired):
        exchange.pull(row, query(place))


@pytest.mark.parametrize(
    ("text", "seconds"),
    [("0", 0), ("1s", 1), ("90m", 5400), ("24h", 86400), ("7d", 604800)]
    + [(bad, None) for bad in ("", "1", "-1h", "1.5h", "1w", "h", "01h", "1 h", "1H", "10000000000s", "\u0661h", "0h")],
)
def test_durations(text: str, seconds: int | None) -> None:
    assert seconds_of(text) == seconds


@pytest.mark.parametrize(
    ("options", "route", "says"),
    [
        ({"ttl": "soon"}, "", "ttl: must be a number with s, m, h or d"),
        ({"clock_skew": "-1s"}, "", "clock_skew: must be a number"),
        ({"ttl": "1h"}, '[dag.x]\nttl = "2h"', "ttl: longer than that of all Dags"),
        ({}, '[dag.x]\nttl = "soon"', "ttl: must be a number"),
        ({}, "[dag.x]\nttl = 0", "ttl: must be a number"),
        ({}, "[dag.x]\nttl = 60", "ttl: must be a number"),
    ],
)
def test_a_mistaken_lifetime_is_told(tmp_path: Path, options: dict[str, str], route: str, says: str) -> None:
    (tmp_path / "routes.toml").write_text(route)
    with pytest.raises(ConfigurationError, match=says):
        _settings(tmp_path, **options, routes=str(tmp_path / "routes.toml"))


def test_a_route_without_a_lifetime_leaves_it_to_the_settings() -> None:
    assert RoutesFile.parse({"dag": {"x": {}}}).route_of("x").ttl is None
