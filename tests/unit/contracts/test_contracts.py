"""Contracts: what a Dag may declare, and what its tasks may then push and pull."""

from __future__ import annotations

import re
from collections import UserDict
from collections.abc import Callable, Iterable, Mapping
from dataclasses import replace
from datetime import timedelta
from types import MappingProxyType

import pytest
from hypothesis import given
from hypothesis import strategies as st

from secure_xcom.contracts.declare import MAX_READERS, Declaration, Key, resolve
from secure_xcom.contracts.enforce import RETURN_VALUE, DagContract, authorise
from secure_xcom.errors import ContractViolation, InvalidContract
from secure_xcom.model.contract import ANY_TASK, Contract, Reader
from secure_xcom.model.coordinates import Coordinates, TaskInstance, XComQuery

GRAPH: Mapping[str, Iterable[str]] = {
    "fetch": ["validate", "archive"],
    "validate": ["model"],
    "model": [],
    "archive": [],
    "beside": [],
}
PLACE = "fraud.py:42"


def declared(strict: bool = False, **keys: object) -> DagContract:
    """The contracts of a Dag in which each task declares its keys."""
    said = [
        Declaration(
            task_id=task_id,
            keys=tuple(
                replace(one, declared_at=PLACE) if isinstance(one, Key) else Key(one, declared_at=PLACE)
                for one in listed
            ),  # type: ignore[attr-defined]
            strict=strict,
            declared_at=PLACE,
        )
        for task_id, listed in keys.items()
    ]
    return resolve("fraud", GRAPH, said)


def task(task_id: str, dag_id: str = "fraud", **rest: int | str) -> TaskInstance:
    """A task instance of the one run."""
    return TaskInstance(**({"dag_id": dag_id, "run_id": "r", "task_id": task_id} | rest))  # type: ignore[arg-type]


def at(task_id: str, key: str, **rest: int | str) -> Coordinates:
    """Where it pushes a key."""
    return Coordinates(**({"dag_id": "fraud", "run_id": "r", "task_id": task_id, "key": key} | rest))  # type: ignore[arg-type]


def asks(task_id: str | None, key: str, dag_id: str = "fraud") -> XComQuery:
    """What a pull asks for."""
    return XComQuery(dag_id=dag_id, run_id="r", task_id=task_id, key=key)


ONCE = Key("raw", consume="once")

CONTRADICTIONS = {
    "unknown task": ({"ghost": ["raw"]}, "the Dag has no task 'ghost'"),
    "unknown reader": ({"fetch": [Key("raw", readers=["ghost"])]}, "no task 'ghost' to read it"),
    "reader beside": ({"fetch": [Key("raw", readers=["beside"])]}, "'beside' is not downstream"),
    "reader upstream": ({"validate": [Key("raw", readers=["fetch"])]}, "'fetch' is not downstream"),
    "reads itself": ({"fetch": [Key("raw", readers=["fetch"])]}, "'fetch' is not downstream"),
    "reader beside, with its Dag": (
        {"fetch": [Key("raw", readers=[Reader("fraud", "beside")])]},
        "'beside' is not",
    ),
    "unknown reader, with its Dag": ({"fetch": [Key("raw", readers=[Reader("fraud", "ghost")])]}, "no task 'ghost'"),
    "a dot": ({"fetch": [Key("..")]}, "no store keeps an object of that name"),
    "two writers": ({"fetch": ["raw"], "validate": ["raw"]}, "a second writer, after 'fetch' .fraud.py:42."),
    "twice": ({"fetch": ["raw", Key("raw")]}, "declared in fraud.py:42 already"),
    "nobody downstream": ({"model": ["scores"]}, r"no task is downstream.*readers=\[...\]"),
    "readers a text": ({"fetch": [Key("raw", readers="validate")]}, "readers is a list"),
    "too many readers": ({"fetch": [Key("raw", readers=["validate"] * (MAX_READERS + 1))]}, "at most 50"),
    "reader without a Dag": ({"fetch": [Key("raw", readers=[Reader("", "x")])]}, "names a Dag and a task"),
    "empty key": ({"fetch": [Key("")]}, "1 to 512 characters"),
    "which tasks a branch skips": ({"fetch": ["skipmixin_key"]}, "Airflow's scheduler and UI read it"),
    "what a trigger started": ({"fetch": ["trigger_run_id"]}, "Airflow's scheduler and UI read it"),
    "a link": ({"fetch": ["_link_Logs"]}, "Airflow's scheduler and UI read it"),
    "long key": ({"fetch": [Key("k" * 513)]}, "1 to 512 characters"),
    "consume": ({"fetch": [Key("raw", consume="twice")]}, 'consume is "many" or "once"'),  # type: ignore[arg-type]
    "on_failure": ({"fetch": [Key("raw", consume="once", on_failure="drop")]}, "on_failure is"),  # type: ignore[arg-type]
    "ttl": ({"fetch": [Key("raw", ttl=timedelta(0))]}, "ttl is a timedelta"),
    "ttl a number": ({"fetch": [Key("raw", ttl=60)]}, "ttl is a timedelta"),  # type: ignore[arg-type]
    "lease": ({"fetch": [Key("raw", consume="once", lease=timedelta(milliseconds=1))]}, "lease is a timedelta"),
    "lease of many": ({"fetch": [Key("raw", lease=timedelta(hours=1))]}, 'belong to consume="once"'),
}


