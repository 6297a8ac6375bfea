"""What the mode that only observes tells: counts by place, one entry of the ledger each, and nothing stops."""

from __future__ import annotations

import json

import pytest

from secure_xcom.errors import LedgerUnavailable
from secure_xcom.exchange.observing import MOST_ENTRIES, OTHERS
from secure_xcom.model.event import Event
from secure_xcom.model.mode import Mode
from tests.unit.world import CANARY, PLACE, World, world


def _observed(there: World) -> list[dict[str, object]]:
    return [json.loads(entry.detail) for entry in there.ledger.entries if entry.event is Event.OBSERVE]


def test_the_parts_of_a_list_are_counted_together() -> None:
    there = world(mode=Mode.OBSERVE)
    there.push({"items": [{"token": f"t-{number}", "n": number} for number in range(1000)]})
    assert there.host.reports == {("out.items[*].token", "name-airflow"): 1000}
    assert _observed(there) == [{"path": "out.items[*].token", "rule": "name-airflow", "count": 1000}]


def test_an_entry_says_where_and_by_whom_and_holds_no_value() -> None:
    there = world(mode=Mode.OBSERVE)
    there.push({"password": CANARY})
    (entry,) = there.ledger.entries
    assert (entry.event, entry.where, entry.outcome.value) == (Event.OBSERVE, PLACE, "done")
    assert CANARY not in repr(there.ledger.entries) + repr(there.host.reports)


def test_many_places_share_the_last_entry() -> None:
    there = world(mode=Mode.OBSERVE)
    there.push({f"password_{number}": "x" for number in range(1000)})
    observed = _observed(there)
    assert len(observed) == MOST_ENTRIES + 1
    assert observed[-1] == {"path": OTHERS, "rule": "name-airflow", "count": 1000 - MOST_ENTRIES}


def test_a_key_of_any_length_leaves_a_short_pattern() -> None:
    there = world(mode=Mode.OBSERVE)
    there.push({"password" * 10_000: "x"})
    ((path, _),) = there.host.reports
    assert len(path) == 300


@pytest.mark.parametrize("mode", [Mode.ENFORCE, Mode.OPEN_ONLY])
def test_another_mode_observes_nothing(mode: Mode) -> None:
    there = world(mode=mode)
    there.push({"password": "x"})
    assert (there.host.reports, _observed(there)) == ({}, [])


def test_a_ledger_that_is_down_stops_no_task_that_is_only_observed() -> None:
    there = world(mode=Mode.OBSERVE)

    asked: list[object] = []

    def down(new: object) -> None:
        asked.append(new)
        raise LedgerUnavailable("down")

    there.ledger.append = down  # type: ignore[method-assign,assignment]
    for _ in range(3):
        assert there.push({"password": "x"}) == {"password": "x"}
    assert len(asked) == 1
    (message,) = there.host.messages
    assert "is not in the ledger" in message
