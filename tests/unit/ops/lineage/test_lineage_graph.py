"""What is counted."""

from secure_xcom.model.entry import Outcome
from secure_xcom.model.event import Event
from secure_xcom.ops.lineage.graph import Lineage, Task, lineage
from tests.unit.ops.lineage.traffic import access, read, task, write


def of(*entries) -> Lineage:
    return lineage("dag", None, entries)


def test_writers_and_readers_are_counted_over_runs_and_mapped_instances() -> None:
    entries = []
    for run in ("one", "two"):
        fetch = task("fetch", run=run)
        entries += [write(fetch, "raw"), read(task("score", run=run, index=0), fetch, "raw")]
    entries.append(read(task("score", run="two", index=3), task("fetch", run="two"), "raw"))
    found = of(*entries)
    assert found.runs == 2
    (key,) = found.keys
    assert (key.task_id, key.key, key.runs) == ("fetch", "raw", 2)
    (written,) = key.done(Event.WRITE)
    assert (written.who, written.times, written.runs, written.map_indexes) == (Task("dag", "fetch"), 2, 2, (-1,))
    (seen,) = key.done(Event.READ)
    assert (seen.who, seen.times, seen.runs, seen.map_indexes) == (Task("dag", "score"), 3, 2, (0, 3))


def test_the_same_key_of_two_tasks_is_two_keys_and_they_come_in_order() -> None:
    found = of(write(task("b"), "k"), write(task("a"), "k"), write(task("a"), "j"))
    assert [(key.task_id, key.key) for key in found.keys] == [("a", "j"), ("a", "k"), ("b", "k")]


def test_refusals_are_told_apart_by_task_and_error() -> None:
    fetch, late, thief = task("fetch"), task("late"), task("thief", dag="other")
    (key,) = of(
        access(Event.READ, thief, source=fetch, key="raw", error="NotGranted"),
        access(Event.READ, thief, source=fetch, key="raw", error="NotGranted"),
        access(Event.CLAIM, thief, source=fetch, key="raw", error="ClaimRefused"),
        access(Event.READ, late, source=fetch, key="raw", error="Expired"),
    ).keys
    assert not list(key.done(*Event))
    assert [(found.who, found.event, found.outcome, found.error, found.times) for found in key.undone()] == [
        (Task("other", "thief"), Event.READ, Outcome.REFUSED, "NotGranted", 2),
        (Task("dag", "late"), Event.READ, Outcome.EXPIRED, "Expired", 1),
        (Task("other", "thief"), Event.CLAIM, Outcome.REFUSED, "ClaimRefused", 1),
    ]


def test_what_is_done_outside_of_a_task_is_counted_for_nobody() -> None:
    (key,) = of(access(Event.REVEAL, None, source=task("fetch"), key="raw")).keys
    (revealed,) = key.done(Event.REVEAL)
    assert revealed.who is None
    assert revealed.map_indexes == ()


def test_a_retry_reads_as_the_same_task_instance() -> None:
    fetch = task("fetch")
    (key,) = of(
        write(fetch, "raw"), read(task("score"), fetch, "raw"), read(task("score", attempt=2), fetch, "raw")
    ).keys
    assert key.read_once


def test_read_once_needs_exactly_one_reader_in_every_run() -> None:
    one, two = task("fetch", run="one"), task("fetch", run="two")
    base = [write(one, "raw"), read(task("score", run="one"), one, "raw"), write(two, "raw")]
    readers = {
        "none in run two": [],
        "two tasks": [read(task("score", run="two"), two, "raw"), read(task("report", run="two"), two, "raw")],
        "two instances": [read(task("score", run="two", index=index), two, "raw") for index in (0, 1)],
        "nobody": [read(None, two, "raw")],
    }
    for name, more in readers.items():
        assert not of(*base, *more).keys[0].read_once, name
    assert of(*base, read(task("score", run="two"), two, "raw")).keys[0].read_once


def test_only_the_task_instance_itself_writes_its_own_key() -> None:
    fetch = task("fetch", index=1)
    assert of(write(fetch, "raw")).keys[0].is_own
    for other in (task("fetch", index=2), task("fetch", run="earlier", index=1), task("other"), None):
        assert not of(access(Event.WRITE, other, source=fetch, key="raw")).keys[0].is_own


def test_what_another_dag_was_refused_is_no_run_of_this_one() -> None:
    mine, theirs = task("make", run="mine"), task("thief", dag="other", run="theirs")
    forged = access(Event.WRITE, theirs, source=task("make", run="theirs"), key="raw", error="NotGranted")
    assert lineage("dag", None, [write(mine, "raw"), forged]).runs == 1