@pytest.mark.parametrize(("keys", "words"), CONTRADICTIONS.values(), ids=CONTRADICTIONS.keys())
def test_a_contradiction_fails_with_the_line_to_change(keys: dict[str, list[str | Key]], words: str) -> None:
    with pytest.raises(InvalidContract, match=words) as caught:
        declared(**keys)
    assert f"  - {PLACE}: " in str(caught.value)


def test_every_task_of_the_own_dag_may_be_a_reader() -> None:
    assert "raw" in declared(fetch=[Key("raw", readers=[Reader("fraud", ANY_TASK)])]).tasks["fetch"].keys


def test_a_contradiction_names_the_line_that_makes_the_key() -> None:
    keys = (
        Key("a", readers=["ghost"]),
        Key("b", readers=["ghost"]),
    )
    with pytest.raises(InvalidContract) as caught:
        resolve("fraud", GRAPH, [Declaration(task_id="fetch", keys=keys, declared_at="fraud.py:1")])
    lines = [int(number) for number in re.findall(r"test_contracts\.py:(\d+)", str(caught.value))]
    assert lines == [lines[0], lines[0] + 1]


def test_all_contradictions_are_told_at_once() -> None:
    with pytest.raises(InvalidContract) as caught:
        declared(ghost=["a"], fetch=[Key("b", readers=["beside"], ttl=timedelta(0))])
    assert str(caught.value).count(PLACE) == 3


def test_a_task_may_be_declared_in_several_places_and_a_key_in_one() -> None:
    both = [Declaration(task_id="fetch", keys=(Key(name),), declared_at=f"{name}.py:1") for name in ("a", "b")]
    assert set(resolve("fraud", GRAPH, both).tasks["fetch"].keys) == {"a", "b"}
    with pytest.raises(
        InvalidContract, match=r"(?s)contracts.py:\d+: task .*declared in test_contracts.py:\d+ already"
    ):
        resolve("fraud", GRAPH, [both[0], Declaration(task_id="fetch", keys=(Key("a"),), declared_at="b.py:1")])


def test_every_task_may_declare_what_it_returns() -> None:
    contract = declared(fetch=[RETURN_VALUE], validate=[RETURN_VALUE])
    assert contract.for_push(task("fetch"), at("fetch", RETURN_VALUE), 1) is not None


