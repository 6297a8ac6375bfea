"""A plain value in the place of a sealed one, and an object that an old row brings back."""

from __future__ import annotations

from dataclasses import replace

import pytest

from secure_xcom.errors import LedgerUnavailable, SealedValueReplaced, Superseded
from secure_xcom.model.coordinates import Coordinates, TaskInstance
from secure_xcom.model.event import IN_PLACE_OF_SEALED
from secure_xcom.model.mode import PlainInPlace
from secure_xcom.model.value import JSON
from secure_xcom.secret import Secret
from tests.unit.exchange.downgrade import DAG, KEY, PLAIN, RUN, SEALED, TASK, Deployment, is_sealed, place
from tests.unit.world import NOW

ANY_PLAIN: dict[str, JSON] = {
    "a dict": {"user": "mallory"},
    "a text": "http://mallory.example.com",
    "a number": 0,
    "a truth": False,
    "an empty list": [],
    "the shape without its password": {"password": "other"},
    "what Airflow encodes": {"__classname__": "builtins.tuple", "__version__": 1, "__data__": [1]},
}


@pytest.mark.parametrize("forged", ANY_PLAIN.values(), ids=ANY_PLAIN)
def test_a_plain_value_in_the_place_of_a_sealed_one_is_refused(forged: JSON) -> None:
    there = Deployment()
    where = there.begin().push(SEALED)
    there.rows[where] = forged
    with pytest.raises(SealedValueReplaced, match="clear the producing task") as raised:
        there.pull(where)
    assert "mallory" not in str(raised.value)
    assert ("read", "refused", "SealedValueReplaced") in there.ledger.told


def test_a_plain_value_in_the_place_of_a_sealed_one_is_warned_of_where_that_is_set() -> None:
    there = Deployment(PlainInPlace.WARN)
    where = there.begin().push(SEALED)
    there.rows[where] = PLAIN
    assert there.pull(where) == PLAIN
    assert "the row holds a plain value" in there.warnings[0]


def test_a_plain_value_in_the_place_of_a_sealed_one_passes_where_that_is_set() -> None:
    there = Deployment(PlainInPlace.ALLOW)
    where = there.begin().push(SEALED)
    there.rows[where] = PLAIN
    assert (there.pull(where), there.warnings) == (PLAIN, [])


def test_a_plain_value_of_another_try_is_handed_out() -> None:
    there = Deployment()
    there.begin().push(SEALED)
    assert there.pull(there.begin().push(PLAIN)) == PLAIN


def test_a_plain_value_of_a_run_that_was_deleted_and_triggered_again_is_handed_out_and_says_so_in_the_ledger() -> None:
    there = Deployment()
    there.begin().push(SEALED)
    there.rows.clear()
    where = there.begin().push(PLAIN)
    assert there.pull(where) == PLAIN
    first, mark, purge = there.ledger.entries
    assert (mark.detail, mark.object_id, purge.object_id) == (IN_PLACE_OF_SEALED, first.object_id, first.object_id)
    assert there.store.objects == {}


def test_a_plain_value_after_a_crash_between_the_object_and_its_row_is_handed_out() -> None:
    there = Deployment()
    there.begin().push(SEALED, dies_after="object")
    assert there.pull(there.begin().push(PLAIN)) == PLAIN


def test_a_plain_value_whose_process_died_right_after_its_row_is_handed_out() -> None:
    there = Deployment()
    producer = there.begin()
    producer.push(SEALED)
    assert there.pull(producer.push(PLAIN, dies_after="row")) == PLAIN


def test_a_plain_value_at_another_place_than_the_tasks_own_is_handed_out_and_deletes_nothing_there() -> None:
    there = Deployment()
    where = there.begin().push(SEALED)
    elsewhere = there.process(TaskInstance(dag_id=DAG, run_id=RUN, task_id="other"))
    there.rows[where] = elsewhere.push(PLAIN, where)
    elsewhere.drop_earlier(where)
    assert (there.pull(where), len(there.store.objects)) == (PLAIN, 1)


@pytest.mark.parametrize("forged", [PLAIN, "***"])
def test_a_plain_value_among_those_of_mapped_instances_is_refused(forged: JSON) -> None:
    there = Deployment()
    for index in range(3):
        there.begin(index).push(SEALED)
    there.rows[place(1)] = forged
    with pytest.raises(SealedValueReplaced, match="map_index=1"):
        there.pull_all()


def test_mapped_instances_of_which_some_are_plain_are_handed_out() -> None:
    there = Deployment()
    for index, value in enumerate((SEALED, PLAIN, SEALED)):
        there.begin(index).push(value)
    assert there.pull_all() == [SEALED, PLAIN, SEALED]


def test_mapped_instances_are_handed_out_after_the_row_of_a_sealed_one_was_deleted() -> None:
    there = Deployment()
    for index, value in enumerate((SEALED, PLAIN)):
        there.begin(index).push(value)
    del there.rows[place(0)]
    assert there.pull_all() == [PLAIN]


