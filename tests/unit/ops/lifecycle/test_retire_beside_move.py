"""A value that a move takes along while a retirement looks around keeps its key: it is seen in one of its stores."""

from __future__ import annotations

import os
import time
from collections.abc import Iterator
from pathlib import Path

import pytest

from secure_xcom.adapters.local.keyring import LocalKeyring
from secure_xcom.assembly.estate import Estate, Place
from secure_xcom.ops.lifecycle.retire import retire
from secure_xcom.ops.lifecycle.rewrap.run import RewrapOptions, Run
from secure_xcom.testing.fakes import FakeHost
from tests.unit.ops.lifecycle.deployment import Deployment, place

LARGE = {"large_threshold": "1000"}
ROUTE = """
[dag.vip]
store = "{home}/%s"
previous_stores = ["{home}/%s"]
"""

MOVES = {
    # Where the values of two Dags lie; the settings of now; and the route of the second Dag.
    "to another store": ("aa", {"store": "b", "previous_stores": "a"}, ""),
    "to another large store": (
        "aa",
        {"store": "a", "large_store": "c", "previous_stores": "b", "earlier_large_store": "b"} | LARGE,
        "",
    ),
    "to a first large store": ("aa", {"store": "a", "large_store": "b", "previous_stores": "a"} | LARGE, ""),
    "to another store and a first large store": (
        "ab",
        {"store": "b", "large_store": "c", "previous_stores": "a b"} | LARGE,
        "",
    ),
    "to the store of a route": ("aa", {"store": "a"}, "ba"),
    "between routes that swap their stores": ("ba", {"store": "a", "previous_stores": "b"}, "ba"),
    "along a chain of routes": ("cb", {"store": "b", "previous_stores": "c"}, "ab"),
}

Options = dict[str, str]
Move = tuple[str, Options, str]


def _options(home: Path, options: Options) -> Options:
    """Return the options with each letter in the place of a store as a directory below ``home``."""
    stores = {
        name: " ".join(f"file://{home}/{letter}" for letter in text.split())
        for name, text in options.items()
        if name.endswith(("store", "stores"))
    }
    return {"key": f"local://{home}/ring.json"} | options | stores


def _deployed(home: Path, move: Move) -> Deployment:
    """Return what has values of two Dags in the stores of before, and the settings of now."""
    before, after, route = move
    now = _options(home, after)
    large = {"large_store": now.pop("earlier_large_store", "")}
    made = Deployment(home)
    for dag_id, store in zip(("etl", "vip"), before, strict=True):
        made.options = _options(home, {"store": store} | (LARGE if "large_store" in after else {})) | large
        made.push(place(dag_id))
        made.push_value([*range(3000)], place(dag_id, key="rows"))
    if route:
        file = home / "routes.toml"
        file.write_text(ROUTE.replace("{home}", f"file://{home}") % tuple(route))
        now["routes"] = str(file)
    made.options = now
    return made


def _names(home: Path) -> set[str]:
    return {path.name for letter in "abc" for path in (home / letter).rglob("*") if path.is_file()}


def _rotated(home: Path) -> LocalKeyring:
    """Return the keyring with a fresh primary key, as of an hour ago."""
    ring = LocalKeyring(home / "ring.json")
    ring.rotate()
    past = time.time() - 3600
    os.utime(home / "ring.json", (past, past))
    return ring


def _moving(deployment: Deployment, places: list[Place], when: int) -> Iterator[Place]:
    """Give the places, and move everything before the place number ``when``."""
    for number, one in enumerate(places):
        if number == when:
            assert deployment.move().failed == 0
        yield one


@pytest.mark.parametrize("move", MOVES.values(), ids=MOVES)
def test_whenever_a_move_runs_each_object_is_counted_and_keeps_its_key(tmp_path: Path, move: Move) -> None:
    for when in range(5):
        deployment = _deployed(tmp_path / str(when), move)
        estate = Estate(deployment.settings, FakeHost().connections)
        ring, run = _rotated(deployment.home), Run(estate, RewrapOptions(dry_run=True))
        done = retire(ring, run, _moving(deployment, list(estate.places()), when), None)
        assert not done.removed, when
        assert sum(done.kept.values()) >= len(_names(deployment.home)) >= 2, when
        deployment.workers.clear()
        deployment.pull()


def test_a_store_that_a_move_only_leaves_is_listed_once(tmp_path: Path) -> None:
    deployment = _deployed(tmp_path, MOVES["to a first large store"])
    assert len(list(Estate(deployment.settings, FakeHost().connections).places())) == 2