def test_the_readers_are_the_direct_downstream_tasks_unless_named() -> None:
    contract = declared(
        fetch=["raw", Key("named", readers=["model", Reader("report", "draw")]), Key("mine", readers=[])]
    )
    readers = {key: terms.contract.readers for key, terms in contract.tasks["fetch"].keys.items()}
    assert readers == {
        "raw": {Reader("fraud", "validate"), Reader("fraud", "archive")},
        "named": {Reader("fraud", "model"), Reader("report", "draw")},
        "mine": frozenset(),
    }


PUSHES = {
    "declared": ("fetch", at("fetch", "raw"), True),
    "undeclared": ("fetch", at("fetch", "other"), False),
    "returned": ("fetch", at("fetch", RETURN_VALUE), True),
    "another's key": ("beside", at("beside", "raw"), False),
    "another's key, under contract": ("validate", at("validate", "raw"), False),
    "in another's place": ("beside", at("fetch", "raw"), False),
    "in another's place, returned": ("beside", at("fetch", RETURN_VALUE), False),
    "in another map index": ("fetch", at("fetch", "raw", map_index=3), False),
    "in another run": ("fetch", at("fetch", "raw", run_id="other"), False),
    "by no task": (None, at("fetch", "raw"), False),
    "no contract": ("beside", at("beside", "other"), True),
}


@pytest.mark.parametrize(("writer", "where", "allowed"), PUSHES.values(), ids=PUSHES.keys())
def test_only_its_task_pushes_a_key_and_it_pushes_nothing_else(
    writer: str | None, where: Coordinates, allowed: bool
) -> None:
    contract = declared(fetch=["raw"], validate=["valid"])
    instance = task(writer) if writer else None
    if allowed:
        contract.for_push(instance, where, "value")
    else:
        with pytest.raises(ContractViolation, match=f"(?s)key '{where.key}' of task '{where.task_id}'.*{PLACE}"):
            contract.for_push(instance, where, "value")


def test_a_strict_task_returns_nothing_that_it_has_not_declared() -> None:
    with pytest.raises(ContractViolation, match="the task declares raw"):
        declared(strict=True, fetch=["raw"]).for_push(task("fetch"), at("fetch", RETURN_VALUE), 1)


def test_a_whole_dict_is_for_those_who_may_read_each_declared_item_of_it() -> None:
    keys = [Key("a", readers=["validate", "model"], ttl=timedelta(hours=2)), Key("b", readers=["model"])]
    contract = declared(fetch=keys)
    terms = contract.for_push(task("fetch"), at("fetch", RETURN_VALUE), {"a": 1, "b": 2, "c": 3})
    assert terms is not None
    assert terms.contract == Contract(readers=frozenset({Reader("fraud", "model")}))
    assert terms.ttl == 7200


@pytest.mark.parametrize("mapping", [dict, UserDict, MappingProxyType])
def test_a_whole_dict_with_an_item_that_is_read_once_is_for_nobody(
    mapping: Callable[[dict[str, int]], object],
) -> None:
    terms = declared(fetch=[ONCE]).for_push(task("fetch"), at("fetch", RETURN_VALUE), mapping({"raw": 1}))
    assert terms is not None
    assert terms.contract == Contract(readers=frozenset())


PULLS: dict[str, tuple[str, XComQuery, bool | None]] = {
    "declared upstream": ("validate", asks("fetch", "raw"), True),
    "returned upstream": ("validate", asks("fetch", RETURN_VALUE), False),
    "returned by one without a contract": ("validate", asks("beside", RETURN_VALUE), False),
    "undeclared upstream": ("validate", asks("fetch", "other"), None),
    "declared beside": ("fetch", asks("validate", "valid"), None),
    "from a task without a contract": ("validate", asks("beside", "x"), None),
    "its own": ("validate", asks("validate", "valid"), None),
    "no task_ids": ("validate", asks(None, "raw"), None),
    "its own of Airflow's": ("validate", asks("validate", "trigger_run_id"), False),
    "another Dag": ("validate", asks("draw", "x", "report"), True),
    "declared, by a task without a contract": ("archive", asks("fetch", "raw"), True),
    "declared, by a task without a contract that is no reader": ("model", asks("fetch", "raw"), None),
    "undeclared, by a task without a contract": ("model", asks("beside", "x"), False),
    "another Dag, by a task without a contract": ("model", asks("draw", "x", "report"), False),
}