def test_a_value_among_those_that_are_read_one_by_one_is_refused() -> None:
    there = Deployment()
    for index in range(2):
        there.begin(index).push(SEALED)
    there.rows[place(1)] = PLAIN
    reader = there.process(None)
    with pytest.raises(SealedValueReplaced):
        reader.pull(PLAIN, replace(place().as_query(), map_index=None))


@pytest.mark.parametrize("key", ["_link_Logs", "trigger_run_id", "skipmixin_key"])
def test_keys_that_airflow_reads_stay_as_they_are(key: str) -> None:
    there = Deployment()
    where = there.begin().push(Secret("http://example.com"), key)
    assert is_sealed(there.rows[where])
    there.rows[where] = "http://example.com"
    assert there.pull(where) == "http://example.com"


def test_several_outputs_are_told_apart() -> None:
    there = Deployment()
    producer = there.begin()
    sealed, plain = producer.push("s3cr3t-of-many", "password"), producer.push("ann", "user")
    whole = producer.push({"password": "s3cr3t-of-many", "user": "ann"}, "return_value")
    there.rows[sealed] = "forged"
    assert (there.pull(plain), there.pull(whole)) == ("ann", {"password": "s3cr3t-of-many", "user": "ann"})
    with pytest.raises(SealedValueReplaced):
        there.pull(sealed)


def test_a_row_of_nothing_counts_as_a_deleted_one() -> None:
    there = Deployment()
    where = there.begin().push(SEALED)
    there.rows[where] = None
    assert there.pull(where) is None


def test_an_old_row_of_a_run_that_was_triggered_again_is_refused_though_its_object_could_not_be_deleted() -> None:
    there = Deployment()
    where = there.begin().push({"password": "old"})
    old = there.rows.pop(where)
    there.store.keeps = True
    there.begin().push({"password": "new"})
    assert there.pull(where) == {"password": "new"}
    there.rows[where] = old
    with pytest.raises(Superseded, match="later push"):
        there.pull(where)


def test_no_old_row_opens_where_several_objects_could_not_be_deleted() -> None:
    there = Deployment()
    producer = there.begin()
    first = producer.push(SEALED)
    old = there.rows[first]
    where = producer.push(SEALED, dies_after="row")
    newer = there.rows.pop(where)
    there.store.keeps = True
    there.begin().push(PLAIN)
    for row in (old, newer):
        there.rows[where] = row
        with pytest.raises(Superseded):
            there.pull(where)


def test_an_old_row_is_refused_among_mapped_instances_and_with_prior_dates() -> None:
    there = Deployment()
    where = there.begin(0).push({"password": "old"})
    old = there.rows[where]
    there.store.keeps = True
    there.begin(0).push({"password": "new"})
    there.rows[where] = old
    with pytest.raises(Superseded):
        there.pull_all()
    with pytest.raises(Superseded):
        there.process(None).pull(old, replace(where.as_query(), run_id=None))


@pytest.mark.parametrize(
    ("began", "run_id", "refused"),
    [
        (NOW - 3600, RUN, False),
        (NOW + 59, RUN, False),
        (NOW + 61, RUN, True),
        (0, RUN, False),
        (NOW + 61, "earlier", False),
    ],
    ids=["began-before", "within-the-clock-skew", "began-after", "unknown", "of-another-run"],
)
def test_an_object_that_is_older_than_the_readers_run_is_refused(began: float, run_id: str, refused: bool) -> None:
    there = Deployment()
    where = there.begin(run_id=run_id).push(SEALED)
    if not refused:
        assert there.pull(where, began) == SEALED
        return
    with pytest.raises(Superseded, match="older than its run"):
        there.pull(where, began)


def test_an_entry_that_is_not_known_yet_refuses_no_object() -> None:
    there = Deployment()
    there.begin().push({"password": "known"})
    late = there.begin()
    where = late.push({"password": "late"})
    # The entries of the second try wait on another worker.
    del there.ledger.entries[1:]
    assert there.pull(where) == {"password": "late"}


@pytest.mark.parametrize("best_effort", [True, False])
def test_a_ledger_that_does_not_answer_refuses_plain_values_unless_best_effort_will_do(best_effort: bool) -> None:
    there = Deployment(best_effort=best_effort)
    where = Coordinates(dag_id=DAG, run_id=RUN, task_id=TASK, key=KEY)
    there.rows[where] = PLAIN
    there.ledger.silence = LedgerUnavailable("out of reach")
    if not best_effort:
        with pytest.raises(LedgerUnavailable):
            there.pull(where)
        return
    assert there.pull(where) == PLAIN
    assert "does not say what was sealed" in there.warnings[0]


def test_with_best_effort_a_process_waits_once_for_a_ledger_that_does_not_answer() -> None:
    there = Deployment(best_effort=True)
    there.ledger.silence = LedgerUnavailable("out of reach")
    reader = there.process(None)
    for _ in range(3):
        reader.pull(PLAIN, place().as_query())
    assert len(there.warnings) == 1


def test_a_ledger_that_does_not_answer_is_warned_of_where_plain_values_are() -> None:
    there = Deployment(PlainInPlace.WARN)
    there.ledger.silence = LedgerUnavailable("out of reach")
    assert there.process(None).pull(PLAIN, place().as_query()) == PLAIN
    assert len(there.warnings) == 1