@pytest.mark.parametrize(("reader", "query", "contract_required"), PULLS.values(), ids=PULLS.keys())
def test_a_task_under_contract_pulls_what_its_upstream_declares(
    reader: str, query: XComQuery, contract_required: bool | None
) -> None:
    contract = declared(fetch=["raw"], validate=["valid"])
    if contract_required is None:
        with pytest.raises(ContractViolation, match=f"(?s)task {reader} .*{PLACE}"):
            contract.for_pull(task(reader), query)
    else:
        assert contract.for_pull(task(reader), query) is contract_required


def test_nobody_but_a_task_reads_a_declared_key() -> None:
    with pytest.raises(ContractViolation, match="code outside a task may not read key 'raw'"):
        declared(fetch=["raw"]).for_pull(None, asks("fetch", "raw"))


def test_who_may_not_read_a_whole_dict_is_told_to_pull_its_items() -> None:
    with pytest.raises(ContractViolation, match=r"(?s)read by nobody, since it holds items.*pull them by their keys"):
        authorise(Contract(readers=frozenset()), at("fetch", RETURN_VALUE), task("validate"), contract_required=False)


READS: dict[str, tuple[Contract | None, TaskInstance | None, bool, bool]] = {
    "named": (Contract(readers=frozenset({Reader("fraud", "model")})), task("model"), False, True),
    "any map index": (Contract(readers=frozenset({Reader("fraud", "model")})), task("model", map_index=7), False, True),
    "not named": (Contract(readers=frozenset({Reader("fraud", "model")})), task("archive"), False, False),
    "another Dag's task of that name": (
        Contract(readers=frozenset({Reader("fraud", "model")})),
        task("model", "other"),
        False,
        False,
    ),
    "any task": (Contract(readers=frozenset({Reader("fraud", ANY_TASK)})), task("archive"), False, True),
    "any task of the other Dag": (
        Contract(readers=frozenset({Reader("fraud", ANY_TASK)})),
        task("x", "y"),
        False,
        False,
    ),
    "no task": (Contract(readers=frozenset({Reader("fraud", ANY_TASK)})), None, False, False),
    "nobody": (Contract(readers=frozenset()), task("model"), False, False),
    "no contract": (None, task("model"), False, True),
    "no contract where there must be one": (None, task("model"), True, False),
}


@pytest.mark.parametrize(("contract", "reader", "contract_required", "allowed"), READS.values(), ids=READS.keys())
def test_who_may_read_comes_with_the_value(
    contract: Contract | None, reader: TaskInstance | None, contract_required: bool, allowed: bool
) -> None:
    if allowed:
        authorise(contract, at("fetch", "raw"), reader, contract_required=contract_required)
    else:
        with pytest.raises(ContractViolation, match="may not read key 'raw' of task 'fetch' of Dag 'fraud'"):
            authorise(contract, at("fetch", "raw"), reader, contract_required=contract_required)


@given(st.dictionaries(st.sampled_from("abcdef"), st.sets(st.sampled_from("abcdef")), min_size=1))
def test_upstream_is_the_reverse_of_downstream_in_any_graph(graph: dict[str, set[str]]) -> None:
    whole = {name: graph.get(name, set()) for name in "abcdef"}
    said = [Declaration(task_id=name, keys=(Key(name, readers=[]),)) for name in "abcdef"]
    contract = resolve("dag", whole, said)

    def reaches(start: str, goal: str, seen: frozenset[str] = frozenset()) -> bool:
        below = whole[start] - seen
        return goal in below or any(reaches(one, goal, seen | below) for one in below)

    for name in "abcdef":
        assert contract.tasks[name].upstream == {other for other in "abcdef" if reaches(other, name)}
